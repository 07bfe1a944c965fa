/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.c - the tree of xenstore, and who is told of changes
 *
 * FAULT MODEL
 *
 * The store is trusted by all domains, keeps what it was given and answers every
 * request, in order, some time later (decisions of kind delay). A transaction may
 * always fail because something else has changed meanwhile; this store says so
 * whenever anything has, and now and then without a reason (kind io). It is small:
 * who writes too much is told that there is no room. A watch fires once or more
 * often than the value changes, never less.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/finding.h>

#include "store.h"

#define OWN_BYTES	40		/* "/local/domain/N" */

/* -- the tree ------------------------------------------------------------- */

static uint32_t hash_of(const char *path)
{
	uint32_t hash = 2166136261u;

	while (*path)
		hash = (hash ^ (unsigned char)*path++) * 16777619u;
	return hash;
}

struct store_node *store__find(struct store_tree *tree, const char *path)
{
	uint32_t hash = hash_of(path), i;

	for (i = 0; i < STORE_NODES; i++)
		if (tree->nodes[i].hash == hash && *path &&
		    !strcmp(tree->nodes[i].path, path))
			return &tree->nodes[i];
	return NULL;
}

static struct store_node *new_node(struct store_tree *tree, const char *path)
{
	uint32_t i;

	for (i = 0; i < STORE_NODES; i++) {
		struct store_node *node = &tree->nodes[i];

		if (*node->path)
			continue;
		memset(node, 0, sizeof(*node));
		snprintf(node->path, sizeof(node->path), "%s", path);
		node->hash = hash_of(path);
		return node;
	}
	return NULL;
}

/* The directory a path is in; false: it is at the top. */
static bool parent_of(const char *path, char parent[XEN_STORE_PATH])
{
	const char *last = strrchr(path, '/');

	if (!last || last == path)
		return false;
	snprintf(parent, XEN_STORE_PATH, "%.*s", (int)(last - path), path);
	return true;
}

static struct store_node *make(struct store_tree *tree, const char *path)
{
	char parent[XEN_STORE_PATH];
	struct store_node *node = store__find(tree, path);

	if (node)
		return node;
	if (parent_of(path, parent) && !make(tree, parent))
		return NULL;
	return new_node(tree, path);
}

int store__set(struct store_tree *tree, const char *path, const void *value,
	       uint32_t bytes)
{
	struct store_node *node;

	if (bytes >= XEN_STORE_VALUE)
		return -E2BIG;
	node = make(tree, path);
	if (!node)
		return -ENOSPC;
	memset(node->value, 0, sizeof(node->value));
	memcpy(node->value, value, bytes);
	node->bytes = bytes;
	return 0;
}

bool store__is_below(const char *path, const char *top)
{
	size_t bytes = strlen(top);

	return !strncmp(path, top, bytes) &&
	       (!path[bytes] || path[bytes] == '/');
}

int store__remove(struct store_tree *tree, const char *path)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < STORE_NODES; i++) {
		struct store_node *node = &tree->nodes[i];

		if (*node->path && store__is_below(node->path, path)) {
			memset(node, 0, sizeof(*node));
			any = true;
		}
	}
	return any ? 0 : -ENOENT;
}

bool store__may_write(uint16_t domid, const char *path)
{
	char own[OWN_BYTES];

	if (domid == XEN_BUILDER_DOMID)
		return true;
	snprintf(own, sizeof(own), "/local/domain/%u", domid);
	return store__is_below(path, own) && strcmp(path, own);
}

/* -- watches -------------------------------------------------------------- */

void store__changed(struct xen_store *store, const char *path)
{
	uint32_t i;

	store->changes++;
	for (i = 0; i < store->nr_watches; i++) {
		const struct xen_store_watch *watch = &store->watches[i];

		if (store__is_below(path, watch->path) ||
		    store__is_below(watch->path, path))
			watch->changed(watch->arg);
	}
	store__tell_guest(store, path);
}

void xen_store_watch(struct xen_store *store,
		     const struct xen_store_watch *watch)
{
	sim_assert(store->nr_watches < STORE_WATCHES);
	store->watches[store->nr_watches++] = *watch;
}

/* -- domains without a kernel --------------------------------------------- */

int xen_store_write(struct xen_store *store, uint16_t domid, const char *path,
		    const char *value)
{
	int rc = -EACCES;

	if (store__may_write(domid, path))
		rc = store__set(&store->tree, path, value,
				(uint32_t)strlen(value));
	if (!rc)
		store__changed(store, path);
	return rc;
}

const char *xen_store_read(struct xen_store *store, const char *path)
{
	const struct store_node *node = store__find(&store->tree, path);

	return node ? node->value : NULL;
}

unsigned int xen_store_number(struct xen_store *store, const char *path,
			      unsigned int otherwise)
{
	const char *text = xen_store_read(store, path);

	return text && *text ? (unsigned int)strtoul(text, NULL, 10) :
			       otherwise;
}

int xen_store_rm(struct xen_store *store, uint16_t domid, const char *path)
{
	int rc = -EACCES;

	if (store__may_write(domid, path))
		rc = store__remove(&store->tree, path);
	if (!rc)
		store__changed(store, path);
	return rc;
}

uint32_t xen_store_transactions(const struct xen_store *store)
{
	uint32_t i, nr = 0;

	for (i = 0; i < STORE_TRANSACTIONS; i++)
		nr += store->transactions[i].id != 0;
	return nr;
}

uint32_t xen_store_watches(const struct xen_store *store, uint16_t domid)
{
	const struct store_ring *ring = &store->ring;
	uint32_t i, nr = 0;

	if (!ring->domain || ring->domain->domid != domid)
		return 0;
	for (i = 0; i < STORE_WATCHES; i++)
		nr += ring->watches[i].live;
	return nr;
}

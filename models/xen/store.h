/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - of xenstore (private to this folder)
 */
#ifndef MODELS_XEN_STORE_PRIVATE_H
#define MODELS_XEN_STORE_PRIVATE_H

#include <sim/event.h>

#include "internal.h"

#define STORE_NODES		40
#define STORE_WATCHES		8
#define STORE_TRANSACTIONS	2
#define STORE_TOKEN		24
#define STORE_MESSAGE		(16 + XEN_STORE_PATH + 128)
#define STORE_OUT		2048

struct store_node {
	char path[XEN_STORE_PATH];	/* empty: free */
	char value[XEN_STORE_VALUE];
	uint32_t hash;			/* of the path */
	uint32_t bytes;			/* of the value, without NUL */
};

struct store_tree {
	struct store_node nodes[STORE_NODES];
};

/* A copy, and the count of changes when it was made. */
struct store_transaction {
	uint32_t id;			/* 0: free */
	uint16_t domid;
	uint32_t changes;
	bool dirty;
	struct store_tree tree;
};

struct guest_watch {
	bool live;
	bool relative;			/* the guest's own words have no slash */
	bool late;			/* it could not be told */
	char path[XEN_STORE_PATH];
	char token[STORE_TOKEN];
};

/* One guest's ring, with the message that is coming in. */
struct store_ring {
	struct xen_domain *domain;
	struct xs_page page;
	uint8_t in[STORE_MESSAGE];
	uint32_t in_bytes;
	uint8_t out[STORE_OUT];		/* that finds no room in the ring yet */
	uint32_t out_bytes;
	struct guest_watch watches[STORE_WATCHES];
};

struct xen_store {
	struct xen *xen;
	struct sim_event serve;
	struct store_tree tree;
	uint32_t changes;		/* so far */
	uint32_t last_id;		/* of a transaction */
	struct store_transaction transactions[STORE_TRANSACTIONS];
	struct xen_store_watch watches[STORE_WATCHES];
	uint32_t nr_watches;
	struct store_ring ring;
};

/* -- store.c: paths are absolute -- */

struct store_node *store__find(struct store_tree *tree, const char *path);
/* Makes what is above it, too. */
int store__set(struct store_tree *tree, const char *path, const void *value,
	       uint32_t bytes);
int store__remove(struct store_tree *tree, const char *path);
/* @path is the same as @top or below it. */
bool store__is_below(const char *path, const char *top);
bool store__may_write(uint16_t domid, const char *path);
/* Tells whoever watches. */
void store__changed(struct xen_store *store, const char *path);

/* -- store_ring.c -- */

void store__tell_guest(struct xen_store *store, const char *path);
/* Something is to be done: by and by. */
void store__wake(struct xen_store *store);

#endif

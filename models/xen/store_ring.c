/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_ring.c - a guest's way to xenstore: messages in two rings of bytes
 *
 * A message is a header and a body; the answer has the header's number, and what
 * a watch has to say comes between answers, but not within one. The guest's page
 * is device memory here, so that each access of the guest is in order.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "store.h"

#define SOURCE_STORE	0x121		/* of events */

/* -- the page ------------------------------------------------------------- */

static uint64_t page_read(void *device, uint64_t offset, unsigned int size)
{
	const struct xen_store *store = device;
	uint64_t value = 0;

	if (offset + size <= sizeof(store->ring.page))
		memcpy(&value, (const char *)&store->ring.page + offset, size);
	return value;
}

static void page_write(void *device, uint64_t offset, unsigned int size,
		       uint64_t value)
{
	struct xen_store *store = device;

	if (offset + size <= sizeof(store->ring.page))
		memcpy((char *)&store->ring.page + offset, &value, size);
}

/* -- answers -------------------------------------------------------------- */

static void push(struct store_ring *ring, const struct xs_header *header,
		 const void *body)
{
	sim_assert(ring->out_bytes + sizeof(*header) + header->bytes <=
		   sizeof(ring->out));
	memcpy(ring->out + ring->out_bytes, header, sizeof(*header));
	memcpy(ring->out + ring->out_bytes + sizeof(*header), body,
	       header->bytes);
	ring->out_bytes += (uint32_t)sizeof(*header) + header->bytes;
}

static void answer(struct store_ring *ring, const struct xs_header *to,
		   const void *body, uint32_t bytes)
{
	struct xs_header header = *to;

	header.bytes = bytes;
	push(ring, &header, body);
}

static void refuse(struct store_ring *ring, const struct xs_header *to, int rc)
{
	static const struct {
		int rc;
		const char *name;
	} names[] = {
		{ -EINVAL, "EINVAL" }, { -EACCES, "EACCES" },
		{ -EEXIST, "EEXIST" }, { -ENOENT, "ENOENT" },
		{ -ENOSPC, "ENOSPC" }, { -EAGAIN, "EAGAIN" },
		{ -E2BIG, "E2BIG" },   { -EBUSY, "EBUSY" },
	};
	struct xs_header header = *to;
	const char *name = "EIO";
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].rc == rc)
			name = names[i].name;
	header.type = XS_ERROR;
	header.bytes = (uint32_t)strlen(name) + 1;
	push(ring, &header, name);
}

/* -- watches of the guest ------------------------------------------------- */

/* "/local/domain/1/" */
static uint32_t own_prefix(const struct store_ring *ring,
			   char prefix[XEN_STORE_PATH])
{
	return (uint32_t)snprintf(prefix, XEN_STORE_PATH, "/local/domain/%u/",
				  ring->domain->domid);
}

static void fire(struct store_ring *ring, struct guest_watch *watch,
		 const char *path)
{
	char prefix[XEN_STORE_PATH], body[XEN_STORE_PATH + STORE_TOKEN];
	uint32_t skip = watch->relative ? own_prefix(ring, prefix) : 0;
	struct xs_header header = { .type = XS_WATCH_EVENT };
	size_t bytes = strlen(path + skip) + 1;

	/* Later then, and once for all that has changed. */
	watch->late = ring->out_bytes + sizeof(header) + sizeof(body) >
		      sizeof(ring->out) - STORE_MESSAGE;
	if (watch->late)
		return;
	memcpy(body, path + skip, bytes);
	memcpy(body + bytes, watch->token, strlen(watch->token) + 1);
	header.bytes = (uint32_t)(bytes + strlen(watch->token) + 1);
	push(ring, &header, body);
}

void store__tell_guest(struct xen_store *store, const char *path)
{
	struct store_ring *ring = &store->ring;
	uint32_t i;

	for (i = 0; i < STORE_WATCHES; i++) {
		struct guest_watch *watch = &ring->watches[i];

		if (!watch->live)
			continue;
		if (store__is_below(path, watch->path))
			fire(ring, watch, path);
		else if (store__is_below(watch->path, path))
			fire(ring, watch, watch->path);
	}
	if (ring->out_bytes)
		store__wake(store);
}

static int watch(struct store_ring *ring, const char *path, bool relative,
		 const char *token)
{
	uint32_t i;

	if (strlen(token) >= STORE_TOKEN)
		return -E2BIG;
	for (i = 0; i < STORE_WATCHES; i++) {
		struct guest_watch *w = &ring->watches[i];

		if (w->live && !strcmp(w->path, path) &&
		    !strcmp(w->token, token))
			return -EEXIST;
	}
	for (i = 0; i < STORE_WATCHES && ring->watches[i].live; i++)
		;
	if (i == STORE_WATCHES)
		return -ENOSPC;
	ring->watches[i].live = true;
	ring->watches[i].late = false;
	ring->watches[i].relative = relative;
	snprintf(ring->watches[i].path, XEN_STORE_PATH, "%s", path);
	snprintf(ring->watches[i].token, STORE_TOKEN, "%s", token);
	return 0;
}

static int unwatch(struct store_ring *ring, const char *path,
		   const char *token)
{
	uint32_t i;

	for (i = 0; i < STORE_WATCHES; i++) {
		struct guest_watch *w = &ring->watches[i];

		if (!w->live || strcmp(w->path, path) ||
		    strcmp(w->token, token))
			continue;
		w->live = false;
		return 0;
	}
	return -ENOENT;
}

/* -- transactions --------------------------------------------------------- */

static struct store_transaction *find_transaction(struct xen_store *store,
						  uint32_t id)
{
	uint32_t i;

	for (i = 0; id && i < STORE_TRANSACTIONS; i++)
		if (store->transactions[i].id == id)
			return &store->transactions[i];
	return NULL;
}

static int64_t start_transaction(struct xen_store *store)
{
	uint32_t i;

	for (i = 0; i < STORE_TRANSACTIONS; i++) {
		struct store_transaction *t = &store->transactions[i];

		if (t->id)
			continue;
		t->id = ++store->last_id;
		t->domid = store->ring.domain->domid;
		t->changes = store->changes;
		t->dirty = false;
		t->tree = store->tree;
		return t->id;
	}
	return -ENOSPC;
}

static bool is_same(const struct store_node *a, const struct store_node *b)
{
	return a->bytes == b->bytes && !memcmp(a->value, b->value, a->bytes);
}

/*
 * The store is as @tree says, which is what the store was from then on. Watches
 * fire for what has another value than before, or none.
 */
static void commit(struct xen_store *store, struct store_tree *tree)
{
	uint32_t i;

	for (i = 0; i < STORE_NODES; i++) {
		struct store_node now = tree->nodes[i];

		tree->nodes[i] = store->tree.nodes[i];
		store->tree.nodes[i] = now;
	}
	for (i = 0; i < STORE_NODES; i++) {
		const char *was = tree->nodes[i].path;

		if (*was && !store__find(&store->tree, was))
			store__changed(store, was);
	}
	for (i = 0; i < STORE_NODES; i++) {
		const struct store_node *now = &store->tree.nodes[i];
		const struct store_node *was = store__find(tree, now->path);

		if (*now->path && (!was || !is_same(was, now)))
			store__changed(store, now->path);
	}
}

static int end_transaction(struct xen_store *store, uint32_t id, bool keep)
{
	struct store_transaction *t = find_transaction(store, id);
	bool stale;

	if (!t)
		return -ENOENT;
	t->id = 0;
	if (!keep)
		return 0;
	stale = t->changes != store->changes;
	if (stale || sim_fail_point(store->xen->sim, SIM_DECIDE_FAIL_IO))
		return -EAGAIN;
	if (t->dirty)
		commit(store, &t->tree);
	return 0;
}

/* -- requests ------------------------------------------------------------- */

/* A request, taken apart: @path is absolute, @rest what is behind its NUL. */
struct request {
	struct xs_header header;
	struct store_tree *tree;
	struct store_transaction *transaction;
	char path[XEN_STORE_PATH];
	bool relative;
	const char *rest;
	uint32_t rest_bytes;
};

static int take_path(const struct store_ring *ring, struct request *request,
		     const char *body)
{
	uint32_t bytes = request->header.bytes;
	size_t length = strnlen(body, bytes);
	char prefix[XEN_STORE_PATH] = "";

	if (length == bytes || !length)
		return -EINVAL;
	request->relative = *body != '/';
	if (request->relative)
		own_prefix(ring, prefix);
	if (strlen(prefix) + length >= XEN_STORE_PATH)
		return -E2BIG;
	strcpy(request->path, prefix);
	strcat(request->path, body);
	request->rest = body + length + 1;
	request->rest_bytes = bytes - (uint32_t)length - 1;
	return 0;
}

static int write_node(struct xen_store *store, struct request *request)
{
	bool remove = request->header.type == XS_RM;
	uint16_t domid = store->ring.domain->domid;
	int rc;

	if (!store__may_write(domid, request->path))
		return -EACCES;
	rc = remove ? store__remove(request->tree, request->path) :
		      store__set(request->tree, request->path, request->rest,
				 request->header.type == XS_MKDIR ?
				 0 : request->rest_bytes);
	if (rc)
		return rc;
	if (request->transaction)
		request->transaction->dirty = true;
	else
		store__changed(store, request->path);
	return 0;
}

/* Names of what is directly below, each with a NUL. */
static uint32_t list(struct store_tree *tree, const char *path,
		     char names[STORE_MESSAGE])
{
	size_t top = strlen(path);
	uint32_t i, bytes = 0;

	for (i = 0; i < STORE_NODES; i++) {
		const char *name = tree->nodes[i].path;

		if (!*name || !store__is_below(name, path) || !name[top] ||
		    strchr(name + top + 1, '/'))
			continue;
		name += top + 1;
		if (bytes + strlen(name) + 1 > STORE_MESSAGE / 2)
			break;
		memcpy(names + bytes, name, strlen(name) + 1);
		bytes += (uint32_t)strlen(name) + 1;
	}
	return bytes;
}

static int do_watch(struct xen_store *store, const struct request *request)
{
	struct store_ring *ring = &store->ring;
	size_t length = strnlen(request->rest, request->rest_bytes);
	int rc;

	if (length == request->rest_bytes)
		return -EINVAL;
	if (request->header.type == XS_UNWATCH)
		return unwatch(ring, request->path, request->rest);
	rc = watch(ring, request->path, request->relative, request->rest);
	return rc;
}

/* The value, or a list; what else is said is "OK". */
static int do_path(struct xen_store *store, struct request *request)
{
	struct store_ring *ring = &store->ring;
	const struct store_node *node;
	char names[STORE_MESSAGE];
	int rc;

	switch (request->header.type) {
	case XS_READ:
	case XS_DIRECTORY:
		node = store__find(request->tree, request->path);
		if (!node)
			return -ENOENT;
		if (request->header.type == XS_READ)
			answer(ring, &request->header, node->value,
			       node->bytes);
		else
			answer(ring, &request->header, names,
			       list(request->tree, request->path, names));
		return 0;
	case XS_WRITE:
	case XS_MKDIR:
	case XS_RM:
		rc = write_node(store, request);
		break;
	case XS_WATCH:
	case XS_UNWATCH:
		rc = do_watch(store, request);
		break;
	default:
		return -EINVAL;
	}
	if (!rc)
		answer(ring, &request->header, "OK", 3);
	/* Who watches is told how it is, to begin with. */
	if (!rc && request->header.type == XS_WATCH)
		store__tell_guest(store, request->path);
	return rc;
}

static int do_transaction(struct xen_store *store,
			  const struct xs_header *header, const char *body)
{
	char id[12];
	int64_t rc;

	if (header->type == XS_TRANSACTION_START) {
		rc = start_transaction(store);
		if (rc < 0)
			return (int)rc;
		snprintf(id, sizeof(id), "%u", (unsigned int)rc);
		answer(&store->ring, header, id, (uint32_t)strlen(id) + 1);
		return 0;
	}
	rc = end_transaction(store, header->transaction,
			     header->bytes && *body == 'T');
	if (!rc)
		answer(&store->ring, header, "OK", 3);
	return (int)rc;
}

static void do_message(struct xen_store *store)
{
	struct store_ring *ring = &store->ring;
	const char *body = (const char *)ring->in + sizeof(struct xs_header);
	struct request request = { .tree = &store->tree };
	int rc = 0;

	memcpy(&request.header, ring->in, sizeof(request.header));
	if (request.header.type == XS_TRANSACTION_START ||
	    request.header.type == XS_TRANSACTION_END) {
		rc = do_transaction(store, &request.header, body);
	} else {
		request.transaction =
			find_transaction(store, request.header.transaction);
		if (request.transaction)
			request.tree = &request.transaction->tree;
		else if (request.header.transaction)
			rc = -ENOENT;
		if (!rc)
			rc = take_path(ring, &request, body);
		if (!rc)
			rc = do_path(store, &request);
	}
	if (rc)
		refuse(ring, &request.header, rc);
}

/* -- the rings ------------------------------------------------------------ */

/* The store would close the connection, and nothing would work any more. */
static void complain(const struct store_ring *ring)
{
	const struct xen *xen = ring->domain->xen;

	xen->complain(xen->complain_arg, &(const struct xen_complaint){
		.oracle = "bad-message", .object = "xenstore",
		.what = "a message to xenstore is longer than any",
		.why = "of what follows nobody knows where it begins",
	});
}

/* True: another message is complete. */
static bool take_in(struct store_ring *ring)
{
	struct xs_page *page = &ring->page;
	uint32_t want = sizeof(struct xs_header);
	struct xs_header header;

	for (;;) {
		if (ring->in_bytes >= sizeof(header)) {
			memcpy(&header, ring->in, sizeof(header));
			want = (uint32_t)sizeof(header) + header.bytes;
			if (want > sizeof(ring->in)) {
				complain(ring);
				return false;
			}
			if (ring->in_bytes == want)
				return true;
		}
		if (page->store_read == page->guest_wrote)
			return false;
		ring->in[ring->in_bytes++] =
			page->to_store[page->store_read++ % XS_RING_BYTES];
	}
}

static bool give_out(struct store_ring *ring)
{
	struct xs_page *page = &ring->page;
	uint32_t n = 0;

	while (n < ring->out_bytes &&
	       page->store_wrote - page->guest_read < XS_RING_BYTES)
		page->to_guest[page->store_wrote++ % XS_RING_BYTES] =
			ring->out[n++];
	memmove(ring->out, ring->out + n, ring->out_bytes - n);
	ring->out_bytes -= n;
	return n;
}

static void fire_late(struct store_ring *ring)
{
	uint32_t i;

	for (i = 0; i < STORE_WATCHES; i++)
		if (ring->watches[i].live && ring->watches[i].late)
			fire(ring, &ring->watches[i], ring->watches[i].path);
}

static void serve(struct sim *sim, struct sim_event *event)
{
	struct xen_store *store = (struct xen_store *)
		((char *)event - offsetof(struct xen_store, serve));
	struct store_ring *ring = &store->ring;
	bool any = false;

	(void)sim;
	while (ring->out_bytes < sizeof(ring->out) / 2 && take_in(ring)) {
		do_message(store);
		ring->in_bytes = 0;
		any = true;
	}
	any |= give_out(ring);
	fire_late(ring);
	any |= give_out(ring);
	if (any)
		xen__event_from_store(ring->domain, ring->domain->store_port);
}

void store__wake(struct xen_store *store)
{
	static const uint64_t delays_ns[] = { 10000, 100000, 1000000, 20000000 };
	struct sim *sim = store->xen->sim;

	if (!store->serve.queued && store->ring.domain)
		sim_event_after(sim, &store->serve,
				delays_ns[sim_decide(sim, SIM_DECIDE_DELAY,
						     4)]);
}

void xen_store__event(struct xen *xen)
{
	store__wake(xen->store);
}

/* -- making one ----------------------------------------------------------- */

struct xen_store *xen_store_new(struct xen *xen)
{
	struct xen_store *store = sim_alloc(xen->sim, sizeof(*store), 8);

	store->xen = xen;
	sim_event_init(&store->serve, serve, SOURCE_STORE, 0);
	xen->store = store;
	return store;
}

void xen_store_guest(struct xen_store *store, uint16_t domid)
{
	struct xen_domain *domain = xen__domain(store->xen, domid);
	const struct machine_window window = {
		.phys = XEN_STORE_FRAME << SIM_FRAME_SHIFT,
		.bytes = SIM_FRAME_BYTES, .read = page_read,
		.write = page_write, .device = store,
	};

	sim_assert(domain && !store->ring.domain);
	store->ring.domain = domain;
	domain->store_port = xen__event_store(domain);
	sim_assert(!machine_claim(domain->machine, &window));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_shbuf.c - what a frontend and its backend do with buffers
 *
 * Oracles, beside those of xen_world.h and oracle.c:
 *
 * half-done: a map that fails leaves nothing mapped, one that succeeds has mapped
 * every page, and after an unmap that succeeds nothing is. Counted by the ledger;
 * object `no-memory` if an allocation has failed, which may be what kept a map from
 * being undone.
 * Assumption: nobody else runs.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "xen_shbuf.h"

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	struct xen_world *w = xen_world(world);

	w->took = true;
	return one_host_ioctl(world, w->file, cmd, arg, bytes);
}

/* What is known of a slot; NULL if it is another's or nobody's. */
static struct buffer *find(struct world *world, uint64_t slot)
{
	struct buffer *buffer = &shbuf(world)->buffers[slot % XEN_SHBUF_SLOTS];

	return buffer->live && buffer->slot == slot ? buffer : NULL;
}

/* What the backend believes, who may come late. */
static const struct buffer *find_late(struct world *world, uint64_t slot)
{
	return slot == OP_NO_RESOURCE ? NULL :
	       &shbuf(world)->buffers[slot % XEN_SHBUF_SLOTS];
}

/* -- making buffers ------------------------------------------------------- */

static int64_t alloc(struct world *world, int32_t pages, bool backend)
{
	struct xen_shbuf_alloc arg = {
		.nr_pages = pages, .backend = backend, .dom = PEER_DOMID,
	};
	uint32_t mark = xen_world_mark(world);
	int64_t rc = call(world, XEN_SHBUF_ALLOC, &arg, sizeof(arg));
	struct buffer *buffer;

	if (rc < 0) {
		xen_world_judge(world);
		return rc;
	}
	buffer = &shbuf(world)->buffers[arg.slot % XEN_SHBUF_SLOTS];
	buffer->live = true;
	buffer->backend = backend;
	buffer->mapped = false;
	buffer->refused = false;
	buffer->slot = arg.slot;
	buffer->dir_start = arg.dir_start;
	buffer->nr_pages = (uint32_t)pages;
	memcpy(buffer->pool, arg.pool, sizeof(buffer->pool));
	if (xen_world_alone(world, mark))
		judge_directory(world, buffer);
	xen_world_judge(world);
	return arg.slot;
}

int64_t op_alloc(struct world *world, const uint64_t *args)
{
	return alloc(world, (int32_t)args[0], false);
}

int64_t op_reserve(struct world *world, const uint64_t *args)
{
	return alloc(world, (int32_t)args[0], true);
}

int64_t op_alloc_odd(struct world *world, const uint64_t *args)
{
	static const int32_t pages[] = { 0, -1, INT32_MIN, 65536 };

	return alloc(world, pages[args[0]], args[1]);
}

/* -- what the backend has ------------------------------------------------- */

static uint32_t pins(struct world *world)
{
	return xen_ledger_pins(xen_ledger(xen_world(world)->xen), GUEST_DOMID,
			       PEER_DOMID);
}

static void raise_half(struct world *world, const char *object,
		       const char *what)
{
	one_host_raise(world, "half-done", object, what,
		       "the hypervisor knows of more or fewer mappings");
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct buffer *buffer = find(world, args[0]);
	struct xen_shbuf_slot arg = { .slot = (uint32_t)args[0] };
	uint32_t mark = xen_world_mark(world), before = pins(world), now;
	int64_t rc;

	/* What could not be mapped is freed: no driver tries again. */
	if (buffer && buffer->refused)
		return -EINVAL;
	rc = call(world, XEN_SHBUF_MAP, &arg, sizeof(arg));
	now = pins(world);
	xen_world_judge(world);
	if (buffer) {
		buffer->mapped |= !rc;
		buffer->refused |= rc < 0;
	}
	if (!xen_world_alone(world, mark))
		return rc;
	if (rc && now != before)
		raise_half(world, sim_failures(world->sim, SIM_DECIDE_FAIL_ALLOC) ?
			   "no-memory" : "buffer",
			   "a map that failed leaves pages mapped");
	if (!rc && buffer && buffer->backend &&
	    now - before != buffer->nr_pages)
		raise_half(world, "buffer", "a map that succeeded has not mapped all");
	return rc;
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	struct buffer *buffer = find(world, args[0]);
	struct xen_shbuf_slot arg = { .slot = (uint32_t)args[0] };
	uint32_t mark = xen_world_mark(world), before = pins(world);
	int64_t rc = call(world, XEN_SHBUF_UNMAP, &arg, sizeof(arg));

	xen_world_judge(world);
	if (rc || !buffer)
		return rc;
	if (xen_world_alone(world, mark) && buffer->mapped &&
	    buffer->backend && before - pins(world) != buffer->nr_pages)
		raise_half(world, "buffer", "an unmap that succeeded leaves pages mapped");
	buffer->mapped = false;
	return rc;
}

int64_t op_free(struct world *world, const uint64_t *args)
{
	struct buffer *buffer = find(world, args[0]);
	struct xen_shbuf_slot arg = { .slot = (uint32_t)args[0] };
	int64_t rc;

	/* From here on another one may take its place. */
	if (buffer)
		buffer->live = false;
	rc = call(world, XEN_SHBUF_FREE, &arg, sizeof(arg));
	if (rc == -EBUSY && buffer && buffer->slot == arg.slot)
		buffer->live = true;
	xen_world_judge(world);
	return rc;
}

int64_t op_touch(struct world *world, const uint64_t *args)
{
	struct xen_shbuf_access arg = {
		.slot = (uint32_t)args[0], .page = (uint32_t)args[1],
		.write = !args[2], .offset = (uint32_t)args[3],
		.value = (uint32_t)args[4],
	};

	return call(world, XEN_SHBUF_ACCESS, &arg, sizeof(arg));
}

/* -- the backend ---------------------------------------------------------- */

/* Writes references from number *@done on into one page; returns the next. */
static uint32_t fill_page(uint32_t *page, uint32_t nr, uint32_t slots,
			  uint32_t *done)
{
	uint32_t i;

	for (i = 1; i <= XEN_GREFS_PER_PAGE && *done < nr; i++, ++*done)
		page[i] = PEER_FIRST_REF + *done % slots;
	return page[0];
}

int64_t op_peer_fill(struct world *world, const uint64_t *args)
{
	struct xen *xen = xen_world(world)->xen;
	const struct buffer *buffer = find_late(world, args[0]);
	uint32_t nr, done = 0, ref;
	int64_t handle;

	if (!buffer)
		return -ENOENT;
	nr = args[1] < buffer->nr_pages ? (uint32_t)args[1] : buffer->nr_pages;
	ref = buffer->dir_start;
	do {
		uint32_t *page;

		handle = op_peer_map(world, ref, true);
		if (handle < 0)
			return handle;
		page = xen_page(xen, PEER_DOMID, (uint32_t)handle, true);
		ref = fill_page(page, nr, (uint32_t)args[2], &done);
		if (!args[3])
			xen_unmap(xen, PEER_DOMID, (uint32_t)handle);
	} while (done < nr && ref != XEN_GREF_LIST_END);
	return done;
}

/* Reference of directory page @n, by mapping those before it; 0: none. */
static uint32_t walk_to(struct world *world, uint32_t ref, uint64_t n)
{
	struct xen *xen = xen_world(world)->xen;

	while (n-- && ref != XEN_GREF_LIST_END) {
		int64_t handle = op_peer_map(world, ref, false);
		const uint32_t *page;

		if (handle < 0)
			return XEN_GREF_LIST_END;
		page = xen_page(xen, PEER_DOMID, (uint32_t)handle, false);
		ref = page[0];
		xen_unmap(xen, PEER_DOMID, (uint32_t)handle);
	}
	return ref;
}

static uint32_t gref_in(struct world *world, uint32_t dir, uint64_t n)
{
	struct xen *xen = xen_world(world)->xen;
	int64_t handle = op_peer_map(world, dir, false);
	const uint32_t *page;
	uint32_t ref;

	if (handle < 0)
		return XEN_GREF_LIST_END;
	page = xen_page(xen, PEER_DOMID, (uint32_t)handle, false);
	xen_world_judge_secret(world, page);
	ref = page[1 + n];
	xen_unmap(xen, PEER_DOMID, (uint32_t)handle);
	return ref;
}

int64_t op_peer_walk(struct world *world, const uint64_t *args)
{
	const struct buffer *buffer = find_late(world, args[0]);
	uint64_t page = args[1];
	uint32_t ref;

	if (!buffer)
		return -ENOENT;
	ref = walk_to(world, buffer->dir_start,
		      args[2] ? page : page / XEN_GREFS_PER_PAGE);
	if (!args[2] && ref != XEN_GREF_LIST_END)
		ref = gref_in(world, ref, page % XEN_GREFS_PER_PAGE);
	if (ref == XEN_GREF_LIST_END)
		return -ENOENT;
	return op_peer_map(world, ref, true);
}

/* -- the world ------------------------------------------------------------ */

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "xen_shbuf",
	.help = "a frontend that shares buffers with a backend, by directories",
	.actors = xen_actors,
	.process = xen_sharing,
	.ops = xen_shbuf_ops, .nr_ops = XEN_SHBUF_NR_OPS,
	.config = xen_shbuf_config,
	.nr_config = XEN_CONFIGS, .nr_build_config = XEN_CONFIGS,
	.build = build, .finish = xen_world_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	static const struct xen_world_options options = {
		.bytes = sizeof(struct shbuf_world), .device = "xen-shbuf",
	};
	static const uint64_t all_for_writing[] = { 0, PEER_SLOTS, 0 };
	struct world *world;

	world = xen_world_build(&type, sim, config, &options);
	op_peer_offer(world, all_for_writing);
	return world;
}

const struct world_type *const world_types[] = { &type, NULL };

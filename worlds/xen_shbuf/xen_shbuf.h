/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_shbuf.h - the world of page-directory buffers (private to this folder)
 *
 * A frontend (components/xen/shbuf_device.c) and its backend, the peer, which is
 * told the start of a directory and walks it, or fills it with its own grants.
 */
#ifndef WORLDS_XEN_SHBUF_H
#define WORLDS_XEN_SHBUF_H

#include "../xen/xen_world.h"
#include "xen_shbuf_ioctl.h"

struct buffer {
	bool live;
	bool backend;
	bool mapped;
	bool refused;			/* a map has failed */
	uint32_t slot;
	uint32_t dir_start;
	uint32_t nr_pages;
	uint64_t pool[XEN_SHBUF_POOL];
};

struct shbuf_world {
	struct xen_world xen;
	struct buffer buffers[XEN_SHBUF_SLOTS];
};

static inline struct shbuf_world *shbuf(struct world *world)
{
	return (struct shbuf_world *)world;
}

/* -- oracle.c -- */

/* A new buffer's directory, from the first reference to the last. */
void judge_directory(struct world *world, const struct buffer *buffer);

int64_t op_alloc(struct world *world, const uint64_t *args);
int64_t op_reserve(struct world *world, const uint64_t *args);
int64_t op_alloc_odd(struct world *world, const uint64_t *args);
int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_free(struct world *world, const uint64_t *args);
int64_t op_touch(struct world *world, const uint64_t *args);
int64_t op_peer_fill(struct world *world, const uint64_t *args);
int64_t op_peer_walk(struct world *world, const uint64_t *args);

#define XEN_SHBUF_NR_OPS	(14 + XEN_PEER_NR_OPS)
extern const struct op xen_shbuf_ops[XEN_SHBUF_NR_OPS];
extern const struct op_arg xen_shbuf_config[XEN_CONFIGS];

#endif

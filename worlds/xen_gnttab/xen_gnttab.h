/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_gnttab.h - the world of grant tables (private to this folder)
 *
 * A process grants and maps by /dev/xen-gnt (components/xen); see xen_world.h for
 * who else is there.
 */
#ifndef WORLDS_XEN_GNTTAB_H
#define WORLDS_XEN_GNTTAB_H

#include "../xen/xen_world.h"
#include "xen_gnt_ioctl.h"

/* What the process knows of its slots. */
struct granted {
	bool live;
	bool ending;		/* a call that may end it is under way */
	uint32_t slot;
	bool readonly;
	bool listed;		/* its reference is from a list */
	uint32_t ref;
	uint64_t gfn;
};

struct listed {
	bool live;
	bool in_a_row;
	uint32_t slot;
	uint32_t first;
	uint32_t nr;
};

struct gnttab_world {
	struct xen_world xen;
	struct granted grants[XEN_GNT_GRANTS];
	struct listed lists[XEN_GNT_LISTS];
	bool unmaps_later;		/* something may, at any time */
};

static inline struct gnttab_world *gnttab(struct world *world)
{
	return (struct gnttab_world *)world;
}

int64_t op_grant(struct world *world, const uint64_t *args);
int64_t op_grant_listed(struct world *world, const uint64_t *args);
int64_t op_end(struct world *world, const uint64_t *args);
int64_t op_list(struct world *world, const uint64_t *args);
int64_t op_row(struct world *world, const uint64_t *args);
int64_t op_unlist(struct world *world, const uint64_t *args);
int64_t op_notify(struct world *world, const uint64_t *args);
int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_map_ref(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_hold(struct world *world, const uint64_t *args);
int64_t op_touch(struct world *world, const uint64_t *args);
int64_t op_touch_granted(struct world *world, const uint64_t *args);
int64_t op_copy(struct world *world, const uint64_t *args);
int64_t op_peer_map_grant(struct world *world, const uint64_t *args);

#define XEN_GNTTAB_NR_OPS	(22 + XEN_PEER_NR_OPS)
extern const struct op xen_gnttab_ops[XEN_GNTTAB_NR_OPS];
extern const struct op_arg xen_gnttab_config[XEN_CONFIGS];

#endif

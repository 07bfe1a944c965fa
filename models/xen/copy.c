/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.c - GNTTABOP_copy: one segment within a page on either side
 *
 * A side is a frame of the caller's own or a reference of somebody's, which is
 * in use for as long as the copy takes.
 */
#include <string.h>

#include <sim/finding.h>

#include "internal.h"

struct side {
	struct active *active;		/* NULL: own memory */
	uint32_t handle;		/* for the ledger */
	char *data;
	bool write;
};

/* Handles of copies are none that map gives out. */
#define COPY_HANDLE	0x10000u

static int own_side(struct xen *xen, struct xen_domain *caller,
		    const struct gnttab_copy_side *from, struct side *side)
{
	struct sim_memory *memory = machine_memory(caller->machine);

	if (from->domid != XEN_DOMID_SELF && from->domid != caller->domid)
		return GNTST_PERMISSION_DENIED;
	if (from->frame >= sim_memory_frames(memory))
		return GNTST_BAD_PAGE;
	side->data = (char *)xen_frame(xen, caller->domid, from->frame) +
		     from->offset;
	return GNTST_OKAY;
}

static int foreign_side(struct xen *xen, struct xen_domain *caller,
			const struct gnttab_copy_side *from, struct side *side)
{
	const struct xen_map map = {
		.mapper = caller->domid, .granter = from->domid,
		.ref = (uint32_t)from->frame, .write = side->write,
		.at = XEN_NO_FRAME,
	};
	struct xen_pin pin = {
		.mapper = map.mapper, .granter = map.granter, .ref = map.ref,
		.at = XEN_NO_FRAME, .write = map.write,
	};
	int rc = xen__acquire(xen, &map, &side->active);

	if (rc) {
		side->active = NULL;
		return rc;
	}
	pin.frame = side->active->frame;
	xen_ledger_mapped(xen->ledger, side->handle, &pin);
	side->data = (char *)xen_frame(xen, map.granter, pin.frame) +
		     from->offset;
	return GNTST_OKAY;
}

static void put_side(struct xen *xen, const struct side *side)
{
	if (!side->active)
		return;
	if (side->write)
		xen__settle(xen, side->active->granter, side->active->frame);
	xen_ledger_unmapped(xen->ledger, side->handle);
	xen__release(xen, side->active, side->write);
}

static int get_side(struct xen *xen, struct xen_domain *caller,
		    const struct gnttab_copy_side *from, bool by_ref,
		    struct side *side)
{
	return by_ref ? foreign_side(xen, caller, from, side) :
			own_side(xen, caller, from, side);
}

int xen__copy(struct xen *xen, struct xen_domain *caller,
	      const struct gnttab_copy *op)
{
	struct side source = { .handle = COPY_HANDLE };
	struct side dest = { .handle = COPY_HANDLE + 1, .write = true };
	int rc;

	if (op->source.offset + op->bytes > SIM_FRAME_BYTES ||
	    op->dest.offset + op->bytes > SIM_FRAME_BYTES)
		return GNTST_BAD_COPY_ARG;
	xen__lock(xen);
	rc = get_side(xen, caller, &op->source,
		      op->flags & GNTCOPY_SOURCE_GREF, &source);
	if (!rc)
		rc = get_side(xen, caller, &op->dest,
			      op->flags & GNTCOPY_DEST_GREF, &dest);
	if (!rc)
		memmove(dest.data, source.data, op->bytes);
	put_side(xen, &dest);
	put_side(xen, &source);
	xen__unlock(xen);
	return rc;
}

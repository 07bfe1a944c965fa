/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.c - ops of a peer domain: each is one thing the interface lets it do
 */
#include <errno.h>
#include <string.h>

#include <sim/access.h>
#include <sim/fiber.h>

#include "xen_world.h"

static void tell(struct world *world, const void *address, uint32_t bytes,
		 uint32_t flags)
{
	const struct sim_access access = {
		.address = address, .bytes = bytes,
		.site = __builtin_return_address(0),
		.flags = flags | SIM_ACCESS_ATOMIC | SIM_ACCESS_VOLATILE,
	};

	sim_access(world->sim, &access);
}

/* Whoever keeps what it has mapped does not do so for ever. */
static void keeps(struct world *world)
{
	sim_event_after(world->sim, &xen_world(world)->dies, PEER_KEEPS_NS);
}

int64_t op_peer_map(struct world *world, uint32_t ref, bool write)
{
	struct xen_world *w = xen_world(world);
	const struct xen_map map = {
		.mapper = PEER_DOMID, .granter = GUEST_DOMID, .ref = ref,
		.write = write, .at = XEN_NO_FRAME,
	};
	int64_t handle = xen_map(w->xen, &map);

	if (handle < 0)
		return -EACCES;
	keeps(world);
	return handle;
}

int64_t op_peer_map_ref(struct world *world, const uint64_t *args)
{
	return op_peer_map(world, (uint32_t)args[0], args[1]);
}

int64_t op_peer_unmap(struct world *world, const uint64_t *args)
{
	return xen_unmap(xen_world(world)->xen, PEER_DOMID,
			 (uint32_t)args[0]) ? -EINVAL : 0;
}

int64_t op_peer_write(struct world *world, const uint64_t *args)
{
	uint32_t value = (uint32_t)args[2];
	char *page = xen_page(xen_world(world)->xen, PEER_DOMID,
			      (uint32_t)args[0], true);

	if (!page)
		return -EINVAL;
	page += args[1] * sizeof(value);
	xen_world(world)->meddled = true;
	tell(world, page, sizeof(value), SIM_ACCESS_WRITE);
	/* Gone meanwhile? */
	if (!xen_page(xen_world(world)->xen, PEER_DOMID, (uint32_t)args[0],
		      true))
		return -EINVAL;
	memcpy(page, &value, sizeof(value));
	return 0;
}

int64_t op_peer_read(struct world *world, const uint64_t *args)
{
	const void *page = xen_page(xen_world(world)->xen, PEER_DOMID,
				    (uint32_t)args[0], false);

	if (!page)
		return -EINVAL;
	xen_world_judge_secret(world, page);
	return 0;
}

/* -- its own table -- */

static void set_entry(struct world *world, uint64_t slot, uint32_t frame,
		      uint16_t flags)
{
	struct sim_memory *memory = machine_memory(xen_world(world)->peer);
	const uint16_t head[2] = { flags, GUEST_DOMID };
	char *entry;

	sim_frames_touch(memory, PEER_TABLE, 1);
	entry = (char *)sim_frame_data(memory, PEER_TABLE) +
		(PEER_FIRST_REF + slot) * GNTTAB_V1_ENTRY_BYTES;
	memcpy(entry + 4, &frame, sizeof(frame));
	memcpy(entry, head, sizeof(head));
}

int64_t op_peer_offer(struct world *world, const uint64_t *args)
{
	uint16_t flags = GTF_PERMIT_ACCESS | (args[2] ? GTF_READONLY : 0);
	uint64_t slot;

	for (slot = args[0]; slot < args[0] + args[1] && slot < PEER_SLOTS;
	     slot++)
		set_entry(world, slot, (uint32_t)(PEER_DATA + slot), flags);
	return PEER_FIRST_REF + (int64_t)args[0];
}

int64_t op_peer_bogus(struct world *world, const uint64_t *args)
{
	set_entry(world, args[0], (uint32_t)args[1], GTF_PERMIT_ACCESS);
	return 0;
}

int64_t op_peer_revoke(struct world *world, const uint64_t *args)
{
	set_entry(world, args[0], (uint32_t)(PEER_DATA + args[0]), 0);
	return 0;
}

int64_t op_peer_die(struct world *world, const uint64_t *args)
{
	uint64_t slot;

	for (slot = 0; slot < PEER_SLOTS; slot++)
		set_entry(world, slot, 0, 0);
	xen_world(world)->meddled = true;
	xen_let_go(xen_world(world)->xen, PEER_DOMID, GUEST_DOMID);
	return 0;
}

int64_t op_peer_page_out(struct world *world, const uint64_t *args)
{
	xen_page_out(xen_world(world)->xen, PEER_DOMID, PEER_DATA + args[0],
		     sim_now_ns(world->sim) + args[1] * 1000000);
	return 0;
}

int64_t op_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000000);
	return 0;
}

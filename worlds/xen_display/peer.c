/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.c - what a backend does of its own accord: closing, dying, being slow, lying
 *
 * All of it goes by what a domain has: its part of the store, what it maps, its
 * ports. Who builds domains takes the backend's part of the store away when its
 * domain dies, and may take the device away or bring it back at any moment.
 */
#include <errno.h>

#include "xen_display.h"

/* -- its life -------------------------------------------------------------- */

int64_t op_be_close(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);

	(void)args;
	if (w->backend.dead)
		return -ENODEV;
	backend_set_state(w, XENBUS_CLOSING);
	backend_wake(&w->backend);
	return 0;
}

int64_t op_be_die(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);
	struct backend *be = &w->backend;

	if (be->dead)
		return -ENODEV;
	be->dead = true;
	be->keep = false;
	backend_disconnect(be);
	xen_event_close_all(w->xen.xen, PEER_DOMID);
	if (args[0])
		xen_store_rm(w->store, XEN_BUILDER_DOMID, BACK_DIR "/state");
	return 0;
}

/* Another one in its place, which knows nothing. */
int64_t op_be_start(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);

	if (w->backend.connected)
		return -EBUSY;
	w->backend.dead = false;
	w->backend.lied = false;
	w->backend.deaf_until_ns = 0;
	w->backend.hasty = backend_front_state(w) == XENBUS_INITIALISED;
	backend_set_state(w, args[0] ? XENBUS_INIT_WAIT : XENBUS_INITIALISING);
	backend_wake(&w->backend);
	return 0;
}

/* -- who builds domains ----------------------------------------------------- */

int64_t op_unplug(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);

	w->unplugged = true;
	return xen_store_rm(w->store, XEN_BUILDER_DOMID,
			    args[0] ? FRONT_DIR : FRONT_DIR "/state");
}

int64_t op_plug(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);

	(void)args;
	if (xen_store_read(w->store, FRONT_DIR "/state"))
		return -EEXIST;
	backend_plug_front(w);
	return 0;
}

/* -- manners that are its own business --------------------------------------- */

int64_t op_be_deaf(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;

	be->deaf_until_ns = sim_now_ns(world->sim) + args[0] * 1000000;
	be->was_deaf = true;
	return 0;
}

int64_t op_be_refuse(struct world *world, const uint64_t *args)
{
	display(world)->backend.refuse = (uint32_t)args[0];
	return 0;
}

enum manners { BE_TIDY, BE_KEEPS, BE_HOLDS_FLIPS, BE_FLIPS_AT_ONCE };

int64_t op_be_manners(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;

	be->keep = args[0] == BE_KEEPS;
	be->hold = args[0] == BE_HOLDS_FLIPS;
	be->at_once = args[0] == BE_FLIPS_AT_ONCE;
	return 0;
}

int64_t op_be_flip(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;
	uint64_t i;

	if (!backend_events(be))
		return -ENODEV;
	be->odd_flips = true;
	for (i = 0; i < args[1]; i++)
		backend_flip(be, args[0]);
	return 0;
}

enum storm { STORM_ANSWERS, STORM_FLIPS, STORM_STATE };

/* Below its state, which stays as it is: who watches that is told all the same. */
static void touch_state(struct display_world *w, uint64_t n)
{
	xen_store_write(w->store, PEER_DOMID, BACK_DIR "/state/storm",
			n % 2 ? "1" : "0");
}

static void send_event(struct display_world *w, const struct be_channel *channel)
{
	if (channel->port > 0)
		xen_event_send(w->xen.xen, PEER_DOMID, (uint32_t)channel->port);
	sim_yield(w->xen.host.world.sim);
}

/* Nothing has happened. */
int64_t op_be_storm(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);
	struct backend *be = &w->backend;
	uint64_t i;

	for (i = 0; i < args[1] && !be->dead; i++) {
		if (args[0] == STORM_STATE)
			touch_state(w, i);
		else if (be->connected)
			send_event(w, args[0] == STORM_FLIPS ? &be->events :
							       &be->requests);
	}
	return 0;
}

/* -- lies ------------------------------------------------------------------ */

int64_t op_be_state(struct world *world, const uint64_t *args)
{
	struct display_world *w = display(world);

	if (w->backend.dead)
		return -ENODEV;
	w->backend.lied = true;
	backend_set_state(w, (unsigned int)args[0]);
	return 0;
}

int64_t op_be_cookie(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;

	if (!backend_events(be))
		return -ENODEV;
	be->odd_flips = true;
	backend_flip(be, args[0]);
	return 0;
}

int64_t op_be_answer(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;
	struct displ_ring *ring = backend_ring(be);

	if (!ring)
		return -ENODEV;
	be->lied = true;
	ring->slots[be->rsp_prod % DISPL_RING_SLOTS].response =
		(struct displ_response){
			.id = (uint16_t)args[0], .status = (int32_t)args[1],
		};
	ring->rsp_prod = ++be->rsp_prod;
	return xen_event_send(xen_world(world)->xen, PEER_DOMID,
			      (uint32_t)be->requests.port);
}

#define MOST	0x80000001u		/* indices that far ahead are not behind */

/* How far it says it has come. */
int64_t op_be_index(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;
	struct displ_event_page *events = backend_events(be);
	struct displ_ring *ring = backend_ring(be);
	unsigned int front = backend_front_state(display(world));

	if (!ring || !events)
		return -ENODEV;
	be->lied = true;
	be->indices++;
	if (args[0])
		events->prod = be->evt_prod += (uint32_t)args[1];
	else
		ring->rsp_prod = be->rsp_prod += (uint32_t)args[1];
	/* Wherever the frontend is: that far it cannot go. */
	be->far = front == XENBUS_CONNECTED && args[1] < MOST &&
		  args[1] > (args[0] ? DISPL_EVENT_SLOTS : DISPL_RING_SLOTS);
	return xen_event_send(xen_world(world)->xen, PEER_DOMID,
			      (uint32_t)(args[0] ? be->events.port :
						   be->requests.port));
}

/* The frontend may be reading it. */
int64_t op_be_directory(struct world *world, const uint64_t *args)
{
	struct backend *be = &display(world)->backend;
	uint32_t i;

	for (i = 0; i < BE_BUFFERS; i++) {
		uint32_t *words;

		if (!be->buffers[i].live)
			continue;
		words = xen_page(xen_world(world)->xen, PEER_DOMID,
				 (uint32_t)be->buffers[i].directory, true);
		if (!words)
			continue;
		be->lied = true;
		words[args[0]] = (uint32_t)args[1];
	}
	return 0;
}

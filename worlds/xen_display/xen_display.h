/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_display.h - the world of displays (private to this folder)
 *
 *	guest, domain 1                            peer, domain 2
 *	+----------------------------+             +----------------------+
 *	| threads front, other       |             | fiber backend        |
 *	|   /dev/xen-displ           |  requests   |   honest, as its     |
 *	| display frontend        ---+------------>|   state says         |
 *	|   buffers by directory  <--+-------------+ fiber peer: its ops, |
 *	| xenbus client, xenstore    |   events    |   which make it slow,|
 *	| event channels, grants     |             |   dying or hostile   |
 *	+----------------------------+             +----------------------+
 *	        \____ xenstore ____ hypervisor, ledger ____/
 */
#ifndef WORLDS_XEN_DISPLAY_H
#define WORLDS_XEN_DISPLAY_H

#include <models/xen_event.h>
#include <models/xen_store.h>
#include <sim/fiber.h>

#include "../xen/xen_world.h"
#include "xen_displ_ioctl.h"

#define BE_BUFFERS	6
#define BE_FBS		8
#define BE_KEPT		64
#define BE_FLIPS	16
#define BE_NONE		(-1)		/* no handle */

#define FRONT_DIR	"/local/domain/1/device/vdispl/0"
#define ERROR_NODE	"/local/domain/1/error/device/vdispl/0/error"
#define BACK_DIR	"/local/domain/2/backend/vdispl/1/0"

/* What the backend knows of a buffer. */
struct be_buffer {
	bool live;
	bool backend;			/* it has the pages */
	uint64_t cookie;
	uint32_t nr_pages;
	int64_t directory;		/* handle of its only page */
	int64_t pages[XEN_DISPL_MAX_PAGES];
};

struct be_fb {
	bool live;
	uint64_t cookie, dbuf;
};

/* A page of the frontend's, mapped, and a port bound to the frontend's. */
struct be_channel {
	int64_t handle;
	int64_t port;
};

/*
 * Of a frame buffer, in all its life; cookies are never used twice.
 *
 * @begun:	flips that were asked for
 * @asked:	the same, but for those that were refused
 * @accepted:	that the backend has said that it will do
 * @told:	that anybody at the peer has told of, lies included...
 * @told_ns:	...the last time
 */
struct flips {
	uint64_t cookie;
	uint32_t begun, asked, accepted;
	uint32_t told;
	uint64_t told_ns;
};

/*
 * @lied:	it has done what no backend does, in this connection
 * @deaf_until_ns: it looks at nothing until then
 * @was_deaf:	once it was
 * @refuse:	so many requests it will not do
 * @keep:	it keeps what it maps when the connection ends
 * @hold:	flips are not told of
 * @at_once:	they are, before it is said that they will be done
 * @odd_flips:	some were told of that nobody has asked for
 * @indices:	it has lied about so many, in this connection...
 * @far:	...the last time about one that cannot be
 * @hasty:	it has begun with what was left for the one before it
 * @unable:	it could not connect once
 * @through:	when the connection ended it had answered all requests
 * @answered_ns: when it last did
 * @left_ns:	when it last said that it was not connected any more
 */
struct backend {
	struct display_world *world;
	struct sim_fiber *fiber;
	bool woken;
	bool dead;
	bool connected;
	bool lied;
	uint64_t deaf_until_ns;
	bool was_deaf;
	uint32_t refuse;
	bool keep;
	bool hold;
	bool at_once;
	bool odd_flips;
	uint32_t indices;
	bool far;
	bool hasty;
	bool unable;
	bool through;
	uint64_t answered_ns;
	uint64_t left_ns;
	struct be_channel requests, events;
	uint32_t req_cons, rsp_prod, evt_prod;
	struct be_buffer buffers[BE_BUFFERS];
	struct be_fb fbs[BE_FBS];
	int64_t kept[BE_KEPT];
	uint32_t nr_kept;
	struct sim_event forget;
	uint64_t flips[BE_FLIPS];	/* that are to be told of */
	uint32_t nr_flips;
	struct sim_event vblank;
};

#define FLIPS	64

/*
 * @bound: the device has its driver; @unsure: two have changed that at once
 * @driver_changed: it has been told to go, or to come
 * @unplugged: once the device was not in the store
 */
struct display_world {
	struct xen_world xen;
	struct xen_store *store;
	struct backend backend;
	bool bound, unsure;
	bool driver_changed;
	bool unplugged;
	struct flips flips[FLIPS];
	uint32_t nr_flips;
};

static inline struct display_world *display(struct world *world)
{
	return (struct display_world *)world;
}

/* -- backend.c -- */

void backend_plug(struct display_world *w);
void backend_plug_front(struct display_world *w);
/* It is up, and looks at what there is. */
void backend_start(struct display_world *w);
void backend_wake(struct backend *be);
const struct be_buffer *backend_buffer(const struct backend *be,
				       uint64_t cookie);
const struct be_fb *backend_fb(const struct backend *be, uint64_t cookie);
unsigned int backend_front_state(struct display_world *w);
unsigned int backend_state(struct display_world *w);
void backend_set_state(struct display_world *w, unsigned int state);
/* Writes an event for @cookie and tells of it. */
void backend_flip(struct backend *be, uint64_t cookie);
/* Has it answered all requests of its connection, or of the last one? */
bool backend_is_through(struct backend *be);
struct displ_ring *backend_ring(struct backend *be);
struct displ_event_page *backend_events(struct backend *be);
void backend_disconnect(struct backend *be);

/* -- oracle.c: what became of flips -- */

void asked_flip(struct display_world *w, uint64_t cookie);
/* @rc: what came of asking. */
void answered_flip(struct display_world *w, uint64_t cookie, int64_t rc);
void told_flip(struct display_world *w, uint64_t cookie);

void judge_create(struct world *world, uint64_t id, bool alone);
void judge_attach(struct world *world, uint64_t buffer, uint64_t fb,
		  bool alone);
void judge_gone(struct world *world, uint64_t id, bool fb, bool alone);
void judge_timeout(struct world *world, int64_t rc, uint64_t since_ns);
/* What a wait has found, that did not fail. */
void judge_wait(struct world *world, const struct xen_displ_wait *arg);
void judge_page(struct world *world, const void *page);
/* @rc: what the hypervisor said to mapping or binding what it is told of. */
void judge_told(struct world *world, const char *object, int64_t rc);
/* The frontend is seen to have left its state. */
void judge_end(struct display_world *w);
/* Nobody does anything any more, and the driver is still there. */
void judge_states(struct world *world);
/* All is closed. */
void judge_balance(struct world *world);

/* -- guest.c -- */

int64_t op_connect(struct world *world, const uint64_t *args);
int64_t op_create(struct world *world, const uint64_t *args);
int64_t op_destroy(struct world *world, const uint64_t *args);
int64_t op_attach(struct world *world, const uint64_t *args);
int64_t op_detach(struct world *world, const uint64_t *args);
int64_t op_flip(struct world *world, const uint64_t *args);
int64_t op_wait(struct world *world, const uint64_t *args);
int64_t op_touch(struct world *world, const uint64_t *args);
int64_t op_unbind(struct world *world, const uint64_t *args);
int64_t op_bind(struct world *world, const uint64_t *args);

/* -- peer.c -- */

int64_t op_be_close(struct world *world, const uint64_t *args);
int64_t op_be_die(struct world *world, const uint64_t *args);
int64_t op_be_start(struct world *world, const uint64_t *args);
int64_t op_unplug(struct world *world, const uint64_t *args);
int64_t op_plug(struct world *world, const uint64_t *args);
int64_t op_be_deaf(struct world *world, const uint64_t *args);
int64_t op_be_refuse(struct world *world, const uint64_t *args);
int64_t op_be_manners(struct world *world, const uint64_t *args);
int64_t op_be_flip(struct world *world, const uint64_t *args);
int64_t op_be_storm(struct world *world, const uint64_t *args);
int64_t op_be_state(struct world *world, const uint64_t *args);
int64_t op_be_cookie(struct world *world, const uint64_t *args);
int64_t op_be_answer(struct world *world, const uint64_t *args);
int64_t op_be_index(struct world *world, const uint64_t *args);
int64_t op_be_directory(struct world *world, const uint64_t *args);

#define XEN_DISPLAY_NR_OPS	(32 + XEN_PEER_NR_OPS)
extern const struct op xen_display_ops[XEN_DISPLAY_NR_OPS];
extern const struct op_arg xen_display_config[XEN_CONFIGS];

#endif

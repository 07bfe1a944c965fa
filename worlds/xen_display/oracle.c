/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - what can be said of a frontend by looking at both ends
 *
 * told-of-revoked: what the backend is told of it may use, until it has answered that
 *	it is done with it, or the connection has ended. Judged when it maps.
 *	Assumption: while the frontend says that it is connected (or Initialised) the
 *	connection has not ended; the backend has not lied in it, and nobody has taken
 *	away or written what the frontend has.
 * secret: no page that is shared shows what was in it before (xen_world.h).
 * lost-answer: a call that has timed out was not answered, or just now; one that ends
 *	because the backend goes does so soon. Assumption: the backend has not lied in
 *	this connection.
 * lost-flip: a flip that the backend has done is done, or was a moment ago; one that it
 *	has accepted is waited for until then. Assumption: as above, and it has not told
 *	of flips of its own accord.
 * invented-flip: no more flips are done than the peer has told of, lies included, or
 *	than were asked for; none is waited for that was refused. Assumption for the
 *	latter: as above.
 * disagree: after a call that was answered both ends know of the same buffers and
 *	frame buffers; and when nobody does anything any more, the one end is connected
 *	if the other one is. Assumption: as above; nobody else runs, and the device
 *	has always been there.
 * disagree/connection: the frontend ends none of its own accord. Assumption: as above,
 *	the backend has always listened, the driver has not been told to go, and nothing
 *	has ever failed.
 * stuck: they are connected then, if there is a driver and a backend, and nothing
 *	has ever failed. Assumption: as above, and the backend could connect whenever it
 *	wanted to.
 * believed-index: who was told of more events or answers than there is room for has
 *	ended the connection by then. Assumption: that was the only lie of this kind.
 * not-retried: nobody gives up because a transaction is to be tried again.
 * leak/event-channel, leak/watch, leak/transaction: when all is closed the guest has
 *	what it had before it was opened.
 */
#include <errno.h>
#include <stdio.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "xen_display.h"

#define PROMPT_NS	50000000ull	/* an event takes no longer... */
#define LATE_NS		500000000ull	/* ...and xenstore none than this */

/* -- flips -- */

/* NULL: there are too many. */
static struct flips *flips_of(struct display_world *w, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < w->nr_flips; i++)
		if (w->flips[i].cookie == cookie)
			return &w->flips[i];
	if (i == FLIPS)
		return NULL;
	w->nr_flips++;
	w->flips[i] = (struct flips){ .cookie = cookie };
	return &w->flips[i];
}

void asked_flip(struct display_world *w, uint64_t cookie)
{
	struct flips *flips = flips_of(w, cookie);

	if (!flips)
		return;
	flips->begun++;
	flips->asked++;
}

/* Of one that was not answered nobody knows. */
void answered_flip(struct display_world *w, uint64_t cookie, int64_t rc)
{
	struct flips *flips = flips_of(w, cookie);

	if (!flips)
		return;
	if (!rc)
		flips->accepted++;
	else if (rc != -ETIMEDOUT && rc != -ENODEV)
		flips->asked--;
}

void told_flip(struct display_world *w, uint64_t cookie)
{
	struct flips *flips = flips_of(w, cookie);

	if (!flips)
		return;
	flips->told++;
	flips->told_ns = sim_now_ns(w->xen.host.world.sim);
}

/* -- assumptions -- */

/* As the backend, or as somebody else at the peer. */
static bool has_lied(const struct backend *be)
{
	return be->lied || be->world->xen.meddled;
}

static bool has_failed(const struct sim *sim)
{
	return sim_failures(sim, SIM_DECIDE_FAIL_ALLOC) ||
	       sim_failures(sim, SIM_DECIDE_FAIL_PIN) ||
	       sim_failures(sim, SIM_DECIDE_FAIL_UCOPY) ||
	       sim_failures(sim, SIM_DECIDE_FAIL_IO);
}

/* -- what is told of ------------------------------------------------------- */

void judge_told(struct world *world, const char *object, int64_t rc)
{
	struct display_world *w = display(world);
	unsigned int state = backend_front_state(w);
	char why[SIM_FINDING_TEXT];

	if (has_lied(&w->backend) || w->unplugged ||
	    (state != XENBUS_INITIALISED && state != XENBUS_CONNECTED))
		return;
	snprintf(why, sizeof(why), "the hypervisor says %d, the frontend "
		 "that its state is %u", (int)rc, state);
	one_host_raise(world, "told-of-revoked", object,
		       "the backend is told of what it may not use", why);
}

void judge_page(struct world *world, const void *page)
{
	xen_world_judge_secret(world, page);
}

/* -- calls ------------------------------------------------------------------ */

static bool is_honest(const struct backend *be)
{
	return be->connected && !has_lied(be);
}

void judge_create(struct world *world, uint64_t id, bool alone)
{
	const struct backend *be = &display(world)->backend;

	if (alone && is_honest(be) && !backend_buffer(be, id))
		one_host_raise(world, "disagree", "buffer",
			       "a buffer was made that the backend does not have",
			       "it has answered that it was not");
}

void judge_attach(struct world *world, uint64_t buffer, uint64_t id,
		  bool alone)
{
	const struct backend *be = &display(world)->backend;
	const struct be_fb *fb = backend_fb(be, id);

	if (alone && is_honest(be) && (!fb || fb->dbuf != buffer))
		one_host_raise(world, "disagree", "frame-buffer",
			       "a frame buffer was made that the backend does not have",
			       "it has answered that it was not");
}

void judge_gone(struct world *world, uint64_t id, bool fb, bool alone)
{
	const struct backend *be = &display(world)->backend;

	if (!alone || !is_honest(be))
		return;
	if (fb ? !!backend_fb(be, id) : !!backend_buffer(be, id))
		one_host_raise(world, "disagree", fb ? "frame-buffer" : "buffer",
			       "the backend has what the frontend has destroyed",
			       "it has not answered that it was");
}

/* The frontend has been told that there is no connection, but who waits has not. */
static void judge_left(struct world *world, uint64_t since_ns)
{
	struct display_world *w = display(world);
	uint64_t left_ns = w->backend.left_ns;
	unsigned int state = backend_state(w);

	if (has_lied(&w->backend) || w->backend.dead || left_ns < since_ns ||
	    sim_now_ns(world->sim) - left_ns < LATE_NS ||
	    (state != XENBUS_CLOSING && state != XENBUS_CLOSED))
		return;
	one_host_raise(world, "lost-answer", "request",
		       "who waits is not told that the backend has gone",
		       "the answer will never come");
}

void judge_timeout(struct world *world, int64_t rc, uint64_t since_ns)
{
	struct backend *be = &display(world)->backend;
	uint64_t now = sim_now_ns(world->sim);

	if (rc == -ENODEV)
		judge_left(world, since_ns);
	if (rc != -ETIMEDOUT || has_lied(be) || be->dead ||
	    !backend_is_through(be) || be->answered_ns < since_ns ||
	    now - be->answered_ns < PROMPT_NS)
		return;
	one_host_raise(world, "lost-answer", "request",
		       "a request that was answered has timed out",
		       "the backend has written the answer and told of it");
}

/* Both ends say that there is a connection: so it was when flips were done. */
static bool is_up(struct display_world *w)
{
	return w->backend.connected && !w->backend.dead &&
	       backend_state(w) == XENBUS_CONNECTED &&
	       backend_front_state(w) == XENBUS_CONNECTED;
}

static bool is_overdue(const struct world *world, const struct flips *flips)
{
	return sim_now_ns(world->sim) - flips->told_ns >= PROMPT_NS;
}

void judge_wait(struct world *world, const struct xen_displ_wait *arg)
{
	struct display_world *w = display(world);
	const struct flips *flips = flips_of(w, arg->fb);
	uint32_t all = arg->flips + arg->left;

	if (!flips || w->xen.meddled)
		return;
	if (arg->flips > flips->told || arg->flips > flips->begun)
		one_host_raise(world, "invented-flip", "frame-buffer",
			       "more flips are done than can be",
			       "nobody has told of one, or asked for it");
	if (has_lied(&w->backend) || w->backend.odd_flips)
		return;
	if (all > flips->asked)
		one_host_raise(world, "invented-flip", "frame-buffer",
			       "a flip is waited for that was refused",
			       "the backend will never tell of it");
	if (all < flips->accepted)
		one_host_raise(world, "lost-flip", "frame-buffer",
			       "a flip is not waited for",
			       "the backend has said that it will do it");
	if (arg->flips < flips->told && is_overdue(world, flips) && is_up(w))
		one_host_raise(world, "lost-flip", "frame-buffer",
			       "a flip that is done is waited for in vain",
			       "the backend has written the event and told of it");
}

/* -- ends ------------------------------------------------------------------- */

void judge_end(struct display_world *w)
{
	struct world *world = &w->xen.host.world;

	if (has_lied(&w->backend) || w->backend.was_deaf || w->unplugged ||
	    w->driver_changed || backend_state(w) != XENBUS_CONNECTED ||
	    has_failed(world->sim))
		return;
	one_host_raise(world, "disagree", "connection",
		       "the frontend has ended a connection that was well",
		       "all it has asked for was answered");
}

/* The frontend writes there what it could not do. */
static bool has_told_of_errors(struct display_world *w)
{
	return xen_store_read(w->store, ERROR_NODE);
}

/* An error begins with its number. */
static void judge_error(struct world *world)
{
	struct display_world *w = display(world);

	if (xen_store_number(w->store, ERROR_NODE, 0) == EAGAIN)
		one_host_raise(world, "not-retried", "transaction",
			       "the frontend has told of an error that is none",
			       "the store has said: again");
}

static void judge_belief(struct world *world)
{
	struct display_world *w = display(world);

	if (is_up(w) && w->backend.far && w->backend.indices == 1)
		one_host_raise(world, "believed-index", "ring",
			       "the frontend goes on with a backend that lies",
			       "there is no room for as much as it was told of");
}

static void judge_connection(struct world *world, const char *why)
{
	struct display_world *w = display(world);

	if (!w->bound || w->unsure || w->backend.dead || w->backend.unable ||
	    w->backend.hasty || has_failed(world->sim) || has_told_of_errors(w))
		return;
	one_host_raise(world, "stuck", "state",
		       "each end waits for the other one", why);
}

void judge_states(struct world *world)
{
	struct display_world *w = display(world);
	unsigned int front = backend_front_state(w), back = backend_state(w);
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "the frontend says %u, the backend %u",
		 front, back);
	judge_error(world);
	judge_belief(world);
	/* Of a domain that is gone the store may go on saying what it was. */
	if (w->unplugged || has_lied(&w->backend) ||
	    (w->backend.dead && back == XENBUS_CONNECTED))
		return;
	if ((front == XENBUS_CONNECTED) != (back == XENBUS_CONNECTED))
		one_host_raise(world, "disagree", "state",
			       "one end is connected and the other one is not",
			       why);
	else if (front != XENBUS_CONNECTED)
		judge_connection(world, why);
}

static void judge_none(struct world *world, const char *object, uint32_t nr,
		       uint32_t allowed)
{
	if (nr > allowed)
		one_host_raise(world, "leak", object,
			       "all is closed, and there is more than before",
			       "nobody is left who could give it back");
}

void judge_balance(struct world *world)
{
	struct display_world *w = display(world);

	/* The way to the store stays. */
	judge_none(world, "event-channel",
		   xen_event_ports(w->xen.xen, GUEST_DOMID), 1);
	judge_none(world, "watch", xen_store_watches(w->store, GUEST_DOMID), 0);
	judge_none(world, "transaction", xen_store_transactions(w->store), 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - what can be said of a frontend by looking at both ends
 *
 * told-of-revoked: what the backend is told of it may use, until it has answered that
 *	it is done with it, or the connection has ended. Judged when it maps.
 *	Assumption: while the frontend says that it is connected (or Initialised) the
 *	connection has not ended; the backend has not lied in it.
 * secret: no page that is shared shows what was in it before (xen_world.h).
 * lost-answer: a call that has timed out was not answered, or just now. lost-flip: the
 *	same of flips. Assumption: the backend has not lied in this connection, nor
 *	told of flips of its own accord.
 * invented-flip: no more flips are done than the peer has told of, lies included.
 * disagree: after a call that was answered both ends know of the same buffers and
 *	frame buffers; and when nobody does anything any more, the one end is connected
 *	if the other one is. Assumption: as above; nobody else runs.
 * leak/event-channel, leak/watch, leak/transaction: when all is closed the guest has
 *	what it had before it was opened.
 */
#include <errno.h>
#include <stdio.h>

#include <sim/finding.h>

#include "xen_display.h"

#define PROMPT_NS	500000000ull	/* nobody needs longer to be told */

void told_flip(struct display_world *w, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < w->nr_told && w->told[i].cookie != cookie; i++)
		;
	if (i == TOLD)
		return;
	if (i == w->nr_told)
		w->told[w->nr_told++] = (struct told){ .cookie = cookie };
	w->told[i].nr++;
}

uint32_t told_flips(const struct display_world *w, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < w->nr_told; i++)
		if (w->told[i].cookie == cookie)
			return w->told[i].nr;
	return w->nr_told == TOLD ? UINT32_MAX : 0;
}

/* -- what is told of ------------------------------------------------------- */

void judge_told(struct world *world, int64_t rc)
{
	struct display_world *w = display(world);
	unsigned int state = backend_front_state(w);
	char why[SIM_FINDING_TEXT];

	if (w->backend.lied ||
	    (state != XENBUS_INITIALISED && state != XENBUS_CONNECTED))
		return;
	snprintf(why, sizeof(why), "the hypervisor says %d, the frontend "
		 "that its state is %u", (int)rc, state);
	one_host_raise(world, "told-of-revoked", "reference",
		       "the backend is told of what it may not map", why);
}

void judge_page(struct world *world, const void *page)
{
	xen_world_judge_secret(world, page);
}

/* -- calls ------------------------------------------------------------------ */

static bool is_honest(const struct backend *be)
{
	return be->connected && !be->lied;
}

void judge_create(struct world *world, int64_t rc, uint64_t id, bool alone)
{
	const struct backend *be = &display(world)->backend;

	if (!rc && alone && is_honest(be) && !backend_buffer(be, id))
		one_host_raise(world, "disagree", "buffer",
			       "a buffer was made that the backend does not have",
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

void judge_timeout(struct world *world, int64_t rc, uint64_t since_ns)
{
	struct backend *be = &display(world)->backend;
	uint64_t now = sim_now_ns(world->sim);

	if (rc != -ETIMEDOUT || be->lied || be->dead ||
	    !backend_is_through(be) || be->answered_ns < since_ns ||
	    now - be->answered_ns < PROMPT_NS)
		return;
	one_host_raise(world, "lost-answer", "request",
		       "a request that was answered has timed out",
		       "the backend has written the answer and told of it");
}

void judge_wait(struct world *world, int64_t rc,
		const struct xen_displ_wait *arg, uint64_t since_ns)
{
	const struct display_world *w = display(world);
	const struct backend *be = &w->backend;
	uint64_t now = sim_now_ns(world->sim);

	if ((!rc || rc == -ETIME) && arg->flips > told_flips(w, arg->fb))
		one_host_raise(world, "invented-flip", "frame-buffer",
			       "more flips are done than the backend has done",
			       "nobody has told of one");
	if (rc != -ETIME || be->lied || be->odd_flips || be->dead ||
	    be->flipped_ns < since_ns || now - be->flipped_ns < PROMPT_NS ||
	    arg->flips >= told_flips(w, arg->fb))
		return;
	one_host_raise(world, "lost-flip", "frame-buffer",
		       "a flip that is done is waited for in vain",
		       "the backend has written the event and told of it");
}

/* -- ends ------------------------------------------------------------------- */

void judge_states(struct world *world)
{
	struct display_world *w = display(world);
	unsigned int front = backend_front_state(w), back = backend_state(w);
	char why[SIM_FINDING_TEXT];

	/* Of a domain that is gone the store may go on saying what it was. */
	if (w->backend.lied ||
	    (w->backend.dead && back == XENBUS_CONNECTED) ||
	    (front == XENBUS_CONNECTED) == (back == XENBUS_CONNECTED))
		return;
	snprintf(why, sizeof(why), "the frontend says %u, the backend %u",
		 front, back);
	one_host_raise(world, "disagree", "state",
		       "one end is connected and the other one is not", why);
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

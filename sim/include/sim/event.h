/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - timed callbacks in a total order
 *
 * Events fire in the order (time, priority, source, sequence). Time is virtual
 * nanoseconds; a lower priority number goes first; the source is the number of
 * the actor or device that owns the event; the sequence is the order in which
 * events were queued. No two events compare equal, so the order is a property
 * of the model and never of the queue.
 *
 * The queue is a radix wheel: 11 levels of 64 slots, indexed by the position
 * of the highest bit in which an event's time differs from now. Queue, cancel
 * and pop are O(1) amortised and allocate nothing: the event is its own node.
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <sim/sim.h>

struct sim_event;

/*
 * A callback runs on whatever stack the run loop is on, often that of a fiber
 * that has just blocked: it is short, does not block, and keeps no large
 * locals. The event is out of the queue and may be queued again.
 */
typedef void (*sim_event_fn)(struct sim *sim, struct sim_event *event);

/* Embed it in the object it belongs to, which must lie in the region. */
struct sim_event {
	struct sim_event *next;		/* private from here ... */
	struct sim_event *prev;
	uint64_t time_ns;
	uint64_t order;			/* priority:8 source:16 sequence:40 */
	sim_event_fn fn;
	uint64_t who;			/* op that queued it, and source */
	uint16_t slot;
	bool queued;
	bool idle;
	uint32_t reserved;		/* ... to here */
};

/* @source names the owner in the trace and in the order (see above). */
void sim_event_init(struct sim_event *event, sim_event_fn fn, uint16_t source,
		    uint8_t priority);

/*
 * Queues @event for @time_ns. A time in the past is a bench error. An event
 * that is already queued is moved. The op being executed now is charged with
 * the decisions the callback will take (decide.h).
 */
void sim_event_at(struct sim *sim, struct sim_event *event, uint64_t time_ns);
void sim_event_after(struct sim *sim, struct sim_event *event,
		     uint64_t delay_ns);

/* Takes @event out of the queue; true if it was queued. */
bool sim_event_cancel(struct sim *sim, struct sim_event *event);

/* Number of events in the queue. */
size_t sim_events_pending(const struct sim *sim);

/*
 * An idle event does not keep the world alive: when only idle events are left
 * (a watchdog, a periodic tick) and no fiber can run, the run is quiescent.
 * Not while the event is queued.
 */
void sim_event_set_idle(struct sim_event *event, bool idle);

#endif

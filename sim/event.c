/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.c - the event queue's slow paths and its public face
 *
 * Hazard: the sequence has 40 bits. A world that queues a million events per
 * second of wall time would wrap it after twelve days; it ends before that.
 */
#include "wheel.h"

/* Merges two sorted lists, linked by next only. */
static struct sim_event *merge(struct sim_event *a, struct sim_event *b)
{
	struct sim_event *first, **tail = &first;

	while (a && b) {
		struct sim_event **less = a->order < b->order ? &a : &b;

		*tail = *less;
		tail = &(*less)->next;
		*less = *tail;
	}
	*tail = a ? a : b;
	return first;
}

/*
 * Sorts a slot by order. Bin n holds a sorted run of 2^n events or nothing, as
 * in binary counting.
 */
static void sort_slot(struct sim_slot *slot)
{
	struct sim_event *bins[32] = { NULL }, *event = slot->first, *next;
	unsigned int n;

	for (; event; event = next) {
		next = event->next;
		event->next = NULL;
		for (n = 0; bins[n]; n++) {
			event = merge(bins[n], event);
			bins[n] = NULL;
		}
		bins[n] = event;
	}
	for (n = 0; n < 32; n++)
		event = merge(bins[n], event);
	slot->first = event;
	for (slot->last = NULL; event; event = event->next) {
		event->prev = slot->last;
		slot->last = event;
	}
}

void sim__wheel_spread(struct sim_wheel *wheel, unsigned int level,
		       unsigned int slot, uint64_t base_ns)
{
	struct sim_event *event = wheel->slot[level][slot].first, *next;
	uint64_t unsorted = 0;

	wheel->base_ns = base_ns;
	wheel->slot[level][slot] = (struct sim_slot){ NULL, NULL };
	wheel->used[level] &= ~(1ull << slot);
	if (!wheel->used[level])
		wheel->levels &= ~(1u << level);

	for (; event; event = next) {
		unsigned int to = sim__wheel_level(wheel, event->time_ns);
		unsigned int n = (event->time_ns >> (6 * to)) & 63;
		struct sim_slot *s = &wheel->slot[to][n];

		next = event->next;
		event->slot = to * SIM_WHEEL_SLOTS + n;
		if (to == 0 && s->last && event->order < s->last->order)
			unsorted |= 1ull << n;
		sim__slot_link(s, s->last, event);
		wheel->used[to] |= 1ull << n;
		wheel->levels |= 1u << to;
	}
	for (; unsorted; unsorted &= unsorted - 1)
		sort_slot(&wheel->slot[0][__builtin_ctzll(unsorted)]);
}

void sim_event_init(struct sim_event *event, sim_event_fn fn, uint16_t source,
		    uint8_t priority)
{
	*event = (struct sim_event){
		.fn = fn,
		.source = source,
		.priority = priority,
	};
}

void sim_event_at(struct sim *sim, struct sim_event *event, uint64_t time_ns)
{
	sim_assert(time_ns >= sim->now_ns);
	if (event->queued)
		sim_event_cancel(sim, event);
	sim__event_queue(sim, event, time_ns);
}

void sim_event_after(struct sim *sim, struct sim_event *event,
		     uint64_t delay_ns)
{
	sim_event_at(sim, event, sim->now_ns + delay_ns);
}

bool sim_event_cancel(struct sim *sim, struct sim_event *event)
{
	if (!event->queued)
		return false;
	sim__wheel_remove(&sim->wheel, event);
	sim__event_unqueue(sim, event);
	return true;
}

size_t sim_events_pending(const struct sim *sim)
{
	return sim->wheel.pending;
}

void sim_event_set_idle(struct sim_event *event, bool idle)
{
	sim_assert(!event->queued);
	event->idle = idle;
}

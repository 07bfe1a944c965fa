/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wheel.h - the event queue: a radix wheel behind a short sorted list
 *
 *              insert                          pop
 *                |                              ^
 *                |  before the last of it       |
 *                +---------------------> front: at most 8, sorted
 *                |                              ^
 *                v                              | refill, when it is empty
 *              wheel: 11 levels of 64 slots ----'
 *
 * Every event of the front is before every event of the wheel. A world with
 * few events never leaves the front; a large one takes slots with few events
 * over as a whole, so that events do not descend to the lowest level.
 *
 * In the wheel an event at time t lies in level l, slot s:
 *
 *     l = number of the highest base-64 digit in which t and base differ
 *     s = that digit of t
 *
 *     base = ...  d2  d1  d0        level 0: same d2 d1, one slot per time
 *                                   level 1: same d2, 64 times per slot
 *
 * so all of level l is before all of level l+1, and within a level all of slot
 * s before all of slot s+1. A level-0 slot holds events of one time, sorted by
 * `order`; the slots above are unsorted, in the order of arrival.
 *
 * When the first slot of the lowest level has too many events for the front,
 * base moves to the slot's first time and its events move down, each at least
 * one level. All other events keep their place: they differ from the new base
 * in the same digit as from the old one.
 *
 * Invariants: base <= sim->now_ns once a callback or fiber runs, and base <=
 * time of every event; base only grows. It may lag behind now: moving it up
 * alone would be wrong, events would have to move with it.
 */
#ifndef SIM_WHEEL_H
#define SIM_WHEEL_H

#include "internal.h"

/* Makes the front non-empty; false if nothing is due up to @last_ns. */
bool sim__wheel_refill(struct sim_wheel *wheel, uint64_t last_ns);

/* One compare of 128 bits, without a branch. */
static inline bool sim__event_before(const struct sim_event *a,
				     const struct sim_event *b)
{
	return ((unsigned __int128)a->time_ns << 64 | a->order) <
	       ((unsigned __int128)b->time_ns << 64 | b->order);
}

/* Links @event after @prev, or first if that is NULL. */
static inline void sim__slot_link(struct sim_slot *slot,
				  struct sim_event *prev,
				  struct sim_event *event)
{
	struct sim_event *next = prev ? prev->next : slot->first;

	event->prev = prev;
	event->next = next;
	if (prev)
		prev->next = event;
	else
		slot->first = event;
	if (next)
		next->prev = event;
	else
		slot->last = event;
}

static inline void sim__slot_unlink(struct sim_slot *slot,
				    struct sim_event *event)
{
	if (event->next)
		event->next->prev = event->prev;
	else
		slot->last = event->prev;
	if (event->prev)
		event->prev->next = event->next;
	else
		slot->first = event->next;
}

/* Puts @event into a sorted list, which it mostly comes at the end of. */
static inline void sim__slot_sort_in(struct sim_slot *slot,
				     struct sim_event *event)
{
	struct sim_event *prev = slot->last;

	while (prev && sim__event_before(event, prev))
		prev = prev->prev;
	sim__slot_link(slot, prev, event);
}

static inline unsigned int sim__wheel_level(const struct sim_wheel *wheel,
					    uint64_t time_ns)
{
	uint64_t differ = (time_ns ^ wheel->base_ns) | 63;

	return (63u - __builtin_clzll(differ)) / 6;
}

/* Into the wheel proper, not the front. */
static inline void sim__wheel_append(struct sim_wheel *wheel,
				     struct sim_event *event)
{
	unsigned int level = sim__wheel_level(wheel, event->time_ns);
	unsigned int n = (event->time_ns >> (6 * level)) & 63;
	struct sim_slot *slot = &wheel->slot[level][n];

	event->slot = level * SIM_WHEEL_SLOTS + n;
	if (level == 0)
		sim__slot_sort_in(slot, event);
	else
		sim__slot_link(slot, slot->last, event);
	wheel->used[level] |= 1ull << n;
	wheel->levels |= 1u << level;
}

/* Inserts into a queue that is not empty. */
void sim__wheel_insert_among(struct sim_wheel *wheel, struct sim_event *event,
			     uint64_t now_ns);

/* @now_ns is the clock: nothing will ever be inserted before it. */
static inline void sim__wheel_insert(struct sim_wheel *wheel,
				     struct sim_event *event, uint64_t now_ns)
{
	if (wheel->levels || wheel->nr_front) {
		sim__wheel_insert_among(wheel, event, now_ns);
		return;
	}
	event->next = NULL;
	event->prev = NULL;
	event->slot = SIM_WHEEL_FRONT;
	wheel->front.first = event;
	wheel->front.last = event;
	wheel->nr_front = 1;
}

/* A slot has lost its last event. */
static inline void sim__wheel_emptied(struct sim_wheel *wheel,
				      unsigned int level, unsigned int n)
{
	wheel->used[level] &= ~(1ull << n);
	if (!wheel->used[level])
		wheel->levels &= ~(1u << level);
}

static inline void sim__wheel_remove(struct sim_wheel *wheel,
				     struct sim_event *event)
{
	unsigned int level = event->slot / SIM_WHEEL_SLOTS;
	unsigned int n = event->slot % SIM_WHEEL_SLOTS;

	if (event->slot == SIM_WHEEL_FRONT) {
		sim__slot_unlink(&wheel->front, event);
		wheel->nr_front--;
		return;
	}
	sim__slot_unlink(&wheel->slot[level][n], event);
	if (!wheel->slot[level][n].first)
		sim__wheel_emptied(wheel, level, n);
}

/* Takes the next event out; NULL if there is none up to @last_ns. */
static inline struct sim_event *sim__wheel_pop(struct sim_wheel *wheel,
					       uint64_t last_ns)
{
	struct sim_event *event;

	if (unlikely(!wheel->front.first) && !sim__wheel_refill(wheel, last_ns))
		return NULL;
	event = wheel->front.first;
	if (unlikely(event->time_ns > last_ns))
		return NULL;
	wheel->front.first = event->next;
	if (event->next)
		event->next->prev = NULL;
	else
		wheel->front.last = NULL;
	wheel->nr_front--;
	return event;
}

#define SIM_SEQUENCE_MASK	((1ull << 40) - 1)

/* Queues an event whose owner (`who`) is set. It is not queued yet. */
static inline void sim__event_queue(struct sim *sim, struct sim_event *event,
				    uint64_t time_ns)
{
	struct sim_wheel *wheel = &sim->wheel;

	event->time_ns = time_ns;
	event->order = (event->order & ~SIM_SEQUENCE_MASK) | ++wheel->sequence;
	event->queued = true;
	if (unlikely(event->idle))
		wheel->nr_idle++;
	else
		wheel->nr_busy++;
	sim__wheel_insert(wheel, event, sim->now_ns);
}

/* Accounts for an event that has left the wheel. */
static inline void sim__event_unqueue(struct sim *sim, struct sim_event *event)
{
	event->queued = false;
	if (unlikely(event->idle))
		sim->wheel.nr_idle--;
	else
		sim->wheel.nr_busy--;
}

#endif

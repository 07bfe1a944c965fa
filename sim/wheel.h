/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wheel.h - the radix wheel
 *
 * An event at time t lies in level l, slot s:
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
 * To pop, take the first slot of the lowest level. On level 0 its first event
 * is the next one. Above, a slot of one event needs no more work either; else
 * base moves to the earliest time in the slot and its events move down, each
 * at least one level. All other events keep their place: they differ from the
 * new base in the same digit as from the old one.
 *
 * Invariants: base <= sim->now_ns <= time of every event; base only grows. It
 * lags behind now when a run stopped at its time limit, and moving it up then
 * would be wrong: events would have to move with it.
 */
#ifndef SIM_WHEEL_H
#define SIM_WHEEL_H

#include "internal.h"

/* Moves the events of a slot down; event.c. */
void sim__wheel_spread(struct sim_wheel *wheel, unsigned int level,
		       unsigned int slot, uint64_t base_ns);

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

/* Where @event belongs in the sorted list of one time, from the end. */
static inline struct sim_event *sim__slot_find(const struct sim_slot *slot,
					       const struct sim_event *event)
{
	struct sim_event *prev = slot->last;

	if (slot->first && event->order < slot->first->order)
		return NULL;
	while (prev && event->order < prev->order)
		prev = prev->prev;
	return prev;
}

static inline unsigned int sim__wheel_level(const struct sim_wheel *wheel,
					    uint64_t time_ns)
{
	uint64_t differ = (time_ns ^ wheel->base_ns) | 63;

	return (63u - __builtin_clzll(differ)) / 6;
}

static inline void sim__wheel_insert(struct sim_wheel *wheel,
				     struct sim_event *event)
{
	unsigned int level = sim__wheel_level(wheel, event->time_ns);
	unsigned int n = (event->time_ns >> (6 * level)) & 63;
	struct sim_slot *slot = &wheel->slot[level][n];
	struct sim_event *prev = slot->last;

	event->slot = level * SIM_WHEEL_SLOTS + n;
	if (level == 0)
		prev = sim__slot_find(slot, event);
	sim__slot_link(slot, prev, event);
	wheel->used[level] |= 1ull << n;
	wheel->levels |= 1u << level;
}

static inline void sim__wheel_remove(struct sim_wheel *wheel,
				     struct sim_event *event)
{
	unsigned int level = event->slot / SIM_WHEEL_SLOTS;
	unsigned int n = event->slot % SIM_WHEEL_SLOTS;
	struct sim_slot *slot = &wheel->slot[level][n];

	if (event->next)
		event->next->prev = event->prev;
	else
		slot->last = event->prev;
	if (event->prev)
		event->prev->next = event->next;
	else
		slot->first = event->next;
	if (slot->first)
		return;
	wheel->used[level] &= ~(1ull << n);
	if (!wheel->used[level])
		wheel->levels &= ~(1u << level);
}

/* Earliest time in a slot above level 0. */
static inline uint64_t sim__slot_min(const struct sim_slot *slot)
{
	const struct sim_event *event = slot->first;
	uint64_t min = event->time_ns;

	while ((event = event->next))
		if (event->time_ns < min)
			min = event->time_ns;
	return min;
}

/*
 * Takes the next event out, or returns NULL if there is none up to @last_ns.
 * Only in the former case the caller moves the clock.
 */
static inline struct sim_event *sim__wheel_pop(struct sim_wheel *wheel,
					       uint64_t last_ns)
{
	struct sim_event *event;
	struct sim_slot *slot;
	unsigned int level, n;
	uint64_t min;

	while (wheel->levels) {
		level = __builtin_ctz(wheel->levels);
		n = __builtin_ctzll(wheel->used[level]);
		slot = &wheel->slot[level][n];
		event = slot->first;
		if (level == 0 || event == slot->last) {
			if (event->time_ns > last_ns)
				return NULL;
			sim__wheel_remove(wheel, event);
			wheel->base_ns = event->time_ns;
			return event;
		}
		min = sim__slot_min(slot);
		if (min > last_ns)
			return NULL;
		sim__wheel_spread(wheel, level, n, min);
	}
	return NULL;
}

/* Queues an event whose source, priority and owner are set. */
static inline void sim__event_queue(struct sim *sim, struct sim_event *event,
				    uint64_t time_ns)
{
	struct sim_wheel *wheel = &sim->wheel;

	event->time_ns = time_ns;
	event->order = (uint64_t)event->priority << 56 |
		       (uint64_t)event->source << 40 | ++wheel->sequence;
	event->op = sim->op;
	event->queued = true;
	wheel->pending++;
	wheel->pending_idle += event->idle;
	sim__wheel_insert(wheel, event);
}

/* Accounts for an event that has left the wheel. */
static inline void sim__event_unqueue(struct sim *sim, struct sim_event *event)
{
	event->queued = false;
	sim->wheel.pending--;
	sim->wheel.pending_idle -= event->idle;
}

#endif

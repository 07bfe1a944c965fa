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

static inline __attribute__((always_inline))
void front_insert(struct sim_wheel *wheel, struct sim_event *event)
{
	event->slot = SIM_WHEEL_FRONT;
	sim__slot_sort_in(&wheel->front, event);
	if (likely(++wheel->nr_front <= SIM_FRONT_MAX))
		return;
	event = wheel->front.last;
	sim__slot_unlink(&wheel->front, event);
	wheel->nr_front--;
	sim__wheel_append(wheel, event);
}

void sim__wheel_insert_among(struct sim_wheel *wheel, struct sim_event *event,
			     uint64_t now_ns)
{
	const struct sim_event *last = wheel->front.last;

	if (!wheel->levels) {
		wheel->base_ns = now_ns;
		front_insert(wheel, event);
	} else if (last && sim__event_before(event, last)) {
		front_insert(wheel, event);
	} else {
		sim__wheel_append(wheel, event);
	}
}

/* Is the slot short enough to go to the front as a whole? */
static bool is_short(const struct sim_slot *slot)
{
	const struct sim_event *event = slot->first;
	unsigned int n;

	for (n = 0; event && n <= SIM_FRONT_MAX; n++)
		event = event->next;
	return n <= SIM_FRONT_MAX;
}

/* Moves the first events of a slot to the front; sorted, or all of them. */
static void move_to_front(struct sim_wheel *wheel, unsigned int level,
			  unsigned int n)
{
	struct sim_slot *slot = &wheel->slot[level][n];
	struct sim_event *event = slot->first, *next;

	while (event && wheel->nr_front < SIM_FRONT_MAX) {
		next = event->next;
		event->slot = SIM_WHEEL_FRONT;
		sim__slot_sort_in(&wheel->front, event);
		wheel->nr_front++;
		event = next;
	}
	slot->first = event;
	if (event) {
		event->prev = NULL;
		return;
	}
	slot->last = NULL;
	sim__wheel_emptied(wheel, level, n);
}

/* Appends @event where it belongs; marks level-0 slots that need sorting. */
static inline void place(struct sim_wheel *wheel, struct sim_event *event,
			 uint64_t *unsorted)
{
	unsigned int level = sim__wheel_level(wheel, event->time_ns);
	unsigned int n = (event->time_ns >> (6 * level)) & 63;
	struct sim_slot *slot = &wheel->slot[level][n];

	event->slot = level * SIM_WHEEL_SLOTS + n;
	if (level == 0 && slot->last && event->order < slot->last->order)
		*unsorted |= 1ull << n;
	sim__slot_link(slot, slot->last, event);
	wheel->used[level] |= 1ull << n;
	wheel->levels |= 1u << level;
}

/*
 * Moves the events of a slot down. In a large world none of them is in the
 * cache, and each says where the next one is: taking them from both ends in
 * turn waits for two at a time. It shuffles ties, which then have to be sorted.
 */
static void spread(struct sim_wheel *wheel, unsigned int level, unsigned int n)
{
	struct sim_event *first = wheel->slot[level][n].first;
	struct sim_event *last = wheel->slot[level][n].last, *event;
	uint64_t unsorted = 0;

	wheel->slot[level][n] = (struct sim_slot){ NULL, NULL };
	sim__wheel_emptied(wheel, level, n);
	while (first != last) {
		event = first;
		first = event->next;
		place(wheel, event, &unsorted);
		if (first == last)
			break;
		event = last;
		last = event->prev;
		place(wheel, event, &unsorted);
	}
	place(wheel, first, &unsorted);
	for (; unsorted; unsorted &= unsorted - 1)
		sort_slot(&wheel->slot[0][__builtin_ctzll(unsorted)]);
}

bool sim__wheel_refill(struct sim_wheel *wheel, uint64_t last_ns)
{
	unsigned int level, n;
	uint64_t start_ns;

	while (wheel->levels) {
		level = __builtin_ctz(wheel->levels);
		n = __builtin_ctzll(wheel->used[level]);
		if (level == 0 || is_short(&wheel->slot[level][n])) {
			move_to_front(wheel, level, n);
			return true;
		}
		start_ns = wheel->slot[level][n].first->time_ns;
		start_ns = start_ns >> (6 * level) << (6 * level);
		if (start_ns > last_ns)
			return false;
		wheel->base_ns = start_ns;
		spread(wheel, level, n);
	}
	return false;
}

void sim_event_init(struct sim_event *event, sim_event_fn fn, uint16_t source,
		    uint8_t priority)
{
	*event = (struct sim_event){
		.fn = fn,
		.order = (uint64_t)priority << 56 | (uint64_t)source << 40,
	};
}

static __attribute__((noinline)) void move(struct sim *sim,
					   struct sim_event *event,
					   uint64_t time_ns)
{
	sim_event_cancel(sim, event);
	sim__event_queue(sim, event, time_ns);
}

void sim_event_at(struct sim *sim, struct sim_event *event, uint64_t time_ns)
{
	sim_assert(time_ns >= sim->now_ns);
	event->who = sim__who(sim__op(sim->who), event->order >> 40);
	if (unlikely(event->queued))
		move(sim, event, time_ns);
	else
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
	return sim->wheel.nr_busy + sim->wheel.nr_idle;
}

void sim_event_set_idle(struct sim_event *event, bool idle)
{
	sim_assert(!event->queued);
	event->idle = idle;
}

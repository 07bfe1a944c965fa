/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_clock.c - vector clocks of the race detector (race_clock.h)
 */
#include "race_clock.h"

#include <string.h>

#include <sim/finding.h>

void race_order_begin(struct race_order *order)
{
	order->nr = 0;
	order->lanes = 0;
	order->serial = 0;
}

void race_order_extend(struct race_order *order, unsigned int actor)
{
	sim_assert(actor < SIM_RACE_ACTORS);
	for (; order->nr <= actor; order->nr++) {
		struct race_actor *a = &order->actors[order->nr];

		memset(a, 0, sizeof(*a));
		a->now.time[order->nr / LANES][order->nr % LANES] = 1;
	}
	order->lanes = (order->nr + LANES - 1) / LANES;
}

static inline race_lanes max(race_lanes a, race_lanes b)
{
	race_lanes greater = a > b;

	return (a & greater) | (b & ~greater);
}

void race_join(struct race_clock *to, const struct race_clock *from,
	       unsigned int lanes)
{
	unsigned int i;

	for (i = 0; i < lanes; i++)
		to->time[i] = max(to->time[i], from->time[i]);
}

static __attribute__((noinline))
void join_overwritten(const struct race_order *order, struct race_clock *to,
		      uint32_t tag)
{
	const struct race_actor *actor = &order->actors[tag % SIM_RACE_ACTORS];
	unsigned int i;

	if (!(tag & TAG_MERGED)) {
		race_join(to, &actor->now, order->lanes);
		race_join(to, &actor->loaded, order->lanes);
		return;
	}
	for (i = 0; i < order->nr; i++)
		race_join(to, &order->actors[i].now, order->lanes);
}

void race_join_tag(const struct race_order *order, struct race_clock *to,
		   uint32_t tag)
{
	uint32_t serial = tag >> TAG_SHIFT;

	if (!tag)
		return;
	if (order->serial - serial < RING)
		race_join(to, &order->ring[serial % RING],
			  order->ring_lanes[serial % RING]);
	else
		join_overwritten(order, to, tag);
}

/* The row of the next snapshot, for as many vectors as are in use now. */
static struct race_clock *next_row(struct race_order *order)
{
	uint32_t row = ++order->serial % RING;

	/* A run of that many steps has left its budget far behind. */
	sim_assert(order->serial < TAG_SERIALS);
	order->ring_lanes[row] = order->lanes;
	return &order->ring[row];
}

uint32_t race_snapshot(struct race_order *order, unsigned int actor,
		       uint32_t with)
{
	struct race_actor *a = race_actor(order, actor);
	struct race_clock *row = next_row(order);
	uint32_t tag = order->serial << TAG_SHIFT | actor;

	memcpy(row, &a->now, order->lanes * sizeof(row->time[0]));
	if (with) {
		race_join_tag(order, row, with);
		tag |= TAG_MERGED;
	}
	a->now.time[actor / LANES][actor % LANES]++;
	return tag;
}

uint32_t race_snapshot_all(struct race_order *order, unsigned int actor,
			   uint32_t with)
{
	uint32_t tag = race_snapshot(order, actor, with);

	race_join(&order->ring[order->serial % RING],
		  &order->actors[actor].loaded, order->lanes);
	return tag;
}

uint32_t race_merge(struct race_order *order, unsigned int actor,
		    uint32_t one, uint32_t other)
{
	struct race_clock *row;

	if (!one || !other || one == other)
		return one ? one : other;
	row = next_row(order);
	memset(row, 0, order->lanes * sizeof(row->time[0]));
	race_join_tag(order, row, one);
	race_join_tag(order, row, other);
	return order->serial << TAG_SHIFT | TAG_MERGED | actor;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_clock.h - vector clocks of the race detector
 *
 * An actor's time is its own component; it moves on after each snapshot, so
 * that later accesses are not covered by it. Snapshots are immutable and
 * named by tags, so publishing one at an address is the store of a number.
 * They lie in a ring; a tag whose snapshot has been overwritten stands for a
 * later one of the same actor, or, if others had a part in it, for everything.
 */
#ifndef SIM_RACE_CLOCK_H
#define SIM_RACE_CLOCK_H

#include <sim/race.h>

#define RING		16384u
#define LANES		4		/* of a vector */

typedef int32_t race_lanes __attribute__((vector_size(16)));

struct race_clock {
	race_lanes time[SIM_RACE_ACTORS / LANES];
};

static inline uint32_t race_time(const struct race_clock *clock,
				 unsigned int actor)
{
	return ((const int32_t *)clock->time)[actor];
}

/*
 * struct race_actor - what an actor is ordered after
 * @now:	everything up to these times
 * @loaded:	what its marked loads have seen, not ordered yet
 * @fence:	tag of its last write fence
 * @last_load:	tags its last marked load has seen
 * @release_next, @full_next: a fence that is part of the next access
 */
struct race_actor {
	struct race_clock now;
	struct race_clock loaded;
	uint32_t fence;
	uint32_t last_load[2];
	bool release_next;
	bool full_next;
};

/*
 * struct race_order - clocks of all actors
 * @nr:		actors seen so far are below
 * @lanes:	vectors in use
 * @serial:	of the last snapshot
 * @ring_lanes:	vectors in use when the snapshot was taken: the rest is junk
 */
struct race_order {
	unsigned int nr;
	unsigned int lanes;
	uint32_t serial;
	struct race_actor actors[SIM_RACE_ACTORS];
	uint8_t ring_lanes[RING];
	struct race_clock ring[RING];
};

/* A tag: serial, "others had a part in it", actor. 0 is no snapshot. */
#define TAG_MERGED	0x40u
#define TAG_SHIFT	7
#define TAG_SERIALS	(1u << (32 - TAG_SHIFT))

void race_order_begin(struct race_order *order);
void race_order_extend(struct race_order *order, unsigned int actor);

static inline struct race_actor *race_actor(struct race_order *order,
					    unsigned int actor)
{
	if (__builtin_expect(actor >= order->nr, 0))
		race_order_extend(order, actor);
	return &order->actors[actor];
}

/* A snapshot of all that @actor is ordered after, and of @with, if any. */
uint32_t race_snapshot(struct race_order *order, unsigned int actor,
		       uint32_t with);

/* The same for a release, which passes on what marked loads have seen, too. */
uint32_t race_snapshot_all(struct race_order *order, unsigned int actor,
			   uint32_t with);

/* Two tags in one, by @actor. */
uint32_t race_merge(struct race_order *order, unsigned int actor,
		    uint32_t one, uint32_t other);

void race_join(struct race_clock *to, const struct race_clock *from,
	       unsigned int lanes);
void race_join_tag(const struct race_order *order, struct race_clock *to,
		   uint32_t tag);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd.h - a small busy world for tests of schedules, traces and snapshots
 *
 * Actors sleep, block, wake each other, pass preemption points, queue events
 * and fail calls; what they do follows from a seed of their own. All of it
 * lies in the region, so the crowd survives snapshots.
 */
#ifndef TESTS_SIM_CROWD_H
#define TESTS_SIM_CROWD_H

#include <sim/fiber.h>
#include <sim/sim.h>

struct crowd;

struct crowd_options {
	unsigned int nr_actors;		/* at most 16 */
	unsigned int nr_actions;	/* of each actor */
	uint64_t seed;
};

/* Creates the actors in @sim; they run with the next sim_run(). */
struct crowd *crowd_new(struct sim *sim, const struct crowd_options *options);

/* What the actors have done, in one number: depends on the schedule. */
uint64_t crowd_digest(const struct crowd *crowd);

/*
 * Gives all actors other seeds and as many actions again. They must be done,
 * or be asleep in crowd_new() because they have not begun.
 */
void crowd_again(struct crowd *crowd, uint64_t seed, unsigned int nr_actions);

#endif

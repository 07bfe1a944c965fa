/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload.h - the models that both sides of bench_core run
 *
 * A workload is run by the floor (workload_floor.c) and by sim
 * (workload_sim.c). Both draw the same precomputed increments in the same
 * order and must arrive at the same check value, or they have not done the
 * same work.
 *
 *   hold       @population events; each one, when it fires, queues itself
 *              again after an exponential delay
 *   sleepers   @population fibers that sleep exponential times
 *   mm1        one fiber that brings customers, one that serves them, load 0.9
 *   pingpong   two fibers; each sends a ball that arrives later and waits
 *
 * What is timed: the model counts its events in a meter; the first ones warm
 * the caches, then the meter takes the time, counts @events more, and takes
 * it again. Building and draining are not measured.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"

#define VARIATES	(1u << 16)

/* Exponential delays in ns: mean 2^27, and 0.9 times that for service. */
struct variates {
	uint32_t delay_ns[VARIATES];
	uint32_t service_ns[VARIATES];
};

struct variates *variates_new(uint64_t seed);

static inline uint32_t variate(const uint32_t *table, uint64_t n)
{
	return table[n % VARIATES];
}

#define PINGPONG_DELAY_NS	100

/* Customers waiting in mm1; a longer queue ends the benchmark. */
#define MM1_QUEUE		(1u << 12)

enum workload_kind {
	WORKLOAD_HOLD,
	WORKLOAD_SLEEPERS,
	WORKLOAD_MM1,
	WORKLOAD_PINGPONG,
	WORKLOAD_KINDS,
};

struct workload {
	const char *name;
	enum workload_kind kind;
	uint32_t population;
	uint64_t warm_events;
	uint64_t events;
	const struct variates *variates;
};

/* What a model has done. It lies outside the world: see above. */
struct meter {
	uint64_t check;		/* running; goes on after the end */
	uint64_t result;	/* check when the last event was counted */
	uint64_t trace_hash;	/* of sim */
	uint64_t left;		/* events until meter_turn() */
	uint64_t events;
	bool measuring;
	bool done;
	double begin_ns;
	double end_ns;
};

void meter_init(struct meter *meter, const struct workload *workload);
void meter_turn(struct meter *meter);

/* Counts an event. */
static inline void meter_count(struct meter *meter)
{
	if (__builtin_expect(!--meter->left, 0))
		meter_turn(meter);
}

/*
 * Adds a value to the check: the first form depends on the order, the second
 * does not (two fibers due at the same time may run in either order).
 */
static inline void meter_add_ordered(struct meter *meter, uint64_t value)
{
	meter->check = (meter->check << 5 | meter->check >> 59) ^ value;
}

static inline void meter_add(struct meter *meter, uint64_t value)
{
	meter->check += value * 0x9e3779b97f4a7c15ull;
}

static inline double meter_ns_per_event(const struct meter *meter)
{
	return (meter->end_ns - meter->begin_ns) / (double)meter->events;
}

/* Each fills @meter. */
typedef void (*workload_fn)(const struct workload *workload,
			    struct meter *meter);
void workload_floor(const struct workload *workload, struct meter *meter);
void workload_sim(const struct workload *workload, struct meter *meter);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - the core of one simulated world
 *
 * A `struct sim` is everything a run can change: virtual clock, event queue,
 * fibers, decisions, trace and machine memory. All of it lives in one memory
 * region (region.h), so a world is reset, hashed and compared as plain bytes.
 * Nothing here knows kernels, devices or oracles.
 *
 * One OS thread drives a world. Several worlds may exist in one process, each
 * in a region slot of its own; they share nothing but the sim_current pointer,
 * which names the world whose fiber runs right now.
 *
 * Conventions: times are nanoseconds of virtual time; functions that can fail
 * return a negative errno; constructors return NULL when memory or a mapping
 * is missing, destructors accept NULL.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;
struct sim_fiber;
struct sim_finding;

/* The world whose fiber or event callback is running; NULL outside a run. */
extern struct sim *sim_current;

/*
 * Capacities are reservations of address space, not memory: untouched pages
 * cost nothing. Zero picks the default.
 */
struct sim_options {
	unsigned int region_slot;	/* fixed address, see region.h */
	size_t heap_bytes;		/* for sim_alloc(); default 64 MiB */
	size_t memory_bytes;		/* all machine memory; default 256 MiB */
	unsigned int max_fibers;	/* default 64 */
};

struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);

uint64_t sim_now_ns(const struct sim *sim);

/*
 * Steps count everything that happens: events fired, fibers switched, hooks
 * passed, decisions taken. They are the unit of the run budget and are printed
 * with findings, so that a debugger can stop at the same place again.
 */
uint64_t sim_steps(const struct sim *sim);

/* Number of events fired and of fiber switches so far (benchmarks, reports). */
uint64_t sim_events_fired(const struct sim *sim);
uint64_t sim_switches(const struct sim *sim);

enum sim_end {
	SIM_END_QUIESCENT,	/* no event pending, no fiber can run */
	SIM_END_BUDGET,		/* the step budget ran out */
	SIM_END_TIME,		/* the time limit was reached */
	SIM_END_FINDING,	/* an oracle fired; see sim_finding_get() */
	SIM_END_PAUSED,		/* somebody called sim_pause() */
};

struct sim_run_options {
	uint64_t step_budget;	/* steps of this call; 0: unlimited */
	uint64_t step_limit;	/* the same in sim_steps(); 0: step_budget */
	uint64_t until_ns;	/* absolute virtual time; 0: unlimited */
};

/*
 * Runs the world until nothing can happen any more or a limit is hit. May be
 * called again to go on. Must not be called from inside a fiber or callback.
 *
 * A non-daemon fiber that is still blocked at quiescence is left to the caller:
 * sim_fiber_stuck() names it.
 */
enum sim_end sim_run(struct sim *sim, const struct sim_run_options *options);

/*
 * The run ends at this place of the running fiber. The next one goes on here, and
 * nothing in the world can tell: a snapshot is usually taken in between.
 */
void sim_pause(struct sim *sim);

/*
 * While @fn is set, a run that ends with a finding calls it in place of
 * returning; it may jump away. NULL: runs return. Not part of the world.
 */
void sim_set_found(struct sim *sim, void (*fn)(void *arg), void *arg);

/*
 * Zeroed memory in the region, for the life of the world (there is no free;
 * restoring a snapshot takes it back). @align is a power of two, at least 8.
 * Aborts with a bench error when the reservation is used up: a world's size is
 * decided when it is built. Under ASan a poisoned gap follows each object.
 */
void *sim_alloc(struct sim *sim, size_t bytes, size_t align);

/* Bytes taken by sim_alloc() so far: part of what a reset has to copy. */
size_t sim_heap_used_bytes(const struct sim *sim);

/* A pointer for whoever built the world on top of this core. */
void sim_set_user(struct sim *sim, void *user);
void *sim_user(const struct sim *sim);

/* The same for kernel/host, the layer between this core and the world. */
void sim_set_kernel(struct sim *sim, void *kernel);
void *sim_kernel(const struct sim *sim);

/* The same for what lies outside of the world and is not restored with it. */
void sim_set_kernel_watch(struct sim *sim, void *watch);
void *sim_kernel_watch(const struct sim *sim);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_model.h - in which order CPUs see each other's stores
 *
 * Without more, a world is sequentially consistent: a store is seen by all the
 * moment it is done. A plan (decide.h) may ask for less:
 *
 *   tso    x86: stores of a CPU become visible later than it goes on, in their
 *          order. A locked instruction waits until all are visible.
 *   weak   they become visible in any order that barriers, releases and same
 *          addresses leave; and a load may see a value that was overwritten
 *          since the CPU's last read barrier.
 *
 * What this can show and what it cannot: store_buffer.c.
 *
 * A CPU is a number that fibers have (sim_fiber_options.cpu); fibers without
 * one see stores when they are visible and are seen at once. Only accesses that
 * sim_access() hears of are relaxed. Memory holds what the running fiber's CPU
 * sees, and what is visible to all whenever no fiber runs.
 */
#ifndef SIM_MEMORY_MODEL_H
#define SIM_MEMORY_MODEL_H

#include <sim/sim.h>

enum sim_memory_model {
	SIM_MEMORY_SC,
	SIM_MEMORY_TSO,
	SIM_MEMORY_WEAK,
	SIM_MEMORY_MODELS,
};

#define SIM_MAX_CPUS	32	/* numbers of fibers' CPUs are below */

/* "sc", "tso", "weak". */
const char *sim_memory_model_name(enum sim_memory_model model);
int sim_memory_model_parse(const char *name);	/* -EINVAL if unknown */

enum sim_barrier {
	SIM_BARRIER_FULL,	/* smp_mb() */
	SIM_BARRIER_WRITE,	/* smp_wmb() */
	SIM_BARRIER_READ,	/* smp_rmb() */
	SIM_BARRIER_RELEASE,	/* in front of the store */
	SIM_BARRIER_ACQUIRE,	/* behind the load */
};

/* The running fiber executes a barrier. No preemption point. */
void sim_barrier(struct sim *sim, enum sim_barrier barrier);

/*
 * A barrier is not executed, though somebody thought it should be: if it orders
 * loads, these were ordered by no dependency.
 */
void sim_barrier_ignored(struct sim *sim, enum sim_barrier barrier);

/*
 * The running fiber is about to do what others may notice and hooks do not see
 * (a lock, a wake-up, MMIO), or has waited: all its CPU's stores are visible to
 * all from now on, and it sees all that are.
 */
void sim_memory_sync(struct sim *sim);

/*
 * The same at the begin of what others may notice: if the CPU holds stores
 * back, others may run once more before these become visible.
 */
void sim_memory_drain(struct sim *sim);

/*
 * The live static data is about to be exchanged for that of another image
 * (sim_fiber_options.image): stores to it become visible while it is there.
 */
void sim_memory_leave(struct sim *sim);

/*
 * The bytes at @address get another meaning: nobody has stores for them any
 * more, nor sees what was there before.
 */
void sim_memory_forget(struct sim *sim, const void *address, size_t bytes);

#endif

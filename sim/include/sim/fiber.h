/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber.h - actors as stackful fibers
 *
 * An actor (a vCPU, a VMM thread, a device engine) is a fiber: it runs until
 * it blocks, sleeps, exits, or passes a preemption point at which the strategy
 * decides to run another one. Stacks are 64 KiB with a guard page below and
 * live in the world's region, so sleeping fibers are part of a snapshot.
 *
 * x86-64 switches by hand-written assembly; -DSIM_UCONTEXT selects a portable
 * fallback with the same behaviour and the same traces. Every switch is
 * announced to ASan.
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <sim/sim.h>

#define SIM_STACK_BYTES		(64u << 10)

typedef void (*sim_fiber_fn)(void *arg);

/*
 * What surrounds a fiber when it runs. All members may be NULL.
 *
 * may_run:  asked when the fiber is runnable; false keeps it waiting without
 *           blocking it (its CPU is taken, interrupts are off). Must be a pure
 *           function of world state.
 * resume:   the fiber is about to run on this OS thread.
 * pause:    it has stopped running; @blocked tells waiting from preempted. Also
 *           called (blocked) when it exits, so each resume has its pause.
 */
struct sim_fiber_ops {
	bool (*may_run)(const struct sim_fiber *fiber);
	void (*resume)(struct sim_fiber *fiber);
	void (*pause)(struct sim_fiber *fiber, bool blocked);
};

struct sim_fiber_options {
	const char *name;		/* copied, 23 characters are kept */
	sim_fiber_fn fn;
	void *arg;
	const struct sim_fiber_ops *ops;
	void *context;			/* for the ops, see sim_fiber_context */
	bool daemon;			/* may be blocked when the world is quiet */
	uint32_t op;			/* op charged first; 0: the world's own */
	uint8_t cpu;			/* memory_model.h; 0: none */
	uint8_t image;			/* whose static data it sees; 0: none */
};

/*
 * Creates a runnable fiber; it runs when the scheduler picks it. NULL when
 * max_fibers are alive. A fiber ends by returning from @fn or by
 * sim_fiber_exit(); its stack and slot are reused afterwards.
 */
struct sim_fiber *sim_fiber_new(struct sim *sim,
				const struct sim_fiber_options *options);

/* The running fiber of @sim; NULL in callbacks fired from the run loop. */
struct sim_fiber *sim_fiber_self(const struct sim *sim);

/* Number of the fiber in traces: 1, 2, ... in order of creation. */
uint16_t sim_fiber_id(const struct sim_fiber *fiber);
/* Number of its place, from 0; used again when it has ended. Not in traces. */
unsigned int sim_fiber_slot(const struct sim_fiber *fiber);
const char *sim_fiber_name(const struct sim_fiber *fiber);
/* The oldest live fiber of that name, or NULL. */
struct sim_fiber *sim_fiber_find(const struct sim *sim, const char *name);
void *sim_fiber_context(const struct sim_fiber *fiber);
void sim_fiber_set_context(struct sim_fiber *fiber, void *context);

/*
 * Blocks the running fiber until sim_fiber_wake(). A wake that arrives while
 * the fiber is runnable is remembered and makes the next block return at once
 * (one token, as with park/unpark), so "test, then block" loses no wake-up.
 */
void sim_fiber_block(struct sim *sim);
void sim_fiber_wake(struct sim *sim, struct sim_fiber *fiber);

/* Blocks until woken or @time_ns; true if it was woken before that. */
bool sim_fiber_block_until(struct sim *sim, uint64_t time_ns);

/* Sleeps in virtual time. */
void sim_fiber_sleep(struct sim *sim, uint64_t delay_ns);

void sim_fiber_exit(struct sim *sim) __attribute__((noreturn));

/*
 * A point at which another fiber may run. Whether it does is a decision of
 * kind SIM_DECIDE_PREEMPT; the round-robin strategy never switches here.
 */
void sim_preempt_point(struct sim *sim);

/* Gives way: goes behind every other runnable fiber. */
void sim_yield(struct sim *sim);

/* A fiber that is blocked although it is no daemon, or NULL. */
struct sim_fiber *sim_fiber_stuck(const struct sim *sim);

/* Bounds of the running fiber's stack: [low, high). False outside a fiber. */
bool sim_stack_bounds(const struct sim *sim, uintptr_t *low, uintptr_t *high);

/* Does the address lie in the stack of any fiber? */
bool sim_is_stack(const struct sim *sim, const void *address);

/*
 * Does @address lie in the stack of a fiber other than the running one, below
 * all that is live there? Whatever was there is gone: its function has
 * returned, or the fiber has ended. Not known with -DSIM_UCONTEXT: false.
 */
bool sim_stack_is_dead(const struct sim *sim, const void *address);

/*
 * Return addresses up the stack [low, high) from @frame, what a frame pointer
 * points to: innermost first, at most @max. Returns their number. Reads only
 * the stack, whatever it finds there.
 */
unsigned int sim_stack_walk(const void *frame, uintptr_t low, uintptr_t high,
			    const void **pcs, unsigned int max);

/*
 * The same for a fiber that is switched out: how it came to where it stands. 0
 * for one that runs, has not begun, or has ended. For reports; addresses never
 * enter a trace.
 */
unsigned int sim_fiber_stack(const struct sim *sim,
			     const struct sim_fiber *fiber, const void **pcs,
			     unsigned int max);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber.c - the life of a fiber
 *
 *             sim_fiber_new
 *                  |
 *                  v       dispatch
 *     .------> RUNNABLE -------------> RUNNING ------> DEAD
 *     |            ^    <-------------    |   |   exit
 *     |            |   preempted, yield   |   |
 *     | wake,      | timer                |   |
 *     | timer      '------ SLEEPING <-----'   |
 *     |                                       |
 *     '------------------- BLOCKED <----------'
 *
 * A wake that finds the fiber in any state but BLOCKED leaves a token, which
 * the next block takes instead of blocking.
 *
 * Slots (struct sim_fiber) are made as needed and reused; slot i keeps stack i
 * for life. A reused stack still holds what its last fiber left, poison of its
 * abandoned frames included: the poison is cleared, the bytes are not.
 */
#include <stdio.h>
#include <string.h>

#include "relaxed.h"
#include "run_queue.h"

/* Timers of fibers lie in the middle of the events of one time. */
#define TIMER_PRIORITY	128

/*
 * All stacks have the same place in a page, so their hottest lines would share
 * a few sets of the cache. Start them at different places.
 */
#define STACK_COLOURS	32
#define COLOUR_BYTES	128

static struct sim_fiber *slot_take(struct sim *sim)
{
	struct sim_fiber *fiber = sim->free_fibers;

	if (fiber) {
		sim->free_fibers = fiber->next;
		return fiber;
	}
	if (sim->nr_fibers == sim->host.max_fibers)
		return NULL;
	fiber = sim_alloc(sim, sizeof(*fiber), 64);
	fiber->stack = sim->nr_fibers++;
	return fiber;
}

static void live_append(struct sim *sim, struct sim_fiber *fiber)
{
	fiber->live_next = NULL;
	fiber->live_prev = sim->live.last;
	if (sim->live.last)
		sim->live.last->live_next = fiber;
	else
		sim->live.first = fiber;
	sim->live.last = fiber;
}

static void live_remove(struct sim *sim, struct sim_fiber *fiber)
{
	if (fiber->live_next)
		fiber->live_next->live_prev = fiber->live_prev;
	else
		sim->live.last = fiber->live_prev;
	if (fiber->live_prev)
		fiber->live_prev->live_next = fiber->live_next;
	else
		sim->live.first = fiber->live_next;
}

/* Numbers wrap after 65535 fibers; 0 means nobody. */
static uint16_t next_id(struct sim *sim)
{
	if (++sim->last_fiber_id == 0)
		sim->last_fiber_id = 1;
	return sim->last_fiber_id;
}

static void stack_prepare(struct sim *sim, struct sim_fiber *fiber)
{
	uintptr_t low = sim__stack_low(sim, fiber->stack);
	uintptr_t high = low + SIM_STACK_BYTES;

	sim__shadow_unpoison(sim, low, high);
	high -= fiber->stack % STACK_COLOURS * COLOUR_BYTES;
	sim__context_init(&fiber->context, low, high, sim__fiber_main);
}

struct sim_fiber *sim_fiber_new(struct sim *sim,
				const struct sim_fiber_options *options)
{
	struct sim_fiber *fiber = slot_take(sim);
	const struct sim_fiber_ops *ops = options->ops;

	if (!fiber)
		return NULL;
	sim_assert(options->cpu < SIM_MAX_CPUS);
	sim__may_charge(sim, options->op);
	*fiber = (struct sim_fiber){
		.ops = ops,
		.who = sim__who(options->op, next_id(sim)),
		.weight = ops && ops->may_run ? SIM_WEIGHT_GATED :
						SIM_WEIGHT_PLAIN,
		.gated = ops && ops->may_run,
		.daemon = options->daemon,
		.cpu = options->cpu,
		.image = options->image,
		.fn = options->fn,
		.arg = options->arg,
		.user = options->context,
		.stack = fiber->stack,
	};
	snprintf(fiber->name, sizeof(fiber->name), "%s",
		 options->name ? options->name : "");
	sim_event_init(&fiber->timer, sim__fiber_timer,
		       sim_fiber_id(fiber), TIMER_PRIORITY);
	stack_prepare(sim, fiber);
	live_append(sim, fiber);
	sim__queue_append(sim, fiber);
	return fiber;
}

struct sim_fiber *sim_fiber_find(const struct sim *sim, const char *name)
{
	struct sim_fiber *fiber = sim->live.first;

	while (fiber && strcmp(fiber->name, name))
		fiber = fiber->live_next;
	return fiber;
}

void sim_fiber_exit(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	if (sim->relaxed)
		sim__relaxed_leave(sim);
	if (self->ops && self->ops->pause)
		self->ops->pause(self, true);
	sim->current = NULL;
	self->state = SIM_FIBER_DEAD;
	live_remove(sim, self);
	sim__schedule(sim, self);
	sim_bench_error(__FILE__, __LINE__, "a dead fiber was resumed");
}

void sim__fiber_reap(struct sim *sim, struct sim_fiber *fiber)
{
	fiber->next = sim->free_fibers;
	sim->free_fibers = fiber;
}

struct sim_fiber *sim_fiber_self(const struct sim *sim)
{
	return sim->current;
}

uint16_t sim_fiber_id(const struct sim_fiber *fiber)
{
	return sim__actor(fiber->who);
}

unsigned int sim_fiber_slot(const struct sim_fiber *fiber)
{
	return fiber->stack;
}

const char *sim_fiber_name(const struct sim_fiber *fiber)
{
	return fiber->name;
}

void *sim_fiber_context(const struct sim_fiber *fiber)
{
	return fiber->user;
}

void sim_fiber_set_context(struct sim_fiber *fiber, void *context)
{
	fiber->user = context;
}

/* ---- what others ask ---------------------------------------------------- */

/* Nothing but another actor can make it go on. */
static bool is_stuck(const struct sim_fiber *fiber)
{
	if (fiber->state == SIM_FIBER_BLOCKED)
		return !fiber->timer.queued;
	return fiber->state == SIM_FIBER_RUNNABLE && fiber->gated &&
	       !fiber->ops->may_run(fiber);
}

struct sim_fiber *sim_fiber_stuck(const struct sim *sim)
{
	struct sim_fiber *fiber;

	for (fiber = sim->live.first; fiber; fiber = fiber->live_next)
		if (!fiber->daemon && is_stuck(fiber))
			return fiber;
	return NULL;
}

bool sim_stack_bounds(const struct sim *sim, uintptr_t *low, uintptr_t *high)
{
	if (!sim->current)
		return false;
	*low = sim__stack_low(sim, sim->current->stack);
	*high = *low + SIM_STACK_BYTES;
	return true;
}

bool sim_stack_is_dead(const struct sim *sim, const void *address)
{
	uintptr_t at = (uintptr_t)address, low;
	const struct sim_fiber *fiber;

	if (at < sim__stack_low(sim, 0) ||
	    at >= sim__stack_low(sim, sim->host.max_fibers))
		return false;
	for (fiber = sim->live.first; fiber; fiber = fiber->live_next) {
		low = sim__stack_low(sim, fiber->stack);
		if (at >= low && at < low + SIM_STACK_BYTES)
			return fiber != sim->current &&
			       at < sim__context_live(&fiber->context);
	}
	return true;
}

bool sim_is_stack(const struct sim *sim, const void *address)
{
	const struct sim_host *host = &sim->host;

	return (uintptr_t)address - (uintptr_t)sim__at(sim, host->stacks_start) <
	       host->memory_start - host->stacks_start;
}

unsigned int sim_stack_walk(const void *frame, uintptr_t low, uintptr_t high,
			    const void **pcs, unsigned int max)
{
	const uintptr_t *at = frame;
	unsigned int nr = 0;

	while (nr < max && (uintptr_t)at >= low &&
	       (uintptr_t)(at + 2) <= high && !((uintptr_t)at & 7)) {
		if (!at[1])
			break;
		pcs[nr++] = (const void *)at[1];
		if (at[0] <= (uintptr_t)at)
			break;
		at = (const uintptr_t *)at[0];
	}
	return nr;
}

unsigned int sim_fiber_stack(const struct sim *sim,
			     const struct sim_fiber *fiber, const void **pcs,
			     unsigned int max)
{
	uintptr_t low = sim__stack_low(sim, fiber->stack);

	if (fiber == sim->current || fiber->state == SIM_FIBER_DEAD)
		return 0;
	return sim_stack_walk(sim__context_frame(&fiber->context), low,
			      low + SIM_STACK_BYTES, pcs, max);
}

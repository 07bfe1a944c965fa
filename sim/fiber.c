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

#include "wheel.h"

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
	*fiber = (struct sim_fiber){
		.ops = ops,
		.op = options->op,
		.id = next_id(sim),
		.gated = ops && ops->may_run,
		.daemon = options->daemon,
		.fn = options->fn,
		.arg = options->arg,
		.user = options->context,
		.stack = fiber->stack,
	};
	snprintf(fiber->name, sizeof(fiber->name), "%s",
		 options->name ? options->name : "");
	sim_event_init(&fiber->timer, sim__fiber_timer, fiber->id,
		       TIMER_PRIORITY);
	stack_prepare(sim, fiber);
	live_append(sim, fiber);
	sim__make_runnable(sim, fiber);
	return fiber;
}

void sim_fiber_exit(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	if (self->ops && self->ops->pause)
		self->ops->pause(self, true);
	sim->current = NULL;
	self->state = SIM_FIBER_DEAD;
	live_remove(sim, self);
	sim->zombie = self;
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
	return fiber->id;
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

/* ---- waiting ------------------------------------------------------------ */

static void wait_as(struct sim *sim, struct sim_fiber *self,
		    enum sim_fiber_state state)
{
	if (self->ops && self->ops->pause)
		self->ops->pause(self, true);
	self->state = state;
	sim->current = NULL;
	sim__schedule(sim, self);
}

/* A time that has passed already means now, behind what is due now. */
static void timer_start(struct sim *sim, struct sim_fiber *self,
			uint64_t time_ns)
{
	if (time_ns < sim->now_ns)
		time_ns = sim->now_ns;
	sim__event_queue(sim, &self->timer, time_ns);
}

static bool token_take(struct sim_fiber *self)
{
	bool token = self->token;

	self->token = false;
	return token;
}

void sim_fiber_block(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	if (token_take(self))
		return;
	wait_as(sim, self, SIM_FIBER_BLOCKED);
}

bool sim_fiber_block_until(struct sim *sim, uint64_t time_ns)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	if (token_take(self))
		return true;
	self->woken = false;
	timer_start(sim, self, time_ns);
	wait_as(sim, self, SIM_FIBER_BLOCKED);
	return self->woken;
}

void sim_fiber_sleep(struct sim *sim, uint64_t delay_ns)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	timer_start(sim, self, sim->now_ns + delay_ns);
	wait_as(sim, self, SIM_FIBER_SLEEPING);
}

void sim__fiber_timer(struct sim *sim, struct sim_event *event)
{
	sim__make_runnable(sim, (struct sim_fiber *)
			   ((char *)event - offsetof(struct sim_fiber, timer)));
}

void sim_fiber_wake(struct sim *sim, struct sim_fiber *fiber)
{
	sim_assert(fiber->state != SIM_FIBER_DEAD);
	if (fiber->state != SIM_FIBER_BLOCKED) {
		fiber->token = true;
		return;
	}
	fiber->woken = true;
	sim_event_cancel(sim, &fiber->timer);
	sim__make_runnable(sim, fiber);
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

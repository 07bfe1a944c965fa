/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.c - the run loop and every change of stacks
 *
 *   sim_run() on the main stack ----switch----> fiber A
 *                                                 | blocks: looks for the next
 *                                                 | fiber itself, firing events
 *                                                 | on its own stack
 *                                               A ----switch----> fiber B
 *        <------------------switch (the run ends)------------------- B
 *
 * There is no trip through the main stack between two fibers, and none at all
 * if the fiber that comes next is the one that has just blocked. It follows:
 *
 * - a fiber that stops is always inside sim__schedule(), stop_here() or
 *   give_way(), with nothing on its stack below;
 * - a fiber that exits runs the loop on the stack it gives up. Its slot goes
 *   back only when another stack has been reached (zombie).
 *
 * Runnable fibers go before events: time moves when nothing can run now.
 *
 * The budget is looked at before each round of the loop and at each preemption
 * point. A run that it ends goes on without a trace: chopping a run into
 * pieces changes no record.
 */
#include "wheel.h"

#ifdef VTB_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

struct sim *sim_current;

static void queue_append(struct sim *sim, struct sim_fiber *fiber)
{
	struct sim_fiber_list *queue = &sim->run_queue;

	fiber->next = NULL;
	fiber->prev = queue->last;
	if (queue->last)
		queue->last->next = fiber;
	else
		queue->first = fiber;
	queue->last = fiber;
	sim->nr_runnable++;
	sim->nr_gated += fiber->gated;
}

static void queue_remove(struct sim *sim, struct sim_fiber *fiber)
{
	struct sim_fiber_list *queue = &sim->run_queue;

	if (fiber->next)
		fiber->next->prev = fiber->prev;
	else
		queue->last = fiber->prev;
	if (fiber->prev)
		fiber->prev->next = fiber->next;
	else
		queue->first = fiber->next;
	sim->nr_runnable--;
	sim->nr_gated -= fiber->gated;
}

void sim__make_runnable(struct sim *sim, struct sim_fiber *fiber)
{
	fiber->state = SIM_FIBER_RUNNABLE;
	queue_append(sim, fiber);
}

/* ---- stacks ------------------------------------------------------------- */

/* What has to be done on a stack after it has been switched to. */
static void arrive(struct sim *sim, void *fake)
{
#ifdef VTB_ASAN
	const void *low;
	size_t bytes;

	__sanitizer_finish_switch_fiber(fake, &low, &bytes);
	if (sim->host.from_main) {
		sim->host.main_low = low;
		sim->host.main_bytes = bytes;
		sim->host.from_main = false;
	}
#endif
	if (unlikely(sim->zombie)) {
		sim__fiber_reap(sim, sim->zombie);
		sim->zombie = NULL;
	}
}

/* Tells ASan that @to comes next; NULL is the main stack. */
static void depart(struct sim *sim, void **fake, const struct sim_fiber *to)
{
#ifdef VTB_ASAN
	if (to)
		__sanitizer_start_switch_fiber(fake,
			(void *)sim__stack_low(sim, to->stack), SIM_STACK_BYTES);
	else
		__sanitizer_start_switch_fiber(fake, sim->host.main_low,
					       sim->host.main_bytes);
#endif
}

/* Goes from fiber @from to @to (NULL: main), returns when @from is resumed. */
static void switch_fiber(struct sim *sim, struct sim_fiber *from,
			 struct sim_fiber *to)
{
	depart(sim, &sim->host.fake[from->stack], to);
	sim__context_switch(&from->context,
			    to ? &to->context : &sim->host.main);
	arrive(sim, sim->host.fake[from->stack]);
}

static void enter_from_main(struct sim *sim, struct sim_fiber *to)
{
	sim->host.from_main = true;
	depart(sim, &sim->host.main_fake, to);
	sim__context_switch(&sim->host.main, &to->context);
	arrive(sim, sim->host.main_fake);
}

void sim__fiber_main(void)
{
	struct sim *sim = sim_current;
	struct sim_fiber *self = sim->current;

	arrive(sim, sim->host.fake[self->stack]);
	self->fn(self->arg);
	sim_fiber_exit(sim);
}

/* ---- who runs ----------------------------------------------------------- */

static bool may_run(const struct sim_fiber *fiber)
{
	return !fiber->gated || fiber->ops->may_run(fiber);
}

static uint32_t count_eligible(const struct sim *sim)
{
	const struct sim_fiber *fiber;
	uint32_t n = 0;

	if (!sim->nr_gated)
		return sim->nr_runnable;
	for (fiber = sim->run_queue.first; fiber; fiber = fiber->next)
		n += may_run(fiber);
	return n;
}

/* Takes the fiber that goes next out of the run queue; NULL if none may. */
static struct sim_fiber *pick(struct sim *sim)
{
	uint32_t n = count_eligible(sim);
	struct sim_fiber *fiber = sim->run_queue.first;

	if (!n)
		return NULL;
	n = sim_decide(sim, SIM_DECIDE_PICK, n);
	while (!may_run(fiber) || n--)
		fiber = fiber->next;
	queue_remove(sim, fiber);
	return fiber;
}

/* Makes @fiber the running one, short of the switch. */
static void dispatch(struct sim *sim, struct sim_fiber *fiber)
{
	fiber->state = SIM_FIBER_RUNNING;
	sim->current = fiber;
	sim->actor = fiber->id;
	sim->op = fiber->op;
	sim->steps++;
	sim->switches++;
	sim__trace(sim, SIM_TRACE_SWITCH, 0, 0);
	if (fiber->ops && fiber->ops->resume)
		fiber->ops->resume(fiber);
}

static void suspend(struct sim *sim, bool blocked)
{
	struct sim_fiber *self = sim->current;

	if (self->ops && self->ops->pause)
		self->ops->pause(self, blocked);
	sim->current = NULL;
}

static void fire(struct sim *sim, struct sim_event *event)
{
	sim__event_unqueue(sim, event);
	sim->now_ns = event->time_ns;
	sim->op = event->op;
	sim->actor = event->source;
	sim->steps++;
	sim->events_fired++;
	sim__trace(sim, SIM_TRACE_EVENT, 0, 0);
	/* By far the most frequent callback: spare the indirect call. */
	if (event->fn == sim__fiber_timer)
		sim__fiber_timer(sim, event);
	else
		event->fn(sim, event);
}

static struct sim_fiber *end_run(struct sim *sim, enum sim_end end)
{
	sim->host.end = end;
	return NULL;
}

static struct sim_fiber *end_by_limit(struct sim *sim)
{
	return end_run(sim, sim->has_finding ? SIM_END_FINDING :
					       SIM_END_BUDGET);
}

static struct sim_fiber *end_by_time(struct sim *sim)
{
	sim->now_ns = sim->host.until_ns;
	return end_run(sim, SIM_END_TIME);
}

/*
 * The run loop: fires events until a fiber can run and dispatches it. NULL
 * when the run is over; host.end tells why.
 */
static struct sim_fiber *next_fiber(struct sim *sim)
{
	struct sim_wheel *wheel = &sim->wheel;
	struct sim_fiber *fiber;
	struct sim_event *event;

	for (;;) {
		if (unlikely(sim->steps >= sim->host.step_limit))
			return end_by_limit(sim);
		if (sim->run_queue.first) {
			fiber = pick(sim);
			if (likely(fiber)) {
				dispatch(sim, fiber);
				return fiber;
			}
		}
		if (unlikely(wheel->pending == wheel->pending_idle))
			return end_run(sim, SIM_END_QUIESCENT);
		event = sim__wheel_pop(wheel, sim->host.until_ns);
		if (unlikely(!event))
			return end_by_time(sim);
		fire(sim, event);
	}
}

void sim__schedule(struct sim *sim, struct sim_fiber *self)
{
	struct sim_fiber *next = next_fiber(sim);

	if (next != self)
		switch_fiber(sim, self, next);
}

/* ---- preemption --------------------------------------------------------- */

/* The budget is used up while a fiber runs: it goes on in the next run. */
static void stop_here(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	end_by_limit(sim);
	suspend(sim, false);
	sim->interrupted = self;
	switch_fiber(sim, self, NULL);
}

/* Lets another fiber run if one may. */
static void give_way(struct sim *sim)
{
	struct sim_fiber *self = sim->current;
	struct sim_fiber *next = pick(sim);

	if (!next)
		return;
	suspend(sim, false);
	sim__make_runnable(sim, self);
	dispatch(sim, next);
	switch_fiber(sim, self, next);
}

void sim_preempt_point(struct sim *sim)
{
	if (!sim->current)
		return;
	if (unlikely(++sim->steps >= sim->host.step_limit))
		stop_here(sim);
	if (sim__decide_preempt(sim, !sim->run_queue.first))
		give_way(sim);
}

void sim_yield(struct sim *sim)
{
	sim_assert(sim->current);
	if (unlikely(++sim->steps >= sim->host.step_limit))
		stop_here(sim);
	if (sim->run_queue.first)
		give_way(sim);
}

/* ---- runs --------------------------------------------------------------- */

void sim__abandon(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	end_by_limit(sim);
	suspend(sim, false);
	switch_fiber(sim, self, NULL);
	sim_bench_error(__FILE__, __LINE__, "an abandoned fiber was resumed");
}

/* Goes on with the fiber that the budget interrupted. */
static struct sim_fiber *resume_interrupted(struct sim *sim)
{
	struct sim_fiber *fiber = sim->interrupted;

	sim->interrupted = NULL;
	sim->current = fiber;
	sim->actor = fiber->id;
	if (fiber->ops && fiber->ops->resume)
		fiber->ops->resume(fiber);
	return fiber;
}

enum sim_end sim_run(struct sim *sim, const struct sim_run_options *options)
{
	struct sim_host *host = &sim->host;
	struct sim *outer = sim_current;
	struct sim_fiber *fiber;

	sim_assert(!host->running);
	sim_assert(!sim->dead);
	host->step_limit = options->step_budget ?
			   sim->steps + options->step_budget : UINT64_MAX;
	host->until_ns = options->until_ns ? options->until_ns : UINT64_MAX;
	sim_assert(host->until_ns >= sim->now_ns);
	host->running = true;
	sim_current = sim;
	sim->op = sim->resume_op;
	sim->actor = sim->resume_actor;
	sim->resume_op = 0;
	sim->resume_actor = 0;

	fiber = sim->interrupted ? resume_interrupted(sim) : next_fiber(sim);
	if (fiber)
		enter_from_main(sim, fiber);

	if (host->end == SIM_END_BUDGET) {
		sim->resume_op = sim->op;
		sim->resume_actor = sim->actor;
	}
	sim->op = 0;
	sim->actor = 0;
	sim_current = outer;
	host->running = false;
	return host->end;
}

uint64_t sim_now_ns(const struct sim *sim)
{
	return sim->now_ns;
}

uint64_t sim_steps(const struct sim *sim)
{
	return sim->steps;
}

uint64_t sim_events_fired(const struct sim *sim)
{
	return sim->events_fired;
}

uint64_t sim_switches(const struct sim *sim)
{
	return sim->switches;
}

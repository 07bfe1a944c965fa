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
 * - a fiber that stops is always inside sim__schedule(), sim_fiber_sleep(),
 *   stop_here() or give_way(), with nothing on its stack below;
 * - a fiber that exits runs the loop on the stack it gives up. Its slot goes
 *   back only when the loop is over and nothing but the switch is left to do.
 *
 * Runnable fibers go before events: time moves when nothing can run now.
 *
 * The budget is looked at before each round of the loop and at each preemption
 * point. A run that it ends goes on without a trace: chopping a run into
 * pieces changes no record.
 */
#include "relaxed.h"
#include "run_queue.h"
#include "wheel.h"

#ifdef VTB_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

struct sim *sim_current;

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

/* The same as the last thing a function does; ASan still has to be told. */
static inline void switch_fiber_last(struct sim *sim, struct sim_fiber *from,
				     struct sim_fiber *to)
{
#ifdef VTB_ASAN
	switch_fiber(sim, from, to);
#else
	sim__context_switch_last(&from->context,
				 to ? &to->context : &sim->host.main);
#endif
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

static struct sim_fiber *timer_fiber(struct sim_event *event)
{
	return (struct sim_fiber *)((char *)event -
				    offsetof(struct sim_fiber, timer));
}

uint32_t sim__nr_eligible_before(const struct sim *sim,
				 const struct sim_fiber *end)
{
	const struct sim_fiber *fiber;
	uint32_t n = 0;

	for (fiber = sim->run_queue.first; fiber != end; fiber = fiber->next)
		n += sim__may_run(fiber);
	return n;
}

/* Takes the n-th of the eligible fibers, which there is. */
static struct sim_fiber *take_nth(struct sim *sim, uint32_t n)
{
	struct sim_fiber *prev = NULL, *fiber = sim->run_queue.first;

	while (!sim__may_run(fiber) || n--) {
		prev = fiber;
		fiber = fiber->next;
	}
	return sim__queue_take(sim, prev);
}

static __attribute__((noinline)) struct sim_fiber *decide(struct sim *sim)
{
	uint32_t n = sim__nr_eligible(sim);

	if (!n)
		return NULL;
	return take_nth(sim, sim_decide(sim, SIM_DECIDE_PICK, n));
}

/* Takes the fiber that goes next out of the run queue; NULL if none may. */
static inline struct sim_fiber *pick(struct sim *sim)
{
	if (likely(sim->nr_runnable == SIM_WEIGHT_PLAIN))
		return sim__queue_take_only(sim);
	return decide(sim);
}

/* Makes @fiber the running one, short of the switch. */
static inline __attribute__((always_inline))
void dispatch(struct sim *sim, struct sim_fiber *fiber)
{
	fiber->state = SIM_FIBER_RUNNING;
	sim->current = fiber;
	sim->who = fiber->who;
	sim->steps++;
	sim->switches++;
	sim__trace(sim, SIM_TRACE_SWITCH, 0, 0);
	if (fiber->ops && fiber->ops->resume)
		fiber->ops->resume(fiber);
	if (unlikely(sim->relaxed))
		sim__relaxed_in(sim);
}

static void suspend(struct sim *sim, bool blocked)
{
	struct sim_fiber *self = sim->current;

	if (self->ops && self->ops->pause)
		self->ops->pause(self, blocked);
	sim->current = NULL;
}

/* The event happens, short of its callback. */
static void begin_event(struct sim *sim, struct sim_event *event)
{
	sim__event_unqueue(sim, event);
	sim->now_ns = event->time_ns;
	sim->steps++;
	sim->events_fired++;
}

/* The end of a fiber's own sleep is traced as the switch to it, no more. */
static bool is_timer(const struct sim_event *event)
{
	return event->fn == sim__fiber_timer;
}

static void fire(struct sim *sim, struct sim_event *event)
{
	if (!is_timer(event)) {
		sim->who = event->who;
		sim__trace(sim, SIM_TRACE_EVENT, 0, 0);
	}
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
static inline __attribute__((always_inline))
struct sim_fiber *next_fiber(struct sim *sim)
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
		if (unlikely(!wheel->nr_busy))
			return end_run(sim, SIM_END_QUIESCENT);
		event = sim__wheel_pop(wheel, sim->host.until_ns);
		if (unlikely(!event))
			return end_by_time(sim);
		begin_event(sim, event);
		/* The usual case without a detour through the run queue. */
		fiber = timer_fiber(event);
		if (is_timer(event) && !sim->run_queue.first && !fiber->gated) {
			dispatch(sim, fiber);
			return fiber;
		}
		fire(sim, event);
	}
}

__attribute__((noinline))
void sim__schedule(struct sim *sim, struct sim_fiber *self)
{
	struct sim_fiber *next = next_fiber(sim);

	if (next == self)
		return;
	if (unlikely(self->state == SIM_FIBER_DEAD))
		sim__fiber_reap(sim, self);
	switch_fiber(sim, self, next);
}

/* ---- waiting ------------------------------------------------------------ */

/* Stops @self, which has been given its new state. */
static void wait(struct sim *sim, struct sim_fiber *self)
{
	if (unlikely(sim->relaxed))
		sim__relaxed_leave(sim);
	suspend(sim, true);
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
	self->state = SIM_FIBER_BLOCKED;
	wait(sim, self);
}

bool sim_fiber_block_until(struct sim *sim, uint64_t time_ns)
{
	struct sim_fiber *self = sim->current;

	sim_assert(self);
	if (token_take(self))
		return true;
	self->woken = false;
	timer_start(sim, self, time_ns);
	self->state = SIM_FIBER_BLOCKED;
	wait(sim, self);
	return self->woken;
}

void sim_fiber_sleep(struct sim *sim, uint64_t delay_ns)
{
	struct sim_fiber *self = sim->current, *next;

	sim_assert(self);
	timer_start(sim, self, sim->now_ns + delay_ns);
	self->state = SIM_FIBER_SLEEPING;
	if (unlikely(sim->relaxed))
		sim__relaxed_leave(sim);
	suspend(sim, true);
	next = next_fiber(sim);
	if (next != self)
		switch_fiber_last(sim, self, next);
}

void sim__fiber_timer(struct sim *sim, struct sim_event *event)
{
	struct sim_fiber *fiber = timer_fiber(event);

	sim->who = fiber->who;
	sim__queue_append(sim, fiber);
}

void sim_fiber_wake(struct sim *sim, struct sim_fiber *fiber)
{
	sim_assert(fiber->state != SIM_FIBER_DEAD);
	if (fiber->state != SIM_FIBER_BLOCKED) {
		fiber->token = true;
		return;
	}
	fiber->woken = true;
	if (fiber->timer.queued)
		sim_event_cancel(sim, &fiber->timer);
	sim__queue_append(sim, fiber);
}

/* ---- preemption --------------------------------------------------------- */

/* The run ends while a fiber runs: it goes on in the next run. */
static void stop_here(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	if (sim->relaxed)
		sim__relaxed_park(sim);
	suspend(sim, false);
	sim->interrupted = self;
	switch_fiber(sim, self, NULL);
}

static void stop_by_limit(struct sim *sim)
{
	end_by_limit(sim);
	stop_here(sim);
}

void sim_pause(struct sim *sim)
{
	sim_assert(sim->current);
	end_run(sim, SIM_END_PAUSED);
	stop_here(sim);
}

/* Lets another fiber run if one may. */
static void give_way(struct sim *sim)
{
	struct sim_fiber *self = sim->current;
	struct sim_fiber *next = pick(sim);

	sim->host.guided = NULL;
	if (!next)
		return;
	if (unlikely(sim->relaxed))
		sim__relaxed_out(sim);
	suspend(sim, false);
	sim__queue_append(sim, self);
	dispatch(sim, next);
	switch_fiber(sim, self, next);
}

/* What comes behind the point is known to whoever decides, and no longer. */
static inline __attribute__((always_inline))
void pass_point(struct sim *sim, const struct sim_access *access)
{
	if (!sim->current)
		return;
	if (unlikely(++sim->steps >= sim->host.step_limit))
		stop_by_limit(sim);
	sim->host.access = access;
	if (sim__decide_preempt(sim, !sim->run_queue.first))
		give_way(sim);
}

void sim_preempt_point(struct sim *sim)
{
	pass_point(sim, NULL);
}

void sim__preempt_access(struct sim *sim, const struct sim_access *access)
{
	pass_point(sim, access);
}

void sim_yield(struct sim *sim)
{
	sim_assert(sim->current);
	if (unlikely(++sim->steps >= sim->host.step_limit))
		stop_by_limit(sim);
	if (!sim->run_queue.first)
		return;
	sim__strategy_yield(sim);
	give_way(sim);
}

/* ---- runs --------------------------------------------------------------- */

void sim__abandon(struct sim *sim)
{
	struct sim_fiber *self = sim->current;

	end_by_limit(sim);
	if (sim->relaxed)
		sim__relaxed_park(sim);
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
	sim->who = fiber->who;
	if (fiber->ops && fiber->ops->resume)
		fiber->ops->resume(fiber);
	if (sim->relaxed)
		sim__relaxed_in(sim);
	return fiber;
}

enum sim_end sim_run(struct sim *sim, const struct sim_run_options *options)
{
	struct sim_host *host = &sim->host;
	struct sim *outer = sim_current;
	struct sim_fiber *fiber;

	sim_assert(!host->running);
	sim_assert(!sim->dead);
	host->step_limit = options->step_limit ? options->step_limit :
			   options->step_budget ?
			   sim->steps + options->step_budget : UINT64_MAX;
	host->until_ns = options->until_ns ? options->until_ns : UINT64_MAX;
	sim_assert(host->until_ns >= sim->now_ns);
	host->running = true;
	sim_current = sim;
	sim->who = sim->resume_who;
	sim->resume_who = 0;

	fiber = sim->interrupted ? resume_interrupted(sim) : next_fiber(sim);
	if (fiber)
		enter_from_main(sim, fiber);

	if (host->end == SIM_END_BUDGET || host->end == SIM_END_PAUSED)
		sim->resume_who = sim->who;
	sim->who = 0;
	sim_current = outer;
	host->running = false;
	if (unlikely(host->end == SIM_END_FINDING && host->found))
		host->found(host->found_arg);
	return host->end;
}

void sim_set_found(struct sim *sim, void (*fn)(void *arg), void *arg)
{
	sim->host.found = fn;
	sim->host.found_arg = arg;
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

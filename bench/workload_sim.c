/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_sim.c - the workloads on sim (workload.h), as a model would be
 * written: public interface only, trace hash on
 */
#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/sim.h>
#include <sim/trace.h>

#define CACHE_LINE	64

#define CORE	struct sim
#define FIBER	struct sim_fiber *

/* Its event comes first, so that the callback finds whom to wake. */
struct ball {
	struct sim_event arrival;
	struct sim_fiber *fiber;
};

static inline uint64_t core_now_ns(const struct sim *sim)
{
	return sim_now_ns(sim);
}

static inline void core_sleep(struct sim *sim, uint64_t delay_ns)
{
	sim_fiber_sleep(sim, delay_ns);
}

static inline void core_block(struct sim *sim)
{
	sim_fiber_block(sim);
}

static inline void core_wake(struct sim *sim, struct sim_fiber *fiber)
{
	sim_fiber_wake(sim, fiber);
}

static inline void core_send(struct sim *sim, struct ball *ball,
			     struct sim_fiber *fiber, uint64_t delay_ns)
{
	ball->fiber = fiber;
	sim_event_after(sim, &ball->arrival, delay_ns);
}

#include "workload_roles.h"

struct hold_event;

struct hold {
	const uint32_t *delay_ns;
	struct meter *meter;
	struct hold_event *events;
	uint64_t drawn;
};

/* The event comes first, so that the callback finds the rest. */
struct hold_event {
	struct sim_event event;
	struct hold *hold;
} __attribute__((aligned(CACHE_LINE)));

static struct sim *new_sim(const struct workload *workload)
{
	struct sim_options options = {
		.heap_bytes = (1u << 20) +
			2 * workload->population * sizeof(struct hold_event),
		.max_fibers = 16,
	};
	struct sim *sim;

	if (workload->kind != WORKLOAD_HOLD)
		options.max_fibers += workload->population;
	sim = sim_new(&options);
	if (!sim)
		bench_fail("no memory for the world of %s", workload->name);
	return sim;
}

static void hold_fire(struct sim *sim, struct sim_event *event)
{
	struct hold_event *fired = (struct hold_event *)event;
	struct hold *hold = fired->hold;
	uint64_t now_ns = sim_now_ns(sim);

	meter_add_ordered(hold->meter,
			  now_ns + (uint64_t)(fired - hold->events));
	sim_event_at(sim, event,
		     now_ns + variate(hold->delay_ns, hold->drawn++));
	meter_count(hold->meter);
}

static void run_hold(struct sim *sim, const struct workload *workload,
		     struct meter *meter)
{
	struct hold hold = {
		.delay_ns = workload->variates->delay_ns,
		.meter = meter,
		.events = sim_alloc(sim, workload->population *
				    sizeof(struct hold_event), CACHE_LINE),
	};

	for (uint32_t i = 0; i < workload->population; i++) {
		hold.events[i].hold = &hold;
		sim_event_init(&hold.events[i].event, hold_fire, 0, 0);
		sim_event_at(sim, &hold.events[i].event,
			     variate(hold.delay_ns, hold.drawn++));
	}
	/* Stops a little late; the meter has stopped in time. */
	while (!meter->done)
		sim_run(sim, &(struct sim_run_options) {
			.step_budget = workload->events / 8,
		});
}

static void ball_arrives(struct sim *sim, struct sim_event *event)
{
	sim_fiber_wake(sim, ((struct ball *)event)->fiber);
}

static void run_fibers(struct model *model)
{
	uint32_t nr = model->workload->population;
	struct role *roles = sim_alloc(model->core, nr * sizeof(*roles),
				       CACHE_LINE);

	for (uint32_t i = 0; i < nr; i++) {
		role_init(roles, i, model);
		sim_event_init(&roles[i].ball.arrival, ball_arrives, 0, 0);
		roles[i].fiber = sim_fiber_new(model->core,
			&(struct sim_fiber_options) {
				.name = "role",
				.fn = role_of(model->workload->kind, i),
				.arg = &roles[i],
				.daemon = true,
			});
		if (!roles[i].fiber)
			bench_fail("no fiber %u", i);
	}
	model->server = roles[1].fiber;
	sim_run(model->core, &(struct sim_run_options) { 0 });
}

void workload_sim(const struct workload *workload, struct meter *meter)
{
	struct model model = {
		.workload = workload,
		.variates = workload->variates,
		.meter = meter,
		.core = new_sim(workload),
	};

	if (workload->kind == WORKLOAD_HOLD)
		run_hold(model.core, workload, meter);
	else
		run_fibers(&model);
	meter->trace_hash = sim_trace_hash(model.core);
	sim_free(model.core);
}

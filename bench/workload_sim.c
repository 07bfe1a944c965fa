/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_sim.c - the workloads on sim (workload.h), as a model would be
 * written: public interface only, trace hash on
 */
#include "workload.h"

#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/sim.h>
#include <sim/trace.h>
#include <stdlib.h>

#define CACHE_LINE	64

struct hold_event;

struct model {
	const struct workload *workload;
	const struct variates *variates;
	struct sim *sim;
	struct meter *meter;
	struct hold_event *events;
	uint64_t drawn;		/* hold */
	uint64_t waiting_since[MM1_QUEUE];
	uint32_t head;		/* of the queue; free-running counters */
	uint32_t tail;
	struct sim_fiber *server;
	bool server_idle;
};

/* The event comes first, so that the callback finds the rest. */
struct hold_event {
	struct sim_event event;
	struct model *model;
} __attribute__((aligned(CACHE_LINE)));

/* Argument of a fiber, and the ball on its way to it. */
struct role {
	struct sim_event ball;
	struct model *model;
	struct sim_fiber *fiber;
	struct role *peer;
	uint32_t nr;
};

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
	struct hold_event *hold = (struct hold_event *)event;
	struct model *model = hold->model;
	uint64_t now_ns = sim_now_ns(sim);

	meter_add_ordered(model->meter,
			  now_ns + (uint64_t)(hold - model->events));
	sim_event_at(sim, event, now_ns +
		     variate(model->variates->delay_ns, model->drawn++));
	meter_count(model->meter);
}

static void hold(struct model *model)
{
	const struct workload *workload = model->workload;
	struct hold_event *events;

	events = sim_alloc(model->sim, workload->population * sizeof(*events),
			   CACHE_LINE);
	model->events = events;
	for (uint32_t i = 0; i < workload->population; i++) {
		events[i].model = model;
		sim_event_init(&events[i].event, hold_fire, 0, 0);
		sim_event_at(model->sim, &events[i].event,
			     variate(model->variates->delay_ns,
				     model->drawn++));
	}
	/* Stops a little late; the meter has stopped in time. */
	while (!model->meter->done)
		sim_run(model->sim, &(struct sim_run_options) {
			.step_budget = workload->events / 8,
		});
}

static void ball_arrives(struct sim *sim, struct sim_event *event)
{
	struct role *role = (struct role *)event;

	sim_fiber_wake(sim, role->fiber);
}

static void run_fibers(struct model *model, const sim_fiber_fn *fns,
		       uint32_t nr)
{
	struct role *roles;

	roles = sim_alloc(model->sim, nr * sizeof(*roles), CACHE_LINE);
	for (uint32_t i = 0; i < nr; i++) {
		roles[i].model = model;
		roles[i].nr = i;
		roles[i].peer = &roles[i ^ 1];
		sim_event_init(&roles[i].ball, ball_arrives, 0, 0);
		roles[i].fiber = sim_fiber_new(model->sim,
			&(struct sim_fiber_options) {
				.name = "role",
				.fn = fns[i & 1],
				.arg = &roles[i],
				.daemon = true,
			});
		if (!roles[i].fiber)
			bench_fail("no fiber %u", i);
	}
	model->server = roles[1].fiber;
	sim_run(model->sim, &(struct sim_run_options) { 0 });
}

static void sleeper(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct meter *meter = model->meter;
	uint64_t drawn = role->nr * 7919u;

	while (!meter->done) {
		sim_fiber_sleep(model->sim,
				variate(model->variates->delay_ns, drawn++));
		meter_add(meter, sim_now_ns(model->sim) ^ role->nr);
		meter_count(meter);
	}
}

static void customers(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct sim *sim = model->sim;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		sim_fiber_sleep(sim,
				variate(model->variates->delay_ns, drawn++));
		if (model->tail - model->head == MM1_QUEUE)
			bench_fail("queue of mm1 is full");
		model->waiting_since[model->tail++ % MM1_QUEUE] =
			sim_now_ns(sim);
		if (model->server_idle) {
			model->server_idle = false;
			sim_fiber_wake(sim, model->server);
		}
		meter_count(model->meter);
	}
}

static void server(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct sim *sim = model->sim;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		if (model->head == model->tail) {
			model->server_idle = true;
			sim_fiber_block(sim);
			continue;
		}
		sim_fiber_sleep(sim,
				variate(model->variates->service_ns, drawn++));
		meter_add(model->meter, sim_now_ns(sim) -
			  model->waiting_since[model->head++ % MM1_QUEUE]);
		meter_count(model->meter);
	}
}

static void player(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct sim *sim = model->sim;

	/* The first ball is served by number 0; the other one waits. */
	if (role->nr)
		sim_fiber_block(sim);
	while (!model->meter->done) {
		meter_add(model->meter, sim_now_ns(sim) ^ role->nr);
		sim_event_after(sim, &role->peer->ball, PINGPONG_DELAY_NS);
		meter_count(model->meter);
		sim_fiber_block(sim);
	}
}

void workload_sim(const struct workload *workload, struct meter *meter)
{
	static const sim_fiber_fn fns[WORKLOAD_KINDS][2] = {
		[WORKLOAD_SLEEPERS] = { sleeper, sleeper },
		[WORKLOAD_MM1] = { customers, server },
		[WORKLOAD_PINGPONG] = { player, player },
	};
	struct model model = {
		.workload = workload,
		.variates = workload->variates,
		.meter = meter,
		.sim = new_sim(workload),
	};

	if (workload->kind == WORKLOAD_HOLD)
		hold(&model);
	else
		run_fibers(&model, fns[workload->kind], workload->population);
	meter->trace_hash = sim_trace_hash(model.sim);
	sim_free(model.sim);
}

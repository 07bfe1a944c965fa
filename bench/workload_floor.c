/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_floor.c - the workloads on the floor (workload.h, floor.h)
 */
#include "floor.h"
#include "workload.h"

#include <stdlib.h>

struct model {
	const struct workload *workload;
	const struct variates *variates;
	struct floor *floor;
	struct meter *meter;
	uint64_t waiting_since[MM1_QUEUE];
	uint32_t head;		/* of the queue; free-running counters */
	uint32_t tail;
	uint32_t server;
	bool server_idle;
};

/* Argument of a fiber. */
struct role {
	struct model *model;
	uint32_t nr;
	uint32_t id;
	struct role *peer;
};

static struct floor *new_floor(const struct workload *workload,
			       uint32_t entries, uint32_t fibers)
{
	struct floor *floor = floor_new(entries, fibers);

	if (!floor)
		bench_fail("no memory for the floor of %s", workload->name);
	return floor;
}

static void hold(const struct workload *workload, struct meter *meter)
{
	const uint32_t *delay_ns = workload->variates->delay_ns;
	struct floor *floor = new_floor(workload, workload->population, 0);
	uint64_t drawn = 0;
	uint32_t id;

	for (id = 0; id < workload->population; id++)
		floor_at(floor, variate(delay_ns, drawn++), id);
	while (!meter->done) {
		id = floor_next(floor);
		meter_add_ordered(meter, floor_now_ns(floor) + id);
		floor_at(floor, floor_now_ns(floor) +
			 variate(delay_ns, drawn++), id);
		meter_count(meter);
	}
	floor_free(floor);
}

static void run_fibers(struct model *model, floor_fiber_fn *fns, uint32_t nr)
{
	struct floor *floor = new_floor(model->workload, nr, nr);
	struct role *roles = calloc(nr, sizeof(*roles));

	if (!roles)
		bench_fail("no memory for fibers");
	model->floor = floor;
	for (uint32_t i = 0; i < nr; i++) {
		roles[i].model = model;
		roles[i].nr = i;
		roles[i].peer = &roles[i ^ 1];
		roles[i].id = floor_fiber_new(floor, fns[i & 1], &roles[i]);
		floor_wake(floor, roles[i].id);
	}
	model->server = roles[1].id;
	floor_go(floor);
	free(roles);
	floor_free(floor);
}

static void sleeper(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct meter *meter = model->meter;
	uint64_t drawn = role->nr * 7919u;

	while (!meter->done) {
		floor_sleep(model->floor,
			    variate(model->variates->delay_ns, drawn++));
		meter_add(meter, floor_now_ns(model->floor) ^ role->nr);
		meter_count(meter);
	}
}

static void customers(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct floor *floor = model->floor;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		floor_sleep(floor,
			    variate(model->variates->delay_ns, drawn++));
		if (model->tail - model->head == MM1_QUEUE)
			bench_fail("queue of mm1 is full");
		model->waiting_since[model->tail++ % MM1_QUEUE] =
			floor_now_ns(floor);
		if (model->server_idle) {
			model->server_idle = false;
			floor_wake(floor, model->server);
		}
		meter_count(model->meter);
	}
}

static void server(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct floor *floor = model->floor;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		if (model->head == model->tail) {
			model->server_idle = true;
			floor_block(floor);
			continue;
		}
		floor_sleep(floor,
			    variate(model->variates->service_ns, drawn++));
		meter_add(model->meter, floor_now_ns(floor) -
			  model->waiting_since[model->head++ % MM1_QUEUE]);
		meter_count(model->meter);
	}
}

static void player(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct floor *floor = model->floor;

	/* The first ball is served by number 0; the other one waits. */
	if (role->nr)
		floor_block(floor);
	while (!model->meter->done) {
		meter_add(model->meter, floor_now_ns(floor) ^ role->nr);
		floor_at(floor, floor_now_ns(floor) + PINGPONG_DELAY_NS,
			 role->peer->id);
		meter_count(model->meter);
		floor_block(floor);
	}
}

void workload_floor(const struct workload *workload, struct meter *meter)
{
	static floor_fiber_fn fns[WORKLOAD_KINDS][2] = {
		[WORKLOAD_SLEEPERS] = { sleeper, sleeper },
		[WORKLOAD_MM1] = { customers, server },
		[WORKLOAD_PINGPONG] = { player, player },
	};
	struct model model = {
		.workload = workload,
		.variates = workload->variates,
		.meter = meter,
	};

	if (workload->kind == WORKLOAD_HOLD)
		hold(workload, meter);
	else
		run_fibers(&model, fns[workload->kind], workload->population);
}

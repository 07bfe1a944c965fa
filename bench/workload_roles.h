/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_roles.h - the fibers of the workloads, the same text on both sides
 *
 * Included by workload_floor.c and workload_sim.c, which first define what the
 * fibers stand on, to be inlined as if it were written here:
 *
 *   CORE				struct of floor or sim
 *   FIBER				what a fiber is woken by
 *   struct ball			on its way to a fiber
 *   core_now_ns(core), core_sleep(core, delay_ns), core_block(core),
 *   core_wake(core, fiber), core_send(core, ball, fiber, delay_ns)
 */
#ifndef BENCH_WORKLOAD_ROLES_H
#define BENCH_WORKLOAD_ROLES_H

#include "workload.h"

struct model {
	const struct workload *workload;
	const struct variates *variates;
	CORE *core;
	struct meter *meter;
	uint64_t waiting_since[MM1_QUEUE];
	uint32_t head;		/* of the queue; free-running counters */
	uint32_t tail;
	FIBER server;
	bool server_idle;
};

/* Argument of a fiber, and the ball on its way to it. */
struct role {
	struct ball ball;
	struct model *model;
	struct role *peer;
	FIBER fiber;
	uint32_t nr;
};

typedef void (*role_fn)(void *arg);

static void role_init(struct role *roles, uint32_t nr, struct model *model)
{
	roles[nr].model = model;
	roles[nr].nr = nr;
	roles[nr].peer = &roles[nr ^ 1];
}

static void sleeper(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	struct meter *meter = model->meter;
	uint64_t drawn = role->nr * 7919u;

	while (!meter->done) {
		core_sleep(model->core,
			   variate(model->variates->delay_ns, drawn++));
		meter_add(meter, core_now_ns(model->core) ^ role->nr);
		meter_count(meter);
	}
}

static void customers(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	CORE *core = model->core;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		core_sleep(core, variate(model->variates->delay_ns, drawn++));
		if (model->tail - model->head == MM1_QUEUE)
			bench_fail("queue of mm1 is full");
		model->waiting_since[model->tail++ % MM1_QUEUE] =
			core_now_ns(core);
		if (model->server_idle) {
			model->server_idle = false;
			core_wake(core, model->server);
		}
		meter_count(model->meter);
	}
}

static void server(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	CORE *core = model->core;
	uint64_t drawn = 0;

	while (!model->meter->done) {
		if (model->head == model->tail) {
			model->server_idle = true;
			core_block(core);
			continue;
		}
		core_sleep(core, variate(model->variates->service_ns, drawn++));
		meter_add(model->meter, core_now_ns(core) -
			  model->waiting_since[model->head++ % MM1_QUEUE]);
		meter_count(model->meter);
	}
}

static void player(void *arg)
{
	struct role *role = arg;
	struct model *model = role->model;
	CORE *core = model->core;

	/* The first ball is served by number 0; the other one waits. */
	if (role->nr)
		core_block(core);
	while (!model->meter->done) {
		meter_add(model->meter, core_now_ns(core) ^ role->nr);
		core_send(core, &role->peer->ball, role->peer->fiber,
			  PINGPONG_DELAY_NS);
		meter_count(model->meter);
		core_block(core);
	}
}

/* The fibers of a workload take turns. */
static role_fn role_of(enum workload_kind kind, uint32_t nr)
{
	static const role_fn fns[WORKLOAD_KINDS][2] = {
		[WORKLOAD_SLEEPERS] = { sleeper, sleeper },
		[WORKLOAD_MM1] = { customers, server },
		[WORKLOAD_PINGPONG] = { player, player },
	};

	return fns[kind][nr & 1];
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_floor.c - the workloads on the floor (workload.h, floor.h)
 */
#include <stdlib.h>

#include "floor.h"

#define CORE	struct floor
#define FIBER	uint32_t

/* The floor keeps no more of it than who is waiting. */
struct ball {
};

static FLOOR_INLINE uint64_t core_now_ns(const struct floor *floor)
{
	return floor_now_ns(floor);
}

static FLOOR_INLINE void core_sleep(struct floor *floor, uint64_t delay_ns)
{
	floor_sleep(floor, delay_ns);
}

static FLOOR_INLINE void core_block(struct floor *floor)
{
	floor_block(floor);
}

static FLOOR_INLINE void core_wake(struct floor *floor, uint32_t fiber)
{
	floor_wake(floor, fiber);
}

static FLOOR_INLINE void core_send(struct floor *floor, struct ball *ball,
				   uint32_t fiber, uint64_t delay_ns)
{
	floor_at(floor, floor_now_ns(floor) + delay_ns, fiber);
}

#include "workload_roles.h"

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

static void run_fibers(struct model *model)
{
	const struct workload *workload = model->workload;
	uint32_t nr = workload->population;
	struct floor *floor = new_floor(workload, nr, nr);
	struct role *roles = calloc(nr, sizeof(*roles));

	if (!roles)
		bench_fail("no memory for fibers");
	model->core = floor;
	for (uint32_t i = 0; i < nr; i++) {
		role_init(roles, i, model);
		roles[i].fiber = floor_fiber_new(floor,
						 role_of(workload->kind, i),
						 &roles[i]);
		floor_wake(floor, roles[i].fiber);
	}
	model->server = roles[1].fiber;
	floor_go(floor);
	free(roles);
	floor_free(floor);
}

void workload_floor(const struct workload *workload, struct meter *meter)
{
	struct model model = {
		.workload = workload,
		.variates = workload->variates,
		.meter = meter,
	};

	if (workload->kind == WORKLOAD_HOLD)
		hold(workload, meter);
	else
		run_fibers(&model);
}

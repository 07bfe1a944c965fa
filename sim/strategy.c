/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy.c - the strategies that need no memory, and which one is in force
 *
 * SIM_BYTES reads the plan's bytes in the order of need: a pick takes a byte
 * modulo the number of candidates; for preemption a byte says how many points
 * to pass before the next one switches. When they are used up every decision
 * is benign. As with PCT, a decision then depends on those of other ops; such
 * runs are kept as seed and overrides (a log) when they matter.
 */
#include <sim/access.h>

#include "strategy.h"

static uint32_t random_pick(struct sim *sim, uint32_t nth, uint32_t n)
{
	uint64_t stream = sim__stream(sim, SIM_DECIDE_PICK);

	return sim_prng_scale(sim_prng_at(stream, nth), n);
}

static uint32_t random_preempt(struct sim *sim, uint32_t nth)
{
	uint32_t den = sim->host.plan.preempt_den;
	uint64_t stream;

	if (!den)
		return 0;
	stream = sim__stream(sim, SIM_DECIDE_PREEMPT);
	return sim_prng_scale(sim_prng_at(stream, nth), den) == 0;
}

/* A byte of the plan; false when all are used. */
static bool take_byte(struct sim *sim, uint8_t *byte)
{
	const struct sim_plan *plan = &sim->host.plan;

	if (sim->bytes_used >= plan->nr_bytes)
		return false;
	*byte = plan->bytes[sim->bytes_used++];
	return true;
}

static uint32_t bytes_pick(struct sim *sim, uint32_t nth, uint32_t n)
{
	uint8_t byte;

	return take_byte(sim, &byte) ? byte % n : 0;
}

static uint32_t bytes_preempt(struct sim *sim, uint32_t nth)
{
	uint8_t byte;

	if (!sim->bytes_gap) {
		if (!take_byte(sim, &byte))
			return 0;
		sim->bytes_gap = byte + 1u;
	}
	return --sim->bytes_gap == 0;
}

static const struct sim_strategy_ops random_ops = {
	.pick = random_pick,
	.preempt = random_preempt,
};

static const struct sim_strategy_ops bytes_ops = {
	.pick = bytes_pick,
	.preempt = bytes_preempt,
};

static const struct sim_strategy_ops benign_ops;

static const struct sim_strategy_ops *const ops[SIM_STRATEGIES] = {
	[SIM_ROUND_ROBIN] = &benign_ops,
	[SIM_RANDOM] = &random_ops,
	[SIM_BYTES] = &bytes_ops,
	[SIM_REPLAY] = &benign_ops,
	[SIM_PCT] = &sim__pct_ops,
};

static const struct sim_strategy_ops *in_force(const struct sim *sim)
{
	const struct sim_plan *plan = &sim->host.plan;

	return plan->search ? &sim__search_ops : ops[plan->strategy];
}

void sim__strategy_init(struct sim *sim)
{
	const struct sim_plan *plan = &sim->host.plan;

	sim_remove_access_reader(sim, sim->host.search_reader);
	sim->host.search_reader = NULL;
	sim->host.by_priority = !plan->search && plan->strategy == SIM_PCT;
	sim->host.points_watched = sim->host.by_priority || plan->guide;
	if (plan->search)
		sim__search_begin(sim, plan->search);
	else if (sim->host.by_priority)
		sim__pct_init(sim);
}

uint32_t sim__strategy_pick(struct sim *sim, uint32_t nth, uint32_t n)
{
	const struct sim_strategy_ops *strategy = in_force(sim);

	return strategy->pick ? strategy->pick(sim, nth, n) : 0;
}

uint32_t sim__strategy_preempt(struct sim *sim, uint32_t nth)
{
	const struct sim_strategy_ops *strategy = in_force(sim);

	return strategy->preempt ? strategy->preempt(sim, nth) : 0;
}

void sim__strategy_yield(struct sim *sim)
{
	const struct sim_strategy_ops *strategy = in_force(sim);

	if (strategy->yield)
		strategy->yield(sim);
}

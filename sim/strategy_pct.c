/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy_pct.c - probabilistic concurrency testing
 *
 * After Burckhardt, Kothari, Musuvathi and Nagarakatte (ASPLOS 2010). Every
 * fiber has a random priority, and always the eligible one with the highest
 * runs. At depth-1 points out of `steps`, drawn from the seed, the running
 * fiber falls to a low priority of its own. A bug that d orderings suffice for
 * (its depth) is hit by a run of depth d with a chance of at least
 *
 *	1 / (n * k^(d-1))	n fibers, k = steps
 *
 * whatever the program. Steps are preemption points of all fibers, whether
 * somebody else could run there or not: so their number depends little on the
 * schedule. A run of depth 1 counts them (sim_points()).
 *
 * Fibers that wait by spinning would keep the one they wait for from running.
 * One that yields falls below all others, and so does one that passes as many
 * points in a row as the whole program was said to have: it has lost its way.
 * Both are outside of the bound, which is about programs that do not spin.
 *
 * Levels order priorities: drawn ones are highest, then the change points',
 * then those that yielded, the last one lowest.
 */
#include "run_queue.h"
#include "strategy.h"

#define LEVEL_DRAWN	0u		/* as every fiber begins */
#define LEVEL_CHANGED	0x80000000u	/* plus the number of its point */
#define DRAWN_BIT	(1ull << 63)

static uint64_t priority(const struct sim *sim, const struct sim_fiber *fiber)
{
	if (fiber->level != LEVEL_DRAWN)
		return fiber->level;
	return DRAWN_BIT | sim_prng_at(sim->host.priorities,
				       sim__actor(fiber->who));
}

void sim__pct_init(struct sim *sim)
{
	struct sim_host *host = &sim->host;
	const struct sim_plan *plan = &host->plan;
	uint64_t stream = sim_prng_stream(plan->seed, 0);
	uint64_t points = sim_prng_stream(stream, SIM_DECIDE_PREEMPT);
	uint32_t i;

	sim_assert(plan->depth >= 1 && plan->depth <= SIM_MAX_DEPTH);
	host->priorities = sim_prng_stream(stream, SIM_DECIDE_PICK);
	for (i = 0; i + 1 < plan->depth; i++)
		host->change_points[i] = !plan->steps ? 0 :
			1 + (uint32_t)sim_prng_scale(sim_prng_at(points, i),
						     plan->steps);
}

/* Below all that can be: those that did so before are above. */
static void sink(struct sim *sim, struct sim_fiber *self)
{
	self->level = LEVEL_CHANGED - ++sim->nr_sunk;
	sim->streak = 0;
}

void sim__pct_pass(struct sim *sim)
{
	uint32_t point = ++sim->points, i;

	for (i = 0; i + 1 < sim->host.plan.depth; i++)
		if (sim->host.change_points[i] == point)
			sim->current->level = LEVEL_CHANGED + i + 1;
}

/* Has @self kept others waiting for as long as a whole run should take? */
static void watch_streak(struct sim *sim, struct sim_fiber *self)
{
	uint32_t steps = sim->host.plan.steps;

	if (sim->streak_of != sim__actor(self->who)) {
		sim->streak_of = sim__actor(self->who);
		sim->streak = 0;
	}
	if (steps && ++sim->streak > steps)
		sink(sim, self);
}

/* Highest of the eligible fibers; its number among them in @at. */
static uint64_t highest(struct sim *sim, uint32_t *at)
{
	const struct sim_fiber *fiber;
	uint64_t best = 0, one;
	uint32_t n = 0;

	for (fiber = sim->run_queue.first; fiber; fiber = fiber->next) {
		if (!sim__may_run(fiber))
			continue;
		one = priority(sim, fiber);
		if (one > best) {
			best = one;
			*at = n;
		}
		n++;
	}
	return best;
}

static uint32_t pct_pick(struct sim *sim, uint32_t nth, uint32_t n)
{
	uint32_t at = 0;

	highest(sim, &at);
	return at;
}

static uint32_t pct_preempt(struct sim *sim, uint32_t nth)
{
	struct sim_fiber *self = sim->current;
	uint32_t at;

	watch_streak(sim, self);
	return highest(sim, &at) > priority(sim, self);
}

static void pct_yield(struct sim *sim)
{
	sink(sim, sim->current);
}

const struct sim_strategy_ops sim__pct_ops = {
	.pick = pct_pick,
	.preempt = pct_preempt,
	.yield = pct_yield,
};

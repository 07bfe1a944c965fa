/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_model.c - which memory model is in force, and what it draws
 *
 * Whether a store is held back and whether a load is given an older value are
 * decisions like any other. Their draws depend on the strategy as picks do:
 * round-robin, replay and a bounded search draw nothing, so stores are visible
 * at the next switch unless the program says otherwise. No single way of
 * drawing finds most: a run's seed chooses one for stores and one for loads.
 *
 *	stores	each time anew with chance 1/2 or 7/8, or some of them for as
 *		long as can be and all others at once
 *	loads	never, with chance 1/2 or 1/8, or always the oldest
 */
#include <errno.h>
#include <string.h>

#include "relaxed.h"

static const char *const names[SIM_MEMORY_MODELS] = {
	[SIM_MEMORY_SC] = "sc",
	[SIM_MEMORY_TSO] = "tso",
	[SIM_MEMORY_WEAK] = "weak",
};

const char *sim_memory_model_name(enum sim_memory_model model)
{
	return model < SIM_MEMORY_MODELS ? names[model] : "?";
}

int sim_memory_model_parse(const char *name)
{
	int i;

	for (i = 0; i < SIM_MEMORY_MODELS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

void sim__relaxed_init(struct sim *sim)
{
	enum sim_memory_model model = sim->host.plan.memory;

	sim_assert(model < SIM_MEMORY_MODELS);
	if (sim->relaxed)
		sim__relaxed_settle(sim);
	sim->relaxed = NULL;
	if (model == SIM_MEMORY_SC)
		return;
	sim->relaxed = sim_alloc(sim, sizeof(*sim->relaxed), 64);
	sim->relaxed->model = model;
}

/* ---- draws -------------------------------------------------------------- */

enum hold_style { HOLD_HALF, HOLD_MOST, HOLD_SOME, HOLD_FEW, HOLD_STYLES };
enum stale_style { STALE_NEVER, STALE_HALF, STALE_RARELY, STALE_OLDEST,
		   STALE_STYLES };

static uint64_t style(const struct sim *sim, enum sim_decision_kind kind)
{
	return sim_prng_at(sim_prng_stream(sim->host.plan.seed, kind), 0);
}

static bool draw_hold(const struct sim *sim, uint64_t stream, uint32_t nth)
{
	uint32_t draw = sim->relaxed->deciding;

	switch ((enum hold_style)(style(sim, SIM_DECIDE_HOLD) % HOLD_STYLES)) {
	case HOLD_HALF:
		return sim_prng_at(stream, nth) & 1;
	case HOLD_MOST:
		return sim_prng_at(stream, nth) & 7;
	case HOLD_SOME:
		return !(draw & 3);
	default:
		return !(draw & 15);
	}
}

static uint32_t draw_stale(const struct sim *sim, uint64_t draw, uint32_t n)
{
	switch ((enum stale_style)(style(sim, SIM_DECIDE_STALE) %
				   STALE_STYLES)) {
	case STALE_NEVER:
		return 0;
	case STALE_HALF:
		return draw & 1 ? 1 + sim_prng_scale(draw, n - 1) : 0;
	case STALE_RARELY:
		return draw & 7 ? 0 : 1 + sim_prng_scale(draw, n - 1);
	default:
		return n - 1;
	}
}

uint32_t sim__relaxed_draw(struct sim *sim, enum sim_decision_kind kind,
			   uint32_t nth, uint32_t n)
{
	const struct sim_plan *plan = &sim->host.plan;
	uint64_t stream;

	if (plan->search || plan->strategy == SIM_ROUND_ROBIN ||
	    plan->strategy == SIM_REPLAY)
		return 0;
	stream = sim__stream(sim, kind);
	if (kind == SIM_DECIDE_HOLD)
		return draw_hold(sim, stream, nth);
	return draw_stale(sim, sim_prng_at(stream, nth), n);
}

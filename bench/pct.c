/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pct.c - does PCT keep its promise? See pct.h
 */
#include "pct.h"

#include <math.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/snapshot.h>

/* ---- programs ------------------------------------------------------------ */

/* One order of two steps: a user is ahead of the one that prepares. */
static bool unprepared(const uint32_t pos[PCT_FIBERS][PCT_STEPS])
{
	return pos[1][0] < pos[0][0];
}

/* Two: the update of @y falls between the read and the write of @x. */
static bool torn(const uint32_t *x, const uint32_t *y)
{
	return x[4] < y[4] && y[4] < x[5];
}

static bool lost_update(const uint32_t pos[PCT_FIBERS][PCT_STEPS])
{
	return torn(pos[0], pos[1]) || torn(pos[1], pos[0]);
}

/* Two, and only this way round: freed between the check and the use. */
static bool freed_in_use(const uint32_t pos[PCT_FIBERS][PCT_STEPS])
{
	return pos[0][2] < pos[1][3] && pos[1][3] < pos[0][3];
}

/* Three: @y sees @x half done, and @x goes on before @y does. */
static bool crossed(const uint32_t *x, const uint32_t *y)
{
	return x[2] < y[2] && y[2] < x[3] && x[5] < y[3];
}

static bool double_switch(const uint32_t pos[PCT_FIBERS][PCT_STEPS])
{
	return crossed(pos[0], pos[1]) || crossed(pos[1], pos[0]);
}

const struct pct_program pct_programs[] = {
	{ "unprepared", "a user ahead of the one that prepares", 1, 3,
	  { 6, 6, 6 }, unprepared },
	{ "lost-update", "an update between another's read and write", 2, 2,
	  { 10, 10 }, lost_update },
	{ "freed-in-use", "freed between check and use", 2, 3,
	  { 6, 6, 6 }, freed_in_use },
	{ "double-switch", "there and back at two places", 3, 2,
	  { 10, 10 }, double_switch },
	{ .name = NULL },
};

unsigned int pct_steps(const struct pct_program *program)
{
	unsigned int i, k = 0;

	for (i = 0; i < program->nr_fibers; i++)
		k += program->steps[i];
	return k;
}

/* ---- a run --------------------------------------------------------------- */

struct stage {
	struct sim *sim;
	struct sim_snapshot *start;
	uint32_t clock;
	uint32_t pos[PCT_FIBERS][PCT_STEPS];
	struct player {
		struct stage *stage;
		unsigned int self;
		unsigned int steps;
	} players[PCT_FIBERS];
};

static void play(void *arg)
{
	struct player *player = arg;
	struct stage *stage = player->stage;
	unsigned int i;

	for (i = 0; i < player->steps; i++) {
		sim_preempt_point(stage->sim);
		stage->pos[player->self][i] = ++stage->clock;
	}
}

/* What the fibers write is a log of the run, outside of the world. */
static bool stage_build(struct stage *stage, const struct pct_program *program)
{
	struct sim_options options = { .region_slot = 15 };
	unsigned int i;

	stage->sim = sim_new(&options);
	if (!stage->sim)
		return false;
	for (i = 0; i < program->nr_fibers; i++) {
		struct sim_fiber_options fiber = {
			.name = "player", .fn = play, .arg = &stage->players[i],
		};

		stage->players[i] = (struct player){
			stage, i, program->steps[i],
		};
		sim_fiber_new(stage->sim, &fiber);
	}
	stage->start = sim_snapshot_take(stage->sim);
	return stage->start != NULL;
}

static bool run_hits(struct stage *stage, const struct pct_program *program,
		     const struct sim_plan *plan)
{
	stage->clock = 0;
	sim_snapshot_restore(stage->sim, stage->start);
	sim_set_plan(stage->sim, plan);
	sim_run(stage->sim, &(struct sim_run_options){ 0 });
	return program->bug(stage->pos);
}

/* ---- statistics ---------------------------------------------------------- */

/* Chance of fewer than @hits in @n at rate @p. */
static double fewer(uint64_t hits, uint64_t n, double p)
{
	double sum = 0;
	uint64_t i;

	for (i = 0; i < hits; i++)
		sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) -
			   lgamma(n - i + 1.0) + i * log(p) +
			   (n - i) * log1p(-p));
	return sum;
}

/*
 * Clopper and Pearson: the rate at which this many hits or more come with a
 * chance of 5 %.
 */
static double lower_limit(uint64_t hits, uint64_t n)
{
	double low = 0, high = (double)hits / n, middle;
	int i;

	for (i = 0; i < 50 && hits; i++) {
		middle = (low + high) / 2;
		if (1 - fewer(hits, n, middle) < 0.05)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool pct_measure(const struct pct_program *program, unsigned int depth,
		 unsigned int times, struct pct_result *result)
{
	struct sim_plan plan = {
		.strategy = SIM_PCT,
		.depth = depth,
		.steps = pct_steps(program),
	};
	static struct stage stage;
	bool built = stage_build(&stage, program);
	double n = program->nr_fibers;

	*result = (struct pct_result){ program->nr_fibers, plan.steps };
	result->bound = 1 / (n * pow(plan.steps, program->depth - 1.0));
	result->runs = (uint64_t)ceil(times / result->bound);
	for (; built && plan.seed < result->runs; plan.seed++)
		result->hits += run_hits(&stage, program, &plan);
	result->low = lower_limit(result->hits, result->runs);
	sim_snapshot_free(stage.start);
	sim_free(stage.sim);
	return built;
}

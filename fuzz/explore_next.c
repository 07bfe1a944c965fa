/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_next.c - which schedule comes next, by strategy
 *
 * Schedule i of a search is a function of the search's seed and i alone, but
 * for bounded searches, which are functions of the runs before.
 */
#include <string.h>

#include "explore.h"

const char *const explore_strategy_names[EXPLORE_STRATEGIES + 1] = {
	[EXPLORE_MIX] = "mix",
	[EXPLORE_RANDOM] = "random",
	[EXPLORE_PCT] = "pct",
	[EXPLORE_BYTES] = "bytes",
	[EXPLORE_BOUNDED] = "bounded",
	[EXPLORE_REPLAY] = "replay",
};

static void by_random(struct program *p, uint32_t preempt_den)
{
	p->strategy = SIM_RANDOM;
	p->preempt_den = preempt_den;
}

static void by_pct(const struct explore *x, struct program *p, uint32_t depth)
{
	p->strategy = SIM_PCT;
	p->depth = depth;
	p->steps = x->estimating ? UINT32_MAX : x->steps;
}

/* As many bytes as a run has a use for; each stands for some points. */
static void by_bytes(struct program *p, struct sim_prng *prng)
{
	uint32_t i;

	p->strategy = SIM_BYTES;
	p->nr_bytes = (uint32_t)sim_prng_range(prng, 4, 256);
	for (i = 0; i < p->nr_bytes; i++)
		p->bytes[i] = (uint8_t)(sim_prng_next(prng) >>
					sim_prng_below(prng, 8));
}

/* No single one wins. */
static void by_mix(const struct explore *x, struct program *p,
		   struct sim_prng *prng)
{
	if (x->memory == EXPLORE_MEMORY_MIX && !x->base.memory)
		p->memory = program_random_memory(prng);
	switch (sim_prng_below(prng, 6)) {
	case 0:
		by_random(p, 2);
		break;
	case 1:
		by_random(p, 10);
		break;
	case 2:
		by_random(p, 1u << sim_prng_range(prng, 4, 10));
		break;
	case 3:
		by_bytes(p, prng);
		break;
	default:
		by_pct(x, p, (uint32_t)sim_prng_range(prng, 2, 6));
	}
}

/* A fresh schedule in @program, which is the base but for its schedule. */
static void draw_schedule(const struct explore *x, struct program *program)
{
	struct sim_prng prng = {
		.stream = sim_prng_stream(x->options.seed, x->index),
	};

	program->seed = sim_prng_next(&prng);
	program->nr_bytes = 0;
	program->preempt_den = 0;
	program->depth = 0;
	program->steps = 0;
	if (x->estimating)
		by_pct(x, program, 1);
	else if (x->strategy == EXPLORE_RANDOM)
		by_random(program, x->options.preempt_den);
	else if (x->strategy == EXPLORE_PCT)
		by_pct(x, program, x->options.depth);
	else if (x->strategy == EXPLORE_BYTES)
		by_bytes(program, &prng);
	else
		by_mix(x, program, &prng);
}

bool explore_next(void *arg, struct program *program, struct sim_search **search)
{
	struct explore *x = arg;

	if (x->begun && !sim_search_next(x->search))
		x->exhausted = true;
	x->begun = false;
	if (x->exhausted || (x->limit && x->index >= x->limit))
		return false;
	if (!x->index || program->type != x->base.type)
		*program = x->base;
	if (x->strategy == EXPLORE_BOUNDED && !x->estimating) {
		*search = x->search;
		x->begun = true;
	} else if (x->strategy == EXPLORE_REPLAY) {
		x->exhausted = true;
	} else {
		draw_schedule(x, program);
	}
	x->index++;
	memset(x->seen, 0, sizeof(x->seen));
	interleaving_begin(&x->interleaving);
	return true;
}

/* The pair's entry, or the free one where it would be; NULL: none is left. */
static struct explore_pair *find_pair(struct explore *x, uintptr_t low,
				      uintptr_t high)
{
	uint32_t at = interleaving_hash(low, high), i;
	struct explore_pair *pair;

	for (i = 0; i < EXPLORE_PAIRS; i++) {
		pair = &x->pairs[(at + i) % EXPLORE_PAIRS];
		if (!pair->low || (pair->low == low && pair->high == high))
			return pair;
	}
	return NULL;
}

void explore_pair(void *arg, uintptr_t first, uintptr_t second)
{
	bool turned = first > second;
	struct explore *x = arg;
	struct explore_pair *pair = find_pair(x, turned ? second : first,
					      turned ? first : second);

	if (!pair || pair->seen[turned])
		return;
	if (!pair->low) {
		pair->low = turned ? second : first;
		pair->high = turned ? first : second;
		x->nr_pairs++;
	}
	pair->seen[turned] = true;
	/* A place and itself have but one order. */
	x->nr_both += pair->seen[!turned] || first == second;
}

void explore_done(void *arg, const struct target_result *result)
{
	struct explore *x = arg;
	uint32_t i, actors = 0;

	if (!x->estimating)
		return;
	for (i = 0; i < SIM_MAX_OPS; i++)
		actors += x->seen[i];
	if (actors > x->actors)
		x->actors = actors;
	if (result->points > x->steps)
		x->steps = result->points;
}

/* More actors than there are places for are counted as one. */
void explore_record(void *arg, const struct sim_trace_record *record,
		    const char *text)
{
	struct explore *x = arg;

	(void)text;
	if (record->what == SIM_TRACE_SWITCH)
		x->seen[record->actor % SIM_MAX_OPS] = 1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * features.c - what a run is worth to a fuzz engine beside edges
 *
 * Features are numbered by engine.h: 0 is any input, the rest is by hash or by
 * formula, in this order: results of ops, choices, relations, pairs of
 * accesses.
 */
#include <stdint.h>
#include <string.h>

#include "engine.h"
#include "features.h"
#include "interleaving.h"

/*
 * Results say which ops came to which kind of result. So an input that makes an
 * op succeed for the first time is kept, and an empty corpus has somewhere to
 * start from.
 */
#define RESULT_KINDS 16

static uint32_t at_most(uint32_t value, uint32_t max)
{
	return value < max ? value : max;
}

static unsigned int result_kind(int64_t result)
{
	if (result >= 0)
		return result > 0;
	return 2 + (unsigned int)(-result % (RESULT_KINDS - 2));
}

static void count_results(const struct program *program,
			  const struct target_result *result)
{
	uint32_t i;

	for (i = 0; i < program->nr_calls; i++) {
		size_t op = (size_t)(program->calls[i].op - program->type->ops);
		size_t nr =
			1 + op * RESULT_KINDS + result_kind(result->results[i]);

		if (nr < ENGINE_RESULTS)
			engine_count(nr);
	}
}

/* More than a run of a usual program makes; what comes later is left out. */
#define MAX_CHOICES   512
/* Choices of a kind: the first ones, and how much of the work they let pass. */
#define CHOICE_VALUES 4
#define CHOICE_NTHS   4

/*
 * What failed in which op is worth keeping even if the op covers nothing new
 * by it yet: the next change may make it count.
 */
static void count_choices(const struct program *program,
			  const struct sim_decision_log *log)
{
	size_t nr = log->count < log->capacity ? log->count : log->capacity;
	size_t i, op, feature;

	for (i = 0; i < nr; i++) {
		const struct sim_override *choice = &log->entries[i];

		if (choice->kind <= SIM_DECIDE_PREEMPT || !choice->op ||
		    choice->op > program->nr_calls)
			continue;
		op = (size_t)(program->calls[choice->op - 1].op -
			      program->type->ops);
		feature = op * SIM_DECISION_KINDS + choice->kind;
		feature = feature * CHOICE_VALUES +
			at_most(choice->value, CHOICE_VALUES - 1);
		feature = feature * CHOICE_NTHS +
			at_most(choice->nth, CHOICE_NTHS - 1);
		engine_count(ENGINE_CHOICE + feature % ENGINE_CHOICES);
	}
}

/* -- relations -- */

/* Earlier ops that an op is compared with: those that went well last. */
#define RELATIVES	4
/* More arguments in common are counted as so many. */
#define MOST_SHARED	3

/*
 * Arguments by which two ops are about the same thing: numbers and resources.
 * Flags and kinds are equal by chance.
 */
static unsigned int shared_arguments(const struct op_call *one,
				     const struct op_call *other)
{
	unsigned int shared = 0, n;

	for (n = 0; n < one->op->nr_args && shared < MOST_SHARED; n++) {
		const struct op_arg *row = &one->op->args[n];
		const uint64_t *value = program_value_like(other, row);

		if (row->type != OP_ARG_ENUM && row->type != OP_ARG_FLAGS &&
		    value && *value == one->args[n])
			shared++;
	}
	return shared;
}

/*
 * An op that succeeds after another one that is about the same thing, or fails
 * then: unmapping what was mapped, and DMA there after that. Edges do not tell
 * it from ops that have nothing to do with each other.
 */
static void count_relation(const struct program *program, uint32_t before,
			   uint32_t at, bool success)
{
	const struct op_call *one = &program->calls[before];
	const struct op_call *other = &program->calls[at];
	unsigned int shared = shared_arguments(other, one);
	size_t nr_ops = program->type->nr_ops;
	size_t feature;

	if (!shared)
		return;
	feature = (size_t)(one->op - program->type->ops) * nr_ops +
		  (size_t)(other->op - program->type->ops);
	feature = (feature * MOST_SHARED + shared - 1) * 2 + success;
	engine_count(ENGINE_RELATION + feature % ENGINE_RELATIONS);
}

static void count_relations(const struct program *program,
			    const struct target_result *result)
{
	uint32_t last[RELATIVES], nr = 0, i, j;

	for (i = 0; i < program->nr_calls; i++) {
		for (j = 0; j < nr && j < RELATIVES; j++)
			count_relation(program, last[j], i,
				       result->results[i] >= 0);
		if (result->results[i] >= 0)
			last[nr++ % RELATIVES] = i;
	}
}

#if ENGINE_PAIRS
/* Each order of a pair is a feature of its own. */
static void count_pair(void *arg, uintptr_t first, uintptr_t second)
{
	uint32_t hash = 2 * interleaving_hash(first, second) + (first > second);

	(void)arg;
	engine_count(ENGINE_PAIR + hash % ENGINE_PAIRS);
}

static struct sim_access_reader *pair_reader(void)
{
	static struct interleaving interleaving;

	if (!interleaving.pair)
		interleaving_init(&interleaving, count_pair, NULL);
	interleaving_begin(&interleaving);
	return &interleaving.reader;
}
#else
static struct sim_access_reader *pair_reader(void)
{
	return NULL;
}
#endif

void features_begin(struct target_run *run)
{
	static struct sim_override choices[MAX_CHOICES];
	static struct sim_decision_log log;

	log = (struct sim_decision_log){
		.entries = choices,
		.capacity = MAX_CHOICES,
	};
	run->log = &log;
	run->accesses = pair_reader();
	/* libFuzzer ends when no input of a corpus has any feature. */
	engine_count(0);
}

void features_count(const struct program *program,
		    const struct target_run *run,
		    const struct target_result *result)
{
	count_results(program, result);
	count_choices(program, run->log);
	count_relations(program, result);
}

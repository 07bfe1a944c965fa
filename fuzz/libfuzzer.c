/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfuzzer.c - the entry points of fuzz engines, and sanitizer defaults
 *
 * They are named by libFuzzer; afl.c calls the same.
 * All in one file: libFuzzer refers to some of them weakly, and a linker takes
 * an archive member only for a strong reference.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "interleaving.h"
#include "mutator.h"
#include "session.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
				 const uint8_t *data2, size_t size2,
				 uint8_t *out, size_t max_out_size,
				 unsigned int seed);
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/*
 * Features beside edges: feature 0 is any input, the others say which ops came
 * to which kind of result. So an input that makes an op succeed for the first
 * time is kept, and an empty corpus has somewhere to start from.
 */
#define RESULT_KINDS 16

/* Exit codes are ours (finding.h), and our fibers are not what LSan and the
 * use-after-return check expect. */
const char *__asan_default_options(void)
{
	return "exitcode=4:detect_leaks=0:detect_stack_use_after_return=0:"
	       "abort_on_error=0:handle_abort=1:handle_sigill=1:"
	       "allocator_may_return_null=1:print_legend=0";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=4:print_stacktrace=1";
}

static void say_stats(void)
{
	session_stats(true);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int code;

	session_init();
	crash_init();
	code = session_arguments(argc, argv);
	if (code >= 0)
		exit(code);
	if (session.mode == SESSION_CAMPAIGN)
		atexit(say_stats);
	return 0;
}

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
		engine_count(ENGINE_RESULTS + feature % ENGINE_CHOICES);
	}
}

#if ENGINE_PAIRS
/* Each order of a pair is a feature of its own. */
static void count_pair(void *arg, uintptr_t first, uintptr_t second)
{
	uint32_t hash = 2 * interleaving_hash(first, second) + (first > second);

	(void)arg;
	engine_count(ENGINE_RESULTS + ENGINE_CHOICES + hash % ENGINE_PAIRS);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program program;
	static struct target_result result;
	static struct sim_override choices[MAX_CHOICES];
	struct sim_decision_log log = {
		.entries = choices,
		.capacity = MAX_CHOICES,
	};
	const struct target_run run = {
		.step_budget = session.step_budget,
		.log = &log,
		.accesses = pair_reader(),
		.ready = engine_run_begins,
	};

	crash_arm();
	/* libFuzzer ends when no input of a corpus has any feature. */
	engine_count(0);
	if (deadly_is(data, size))
		return 0;
	session.input = data;
	session.input_size = size;
	program_decode(&program, world_types, data, size);
	session_run(&program, &run, &result);
	count_results(&program, &result);
	count_choices(&program, &log);
	if (result.found)
		report_finding(&program, &result);
	if (session.mode == SESSION_CAMPAIGN)
		session_stats(false);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	return mutator_mutate(world_types, data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
				 const uint8_t *data2, size_t size2,
				 uint8_t *out, size_t max_out_size,
				 unsigned int seed)
{
	const struct mutator_input one = { data1, size1 };
	const struct mutator_input two = { data2, size2 };

	return mutator_cross(world_types, &one, &two, out, max_out_size, seed);
}

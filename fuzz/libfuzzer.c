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
#include "features.h"
#include "input_set.h"
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
 * Exit codes are ours (finding.h), and our fibers are not what LSan and the
 * use-after-return check expect. Memory that the engine frees need not be kept for
 * long: what is under test has heaps of its own, with quarantines of their own. By
 * default a campaign grows by 256 MiB before it is flat.
 */
const char *__asan_default_options(void)
{
	return "exitcode=4:detect_leaks=0:detect_stack_use_after_return=0:"
	       "abort_on_error=0:handle_abort=1:handle_sigill=1:"
	       "allocator_may_return_null=1:print_legend=0:"
	       "quarantine_size_mb=8:thread_local_quarantine_size_kb=256";
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program program;
	static struct target_result result;
	struct target_run run = {
		.step_budget = session.step_budget,
		.ready = engine_run_begins,
		.edges = engine_edges(),
	};

	crash_arm();
	target_use_prefixes(session.target, session.prefixes);
	features_begin(&run);
	if (deadly_any() && deadly_is(input_hash(data, size)))
		return 0;
	session.input = data;
	session.input_size = size;
	program_decode(&program, world_types, data, size);
	session_run(&program, &run, &result);
	features_count(&program, &run, &result);
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

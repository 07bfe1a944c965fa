/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay_proof.c - many runs of a program, each like the first
 *
 * In a worker, so that it works for findings that end the process: each of
 * these has a process of its own, as it has when people replay it.
 */
#include <inttypes.h>
#include <string.h>

#include "replay.h"
#include "worker.h"

/* What makes two runs the same. */
struct run_mark {
	char identity[PROGRAM_MAX_EXPECT];
	uint64_t trace_hash;
	uint64_t step;
};

static void take_mark(struct run_mark *mark, const struct worker_result *result)
{
	*mark = (struct run_mark){
		.trace_hash = result->trace_hash,
		.step = result->step,
	};
	strcpy(mark->identity, result->identity);
}

static bool same_mark(const struct run_mark *a, const struct run_mark *b)
{
	return a->trace_hash == b->trace_hash && a->step == b->step &&
	       !strcmp(a->identity, b->identity);
}

static void say_other(uint64_t n, const struct run_mark *first,
		      const struct run_mark *other)
{
	printf("vtb: run %" PRIu64 " differs: %s, step %" PRIu64
	       ", trace hash %016" PRIx64 "; run 1: %s, step %" PRIu64
	       ", trace hash %016" PRIx64 "\n", n, other->identity,
	       other->step, other->trace_hash, first->identity, first->step,
	       first->trace_hash);
}

static uint64_t count_alike(struct worker *worker,
			    const struct program *program, uint64_t runs)
{
	struct run_mark first, next;
	uint64_t alike = 1, i;

	take_mark(&first, worker_run(worker, program, false));
	for (i = 2; i <= runs; i++) {
		take_mark(&next, worker_run(worker, program, false));
		if (same_mark(&first, &next))
			alike++;
		else if (alike == i - 1)
			say_other(i, &first, &next);
	}
	printf("vtb: %" PRIu64 " of %" PRIu64 " runs alike: %s, trace hash %016"
	       PRIx64 "\n", alike, runs, first.identity, first.trace_hash);
	return alike;
}

int replay_proof(const char *file, uint64_t runs)
{
	static struct program program;
	struct worker *worker;
	char error[512];
	uint64_t alike;

	if (program_load(&program, world_types, file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	worker = worker_new();
	if (!worker)
		return VTB_EXIT_BENCH;
	alike = count_alike(worker, &program, runs);
	worker_free(worker);
	return alike == runs ? VTB_EXIT_CLEAN : VTB_EXIT_NONDETERMINISM;
}

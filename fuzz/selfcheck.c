/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selfcheck.c - is a run really one function of its program?
 *
 * N random programs, each run twice; the base state after each restore, the
 * trace, the final state and all results must be equal. A program that kills
 * its process (a sanitizer's finding) is counted and left out: the checks run
 * in a child that takes the next one over.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "session.h"

/* Shared with the children. */
struct progress {
	uint64_t next;
	uint64_t differing;
	uint64_t shortened;	/* differ if they go on from a snapshot */
	uint64_t spared;	/* ops that were not run again */
	bool going_on;		/* that is what the child does now */
	uint64_t findings;
	uint64_t deaths;
	uint64_t ops;
	uint64_t ops_ok;
	uint64_t trace_sum;	/* of all trace hashes: compares builds */
};

static void make_program(struct program *program, uint64_t seed, uint64_t n)
{
	struct sim_prng prng = {
		.stream = sim_prng_stream(sim_prng_stream(seed, 3), n),
	};
	const struct program_random_options options = { .max_calls = 24 };
	unsigned int nr_types = 0;

	while (world_types[nr_types])
		nr_types++;
	program_random(program, world_types[n % nr_types], &prng, &options);
}

static const char *difference(const struct program *program,
			      const struct target_result *a,
			      const struct target_result *b)
{
	if (a->base_hash != b->base_hash && b->base_hash)
		return "state after the restore";
	if (a->trace_count != b->trace_count)
		return "number of trace records";
	if (a->trace_hash != b->trace_hash)
		return "trace hash";
	if (strcmp(a->identity, b->identity))
		return "finding";
	if (memcmp(a->results, b->results,
		   program->nr_calls * sizeof(a->results[0])))
		return "result of an op";
	/* A dead world stops in the middle of something. */
	if (!a->found && a->state_hash != b->state_hash)
		return "state at the end";
	return NULL;
}

static void show_difference(const struct program *program, uint64_t n,
			    const char *what, const struct target_result *a,
			    const struct target_result *b)
{
	static char text[256 << 10];

	program_print(program, text, sizeof(text));
	printf("vtb: program %" PRIu64 ": two runs differ: %s\n"
	       "vtb: base %016" PRIx64 " %016" PRIx64 ", trace %016" PRIx64
	       " %016" PRIx64 ", state %016" PRIx64 " %016" PRIx64 "\n%s",
	       n, what, a->base_hash, b->base_hash, a->trace_hash,
	       b->trace_hash, a->state_hash, b->state_hash, text);
	fflush(stdout);
}

static void note_finding(struct progress *progress, uint64_t n,
			 const char *identity)
{
	progress->findings++;
	if (session.json || report_is_known(identity))
		return;
	report_remember(identity);
	printf("vtb: program %" PRIu64 ": finding %s\n", n, identity);
}

/* -- programs that begin alike --------------------------------------------- */

/* The making of a world is not part of a run. */
static void clear_edges(void)
{
	const struct target_edges *edges = engine_edges();

	if (edges)
		memset(edges->counts, 0, edges->bytes);
}

/* Runs it from the beginning, or from where a snapshot was taken. */
static void run_counted(const struct program *program,
			enum target_prefixes prefixes,
			struct target_result *result)
{
	const struct target_run run = {
		.step_budget = session.step_budget,
		.hash_state = true,
		.edges = engine_edges(),
		.ready = clear_edges,
	};

	target_use_prefixes(session.target, prefixes);
	session_run(program, &run, result);
	target_use_prefixes(session.target, TARGET_PREFIXES_OFF);
	result->base_hash = 0;
}

static uint8_t *copy_edges(void)
{
	const struct target_edges *edges = engine_edges();
	uint8_t *copy = malloc(edges ? edges->bytes : 1);

	sim_assert(copy);
	if (edges)
		memcpy(copy, edges->counts, edges->bytes);
	return copy;
}

static bool same_edges(const uint8_t *counts)
{
	const struct target_edges *edges = engine_edges();

	return !edges || !memcmp(counts, edges->counts, edges->bytes);
}

/* From the beginning; then so that a snapshot is taken, and from there on. */
static const char *check_shortened(struct progress *progress,
				   const struct program *program,
				   struct target_result *whole,
				   struct target_result *part)
{
	const char *what = NULL;
	uint8_t *edges;
	int i;

	run_counted(program, TARGET_PREFIXES_OFF, whole);
	edges = copy_edges();
	for (i = 0; i < 2 && !what; i++) {
		progress->going_on = true;
		run_counted(program, TARGET_PREFIXES_EAGER, part);
		progress->going_on = false;
		progress->spared += part->nr_spared;
		what = difference(program, whole, part);
		if (!what && !same_edges(edges))
			what = "counts of edges";
	}
	free(edges);
	return what;
}

/* Programs it is done for, and how many others that begin like each. */
#define PREFIXES_EVERY	4
#define ALIKE		3

static void check_prefixes(struct progress *progress, struct program *program,
			   uint64_t seed, uint64_t n)
{
	static struct target_result whole, part;
	struct sim_prng prng = {
		.stream = sim_prng_stream(sim_prng_stream(seed, 4), n),
	};
	const char *what = NULL;
	int i;

	for (i = 0; i <= ALIKE && !what; i++) {
		if (i)
			program_mutate(program, &prng);
		what = check_shortened(progress, program, &whole, &part);
	}
	if (!what)
		return;
	progress->shortened++;
	if (progress->shortened <= 3)
		show_difference(program, n, what, &whole, &part);
}

/* -- all of it ------------------------------------------------------------- */

static void check_one(struct progress *progress, uint64_t seed, uint64_t n)
{
	static struct program program;
	static struct target_result first, again;
	const struct target_run run = {
		.step_budget = session.step_budget,
		.hash_state = true,
	};
	const char *what;

	make_program(&program, seed, n);
	session_run(&program, &run, &first);
	session_run(&program, &run, &again);
	progress->ops += program.nr_calls;
	progress->ops_ok += first.nr_ok;
	if (first.found)
		note_finding(progress, n, first.identity);
	progress->trace_sum += first.trace_hash * (2 * n + 1);
	what = difference(&program, &first, &again);
	if (!what) {
		if (n % PREFIXES_EVERY == 0)
			check_prefixes(progress, &program, seed, n);
		return;
	}
	progress->differing++;
	if (progress->differing <= 3)
		show_difference(&program, n, what, &first, &again);
}

/* Goes on where the last child died. */
static int check_from(struct progress *progress, uint64_t runs, uint64_t seed)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		crash_arm();
		while (progress->next < runs)
			check_one(progress, seed, progress->next++);
		fflush(NULL);
		_exit(VTB_EXIT_CLEAN);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return VTB_EXIT_BENCH;
	return WIFEXITED(status) ? WEXITSTATUS(status) : VTB_EXIT_SAFETY;
}

static void print_summary(const struct progress *p, uint64_t runs,
			  uint64_t seed, bool json)
{
	json_t *object;

	if (!json) {
		printf("vtb: selfcheck %s.%s: %" PRIu64 " programs run twice, %"
		       PRIu64 " differ, %" PRIu64
		       " from a snapshot (%" PRIu64 " ops spared); %" PRIu64
		       " findings, %" PRIu64
		       " ended the process; %" PRIu64 " of %" PRIu64
		       " ops succeeded; sum of traces %016" PRIx64 "\n",
		       session.target_name, session.implementation, runs,
		       p->differing, p->shortened, p->spared, p->findings, p->deaths,
		       p->ops_ok, p->ops,
		       p->trace_sum);
		return;
	}
	object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			   "target", session.target_name,
			   "implementation", session.implementation,
			   "seed", (json_int_t)seed, "runs", (json_int_t)runs,
			   "differing", (json_int_t)p->differing,
			   "differing_from_snapshot",
			   (json_int_t)p->shortened,
			   "spared", (json_int_t)p->spared,
			   "findings", (json_int_t)p->findings,
			   "deaths", (json_int_t)p->deaths,
			   "ops", (json_int_t)p->ops,
			   "ops_ok", (json_int_t)p->ops_ok);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(object);
}

int selfcheck(uint64_t runs, uint64_t seed)
{
	struct progress *progress = mmap(NULL, sizeof(*progress),
					 PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int code, result = VTB_EXIT_CLEAN;

	sim_assert(progress != MAP_FAILED);
	session.mode = SESSION_QUIET;
	while (progress->next < runs) {
		code = check_from(progress, runs, seed);
		if (code == VTB_EXIT_BENCH) {
			result = VTB_EXIT_BENCH;
			break;
		}
		progress->deaths += code != VTB_EXIT_CLEAN;
		/* From the beginning it lived. */
		progress->shortened += progress->going_on;
		progress->going_on = false;
	}
	if (progress->differing || progress->shortened)
		result = VTB_EXIT_NONDETERMINISM;
	print_summary(progress, progress->next, seed, session.json);
	return result;
}

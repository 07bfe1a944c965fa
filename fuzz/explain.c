/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain.c - from when on a finding was inevitable
 *
 * A run repeats up to a step; from there on all its decisions are drawn anew:
 * who runs, what fails, what peers do. That is done many times from every N-th
 * step on. Early on few of the runs end in the same finding, late all of them
 * do; it is inevitable from the first step from which all do.
 *
 *	100 %                          ________
 *	                         _____/
 *	                        |
 *	  0 %  _________________|
 *	       begin            ^      ^        finding
 *	                 it got likely inevitable
 *
 * A run is a function of its file, so repeating the steps before is the same as
 * going back to a snapshot of that step.
 */
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "switches.h"
#include "worker.h"

#define DEFAULT_RUNS		50
#define DEFAULT_POINTS		24
#define DEFAULT_PREEMPT_DEN	10

struct explain {
	const struct explain_options *options;
	struct program program;
	struct worker *worker;
	struct worker_result as_saved;
	uint64_t every;			/* steps between two points */
	json_t *points;
	uint64_t inevitable;		/* UINT64_MAX: nowhere */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* Fresh decisions from @step on, @runs times. */
static void try_point(struct explain *x, uint64_t step)
{
	const struct worker_result *result;
	struct sim_fresh fresh = {
		.step = step,
		.preempt_den = x->program.preempt_den ? x->program.preempt_den :
							DEFAULT_PREEMPT_DEN,
	};
	uint64_t same = 0, other = 0, run;

	for (run = 0; run < x->options->runs && !interrupted; run++) {
		fresh.seed = sim_prng_stream(x->options->seed, run);
		result = worker_run_fresh(x->worker, &x->program, &fresh);
		if (!strcmp(result->identity, x->as_saved.identity))
			same++;
		else
			other += result->exit_code != VTB_EXIT_CLEAN;
	}
	if (interrupted)
		return;
	json_array_append_new(x->points, json_pack("{s:I, s:I, s:I, s:I}",
		"step", (json_int_t)step, "runs", (json_int_t)run,
		"failed", (json_int_t)same, "other", (json_int_t)other));
	if (same == run && x->inevitable == UINT64_MAX)
		x->inevitable = step;
	fprintf(stderr, "vtb: explain: step %" PRIu64 ": %" PRIu64 " of %"
		PRIu64 "\n", step, same, run);
}

static void try_all(struct explain *x)
{
	const struct worker_result *r = &x->as_saved;
	uint64_t step, length = r->step - r->first_step;

	x->every = x->options->every ? x->options->every :
		   (length + DEFAULT_POINTS - 1) / DEFAULT_POINTS;
	if (!x->every)
		x->every = 1;
	for (step = r->first_step; step < r->step && !interrupted;
	     step += x->every)
		try_point(x, step);
	/* The last step has nothing left to decide. */
	try_point(x, r->step);
}

/* The preemptions that the program needs, as it or the run names them. */
static json_t *named_switches(struct explain *x)
{
	const char *lines = x->program.switches;
	json_t *list = json_array();
	size_t length;

	if (!lines[0])
		lines = worker_name_switches(x->worker, &x->program);
	for (; lines && *lines; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		json_array_append_new(list, json_stringn(lines, length));
	}
	return list;
}

static void print_result(struct explain *x)
{
	const struct worker_result *r = &x->as_saved;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:b}",
		"file", x->options->file, "target", session.target_name,
		"implementation", session.implementation,
		"identity", r->identity,
		"first_step", (json_int_t)r->first_step,
		"step", (json_int_t)r->step, "every", (json_int_t)x->every,
		"switches", named_switches(x), "points", x->points,
		"inevitable_step", x->inevitable == UINT64_MAX ? json_null() :
			json_integer((json_int_t)x->inevitable),
		"interrupted", (int)interrupted);

	sim_assert(object);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	fflush(stdout);
	json_decref(object);
}

static int explain(struct explain *x)
{
	x->as_saved = *worker_run(x->worker, &x->program, false);
	if (!x->as_saved.exit_code) {
		fprintf(stderr, "vtb: explain: %s shows no finding in %s\n",
			x->options->file, session.implementation);
		return VTB_EXIT_USAGE;
	}
	if (!strncmp(x->as_saved.identity, "hang/wall-clock", 15)) {
		fprintf(stderr, "vtb: explain: %s: each run would take until "
			"the wall clock ends it\n", x->options->file);
		return VTB_EXIT_USAGE;
	}
	try_all(x);
	print_result(x);
	return VTB_EXIT_CLEAN;
}

int explain_file(const struct explain_options *options)
{
	static struct explain x;
	struct explain_options checked = *options;
	char error[512];
	int code;

	if (program_load(&x.program, world_types, options->file, error,
			 sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	if (!checked.runs)
		checked.runs = DEFAULT_RUNS;
	signal(SIGINT, on_interrupt);
	session.mode = SESSION_WORKER;
	x.options = &checked;
	x.inevitable = UINT64_MAX;
	x.points = json_array();
	x.worker = worker_new();
	if (!x.worker)
		return VTB_EXIT_BENCH;
	code = explain(&x);
	worker_free(x.worker);
	return code;
}

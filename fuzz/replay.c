/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.c - running program files again, and saying what happens
 *
 * Each file is run at least twice in the same process; if the runs differ in
 * anything, that is the finding (exit 6). The first run prints a timeline as
 * it goes, so a run that kills the process has said how it came to that. With
 * several files each gets a process of its own for the same reason; a world
 * lies in shared memory, so the parent must not have one.
 *
 * With --judge the exit code says whether the file's expectation held: 0, or
 * the code of what happened instead, at least 4.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "chrome_trace.h"
#include "finding_stack.h"
#include "replay.h"
#include "timeline.h"

/*
 * The state hash covers the stacks of fibers that have not ended, and with them
 * what deeper calls left behind: it is compared only where both runs came to
 * their end and nobody watched.
 */
static bool same_state(const struct target_result *a,
		       const struct target_result *b)
{
	return a->end != SIM_END_QUIESCENT || a->state_hash == b->state_hash;
}

static bool same_run(const struct program *program,
		     const struct target_result *a,
		     const struct target_result *b)
{
	return a->end == b->end && a->trace_hash == b->trace_hash &&
	       a->trace_count == b->trace_count &&
	       a->base_hash == b->base_hash &&
	       (!session.json || same_state(a, b)) &&
	       !strcmp(a->identity, b->identity) &&
	       !memcmp(a->results, b->results,
		       program->nr_calls * sizeof(a->results[0]));
}

static int exit_code(const struct replay_outcome *outcome, bool as_traced)
{
	int code = target_exit_code(outcome->result);

	if (!outcome->same)
		return VTB_EXIT_NONDETERMINISM;
	if (!session.judge)
		return code;
	if (as_traced && replay_as_expected(outcome->program,
					    outcome->result->identity))
		return VTB_EXIT_CLEAN;
	return code ? code : VTB_EXIT_SAFETY;
}

/* -- who looks at the first run --------------------------------------------- */

struct observers {
	struct timeline timeline;
	struct chrome_trace *trace;	/* NULL: none is wanted */
	const char *trace_path;
	struct capture *capture;	/* NULL: none is wanted */
	const char *capture_path;
	struct sim_trace_reader reader;
};

/* Of the process, because last words come from crash.c. */
static struct observers observers;

static void on_record(void *arg, const struct sim_trace_record *record,
		      const char *text)
{
	struct observers *o = arg;

	if (!session.json)
		o->timeline.reader.record(&o->timeline, record, text);
	if (o->trace)
		chrome_trace_record(o->trace, record, text);
}

static int cannot_make(const char *path, int error)
{
	fprintf(stderr, "vtb: cannot make %s: %s\n", path, strerror(error));
	return VTB_EXIT_USAGE;
}

static int observe(const struct program *program,
		   const struct replay_options *options,
		   struct target_run *run)
{
	timeline_init(&observers.timeline, stdout, program, options->records);
	observers.reader = (struct sim_trace_reader){
		.record = on_record,
		.arg = &observers,
	};
	if (options->trace_path) {
		observers.trace = chrome_trace_new(options->trace_path,
						   program);
		observers.trace_path = options->trace_path;
		if (!observers.trace)
			return cannot_make(options->trace_path, errno);
	}
	if (options->capture_path) {
		observers.capture = capture_new(options->capture_path);
		observers.capture_path = options->capture_path;
		if (!observers.capture)
			return cannot_make(options->capture_path, errno);
		run->capture = capture_reader(observers.capture);
	}
	run->log = session.json ? NULL : &observers.timeline.log;
	if (!session.json || observers.trace)
		run->reader = &observers.reader;
	return VTB_EXIT_CLEAN;
}

void replay_last_words(void)
{
	int rc = chrome_trace_finish(observers.trace);

	observers.trace = NULL;
	if (rc)
		fprintf(stderr, "vtb: cannot write %s: %s\n",
			observers.trace_path, strerror(-rc));
	rc = capture_finish(observers.capture);
	observers.capture = NULL;
	if (rc)
		fprintf(stderr, "vtb: cannot write %s: %s\n",
			observers.capture_path, strerror(-rc));
}

/* -- replaying -------------------------------------------------------------- */

/* Again, unobserved, until it has been run as often as asked for. */
static void run_again(struct replay_outcome *outcome, unsigned int runs)
{
	static struct target_result again;
	const struct target_run run = {
		.step_budget = session.step_budget,
		.hash_state = true,
	};

	outcome->same = true;
	for (outcome->runs = 1; outcome->runs < runs && outcome->same;
	     outcome->runs++) {
		session_run(outcome->program, &run, &again);
		outcome->same = same_run(outcome->program, outcome->result,
					 &again);
	}
}

/* What the first run has measured, before the next one begins. */
static int take_figures(const struct replay_outcome *outcome,
			const struct replay_options *options,
			struct figures *figures)
{
	const struct world_reporter reporter = figures_reporter(figures);
	int rc;

	target_report(session.target, &reporter);
	if (!options->plot_path)
		return VTB_EXIT_CLEAN;
	rc = plot_write(figures, outcome->file, options->plot_path);
	if (rc != -ENODATA)
		return rc ? cannot_make(options->plot_path, -rc) :
			    VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: %s: there is nothing to plot: world %s has no "
		"series\n", outcome->file, outcome->program->type->name);
	return VTB_EXIT_USAGE;
}

static int replay_program(const struct program *program, const char *file,
			  const struct replay_options *options)
{
	static struct target_result first;
	static struct figures figures;
	struct replay_outcome outcome = {
		.file = file,
		.program = program,
		.result = &first,
		.figures = &figures,
	};
	struct target_run run = {
		.step_budget = session.step_budget,
		.hash_state = true,
	};
	bool as_traced = true;
	int code;

	crash_arm();
	finding_stack_watch();
	if (!session.json)
		replay_print_headline(program, file);
	code = observe(program, options, &run);
	if (code)
		return code;
	session_run(program, &run, &first);
	if (!session.json)
		timeline_finish(&observers.timeline);
	replay_last_words();
	figures = (struct figures){ 0 };
	code = take_figures(&outcome, options, &figures);
	run_again(&outcome, options->runs);
	if (session.judge)
		as_traced = replay_check_trace(program, file, options->bless);
	replay_print_outcome(&outcome);
	return session_worse(code, exit_code(&outcome, as_traced));
}

static int replay_file(const char *file, const struct replay_options *options)
{
	static struct program program;
	char error[512];

	if (program_load(&program, world_types, file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
#ifndef VTB_RACE
	if (program.memory)
		fprintf(stderr, "vtb: %s: memory %s needs flavour race, runs as "
			"sc\n", file, sim_memory_model_name(program.memory));
#endif
	if (mutant_check(file, program.mutant))
		return VTB_EXIT_USAGE;
	session.running_file = file;
	return replay_program(&program, file, options);
}

static int replay_apart(const char *file, const struct replay_options *options)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		int code = replay_file(file, options);

		fflush(NULL);
		_exit(code);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("vtb: cannot start a process");
		return VTB_EXIT_BENCH;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : VTB_EXIT_SAFETY;
}

int replay_files(char **files, int nr, const struct replay_options *options)
{
	struct replay_options checked = *options;
	int code = VTB_EXIT_CLEAN, i;

	session.mode = SESSION_REPLAY;
	/* What a run prints must stand before what kills it prints. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (checked.runs < 2)
		checked.runs = 2;
	if (nr < 1) {
		fprintf(stderr, "vtb: --replay needs a file\n");
		return VTB_EXIT_USAGE;
	}
	if (nr == 1)
		return replay_file(files[0], &checked);
	for (i = 0; i < nr; i++)
		code = session_worse(code, replay_apart(files[i], &checked));
	return code;
}

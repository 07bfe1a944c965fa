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
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"
#include "timeline.h"

static void print_json(json_t *object)
{
	sim_assert(object);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	fflush(stdout);
	json_decref(object);
}

static json_t *json_hash(uint64_t hash)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	return json_string(text);
}

/* Members that every outcome has, crashes too. */
static json_t *outcome(const struct report *report, const char *file,
		       uint64_t trace_hash)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:o}",
			 "file", file, "target", session.target_name,
			 "implementation", session.implementation,
			 "build", session.build, "exit", report->exit_code,
			 "identity", report->identity,
			 "oracle", report->oracle, "what", report->what,
			 "why", report->why,
			 "step", (json_int_t)report->step,
			 "time_ns", (json_int_t)report->time_ns,
			 "trace_hash", json_hash(trace_hash));
}

void replay_print_report(const struct report *report, const char *file,
			 uint64_t trace_hash)
{
	if (session.json) {
		print_json(outcome(report, file, trace_hash));
		return;
	}
	printf("vtb: the run ended the process, trace hash %016" PRIx64 "\n"
	       "vtb: finding %s\n", trace_hash, report->identity);
	report_print(stdout, report, file);
}

static json_t *json_results(const struct program *program,
			    const struct target_result *result)
{
	json_t *list = json_array();
	char text[512];
	uint32_t i;

	for (i = 0; i < program->nr_calls; i++) {
		program_print_call(program, &program->calls[i], text,
				   sizeof(text));
		json_array_append_new(list, json_pack("{s:I, s:s, s:I}",
			"key", (json_int_t)program->calls[i].key,
			"call", text,
			"result", (json_int_t)result->results[i]));
	}
	return list;
}

static const char *end_name(enum sim_end end)
{
	static const char *const names[] = {
		[SIM_END_QUIESCENT] = "quiescent",
		[SIM_END_BUDGET] = "step budget",
		[SIM_END_TIME] = "time limit",
		[SIM_END_FINDING] = "finding",
	};

	return names[end];
}

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

/* Did what the file expects of this implementation happen? */
static bool as_expected(const struct program *program,
			const struct target_result *result)
{
	char expected[PROGRAM_MAX_EXPECT];

	program_expectation(program, session.implementation, expected);
	return !strcmp(expected, result->identity);
}

static int exit_code(const struct program *program,
		     const struct target_result *result, bool same)
{
	int code = target_exit_code(result);

	if (!same)
		return VTB_EXIT_NONDETERMINISM;
	if (!session.judge)
		return code;
	if (as_expected(program, result))
		return VTB_EXIT_CLEAN;
	return code ? code : VTB_EXIT_SAFETY;
}

static void print_outcome_json(const struct program *program,
			       const struct target_result *result,
			       const char *file, unsigned int runs, bool same)
{
	struct report report;
	json_t *object;

	report_from_result(result, &report);
	object = outcome(&report, file, result->trace_hash);
	json_object_update_new(object, json_pack(
		"{s:o, s:s, s:I, s:I, s:I, s:i, s:b, s:s, s:o}",
		"state_hash", json_hash(result->state_hash),
		"end", end_name(result->end),
		"steps", (json_int_t)result->steps,
		"events", (json_int_t)result->events,
		"switches", (json_int_t)result->switches,
		"runs", (int)runs, "deterministic", same,
		"expect", program->expect,
		"ops", json_results(program, result)));
	print_json(object);
}

static void print_outcome_text(const struct program *program,
			       const struct target_result *result,
			       const char *file, unsigned int runs, bool same)
{
	struct report report;

	printf("vtb: end: %s after %" PRIu64 " ns, %" PRIu64 " steps, %"
	       PRIu64 " events, %" PRIu64 " switches; %u of %u ops succeeded\n",
	       end_name(result->end), result->time_ns, result->steps,
	       result->events, result->switches, result->nr_ok,
	       program->nr_calls);
	printf("vtb: trace hash %016" PRIx64 ", state hash %016" PRIx64
	       ", %u runs %s\n", result->trace_hash, result->state_hash, runs,
	       same ? "alike" : "THAT DIFFER");
	if (session.judge && !as_expected(program, result)) {
		char expected[PROGRAM_MAX_EXPECT];

		program_expectation(program, session.implementation, expected);
		printf("vtb: expected %s, got %s\n", expected,
		       result->identity);
	}
	if (!result->found)
		return;
	printf("vtb: finding %s\n", result->identity);
	report_from_result(result, &report);
	report_print(stdout, &report, file);
}

static void print_headline(const struct program *program, const char *file)
{
	printf("vtb: replay of %s: world %s, %s, build %s\n", file,
	       program->type->name, session.implementation, session.build);
	print_upstream(stdout);
	if (program->implementation[0])
		printf("vtb: recorded with %s, build %s%s\n",
		       program->implementation, program->build,
		       strcmp(program->build, session.build) ?
		       " (another build: decisions may fall elsewhere)" : "");
	fputs(program->comment, stdout);
}

static int replay_program(const struct program *program, const char *file,
			  const struct replay_options *options)
{
	static struct target_result first, again;
	struct target_run run = {
		.step_budget = session.step_budget,
		.hash_state = true,
	};
	struct timeline timeline;
	unsigned int i;
	bool same = true;

	crash_arm();
	timeline_init(&timeline, stdout, program, options->trace);
	if (!session.json) {
		print_headline(program, file);
		run.reader = &timeline.reader;
		run.log = &timeline.log;
	}
	session_run(program, &run, &first);
	if (!session.json)
		timeline_finish(&timeline);

	run.reader = NULL;
	run.log = NULL;
	for (i = 1; i < options->runs && same; i++) {
		session_run(program, &run, &again);
		same = same_run(program, &first, &again);
	}
	if (session.json)
		print_outcome_json(program, &first, file, i, same);
	else
		print_outcome_text(program, &first, file, i, same);
	return exit_code(program, &first, same);
}

static int replay_file(const char *file, const struct replay_options *options)
{
	static struct program program;
	char error[512];

	if (program_load(&program, world_types, file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
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

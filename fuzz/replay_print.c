/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay_print.c - what came of a replay, as text or as JSON
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "finding_stack.h"
#include "replay.h"

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
static json_t *common_members(const struct report *report, const char *file,
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
		print_json(common_members(report, file, trace_hash));
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

static void print_as_json(const struct replay_outcome *outcome)
{
	const struct target_result *result = outcome->result;
	struct report report;
	json_t *object;

	report_from_result(result, &report);
	object = common_members(&report, outcome->file, result->trace_hash);
	json_object_update_new(object, json_pack(
		"{s:o, s:s, s:I, s:I, s:I, s:i, s:i, s:b, s:s, s:o, s:o}",
		"state_hash", json_hash(result->state_hash),
		"end", end_name(result->end),
		"steps", (json_int_t)result->steps,
		"events", (json_int_t)result->events,
		"switches", (json_int_t)result->switches,
		"switches_missing", (int)result->nr_missing,
		"runs", (int)outcome->runs, "deterministic", outcome->same,
		"expect", outcome->program->expect,
		"ops", json_results(outcome->program, result),
		"figures", figures_json(outcome->figures)));
	print_json(object);
}

void replay_print_headline(const struct program *program, const char *file)
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

bool replay_as_expected(const struct program *program, const char *identity)
{
	char expected[PROGRAM_MAX_EXPECT];

	program_expectation(program, session.implementation, expected);
	return !strcmp(expected, identity);
}

static void print_expectation(const struct replay_outcome *outcome)
{
	const char *identity = outcome->result->identity;
	char expected[PROGRAM_MAX_EXPECT];

	if (!session.judge || replay_as_expected(outcome->program, identity))
		return;
	program_expectation(outcome->program, session.implementation,
			    expected);
	printf("vtb: expected %s, got %s\n", expected, identity);
}

static void print_as_text(const struct replay_outcome *outcome)
{
	const struct target_result *result = outcome->result;
	struct report report;

	printf("vtb: end: %s after %" PRIu64 " ns, %" PRIu64 " steps, %"
	       PRIu64 " events, %" PRIu64 " switches; %u of %u ops succeeded\n",
	       end_name(result->end), result->time_ns, result->steps,
	       result->events, result->switches, result->nr_ok,
	       outcome->program->nr_calls);
	printf("vtb: trace hash %016" PRIx64 ", state hash %016" PRIx64
	       ", %u runs %s\n", result->trace_hash, result->state_hash,
	       outcome->runs, outcome->same ? "alike" : "THAT DIFFER");
	figures_print(outcome->figures, stdout);
	if (result->nr_missing)
		printf("vtb: %u of the program's switches no longer apply: the "
		       "run does not come there\n", result->nr_missing);
	if (result->undecided)
		printf("vtb: undecided: an oracle went by what the adversary has "
		       "changed\n");
	print_expectation(outcome);
	if (!result->found)
		return;
	printf("vtb: finding %s\n", result->identity);
	finding_stack_print(stdout, &result->finding);
	report_from_result(result, &report);
	report_print(stdout, &report, outcome->file);
}

void replay_print_outcome(const struct replay_outcome *outcome)
{
	if (session.json)
		print_as_json(outcome);
	else
		print_as_text(outcome);
}

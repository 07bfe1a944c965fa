/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary_report.c - tables and the JSON of all hunts
 *
 * A seed is one trial. The survival curve says which share of the trials had
 * found the canary by then; trials that have not been run count as nothing, and
 * the report says that it is incomplete.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "canary.h"

static const unsigned int curve_seconds[] = { 1, 2, 5, 10, 30, 60 };
#define NR_CURVE (sizeof(curve_seconds) / sizeof(curve_seconds[0]))

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* -- from results to JSON -- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median of a member of a sighting over the runs that have it, or null. */
static json_t *median(const json_t *runs, const char *sighting,
		      const char *member)
{
	double *values = calloc(json_array_size(runs) + 1, sizeof(*values));
	const json_t *run, *seen;
	json_t *result;
	size_t i, nr = 0;

	sim_assert(values);
	json_array_foreach(runs, i, run) {
		seen = json_object_get(run, sighting);
		if (json_is_object(seen))
			values[nr++] = json_number_value(
					json_object_get(seen, member));
	}
	qsort(values, nr, sizeof(*values), by_value);
	result = !nr ? json_null() :
		 json_real((values[nr / 2] + values[(nr - 1) / 2]) / 2);
	free(values);
	return result;
}

static size_t count_found(const json_t *runs, double by_seconds)
{
	const json_t *run;
	size_t i, nr = 0;
	double seconds;

	json_array_foreach(runs, i, run) {
		seconds = json_number_value(json_object_get(
				json_object_get(run, "finding"), "seconds"));
		nr += json_is_true(json_object_get(run, "found")) &&
		      seconds <= by_seconds;
	}
	return nr;
}

static size_t count_seen(const json_t *runs, const char *sighting)
{
	const json_t *run;
	size_t i, nr = 0;

	json_array_foreach(runs, i, run)
		nr += json_is_object(json_object_get(run, sighting));
	return nr;
}

static json_t *curve_json(const json_t *runs, uint64_t seconds)
{
	json_t *curve = json_object();
	size_t nr = json_array_size(runs), i;
	char key[16];

	for (i = 0; i < NR_CURVE && nr; i++) {
		if (curve_seconds[i] > seconds)
			break;
		snprintf(key, sizeof(key), "%us", curve_seconds[i]);
		json_object_set_new(curve, key, json_real(
			(double)count_found(runs, curve_seconds[i]) /
			(double)nr));
	}
	return curve;
}

static json_t *runs_of(const json_t *results, const char *name)
{
	json_t *runs = json_array(), *run;
	size_t i;

	json_array_foreach(results, i, run)
		if (!strcmp(text_of(run, "hunt"), name))
			json_array_append(runs, run);
	return runs;
}

/* The smallest of the minimised programs that were found to count. */
static json_t *smallest(const json_t *runs)
{
	json_t *run, *minimised, *best = json_null();
	size_t i;

	json_array_foreach(runs, i, run) {
		minimised = json_object_get(run, "minimised");
		if (!json_is_true(json_object_get(run, "found")))
			continue;
		if (json_is_null(best) || number_of(minimised, "ops") <
					  number_of(best, "ops"))
			best = minimised;
	}
	return json_deep_copy(best);
}

static const char *first_op(const json_t *runs)
{
	const json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
		if (json_is_true(json_object_get(run, "found")))
			return text_of(run, "op");
	return "";
}

static json_t *canary_json(const struct report *report,
			   const struct canary *canary)
{
	json_t *runs = runs_of(report->results, canary->value[CANARY_ID]);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I,"
			 " s:o, s:o, s:o, s:o, s:s, s:o}",
			 "id", canary->value[CANARY_ID],
			 "target", canary->value[CANARY_TARGET],
			 "flavour", canary->value[CANARY_FLAVOUR],
			 "class", canary->value[CANARY_CLASS],
			 "capabilities", canary->value[CANARY_CAPABILITIES],
			 "control", canary_is_control(canary),
			 "seeds", (json_int_t)json_array_size(runs),
			 "reached", (json_int_t)count_seen(runs, "reached"),
			 "triggered", (json_int_t)count_seen(runs, "triggered"),
			 "found", (json_int_t)count_found(runs, 1e9),
			 "median_seconds", median(runs, "finding", "seconds"),
			 "median_execs", median(runs, "finding", "execs"),
			 "survival", curve_json(runs, report->seconds),
			 "minimised", smallest(runs),
			 "op", first_op(runs),
			 "runs", runs);
}

/* Which op the canaries fall to, and how many to each. */
static json_t *ops_json(const json_t *canaries)
{
	json_t *ops = json_object(), *canary;
	const char *op;
	size_t i;

	json_array_foreach(canaries, i, canary) {
		op = text_of(canary, "op");
		if (op[0])
			json_object_set_new(ops, op,
				json_integer(number_of(ops, op) + 1));
	}
	return ops;
}

json_t *report_json(const struct report *report)
{
	json_t *json = json_pack("{s:I, s:I, s:b, s:b}",
		"seconds_per_seed", (json_int_t)report->seconds,
		"seeds", (json_int_t)report->seeds, "clean", report->clean,
		"complete", json_array_size(report->results) == report->planned);
	json_t *canaries = json_array();
	size_t i;

	sim_assert(json);
	if (report->clean) {
		json_decref(canaries);
		json_object_set(json, "runs", report->results);
		return json;
	}
	for (i = 0; i < report->nr; i++)
		json_array_append_new(canaries,
				      canary_json(report, &report->list[i]));
	json_object_set_new(json, "ops", ops_json(canaries));
	json_object_set_new(json, "canaries", canaries);
	return json;
}

/* -- for people -- */

static void print_number(FILE *out, const json_t *value, const char *format,
			 int width)
{
	if (json_is_number(value))
		fprintf(out, format, width, json_number_value(value));
	else
		fprintf(out, " %*s", width, "-");
}

static void print_canary(FILE *out, const json_t *canary)
{
	const json_t *minimised = json_object_get(canary, "minimised");
	const json_t *curve = json_object_get(canary, "survival");
	json_int_t seeds = number_of(canary, "seeds");
	char key[16];
	size_t i;

	fprintf(out, "%-9s %3lld/%-3lld%3lld/%-3lld%3lld/%-3lld",
		text_of(canary, "id"), (long long)number_of(canary, "reached"),
		(long long)seeds, (long long)number_of(canary, "triggered"),
		(long long)seeds, (long long)number_of(canary, "found"),
		(long long)seeds);
	print_number(out, json_object_get(canary, "median_seconds"),
		     " %*.1f", 7);
	print_number(out, json_object_get(canary, "median_execs"), " %*.0f",
		     9);
	for (i = 0; i < NR_CURVE; i++) {
		json_t *share;

		snprintf(key, sizeof(key), "%us", curve_seconds[i]);
		share = json_object_get(curve, key);
		if (json_is_real(share))
			fprintf(out, " %3.0f%%",
				100 * json_number_value(share));
		else
			fprintf(out, "    -");
	}
	print_number(out, json_object_get(minimised, "ops"), " %*.0f", 4);
	print_number(out, json_object_get(minimised, "context_switches"),
		     " %*.0f", 5);
	fprintf(out, "  %s\n", json_is_true(json_object_get(canary, "control")) ?
			       "(control)" : text_of(canary, "op"));
}

/* Everything that was found and is in nobody's list of expected identities. */
static void print_unexpected(FILE *out, const json_t *runs)
{
	const json_t *run, *one;
	size_t i, n;

	json_array_foreach(runs, i, run)
		json_array_foreach(json_object_get(run, "unexpected"), n, one)
			fprintf(out, "unexpected in %s, seed %lld: %s (%s)\n",
				text_of(run, "hunt"),
				(long long)number_of(run, "seed"),
				text_of(one, "identity"), text_of(one, "file"));
}

static void print_shares(FILE *out, const json_t *json)
{
	const json_t *ops = json_object_get(json, "ops");
	json_int_t all = 0, most = 0;
	const char *op, *which = "";
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)ops, op, value) {
		all += json_integer_value(value);
		if (json_integer_value(value) > most) {
			most = json_integer_value(value);
			which = op;
		}
	}
	if (3 * most > all)
		fprintf(out, "%lld of %lld fall to a single op, %s: more than a third\n",
			(long long)most, (long long)all, which);
}

static void print_clean(FILE *out, const json_t *json)
{
	const json_t *run;
	size_t i;

	json_array_foreach(json_object_get(json, "runs"), i, run)
		fprintf(out, "%-28s seed %-3lld %10lld programs %8.0f s  %zu findings\n",
			text_of(run, "hunt"), (long long)number_of(run, "seed"),
			(long long)number_of(json_object_get(run, "end"),
					     "execs"),
			json_number_value(json_object_get(
				json_object_get(run, "end"), "seconds")),
			json_array_size(json_object_get(run, "unexpected")));
	print_unexpected(out, json_object_get(json, "runs"));
}

void report_print(FILE *out, const json_t *json)
{
	const json_t *canaries = json_object_get(json, "canaries"), *canary;
	size_t i;

	if (json_is_true(json_object_get(json, "clean"))) {
		print_clean(out, json);
		return;
	}
	fprintf(out, "\n%-9s %-7s%-7s%-7s %7s %9s  found by %17s  minimised\n"
		"%-9s %-7s%-7s%-7s %7s %9s", "canary", "reached", "trigg.",
		"found", "median", "median", "", "", "", "", "", "s", "execs");
	for (i = 0; i < NR_CURVE; i++)
		fprintf(out, " %3us", curve_seconds[i]);
	fprintf(out, " %4s %5s  op\n", "ops", "switch");
	json_array_foreach(canaries, i, canary)
		print_canary(out, canary);
	json_array_foreach(canaries, i, canary)
		print_unexpected(out, json_object_get(canary, "runs"));
	print_shares(out, json);
	if (!json_is_true(json_object_get(json, "complete")))
		fprintf(out, "incomplete: go on with --resume\n");
}

static int canary_code(const json_t *canary)
{
	json_int_t seeds = number_of(canary, "seeds");
	const json_t *run;
	size_t i;

	if (!json_is_true(json_object_get(canary, "control")))
		return 10 * (seeds - number_of(canary, "found")) > seeds ?
		       VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
	json_array_foreach(json_object_get(canary, "runs"), i, run)
		if (json_array_size(json_object_get(run, "unexpected")))
			return VTB_EXIT_SAFETY;
	return VTB_EXIT_CLEAN;
}

int report_exit_code(const json_t *json)
{
	const json_t *canary, *run;
	int code = VTB_EXIT_CLEAN, one;
	size_t i;

	if (!json_is_true(json_object_get(json, "complete")))
		code = VTB_EXIT_BENCH;
	json_array_foreach(json_object_get(json, "canaries"), i, canary) {
		one = canary_code(canary);
		code = one > code ? one : code;
	}
	json_array_foreach(json_object_get(json, "runs"), i, run)
		if (json_array_size(json_object_get(run, "unexpected")))
			return VTB_EXIT_SAFETY;
	return code;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_sweep.c - `vtb sweep`: every fallible call of a scenario fails in turn
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "outcome.h"

const char help_sweep[] =
"usage: vtb sweep SCENARIO [--implementation I] [--out DIR] [--strict]\n"
"                 [--race] [--json]\n"
"\n"
"Runs a program once for each of its fallible calls (allocations, pins, user\n"
"copies, device accesses), with that one call failing and all oracles on, until\n"
"no call is left. Prints a table of what failed, where, and what came of it.\n"
"Each finding is saved as a program that shows it. The exit code is that of the\n"
"worst finding that the program does not show without a failure; known ones\n"
"(corpus/TARGET/known.txt) do not count. Ctrl-C ends it early.\n"
"\n"
"  --implementation I  see vtb list implementations\n"
"  --out DIR           for findings (default out/sweep-N)\n"
"  --strict            known findings count, too\n"
"  --race              in the race flavour\n"
"  --json              one JSON object\n"
"\n"
"examples:\n"
"  vtb sweep scenarios/iova_bitmap/plain-report.scn\n"
"  vtb sweep scenarios/iova_bitmap/ranges.scn --implementation linux-6.1\n";

struct sweep {
	const char *implementation;
	const char *out;
	bool strict;
	bool race;
	bool json;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int number_of(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

/* Of one point: is it a finding that counts? Marks known ones. */
static int judge_point(const struct sweep *sweep,
		       const struct cli_executable *exe, json_t *point)
{
	char reason[CLI_REASON];

	if (!json_object_get(point, "news"))
		return VTB_EXIT_CLEAN;
	if (!sweep->strict &&
	    cli_is_known(exe, text_of(point, "identity"), reason)) {
		json_object_set_new(point, "known", json_string(reason));
		return VTB_EXIT_CLEAN;
	}
	return number_of(point, "exit");
}

/* "= -12 (ENOMEM)", or what was found. */
static void print_result(const json_t *point)
{
	int result = number_of(point, "result");
	const char *name = result < 0 ? strerrorname_np(-result) : NULL;

	if (number_of(point, "exit"))
		printf("%s%s\n", json_object_get(point, "known") ? "known: " :
		       json_object_get(point, "news") ? "FOUND " : "as without: ",
		       text_of(point, "identity"));
	else
		printf("= %d%s%s%s\n", result, name ? " (" : "",
		       name ? name : "", name ? ")" : "");
}

static void print_point(const json_t *point)
{
	char call[32];

	snprintf(call, sizeof(call), "%s %d%s", text_of(point, "kind"),
		 number_of(point, "nth"),
		 number_of(point, "value") > 1 ? " short" : "");
	printf("%4d  %-18s %-12s %-28s ", number_of(point, "key"),
	       text_of(point, "op"), call,
	       *text_of(point, "caller") ? text_of(point, "caller") : "-");
	print_result(point);
}

static void print_files(const json_t *points)
{
	const json_t *point;
	size_t i;

	json_array_foreach(points, i, point)
		if (json_object_get(point, "file"))
			printf("FOUND %s\nREPRO vtb repro %s\n",
			       text_of(point, "identity"),
			       text_of(point, "file"));
}

static void print_table(const json_t *object)
{
	const json_t *points = json_object_get(object, "points"), *point;
	size_t i;

	printf("  op  %-18s %-12s %-28s result\n", "", "fails", "called by");
	json_array_foreach(points, i, point)
		print_point(point);
	printf("vtb: %s in %s: %zu failures, %d programs run; without any: %s\n",
	       text_of(object, "file"), text_of(object, "implementation"),
	       json_array_size(points), number_of(object, "runs"),
	       text_of(object, "without"));
	if (json_is_true(json_object_get(object, "interrupted")))
		printf("vtb: interrupted: this is not all\n");
	if (json_is_true(json_object_get(object, "cut")))
		printf("vtb: an op makes more calls than are swept\n");
	print_files(points);
}

/* An exit code. */
static int show(const struct sweep *sweep, const struct cli_executable *exe,
		json_t *object)
{
	json_t *point;
	int code = VTB_EXIT_CLEAN, one;
	size_t i;

	json_array_foreach(json_object_get(object, "points"), i, point) {
		one = judge_point(sweep, exe, point);
		if (one > code)
			code = one;
	}
	json_object_set_new(object, "exit", json_integer(code));
	if (!sweep->json) {
		print_table(object);
		return code;
	}
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	return code;
}

/* The folder asked for, else the first out/sweep-N that is not there. */
static void choose_out(const struct sweep *sweep, char out[CLI_PATH])
{
	unsigned int n = 1;

	if (sweep->out) {
		cli_path(out, "%s", sweep->out);
		return;
	}
	do {
		cli_path(out, "out/sweep-%u", n++);
	} while (cli_exists(out));
}

static int sweep_in(const struct sweep *sweep,
		    const struct cli_executable *exe, const char *file)
{
	char out[CLI_PATH];
	const char *const argv[] = {
		exe->path, "--sweep", file, "--out", out, NULL,
	};
	json_t *object = NULL;
	char *text;
	int code;

	choose_out(sweep, out);
	if (cli_make_dirs(out))
		return VTB_EXIT_USAGE;
	cli_be_patient();
	text = cli_capture(&(struct cli_process){ .argv = argv }, &code);
	if (text && code != VTB_EXIT_USAGE)
		object = json_loads(text, 0, NULL);
	free(text);
	rmdir(out);		/* if nothing was found */
	if (!object)
		return code == VTB_EXIT_USAGE ? code : VTB_EXIT_BENCH;
	code = show(sweep, exe, object);
	json_decref(object);
	return code;
}

int cmd_sweep(int argc, char **argv)
{
	struct sweep sweep = { 0 };
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &sweep.implementation },
		{ "--out", CLI_TEXT, &sweep.out },
		{ "--strict", CLI_FLAG, &sweep.strict },
		{ "--race", CLI_FLAG, &sweep.race },
		{ "--json", CLI_FLAG, &sweep.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "sweep", .help = help_sweep, .options = options,
		.min_words = 1, .max_words = 1,
	};
	struct cli_executable *exe;
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	exe = cli_executable_for(sweep.race ? "race" : "asan",
				 arguments.words[0], sweep.implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = sweep_in(&sweep, exe, arguments.words[0]);
	free(exe);
	return code;
}

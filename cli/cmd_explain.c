/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explain.c - `vtb explain`: from when on a finding was inevitable
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "json.h"
#include "options.h"
#include "outcome.h"

const char help_explain[] =
"usage: vtb explain FILE [--implementation I] [--race] [--runs N] [--every N]\n"
"                   [--seed N] [--json]\n"
"\n"
"Says which preemptions a finding needs, and from when on it was inevitable: the\n"
"run repeats up to a step, and all later decisions (who runs, what fails, what\n"
"peers do) are drawn anew, many times from every N-th step on. The curve is the\n"
"share of these runs that still end in the same finding; it is inevitable from\n"
"the first step from which all do. A minimised FILE (`vtb min`) says most.\n"
"\n"
"  --implementation I  default: what FILE records, else own\n"
"  --race              in the race build\n"
"  --runs N            from each step (default 50)\n"
"  --every N           steps between two points (default: 24 points)\n"
"  --seed N            of the new decisions (default 1)\n"
"  --json              one JSON object\n"
"\n"
"Exit codes: 0 explained, 1 usage, or FILE shows no finding, 3 bench error.\n"
"\n"
"examples:\n"
"  vtb explain small.scn\n"
"  vtb explain FILE --runs 100 --every 10\n";

#define BAR	40

static void print_point(const json_t *point, json_int_t inevitable)
{
	json_int_t failed = json_number_of(point, "failed");
	json_int_t runs = json_number_of(point, "runs"), filled, i;
	json_int_t step = json_number_of(point, "step");

	filled = runs ? failed * BAR / runs : 0;
	printf("%10" PRId64 " %4" PRId64 "/%-4" PRId64 " ", (int64_t)step,
	       (int64_t)failed, (int64_t)runs);
	for (i = 0; i < BAR; i++)
		putchar(i < filled ? '#' : '.');
	printf("%s\n", step == inevitable ? "  inevitable from here on" : "");
}

static void print_text(const json_t *explained)
{
	const json_t *at = json_object_get(explained, "inevitable_step");
	const json_t *list = json_object_get(explained, "switches"), *one;
	size_t i;

	printf("vtb: %s in %s\n", json_text_of(explained, "identity"),
	       json_text_of(explained, "implementation"));
	printf("vtb: %zu preemption%s\n", json_array_size(list),
	       json_array_size(list) == 1 ? "" : "s");
	json_array_foreach(list, i, one)
		printf("    %s\n", json_string_value(one));
	printf("vtb: of runs with new decisions from a step on, so many end alike:\n");
	json_array_foreach(json_object_get(explained, "points"), i, one)
		print_point(one, json_is_integer(at) ? json_integer_value(at) :
						       -1);
	if (json_is_integer(at))
		printf("vtb: inevitable from step %" PRId64 " on; the finding "
		       "came at step %" PRId64 "\n",
		       (int64_t)json_integer_value(at),
		       (int64_t)json_number_of(explained, "step"));
	else
		printf("vtb: never inevitable: up to its last step it could "
		       "have been avoided\n");
	if (json_is_true(json_object_get(explained, "interrupted")))
		printf("vtb: interrupted: this is not all\n");
}

json_t *cli_explain(const char *exe, const char *file,
		    const struct cli_explain_options *options, int *code)
{
	char runs[24], every[24], seed[24];
	const char *const argv[] = {
		exe, "--explain", file, "--runs", runs, "--every", every,
		"--seed", seed, NULL,
	};
	json_t *explained = NULL;
	char *text;

	snprintf(runs, sizeof(runs), "%" PRIu64, options->runs);
	snprintf(every, sizeof(every), "%" PRIu64, options->every);
	snprintf(seed, sizeof(seed), "%" PRIu64, options->seed);
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = options->quiet ? "/dev/null" : NULL,
	}, code);
	if (text && !*code)
		explained = json_loads(text, 0, NULL);
	free(text);
	return explained;
}

static int explain_file(const char *preset, const char *file,
			const char *implementation,
			const struct cli_explain_options *options, bool json)
{
	struct cli_executable *exe = cli_executable_for(preset, file,
							implementation);
	json_t *explained;
	int code;

	if (!exe)
		return VTB_EXIT_USAGE;
	cli_be_patient();
	explained = cli_explain(exe->path, file, options, &code);
	free(exe);
	if (!explained)
		return code == VTB_EXIT_USAGE ? code : VTB_EXIT_BENCH;
	if (json) {
		json_dumpf(explained, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
	} else {
		print_text(explained);
	}
	json_decref(explained);
	return VTB_EXIT_CLEAN;
}

int cmd_explain(int argc, char **argv)
{
	struct cli_explain_options options = { .runs = 50, .seed = 1 };
	const char *implementation = NULL;
	bool race = false, json = false;
	const struct cli_option table[] = {
		{ "--implementation", CLI_TEXT, &implementation },
		{ "--race", CLI_FLAG, &race },
		{ "--runs", CLI_NUMBER, &options.runs },
		{ "--every", CLI_NUMBER, &options.every },
		{ "--seed", CLI_NUMBER, &options.seed },
		{ "--json", CLI_FLAG, &json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "explain", .help = help_explain, .options = table,
		.min_words = 1, .max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	if (!options.runs || options.runs > 100000) {
		fprintf(stderr, "vtb: explain: --runs must be in 1..100000\n");
		return VTB_EXIT_USAGE;
	}
	return explain_file(race ? "race" : "asan", arguments.words[0],
			    implementation, &options, json);
}

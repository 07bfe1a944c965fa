/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_fetches.c - `vtb fetches`: every read of memory that others may write
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli.h"
#include "fetch_lines.h"
#include "options.h"
#include "output.h"

const char help_fetches[] =
"usage: vtb fetches TARGET [PROGRAM...] [--implementation I]\n"
"                   [--time T | --runs N] [--seed N] [--flavour race|asan]\n"
"                   [--O0] [--out DIR] [--json]\n"
"\n"
"Runs programs with an adversary who changes memory between two fetches of it,\n"
"and lists every place in the code under test that reads memory somebody else\n"
"may write: how often it was reached, how often it was the second fetch of the\n"
"same bytes, and how often that did harm. Calls of user-copy functions that no\n"
"program has reached come first. Programs are the given ones (default: those in\n"
"scenarios/TARGET and corpus/TARGET), then changed and random ones.\n"
"\n"
"  --implementation I  see vtb list implementations (default: own)\n"
"  --time T            end after that time (default: 60s)\n"
"  --runs N            end after so many programs\n"
"  --seed N            of changed and random programs (default: 1)\n"
"  --flavour F         race sees loads and user copies (default), asan only user\n"
"                      copies\n"
"  --O0                race, and the code under test is not optimised: a compiler\n"
"                      may make one load of two that the source has\n"
"  --out DIR           where findings go (default: out/fetches)\n"
"  --json              one JSON object\n"
"\n"
"examples:\n"
"  vtb fetches iova_bitmap --time 60s\n"
"  vtb fetches iova_bitmap --implementation linux-6.12 --O0\n";

struct fetches {
	const char *target;
	const char *implementation;
	const char *flavour;
	const char *out;
	uint64_t seconds;
	uint64_t runs;
	uint64_t seed;
	bool no_optimising;
	bool json;
};

static int usage(const char *format, const char *word)
{
	fprintf(stderr, "vtb: fetches: ");
	fprintf(stderr, format, word);
	fprintf(stderr, ", see vtb fetches --help\n");
	return VTB_EXIT_USAGE;
}

static int check(struct fetches *f)
{
	if (strcmp(f->flavour, "race") && strcmp(f->flavour, "asan"))
		return usage("--flavour is race or asan, not '%s'", f->flavour);
	if (f->no_optimising && strcmp(f->flavour, "race"))
		return usage("--O0 is of flavour %s", "race");
	if (f->runs && f->seconds)
		return usage("either --runs or %s", "--time");
	if (f->no_optimising)
		f->flavour = "race-O0";
	if (!f->runs && !f->seconds)
		f->seconds = 60;
	return VTB_EXIT_CLEAN;
}

static bool find_executable(const struct fetches *f,
			    struct cli_executable *found)
{
	struct cli_executable *list;
	size_t nr = cli_executables(f->flavour, &list), i;
	bool is_there = false;

	for (i = 0; i < nr && !is_there; i++) {
		if (strcmp(list[i].target, f->target) ||
		    strcmp(list[i].implementation, f->implementation))
			continue;
		*found = list[i];
		is_there = true;
	}
	if (!nr) {
		fprintf(stderr, "vtb: fetches: flavour %s is not built\n",
			f->flavour);
	} else if (!is_there) {
		fprintf(stderr, "vtb: fetches: no target '%s' in implementation "
			"'%s'", f->target, f->implementation);
		cli_suggest_target(f->flavour, f->target);
		fprintf(stderr, ", see vtb list\n");
	}
	free(list);
	return is_there;
}

/* -- the table --------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_place(const json_t *place)
{
	printf("%s", text_of(place, "function"));
	if (json_object_get(place, "file"))
		printf(" (%s:%" PRId64 ")", text_of(place, "file"),
		       (int64_t)number_of(place, "line"));
}

static void print_powers(const json_t *site)
{
	char text[64] = "";
	const json_t *power;
	size_t i;

	json_array_foreach(json_object_get(site, "powers"), i, power)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", i ? "," : "", json_string_value(power));
	printf("%-12s ", *text ? text : "-");
}

static void print_site(const json_t *site)
{
	const json_t *first = json_object_get(site, "first");

	printf("%9" PRId64 " %8" PRId64 " %8" PRId64 "  %-5s ",
	       (int64_t)number_of(site, "reached"),
	       (int64_t)number_of(site, "second"),
	       (int64_t)number_of(site, "harmful"), text_of(site, "kind"));
	print_powers(site);
	print_place(site);
	if (first) {
		printf(", before: ");
		print_place(first);
	}
	printf("\n");
}

/* Those that are reached, or those that are not. */
static size_t print_sites(const json_t *sites, bool reached)
{
	const json_t *site;
	size_t i, nr = 0;

	json_array_foreach(sites, i, site) {
		if (!number_of(site, "reached") == reached)
			continue;
		if (!nr++ && !reached)
			printf("NEVER REACHED:\n");
		print_site(site);
	}
	return nr;
}

static void print_table(const json_t *object)
{
	const json_t *sites = json_object_get(object, "sites");
	size_t missed, reached;

	printf("  reached   second  harmful  kind  who may write place\n");
	missed = print_sites(sites, false);
	if (missed)
		printf("REACHED:\n");
	reached = print_sites(sites, true);
	printf("vtb: %s in %s: %zu places reached, %zu user copies never; %" PRId64
	       " programs, %" PRId64 " findings\n", text_of(object, "target"),
	       text_of(object, "implementation"), reached, missed,
	       (int64_t)number_of(object, "programs"),
	       (int64_t)number_of(object, "findings"));
	if (number_of(object, "loads"))
		printf("vtb: of %" PRId64 " loads in the code, %" PRId64
		       " have not read what others can reach: they never ran, or "
		       "read nothing of the kind\n",
		       (int64_t)number_of(object, "loads"),
		       (int64_t)(number_of(object, "loads") -
				 number_of(object, "loads_shared")));
	else
		printf("vtb: this flavour does not see loads, only user copies\n");
	if (json_is_true(json_object_get(object, "interrupted")))
		printf("vtb: interrupted: this is not all\n");
}

static int show(const struct fetches *f, const struct cli_executable *exe,
		json_t *object)
{
	fetch_lines_add(exe->path, json_object_get(object, "sites"));
	/* For `vtb report`; what it says is printed all the same. */
	output_append_json(f->out, "fetches.jsonl", object);
	if (f->json) {
		json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
	} else {
		print_table(object);
	}
	return (int)number_of(object, "exit");
}

/* -- running ------------------------------------------------------------------ */

/* NULL-terminated; for free(), as are texts[]. */
static const char **make_command(const struct fetches *f,
				 const struct cli_executable *exe,
				 char **files, size_t nr, char texts[2][24])
{
	const char **argv = calloc(nr + 10, sizeof(*argv));
	size_t n = 0, i;

	sim_assert(argv);
	snprintf(texts[0], sizeof(texts[0]), "%" PRIu64,
		 f->runs ? f->runs : f->seconds);
	snprintf(texts[1], sizeof(texts[1]), "%" PRIu64, f->seed);
	argv[n++] = exe->path;
	argv[n++] = "--fetches";
	argv[n++] = "--out";
	argv[n++] = f->out;
	argv[n++] = f->runs ? "--runs" : "--time";
	argv[n++] = texts[0];
	argv[n++] = "--seed";
	argv[n++] = texts[1];
	for (i = 0; i < nr; i++)
		argv[n++] = files[i];
	return argv;
}

/* What a target's folders have besides programs is left out. */
static size_t only_programs(char **files, size_t nr)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++) {
		const char *dot = strrchr(files[i], '.');

		if (dot && (!strcmp(dot, ".scn") || !strcmp(dot, ".vtb")))
			files[kept++] = files[i];
		else
			free(files[i]);
	}
	return kept;
}

static int run_with(const struct fetches *f, const struct cli_executable *exe,
		    char **files, size_t nr)
{
	char texts[2][24];
	const char **argv = make_command(f, exe, files, nr, texts);
	json_t *object = NULL;
	char *text;
	int code;

	if (cli_make_dirs(f->out)) {
		free(argv);
		return VTB_EXIT_USAGE;
	}
	cli_be_patient();
	text = cli_capture(&(struct cli_process){ .argv = argv }, &code);
	if (text && code != VTB_EXIT_USAGE)
		object = json_loads(text, 0, NULL);
	free(text);
	free(argv);
	if (!object)
		return code == VTB_EXIT_USAGE ? code : VTB_EXIT_BENCH;
	code = show(f, exe, object);
	json_decref(object);
	return code;
}

static int run(const struct fetches *f, char **words, int nr_words)
{
	char scenarios[CLI_PATH], corpus[CLI_PATH];
	const char *inputs[3] = { NULL }, **given;
	struct cli_executable exe;
	size_t nr, n = 0;
	char **files;
	int code, i;

	if (!find_executable(f, &exe))
		return VTB_EXIT_USAGE;
	cli_path(scenarios, "%s/scenarios/%s", cli_root(), f->target);
	cli_path(corpus, "%s/corpus/%s", cli_root(), f->target);
	if (cli_exists(scenarios))
		inputs[n++] = scenarios;
	if (cli_exists(corpus))
		inputs[n++] = corpus;
	given = calloc((size_t)nr_words + 1, sizeof(*given));
	sim_assert(given);
	for (i = 0; i < nr_words; i++)
		given[i] = words[i];
	nr = cli_cover_inputs(nr_words ? given : inputs, &files);
	free(given);
	if (!nr_words)
		nr = only_programs(files, nr);
	code = run_with(f, &exe, files, nr);
	cli_free_names(files, nr);
	return code;
}

int cmd_fetches(int argc, char **argv)
{
	struct fetches f = {
		.implementation = "own", .flavour = "race",
		.out = "out/fetches", .seed = 1,
	};
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &f.implementation },
		{ "--flavour", CLI_TEXT, &f.flavour },
		{ "--O0", CLI_FLAG, &f.no_optimising },
		{ "--out", CLI_TEXT, &f.out },
		{ "--time", CLI_TIME, &f.seconds },
		{ "--runs", CLI_NUMBER, &f.runs },
		{ "--seed", CLI_NUMBER, &f.seed },
		{ "--json", CLI_FLAG, &f.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "fetches", .help = help_fetches, .options = options,
		.min_words = 1, .max_words = 10000,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	f.target = arguments.words[0];
	code = check(&f);
	return code ? code : run(&f, arguments.words + 1,
				 arguments.nr_words - 1);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explore.c - `vtb explore`: a program under many schedules
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mutants.h"
#include "options.h"
#include "outcome.h"

const char help_explore[] =
"usage: vtb explore SCENARIO [--strategy S] [--depth D] [--bound B]\n"
"                   [--preempt N] [--no-reduction] [--memory M]\n"
"                   [--mutate FUNCTION:KIND:N]\n"
"                   [--runs N | --time T]\n"
"                   [--implementation I] [--flavour race|asan] [--seed N]\n"
"                   [--races MODE] [--all] [--out DIR] [--json]\n"
"       vtb explore --list-mutants SCENARIO | TARGET [--json]\n"
"\n"
"Runs a program again and again, each time with another schedule. What an\n"
"oracle finds is saved in DIR with the fewest context switches; a search that\n"
"finds nothing says what was tried and what that is worth.\n"
"\n"
"  --strategy S    mix      another of the following each time (default)\n"
"                  random   switches with 1/N at each point (--preempt N)\n"
"                  pct      random priorities, changed D-1 times (--depth D)\n"
"                  bytes    random bytes, as a fuzzer makes them\n"
"                  bounded  all schedules with at most B preemptions (--bound B)\n"
"                  replay   the schedule in the program, once\n"
"  --depth D       of pct, 1 to 16 (default 3)\n"
"  --bound B       of bounded, 0 to 16 (default 2)\n"
"  --preempt N     of random (default 10)\n"
"  --no-reduction  bounded: also what only reorders accesses that do not\n"
"                  conflict\n"
"  --memory M      sc: a store is seen at once; tso: later, as on x86; weak:\n"
"                  later in any order, and loads of older values (default: as\n"
"                  the program says; mix draws it for each run)\n"
"  --mutate M      a bug: ignore that barrier, lock, READ_ONCE() ... of the code\n"
"                  under test (--list-mutants: which there are)\n"
"  --runs N        end after so many schedules\n"
"  --time T        end after that time, e.g. 60s (default: 60s; bounded: when\n"
"                  done)\n"
"  --flavour F     race has a preemption point at every shared access\n"
"                  (default), asan only where the kernel marks one\n"
"  --races MODE    what is a data race: kcsan (default), strict, off; see\n"
"                  docs/races.md\n"
"  --seed N        of the search (default 1)\n"
"  --all           go on after the first finding\n"
"  --out DIR       where findings go (default: out/explore)\n"
"\n"
"examples:\n"
"  vtb explore scenarios/iova_bitmap/concurrent-dma.scn --time 10s\n"
"  vtb explore my.scn --strategy pct --depth 3 --runs 100000\n"
"  vtb explore my.scn --strategy bounded --bound 2\n"
"  vtb explore my.scn --memory weak --mutate ring_put:barrier:1\n";

struct explore {
	const char *strategy;
	const char *implementation;
	const char *flavour;
	const char *races;
	const char *memory;
	const char *mutant;
	const char *out;
	uint64_t depth;
	uint64_t bound;
	uint64_t preempt;
	uint64_t runs;
	uint64_t seconds;
	uint64_t seed;
	bool no_reduction;
	bool all;
	bool list_mutants;
	bool json;
};

static int usage(const char *what)
{
	fprintf(stderr, "vtb: explore: %s, see vtb explore --help\n", what);
	return VTB_EXIT_USAGE;
}

/* An option that belongs to another strategy is a misunderstanding. */
static int check(const struct explore *e)
{
	if (strcmp(e->flavour, "race") && strcmp(e->flavour, "asan"))
		return usage("--flavour is race or asan");
	if (!cli_set_races(e->races))
		return usage("--races is kcsan, strict or off");
	if (e->depth && strcmp(e->strategy, "pct"))
		return usage("--depth is for --strategy pct");
	if (e->bound != UINT64_MAX && strcmp(e->strategy, "bounded"))
		return usage("--bound is for --strategy bounded");
	if (e->no_reduction && strcmp(e->strategy, "bounded"))
		return usage("--no-reduction is for --strategy bounded");
	if (e->preempt && strcmp(e->strategy, "random"))
		return usage("--preempt is for --strategy random");
	if (e->memory && strcmp(e->memory, "sc") && strcmp(e->memory, "tso") &&
	    strcmp(e->memory, "weak"))
		return usage("--memory is sc, tso or weak");
	if (e->memory && strcmp(e->memory, "sc") && strcmp(e->flavour, "race"))
		return usage("--memory needs --flavour race");
	if (e->memory && strcmp(e->memory, "sc") &&
	    !strcmp(e->strategy, "bounded"))
		return usage("--strategy bounded is for --memory sc");
	if (e->runs && e->seconds)
		return usage("either --runs or --time");
	return VTB_EXIT_CLEAN;
}

static void fill_defaults(struct explore *e)
{
	if (!e->depth)
		e->depth = 3;
	if (e->bound == UINT64_MAX)
		e->bound = 2;
	if (!e->preempt)
		e->preempt = 10;
	if (!e->runs && !e->seconds && strcmp(e->strategy, "bounded"))
		e->seconds = 60;
}

struct command {
	const char *argv[40];
	size_t n;
	char text[8][24];
	size_t nr_text;
};

static void add(struct command *c, const char *flag, const char *value)
{
	c->argv[c->n++] = flag;
	if (value)
		c->argv[c->n++] = value;
}

static void add_number(struct command *c, const char *flag, uint64_t value)
{
	char *text = c->text[c->nr_text++];

	snprintf(text, sizeof(c->text[0]), "%" PRIu64, value);
	add(c, flag, text);
}

static int explore_file(const struct explore *e, const char *file)
{
	struct cli_executable *exe;
	struct command c = { .n = 0 };
	int code;

	exe = cli_executable_for(e->flavour, file, e->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	add(&c, exe->path, NULL);
	add(&c, "--explore", file);
	add(&c, "--strategy", e->strategy);
	add(&c, "--out", e->out);
	add_number(&c, "--depth", e->depth);
	add_number(&c, "--bound", e->bound);
	add_number(&c, "--preempt", e->preempt);
	add_number(&c, "--runs", e->runs);
	add_number(&c, "--time", e->seconds);
	add_number(&c, "--seed", e->seed);
	if (e->mutant)
		add(&c, "--mutate", e->mutant);
	if (e->memory)
		add(&c, "--memory", e->memory);
	if (e->no_reduction)
		add(&c, "--no-reduction", NULL);
	if (e->all)
		add(&c, "--all", NULL);
	if (e->json)
		add(&c, "--json", NULL);
	code = cli_make_dirs(e->out) ? VTB_EXIT_BENCH :
		cli_run_patiently(&(struct cli_process){ .argv = c.argv });
	free(exe);
	return code;
}

static int list_mutants(const struct explore *e, const char *word)
{
	struct cli_executable *exe;
	int code;

	exe = mutants_executable(e->flavour, word, e->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = mutants_list(exe, e->json);
	free(exe);
	return code;
}

int cmd_explore(int argc, char **argv)
{
	struct explore e = {
		.strategy = "mix", .flavour = "race", .out = "out/explore",
		.bound = UINT64_MAX, .seed = 1,
	};
	const struct cli_option options[] = {
		{ "--strategy", CLI_TEXT, &e.strategy },
		{ "--implementation", CLI_TEXT, &e.implementation },
		{ "--flavour", CLI_TEXT, &e.flavour },
		{ "--races", CLI_TEXT, &e.races },
		{ "--out", CLI_TEXT, &e.out },
		{ "--memory", CLI_TEXT, &e.memory },
		{ "--mutate", CLI_TEXT, &e.mutant },
		{ "--list-mutants", CLI_FLAG, &e.list_mutants },
		{ "--depth", CLI_NUMBER, &e.depth },
		{ "--bound", CLI_NUMBER, &e.bound },
		{ "--preempt", CLI_NUMBER, &e.preempt },
		{ "--runs", CLI_NUMBER, &e.runs },
		{ "--time", CLI_TIME, &e.seconds },
		{ "--seed", CLI_NUMBER, &e.seed },
		{ "--no-reduction", CLI_FLAG, &e.no_reduction },
		{ "--all", CLI_FLAG, &e.all },
		{ "--json", CLI_FLAG, &e.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "explore", .help = help_explore, .options = options,
		.min_words = 1, .max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	code = check(&e);
	if (code)
		return code;
	if (e.list_mutants)
		return list_mutants(&e, arguments.words[0]);
	fill_defaults(&e);
	return explore_file(&e, arguments.words[0]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the verbs of `vtb`
 */
#include <string.h>

#include "cli.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{ "list", cmd_list, "targets, implementations, scenarios, ops" },
	{ "run", cmd_run, "run scenarios, compare with what they expect" },
	{ "fuzz", cmd_fuzz, "fuzz one target" },
	{ "campaign", cmd_campaign, "fuzz everything: findings and coverage" },
	{ "new", cmd_new, "files of a new component, target, ..." },
	{ "repro", cmd_repro, "replay a program or a finding, and explain it" },
	{ "min", cmd_min, "the smallest program with the same finding" },
	{ "explore", cmd_explore, "search for a schedule with a finding" },
	{ "fetches", cmd_fetches, "every read of memory that others may write" },
	{ "canaries", cmd_canaries, "hunt planted historical bugs" },
	{ "sweep", cmd_sweep, "fail every fallible call in turn" },
	{ "selfcheck", cmd_selfcheck, "run programs twice and compare" },
	{ "cover", cmd_cover, "coverage of corpora and scenarios" },
	{ "bench", cmd_bench, "benchmarks, as ratios" },
	{ "doctor", cmd_doctor, "what is missing, and how to get it" },
	{ "test", cmd_test, "the project's own tests" },
};

const char *__asan_default_options(void);

/* Exit codes are ours; and a tool that is about to end frees nothing. */
const char *__asan_default_options(void)
{
	return "exitcode=3:detect_leaks=0";
}

#define NR_VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void print_usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: vtb VERB [ARGUMENT...]\n\n");
	for (i = 0; i < NR_VERBS; i++)
		fprintf(out, "  %-10s  %s\n", verbs[i].name, verbs[i].help);
	fprintf(out,
		"\nvtb VERB --help tells more, with examples.\n"
		"Exit codes: 0 clean, 1 usage, 3 bench error, 4 safety finding, 5 liveness\n"
		"finding, 6 nondeterminism; the worst wins.\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_usage(stderr);
		return VTB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return VTB_EXIT_CLEAN;
	}
	for (i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 2, argv + 2);
	fprintf(stderr, "vtb: unknown verb '%s', see vtb --help\n", argv[1]);
	return VTB_EXIT_USAGE;
}

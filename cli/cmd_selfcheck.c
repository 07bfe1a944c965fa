/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_selfcheck.c - `vtb selfcheck`: are runs functions of their programs?
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"
#include "options.h"

const char help_selfcheck[] =
"usage: vtb selfcheck [--runs N] [--seed S] [--only T,..]\n"
"                     [--implementation I,..] [--race] [--json]\n"
"\n"
"Runs N random programs twice in every implementation, and compares traces,\n"
"results, final states, and the state after each reset. Exit code 6 if any two\n"
"differ.\n"
"\n"
"  --runs N   programs per implementation (default 1000)\n"
"  --seed S   which ones (default 1)\n"
"  --race     in the race flavour\n"
"\n"
"examples:\n"
"  vtb selfcheck\n"
"  vtb selfcheck --runs 10000 --implementation linux-6.1\n";

struct selfcheck {
	uint64_t runs;
	uint64_t seed;
	const char *only;
	const char *implementation;
	bool race;
	bool json;
};

static int check_one(const struct selfcheck *check, const char *exe)
{
	char runs[24], seed[24];
	const char *const argv[] = {
		exe, "--selfcheck", runs, "--seed", seed,
		check->json ? "--json" : NULL, NULL,
	};

	snprintf(runs, sizeof(runs), "%" PRIu64, check->runs);
	snprintf(seed, sizeof(seed), "%" PRIu64, check->seed);
	return cli_run(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	});
}

static int check_all(const struct selfcheck *check)
{
	struct cli_executable *list;
	size_t nr, i, used = 0;
	int code = VTB_EXIT_CLEAN, one;

	nr = cli_executables(check->race ? "race" : "asan", &list);
	for (i = 0; i < nr; i++) {
		if (!cli_in_list(check->only, list[i].target) ||
		    !cli_in_list(check->implementation, list[i].implementation))
			continue;
		used++;
		one = check_one(check, list[i].path);
		if (one > code)
			code = one;
	}
	free(list);
	if (used)
		return code;
	fprintf(stderr, "vtb: nothing to check: no such target or implementation");
	if (check->only)
		cli_suggest_target(check->race ? "race" : "asan", check->only);
	fprintf(stderr, ", see vtb list\n");
	return VTB_EXIT_USAGE;
}

int cmd_selfcheck(int argc, char **argv)
{
	struct selfcheck check = { .runs = 1000, .seed = 1 };
	const struct cli_option options[] = {
		{ "--runs", CLI_NUMBER, &check.runs },
		{ "--seed", CLI_NUMBER, &check.seed },
		{ "--only", CLI_TEXT, &check.only },
		{ "--implementation", CLI_TEXT, &check.implementation },
		{ "--race", CLI_FLAG, &check.race },
		{ "--json", CLI_FLAG, &check.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "selfcheck", .help = help_selfcheck, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);

	return code >= 0 ? code : check_all(&check);
}

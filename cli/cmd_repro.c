/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_repro.c - `vtb repro`: replay a program, twice, and explain
 */
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "outcome.h"

static const char help[] =
"usage: vtb repro FILE... [--implementation I] [--trace] [--json]\n"
"                 [--race]\n"
"\n"
"Runs a program file (a finding, a corpus file, a scenario) in the\n"
"implementation that found it and prints what happened: ops with their\n"
"results, decisions, kernel log, and the finding. Then runs it again and\n"
"compares. The exit code is that of the finding, 0 if there is none, 6 if the\n"
"two runs differ.\n"
"\n"
"  --implementation I  run it in another one, see vtb list implementations\n"
"  --trace             every trace record, not only ops and decisions\n"
"  --race              in the race flavour (hooks at every shared access)\n"
"  --json              one JSON object per file\n"
"  --c                 writes it as C for a real kernel instead, to stdout or to\n"
"                      OUT, if all its ops are system calls: vtb repro FILE --c OUT\n"
"\n"
"examples:\n"
"  vtb repro out/campaign-1/findings/iova_bitmap/linux-6.1/*.vtb\n"
"  vtb repro scenarios/iova_bitmap/basic.scn --implementation linux-6.12\n";

struct repro {
	const char *implementation;
	bool trace;
	bool race;
	bool json;
	bool c;
};

/* The run for people; its report goes straight to the terminal. */
static int show_run(const struct repro *repro, const char *exe,
		    const char *file)
{
	const char *const argv[] = {
		exe, "--replay", file, repro->trace ? "--trace" : NULL, NULL,
	};

	return cli_run(&(struct cli_process){ .argv = argv });
}

static void print_json(const char *text, const struct cli_outcome *outcome)
{
	size_t n = strcspn(text, "\n");

	/* Reports of runs that died cannot say it themselves. */
	if (outcome->died)
		printf("%.*s,\"deterministic\":%s}\n", (int)(n ? n - 1 : 0),
		       text, outcome->deterministic ? "true" : "false");
	else
		printf("%.*s\n", (int)n, text);
}

static int repro_file(const struct repro *repro, const char *file)
{
	struct cli_executable *exe;
	struct cli_outcome outcome;
	char *json = NULL;
	int code;

	exe = cli_executable_for(repro->race ? "race" : "asan", file,
				 repro->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = cli_replay(exe->path, file, &outcome, &json);
	if (!code && outcome.died && outcome.deterministic && !repro->json)
		printf("vtb: two processes ended alike, trace hash %s\n",
		       outcome.trace_hash);
	if (!code && repro->json)
		print_json(json, &outcome);
	else if (!code)
		code = show_run(repro, exe->path, file);
	if (!code || code == outcome.exit_code)
		code = outcome.exit_code;
	else if (json)
		outcome.deterministic = false;
	if (json && !outcome.deterministic) {
		fprintf(stderr, "vtb: %s: two runs differ: %s\n", file,
			outcome.identity);
		code = VTB_EXIT_NONDETERMINISM;
	}
	free(json);
	free(exe);
	return code;
}

int cmd_repro(int argc, char **argv)
{
	struct repro repro = { 0 };
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &repro.implementation },
		{ "--trace", CLI_FLAG, &repro.trace },
		{ "--race", CLI_FLAG, &repro.race },
		{ "--json", CLI_FLAG, &repro.json },
		{ "--c", CLI_FLAG, &repro.c },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "repro", .help = help, .options = options,
		.min_words = 1, .max_words = 10000,
	};
	int code = cli_parse(&arguments, argc, argv), i, one;

	if (code >= 0)
		return code;
	if (repro.c)
		return cli_repro_c(repro.implementation, arguments.words,
				   arguments.nr_words);
	code = VTB_EXIT_CLEAN;
	for (i = 0; i < arguments.nr_words; i++) {
		one = repro_file(&repro, arguments.words[i]);
		if (one > code)
			code = one;
	}
	return code;
}

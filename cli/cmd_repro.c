/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_repro.c - `vtb repro`: replay a program, twice, and explain
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "repro_gdb.h"

const char help_repro[] =
"usage: vtb repro FILE... [--implementation I] [--runs N] [--trace OUT.json]\n"
"                 [--records] [--gdb [--batch] [--commands F]] [--race] [--json]\n"
"                 [--races MODE]\n"
"\n"
"Runs a program file (a finding, a corpus file, a scenario) in the\n"
"implementation that found it and prints what happened: ops with their\n"
"results, decisions, kernel log, and the finding with its stacks. Then runs it\n"
"again and compares. The exit code is that of the finding, 0 if there is none,\n"
"6 if the two runs differ.\n"
"\n"
"  --implementation I  run it in another one, see vtb list implementations\n"
"  --runs N            run it N times instead of two, and compare all\n"
"  --trace OUT.json    write the run for Perfetto (ui.perfetto.dev) or\n"
"                      chrome://tracing, one track per actor\n"
"  --records           every trace record, not only ops and decisions\n"
"  --gdb               in gdb, stopped where the finding is raised\n"
"  --batch             with --gdb: print the backtrace and end\n"
"  --commands F        with --gdb: commands in file F instead\n"
"  --race              in the race flavour (hooks at every shared access)\n"
"  --races MODE        what is a data race: kcsan (default), strict, off\n"
"  --json              one JSON object per file\n"
"  --c                 writes it as C for a real kernel instead, to stdout or to\n"
"                      OUT, if all its ops are system calls: vtb repro FILE --c OUT\n"
"\n"
"examples:\n"
"  vtb repro out/campaign-1/findings/iova_bitmap/linux-6.1/*.vtb\n"
"  vtb repro crash.vtb --runs 100\n"
"  vtb repro crash.vtb --gdb\n"
"  vtb repro scenarios/iova_bitmap/plain-report.scn --trace run.json\n";

struct repro {
	const char *implementation;
	const char *trace;
	const char *commands;
	const char *races;
	uint64_t runs;
	bool records;
	bool gdb;
	bool batch;
	bool race;
	bool json;
	bool c;
};

/* The run for people; its report goes straight to the terminal. */
static int show_run(const struct repro *repro, const char *exe,
		    const char *file)
{
	const char *argv[8];
	size_t n = 0;

	argv[n++] = exe;
	argv[n++] = "--replay";
	argv[n++] = file;
	if (repro->records)
		argv[n++] = "--records";
	if (repro->trace) {
		argv[n++] = "--trace";
		argv[n++] = repro->trace;
	}
	argv[n] = NULL;
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

/* Two runs are known, here come the others. An exit code: 0 if all are alike. */
static int prove(const struct repro *repro, const char *exe, const char *file)
{
	char runs[24];
	const char *const argv[] = {
		exe, "--prove", file, "--runs", runs, NULL,
	};

	if (repro->runs <= 2 || repro->json)
		return VTB_EXIT_CLEAN;
	snprintf(runs, sizeof(runs), "%" PRIu64, repro->runs);
	return cli_run(&(struct cli_process){ .argv = argv });
}

static int show(const struct repro *repro, const char *exe, const char *file,
		struct cli_outcome *outcome)
{
	int code;

	if (outcome->died && outcome->deterministic)
		printf("vtb: two processes ended alike, trace hash %s\n",
		       outcome->trace_hash);
	code = show_run(repro, exe, file);
	if (code == VTB_EXIT_USAGE)
		return code;
	outcome->deterministic &= code == outcome->exit_code;
	outcome->deterministic &= !prove(repro, exe, file);
	return outcome->exit_code;
}

static int repro_in(const struct repro *repro, const char *exe,
		    const char *file)
{
	const struct repro_gdb gdb = {
		.exe = exe, .file = file, .batch = repro->batch,
		.commands = repro->commands,
	};
	struct cli_outcome outcome;
	char *json;
	int code;

	code = cli_replay(exe, file, &outcome, &json);
	if (code)
		return code;
	code = outcome.exit_code;
	if (repro->json)
		print_json(json, &outcome);
	else if (repro->gdb)
		code = repro_gdb(&gdb, &outcome);
	else
		code = show(repro, exe, file, &outcome);
	free(json);
	if (outcome.deterministic)
		return code;
	fprintf(stderr, "vtb: %s: two runs differ: %s\n", file,
		outcome.identity);
	return VTB_EXIT_NONDETERMINISM;
}

static int repro_file(const struct repro *repro, const char *file)
{
	struct cli_executable *exe;
	int code;

	exe = cli_executable_for(repro->race ? "race" : "asan", file,
				 repro->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = repro_in(repro, exe->path, file);
	free(exe);
	return code;
}

/* What does not go together. */
static int check(const struct repro *repro, int nr_files)
{
	const char *what = NULL;

	if (nr_files > 1 && (repro->trace || repro->gdb))
		what = "--trace and --gdb take one FILE";
	else if (!cli_set_races(repro->races))
		what = "--races is kcsan, strict or off";
	else if (!repro->gdb && (repro->batch || repro->commands))
		what = "--batch and --commands go with --gdb";
	else if (repro->json && (repro->gdb || repro->trace || repro->runs))
		what = "--json goes with none of --gdb, --trace and --runs";
	if (!what)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: repro: %s\n", what);
	return VTB_EXIT_USAGE;
}

int cmd_repro(int argc, char **argv)
{
	struct repro repro = { 0 };
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &repro.implementation },
		{ "--runs", CLI_NUMBER, &repro.runs },
		{ "--trace", CLI_TEXT, &repro.trace },
		{ "--records", CLI_FLAG, &repro.records },
		{ "--gdb", CLI_FLAG, &repro.gdb },
		{ "--batch", CLI_FLAG, &repro.batch },
		{ "--commands", CLI_TEXT, &repro.commands },
		{ "--race", CLI_FLAG, &repro.race },
		{ "--races", CLI_TEXT, &repro.races },
		{ "--json", CLI_FLAG, &repro.json },
		{ "--c", CLI_FLAG, &repro.c },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "repro", .help = help_repro, .options = options,
		.min_words = 1, .max_words = 10000,
	};
	int code = cli_parse(&arguments, argc, argv), i, one;

	if (code >= 0)
		return code;
	if (repro.c)
		return cli_repro_c(repro.implementation, arguments.words,
				   arguments.nr_words);
	code = check(&repro, arguments.nr_words);
	if (code)
		return code;
	for (i = 0; i < arguments.nr_words; i++) {
		one = repro_file(&repro, arguments.words[i]);
		if (one > code)
			code = one;
	}
	return code;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_run.c - `vtb run`: scenarios, their timelines and what they expect
 */
#include <stdlib.h>

#include "options.h"
#include "outcome.h"

const char help_run[] =
"usage: vtb run SCENARIO... [--implementation I] [--trace OUT.json]\n"
"               [--capture OUT.pcapng] [--plot OUT.svg] [--records] [--bless]\n"
"               [--race] [--json]\n"
"\n"
"Runs text programs twice, prints what happened, and compares it with what they\n"
"expect: the `expect` lines, and the timeline in NAME.trace if there is one\n"
"beside NAME.scn. The exit code is 0 if all is as expected.\n"
"\n"
"  --implementation I  run them in this one (default: the one they were\n"
"                      recorded with, else own)\n"
"  --trace OUT.json    write the run for Perfetto or chrome://tracing\n"
"  --capture OUT.pcapng\n"
"                      write the frames of its networks for Wireshark, with\n"
"                      virtual times\n"
"  --plot OUT.svg      draw what the world has measured over virtual time\n"
"  --records           every trace record, not only ops and decisions\n"
"  --bless             write NAME.trace, and say what has changed\n"
"  --race              in the race flavour\n"
"  --json              one JSON object per scenario\n"
"\n"
"examples:\n"
"  vtb run scenarios/iova_bitmap/plain-report.scn\n"
"  vtb run scenarios/network/saturated.scn --plot out/saturated.svg\n"
"  vtb run scenarios/network/boot-and-echo.scn --capture out/echo.pcapng\n"
"  vtb run scenarios/iova_bitmap/*.scn --implementation linux-6.12\n"
"  vtb run scenarios/iova_bitmap/plain-report.scn --bless\n";

struct run {
	const char *implementation;
	const char *trace;
	const char *capture;
	const char *plot;
	bool records;
	bool bless;
	bool race;
	bool json;
};

static int run_in(const struct run *run, const char *exe, const char *file)
{
	const char *argv[16];
	size_t n = 0;

	argv[n++] = exe;
	argv[n++] = "--replay";
	argv[n++] = file;
	argv[n++] = "--judge";
	if (run->records)
		argv[n++] = "--records";
	if (run->bless)
		argv[n++] = "--bless";
	if (run->json)
		argv[n++] = "--json";
	if (run->trace) {
		argv[n++] = "--trace";
		argv[n++] = run->trace;
	}
	if (run->capture) {
		argv[n++] = "--capture";
		argv[n++] = run->capture;
	}
	if (run->plot) {
		argv[n++] = "--plot";
		argv[n++] = run->plot;
	}
	argv[n] = NULL;
	return cli_run(&(struct cli_process){ .argv = argv });
}

static int run_file(const struct run *run, const char *file)
{
	struct cli_executable *exe;
	int code;

	exe = cli_executable_for(run->race ? "race" : "asan", file,
				 run->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = run_in(run, exe->path, file);
	free(exe);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct run run = { 0 };
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &run.implementation },
		{ "--trace", CLI_TEXT, &run.trace },
		{ "--capture", CLI_TEXT, &run.capture },
		{ "--plot", CLI_TEXT, &run.plot },
		{ "--records", CLI_FLAG, &run.records },
		{ "--bless", CLI_FLAG, &run.bless },
		{ "--race", CLI_FLAG, &run.race },
		{ "--json", CLI_FLAG, &run.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "run", .help = help_run, .options = options,
		.min_words = 1, .max_words = 10000,
	};
	int code = cli_parse(&arguments, argc, argv), i, one;

	if (code >= 0)
		return code;
	if ((run.trace || run.capture || run.plot) && arguments.nr_words > 1) {
		fprintf(stderr, "vtb: run: --trace, --capture and --plot take "
			"one SCENARIO\n");
		return VTB_EXIT_USAGE;
	}
	code = VTB_EXIT_CLEAN;
	for (i = 0; i < arguments.nr_words; i++) {
		one = run_file(&run, arguments.words[i]);
		if (one > code)
			code = one;
	}
	return code;
}

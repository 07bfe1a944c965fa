/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_min.c - `vtb min`: the smallest program with the same finding
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "outcome.h"

const char help_min[] =
"usage: vtb min FILE [--out OUT.scn] [--implementation I] [--identity ID]\n"
"               [--time T] [--race]\n"
"\n"
"Makes a program as small as it can be while it shows the same finding: fewer\n"
"ops, simpler arguments and configuration, no chances, only the faults and\n"
"switches that matter. The result is text, printed and written to OUT.scn,\n"
"which must not be there yet. Ctrl-C ends it early and keeps what it has.\n"
"\n"
"  --out OUT.scn       where to (default: beside FILE, as NAME.min.scn)\n"
"  --implementation I  run it in another one than the file names\n"
"  --identity ID       the finding to keep; it is an error if FILE shows\n"
"                      another one\n"
"  --time T            end after that time, e.g. 60s (default: when done)\n"
"  --race              in the race flavour\n"
"\n"
"examples:\n"
"  vtb min out/campaign-1/findings/iova_bitmap/linux-6.1/crash-1.vtb\n"
"  vtb min crash.vtb --out scenarios/iova_bitmap/lost-bit.scn --time 60s\n";

struct min {
	const char *out;
	const char *implementation;
	const char *identity;
	uint64_t seconds;
	bool race;
};

/* FILE without its ending, and our own. */
static void default_out(char path[CLI_PATH], const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *dot = strrchr(slash ? slash : file, '.');
	size_t n = dot && dot > file ? (size_t)(dot - file) : strlen(file);

	cli_path(path, "%.*s.min.scn", (int)n, file);
}

static int min_file(const struct min *min, const char *file)
{
	struct cli_executable *exe;
	char out[CLI_PATH], seconds[24];
	const char *argv[12];
	size_t n = 0;
	int code;

	exe = cli_executable_for(min->race ? "race" : "asan", file,
				 min->implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	if (min->out)
		cli_path(out, "%s", min->out);
	else
		default_out(out, file);
	snprintf(seconds, sizeof(seconds), "%" PRIu64, min->seconds);
	argv[n++] = exe->path;
	argv[n++] = "--min";
	argv[n++] = file;
	argv[n++] = "--out";
	argv[n++] = out;
	argv[n++] = "--time";
	argv[n++] = seconds;
	if (min->identity) {
		argv[n++] = "--identity";
		argv[n++] = min->identity;
	}
	argv[n] = NULL;
	code = cli_run_patiently(&(struct cli_process){ .argv = argv });
	free(exe);
	return code;
}

int cmd_min(int argc, char **argv)
{
	struct min min = { 0 };
	const struct cli_option options[] = {
		{ "--out", CLI_TEXT, &min.out },
		{ "--implementation", CLI_TEXT, &min.implementation },
		{ "--identity", CLI_TEXT, &min.identity },
		{ "--time", CLI_TIME, &min.seconds },
		{ "--race", CLI_FLAG, &min.race },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "min", .help = help_min, .options = options,
		.min_words = 1, .max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	return code >= 0 ? code : min_file(&min, arguments.words[0]);
}

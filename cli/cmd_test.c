// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_test.c - `vtb test`: the project's own tests, by ctest
 *
 * The flavours' tests run one after the other, each with all cores. ctest's
 * own closing line is the last thing printed, so that CI systems find it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

const char help_test[] =
"usage: vtb test [--full] [-R REGEX] [--jobs N]\n"
"\n"
"Runs the tests of the flavours asan and race and prints the ten slowest.\n"
"\n"
"  --full      also what takes long: all flavours, short hunts, coverage, a\n"
"              patch to a kernel tree; over half an hour\n"
"  -R REGEX    only tests whose names match\n"
"  --jobs N    tests at a time (default: number of cores)\n"
"\n"
"examples:\n"
"  vtb test\n"
"  vtb test -R snapshot\n"
"  vtb test --full\n";

struct test_options {
	const char *regex;
	bool full;
	uint64_t nr_jobs;
	char jobs[24];
};

static int parse(struct test_options *options, int argc, char **argv)
{
	const struct cli_option table[] = {
		{ "--full", CLI_FLAG, &options->full },
		{ "--jobs", CLI_NUMBER, &options->nr_jobs },
		{ "-R", CLI_TEXT, &options->regex },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "test", .help = help_test, .options = table,
	};
	int code;

	options->nr_jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	code = cli_parse(&arguments, argc, argv);
	if (code < 0 && (!options->nr_jobs || options->nr_jobs > 1024)) {
		fprintf(stderr, "vtb: test: --jobs must be in 1..1024\n");
		return VTB_EXIT_USAGE;
	}
	snprintf(options->jobs, sizeof(options->jobs), "%" PRIu64,
		 options->nr_jobs);
	return code;
}

/* The slowest tests by ctest's cost file: "NAME RUNS SECONDS" lines. */
static void print_slowest(const char *preset)
{
	char script[2 * CLI_PATH];
	const char *const argv[] = { "sh", "-c", script, NULL };

	snprintf(script, sizeof(script),
		 "f='%s/build/%s/Testing/Temporary/CTestCostData.txt'; "
		 "[ -e \"$f\" ] && sed '/^---/,$d' \"$f\" | sort -k3 -n -r | "
		 "head -n 10 | awk '{ printf \"    %%7.2f s  %%s\\n\", $3, $1 }'",
		 cli_root(), preset);
	printf("the ten slowest of %s:\n", preset);
	cli_run(&(struct cli_process){ .argv = argv });
}

/* Tests of the configuration `full` run only if it is named. */
static int run_preset(const struct test_options *options, const char *preset)
{
	char dir[CLI_PATH];
	const char *argv[16] = {
		"ctest", "--test-dir", cli_path(dir, "%s/build/%s", cli_root(),
						preset),
		"--output-on-failure", "-j", options->jobs,
		"--no-tests=error",
	};
	size_t nr = 7;

	if (options->regex) {
		argv[nr++] = "-R";
		argv[nr++] = options->regex;
	}
	if (options->full) {
		argv[nr++] = "-C";
		argv[nr++] = "full";
	}
	printf("\n== %s ==\n", preset);
	return cli_run(&(struct cli_process){ .argv = argv });
}

int cmd_test(int argc, char **argv)
{
	static const char *const presets[] = { "race", "asan" };
	struct test_options options = { 0 };
	char ninja[CLI_PATH];
	int code, worst = VTB_EXIT_CLEAN, ran = 0;
	size_t i;

	code = parse(&options, argc, argv);
	if (code >= 0)
		return code;
	for (i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		cli_path(ninja, "%s/build/%s/build.ninja", cli_root(),
			 presets[i]);
		if (!cli_exists(ninja))
			continue;
		/* The slowest come before the last summary line. */
		if (ran++)
			print_slowest(presets[i - 1]);
		code = run_preset(&options, presets[i]);
		if (code)
			worst = VTB_EXIT_BENCH;
	}
	return worst;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_test.c - `vtb test`: the project's own tests, by ctest
 *
 * The flavours' tests run one after the other, each with all cores. ctest's
 * own closing line is the last thing printed, so that CI systems find it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
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
	char jobs[24];
};

static int parse(struct test_options *options, int argc, char **argv)
{
	int i;

	snprintf(options->jobs, sizeof(options->jobs), "%ld",
		 sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-R") && i + 1 < argc) {
			options->regex = argv[++i];
		} else if (!strcmp(argv[i], "--full")) {
			options->full = true;
		} else if (!strcmp(argv[i], "--jobs") && i + 1 < argc &&
			   atoi(argv[i + 1]) > 0) {
			snprintf(options->jobs, sizeof(options->jobs), "%d",
				 atoi(argv[++i]));
		} else {
			fprintf(stderr, "vtb: cannot understand '%s', see vtb "
				"test --help\n", argv[i]);
			return VTB_EXIT_USAGE;
		}
	}
	return VTB_EXIT_CLEAN;
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

	if (argc && !strcmp(argv[0], "--help")) {
		fputs(help, stdout);
		return VTB_EXIT_CLEAN;
	}
	code = parse(&options, argc, argv);
	if (code)
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_bench.c - `vtb bench`: benchmarks, as ratios to a floor in the same run
 *
 * Benchmarks are executables build/PRESET/bin/bench_NAME, in the release
 * flavour and, where sanitizers are part of the question, also in asan; what is
 * about schedules, in race.
 */
#include <string.h>

#include "cli.h"
#include "options.h"

#define MAX_NAMES	64

const char help_bench[] =
"usage: vtb bench [NAME...] [--json] [--quick]\n"
"\n"
"Runs all benchmarks, or those named, and prints ratios: each one compares\n"
"what it measures with a floor or ceiling in the same run.\n"
"\n"
"  --json     machine-readable: one object per benchmark\n"
"  --quick    short rounds: shows that they work, measures little\n"
"\n"
"examples:\n"
"  vtb bench\n"
"  vtb bench core --json\n";

static const char prefix[] = "bench_";

struct bench {
	char **names;
	int nr_names;
	const char *flags[8];
	unsigned int nr_flags;
	unsigned int nr_run;
	bool *used;
	int worst;
};

/* Is @name (without prefix) wanted? Remembers which requests were met. */
static bool wanted(struct bench *bench, const char *name)
{
	bool any = false, hit = false;
	int i;

	for (i = 0; i < bench->nr_names; i++) {
		any = true;
		if (strcmp(bench->names[i], name))
			continue;
		hit = true;
		bench->used[i] = true;
	}
	return hit || !any;
}

static void run_one(struct bench *bench, const char *preset, const char *dir,
		    const char *file)
{
	char path[CLI_PATH];
	const char *argv[10] = { cli_path(path, "%s/%s", dir, file) };
	unsigned int i;
	int code;

	for (i = 0; i < bench->nr_flags; i++)
		argv[i + 1] = bench->flags[i];
	fprintf(stderr, "vtb: %s (%s)\n", file + strlen(prefix), preset);
	code = cli_run(&(struct cli_process){ .argv = argv });
	bench->nr_run++;
	if (code == VTB_EXIT_CLEAN || code == VTB_EXIT_SKIP)
		return;
	fprintf(stderr, "vtb: %s ended with %d\n", file, code);
	bench->worst = VTB_EXIT_BENCH;
}

static void run_preset(struct bench *bench, const char *preset)
{
	char dir[CLI_PATH];
	char **names;
	size_t nr, i;

	cli_path(dir, "%s/build/%s/bin", cli_root(), preset);
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++)
		if (!strncmp(names[i], prefix, strlen(prefix)) &&
		    wanted(bench, names[i] + strlen(prefix)))
			run_one(bench, preset, dir, names[i]);
	cli_free_names(names, nr);
}

static int run_all(struct bench *bench)
{
	int i;

	run_preset(bench, "release");
	run_preset(bench, "asan");
	run_preset(bench, "race");
	for (i = 0; i < bench->nr_names; i++) {
		if (bench->used[i])
			continue;
		fprintf(stderr, "vtb: no benchmark '%s'\n", bench->names[i]);
		return VTB_EXIT_USAGE;
	}
	if (bench->nr_run)
		return bench->worst;
	fprintf(stderr, "vtb: no benchmarks are built; ./vtb bench builds them\n");
	return VTB_EXIT_BENCH;
}

int cmd_bench(int argc, char **argv)
{
	bool used[MAX_NAMES] = { false }, json = false, quick = false;
	struct bench bench = { .used = used };
	const struct cli_option options[] = {
		{ "--json", CLI_FLAG, &json },
		{ "--quick", CLI_FLAG, &quick },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "bench", .help = help_bench, .options = options,
		.max_words = MAX_NAMES,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	bench.names = arguments.words;
	bench.nr_names = arguments.nr_words;
	if (json)
		bench.flags[bench.nr_flags++] = "--json";
	if (quick)
		bench.flags[bench.nr_flags++] = "--quick";
	return run_all(&bench);
}

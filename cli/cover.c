// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover.c - coverage of implementations: replay, merge, count
 *
 *    inputs --> TARGET.IMPL (coverage flavour) --> *.profraw
 *           --> llvm-profdata --> llvm-cov export --> TARGET.IMPL.info
 *           --> counts (lcov.c), genhtml
 *
 * Branches are counted by llvm-cov's JSON export (cover_branches.c), because
 * lcov's file cannot tell which of them the compiler has left in the code.
 *
 * The coverage flavour has no sanitizers, so an input whose bug ASan would
 * have reported may end the process by a signal and take the profile with it.
 * Inputs are therefore run in groups; a group that dies is run again one by
 * one, so that only the deadly input itself is missing from the counts, and
 * the number of those is reported.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "lcov.h"

#define GROUP_INPUTS	256

/* Exit codes with which a target has run all its inputs. */
static bool ran_all(int code)
{
	return code == VTB_EXIT_CLEAN || code == VTB_EXIT_SAFETY ||
	       code == VTB_EXIT_LIVENESS;
}

struct input_list {
	char **paths;
	size_t nr;
};

static void input_add(struct input_list *list, const char *path)
{
	char **more = realloc(list->paths, (list->nr + 1) * sizeof(*more));

	sim_assert(more);
	list->paths = more;
	more[list->nr] = strdup(path);
	sim_assert(more[list->nr]);
	list->nr++;
}

/* Files of a folder tree in name order, or the file itself. */
static void input_walk(struct input_list *list, const char *path)
{
	char below[CLI_PATH];
	struct stat st;
	char **names;
	size_t nr, i;

	if (stat(path, &st))
		return;
	if (!S_ISDIR(st.st_mode)) {
		input_add(list, path);
		return;
	}
	nr = cli_list_dir(path, &names);
	for (i = 0; i < nr; i++)
		input_walk(list, cli_path(below, "%s/%s", path, names[i]));
	cli_free_names(names, nr);
}

size_t cli_cover_inputs(const char *const *inputs, char ***files)
{
	struct input_list list = { 0 };

	for (; *inputs; inputs++)
		input_walk(&list, *inputs);
	*files = list.paths;
	return list.nr;
}

static int run_inputs(const char *exe, const char *raw, char **paths,
		      size_t nr)
{
	const char *argv[GROUP_INPUTS + 3] = { exe, "--run" };
	char profile[CLI_PATH];
	const char *const env[] = {
		cli_path(profile, "LLVM_PROFILE_FILE=%s/%%p.profraw", raw),
		NULL,
	};
	size_t i;

	for (i = 0; i < nr; i++)
		argv[i + 2] = paths[i];
	return cli_run(&(struct cli_process){
		.argv = argv, .env = env,
		.out = "/dev/null", .err = "/dev/null",
	});
}

/* Returns how many inputs could not be run to their end. */
static unsigned int replay(const char *exe, const char *raw,
			   const struct input_list *list)
{
	unsigned int crashed = 0;
	size_t i, j, nr;

	for (i = 0; i < list->nr; i += nr) {
		nr = list->nr - i;
		if (nr > GROUP_INPUTS)
			nr = GROUP_INPUTS;
		if (ran_all(run_inputs(exe, raw, list->paths + i, nr)))
			continue;
		for (j = 0; j < nr; j++)
			crashed += !ran_all(run_inputs(exe, raw,
						       list->paths + i + j, 1));
	}
	return crashed;
}

static int merge(const char *raw, const char *profdata)
{
	char script[3 * CLI_PATH];
	const char *const argv[] = { "sh", "-c", script, NULL };

	/* Names are ours and hold no quotes; the shell expands the list. */
	snprintf(script, sizeof(script),
		 "exec llvm-profdata merge -sparse -o '%s' '%s'/*.profraw",
		 profdata, raw);
	return cli_run(&(struct cli_process){ .argv = argv });
}

static int export_lcov(const char *exe, const char *profdata, const char *info)
{
	char profile[CLI_PATH + 32];
	const char *const argv[] = {
		"llvm-cov", "export", "-format=lcov", exe, profile, NULL,
	};

	snprintf(profile, sizeof(profile), "-instr-profile=%s", profdata);
	return cli_run(&(struct cli_process){
		.argv = argv, .out = info, .err = "/dev/null",
	});
}

static void remove_raw(const char *raw)
{
	char path[CLI_PATH];
	char **names;
	size_t nr = cli_list_dir(raw, &names), i;

	for (i = 0; i < nr; i++)
		unlink(cli_path(path, "%s/%s", raw, names[i]));
	cli_free_names(names, nr);
	rmdir(raw);
}

static int tool_failed(const char *what, int code)
{
	fprintf(stderr, "vtb: coverage: %s failed (%d); vtb doctor tells what "
		"is missing\n", what, code);
	return VTB_EXIT_BENCH;
}

/* Another section for a file is lcov's way to correct the first upwards. */
static int append(const char *from, const char *to)
{
	char script[3 * CLI_PATH];
	const char *const argv[] = { "sh", "-c", script, NULL };

	snprintf(script, sizeof(script), "exec cat '%s' >>'%s'", from, to);
	return cli_run(&(struct cli_process){ .argv = argv });
}

/* From the replayed profiles to counts. */
static int evaluate(const struct cli_cover_options *options, const char *exe,
		    const char *raw, struct cli_coverage *coverage)
{
	char profdata[CLI_PATH], info[CLI_PATH], full[CLI_PATH];
	int code;

	cli_path(profdata, "%s/%s.%s.profdata", options->out, options->target,
		 options->implementation);
	cli_path(full, "%s/%s.%s.all", options->out, options->target,
		 options->implementation);
	cli_path(info, "%s/%s.%s.info", options->out, options->target,
		 options->implementation);
	code = merge(raw, profdata);
	if (code)
		return tool_failed("llvm-profdata", code);
	code = export_lcov(exe, profdata, full);
	if (code)
		return tool_failed("llvm-cov", code);
	code = lcov_filter(&(struct lcov_options){
		.target = options->target,
		.implementation = options->implementation,
		.exe = exe, .profdata = profdata, .full = full, .info = info,
	}, coverage);
	unlink(profdata);
	if (!options->keep_all)
		unlink(full);
	else if (!code && append(info, full))
		code = VTB_EXIT_BENCH;
	return code;
}

int cli_cover(const struct cli_cover_options *options,
	      struct cli_coverage *coverage)
{
	char exe[CLI_PATH], raw[CLI_PATH];
	struct input_list list = { 0 };
	int code;

	memset(coverage, 0, sizeof(*coverage));
	snprintf(coverage->target, sizeof(coverage->target), "%s",
		 options->target);
	snprintf(coverage->implementation, sizeof(coverage->implementation),
		 "%s", options->implementation);
	cli_path(exe, "%s/build/coverage/bin/%s.%s", cli_root(),
		 options->target, options->implementation);
	if (!cli_exists(exe)) {
		fprintf(stderr, "vtb: the coverage flavour is not built: no "
			"%s; `./vtb cover` builds it\n", exe);
		return VTB_EXIT_BENCH;
	}
	cli_path(raw, "%s/raw.%s.%s", options->out, options->target,
		 options->implementation);
	remove_raw(raw);
	if (cli_make_dirs(raw))
		return VTB_EXIT_BENCH;
	list.nr = cli_cover_inputs(options->inputs, &list.paths);
	coverage->inputs = (unsigned int)list.nr;
	coverage->crashed = replay(exe, raw, &list);
	code = evaluate(options, exe, raw, coverage);
	remove_raw(raw);
	cli_free_names(list.paths, list.nr);
	coverage->valid = code == VTB_EXIT_CLEAN;
	return code;
}

int cli_cover_html(const char *out)
{
	char script[3 * CLI_PATH];
	const char *const argv[] = { "sh", "-c", script, NULL };
	char log[CLI_PATH];
	int code;

	/* genhtml of lcov 1.16 warns about its own Perl; keep that in a log. */
	snprintf(script, sizeof(script),
		 "exec genhtml --quiet --branch-coverage --legend "
		 "--title vtbench -o '%s' '%s'/*.info", out, out);
	cli_path(log, "%s/genhtml.log", out);
	code = cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null", .err = log,
	});
	if (code)
		return tool_failed("genhtml", code);
	return VTB_EXIT_CLEAN;
}

static void print_count(FILE *to, const struct cli_count *count)
{
	unsigned int permille = count->found ?
			count->hit * 1000u / count->found : 1000u;

	fprintf(to, "  %5u/%-5u %3u.%u %%", count->hit, count->found,
		permille / 10, permille % 10);
}

void cli_cover_print(FILE *to, const struct cli_coverage *coverage, size_t nr)
{
	size_t i;

	fprintf(to, "%-16s %-14s  %-20s %-20s %-19s\n", "coverage",
		"implementation", "lines", "branches", "functions");
	for (i = 0; i < nr; i++) {
		fprintf(to, "%-16s %-14s", coverage[i].target,
			coverage[i].implementation);
		if (!coverage[i].valid) {
			fprintf(to, "  not measured\n");
			continue;
		}
		print_count(to, &coverage[i].lines);
		print_count(to, &coverage[i].branches);
		print_count(to, &coverage[i].functions);
		if (coverage[i].crashed)
			fprintf(to, "  (%u inputs crash without sanitizers)",
				coverage[i].crashed);
		fputc('\n', to);
	}
}

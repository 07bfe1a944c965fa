// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_cover.c - `vtb cover`: coverage of programs, of a change, of a line
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cover_diff.h"
#include "cover_program.h"
#include "options.h"

const char help_cover[] =
"usage: vtb cover [--only TARGET] [--implementation I] [--out DIR] [--html]\n"
"                 [--excluded] [--diff REV] [--json] [INPUT...]\n"
"       vtb cover --program FILE:LINE [--only TARGET] [--implementation I]\n"
"                 [--json] [INPUT...]\n"
"\n"
"Replays programs in the coverage flavour and counts lines, branches and\n"
"functions of the component's own source files, per implementation. Inputs\n"
"are files and folders of programs; without any, the scenarios and the\n"
"committed corpus. docs/coverage.md says what counts.\n"
"\n"
"  --diff REV   also list the lines changed since REV that nothing reached:\n"
"               in this project, or in the kernel tree of --kernel PATH\n"
"  --program FILE:LINE\n"
"               name one of the programs that reaches the line; exits with 1\n"
"               if there is none. The end of a path is enough for FILE\n"
"  --out DIR    where lcov tracefiles go (default: out/cover)\n"
"  --excluded   list the branches that do not count, and why\n"
"  --html       an lcov HTML report as well, in DIR/index.html\n"
"  --json       print the result for machines\n"
"\n"
"examples:\n"
"  vtb cover\n"
"  vtb cover --implementation own out/campaign-1/corpus\n"
"  vtb cover --program iova_bitmap.c:300\n"
"  vtb --kernel ~/src/linux cover --diff origin/master\n";

struct cover {
	const char *only;
	const char *implementation;
	const char *out;
	const char *diff;
	const char *program;
	bool excluded;
	bool html;
	bool json;
	const char *const *inputs;
	size_t nr_inputs;
	struct cli_coverage *coverage;
	size_t nr;
};

#define MAX_INPUTS	4096

static bool wanted(const struct cover *cover,
		   const struct cli_executable *executable)
{
	return cli_in_list(cover->only, executable->target) &&
	       cli_in_list(cover->implementation, executable->implementation);
}

/* What is replayed in an executable: the arguments, else what is committed. */
struct inputs {
	char scenarios[CLI_PATH], corpus[CLI_PATH];
	const char *committed[3];
	const char *const *list;
};

static void choose_inputs(const struct cover *cover,
			  const struct cli_executable *executable,
			  struct inputs *inputs)
{
	inputs->committed[0] = cli_path(inputs->scenarios, "%s/scenarios/%s",
					cli_root(), executable->target);
	inputs->committed[1] = cli_path(inputs->corpus, "%s/corpus/%s",
					cli_root(), executable->target);
	inputs->committed[2] = NULL;
	inputs->list = cover->nr_inputs ? cover->inputs : inputs->committed;
}

static int cover_one(struct cover *cover,
		     const struct cli_executable *executable)
{
	struct inputs inputs;
	struct cli_cover_options options = {
		.target = executable->target,
		.implementation = executable->implementation,
		.out = cover->out,
		.keep_all = cover->diff,
	};

	choose_inputs(cover, executable, &inputs);
	options.inputs = inputs.list;
	return cli_cover(&options, &cover->coverage[cover->nr++]);
}

static int nothing_to_cover(bool built)
{
	fprintf(stderr, "vtb: nothing to cover: %s\n", built ?
		"no such target or implementation, see vtb list" :
		"the coverage flavour is not built");
	return VTB_EXIT_USAGE;
}

static int cover_all(struct cover *cover)
{
	struct cli_executable *list;
	size_t nr = cli_executables("coverage", &list), i;
	int code, worst = VTB_EXIT_CLEAN;

	cover->coverage = calloc(nr + 1, sizeof(*cover->coverage));
	sim_assert(cover->coverage);
	for (i = 0; i < nr; i++) {
		if (!wanted(cover, &list[i]))
			continue;
		code = cover_one(cover, &list[i]);
		if (code)
			worst = code;
	}
	free(list);
	return cover->nr ? worst : nothing_to_cover(nr);
}

/* Goes on to the next executable until one of them reaches the line. */
static int find_program(const struct cover *cover,
			const struct cover_question *question,
			struct cover_program *found)
{
	struct cli_executable *list;
	size_t nr = cli_executables("coverage", &list), i, used = 0;
	struct inputs inputs;
	char out[CLI_PATH];
	int code = VTB_EXIT_CLEAN;

	cli_path(out, "%s/program", cover->out);
	if (cli_make_dirs(out))
		code = VTB_EXIT_BENCH;
	for (i = 0; i < nr && !code && found->answer != COVER_REACHED; i++) {
		if (!wanted(cover, &list[i]))
			continue;
		choose_inputs(cover, &list[i], &inputs);
		code = cover_program_find(question, &list[i], inputs.list, out,
					  found);
		used++;
	}
	free(list);
	return used || code ? code : nothing_to_cover(nr);
}

static int run_program(const struct cover *cover)
{
	struct cover_program found = { 0 };
	struct cover_question question;
	json_t *object;
	int code;

	code = cover_question_parse(&question, cover->program);
	if (!code)
		code = find_program(cover, &question, &found);
	if (code)
		return code;
	if (cover->json) {
		object = cover_program_json(&found);
		json_dumpf(object, stdout, JSON_INDENT(1));
		printf("\n");
		json_decref(object);
	} else {
		cover_program_print(stdout, &question, &found);
	}
	return found.answer == COVER_REACHED ? VTB_EXIT_CLEAN : VTB_EXIT_USAGE;
}

static int read_diff(const struct cover *cover,
		     struct cover_diff_options *options,
		     struct cover_diff **diff)
{
	const char **files = calloc(cover->nr + 1, sizeof(*files));
	char (*paths)[CLI_PATH] = calloc(cover->nr, sizeof(*paths));
	size_t i;
	int code;

	sim_assert(files && paths);
	for (i = 0; i < cover->nr; i++)
		files[i] = cli_path(paths[i], "%s/%s.%s.all", cover->out,
				    cover->coverage[i].target,
				    cover->coverage[i].implementation);
	options->tracefiles = files;
	code = cover_diff_read(options, diff);
	for (i = 0; i < cover->nr; i++)
		remove(paths[i]);
	free(paths);
	free(files);
	return code;
}

static json_t *json_count(const struct cli_count *count)
{
	return json_pack("{s:i, s:i}", "hit", (int)count->hit,
			 "found", (int)count->found);
}

static void print_json(const struct cover *cover,
		       const struct cover_diff *diff)
{
	json_t *list = json_array();
	json_t *object = json_pack("{s:o}", "coverage", list);
	size_t i;

	for (i = 0; i < cover->nr; i++) {
		const struct cli_coverage *c = &cover->coverage[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:i, s:i, s:o, s:o, s:o}",
			"target", c->target,
			"implementation", c->implementation,
			"inputs", (int)c->inputs, "crashed", (int)c->crashed,
			"lines", json_count(&c->lines),
			"branches", json_count(&c->branches),
			"functions", json_count(&c->functions)));
	}
	if (diff)
		json_object_set_new(object, "diff", cover_diff_json(diff));
	json_dumpf(object, stdout, JSON_INDENT(1));
	printf("\n");
	json_decref(object);
}

/* The list that the tracefile of each implementation has beside it. */
static void print_excluded(const struct cover *cover)
{
	char path[CLI_PATH], line[CLI_PATH];
	FILE *list;
	size_t i;

	for (i = 0; i < cover->nr; i++) {
		printf("\nno branches of %s.%s:\n", cover->coverage[i].target,
		       cover->coverage[i].implementation);
		list = fopen(cli_path(path, "%s/%s.%s.excluded", cover->out,
				      cover->coverage[i].target,
				      cover->coverage[i].implementation), "r");
		while (list && fgets(line, sizeof(line), list))
			fputs(line, stdout);
		if (list)
			fclose(list);
	}
}

static void print_text(const struct cover *cover,
		       const struct cover_diff *diff)
{
	cli_cover_print(stdout, cover->coverage, cover->nr);
	if (diff) {
		printf("\n");
		cover_diff_print(stdout, diff);
	}
	if (cover->excluded)
		print_excluded(cover);
	if (cover->html)
		printf("report: %s/index.html\n", cover->out);
}

static int run(struct cover *cover)
{
	struct cover_diff_options options = { .rev = cover->diff };
	struct cover_diff *diff = NULL;
	int code = VTB_EXIT_CLEAN;

	if (cover->diff)
		code = cover_diff_place(&options);
	if (!code && cover->diff)
		code = cover_diff_check(&options);
	if (code)
		return code;
	if (cli_make_dirs(cover->out))
		return VTB_EXIT_BENCH;
	code = cover_all(cover);
	if (!code && cover->diff)
		code = read_diff(cover, &options, &diff);
	if (!code && cover->html)
		code = cli_cover_html(cover->out);
	if (!code && cover->json)
		print_json(cover, diff);
	else if (!code)
		print_text(cover, diff);
	cover_diff_free(diff);
	free(cover->coverage);
	return code;
}

/* The kernel tree of a user is built as one implementation. */
static void choose_implementation(struct cover *cover)
{
	if (cover->diff && cover_diff_kernel() && !cover->implementation)
		cover->implementation = "user";
}

int cmd_cover(int argc, char **argv)
{
	struct cover cover = { 0 };
	const struct cli_option options[] = {
		{ "--only", CLI_TEXT, &cover.only },
		{ "--implementation", CLI_TEXT, &cover.implementation },
		{ "--diff", CLI_TEXT, &cover.diff },
		{ "--program", CLI_TEXT, &cover.program },
		{ "--out", CLI_TEXT, &cover.out },
		{ "--excluded", CLI_FLAG, &cover.excluded },
		{ "--html", CLI_FLAG, &cover.html },
		{ "--json", CLI_FLAG, &cover.json },
		{ NULL },
	};
	struct cli_arguments arguments = {
		.verb = "cover", .help = help_cover, .options = options,
		.max_words = MAX_INPUTS,
	};
	const char *inputs[MAX_INPUTS + 1] = { NULL };
	char out[CLI_PATH];
	int code, i;

	code = cli_parse(&arguments, argc, argv);
	if (code >= 0)
		return code;
	for (i = 0; i < arguments.nr_words; i++) {
		inputs[i] = arguments.words[i];
		if (cli_exists(inputs[i]))
			continue;
		fprintf(stderr, "vtb: no such file or folder: %s\n",
			inputs[i]);
		return VTB_EXIT_USAGE;
	}
	cover.inputs = inputs;
	cover.nr_inputs = (size_t)arguments.nr_words;
	if (!cover.out)
		cover.out = cli_path(out, "%s/out/cover", cli_root());
	choose_implementation(&cover);
	return cover.program ? run_program(&cover) : run(&cover);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_cover.c - `vtb cover`: coverage of the committed programs
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
"usage: vtb cover [--only TARGET] [--implementation I] [--out DIR]\n"
"                 [--html] [INPUT...]\n"
"\n"
"Replays programs in the coverage flavour and counts lines, branches and\n"
"functions of the component's own source files, per implementation. Inputs\n"
"are files and folders of programs; without any, the scenarios and the\n"
"committed corpus. Branches in the arguments of WARN, BUG and assertions do\n"
"not count; DIR/*.excluded lists them.\n"
"\n"
"  --out DIR    where lcov tracefiles go (default: out/cover)\n"
"  --html       an lcov HTML report as well, in DIR/index.html\n"
"\n"
"examples:\n"
"  vtb cover\n"
"  vtb cover --implementation own out/campaign-1/corpus\n";

struct cover {
	const char *only;
	const char *implementation;
	char out[CLI_PATH];
	const char *inputs[256];
	size_t nr_inputs;
	bool html;
};

static const char *value_of(int argc, char **argv, int *i)
{
	if (*i + 1 < argc)
		return argv[++*i];
	fprintf(stderr, "vtb: %s needs a value, see vtb cover --help\n",
		argv[*i]);
	return NULL;
}

static int parse_option(struct cover *cover, int argc, char **argv, int *i)
{
	const char **to = NULL, *value;

	if (!strcmp(argv[*i], "--html")) {
		cover->html = true;
		return VTB_EXIT_CLEAN;
	}
	if (!strcmp(argv[*i], "--only"))
		to = &cover->only;
	else if (!strcmp(argv[*i], "--implementation"))
		to = &cover->implementation;
	else if (strcmp(argv[*i], "--out")) {
		fprintf(stderr, "vtb: unknown option '%s', see vtb cover "
			"--help\n", argv[*i]);
		return VTB_EXIT_USAGE;
	}
	value = value_of(argc, argv, i);
	if (!value)
		return VTB_EXIT_USAGE;
	if (to)
		*to = value;
	else
		cli_path(cover->out, "%s", value);
	return VTB_EXIT_CLEAN;
}

static int parse(struct cover *cover, int argc, char **argv)
{
	int i, code;

	cli_path(cover->out, "%s/out/cover", cli_root());
	for (i = 0; i < argc; i++) {
		if (argv[i][0] == '-') {
			code = parse_option(cover, argc, argv, &i);
			if (code)
				return code;
			continue;
		}
		if (!cli_exists(argv[i]) || cover->nr_inputs == 255) {
			fprintf(stderr, "vtb: no such file or folder: %s\n",
				argv[i]);
			return VTB_EXIT_USAGE;
		}
		cover->inputs[cover->nr_inputs++] = argv[i];
	}
	return VTB_EXIT_CLEAN;
}

static bool wanted(const struct cover *cover,
		   const struct cli_executable *executable)
{
	if (cover->only && strcmp(cover->only, executable->target))
		return false;
	return !cover->implementation ||
	       !strcmp(cover->implementation, executable->implementation);
}

static int cover_one(const struct cover *cover,
		     const struct cli_executable *executable,
		     struct cli_coverage *coverage)
{
	char scenarios[CLI_PATH], corpus[CLI_PATH];
	const char *committed[] = {
		cli_path(scenarios, "%s/scenarios/%s", cli_root(),
			 executable->target),
		cli_path(corpus, "%s/corpus/%s", cli_root(),
			 executable->target),
		NULL,
	};
	const struct cli_cover_options options = {
		.target = executable->target,
		.implementation = executable->implementation,
		.inputs = cover->nr_inputs ? cover->inputs : committed,
		.out = cover->out,
	};

	return cli_cover(&options, coverage);
}

static int cover_all(const struct cover *cover)
{
	struct cli_executable *list;
	struct cli_coverage *coverage;
	size_t nr = cli_executables("coverage", &list), i, used = 0;
	int code, worst = VTB_EXIT_CLEAN;

	coverage = calloc(nr + 1, sizeof(*coverage));
	sim_assert(coverage);
	for (i = 0; i < nr; i++) {
		if (!wanted(cover, &list[i]))
			continue;
		code = cover_one(cover, &list[i], &coverage[used++]);
		if (code)
			worst = code;
	}
	if (used)
		cli_cover_print(stdout, coverage, used);
	if (!used)
		fprintf(stderr, "vtb: nothing to cover: %s\n", nr ?
			"no such target or implementation, see vtb list" :
			"the coverage flavour is not built");
	if (used && !worst && cover->html)
		worst = cli_cover_html(cover->out);
	if (used && !worst && cover->html)
		printf("report: %s/index.html\n", cover->out);
	free(coverage);
	free(list);
	return used ? worst : VTB_EXIT_USAGE;
}

int cmd_cover(int argc, char **argv)
{
	struct cover cover = { 0 };
	int code;

	if (argc && !strcmp(argv[0], "--help")) {
		fputs(help, stdout);
		return VTB_EXIT_CLEAN;
	}
	code = parse(&cover, argc, argv);
	if (code)
		return code;
	if (cli_make_dirs(cover.out))
		return VTB_EXIT_BENCH;
	return cover_all(&cover);
}

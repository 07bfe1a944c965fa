/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_help.c - `vtb help`: about a verb, or about all of them
 */
#include "cli.h"
#include "options.h"
#include "verbs.h"

const char help_help[] =
"usage: vtb help [VERB]\n"
"\n"
"Says what a verb does, as vtb VERB --help does; without a VERB, which verbs\n"
"there are.\n"
"\n"
"examples:\n"
"  vtb help\n"
"  vtb help repro\n";

int cmd_help(int argc, char **argv)
{
	const struct cli_option options[] = { { NULL, CLI_FLAG, NULL } };
	struct cli_arguments arguments = {
		.verb = "help", .help = help_help, .options = options,
		.max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);
	const struct verb *verb;

	if (code >= 0)
		return code;
	if (!arguments.nr_words) {
		verbs_print(stdout);
		return VTB_EXIT_CLEAN;
	}
	verb = verb_find(arguments.words[0]);
	if (!verb)
		return verb_unknown(arguments.words[0]);
	fputs(verb->help, stdout);
	return VTB_EXIT_CLEAN;
}

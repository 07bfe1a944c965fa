/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_man.c - `vtb man`: the man page, from the help texts
 */
#include <ctype.h>
#include <string.h>

#include "cli.h"
#include "help.h"
#include "options.h"
#include "verbs.h"

const char help_man[] =
"usage: vtb man\n"
"\n"
"Prints the man page: the help of every verb, for man and for packages.\n"
"\n"
"examples:\n"
"  vtb man >vtb.1\n"
"  man ./vtb.1\n";

/* Minus signs that can be copied, and no line that looks like a request. */
static void put_text(struct help_part part)
{
	size_t i;

	if (part.length && strchr(".'", *part.text))
		printf("\\&");
	for (i = 0; i < part.length; i++)
		if (part.text[i] == '-')
			printf("\\-");
		else if (part.text[i] == '\\')
			printf("\\e");
		else
			putchar(part.text[i]);
}

static void put(struct help_part part)
{
	put_text(part);
	putchar('\n');
}

static void put_line(const char *text)
{
	put((struct help_part){ text, strlen(text) });
}

static void put_row(const struct help_line *line)
{
	printf(".TP\n\\fB");
	put_text(line->name);
	if (line->value.length) {
		printf("\\fR \\fI");
		put_text(line->value);
	}
	printf("\\fR\n");
}

/* Examples and usages are taken as they are. */
static void put_plain(const struct help_line *line, bool *plain)
{
	if (!*plain)
		printf(".PP\n.nf\n");
	*plain = true;
	put(line->text);
}

static void put_verb(const struct verb *verb)
{
	struct help_reader reader;
	struct help_line line;
	bool plain = false;

	printf(".SS ");
	put_line(verb->name);
	put_line(verb->summary);
	help_begin(&reader, verb->help);
	while ((line = help_next(&reader)).kind != HELP_END) {
		if (line.kind == HELP_USAGE || line.kind == HELP_EXAMPLE) {
			put_plain(&line, &plain);
			continue;
		}
		if (plain)
			printf(".fi\n");
		plain = false;
		if (line.kind == HELP_GAP)
			printf(".PP\n");
		else if (line.kind == HELP_ROW)
			put_row(&line);
		if (line.text.length && line.kind != HELP_GAP)
			put(line.text);
	}
	if (plain)
		printf(".fi\n");
}

/* What `vtb --help` says in front of its list and behind it. */
static void put_common(void)
{
	printf(".SH EXIT STATUS\n");
	printf(".TP\n.B 0\nclean\n.TP\n.B 1\nusage error\n"
	       ".TP\n.B 3\nthe bench's own error\n"
	       ".TP\n.B 4\nsafety finding\n.TP\n.B 5\nliveness finding\n"
	       ".TP\n.B 6\ntwo runs of the same program differed\n"
	       ".PP\nThe worst wins.\n");
	printf(".SH ENVIRONMENT\n"
	       ".TP\n.B VTB_KERNEL\na kernel tree, as \\-\\-kernel names it\n"
	       ".TP\n.B VTB_CACHE\nwhere prepared kernel trees are kept\n");
	printf(".SH SEE ALSO\nREADME.md and docs/ of vtbench\n");
}

int cmd_man(int argc, char **argv)
{
	const struct cli_option options[] = { { NULL, CLI_FLAG, NULL } };
	struct cli_arguments arguments = {
		.verb = "man", .help = help_man, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);
	const struct verb *verb;
	const char *c;

	if (code >= 0)
		return code;
	printf(".TH VTB 1 \"\" \"vtbench\" \"User Commands\"\n");
	printf(".SH NAME\nvtb \\- find the bugs between a guest and its host\n");
	printf(".SH SYNOPSIS\n.B vtb\n[\\-\\-kernel PATH] [\\-\\-no\\-install] "
	       "VERB [ARGUMENT...]\n");
	printf(".SH DESCRIPTION\nFuzzes real kernel files against simulated "
	       "hosts, guests and peers. A finding is\na file: it replays the "
	       "same, to the bit, for everybody.\n");
	for (verb = verbs; verb->summary; verb++) {
		if (verb->name) {
			put_verb(verb);
			continue;
		}
		printf(".SH TO ");
		for (c = verb->summary; *c; c++)
			putchar(toupper((unsigned char)*c));
		putchar('\n');
	}
	put_common();
	return VTB_EXIT_CLEAN;
}

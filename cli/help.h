/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.h - the parts of a help text
 *
 * What --help of a verb prints is written by hand, as people read it:
 *
 *	usage: vtb VERB ARGUMENTS [--option VALUE]	until an empty line
 *	...						paragraphs
 *	  --option VALUE  what it does			rows; go on indented
 *	  word            what it is			the same
 *	examples:
 *	  vtb VERB ...					to the end
 *
 * Man page and completion are made from it. Nothing is allocated: parts point
 * into the text.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>
#include <stddef.h>

struct help_part {
	const char *text;
	size_t length;			/* without the newline */
};

enum help_kind {
	HELP_USAGE,			/* a line, without "usage: " */
	HELP_TEXT,			/* a line of a paragraph */
	HELP_GAP,			/* an empty line */
	HELP_ROW,			/* name, value and the start of a text */
	HELP_MORE,			/* a line that goes on with a row */
	HELP_EXAMPLE,
	HELP_END,
};

struct help_line {
	enum help_kind kind;
	struct help_part name;		/* HELP_ROW */
	struct help_part value;		/* the same; may be empty */
	struct help_part text;
};

struct help_reader {
	const char *at;
	bool usage;
	bool examples;
	bool row;
};

void help_begin(struct help_reader *reader, const char *text);
struct help_line help_next(struct help_reader *reader);

/*
 * The options of a verb, from its usage and its rows, each once.
 * @value is what stands behind it, empty for a flag.
 */
struct help_option {
	char name[32];
	char value[32];
};
#define HELP_MAX_OPTIONS	48
size_t help_options(const char *text,
		    struct help_option options[HELP_MAX_OPTIONS]);

#endif

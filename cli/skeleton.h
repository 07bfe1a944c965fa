/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * skeleton.h - new files from setup/skeletons (private to cli/)
 *
 * A skeleton is a folder whose files lie as they will in the project. In their
 * names and texts "@word@" is replaced. Nothing that exists is touched: if one
 * of the files is there already, none is written.
 */
#ifndef CLI_SKELETON_H
#define CLI_SKELETON_H

#include "cli.h"

struct skeleton_word {
	const char *word;		/* "@name@" */
	const char *value;
};

/*
 * Copies setup/skeletons/@kind into the project and prints the names of the new
 * files. @words ends with a NULL word. An exit code, after a message.
 */
int skeleton_copy(const char *kind, const struct skeleton_word *words);

/* Makes one file, @path below the project, with @text. The same rules. */
int skeleton_write(const char *path, const char *text);

#endif

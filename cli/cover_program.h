/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_program.h - which program reaches a line
 */
#ifndef CLI_COVER_PROGRAM_H
#define CLI_COVER_PROGRAM_H

#include <jansson.h>

#include "cli.h"

struct cover_question {
	char file[CLI_PATH];		/* or the end of its path */
	unsigned int line;
};

/* Parses "FILE:LINE"; prints what is wrong and returns a usage error. */
int cover_question_parse(struct cover_question *question, const char *text);

enum cover_answer {
	COVER_NO_FILE,			/* no executable has code of the file */
	COVER_NO_CODE,			/* none at that line */
	COVER_UNREACHED,
	COVER_REACHED,
};

struct cover_program {
	enum cover_answer answer;
	char program[CLI_PATH];		/* the one that reaches it */
	char file[CLI_PATH];		/* as the compiler has seen it */
	struct cli_executable executable;
	unsigned int programs;		/* that have been tried */
	unsigned int before, behind;	/* nearest lines with code, 0: none */
};

/*
 * Looks for one of the programs in @inputs (files and folders, NULL-terminated)
 * that reaches the line in @executable; @out is a folder for intermediate
 * files. The better of its answer and the one in *@found is kept there.
 * Returns an exit code.
 */
int cover_program_find(const struct cover_question *question,
		       const struct cli_executable *executable,
		       const char *const *inputs, const char *out,
		       struct cover_program *found);

void cover_program_print(FILE *to, const struct cover_question *question,
			 const struct cover_program *found);
json_t *cover_program_json(const struct cover_program *found);

#endif

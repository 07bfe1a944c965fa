/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_branches.h - the conditions of a source file, and how often each way
 * was taken; and the lines that llvm-cov gets wrong
 */
#ifndef CLI_COVER_BRANCHES_H
#define CLI_COVER_BRANCHES_H

#include <jansson.h>

#include "cli.h"

/* One condition. What a macro hides belongs to the line that uses it. */
struct cover_condition {
	unsigned int line;
	uint64_t taken;
	uint64_t not_taken;
	const char *left_out;	/* why it does not count, or NULL */
	char where[CLI_PATH];	/* file:line:column of its text */
	char function[256];
};

/*
 * What llvm-cov knows about @exe after the runs of @profdata: its JSON export.
 * NULL after an error; *code gets llvm-cov's exit code.
 */
json_t *cover_branches_export(const char *exe, const char *profdata,
			      int *code);

/*
 * The conditions in functions of @source, a real path, in its order. Those that
 * are not in the compiled code (cover_mapping.h) say so in @left_out. The
 * caller frees *@list. Returns the number.
 */
size_t cover_branches(json_t *export, const char *exe, const char *source,
		      struct cover_condition **list);

/*
 * How often the text at @line and @column of @source has run, by the innermost
 * stretch of code around it. llvm-cov's own count of a line is 0 if a macro
 * with code that the compiler dropped ends right in front of it.
 */
uint64_t cover_text_count(json_t *export, const char *source,
			  unsigned int line, unsigned int column);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_diff.h - which changed lines of a git work tree a replay has reached
 */
#ifndef CLI_COVER_DIFF_H
#define CLI_COVER_DIFF_H

#include <jansson.h>
#include <stdio.h>

struct cover_diff;

struct cover_diff_options {
	const char *repository;		/* folder whose changes are looked at */
	const char *rev;		/* compared with its work tree */
	const char *sources;		/* where the compiler found its files */
	const char *const *tracefiles;	/* TARGET.IMPL.all; NULL-terminated */
};

/* The kernel tree that changes are looked for in; NULL: the project itself. */
const char *cover_diff_kernel(void);

/*
 * Fills in @repository and @sources: the tree that VTB_KERNEL names and its
 * copy in the cache, else the project itself. The strings are static. Returns
 * an exit code; an error has been printed.
 */
int cover_diff_place(struct cover_diff_options *options);

/*
 * Is there such a revision? To be asked before the work begins. A usage error
 * that has been printed if not.
 */
int cover_diff_check(const struct cover_diff_options *options);

/*
 * Reads what has changed since @rev, new files that git does not know yet
 * included, and what the tracefiles say about these lines. Returns an exit
 * code. The caller ends *@diff with cover_diff_free(); NULL after an error.
 */
int cover_diff_read(const struct cover_diff_options *options,
		    struct cover_diff **diff);
void cover_diff_free(struct cover_diff *diff);

/* A table of the changed files, and each line that nothing has reached. */
void cover_diff_print(FILE *to, const struct cover_diff *diff);

/* The same for machines; a new reference. docs/coverage.md has the members. */
json_t *cover_diff_json(const struct cover_diff *diff);

#endif

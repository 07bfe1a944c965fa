/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_mapping.h - which branches of a source file the compiler has kept
 */
#ifndef CLI_COVER_MAPPING_H
#define CLI_COVER_MAPPING_H

#include "cli.h"

struct cover_mapping;

/* A stretch of source text; @file counts the expansions of the function. */
struct cover_place {
	unsigned int file;		/* 0: the function itself */
	unsigned int line;
	unsigned int column;
	unsigned int last_line;
	unsigned int last_column;
};

struct cover_branch {
	struct cover_place place;
	char rest[512];		/* counts its false arm, as text */
	bool kept;		/* its counter is in the compiled code */
};

/*
 * Compiles @source once more, by the command that has made it part of @exe. The
 * result is kept in build/coverage/mapping until @exe is built again. NULL if
 * that is not possible; a message says why.
 */
struct cover_mapping *cover_mapping_get(const char *source, const char *exe);
void cover_mapping_free(struct cover_mapping *mapping);

/* Is the function in the compiled code at all? */
bool cover_mapping_has(const struct cover_mapping *mapping,
		       const char *function);

/*
 * The conditions of a function in the order of the compiler, those that it
 * decided at once left out. The caller frees *@list. Returns the number.
 */
size_t cover_mapping_branches(const struct cover_mapping *mapping,
			      const char *function,
			      struct cover_branch **list);

#endif

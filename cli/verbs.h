/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verbs.h - the list of verbs, see verbs.def
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stdio.h>

struct verb {
	const char *name;		/* NULL: a group begins */
	const char *summary;		/* of a group: the wish */
	int (*run)(int argc, char **argv);
	const char *help;		/* what --help prints, see help.h */
};

/* Ends with a row that has no summary. */
extern const struct verb verbs[];

/* NULL: there is none of that name. */
const struct verb *verb_find(const char *name);

/* A usage error that names what was meant. */
int verb_unknown(const char *name);

/* What `vtb --help` prints. */
void verbs_print(FILE *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suggest.h - "did you mean": the name nearest to one that is none
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stdio.h>

struct suggestion {
	const char *word;		/* as it was typed */
	char best[128];			/* "": nothing is near */
	unsigned int distance;
};

void suggest_begin(struct suggestion *suggestion, const char *word);

/* @name is one that would have been right. */
void suggest(struct suggestion *suggestion, const char *name);

/* "; did you mean 'NAME'?", or nothing. */
void suggest_print(FILE *out, const struct suggestion *suggestion);

#endif

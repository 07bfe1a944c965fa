/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain.h - from when on a finding was inevitable
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <jansson.h>

#include "cli.h"

struct cli_explain_options {
	uint64_t runs;			/* from each step */
	uint64_t every;			/* steps; 0: as many as make 24 points */
	uint64_t seed;
	bool quiet;
};

/*
 * What @exe says of @file (fuzz/explain.c); a new reference. NULL if it says
 * nothing: @code is its exit code.
 */
json_t *cli_explain(const char *exe, const char *file,
		    const struct cli_explain_options *options, int *code);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lcov.h - lcov tracefiles: keep what belongs to a component, count it
 */
#ifndef CLI_LCOV_H
#define CLI_LCOV_H

#include "cli.h"

struct lcov_options {
	const char *target;
	const char *implementation;
	const char *exe;		/* of the coverage flavour */
	const char *profdata;		/* of its runs */
	const char *full;		/* llvm-cov's tracefile of them */
	const char *info;		/* to be written, NAME.info */
};

/*
 * Copies the records of the component's own .c files from tracefile @full to
 * @info and counts them. Which files these are says
 * components/implementations.def: the row of @target and @implementation.
 *
 * Branches in the arguments of WARN, BUG and assertions are left out, in @info
 * too: they are there to be never taken. So are those that the compiler has
 * decided (cover_branches.h). NAME.excluded lists all of them.
 * Returns an exit code; a tracefile without any of the files is an error.
 */
int lcov_filter(const struct lcov_options *options,
		struct cli_coverage *coverage);

#endif

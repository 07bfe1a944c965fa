/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lcov.h - lcov tracefiles: keep what belongs to a component, count it
 */
#ifndef CLI_LCOV_H
#define CLI_LCOV_H

#include "cli.h"

/*
 * Copies the records of the component's own .c files from tracefile @full to
 * @info and counts them. Which files these are says
 * components/implementations.def: the row of @target and @implementation.
 *
 * Branches in the arguments of WARN, BUG and assertions are left out, in @info
 * too: they are there to be never taken. OUT.excluded lists every such line.
 * Returns an exit code; a tracefile without any of the files is an error.
 */
int lcov_filter(const char *full, const char *info, const char *target,
		const char *implementation, struct cli_coverage *coverage);

#endif

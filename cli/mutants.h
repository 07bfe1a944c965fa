/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutants.h - the site mutants of an executable
 */
#ifndef CLI_MUTANTS_H
#define CLI_MUTANTS_H

#include "cli.h"
#include "outcome.h"

/* Prints them, one per line with file and line, or as JSON. An exit code. */
int mutants_list(const struct cli_executable *exe, bool json);

/*
 * The executable of @preset for a scenario file or for a target of that name.
 * Prints what is wrong and returns NULL; else for free().
 */
struct cli_executable *mutants_executable(const char *preset, const char *word,
					  const char *implementation);

#endif

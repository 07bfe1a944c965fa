/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outcome.h - replaying a program file in an executable, and what came of it
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <fuzz/program.h>
#include <jansson.h>

#include "cli.h"

/* What an executable says about itself; a new reference, or NULL. */
json_t *cli_ask(const struct cli_executable *exe);

struct cli_outcome {
	int exit_code;			/* of the finding; 0 if clean */
	bool died;			/* the finding ended the process */
	bool deterministic;
	char identity[PROGRAM_MAX_EXPECT];
	char oracle[64];
	char what[256];
	char why[256];
	uint64_t step;
	uint64_t time_ns;
	char trace_hash[24];
	char build[PROGRAM_MAX_WORD];	/* of the executable */
};

/*
 * Replays @file in @exe at least twice; runs that end the process are compared
 * between processes. Returns 0, or an exit code after a message: the file
 * cannot be read, or the executable gave no answer. If @json is not NULL it
 * gets the first run's report for free().
 */
int cli_replay(const char *exe, const char *file, struct cli_outcome *outcome,
	       char **json);

/* Why a finding is known, see known.c; false if it is not. */
#define CLI_REASON	256
bool cli_is_known(const struct cli_executable *exe, const char *identity,
		  char reason[CLI_REASON]);

/* Finds the executable for a file: its world, @implementation or the one it
 * records, else `own`. Prints what is wrong and returns NULL; else for free(). */
struct cli_executable *cli_executable_for(const char *preset, const char *file,
					  const char *implementation);

/*
 * Writes program words[0] as C to words[1], or to stdout if @nr is 1. Never
 * replaces a file. An exit code.
 */
int cli_repro_c(const char *implementation, char **words, int nr);

#endif

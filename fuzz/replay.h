/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.h - what the files about replaying share (private to fuzz/)
 *
 *	replay.c		runs files, compares the runs
 *	replay_print.c		says what came of it, as text or JSON
 *	replay_trace.c		compares a run with the expected trace
 *	replay_proof.c		many runs, each like the first
 */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include "plot.h"
#include "session.h"

struct replay_outcome {
	const char *file;
	const struct program *program;
	const struct target_result *result;	/* of the first run */
	const struct figures *figures;	/* of the same */
	unsigned int runs;
	bool same;			/* all of them */
};

void replay_print_headline(const struct program *program, const char *file);
void replay_print_outcome(const struct replay_outcome *outcome);

/* Did what the file expects of this implementation happen? */
bool replay_as_expected(const struct program *program, const char *identity);

/*
 * Is the timeline the one beside the file, NAME.trace for NAME.scn? True if
 * there is none, or if it is for another implementation. With @bless it is
 * written instead. Says what differs, on stdout or, with --json, on stderr.
 */
bool replay_check_trace(const struct program *program, const char *file,
			bool bless);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise.h - the state of one minimisation (private to fuzz/)
 *
 *	minimise.c		the file, the rounds, the result
 *	minimise_lists.c	fewer ops, fewer decisions; an explicit schedule
 *	minimise_values.c	simpler arguments, configuration and keys
 *
 * Each pass proposes candidates that are simpler than the best program so far
 * and keeps those with the same finding. A pass returns whether it got any
 * further. All of it is a function of the program and the build.
 */
#ifndef FUZZ_MINIMISE_H
#define FUZZ_MINIMISE_H

#include <time.h>

#include "worker.h"

struct minimiser {
	struct worker *worker;
	const char *identity;		/* to keep */
	struct program best;
	struct program candidate;	/* what the passes write to */
	const struct worker_result *result;	/* of the last candidate */
	size_t nr_decisions;		/* of the best; more than fit: unknown */
	struct sim_override decisions[PROGRAM_MAX_OVERRIDES];
	uint64_t tries;
	time_t deadline;		/* of the monotonic clock; 0: none */
};

/*
 * Makes the candidate normal and runs it. True if it shows the finding: then it
 * is the best one now. Runs nothing when time is up.
 */
bool minimise_try(struct minimiser *m);

/* Time is up, or the user does not want to wait. */
bool minimise_over(const struct minimiser *m);

bool minimise_ops(struct minimiser *m);
bool minimise_decisions(struct minimiser *m);
bool minimise_schedule(struct minimiser *m);

bool minimise_arguments(struct minimiser *m);
bool minimise_config(struct minimiser *m);
bool minimise_keys(struct minimiser *m);

#endif

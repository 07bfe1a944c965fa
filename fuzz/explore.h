/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.h - the state of one search for schedules (private to fuzz/)
 *
 *	explore.c		the file, the search, what it says in the end
 *	explore_next.c		which schedule comes next, by strategy
 *	explore_save.c		a finding, with as few switches as can be
 *	explore_report.c	what was tried and what that is worth
 *
 * The search goes on in a worker (worker.h), where programs may end the
 * process; the state lies in memory that all workers share. What next() needs
 * after a death is written before each run.
 */
#ifndef FUZZ_EXPLORE_H
#define FUZZ_EXPLORE_H

#include <sim/search.h>
#include <time.h>

#include "interleaving.h"
#include "session.h"
#include "worker.h"

enum explore_strategy {
	EXPLORE_MIX, EXPLORE_RANDOM, EXPLORE_PCT, EXPLORE_BYTES,
	EXPLORE_BOUNDED, EXPLORE_REPLAY,
	EXPLORE_STRATEGIES,
};

/* Strategy mix draws it for each run, if the file has none; others do not. */
#define EXPLORE_MEMORY_MIX	(-1)

/* Conflicting places seen so far; a table that is full learns no more. */
#define EXPLORE_PAIRS		(1u << 14)

struct explore_pair {
	uintptr_t low;			/* the smaller place; 0: free */
	uintptr_t high;
	bool seen[2];			/* low first, high first */
};

/* Runs of depth 1 that estimate actors and steps. */
#define EXPLORE_ESTIMATES	16

struct explore {
	struct explore_options options;
	enum explore_strategy strategy;
	int memory;			/* enum sim_memory_model, or the next */
	struct program base;		/* the scenario without its schedule */
	bool estimating;
	uint64_t limit;			/* runs; 0: none */
	uint64_t index;			/* of the next run */
	bool begun;			/* search: a run, not yet accounted for */
	bool exhausted;			/* nothing is left to run */
	bool stopped;			/* by time or by the user */
	uint32_t actors;		/* n: fibers that took part in a run */
	uint32_t steps;			/* k: preemption points of a run */
	uint8_t seen[SIM_MAX_OPS];	/* actors, in one run */
	time_t started;
	time_t deadline;		/* of the monotonic clock; 0: none */
	uint64_t findings;
	uint64_t first_at;		/* schedules until the first finding */
	int worst;			/* exit code */
	char identity[PROGRAM_MAX_EXPECT];	/* of the first finding */
	char file[4096];			/* where it was saved */
	struct sim_search *search;	/* EXPLORE_BOUNDED */
	uint32_t nr_pairs;
	uint32_t nr_both;		/* of them in both orders */
	struct interleaving interleaving;
	struct explore_pair pairs[EXPLORE_PAIRS];
};

/* -- explore_next.c: called in the worker -- */

extern const char *const explore_strategy_names[EXPLORE_STRATEGIES + 1];

bool explore_next(void *arg, struct program *program,
		  struct sim_search **search);
void explore_pair(void *arg, uintptr_t first, uintptr_t second);
void explore_done(void *arg, const struct target_result *result);
void explore_record(void *arg, const struct sim_trace_record *record,
		    const char *text);

/* -- explore_save.c -- */

/*
 * Saves what the worker has just found, unless an earlier finding of this
 * search was the same. Returns an exit code.
 */
int explore_save(struct explore *x, const struct program *program,
		 const struct worker_result *found);

/* -- explore_report.c -- */

/* Schedules tried; runs that only repeated one are not counted. */
uint64_t explore_schedules(const struct explore *x);
void explore_say_start(const struct explore *x);
void explore_say_progress(const struct explore *x);
void explore_say_end(const struct explore *x);

time_t explore_now(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * search.h - every schedule of a program that needs few preemptions
 *
 * A schedule is the list of choices made in a run: who goes next where the
 * running actor stops by itself (free), and whether another one goes where it
 * need not stop (a preemption). A search runs a program again and again, first
 * all schedules without a preemption, then all with one, two and so on; each
 * is run exactly once as new. Bugs need few preemptions, programs have many
 * points: k points give about k^b schedules with b preemptions.
 *
 *	search = sim_search_init(memory, &options);
 *	do {
 *		plan.search = search;
 *		... run the program by that plan ...
 *	} while (sim_search_next(search));
 *
 * Reduction: a preemption just before an access that conflicts with nobody's
 * can as well come later, so only points in front of a place in the code whose
 * accesses were seen to conflict are tried. Places are learned while searching;
 * when a pass has learned a new one it is done again, so what remains has been
 * tried for all places. It rests on two assumptions: whatever two actors share
 * is seen by a hook (sim/access.h) or lies behind a preemption point without
 * an access (a lock, a barrier), which is always tried; and the code of a
 * place is the same in all runs. What models share with each other has no
 * hooks: for that, search without reduction.
 *
 * A search is one block of memory without pointers into anything else. In
 * shared memory it survives the process that runs the program: call
 * sim_search_next() and go on, also when a run has ended the process.
 */
#ifndef SIM_SEARCH_H
#define SIM_SEARCH_H

#include <sim/sim.h>

struct sim_search;

#define SIM_SEARCH_MAX_BOUND	16

struct sim_search_options {
	unsigned int bound;	/* preemptions, at most SIM_SEARCH_MAX_BOUND */
	bool reduce;
};

struct sim_search_stats {
	unsigned int bound;	/* preemptions of the schedules tried now */
	unsigned int exhausted;	/* passes completed: all below this number */
	bool complete;		/* no schedule needs more: all were tried */
	bool truncated;		/* a run was too long to be searched whole */
	bool diverged;		/* a run did not repeat: not deterministic */
	uint64_t runs;		/* programs run, repeated ones included */
	uint64_t schedules;	/* of them new, all bounds */
	uint64_t by_bound[SIM_SEARCH_MAX_BOUND + 1];
	uint32_t points;	/* preemption points of the last run */
	uint32_t places;	/* in the code that conflict */
};

/* Bytes of memory that a search needs; untouched pages cost nothing. */
size_t sim_search_bytes(void);

/* Makes a search in zeroed @memory (sim_search_bytes() of it). */
struct sim_search *sim_search_init(void *memory,
				   const struct sim_search_options *options);

/*
 * After a run: was its schedule one that no run before had, and moves on to
 * the next. False when there is none left.
 */
bool sim_search_is_new(const struct sim_search *search);
bool sim_search_next(struct sim_search *search);

void sim_search_stats(const struct sim_search *search,
		      struct sim_search_stats *stats);

#endif

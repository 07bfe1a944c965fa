/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switches.h - switches by actor, function and visit (private to fuzz/)
 *
 * The number of a preemption point holds in one build only: a sanitizer or a
 * compiler may merge or split the accesses that have hooks. So a saved schedule
 * names a switch by the op it is in, the function under test that stood
 * innermost, how often points of that function had been passed in that op, and
 * the actor that went on. Points that are there in every build (locks, atomics,
 * barriers, runtime calls) are counted as visits, those of single accesses
 * apart; where no code under test is on the stack the op gives its name.
 *
 * Both ways count alike: following names, and finding them while a schedule
 * by numbers runs.
 */
#ifndef FUZZ_SWITCHES_H
#define FUZZ_SWITCHES_H

#include <fuzz/program.h>
#include <sim/trace.h>

#define SWITCHES_PLACES		256	/* slots of a hash table */

struct switches_place {
	const char *function;		/* NULL: free */
	uint32_t op;			/* slot */
	uint32_t visits;
	uint32_t accesses;
};

struct switches {
	struct sim_guide guide;
	const struct program *program;
	const char *follow;		/* lines to follow, or NULL */
	char *found;			/* where to write lines, or NULL */
	size_t size;
	bool lost;			/* places or lines have not all fitted */
	unsigned int nr_met;		/* lines of @follow that were met */
	bool preempting;		/* found: the next switch is by force */
	struct program_switch now;	/* the last point passed */
	struct switches_place places[SWITCHES_PLACES];
};

/* Follows the program's switches. */
void switches_follow(struct switches *s, const struct program *program);

/* Writes the switches of the run into @text; switches_record() must see it. */
void switches_find(struct switches *s, const struct program *program,
		   char *text, size_t size);
void switches_record(struct switches *s, const struct sim *sim,
		     const struct sim_trace_record *record);

/* Prints the lines that no longer apply: the run did not come there. */
unsigned int switches_missing(const struct switches *s);

#endif

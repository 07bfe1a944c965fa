/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race.h - data races of kernel code, by KCSAN's rules
 *
 * A detector watches one world at a time and lies outside of it. Reports are
 * findings of the oracle "data-race"; their identity is the two functions, in
 * alphabetical order, so it does not matter which came first.
 *
 * The stack of the first of two racing accesses is gone when the second comes.
 * Runs repeat, so the detector knows what to look for in the next run of the
 * same program: kernel_race_print() says more after it.
 */
#ifndef KERNEL_RACE_H
#define KERNEL_RACE_H

#include <stdio.h>

#include <sim/race.h>

struct kernel_race;

struct kernel_race *kernel_race_new(const struct sim_race_options *options);
void kernel_race_free(struct kernel_race *race);

/*
 * Around a run of @sim, which has just been restored or made: nothing before
 * it races with anything in it. NULL @race: nobody watches.
 */
void kernel_race_begin(struct kernel_race *race, struct sim *sim);
void kernel_race_end(struct kernel_race *race, struct sim *sim);

#define KERNEL_RACE_DEPTH	24
#define KERNEL_RACE_LOCKS	160

/* One of the two accesses of the last report. */
struct kernel_race_place {
	struct sim_race_access access;
	char what[64];			/* "plain write of 8 bytes" */
	char actor[64];			/* "user0 on vCPU 1 of host" */
	char locks[KERNEL_RACE_LOCKS];	/* "none" or names */
	unsigned int nr_pcs;		/* 0: not known, run again */
	const void *pcs[KERNEL_RACE_DEPTH];	/* inside the calls */
};

/* [0] came first in the run. NULL if there has been no report. */
const struct kernel_race_place *kernel_race_places(const struct kernel_race *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pct.h - does PCT keep its promise? Programs with bugs of known depth
 *
 * The depth of each bug, the number of fibers n and of steps k are known by
 * construction, and small enough that the promised chance 1/(n k^(d-1)) can be
 * measured. Shared by the test and by `vtb bench pct`.
 */
#ifndef BENCH_PCT_H
#define BENCH_PCT_H

#include <stdbool.h>
#include <stdint.h>

#define PCT_FIBERS	3
#define PCT_STEPS	20

/* pos[f][s] is when fiber f did its step s. */
typedef bool (*pct_bug_fn)(const uint32_t pos[PCT_FIBERS][PCT_STEPS]);

struct pct_program {
	const char *name;
	const char *what;
	unsigned int depth;
	unsigned int nr_fibers;
	unsigned int steps[PCT_FIBERS];	/* of each fiber */
	pct_bug_fn bug;
};

extern const struct pct_program pct_programs[];	/* ends with a NULL name */

struct pct_result {
	unsigned int n;
	unsigned int k;
	double bound;
	uint64_t runs;
	uint64_t hits;
	double low;		/* 95 % lower confidence limit of the rate */
};

/*
 * Runs @program at PCT depth @depth, @times times as often as one hit at the
 * bound would take. False if there is no memory for a world.
 */
bool pct_measure(const struct pct_program *program, unsigned int depth,
		 unsigned int times, struct pct_result *result);

/* Steps of all fibers. */
unsigned int pct_steps(const struct pct_program *program);

#endif

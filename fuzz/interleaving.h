/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interleaving.h - which conflicting accesses came in which order
 * (private to fuzz/)
 *
 * A pair is two places in the code whose accesses conflict: of different
 * actors, to the same memory, at least one a write. Seeing a pair in the other
 * order is what a new schedule is good for, as a new edge is what a new input
 * is good for; so fuzz engines count ordered pairs as features, and `vtb
 * explore` says how many pairs it has seen in both orders.
 */
#ifndef FUZZ_INTERLEAVING_H
#define FUZZ_INTERLEAVING_H

#include <sim/access.h>

#define INTERLEAVING_CELLS	4096

struct interleaving {
	/* Access of @second comes after one of @first: two places in the code. */
	void (*pair)(void *arg, uintptr_t first, uintptr_t second);
	void *arg;
	struct sim_access_reader reader;	/* for target_run.accesses */
	uint32_t run;
	struct interleaving_cell {
		uintptr_t granule;
		uintptr_t place;	/* of the last access */
		uint32_t run;		/* that it was in */
		uint16_t actor;
		bool write;
	} last[INTERLEAVING_CELLS];	/* by address, without chains */
};

void interleaving_init(struct interleaving *in,
		       void (*pair)(void *arg, uintptr_t first,
				    uintptr_t second), void *arg);

/* A run begins: what came before it does not count. */
void interleaving_begin(struct interleaving *in);

/* The same number for both orders of two places. */
uint32_t interleaving_hash(uintptr_t one, uintptr_t other);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy.h - who decides which fiber runs (private to sim/)
 *
 * A strategy gives values to decisions of two kinds: which of the eligible
 * fibers goes next (pick, 0 is the oldest), and whether one of them goes where
 * the running fiber need not stop (preempt). Whatever it says becomes a
 * decision like any other: overridden, traced and logged in decide.c. So a
 * strategy is free to look at the whole world, and a recorded run needs none.
 *
 *	strategy.c		round-robin, random, bytes, replay
 *	strategy_pct.c		PCT: random priorities, few changes
 *	strategy_search.c	bounded-exhaustive (sim/search.h)
 */
#ifndef SIM_STRATEGY_H
#define SIM_STRATEGY_H

#include "internal.h"

/* NULL members: always 0, nothing to be told. */
struct sim_strategy_ops {
	uint32_t (*pick)(struct sim *sim, uint32_t nth, uint32_t n);
	uint32_t (*preempt)(struct sim *sim, uint32_t nth);
	/* The running fiber cannot go on until others have run. */
	void (*yield)(struct sim *sim);
};

extern const struct sim_strategy_ops sim__pct_ops;
extern const struct sim_strategy_ops sim__search_ops;

/* Draws the priorities and change points of a plan. */
void sim__pct_init(struct sim *sim);

/* A run begins; accesses go to the search from now on. */
void sim__search_begin(struct sim *sim, struct sim_search *search);

#endif

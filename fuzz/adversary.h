/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adversary.h - programs with an adversary (private to fuzz/)
 */
#ifndef FUZZ_ADVERSARY_H
#define FUZZ_ADVERSARY_H

#include <fuzz/target.h>

/* What each op has made the kernel do, as a sum: order does not matter. */
struct adversary_effects {
	uint64_t of[SIM_MAX_OPS];
	const struct sim_trace_reader *next;	/* hears of it all, or NULL */
};

struct adversary {
	struct sim_adversary sim;
	struct target_result without;
	struct target_result early;
	struct adversary_effects effects;
	struct adversary_effects effects_without;
};

/* target_run() of a program that has one. */
void adversary_run(struct adversary *adversary, struct target *target,
		   const struct program *program, const struct target_run *run,
		   struct target_result *result);

/* One run in the restored world; @adversary may be NULL. */
void target_pass(struct target *target, const struct program *program,
		 const struct target_run *run, struct sim_adversary *adversary,
		 struct target_result *result);

#endif

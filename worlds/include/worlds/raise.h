/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * raise.h - findings of the oracles of worlds
 */
#ifndef WORLDS_RAISE_H
#define WORLDS_RAISE_H

#include <sim/finding.h>
#include <worlds/op.h>

/* See struct sim_finding. Texts are copied and may be cut. */
struct world_finding {
	enum vtb_exit severity;		/* 0: VTB_EXIT_SAFETY */
	const char *oracle;
	const char *object;
	const char *place[2];		/* names; NULL: none */
	const char *what;
	const char *why;
};

/*
 * Ends the run with @finding; see sim_finding_raise(). Leaks and what never ends
 * are wrong whatever an adversary has written: those oracles do not go by what
 * a process has asked for.
 */
void world_raise(struct world *world, const struct world_finding *finding);

/* Name of an op that has begun and not ended, or NULL. */
const char *world_running_op(const struct world *world);

/*
 * For the end of a quiescent run: `hang` if an op still runs, and then true.
 * @entry_point names the function of the code under test that an address is in,
 * or says NULL (kernel_entry_point()): the innermost one in which the op waits is
 * the second place. NULL: the op alone.
 */
bool world_raise_hang(struct world *world,
		      const char *(*entry_point)(const void *pc));

#endif

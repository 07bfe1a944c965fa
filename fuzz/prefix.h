/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prefix.h - programs that begin alike (private to fuzz/)
 *
 * Up to where its k-th op begins, a run is a function of the ops before, of who
 * runs the k-th one, of the configuration, and of what was decided so far. So a
 * snapshot taken there is right for every program that has these in common,
 * whatever follows, and whatever its seed and chances are:
 *
 *	base          k               end
 *	 |--connect---|--a--b--c-------|	one program, seed 1
 *	              |--d--e----------|	another one, seed 2: costs its
 *	              ^ snapshot		own ops only
 *
 * Nothing of it shows: trace, state, results, finding and counts of edges are
 * those of a run from the beginning. What observers know of the way there lies
 * outside of the world and is kept beside the snapshot: results, the log of
 * decisions, counts of edges, effects of ops. Where somebody looks on who cannot be
 * told so (readers of the trace, detectors of races), programs run from the
 * beginning.
 */
#ifndef FUZZ_PREFIX_H
#define FUZZ_PREFIX_H

#include <fuzz/target.h>
#include <sim/snapshot.h>

/* Snapshots kept of a world; the one not used for longest makes room. */
#define PREFIX_SNAPSHOTS	48

/* Ops behind these are not looked at. */
#define PREFIX_MAX_CALLS	64

struct prefix;

/* Those of one world. */
struct prefixes {
	struct prefix *list[PREFIX_SNAPSHOTS];
};

void prefixes_drop(struct prefixes *prefixes);

/* What is known about programs that begin alike; of a target. */
struct prefix_memory;
struct prefix_memory *prefix_memory_new(void);
void prefix_memory_free(struct prefix_memory *memory);

/* A run: how it begins. */
struct prefix_run {
	struct prefixes *prefixes;
	struct prefix_memory *memory;
	enum target_prefixes mode;
	uint32_t common;		/* TARGET_PREFIXES_COMMON */
	const struct program *program;
	const struct sim_plan *plan;
	const struct target_run *run;
	struct sim *sim;
	const struct sim_snapshot *base;
	uint64_t step_limit;		/* in steps of the sim */
	uint32_t adversary;		/* his powers; 0: none */
	int64_t *results;

	/* Chosen: */
	const struct prefix *from;	/* NULL: the base */
	uint32_t until;			/* take one there; UINT32_MAX: nowhere */
	uint64_t at[PREFIX_MAX_CALLS + 1];	/* names of places, by ops */
};

/* Ops that it does not run, and events that the sim has counted on the way. */
uint32_t prefix_spares(const struct prefix_run *run);
uint64_t prefix_events(const struct prefix_run *run);

/* Fills in what is chosen; spoils the world, which is to be restored. */
void prefix_choose(struct prefix_run *run);

/* The world is as it was there, and observers know what they knew. */
void prefix_restore(struct prefix_run *run);

/* Between here and prefix_take() the world runs up to op `until`. */
void prefix_watch(struct prefix_run *run);
void prefix_take(struct prefix_run *run);

/* It has not come there. */
void prefix_unwatch(struct prefix_run *run);

#endif

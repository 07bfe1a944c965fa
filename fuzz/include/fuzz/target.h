/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.h - running programs in worlds
 *
 * A target keeps the worlds it has built, one for each set of build
 * configuration values, each with a snapshot of the moment before the first
 * op. Running a program is: restore, configure, plan, run. Nothing of a run
 * survives into the next one; the results below are copies.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <fuzz/program.h>
#include <sim/finding.h>
#include <sim/trace.h>

/* Worlds kept at a time; the one not used for longest makes room. */
#define TARGET_WORLDS		16

/* A run that is longer has lost its way. */
#define TARGET_STEP_BUDGET	100000u

struct target;
struct kernel_race;
struct world_capture;
struct world_reporter;

/* Snapshots of where programs have got to that begin alike: fuzz/prefix.h. */
enum target_prefixes {
	TARGET_PREFIXES_OFF,
	TARGET_PREFIXES_COMMON,		/* where target_share_prefix() says */
	TARGET_PREFIXES_ALL,		/* where many come by */
	TARGET_PREFIXES_EAGER,		/* at once (tests) */
};

/*
 * Counts of edges, as an engine keeps them. Those that are never zero again skip
 * it where they wrap around.
 */
struct target_edges {
	uint8_t *counts;
	size_t bytes;
	bool never_zero;
};

struct target_run {
	uint64_t step_budget;	/* 0: the world's, or TARGET_STEP_BUDGET */
	const struct sim_trace_reader *reader;	/* NULL: none */
	void *aside;		/* all that the reader keeps; NULL: it may not
				 * be brought back */
	size_t aside_bytes;
	const struct target_edges *edges;	/* NULL: nobody counts them */
	struct sim_decision_log *log;		/* NULL: none */
	bool hash_state;
	bool every_frame;	/* restore all: see sim_snapshot_distrust() */
	struct sim_search *search;	/* schedules by it, or NULL */
	struct sim_access_reader *accesses;	/* NULL: none */
	const struct sim_guide *guide;	/* NULL: program.switches */
	const struct sim_fetch_reader *fetches;	/* NULL: none */
	struct kernel_race *race;	/* looks for data races, or NULL */
	struct sim_change *change;	/* gets what the adversary decides on,
					 * before it is made; or NULL */
	const struct world_capture *capture;	/* sees frames, or NULL */
	const struct sim_fresh *fresh;	/* an end of its own, or NULL */
	uint64_t *first_step;	/* gets the step the run begins at, or NULL */
	void (*ready)(void);	/* the world stands, ops follow; or NULL */
};

struct target_result {
	enum sim_end end;
	bool found;
	bool undecided;		/* see sim_finding.despite_change */
	struct sim_finding finding;		/* if found */
	char identity[PROGRAM_MAX_EXPECT];	/* "clean" if not */
	uint64_t base_hash;			/* restored, if hash_state */
	uint64_t state_hash;			/* at the end, if hash_state */
	uint64_t trace_hash;
	uint64_t trace_count;
	uint64_t steps;
	uint64_t events;
	uint64_t switches;
	uint32_t points;			/* SIM_PCT: see sim_points() */
	uint32_t nr_missing;	/* program.switches that did not apply */
	uint64_t time_ns;
	unsigned int nr_ok;			/* ops that succeeded */
	unsigned int nr_spared;			/* before the snapshot it began at */
	uint64_t spared_events;			/* the same */
	int64_t results[PROGRAM_MAX_CALLS];
};

/*
 * A program with an adversary may take up to three runs (sim/fetch.h): the
 * result is that of the one that decides, and observers hear of no other.
 * Searches by @search have no adversary.
 */
struct target *target_new(void);

/* From now on; TARGET_PREFIXES_OFF until it is called. */
void target_use_prefixes(struct target *target, enum target_prefixes mode);

/* TARGET_PREFIXES_COMMON: behind so many ops. */
void target_share_prefix(struct target *target, uint32_t nr_calls);
void target_free(struct target *target);

/*
 * Runs a normal program. A world that cannot be built is a bench error, or, if
 * that was found in the code under test, what every run of it finds. The result is
 * written as the run goes: crash handlers may look at it.
 */
void target_run(struct target *target, const struct program *program,
		const struct target_run *run, struct target_result *result);

/* What the world of the last run has measured; before the next one. */
void target_report(const struct target *target,
		   const struct world_reporter *to);

/* The sim of the last run, for crash reports; NULL before the first. */
struct sim *target_sim(const struct target *target);

/* Exit code of a result: 0, or the severity of its finding. */
int target_exit_code(const struct target_result *result);

#endif

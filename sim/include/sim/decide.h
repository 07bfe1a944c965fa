/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decide.h - every choice a world makes
 *
 * A decision is addressed by (op of the program, kind, n-th of this kind
 * within the op), never by a global index, and each (op, kind) draws from a
 * stream of its own. So deleting an op, rebuilding with other hooks or running
 * another implementation moves only the decisions of that op.
 *
 * The value of a decision is, in this order:
 *   1. the override the program carries for this address;
 *   2. by strategy and kind: the draw of the seed, or the benign default 0
 *      (run on, do not fail, honest peer, no delay).
 *
 * The op charged is the one the running fiber executes; events carry the op
 * that queued them, so what a device does later still belongs to the op that
 * started it. Op slot 0 is the world itself (boot, background).
 */
#ifndef SIM_DECIDE_H
#define SIM_DECIDE_H

#include <sim/memory_model.h>
#include <sim/sim.h>

enum sim_decision_kind {
	SIM_DECIDE_PICK,	/* which runnable fiber goes next */
	SIM_DECIDE_PREEMPT,	/* switch at this preemption point? */
	SIM_DECIDE_FAIL_ALLOC,	/* does this allocation fail? */
	SIM_DECIDE_FAIL_PIN,	/* does this page pin fail or fall short? */
	SIM_DECIDE_FAIL_UCOPY,	/* does this user copy fault? */
	SIM_DECIDE_FAIL_IO,	/* does the device or link fail? */
	SIM_DECIDE_DELAY,	/* how long does it take */
	SIM_DECIDE_PEER,	/* what a peer does */
	SIM_DECIDE_HOLD,	/* does this store stay invisible for now? */
	SIM_DECIDE_STALE,	/* how many stores back does this load see? */
	SIM_DECIDE_FETCH,	/* does the adversary change it? (fetch.h) */
	SIM_DECISION_KINDS,
};

/* "pick", "preempt", "alloc", ...: the words of text programs. */
const char *sim_decision_kind_name(enum sim_decision_kind kind);
int sim_decision_kind_parse(const char *name);	/* -EINVAL if unknown */

enum sim_strategy {
	SIM_ROUND_ROBIN,	/* oldest runnable first, no preemption */
	SIM_RANDOM,		/* picks and preempts by the seed */
	SIM_BYTES,		/* picks and preempts by sim_program.bytes */
	SIM_REPLAY,		/* overrides only; everything else is benign */
	SIM_PCT,		/* random priorities, changed depth-1 times */
	SIM_STRATEGIES,
};

const char *sim_strategy_name(enum sim_strategy strategy);
int sim_strategy_parse(const char *name);	/* -EINVAL if unknown */

struct sim_override {
	uint32_t op;		/* op slot, 0 is the world */
	uint16_t kind;		/* enum sim_decision_kind */
	uint16_t reserved;
	uint32_t nth;		/* 0 is the first of this kind in the op */
	uint32_t value;
};

#define SIM_MAX_OPS		256	/* op slots, the world's own included */
#define SIM_MAX_DEPTH		16	/* SIM_PCT */

struct sim_search;
struct sim_access;

/*
 * A run whose end is left open: from step @step on nothing of the plan counts
 * but its chances; all is drawn at random from @seed, switches with 1/@den.
 */
struct sim_fresh {
	uint64_t step;
	uint64_t seed;
	uint32_t preempt_den;	/* 0: no fresh end */
};

/*
 * Knows switches by other names than numbers. Asked at every preemption point,
 * before anything else: the fiber that is to go on instead of the running one,
 * or NULL. If that fiber cannot run there is no switch. @access comes behind
 * the point; NULL: none does. Input, as the plan is.
 */
struct sim_guide {
	struct sim_fiber *(*point)(void *arg, struct sim *sim,
				   const struct sim_access *access);
	void *arg;
};

/*
 * What decides. The arrays stay the caller's and must outlive the run; they
 * are input, not world state. @op_keys[slot] is the op's stable name: draws
 * depend on it and not on the slot, so ops may be removed around it.
 */
struct sim_plan {
	uint64_t seed;
	enum sim_strategy strategy;
	enum sim_memory_model memory;
	uint32_t preempt_den;	/* SIM_RANDOM: preempt with 1/den; 0: never */
	uint32_t depth;		/* SIM_PCT: 1 to SIM_MAX_DEPTH */
	uint32_t steps;		/* SIM_PCT: of a run, see sim_points() */
	/*
	 * Chance num/65536 that a decision of this kind is not benign; it then
	 * takes any other value. Picks and preempts go by the strategy, and
	 * SIM_REPLAY draws nothing.
	 */
	uint32_t fail_num[SIM_DECISION_KINDS];
	const uint32_t *op_keys;	/* slots past nr_ops are their own key */
	uint32_t nr_ops;	/* slots in op_keys, at most SIM_MAX_OPS */
	const struct sim_override *overrides;	/* sorted by op, kind, nth */
	uint32_t nr_overrides;
	const uint8_t *bytes;	/* SIM_BYTES */
	size_t nr_bytes;
	struct sim_search *search;	/* picks and preempts by it, or NULL */
	const struct sim_guide *guide;	/* or NULL */
	struct sim_fresh fresh;
};

/* Sets the plan and starts all decision counters again at zero. */
void sim_set_plan(struct sim *sim, const struct sim_plan *plan);

/*
 * The same for the rest of a run: counters stay as they are. The plan before has
 * been dropped, since it would be part of a snapshot. No search, guide or fresh
 * end, and memory as it was, SIM_MEMORY_SC.
 */
void sim_drop_plan(struct sim *sim);
void sim_set_plan_midway(struct sim *sim, const struct sim_plan *plan);

/*
 * Takes the next decision of @kind: a value in [0, n). 0 is always the benign
 * choice. With n < 2 nothing is decided and nothing is counted.
 */
uint32_t sim_decide(struct sim *sim, enum sim_decision_kind kind, uint32_t n);

/*
 * A fault point: true if this call is to fail. The chance is the plan's
 * fail_num for the kind (0 unless the program asks), an override fails or
 * spares exactly one call.
 */
bool sim_fail_point(struct sim *sim, enum sim_decision_kind kind);

/* Decisions of @kind since sim_set_plan() that were not benign. */
uint32_t sim_failures(const struct sim *sim, enum sim_decision_kind kind);

/*
 * SIM_PCT: preemption points passed under the last plan of that strategy. What
 * a run of depth 1 has is the `steps` for runs of more.
 */
uint32_t sim_points(const struct sim *sim);

/* The op slot charged now; set by whoever runs an op on this fiber. */
uint32_t sim_op(const struct sim *sim);
void sim_set_op(struct sim *sim, uint32_t op);

/*
 * Recording: with a log set, every decision whose value is not 0 is appended,
 * so SIM_REPLAY with the log as overrides repeats the run. The log lies
 * outside the world; entries past @capacity are counted but not stored.
 */
struct sim_decision_log {
	struct sim_override *entries;
	size_t capacity;
	size_t count;
};
void sim_set_decision_log(struct sim *sim, struct sim_decision_log *log);

/*
 * Would another plan have led to the same state? With a log set, every decision
 * is appended with what it was asked for. A plan of the same strategy agrees if
 * it says the same to all of them; with SIM_BYTES and SIM_PCT bytes, seed, depth
 * and steps have to be the same as well, which is for the caller to see. A change
 * between two fetches agrees with nothing.
 */
#define SIM_ASKED_DRAWN	1	/* .n of SIM_DECIDE_FETCH: chances count */

struct sim_asked {
	uint32_t op;
	uint32_t kind;
	uint32_t nth;
	uint32_t n;		/* values there were */
	uint32_t value;
	bool given;		/* by an override */
};

/* As struct sim_decision_log; one that has lost entries agrees with no plan. */
struct sim_asked_log {
	struct sim_asked *entries;
	size_t capacity;
	size_t count;
};
void sim_set_asked_log(struct sim *sim, struct sim_asked_log *log);

/* The world is to be restored afterwards, and the plan to be set. */
bool sim_plan_agrees(struct sim *sim, const struct sim_plan *plan,
		     const struct sim_asked_log *log);

/* Puts the stored entries into the order that sim_plan.overrides wants. */
void sim_decision_log_sort(struct sim_decision_log *log);

#endif

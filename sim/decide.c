/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decide.c - what a decision's value is
 *
 * One cell per (op slot, kind) counts the decisions taken and remembers the
 * next override of that address. Overrides are sorted and counts only grow,
 * so finding an override is one comparison.
 *
 * Values of picks and preempts come from the strategy in force (strategy.h).
 *
 * Preemption points are counted even when nobody else can run, where there is
 * nothing to decide: their numbers then do not depend on what others do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relaxed.h"
#include "run_queue.h"

static const char *const kind_names[SIM_DECISION_KINDS] = {
	[SIM_DECIDE_PICK] = "pick",
	[SIM_DECIDE_PREEMPT] = "preempt",
	[SIM_DECIDE_FAIL_ALLOC] = "alloc",
	[SIM_DECIDE_FAIL_PIN] = "pin",
	[SIM_DECIDE_FAIL_UCOPY] = "ucopy",
	[SIM_DECIDE_FAIL_IO] = "io",
	[SIM_DECIDE_DELAY] = "delay",
	[SIM_DECIDE_PEER] = "peer",
	[SIM_DECIDE_HOLD] = "hold",
	[SIM_DECIDE_STALE] = "stale",
	[SIM_DECIDE_FETCH] = "fetch",
};

static const char *const strategy_names[SIM_STRATEGIES] = {
	[SIM_ROUND_ROBIN] = "round-robin",
	[SIM_RANDOM] = "random",
	[SIM_BYTES] = "bytes",
	[SIM_REPLAY] = "replay",
	[SIM_PCT] = "pct",
};

static int parse(const char *const *names, int nr, const char *name)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

const char *sim_decision_kind_name(enum sim_decision_kind kind)
{
	return kind < SIM_DECISION_KINDS ? kind_names[kind] : "?";
}

int sim_decision_kind_parse(const char *name)
{
	return parse(kind_names, SIM_DECISION_KINDS, name);
}

const char *sim_strategy_name(enum sim_strategy strategy)
{
	return strategy < SIM_STRATEGIES ? strategy_names[strategy] : "?";
}

int sim_strategy_parse(const char *name)
{
	return parse(strategy_names, SIM_STRATEGIES, name);
}

/* ---- the plan ----------------------------------------------------------- */

void sim__decide_init(struct sim *sim)
{
	memset(sim->host.stream_op, 0xff, sizeof(sim->host.stream_op));
}

static int compare_overrides(const void *left, const void *right)
{
	const struct sim_override *a = left, *b = right;

	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->nth > b->nth) - (a->nth < b->nth);
}

/* Lets each address know the first of its overrides that is still to come. */
static void index_overrides(struct sim *sim, const struct sim_plan *plan)
{
	const struct sim_override *override = plan->overrides;
	struct sim_decision_cell *cell;
	uint32_t i;

	for (i = 0; i < plan->nr_overrides; i++, override++) {
		sim_assert(override->op < SIM_MAX_OPS);
		sim_assert(override->kind < SIM_DECISION_KINDS);
		sim_assert(i == 0 ||
			   compare_overrides(override - 1, override) < 0);
		if (override->op >= sim->host.nr_overridden)
			sim->host.nr_overridden = override->op + 1;
		cell = &sim->decisions[override->op][override->kind];
		if (!cell->next_override && override->nth >= cell->count)
			cell->next_override = i + 1;
	}
}

/* Programs have few ops, and the table is large. */
static uint32_t nr_cells(const struct sim *sim)
{
	return sim->nr_charged > sim->host.nr_overridden ?
	       sim->nr_charged : sim->host.nr_overridden;
}

static void use_plan(struct sim *sim, const struct sim_plan *plan)
{
	sim_assert(plan->nr_ops <= SIM_MAX_OPS);
	sim_assert(plan->strategy < SIM_STRATEGIES);
	sim->host.plan = *plan;
	sim__decide_init(sim);
}

void sim_set_plan(struct sim *sim, const struct sim_plan *plan)
{
	use_plan(sim, plan);
	sim__fill(sim->decisions, 0, nr_cells(sim) * sizeof(sim->decisions[0]));
	sim->host.nr_overridden = 0;
	memset(sim->failures, 0, sizeof(sim->failures));
	sim->bytes_used = 0;
	sim->bytes_gap = 0;
	sim->points = 0;
	sim->nr_sunk = 0;
	sim->streak = 0;
	sim->host.fresh_step = plan->fresh.preempt_den ? plan->fresh.step :
							 UINT64_MAX;
	index_overrides(sim, plan);
	sim__strategy_init(sim);
	sim__relaxed_init(sim);
}

void sim_drop_plan(struct sim *sim)
{
	uint32_t op, kind;

	for (op = 0; op < nr_cells(sim); op++)
		for (kind = 0; kind < SIM_DECISION_KINDS; kind++)
			sim->decisions[op][kind].next_override = 0;
}

/* Overrides that lie behind are left out: they were decided, or were moot. */
void sim_set_plan_midway(struct sim *sim, const struct sim_plan *plan)
{
	sim_assert(!plan->search && !plan->guide && !plan->fresh.preempt_den);
	sim_assert(!sim->relaxed && plan->memory == SIM_MEMORY_SC);
	use_plan(sim, plan);
	sim->host.nr_overridden = 0;
	sim->host.fresh_step = UINT64_MAX;
	index_overrides(sim, plan);
	sim__strategy_init(sim);
}

/* ---- values ------------------------------------------------------------- */

/* Slots past the plan's table are their own key. */
uint64_t sim__stream(struct sim *sim, enum sim_decision_kind kind)
{
	struct sim_host *host = &sim->host;
	const struct sim_plan *plan = &host->plan;
	uint32_t op = sim__op(sim->who), key;

	if (host->stream_op[kind] != op) {
		key = op < plan->nr_ops ? plan->op_keys[op] : op;
		host->stream[kind] = sim_prng_stream(
			sim_prng_stream(plan->seed, key), kind);
		host->stream_op[kind] = op;
	}
	return host->stream[kind];
}

/* The low bits say whether it is benign, the high bits which value it has. */
static bool chance(struct sim *sim, enum sim_decision_kind kind, uint32_t nth,
		   uint64_t *draw)
{
	const struct sim_plan *plan = &sim->host.plan;

	if (!plan->fail_num[kind] || plan->strategy == SIM_REPLAY)
		return false;
	*draw = sim_prng_at(sim__stream(sim, kind), nth);
	return (*draw & 0xffff) < plan->fail_num[kind];
}

static uint32_t chance_value(struct sim *sim, enum sim_decision_kind kind,
			     uint32_t nth, uint32_t n)
{
	uint64_t draw;

	if (!chance(sim, kind, nth, &draw))
		return 0;
	return 1 + sim_prng_scale(draw, n - 1);
}

/* Is decision @nth of @cell overridden? Moves on to the cell's next one. */
static bool take_override(struct sim *sim, struct sim_decision_cell *cell,
			  uint32_t nth, uint32_t *value)
{
	const struct sim_plan *plan = &sim->host.plan;
	const struct sim_override *override;
	uint32_t next = cell->next_override;

	if (likely(!next))
		return false;
	override = &plan->overrides[next - 1];
	if (override->nth != nth)
		return false;
	if (next < plan->nr_overrides && override[1].op == override->op &&
	    override[1].kind == override->kind)
		cell->next_override = next + 1;
	else
		cell->next_override = 0;
	*value = override->value;
	return true;
}

/* Whoever wants to know if another plan would have said the same. */
static __attribute__((noinline))
void note_asked(struct sim *sim, const struct sim_asked *what)
{
	struct sim_asked_log *asked = sim->host.asked;

	if (asked->count < asked->capacity)
		asked->entries[asked->count] = *what;
	asked->count++;
}

static inline void may_note_asked(struct sim *sim, uint32_t kind, uint32_t nth,
				  uint32_t n, uint32_t value, bool given)
{
	const struct sim_asked what = {
		sim__op(sim->who), kind, nth, n, value, given,
	};

	if (unlikely(sim->host.asked))
		note_asked(sim, &what);
}

/* Keeps what is not benign: the rest of a run follows from it. */
static void record(struct sim *sim, enum sim_decision_kind kind, uint32_t nth,
		   uint32_t value)
{
	struct sim_decision_log *log = sim->host.log;

	sim->failures[kind]++;
	sim__trace(sim, SIM_TRACE_DECISION, kind, value);
	if (!log)
		return;
	if (log->count < log->capacity)
		log->entries[log->count] = (struct sim_override){
			.op = sim__op(sim->who),
			.kind = kind,
			.nth = nth,
			.value = value,
		};
	log->count++;
}

/* The guide's choice; it has been seen to be eligible. */
static uint32_t guided_value(const struct sim *sim, enum sim_decision_kind kind)
{
	return kind == SIM_DECIDE_PREEMPT ? 1 :
	       sim__nr_eligible_before(sim, sim->host.guided);
}

static void ask_guide(struct sim *sim)
{
	const struct sim_guide *guide = sim->host.plan.guide;
	struct sim_fiber *fiber = guide->point(guide->arg, sim,
					       sim->host.access);

	if (fiber && fiber->state == SIM_FIBER_RUNNABLE &&
	    sim__may_run(fiber))
		sim->host.guided = fiber;
}

/* What was planned ends here: all that follows is left to a new seed. */
static __attribute__((noinline)) void begin_fresh(struct sim *sim)
{
	struct sim_plan *plan = &sim->host.plan;
	uint32_t op, kind;

	sim->host.fresh_step = UINT64_MAX;
	plan->seed = plan->fresh.seed;
	plan->strategy = SIM_RANDOM;
	plan->preempt_den = plan->fresh.preempt_den;
	plan->guide = NULL;
	plan->search = NULL;
	sim->host.guided = NULL;
	sim__decide_init(sim);
	for (op = 0; op < SIM_MAX_OPS; op++)
		for (kind = 0; kind < SIM_DECISION_KINDS; kind++)
			sim->decisions[op][kind].next_override = 0;
	sim__strategy_init(sim);
}

static uint32_t decide(struct sim *sim, enum sim_decision_kind kind, uint32_t n)
{
	struct sim_decision_cell *cell = &sim->decisions[sim__op(sim->who)][kind];
	uint32_t nth = cell->count++;
	uint32_t value;
	bool given;

	if (unlikely(sim->steps >= sim->host.fresh_step))
		begin_fresh(sim);
	given = take_override(sim, cell, nth, &value);

	if (unlikely(sim->host.guided && kind <= SIM_DECIDE_PREEMPT))
		value = guided_value(sim, kind);
	/* A value too large stays what it was meant to be: not benign. */
	else if (unlikely(given))
		value = value < n ? value : n - 1;
	else if (kind == SIM_DECIDE_PICK)
		value = sim__strategy_pick(sim, nth, n);
	else if (kind == SIM_DECIDE_PREEMPT)
		value = sim__strategy_preempt(sim, nth);
	else if (kind == SIM_DECIDE_HOLD || kind == SIM_DECIDE_STALE)
		value = sim__relaxed_draw(sim, kind, nth, n);
	else
		value = chance_value(sim, kind, nth, n);
	may_note_asked(sim, kind, nth, n, value, given);
	if (value)
		record(sim, kind, nth, value);
	return value;
}

uint32_t sim_decide(struct sim *sim, enum sim_decision_kind kind, uint32_t n)
{
	if (n < 2)
		return 0;
	sim->steps++;
	return decide(sim, kind, n);
}

uint32_t sim__decide_drawn(struct sim *sim, enum sim_decision_kind kind,
			   uint32_t (*draw)(uint64_t random, void *arg),
			   void *arg)
{
	struct sim_decision_cell *cell = &sim->decisions[sim__op(sim->who)][kind];
	uint32_t nth = cell->count++, value = 0;
	uint64_t random;
	bool given;

	sim->steps++;
	given = take_override(sim, cell, nth, &value);
	if (!given && draw && chance(sim, kind, nth, &random))
		value = draw(random >> 16, arg);
	may_note_asked(sim, kind, nth, draw ? SIM_ASKED_DRAWN : 0, value, given);
	if (value)
		record(sim, kind, nth, value);
	return value;
}

static inline __attribute__((always_inline))
bool decide_preempt(struct sim *sim, bool moot)
{
	struct sim_decision_cell *cell;
	uint32_t value;

	if (!moot)
		return decide(sim, SIM_DECIDE_PREEMPT, 2);
	cell = &sim->decisions[sim__op(sim->who)][SIM_DECIDE_PREEMPT];
	take_override(sim, cell, cell->count++, &value);
	return false;
}

/* Apart, so that it costs the others nothing but a test. */
static __attribute__((noinline)) bool decide_watched(struct sim *sim, bool moot)
{
	if (sim->host.plan.guide)
		ask_guide(sim);
	if (sim->host.by_priority)
		sim__pct_pass(sim);
	return decide_preempt(sim, moot);
}

bool sim__decide_preempt(struct sim *sim, bool moot)
{
	if (unlikely(sim->host.points_watched))
		return decide_watched(sim, moot);
	return decide_preempt(sim, moot);
}

bool sim_fail_point(struct sim *sim, enum sim_decision_kind kind)
{
	return sim_decide(sim, kind, 2);
}

uint32_t sim_failures(const struct sim *sim, enum sim_decision_kind kind)
{
	return sim->failures[kind];
}

uint32_t sim_points(const struct sim *sim)
{
	return sim->points;
}

uint32_t sim_op(const struct sim *sim)
{
	return sim__op(sim->who);
}

void sim_set_op(struct sim *sim, uint32_t op)
{
	sim_assert(op < SIM_MAX_OPS);
	sim__may_charge(sim, op);
	sim->who = sim__who(op, sim__actor(sim->who));
	if (sim->current)
		sim->current->who = sim->who;
}

/* ---- other plans -------------------------------------------------------- */

void sim_set_asked_log(struct sim *sim, struct sim_asked_log *log)
{
	sim->host.asked = log;
}

/* The override of that address; NULL: there is none. */
static const struct sim_override *find_override(const struct sim_plan *plan,
						const struct sim_asked *asked)
{
	const struct sim_override address = {
		.op = asked->op,
		.kind = asked->kind,
		.nth = asked->nth,
	};

	return plan->nr_overrides ?
	       bsearch(&address, plan->overrides, plan->nr_overrides,
		       sizeof(address), compare_overrides) : NULL;
}

/* What strategies without a memory and chances make of it. */
static uint32_t drawn_value(struct sim *sim, const struct sim_asked *asked)
{
	uint64_t draw;

	if (asked->kind == SIM_DECIDE_PICK)
		return sim__strategy_pick(sim, asked->nth, asked->n);
	if (asked->kind == SIM_DECIDE_PREEMPT)
		return sim__strategy_preempt(sim, asked->nth);
	if (asked->kind == SIM_DECIDE_FETCH)
		return asked->n == SIM_ASKED_DRAWN &&
		       chance(sim, asked->kind, asked->nth, &draw);
	return chance_value(sim, asked->kind, asked->nth, asked->n);
}

/* Which of them follow from all that was before, and not from the address. */
static bool is_by_history(const struct sim_plan *plan, uint32_t kind)
{
	return kind <= SIM_DECIDE_PREEMPT &&
	       (plan->strategy == SIM_BYTES || plan->strategy == SIM_PCT);
}

static bool agrees(struct sim *sim, const struct sim_asked *asked)
{
	const struct sim_plan *plan = &sim->host.plan;
	const struct sim_override *override = find_override(plan, asked);
	bool by_history = is_by_history(plan, asked->kind);

	if (by_history && asked->given != (override != NULL))
		return false;
	if (asked->kind == SIM_DECIDE_FETCH)
		return !asked->value && !(override ? override->value :
						     drawn_value(sim, asked));
	if (override)
		return asked->value == (override->value < asked->n ?
					override->value : asked->n - 1);
	return by_history || drawn_value(sim, asked) == asked->value;
}

bool sim_plan_agrees(struct sim *sim, const struct sim_plan *plan,
		     const struct sim_asked_log *log)
{
	size_t i;

	if (log->count > log->capacity)
		return false;
	use_plan(sim, plan);
	for (i = 0; i < log->count; i++) {
		sim->who = sim__who(log->entries[i].op, 0);
		if (!agrees(sim, &log->entries[i]))
			return false;
	}
	return true;
}

/* ---- recording ---------------------------------------------------------- */

void sim_set_decision_log(struct sim *sim, struct sim_decision_log *log)
{
	sim->host.log = log;
}

void sim_decision_log_sort(struct sim_decision_log *log)
{
	size_t n = log->count < log->capacity ? log->count : log->capacity;

	qsort(log->entries, n, sizeof(*log->entries), compare_overrides);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prefix.c - snapshots of where programs have got to that begin alike
 *
 * A place is named by a hash over the configuration, the ops before and the
 * actor of the next one. Counts of how often programs came by say where a
 * snapshot is worth its making; who comes by then is run with a log of all that
 * is decided. Before a snapshot is used, ops are compared one by one, and each
 * decision with what the plan of the new program says to it (sim_plan_agrees()).
 *
 * Strategies with a memory of their own (bytes, pct) have to be the same in all
 * they are made of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prefix.h"

/* More decisions than programs take; places behind so many are none. */
#define MAX_ASKED	4096u

/* Programs come by so many times before a snapshot is taken. */
#define WORTH		32u

/* Taking one costs as much as a few runs: not more often than this. */
#define RUNS_BETWEEN	512u

/* One that spares fewer ops is not worth it. */
#define LEAST_CALLS	2u

/* Snapshots of one place that differ in what was decided. */
#define MAX_VARIANTS	3u

#define SEEN		4096u

/* An edge and how often it was taken on the way. */
struct edge {
	uint32_t at;
	uint8_t count;
};

struct prefix {
	uint64_t at;
	uint64_t last_use;
	uint64_t steps;			/* of the sim, there */
	uint64_t events;
	struct sim_snapshot *snapshot;
	/* What it is right for. */
	const struct world_type *type;
	uint64_t config[PROGRAM_MAX_CONFIG];
	enum sim_strategy strategy;
	uint64_t seed;
	uint32_t depth;
	uint32_t pct_steps;
	uint32_t nr_bytes;
	uint32_t adversary;
	uint32_t nr_calls;
	unsigned int next_actor;
	struct op_call *calls;
	uint8_t *bytes;
	struct sim_asked_log asked;
	/* What is brought back beside the world. */
	int64_t *results;
	struct sim_decision_log log;	/* of no entries at all: nobody kept one */
	struct edge *edges;		/* NULL: they were not counted */
	size_t nr_edges;
	void *aside;			/* NULL: there was none */
};

struct prefix_memory {
	uint64_t uses;
	uint64_t last_take;		/* by then so many uses */
	uint8_t seen[SEEN];		/* how often, per hash of a place */
	struct sim_asked asked_entries[MAX_ASKED];
	struct sim_asked_log asked;
	uint8_t *edges;			/* counts when the run began */
	size_t nr_edges;		/* of them, there is room for */
};

struct prefix_memory *prefix_memory_new(void)
{
	return calloc(1, sizeof(struct prefix_memory));
}

void prefix_memory_free(struct prefix_memory *memory)
{
	if (memory)
		free(memory->edges);
	free(memory);
}

static void prefix_free(struct prefix *prefix)
{
	if (!prefix)
		return;
	sim_snapshot_free(prefix->snapshot);
	free(prefix->calls);
	free(prefix->bytes);
	free(prefix->asked.entries);
	free(prefix->results);
	free(prefix->log.entries);
	free(prefix->edges);
	free(prefix->aside);
	free(prefix);
}

void prefixes_drop(struct prefixes *prefixes)
{
	unsigned int i;

	for (i = 0; i < PREFIX_SNAPSHOTS; i++) {
		prefix_free(prefixes->list[i]);
		prefixes->list[i] = NULL;
	}
}

/* -- places ---------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

static uint64_t mix_call(uint64_t hash, const struct program *p, uint32_t n)
{
	const struct op_call *call = &p->calls[n];
	unsigned int i;

	hash = mix(hash, (uint64_t)(call->op - p->type->ops) << 32 | call->key);
	for (i = 0; i < call->op->nr_args; i++)
		hash = mix(hash, call->args[i]);
	return hash;
}

static bool has_memory(enum sim_strategy strategy)
{
	return strategy == SIM_BYTES || strategy == SIM_PCT;
}

static uint64_t mix_header(const struct prefix_run *run)
{
	const struct program *p = run->program;
	uint64_t hash = mix(1, run->adversary);
	unsigned int i;

	for (i = 0; i < p->type->nr_config; i++)
		hash = mix(hash, p->config[i]);
	if (has_memory(p->strategy))
		hash = mix(mix(hash, p->strategy), p->seed);
	return hash;
}

/* Places 1 to so many less 1 have ops before and behind them. */
static uint32_t end_of_places(const struct program *p)
{
	return p->nr_calls <= PREFIX_MAX_CALLS ? p->nr_calls :
						 PREFIX_MAX_CALLS + 1;
}

static void name_places(struct prefix_run *run)
{
	const struct program *p = run->program;
	uint64_t hash = mix_header(run);
	uint32_t n;

	for (n = 1; n < end_of_places(p); n++) {
		hash = mix_call(hash, p, n - 1);
		run->at[n] = mix(hash, p->calls[n].op->actor);
	}
}

/* -- what a snapshot is right for ------------------------------------------ */

static bool same_strategy(const struct prefix *prefix, const struct program *p)
{
	if (!has_memory(prefix->strategy) && !has_memory(p->strategy))
		return true;
	return prefix->strategy == p->strategy && prefix->seed == p->seed &&
	       prefix->depth == p->depth && prefix->pct_steps == p->steps &&
	       prefix->nr_bytes == p->nr_bytes &&
	       !memcmp(prefix->bytes, p->bytes, p->nr_bytes);
}

static bool same_calls(const struct prefix *prefix, const struct program *p)
{
	uint32_t n;

	for (n = 0; n < prefix->nr_calls; n++) {
		const struct op_call *a = &prefix->calls[n], *b = &p->calls[n];

		if (a->op != b->op || a->key != b->key ||
		    memcmp(a->args, b->args,
			   a->op->nr_args * sizeof(a->args[0])))
			return false;
	}
	return p->calls[n].op->actor == prefix->next_actor;
}

/* Observers want to know what it cannot tell. */
static bool tells_all(const struct prefix *prefix, const struct target_run *run)
{
	return (!run->edges || prefix->edges) &&
	       (!run->aside || prefix->aside) &&
	       (!run->log || (prefix->log.entries &&
			      run->log->capacity >= prefix->log.count));
}

static bool is_right(const struct prefix *prefix, const struct prefix_run *run)
{
	const struct program *p = run->program;

	return prefix->type == p->type && prefix->adversary == run->adversary &&
	       prefix->nr_calls < p->nr_calls &&
	       prefix->steps < run->step_limit &&
	       !memcmp(prefix->config, p->config,
		       p->type->nr_config * sizeof(p->config[0])) &&
	       same_strategy(prefix, p) && same_calls(prefix, p) &&
	       tells_all(prefix, run->run) &&
	       sim_plan_agrees(run->sim, run->plan, &prefix->asked);
}

/* The longest one. */
static struct prefix *find(const struct prefix_run *run)
{
	uint32_t end = end_of_places(run->program);
	struct prefix *best = NULL;
	unsigned int i;

	for (i = 0; i < PREFIX_SNAPSHOTS; i++) {
		struct prefix *prefix = run->prefixes->list[i];

		if (!prefix || prefix->nr_calls >= end ||
		    run->at[prefix->nr_calls] != prefix->at ||
		    (best && best->nr_calls >= prefix->nr_calls))
			continue;
		if (is_right(prefix, run))
			best = prefix;
	}
	return best;
}

/* -- where one is worth it ------------------------------------------------- */

/* Old counts fade: what was common once gives way. */
static void fade(struct prefix_memory *memory)
{
	unsigned int i;

	if (++memory->uses % (4 * SEEN))
		return;
	for (i = 0; i < SEEN; i++)
		memory->seen[i] /= 2;
}

static bool has_variants(const struct prefix_run *run, uint32_t place)
{
	unsigned int i, nr = 0;

	for (i = 0; i < PREFIX_SNAPSHOTS; i++)
		nr += run->prefixes->list[i] &&
		      run->prefixes->list[i]->at == run->at[place];
	return nr >= MAX_VARIANTS;
}

static bool is_full(const struct prefixes *prefixes)
{
	unsigned int i;

	for (i = 0; i < PREFIX_SNAPSHOTS; i++)
		if (!prefixes->list[i])
			return false;
	return true;
}

static bool is_time(const struct prefix_memory *memory)
{
	return memory->uses >= memory->last_take + RUNS_BETWEEN;
}

static bool is_worth(const struct prefix_run *run, uint32_t place, uint32_t from)
{
	uint8_t *seen = &run->memory->seen[run->at[place] % SEEN];

	if (*seen < UINT8_MAX)
		++*seen;
	switch (run->mode) {
	case TARGET_PREFIXES_ALL:
		return *seen >= WORTH && is_time(run->memory) && place >= from + LEAST_CALLS &&
		       !has_variants(run, place);
	case TARGET_PREFIXES_COMMON:
		return place == run->common && !has_variants(run, place) &&
		       !is_full(run->prefixes);
	case TARGET_PREFIXES_EAGER:
		return true;
	case TARGET_PREFIXES_OFF:
		break;
	}
	return false;
}

void prefix_choose(struct prefix_run *run)
{
	struct prefix *from;
	uint32_t place, first = 0;

	name_places(run);
	fade(run->memory);
	from = find(run);
	if (from) {
		from->last_use = run->memory->uses;
		first = from->nr_calls;
	}
	run->from = from;
	run->until = UINT32_MAX;
	for (place = first + 1; place < end_of_places(run->program); place++)
		if (is_worth(run, place, first))
			run->until = place;
}

uint32_t prefix_spares(const struct prefix_run *run)
{
	return run->from ? run->from->nr_calls : 0;
}

uint64_t prefix_events(const struct prefix_run *run)
{
	return run->from ? run->from->events : 0;
}

/* -- using ----------------------------------------------------------------- */

static void add_edges(const struct target_edges *edges, const struct edge *edge,
		      size_t nr)
{
	for (; nr--; edge++) {
		uint8_t *count = &edges->counts[edge->at];

		if (!edges->never_zero)
			*count += edge->count;
		else if (!*count)
			*count = edge->count;
		else
			*count = (uint8_t)((*count - 1 + edge->count) % 255 + 1);
	}
}

static void tell_observers(const struct prefix *prefix,
			   const struct target_run *run)
{
	if (run->edges)
		add_edges(run->edges, prefix->edges, prefix->nr_edges);
	if (run->aside)
		memcpy(run->aside, prefix->aside, run->aside_bytes);
	if (!run->log)
		return;
	memcpy(run->log->entries, prefix->log.entries,
	       prefix->log.count * sizeof(prefix->log.entries[0]));
	run->log->count = prefix->log.count;
}

void prefix_restore(struct prefix_run *run)
{
	const struct prefix *from = run->from;
	uint32_t i;

	sim_snapshot_restore(run->sim, from ? from->snapshot : run->base);
	if (!from)
		return;
	for (i = 0; i < run->program->nr_calls; i++)
		run->results[i] = i < from->nr_calls ? from->results[i] :
						       -ECANCELED;
	tell_observers(from, run->run);
}

/* -- taking ---------------------------------------------------------------- */

static void note_edges(struct prefix_memory *memory,
		       const struct target_edges *edges)
{
	if (memory->nr_edges < edges->bytes) {
		free(memory->edges);
		memory->edges = malloc(edges->bytes);
		sim_assert(memory->edges);
		memory->nr_edges = edges->bytes;
	}
	memcpy(memory->edges, edges->counts, edges->bytes);
}

void prefix_watch(struct prefix_run *run)
{
	struct prefix_memory *memory = run->memory;
	const struct prefix *from = run->from;

	memory->asked = (struct sim_asked_log){
		.entries = memory->asked_entries,
		.capacity = MAX_ASKED,
	};
	if (from) {
		memcpy(memory->asked_entries, from->asked.entries,
		       from->asked.count * sizeof(from->asked.entries[0]));
		memory->asked.count = from->asked.count;
	}
	sim_set_asked_log(run->sim, &memory->asked);
	if (run->run->edges)
		note_edges(memory, run->run->edges);
}

void prefix_unwatch(struct prefix_run *run)
{
	sim_set_asked_log(run->sim, NULL);
}

/* Never NULL, which is for what there is not. */
static void *copy_of(const void *from, size_t bytes)
{
	void *copy = malloc(bytes + 1);

	sim_assert(copy);
	if (bytes)
		memcpy(copy, from, bytes);
	return copy;
}

/* From @before to @now, in counts that wrap around. */
static uint8_t times(const struct target_edges *edges, uint8_t before,
		     uint8_t now)
{
	if (!edges->never_zero || !before || now >= before)
		return (uint8_t)(now - before);
	return (uint8_t)(now + 255 - before);
}

static void keep_edges(struct prefix *prefix, const uint8_t *before,
		       const struct target_edges *edges)
{
	size_t i, nr = 0;

	for (i = 0; i < edges->bytes; i++)
		nr += edges->counts[i] != before[i];
	prefix->edges = malloc((nr + 1) * sizeof(*prefix->edges));
	sim_assert(prefix->edges);
	for (i = 0; i < edges->bytes; i++)
		if (edges->counts[i] != before[i])
			prefix->edges[prefix->nr_edges++] = (struct edge){
				.at = (uint32_t)i,
				.count = times(edges, before[i],
					       edges->counts[i]),
			};
}

static void keep_observed(struct prefix *prefix, const struct prefix_run *run)
{
	const struct target_run *observed = run->run;

	if (observed->edges)
		keep_edges(prefix, run->memory->edges, observed->edges);
	if (observed->aside)
		prefix->aside = copy_of(observed->aside, observed->aside_bytes);
	if (!observed->log)
		return;
	prefix->log = *observed->log;
	prefix->log.entries = copy_of(observed->log->entries,
				      observed->log->count *
				      sizeof(observed->log->entries[0]));
}

static void keep_program(struct prefix *prefix, const struct program *p)
{
	uint32_t nr = prefix->nr_calls;

	prefix->type = p->type;
	memcpy(prefix->config, p->config, sizeof(prefix->config));
	prefix->strategy = p->strategy;
	prefix->seed = p->seed;
	prefix->depth = p->depth;
	prefix->pct_steps = p->steps;
	prefix->nr_bytes = p->nr_bytes;
	prefix->bytes = copy_of(p->bytes, p->nr_bytes);
	prefix->calls = copy_of(p->calls, nr * sizeof(p->calls[0]));
	prefix->next_actor = p->calls[nr].op->actor;
}

/* Nothing is kept of a place that is not all known. */
static bool is_all_known(const struct prefix_run *run)
{
	const struct sim_decision_log *log = run->run->log;

	return run->memory->asked.count <= MAX_ASKED &&
	       (!log || log->count <= log->capacity) &&
	       !sim_change_made(run->sim);
}

static struct prefix *prefix_new(const struct prefix_run *run)
{
	const struct sim_asked_log *asked = &run->memory->asked;
	struct prefix *prefix = calloc(1, sizeof(*prefix));

	sim_assert(prefix);
	prefix->snapshot = sim_snapshot_derive(run->sim, run->base);
	if (!prefix->snapshot) {
		free(prefix);
		return NULL;
	}
	prefix->at = run->at[run->until];
	prefix->last_use = run->memory->uses;
	prefix->steps = sim_steps(run->sim);
	prefix->events = sim_events_fired(run->sim);
	prefix->nr_calls = run->until;
	prefix->adversary = run->adversary;
	keep_program(prefix, run->program);
	prefix->asked = *asked;
	prefix->asked.capacity = asked->count;
	prefix->asked.entries = copy_of(asked->entries, asked->count *
					sizeof(asked->entries[0]));
	prefix->results = copy_of(run->results, prefix->nr_calls *
				  sizeof(run->results[0]));
	keep_observed(prefix, run);
	return prefix;
}

/* A free one, or that of the snapshot not used for longest. */
static struct prefix **make_room(struct prefixes *prefixes)
{
	struct prefix **oldest = &prefixes->list[0];
	unsigned int i;

	for (i = 0; i < PREFIX_SNAPSHOTS; i++) {
		if (!prefixes->list[i])
			return &prefixes->list[i];
		if (prefixes->list[i]->last_use < (*oldest)->last_use)
			oldest = &prefixes->list[i];
	}
	prefix_free(*oldest);
	*oldest = NULL;
	return oldest;
}

void prefix_take(struct prefix_run *run)
{
	prefix_unwatch(run);
	run->memory->last_take = run->memory->uses;
	sim_drop_plan(run->sim);
	if (is_all_known(run))
		*make_room(run->prefixes) = prefix_new(run);
	sim_set_plan_midway(run->sim, run->plan);
}

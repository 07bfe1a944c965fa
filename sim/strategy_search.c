/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy_search.c - bounded-exhaustive schedules; see sim/search.h
 *
 * Depth first: the path holds the choices of the run in progress; its first
 * `prefix` ones are given, the others are made as they come, all benign. After
 * a run the last choice that has another value left takes it and becomes the
 * end of the next prefix. A pass for bound b walks through the schedules with
 * fewer preemptions as well, since they lead to the others; they are a small
 * part of it and are not new.
 *
 * Places are addresses in the code and not in memory: what an allocation
 * returns may depend on the schedule, the code does not.
 */
#include <sim/access.h>
#include <sim/search.h>

#include "run_queue.h"
#include "strategy.h"

#define MAX_CHOICES	(1u << 16)
#define MAX_ACCESSES	(1u << 17)
#define MAX_PLACES	(1u << 13)	/* slots of a hash table */
#define GRANULE_SLOTS	(1u << 18)
#define GRANULE_SHIFT	3

struct choice {
	uintptr_t place;	/* of the access behind it; 0: none */
	uint32_t before;	/* preemptions in the path up to here */
	uint16_t value;
	uint16_t n;
	bool preempt;
};

/* An access, or the part of one in a granule of memory. */
struct access {
	uintptr_t granule;
	uintptr_t place;
	uint16_t actor;
	bool write;
};

/* Who has accessed a granule in this run. */
struct granule {
	uintptr_t granule;
	uint64_t run;		/* that this slot is about */
	uint16_t actor;
	bool shared;		/* by another one as well */
	bool written;
};

struct sim_search {
	struct sim_search_options options;
	struct sim_search_stats stats;
	struct sim_access_reader reader;
	bool learned;		/* a place, in this pass */
	bool lost;		/* an access or place: reduction is off */
	uint32_t prefix;
	uint32_t nr_choices;
	uint32_t nr_accesses;
	uint32_t preemptions;	/* of the path */
	struct choice path[MAX_CHOICES];
	uintptr_t places[MAX_PLACES];
	struct access accesses[MAX_ACCESSES];
	struct granule granules[GRANULE_SLOTS];
};

size_t sim_search_bytes(void)
{
	return sizeof(struct sim_search);
}

struct sim_search *sim_search_init(void *memory,
				   const struct sim_search_options *options)
{
	struct sim_search *search = memory;

	sim_assert(options->bound <= SIM_SEARCH_MAX_BOUND);
	search->options = *options;
	return search;
}

/* ---- places that conflict ------------------------------------------------ */

static uint32_t hash(uintptr_t key, uint32_t slots)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 40) & (slots - 1);
}

/* The slot of @place, or the free one where it would be. */
static uintptr_t *place_slot(struct sim_search *search, uintptr_t place)
{
	uint32_t i = hash(place, MAX_PLACES);

	while (search->places[i] && search->places[i] != place)
		i = (i + 1) & (MAX_PLACES - 1);
	return &search->places[i];
}

static void learn(struct sim_search *search, uintptr_t place)
{
	uintptr_t *slot = place_slot(search, place);

	if (*slot)
		return;
	if (search->stats.places >= MAX_PLACES / 2) {
		search->lost = true;
		return;
	}
	*slot = place;
	search->stats.places++;
	search->learned = true;
}

/* Must a preemption at @choice be tried? */
static bool is_candidate(struct sim_search *search, const struct choice *choice)
{
	if (!search->options.reduce || search->lost || !choice->place)
		return true;
	return *place_slot(search, choice->place) != 0;
}

static struct granule *granule_of(struct sim_search *search, uintptr_t granule)
{
	uint64_t run = search->stats.runs + 1;
	uint32_t i = hash(granule, GRANULE_SLOTS);
	struct granule *g = &search->granules[i];

	while (g->run == run && g->granule != granule) {
		i = (i + 1) & (GRANULE_SLOTS - 1);
		g = &search->granules[i];
	}
	return g;
}

static void note_granule(struct sim_search *search, const struct access *access)
{
	struct granule *g = granule_of(search, access->granule);
	uint64_t run = search->stats.runs + 1;

	if (g->run != run)
		*g = (struct granule){
			.granule = access->granule,
			.run = run,
			.actor = access->actor,
		};
	g->shared |= g->actor != access->actor;
	g->written |= access->write;
}

/* Learns the places of all accesses to what two actors shared in this run. */
static void learn_from_run(struct sim_search *search)
{
	const struct granule *g;
	uint32_t i;

	for (i = 0; i < search->nr_accesses; i++)
		note_granule(search, &search->accesses[i]);
	for (i = 0; i < search->nr_accesses; i++) {
		g = granule_of(search, search->accesses[i].granule);
		if (g->shared && g->written)
			learn(search, search->accesses[i].place);
	}
}

static void on_access(void *arg, const struct sim_access *access)
{
	struct sim_search *search = arg;
	uintptr_t first = (uintptr_t)access->address >> GRANULE_SHIFT;
	uintptr_t last = ((uintptr_t)access->address + access->bytes - 1) >>
			 GRANULE_SHIFT;

	for (; first <= last; first++) {
		if (search->nr_accesses == MAX_ACCESSES) {
			search->lost = true;
			return;
		}
		search->accesses[search->nr_accesses++] = (struct access){
			.granule = first,
			.place = (uintptr_t)access->site,
			.actor = sim__actor(sim_current->who),
			.write = sim_access_writes(access),
		};
	}
}

/* ---- in a run ------------------------------------------------------------ */

void sim__search_begin(struct sim *sim, struct sim_search *search)
{
	search->nr_choices = 0;
	search->nr_accesses = 0;
	search->preemptions = 0;
	search->stats.points = 0;
	if (!search->options.reduce)
		return;
	search->reader = (struct sim_access_reader){
		.access = on_access,
		.arg = search,
	};
	sim->host.search_reader = &search->reader;
	sim_add_access_reader(sim, &search->reader);
}

static uint32_t choose(struct sim_search *search, const struct choice *now)
{
	struct choice *choice = &search->path[search->nr_choices];

	if (search->nr_choices == MAX_CHOICES) {
		search->stats.truncated = true;
		return 0;
	}
	if (search->nr_choices++ >= search->prefix)
		*choice = *now;
	else if (choice->n != now->n || choice->preempt != now->preempt)
		search->stats.diverged = true;
	choice->before = search->preemptions;
	search->preemptions += choice->preempt && choice->value;
	return choice->value < now->n ? choice->value : 0;
}

static uint32_t search_pick(struct sim *sim, uint32_t nth, uint32_t n)
{
	const struct choice now = { .n = (uint16_t)n };

	return choose(sim->host.plan.search, &now);
}

static uint32_t search_preempt(struct sim *sim, uint32_t nth)
{
	const struct sim_access *access = sim->host.access;
	const struct choice now = {
		.place = access ? (uintptr_t)access->site : 0,
		.n = 2,
		.preempt = true,
	};

	if (!sim__nr_eligible(sim))
		return 0;
	sim->host.plan.search->stats.points++;
	return choose(sim->host.plan.search, &now);
}

const struct sim_strategy_ops sim__search_ops = {
	.pick = search_pick,
	.preempt = search_preempt,
};

/* ---- between runs -------------------------------------------------------- */

bool sim_search_is_new(const struct sim_search *search)
{
	return search->preemptions == search->stats.bound;
}

/* Gives the last choice that has another value left that value. */
static bool backtrack(struct sim_search *search)
{
	struct choice *choice;
	uint32_t i;

	for (i = search->nr_choices; i-- > 0;) {
		choice = &search->path[i];
		if (choice->value + 1 >= choice->n)
			continue;
		if (choice->preempt && (choice->before >= search->stats.bound ||
					!is_candidate(search, choice)))
			continue;
		choice->value++;
		search->prefix = i + 1;
		return true;
	}
	search->prefix = 0;
	return false;
}

/* The pass is over; is there another one? */
static bool next_pass(struct sim_search *search)
{
	struct sim_search_stats *stats = &search->stats;

	if (search->learned && stats->bound) {
		/* What was new is so again. */
		stats->schedules -= stats->by_bound[stats->bound];
		stats->by_bound[stats->bound] = 0;
		search->learned = false;
		return true;
	}
	search->learned = false;
	if (!stats->truncated)
		stats->exhausted = stats->bound + 1;
	stats->complete = !stats->truncated && !stats->by_bound[stats->bound];
	if (stats->complete || stats->bound == search->options.bound)
		return false;
	stats->bound++;
	return true;
}

bool sim_search_next(struct sim_search *search)
{
	struct sim_search_stats *stats = &search->stats;

	learn_from_run(search);
	stats->runs++;
	if (sim_search_is_new(search)) {
		stats->by_bound[stats->bound]++;
		stats->schedules++;
	}
	return backtrack(search) || next_pass(search);
}

void sim_search_stats(const struct sim_search *search,
		      struct sim_search_stats *stats)
{
	*stats = search->stats;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race.c - data races by happens-before
 *
 * A cell stands for eight bytes of memory (or for a sync object) and is one
 * line of the cache:
 *
 *	key   run and address    sync  what stores and releases have published
 *	past  up to four accesses: actor, its time, bytes, kind, place in code
 *
 * Cells are found by hashing, a few places are looked at. A key holds the run,
 * so cells of other runs are free. When all places are taken a cell is used
 * again; what it has published goes to `spilled`, which is part of whatever is
 * acquired from then on: order is never lost, accesses may be.
 *
 * An access drops those of the past that come before it and could not race
 * with anything that does not race with itself as well.
 */
#include <stdlib.h>
#include <string.h>

#include <sim/finding.h>
#include <sim/race.h>

#include "internal.h"
#include "race_clock.h"

#define GRANULE_SHIFT	3
#define GRANULE_BYTES	(1u << GRANULE_SHIFT)

#define CELLS		(1u << 16)
#define PLACES		8
#define ALL_CELLS	(CELLS + PLACES - 1)
#define PAST		4

/* A key: the granule in the lower bits, the run above. */
#define SYNC_OBJECT	(1ull << 44)
#define RUN_SHIFT	45
#define LAST_RUN	((1u << (64 - RUN_SHIFT)) - 1)

enum kind {
	WRITE	= 1 << 0,
	PLAIN	= 1 << 1,
	ASSERT	= 1 << 2,
	LOAD	= 1 << 3,	/* reads, maybe besides writing */
};

struct past {
	uint32_t time;
	uint32_t site;
	uint8_t bytes;		/* mask, 0: unused */
	uint8_t actor;
	uint8_t kind;
	uint8_t section;
};

struct cell {
	uint64_t key;
	uint32_t sync[2];	/* tags, one for each half */
	struct past past[PAST];
};
_Static_assert(sizeof(struct cell) == 64, "one line of the cache");

struct sim_race {
	struct sim_race_options options;
	uint64_t run;		/* as it stands in keys */
	uint32_t run_nr;
	uint32_t victim;	/* which past access goes next */
	uint32_t spilled;	/* tag */
	struct cell *cells;
	struct race_order order;
};

/* ---- detectors ---------------------------------------------------------- */

struct sim_race *sim_race_new(const struct sim_race_options *options)
{
	struct sim_race *race = aligned_alloc(64, (sizeof(*race) + 63) & ~63ul);

	if (!race)
		return NULL;
	race->cells = calloc(ALL_CELLS, sizeof(*race->cells));
	if (!race->cells) {
		free(race);
		return NULL;
	}
	race->options = options ? *options : (struct sim_race_options) { 0 };
	race->run_nr = 0;
	sim_race_begin(race);
	return race;
}

void sim_race_free(struct sim_race *race)
{
	if (!race)
		return;
	free(race->cells);
	free(race);
}

void sim_race_begin(struct sim_race *race)
{
	if (race->run_nr++ == LAST_RUN) {
		memset(race->cells, 0, ALL_CELLS * sizeof(*race->cells));
		race->run_nr = 1;
	}
	race->run = (uint64_t)race->run_nr << RUN_SHIFT;
	race->victim = 0;
	race->spilled = 0;
	race_order_begin(&race->order);
}

/* ---- cells -------------------------------------------------------------- */

/* The same in all runs: what is in the cache stays of use. */
static struct cell *first_place(const struct sim_race *race, uint64_t granule)
{
	return &race->cells[(granule * 0x9e3779b97f4a7c15ull >> 32) % CELLS];
}

static struct cell *find_cell(const struct sim_race *race, uint64_t granule)
{
	uint64_t key = race->run | granule;
	struct cell *cell = first_place(race, granule);
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		if (cell[i].key == key)
			return &cell[i];
	return NULL;
}

static bool is_free(const struct sim_race *race, const struct cell *cell)
{
	return cell->key >> RUN_SHIFT != race->run_nr;
}

/* A free place, else one that has published nothing, else any. */
static struct cell *choose_place(struct sim_race *race, struct cell *first)
{
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		if (is_free(race, &first[i]))
			return &first[i];
	for (i = 0; i < PLACES; i++)
		if (!first[i].sync[0] && !first[i].sync[1])
			return &first[i];
	for (i = 0; i < 2; i++)
		race->spilled = race_merge(&race->order, 0, race->spilled,
					   first->sync[i]);
	return first;
}

static __attribute__((noinline))
struct cell *make_cell(struct sim_race *race, uint64_t granule)
{
	struct cell *cell = choose_place(race, first_place(race, granule));

	memset(cell, 0, sizeof(*cell));
	cell->key = race->run | granule;
	/* It may have been here before. */
	cell->sync[0] = race->spilled;
	cell->sync[1] = race->spilled;
	return cell;
}

static inline struct cell *get_cell(struct sim_race *race, uint64_t granule)
{
	uint64_t key = race->run | granule;
	struct cell *cell = first_place(race, granule);
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		if (likely(cell[i].key == key))
			return &cell[i];
	return make_cell(race, granule);
}

/* ---- what races --------------------------------------------------------- */

static bool is_word(const struct sim_race_access *access)
{
	uint32_t bytes = access->bytes;

	return bytes <= 8 && !(bytes & (bytes - 1)) &&
	       !(access->address & (bytes - 1));
}

/*
 * As KCSAN has it: a volatile access is one instruction only if it is an
 * aligned word, and so is a plain store.
 */
bool sim_race_is_marked(const struct sim_race *race,
			const struct sim_race_access *access)
{
	uint32_t flags = access->flags;

	if (flags & (SIM_RACE_PLAIN | SIM_ACCESS_TORN))
		return false;
	if (flags & SIM_ACCESS_ATOMIC)
		return true;
	if (flags & SIM_ACCESS_VOLATILE)
		return is_word(access);
	return (flags & SIM_ACCESS_WRITE) && !(flags & SIM_ACCESS_COMPOUND) &&
	       !(flags & SIM_RACE_FREE) && !race->options.strict_writes &&
	       is_word(access);
}

static uint8_t kind_of(const struct sim_race *race,
		       const struct sim_race_access *access)
{
	uint8_t kind = 0;

	if (access->flags & SIM_ACCESS_ASSERT)
		return access->flags & SIM_ACCESS_WRITE ? ASSERT | WRITE :
							  ASSERT;
	if (access->flags & (SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND))
		kind |= WRITE;
	/* KCSAN calls an xchg() an atomic write. */
	if (!(kind & WRITE) ||
	    (access->flags & (SIM_ACCESS_COMPOUND | SIM_ACCESS_ATOMIC)))
		kind |= LOAD;
	if (!sim_race_is_marked(race, access))
		kind |= PLAIN;
	return kind;
}

/* Do accesses of these kinds conflict so that they have to be ordered? */
static inline bool conflict(uint8_t a, uint8_t b)
{
	if (!((a | b) & WRITE))
		return false;
	if (unlikely((a | b) & ASSERT))
		return !(a & b & ASSERT);
	return (a | b) & PLAIN;
}

/* Whatever does not race with @now does not race with @old either. */
static inline bool covers(const struct past *now, const struct past *old)
{
	return !(old->bytes & ~now->bytes) &&
	       !(old->kind & ~now->kind & (WRITE | PLAIN)) &&
	       !((old->kind ^ now->kind) & ASSERT) &&
	       (!now->section || now->section == old->section);
}

static inline bool is_before(const struct past *old,
			     const struct race_actor *me, unsigned int actor)
{
	return old->actor == actor ||
	       old->time <= race_time(&me->now, old->actor);
}

static inline bool races(const struct past *old, const struct race_actor *me,
			 const struct past *now)
{
	return (old->bytes & now->bytes) && !is_before(old, me, now->actor) &&
	       conflict(old->kind, now->kind) &&
	       !(now->section && now->section == old->section);
}

/* The access of the past that @now races with, or NULL. */
static inline const struct past *find_race(const struct cell *cell,
					   const struct race_actor *me,
					   const struct past *now)
{
	unsigned int i;

	for (i = 0; i < PAST; i++)
		if (unlikely(races(&cell->past[i], me, now)))
			return &cell->past[i];
	return NULL;
}

/* Nothing, or no write, if there is that: more races with a write. */
static __attribute__((noinline))
struct past *choose_victim(struct sim_race *race, struct cell *cell)
{
	unsigned int first = race->victim++, i;

	for (i = 0; i < PAST; i++) {
		struct past *old = &cell->past[(first + i) % PAST];

		if (!old->bytes || !(old->kind & WRITE))
			return old;
	}
	return &cell->past[first % PAST];
}

/* find_race(); @now becomes part of the past, but not if there is one. */
static inline const struct past *meet(struct sim_race *race, struct cell *cell,
				      const struct race_actor *me,
				      const struct past *now)
{
	struct past *room = NULL;
	unsigned int i;

	for (i = 0; i < PAST; i++) {
		struct past *old = &cell->past[i];

		if (!old->bytes) {
			room = old;
		} else if (is_before(old, me, now->actor)) {
			if (covers(now, old)) {
				old->bytes = 0;
				room = old;
			}
		} else if (unlikely(races(old, me, now))) {
			return old;
		}
	}
	*(room ? room : choose_victim(race, cell)) = *now;
	return NULL;
}

/* ---- what marked accesses order ----------------------------------------- */

static void load(struct sim_race *race, const struct sim_race_access *access,
		 struct race_actor *me, const struct cell *cell,
		 unsigned int halves)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		uint32_t tag = halves & (1u << i) ? cell->sync[i] : 0;

		me->last_load[i] = tag;
		if (!tag)
			continue;
		race_join_tag(&race->order, &me->loaded, tag);
		if (access->flags & SIM_RACE_ADDRESS)
			race_join_tag(&race->order, &me->now, tag);
	}
}

/* What a store of @actor publishes now. */
static uint32_t published(struct sim_race *race, struct race_actor *me,
			  unsigned int actor)
{
	if (!me->release_next)
		return me->fence;
	me->release_next = false;
	return race_snapshot_all(&race->order, actor, 0);
}

/* @whole: the store replaces the halves; else it is added to what is there. */
static void store(struct sim_race *race, unsigned int actor,
		  struct race_actor *me, struct cell *cell,
		  unsigned int halves, bool whole)
{
	uint32_t tag = published(race, me, actor);
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (halves & (1u << i))
			cell->sync[i] = whole ? tag :
				race_merge(&race->order, actor, cell->sync[i],
					   tag);
}

static void update(struct sim_race *race, const struct sim_race_access *access,
		   struct race_actor *me, struct cell *cell,
		   unsigned int halves)
{
	unsigned int i;

	load(race, access, me, cell, halves);
	if (me->full_next) {
		for (i = 0; i < 2; i++)
			race_join_tag(&race->order, &me->now,
				      me->last_load[i]);
		/* A full barrier behind it as well as in front of it. */
		me->fence = race_snapshot(&race->order, access->actor, 0);
	}
	store(race, access->actor, me, cell, halves, false);
}

static inline void order_by(struct sim_race *race,
			    const struct sim_race_access *access,
			    struct race_actor *me, struct cell *cell,
			    const struct past *now)
{
	unsigned int halves = !!(now->bytes & 0x0f) | !!(now->bytes & 0xf0) << 1;
	bool whole = !(access->bytes & 3);

	if (now->kind & (PLAIN | ASSERT))
		return;
	if (!(now->kind & WRITE)) {
		if (cell->sync[0] | cell->sync[1])
			load(race, access, me, cell, halves);
		else
			me->last_load[0] = me->last_load[1] = 0;
	} else if (now->kind & LOAD) {
		update(race, access, me, cell, halves);
	} else {
		store(race, access->actor, me, cell, halves, whole);
	}
}

/* ---- accesses ----------------------------------------------------------- */

static __attribute__((noinline))
void fill_report(const struct past *old, const struct sim_race_access *access,
		 uint64_t granule, struct sim_race_report *report)
{
	unsigned int first = __builtin_ctz(old->bytes);
	uint32_t flags = 0;

	if (old->kind & WRITE)
		flags |= SIM_ACCESS_WRITE;
	if (old->kind & ASSERT)
		flags |= SIM_ACCESS_ASSERT;
	else
		flags |= old->kind & PLAIN ? SIM_RACE_PLAIN : SIM_ACCESS_ATOMIC;
	if ((old->kind & (LOAD | WRITE)) == (LOAD | WRITE))
		flags |= SIM_ACCESS_COMPOUND;
	report->first = (struct sim_race_access){
		.address = (granule << GRANULE_SHIFT) + first,
		.site = (const void *)(uintptr_t)old->site,
		.bytes = __builtin_popcount(old->bytes),
		.flags = flags,
		.actor = old->actor,
		.section = old->section,
	};
	report->second = *access;
}

/* The bytes of [at, end) that lie in the granule of @at. */
static inline uint8_t byte_mask(uint64_t at, uint64_t end)
{
	unsigned int first = at & (GRANULE_BYTES - 1);
	uint64_t nr = end - at;

	if (nr > GRANULE_BYTES - first)
		nr = GRANULE_BYTES - first;
	return ((1u << nr) - 1) << first;
}

void sim_race_forget(struct sim_race *race, uint64_t address, uint64_t bytes)
{
	uint64_t at, end = address + bytes;

	for (at = address; at < end; at = (at | (GRANULE_BYTES - 1)) + 1) {
		struct cell *cell = find_cell(race, at >> GRANULE_SHIFT);
		uint8_t gone = byte_mask(at, end);
		unsigned int i;

		if (!cell)
			continue;
		for (i = 0; i < PAST; i++)
			cell->past[i].bytes &= ~gone;
		if (gone == 0xff)
			cell->sync[0] = cell->sync[1] = 0;
	}
}

/* A free races with what is not before it, and is nothing to race with. */
static __attribute__((noinline))
bool end_life(struct sim_race *race, const struct sim_race_access *access,
	      struct past *now, struct sim_race_report *report)
{
	const struct race_actor *me = race_actor(&race->order, access->actor);
	uint64_t at = access->address, end = at + access->bytes;
	const struct past *old;

	for (; at < end; at = (at | (GRANULE_BYTES - 1)) + 1) {
		const struct cell *cell = find_cell(race, at >> GRANULE_SHIFT);

		now->bytes = byte_mask(at, end);
		old = cell ? find_race(cell, me, now) : NULL;
		if (!old)
			continue;
		fill_report(old, access, at >> GRANULE_SHIFT, report);
		return true;
	}
	sim_race_forget(race, access->address, access->bytes);
	return false;
}

bool sim_race_access(struct sim_race *race,
		     const struct sim_race_access *access,
		     struct sim_race_report *report)
{
	struct race_actor *me = race_actor(&race->order, access->actor);
	uint64_t at = access->address, end = at + access->bytes;
	struct past now = {
		.time = race_time(&me->now, access->actor),
		.site = (uint32_t)(uintptr_t)access->site,
		.actor = access->actor,
		.kind = kind_of(race, access),
		.section = access->section,
	};
	const struct past *old;
	bool found = false;

	if (unlikely(access->flags & SIM_RACE_FREE))
		return end_life(race, access, &now, report);
	for (; at < end; at = (at | (GRANULE_BYTES - 1)) + 1) {
		struct cell *cell = get_cell(race, at >> GRANULE_SHIFT);

		now.bytes = byte_mask(at, end);
		old = meet(race, cell, me, &now);
		if (unlikely(old)) {
			if (!found)
				fill_report(old, access, at >> GRANULE_SHIFT,
					    report);
			found = true;
			/* Whoever is told may say nothing, and the run goes on. */
			*choose_victim(race, cell) = now;
		}
		order_by(race, access, me, cell, &now);
	}
	me->full_next = false;
	return found;
}

/* ---- order -------------------------------------------------------------- */

static uint64_t object_key(uint64_t object)
{
	return object >> GRANULE_SHIFT | SYNC_OBJECT;
}

/* Two objects of one granule: a lock that is half a word. */
static unsigned int object_half(uint64_t object)
{
	return object >> 2 & 1;
}

void sim_race_release(struct sim_race *race, unsigned int actor,
		      uint64_t object)
{
	struct cell *cell = get_cell(race, object_key(object));
	uint32_t *sync = &cell->sync[object_half(object)];

	*sync = race_snapshot_all(&race->order, actor, *sync);
}

void sim_race_acquire(struct sim_race *race, unsigned int actor,
		      uint64_t object)
{
	struct race_actor *me = race_actor(&race->order, actor);
	const struct cell *cell = find_cell(race, object_key(object));
	uint32_t tag = cell ? cell->sync[object_half(object)] : race->spilled;

	race_join_tag(&race->order, &me->now, tag);
}

void sim_race_pass(struct sim_race *race, uint64_t from, uint64_t to)
{
	const struct cell *cell = find_cell(race, object_key(from));
	uint32_t tag = cell ? cell->sync[object_half(from)] : race->spilled;
	uint32_t *sync;

	if (!tag)
		return;
	sync = &get_cell(race, object_key(to))->sync[object_half(to)];
	*sync = race_merge(&race->order, 0, *sync, tag);
}

void sim_race_order(struct sim_race *race, unsigned int before,
		    unsigned int after)
{
	uint32_t tag = race_snapshot(&race->order, before, 0);
	struct race_actor *me = race_actor(&race->order, after);

	race_join_tag(&race->order, &me->now, tag);
}

void sim_race_fence(struct sim_race *race, unsigned int actor,
		    enum sim_race_fence fence)
{
	struct race_actor *me = race_actor(&race->order, actor);
	unsigned int i;

	if (fence == SIM_RACE_FENCE_FULL || fence == SIM_RACE_FENCE_READ)
		race_join(&me->now, &me->loaded, race->order.lanes);
	if (fence == SIM_RACE_FENCE_FULL || fence == SIM_RACE_FENCE_WRITE)
		me->fence = race_snapshot(&race->order, actor, 0);
	if (fence == SIM_RACE_FENCE_FULL)
		me->full_next = true;
	if (fence == SIM_RACE_FENCE_RELEASE)
		me->release_next = true;
	for (i = 0; i < 2 && fence == SIM_RACE_FENCE_ACQUIRE; i++)
		race_join_tag(&race->order, &me->now, me->last_load[i]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_test.c - what races, and what each kind of edge orders
 *
 * Every edge comes as a pair: the steps without it race, with it they do not.
 */
#include <stdlib.h>
#include <string.h>

#include <sim/race.h>

#include "fixture.h"

#define X	0x200000001000ull
#define FLAG	0x200000002000ull
#define LOCK	0x200000003000ull

#define PLAIN_R		0
#define PLAIN_W		SIM_ACCESS_WRITE
#define MARKED_R	SIM_ACCESS_VOLATILE
#define MARKED_W	(SIM_ACCESS_VOLATILE | SIM_ACCESS_WRITE)
#define RMW		(SIM_ACCESS_ATOMIC | SIM_ACCESS_WRITE |		\
			 SIM_ACCESS_COMPOUND)
#define POINTER_R	(MARKED_R | SIM_RACE_ADDRESS)
#define ASSERT_W	SIM_ACCESS_ASSERT	/* nobody else writes */
#define ASSERT_RW	(SIM_ACCESS_ASSERT | SIM_ACCESS_WRITE)

/* Strict: plain words are no marked writes, which keeps the tests small. */
static struct sim_race *race;
static struct sim_race_report report;

static int setup(void **state)
{
	const struct sim_race_options options = { .strict_writes = true };

	(void)state;
	race = sim_race_new(&options);
	return !race;
}

static int teardown(void **state)
{
	(void)state;
	sim_race_free(race);
	return 0;
}

static bool at(unsigned int actor, uint32_t flags, uint64_t address,
	       uint32_t bytes)
{
	const struct sim_race_access access = {
		.address = address,
		.site = (void *)(uintptr_t)(0x1000 + actor),
		.bytes = bytes,
		.flags = flags,
		.actor = actor,
	};

	return sim_race_access(race, &access, &report);
}

static bool x(unsigned int actor, uint32_t flags)
{
	return at(actor, flags, X, 8);
}

static bool flag(unsigned int actor, uint32_t flags)
{
	return at(actor, flags, FLAG, 8);
}

static void fence(unsigned int actor, enum sim_race_fence kind)
{
	sim_race_fence(race, actor, kind);
}

/* ---- what conflicts ------------------------------------------------------ */

/* Actor 0 first, then actor 1. */
static bool pair_races(uint32_t first, uint32_t second)
{
	sim_race_begin(race);
	assert_false(x(0, first));
	return x(1, second);
}

static void test_kinds(void **state)
{
	static const struct {
		uint32_t a, b;
		bool races;
	} cases[] = {
		{ PLAIN_R, PLAIN_R, false },
		{ PLAIN_R, PLAIN_W, true },
		{ PLAIN_W, PLAIN_W, true },
		{ MARKED_R, PLAIN_R, false },
		{ MARKED_R, PLAIN_W, true },
		{ MARKED_R, MARKED_W, false },
		{ MARKED_W, MARKED_W, false },
		{ MARKED_W, PLAIN_R, true },
		{ MARKED_W, PLAIN_W, true },
		{ RMW, MARKED_R, false },
		{ RMW, RMW, false },
		{ RMW, PLAIN_R, true },
		{ ASSERT_W, PLAIN_R, false },
		{ ASSERT_W, MARKED_R, false },
		{ ASSERT_W, MARKED_W, true },
		{ ASSERT_W, RMW, true },
		{ ASSERT_RW, MARKED_R, true },
		{ ASSERT_RW, PLAIN_R, true },
		{ ASSERT_RW, ASSERT_RW, false },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(pair_races(cases[i].a, cases[i].b),
				 cases[i].races);
		assert_int_equal(pair_races(cases[i].b, cases[i].a),
				 cases[i].races);
	}
}

static bool lenient_races(uint32_t first, uint32_t second, uint32_t bytes,
			  uint64_t address)
{
	bool races;

	race = sim_race_new(NULL);
	assert_false(at(0, first, address, bytes));
	races = at(1, second, address, bytes);
	sim_race_free(race);
	return races;
}

static void test_plain_writes_by_default(void **state)
{
	struct sim_race *strict = race;

	(void)state;
	assert_false(lenient_races(PLAIN_W, MARKED_R, 8, X));
	assert_false(lenient_races(PLAIN_W, PLAIN_W, 4, X));
	assert_true(lenient_races(PLAIN_W, PLAIN_R, 8, X));
	/* Neither of these is one instruction. */
	assert_true(lenient_races(PLAIN_W, PLAIN_W, 16, X));
	assert_true(lenient_races(PLAIN_W, MARKED_R, 4, X + 2));
	assert_true(lenient_races(PLAIN_W | SIM_ACCESS_COMPOUND, MARKED_R, 8,
				  X));
	race = strict;
}

static void test_bytes(void **state)
{
	(void)state;
	sim_race_begin(race);
	/* Neighbours in a word. */
	assert_false(at(0, PLAIN_W, X, 1));
	assert_false(at(1, PLAIN_W, X + 1, 1));
	assert_false(at(2, PLAIN_W, X + 4, 4));
	assert_true(at(2, PLAIN_W, X + 1, 2));
	assert_int_equal(report.first.actor, 1);
	assert_int_equal(report.first.address, X + 1);
	assert_int_equal(report.first.bytes, 1);
	/* Across words. */
	assert_false(at(0, PLAIN_W, X + 64, 4));
	assert_true(at(1, PLAIN_R, X + 58, 7));
	assert_int_equal(report.first.actor, 0);
	assert_true(at(1, PLAIN_R, X + 40, 100));
	/* A volatile access that is no word is plain. */
	assert_false(at(0, MARKED_W, X + 201, 2));
	assert_true(at(1, MARKED_R, X + 201, 2));
}

static void test_report(void **state)
{
	(void)state;
	sim_race_begin(race);
	assert_false(x(3, MARKED_W));
	assert_true(x(5, PLAIN_R));
	assert_int_equal(report.first.actor, 3);
	assert_int_equal(report.first.flags,
			 SIM_ACCESS_WRITE | SIM_ACCESS_ATOMIC);
	assert_ptr_equal(report.first.site, (void *)0x1003);
	assert_int_equal(report.second.actor, 5);
	assert_int_equal(report.second.flags, PLAIN_R);
	assert_ptr_equal(report.second.site, (void *)0x1005);
}

/* ---- order --------------------------------------------------------------- */

enum edge { NONE, LOCKED, OTHER_LOCK, STARTED, RELEASE_ACQUIRE, RELEASE_ONLY,
	    ACQUIRE_ONLY, WMB_RMB, WMB_ONLY, RMB_ONLY, MB_MB, POINTER,
	    FULL_RMW, RELAXED_RMW, RMW_BETWEEN, STORE_BETWEEN, PASSED_ON,
	    EDGES };

static void writer(enum edge edge)
{
	switch (edge) {
	case LOCKED:
	case OTHER_LOCK:
	case PASSED_ON:
		sim_race_release(race, 0, LOCK);
		return;
	case STARTED:
		sim_race_order(race, 0, 1);
		return;
	case RELEASE_ACQUIRE:
	case RELEASE_ONLY:
	case RMW_BETWEEN:
	case STORE_BETWEEN:
		fence(0, SIM_RACE_FENCE_RELEASE);
		break;
	case WMB_RMB:
	case WMB_ONLY:
	case POINTER:
		fence(0, SIM_RACE_FENCE_WRITE);
		break;
	case MB_MB:
	case FULL_RMW:
		fence(0, SIM_RACE_FENCE_FULL);
		break;
	default:
		break;
	}
	assert_false(flag(0, edge == FULL_RMW || edge == RELAXED_RMW ?
			     RMW : MARKED_W));
}

/* Somebody else has his hands on the flag meanwhile. */
static void third(enum edge edge)
{
	if (edge == RMW_BETWEEN)
		assert_false(flag(2, RMW));
	if (edge == STORE_BETWEEN)
		assert_false(flag(2, MARKED_W));
	if (edge == PASSED_ON)
		sim_race_pass(race, LOCK, LOCK + 4);
}

static void reader(enum edge edge)
{
	switch (edge) {
	case LOCKED:
	case OTHER_LOCK:
	case PASSED_ON:
		sim_race_acquire(race, 1, edge == LOCKED ? LOCK : LOCK + 4);
		return;
	case FULL_RMW:
		fence(1, SIM_RACE_FENCE_FULL);
		break;
	default:
		break;
	}
	assert_false(flag(1, edge == POINTER ? POINTER_R :
			     edge == FULL_RMW || edge == RELAXED_RMW ?
			     RMW : MARKED_R));
	if (edge == RELEASE_ACQUIRE || edge == ACQUIRE_ONLY ||
	    edge == RMW_BETWEEN || edge == STORE_BETWEEN)
		fence(1, SIM_RACE_FENCE_ACQUIRE);
	if (edge == WMB_RMB || edge == RMB_ONLY)
		fence(1, SIM_RACE_FENCE_READ);
	if (edge == MB_MB)
		fence(1, SIM_RACE_FENCE_FULL);
}

static bool ordered_by(enum edge edge)
{
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	writer(edge);
	third(edge);
	reader(edge);
	return !x(1, PLAIN_R);
}

static void test_edges(void **state)
{
	static const bool ordered[EDGES] = {
		[LOCKED] = true, [STARTED] = true, [RELEASE_ACQUIRE] = true,
		[WMB_RMB] = true, [MB_MB] = true, [POINTER] = true,
		[FULL_RMW] = true, [RMW_BETWEEN] = true, [PASSED_ON] = true,
	};
	unsigned int edge;

	(void)state;
	for (edge = 0; edge < EDGES; edge++)
		assert_int_equal(ordered_by(edge), ordered[edge]);
}

/* What comes after a release is not covered by it. */
static void test_release_is_a_point(void **state)
{
	(void)state;
	sim_race_begin(race);
	sim_race_release(race, 0, LOCK);
	assert_false(x(0, PLAIN_W));
	sim_race_acquire(race, 1, LOCK);
	assert_true(x(1, PLAIN_R));
	/* RELEASE is part of one store, a write fence of all that follow. */
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	fence(0, SIM_RACE_FENCE_RELEASE);
	assert_false(at(0, MARKED_W, LOCK, 8));
	assert_false(flag(0, MARKED_W));
	assert_false(flag(1, MARKED_R));
	fence(1, SIM_RACE_FENCE_READ);
	assert_true(x(1, PLAIN_R));
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	fence(0, SIM_RACE_FENCE_WRITE);
	assert_false(at(0, MARKED_W, LOCK, 8));
	assert_false(flag(0, MARKED_W));
	assert_false(flag(1, MARKED_R));
	fence(1, SIM_RACE_FENCE_READ);
	assert_false(x(1, PLAIN_R));
}

/* Order goes on from one to the next. */
static void test_transitive(void **state)
{
	(void)state;
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	sim_race_release(race, 0, LOCK);
	sim_race_acquire(race, 1, LOCK);
	sim_race_order(race, 1, 2);
	assert_false(x(2, PLAIN_W));
	assert_true(x(1, PLAIN_R));
	assert_true(x(0, PLAIN_R));
}

enum passed_by { BY_RELEASE, BY_UNLOCK, BY_WMB, BY_ACQUIRE, BY_FULL_RMW };

/* Actor 0 tells 1, and 1 tells 2: is what 0 has done before what 2 does? */
static bool passes_on(enum passed_by by)
{
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	fence(0, SIM_RACE_FENCE_RELEASE);
	assert_false(at(0, MARKED_W, LOCK, 8));
	if (by == BY_FULL_RMW)
		fence(1, SIM_RACE_FENCE_FULL);
	assert_false(at(1, by == BY_FULL_RMW ? RMW : MARKED_R, LOCK, 8));
	if (by == BY_ACQUIRE)
		fence(1, SIM_RACE_FENCE_ACQUIRE);
	if (by == BY_WMB)
		fence(1, SIM_RACE_FENCE_WRITE);
	if (by == BY_RELEASE)
		fence(1, SIM_RACE_FENCE_RELEASE);
	if (by == BY_UNLOCK) {
		sim_race_release(race, 1, LOCK + 64);
		sim_race_acquire(race, 2, LOCK + 64);
	} else {
		assert_false(flag(1, MARKED_W));
		assert_false(flag(2, MARKED_R));
		fence(2, SIM_RACE_FENCE_ACQUIRE);
	}
	return !x(2, PLAIN_R);
}

/* Releases are cumulative: also of what only the releasing actor has seen. */
static void test_cumulative(void **state)
{
	(void)state;
	assert_true(passes_on(BY_RELEASE));
	/* It passes on what it is not ordered after itself. */
	assert_true(x(1, PLAIN_R));
	assert_true(passes_on(BY_UNLOCK));
	assert_true(passes_on(BY_FULL_RMW));
	assert_false(passes_on(BY_WMB));
	assert_false(passes_on(BY_ACQUIRE));
}

/* A race that nobody minds changes nothing of what comes later. */
static void test_goes_on(void **state)
{
	(void)state;
	sim_race_begin(race);
	assert_false(at(1, PLAIN_W, LOCK, 8));
	assert_false(flag(0, PLAIN_W));
	fence(1, SIM_RACE_FENCE_RELEASE);
	assert_true(flag(1, MARKED_W));
	assert_true(flag(2, MARKED_R));
	fence(2, SIM_RACE_FENCE_ACQUIRE);
	assert_false(at(2, PLAIN_R, LOCK, 8));
	sim_race_begin(race);
	assert_false(x(0, MARKED_W));
	assert_true(x(1, ASSERT_W));
	assert_true(x(2, MARKED_W));
	assert_int_equal(report.first.actor, 1);
}

/* Both halves of a word publish for themselves. */
static void test_halves(void **state)
{
	(void)state;
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	fence(0, SIM_RACE_FENCE_RELEASE);
	assert_false(at(0, MARKED_W, FLAG, 4));
	assert_false(at(2, MARKED_W, FLAG + 4, 4));
	assert_false(at(1, MARKED_R, FLAG + 4, 4));
	fence(1, SIM_RACE_FENCE_ACQUIRE);
	assert_true(x(1, PLAIN_R));
	assert_false(at(1, MARKED_R, FLAG, 4));
	fence(1, SIM_RACE_FENCE_ACQUIRE);
	assert_false(x(1, PLAIN_R));
}

static bool sections_race(uint8_t first, uint8_t second)
{
	struct sim_race_access access = { .address = X, .bytes = 8,
					  .flags = PLAIN_W, .section = first };

	sim_race_begin(race);
	assert_false(sim_race_access(race, &access, &report));
	access.actor = 1;
	access.section = second;
	return sim_race_access(race, &access, &report);
}

static void test_sections(void **state)
{
	(void)state;
	assert_false(sections_race(1, 1));
	assert_true(sections_race(1, 2));
	assert_true(sections_race(1, 0));
	assert_true(sections_race(0, 1));
}

/* ---- the life of memory -------------------------------------------------- */

static bool free_races(bool ordered, uint32_t bytes)
{
	sim_race_begin(race);
	assert_false(at(0, PLAIN_R, X + 16, 8));
	if (ordered)
		sim_race_order(race, 0, 1);
	return at(1, PLAIN_W | SIM_RACE_FREE, X, bytes);
}

static void test_end_of_life(void **state)
{
	(void)state;
	assert_true(free_races(false, 32));
	assert_int_equal(report.first.address, X + 16);
	assert_false(free_races(false, 16));
	assert_false(free_races(true, 32));
	/* The next life is nobody's business but its own. */
	assert_false(at(2, PLAIN_W, X + 16, 8));
	assert_true(at(3, PLAIN_W, X + 16, 8));
}

static void test_forget(void **state)
{
	(void)state;
	sim_race_begin(race);
	assert_false(at(0, PLAIN_W, X, 8));
	sim_race_forget(race, X, 4);
	assert_false(at(1, PLAIN_W, X, 4));
	assert_true(at(1, PLAIN_W, X + 4, 4));
}

static void test_runs_are_apart(void **state)
{
	unsigned int i;

	(void)state;
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	sim_race_release(race, 0, LOCK);
	sim_race_begin(race);
	assert_false(x(1, PLAIN_W));
	sim_race_acquire(race, 2, LOCK);
	assert_true(x(2, PLAIN_W));
	/* Also when their numbers begin again. */
	assert_false(at(1, PLAIN_W, LOCK, 8));
	for (i = 0; i < 1u << 19; i++)
		sim_race_begin(race);
	assert_false(at(2, PLAIN_W, LOCK, 8));
}

/* ---- limits: accesses may be forgotten, order may not -------------------- */

#define MANY	(1u << 18)

static void test_many_cells(void **state)
{
	unsigned int i;

	(void)state;
	sim_race_begin(race);
	for (i = 0; i < MANY; i++) {
		assert_false(at(0, PLAIN_W, X + 16 * i, 8));
		fence(0, SIM_RACE_FENCE_RELEASE);
		assert_false(at(0, MARKED_W, X + 16 * i + 8, 8));
	}
	for (i = 0; i < MANY; i += 997) {
		assert_false(at(1, MARKED_R, X + 16 * i + 8, 8));
		fence(1, SIM_RACE_FENCE_ACQUIRE);
		assert_false(at(1, PLAIN_R, X + 16 * i, 8));
	}
	/* The last of them is still known. */
	sim_race_begin(race);
	for (i = 0; i < MANY; i++)
		assert_false(at(0, PLAIN_W, X + 8 * i, 8));
	assert_true(at(1, PLAIN_W, X + 8 * (i - 1), 8));
}

/* A lock that has not been taken for longer than the ring remembers. */
static void test_old_snapshots(void **state)
{
	unsigned int i;

	(void)state;
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	sim_race_release(race, 0, LOCK);
	sim_race_release(race, 2, LOCK);
	for (i = 0; i < 1u << 15; i++)
		sim_race_release(race, 3, FLAG);
	sim_race_acquire(race, 1, LOCK);
	assert_false(x(1, PLAIN_W));
}

static void test_actors_come_late(void **state)
{
	unsigned int i;

	(void)state;
	sim_race_begin(race);
	assert_false(x(0, PLAIN_W));
	sim_race_release(race, 0, LOCK);
	for (i = SIM_RACE_ACTORS - 1; i; i--) {
		assert_true(x(i, PLAIN_R));
		sim_race_acquire(race, i, LOCK);
		assert_false(x(i, PLAIN_R));
	}
}

/*
 * Random runs against the obvious: every access is kept, every actor knows
 * which it comes after. The engine may forget, so it may miss, but has no race
 * that the reference has not; with few addresses it misses little.
 */
#define REF_STEPS	60
#define REF_ACTORS	3

struct reference {
	bool before[REF_STEPS][REF_ACTORS];	/* step is before actor's next */
	bool lock[REF_STEPS];			/* step is before release */
	struct { unsigned int actor; uint32_t flags; uint64_t where; }
		step[REF_STEPS];
	unsigned int nr;
};

static bool reference_races(const struct reference *ref, unsigned int actor,
			    uint32_t flags, uint64_t where)
{
	unsigned int i;

	for (i = 0; i < ref->nr; i++)
		if (ref->step[i].where == where &&
		    ref->step[i].actor != actor && !ref->before[i][actor] &&
		    ((ref->step[i].flags | flags) & SIM_ACCESS_WRITE))
			return true;
	return false;
}

static void reference_sync(struct reference *ref, unsigned int actor,
			   bool release)
{
	unsigned int i;

	for (i = 0; i < ref->nr; i++) {
		bool mine = ref->before[i][actor];

		if (release)
			ref->lock[i] |= mine;
		else
			ref->before[i][actor] |= ref->lock[i];
	}
}

/* One random run; true: it ended in a race, which both have seen. */
static bool random_run(uint64_t seed, unsigned int *missed)
{
	static struct reference ref;
	struct sim_prng prng = { .stream = seed };
	bool races;

	memset(&ref, 0, sizeof(ref));
	sim_race_begin(race);
	while (ref.nr < REF_STEPS) {
		uint64_t r = sim_prng_next(&prng);
		unsigned int actor = r % REF_ACTORS;
		uint32_t flags = r >> 8 & 1 ? PLAIN_W : PLAIN_R;
		uint64_t where = X + (r >> 16) % 5 * 8;

		if (r >> 32 & 1) {
			if (r >> 33 & 1)
				sim_race_release(race, actor, LOCK);
			else
				sim_race_acquire(race, actor, LOCK);
			reference_sync(&ref, actor, r >> 33 & 1);
			continue;
		}
		races = reference_races(&ref, actor, flags, where);
		if (at(actor, flags, where, 8)) {
			assert_true(races);
			return true;
		}
		*missed += races;
		if (races)
			return false;
		ref.step[ref.nr].actor = actor;
		ref.step[ref.nr].flags = flags;
		ref.step[ref.nr].where = where;
		ref.before[ref.nr++][actor] = true;
	}
	return false;
}

static void test_against_reference(void **state)
{
	unsigned int found = 0, missed = 0;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 20000; seed++)
		found += random_run(seed, &missed);
	assert_true(found > 1000);
	assert_int_equal(missed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_plain_writes_by_default),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_release_is_a_point),
		cmocka_unit_test(test_transitive),
		cmocka_unit_test(test_cumulative),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_end_of_life),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_runs_are_apart),
		cmocka_unit_test(test_many_cells),
		cmocka_unit_test(test_old_snapshots),
		cmocka_unit_test(test_actors_come_late),
		cmocka_unit_test(test_against_reference),
	};

	return cmocka_run_group_tests_name("race", tests, setup, teardown);
}

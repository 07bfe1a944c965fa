/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * search_test.c - bounded search: as many schedules as there are, by hand
 *
 * Two fibers of a and b segments (a-1 and b-1 preemption points) have
 * C(a+b, a) schedules. One that runs them in i and j blocks needs
 * (i-1)+(j-1) preemptions; blocks alternate, so |i-j| <= 1, and there are
 * C(a-1, i-1) * C(b-1, j-1) ways to cut, twice as many if i = j.
 */
#include <stdlib.h>
#include <string.h>

#include <sim/access.h>
#include <sim/search.h>

#include "fixture.h"

#define MAX_SEGMENTS	8
#define MAX_OUTCOMES	4096

/* ---- by hand ------------------------------------------------------------- */

static uint64_t binomial(uint64_t n, uint64_t k)
{
	uint64_t value = 1, i;

	for (i = 0; i < k; i++)
		value = value * (n - i) / (i + 1);
	return k > n ? 0 : value;
}

static uint64_t by_hand(unsigned int a, unsigned int b, unsigned int preempted)
{
	uint64_t sum = 0;
	unsigned int i, j;

	for (i = 1; i <= a; i++)
		for (j = 1; j <= b; j++)
			if (i + j == preempted + 2 && i <= j + 1 && j <= i + 1)
				sum += binomial(a - 1, i - 1) *
				       binomial(b - 1, j - 1) *
				       (i == j ? 2 : 1);
	return sum;
}

/* ---- programs ------------------------------------------------------------ */

/*
 * A segment is an access to one of some cells; a cell remembers who wrote it
 * last. The outcome is what each fiber has read and what the cells hold.
 */
struct step {
	int cell;		/* -1: none, a point without an access */
	bool write;
	unsigned int go_on_if;	/* read: end here if it is another value */
};

struct script {
	unsigned int nr;
	struct step steps[MAX_SEGMENTS];
};

static struct {
	struct sim *sim;
	uint64_t cells[4];
	uint64_t seen[4];
	uint64_t outcomes[MAX_OUTCOMES];
	unsigned int nr_outcomes;
} stage;

/* False if the script ends here. */
static bool do_step(const struct script *script, unsigned int i)
{
	unsigned int self = sim_fiber_id(sim_fiber_self(stage.sim));
	const struct step *step = &script->steps[i];
	struct sim_access access = {
		.address = stage.cells + (step->cell < 0 ? 0 : step->cell),
		.site = step,
		.bytes = 8,
		.flags = step->write ? SIM_ACCESS_WRITE : 0,
	};

	/* The first segment needs no point: the fiber only begins there. */
	if (step->cell < 0) {
		if (i)
			sim_preempt_point(stage.sim);
		return true;
	}
	sim_access(stage.sim, &access);
	if (step->write)
		stage.cells[step->cell] = 16 * self + i;
	else
		stage.seen[self] = sim_prng_stream(stage.seen[self],
						   stage.cells[step->cell]);
	return !step->go_on_if || stage.cells[step->cell] == step->go_on_if;
}

static void act(void *arg)
{
	const struct script *script = arg;
	unsigned int i = 0;

	while (i < script->nr && do_step(script, i))
		i++;
}

static void note_outcome(void)
{
	uint64_t key = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		key = sim_prng_stream(sim_prng_stream(key, stage.cells[i]),
				      stage.seen[i]);
	for (i = 0; i < stage.nr_outcomes; i++)
		if (stage.outcomes[i] == key)
			return;
	assert_in_range(stage.nr_outcomes, 0, MAX_OUTCOMES - 1);
	stage.outcomes[stage.nr_outcomes++] = key;
}

static void run_once(const struct sim_snapshot *start,
		     struct sim_search *search)
{
	struct sim_plan plan = { .search = search };

	memset(stage.cells, 0, sizeof(stage.cells));
	memset(stage.seen, 0, sizeof(stage.seen));
	sim_snapshot_restore(stage.sim, start);
	sim_set_plan(stage.sim, &plan);
	assert_int_equal(run(stage.sim), SIM_END_QUIESCENT);
}

static struct sim_search_stats search_all(struct script *scripts,
					  unsigned int nr, unsigned int bound,
					  bool reduce)
{
	struct sim_search_options options = { bound, reduce };
	void *memory = calloc(1, sim_search_bytes());
	struct sim_search *search;
	struct sim_search_stats stats;
	struct sim_snapshot *start;
	unsigned int i;

	assert_non_null(memory);
	stage.sim = world_new(1);
	for (i = 0; i < nr; i++)
		spawn(stage.sim, "actor", act, &scripts[i]);
	start = sim_snapshot_take(stage.sim);
	search = sim_search_init(memory, &options);
	stage.nr_outcomes = 0;
	do {
		run_once(start, search);
		note_outcome();
	} while (sim_search_next(search));
	sim_search_stats(search, &stats);
	assert_false(stats.diverged);
	assert_false(stats.truncated);
	sim_snapshot_free(start);
	sim_free(stage.sim);
	free(memory);
	return stats;
}

/* ---- tests --------------------------------------------------------------- */

static struct script plain(unsigned int nr)
{
	struct script script = { .nr = nr };
	unsigned int i;

	for (i = 0; i < nr; i++)
		script.steps[i].cell = -1;
	return script;
}

static void counts_are_those_by_hand(void **state)
{
	unsigned int a, b, preempted;

	for (a = 1; a <= 4; a++) {
		for (b = 1; b <= a; b++) {
			struct script scripts[] = { plain(a), plain(b) };
			struct sim_search_stats stats =
				search_all(scripts, 2, 10, false);

			assert_true(stats.complete);
			assert_int_equal(stats.schedules, binomial(a + b, a));
			for (preempted = 0; preempted <= 10; preempted++)
				assert_int_equal(stats.by_bound[preempted],
						 by_hand(a, b, preempted));
		}
	}
}

static void three_actors(void **state)
{
	struct script scripts[] = { plain(2), plain(2), plain(2) };
	struct sim_search_stats stats = search_all(scripts, 3, 10, false);

	/* (2+2+2)! / (2! 2! 2!) */
	assert_int_equal(stats.schedules, 90);
	assert_int_equal(stats.by_bound[0], 6);
	assert_true(stats.complete);
}

static void the_bound_ends_it(void **state)
{
	struct script scripts[] = { plain(6), plain(6) };
	struct sim_search_stats stats = search_all(scripts, 2, 2, false);

	assert_false(stats.complete);
	assert_int_equal(stats.exhausted, 3);
	assert_int_equal(stats.schedules, by_hand(6, 6, 0) + by_hand(6, 6, 1) +
					  by_hand(6, 6, 2));
	assert_int_equal(stats.by_bound[3], 0);
	/* Each pass leads through the schedules of those before. */
	assert_int_equal(stats.runs, 3 * by_hand(6, 6, 0) +
			 2 * by_hand(6, 6, 1) + by_hand(6, 6, 2));
}

/* Work on cells of their own around one lost update. */
static struct script updates(int own)
{
	return (struct script){
		.nr = 7,
		.steps = { { own, true }, { own, false }, { 0, false },
			   { 0, true }, { own, true }, { own, false },
			   { own, true } },
	};
}

static void reduction_loses_no_outcome(void **state)
{
	struct script scripts[] = { updates(1), updates(2) };
	struct sim_search_stats all, fewer;
	unsigned int outcomes, bound;

	for (bound = 0; bound <= 4; bound++) {
		all = search_all(scripts, 2, bound, false);
		outcomes = stage.nr_outcomes;
		fewer = search_all(scripts, 2, bound, true);
		assert_int_equal(stage.nr_outcomes, outcomes);
		if (bound)
			assert_true(fewer.schedules < all.schedules / 2);
	}
	assert_int_equal(fewer.places, 4);
}

/* Two points of each are left: as many schedules as of 3 and 3 segments. */
static void reduction_counts_by_hand(void **state)
{
	struct script scripts[] = { updates(1), updates(2) };
	struct sim_search_stats stats = search_all(scripts, 2, 10, true);

	assert_true(stats.complete);
	assert_int_equal(stats.schedules, binomial(6, 3));
}

/* Cell 1 is shared only if cell 0 was seen half way, which takes a preemption. */
static void late_places_are_tried_too(void **state)
{
	struct script scripts[] = {
		{ 3, { { 0, true }, { 1, true }, { 0, true } } },
		{ 2, { { 0, false, 16 }, { 1, false } } },
	};
	unsigned int outcomes;

	search_all(scripts, 2, 5, false);
	outcomes = stage.nr_outcomes;
	search_all(scripts, 2, 5, true);
	assert_int_equal(stage.nr_outcomes, outcomes);
}

/* ---- readers ------------------------------------------------------------- */

static void count_access(void *arg, const struct sim_access *access)
{
	++*(unsigned int *)arg;
}

static void looking_at_a_world_is_no_access(void **state)
{
	unsigned int heard = 0;
	struct sim_access_reader reader = { count_access, &heard };
	struct script script = { 2, { { 0, true }, { 1, false } } };
	const struct sim_access access = { stage.cells, stage.cells, 8, 0 };

	stage.sim = world_new(1);
	sim_add_access_reader(stage.sim, &reader);
	spawn(stage.sim, "actor", act, &script);
	sim_access(stage.sim, &access);
	assert_int_equal(heard, 0);
	run(stage.sim);
	assert_int_equal(heard, 2);
	sim_access(stage.sim, &access);
	sim_remove_access_reader(stage.sim, &reader);
	assert_int_equal(heard, 2);
	sim_free(stage.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_by_hand),
		cmocka_unit_test(three_actors),
		cmocka_unit_test(the_bound_ends_it),
		cmocka_unit_test(reduction_loses_no_outcome),
		cmocka_unit_test(reduction_counts_by_hand),
		cmocka_unit_test(late_places_are_tried_too),
		cmocka_unit_test(looking_at_a_world_is_no_access),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}

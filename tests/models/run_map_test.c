/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run_map against a plain array with one tag per number, and at the ends of the
 * number space, where the array cannot go.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/run_map.h>
#include <sim/prng.h>
#include <string.h>

#define NUMBERS		200
#define NO_TAG		(-1)

static struct sim *sim;

static int setup(void **state)
{
	const struct sim_options options = { 0 };

	sim = sim_new(&options);
	return !sim;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

/* Runs are sorted, apart, and joined where they could be. */
static void check_shape(const struct run_map *map)
{
	uint32_t i;

	for (i = 0; i < map->nr; i++) {
		const struct run *run = &map->runs[i];

		assert_true(run->first <= run->last);
		if (!i)
			continue;
		assert_true(run[-1].last < run->first);
		assert_false(run[-1].last + 1 == run->first &&
			     run[-1].tag == run->tag);
	}
}

static void check_content(const struct run_map *map, const int *tags)
{
	struct run run;
	uint64_t i;

	for (i = 0; i < NUMBERS; i++) {
		if (!run_map_find(map, i, i, &run)) {
			assert_int_equal(tags[i], NO_TAG);
			continue;
		}
		assert_int_equal(run.first, i);
		assert_int_equal(run.last, i);
		assert_int_equal(run.tag, tags[i]);
	}
}

static bool plain_covers(const int *tags, uint64_t first, uint64_t last)
{
	for (; first <= last; first++)
		if (tags[first] == NO_TAG)
			return false;
	return true;
}

static void test_against_array(void **state)
{
	struct sim_prng prng = { .stream = 1 };
	struct run_map map;
	int tags[NUMBERS], round;
	uint64_t i;

	run_map_init(&map, sim, 512);
	for (i = 0; i < NUMBERS; i++)
		tags[i] = NO_TAG;
	for (round = 0; round < 20000; round++) {
		uint64_t first = sim_prng_below(&prng, NUMBERS);
		uint64_t last = sim_prng_range(&prng, first,
			first + 12 < NUMBERS ? first + 12 : NUMBERS - 1);
		int tag = sim_prng_below(&prng, 3);

		if (sim_prng_chance(&prng, 1, 3)) {
			run_map_clear(&map, first, last);
			tag = NO_TAG;
		} else {
			run_map_set(&map, first, last, tag);
		}
		for (i = first; i <= last; i++)
			tags[i] = tag;
		check_shape(&map);
		first = sim_prng_below(&prng, NUMBERS);
		last = sim_prng_range(&prng, first, NUMBERS - 1);
		assert_int_equal(run_map_covers(&map, first, last),
				 plain_covers(tags, first, last));
		if (round % 16 == 0)
			check_content(&map, tags);
	}
}

static void test_top(void **state)
{
	struct run_map map, other;
	struct run run;

	run_map_init(&map, sim, 16);
	run_map_init(&other, sim, 16);
	run_map_set(&map, UINT64_MAX - 1, UINT64_MAX, 7);
	run_map_set(&map, 0, 0, 7);
	check_shape(&map);
	assert_int_equal(map.nr, 2);
	assert_true(run_map_covers(&map, UINT64_MAX - 1, UINT64_MAX));
	assert_false(run_map_covers(&map, UINT64_MAX - 2, UINT64_MAX));
	run_map_add(&other, &map, 0, UINT64_MAX);
	assert_int_equal(other.nr, 2);
	run_map_clear(&map, UINT64_MAX, UINT64_MAX);
	assert_true(run_map_find(&map, 1, UINT64_MAX, &run));
	assert_true(run.first == UINT64_MAX - 1 && run.last == run.first);
	run_map_clear(&map, 0, UINT64_MAX);
	assert_int_equal(map.nr, 0);
}

static void test_find_cuts(void **state)
{
	struct run_map map;
	struct run run;

	run_map_init(&map, sim, 16);
	run_map_set(&map, 10, 20, 1);
	assert_true(run_map_find(&map, 15, 100, &run));
	assert_true(run.first == 15 && run.last == 20);
	assert_true(run_map_find(&map, 0, 12, &run));
	assert_true(run.first == 10 && run.last == 12);
	assert_false(run_map_find(&map, 21, 100, &run));
	assert_false(run_map_find(&map, 0, 9, &run));
}

/* What has_room() promises: a set always fits, also in the worst place. */
static void test_room(void **state)
{
	struct run_map map;
	uint64_t i;

	run_map_init(&map, sim, 16);
	run_map_set(&map, 0, 1000, 1);
	for (i = 1; run_map_has_room(&map); i++)
		run_map_set(&map, 10 * i, 10 * i, 2);
	assert_true(map.nr <= 8);
	/* And clearing may still split. */
	run_map_clear(&map, 995, 995);
	check_shape(&map);
}

/* A log filled at one end and drained at the other wanders over its store. */
static void test_wanders(void **state)
{
	struct run_map up, down;
	struct run run;
	uint64_t i, j;

	run_map_init(&up, sim, 16);
	run_map_init(&down, sim, 16);
	for (i = 0; i < 100; i++) {
		run_map_set(&up, 10 * i, 10 * i, 1);
		run_map_set(&down, 10000 - 10 * i, 10000 - 10 * i, 1);
		if (i < 4)
			continue;
		run_map_clear(&up, 10 * (i - 4), 10 * (i - 4));
		run_map_clear(&down, 10000 - 10 * (i - 4), 10000 - 10 * (i - 4));
		for (j = i - 3; j <= i; j++) {
			assert_true(run_map_find(&up, 10 * j, 10 * j, &run));
			assert_true(run_map_find(&down, 10000 - 10 * j,
						 10000 - 10 * j, &run));
		}
		assert_int_equal(up.nr, 4);
		assert_int_equal(down.nr, 4);
		check_shape(&up);
		check_shape(&down);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_array),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_find_cuts),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_wanders),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

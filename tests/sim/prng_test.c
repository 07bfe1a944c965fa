/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prng_test.c - the numbers are part of the file formats
 *
 * The vectors were computed by an independent program from the definition in
 * prng.c. If one changes, every saved program means something else: do not
 * update them, bump the format's version.
 */
#include "fixture.h"

static void numbers_of_a_stream_are_pinned(void **state)
{
	/* splitmix64 with state 0: the published reference values. */
	assert_int_equal(sim_prng_at(0, 0), 0xe220a8397b1dcdafull);
	assert_int_equal(sim_prng_at(0, 1), 0x6e789e6aa1b965f4ull);
	assert_int_equal(sim_prng_at(0, 2), 0x06c45d188009454full);
	assert_int_equal(sim_prng_at(1234567, 0), 0x599ed017fb08fc85ull);
	assert_int_equal(sim_prng_at(1234567, 4), 0xe3b8346708cb5ecdull);
}

static void names_of_streams_are_pinned(void **state)
{
	assert_int_equal(sim_prng_stream(0, 0), 0x48218226ff3cd4bfull);
	assert_int_equal(sim_prng_stream(1, 2), 0x7adda25fcf93ee03ull);
	assert_int_equal(sim_prng_stream(2, 1), 0x2efa04c3c73d887dull);
	assert_int_equal(sim_prng_label(""), 0xf52a15e9a9b5e89bull);
	assert_int_equal(sim_prng_label("peer"), 0xf81a95b5b3a8a06aull);
}

static void the_sequential_form_draws_the_same_numbers(void **state)
{
	struct sim_prng prng = { .stream = 42 };
	uint64_t n;

	for (n = 0; n < 100; n++)
		assert_int_equal(sim_prng_next(&prng), sim_prng_at(42, n));
}

static void bounds_are_kept_and_reached(void **state)
{
	struct sim_prng prng = { .stream = 7 };
	unsigned int seen[5] = { 0 };
	uint64_t value;
	int i;

	for (i = 0; i < 1000; i++) {
		value = sim_prng_range(&prng, 10, 14);
		assert_in_range(value, 10, 14);
		seen[value - 10]++;
	}
	for (i = 0; i < 5; i++)
		assert_in_range(seen[i], 150, 250);
	assert_int_equal(sim_prng_below(&prng, 1), 0);
	assert_int_equal(sim_prng_range(&prng, 3, 3), 3);
}

static void the_widest_range_has_all_numbers(void **state)
{
	struct sim_prng prng = { .stream = 7 };
	struct sim_prng same = prng;

	assert_int_equal(sim_prng_range(&prng, 0, UINT64_MAX),
			 sim_prng_next(&same));
	assert_in_range(sim_prng_range(&prng, 1, UINT64_MAX), 1, UINT64_MAX);
}

static void chances_are_what_they_say(void **state)
{
	struct sim_prng prng = { .stream = 99 };
	int i, hits = 0;

	for (i = 0; i < 10000; i++)
		hits += sim_prng_chance(&prng, 1, 4);
	assert_in_range(hits, 2350, 2650);
	for (i = 0; i < 100; i++) {
		assert_true(sim_prng_chance(&prng, 8, 8));
		assert_false(sim_prng_chance(&prng, 0, 8));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_a_stream_are_pinned),
		cmocka_unit_test(names_of_streams_are_pinned),
		cmocka_unit_test(the_sequential_form_draws_the_same_numbers),
		cmocka_unit_test(bounds_are_kept_and_reached),
		cmocka_unit_test(the_widest_range_has_all_numbers),
		cmocka_unit_test(chances_are_what_they_say),
	};

	return cmocka_run_group_tests_name("prng", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bulk_test.c - bulk functions against loops over bytes
 *
 * At random places and lengths around words and cache lines. What must be
 * reported as an access to poison is in poison_test.c.
 */
#include <sim/bulk.h>
#include <string.h>

#include "fixture.h"

#define ROUNDS		2000
#define BYTES		256
#define PATTERN		0x8877665544332211ull

static _Alignas(64) uint8_t left[BYTES], right[BYTES];

struct range {
	uint32_t at;
	uint32_t bytes;
};

static struct range draw(struct sim_prng *prng)
{
	struct range range = { .at = sim_prng_below(prng, BYTES) };

	range.bytes = sim_prng_below(prng, BYTES - range.at + 1);
	return range;
}

static uint8_t pattern_byte(const uint8_t *at)
{
	return PATTERN >> (8 * ((uintptr_t)at % 8));
}

static void a_fill_writes_its_range_and_no_more(void **state)
{
	struct sim_prng prng = { .stream = 1 };

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct range range = draw(&prng);

		memset(left, 0xee, sizeof(left));
		sim_bulk_fill(left + range.at, PATTERN, range.bytes);
		for (uint32_t i = 0; i < BYTES; i++)
			assert_int_equal(left[i], i - range.at < range.bytes ?
					 pattern_byte(left + i) : 0xee);
	}
}

static void a_match_ends_at_the_first_other_byte(void **state)
{
	struct sim_prng prng = { .stream = 2 };

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct range range = draw(&prng);
		uint32_t wrong = sim_prng_below(&prng, BYTES);
		uint32_t want = wrong - range.at < range.bytes ?
				wrong - range.at : range.bytes;

		sim_bulk_fill(left, PATTERN, sizeof(left));
		left[wrong] ^= 1u << sim_prng_below(&prng, 8);
		assert_int_equal(sim_bulk_match(left + range.at, PATTERN,
						range.bytes), want);
	}
}

static void equal_sees_every_byte_of_its_range(void **state)
{
	struct sim_prng prng = { .stream = 3 };

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct range range = draw(&prng);
		uint32_t wrong = sim_prng_below(&prng, BYTES);

		sim_bulk_fill(left, PATTERN, sizeof(left));
		sim_bulk_copy(right, left, sizeof(right));
		right[wrong] ^= 1u << sim_prng_below(&prng, 8);
		assert_int_equal(sim_bulk_equal(left + range.at,
						right + range.at, range.bytes),
				 wrong - range.at >= range.bytes);
	}
}

static void a_copy_copies_its_range_and_no_more(void **state)
{
	struct sim_prng prng = { .stream = 4 };

	sim_bulk_fill(left, PATTERN, sizeof(left));
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct range range = draw(&prng);

		memset(right, 0xee, sizeof(right));
		sim_bulk_copy(right + range.at, left + range.at, range.bytes);
		for (uint32_t i = 0; i < BYTES; i++)
			assert_int_equal(right[i], i - range.at < range.bytes ?
					 left[i] : 0xee);
	}
}

static void the_first_word_that_fits_is_found(void **state)
{
	const uint64_t words[] = { 0x10, 0x21, 0x12, 0x22 };

	assert_int_equal(sim_bulk_find(words, 0xf0, 0x20, 4), 1);
	assert_int_equal(sim_bulk_find(words, 0xf0, 0x20, 1), 1);
	assert_int_equal(sim_bulk_find(words, 0xff, 0x22, 4), 3);
	assert_int_equal(sim_bulk_find(words, 0xff, 0x23, 4), 4);
	assert_int_equal(sim_bulk_find(words, 0xff, 0x10, 0), 0);
}

static void a_byte_makes_a_pattern(void **state)
{
	assert_true(sim_pattern(0) == 0);
	assert_true(sim_pattern(0xa5) == 0xa5a5a5a5a5a5a5a5ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fill_writes_its_range_and_no_more),
		cmocka_unit_test(a_match_ends_at_the_first_other_byte),
		cmocka_unit_test(equal_sees_every_byte_of_its_range),
		cmocka_unit_test(a_copy_copies_its_range_and_no_more),
		cmocka_unit_test(the_first_word_that_fits_is_found),
		cmocka_unit_test(a_byte_makes_a_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_test.c - frames and their aliases
 */
#include <string.h>

#include "fixture.h"

static struct sim *sim;
static struct sim_memory *memory;

static int setup(void **state)
{
	sim = world_new(1);
	sim_memory_new(sim, "first", 10, 7);
	memory = sim_memory_new(sim, "second", 64, 8);
	sim_frames_set_class(memory, 0, 64, SIM_FRAME_HOT);
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static char *data_of(uint64_t frame)
{
	return sim_frame_data(memory, frame);
}

static void frames_lie_in_a_row(void **state)
{
	assert_int_equal(sim_memory_frames(memory), 64);
	assert_ptr_equal(sim_memory_base(memory), data_of(0));
	assert_ptr_equal(data_of(63), data_of(0) + 63 * SIM_FRAME_BYTES);
	assert_int_equal(sim_frame(memory, 5)->owner, 8);
	assert_int_equal(sim_frame(memory, 5)->pins, 0);
}

static void an_address_has_a_frame(void **state)
{
	struct sim_memory *found = NULL;
	uint64_t frame = 0;
	int local;

	assert_true(sim_address_to_frame(sim, data_of(5) + 4095, &found,
					 &frame));
	assert_ptr_equal(found, memory);
	assert_int_equal(frame, 5);
	assert_true(sim_address_to_frame(sim, data_of(0) - 1, &found, &frame));
	assert_ptr_not_equal(found, memory);
	assert_int_equal(frame, 9);
	assert_false(sim_address_to_frame(sim, data_of(63) + 4096, &found,
					  &frame));
	assert_false(sim_address_to_frame(sim, &local, &found, &frame));
	assert_false(sim_address_to_frame(sim, sim, &found, &frame));
	assert_false(sim_address_to_frame(sim, NULL, &found, &frame));
}

static void a_frame_taken_into_use_is_zero(void **state)
{
	unsigned int i;

	memset(data_of(3), 0xa5, SIM_FRAME_BYTES);
	sim_frames_set_class(memory, 3, 1, SIM_FRAME_COLD);
	assert_int_equal((uint8_t)data_of(3)[0], 0xa5);
	sim_frames_set_class(memory, 3, 1, SIM_FRAME_FREE);
	sim_frames_set_class(memory, 3, 1, SIM_FRAME_HOT);
	for (i = 0; i < SIM_FRAME_BYTES; i++)
		assert_int_equal(data_of(3)[i], 0);
}

/* ---- aliases ------------------------------------------------------------ */

static void an_alias_shows_the_same_bytes(void **state)
{
	static const uint64_t frames[] = { 9, 2, 3, 4, 2 };
	struct sim_memory *found;
	uint64_t frame;
	unsigned int i;
	char *alias = sim_alias_map(memory, frames, ARRAY_SIZE(frames));

	assert_non_null(alias);
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		char *page = alias + i * SIM_FRAME_BYTES;

		page[17] = i + 1;
		assert_int_equal(data_of(frames[i])[17], i + 1);
		assert_true(sim_address_to_frame(sim, page + 4000, &found,
						 &frame));
		assert_ptr_equal(found, memory);
		assert_int_equal(frame, frames[i]);
	}
	/* Frame 2 is there twice. */
	assert_int_equal(alias[SIM_FRAME_BYTES + 17], 5);
	sim_alias_unmap(sim, alias, ARRAY_SIZE(frames));
	assert_false(sim_address_to_frame(sim, alias, &found, &frame));
}

static void the_same_list_gets_the_same_address(void **state)
{
	static const uint64_t one[] = { 1, 2, 3 }, two[] = { 3, 2, 1 };
	char *first = sim_alias_map(memory, one, 3), *second, *third;

	second = sim_alias_map(memory, two, 3);
	assert_ptr_not_equal(first, second);
	/* The place of the first is taken: the same list goes elsewhere. */
	third = sim_alias_map(memory, one, 3);
	assert_ptr_not_equal(first, third);
	third[0] = 9;
	assert_int_equal(first[0], 9);
	assert_int_equal(second[2 * SIM_FRAME_BYTES], 9);
	sim_alias_unmap(sim, first, 3);
	sim_alias_unmap(sim, second, 3);
	sim_alias_unmap(sim, third, 3);
	assert_ptr_equal(sim_alias_map(memory, one, 3), first);
}

/* More mappings than the cache keeps: it is emptied under way. */
static void many_aliases_come_and_go(void **state)
{
	static const uint64_t kept[] = { 60, 62 };
	struct sim_prng prng = { .stream = 4 };
	char *stays = sim_alias_map(memory, kept, 2), *alias;
	uint64_t frames[5];
	unsigned int i, j;

	for (i = 0; i < 8000; i++) {
		for (j = 0; j < 5; j++)
			frames[j] = sim_prng_below(&prng, 60);
		alias = sim_alias_map(memory, frames, 5);
		assert_non_null(alias);
		alias[4 * SIM_FRAME_BYTES] = i;
		assert_int_equal(data_of(frames[4])[0], (char)i);
		sim_alias_unmap(sim, alias, 5);
	}
	data_of(60)[1] = 33;
	data_of(62)[1] = 44;
	assert_int_equal(stays[1], 33);
	assert_int_equal(stays[SIM_FRAME_BYTES + 1], 44);
}

/* 50,000 consecutive frames need one system call, and a fifth of the window. */
static void a_window_that_is_used_up_gives_null(void **state)
{
	static uint64_t frames[50000];
	struct sim_memory *large = sim_memory_new(sim, "large",
						  ARRAY_SIZE(frames), 9);
	char *alias[8];
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = i;
	for (n = 0; n < ARRAY_SIZE(alias); n++) {
		alias[n] = sim_alias_map(large, frames, ARRAY_SIZE(frames));
		if (!alias[n])
			break;
	}
	assert_in_range(n, 3, 5);
	sim_alias_unmap(sim, alias[1], ARRAY_SIZE(frames));
	assert_ptr_equal(sim_alias_map(large, frames, ARRAY_SIZE(frames)),
			 alias[1]);
}

static void a_world_contains_its_own_addresses_only(void **state)
{
	struct sim *other = world_new(2);
	uint64_t frames[] = { 3 };
	char *alias = sim_alias_map(memory, frames, 1);
	char outside;

	assert_non_null(alias);
	assert_true(sim_contains(sim, sim));
	assert_true(sim_contains(sim, data_of(63)));
	assert_true(sim_contains(sim, alias));
	assert_false(sim_contains(other, data_of(63)));
	assert_false(sim_contains(other, alias));
	assert_false(sim_contains(sim, other));
	assert_false(sim_contains(sim, &outside));
	assert_false(sim_contains(sim, NULL));
	sim_alias_unmap(sim, alias, 1);
	sim_free(other);
}

static void use_a_frame_that_does_not_exist(void)
{
	setup(NULL);
	sim_frame(memory, 64);
}

static void a_frame_number_out_of_range_is_a_bench_error(void **state)
{
	char text[512];

	assert_int_equal(in_child(use_a_frame_that_does_not_exist, text,
				  sizeof(text)), VTB_EXIT_BENCH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(frames_lie_in_a_row),
		TEST(an_address_has_a_frame),
		TEST(a_frame_taken_into_use_is_zero),
		TEST(an_alias_shows_the_same_bytes),
		TEST(the_same_list_gets_the_same_address),
		TEST(many_aliases_come_and_go),
		TEST(a_window_that_is_used_up_gives_null),
		TEST(a_world_contains_its_own_addresses_only),
		cmocka_unit_test(a_frame_number_out_of_range_is_a_bench_error),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}

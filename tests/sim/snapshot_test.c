/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_test.c - what a restore brings back, and what it leaves alone
 */
#include <string.h>

#include "crowd.h"
#include "fixture.h"

static struct sim *sim;
static struct sim_memory *memory;

/* Layout of the test memory: four frames of each class. */
#define HOT	0
#define COLD	4
#define FREE	8

static int setup(void **state)
{
	sim = world_new(1);
	memory = sim_memory_new(sim, "ram", 12, 1);
	sim_frames_set_class(memory, HOT, 4, SIM_FRAME_HOT);
	sim_frames_set_class(memory, COLD, 4, SIM_FRAME_COLD);
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

/* ---- fibers ------------------------------------------------------------- */

/* Keeps its state in locals: the snapshot must hold its stack. */
static void counts_on_its_stack(void *arg)
{
	uint64_t counts[64] = { 0 }, sum = 0;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		counts[i] = sim_now_ns(sim) + (uintptr_t)arg;
		sim_fiber_sleep(sim, 10 + (uintptr_t)arg);
		sum = sum * 3 + counts[i / 2];
		sim_trace(sim, SIM_TRACE_MODEL, sum, counts[i]);
	}
}

static void three_sleepers_go_on_from_a_snapshot(void **state)
{
	struct sim_snapshot *snap;
	uint64_t trace, hash, at_snap;
	uintptr_t i;

	for (i = 1; i <= 3; i++)
		spawn(sim, "sleeper", counts_on_its_stack, (void *)i);
	assert_int_equal(run_steps(sim, 100), SIM_END_BUDGET);
	at_snap = sim_state_hash(sim);
	snap = sim_snapshot_take(sim);
	assert_non_null(snap);

	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	trace = sim_trace_hash(sim);
	hash = sim_state_hash(sim);
	assert_int_not_equal(hash, at_snap);
	for (i = 0; i < 5; i++) {
		sim_snapshot_restore(sim, snap);
		assert_int_equal(sim_state_hash(sim), at_snap);
		assert_int_equal(run(sim), SIM_END_QUIESCENT);
		assert_int_equal(sim_trace_hash(sim), trace);
		assert_int_equal(sim_state_hash(sim), hash);
	}
	sim_snapshot_free(snap);
}

static void a_snapshot_may_be_taken_at_a_preemption_point(void **state)
{
	struct crowd_options options = {
		.nr_actors = 4, .nr_actions = 100, .seed = 8,
	};
	struct sim_snapshot *snap;
	uint64_t trace;
	int i;

	crowd_new(sim, &options);
	set_strategy(sim, SIM_RANDOM, 5);
	for (i = 0; i < 40; i++) {
		run_steps(sim, 1);
		snap = sim_snapshot_take(sim);
		run_steps(sim, 50);
		trace = sim_trace_hash(sim);
		sim_snapshot_restore(sim, snap);
		run_steps(sim, 50);
		assert_int_equal(sim_trace_hash(sim), trace);
		sim_snapshot_restore(sim, snap);
		sim_snapshot_free(snap);
	}
}

/* ---- memory ------------------------------------------------------------- */

static void write_all(char value)
{
	unsigned int i;

	for (i = 0; i < 12; i++)
		data_of(i)[100] = value;
}

static void only_what_may_have_changed_is_copied(void **state)
{
	struct sim_snapshot *snap;

	write_all(1);
	snap = sim_snapshot_take(sim);
	sim_frames_touch(memory, COLD + 1, 1);
	write_all(2);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(data_of(HOT)[100], 1);
	assert_int_equal(data_of(COLD + 1)[100], 1);
	/* Against the rules: written without a touch. */
	assert_int_equal(data_of(COLD)[100], 2);
	/* No content to bring back. */
	assert_int_equal(data_of(FREE)[100], 2);
	sim_snapshot_distrust(sim);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(data_of(COLD)[100], 1);
	sim_snapshot_free(snap);
}

static void the_price_is_that_of_hot_frames(void **state)
{
	struct sim_snapshot *snap = sim_snapshot_take(sim);
	size_t before = sim_snapshot_bytes(snap), after;

	sim_snapshot_free(snap);
	sim_frames_set_class(memory, FREE, 2, SIM_FRAME_COLD);
	snap = sim_snapshot_take(sim);
	after = sim_snapshot_bytes(snap);
	assert_int_equal(after, before);
	sim_snapshot_free(snap);
	sim_frames_set_class(memory, FREE, 2, SIM_FRAME_HOT);
	snap = sim_snapshot_take(sim);
	after = sim_snapshot_bytes(snap);
	assert_in_range(after - before, 2 * SIM_FRAME_BYTES,
			3 * SIM_FRAME_BYTES);
	sim_snapshot_free(snap);
}

/* Each frame visits another class in between; all are as they were. */
static void a_frame_that_changed_its_class_comes_back(void **state)
{
	static const enum sim_frame_class other[3][2] = {
		{ SIM_FRAME_COLD, SIM_FRAME_FREE },
		{ SIM_FRAME_HOT, SIM_FRAME_FREE },
		{ SIM_FRAME_HOT, SIM_FRAME_COLD },
	};
	struct sim_snapshot *snap;
	uint64_t hash;
	unsigned int i;

	write_all(1);
	hash = sim_state_hash(sim);
	snap = sim_snapshot_take(sim);
	for (i = 0; i < 12; i += 2)
		sim_frames_set_class(memory, i, 1, other[i / 4][i / 2 % 2]);
	write_all(3);
	for (i = 0; i < 12; i++)
		sim_frames_touch(memory, i, 1);
	assert_int_not_equal(sim_state_hash(sim), hash);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(sim_state_hash(sim), hash);
	for (i = 0; i < 8; i++)
		assert_int_equal(data_of(i)[100], 1);
	sim_snapshot_free(snap);
}

static void snapshots_can_be_restored_in_any_order(void **state)
{
	static const unsigned int order[] = { 2, 0, 1, 1, 0, 2, 1, 2, 0 };
	struct sim_snapshot *snap[3];
	uint64_t hash[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		sim_frames_touch(memory, COLD + i, 1);
		write_all(i);
		sim_frames_set_class(memory, FREE + i, 1, SIM_FRAME_COLD);
		sim_alloc(sim, 100, 8);
		hash[i] = sim_state_hash(sim);
		snap[i] = sim_snapshot_take(sim);
	}
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		sim_snapshot_restore(sim, snap[order[i]]);
		/* Written without a touch above: 2 stays where 0 was. */
		sim_frames_touch(memory, COLD, 8);
		assert_int_equal(sim_state_hash(sim), hash[order[i]]);
	}
	for (i = 0; i < 3; i++)
		sim_snapshot_free(snap[i]);
}

/* ---- heap, ranges, aliases ---------------------------------------------- */

static void heap_taken_since_is_given_back_and_zero_again(void **state)
{
	struct sim_snapshot *snap = sim_snapshot_take(sim);
	size_t used = sim_heap_used_bytes(sim);
	char *first = sim_alloc(sim, 1000, 64), *second;
	unsigned int i;

	memset(first, 0x5a, 1000);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(sim_heap_used_bytes(sim), used);
	second = sim_alloc(sim, 2000, 64);
	assert_ptr_equal(first, second);
	for (i = 0; i < 2000; i++)
		assert_int_equal(second[i], 0);
	sim_snapshot_free(snap);
}

static uint64_t outside[100];

static void ranges_belong_to_the_world(void **state)
{
	struct sim_snapshot *snap;
	uint64_t hash;

	sim_add_range(sim, outside, sizeof(outside));
	outside[50] = 7;
	hash = sim_state_hash(sim);
	snap = sim_snapshot_take(sim);
	outside[50] = 8;
	assert_int_not_equal(sim_state_hash(sim), hash);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(outside[50], 7);
	assert_int_equal(sim_state_hash(sim), hash);
	sim_snapshot_free(snap);
}

static bool is_alias(const void *address, uint64_t expected)
{
	struct sim_memory *found;
	uint64_t frame;

	return sim_address_to_frame(sim, address, &found, &frame) &&
	       frame == expected;
}

static void aliases_are_those_of_the_snapshot(void **state)
{
	static const uint64_t one[] = { 1, 3 }, two[] = { 2, 0 };
	char *before = sim_alias_map(memory, one, 2), *since, *again;
	struct sim_snapshot *snap = sim_snapshot_take(sim);

	since = sim_alias_map(memory, two, 2);
	sim_alias_unmap(sim, before, 2);
	assert_true(is_alias(since, 2));
	assert_false(is_alias(before, 1));
	sim_snapshot_restore(sim, snap);
	assert_false(is_alias(since, 2));
	assert_true(is_alias(before, 1));
	data_of(3)[9] = 77;
	assert_int_equal(before[SIM_FRAME_BYTES + 9], 77);
	again = sim_alias_map(memory, two, 2);
	assert_ptr_equal(again, since);
	sim_snapshot_free(snap);
}

/* ---- the hash itself ---------------------------------------------------- */

static void the_hash_notices_one_byte_anywhere(void **state)
{
	char *object = sim_alloc(sim, 100, 8);
	char *const bytes[] = {
		object + 99, data_of(HOT + 3) + 4095, data_of(COLD) + 7,
		(char *)&sim_frame(memory, 11)->pins,
	};
	uint64_t hash = sim_state_hash(sim);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		*bytes[i] ^= 1;
		assert_int_not_equal(sim_state_hash(sim), hash);
		*bytes[i] ^= 1;
		assert_int_equal(sim_state_hash(sim), hash);
	}
	/* Free frames have no content. */
	data_of(FREE)[0] ^= 1;
	assert_int_equal(sim_state_hash(sim), hash);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(three_sleepers_go_on_from_a_snapshot),
		TEST(a_snapshot_may_be_taken_at_a_preemption_point),
		TEST(only_what_may_have_changed_is_copied),
		TEST(the_price_is_that_of_hot_frames),
		TEST(a_frame_that_changed_its_class_comes_back),
		TEST(snapshots_can_be_restored_in_any_order),
		TEST(heap_taken_since_is_given_back_and_zero_again),
		TEST(ranges_belong_to_the_world),
		TEST(aliases_are_those_of_the_snapshot),
		TEST(the_hash_notices_one_byte_anywhere),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}

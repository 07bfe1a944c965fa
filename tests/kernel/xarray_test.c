/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xarray_test.c - the tree's own lib/xarray.c in the simulated kernel
 *
 * It allocates under spinlocks, frees nodes by RCU and is read without locks:
 * a customer of half the runtime.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sim/trace.h>

#include "defer_cut.h"
#include "defer_test.h"
#include "store_cut.h"

#define SEEDS	40

static void test_operations(void **state)
{
	(void)state;
	expect_text(xarray_cut_store, "");
	expect_text(xarray_cut_walk, "");
	expect_text(xarray_cut_marks, "");
	expect_text(xarray_cut_limits, "");
	expect_text(xarray_cut_reference, "");
}

static void test_nothing_is_left(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);
	struct vtb_account before = account_of(world, 0), after;

	(void)state;
	exec_call(world, 0, xarray_cut_reference);
	after = account_of(world, 0);
	assert_int_equal(after.objects, before.objects);
	assert_int_equal(after.work, 0);
	/* Negative control: what is stored is counted. */
	exec_start_int(world, 0, xarray_cut_fill, 1);
	exec_run(world);
	assert_true(account_of(world, 0).objects > after.objects);
	exec_world_free(world);
}

static void store_with(uint32_t nth_failure, const char *text)
{
	const struct sim_override fail = {
		.kind = SIM_DECIDE_FAIL_ALLOC,
		.nth = nth_failure,
		.value = 1,
	};
	const struct sim_plan plan = {
		.strategy = SIM_ROUND_ROBIN,
		.overrides = &fail,
		.nr_overrides = nth_failure != ~0u,
	};
	struct exec_world *world = exec_world_new(1, 1);

	sim_set_plan(world->sim, &plan);
	exec_call(world, 0, xarray_cut_no_memory);
	check_text(world, 0, text);
	exec_world_free(world);
}

static void test_no_memory(void **state)
{
	(void)state;
	store_with(~0u, "y");
	/* Without sleeping it fails, then again with the lock dropped. */
	store_with(0, "y");
	store_with(5, "y");
}

static void test_instances_are_independent(void **state)
{
	struct exec_world *world = exec_world_new(2, 2);
	unsigned int nr;

	(void)state;
	exec_strategy(world, 5);
	for (nr = 0; nr < 2; nr++)
		exec_start_int(world, nr, xarray_cut_fill, nr + 1);
	exec_run(world);
	for (nr = 0; nr < 2; nr++)
		exec_start_int(world, nr, xarray_cut_check_fill, nr + 1);
	exec_run(world);
	check_text(world, 0, "");
	check_text(world, 1, "");
	/* Negative control: the check does look. */
	exec_start_int(world, 0, xarray_cut_check_fill, 2);
	exec_run(world);
	assert_int_not_equal(wrong_line(world, 0), 0);
	exec_world_free(world);
}

/* -- RCU -- */

static void test_node_outlives_its_reader(void **state)
{
	struct actor actors[] = {
		{ .fn_long = xarray_cut_node_reader, .arg = 1 },
		{ .fn = xarray_cut_node_eraser },
	};

	(void)state;
	expect_story(2, actors, 2, "reER");
	actors[0].arg = 0;
	assert_true(asan_finds(actors, 2, 1, "use-after-poison") ||
		    asan_finds(actors, 2, 1, "use-after-free"));
}

static void test_objects_outlive_their_readers(void **state)
{
	struct actor actors[] = {
		{ .fn_long = xarray_cut_object_reader, .arg = 1 },
		{ .fn = xarray_cut_object_updater },
	};

	(void)state;
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
	actors[0].arg = 0;
	assert_true(asan_finds(actors, 2, SEEDS, "use-after-poison") ||
		    asan_finds(actors, 2, SEEDS, "use-after-free"));
}

/*
 * xas_delete_node() calls call_rcu() on a node before it takes the node out of
 * its parent. If a grace period begins in between, it does not wait for readers
 * who come in after that and still find the node. By the contract of RCU that
 * is a bug of 6.1 and 6.12, though a narrow one.
 */
static void test_node_is_freed_before_it_is_unlinked(void **state)
{
	const struct actor actors[] = {
		{ .fn_long = xarray_cut_object_reader, .arg = 1 },
		{ .fn = xarray_cut_object_updater },
	};
	int found;

	(void)state;
#ifndef XARRAY_UNLINKS_LATE
	skip();
#endif
	choose_anything(1);
	found = asan_finds(actors, 2, 20 * SEEDS, "use-after-free");
	choose_anything(0);
	assert_true(found);
}

static void test_ids_are_unique(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		struct exec_world *world = exec_world_new(1, 2);

		exec_strategy(world, seed);
		exec_start_int(world, 0, xarray_cut_alloc_ids, 30);
		exec_start_int(world, 0, xarray_cut_alloc_ids, 30);
		exec_run(world);
		exec_start_int(world, 0, xarray_cut_check_ids, 40);
		exec_run(world);
		check_text(world, 0, "");
		exec_world_free(world);
	}
}

static uint64_t hash_of(uint64_t seed)
{
	struct exec_world *world = exec_world_new(1, 2);
	uint64_t hash;

	exec_strategy(world, seed);
	exec_start_int(world, 0, xarray_cut_object_reader, 1);
	exec_start(world, 0, xarray_cut_object_updater);
	exec_run(world);
	hash = sim_trace_hash(world->sim);
	exec_world_free(world);
	return hash;
}

static void test_runs_repeat(void **state)
{
	(void)state;
	assert_true(hash_of(3) == hash_of(3));
	assert_true(hash_of(3) != hash_of(4));
}

int xarray_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_instances_are_independent),
		cmocka_unit_test(test_node_outlives_its_reader),
		cmocka_unit_test(test_objects_outlive_their_readers),
		cmocka_unit_test(test_node_is_freed_before_it_is_unlinked),
		cmocka_unit_test(test_ids_are_unique),
		cmocka_unit_test(test_runs_repeat),
	};

	return cmocka_run_group_tests_name("xarray", tests, NULL, NULL);
}

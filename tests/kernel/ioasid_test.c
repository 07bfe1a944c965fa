/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioasid_test.c - the tree's own drivers/iommu/ioasid.c in the simulated kernel
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"
#include "store_cut.h"

#define SEEDS	60

static void test_operations(void **state)
{
	(void)state;
	expect_text(ioasid_cut_alloc, "");
	expect_text(ioasid_cut_find, "");
	expect_text(ioasid_cut_limits, "");
	expect_text(ioasid_cut_custom, "f");
}

static void alloc_with(uint32_t nth_failure, const char *text)
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
	struct vtb_account before = account_of(world, 0);

	sim_set_plan(world->sim, &plan);
	exec_call(world, 0, ioasid_cut_no_memory);
	check_text(world, 0, text);
	assert_int_equal(account_of(world, 0).objects, before.objects);
	exec_world_free(world);
}

/* The id's data; the array's node for it, which is tried again. */
static void test_no_memory(void **state)
{
	(void)state;
	alloc_with(~0u, "y");
	alloc_with(0, "n");
}

static void test_instances_are_independent(void **state)
{
	struct exec_world *world = exec_world_new(2, 2);
	unsigned int nr;

	(void)state;
	exec_strategy(world, 5);
	for (nr = 0; nr < 2; nr++)
		exec_start_int(world, nr, ioasid_cut_fill, 1 + 10 * nr);
	exec_run(world);
	for (nr = 0; nr < 2; nr++)
		exec_start_int(world, nr, ioasid_cut_check_fill, 1 + 10 * nr);
	exec_run(world);
	check_text(world, 0, "");
	check_text(world, 1, "");
	/* Negative control: the check does look. */
	exec_start_int(world, 0, ioasid_cut_check_fill, 11);
	exec_run(world);
	assert_int_not_equal(wrong_line(world, 0), 0);
	exec_world_free(world);
}

static void test_find_while_others_free(void **state)
{
	const struct actor actors[] = {
		{ .fn = ioasid_cut_finder },
		{ .fn = ioasid_cut_churn },
	};

	(void)state;
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
}

int ioasid_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_instances_are_independent),
		cmocka_unit_test(test_find_while_others_free),
	};

	return cmocka_run_group_tests_name("ioasid", tests, NULL, NULL);
}

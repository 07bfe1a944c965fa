/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pasid_test.c - PASIDs: ranges, quotas, owners, and numbers in use
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"
#include "pasid_cut.h"

#define SEEDS	40

static void test_interface(void **state)
{
	(void)state;
	expect_text(pasid_cut_ranges, "");
	expect_text(pasid_cut_quota, "");
	expect_text(pasid_cut_owners, "");
	expect_text(pasid_cut_held, "");
	expect_text(pasid_cut_free_all, "fff");
}

static void nothing_stays(void (*fn)(void))
{
	struct exec_world *world = exec_world_new(1, 1);
	struct vtb_account before = account_of(world, 0), after;

	exec_call(world, 0, fn);
	exec_call(world, 0, pasid_cut_check_empty);
	after = account_of(world, 0);
	assert_int_equal(after.objects, before.objects);
	exec_world_free(world);
}

static void test_nothing_stays(void **state)
{
	(void)state;
	nothing_stays(pasid_cut_ranges);
	nothing_stays(pasid_cut_quota);
	nothing_stays(pasid_cut_owners);
	nothing_stays(pasid_cut_held);
	nothing_stays(pasid_cut_free_all);
}

/* The n-th allocation fails. */
static void without_memory(uint32_t nth, const char *text)
{
	const struct sim_override fail = {
		.kind = SIM_DECIDE_FAIL_ALLOC, .nth = nth, .value = 1,
	};
	const struct sim_plan plan = {
		.strategy = SIM_ROUND_ROBIN,
		.overrides = &fail, .nr_overrides = 1,
	};
	struct exec_world *world = exec_world_new(1, 1);
	struct vtb_account before = account_of(world, 0);

	sim_set_plan(world->sim, &plan);
	exec_call(world, 0, pasid_cut_no_memory);
	check_text(world, 0, text);
	assert_int_equal(account_of(world, 0).objects, before.objects);
	exec_world_free(world);
}

static void test_no_memory(void **state)
{
	(void)state;
	without_memory(0, "s");
	without_memory(1, "n");
	/* The array tries again with its lock dropped. */
	without_memory(2, "y");
}

static void test_numbers_are_unique(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		struct exec_world *world = exec_world_new(1, 2);

		exec_strategy(world, seed);
		exec_start_int(world, 0, pasid_cut_churn, 20);
		exec_start_int(world, 0, pasid_cut_churn, 20);
		exec_run(world);
		exec_start(world, 0, pasid_cut_check_empty);
		exec_run(world);
		check_text(world, 0, "");
		exec_world_free(world);
	}
}

int pasid_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_nothing_stays),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_numbers_are_unique),
	};

	return cmocka_run_group_tests_name("pasid", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * time_test.c - clocks, conversions, timers, sleeps
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"

static void test_clocks(void **state)
{
	(void)state;
	expect_text(time_cut_jiffies, "");
	expect_text(time_cut_clocks, "");
}

static void test_conversions(void **state)
{
	(void)state;
	expect_text(time_cut_conversions, "");
	expect_text(time_cut_rounding, "");
	expect_text(time_cut_calendar, "");
}

static void test_delays_and_sleeps(void **state)
{
	(void)state;
	expect_text(time_cut_delays, "");
	expect_text(time_cut_sleeps, "");
	expect_text(time_cut_woken_early, "");
}

static void test_timers(void **state)
{
	const struct actor on_cpu = { .fn = time_cut_on_cpu };

	(void)state;
	expect_text(time_cut_order, "dbac");
	expect_text(time_cut_return_values, "");
	expect_text(time_cut_shutdown, "a");
	expect_text(time_cut_context, "ia");
	expect_text(time_cut_periodic, "ppppp");
	expect_story(2, &on_cpu, 1, "ab");
}

static void test_timers_are_held_back(void **state)
{
	(void)state;
	expect_text_arg(time_cut_bh, 1, "1a2");
	expect_text_arg(time_cut_bh, 0, "a12");
	expect_text(time_cut_irq_off, "1a2");
}

static void test_deleting_waits_for_function(void **state)
{
	struct actor actors[] = {
		{ .fn = time_cut_long_timer },
		{ .fn_long = time_cut_delete_long, .arg = 1 },
	};

	(void)state;
	expect_story(2, actors, 2, "tTd");
	actors[1].arg = 0;
	expect_story(2, actors, 2, "tdT");
}

static void test_misuse(void **state)
{
	(void)state;
	expect_finding(time_cut_delete_self, "self-wait/timer/delete_self");
	expect_finding(time_cut_sleep, "sleep-in-atomic/msleep/sleep_inside");
	expect_finding(time_cut_leak, "context-leak/timer/leak_inside+run");
	expect_finding(time_cut_add_pending, "kernel-warn/WARNING/time_cut_add_pending");
}

static void test_forgotten_timer_is_counted(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);
	const struct sim_run_options a_second = {
		.until_ns = 1000000000,
	};

	(void)state;
	exec_start(world, 0, time_cut_forgotten);
	assert_int_equal(sim_run(world->sim, &a_second), SIM_END_TIME);
	assert_int_equal(account_of(world, 0).work, 1);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	assert_int_equal(account_of(world, 0).work, 0);
	exec_world_free(world);
}

int time_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_delays_and_sleeps),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_timers_are_held_back),
		cmocka_unit_test(test_deleting_waits_for_function),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_forgotten_timer_is_counted),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * softirq_test.c - tasklets and bottom halves
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"

static void test_tasklets(void **state)
{
	(void)state;
	expect_text(softirq_cut_tasklets, ".t012.");
	expect_text(softirq_cut_once, "tt.");
	expect_text(softirq_cut_disabled, ".t.");
	expect_text(softirq_cut_kill, "tk");
	expect_text(softirq_cut_open, "n.");
}

static void test_busy_softirqs_give_way(void **state)
{
	(void)state;
	expect_text(softirq_cut_endless, "");
}

static void test_disabling_waits(void **state)
{
	struct actor actors[] = {
		{ .fn = softirq_cut_long },
		{ .fn_long = softirq_cut_wait_long, .arg = 1 },
	};

	(void)state;
	expect_story(2, actors, 2, "tTd");
	actors[1].arg = 0;
	expect_story(2, actors, 2, "tdT");
}

static void test_misuse(void **state)
{
	(void)state;
	expect_finding(softirq_cut_kill_self, "self-wait/tasklet/kill_self");
	expect_finding(softirq_cut_sleep,
		       "sleep-in-atomic/msleep/sleep_inside");
	expect_finding(softirq_cut_leak, "context-leak/tasklet/leak_inside");
	expect_finding(softirq_cut_bh_unbalanced,
		       "bh-unbalanced/bottom-halves/softirq_cut_bh_unbalanced");
}

int softirq_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tasklets),
		cmocka_unit_test(test_busy_softirqs_give_way),
		cmocka_unit_test(test_disabling_waits),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("softirq", tests, NULL, NULL);
}

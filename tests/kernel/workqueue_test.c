/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue_test.c - work items and those who wait for them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"

static void expect_on_two_vcpus(void (*fn)(void), const char *text)
{
	const struct actor actor = { .fn = fn };

	expect_story(2, &actor, 1, text);
}

static void test_running(void **state)
{
	(void)state;
	expect_text(work_cut_runs, ".a");
	expect_text(work_cut_requeue, "aAaA.");
	expect_text(work_cut_order, ".abcd");
	/* The next run has begun before the one that waits gets the vCPU. */
	expect_text(work_cut_self_requeue, "ss.ss.");
	expect_on_two_vcpus(work_cut_cpus, "ab");
}

static void test_blocked_items(void **state)
{
	(void)state;
	expect_text_arg(work_cut_blocked, 1, "aAbB.");
	expect_text_arg(work_cut_blocked, 0, "abAB.");
	expect_text(work_cut_many_blocked, "abcdefghABCDEFGH");
	expect_text(work_cut_max_active, "ab.cAdBCD");
}

static void test_delayed(void **state)
{
	(void)state;
	expect_text(work_cut_delayed, "4d6d0.");
	expect_text(work_cut_mod_delayed, "5d7");
	expect_text(work_cut_flush_delayed, "df");
}

static void test_flushing(void **state)
{
	(void)state;
	expect_text(work_cut_flush_queue, "abA.");
	expect_text(work_cut_flush_work, "abA.B");
	expect_text(work_cut_drain, "ccc.");
}

static void test_cancelling(void **state)
{
	(void)state;
	expect_text(work_cut_cancel, ".a");
	expect_text_arg(work_cut_cancel_sync, 1, "aA.");
	expect_text_arg(work_cut_cancel_sync, 0, "a.A");
	expect_text(work_cut_cancel_requeues, "r+r-.");
	expect_text(work_cut_two_cancels, "a12A!!");
}

static int most_at_once(void (*fn)(long rounds), uint64_t seed)
{
	struct exec_world *world = exec_world_new(1, 2);
	int most;

	exec_strategy(world, seed);
	exec_start_int(world, 0, fn, 10);
	exec_start_int(world, 0, fn, 10);
	exec_run(world);
	most = exec_int(world, 0, work_cut_most);
	exec_world_free(world);
	return most;
}

static void test_item_never_runs_twice_at_once(void **state)
{
	uint64_t seed;
	int most = 0;

	(void)state;
	for (seed = 1; seed < 20; seed++) {
		assert_int_equal(most_at_once(work_cut_count, seed), 1);
		if (most_at_once(work_cut_count_two, seed) > most)
			most = most_at_once(work_cut_count_two, seed);
	}
	assert_int_equal(most, 2);
}

static void test_helpers(void **state)
{
	(void)state;
	expect_text(work_cut_rcu_work, ".qf");
	expect_on_two_vcpus(work_cut_helpers, "01q.q");
}

static void test_waits_that_never_end(void **state)
{
	(void)state;
	expect_finding(work_cut_cancel_self, "self-wait/work-item/cancel_self");
	expect_finding(work_cut_flush_self, "self-wait/work-item/flush_self");
	expect_finding(work_cut_flush_own_queue,
		       "self-wait/work-item/flush_own_queue");
	expect_finding(work_cut_flush_behind,
		       "self-wait/work-item/flush_behind");
}

static void test_misuse(void **state)
{
	(void)state;
	expect_finding(work_cut_atomic, "context-leak/work-item/leave_atomic");
	expect_finding(work_cut_locked, "context-leak/work-item/leave_locked");
	expect_finding(work_cut_flush_in_atomic,
		       "sleep-in-atomic/flush_work/work_cut_flush_in_atomic"
		       "+work_cut_flush_in_atomic");
	expect_finding(work_cut_reclaim, "kernel-warn/WARNING/flush_other");
	expect_finding(work_cut_queue_to_drained,
		       "kernel-warn/WARNING/queue_to_drained");
}

static void test_queue_that_is_gone(void **state)
{
	const struct actor actor = { .fn = work_cut_destroy_early };

	(void)state;
	assert_true(asan_finds(&actor, 1, 1, "use-after-poison") ||
		    asan_finds(&actor, 1, 1, "use-after-free"));
}

static void test_queue_is_counted(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);
	unsigned long before;

	(void)state;
	exec_call(world, 0, work_cut_runs);
	before = account_of(world, 0).objects;
	exec_call(world, 0, work_cut_forget_queue);
	assert_int_equal(account_of(world, 0).objects, before + 1);
	exec_world_free(world);
}

/* An item that sleeps, and queues a callback when it wakes up. */
static void test_shutdown_waits_for_everything(void **state)
{
	const struct sim_run_options a_while = { .until_ns = 1000000 };
	struct exec_world *world = exec_world_new(1, 1);

	(void)state;
	exec_start(world, 0, work_cut_leave_queued);
	assert_int_equal(sim_run(world->sim, &a_while), SIM_END_TIME);
	/* The item and the timer of its sleep. */
	assert_int_equal(account_of(world, 0).work, 2);
	kernel_instance_shutdown(world->kernel[0]);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	assert_null(sim_finding_get(world->sim));
	assert_int_equal(account_of(world, 0).work, 0);
	kernel_peek_begin(world->kernel[0]);
	assert_string_equal(cut_text(), "aAc");
	kernel_peek_end();
	exec_world_free(world);
}

int workqueue_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_blocked_items),
		cmocka_unit_test(test_delayed),
		cmocka_unit_test(test_flushing),
		cmocka_unit_test(test_cancelling),
		cmocka_unit_test(test_item_never_runs_twice_at_once),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_waits_that_never_end),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_queue_that_is_gone),
		cmocka_unit_test(test_queue_is_counted),
		cmocka_unit_test(test_shutdown_waits_for_everything),
	};

	return cmocka_run_group_tests_name("workqueue", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_sched_test.c - tasks, vCPUs, waiting and waking, kthreads
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exec_cut.h"
#include "exec_test.h"
#include "exec_world.h"

static void test_wait_event(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);

	(void)state;
	exec_start(world, 0, cut_wait_event);
	exec_start(world, 0, cut_wait_event);
	exec_run(world);
	assert_int_equal(exec_int(world, 0, cut_events_seen), 0);
	exec_call(world, 0, cut_wake_event);
	assert_int_equal(exec_int(world, 0, cut_events_seen), 2);
	/* The condition holds by now: no waiting. */
	exec_call(world, 0, cut_wait_event);
	assert_int_equal(exec_int(world, 0, cut_events_seen), 3);
	exec_world_free(world);
}

static void test_exclusive_waiters(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);

	(void)state;
	exec_start(world, 0, cut_wait_exclusive);
	exec_start(world, 0, cut_wait_exclusive);
	exec_run(world);
	exec_call(world, 0, cut_wake_one);
	assert_int_equal(exec_int(world, 0, cut_events_seen), 1);
	exec_call(world, 0, cut_wake_one);
	assert_int_equal(exec_int(world, 0, cut_events_seen), 2);
	exec_world_free(world);
}

static void complete_one(void)
{
	cut_completion_complete(0);
}

static void complete_all(void)
{
	cut_completion_complete(1);
}

static void test_completion(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		exec_start(world, 0, cut_completion_wait);
	exec_run(world);
	assert_int_equal(exec_int(world, 0, cut_completions_seen), 0);
	exec_call(world, 0, complete_one);
	assert_int_equal(exec_int(world, 0, cut_completions_seen), 1);
	exec_call(world, 0, complete_all);
	assert_int_equal(exec_int(world, 0, cut_completions_seen), 3);
	exec_call(world, 0, cut_completion_wait);
	assert_int_equal(exec_int(world, 0, cut_completions_seen), 4);
	exec_world_free(world);
}

static void bind_to_1(void)
{
	cut_kthread_bound(1);
}

static void test_kthread(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);

	(void)state;
	assert_int_equal(exec_int(world, 0, cut_kthread_round_trip), 42);
	assert_int_equal(exec_int(world, 0, cut_kthread_stop_before_start),
			 -4 /* EINTR */);
	exec_call(world, 0, bind_to_1);
	assert_int_equal(exec_int(world, 0, cut_kthread_cpu), 1);
	exec_world_free(world);
}

/* -- one task per vCPU -------------------------------------------------------- */

static void log_a(void)
{
	cut_yield_log('a');
}

static void log_b(void)
{
	cut_yield_log('b');
}

static void resched_a(void)
{
	cut_resched_log('a');
}

static void resched_b(void)
{
	cut_resched_log('b');
}

static char seen_text[64];

static int fetch_text(void)
{
	strncpy(seen_text, cut_log_text(), sizeof(seen_text) - 1);
	return 0;
}

static void expect_text(unsigned int nr_cpus, void (*a)(void), void (*b)(void),
			const char *text)
{
	struct exec_world *world = exec_world_new(1, nr_cpus);

	exec_start(world, 0, a);
	exec_start(world, 0, b);
	exec_run(world);
	exec_int(world, 0, fetch_text);
	assert_string_equal(seen_text, text);
	exec_world_free(world);
}

static void test_tasks_of_one_vcpu_take_turns(void **state)
{
	(void)state;
	expect_text(1, log_a, log_b, "aabb");
	expect_text(1, resched_a, resched_b, "abab");
}

/* Two tasks of one vCPU never interleave but where they block. */
static void count_unlocked(long rounds)
{
	cut_count_unlocked(rounds);
}

static void test_one_vcpu_does_not_preempt(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed < 6; seed++) {
		struct exec_world *world = exec_world_new(1, 1);

		exec_strategy(world, seed);
		exec_start_int(world, 0, count_unlocked, 20);
		exec_start_int(world, 0, count_unlocked, 20);
		exec_run(world);
		assert_int_equal(exec_int(world, 0, cut_counted), 40);
		exec_world_free(world);
	}
}

int exec_sched_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait_event),
		cmocka_unit_test(test_exclusive_waiters),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_kthread),
		cmocka_unit_test(test_tasks_of_one_vcpu_take_turns),
		cmocka_unit_test(test_one_vcpu_does_not_preempt),
	};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}

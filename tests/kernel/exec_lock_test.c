/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_lock_test.c - each rule of locks: one world that breaks it, one that
 * comes close
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exec_cut.h"
#include "exec_test.h"
#include "exec_world.h"

/* Calls @fns one after the other, each in a thread of its own. */
static void expect_after(void (*const *fns)(void), const char *identity)
{
	struct exec_world *world = exec_world_new(1, 1);

	for (; fns[1]; fns++)
		exec_call(world, 0, *fns);
	exec_start(world, 0, *fns);
	exec_expect(world, identity);
	exec_world_free(world);
}

#define expect_find(identity, ...) \
	expect_after((void (*const[])(void)){ __VA_ARGS__, NULL }, identity)

static void expect_clean(void (*fn)(void))
{
	struct exec_world *world = exec_world_new(1, 1);

	exec_call(world, 0, fn);
	exec_call(world, 0, fn);
	exec_world_free(world);
}

static void test_order(void **state)
{
	(void)state;
	expect_clean(cut_order_ab);
	expect_clean(cut_order_ba);
	expect_clean(cut_same_class);
	expect_clean(cut_trylocks);
	expect_find("lock-order/&pair.b/cut_order_ba+cut_order_ab",
		    cut_order_ab, cut_order_ba);
	expect_find("lock-order/static_a/cut_static_order_ba+"
		    "cut_static_order_ab",
		    cut_static_order_ab, cut_static_order_ba);
}

static void test_recursion(void **state)
{
	(void)state;
	expect_clean(cut_read_recursion);
	expect_find("lock-recursion/static_a/cut_recursion_mutex+"
		    "cut_recursion_mutex", cut_recursion_mutex);
	expect_find("lock-recursion/&pair.b/cut_recursion_spin+"
		    "cut_recursion_spin", cut_recursion_spin);
}

static void lock_in_alpha(void)
{
	cut_lock_and_keep();
	cut_unlock_kept();
}

static void test_owner(void **state)
{
	(void)state;
	expect_clean(lock_in_alpha);
	expect_find("unlock-non-owner/static_a/cut_unlock_kept",
		    cut_unlock_kept);
}

static void test_held_at_exit(void **state)
{
	(void)state;
	expect_find("lock-held/static_a/cut_lock_and_keep", cut_lock_and_keep);
	expect_find("lock-held/static_b/exit_locked",
		    cut_kthread_exits_locked);
	expect_find("atomic-leak/context", cut_bh_kept);
}

static void test_state_of_lock(void **state)
{
	(void)state;
	expect_find("bad-lock/mutex/cut_uninitialised", cut_uninitialised);
	expect_find("lock-in-use/&m/cut_destroy_held", cut_destroy_held);
}

static void test_sleep_in_atomic(void **state)
{
	(void)state;
	expect_clean(cut_sleep_legal);
	expect_find("sleep-in-atomic/mutex_lock/cut_sleep_in_spinlock+"
		    "cut_sleep_in_spinlock", cut_sleep_in_spinlock);
	expect_find("sleep-in-atomic/might_sleep/cut_sleep_in_rcu",
		    cut_sleep_in_rcu);
	expect_find("sleep-in-atomic/schedule/cut_sleep_irqs_off",
		    cut_sleep_irqs_off);
}

/* -- exclusion -------------------------------------------------------------- */

static void count(long kind)
{
	cut_count_locked(kind, 20);
}

/* Without its lock the count would come out short: see the last case. */
static int counted(enum cut_lock_kind kind, uint64_t seed)
{
	struct exec_world *world = exec_world_new(1, 4);
	int i, sum;

	exec_strategy(world, seed);
	for (i = 0; i < 4; i++)
		exec_start_int(world, 0, count, kind);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	sum = exec_int(world, 0, cut_counted);
	exec_world_free(world);
	return sum;
}

static void test_exclusion(void **state)
{
	int kind;
	uint64_t seed;

	(void)state;
	for (kind = 0; kind < CUT_LOCK_KINDS; kind++)
		for (seed = 1; seed < 6; seed++)
			assert_int_equal(counted(kind, seed), 80);
}

static void count_unlocked(long rounds)
{
	cut_count_unlocked(rounds);
}

static void test_exclusion_is_needed(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);

	(void)state;
	exec_strategy(world, 1);
	exec_start_int(world, 0, count_unlocked, 20);
	exec_start_int(world, 0, count_unlocked, 20);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	assert_true(exec_int(world, 0, cut_counted) < 40);
	exec_world_free(world);
}

static void read_together(long kind)
{
	cut_read_together(kind);
}

static void test_readers_share(void **state)
{
	static const enum cut_lock_kind kinds[] = { CUT_RWLOCK, CUT_RWSEM };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct exec_world *world = exec_world_new(1, 2);

		exec_start_int(world, 0, read_together, kinds[i]);
		exec_start_int(world, 0, read_together, kinds[i]);
		assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
		assert_int_equal(exec_int(world, 0, cut_most_readers), 2);
		exec_world_free(world);
	}
}

int exec_lock_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_held_at_exit),
		cmocka_unit_test(test_state_of_lock),
		cmocka_unit_test(test_sleep_in_atomic),
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_exclusion_is_needed),
		cmocka_unit_test(test_readers_share),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}

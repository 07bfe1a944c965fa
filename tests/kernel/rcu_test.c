/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcu_test.c - grace periods and what waits for them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"

#define SEEDS	60

static void expect_two(struct actor reader, struct actor updater,
		       const char *text)
{
	const struct actor actors[] = { reader, updater };

	expect_story(2, actors, 2, text);
}

static struct actor reader(long locked)
{
	return (struct actor){ .fn_long = rcu_cut_reader, .arg = locked };
}

static struct actor call(void (*fn)(void))
{
	return (struct actor){ .fn = fn };
}

static void test_synchronize_waits_for_reader(void **state)
{
	(void)state;
	expect_two(reader(1), call(rcu_cut_synchronize), "rsRS");
	expect_two(reader(1), call(rcu_cut_expedited), "rsRS");
	expect_two(call(rcu_cut_reader_bh), call(rcu_cut_synchronize), "rsRS");
	expect_two(call(rcu_cut_reader_irq), call(rcu_cut_synchronize), "rsRS");
	/* Nobody reads: nobody is waited for. */
	expect_two(reader(0), call(rcu_cut_synchronize), "rsSR");
}

static void test_callback_waits_for_reader(void **state)
{
	(void)state;
	expect_two(reader(1), call(rcu_cut_call), "rsqRc");
	expect_two(reader(0), call(rcu_cut_call), "rsqcR");
	expect_text_arg(rcu_cut_call_in_reader, 1, "12c");
	expect_text_arg(rcu_cut_call_in_reader, 0, "1c2");
}

/* A grace period begins inside the updater's critical section, or after it. */
static void late_unlink(unsigned int choice, const char *text)
{
	const struct sim_override early = {
		.kind = SIM_DECIDE_PEER,
		.value = choice,
	};
	const struct sim_plan plan = {
		.strategy = SIM_ROUND_ROBIN,
		.overrides = &early,
		.nr_overrides = 1,
	};
	struct exec_world *world = exec_world_new(1, 2);

	sim_set_plan(world->sim, &plan);
	exec_start(world, 0, rcu_cut_late_unlink);
	exec_start(world, 0, rcu_cut_late_reader);
	exec_run(world);
	check_text(world, 0, text);
	exec_world_free(world);
}

static void test_unlink_after_call_is_a_choice(void **state)
{
	(void)state;
	late_unlink(0, "ruRc");
	late_unlink(1, "rucR");
}

static void test_polling(void **state)
{
	(void)state;
	expect_two(reader(1), call(rcu_cut_poll), "rs---RS");
	expect_two(reader(0), call(rcu_cut_poll), "rsSR");
	expect_text(rcu_cut_polling, "");
}

static void test_barrier_waits_for_all(void **state)
{
	(void)state;
	expect_text(rcu_cut_barrier, "cccbc");
	expect_text(rcu_cut_chain, "ac");
	expect_text(rcu_cut_kfree_rcu, "");
}

static void test_misuse(void **state)
{
	(void)state;
	expect_finding(rcu_cut_synchronize_in_reader,
		       "wait-in-reader/synchronize_rcu/rcu_cut_synchronize_in_reader");
	expect_finding(rcu_cut_sleep_in_reader,
		       "sleep-in-atomic/msleep/rcu_cut_sleep_in_reader");
	expect_finding(rcu_cut_sleeping_callback,
		       "sleep-in-atomic/msleep/sleep_in_callback");
	expect_finding(rcu_cut_leaking_callback,
		       "context-leak/rcu-callback/leak_in_callback+rcu_cut_leaking_callback");
	expect_finding(rcu_cut_double_call,
		       "double-call-rcu/rcu_head/rcu_cut_double_call+rcu_cut_double_call");
	expect_finding_of_two(rcu_cut_stalling_reader, rcu_cut_synchronize,
			      "rcu-stall/grace-period/rcu_cut_synchronize");
}

/* -- by random schedules -- */

static void test_readers_never_see_what_is_gone(void **state)
{
	struct actor actors[] = {
		{ .fn_long = rcu_cut_list_reader, .arg = 1 },
		{ .fn = rcu_cut_list_updater },
	};

	(void)state;
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
	choose_anything(1);
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
	choose_anything(0);
	actors[0].arg = 0;
	assert_true(count_wrong(actors, 2, SEEDS) > 0);
}

static void test_kfree_rcu_waits_for_readers(void **state)
{
	struct actor actors[] = {
		{ .fn_long = rcu_cut_list_reader, .arg = 1 },
		{ .fn = rcu_cut_kfree_updater },
	};

	(void)state;
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
	choose_anything(1);
	assert_int_equal(count_wrong(actors, 2, SEEDS), 0);
	choose_anything(0);
	actors[0].arg = 0;
	assert_true(asan_finds(actors, 2, SEEDS, "use-after-poison") ||
		    asan_finds(actors, 2, SEEDS, "use-after-free"));
}

/* -- SRCU -- */

static void test_srcu(void **state)
{
	struct actor update = { .fn_long = rcu_cut_srcu_update, .arg = 1 };

	(void)state;
	expect_two(call(rcu_cut_srcu_reader), update, "rsRS");
	update.arg = 0;
	expect_two(call(rcu_cut_srcu_reader), update, "rsSR");
	expect_finding(rcu_cut_srcu_unbalanced,
		       "srcu-unbalanced/srcu_struct/rcu_cut_srcu_unbalanced");
	expect_finding(rcu_cut_srcu_busy_cleanup,
		       "kernel-warn/WARNING/rcu_cut_srcu_busy_cleanup");
}

int rcu_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_synchronize_waits_for_reader),
		cmocka_unit_test(test_callback_waits_for_reader),
		cmocka_unit_test(test_unlink_after_call_is_a_choice),
		cmocka_unit_test(test_polling),
		cmocka_unit_test(test_barrier_waits_for_all),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_readers_never_see_what_is_gone),
		cmocka_unit_test(test_kfree_rcu_waits_for_readers),
		cmocka_unit_test(test_srcu),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}

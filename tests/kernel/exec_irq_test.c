/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_irq_test.c - interrupts come when, and only when, they may
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exec_cut.h"
#include "exec_test.h"
#include "exec_world.h"

#define LINE	5

static int request_plain(void)
{
	return cut_irq_request(0);
}

static int request_threaded(void)
{
	return cut_irq_request(1);
}

static struct exec_world *world_with_irq(unsigned int nr_cpus,
					 int (*request)(void))
{
	struct exec_world *world = exec_world_new(1, nr_cpus);

	assert_int_equal(exec_int(world, 0, request), 0);
	return world;
}

static void test_irq_reaches_handler(void **state)
{
	struct exec_world *world = world_with_irq(1, request_plain);

	(void)state;
	kernel_raise_irq(world->kernel[0], 0, LINE);
	kernel_raise_irq(world->kernel[0], 0, LINE);
	exec_run(world);
	/* The line was up once, whoever raised it. */
	assert_int_equal(exec_int(world, 0, cut_irqs_seen), 1);
	kernel_raise_irq(world->kernel[0], 0, LINE);
	exec_run(world);
	assert_int_equal(exec_int(world, 0, cut_irqs_seen), 2);
	exec_call(world, 0, cut_irq_free);
	kernel_raise_irq(world->kernel[0], 0, LINE);
	exec_run(world);
	assert_int_equal(exec_int(world, 0, cut_irqs_seen), 2);
	exec_world_free(world);
}

static void test_irq_thread(void **state)
{
	struct exec_world *world = world_with_irq(2, request_threaded);

	(void)state;
	kernel_raise_irq(world->kernel[0], 1, LINE);
	exec_run(world);
	assert_int_equal(exec_int(world, 0, cut_irq_thread_runs), 1);
	exec_call(world, 0, cut_irq_free);
	exec_world_free(world);
}

static int window_open(void)
{
	kernel_raise_irq(sim_user(sim_current), 0, LINE);
	return cut_irq_window(0, 50);
}

static int window_closed(void)
{
	kernel_raise_irq(sim_user(sim_current), 0, LINE);
	return cut_irq_window(1, 50);
}

/* While a task runs, some schedules bring the interrupt in, if it is open. */
static int came_in(int (*window)(void))
{
	uint64_t seed;
	int came = 0;

	for (seed = 1; seed < 8; seed++) {
		struct exec_world *world = world_with_irq(1, request_plain);

		sim_set_user(world->sim, world->kernel[0]);
		exec_strategy(world, seed);
		came += exec_int(world, 0, window);
		/* It came, if only after the window. */
		assert_int_equal(exec_int(world, 0, cut_irqs_seen), 1);
		exec_world_free(world);
	}
	return came;
}

static void test_irq_respects_the_flag(void **state)
{
	(void)state;
	assert_int_equal(came_in(window_closed), 0);
	assert_true(came_in(window_open) > 0);
}

static void test_irq_may_not_sleep(void **state)
{
	struct exec_world *world = world_with_irq(1, request_plain);

	(void)state;
	exec_call(world, 0, cut_irq_sleeps);
	kernel_raise_irq(world->kernel[0], 0, LINE);
	exec_expect(world, "sleep-in-atomic/mutex_lock/handler");
	exec_world_free(world);
}

static void hold_lock(void)
{
	kernel_raise_irq(sim_user(sim_current), 0, LINE);
	cut_hold_irq_lock(50);
}

static void test_irq_that_waits_for_its_task(void **state)
{
	struct exec_world *world = world_with_irq(1, request_plain);

	(void)state;
	sim_set_user(world->sim, world->kernel[0]);
	exec_call(world, 0, cut_irq_takes_lock);
	exec_strategy(world, 2);
	exec_start(world, 0, hold_lock);
	exec_expect(world, "irq-deadlock/irq_lock/handler");
	exec_world_free(world);
}

/* The holder runs on another vCPU: the interrupt just waits. */
static void test_irq_that_waits_for_another_vcpu(void **state)
{
	struct exec_world *world = world_with_irq(2, request_plain);

	(void)state;
	sim_set_user(world->sim, world->kernel[0]);
	exec_call(world, 0, cut_irq_takes_lock);
	exec_strategy(world, 2);
	/* The third thread of the world: vCPU 0; the interrupt is for 0. */
	exec_call(world, 0, cut_irq_takes_lock);
	exec_start(world, 0, hold_lock);
	exec_run(world);
	assert_null(sim_finding_get(world->sim));
	assert_int_equal(exec_int(world, 0, cut_irqs_seen), 1);
	exec_world_free(world);
}

int exec_irq_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_irq_reaches_handler),
		cmocka_unit_test(test_irq_thread),
		cmocka_unit_test(test_irq_respects_the_flag),
		cmocka_unit_test(test_irq_may_not_sleep),
		cmocka_unit_test(test_irq_that_waits_for_its_task),
		cmocka_unit_test(test_irq_that_waits_for_another_vcpu),
	};

	return cmocka_run_group_tests_name("irq", tests, NULL, NULL);
}

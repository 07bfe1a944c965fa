/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_test.c - instances: static data, boot, messages, findings
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sim/snapshot.h>
#include <sim/trace.h>

#include "exec_cut.h"
#include "exec_test.h"
#include "exec_world.h"

static void test_statics_are_per_instance(void **state)
{
	struct exec_world *world = exec_world_new(2, 1);

	(void)state;
	assert_int_equal(exec_int(world, 0, cut_counter_next), 101);
	assert_int_equal(exec_int(world, 0, cut_counter_next), 102);
	assert_int_equal(exec_int(world, 1, cut_counter_next), 101);
	assert_int_equal(exec_int(world, 0, cut_counter_next), 103);
	assert_int_equal(exec_int(world, 1, cut_counter_next), 102);
	exec_world_free(world);
}

/* Switches between fibers of two instances in the middle of their work. */
static void count_many(long rounds)
{
	while (rounds--) {
		cut_counter_next();
		cut_hooks();
	}
}

static void test_statics_survive_switches(void **state)
{
	struct exec_world *world = exec_world_new(2, 2);

	(void)state;
	exec_strategy(world, 7);
	exec_start_int(world, 0, count_many, 100);
	exec_start_int(world, 1, count_many, 200);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	assert_int_equal(exec_int(world, 0, cut_counter_next), 201);
	assert_int_equal(exec_int(world, 1, cut_counter_next), 301);
	exec_world_free(world);
}

static void test_percpu_is_per_vcpu(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);

	(void)state;
	/* User threads are put on the vCPUs in turn. */
	assert_int_equal(exec_int(world, 0, cut_percpu_next), 1);
	assert_int_equal(exec_int(world, 0, cut_percpu_next), 1);
	assert_int_equal(exec_int(world, 0, cut_percpu_next), 2);
	assert_int_equal(exec_int(world, 0, cut_cpu), 1);
	assert_int_equal(exec_int(world, 0, cut_cpu), 0);
	exec_call(world, 0, cut_alloc_percpu);
	exec_world_free(world);
}

static void test_initcalls_run_once_per_instance(void **state)
{
	struct exec_world *world = exec_world_new(2, 1);

	(void)state;
	assert_int_equal(exec_int(world, 0, cut_initcalls_seen), 2);
	assert_int_equal(exec_int(world, 1, cut_initcalls_seen), 2);
	exec_world_free(world);
}

static void test_user_thread_is_a_task(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);
	int first = exec_int(world, 0, cut_current_pid);

	(void)state;
	assert_true(first > 0);
	assert_int_equal(exec_int(world, 0, cut_current_pid), first + 1);
	exec_world_free(world);
}

static struct vtb_account account_of(struct exec_world *world)
{
	struct vtb_account account;

	kernel_peek_begin(world->kernel[0]);
	vtb_kernel_account(&account);
	kernel_peek_end();
	return account;
}

static void test_boot_and_shutdown_are_clean(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);
	struct vtb_account account;

	(void)state;
	assert_true(kernel_instance_up(world->kernel[0]));
	assert_string_equal(kernel_instance_name(world->kernel[0]), "alpha");
	kernel_instance_shutdown(world->kernel[0]);
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	assert_null(sim_finding_get(world->sim));
	assert_null(sim_fiber_stuck(world->sim));
	assert_false(kernel_instance_up(world->kernel[0]));
	assert_non_null(strstr(exec_log(), "goodbye 2\n"));
	account = account_of(world);
	assert_int_equal(account.locks, 0);
	assert_int_equal(account.work, 0);
	assert_int_equal(account.pages, 0);
	exec_world_free(world);
}

static void test_snapshot_restores_the_live_image(void **state)
{
	struct exec_world *world = exec_world_new(2, 1);
	struct sim_snapshot *snapshot;
	uint64_t hash;

	(void)state;
	exec_int(world, 0, cut_counter_next);
	snapshot = sim_snapshot_take(world->sim);
	hash = sim_state_hash(world->sim);
	exec_int(world, 0, cut_counter_next);
	exec_int(world, 1, cut_counter_next);
	sim_snapshot_restore(world->sim, snapshot);
	assert_true(sim_state_hash(world->sim) == hash);
	assert_int_equal(exec_int(world, 1, cut_counter_next), 101);
	assert_int_equal(exec_int(world, 0, cut_counter_next), 102);
	sim_snapshot_free(snapshot);
	exec_world_free(world);
}

static uint64_t run_hash(uint64_t seed)
{
	struct exec_world *world = exec_world_new(2, 2);
	uint64_t hash;
	int i;

	exec_strategy(world, seed);
	for (i = 0; i < 4; i++)
		exec_start_int(world, i & 1, count_many, 50);
	exec_run(world);
	hash = sim_trace_hash(world->sim);
	exec_world_free(world);
	return hash;
}

static void test_equal_runs_have_equal_traces(void **state)
{
	(void)state;
	assert_true(run_hash(3) == run_hash(3));
	assert_true(run_hash(3) != run_hash(4));
}

/* -- messages and findings ------------------------------------------------ */

static void test_printk_reaches_the_log(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);

	(void)state;
	exec_call(world, 0, cut_log);
	assert_non_null(strstr(exec_log(), "one 42 two 0xbeef\n"));
	assert_non_null(strstr(exec_log(), "first\nsecond\n"));
	exec_world_free(world);
}

static void expect(void (*fn)(void), const char *identity)
{
	struct exec_world *world = exec_world_new(1, 1);

	exec_start(world, 0, fn);
	exec_expect(world, identity);
	exec_world_free(world);
}

static void test_warn_and_bug_are_findings(void **state)
{
	(void)state;
	expect(cut_warn, "kernel-warn/WARNING/cut_warn");
	expect(cut_warn_text, "kernel-warn/WARNING/cut_warn_text");
	assert_non_null(strstr(exec_log(), "the number is 7"));
	expect(cut_refcount, "kernel-warn/WARNING/cut_refcount");
	expect(cut_bug, "kernel-bug/BUG/cut_bug");
	expect(cut_panic, "kernel-panic/panic/cut_panic");
}

static void test_unmodelled_external_ends_with_its_name(void **state)
{
	char text[256] = "";
	int fds[2], status;
	ssize_t len;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		struct exec_world *world = exec_world_new(1, 1);

		dup2(fds[1], STDERR_FILENO);
		exec_start(world, 0, cut_unmodelled);
		exec_run(world);
		_exit(0);
	}
	close(fds[1]);
	len = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	waitpid(child, &status, 0);
	assert_true(len > 0);
	assert_string_equal(text, "vtb: unmodelled: apply_to_page_range "
			    "(called from cut_unmodelled, op 0)\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), VTB_EXIT_BENCH);
}

/* -- build flavours --------------------------------------------------------- */

static void test_hooks_are_there(void **state)
{
	struct exec_world *world = exec_world_new(1, 1);
	uint64_t before = kernel_hook_count(), hooks;

	(void)state;
	exec_call(world, 0, cut_hooks);
	hooks = kernel_hook_count() - before;
#if defined(VTB_RACE)
	/* 1 atomic, 4 plain loads, 4 plain stores. */
	assert_true(hooks >= 9);
#else
	/* The atomic alone. */
	assert_int_equal(hooks, 1);
#endif
	exec_world_free(world);
}

static void test_symbols_have_names(void **state)
{
	bool cut;

	(void)state;
	assert_string_equal(kernel_symbol((char *)cut_warn + 1, &cut),
			    "cut_warn");
	assert_true(cut);
	assert_string_equal(kernel_symbol((char *)exec_world_new, &cut),
			    "exec_world_new");
	assert_false(cut);
	assert_string_equal(kernel_symbol(NULL, &cut), "?");
}

static void test_two_worlds_take_turns(void **state)
{
	struct exec_world *first = exec_world_new(1, 1);
	struct sim_options options = { .region_slot = 1,
				       .memory_bytes = 16ul << 20 };
	struct exec_world second = { .sim = sim_new(&options) };
	struct kernel_instance_options kernel = {
		.name = "other",
		.sim = second.sim,
		.memory = sim_memory_new(second.sim, "other", EXEC_FRAMES, 0),
	};

	(void)state;
	assert_int_equal(exec_int(first, 0, cut_counter_next), 101);
	kernel_image_park();
	second.kernel[0] = kernel_instance_new(&kernel);
	assert_int_equal(exec_run(&second), SIM_END_QUIESCENT);
	assert_int_equal(exec_int(&second, 0, cut_counter_next), 101);
	kernel_image_park();
	assert_int_equal(exec_int(first, 0, cut_counter_next), 102);
	kernel_image_park();
	assert_int_equal(exec_int(&second, 0, cut_counter_next), 102);
	sim_free(second.sim);
	exec_world_free(first);
}

int exec_instance_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statics_are_per_instance),
		cmocka_unit_test(test_statics_survive_switches),
		cmocka_unit_test(test_percpu_is_per_vcpu),
		cmocka_unit_test(test_initcalls_run_once_per_instance),
		cmocka_unit_test(test_user_thread_is_a_task),
		cmocka_unit_test(test_boot_and_shutdown_are_clean),
		cmocka_unit_test(test_snapshot_restores_the_live_image),
		cmocka_unit_test(test_equal_runs_have_equal_traces),
		cmocka_unit_test(test_printk_reaches_the_log),
		cmocka_unit_test(test_warn_and_bug_are_findings),
		cmocka_unit_test(test_unmodelled_external_ends_with_its_name),
		cmocka_unit_test(test_hooks_are_there),
		cmocka_unit_test(test_symbols_have_names),
		cmocka_unit_test(test_two_worlds_take_turns),
	};

	return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}

int main(void)
{
	int failed = exec_instance_tests();

	failed += exec_lock_tests();
	failed += exec_sched_tests();
	failed += exec_irq_tests();
	return failed != 0;
}

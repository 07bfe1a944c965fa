/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack_test.c - fibers and the stacks they live on
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

static struct sim *sim;
static char timeline[64];

static int setup(void **state)
{
	sim = world_new(1);
	timeline[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static uintptr_t stack_low, stack_high;
static unsigned int nr_done;

static void notes_its_stack(void *arg)
{
	char local;

	if (!sim_stack_bounds(sim, &stack_low, &stack_high))
		return;
	if ((uintptr_t)&local >= stack_low && (uintptr_t)&local < stack_high)
		nr_done++;
	if (arg)
		sim_fiber_exit(sim);
}

static void stacks_are_reused_after_exit(void **state)
{
	uintptr_t first;
	int i;

	nr_done = 0;
	spawn(sim, "first", notes_its_stack, NULL);
	run(sim);
	first = stack_low;
	assert_int_equal(stack_high - stack_low, SIM_STACK_BYTES);
	for (i = 0; i < 200; i++) {
		assert_non_null(spawn(sim, "next", notes_its_stack, sim));
		run(sim);
		assert_int_equal(stack_low, first);
	}
	assert_int_equal(nr_done, 201);
	assert_false(sim_stack_bounds(sim, &stack_low, &stack_high));
}

static void says_its_name(void *arg)
{
	strncat(timeline, sim_fiber_name(sim_fiber_self(sim)), 8);
	sim_yield(sim);
}

static void blocks(void *arg)
{
	sim_fiber_block(sim);
}

/*
 * An exiting fiber runs the loop on the stack it gives up; what a callback
 * creates meanwhile must get another one.
 */
static void spawns(struct sim *s, struct sim_event *event)
{
	spawn(s, "late", says_its_name, NULL);
}

static void an_exiting_fiber_keeps_its_stack_to_the_end(void **state)
{
	struct sim_event *event = sim_alloc(sim, sizeof(*event), 8);

	sim_event_init(event, spawns, 9, 0);
	sim_event_at(sim, event, 10);
	spawn(sim, "early", says_its_name, NULL);
	run(sim);
	assert_string_equal(timeline, "earlylate");
}

static void sums_while_sleeping(void *arg)
{
	uint64_t *sum = arg;
	int i;

	for (i = 0; i < 10; i++) {
		sim_fiber_sleep(sim, 1 + sim_fiber_id(sim_fiber_self(sim)));
		*sum += sim_fiber_id(sim_fiber_self(sim));
	}
}

static void a_thousand_fibers_run(void **state)
{
	struct sim_options options = { .region_slot = 2, .max_fibers = 1000 };
	struct sim *small = sim;
	uint64_t sum = 0;
	int i;

	sim = sim_new(&options);
	assert_non_null(sim);
	for (i = 0; i < 1000; i++)
		assert_non_null(spawn(sim, "f", sums_while_sleeping, &sum));
	assert_null(spawn(sim, "one too many", sums_while_sleeping, &sum));
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(sum, 10 * 1000 * 1001 / 2);
	assert_int_equal(sim_switches(sim), 11000);
	sim_free(sim);
	sim = small;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	_exit(at < stack_low && at >= stack_low - 4096 ? 42 : 43);
}

static unsigned int recurse(unsigned int depth)
{
	char pad[512];
	unsigned int sum = depth ? recurse(depth - 1) : 0;

	/* The array is used after the call: no loop instead of recursion. */
	__asm__ volatile("" : : "r"(pad) : "memory");
	return sum + depth;
}

static void overflows(void *arg)
{
	sim_stack_bounds(sim, &stack_low, &stack_high);
	recurse(1000);
}

static void overflow_a_stack(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	stack_t stack = { .ss_size = 64 << 10 };

	stack.ss_sp = malloc(stack.ss_size);
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	setup(NULL);
	/* A neighbour whose stack would be hit without a guard page. */
	spawn(sim, "neighbour", blocks, NULL);
	spawn(sim, "deep", overflows, NULL);
	run(sim);
}

static void an_overflow_hits_the_guard_page(void **state)
{
	char text[256];

	assert_int_equal(in_child(overflow_a_stack, text, sizeof(text)), 42);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(stacks_are_reused_after_exit),
		TEST(an_exiting_fiber_keeps_its_stack_to_the_end),
		TEST(a_thousand_fibers_run),
		cmocka_unit_test(an_overflow_hits_the_guard_page),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}

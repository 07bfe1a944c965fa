/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wide_test.c - what a device makes of a descriptor that a driver fills in
 *
 * The device polls, as hardware does, while the driver stores word by word.
 * Whatever it takes for valid must be whole; over many schedules that is so if
 * the valid word is stored last, and only then. Between any two stores of a
 * driver a device can come in the race flavour; in others only at barriers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <kernel/instance.h>
#include <models/wide.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/snapshot.h>

#include "wide_cut.h"

#define SCHEDULES	200
#define MAX_WORDS	(MACHINE_WIDE_MAX_BYTES / 8)

static struct {
	struct sim *sim;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct sim_snapshot *snapshot;
	uint64_t phys;
	unsigned long words;
	void (*fill)(unsigned long words);
	unsigned int valid;		/* seen valid */
	unsigned int torn;		/* and not whole */
	unsigned int prefixes;		/* bit n: n words of the body */
} t;

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0";
}

static void make_descriptor(void *arg)
{
	kernel_enter(t.kernel);
	t.phys = cut_wide_new();
	kernel_exit();
}

static void driver(void *arg)
{
	kernel_enter(t.kernel);
	t.fill(t.words);
	kernel_exit();
}

static void look_at(const uint64_t *words)
{
	unsigned int body = 0;
	unsigned long i;

	for (i = 1; i < t.words; i++)
		body += words[i] == CUT_WIDE_BODY;
	t.prefixes |= 1u << body;
	if (words[0] != CUT_WIDE_VALID)
		return;
	t.valid++;
	t.torn += body != t.words - 1;
}

static void device(void *arg)
{
	const struct machine_wide wide = {
		.party = MACHINE_DEVICE, .phys = t.phys,
		.bytes = (uint32_t)t.words * MACHINE_PIECE_BYTES,
	};
	uint64_t words[MAX_WORDS];
	int i;

	for (i = 0; i < 4; i++)
		if (!machine_read_wide(t.machine, &wide, words))
			look_at(words);
}

static void run(void)
{
	const struct sim_run_options limits = { .step_budget = 100000 };

	assert_int_equal(sim_run(t.sim, &limits), SIM_END_QUIESCENT);
}

static int setup(void **state)
{
	const struct sim_options options = { .memory_bytes = 16ul << 20 };
	const struct machine_options machine = { "m", 0, 256 };
	struct kernel_instance_options kernel = { .name = "k", .nr_cpus = 1 };

	t.sim = sim_new(&options);
	t.machine = machine_new(t.sim, &machine);
	kernel.sim = t.sim;
	kernel.memory = machine_memory(t.machine);
	t.kernel = kernel_instance_new(&kernel);
	run();
	kernel_user_thread(t.kernel, "boot", make_descriptor, NULL);
	run();
	assert_true(t.phys);
	machine_grant(t.machine, t.phys >> SIM_FRAME_SHIFT, MACHINE_DEVICE,
		      false);
	t.snapshot = sim_snapshot_take(t.sim);
	return !t.snapshot;
}

static int teardown(void **state)
{
	kernel_image_park();
	sim_snapshot_free(t.snapshot);
	sim_free(t.sim);
	return 0;
}

static void run_schedule(uint64_t seed)
{
	const struct sim_plan plan = {
		.seed = seed, .strategy = SIM_RANDOM, .preempt_den = 3,
	};
	const struct sim_fiber_options fiber = {
		.name = "device", .fn = device,
	};

	sim_snapshot_restore(t.sim, t.snapshot);
	sim_set_plan(t.sim, &plan);
	kernel_user_thread(t.kernel, "driver", driver, NULL);
	sim_fiber_new(t.sim, &fiber);
	run();
}

static void run_schedules(unsigned long words, void (*fill)(unsigned long))
{
	uint64_t seed;

	t.words = words;
	t.fill = fill;
	t.valid = t.torn = t.prefixes = 0;
	for (seed = 1; seed <= SCHEDULES; seed++)
		run_schedule(seed);
	assert_true(t.valid);
}

/* Every prefix of the driver's stores can be seen. */
static void expect_prefixes(unsigned long words)
{
#ifdef VTB_RACE
	assert_int_equal(t.prefixes, (1u << words) - 1);
#else
	(void)words;
#endif
}

static void expect_torn(bool torn)
{
	assert_int_equal(t.torn != 0, torn);
}

static void test_valid_last(void **state)
{
	run_schedules(2, cut_wide_valid_last);
	expect_prefixes(2);
	expect_torn(false);
	run_schedules(8, cut_wide_valid_last);
	expect_prefixes(8);
	expect_torn(false);
}

static void test_valid_first(void **state)
{
	run_schedules(2, cut_wide_valid_first);
	expect_torn(true);
	run_schedules(8, cut_wide_valid_first);
	expect_prefixes(8);
	expect_torn(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_valid_last, setup, teardown),
		cmocka_unit_test_setup_teardown(test_valid_first, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

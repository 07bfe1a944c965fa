/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poison_stack_test.c - ASan and the stacks of fibers
 *
 * Fibers are abandoned in the middle of instrumented functions, and restored
 * while they sleep in them. Red zones must be there again, and poison of frames
 * that are gone must not. Forked children, as in poison_test.c.
 */
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#ifdef VTB_ASAN

#include <sanitizer/asan_interface.h>

#define ASAN_EXIT	99

/* The child's report goes through a pipe: no colours, no symbolizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=99:symbolize=0:detect_leaks=0";
}

static struct sim *sim;

static void setup(void)
{
	sim = world_new(1);
}

static void touch(volatile char *address)
{
	*address += 1;
}

/* The child ends with a report that contains @text. */
static void assert_reported(void (*fn)(void), const char *text)
{
	char report[8192];

	assert_int_equal(in_child(fn, report, sizeof(report)), ASAN_EXIT);
	assert_non_null(strstr(report, text));
}

static void assert_clean(void (*fn)(void))
{
	char report[8192];

	assert_int_equal(in_child(fn, report, sizeof(report)), 0);
}

static volatile unsigned int overrun;

/* Sleeps with an array on its stack, then writes past its end if told to. */
static void sleeps_with_an_array(void *arg)
{
	char array[32];

	memset(array, 0, sizeof(array));
	sim_fiber_sleep(sim, 10);
	touch(array + 31 + overrun);
}

static struct sim_snapshot *snapshot_of_sleepers(void)
{
	int i;

	setup();
	for (i = 0; i < 3; i++)
		spawn(sim, "sleeper", sleeps_with_an_array, NULL);
	run_steps(sim, 3);
	return sim_snapshot_take(sim);
}

static void overflow_a_restored_local(void)
{
	struct sim_snapshot *snap = snapshot_of_sleepers();

	run(sim);
	sim_snapshot_restore(sim, snap);
	overrun = 1;
	run(sim);
}

static void a_restored_stack_has_its_red_zones(void **state)
{
	assert_reported(overflow_a_restored_local, "stack-buffer-overflow");
}

static __attribute__((noinline)) void raise_deep_down(unsigned int depth)
{
	struct sim_finding finding = { .severity = VTB_EXIT_SAFETY };
	char array[64];

	memset(array, depth, sizeof(array));
	if (depth)
		raise_deep_down(depth - 1);
	else
		sim_finding_raise(sim, &finding);
	touch(array);
}

static void raises(void *arg)
{
	raise_deep_down(20);
}

static uintptr_t noted_low, noted_high;

static void notes_bounds(void *arg)
{
	sim_stack_bounds(sim, &noted_low, &noted_high);
}

/*
 * Looks at the part of its stack that it does not use. Using it is not enough:
 * the prologue of an instrumented function cleans up after others.
 */
static __attribute__((noinline)) void finds_no_poison_below(void)
{
	uintptr_t low, high, end = (uintptr_t)__builtin_frame_address(0) - 512;

	if (!sim_stack_bounds(sim, &low, &high) ||
	    __asan_region_is_poisoned((void *)low, end - low))
		_exit(1);
}

static void looks_at_once(void *arg)
{
	finds_no_poison_below();
}

/* Another fiber gets the stack of one that was abandoned deep down. */
static void abandon_and_reuse(void)
{
	struct sim_snapshot *snap;

	setup();
	snap = sim_snapshot_take(sim);
	spawn(sim, "raiser", raises, NULL);
	run(sim);
	sim_snapshot_restore(sim, snap);
	spawn(sim, "user", looks_at_once, NULL);
	run(sim);
}

static volatile bool raise_now;

static void sleeps_then_raises_or_looks(void *arg)
{
	sim_fiber_sleep(sim, 10);
	if (raise_now)
		raise_deep_down(20);
	finds_no_poison_below();
}

/* The sleeper itself is abandoned deep down, and restored as it slept. */
static void abandon_and_restore(void)
{
	struct sim_snapshot *snap;

	setup();
	spawn(sim, "sleeper", sleeps_then_raises_or_looks, NULL);
	run_steps(sim, 1);
	snap = sim_snapshot_take(sim);
	raise_now = true;
	run(sim);
	sim_snapshot_restore(sim, snap);
	raise_now = false;
	run(sim);
}

/* What the other two rely on: abandoning does leave poison behind. */
static void abandon_and_look(void)
{
	uintptr_t low, high;

	setup();
	spawn(sim, "bounds", notes_bounds, NULL);
	run(sim);
	low = noted_low;
	high = noted_high;
	spawn(sim, "raiser", raises, NULL);
	run(sim);
	if (__asan_region_is_poisoned((void *)low, high - low))
		_exit(7);
}

static void poison_of_abandoned_frames_is_not_left_behind(void **state)
{
	char report[8192];

	assert_int_equal(in_child(abandon_and_look, report, sizeof(report)), 7);
	assert_clean(abandon_and_reuse);
	assert_clean(abandon_and_restore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restored_stack_has_its_red_zones),
		cmocka_unit_test(poison_of_abandoned_frames_is_not_left_behind),
	};

	return cmocka_run_group_tests_name("poison stack", tests, NULL, NULL);
}

#else

int main(void)
{
	return VTB_EXIT_SKIP;
}

#endif

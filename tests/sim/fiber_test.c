/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber_test.c - blocking, waking, yielding, exiting
 *
 * Tests read as timelines: fibers append letters to a log, the test compares
 * the log.
 */
#include <string.h>

#include "fixture.h"

static struct sim *sim;
static char timeline[4096];
static struct sim_fiber *peer;

static void mark(const char *text)
{
	strncat(timeline, text, sizeof(timeline) - strlen(timeline) - 1);
}

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

static void mark_name(void)
{
	mark(sim_fiber_name(sim_fiber_self(sim)));
}

/* Says its name three times and gives way in between. */
static void yields(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		mark_name();
		sim_yield(sim);
	}
}

static void round_robin_takes_the_oldest(void **state)
{
	spawn(sim, "a", yields, NULL);
	spawn(sim, "b", yields, NULL);
	spawn(sim, "c", yields, NULL);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_string_equal(timeline, "abcabcabc");
}

static void sleeps(void *arg)
{
	uint64_t delay = (uintptr_t)arg;

	sim_fiber_sleep(sim, delay);
	mark_name();
}

static void sleepers_wake_in_the_order_of_time(void **state)
{
	spawn(sim, "c", sleeps, (void *)300);
	spawn(sim, "a", sleeps, (void *)100);
	spawn(sim, "b", sleeps, (void *)200);
	spawn(sim, "0", sleeps, (void *)0);
	run(sim);
	assert_string_equal(timeline, "0abc");
	assert_int_equal(sim_now_ns(sim), 300);
}

static void blocks_twice(void *arg)
{
	mark("[");
	sim_fiber_block(sim);
	mark("1");
	sim_fiber_block(sim);
	mark("2]");
}

static void wakes_peer(void *arg)
{
	mark("w");
	sim_fiber_wake(sim, peer);
}

static void a_wake_continues_a_blocked_fiber(void **state)
{
	peer = spawn(sim, "peer", blocks_twice, NULL);
	run(sim);
	assert_ptr_equal(sim_fiber_stuck(sim), peer);
	spawn(sim, "w", wakes_peer, NULL);
	run(sim);
	assert_string_equal(timeline, "[w1");
	sim_fiber_wake(sim, peer);
	run(sim);
	assert_string_equal(timeline, "[w12]");
	assert_null(sim_fiber_stuck(sim));
}

/* Tests something, is overtaken by the wake, then blocks. */
static void tests_then_blocks(void *arg)
{
	mark("t");
	sim_yield(sim);
	mark("b");
	sim_fiber_block(sim);
	mark("!");
	sim_fiber_block(sim);
	mark("?");
}

static void an_early_wake_is_one_token(void **state)
{
	peer = spawn(sim, "peer", tests_then_blocks, NULL);
	spawn(sim, "w", wakes_peer, NULL);
	spawn(sim, "w", wakes_peer, NULL);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	/* Two wakes, one token: the second block waits. */
	assert_string_equal(timeline, "twwb!");
	assert_ptr_equal(sim_fiber_stuck(sim), peer);
}

static void waits_until_100(void *arg)
{
	mark(sim_fiber_block_until(sim, 100) ? "woken" : "late");
}

static void wakes_at(struct sim *s, struct sim_event *event)
{
	sim_fiber_wake(s, peer);
}

static void block_until_tells_a_wake_from_the_end_of_time(void **state)
{
	struct sim_event *event = sim_alloc(sim, sizeof(*event), 8);

	peer = spawn(sim, "peer", waits_until_100, NULL);
	run(sim);
	assert_string_equal(timeline, "late");
	assert_int_equal(sim_now_ns(sim), 100);

	timeline[0] = '\0';
	peer = spawn(sim, "peer", waits_until_100, NULL);
	sim_fiber_wake(sim, peer);
	run(sim);
	assert_string_equal(timeline, "woken");

	timeline[0] = '\0';
	sim_event_init(event, wakes_at, 9, 0);
	sim_event_at(sim, event, 100);
	peer = spawn(sim, "peer", waits_until_100, NULL);
	run(sim);
	/* Same time, but the event has the higher priority. */
	assert_string_equal(timeline, "woken");
}

static void a_wake_does_not_end_a_sleep(void **state)
{
	peer = spawn(sim, "peer", sleeps, (void *)500);
	run_steps(sim, 1);
	sim_fiber_wake(sim, peer);
	run(sim);
	assert_int_equal(sim_now_ns(sim), 500);
}

/* ---- preemption --------------------------------------------------------- */

static void passes_points(void *arg)
{
	int i;

	for (i = 0; i < 4; i++) {
		mark_name();
		sim_preempt_point(sim);
	}
}

static void round_robin_never_preempts(void **state)
{
	spawn(sim, "a", passes_points, NULL);
	spawn(sim, "b", passes_points, NULL);
	run(sim);
	assert_string_equal(timeline, "aaaabbbb");
}

static void preemption_happens_only_where_decided(void **state)
{
	static const struct sim_override overrides[] = {
		{ .op = 0, .kind = SIM_DECIDE_PREEMPT, .nth = 2, .value = 1 },
		{ .op = 0, .kind = SIM_DECIDE_PREEMPT, .nth = 3, .value = 1 },
	};
	struct sim_plan plan = {
		.overrides = overrides,
		.nr_overrides = ARRAY_SIZE(overrides),
	};

	sim_set_plan(sim, &plan);
	spawn(sim, "a", passes_points, NULL);
	spawn(sim, "b", passes_points, NULL);
	run(sim);
	/* Points 0 1 2 are a's, 3 is b's first, 4 a's last. */
	assert_string_equal(timeline, "aaababbb");
}

/* Is alone at its first two points. */
static void spawns_at_third_point(void *arg)
{
	int i;

	for (i = 0; i < 4; i++) {
		mark_name();
		if (i == 2)
			spawn(sim, "b", passes_points, NULL);
		sim_preempt_point(sim);
	}
}

/*
 * A point's number must not depend on whether others could run, and an
 * override of a point where nobody can is used up by it.
 */
static void points_are_counted_when_nobody_else_can_run(void **state)
{
	static const struct sim_override overrides[] = {
		{ .kind = SIM_DECIDE_PREEMPT, .nth = 0, .value = 1 },
		{ .kind = SIM_DECIDE_PREEMPT, .nth = 2, .value = 1 },
	};
	struct sim_plan plan = {
		.overrides = overrides,
		.nr_overrides = ARRAY_SIZE(overrides),
	};

	sim_set_plan(sim, &plan);
	spawn(sim, "a", spawns_at_third_point, NULL);
	run(sim);
	assert_string_equal(timeline, "aaabbbba");
}

/* ---- operations around a fiber ------------------------------------------ */

static bool gate_open;

static bool asks_gate(const struct sim_fiber *fiber)
{
	return gate_open;
}

static void on_resume(struct sim_fiber *fiber)
{
	mark("(");
}

static void on_pause(struct sim_fiber *fiber, bool blocked)
{
	mark(blocked ? ")b" : ")p");
}

static const struct sim_fiber_ops noisy_ops = {
	.resume = on_resume,
	.pause = on_pause,
};

static const struct sim_fiber_ops gate_ops = { .may_run = asks_gate };

static void yields_and_sleeps(void *arg)
{
	sim_yield(sim);
	sim_fiber_sleep(sim, 1);
	mark("x");
}

static void resume_and_pause_bracket_each_stretch(void **state)
{
	struct sim_fiber_options options = {
		.name = "noisy", .fn = yields_and_sleeps, .ops = &noisy_ops,
	};

	sim_fiber_new(sim, &options);
	spawn(sim, "o", yields, NULL);
	run(sim);
	assert_string_equal(timeline, "()po()boo(x)b");
}

static void a_closed_gate_keeps_a_fiber_waiting(void **state)
{
	struct sim_fiber_options options = {
		.name = "g", .fn = yields, .ops = &gate_ops,
	};
	struct sim_fiber *gated;

	gate_open = false;
	gated = sim_fiber_new(sim, &options);
	spawn(sim, "f", yields, NULL);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_string_equal(timeline, "fff");
	assert_ptr_equal(sim_fiber_stuck(sim), gated);
	gate_open = true;
	run(sim);
	assert_string_equal(timeline, "fffggg");
	assert_null(sim_fiber_stuck(sim));
}

static void blocks(void *arg)
{
	sim_fiber_block(sim);
}

static void a_blocked_daemon_is_not_stuck(void **state)
{
	struct sim_fiber_options options = { .fn = blocks, .daemon = true };

	assert_non_null(sim_fiber_new(sim, &options));
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_null(sim_fiber_stuck(sim));
}

int main(void);

static const void *call_site;

__attribute__((noinline)) static void sleeps_below(void)
{
	call_site = __builtin_return_address(0);
	sim_fiber_block(sim);
	mark("!");		/* no tail call: the frame has to stay */
}

static void calls(void *arg)
{
	sleeps_below();
	mark("?");
}

/* Whether @pc is one of the return addresses on it. */
static bool stack_holds(const struct sim_fiber *fiber, const void *pc)
{
	const void *pcs[16];
	unsigned int i, nr = sim_fiber_stack(sim, fiber, pcs, 16);

	for (i = 0; i < nr; i++)
		if (pcs[i] == pc)
			return true;
	return false;
}

static void the_stack_of_a_fiber_tells_where_it_stands(void **state)
{
	struct sim_fiber *fiber = spawn(sim, "s", calls, NULL);
	const void *pcs[16];

	call_site = NULL;
	assert_int_equal(sim_fiber_stack(sim, fiber, pcs, 16), 0);
	run(sim);
	assert_non_null(call_site);
	assert_true(stack_holds(fiber, call_site));
	assert_int_equal(sim_fiber_stack(sim, fiber, pcs, 1), 1);
	assert_false(stack_holds(fiber, main));
	sim_fiber_wake(sim, fiber);
	run(sim);
	assert_int_equal(sim_fiber_stack(sim, fiber, pcs, 16), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(round_robin_takes_the_oldest),
		TEST(sleepers_wake_in_the_order_of_time),
		TEST(a_wake_continues_a_blocked_fiber),
		TEST(an_early_wake_is_one_token),
		TEST(block_until_tells_a_wake_from_the_end_of_time),
		TEST(a_wake_does_not_end_a_sleep),
		TEST(round_robin_never_preempts),
		TEST(preemption_happens_only_where_decided),
		TEST(points_are_counted_when_nobody_else_can_run),
		TEST(resume_and_pause_bracket_each_stretch),
		TEST(a_closed_gate_keeps_a_fiber_waiting),
		TEST(a_blocked_daemon_is_not_stuck),
		TEST(the_stack_of_a_fiber_tells_where_it_stands),
	};

	return cmocka_run_group_tests_name("fiber", tests, NULL, NULL);
}

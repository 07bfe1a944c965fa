/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decide_test.c - addresses, overrides and strategies of decisions
 */
#include <errno.h>
#include <string.h>

#include "fixture.h"

#define DRAWS	16

static struct sim *sim;

static int setup(void **state)
{
	sim = world_new(1);
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

/* Takes @DRAWS decisions of @kind in op slot @op. */
static void draw(uint32_t op, enum sim_decision_kind kind, uint32_t *values)
{
	int i;

	sim_set_op(sim, op);
	for (i = 0; i < DRAWS; i++)
		values[i] = sim_decide(sim, kind, 1000);
	sim_set_op(sim, 0);
}

/* Everything but picks and preempts at full chance. */
static struct sim_plan lively_plan(const uint32_t *keys, uint32_t nr_ops)
{
	struct sim_plan plan = {
		.seed = 5, .op_keys = keys, .nr_ops = nr_ops,
	};
	int kind;

	for (kind = 0; kind < SIM_DECISION_KINDS; kind++)
		plan.fail_num[kind] = 65536;
	return plan;
}

static void deleting_an_op_leaves_the_draws_of_others(void **state)
{
	static const uint32_t all[] = { 0, 11, 22, 33 };
	static const uint32_t fewer[] = { 0, 11, 33 };
	struct sim_plan plan = lively_plan(all, ARRAY_SIZE(all));
	uint32_t before[DRAWS], removed[DRAWS], after[DRAWS];

	sim_set_plan(sim, &plan);
	draw(2, SIM_DECIDE_PEER, removed);
	draw(3, SIM_DECIDE_PEER, before);

	plan = lively_plan(fewer, ARRAY_SIZE(fewer));
	sim_set_plan(sim, &plan);
	draw(2, SIM_DECIDE_PEER, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_memory_not_equal(removed, after, sizeof(after));
}

static void kinds_of_one_op_do_not_disturb_each_other(void **state)
{
	struct sim_plan plan = lively_plan(NULL, 0);
	uint32_t alone[DRAWS], mixed[DRAWS];
	int i;

	sim_set_plan(sim, &plan);
	draw(3, SIM_DECIDE_DELAY, alone);
	sim_set_plan(sim, &plan);
	sim_set_op(sim, 3);
	for (i = 0; i < DRAWS; i++) {
		sim_decide(sim, SIM_DECIDE_PEER, 7);
		mixed[i] = sim_decide(sim, SIM_DECIDE_DELAY, 1000);
		sim_decide(sim, SIM_DECIDE_FAIL_IO, 2);
	}
	assert_memory_equal(alone, mixed, sizeof(alone));
}

static void nothing_to_decide_is_not_counted(void **state)
{
	struct sim_plan plan = lively_plan(NULL, 0);
	uint32_t values[DRAWS], later[DRAWS];
	uint64_t steps;

	sim_set_plan(sim, &plan);
	draw(1, SIM_DECIDE_PEER, values);
	sim_set_plan(sim, &plan);
	sim_set_op(sim, 1);
	steps = sim_steps(sim);
	assert_int_equal(sim_decide(sim, SIM_DECIDE_PEER, 1), 0);
	assert_int_equal(sim_decide(sim, SIM_DECIDE_PEER, 0), 0);
	assert_int_equal(sim_steps(sim), steps);
	draw(1, SIM_DECIDE_PEER, later);
	assert_memory_equal(values, later, sizeof(values));
}

static void an_override_changes_one_decision(void **state)
{
	static const struct sim_override overrides[] = {
		{ .op = 1, .kind = SIM_DECIDE_PEER, .nth = 3, .value = 77 },
		{ .op = 1, .kind = SIM_DECIDE_PEER, .nth = 4, .value = 0 },
		{ .op = 2, .kind = SIM_DECIDE_PEER, .nth = 0, .value = 5000 },
	};
	struct sim_plan plan = lively_plan(NULL, 0);
	uint32_t drawn[DRAWS], overridden[DRAWS];

	sim_set_plan(sim, &plan);
	draw(1, SIM_DECIDE_PEER, drawn);
	plan.overrides = overrides;
	plan.nr_overrides = ARRAY_SIZE(overrides);
	sim_set_plan(sim, &plan);
	draw(1, SIM_DECIDE_PEER, overridden);
	assert_int_equal(overridden[3], 77);
	assert_int_equal(overridden[4], 0);
	overridden[3] = drawn[3];
	overridden[4] = drawn[4];
	assert_memory_equal(drawn, overridden, sizeof(drawn));
	/* Too large, but meant not to be benign. */
	draw(2, SIM_DECIDE_PEER, overridden);
	assert_int_equal(overridden[0], 999);
}

static void replay_is_benign_where_nothing_is_overridden(void **state)
{
	struct sim_plan plan = lively_plan(NULL, 0);
	uint32_t values[DRAWS], zeroes[DRAWS] = { 0 };

	plan.strategy = SIM_REPLAY;
	sim_set_plan(sim, &plan);
	draw(1, SIM_DECIDE_PEER, values);
	assert_memory_equal(values, zeroes, sizeof(zeroes));
}

/* ---- fault points ------------------------------------------------------- */

static void the_nth_call_fails(void **state)
{
	static const struct sim_override nth = {
		.op = 4, .kind = SIM_DECIDE_FAIL_ALLOC, .nth = 5, .value = 1,
	};
	struct sim_plan plan = { .overrides = &nth, .nr_overrides = 1 };
	int i;

	sim_set_plan(sim, &plan);
	sim_set_op(sim, 4);
	for (i = 0; i < 20; i++) {
		assert_int_equal(sim_fail_point(sim, SIM_DECIDE_FAIL_ALLOC),
				 i == 5);
		assert_false(sim_fail_point(sim, SIM_DECIDE_FAIL_PIN));
	}
	assert_int_equal(sim_failures(sim, SIM_DECIDE_FAIL_ALLOC), 1);
}

static void calls_fail_with_the_chance_asked_for(void **state)
{
	struct sim_plan plan = { .seed = 1 };
	int i, failed = 0;

	plan.fail_num[SIM_DECIDE_FAIL_PIN] = 65536 / 8;
	sim_set_plan(sim, &plan);
	for (i = 0; i < 8000; i++) {
		failed += sim_fail_point(sim, SIM_DECIDE_FAIL_PIN);
		assert_false(sim_fail_point(sim, SIM_DECIDE_FAIL_UCOPY));
	}
	/* Mean 1000, standard deviation 30. */
	assert_in_range(failed, 900, 1100);
}

static void an_override_spares_one_call(void **state)
{
	static const struct sim_override spare = {
		.kind = SIM_DECIDE_FAIL_IO, .nth = 2, .value = 0,
	};
	struct sim_plan plan = lively_plan(NULL, 0);
	int i;

	plan.overrides = &spare;
	plan.nr_overrides = 1;
	sim_set_plan(sim, &plan);
	for (i = 0; i < 5; i++)
		assert_int_equal(sim_fail_point(sim, SIM_DECIDE_FAIL_IO),
				 i != 2);
}

/* ---- who is charged ----------------------------------------------------- */

static uint32_t charged[4];

static void on_event(struct sim *s, struct sim_event *event)
{
	charged[0] = sim_op(s);
}

static void runs_an_op(void *arg)
{
	charged[1] = sim_op(sim);
	sim_set_op(sim, 9);
	sim_event_after(sim, arg, 1000);
	sim_set_op(sim, 3);
	sim_fiber_sleep(sim, 5000);
	charged[2] = sim_op(sim);
}

static void an_event_belongs_to_the_op_that_queued_it(void **state)
{
	struct sim_event *event = sim_alloc(sim, sizeof(*event), 8);
	struct sim_fiber_options options = {
		.fn = runs_an_op, .arg = event, .op = 7,
	};

	sim_event_init(event, on_event, 1, 1);
	sim_fiber_new(sim, &options);
	run(sim);
	assert_int_equal(charged[0], 9);
	assert_int_equal(charged[1], 7);
	assert_int_equal(charged[2], 3);
	assert_int_equal(sim_op(sim), 0);
}

/* ---- names -------------------------------------------------------------- */

static void names_can_be_parsed(void **state)
{
	int i;

	for (i = 0; i < SIM_DECISION_KINDS; i++)
		assert_int_equal(sim_decision_kind_parse(
					sim_decision_kind_name(i)), i);
	for (i = 0; i < SIM_STRATEGIES; i++)
		assert_int_equal(sim_strategy_parse(sim_strategy_name(i)), i);
	assert_int_equal(sim_decision_kind_parse("luck"), -EINVAL);
	assert_int_equal(sim_strategy_parse(""), -EINVAL);
}

static void set_unsorted_overrides(void)
{
	static const struct sim_override overrides[] = {
		{ .op = 2, .kind = SIM_DECIDE_PEER },
		{ .op = 1, .kind = SIM_DECIDE_PEER },
	};
	struct sim_plan plan = { .overrides = overrides, .nr_overrides = 2 };

	setup(NULL);
	sim_set_plan(sim, &plan);
}

static void unsorted_overrides_are_a_bench_error(void **state)
{
	char text[512];

	assert_int_equal(in_child(set_unsorted_overrides, text, sizeof(text)),
			 VTB_EXIT_BENCH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(deleting_an_op_leaves_the_draws_of_others),
		TEST(kinds_of_one_op_do_not_disturb_each_other),
		TEST(nothing_to_decide_is_not_counted),
		TEST(an_override_changes_one_decision),
		TEST(replay_is_benign_where_nothing_is_overridden),
		TEST(the_nth_call_fails),
		TEST(calls_fail_with_the_chance_asked_for),
		TEST(an_override_spares_one_call),
		TEST(an_event_belongs_to_the_op_that_queued_it),
		TEST(names_can_be_parsed),
		cmocka_unit_test(unsorted_overrides_are_a_bench_error),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy_test.c - whole schedules: repeated, recorded, replayed, chopped up
 */
#include "crowd.h"
#include "fixture.h"

#define MAX_LOG	4096

struct result {
	uint64_t trace;
	uint64_t digest;
	uint64_t steps;
};

static const struct crowd_options crowd_options = {
	.nr_actors = 5, .nr_actions = 600, .seed = 3,
};

static struct sim_override entries[MAX_LOG];

static struct result result_of(struct sim *sim, const struct crowd *crowd)
{
	return (struct result){
		.trace = sim_trace_hash(sim),
		.digest = crowd_digest(crowd),
		.steps = sim_steps(sim),
	};
}

/* One whole run by @plan; decisions go to @log if it is not NULL. */
static struct result run_plan(const struct sim_plan *plan,
			      struct sim_decision_log *log)
{
	struct sim *sim = world_new(1);
	struct crowd *crowd = crowd_new(sim, &crowd_options);
	struct result result;

	sim_set_plan(sim, plan);
	sim_set_decision_log(sim, log);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	result = result_of(sim, crowd);
	sim_free(sim);
	return result;
}

static void assert_same(const struct result *a, const struct result *b)
{
	assert_int_equal(a->digest, b->digest);
	assert_int_equal(a->trace, b->trace);
	assert_int_equal(a->steps, b->steps);
}

static struct sim_plan plan_of(enum sim_strategy strategy, uint64_t seed)
{
	static uint8_t bytes[300];
	struct sim_plan plan = {
		.seed = seed, .strategy = strategy, .preempt_den = 3,
		.depth = 3, .steps = 1000,
		.bytes = bytes, .nr_bytes = sizeof(bytes),
	};
	struct sim_prng prng = { .stream = seed };
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = sim_prng_below(&prng, 8);
	if (strategy != SIM_REPLAY) {
		plan.fail_num[SIM_DECIDE_FAIL_ALLOC] = 9000;
		plan.fail_num[SIM_DECIDE_DELAY] = 30000;
	}
	return plan;
}

static void the_same_plan_gives_the_same_run(void **state)
{
	enum sim_strategy strategy;

	for (strategy = 0; strategy < SIM_STRATEGIES; strategy++) {
		struct sim_plan plan = plan_of(strategy, 17);
		struct result first = run_plan(&plan, NULL);
		struct result second = run_plan(&plan, NULL);

		assert_same(&first, &second);
	}
}

static void another_seed_gives_another_run(void **state)
{
	struct sim_plan one = plan_of(SIM_RANDOM, 1);
	struct sim_plan two = plan_of(SIM_RANDOM, 2);
	struct result a = run_plan(&one, NULL), b = run_plan(&two, NULL);

	assert_int_not_equal(a.digest, b.digest);
	assert_int_not_equal(a.trace, b.trace);
}

static void other_bytes_give_another_run(void **state)
{
	struct sim_plan plan = plan_of(SIM_BYTES, 1);
	struct result a = run_plan(&plan, NULL), b;

	plan.nr_bytes = 20;
	b = run_plan(&plan, NULL);
	assert_int_not_equal(a.digest, b.digest);
	/* None at all: every decision by bytes is benign. */
	plan.nr_bytes = 0;
	a = run_plan(&plan, NULL);
	plan.strategy = SIM_ROUND_ROBIN;
	b = run_plan(&plan, NULL);
	assert_same(&a, &b);
}

static void the_log_of_a_run_replays_it(void **state)
{
	static const enum sim_strategy recorded[] = {
		SIM_RANDOM, SIM_BYTES, SIM_PCT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(recorded); i++) {
		struct sim_decision_log log = {
			.entries = entries, .capacity = MAX_LOG,
		};
		struct sim_plan plan = plan_of(recorded[i], 23);
		struct sim_plan replay = plan_of(SIM_REPLAY, 0);
		struct result a = run_plan(&plan, &log), b;

		assert_in_range(log.count, 50, MAX_LOG);
		sim_decision_log_sort(&log);
		replay.overrides = log.entries;
		replay.nr_overrides = log.count;
		b = run_plan(&replay, NULL);
		assert_same(&a, &b);

		/* And the replay depends on each of them. */
		replay.nr_overrides--;
		b = run_plan(&replay, NULL);
		assert_int_not_equal(a.trace, b.trace);
	}
}

static void a_full_log_is_counted_not_overrun(void **state)
{
	struct sim_override few[4] = { { 0 } };
	struct sim_decision_log log = { .entries = few, .capacity = 3 };
	struct sim_plan plan = plan_of(SIM_RANDOM, 23);

	run_plan(&plan, &log);
	assert_true(log.count > 3);
	assert_int_not_equal(few[2].value, 0);
	assert_int_equal(few[3].value, 0);
}

/* ---- limits ------------------------------------------------------------- */

static void a_run_in_pieces_is_the_same_run(void **state)
{
	static const uint64_t pieces[] = { 1, 2, 3, 7, 100 };
	struct sim_plan plan = plan_of(SIM_RANDOM, 31);
	struct result whole = run_plan(&plan, NULL), chopped;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct sim *sim = world_new(1);
		struct crowd *crowd = crowd_new(sim, &crowd_options);
		unsigned int runs = 0;

		sim_set_plan(sim, &plan);
		while (run_steps(sim, pieces[i]) == SIM_END_BUDGET)
			runs++;
		assert_in_range(runs, whole.steps / pieces[i] / 5,
				whole.steps / pieces[i]);
		chopped = result_of(sim, crowd);
		sim_free(sim);
		assert_same(&whole, &chopped);
	}
}

static void a_run_in_stretches_of_time_is_the_same_run(void **state)
{
	struct sim_plan plan = plan_of(SIM_RANDOM, 31);
	struct result whole = run_plan(&plan, NULL), chopped;
	struct sim_run_options until = { .until_ns = 0 };
	struct sim *sim = world_new(1);
	struct crowd *crowd = crowd_new(sim, &crowd_options);

	sim_set_plan(sim, &plan);
	do {
		until.until_ns += 37;
	} while (sim_run(sim, &until) == SIM_END_TIME);
	assert_true(until.until_ns > 1000);
	chopped = result_of(sim, crowd);
	sim_free(sim);
	assert_same(&whole, &chopped);
}

static void spins(void *arg)
{
	for (;;)
		sim_preempt_point(arg);
}

static void the_budget_ends_a_spinning_fiber(void **state)
{
	struct sim *sim = world_new(1);

	spawn(sim, "spinner", spins, sim);
	assert_int_equal(run_steps(sim, 1000), SIM_END_BUDGET);
	assert_int_equal(sim_steps(sim), 1000);
	assert_int_equal(run_steps(sim, 500), SIM_END_BUDGET);
	assert_int_equal(sim_steps(sim), 1500);
	sim_free(sim);
}

/* ---- several worlds ----------------------------------------------------- */

static void two_worlds_do_not_see_each_other(void **state)
{
	struct sim_plan plans[2] = {
		plan_of(SIM_RANDOM, 41), plan_of(SIM_ROUND_ROBIN, 43),
	};
	struct sim *sim[2] = { world_new(1), world_new(2) };
	struct crowd *crowd[2];
	struct result alone, together[2];
	bool going = true;
	int i;

	for (i = 0; i < 2; i++) {
		crowd[i] = crowd_new(sim[i], &crowd_options);
		sim_set_plan(sim[i], &plans[i]);
	}
	while (going)
		for (going = false, i = 0; i < 2; i++)
			going |= run_steps(sim[i], 3 + i) == SIM_END_BUDGET;
	for (i = 0; i < 2; i++) {
		together[i] = result_of(sim[i], crowd[i]);
		sim_free(sim[i]);
	}
	for (i = 0; i < 2; i++) {
		alone = run_plan(&plans[i], NULL);
		assert_same(&alone, &together[i]);
	}
}

static void a_taken_slot_is_refused(void **state)
{
	struct sim_options options = { .region_slot = 1 };
	struct sim *sim = world_new(1);

	assert_null(sim_new(&options));
	sim_free(sim);
	sim = sim_new(&options);
	assert_non_null(sim);
	sim_free(sim);
	sim_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_plan_gives_the_same_run),
		cmocka_unit_test(another_seed_gives_another_run),
		cmocka_unit_test(other_bytes_give_another_run),
		cmocka_unit_test(the_log_of_a_run_replays_it),
		cmocka_unit_test(a_full_log_is_counted_not_overrun),
		cmocka_unit_test(a_run_in_pieces_is_the_same_run),
		cmocka_unit_test(a_run_in_stretches_of_time_is_the_same_run),
		cmocka_unit_test(the_budget_ends_a_spinning_fiber),
		cmocka_unit_test(two_worlds_do_not_see_each_other),
		cmocka_unit_test(a_taken_slot_is_refused),
	};

	return cmocka_run_group_tests_name("strategy", tests, NULL, NULL);
}

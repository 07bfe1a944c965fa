/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pct_test.c - PCT: its promise, its depth, and actors that spin
 */
#include <pct.h>

#include "fixture.h"

static struct pct_result measure(const struct pct_program *program,
				 unsigned int depth, unsigned int times)
{
	struct pct_result result;

	assert_true(pct_measure(program, depth, times, &result));
	return result;
}

static void the_bound_is_kept(void **state)
{
	const struct pct_program *program;

	for (program = pct_programs; program->name; program++) {
		struct pct_result r = measure(program, program->depth, 40);

		assert_in_range(r.k, 1, 20);
		assert_true(r.runs * r.bound >= 20);
		if (r.low < r.bound)
			fail_msg("%s: %lu of %lu runs, at least %g, not %g",
				 program->name, r.hits, r.runs, r.low, r.bound);
	}
}

/* Or the depth of the programs above would be less than they say. */
static void less_depth_never_hits(void **state)
{
	const struct pct_program *program;

	for (program = pct_programs; program->name; program++)
		if (program->depth > 1)
			assert_int_equal(measure(program, program->depth - 1,
						 20).hits, 0);
}

static struct sim *sim;
static bool done;

static void sets(void *arg)
{
	int i;

	for (i = 0; i < 5; i++)
		sim_preempt_point(sim);
	done = true;
}

static void spins(void *arg)
{
	while (!done)
		sim_preempt_point(sim);
}

static void spins_politely(void *arg)
{
	while (!done) {
		sim_preempt_point(sim);
		sim_yield(sim);
	}
}

/* Two of them wait for the third, whatever its priority. */
static void expect_progress(sim_fiber_fn waits, uint32_t steps)
{
	struct sim_plan plan = {
		.strategy = SIM_PCT, .depth = 3, .steps = steps,
	};

	for (; plan.seed < 200; plan.seed++) {
		sim = world_new(1);
		done = false;
		spawn(sim, "waits", waits, NULL);
		spawn(sim, "sets", sets, NULL);
		spawn(sim, "waits", waits, NULL);
		sim_set_plan(sim, &plan);
		assert_int_equal(run_steps(sim, 1000), SIM_END_QUIESCENT);
		sim_free(sim);
	}
}

static void who_yields_is_lowered(void **state)
{
	/* So many steps that nobody is taken for lost. */
	expect_progress(spins_politely, 100000);
}

static void who_spins_is_lowered(void **state)
{
	expect_progress(spins, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bound_is_kept),
		cmocka_unit_test(less_depth_never_hits),
		cmocka_unit_test(who_yields_is_lowered),
		cmocka_unit_test(who_spins_is_lowered),
	};

	return cmocka_run_group_tests_name("pct", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash_main.c - prints the trace hashes of a fixed scenario
 *
 * Run by hash_matrix.sh in several builds; all must print the same.
 */
#include <inttypes.h>
#include <stdio.h>

#include <sim/decide.h>
#include <sim/prng.h>
#include <sim/sim.h>
#include <sim/trace.h>

#include "crowd.h"

static const struct crowd_options crowd_options = {
	.nr_actors = 7, .nr_actions = 500, .seed = 2024,
};

static struct sim_plan plan_of(enum sim_strategy strategy)
{
	static uint8_t bytes[1000];
	struct sim_plan plan = {
		.seed = 99, .strategy = strategy, .preempt_den = 3,
		.depth = 4, .steps = 2000,
		.bytes = bytes, .nr_bytes = sizeof(bytes),
	};
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = sim_prng_at(1, i) % 8;
	plan.fail_num[SIM_DECIDE_FAIL_ALLOC] = 9000;
	plan.fail_num[SIM_DECIDE_DELAY] = 30000;
	return plan;
}

static int print_hash(enum sim_strategy strategy)
{
	struct sim_options options = { 0 };
	struct sim_run_options limits = { 0 };
	struct sim_plan plan = plan_of(strategy);
	struct sim *sim = sim_new(&options);

	if (!sim)
		return 1;
	crowd_new(sim, &crowd_options);
	sim_set_plan(sim, &plan);
	sim_run(sim, &limits);
	printf("%s %016" PRIx64 " %" PRIu64 "\n", sim_strategy_name(strategy),
	       sim_trace_hash(sim), sim_trace_count(sim));
	sim_free(sim);
	return 0;
}

int main(void)
{
	return print_hash(SIM_ROUND_ROBIN) || print_hash(SIM_RANDOM) ||
	       print_hash(SIM_BYTES) || print_hash(SIM_PCT);
}

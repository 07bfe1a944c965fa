/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * restore_fuzz_test.c - a restored world cannot tell what it went through
 *
 * For many seeds: a crowd is stopped somewhere, and a snapshot taken. Then,
 * again and again, something else happens to the world - another crowd's life,
 * another strategy, a stop in the middle - and after a restore the same
 * continuation must give the same trace and the same state, byte by byte.
 */
#include "crowd.h"
#include "fixture.h"

#define WORLDS		60
#define DETOURS		4

static const struct crowd_options crowd_options = {
	.nr_actors = 6, .nr_actions = 60, .seed = 77,
};

struct continuation {
	uint64_t trace;
	uint64_t state;
	uint64_t digest;
	uint64_t now_ns;
};

static void lively(struct sim *sim, uint64_t seed)
{
	struct sim_plan plan = {
		.seed = seed, .strategy = seed & 1 ? SIM_RANDOM :
							SIM_ROUND_ROBIN,
		.preempt_den = 4,
	};

	plan.fail_num[SIM_DECIDE_FAIL_ALLOC] = 10000;
	plan.fail_num[SIM_DECIDE_DELAY] = 20000;
	sim_set_plan(sim, &plan);
}

static struct continuation go_on(struct sim *sim, struct crowd *crowd)
{
	lively(sim, 1001);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	return (struct continuation){
		.trace = sim_trace_hash(sim),
		.state = sim_state_hash(sim),
		.digest = crowd_digest(crowd),
		.now_ns = sim_now_ns(sim),
	};
}

/* Something that has nothing to do with the continuation. */
static void detour(struct sim *sim, struct crowd *crowd, struct sim_prng *prng)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY, .oracle = "detour",
	};

	lively(sim, sim_prng_next(prng));
	run_steps(sim, sim_prng_range(prng, 1, 3000));
	crowd_again(crowd, sim_prng_next(prng), 40);
	run_steps(sim, sim_prng_range(prng, 1, 3000));
	if (sim_prng_chance(prng, 1, 3))
		sim_finding_raise(sim, &finding);
}

static void one_world(uint64_t seed)
{
	struct sim_prng prng = { .stream = seed };
	struct sim *sim = world_new(1);
	struct crowd *crowd = crowd_new(sim, &crowd_options);
	struct continuation first, again;
	struct sim_snapshot *snap;
	int i;

	lively(sim, seed);
	run_steps(sim, sim_prng_range(&prng, 1, 600));
	snap = sim_snapshot_take(sim);
	assert_non_null(snap);
	first = go_on(sim, crowd);
	for (i = 0; i < DETOURS; i++) {
		sim_snapshot_restore(sim, snap);
		detour(sim, crowd, &prng);
		sim_snapshot_restore(sim, snap);
		again = go_on(sim, crowd);
		assert_int_equal(again.digest, first.digest);
		assert_int_equal(again.now_ns, first.now_ns);
		assert_int_equal(again.trace, first.trace);
		assert_int_equal(again.state, first.state);
	}
	sim_snapshot_free(snap);
	sim_free(sim);
}

static void a_restored_world_has_no_past(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= WORLDS; seed++)
		one_world(seed);
}

/* Something changed behind the world's back makes the comparison fail. */
static void a_difference_is_noticed(void **state)
{
	struct sim *sim = world_new(1);
	struct crowd *crowd = crowd_new(sim, &crowd_options);
	struct sim_snapshot *snap;
	struct continuation first, again;

	snap = sim_snapshot_take(sim);
	first = go_on(sim, crowd);
	sim_snapshot_restore(sim, snap);
	crowd_again(crowd, 78, 60);
	again = go_on(sim, crowd);
	assert_int_not_equal(again.trace, first.trace);
	assert_int_not_equal(again.state, first.state);
	sim_snapshot_free(snap);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restored_world_has_no_past),
		cmocka_unit_test(a_difference_is_noticed),
	};

	return cmocka_run_group_tests_name("restore fuzz", tests, NULL, NULL);
}

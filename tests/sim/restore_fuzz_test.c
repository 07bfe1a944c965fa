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

static void expect_same(const struct continuation *a,
			const struct continuation *b)
{
	assert_int_equal(a->digest, b->digest);
	assert_int_equal(a->now_ns, b->now_ns);
	assert_int_equal(a->trace, b->trace);
	assert_int_equal(a->state, b->state);
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
		expect_same(&again, &first);
	}
	sim_snapshot_free(snap);
	sim_free(sim);
}

/* Where a family of snapshots was taken, and how it goes on from there. */
#define FAMILY		4

struct member {
	struct sim_snapshot *snap;
	struct continuation first;
};

/* Each comes from one before it, some way on; the first is their origin. */
static void take_family(struct sim *sim, struct crowd *crowd,
			struct member *family, struct sim_prng *prng)
{
	int i;

	family[0].snap = sim_snapshot_take(sim);
	assert_non_null(family[0].snap);
	for (i = 1; i < FAMILY; i++) {
		sim_snapshot_restore(sim,
			family[sim_prng_below(prng, (uint64_t)i)].snap);
		lively(sim, sim_prng_next(prng));
		crowd_again(crowd, sim_prng_next(prng), 20);
		run_steps(sim, sim_prng_range(prng, 1, 400));
		family[i].snap = sim_snapshot_derive(sim, family[0].snap);
		assert_non_null(family[i].snap);
		/* It has changed nothing, and is as good as restored. */
		family[i].first = go_on(sim, crowd);
	}
	sim_snapshot_restore(sim, family[0].snap);
	family[0].first = go_on(sim, crowd);
}

static void one_family(uint64_t seed)
{
	struct sim_prng prng = { .stream = seed };
	struct sim *sim = world_new(1);
	struct crowd *crowd = crowd_new(sim, &crowd_options);
	struct member family[FAMILY];
	struct continuation again;
	int i;

	lively(sim, seed);
	run_steps(sim, sim_prng_range(&prng, 1, 600));
	take_family(sim, crowd, family, &prng);
	for (i = 0; i < 3 * FAMILY; i++) {
		struct member *one = &family[sim_prng_below(&prng, FAMILY)];

		sim_snapshot_restore(sim, one->snap);
		if (sim_prng_chance(&prng, 1, 2)) {
			detour(sim, crowd, &prng);
			sim_snapshot_restore(sim, one->snap);
		}
		if (sim_prng_chance(&prng, 1, 8))
			sim_snapshot_distrust(sim);
		again = go_on(sim, crowd);
		expect_same(&again, &one->first);
	}
	for (i = FAMILY; i--;)
		sim_snapshot_free(family[i].snap);
	sim_free(sim);
}

static void derived_snapshots_are_as_good(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= WORLDS; seed++)
		one_family(seed);
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
		cmocka_unit_test(derived_snapshots_are_as_good),
		cmocka_unit_test(a_difference_is_noticed),
	};

	return cmocka_run_group_tests_name("restore fuzz", tests, NULL, NULL);
}

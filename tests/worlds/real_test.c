/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The iova_bitmap world over kernel instances and one implementation of the
 * code under test: whole migrations, restored and repeated, and two worlds in
 * one process.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <sim/snapshot.h>
#include <sim/trace.h>
#include <stdlib.h>
#include <string.h>
#include <worlds/op.h>

#define MAX_CALLS	32

struct real {
	struct sim *sim;
	struct world *world;
	struct sim_snapshot *snapshot;
	uint64_t config[16];
	int64_t results[MAX_CALLS];
};

static void real_init(struct real *r, unsigned int slot)
{
	const struct world_type *type = world_types[0];
	const struct sim_options options = { .region_slot = slot };
	unsigned int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < type->nr_config; i++)
		r->config[i] = type->config[i].nr_border ?
			       type->config[i].border[0] :
			       type->config[i].first;
	kernel_image_park();
	r->sim = sim_new(&options);
	assert_non_null(r->sim);
	r->world = type->build(r->sim, r->config);
	r->snapshot = sim_snapshot_take(r->sim);
	assert_non_null(r->snapshot);
}

static void real_free(struct real *r)
{
	kernel_image_park();
	sim_snapshot_free(r->snapshot);
	sim_free(r->sim);
}

#define CALL(_name, ...)						\
	make_call(_name, (const uint64_t[OP_MAX_ARGS]){ __VA_ARGS__ })

static struct op_call make_call(const char *name, const uint64_t *args)
{
	const struct world_type *type = world_types[0];
	struct op_call call = { .op = NULL };
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (!strcmp(type->ops[i].name, name))
			call.op = &type->ops[i];
	assert_non_null(call.op);
	memcpy(call.args, args, sizeof(call.args));
	return call;
}

/* Restores, runs, expects a clean end; returns the trace hash. */
static uint64_t real_run(struct real *r, const struct sim_plan *plan,
			 const struct op_call *calls, unsigned int nr)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_finding *finding;

	kernel_image_park();
	sim_snapshot_restore(r->sim, r->snapshot);
	sim_set_plan(r->sim, plan);
	r->world->type->configure(r->world, r->config);
	world_run(r->world, calls, nr, &limits, r->results);
	finding = sim_finding_get(r->sim);
	if (finding)
		fail_msg("%s/%s: %s: %s", finding->oracle, finding->object,
			 finding->what, finding->why);
	return sim_trace_hash(r->sim);
}

static uint64_t run_migration(struct real *r, const struct sim_plan *plan)
{
	const struct op_call calls[] = {
		CALL("log_start", 0, 0x10000, 4096, 1, 0, 0),
		CALL("dma_write", 0, 0x1000, 0x2000, 64, 9000),
		CALL("migrate", 4096, 6, 1),
		CALL("log_stop", 0),
		CALL("peer_log_start", 0, 64, 4096, 2, 0, 0),
		CALL("peer_dma_write", 0x2000, 8, 4096, 9, 100),
		CALL("peer_log_report", 0, 65, 0, 4096, 4091, 0),
	};
	uint64_t hash = real_run(r, plan, calls,
				 sizeof(calls) / sizeof(calls[0]));

	assert_int_equal(r->results[0], 0);
	assert_true(r->results[2] >= 0);
	assert_int_equal(r->results[5], 9);
	assert_int_equal(r->results[6], 0);
	return hash;
}

static const struct sim_plan in_order = { .strategy = SIM_ROUND_ROBIN };
static const struct sim_plan mixed = {
	.seed = 7,
	.strategy = SIM_RANDOM,
	.preempt_den = 5,
	.fail_num[SIM_DECIDE_DELAY] = 20000,
};

static void test_migration(void **state)
{
	struct real r;
	uint64_t hash;

	uint64_t state_hash;

	real_init(&r, 0);
	hash = run_migration(&r, &in_order);
	state_hash = sim_state_hash(r.sim);
	assert_true(run_migration(&r, &in_order) == hash);
	assert_true(sim_state_hash(r.sim) == state_hash);
	real_free(&r);
}

static void test_mixed_migration(void **state)
{
	struct real r;
	uint64_t hash;

	real_init(&r, 0);
	hash = run_migration(&r, &mixed);
	assert_true(run_migration(&r, &mixed) == hash);
	assert_false(run_migration(&r, &in_order) == hash);
	real_free(&r);
}

/* Worlds in one process do not see each other, though they take turns. */
static void test_two_worlds(void **state)
{
	struct real a, b;
	uint64_t hash;

	real_init(&a, 0);
	hash = run_migration(&a, &mixed);
	real_init(&b, 1);
	assert_true(run_migration(&b, &mixed) == hash);
	assert_true(run_migration(&a, &mixed) == hash);
	real_free(&a);
	assert_true(run_migration(&b, &mixed) == hash);
	real_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_migration),
		cmocka_unit_test(test_mixed_migration),
		cmocka_unit_test(test_two_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * building_test.c - what is found while a world is being built is a finding
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fuzz/target.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/op.h>

#include "fake_kernel.h"

static const char *const actors[] = { "one", NULL };

static int64_t run_nothing(struct world *world, const uint64_t *args)
{
	(void)world;
	(void)args;
	return 0;
}

static const struct op ops[] = {
	{ .name = "nothing", .actor = 0, .run = run_nothing, .help = "does it" },
};

static const struct op_arg config[] = {
	{ .name = "broken", .type = OP_ARG_INT, .bytes = 1, .last = 1 },
};

static struct world *build(struct sim *sim, const uint64_t *values);

static const struct world_type type = {
	.name = "building", .help = "may not come up", .actors = actors,
	.ops = ops, .nr_ops = 1,
	.config = config, .nr_config = 1, .nr_build_config = 1,
	.build = build,
};

const struct world_type *const world_types[] = { &type, NULL };

/* What the fake kernel takes for code under test. */
FAKE_CUT static void nothing(void)
{
}

const struct fake_symbol fake_symbols[] = {
	{ nothing, "nothing" }, { NULL, NULL },
};
char *fake_heap_object;

struct building {
	struct world world;
	bool broken;
};

/* As a driver's probe in a kernel that boots. */
static void actor_one(void *arg)
{
	const struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY, .oracle = "wrong-probe",
		.object = "driver", .what = "it is wrong", .why = "on purpose",
	};
	struct building *b = arg;

	if (b->broken)
		sim_finding_raise(b->world.sim, &finding);
	world_actor_main(&b->world, 0);
}

static struct world *build(struct sim *sim, const uint64_t *values)
{
	const struct sim_run_options limits = { .step_budget = 1000 };
	struct building *b = sim_alloc(sim, sizeof(*b), 8);
	const struct sim_fiber_options options = {
		.name = "one", .fn = actor_one, .arg = b, .daemon = true,
	};

	world_init(&b->world, &type, sim);
	b->broken = values[0];
	b->world.actor[0] = sim_fiber_new(sim, &options);
	sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	return &b->world;
}

static struct program program;
static struct target_result result;

static void run(struct target *target, uint64_t broken)
{
	const struct target_run options = { .step_budget = 1000 };

	program_init(&program, &type);
	program.config[0] = broken;
	program.nr_calls = 1;
	program.calls[0].op = &ops[0];
	program_normalise(&program);
	target_run(target, &program, &options, &result);
}

static void every_program_finds_it(void **state)
{
	struct target *target = target_new();
	uint64_t hash, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		run(target, 1);
		assert_int_equal(target_exit_code(&result), VTB_EXIT_SAFETY);
		assert_string_equal(result.identity, "wrong-probe/driver");
		assert_int_equal(result.end, SIM_END_FINDING);
		assert_int_equal(result.nr_ok, 0);
		assert_true(!i || hash == result.trace_hash);
		hash = result.trace_hash;
	}
	target_free(target);
}

static void others_do_not(void **state)
{
	struct target *target = target_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		run(target, 1);
		run(target, 0);
		assert_int_equal(target_exit_code(&result), VTB_EXIT_CLEAN);
		assert_int_equal(result.nr_ok, 1);
	}
	target_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_program_finds_it),
		cmocka_unit_test(others_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

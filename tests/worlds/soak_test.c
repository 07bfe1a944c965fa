/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs over the fake kernel: nothing may be found, because the fake
 * kernel is correct, and each program gives the same trace twice. This is what
 * keeps the oracles honest where nobody thought of a case by hand.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fuzz/program.h>
#include <sim/snapshot.h>
#include <sim/trace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static unsigned int programs = 3000;

struct soak {
	struct harness h[2];		/* one and two hosts */
	struct sim_snapshot *snap[2];
	struct program program;
	struct program_plan plan;
	uint64_t ok;
	uint64_t ops;
};

static int setup(void **state)
{
	struct soak *soak = calloc(1, sizeof(*soak));
	unsigned int i;

	for (i = 0; i < 2; i++) {
		harness_init_hosts(&soak->h[i], FAKE_CORRECT, i + 1);
		soak->snap[i] = sim_snapshot_take(soak->h[i].sim);
		assert_non_null(soak->snap[i]);
	}
	*state = soak;
	return 0;
}

static int teardown(void **state)
{
	struct soak *soak = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		sim_snapshot_free(soak->snap[i]);
		harness_free(&soak->h[i]);
	}
	free(soak);
	return 0;
}

static uint64_t run_once(struct soak *soak)
{
	unsigned int i = soak->program.config[CONFIG_HOSTS] - 1, n;
	struct harness *h = &soak->h[i];
	const struct sim_run_options limits = { .step_budget = 1000000 };

	sim_snapshot_restore(h->sim, soak->snap[i]);
	program_make_plan(&soak->program, &soak->plan);
	sim_set_plan(h->sim, &soak->plan.plan);
	migration_configure(h->world, soak->program.config);
	world_run(h->world, soak->program.calls, soak->program.nr_calls,
		  &limits, h->results);
	for (n = 0; n < soak->program.nr_calls; n++)
		soak->ok += h->results[n] >= 0;
	soak->ops += soak->program.nr_calls;
	return sim_trace_hash(h->sim);
}

/* Prints the program of a finding, so that it can be looked at. */
static void expect_no_finding(struct soak *soak, uint64_t seed)
{
	unsigned int i = soak->program.config[CONFIG_HOSTS] - 1;
	const struct sim_finding *finding = sim_finding_get(soak->h[i].sim);
	static char text[65536];

	if (!finding)
		return;
	program_print(&soak->program, text, sizeof(text));
	fputs(text, stderr);
	fail_msg("program %llu: %s/%s: %s: %s [op %u]",
		 (unsigned long long)seed, finding->oracle, finding->object,
		 finding->what, finding->why, finding->op);
}

static void soak(struct soak *soak, const struct program_random_options *how)
{
	unsigned int i;

	for (i = 0; i < programs; i++) {
		struct sim_prng prng = { .stream = i + 1 };
		uint64_t hash;

		program_random(&soak->program, soak->h[0].world->type, &prng,
			       how);
		soak->program.config[CONFIG_MEMORY] = 0;
		soak->program.config[CONFIG_RAM_PAGES] = 16;
		hash = run_once(soak);
		expect_no_finding(soak, i);
		if (run_once(soak) != hash)
			fail_msg("program %u gives another trace", i);
	}
	print_message("%llu of %llu ops succeeded\n",
		      (unsigned long long)soak->ok,
		      (unsigned long long)soak->ops);
}

static void test_contract(void **state)
{
	const struct program_random_options how = { .max_calls = 24 };

	soak(*state, &how);
}

static void test_abuse(void **state)
{
	const struct program_random_options how = {
		.max_calls = 24,
		.abuse = true,
	};

	soak(*state, &how);
}

static void test_no_faults(void **state)
{
	const struct program_random_options how = {
		.max_calls = 40,
		.no_faults = true,
	};

	soak(*state, &how);
}

static void test_table(void **state)
{
	struct soak *soak = *state;
	char error[200];

	if (program_check_type(soak->h[0].world->type, error, sizeof(error)))
		fail_msg("%s", error);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contract, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_faults, setup,
						teardown),
	};

	if (argc > 1)
		programs = strtoul(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

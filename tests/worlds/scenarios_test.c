/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The committed scenarios over the fake kernel: they parse, they are clean with
 * a correct kernel, they repeat themselves, and none of them is idle (at least
 * one op of each succeeds). What they do to real code is the targets' business.
 *
 * The argument is the folder of the scenarios.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fuzz/program.h>
#include <sim/trace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const char *folder = "scenarios/iova_bitmap";
static struct program program;
static struct program_plan plan;

static uint64_t run_scenario(const char *name)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	struct harness h;
	unsigned int i, ok = 0;
	uint64_t hash;

	harness_init_config(&h, FAKE_CORRECT, program.config);
	program_make_plan(&program, &plan);
	sim_set_plan(h.sim, &plan.plan);
	migration_configure(h.world, program.config);
	expect_clean(&h, world_run(h.world, program.calls, program.nr_calls,
				   &limits, h.results));
	for (i = 0; i < program.nr_calls; i++)
		ok += h.results[i] >= 0;
	if (!ok)
		fail_msg("%s: nothing in it succeeds", name);
	hash = sim_trace_hash(h.sim);
	harness_free(&h);
	return hash;
}

static void check_scenario(const char *name)
{
	static const struct world_type *const types[] = { &harness_type, NULL };
	char path[512], error[300];
	uint64_t hash;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (program_load(&program, types, path, error, sizeof(error)))
		fail_msg("%s", error);
	if (!program.expect[0] || !program.comment[0])
		fail_msg("%s: says not what it expects, or why", name);
	hash = run_scenario(name);
	if (run_scenario(name) != hash)
		fail_msg("%s: another trace the second time", name);
}

static int is_scenario(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".scn");
}

static void test_scenarios(void **state)
{
	struct dirent **names;
	int nr = scandir(folder, &names, is_scenario, alphasort), i;

	assert_true(nr > 0);
	for (i = 0; i < nr; i++) {
		print_message("%s\n", names[i]->d_name);
		check_scenario(names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * litmus_test.c - does the engine show what memory models allow, and no more?
 *
 * Each test of litmus_cut.c is run many times in each model, every run with
 * another seed. An outcome that a model forbids is never seen; one that the
 * engine is said to show is seen, for which it has SHOW_RUNS.
 *
 *	kernel_litmus [RUNS [json [sc|tso|weak [BEGIN...]]]]
 *
 * prints how often each was seen, of the tests whose names begin so. What a
 * model allows is run a tenth as often: it need only be seen.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sim/snapshot.h>

#include "exec_world.h"
#include "litmus_cut.h"

#define DAILY_RUNS	5000
#define SHOW_RUNS	100000

static const enum sim_memory_model models[] = {
	SIM_MEMORY_SC, SIM_MEMORY_TSO, SIM_MEMORY_WEAK,
};

struct thread {
	struct kernel_instance *kernel;
	void (*fn)(int *r);
	int *r;
};

struct bench {
	struct exec_world *world;
	struct sim_snapshot *booted;
	struct thread threads[LITMUS_THREADS];
	int r[LITMUS_THREADS];
	uint64_t runs;			/* per test and model */
	uint64_t wrong;
	bool json;
	const char *only;		/* model, or NULL: all */
	char **begins;			/* of names, or NULL: all */
	const struct kernel_site *mutant;	/* or NULL */
};

/* Of the process: threads must not point to anything that a run restores. */
static struct bench bench;

static void thread_main(void *arg)
{
	struct thread *thread = arg;

	kernel_enter(thread->kernel);
	thread->fn(thread->r);
	kernel_exit();
}

static void start_threads(const struct litmus *test)
{
	char name[8];
	int i;

	for (i = 0; i < LITMUS_THREADS; i++) {
		bench.threads[i] = (struct thread){
			.kernel = bench.world->kernel[0],
			.fn = test->thread[i],
			.r = bench.r,
		};
		snprintf(name, sizeof(name), "t%d", i);
		if (test->thread[i])
			kernel_user_thread(bench.threads[i].kernel, name,
					   thread_main, &bench.threads[i]);
	}
}

static void set_plan(enum sim_memory_model model, uint64_t seed)
{
	struct sim_plan plan = {
		.seed = seed,
		.strategy = SIM_RANDOM,
		.memory = model,
		.preempt_den = 2 + seed % 3,
	};

	if (seed % 4 == 3) {
		plan.strategy = SIM_PCT;
		plan.depth = 2 + seed / 4 % 4;
		plan.steps = 40;
	}
	sim_set_plan(bench.world->sim, &plan);
}

/* One run: was the outcome seen? */
static bool run_once(const struct litmus *test, enum sim_memory_model model,
		     uint64_t seed)
{
	struct sim *sim = bench.world->sim;
	enum sim_end end;
	int x, y;

	sim_snapshot_restore(sim, bench.booted);
	set_plan(model, seed);
	kernel_ignore(sim, bench.mutant);
	memset(bench.r, 0, sizeof(bench.r));
	start_threads(test);
	end = exec_run(bench.world);
	if (end != SIM_END_QUIESCENT)
		fail_msg("%s, %s, seed %" PRIu64 ": end %d", test->name,
			 sim_memory_model_name(model), seed, end);
	litmus_final(&x, &y);
	return test->outcome(bench.r, x, y);
}

static bool in(unsigned int set, enum sim_memory_model model)
{
	return set & 1u << model;
}

static uint64_t runs_of(const struct litmus *test, enum sim_memory_model model)
{
	if (bench.json)
		return in(test->allowed, model) ? bench.runs / 10 : bench.runs;
	if (in(test->shown, model))
		return SHOW_RUNS;
	/* Without store buffers there is little that could go wrong. */
	return model == SIM_MEMORY_SC ? bench.runs / 20 : bench.runs;
}

/* How often is the outcome seen? When only that matters: at most once. */
static uint64_t run_all(const struct litmus *test, enum sim_memory_model model,
			uint64_t *first)
{
	bool to_show = in(test->shown, model) && !bench.json;
	uint64_t runs = runs_of(test, model), seed, seen = 0;

	for (seed = 0; seed < runs; seed++) {
		if (!run_once(test, model, seed))
			continue;
		if (!seen++)
			*first = seed;
		if (to_show || !in(test->allowed, model))
			break;
	}
	return seen;
}

static void judge(const struct litmus *test, enum sim_memory_model model,
		  uint64_t seen, uint64_t first)
{
	bool allowed = in(test->allowed, model);
	bool shown = in(test->shown, model);

	if (seen && !allowed)
		print_error("%s, %s: forbidden, seen with seed %" PRIu64 "\n",
			    test->name, sim_memory_model_name(model), first);
	else if (!seen && shown)
		print_error("%s, %s: not seen\n", test->name,
			    sim_memory_model_name(model));
	bench.wrong += (seen && !allowed) || (!seen && shown);
}

static bool is_wanted(const struct litmus *test, enum sim_memory_model model)
{
	char **begin = bench.begins;

	if (bench.only && strcmp(bench.only, sim_memory_model_name(model)))
		return false;
	while (begin && *begin && strncmp(test->name, *begin, strlen(*begin)))
		begin++;
	return !begin || *begin;
}

static void check(const struct litmus *test, enum sim_memory_model model)
{
	uint64_t first = 0, seen;

	if (!is_wanted(test, model))
		return;
	seen = run_all(test, model, &first);
	judge(test, model, seen, first);
	if (!bench.json)
		return;
	printf("{\"test\":\"%s\",\"memory\":\"%s\",\"allowed\":%s,"
	       "\"runs\":%" PRIu64 ",\"seen\":%" PRIu64 "}\n", test->name,
	       sim_memory_model_name(model),
	       in(test->allowed, model) ? "true" : "false",
	       runs_of(test, model), seen);
	fflush(stdout);
}

static void test_litmus(void **state)
{
	unsigned int i, m;

	(void)state;
	for (i = 0; i < litmus_nr_tests; i++)
		for (m = 0; m < sizeof(models) / sizeof(models[0]); m++)
			check(&litmus_tests[i], models[m]);
	assert_int_equal(bench.wrong, 0);
}

static const struct litmus *find_test(const char *name)
{
	unsigned int i;

	for (i = 0; i < litmus_nr_tests; i++)
		if (!strcmp(litmus_tests[i].name, name))
			return &litmus_tests[i];
	fail_msg("no test %s", name);
	return NULL;
}

/* With the place ignored the outcome is seen, and only where it can be. */
static void check_mutant(const struct litmus_mutant *mutant,
			 enum sim_memory_model model)
{
	struct litmus test = *find_test(mutant->test);
	uint64_t first = 0;

	test.name = mutant->mutant;
	test.allowed = test.shown = mutant->shown;
	judge(&test, model, run_all(&test, model, &first), first);
}

static void test_mutants(void **state)
{
	unsigned int i, m;

	(void)state;
	if (bench.json)
		return;
	bench.wrong = 0;
	for (i = 0; i < litmus_nr_mutants; i++) {
		bench.mutant = kernel_site_find(litmus_mutants[i].mutant);
		if (!bench.mutant)
			fail_msg("no site %s", litmus_mutants[i].mutant);
		for (m = 0; m < sizeof(models) / sizeof(models[0]); m++)
			check_mutant(&litmus_mutants[i], models[m]);
	}
	bench.mutant = NULL;
	assert_int_equal(bench.wrong, 0);
}

/* smp_rmb() is two hooks and one site; there is no site that nobody made. */
static void test_sites(void **state)
{
	(void)state;
	assert_non_null(kernel_site_find("mp_wmb_rmb_1:barrier:1"));
	assert_null(kernel_site_find("mp_wmb_rmb_1:barrier:2"));
	assert_non_null(kernel_site_find("mp_wmb_rmb_1:once:2"));
	assert_null(kernel_site_find("mp_wmb_rmb_1:once:3"));
	assert_null(kernel_site_find("mp_wmb_rmb_1:lock:1"));
	assert_null(kernel_site_find("litmus_final:once:1"));
}

static int start(void **state)
{
	(void)state;
	bench.world = exec_world_new(1, LITMUS_THREADS);
	bench.booted = sim_snapshot_take(bench.world->sim);
	return !bench.booted;
}

static int finish(void **state)
{
	(void)state;
	sim_snapshot_free(bench.booted);
	exec_world_free(bench.world);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_litmus),
		cmocka_unit_test(test_mutants),
	};

	bench.runs = argc > 1 ? strtoull(argv[1], NULL, 10) : DAILY_RUNS;
	bench.json = argc > 2 && !strcmp(argv[2], "json");
	bench.only = argc > 3 ? argv[3] : NULL;
	bench.begins = argc > 4 ? argv + 4 : NULL;
	return cmocka_run_group_tests(tests, start, finish);
}

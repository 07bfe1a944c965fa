/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_world.c - worlds of kernel instances for the unit tests
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sim/trace.h>

#include "exec_world.h"

#define MAX_CALLS	32

struct call {
	struct kernel_instance *kernel;
	void (*fn)(void);
	void (*fn_long)(long arg);
	int (*fn_int)(void);
	long arg;
	int result;
};

/* Outside the world: what tests ask for and get. */
static struct call calls[MAX_CALLS];
static unsigned int nr_calls;
static char logged[4096];
/* Of a test that failed half way. */
static struct exec_world *left_over;

static void on_record(void *arg, const struct sim_trace_record *record,
		      const char *text)
{
	size_t used = strlen(logged);

	(void)arg;
	if (record->what == SIM_TRACE_LOG && text)
		snprintf(logged + used, sizeof(logged) - used, "%s\n", text);
}

const char *exec_log(void)
{
	return logged;
}

struct exec_world *exec_world_new(unsigned int nr_kernels, unsigned int nr_cpus)
{
	static const char *const names[] = { "alpha", "beta" };
	const struct sim_options options = { .memory_bytes = 16ul << 20 };
	const struct sim_trace_reader reader = { .record = on_record };
	struct exec_world *world = calloc(1, sizeof(*world));
	unsigned int i;

	assert_non_null(world);
	exec_world_free(left_over);
	left_over = world;
	logged[0] = '\0';
	world->sim = sim_new(&options);
	assert_non_null(world->sim);
	sim_set_trace_reader(world->sim, &reader);
	for (i = 0; i < nr_kernels; i++) {
		const struct kernel_instance_options kernel = {
			.name = names[i],
			.sim = world->sim,
			.memory = sim_memory_new(world->sim, names[i],
						 EXEC_FRAMES, i),
			.nr_cpus = nr_cpus,
		};

		world->kernel[i] = kernel_instance_new(&kernel);
	}
	assert_int_equal(exec_run(world), SIM_END_QUIESCENT);
	for (i = 0; i < nr_kernels; i++)
		assert_int_equal(kernel_instance_boot_error(world->kernel[i]),
				 0);
	return world;
}

void exec_world_free(struct exec_world *world)
{
	if (!world)
		return;
	left_over = NULL;
	sim_free(world->sim);
	free(world);
}

/*
 * LSan would read the closed pages of cmake/unmodelled/guard.c; a symbolizer
 * cannot be started by children whose files the tests have exchanged.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0";
}

void exec_strategy(struct exec_world *world, uint64_t seed)
{
	const struct sim_plan plan = {
		.seed = seed,
		.strategy = seed ? SIM_RANDOM : SIM_ROUND_ROBIN,
		.preempt_den = 4,
	};

	sim_set_plan(world->sim, &plan);
}

static void thread_main(void *arg)
{
	struct call *call = arg;

	kernel_enter(call->kernel);
	if (call->fn)
		call->fn();
	else if (call->fn_long)
		call->fn_long(call->arg);
	else
		call->result = call->fn_int();
	kernel_exit();
}

static struct call *start(struct exec_world *world, struct call call)
{
	struct call *slot = &calls[nr_calls++ % MAX_CALLS];
	char name[16];

	*slot = call;
	snprintf(name, sizeof(name), "user%u", nr_calls);
	kernel_user_thread(call.kernel, name, thread_main, slot);
	return slot;
}

void exec_start(struct exec_world *world, unsigned int nr, void (*fn)(void))
{
	start(world, (struct call){ .kernel = world->kernel[nr], .fn = fn });
}

void exec_start_int(struct exec_world *world, unsigned int nr,
		    void (*fn)(long arg), long arg)
{
	start(world, (struct call){ .kernel = world->kernel[nr],
				    .fn_long = fn, .arg = arg });
}

enum sim_end exec_run(struct exec_world *world)
{
	const struct sim_run_options options = { .step_budget = 10000000 };

	return sim_run(world->sim, &options);
}

static void check_quiet(struct exec_world *world)
{
	enum sim_end end = exec_run(world);
	const struct sim_finding *finding = sim_finding_get(world->sim);

	if (finding)
		fail_msg("finding %s/%s %s+%s: %s (%s)", finding->oracle,
			 finding->object, finding->place[0], finding->place[1],
			 finding->what, finding->why);
	assert_int_equal(end, SIM_END_QUIESCENT);
}

void exec_call(struct exec_world *world, unsigned int nr, void (*fn)(void))
{
	exec_start(world, nr, fn);
	check_quiet(world);
}

int exec_int(struct exec_world *world, unsigned int nr, int (*fn)(void))
{
	struct call *slot;

	slot = start(world, (struct call){ .kernel = world->kernel[nr],
					   .fn_int = fn, .result = -12345 });
	check_quiet(world);
	return slot->result;
}

void exec_expect(struct exec_world *world, const char *identity)
{
	char got[256] = "no finding";
	const struct sim_finding *finding;

	exec_run(world);
	finding = sim_finding_get(world->sim);
	if (finding)
		sim_finding_identity(finding, got, sizeof(got));
	assert_string_equal(got, identity);
}

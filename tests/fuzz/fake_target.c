/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_target.c - a fuzz target whose ops go wrong on purpose
 *
 *	add(n)		adds to a sum; a sum of 40000..40999 is a lost-sum finding
 *	wait(ns)	sleeps
 *	try()		a fault point: -ENOMEM if it fails
 *	race()		two actors count without a lock around a preemption point
 *	settle()	a finding if race() has lost a count, another if two or more
 *			try() have failed
 *	pair()		two fallible calls; when the second one fails, what the first
 *			one got is a leak
 *	trap(n)		a use after free, if n is 57005
 *	crash(how)	does what must end the process, see enum crash
 *	stall()		a liveness finding
 *	drift()		nondeterminism: counts runs outside the world
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sim/access.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <sim/trace.h>
#include <worlds/op.h>

#include "fake_kernel.h"

#define BAD_SUM(sum)	((sum) / 1000 == 40)

enum crash {
	CRASH_NONE, CRASH_USE_AFTER_FREE, CRASH_ABORT, CRASH_SEGV,
	CRASH_UBSAN, CRASH_HANG, CRASH_BENCH, CRASH_UNMODELLED,
};

struct fake {
	struct world world;
	uint64_t sum;
	uint64_t counter;
	uint64_t races;
	uint64_t failed;
	char *object;
};

char *fake_heap_object;

static struct fake *fake(struct world *world)
{
	return (struct fake *)world;
}

static void raise_finding(struct world *world, enum vtb_exit severity,
			  const char *oracle, const char *place)
{
	struct sim_finding finding = { .severity = severity };

	snprintf(finding.oracle, sizeof(finding.oracle), "%s", oracle);
	snprintf(finding.object, sizeof(finding.object), "sum");
	snprintf(finding.place[0], sizeof(finding.place[0]), "%s", place);
	snprintf(finding.what, sizeof(finding.what), "the sum is wrong");
	snprintf(finding.why, sizeof(finding.why), "because of %s", place);
	sim_finding_raise(world->sim, &finding);
}

static int64_t run_add(struct world *world, const uint64_t *args)
{
	fake(world)->sum += args[0];
	if (BAD_SUM(fake(world)->sum))
		raise_finding(world, VTB_EXIT_SAFETY, "lost-sum", "add");
	return (int64_t)fake(world)->sum;
}

static int64_t run_wait(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0]);
	return 0;
}

static int64_t run_try(struct world *world, const uint64_t *args)
{
	if (!sim_fail_point(world->sim, SIM_DECIDE_FAIL_ALLOC))
		return 0;
	fake(world)->failed++;
	return -ENOMEM;
}

/* Stand for places in the code, one of each actor. */
static const char race_site[2];

static int64_t run_race(struct world *world, const uint64_t *args)
{
	uint64_t seen = fake(world)->counter;
	const struct sim_access access = {
		.address = &fake(world)->counter,
		.site = &race_site[sim_fiber_self(world->sim) !=
				   world->actor[0]],
		.bytes = sizeof(seen),
		.flags = SIM_ACCESS_WRITE,
	};

	sim_access(world->sim, &access);
	fake(world)->counter = seen + 1;
	fake(world)->races++;
	sim_trace_note(world->sim, "counter", seen + 1);
	return (int64_t)seen;
}

static int64_t run_settle(struct world *world, const uint64_t *args)
{
	if (fake(world)->counter != fake(world)->races)
		raise_finding(world, VTB_EXIT_SAFETY, "lost-count", "settle");
	if (fake(world)->failed > 1)
		raise_finding(world, VTB_EXIT_SAFETY, "failed-tries", "settle");
	return 0;
}

FAKE_CUT static int component_pair(struct world *world)
{
	if (sim_fail_point(world->sim, SIM_DECIDE_FAIL_ALLOC))
		return -ENOMEM;
	if (sim_fail_point(world->sim, SIM_DECIDE_FAIL_PIN))
		return -EFAULT;		/* wrong on purpose */
	return 0;
}

static int64_t run_pair(struct world *world, const uint64_t *args)
{
	int result = component_pair(world);

	if (result == -EFAULT)
		raise_finding(world, VTB_EXIT_SAFETY, "leak", "component_pair");
	return result;
}

FAKE_CUT static void component_alloc(struct world *world)
{
	fake(world)->object[0] = 1;
}

FAKE_CUT static void component_free(struct world *world)
{
	sim_poison(world->sim, fake(world)->object, 64, 0xfd);
}

FAKE_CUT static int component_use(struct world *world)
{
	return *(volatile char *)(fake(world)->object + 8);
}

FAKE_CUT static void component_spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

FAKE_CUT static int component_shift(volatile int by)
{
	return 1 << by;
}

const struct fake_symbol fake_symbols[] = {
	{ component_alloc, "component_alloc" },
	{ component_free, "component_free" },
	{ component_use, "component_use" },
	{ component_spin, "component_spin" },
	{ component_shift, "component_shift" },
	{ component_pair, "component_pair" },
	{ NULL, NULL },
};

static int64_t use_after_free(struct world *world)
{
	fake_heap_object = fake(world)->object;
	component_alloc(world);
	component_free(world);
	return component_use(world);
}

static int64_t run_trap(struct world *world, const uint64_t *args)
{
	return args[0] == 57005 ? use_after_free(world) : 0;
}

static int64_t run_crash(struct world *world, const uint64_t *args)
{
	switch ((enum crash)args[0]) {
	case CRASH_NONE:
		break;
	case CRASH_USE_AFTER_FREE:
		return use_after_free(world);
	case CRASH_ABORT:
		abort();
	case CRASH_SEGV:
		return *(volatile int *)(uintptr_t)(args[0] * 8);
	case CRASH_UBSAN:
		return component_shift(40);
	case CRASH_HANG:
		component_spin();
		break;
	case CRASH_BENCH:
		sim_bench_error(__FILE__, __LINE__, "on purpose");
	case CRASH_UNMODELLED:
		/* As vtb_unmodelled() of kernel/host does. */
		sim_bench_error_hook("unmodelled: frobnicate");
		_exit(VTB_EXIT_BENCH);
	}
	return 0;
}

static int64_t run_stall(struct world *world, const uint64_t *args)
{
	raise_finding(world, VTB_EXIT_LIVENESS, "stall", "stall");
	return 0;
}

static int64_t run_drift(struct world *world, const uint64_t *args)
{
	static uint64_t runs;	/* wrong on purpose: not world state */

	return (int64_t)runs++;
}

static const char *const actors[] = { "one", "two", NULL };
static const char *const crashes[] = {
	"none", "use-after-free", "abort", "segv", "ubsan", "hang", "bench",
	"unmodelled", NULL
};

static const struct op ops[] = {
	{ .name = "add", .actor = 0, .nr_args = 1, .run = run_add,
	  .help = "adds to the sum",
	  .args = { { .name = "n", .type = OP_ARG_INT, .bytes = 2,
		      .last = 65535 } } },
	{ .name = "wait", .actor = 0, .nr_args = 1, .run = run_wait,
	  .args = { { .name = "ns", .type = OP_ARG_INT, .bytes = 2,
		      .last = 65535 } } },
	{ .name = "try", .actor = 0, .run = run_try },
	{ .name = "race_one", .actor = 0, .run = run_race },
	{ .name = "race_two", .actor = 1, .run = run_race },
	{ .name = "settle", .actor = 0, .abuse = true, .run = run_settle },
	{ .name = "pair", .actor = 0, .abuse = true, .run = run_pair },
	/* Wide: tests go there, and nobody else does by chance. */
	{ .name = "trap", .actor = 0, .nr_args = 1, .run = run_trap,
	  .args = { { .name = "n", .type = OP_ARG_INT, .bytes = 8,
		      .last = UINT64_MAX } } },
	{ .name = "crash", .actor = 0, .abuse = true, .nr_args = 1,
	  .run = run_crash,
	  .args = { { .name = "how", .type = OP_ARG_ENUM, .bytes = 1,
		      .names = crashes } } },
	{ .name = "stall", .actor = 1, .abuse = true, .run = run_stall },
	{ .name = "drift", .actor = 1, .abuse = true, .run = run_drift },
};

static const struct op_arg config[] = {
	{ .name = "size", .type = OP_ARG_INT, .bytes = 1, .first = 1,
	  .last = 16, .border = (const uint64_t[]){ 1 }, .nr_border = 1 },
	{ .name = "start", .type = OP_ARG_INT, .bytes = 2, .last = 1000 },
};

static struct world *build(struct sim *sim, const uint64_t *values);

static void configure(struct world *world, const uint64_t *values)
{
	fake(world)->sum = values[1];
}

static const struct world_type type = {
	.name = "fake",
	.help = "ops that go wrong on purpose",
	.actors = actors,
	.ops = ops,
	.nr_ops = sizeof(ops) / sizeof(ops[0]),
	.config = config,
	.nr_config = 2,
	.nr_build_config = 1,
	.build = build,
	.configure = configure,
};

static void actor_one(void *arg)
{
	world_actor_main(arg, 0);
}

static void actor_two(void *arg)
{
	world_actor_main(arg, 1);
}

static struct world *build(struct sim *sim, const uint64_t *values)
{
	struct fake *f = sim_alloc(sim, sizeof(*f), 8);
	struct sim_fiber_options options = {
		.name = "one", .fn = actor_one, .arg = f, .daemon = true,
	};

	world_init(&f->world, &type, sim);
	f->object = sim_alloc(sim, 64 * values[0], 16);
	f->world.actor[0] = sim_fiber_new(sim, &options);
	options.name = "two";
	options.fn = actor_two;
	f->world.actor[1] = sim_fiber_new(sim, &options);
	sim_run(sim, &(struct sim_run_options){ 0 });
	return &f->world;
}

const struct world_type *const world_types[] = { &type, NULL };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.c - many guests as a world: ops, oracles, figures
 *
 * Oracles, beside those of guest.c and hosts.c. lost-frame: at rest, whatever has
 * not arrived somebody on the way says to have dropped. Assumption: allocations
 * succeed. hang: ops come to an end.
 */
#include <stdio.h>

#include <sim/decide.h>
#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "scale.h"

#define STEPS		2000000000ull

enum { ACTOR_OPERATOR };
enum { CONFIG_PAIRS, CONFIG_GUESTS, NR_CONFIG };

struct scale_world {
	struct world world;
	struct scale *scale;
	uint64_t events;		/* fired while guests worked */
	uint64_t worked_ns;
	uint64_t failures;		/* of allocations */
};

static struct scale_world *scale_world(struct world *world)
{
	return (struct scale_world *)world;
}

static void wrong(void *arg, const char *oracle, const char *object,
		  const char *what, const char *why)
{
	struct world *world = arg;
	const struct world_finding finding = {
		.oracle = oracle,
		.object = object,
		.place = { world_op_name(world, sim_op(world->sim)) },
		.what = what,
		.why = why,
	};

	if (!sim_finding_get(world->sim))
		world_raise(world, &finding);
}

/* -- ops ------------------------------------------------------------------ */

static int64_t op_run(struct world *world, const uint64_t *args)
{
	struct scale_world *w = scale_world(world);
	uint64_t from_ns = sim_now_ns(world->sim);
	uint64_t events = sim_events_fired(world->sim);
	const struct scale_work work = {
		.end_ns = from_ns + args[0] * 1000000,
		.every_ns = args[1] * 1000, .bytes = (uint32_t)args[2],
	};
	struct scale_counts before, now;

	scale_count(w->scale, &before);
	scale_start(w->scale, &work);
	/* The last one of them has looked for the last time. */
	sim_fiber_sleep(world->sim, args[0] * 1000000 + 2 * SCALE_LINGER_NS);
	scale_count(w->scale, &now);
	w->events += sim_events_fired(world->sim) - events;
	w->worked_ns += sim_now_ns(world->sim) - from_ns;
	return (int64_t)(now.arrived - before.arrived);
}

static int64_t op_link(struct world *world, const uint64_t *args)
{
	struct scale *scale = scale_world(world)->scale;
	const struct net_wire_speed speed = {
		.latency_ns = args[0] * 1000,
		.mbit_per_s = (uint32_t)args[1],
		.queue_frames = 64,
		.lose_every = (uint32_t)args[2],
	};
	unsigned int i;

	for (i = 0; i < scale->options.nr_hosts; i += 2)
		net_wire_set(scale->hosts[i].wire, &speed);
	return 0;
}

static const struct op ops[] = {
	{
		.name = "run", .actor = ACTOR_OPERATOR, .run = op_run,
		.help = "all guests send each other frames for a while",
		.args = {
			OP_LOG2("ms", "how long", 0, 10, 16, 1),
			OP_INT("every_us", "a frame of each guest", 4, 1000,
			       1000000, 10000, 1000),
			OP_INT("bytes", "of each", 2, NET_FLOW_MIN,
			       NET_FRAME_MAX, 256, NET_FLOW_MIN, 1514),
		},
		.nr_args = 3, .weight = 3,
	}, {
		.name = "link", .actor = ACTOR_OPERATOR, .run = op_link,
		.help = "other wires between the hosts, from now on",
		.args = {
			OP_INT("latency_us", "of each frame", 2, 0, 10000, 5,
			       0, 1000),
			OP_INT("mbit", "one carries in a second", 4, 1, 100000,
			       10000, 10, 1000),
			OP_INT("lose_every", "n-th frame, 0: none", 2, 0,
			       10000, 0, 2, 100),
		},
		.nr_args = 3,
	},
};

static const char *const actors[] = { "operator", NULL };

static const struct op_arg config_rows[NR_CONFIG] = {
	[CONFIG_PAIRS] = OP_LOG2("pairs", "of hosts", 0, 3, 1, 2),
	[CONFIG_GUESTS] = OP_INT("guests", "on each host", 1, 1,
				 SCALE_MAX_GUESTS, 2, 1),
};

/* -- the end -------------------------------------------------------------- */

static void judge_flows(struct scale_world *w)
{
	struct scale_counts counts;
	char why[SIM_FINDING_TEXT];

	scale_count(w->scale, &counts);
	if (counts.sent <= counts.arrived + counts.dropped || w->failures)
		return;
	snprintf(why, sizeof(why),
		 "%llu of %llu have arrived, and %llu been dropped",
		 (unsigned long long)counts.arrived,
		 (unsigned long long)counts.sent,
		 (unsigned long long)counts.dropped);
	wrong(&w->world, "lost-frame", "flow",
	      "frames are missing that nobody has dropped", why);
}

/* Guests look for what has come; false: that was not the end of it. */
static bool look_again(struct scale_world *w, bool leave)
{
	const struct sim_run_options limits = { .step_budget = STEPS };
	const struct scale_work last = {
		.end_ns = sim_now_ns(w->world.sim) + 1,
		.every_ns = 1000000000, .bytes = NET_FLOW_MIN, .leave = leave,
	};

	scale_start(w->scale, &last);
	return sim_run(w->world.sim, &limits) == SIM_END_QUIESCENT;
}

static void wind_up(struct scale_world *w)
{
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };

	w->failures = sim_failures(w->world.sim, SIM_DECIDE_FAIL_ALLOC);
	sim_set_plan(w->world.sim, &no_faults);
	if (!look_again(w, false))
		return;
	judge_flows(w);
	if (!sim_finding_get(w->world.sim) && look_again(w, true))
		scale_judge_left(w->scale);
}

static void finish(struct world *world, enum sim_end end)
{
	if (end == SIM_END_QUIESCENT && !world_raise_hang(world, NULL))
		wind_up(scale_world(world));
}

/* -- figures -------------------------------------------------------------- */

static void report(struct world *world, const struct world_reporter *to)
{
	const struct scale_world *w = scale_world(world);
	const struct scale *scale = w->scale;
	uint64_t guests = scale->options.nr_hosts * scale->options.nr_guests;
	struct scale_counts counts;

	scale_count(scale, &counts);
	world_report(to, "guests", "guests", guests);
	world_report(to, "heap of the world, per guest", "KiB",
		     sim_heap_used_bytes(world->sim) / 1024 / guests);
	world_report(to, "frames", "frames", counts.arrived);
	world_report(to, "dropped", "frames", counts.dropped);
	if (w->worked_ns) {
		world_report(to, "throughput", "Mbit/s", counts.arrived_bytes *
			     8 * 1000 / w->worked_ns);
		world_report(to, "events in a simulated second", "events",
			     w->events * 1000 / (w->worked_ns / 1000000));
	}
	world_report_spread(to, "latency", "ns", &scale->delay_ns);
	world_report_series(to, &scale->rate);
}

/* -- building ------------------------------------------------------------- */

static struct world *build(struct sim *sim, const uint64_t *config);

/* Of the largest world that programs can have; memory is enough as it is. */
static const struct sim_options needs = { .max_fibers = 1024 };

static const struct world_type type = {
	.name = "scale",
	.help = "many guests on pairs of hosts, joined by wires",
	.actors = actors,
	.ops = ops, .nr_ops = sizeof(ops) / sizeof(ops[0]),
	.config = config_rows,
	.nr_config = NR_CONFIG, .nr_build_config = NR_CONFIG,
	.build = build,
	.finish = finish,
	.report = report,
	.step_budget = STEPS,
	.needs = &needs,
};

static void operator_main(void *arg)
{
	world_actor_main(arg, ACTOR_OPERATOR);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct sim_run_options limits = { .step_budget = STEPS };
	struct scale_world *w = sim_alloc(sim, sizeof(*w), 8);
	const struct sim_fiber_options operator = {
		.name = "operator", .fn = operator_main, .arg = w,
		.daemon = true,
	};
	const struct scale_options options = {
		.nr_hosts = (unsigned int)(2 * config[CONFIG_PAIRS]),
		.nr_guests = (unsigned int)config[CONFIG_GUESTS],
		.wrong = wrong, .arg = w,
	};

	world_init(&w->world, &type, sim);
	w->scale = scale_new(sim, &options);
	sim_assert(w->scale);
	w->world.actor[ACTOR_OPERATOR] = sim_fiber_new(sim, &operator);
	sim_assert(w->world.actor[ACTOR_OPERATOR]);
	sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	return &w->world;
}

const struct world_type *const world_types[] = { &type, NULL };

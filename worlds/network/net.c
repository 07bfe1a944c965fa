/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.c - what becomes of the network
 *
 * All of it happens at one moment, in an event, as models do: nobody comes in
 * between.
 */
#include <stddef.h>

#include <sim/fiber.h>

#include "network.h"

static void job_event(struct sim *sim, struct sim_event *event)
{
	struct network_world *w = (struct network_world *)
		((char *)event - offsetof(struct network_world, job));

	w->job_result = w->job_fn(&w->world, w->job_args);
	w->job_done = true;
	sim_fiber_wake(sim, w->world.actor[ACTOR_NET]);
}

void net_init(struct network_world *w)
{
	sim_event_init(&w->job, job_event, 0x140, 0);
}

static int64_t net_run(struct world *world, const uint64_t *args, op_run_fn fn)
{
	struct network_world *w = network_world(world);

	w->job_fn = fn;
	w->job_args = args;
	w->job_done = false;
	sim_event_at(world->sim, &w->job, sim_now_ns(world->sim));
	while (!w->job_done)
		sim_fiber_block(world->sim);
	return w->job_result;
}

/* Defines op @name, which has @name_now() run. */
#define NET_OP(name)							\
	int64_t name(struct world *world, const uint64_t *args)		\
	{								\
		return net_run(world, args, name ## _now);		\
	}

static int64_t op_link_now(struct world *world, const uint64_t *args)
{
	const struct net_wire_speed speed = {
		.latency_ns = args[0] * 1000,
		.mbit_per_s = (uint32_t)args[1],
		.queue_frames = (uint32_t)args[2],
		.lose_every = (uint32_t)args[3],
	};

	network_world(world)->slow = true;
	net_wire_set(network_world(world)->wire, &speed);
	return 0;
}
NET_OP(op_link)

static int64_t op_pull_now(struct world *world, const uint64_t *args)
{
	struct network_world *w = network_world(world);

	w->slow = true;
	net_wire_plug(w->wire, args[0]);
	return 0;
}
NET_OP(op_pull)

static int64_t op_load_now(struct world *world, const uint64_t *args)
{
	net_load_start(network_world(world)->load, (uint32_t)args[0],
		       (uint32_t)args[1], args[2]);
	return 0;
}
NET_OP(op_load)

static int64_t op_busy_now(struct world *world, const uint64_t *args)
{
	struct side *side = &network_world(world)->side[args[0]];

	side->w->slow = true;
	vmbus_bus_busy_until(vmbus_polled_bus(side->hypervisor),
			     sim_now_ns(world->sim) + args[1] * 1000);
	return 0;
}
NET_OP(op_busy)

int64_t op_wait(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c - what an honest host does without being asked
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sim/fiber.h>

#include "netvsc.h"

static void job_event(struct sim *sim, struct sim_event *event)
{
	struct netvsc_world *w = (struct netvsc_world *)
		((char *)event - offsetof(struct netvsc_world, job));

	w->job_result = w->job_fn(&w->world, w->job_args);
	w->job_done = true;
	sim_fiber_wake(sim, w->world.actor[ACTOR_HOST]);
}

void host_init(struct netvsc_world *w)
{
	sim_event_init(&w->job, job_event, 0x102, 0);
}

int64_t host_run(struct world *world, const uint64_t *args, op_run_fn fn)
{
	struct netvsc_world *w = netvsc_world(world);

	w->job_fn = fn;
	w->job_args = args;
	w->job_done = false;
	sim_event_at(world->sim, &w->job, sim_now_ns(world->sim));
	while (!w->job_done)
		sim_fiber_block(world->sim);
	return w->job_result;
}

static int64_t op_send_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	struct stream *stream = &w->to_guest;
	uint8_t frame[1600];
	uint32_t bytes = args[0], i;

	for (i = 0; i < args[1]; i++) {
		if (!stream_next(stream, w->mac, bytes, frame))
			break;
		if (!netvsp_deliver(w->nic, frame, bytes))
			break;
		stream_sent(stream, bytes);
	}
	return i;
}
HOST_OP(op_send)

static int64_t op_link_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	netvsp_set_link(w->nic, args[0]);
	w->was_busy = true;
	stream_may_lose(&w->to_host);
	return 0;
}
HOST_OP(op_link)

static int64_t op_keepalive_now(struct world *world, const uint64_t *args)
{
	netvsp_keepalive(netvsc_world(world)->nic);
	return 0;
}
HOST_OP(op_keepalive)

static int64_t op_rescind_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	vmbus_offer_rescind(netvsp_offer(w->nic));
	w->disturbed = true;
	stream_may_lose(&w->to_host);
	stream_may_lose(&w->to_guest);
	return 0;
}
HOST_OP(op_rescind)

static int64_t op_offer_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	if (vmbus_offer_relid(netvsp_offer(w->nic)))
		return -EBUSY;
	vmbus_offer_again(netvsp_offer(w->nic));
	return 0;
}
HOST_OP(op_offer)

static int64_t op_other_now(struct world *world, const uint64_t *args)
{
	struct vmbus_offer *other = netvsc_world(world)->other;

	if (vmbus_offer_is_offered(other))
		vmbus_offer_rescind(other);
	else
		vmbus_offer_again(other);
	return 0;
}
HOST_OP(op_other)

static int64_t op_busy_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	w->disturbed |= args[0] > 50000;
	w->was_busy = true;
	vmbus_bus_busy_until(w->bus, sim_now_ns(world->sim) + args[0] * 1000);
	return 0;
}
HOST_OP(op_busy)

static int64_t op_look_now(struct world *world, const uint64_t *args)
{
	vmbus_bus_look(netvsc_world(world)->bus);
	return 0;
}
HOST_OP(op_look)

int64_t op_wait(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

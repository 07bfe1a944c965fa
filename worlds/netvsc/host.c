/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c - what an honest host does without being asked
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sim/fiber.h>

#include "netvsc.h"

static void do_job(struct sim *sim, struct model_job *model_job)
{
	struct host_job *job = (struct host_job *)model_job;

	job->result = job->fn(&job->w->world, job->args);
	job->done = true;
	sim_fiber_wake(sim, job->waiter);
}

void host_init(struct netvsc_world *w)
{
	uint32_t i;

	for (i = 0; i < NETVSC_ACTORS; i++) {
		w->jobs[i].w = w;
		model_job_init(&w->jobs[i].job, w->worker, do_job, 0x102, i);
	}
}

int64_t host_run(struct world *world, unsigned int actor, op_run_fn fn,
		 const uint64_t *args)
{
	struct host_job *job = &netvsc_world(world)->jobs[actor];

	job->waiter = sim_fiber_self(world->sim);
	job->fn = fn;
	job->args = args;
	job->done = false;
	model_job_now(world->sim, &job->job);
	while (!job->done)
		sim_fiber_block(world->sim);
	return job->result;
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
		/* The guest may have it before the call returns. */
		stream_sent(stream, bytes);
		if (!netvsp_deliver(w->nic, frame, bytes)) {
			stream_unsent(stream);
			break;
		}
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_ring.c - a guest with one channel, and its host
 *
 * An op goes on as long as it gets on: a writer whose ring stays full and a
 * reader whose ring stays empty give up after a while, which is no error.
 */
#include <errno.h>
#include <string.h>

#include <sim/fiber.h>
#include <worlds/host_backend.h>

#include "vmbus_ring.h"

extern const struct host_backend kernel_backend;

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	return one_host_ioctl(world, vmbus(world)->file, cmd, arg, bytes);
}

/* -- the guest ------------------------------------------------------------ */

int64_t op_guest_write(struct world *world, const uint64_t *args)
{
	struct packet_stream *stream = &vmbus(world)->to_host;
	struct hv_channel_packet packet = { .words = args[1] };
	uint32_t i;
	int64_t rc;

	for (i = 0; i < args[0]; i++) {
		if (!stream_next(stream, packet.words, packet.data))
			break;
		rc = call(world, HV_CHANNEL_WRITE, &packet, sizeof(packet));
		if (rc == -EAGAIN)
			judge_guest_writer(world);
		if (rc < 0)
			return i ? i : rc;
		stream_sent(world, stream);
	}
	return i;
}

int64_t op_guest_read(struct world *world, const uint64_t *args)
{
	struct packet_stream *stream = &vmbus(world)->to_guest;
	struct hv_channel_packet packet;
	uint32_t i;
	int64_t rc;

	for (i = 0; i < args[0]; i++) {
		memset(&packet, 0, sizeof(packet));
		rc = call(world, HV_CHANNEL_READ, &packet, sizeof(packet));
		if (rc < 0) {
			stream->unknown = true;
			return rc;
		}
		if (!packet.received) {
			judge_guest_reader(world);
			break;
		}
		stream_received(world, stream, packet.data, packet.words);
	}
	return i;
}

int64_t op_guest_drain(struct world *world, const uint64_t *args)
{
	struct packet_stream *stream = &vmbus(world)->to_guest;
	struct hv_channel_batch batch = { .max = args[0] };
	int64_t rc = call(world, HV_CHANNEL_DRAIN, &batch, sizeof(batch));
	uint32_t at = 0, i;

	if (rc < 0) {
		stream->unknown = true;
		return rc;
	}
	for (i = 0; i < batch.nr; i++) {
		stream_received(world, stream, &batch.stream[at + 1],
				batch.stream[at]);
		at += 1 + batch.stream[at];
	}
	if (!batch.nr)
		judge_guest_reader(world);
	return batch.nr;
}

/* -- the host ------------------------------------------------------------- */

int64_t op_host_write(struct world *world, const uint64_t *args)
{
	struct packet_stream *stream = &vmbus(world)->to_guest;
	uint32_t payload[VMBUS_MAX_PAYLOAD / 4], i;
	int rc;

	for (i = 0; i < args[0]; i++) {
		if (!stream_next(stream, args[1], payload))
			break;
		rc = vmbus_host_write(vmbus(world)->vmbus, payload, args[1] * 4,
				      HOST_WAIT_NS);
		if (rc == -EAGAIN)
			judge_host_writer(world, args[1]);
		if (rc)
			return i ? i : rc;
		stream_sent(world, stream);
	}
	return i;
}

int64_t op_host_read(struct world *world, const uint64_t *args)
{
	uint32_t payload[VMBUS_MAX_PAYLOAD / 4], i;
	int bytes;

	for (i = 0; i < args[0]; i++) {
		bytes = vmbus_host_read(vmbus(world)->vmbus, payload,
					HOST_WAIT_NS);
		if (bytes == -EAGAIN) {
			judge_host_reader(world);
			break;
		}
		if (bytes == -EIO || bytes == -E2BIG)
			one_host_raise(world, "wrong-packet", "guest",
				       "the guest puts into the ring what is no packet",
				       "index, length or offset");
		if (bytes < 0)
			return bytes;
		stream_received(world, &vmbus(world)->to_host, payload,
				bytes / 4);
	}
	return i;
}

int64_t op_host_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

/* -- the world ------------------------------------------------------------ */

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "vmbus_ring",
	.help = "a guest and its host at the two ends of a VMBus channel",
	.actors = vmbus_ring_actors,
	.ops = vmbus_ring_ops, .nr_ops = VMBUS_RING_NR_OPS,
	.config = vmbus_ring_config, .nr_config = 1, .nr_build_config = 1,
	.build = build, .finish = one_host_finish,
};

static void interrupt(void *arg)
{
	struct vmbus_world *w = arg;

	kernel_backend.raise_irq(w->host.kernel, 1, HV_CHANNEL_IRQ);
}

static int64_t open_channel(struct world *world, const uint64_t *args)
{
	struct vmbus_world *w = vmbus(world);
	const struct vmbus_host_options options = {
		.machine = w->host.machine, .interrupt = interrupt, .arg = w,
	};
	int64_t file;

	w->to_host.name = "to-host";
	w->to_guest.name = "guest";
	w->vmbus = vmbus_host_new(world->sim, &options);
	file = one_host_open(world, "hv-channel");
	if (file < 0)
		sim_bench_error(__FILE__, __LINE__, "/dev/hv-channel: %d",
				(int)file);
	w->file = file;
	return 0;
}

/* Both rings to 160 bytes before their end: by 6 packets of 656 bytes. */
static const uint64_t near_end[] = { 6, 158 };

static void run(struct world *world, unsigned int actor, op_run_fn fn)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	world_call(world, actor, fn);
	sim_assert(sim_run(world->sim, &limits) == SIM_END_QUIESCENT);
}

static int64_t host_moves_on(struct world *world, const uint64_t *args)
{
	sim_assert(op_host_write(world, near_end) == 6);
	return op_host_read(world, near_end);
}

static int64_t reader_moves_on(struct world *world, const uint64_t *args)
{
	return op_guest_read(world, near_end);
}

static int64_t writer_moves_on(struct world *world, const uint64_t *args)
{
	return op_guest_write(world, near_end);
}

static void move_to_end(struct world *world)
{
	run(world, ACTOR_WRITER, writer_moves_on);
	run(world, ACTOR_HOST, host_moves_on);
	run(world, ACTOR_READER, reader_moves_on);
	sim_assert(vmbus(world)->to_host.nr_received == 6 &&
		   vmbus(world)->to_guest.nr_received == 6);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct one_host_options options = {
		.bytes = sizeof(struct vmbus_world),
		.nr_cpus = 2,
		.nr_threads = ACTOR_HOST,
		.fibers_are_cpus = true,
	};
	struct world *world = one_host_build_with(&type, sim, &options);

	run(world, ACTOR_WRITER, open_channel);
	if (config[0])
		move_to_end(world);
	return world;
}

const struct world_type *const world_types[] = { &type, NULL };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - what the threads of the guest do
 *
 * Errors are the guest's business: a device that is not there, a host that
 * refuses. Whether it was right to fail is asked only where the guest has
 * waited for something that was there.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>

#include "vmbus_channel.h"

static unsigned int thread(const struct world *world)
{
	return world->calls[sim_op(world->sim) - 1].op->actor;
}

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	int64_t file = channel(world)->files[thread(world)];

	if (file < 0)
		return -EBADF;
	return one_host_ioctl(world, (uint64_t)file, cmd, arg, bytes);
}

int64_t op_connect(struct world *world, const uint64_t *args)
{
	int64_t *file = &channel(world)->files[thread(world)];
	int64_t rc;

	(void)args;
	if (*file >= 0)
		return -EBUSY;
	rc = one_host_open(world, "hv-bus");
	if (rc >= 0)
		*file = rc;
	return rc < 0 ? rc : 0;
}

int64_t op_disconnect(struct world *world, const uint64_t *args)
{
	int64_t *file = &channel(world)->files[thread(world)];
	int64_t rc = *file;

	(void)args;
	if (rc < 0)
		return -EBADF;
	*file = -1;
	return one_host_close(world, (uint64_t)rc);
}

int64_t op_open(struct world *world, const uint64_t *args)
{
	struct hv_bus_open arg = {
		.slot = args[0],
		.pages = args[1],
		.requests = args[2],
		.low_latency = args[3],
	};

	bool *managed = &channel(world)->managed[args[0]], before = *managed;
	int64_t rc;

	/* Meanwhile nobody knows; -EBUSY: it stays as it was opened. */
	*managed = false;
	rc = call(world, HV_BUS_OPEN, &arg, sizeof(arg));
	if (!rc)
		*managed = args[2];
	else if (rc == -EBUSY)
		*managed = before;
	judge_failure(channel(world), rc);
	return rc;
}

int64_t op_close(struct world *world, const uint64_t *args)
{
	unsigned int slot = args[0];

	return call(world, HV_BUS_CLOSE, &slot, sizeof(slot));
}

int64_t op_establish(struct world *world, const uint64_t *args)
{
	struct hv_bus_gpadl arg = { .slot = args[0], .pages = args[1] };
	int64_t rc = call(world, HV_BUS_ESTABLISH, &arg, sizeof(arg));

	judge_failure(channel(world), rc);
	return rc < 0 ? rc : arg.index;
}

int64_t op_teardown(struct world *world, const uint64_t *args)
{
	struct hv_bus_gpadl arg = { .slot = args[0], .index = args[1] };

	return call(world, HV_BUS_TEARDOWN, &arg, sizeof(arg));
}

int64_t op_retarget(struct world *world, const uint64_t *args)
{
	struct hv_bus_target arg = { .slot = args[0], .cpu = args[1] };

	return call(world, HV_BUS_TARGET, &arg, sizeof(arg));
}

/* -- packets -------------------------------------------------------------- */

int64_t op_send(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	struct hv_bus_packet packet = {
		.slot = args[0], .kind = args[1], .words = args[3],
	};
	uint32_t who = packet.slot << 4 | thread(world);
	uint64_t i;
	int64_t rc;

	for (i = 0; i < args[2]; i++) {
		struct packet_stream *stream;

		stream = &w->from[packet.slot][thread(world)];
		if (!stream_next(stream, who, packet.words, packet.data))
			break;
		packet.id = ++w->next_id;
		rc = call(world, HV_BUS_SEND, &packet, sizeof(packet));
		if (rc == -EAGAIN)
			judge_writer(world, packet.slot);
		if (rc < 0)
			return i ? (int64_t)i : rc;
		stream_sent(w, stream);
		if (packet.kind != HV_BUS_INBAND)
			request_sent(w, packet.id);
	}
	return (int64_t)i;
}

static void take_packet(struct channel_world *w,
			const struct hv_bus_packet *packet)
{
	if (packet->kind == VMBUS_COMPLETION)
		request_completed(w, packet);
	else
		guest_received(w, packet);
}

/* A call that fails may have taken a packet all the same. */
static void lose_count(struct channel_world *w)
{
	unsigned int i;

	for (i = 0; i < NR_OFFERS; i++)
		w->services[i].to_guest.unknown = true;
}

int64_t op_receive(struct world *world, const uint64_t *args)
{
	struct hv_bus_packet packet;
	uint64_t i;
	int64_t rc;

	for (i = 0; i < args[1]; i++) {
		memset(&packet, 0, sizeof(packet));
		packet.slot = args[0];
		rc = call(world, HV_BUS_RECV, &packet, sizeof(packet));
		if (rc < 0) {
			lose_count(channel(world));
			judge_failure(channel(world), rc);
			return rc;
		}
		if (!packet.received) {
			judge_reader(world, packet.slot);
			break;
		}
		take_packet(channel(world), &packet);
	}
	return (int64_t)i;
}

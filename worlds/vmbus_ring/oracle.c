/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - packets and signals of a channel
 *
 * wrong-packet: the k-th packet that comes out of a ring is the k-th that went
 * in: not lost, not twice, not changed. Its words are a function of direction,
 * number and place. Assumption: each end of a ring is one actor, and the guest
 * pads with zeroes to 8 bytes. Not judged after a call that failed half way.
 *
 * lost-wakeup: somebody has waited for as long as one waits, and what he waited
 * for was there. Time passes only when nobody can run; so if the actor at the
 * other end is in no op, or no packet has moved for half of that time, all that
 * was written before this moment and signalled has arrived. It is a finding
 * unless a signal is still to be taken.
 */
#include <stdio.h>

#include "../vmbus/packets.h"
#include "vmbus_ring.h"

#define PACKET_OVERHEAD	24	/* bytes: descriptor and trailer */

static void packet_moves(struct world *world)
{
	vmbus(world)->moved_ns = sim_now_ns(world->sim);
}

bool stream_next(struct packet_stream *stream, uint32_t words,
		 uint32_t *payload)
{
	if (stream->nr_sent == STREAM_PACKETS)
		return false;
	stream->words[stream->nr_sent] = words;
	packet_fill(stream->name[0], stream->nr_sent, payload, words);
	return true;
}

void stream_sent(struct world *world, struct packet_stream *stream)
{
	stream->nr_sent++;
	packet_moves(world);
}

void stream_received(struct world *world, struct packet_stream *stream,
		     const uint32_t *payload, uint32_t words)
{
	struct packet_seen seen = {
		.who = stream->name[0], .number = stream->nr_received++,
		.payload = payload, .words = words,
	};
	char why[SIM_FINDING_TEXT];

	packet_moves(world);
	if (stream->unknown || seen.number >= STREAM_PACKETS)
		return;
	seen.sent = stream->words[seen.number];
	if (!packet_is_whole(&seen, why, sizeof(why)))
		one_host_raise(world, "wrong-packet", stream->name,
			       "a packet is not what was sent", why);
}

/* -- signals -------------------------------------------------------------- */

static bool is_at_work(const struct world *world, enum vmbus_actor actor)
{
	const struct vmbus_world *w = (const struct vmbus_world *)world;
	uint64_t idle_ns = sim_now_ns(world->sim) - w->moved_ns;

	/* What was written this very moment may not have been signalled. */
	return !idle_ns || (world->running[actor] && idle_ns < HOST_WAIT_NS / 2);
}

/*
 * False if there is no answer, or if it comes so late (a lock was held) that it
 * says nothing of the moment at which the waiting ended.
 */
static bool guest_state(struct world *world, struct hv_channel_state *state)
{
	uint64_t asked_ns = sim_now_ns(world->sim);

	return one_host_ioctl(world, vmbus(world)->file, HV_CHANNEL_STATE,
			      state, sizeof(*state)) >= 0 &&
	       sim_now_ns(world->sim) == asked_ns;
}

static void raise_wakeup(struct world *world, const char *object,
			 const char *what)
{
	one_host_raise(world, "lost-wakeup", object, what,
		       "nobody is at work, and no signal is on its way");
}

void judge_guest_writer(struct world *world)
{
	struct hv_channel_state state;

	if (!guest_state(world, &state) || is_at_work(world, ACTOR_HOST) ||
	    state.write_signal)
		return;
	if (state.writable_bytes > PACKET_OVERHEAD + 4 * HV_CHANNEL_MAX_WORDS +
				   16)
		raise_wakeup(world, "guest-writer",
			     "the guest waits for room that there is");
}

void judge_guest_reader(struct world *world)
{
	struct hv_channel_state state;

	if (!guest_state(world, &state) || is_at_work(world, ACTOR_HOST) ||
	    state.read_signal || !state.readable_bytes)
		return;
	raise_wakeup(world, "guest-reader",
		     "the guest waits for packets that are there");
}

void judge_host_writer(struct world *world, uint32_t words)
{
	const struct vmbus_host *host = vmbus(world)->vmbus;

	if (is_at_work(world, ACTOR_READER) || vmbus_host_signalled(host))
		return;
	if (vmbus_host_writable_bytes(host) > PACKET_OVERHEAD + 4 * words + 4)
		raise_wakeup(world, "host-writer",
			     "the host waits for room that there is");
}

void judge_host_reader(struct world *world)
{
	const struct vmbus_host *host = vmbus(world)->vmbus;

	if (is_at_work(world, ACTOR_WRITER) || vmbus_host_signalled(host) ||
	    !vmbus_host_readable_bytes(host))
		return;
	raise_wakeup(world, "host-reader",
		     "the host waits for packets that are there");
}

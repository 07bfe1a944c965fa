/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.c - the ring of /dev/races: what goes in and what comes out
 *
 * Oracles:
 *
 * wrong-packet: the k-th packet received is the k-th one sent, with its length
 * and its words. Packets that are being sent may be received already. Not judged
 * after a call that failed half way.
 * Assumption: each side of the ring is one thread, as the op table has it.
 *
 * lost-wakeup: a side has waited in vain, and there was nothing to wait for.
 * Time passes only when nobody can run; so if the other side is in no call, all
 * it wrote and signalled is there to see. It is a finding if there is something
 * to do and no signal that is still to be taken.
 */
#include <errno.h>
#include <stdio.h>

#include "races.h"

static uint32_t word_of(uint32_t packet, uint32_t index)
{
	return packet << 8 | index;
}

static bool other_is_busy(const struct world *world, enum races_actor other)
{
	return world->running[other];
}

/* A user copy that fails at the end hides how many packets have passed. */
static int64_t ring_call(struct world *world, unsigned int cmd, void *arg,
			 size_t bytes)
{
	int64_t rc = one_host_ioctl(world, races(world)->file, cmd, arg, bytes);

	if (rc < 0)
		races(world)->ring_unknown = true;
	return rc;
}

/* -- sending -- */

static void judge_sender(struct world *world, uint32_t words)
{
	struct races_ring_state state;

	if (ring_call(world, RACES_RING_STATE, &state, sizeof(state)) < 0)
		return;
	if (other_is_busy(world, ACTOR_SECOND) || state.writable ||
	    state.free < words)
		return;
	one_host_raise(world, "lost-wakeup", "producer",
		       "the producer sleeps although there is room",
		       "nobody will signal it");
}

int64_t op_ring_send(struct world *world, const uint64_t *args)
{
	struct races_world *w = races(world);
	struct races_packets arg = { .nr = args[0], .words = args[1] };
	uint32_t i, j;
	int64_t rc;

	if (w->nr_sent + arg.nr > RING_HISTORY)
		return -ENOSPC;
	for (i = 0; i < arg.nr; i++) {
		w->length[w->nr_sent + i] = arg.words;
		for (j = 1; j < arg.words; j++)
			arg.data[i][j] = word_of(w->nr_sent + i, j);
	}
	rc = ring_call(world, RACES_RING_SEND, &arg, sizeof(arg));
	if (rc < 0)
		return rc;
	w->nr_sent += arg.nr;
	if (arg.nr < args[0])
		judge_sender(world, args[1]);
	return arg.nr;
}

/* -- receiving -- */

static void judge_receiver(struct world *world)
{
	struct races_ring_state state;

	if (ring_call(world, RACES_RING_STATE, &state, sizeof(state)) < 0)
		return;
	if (other_is_busy(world, ACTOR_FIRST) || state.readable || !state.used)
		return;
	one_host_raise(world, "lost-wakeup", "consumer",
		       "the consumer sleeps although there are packets",
		       "nobody will signal it");
}

static void judge_packet(struct world *world, const uint32_t *packet)
{
	struct races_world *w = races(world);
	uint32_t number = w->nr_received++, j;
	char why[SIM_FINDING_TEXT];

	if (w->ring_unknown)
		return;
	for (j = 0; j < w->length[number]; j++) {
		uint32_t want = j ? word_of(number, j) : w->length[number];

		if (packet[j] == want)
			continue;
		snprintf(why, sizeof(why),
			 "word %u of packet %u is 0x%x and was sent as 0x%x",
			 j, number, packet[j], want);
		one_host_raise(world, "wrong-packet", "ring",
			       "a packet is not what was sent", why);
	}
}

int64_t op_ring_receive(struct world *world, const uint64_t *args)
{
	struct races_packets arg = { .nr = args[0] };
	uint32_t i;
	int64_t rc = ring_call(world, RACES_RING_RECEIVE, &arg, sizeof(arg));

	if (rc < 0)
		return rc;
	for (i = 0; i < arg.nr; i++)
		judge_packet(world, arg.data[i]);
	if (arg.nr < args[0])
		judge_receiver(world);
	return arg.nr;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - what must hold between a guest and its host
 *
 * wrong-packet: the k-th packet of a sender that comes out of a ring is the
 * k-th that he put in: not lost, not twice, not changed, in a channel that he
 * meant. Assumption: one sender's calls on a slot are in order, and a slot keeps
 * its channel while that is open. Not judged in programs with a hostile host.
 *
 * wrong-completion: an answer belongs to a request that has none yet. With a
 * hostile host only where the guest's bus gives out the ids, and so knows.
 *
 * lost-wakeup: somebody has waited for as long as one waits, and what he waited
 * for was there, and nothing has moved for half of that time; or all is quiet
 * and the host has not been told of packets that lie in its ring. Guests that
 * wait are not judged once the host has taken the very channel back: that ends
 * its callbacks, and waking whoever waits is the driver's business.
 *
 * freed-frame: a page that the host may use, by a GPADL, a packet or the
 * connection, has been freed; object `unclosed-packet` if it is lent by a packet
 * of a channel whose close the hypervisor has not taken. Held against every
 * message, every MSR and the end; what is freed and taken again in between is
 * not seen. Not judged with a hostile host, whom nobody can hold to what it has
 * said.
 *
 * honest-failure: opening a channel, lending a buffer and taking packets do not
 * fail for reasons of the bus while the host is honest, nothing was taken back,
 * messages find room in the end, and allocations succeed.
 *
 * lost-release: under the same conditions, but for what was taken back: at rest
 * the number of an offer that was has been released.
 *
 * protocol: the guest has broken a rule (models/vmbus says which).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "../vmbus/packets.h"
#include "vmbus_channel.h"

/* -- packets -------------------------------------------------------------- */

bool stream_next(struct packet_stream *stream, uint32_t who, uint32_t words,
		 uint32_t *payload)
{
	if (stream->nr_sent == STREAM_PACKETS)
		return false;
	stream->words[stream->nr_sent] = words;
	packet_fill(who, stream->nr_sent, payload, words);
	return true;
}

void stream_sent(struct channel_world *w, struct packet_stream *stream)
{
	stream->nr_sent++;
	w->moved_ns = sim_now_ns(w->host.world.sim);
}

void stream_received(struct channel_world *w, struct packet_stream *stream,
		     const struct received *got)
{
	struct packet_seen seen = {
		.who = got->who, .number = stream->nr_received++,
		.payload = got->payload, .words = got->words,
	};
	char why[SIM_FINDING_TEXT];

	w->moved_ns = sim_now_ns(w->host.world.sim);
	if (w->hostile || stream->unknown || seen.number >= STREAM_PACKETS)
		return;
	seen.sent = stream->words[seen.number];
	if (!packet_is_whole(&seen, why, sizeof(why)))
		one_host_raise(&w->host.world, "wrong-packet", got->object,
			       "a packet is not what was sent", why);
}

/* -- requests ------------------------------------------------------------- */

void request_sent(struct channel_world *w, uint64_t id)
{
	if (id < MAX_IDS)
		w->requests[id / 64] |= 1ull << id % 64;
}

void request_completed(struct channel_world *w,
		       const struct hv_bus_packet *packet)
{
	uint64_t id = packet->id, bit = 1ull << id % 64;

	w->moved_ns = sim_now_ns(w->host.world.sim);
	if ((w->hostile && !w->managed[packet->slot]) || id >= MAX_IDS)
		return;
	if (!(w->requests[id / 64] & bit))
		one_host_raise(&w->host.world, "wrong-completion", "request",
			       "a request is completed that is not under way",
			       "each is completed once");
	w->requests[id / 64] &= ~bit;
}

/* -- waiting -------------------------------------------------------------- */

static bool is_quiet(const struct channel_world *w)
{
	return sim_now_ns(w->host.world.sim) - w->moved_ns >= GUEST_WAIT_NS / 2;
}

static bool is_offered(const struct channel_world *w, uint32_t number)
{
	unsigned int i;

	for (i = 0; i < NR_OFFERS; i++)
		if (vmbus_offer_is_offered(w->services[i].offer) &&
		    vmbus_offer_relid(w->services[i].offer) == number)
			return true;
	return false;
}

/* False: nothing to be said of this moment. */
static bool guest_state(struct world *world, uint32_t slot,
			struct hv_bus_state *state)
{
	struct channel_world *w = channel(world);
	uint64_t asked_ns = sim_now_ns(world->sim);
	unsigned int actor = world->calls[sim_op(world->sim) - 1].op->actor;

	if (w->hostile || !is_quiet(w) || w->files[actor] < 0)
		return false;
	memset(state, 0, sizeof(*state));
	state->slot = slot;
	return one_host_ioctl(world, (uint64_t)w->files[actor], HV_BUS_STATE,
			      state, sizeof(*state)) >= 0 &&
	       sim_now_ns(world->sim) == asked_ns && state->opened &&
	       is_offered(w, state->channel);
}

void judge_reader(struct world *world, uint32_t slot)
{
	struct hv_bus_state state;

	if (guest_state(world, slot, &state) && state.readable_bytes)
		one_host_raise(world, "lost-wakeup", "guest-reader",
			       "the guest waits for packets that are there",
			       "nothing has moved for half of the time");
}

void judge_writer(struct world *world, uint32_t slot)
{
	struct hv_bus_state state;

	if (guest_state(world, slot, &state) &&
	    state.writable_bytes > 4 * HV_BUS_MAX_WORDS + 128)
		one_host_raise(world, "lost-wakeup", "guest-writer",
			       "the guest waits for room that there is",
			       "nothing has moved for half of the time");
}

/* -- failures ------------------------------------------------------------- */

/* What may fail, and for what nobody but the guest would be to blame. */
static bool is_honest(const struct channel_world *w)
{
	return !w->hostile && w->denied < DENIED_FOR_GOOD &&
	       !sim_failures(w->host.world.sim, SIM_DECIDE_FAIL_ALLOC);
}

void judge_failure(struct channel_world *w, int64_t rc)
{
	static const int64_t errors[] = {
		-EINVAL, -EAGAIN, -EIO, -EDQUOT, -EBADMSG, -EMSGSIZE, -ENOBUFS,
	};
	char why[SIM_FINDING_TEXT];
	unsigned int i, n = sizeof(errors) / sizeof(errors[0]);

	for (i = 0; i < n && errors[i] != rc; i++)
		;
	/* Some calls are not for sub-channels. */
	if (i == n || w->rescinded || w->has_subs || !is_honest(w))
		return;
	snprintf(why, sizeof(why), "error %lld, and nothing has been refused",
		 (long long)rc);
	one_host_raise(&w->host.world, "honest-failure", "guest",
		       "a call fails though the host keeps the protocol", why);
}

/* -- frames --------------------------------------------------------------- */

static void raise_frame(struct channel_world *w, uint64_t frame,
			const char *what)
{
	char why[SIM_FINDING_TEXT];
	const struct world_finding finding = {
		.oracle = "freed-frame",
		.object = what,
		.place = { "free" },	/* which op it was is not known */
		.what = "the guest has freed a page that the host may use",
		.why = why,
	};

	snprintf(why, sizeof(why), "frame 0x%llx",
		 (unsigned long long)frame);
	world_raise(&w->host.world, &finding);
}

/*
 * The first freed frame that the host may use, or their number. This is asked
 * at every message: only where packets lend memory, which the table of frames
 * does not show, is each free frame looked up.
 */
static uint64_t next_freed(const struct channel_world *w)
{
	struct sim_memory *memory = machine_memory(w->host.machine);
	uint64_t device = machine_party_bit(w->host.machine, MACHINE_DEVICE);
	uint64_t end = sim_memory_frames(memory), frame;

	if (!vmbus_bus_lends(w->bus, 0, end << SIM_FRAME_SHIFT))
		return sim_frames_next_free(memory, 0, device);
	for (frame = sim_frames_next_free(memory, 0, 0); frame < end;
	     frame = sim_frames_next_free(memory, frame + 1, 0))
		if (sim_frame(memory, frame)->writers & device ||
		    vmbus_bus_lends(w->bus, frame << SIM_FRAME_SHIFT,
				    SIM_FRAME_BYTES))
			break;
	return frame;
}

static bool is_unclosed(const struct channel_world *w, uint64_t frame)
{
	unsigned int i;

	for (i = 0; i < NR_OFFERS; i++)
		if (w->services[i].offer && w->services[i].close_refused &&
		    vmbus_offer_lends(w->services[i].offer,
				      frame << SIM_FRAME_SHIFT,
				      SIM_FRAME_BYTES))
			return true;
	return false;
}

void judge_frames(struct channel_world *w)
{
	struct sim_memory *memory = machine_memory(w->host.machine);
	const char *what;
	uint64_t frame;

	if (w->hostile)
		return;
	frame = next_freed(w);
	if (frame == sim_memory_frames(memory))
		return;
	if (!vmbus_bus_owns(w->bus, frame << SIM_FRAME_SHIFT, SIM_FRAME_BYTES,
			    &what))
		what = "synic";
	if (!strcmp(what, "packet") && is_unclosed(w, frame))
		what = "unclosed-packet";
	raise_frame(w, frame, what);
}

/* -- at rest -------------------------------------------------------------- */

static void judge_released(struct channel_world *w)
{
	unsigned int i;

	if (!is_honest(w) || !vmbus_bus_is_connected(w->bus) ||
	    world_running_op(&w->host.world))
		return;
	/* Sub-channels stay until their primary channel is closed. */
	for (i = 0; i < NR_DEVICES; i++)
		if (vmbus_offer_relid(w->services[i].offer) &&
		    !vmbus_offer_is_offered(w->services[i].offer))
			one_host_raise(&w->host.world, "lost-release",
				       "channel",
				       "the number of a channel is never released",
				       "it was taken back, and the guest knows");
}

void judge_rest(struct channel_world *w)
{
	unsigned int i;

	judge_released(w);
	for (i = 0; i < NR_OFFERS; i++) {
		const struct service *service = &w->services[i];

		if (!service->offer || w->hostile || service->paused ||
		    !vmbus_offer_is_open(service->offer) ||
		    !vmbus_offer_readable(service->offer))
			continue;
		one_host_raise(&w->host.world, "lost-wakeup", "host-reader",
			       "all is quiet and packets lie in the host's ring",
			       "the guest has not told the host");
	}
}

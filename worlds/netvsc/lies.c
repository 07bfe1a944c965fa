/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lies.c - what a hostile host does
 *
 * A lie waits for the next thing of its kind that leaves the host. Which powers
 * the host has is for the program's configuration to say.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "netvsc.h"

/* The base of the guest's ids. */
#define GUEST_TRANSACTION	0x4e565343ull

/* Of a message that is late, by what it says. */
#define LATE_NS		10000000

enum { HOW_LOSE, HOW_TWICE, HOW_LATE, HOW_CUT, HOW_SET, HOW_MORE, HOW_LESS };

const char *const lie_kinds[] = {
	[HOW_LOSE] = "lose", [HOW_TWICE] = "twice", [HOW_LATE] = "late",
	[HOW_CUT] = "cut", [HOW_SET] = "set", [HOW_MORE] = "more",
	[HOW_LESS] = "less", NULL,
};

const char *const lie_messages[] = {
	"version", "offer", "all-offers", "open", "gpadl", "torndown",
	"rescind", "unload", NULL,
};

const char *const lie_packets[] = {
	"inband", "xfer", "completion", "init-done", "buffer-done", "sent", NULL,
};

const char *const lie_rndis[] = {
	"packet", "init", "query", "set", "indicate", "keepalive", NULL,
};

#define FIRST_PACKET	8
#define FIRST_RNDIS	14
#define NR_TARGETS	20

/* In the order of the names above. */
static const struct {
	enum vmbus_what what;
	uint32_t type;
	uint32_t message;		/* in it; 0: any */
} targets[NR_TARGETS] = {
	{ VMBUS_WHAT_MESSAGE, VMBUS_VERSION_RESPONSE },
	{ VMBUS_WHAT_MESSAGE, VMBUS_OFFER },
	{ VMBUS_WHAT_MESSAGE, VMBUS_ALL_OFFERS },
	{ VMBUS_WHAT_MESSAGE, VMBUS_OPEN_RESULT },
	{ VMBUS_WHAT_MESSAGE, VMBUS_GPADL_CREATED },
	{ VMBUS_WHAT_MESSAGE, VMBUS_GPADL_TORNDOWN },
	{ VMBUS_WHAT_MESSAGE, VMBUS_RESCIND },
	{ VMBUS_WHAT_MESSAGE, VMBUS_UNLOAD_RESPONSE },
	[FIRST_PACKET] = { VMBUS_WHAT_PACKET, VMBUS_DATA_INBAND },
	{ VMBUS_WHAT_PACKET, VMBUS_DATA_XFER_PAGES },
	{ VMBUS_WHAT_PACKET, VMBUS_COMPLETION },
	{ VMBUS_WHAT_PACKET, VMBUS_COMPLETION, NVSP_SAYS_INIT_DONE },
	{ VMBUS_WHAT_PACKET, VMBUS_COMPLETION, NVSP_SAYS_BUFFER_DONE },
	{ VMBUS_WHAT_PACKET, VMBUS_COMPLETION, NVSP_SAYS_SENT },
	[FIRST_RNDIS] = { VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_PACKET },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_INIT_DONE },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_QUERY_DONE },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_SET_DONE },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_STATUS },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_KEEPALIVE },
};

/* The host has @power and uses it now. */
static bool use_power(struct netvsc_world *w, uint32_t power)
{
	if (!(w->powers & power))
		return false;
	w->hostile = true;
	w->nr_excuses += power == POWER_RINGS || power == POWER_PACKETS;
	return true;
}

/* Descriptors of packets are made of 16 bits, everything else of 32. */
static uint32_t unit_of(const struct vmbus_outgoing *out)
{
	return out->what == VMBUS_WHAT_PACKET ? 2 : 4;
}

/* A value of its own, or one beside the right one. */
static void set_unit(struct vmbus_outgoing *out, const struct lie *lie)
{
	uint32_t unit = unit_of(out), value = 0;
	uint8_t *at = out->data + lie->at * unit;

	if (lie->at >= out->room / unit)
		return;
	memcpy(&value, at, unit);
	if (lie->how == HOW_SET)
		value = lie->value;
	else
		value += lie->how == HOW_MORE ? lie->value : -lie->value;
	memcpy(at, &value, unit);
}

static void tell(struct vmbus_outgoing *out, const struct lie *lie)
{
	switch (lie->how) {
	case HOW_LOSE:
		out->copies = 0;
		break;
	case HOW_TWICE:
		out->copies = 2;
		break;
	case HOW_LATE:
		out->delay_ns = (uint64_t)lie->at * LATE_NS;
		break;
	case HOW_CUT:
		if (lie->at * unit_of(out) < out->bytes)
			out->bytes = lie->at * unit_of(out);
		break;
	case HOW_SET:
	case HOW_MORE:
	case HOW_LESS:
		set_unit(out, lie);
		break;
	}
}

static bool is_target(const struct lie *lie, const struct vmbus_outgoing *out)
{
	uint32_t n = lie->target - 1, message = 0;

	if (!lie->target || targets[n].what != out->what ||
	    targets[n].type != out->type)
		return false;
	if (out->bytes >= sizeof(struct vmbus_packet_header) + sizeof(message))
		memcpy(&message, out->data + sizeof(struct vmbus_packet_header),
		       sizeof(message));
	return !targets[n].message || targets[n].message == message;
}

void lies_outgoing(void *arg, struct vmbus_outgoing *out)
{
	struct netvsc_world *w = arg;
	bool is_address = oracle_is_address(out);
	uint32_t i;

	if (out->what == VMBUS_WHAT_PACKET && w->has_header) {
		memcpy(out->data + offsetof(struct vmbus_packet_header,
					    header8), w->header,
		       sizeof(w->header));
		w->has_header = false;
		w->garbled = true;
	}
	for (i = 0; i < MAX_LIES && !w->ending; i++) {
		struct lie lie = w->lies[i];

		if (!is_target(&lie, out))
			continue;
		w->lies[i].target = 0;
		w->hostile = true;
		w->nr_excuses += out->what != VMBUS_WHAT_PAYLOAD &&
				 lie.how >= HOW_CUT;
		tell(out, &lie);
	}
	oracle_outgoing(w, out, is_address);
	answers_outgoing(w, out);
}

static int64_t new_lie(struct world *world, uint32_t power, uint32_t first,
		       const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	uint32_t i;

	if (!(w->powers & power))
		return -EPERM;
	for (i = 0; i < MAX_LIES; i++) {
		if (w->lies[i].target)
			continue;
		w->lies[i] = (struct lie){
			.target = first + args[0] + 1, .how = args[1],
			.at = args[2], .value = args[3],
		};
		return 0;
	}
	return -ENOSPC;
}

int64_t op_lie_message(struct world *world, const uint64_t *args)
{
	return new_lie(world, POWER_MESSAGES, 0, args);
}

int64_t op_lie_packet(struct world *world, const uint64_t *args)
{
	return new_lie(world, POWER_PACKETS, FIRST_PACKET, args);
}

int64_t op_lie_rndis(struct world *world, const uint64_t *args)
{
	return new_lie(world, POWER_PAYLOAD, FIRST_RNDIS, args);
}

static int64_t op_deny_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	if (!use_power(w, POWER_MESSAGES))
		return -EPERM;
	vmbus_bus_ignore_teardowns(w->bus, (uint32_t)args[0]);
	return 0;
}
HOST_OP(op_deny)

static int64_t op_poke_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	if (!use_power(w, POWER_RINGS))
		return -EPERM;
	w->garbled = true;
	vmbus_offer_poke(netvsp_offer(w->nic), args[0] ? VMBUS_RING_TO_GUEST :
			 VMBUS_RING_FROM_GUEST, args[1] * 4, args[2]);
	return 0;
}
HOST_OP(op_poke)

static int64_t op_complete_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	uint32_t data[16] = { args[2], 1, 1 };
	const struct vmbus_packet packet = {
		.type = VMBUS_COMPLETION,
		.transaction = GUEST_TRANSACTION + args[0],
		.data = data,
		.bytes = args[1],
	};

	if (!use_power(w, POWER_PACKETS))
		return -EPERM;
	return netvsp_send_raw(w->nic, &packet) ? 0 : -EAGAIN;
}
HOST_OP(op_complete)

/* Lengths are written over those of a packet of 512 bytes. */
static int64_t op_packet_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	uint32_t data[124], i;
	const struct vmbus_packet packet = {
		.type = args[0],
		.transaction = GUEST_TRANSACTION + args[1],
		.data = data,
		.bytes = args[3] >= 2 && args[3] <= 64 ? args[3] * 8 - 16 :
			 sizeof(data),
	};

	if (!use_power(w, POWER_PACKETS))
		return -EPERM;
	for (i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		data[i] = args[4];
	for (i = 0; i < 2; i++)
		w->header[i] = args[2 + i];
	w->has_header = true;
	return netvsp_send_raw(w->nic, &packet) ? 0 : -EAGAIN;
}
HOST_OP(op_packet)

/* Of the guest's receive buffer: its number and length. */
#define PAGESET		0xbead
#define BUFFER_BYTES	0x10000u

static int64_t op_pieces_now(struct world *world, const uint64_t *args)
{
	static const uint32_t offsets[] = {
		0, BUFFER_BYTES - 1, BUFFER_BYTES, 0xfffffff0,
	};
	static const uint32_t lengths[] = {
		0, 1, 44, 104, 1728, BUFFER_BYTES + 1, UINT32_MAX,
	};
	struct netvsc_world *w = netvsc_world(world);
	/* The last one is right if what they take is computed in 32 bits. */
	const uint32_t said[] = {
		args[0], args[0] + 1, 0xffff, UINT32_MAX,
		args[0] + (1u << 29),
	};
	const struct vmbus_xfer_range range = {
		.offset = offsets[args[3]], .bytes = lengths[args[4]],
	};

	if (!use_power(w, POWER_PACKETS))
		return -EPERM;
	return netvsp_send_pieces(w->nic, PAGESET - args[2], args[0],
				  said[args[1]], &range) ? 0 : -EAGAIN;
}
HOST_OP(op_pieces)

/* The guest's ids count up from 1 with each device. */
static int64_t op_message_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	uint32_t message[32];
	uint32_t i;

	if (!use_power(w, POWER_PAYLOAD))
		return -EPERM;
	for (i = 0; i < sizeof(message) / sizeof(message[0]); i++)
		message[i] = args[5];
	message[0] = args[0];
	message[1] = args[1];
	message[2] = args[3];
	message[3] = args[4];
	w->unasked |= args[0] == RNDIS_SAYS_QUERY_DONE;
	w->garbled |= args[0] >> 31;	/* may be taken for any answer */
	if (!netvsp_send_message(w->nic, message, args[2]))
		return -EAGAIN;
	return 0;
}
HOST_OP(op_message)

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

enum { HOW_LOSE, HOW_TWICE, HOW_LATE, HOW_CUT, HOW_U8, HOW_U16, HOW_U32 };

const char *const lie_kinds[] = {
	[HOW_LOSE] = "lose", [HOW_TWICE] = "twice", [HOW_LATE] = "late",
	[HOW_CUT] = "cut", [HOW_U8] = "u8", [HOW_U16] = "u16",
	[HOW_U32] = "u32", NULL,
};

#define NR_TARGETS	17

const char *const lie_targets[] = {
	"version", "offer", "all-offers", "open", "gpadl", "torndown",
	"rescind", "unload", "inband", "xfer", "completion", "rndis-packet",
	"rndis-init", "rndis-query", "rndis-set", "rndis-indicate",
	"rndis-keepalive", NULL,
};

static const struct {
	enum vmbus_what what;
	uint32_t type;
	uint32_t power;
} targets[NR_TARGETS] = {
	{ VMBUS_WHAT_MESSAGE, VMBUS_VERSION_RESPONSE, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_OFFER, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_ALL_OFFERS, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_OPEN_RESULT, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_GPADL_CREATED, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_GPADL_TORNDOWN, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_RESCIND, POWER_MESSAGES },
	{ VMBUS_WHAT_MESSAGE, VMBUS_UNLOAD_RESPONSE, POWER_MESSAGES },
	{ VMBUS_WHAT_PACKET, VMBUS_DATA_INBAND, POWER_PACKETS },
	{ VMBUS_WHAT_PACKET, VMBUS_DATA_XFER_PAGES, POWER_PACKETS },
	{ VMBUS_WHAT_PACKET, VMBUS_COMPLETION, POWER_PACKETS },
	{ VMBUS_WHAT_PAYLOAD, 1, POWER_PAYLOAD },
	{ VMBUS_WHAT_PAYLOAD, 0x80000002, POWER_PAYLOAD },
	{ VMBUS_WHAT_PAYLOAD, 0x80000004, POWER_PAYLOAD },
	{ VMBUS_WHAT_PAYLOAD, 0x80000005, POWER_PAYLOAD },
	{ VMBUS_WHAT_PAYLOAD, 7, POWER_PAYLOAD },
	{ VMBUS_WHAT_PAYLOAD, 8, POWER_PAYLOAD },
};

/* The host has @power and uses it now. */
static bool use_power(struct netvsc_world *w, uint32_t power)
{
	if (!(w->powers & power))
		return false;
	w->hostile = true;
	return true;
}

static void write_value(struct vmbus_outgoing *out, const struct lie *lie,
			uint32_t bytes)
{
	if (lie->at <= out->room && bytes <= out->room - lie->at)
		memcpy(out->data + lie->at, &lie->value, bytes);
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
		out->delay_ns = (uint64_t)lie->at * 1000000;
		break;
	case HOW_CUT:
		if (lie->at < out->bytes)
			out->bytes = lie->at;
		break;
	case HOW_U8:
		write_value(out, lie, 1);
		break;
	case HOW_U16:
		write_value(out, lie, 2);
		break;
	case HOW_U32:
		write_value(out, lie, 4);
		break;
	}
}

void lies_outgoing(void *arg, struct vmbus_outgoing *out)
{
	struct netvsc_world *w = arg;
	uint32_t i;

	if (out->what == VMBUS_WHAT_PACKET && w->has_header) {
		memcpy(out->data + offsetof(struct vmbus_packet_header,
					    header8), w->header,
		       sizeof(w->header));
		w->has_header = false;
	}
	for (i = 0; i < MAX_LIES && !w->ending; i++) {
		struct lie lie = w->lies[i];

		if (!lie.target || targets[lie.target - 1].what != out->what ||
		    targets[lie.target - 1].type != out->type)
			continue;
		w->lies[i].target = 0;
		w->hostile = true;
		tell(out, &lie);
	}
}

static int64_t op_lie_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	uint32_t i;

	if (!(w->powers & targets[args[0]].power))
		return -EPERM;
	for (i = 0; i < MAX_LIES; i++) {
		if (w->lies[i].target)
			continue;
		w->lies[i] = (struct lie){
			.target = args[0] + 1, .how = args[1], .at = args[2],
			.value = args[3],
		};
		return 0;
	}
	return -ENOSPC;
}
HOST_OP(op_lie)

static int64_t op_poke_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	if (!use_power(w, POWER_RINGS))
		return -EPERM;
	vmbus_offer_poke(netvsp_offer(w->nic), args[0] ? VMBUS_RING_TO_GUEST :
			 VMBUS_RING_FROM_GUEST, args[1] * 4, args[2]);
	return 0;
}
HOST_OP(op_poke)

/* The base of the guest's ids, and the first of those that carry frames. */
#define GUEST_TRANSACTION	0x4e565343ull

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
		.data = data,
		.bytes = args[2] >= 2 && args[2] <= 64 ? args[2] * 8 - 16 :
			 sizeof(data),
	};

	if (!use_power(w, POWER_PACKETS))
		return -EPERM;
	for (i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		data[i] = args[3];
	for (i = 0; i < 2; i++)
		w->header[i] = args[1 + i];
	w->has_header = true;
	return netvsp_send_raw(w->nic, &packet) ? 0 : -EAGAIN;
}
HOST_OP(op_packet)

static int64_t op_pieces_now(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	struct vmbus_xfer_range ranges[16];
	uint32_t i;

	if (!use_power(w, POWER_PACKETS))
		return -EPERM;
	for (i = 0; i < 16; i++)
		ranges[i] = (struct vmbus_xfer_range){
			.offset = args[2], .bytes = args[3],
		};
	return netvsp_send_pieces(w->nic, args[0], args[1], ranges) ? 0 :
								      -EAGAIN;
}
HOST_OP(op_pieces)

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - a firmware guest and its host: the op table
 *
 * Frames are 14 bytes of header and a pattern; a piece of the receive buffer
 * holds 1728 bytes of RNDIS message, a page 4096. The ring to the host holds
 * 4096 bytes: 46 packets of data, and 64 buffers may be under way.
 */
#include "netvsc.h"
#include "rows.h"

/* Most of what there is to see needs a device that is open, or opens now. */
static const uint64_t starts[] = { START_OPEN, START_OFF };

const char *const netvsc_actors[] = {
	[ACTOR_GUEST] = "guest", [ACTOR_HOST] = "host", NULL,
};

const struct op_arg netvsc_config[] = {
	[CONFIG_START] = {
		.name = "start", .help = "how far the guest has come",
		.type = OP_ARG_ENUM, .bytes = 1,
		.names = OP_NAMES("off", "probed", "open"),
		.border = starts, .nr_border = 2,
	},
	[CONFIG_POWERS] = {
		.name = "powers", .help = "what the host may lie with",
		.type = OP_ARG_FLAGS, .bytes = 1,
		.names = OP_NAMES("messages", "packets", "payload", "rings"),
	},
};

const struct op netvsc_ops[NETVSC_NR_OPS] = {
	ROW_PROBE,
	ROW_REMOVE,
	{
		.name = "reset", .actor = ACTOR_GUEST, .run = op_reset,
		.help = "the host forgets all, and the guest sets up again",
	}, {
		.name = "step", .actor = ACTOR_GUEST, .run = op_step,
		.help = "handles offers and rescinds of the host", .weight = 2,
	},
	ROW_OPEN,
	ROW_CLOSE,
	ROW_TRANSMIT,
	ROW_POLL,
	{
		.name = "ping", .actor = ACTOR_GUEST, .run = op_ping,
		.help = "echo exchanges with another machine, one by one",
		.args = {
			OP_INT("count", "how many", 2, 1, 1000, 1, 2, 8, 1000),
			OP_INT("bytes", "of data", 2, 0, 1472, 56, 0, 1, 18,
			       1471, 1472),
		},
		.nr_args = 2,
	}, {
		.name = "dhcp", .actor = ACTOR_GUEST, .run = op_dhcp,
		.help = "asks for an address",
	},
	ROW_SEND,
	ROW_LINK,
	ROW_KEEPALIVE,
	{
		.name = "rescind", .actor = ACTOR_HOST, .run = op_rescind,
		.help = "takes the device back",
	}, {
		.name = "offer", .actor = ACTOR_HOST, .run = op_offer,
		.help = "offers it again",
	}, {
		.name = "other", .actor = ACTOR_HOST, .run = op_other,
		.help = "another device, without a driver, comes or goes",
	},
	ROW_WAIT,
	{
		.name = "busy", .actor = ACTOR_HOST, .run = op_busy,
		.help = "the host looks into no ring for a while",
		.args = { OP_INT("us", "how long", 2, 0, 60000, 1000, 100,
				 10000) },
		.nr_args = 1, .weight = 2,
	}, {
		.name = "look", .actor = ACTOR_HOST, .run = op_look,
		.help = "the host looks into its rings of its own accord",
	}, {
		.name = "lie_message", .actor = ACTOR_HOST, .run = op_lie_message,
		.help = "the next message of the bus of that kind is wrong",
		.args = {
			{ .name = "what", .help = "leaves the host",
			  .type = OP_ARG_ENUM, .bytes = 1,
			  .names = lie_messages },
			LIE_ARGS
		},
		.nr_args = 4, .weight = 3,
	}, {
		.name = "lie_packet", .actor = ACTOR_HOST, .run = op_lie_packet,
		.help = "the next packet of that kind is wrong",
		.args = {
			{ .name = "what", .help = "leaves the host",
			  .type = OP_ARG_ENUM, .bytes = 1,
			  .names = lie_packets },
			LIE_ARGS
		},
		.nr_args = 4, .weight = 3,
	},
	ROW_LIE_RNDIS,
	{
		.name = "deny", .actor = ACTOR_HOST, .run = op_deny,
		.help = "keeps memory that the guest wants back",
		.args = { OP_INT("count", "how often", 1, 0, 8, 1, 2) },
		.nr_args = 1,
	}, {
		.name = "poke", .actor = ACTOR_HOST, .run = op_poke,
		.help = "writes into the header of a ring",
		.args = {
			OP_ENUM("ring", "which", "from-guest", "to-guest"),
			OP_ENUM("word", "of its header", "write", "read",
				"mask", "pending"),
			OP_HEX("value", "what is written", 4, 0, UINT32_MAX, 0,
			       1, 8, 16, 24, 0xff8, 0x1000, 0x1008, 0xfffffff0,
			       UINT32_MAX),
		},
		.nr_args = 3, .weight = 2,
	}, {
		.name = "complete", .actor = ACTOR_HOST, .run = op_complete,
		.help = "completes what may never have been asked for",
		.args = {
			OP_INT("id", "of the guest's transactions, from 0", 1,
			       0, 255, 0, 1, 2, 64, 65, 66, 67, 68, 69),
			OP_INT("bytes", "of the completion", 1, 0, 64, 40, 0, 4,
			       8, 12, 40),
			OP_HEX("type", "of the message in it", 4, 0, UINT32_MAX,
			       108, 2, 102, 0),
		},
		.nr_args = 3, .weight = 2,
	}, {
		.name = "packet", .actor = ACTOR_HOST, .run = op_packet,
		.help = "a packet whose descriptor says anything",
		.args = {
			OP_INT("type", "of the packet", 1, 0, 16, 7, 6, 7, 9,
			       10, 11),
			OP_INT("id", "of the guest's transactions, from 0", 1,
			       0, 255, 0, 1, 65),
			OP_HEX("header8", "its header's length, in 8 bytes", 2,
			       0, UINT16_MAX, 3, 0, 1, 2, 3, 8, 64, 65,
			       UINT16_MAX),
			OP_HEX("total8", "its length, in 8 bytes", 2, 0,
			       UINT16_MAX, 8, 0, 1, 2, 7, 64, 65, 511,
			       UINT16_MAX),
			OP_HEX("word", "what the rest is filled with", 4, 0,
			       UINT32_MAX, 0, 1, 0xbead, 0xffff, 0x1000,
			       UINT32_MAX),
		},
		.nr_args = 5, .weight = 2,
	}, {
		.name = "pieces", .actor = ACTOR_HOST, .run = op_pieces,
		.help = "received data that may lie anywhere",
		.args = {
			OP_INT("ranges", "that there are", 1, 0,
			       NETVSP_MAX_RANGES, 1, 2, NETVSP_MAX_RANGES),
			OP_ENUM("said", "how many it says there are", "right",
				"one-more", "many", "all-ones", "wraps"),
			OP_ENUM("pageset", "that they lie in", "ours",
				"another"),
			OP_ENUM("offset", "of each", "start", "last-byte",
				"end", "wraps"),
			OP_ENUM("bytes", "of each", "none", "one", "header",
				"frame", "piece", "buffer", "wraps"),
		},
		.nr_args = 5, .weight = 2,
	},
};

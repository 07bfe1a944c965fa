/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - a firmware guest and its host: the op table
 *
 * Frames are 14 bytes of header and a pattern; a piece of the receive buffer
 * holds 1728 bytes of RNDIS message, a page 4096. The ring to the host holds
 * 4096 bytes: 46 packets of data, and 64 buffers may be under way.
 */
#include "netvsc.h"

#define BYTES_ARG							\
	OP_INT("bytes", "of each frame", 2, 14, 1600, 60, 14, 15, 17, 18, 60, \
	       1513, 1514, 1515)
#define COUNT_ARG							\
	OP_INT("count", "how many", 1, 1, 64, 1, 2, 4, 16, 50, 51, 64)

/* Units 1 and 2 of a packet are its lengths; a message has its fields from 2 on. */
#define LIE_ARGS							\
	{ .name = "how", .help = "it is wrong", .type = OP_ARG_ENUM,	\
	  .bytes = 1, .names = lie_kinds },				\
	OP_INT("at", "where it begins, in units; of late: 10 ms each", 1, \
	       0, 63, 2, 1, 3, 4, 5, 6, 15),				\
	OP_HEX("value", "what is there instead", 4, 0, UINT32_MAX, 0, 1, \
	       0xffff, 0x10000, 0xfffffff0, UINT32_MAX),

const char *const netvsc_actors[] = {
	[ACTOR_GUEST] = "guest", [ACTOR_HOST] = "host", NULL,
};

const struct op_arg netvsc_config[] = {
	[CONFIG_START] = {
		.name = "start", .help = "how far the guest has come",
		.type = OP_ARG_ENUM, .bytes = 1,
		.names = OP_NAMES("off", "probed", "open"),
	},
	[CONFIG_POWERS] = {
		.name = "powers", .help = "what the host may lie with",
		.type = OP_ARG_FLAGS, .bytes = 1,
		.names = OP_NAMES("messages", "packets", "payload", "rings"),
	},
};

const struct op netvsc_ops[NETVSC_NR_OPS] = {
	{
		.name = "probe", .actor = ACTOR_GUEST, .run = op_probe,
		.help = "connects to the bus and probes drivers",
	}, {
		.name = "remove", .actor = ACTOR_GUEST, .run = op_remove,
		.help = "drivers go, the bus is unloaded",
	}, {
		.name = "reset", .actor = ACTOR_GUEST, .run = op_reset,
		.help = "the host forgets all, and the guest sets up again",
	}, {
		.name = "step", .actor = ACTOR_GUEST, .run = op_step,
		.help = "handles offers and rescinds of the host", .weight = 2,
	}, {
		.name = "open", .actor = ACTOR_GUEST, .run = op_open,
		.help = "opens the network device", .weight = 3,
	}, {
		.name = "close", .actor = ACTOR_GUEST, .run = op_close,
		.help = "closes it",
	}, {
		.name = "transmit", .actor = ACTOR_GUEST, .run = op_transmit,
		.help = "sends frames", .weight = 3,
		.args = { BYTES_ARG, COUNT_ARG }, .nr_args = 2,
	}, {
		.name = "poll", .actor = ACTOR_GUEST, .run = op_poll,
		.help = "polls the device and takes what has come", .weight = 4,
		.args = {
			OP_INT("us", "between two polls", 2, 0, 10000, 20, 0, 1,
			       10, 100, 1000, 10000),
			OP_INT("times", "how often", 1, 1, 32, 2, 1, 2, 8, 32),
		},
		.nr_args = 2,
	}, {
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
	}, {
		.name = "send", .actor = ACTOR_HOST, .run = op_send,
		.help = "frames arrive for the guest", .weight = 3,
		.args = { BYTES_ARG, COUNT_ARG }, .nr_args = 2,
	}, {
		.name = "link", .actor = ACTOR_HOST, .run = op_link,
		.help = "the cable is pulled or plugged in",
		.args = { OP_INT("up", "plugged in", 1, 0, 1, 0, 1) },
		.nr_args = 1,
	}, {
		.name = "keepalive", .actor = ACTOR_HOST, .run = op_keepalive,
		.help = "asks whether the guest's RNDIS is alive",
	}, {
		.name = "rescind", .actor = ACTOR_HOST, .run = op_rescind,
		.help = "takes the device back",
	}, {
		.name = "offer", .actor = ACTOR_HOST, .run = op_offer,
		.help = "offers it again",
	}, {
		.name = "other", .actor = ACTOR_HOST, .run = op_other,
		.help = "another device, without a driver, comes or goes",
	}, {
		.name = "wait", .actor = ACTOR_HOST, .run = op_wait,
		.help = "the host waits, and what comes behind it with it",
		.args = { OP_INT("us", "how long", 2, 0, 60000, 100, 10, 1000,
				 60000) },
		.nr_args = 1,
	}, {
		.name = "busy", .actor = ACTOR_HOST, .run = op_busy,
		.help = "the host looks into no ring for a while",
		.args = { OP_INT("us", "how long", 2, 0, 60000, 1000, 100,
				 10000) },
		.nr_args = 1, .weight = 2,
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
	}, {
		.name = "lie_rndis", .actor = ACTOR_HOST, .run = op_lie_rndis,
		.help = "the next RNDIS message of that kind is wrong",
		.args = {
			{ .name = "what", .help = "leaves the host",
			  .type = OP_ARG_ENUM, .bytes = 1,
			  .names = lie_rndis },
			LIE_ARGS
		},
		.nr_args = 4, .weight = 3,
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
				"one-more", "many", "all-ones"),
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

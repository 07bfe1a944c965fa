/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.h - rows that the op tables of netvsc and rndis have in common (private)
 */
#ifndef WORLDS_NETVSC_ROWS_H
#define WORLDS_NETVSC_ROWS_H

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
	       0, 63, 2, 1, 3, 4, 5, 6, 12, 15, 16),				\
	OP_HEX("value", "what is there instead, or by how much it differs", \
	       4, 0, UINT32_MAX, 0, 1, 8, 64, 0x400, 0xffff, 0x10000,	\
	       0x20000001, 0xfffffff0, UINT32_MAX),

#define ROW_PROBE							\
	{								\
		.name = "probe", .actor = ACTOR_GUEST, .run = op_probe,	\
		.help = "connects to the bus and probes drivers",	\
		.weight = 2,						\
	}

#define ROW_REMOVE							\
	{								\
		.name = "remove", .actor = ACTOR_GUEST, .run = op_remove, \
		.help = "drivers go, the bus is unloaded",		\
	}

#define ROW_OPEN							\
	{								\
		.name = "open", .actor = ACTOR_GUEST, .run = op_open,	\
		.help = "opens the network device", .weight = 3,	\
	}

#define ROW_CLOSE							\
	{								\
		.name = "close", .actor = ACTOR_GUEST, .run = op_close,	\
		.help = "closes it",					\
	}

#define ROW_TRANSMIT							\
	{								\
		.name = "transmit", .actor = ACTOR_GUEST, .run = op_transmit, \
		.help = "sends frames", .weight = 3,			\
		.args = { BYTES_ARG, COUNT_ARG }, .nr_args = 2,		\
	}

#define ROW_POLL							\
	{								\
		.name = "poll", .actor = ACTOR_GUEST, .run = op_poll,	\
		.help = "polls the device and takes what has come", .weight = 4, \
		.args = {						\
			OP_INT("us", "in front of each poll; 0: none, it spins", \
			       2, 0, 10000, 20, 0, 1, 10, 100, 1000, 10000), \
			OP_INT("times", "how often", 1, 1, 32, 2, 1, 2, 8, 32), \
		},							\
		.nr_args = 2,						\
	}

#define ROW_SEND							\
	{								\
		.name = "send", .actor = ACTOR_HOST, .run = op_send,	\
		.help = "frames arrive for the guest", .weight = 3,	\
		.args = { BYTES_ARG, COUNT_ARG }, .nr_args = 2,		\
	}

#define ROW_LINK							\
	{								\
		.name = "link", .actor = ACTOR_HOST, .run = op_link,	\
		.help = "the cable is pulled or plugged in",		\
		.args = { OP_INT("up", "plugged in", 1, 0, 1, 0, 1) },	\
		.nr_args = 1,						\
	}

#define ROW_KEEPALIVE							\
	{								\
		.name = "keepalive", .actor = ACTOR_HOST, .run = op_keepalive, \
		.help = "asks whether the guest's RNDIS is alive",	\
	}

#define ROW_WAIT							\
	{								\
		.name = "wait", .actor = ACTOR_HOST, .run = op_wait,	\
		.help = "the host waits, and what comes behind it with it", \
		.args = { OP_INT("us", "how long", 2, 0, 60000, 100, 10, 1000, \
				 60000) },				\
		.nr_args = 1,						\
	}

#define ROW_LIE_RNDIS							\
	{								\
		.name = "lie_rndis", .actor = ACTOR_HOST, .run = op_lie_rndis, \
		.help = "the next RNDIS message of that kind is wrong",	\
		.args = {						\
			{ .name = "what", .help = "leaves the host",	\
			  .type = OP_ARG_ENUM, .bytes = 1,		\
			  .names = lie_rndis },				\
			LIE_ARGS					\
		},							\
		.nr_args = 4, .weight = 6,				\
	}

#endif

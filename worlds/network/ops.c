/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - two guests and the network between them: the op table
 *
 * Both guests do the same things; an op belongs to one of them. A frame of a
 * flow has at least 62 bytes; 48 frames may be with a driver, 64 in each queue.
 */
#include "network.h"

#define PING_ARGS							\
	OP_ENUM("to", "whom", "server", "other"),			\
	OP_INT("count", "how many", 2, 1, 1000, 1, 2, 8, 100),		\
	OP_INT("bytes", "of data", 2, 0, 1472, 56, 0, 1, 18, 1471, 1472)
#define FLOOD_ARGS							\
	OP_INT("count", "how many", 2, 1, 2048, 64, 1, 48, 49, 63, 65,	\
	       128),							\
	OP_INT("bytes", "of each", 2, NET_FLOW_MIN, NET_FRAME_MAX, 1514, 62, \
	       63, 1513)
#define TIME_ARG							\
	OP_INT("us", "how long", 2, 0, 60000, 100, 10, 1000, 10000)

/* What either guest does; @prefix of the second one's names. */
#define GUEST_OPS(_actor, _prefix)					\
	{								\
		.name = _prefix "probe", .actor = _actor, .run = op_probe, \
		.help = "connects to the bus and probes drivers",	\
	}, {								\
		.name = _prefix "open", .actor = _actor, .run = op_open, \
		.help = "opens the network device", .weight = 2,	\
	}, {								\
		.name = _prefix "close", .actor = _actor, .run = op_close, \
		.help = "closes it",					\
	}, {								\
		.name = _prefix "reset", .actor = _actor, .run = op_reset, \
		.help = "the host forgets all, and the guest sets up again", \
	}, {								\
		.name = _prefix "dhcp", .actor = _actor, .run = op_dhcp, \
		.help = "asks for an address",				\
	}, {								\
		.name = _prefix "ping", .actor = _actor, .run = op_ping, \
		.help = "echo exchanges, one by one", .weight = 2,	\
		.args = { PING_ARGS }, .nr_args = 3,			\
	}, {								\
		.name = _prefix "serve", .actor = _actor, .run = op_serve, \
		.help = "answers and takes whatever comes", .weight = 3, \
		.args = { TIME_ARG }, .nr_args = 1,			\
	}, {								\
		.name = _prefix "flood", .actor = _actor, .run = op_flood, \
		.help = "sends the other guest frames as fast as it can", \
		.weight = 3, .args = { FLOOD_ARGS }, .nr_args = 2,	\
	}

const char *const network_actors[] = {
	[ACTOR_FIRST] = "first", [ACTOR_SECOND] = "second",
	[ACTOR_NET] = "net", NULL,
};

const struct op_arg network_config[] = {
	[CONFIG_START] = {
		.name = "start", .help = "how far the guests have come",
		.type = OP_ARG_ENUM, .bytes = 1,
		.names = OP_NAMES("open", "off"),
	},
};

const struct op network_ops[NETWORK_NR_OPS] = {
	GUEST_OPS(ACTOR_FIRST, ""),
	GUEST_OPS(ACTOR_SECOND, "second_"),
	{
		.name = "link", .actor = ACTOR_NET, .run = op_link,
		.help = "another wire between the hosts, from now on",
		.args = {
			OP_INT("latency_us", "of each frame", 2, 0, 10000, 5, 0,
			       50, 1000),
			OP_INT("mbit", "it carries in a second", 4, 0, 100000,
			       10000, 0, 10, 100, 1000),
			OP_INT("queue", "frames that wait, 0: many", 1, 0, 255,
			       64, 0, 1, 8),
			OP_INT("lose_every", "n-th frame, 0: none", 2, 0, 10000,
			       0, 1, 2, 100),
		},
		.nr_args = 4,
	}, {
		.name = "pull", .actor = ACTOR_NET, .run = op_pull,
		.help = "the wire is pulled out or plugged in",
		.args = { OP_INT("in", "plugged in", 1, 0, 1, 0, 1) },
		.nr_args = 1,
	}, {
		.name = "load", .actor = ACTOR_NET, .run = op_load,
		.help = "a machine at host b sends the first guest frames",
		.args = {
			OP_INT("count", "how many", 2, 0, 1024, 64, 0, 1, 16),
			OP_INT("bytes", "of each", 2, NET_FLOW_MIN,
			       NET_FRAME_MAX, 1514, 62),
			OP_INT("ns", "between two", 4, 0, 1000000, 2000, 0,
			       1000, 100000),
		},
		.nr_args = 3, .weight = 2,
	}, {
		.name = "busy", .actor = ACTOR_NET, .run = op_busy,
		.help = "a host looks into no ring for a while",
		.args = {
			OP_ENUM("host", "which", "a", "b"),
			OP_INT("us", "how long", 2, 0, 60000, 1000, 100, 10000),
		},
		.nr_args = 2,
	}, {
		.name = "wait", .actor = ACTOR_NET, .run = op_wait,
		.help = "the network is left alone for a time",
		.args = { TIME_ARG }, .nr_args = 1,
	},
};

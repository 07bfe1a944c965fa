/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - a guest on a VMBus: the op table
 *
 * Rings of two pages hold one page of data: 25 packets of 36 words. A buffer of
 * 26 pages fits one message, 27 take a second one, 55 a third.
 */
#include "vmbus_channel.h"

#define SLOT	OP_INT("slot", "where the channel appeared", 1, 0,	\
		       HV_BUS_SLOTS - 1, 0, 1, 2, HV_BUS_SLOTS - 1)
#define DEVICE	OP_INT("device", "0 to 3; 4 and 5 are sub-channels of 0, 1", \
		       1, 0, NR_OFFERS - 1, 0, 1, 2, 4)
#define PACKETS	OP_INT("packets", "how many", 1, 1, 64, 1, 8, 32)
#define WORDS	OP_INT("words", "of 4 bytes in each", 1, 1, HV_BUS_MAX_WORDS, \
		       4, 1, 2, 3, HV_BUS_MAX_WORDS)

const char *const vmbus_channel_actors[] = {
	[ACTOR_ONE] = "one",
	[ACTOR_OTHER] = "other",
	[ACTOR_HOST] = "host",
	NULL,
};

const struct op_arg vmbus_channel_config[] = {
	{ .name = "version", .help = "newest of the protocol that the host has",
	  .type = OP_ARG_ENUM, .bytes = 1,
	  .names = OP_NAMES("v5_3", "v5_2", "v5_1", "v5_0", "v4_1", "v4_0",
			     "v3_0", "v0_13") },
	{ .name = "host", .help = "may it break the protocol",
	  .type = OP_ARG_ENUM, .bytes = 1,
	  .names = OP_NAMES("honest", "hostile") },
};

/* What a thread can do; the second one's ops have names of their own. */
#define THREAD_OPS(prefix, who)						\
	{								\
		.name = prefix "connect", .actor = who,			\
		.help = "opens /dev/hv-bus", .weight = 3,		\
		.run = op_connect,					\
	}, {								\
		.name = prefix "disconnect", .actor = who,		\
		.help = "closes it; the last one ends the connection",	\
		.run = op_disconnect,					\
	}, {								\
		.name = prefix "open", .actor = who,			\
		.help = "opens the channel in a slot", .weight = 3,	\
		.args = {						\
			SLOT,						\
			OP_INT("pages", "of each ring", 1, 2,		\
			       HV_BUS_RING_PAGES, 2, 3,			\
			       HV_BUS_RING_PAGES),			\
			OP_INT("requests", "ids for completions; 0: the caller's own", \
			       1, 0, HV_BUS_REQUESTS, 8, 0, 1,		\
			       HV_BUS_REQUESTS),			\
			OP_INT("low_latency", "signals never wait", 1, 0, 1, \
			       0, 1),					\
		},							\
		.nr_args = 4, .run = op_open,				\
	}, {								\
		.name = prefix "close", .actor = who,			\
		.help = "closes it", .args = { SLOT }, .nr_args = 1,	\
		.run = op_close,					\
	}, {								\
		.name = prefix "send", .actor = who,			\
		.help = "sends packets, waits for room",		\
		.args = {						\
			SLOT,						\
			OP_ENUM("kind", "what the packets want",	\
				"inband", "complete", "pages"),		\
			PACKETS, WORDS,					\
		},							\
		.nr_args = 4, .weight = 2, .run = op_send,		\
	}, {								\
		.name = prefix "receive", .actor = who,			\
		.help = "takes packets, waits for them",		\
		.args = { SLOT, PACKETS }, .nr_args = 2, .weight = 2,	\
		.run = op_receive,					\
	}, {								\
		.name = prefix "establish", .actor = who,		\
		.help = "lends the host a buffer",			\
		.args = {						\
			SLOT,						\
			OP_INT("pages", "of the buffer", 1, 1,		\
			       HV_BUS_MAX_PAGES, 1, 26, 27, 54, 55,	\
			       HV_BUS_MAX_PAGES),			\
		},							\
		.nr_args = 2, .run = op_establish,			\
	}, {								\
		.name = prefix "teardown", .actor = who,		\
		.help = "takes a buffer back",				\
		.args = {						\
			SLOT,						\
			OP_INT("index", "of the buffer", 1, 0,		\
			       HV_BUS_GPADLS - 1, 0, 1),		\
		},							\
		.nr_args = 2, .run = op_teardown,			\
	}, {								\
		.name = prefix "retarget", .actor = who,		\
		.help = "moves the channel's interrupts to another vCPU", \
		.args = {						\
			SLOT,						\
			OP_INT("cpu", "which one", 1, 0, NR_VCPUS,	\
			       1, 0, NR_VCPUS),				\
		},							\
		.nr_args = 2, .run = op_retarget,			\
	}

const struct op vmbus_channel_ops[VMBUS_CHANNEL_NR_OPS] = {
	THREAD_OPS("", ACTOR_ONE),
	THREAD_OPS("other_", ACTOR_OTHER),
	{
		.name = "offer", .actor = ACTOR_HOST,
		.help = "offers a device, or a sub-channel, that is not there",
		.args = { DEVICE }, .nr_args = 1, .run = op_offer,
	}, {
		.name = "rescind", .actor = ACTOR_HOST,
		.help = "takes an offer back", .args = { DEVICE },
		.nr_args = 1, .run = op_rescind,
	}, {
		.name = "host_send", .actor = ACTOR_HOST,
		.help = "sends packets to the guest, as soon as there is room",
		.args = { DEVICE, PACKETS, WORDS }, .nr_args = 3,
		.run = op_host_send,
	}, {
		.name = "host_sleep", .actor = ACTOR_HOST,
		.help = "the host does nothing of its own accord",
		.args = { OP_INT("us", "for how long", 2, 0, 64000, 100, 0, 1,
				 1000, 64000) },
		.nr_args = 1, .run = op_host_sleep,
	}, {
		.name = "slow", .actor = ACTOR_HOST,
		.help = "a service leaves packets or their completions for later",
		.args = {
			DEVICE,
			OP_ENUM("leaves", "what", "nothing", "packets",
				"completions", "both"),
		},
		.nr_args = 2, .run = op_slow,
	}, {
		.name = "deny", .actor = ACTOR_HOST,
		.help = "the hypervisor has no buffers for messages of the guest",
		.args = { OP_INT("times", "so often", 1, 0, 200, 1, 0, 99, 100,
				 101) },
		.nr_args = 1, .run = op_deny,
	}, {
		.name = "event", .actor = ACTOR_HOST,
		.help = "signals a channel, though there is nothing new",
		.args = { DEVICE, OP_INT("cpu", "at which vCPU", 1, 0,
					 NR_VCPUS - 1, 0, 1) },
		.nr_args = 2, .run = op_event,
	}, {
		.name = "twist", .actor = ACTOR_HOST,
		.help = "what becomes of messages and packets; hostile but for `late`",
		.args = {
			OP_ENUM("what", "the kind", "offer", "rescind",
				"open_result", "created", "torndown", "version",
				"unload", "modify", "packet"),
			OP_ENUM("how", "late by 30 ms, lost until the end...",
				"late", "lost", "twice", "other_id", "refused",
				"short", "junk"),
			OP_INT("times", "how many", 1, 0, 8, 1, 0, 2, 8),
		},
		.nr_args = 3, .weight = 2, .run = op_twist,
	}, {
		.name = "poke", .actor = ACTOR_HOST,
		.help = "writes into the header of a ring (hostile)",
		.args = {
			DEVICE,
			OP_ENUM("ring", "which", "from_guest", "to_guest"),
			OP_ENUM("word", "what", "write", "read", "mask",
				"pending"),
			OP_HEX("value", "what it becomes", 4, 0, UINT32_MAX,
			       0, 1, 8, 0x1000, 0xff8, 0xffc, 0x7fffffff,
			       UINT32_MAX),
		},
		.nr_args = 4, .weight = 2, .run = op_poke,
	}, {
		.name = "message", .actor = ACTOR_HOST,
		.help = "sends a message that nobody has asked for (hostile)",
		.args = {
			OP_INT("type", "of the message", 1, 0, 30, 1, 2, 6, 10,
			       12, 15, 17, 24, 25, 30),
			OP_INT("bytes", "of it", 1, 0, 240, 240, 0, 8, 12, 196),
			DEVICE,
			OP_INT("id", "added to that of the channel", 2, 0,
			       65535, 0, 1, 255, 256, 2047, 2048, 65535),
		},
		.nr_args = 4, .run = op_message,
	}, {
		.name = "complete", .actor = ACTOR_HOST,
		.help = "completes a request, asked for or not (hostile)",
		.args = {
			DEVICE,
			OP_INT("id", "of the request", 8, 0, UINT64_MAX, 1, 0,
			       2, 8, 9, 64, 65, UINT64_MAX),
		},
		.nr_args = 2, .run = op_complete,
	},
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - packets through the rings of a channel: the op table
 *
 * Four words make a packet of 40 bytes with its descriptor and trailer, so a
 * hundred of them fill a ring of a page, and 200 words make one that fits four
 * times. The configuration says where the rings begin; `wrap` lets eight small
 * packets pass the end.
 */
#include "vmbus_ring.h"

#define PACKETS_ARG	OP_INT("packets", "how many", 1, 1, 32, 8, 1, 2)
#define WORDS_ARG							\
	OP_INT("words", "of 4 bytes in each", 1, 1,			\
	       HV_CHANNEL_MAX_WORDS, 4, 1, 2, 3, HV_CHANNEL_MAX_WORDS)

const char *const vmbus_ring_actors[] = {
	[ACTOR_WRITER] = "writer",
	[ACTOR_READER] = "reader",
	[ACTOR_HOST] = "host",
	NULL,
};

const struct op_arg vmbus_ring_config[] = {
	{ .name = "start", .help = "where in the rings things begin",
	  .type = OP_ARG_ENUM, .bytes = 1,
	  .names = (const char *const[]){ "zero", "wrap", NULL } },
};

const struct op vmbus_ring_ops[VMBUS_RING_NR_OPS] = {
	{
		.name = "guest_write", .actor = ACTOR_WRITER,
		.help = "sends packets to the host, waits for room",
		.args = { PACKETS_ARG, WORDS_ARG },
		.nr_args = 2, .run = op_guest_write,
	}, {
		.name = "guest_read", .actor = ACTOR_READER,
		.help = "reads packets one by one, waits for them",
		.args = { PACKETS_ARG },
		.nr_args = 1, .run = op_guest_read,
	}, {
		.name = "guest_drain", .actor = ACTOR_READER,
		.help = "reads packets by the iterator, waits for the first",
		.args = { PACKETS_ARG },
		.nr_args = 1, .run = op_guest_drain,
	}, {
		.name = "host_write", .actor = ACTOR_HOST,
		.help = "sends packets to the guest, waits for room",
		.args = { PACKETS_ARG, WORDS_ARG },
		.nr_args = 2, .run = op_host_write,
	}, {
		.name = "host_read", .actor = ACTOR_HOST,
		.help = "reads packets from the guest, waits for them",
		.args = { PACKETS_ARG },
		.nr_args = 1, .run = op_host_read,
	}, {
		.name = "host_sleep", .actor = ACTOR_HOST,
		.help = "the host does something else",
		.args = { OP_INT("us", "how long", 2, 0, 64000, 1000, 0,
				 64000) },
		.nr_args = 1, .run = op_host_sleep,
	},
};

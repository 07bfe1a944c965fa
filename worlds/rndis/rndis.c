/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rndis.c - the guest and host of worlds/netvsc, with ops about RNDIS only
 *
 * The bus and the channel are honest here: whatever the host lies about is in
 * the messages that the device exchanges with it.
 */
#include "../netvsc/netvsc.h"

#define NR_OPS	12

#define BYTES_ARG							\
	OP_INT("bytes", "of each frame", 2, 14, 1600, 60, 14, 15, 17, 18, 60, \
	       1513, 1514, 1515)
#define COUNT_ARG							\
	OP_INT("count", "how many", 1, 1, 64, 1, 2, 4, 16, 50, 51, 64)

#define LIE_ARGS							\
	{ .name = "how", .help = "it is wrong", .type = OP_ARG_ENUM,	\
	  .bytes = 1, .names = lie_kinds },				\
	OP_INT("at", "where it begins, in units; of late: 10 ms each", 1, \
	       0, 63, 2, 1, 3, 4, 5, 6, 15),				\
	OP_HEX("value", "what is there instead", 4, 0, UINT32_MAX, 0, 1, \
	       0xffff, 0x10000, 0xfffffff0, UINT32_MAX),

static const struct op ops[NR_OPS] = {
	{
		.name = "probe", .actor = ACTOR_GUEST, .run = op_probe,
		.help = "connects to the bus and probes drivers",
	}, {
		.name = "remove", .actor = ACTOR_GUEST, .run = op_remove,
		.help = "drivers go, the bus is unloaded",
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
		.name = "wait", .actor = ACTOR_HOST, .run = op_wait,
		.help = "the host waits, and what comes behind it with it",
		.args = { OP_INT("us", "how long", 2, 0, 60000, 100, 10, 1000,
				 60000) },
		.nr_args = 1,
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
		.name = "message", .actor = ACTOR_HOST, .run = op_message,
		.help = "an RNDIS message that nobody has asked for",
		.args = {
			OP_HEX("type", "of the message", 4, 0, UINT32_MAX, 1, 2,
			       3, 4, 5, 6, 7, 8, 0x80000002, 0x80000004,
			       0x80000005, 0x80000008),
			OP_INT("said", "how long it says it is", 4, 0,
			       UINT32_MAX, 24, 0, 7, 8, 11, 12, 16, 20, 28, 44,
			       52, 128, UINT32_MAX),
			OP_INT("bytes", "how long it is", 1, 0, 128, 52, 0, 7,
			       8, 11, 12, 16, 20, 24, 28, 44, 128),
			OP_HEX("id", "its first field", 4, 0, UINT32_MAX, 0, 1,
			       2, 3, 4, 5, 6, 7, 36, 0x4001000b, 0x4001000c,
			       UINT32_MAX),
			OP_HEX("second", "field", 4, 0, UINT32_MAX, 0, 14, 60,
			       0xc00000bb, 0xfffffff0, UINT32_MAX),
			OP_HEX("rest", "of its fields", 4, 0, UINT32_MAX, 0, 4,
			       6, 16, 0xfffffff0, UINT32_MAX),
		},
		.nr_args = 6, .weight = 4,
	},
};

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type rndis_type = {
	.name = "rndis",
	.help = "RNDIS of a boot firmware, and the device it talks with",
	.actors = netvsc_actors,
	.ops = ops, .nr_ops = NR_OPS,
	.config = netvsc_config,
	.nr_config = NETVSC_CONFIG, .nr_build_config = CONFIG_BUILD,
	.build = build,
	.configure = netvsc_configure,
	.finish = netvsc_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return netvsc_build(&rndis_type, sim, config);
}

const struct world_type *const world_types[] = { &rndis_type, NULL };

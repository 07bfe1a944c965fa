/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rndis.c - the guest and host of worlds/netvsc, with ops about RNDIS only
 *
 * The bus and the channel are honest here: whatever the host lies about is in
 * the messages that the device exchanges with it.
 */
#include <sim/fetch.h>

#include "../netvsc/netvsc.h"
#include "../netvsc/rows.h"

#define NR_OPS	12

static const struct op ops[NR_OPS] = {
	ROW_PROBE,
	ROW_REMOVE,
	ROW_OPEN,
	ROW_CLOSE,
	ROW_TRANSMIT,
	ROW_POLL,
	ROW_SEND,
	ROW_LINK,
	ROW_KEEPALIVE,
	ROW_WAIT,
	ROW_LIE_RNDIS,
	{
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
	.adversary = SIM_POWER_DEVICE,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return netvsc_build(&rndis_type, sim, config);
}

const struct world_type *const world_types[] = { &rndis_type, NULL };

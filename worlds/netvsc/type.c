/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * type.c - the world type of target netvsc
 */
#include <sim/fetch.h>

#include "netvsc.h"

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type netvsc_type = {
	.name = "netvsc",
	.help = "a boot firmware with NetVSC and RNDIS, and its host",
	.actors = netvsc_actors,
	.ops = netvsc_ops, .nr_ops = NETVSC_NR_OPS,
	.config = netvsc_config,
	.nr_config = NETVSC_CONFIG, .nr_build_config = CONFIG_BUILD,
	.build = build,
	.configure = netvsc_configure,
	.finish = netvsc_finish,
	.adversary = SIM_POWER_DEVICE,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return netvsc_build(&netvsc_type, sim, config);
}

const struct world_type *const world_types[] = { &netvsc_type, NULL };

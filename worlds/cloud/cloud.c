/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cloud.c - two hosts with guests of all kinds: one world
 *
 *	host a                                    host b
 *	+-------------------------------------+   +-------------------------------+
 *	| iso_a: isolated guest, its memory   |   | iso_b: isolated guest         |
 *	|   private, shared, bounced          |   |                               |
 *	| net: guest with NetVSC ---- switch ===wire=== switch ---- guest         |
 *	| dev: processes with devices of      |   |                               |
 *	|   their own, PASIDs, nested tables  |   |                               |
 *	+-------------------------------------+   +-------------------------------+
 *
 * Each of them is a world of its own elsewhere, with its oracles, which all stay
 * on; here they are parts of one (worlds/parts.h). Each guest and each host kernel
 * is a kernel instance; those of `net` run the boot firmware, the others Linux.
 */
#include <worlds/parts.h>

/* Parts come with names of their own (cmake: vtb_box()). */
#define PART_TYPES(_world)						\
	extern const struct world_type *const _world##_types[]		\
		__asm__(#_world ".world_types")

PART_TYPES(network);
PART_TYPES(hyperv_ivm);
PART_TYPES(vfio);

static struct world_part cloud_parts[] = {
	{ .name = "net" },
	{ .name = "iso_a", .open = 1 << 1 },
	{ .name = "iso_b", .open = 1 << 1 },
	{ .name = "dev", .open = 1 << 0 },
};

static struct world *build(struct sim *sim, const uint64_t *config);

static struct world_parts cloud = {
	.type = {
		.name = "cloud",
		.help = "two hosts with guests of all kinds",
		.build = build,
	},
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return world_parts_build(&cloud, sim, config,
				 sizeof(struct world_whole));
}

/* Types of parts are known when they are linked. */
__attribute__((constructor))
static void make_type(void)
{
	cloud_parts[0].type = network_types[0];
	cloud_parts[1].type = hyperv_ivm_types[0];
	cloud_parts[2].type = hyperv_ivm_types[0];
	cloud_parts[3].type = vfio_types[0];
	world_parts_type(&cloud, cloud_parts,
			 sizeof(cloud_parts) / sizeof(cloud_parts[0]));
}

const struct world_type *const world_types[] = { &cloud.type, NULL };

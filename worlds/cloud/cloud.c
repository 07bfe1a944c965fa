/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cloud.c - two hosts with guests of all kinds: one world
 *
 *	host a                                    host b
 *	+-------------------------------------+   +---------------------------+
 *	| iso_a: isolated guest, its memory   |   | iso_b: isolated guest     |
 *	|   private, shared, bounced          |   |                           |
 *	| net: guest with NetVSC ---- switch ===wire=== switch ---- guest     |
 *	| mig: VMM, device that dirties memory ==="=== VMM, its memory later  |
 *	| dev: processes with devices of      |   | xen: a guest and its      |
 *	|   their own, PASIDs, nested tables  |   |   backend share buffers   |
 *	+-------------------------------------+   +---------------------------+
 *
 * Each of them is a world of its own elsewhere, with its oracles, which all stay
 * on; here they are parts of one (worlds/parts.h). Each guest and each host kernel
 * is a kernel instance; those of `net` run the boot firmware, the others Linux.
 */
#include <worlds/parts.h>

#include "cloud.h"

/* Parts come with names of their own (cmake: vtb_box()). */
#define PART_TYPES(_world)						\
	extern const struct world_type *const _world##_types[]		\
		__asm__(#_world ".world_types")

PART_TYPES(network);
PART_TYPES(hyperv_ivm);
PART_TYPES(vfio);
PART_TYPES(xen_shbuf);

enum part { PART_NET, PART_ISO_A, PART_ISO_B, PART_DEV, PART_XEN, PART_MIG };

static struct world_part cloud_parts[] = {
	[PART_NET] = { .name = "net" },
	[PART_ISO_A] = { .name = "iso_a", .open = { "powers" } },
	[PART_ISO_B] = { .name = "iso_b", .open = { "powers" } },
	[PART_DEV] = {
		.name = "dev", .open = { "threads" },
		.silent = "helper",	/* does what its sibling does */
	},
	[PART_XEN] = { .name = "xen" },
	[PART_MIG] = {
		.name = "mig",
		.open = {
			"ram_pages", "records", "threshold", "latency_ns",
			"mbytes_per_s",
		},
		/* Room for more than its own drivers. */
		.preset = "memory", .preset_to = 1,
	},
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
	struct world *world = world_parts_build(&cloud, sim, config,
						sizeof(struct world_whole));
	struct world **part = ((struct world_whole *)world)->part;
	const struct link_carrier wire = cloud_carrier(part[PART_NET]);

	cloud_carry(part[PART_MIG], &wire);
	return world;
}

/* Types of parts are known when they are linked. */
__attribute__((constructor))
static void make_type(void)
{
	cloud_parts[PART_NET].type = network_types[0];
	cloud_parts[PART_ISO_A].type = hyperv_ivm_types[0];
	cloud_parts[PART_ISO_B].type = hyperv_ivm_types[0];
	cloud_parts[PART_DEV].type = vfio_types[0];
	cloud_parts[PART_XEN].type = xen_shbuf_types[0];
	cloud_parts[PART_MIG].type = cloud_migration;
	world_parts_type(&cloud, cloud_parts,
			 sizeof(cloud_parts) / sizeof(cloud_parts[0]));
}

const struct world_type *const world_types[] = { &cloud.type, NULL };

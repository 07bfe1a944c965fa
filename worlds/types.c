/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world types of an executable with kernel code in it.
 */
#include <worlds/host_backend.h>
#include <worlds/op.h>
#include "migration/migration.h"

extern const struct host_backend kernel_backend;

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type iova_bitmap_world = {
	.name = "iova_bitmap",
	.help = "live migration of a guest whose device keeps writing",
	.actors = migration_actors,
	.ops = migration_ops,
	.nr_ops = MIGRATION_NR_OPS,
	.config = migration_config_args,
	.nr_config = MIGRATION_CONFIG,
	.nr_build_config = CONFIG_BUILD,
	.build = build,
	.configure = migration_configure,
	.finish = migration_finish,
	.standalone = migration_standalone,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return migration_build(&iova_bitmap_world, &kernel_backend, sim,
			       config);
}

const struct world_type *const world_types[] = {
	&iova_bitmap_world,
	NULL,
};

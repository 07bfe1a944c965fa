/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * type.c - the world of a migration between hosts with real kernels
 */
#include "migration.h"

extern const struct host_backend kernel_backend;

static struct world *build(struct sim *sim, const uint64_t *config);

const struct world_type migration_type = {
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
	.report = migration_report,
	.standalone = migration_standalone,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return migration_build(&migration_type, &kernel_backend, sim,
			       config);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migration.c - the migration between the two hosts goes over their wire
 */
#include "../migration/migration.h"
#include "cloud.h"

const struct world_type *const cloud_migration = &migration_type;

void cloud_carry(struct world *world, const struct link_carrier *carrier)
{
	link_carry(migration(world)->link, carrier);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.c - the world type of executables that bring none of their own
 */
#include "migration/migration.h"

const struct world_type *const world_types[] = {
	&migration_type,
	NULL,
};

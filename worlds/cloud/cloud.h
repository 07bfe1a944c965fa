/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cloud.h - what the files of this folder share
 *
 * Headers of parts do not go together: each file includes that of one.
 */
#ifndef WORLDS_CLOUD_H
#define WORLDS_CLOUD_H

#include <models/link.h>
#include <worlds/op.h>

/* -- wire.c -- */

/* The wire between the hosts, for a connection from host a to host b. */
struct link_carrier cloud_carrier(struct world *network);

/* -- migration.c -- */

extern const struct world_type *const cloud_migration;
void cloud_carry(struct world *migration, const struct link_carrier *carrier);

#endif

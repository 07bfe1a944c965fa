/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings of this world. The places of an identity are ops: the oracles see
 * what went wrong from outside and cannot know which function did it.
 *
 * One bug, one name: every report is "log_report", whoever asked for it and on
 * whichever host, and every write by DMA is "dma_write".
 *
 * Most oracles go by what the VMM has asked for and by what it finds in its own
 * memory; what its threads write there behind its back can make them wrong. Not
 * so leaks and hangs.
 */
#include <sim/decide.h>
#include <string.h>
#include <worlds/raise.h>
#include "migration.h"

static const char *place_name(const char *op)
{
	if (!strncmp(op, "peer_", 5))
		op += 5;
	return strcmp(op, "dma_at") ? op : "dma_write";
}

void migration_raise(struct host *host, enum vtb_exit severity,
		     const char *oracle, const char *object,
		     const char *other_place, const char *what,
		     const char *why)
{
	struct world *world = &host->world->world;
	const struct world_finding finding = {
		.severity = severity,
		.oracle = oracle,
		.object = object,
		.place = {
			place_name(other_place),
			host->in_report ? "log_report" :
			place_name(world_op_name(world, sim_op(world->sim))),
		},
		.what = what,
		.why = why,
	};

	world_raise(world, &finding);
}

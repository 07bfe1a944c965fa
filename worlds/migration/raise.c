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
#include <stdio.h>
#include <string.h>
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
	struct sim_finding finding = {
		.severity = severity,
		.despite_change = severity == VTB_EXIT_LIVENESS ||
				  !strcmp(oracle, "leak"),
	};

	snprintf(finding.oracle, sizeof(finding.oracle), "%s", oracle);
	snprintf(finding.object, sizeof(finding.object), "%s", object);
	snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
		 place_name(other_place));
	snprintf(finding.place[1], sizeof(finding.place[1]), "%s",
		 host->in_report ? "log_report" :
		 place_name(world_op_name(world, sim_op(world->sim))));
	snprintf(finding.what, sizeof(finding.what), "%s", what);
	snprintf(finding.why, sizeof(finding.why), "%s", why);
	sim_finding_raise(world->sim, &finding);
}

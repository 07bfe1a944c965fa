/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings of this world. The places of an identity are ops: the oracles see
 * what went wrong from outside and cannot know which function did it.
 *
 * One bug, one name: every report is "log_report", whoever asked for it and on
 * whichever host, and every write by DMA is "dma_write".
 *
 * The oracles assume that nobody but the kernel writes the bitmap area during a
 * call. An adversary who has done so (sim/fetch.h) has only himself to blame.
 */
#include <sim/decide.h>
#include <sim/fetch.h>
#include <stdio.h>
#include <string.h>
#include "migration.h"

static const char *place_name(const char *op)
{
	if (!strncmp(op, "peer_", 5))
		op += 5;
	return strcmp(op, "dma_at") ? op : "dma_write";
}

/* Has the adversary changed a page of the host's bitmap area? */
static bool bitmap_was_changed(const struct host *host)
{
	const struct sim_change *change = sim_change_made(host->world->world.sim);
	uint32_t page;

	if (!change)
		return false;
	for (page = 0; page < vmm_bitmap_pages(host->vmm); page++)
		if (vmm_bitmap_state(host->vmm, page) != VMM_PAGE_HOLE &&
		    sim_change_is_in(host->world->world.sim,
				     machine_memory(host->machine),
				     vmm_bitmap_frame(host->vmm, page)))
			return true;
	return false;
}

void migration_raise(struct host *host, enum vtb_exit severity,
		     const char *oracle, const char *object,
		     const char *other_place, const char *what,
		     const char *why)
{
	struct world *world = &host->world->world;
	struct sim_finding finding = { .severity = severity };

	if (bitmap_was_changed(host))
		return;
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

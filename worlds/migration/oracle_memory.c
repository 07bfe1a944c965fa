/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The destination's RAM is the source's.
 *
 * Compared frame by frame when the destination has acknowledged everything and
 * the source's device is still stopped: the only moment at which the two have
 * to be equal.
 *
 * Assumptions. Nothing but the source's device writes RAM there, and nothing
 * but the receiver writes RAM at the destination while a migration is going
 * on; the world sees to both. Writes to IOVA that is not tracked are the VMM's
 * own business (ops_device.c marks their pages to be sent).
 *
 * Identity: fixed; which op lost the page is the dirty oracle's to say.
 */
#include <sim/bulk.h>
#include <stdio.h>
#include "migration.h"

void memory_oracle_check(struct migration_world *mw)
{
	const struct host *source = &mw->hosts[0];
	const struct host *destination = &mw->hosts[1];
	char why[SIM_FINDING_TEXT];
	uint32_t page;

	for (page = 0; page < vmm_ram_pages(source->vmm); page++) {
		if (sim_bulk_equal(vmm_ram_page(source->vmm, page),
				   vmm_ram_page(destination->vmm, page),
				   VMM_PAGE_BYTES))
			continue;
		snprintf(why, sizeof(why),
			 "RAM page %u differs after stop-and-copy", page);
		migration_raise(&mw->hosts[0], VTB_EXIT_SAFETY,
				"memory-mismatch", "ram", "",
				"the destination has other memory than the source",
				why);
		return;
	}
}

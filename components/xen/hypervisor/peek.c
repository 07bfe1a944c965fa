/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peek.c - for those who look in from outside: a debugger, or a bench
 *
 * Nobody runs meanwhile, so no locks are taken and nothing is watched.
 */
#include "internal.h"

#define __unwatched	__attribute__((no_sanitize("thread")))

static __unwatched const struct maptrack_entry *
entry_of(const struct grant_table *gt, grant_handle_t handle)
{
	if (handle >= gt->maptrack_limit)
		return NULL;
	return &gt->maptrack[handle / MAPTRACK_PER_PAGE]
			    [handle % MAPTRACK_PER_PAGE];
}

__unwatched bool gnttab_mapping(const struct domain *d, grant_handle_t handle,
				domid_t *granter, grant_ref_t *ref)
{
	const struct maptrack_entry *map = entry_of(d->grant_table, handle);

	if (!map || !map->flags)
		return false;
	*granter = map->domid;
	*ref = map->ref;
	return true;
}

__unwatched unsigned long gnttab_active_frame(const struct domain *d,
					      grant_ref_t ref)
{
	const struct grant_table *gt = d->grant_table;
	unsigned int page = ref / ACTIVE_PER_PAGE;

	return page < gt->nr_active_pages ?
	       gt->active[page][ref % ACTIVE_PER_PAGE].mfn : INVALID_MFN;
}

__unwatched uint32_t gnttab_pins(const struct domain *d, grant_ref_t ref)
{
	const struct grant_table *gt = d->grant_table;
	unsigned int page = ref / ACTIVE_PER_PAGE;

	return page < gt->nr_active_pages ?
	       gt->active[page][ref % ACTIVE_PER_PAGE].pin : 0;
}

__unwatched void *gnttab_shared_frame(const struct domain *d,
				      unsigned int index)
{
	const struct grant_table *gt = d->grant_table;

	return gt && index < gt->nr_grant_frames ? gt->shared[index] : NULL;
}

__unwatched void *gnttab_status_frame(const struct domain *d,
				      unsigned int index)
{
	const struct grant_table *gt = d->grant_table;

	return gt && index < gt->nr_status_frames ? gt->status[index] : NULL;
}

__unwatched void gnttab_count(const struct domain *d,
			      struct gnttab_counts *counts)
{
	const struct grant_table *gt = d->grant_table;

	counts->version = gt ? gt->version : 0;
	counts->nr_grant_frames = gt ? gt->nr_grant_frames : 0;
	counts->nr_status_frames = gt ? gt->nr_status_frames : 0;
}

__unwatched unsigned int gnttab_handles(const struct domain *d)
{
	const struct grant_table *gt = d->grant_table;
	grant_handle_t handle;
	unsigned int nr = 0;

	for (handle = 0; gt && handle < gt->maptrack_limit; handle++)
		nr += entry_of(gt, handle)->flags != 0;
	return nr;
}

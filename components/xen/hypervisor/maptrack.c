/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maptrack.c - handles: what a domain maps of others
 *
 * Free handles are in lists, one for each vCPU, which takes from the head and to
 * which what it once took comes back, at the tail, whoever gives it back. So
 * vCPUs meet at a list only where one unmaps what another has mapped, or has
 * used up its own and takes from others.
 */
#include "internal.h"

struct maptrack_entry *maptrack_at(struct grant_table *gt,
				   grant_handle_t handle)
{
	if (handle >= READ_ONCE(gt->maptrack_limit))
		return NULL;
	smp_rmb();
	return &gt->maptrack[handle / MAPTRACK_PER_PAGE]
			    [handle % MAPTRACK_PER_PAGE];
}

void maptrack_init(struct domain *d)
{
	unsigned int i;

	spin_lock_init(&d->grant_table->maptrack_lock, RANK_MAPTRACK);
	for (i = 0; i < NR_CPUS; i++) {
		spin_lock_init(&d->vcpu[i].maptrack_lock, RANK_MAPTRACK);
		d->vcpu[i].maptrack_head = MAPTRACK_TAIL;
		d->vcpu[i].maptrack_tail = MAPTRACK_TAIL;
	}
}

void maptrack_destroy(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPTRACK_FRAMES; i++)
		free_xenheap_page(d->grant_table->maptrack[i]);
}

/* @v's first free handle becomes @taker's. */
static int64_t take_head(struct grant_table *gt, struct vcpu *v,
			 const struct vcpu *taker)
{
	struct maptrack_entry *entry;
	uint32_t handle;

	spin_lock(&v->maptrack_lock);
	handle = v->maptrack_head;
	if (handle != MAPTRACK_TAIL) {
		entry = maptrack_at(gt, handle);
		v->maptrack_head = entry->ref;
		if (v->maptrack_head == MAPTRACK_TAIL)
			v->maptrack_tail = MAPTRACK_TAIL;
		entry->vcpu = taker->vcpu_id;
	}
	spin_unlock(&v->maptrack_lock);
	return handle == MAPTRACK_TAIL ? -1 : (int64_t)handle;
}

/* Appends the handles @first .. @last, which are linked. */
static void append(struct grant_table *gt, struct vcpu *v, uint32_t first,
		   uint32_t last)
{
	spin_lock(&v->maptrack_lock);
	if (v->maptrack_tail == MAPTRACK_TAIL)
		v->maptrack_head = first;
	else
		maptrack_at(gt, v->maptrack_tail)->ref = first;
	v->maptrack_tail = last;
	spin_unlock(&v->maptrack_lock);
}

/* All of a new page but its first handle, which the caller gets. */
static int64_t grow(struct domain *d, struct vcpu *v)
{
	struct grant_table *gt = d->grant_table;
	struct maptrack_entry *page;
	unsigned int first, i;

	spin_lock(&gt->maptrack_lock);
	first = gt->maptrack_limit;
	page = first / MAPTRACK_PER_PAGE < gt->max_maptrack_frames ?
	       alloc_xenheap_page() : NULL;
	if (!page) {
		spin_unlock(&gt->maptrack_lock);
		return -1;
	}
	clear_page(page);
	for (i = 0; i < MAPTRACK_PER_PAGE; i++) {
		page[i].ref = first + i + 1;
		page[i].vcpu = v->vcpu_id;
	}
	page[i - 1].ref = MAPTRACK_TAIL;
	gt->maptrack[first / MAPTRACK_PER_PAGE] = page;
	/* Whoever sees the limit sees the page. */
	smp_wmb();
	WRITE_ONCE(gt->maptrack_limit, first + MAPTRACK_PER_PAGE);
	spin_unlock(&gt->maptrack_lock);
	append(gt, v, first + 1, first + MAPTRACK_PER_PAGE - 1);
	return first;
}

int64_t maptrack_get(struct domain *d)
{
	struct vcpu *v = current;
	int64_t handle = take_head(d->grant_table, v, v);
	unsigned int i;

	if (handle >= 0)
		return handle;
	handle = grow(d, v);
	for (i = 0; handle < 0 && i < NR_CPUS; i++)
		if (&d->vcpu[i] != v)
			handle = take_head(d->grant_table, &d->vcpu[i], v);
	return handle;
}

void maptrack_put(struct domain *d, grant_handle_t handle)
{
	struct maptrack_entry *entry = maptrack_at(d->grant_table, handle);

	entry->ref = MAPTRACK_TAIL;
	append(d->grant_table, &d->vcpu[entry->vcpu], handle, handle);
}

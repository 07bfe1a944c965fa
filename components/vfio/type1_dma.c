// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_dma.c - mapping and unmapping
 *
 * What is mapped is kept in a tree without overlaps. To unmap, the range first
 * goes out of every domain (iommu_unmap() returns when no device can translate
 * it any more), then pages are unpinned: never the other way round.
 */
#include <linux/capability.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <vtb/compat.h>

#include "type1.h"

/* A driver that is asked so often and keeps its pins will not give them back. */
#define MAX_REQUESTS	10

/* -- the tree -- */

struct type1_dma *type1_dma_from(struct type1 *t, dma_addr_t iova)
{
	struct rb_node *node = t->dmas.rb_node;
	struct type1_dma *found = NULL;

	while (node) {
		struct type1_dma *dma = rb_entry(node, struct type1_dma, node);

		if (type1_dma_last(dma) >= iova) {
			found = dma;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct type1_dma *type1_dma_find(struct type1 *t, dma_addr_t first,
				 dma_addr_t last)
{
	struct type1_dma *dma = type1_dma_from(t, first);

	return dma && dma->iova <= last ? dma : NULL;
}

static void dma_insert(struct type1 *t, struct type1_dma *new)
{
	struct rb_node **link = &t->dmas.rb_node, *parent = NULL;

	while (*link) {
		struct type1_dma *dma = rb_entry(*link, struct type1_dma, node);

		parent = *link;
		link = new->iova < dma->iova ? &parent->rb_left :
					       &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &t->dmas);
}

/* -- domains -- */

/* Maps all runs, or nothing. */
static int map_in_domain(struct type1_dma *dma, struct type1_domain *d)
{
	dma_addr_t iova = dma->iova;
	struct type1_run *run;
	int rc;

	list_for_each_entry(run, &dma->runs, list) {
		size_t bytes = run->nr_pages << PAGE_SHIFT;

		rc = vtb_compat_iommu_map(d->domain, iova, PFN_PHYS(run->pfn),
					  bytes, dma->prot | IOMMU_CACHE);
		if (rc)
			goto err_unmap;
		iova += bytes;
		cond_resched();
	}
	return 0;

err_unmap:
	if (iova != dma->iova)
		iommu_unmap(d->domain, dma->iova, iova - dma->iova);
	return rc;
}

static void unmap_in_domain(struct type1_dma *dma, struct type1_domain *d)
{
	size_t done = iommu_unmap(d->domain, dma->iova, dma->size);

	WARN_ON(done != dma->size);
	cond_resched();
}

static int map_in_domains(struct type1 *t, struct type1_dma *dma)
{
	struct type1_domain *d;
	int rc;

	list_for_each_entry(d, &t->domains, list) {
		rc = map_in_domain(dma, d);
		if (rc)
			goto err_unmap;
	}
	dma->mapped = true;
	return 0;

err_unmap:
	list_for_each_entry_continue_reverse(d, &t->domains, list)
		unmap_in_domain(dma, d);
	return rc;
}

static int pin_and_map(struct type1 *t, struct type1_dma *dma)
{
	int rc = type1_pin_all(dma);

	if (rc)
		return rc;
	rc = map_in_domains(t, dma);
	if (rc)
		type1_unpin_all(dma);
	return rc;
}

static void unmap_and_unpin(struct type1 *t, struct type1_dma *dma)
{
	struct type1_domain *d;

	if (!dma->mapped)
		return;
	list_for_each_entry(d, &t->domains, list)
		unmap_in_domain(dma, d);
	dma->mapped = false;
	type1_unpin_all(dma);
}

void type1_leave_domains(struct type1 *t)
{
	struct type1_dma *dma;

	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma))
		unmap_and_unpin(t, dma);
}

/* Takes what replay() has done up to, and without, @end back. */
static void unreplay(struct type1 *t, struct type1_domain *new,
		     struct type1_dma *end)
{
	struct type1_dma *dma;

	for (dma = type1_dma_from(t, 0); dma != end; dma = type1_dma_next(dma)) {
		unmap_in_domain(dma, new);
		if (!dma->mapped)
			type1_unpin_all(dma);
	}
}

int type1_replay(struct type1 *t, struct type1_domain *new)
{
	struct type1_dma *dma;
	int rc = 0;

	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma)) {
		if (!dma->mapped)
			rc = type1_pin_all(dma);
		if (rc)
			goto err_back;
		rc = map_in_domain(dma, new);
		if (rc) {
			if (!dma->mapped)
				type1_unpin_all(dma);
			goto err_back;
		}
	}
	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma))
		dma->mapped = true;
	return 0;

err_back:
	unreplay(t, new, dma);
	return rc;
}

/* -- mappings -- */

static struct type1_dma *dma_new(const struct vfio_iommu_type1_dma_map *map)
{
	struct type1_dma *dma = kzalloc(sizeof(*dma), GFP_KERNEL_ACCOUNT);

	if (!dma)
		return NULL;
	dma->iova = map->iova;
	dma->size = map->size;
	dma->vaddr = map->vaddr;
	dma->prot = (map->flags & VFIO_DMA_MAP_FLAG_READ ? IOMMU_READ : 0) |
		    (map->flags & VFIO_DMA_MAP_FLAG_WRITE ? IOMMU_WRITE : 0);
	dma->lock_cap = capable(CAP_IPC_LOCK);
	dma->task = get_task_struct(current->group_leader);
	dma->mm = current->mm;
	mmgrab(dma->mm);
	INIT_LIST_HEAD(&dma->runs);
	dma->pins = RB_ROOT;
	return dma;
}

static void dma_free(struct type1_dma *dma)
{
	kvfree(dma->dirty);
	put_task_struct(dma->task);
	mmdrop(dma->mm);
	kfree(dma);
}

static void dma_remove(struct type1 *t, struct type1_dma *dma)
{
	WARN_ON(!RB_EMPTY_ROOT(&dma->pins));
	unmap_and_unpin(t, dma);
	rb_erase(&dma->node, &t->dmas);
	if (dma->invalid)
		t->nr_invalid--;
	t->dma_avail++;
	dma_free(dma);
}

void type1_remove_all(struct type1 *t)
{
	struct type1_dma *dma;

	while ((dma = type1_dma_from(t, 0)))
		dma_remove(t, dma);
}

static int check_map(struct type1 *t, const struct vfio_iommu_type1_dma_map *map)
{
	u64 rest = type1_pgsize(t) - 1;

	if (!map->size || (map->iova | map->vaddr | map->size) & rest)
		return -EINVAL;
	if (map->iova + map->size - 1 < map->iova ||
	    map->vaddr + map->size - 1 < map->vaddr)
		return -EINVAL;
	return 0;
}

/* The address of a mapping that has lost it. */
static int set_vaddr(struct type1 *t,
		     const struct vfio_iommu_type1_dma_map *map)
{
	struct type1_dma *dma = type1_dma_find(t, map->iova,
					       map->iova + map->size - 1);
	int rc;

	if (!dma)
		return -ENOENT;
	if (!dma->invalid || dma->iova != map->iova || dma->size != map->size)
		return -EINVAL;
	rc = type1_change_owner(dma);
	if (rc)
		return rc;
	dma->vaddr = map->vaddr;
	dma->invalid = false;
	t->nr_invalid--;
	return 0;
}

static int map_new(struct type1 *t, const struct vfio_iommu_type1_dma_map *map)
{
	dma_addr_t last = map->iova + map->size - 1;
	struct type1_dma *dma;
	int rc = 0;

	if (type1_dma_find(t, map->iova, last))
		return -EEXIST;
	if (!t->dma_avail)
		return -ENOSPC;
	if (!type1_iova_valid(t, map->iova, last))
		return -EINVAL;
	if (!current->mm)
		return -ENODEV;
	dma = dma_new(map);
	if (!dma)
		return -ENOMEM;
	rc = type1_dirty_add(t, dma);
	if (!rc && !list_empty(&t->domains))
		rc = pin_and_map(t, dma);
	if (rc) {
		dma_free(dma);
		return rc;
	}
	dma_insert(t, dma);
	t->dma_avail--;
	return 0;
}

int type1_map(struct type1 *t, const struct vfio_iommu_type1_dma_map *map)
{
	const u32 rights = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	bool vaddr = map->flags & VFIO_DMA_MAP_FLAG_VADDR;
	int rc;

	/* Rights or an address, never both. */
	if (vaddr == !!(map->flags & rights))
		return -EINVAL;
	mutex_lock(&t->lock);
	rc = check_map(t, map);
	if (!rc)
		rc = vaddr ? set_vaddr(t, map) : map_new(t, map);
	mutex_unlock(&t->lock);
	return rc;
}

/* -- unmapping -- */

/*
 * struct span - what an unmap is about
 * @first, @last: IOVAs, both included
 */
struct span {
	dma_addr_t first;
	dma_addr_t last;
};

static int check_unmap(struct type1 *t,
		       const struct vfio_iommu_type1_dma_unmap *unmap,
		       const struct vfio_bitmap *bitmap, struct span *span)
{
	u64 rest = type1_pgsize(t) - 1;

	if (unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		if (unmap->iova || unmap->size)
			return -EINVAL;
		*span = (struct span){ .last = ~(dma_addr_t)0 };
		return 0;
	}
	if (!unmap->size || (unmap->iova | unmap->size) & rest ||
	    unmap->iova + unmap->size - 1 < unmap->iova)
		return -EINVAL;
	if (bitmap && (!t->tracking || bitmap->pgsize != type1_pgsize(t)))
		return -EINVAL;
	*span = (struct span){
		.first = unmap->iova,
		.last = unmap->iova + unmap->size - 1,
	};
	return 0;
}

/* Does one of the span's ends lie inside a mapping? */
static bool cuts(struct type1 *t, const struct span *span)
{
	struct type1_dma *dma = type1_dma_find(t, span->first, span->first);

	if (dma && dma->iova != span->first)
		return true;
	dma = type1_dma_find(t, span->last, span->last);
	return dma && type1_dma_last(dma) != span->last;
}

/*
 * The mapping to begin with, or NULL. Version 1 knows no error for a span that
 * begins inside a mapping: it unmaps nothing then, and all of the last one.
 */
static struct type1_dma *first_of(struct type1 *t, const struct span *span)
{
	struct type1_dma *dma = type1_dma_find(t, span->first, span->last);

	return dma && !t->v2 && dma->iova < span->first ? NULL : dma;
}

static struct type1_dma *next_of(struct type1_dma *dma, const struct span *span)
{
	dma = type1_dma_next(dma);
	return dma && dma->iova <= span->last ? dma : NULL;
}

static struct type1_dma *find_pinned(struct type1 *t, const struct span *span)
{
	struct type1_dma *dma;

	for (dma = first_of(t, span); dma; dma = next_of(dma, span))
		if (!RB_EMPTY_ROOT(&dma->pins))
			return dma;
	return NULL;
}

/* Gives t->lock away, because drivers call back to unpin. */
static void ask_to_unpin(struct type1 *t, dma_addr_t iova, size_t size)
{
	struct vfio_device *device;

	mutex_unlock(&t->lock);
	mutex_lock(&t->devices_lock);
	list_for_each_entry(device, &t->devices, iommu_entry)
		device->ops->dma_unmap(device, iova, size);
	mutex_unlock(&t->devices_lock);
	mutex_lock(&t->lock);
}

/* Anything may have changed when a driver had to be asked; so check last. */
static int settle(struct type1 *t,
		  const struct vfio_iommu_type1_dma_unmap *unmap,
		  const struct vfio_bitmap *bitmap, struct span *span)
{
	unsigned int requests;
	struct type1_dma *dma;
	int rc;

	for (requests = 0; requests <= MAX_REQUESTS; requests++) {
		rc = check_unmap(t, unmap, bitmap, span);
		if (rc)
			return rc;
		if (t->v2 && cuts(t, span))
			return -EINVAL;
		dma = find_pinned(t, span);
		if (!dma)
			return 0;
		ask_to_unpin(t, dma->iova, dma->size);
	}
	return -EBUSY;
}

static int invalidate_vaddrs(struct type1 *t, const struct span *span,
			     u64 *bytes)
{
	struct type1_dma *dma;

	for (dma = first_of(t, span); dma; dma = next_of(dma, span))
		if (dma->invalid)
			return -EINVAL;
	for (dma = first_of(t, span); dma; dma = next_of(dma, span)) {
		dma->invalid = true;
		t->nr_invalid++;
		*bytes += dma->size;
	}
	return 0;
}

static int unmap_vaddrs(struct type1 *t,
			const struct vfio_iommu_type1_dma_unmap *unmap,
			u64 *bytes)
{
	struct span span;
	int rc;

	/* Software cannot go on without addresses as hardware does. */
	if (!list_empty(&t->emulated))
		return -EBUSY;
	rc = check_unmap(t, unmap, NULL, &span);
	if (!rc && t->v2 && cuts(t, &span))
		rc = -EINVAL;
	return rc ?: invalidate_vaddrs(t, &span, bytes);
}

static int unmap_pages(struct type1 *t,
		       const struct vfio_iommu_type1_dma_unmap *unmap,
		       const struct vfio_bitmap *bitmap, u64 *bytes)
{
	struct type1_dma *dma;
	struct span span;
	int rc = settle(t, unmap, bitmap, &span);

	if (rc)
		return rc;
	if (bitmap)
		rc = type1_dirty_report(t, unmap->iova, unmap->size, bitmap);
	if (rc)
		return rc;
	while ((dma = first_of(t, &span))) {
		*bytes += dma->size;
		dma_remove(t, dma);
	}
	return 0;
}

int type1_unmap(struct type1 *t, struct vfio_iommu_type1_dma_unmap *unmap,
		const struct vfio_bitmap *bitmap)
{
	u64 bytes = 0;
	int rc;

	mutex_lock(&t->lock);
	if (unmap->flags & VFIO_DMA_UNMAP_FLAG_VADDR)
		rc = unmap_vaddrs(t, unmap, &bytes);
	else
		rc = unmap_pages(t, unmap, bitmap, &bytes);
	mutex_unlock(&t->lock);
	unmap->size = bytes;
	return rc;
}

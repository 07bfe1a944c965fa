// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioas_map.c - mappings of an I/O address space
 *
 * An area reserves its addresses under the lock, is marked busy, and is filled
 * or emptied without it: two calls may be in the IOMMU's tables at once, but
 * never at addresses of both.
 *
 * Memory of the process is pinned before any device can reach it, and unpinned
 * when none can any more.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <vtb/compat.h>

#include "ioas.h"

#define MSI_FIRST	0xfee00000ul
#define MSI_LAST	0xfeeffffful

/* -- areas: the caller has the lock -- */

/* The first area that ends at @iova or later, or NULL. */
static struct ioas_area *area_from(struct ioas *space, unsigned long iova)
{
	struct ioas_area *area;

	list_for_each_entry(area, &space->areas, entry)
		if (area->iova + (area->bytes - 1) >= iova)
			return area;
	return NULL;
}

static int reserve(struct ioas *space, struct ioas_area *new)
{
	struct ioas_area *next = area_from(space, new->iova);

	if (next && next->iova <= new->iova + (new->bytes - 1))
		return -EEXIST;
	new->busy = true;
	list_add_tail(&new->entry, next ? &next->entry : &space->areas);
	return 0;
}

static void area_remove(struct ioas *space, struct ioas_area *area)
{
	mutex_lock(&space->lock);
	list_del(&area->entry);
	mutex_unlock(&space->lock);
	kvfree(area->pages);
	kfree(area);
}

/* -- memory of the process -- */

static int pin_pages(struct ioas_area *area, unsigned long address)
{
	unsigned int flags = FOLL_LONGTERM | (area->writable ? FOLL_WRITE : 0);
	unsigned long nr = area->bytes >> PAGE_SHIFT, done = 0;
	int got;

	area->pages = kvmalloc_array(nr, sizeof(*area->pages), GFP_KERNEL);
	if (!area->pages)
		return -ENOMEM;
	while (done < nr) {
		got = pin_user_pages_fast(address + done * PAGE_SIZE, nr - done,
					  flags, area->pages + done);
		if (got <= 0) {
			unpin_user_pages(area->pages, done);
			return got ?: -EFAULT;
		}
		done += got;
	}
	return 0;
}

static void unpin_pages(struct ioas_area *area)
{
	if (area->pages)
		unpin_user_pages_dirty_lock(area->pages,
					    area->bytes >> PAGE_SHIFT,
					    area->writable);
}

/* Pages from @first on that follow one another in memory. */
static unsigned long contiguous(const struct ioas_area *area,
				unsigned long first)
{
	unsigned long nr = area->bytes >> PAGE_SHIFT, i = first + 1;

	while (i < nr && page_to_pfn(area->pages[i]) ==
			 page_to_pfn(area->pages[i - 1]) + 1)
		i++;
	return i - first;
}

static int map_pages(struct ioas *space, struct ioas_area *area, int prot)
{
	unsigned long nr = area->bytes >> PAGE_SHIFT, done = 0, run;
	int rc;

	for (; done < nr; done += run) {
		run = contiguous(area, done);
		rc = vtb_compat_iommu_map(space->domain,
					  area->iova + done * PAGE_SIZE,
					  page_to_phys(area->pages[done]),
					  run * PAGE_SIZE, prot);
		if (rc) {
			if (done)
				iommu_unmap(space->domain, area->iova,
					    done * PAGE_SIZE);
			return rc;
		}
	}
	return 0;
}

/* -- map -- */

static bool allowed(const struct ioas *space, unsigned long iova, size_t bytes)
{
	const struct iommu_domain_geometry *geometry = &space->domain->geometry;
	unsigned long last;

	if (!bytes || !PAGE_ALIGNED(iova | bytes) ||
	    check_add_overflow(iova, bytes - 1, &last))
		return false;
	return iova >= geometry->aperture_start &&
	       last <= geometry->aperture_end &&
	       (last < MSI_FIRST || iova > MSI_LAST);
}

static int fill_bar(struct ioas *space, struct ioas_area *area,
		    const struct ioas_map *map, int prot)
{
	phys_addr_t phys = ioas_device_bar(map->device, map->address,
					   map->length);

	if (!phys)
		return -ENOENT;
	return vtb_compat_iommu_map(space->domain, area->iova, phys,
				    area->bytes, prot);
}

static int fill_user(struct ioas *space, struct ioas_area *area,
		     const struct ioas_map *map, int prot)
{
	int rc = pin_pages(area, map->address);

	if (rc)
		return rc;
	rc = map_pages(space, area, prot);
	if (rc)
		unpin_user_pages(area->pages, area->bytes >> PAGE_SHIFT);
	return rc;
}

static int check_map(const struct ioas *space, const struct ioas_map *map)
{
	if (map->flags & ~(IOAS_READ | IOAS_WRITE | IOAS_BAR) ||
	    !(map->flags & (IOAS_READ | IOAS_WRITE)) || map->reserved ||
	    !PAGE_ALIGNED(map->address) ||
	    !allowed(space, map->iova, map->length))
		return -EINVAL;
	if (!(map->flags & IOAS_BAR) &&
	    map->length > IOAS_MAX_PAGES * PAGE_SIZE)
		return -EINVAL;
	return 0;
}

int ioas_map(struct ioas *space, const struct ioas_map *map)
{
	int prot = (map->flags & IOAS_READ ? IOMMU_READ : 0) |
		   (map->flags & IOAS_WRITE ? IOMMU_WRITE : 0);
	struct ioas_area *area;
	int rc = check_map(space, map);

	if (rc)
		return rc;
	area = kzalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	area->iova = map->iova;
	area->bytes = map->length;
	area->writable = map->flags & IOAS_WRITE;
	mutex_lock(&space->lock);
	rc = reserve(space, area);
	mutex_unlock(&space->lock);
	if (rc) {
		kfree(area);
		return rc;
	}
	rc = map->flags & IOAS_BAR ? fill_bar(space, area, map, prot) :
				     fill_user(space, area, map, prot);
	if (rc) {
		area_remove(space, area);
		return rc;
	}
	mutex_lock(&space->lock);
	area->busy = false;
	mutex_unlock(&space->lock);
	return 0;
}

/* -- unmap -- */

static void empty(struct ioas *space, struct ioas_area *area)
{
	WARN_ON(iommu_unmap(space->domain, area->iova, area->bytes) !=
		area->bytes);
	unpin_pages(area);
	area_remove(space, area);
}

/* Marks the areas of the range; they are @taker's then. */
static int mark(struct ioas *space, unsigned long first, unsigned long last,
		const struct ioas_unmap *taker)
{
	struct ioas_area *area, *from = area_from(space, first);

	if (!from || from->iova > last)
		return -ENOENT;
	if (from->iova < first)
		return -EINVAL;
	area = from;
	list_for_each_entry_from(area, &space->areas, entry) {
		if (area->iova > last)
			break;
		if (area->iova + (area->bytes - 1) > last)
			return -EINVAL;
		if (area->busy)
			return -EBUSY;
	}
	area = from;
	list_for_each_entry_from(area, &space->areas, entry) {
		if (area->iova > last)
			break;
		area->busy = true;
		area->taker = taker;
	}
	return 0;
}

/* One that was marked. Others may have come into the gaps of the range. */
static struct ioas_area *next_marked(struct ioas *space,
				     const struct ioas_unmap *taker)
{
	struct ioas_area *area, *found = NULL;

	mutex_lock(&space->lock);
	list_for_each_entry(area, &space->areas, entry) {
		if (area->taker == taker) {
			found = area;
			break;
		}
	}
	mutex_unlock(&space->lock);
	return found;
}

int ioas_unmap(struct ioas *space, struct ioas_unmap *unmap)
{
	unsigned long first = unmap->iova, last;
	struct ioas_area *area;
	int rc;

	if (!unmap->length || unmap->reserved ||
	    check_add_overflow(first, (unsigned long)unmap->length - 1, &last))
		return -EINVAL;
	unmap->length = 0;
	mutex_lock(&space->lock);
	rc = mark(space, first, last, unmap);
	mutex_unlock(&space->lock);
	while (!rc && (area = next_marked(space, unmap))) {
		unmap->length += area->bytes;
		empty(space, area);
	}
	return rc;
}

/* -- life -- */

static struct iommu_domain *domain_new(bool nesting)
{
	struct iommu_domain *domain = iommu_domain_alloc(&platform_bus_type);
	int rc = 0;

	if (!domain)
		return ERR_PTR(-ENOMEM);
	if (nesting)
		rc = iommu_enable_nesting(domain);
	if (!rc)
		return domain;
	iommu_domain_free(domain);
	return ERR_PTR(rc);
}

struct ioas *ioas_new(bool nesting)
{
	struct ioas *space = kzalloc(sizeof(*space), GFP_KERNEL);
	int rc;

	if (!space)
		return ERR_PTR(-ENOMEM);
	space->domain = domain_new(nesting);
	if (IS_ERR(space->domain)) {
		rc = PTR_ERR(space->domain);
		kfree(space);
		return ERR_PTR(rc);
	}
	mutex_init(&space->lock);
	INIT_LIST_HEAD(&space->areas);
	return space;
}

/* No device is attached and no call runs. */
void ioas_free(struct ioas *space)
{
	struct ioas_area *area, *next;

	list_for_each_entry_safe(area, next, &space->areas, entry)
		empty(space, area);
	iommu_domain_free(space->domain);
	mutex_destroy(&space->lock);
	kfree(space);
}

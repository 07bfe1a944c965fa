// SPDX-License-Identifier: GPL-2.0-only
/*
 * resv.c - reserved regions: addresses that devices cannot be given mappings at
 *
 * A driver lists what it knows about one device. For a group the lists are
 * joined: sorted by address, then by type, and regions of one type that touch
 * or overlap become one.
 */
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "internal.h"

struct iommu_resv_region *
iommu_alloc_resv_region(phys_addr_t start, size_t length, int prot,
			enum iommu_resv_type type, gfp_t gfp)
{
	struct iommu_resv_region *region = kzalloc(sizeof(*region), gfp);

	if (!region)
		return NULL;
	INIT_LIST_HEAD(&region->list);
	region->start = start;
	region->length = length;
	region->prot = prot;
	region->type = type;
	return region;
}
EXPORT_SYMBOL_GPL(iommu_alloc_resv_region);

void iommu_get_resv_regions(struct device *dev, struct list_head *list)
{
	const struct iommu_ops *ops = iommu_ops_of(dev);

	if (ops && ops->get_resv_regions)
		ops->get_resv_regions(dev, list);
}
EXPORT_SYMBOL_GPL(iommu_get_resv_regions);

void iommu_put_resv_regions(struct device *dev, struct list_head *list)
{
	struct iommu_resv_region *region, *next;

	list_for_each_entry_safe(region, next, list, list) {
		list_del(&region->list);
		if (region->free)
			region->free(dev, region);
		else
			kfree(region);
	}
}
EXPORT_SYMBOL_GPL(iommu_put_resv_regions);

static phys_addr_t last_of(const struct iommu_resv_region *region)
{
	return region->start + region->length - 1;
}

/* Same type, and no address between the two; @a begins first. */
static bool joins(const struct iommu_resv_region *a,
		  const struct iommu_resv_region *b)
{
	return a->type == b->type && b->start - 1 <= last_of(a);
}

static bool goes_before(const struct iommu_resv_region *a,
			const struct iommu_resv_region *b)
{
	return a->start < b->start ||
	       (a->start == b->start && a->type < b->type);
}

/* Puts a copy of @new into the sorted list. */
static int insert_copy(const struct iommu_resv_region *new,
		       struct list_head *sorted)
{
	struct iommu_resv_region *copy, *at;

	if (!new->length)
		return 0;
	copy = iommu_alloc_resv_region(new->start, new->length, new->prot,
				       new->type, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	list_for_each_entry(at, sorted, list)
		if (goes_before(copy, at))
			break;
	list_add_tail(&copy->list, &at->list);
	return 0;
}

static void join_regions(struct list_head *sorted)
{
	struct iommu_resv_region *a, *b, *next;

	list_for_each_entry(a, sorted, list) {
		b = a;
		list_for_each_entry_safe_continue(b, next, sorted, list) {
			if (!joins(a, b))
				continue;
			a->length = max(last_of(a), last_of(b)) - a->start + 1;
			list_del(&b->list);
			kfree(b);
		}
	}
}

static int add_regions_of(struct device *dev, void *data)
{
	struct list_head *sorted = data;
	struct iommu_resv_region *region;
	LIST_HEAD(found);
	int rc = 0;

	iommu_get_resv_regions(dev, &found);
	list_for_each_entry(region, &found, list) {
		rc = insert_copy(region, sorted);
		if (rc)
			break;
	}
	iommu_put_resv_regions(dev, &found);
	return rc;
}

/* On error the caller frees what is on the list. */
int iommu_get_group_resv_regions(struct iommu_group *group,
				 struct list_head *head)
{
	int rc = iommu_group_for_each_dev(group, head, add_regions_of);

	if (!rc)
		join_regions(head);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_get_group_resv_regions);

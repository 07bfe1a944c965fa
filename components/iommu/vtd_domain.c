// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_domain.c - domains of VT-d
 *
 *    paging	second-level tables, a domain id of its own
 *    identity	the unit passes addresses through
 *    blocked	no PASID entry: every request is a fault
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "vtd.h"

/* -- domain ids -- */

int dmar_id_alloc(struct dmar_unit *unit)
{
	unsigned long flags;
	unsigned int id;

	spin_lock_irqsave(&unit->lock, flags);
	id = find_next_zero_bit(unit->domain_ids, unit->nr_domains,
				VTD_FIRST_ID);
	if (id < unit->nr_domains)
		__set_bit(id, unit->domain_ids);
	spin_unlock_irqrestore(&unit->lock, flags);
	return id < unit->nr_domains ? id : -ENOSPC;
}

/* Nothing in the unit may be tagged with it any more. */
void dmar_id_free(struct dmar_unit *unit, unsigned int id)
{
	unsigned long flags;

	spin_lock_irqsave(&unit->lock, flags);
	__clear_bit(id, unit->domain_ids);
	spin_unlock_irqrestore(&unit->lock, flags);
}

/* -- caches -- */

const struct dmar_range dmar_all = { .last = ULONG_MAX };

/*
 * What a guest's own tables lead to is cached under ids of its bindings, and by
 * devices under addresses of the guest, which we do not know: all goes.
 */
static void flush_nested(struct dmar_attachment *at,
			 const struct dmar_range *range)
{
	dmar_flush_range(at->vdev->unit, at->id, range);
	dmar_flush_device(at->vdev, at->pasid, &dmar_all);
}

/*
 * First the unit, then devices, which may ask it again at once. One that is
 * attached after we have looked will not find what is gone: whoever attaches
 * takes the lock before the unit gets to see the tables.
 */
void dmar_domain_flush(struct dmar_domain *domain, const struct dmar_range *range)
{
	struct dmar_attachment *at;
	unsigned long flags;
	bool flushed = false;

	spin_lock_irqsave(&domain->lock, flags);
	list_for_each_entry(at, &domain->attachments, in_domain) {
		if (at->nested)
			continue;
		if (!flushed)
			dmar_flush_range(domain->unit, domain->id, range);
		flushed = true;
		dmar_flush_device(at->vdev, at->pasid, range);
	}
	list_for_each_entry(at, &domain->attachments, in_domain)
		if (at->nested)
			flush_nested(at, range);
	spin_unlock_irqrestore(&domain->lock, flags);
}

static void flush_all(struct iommu_domain *domain)
{
	dmar_domain_flush(to_vtd_domain(domain), &dmar_all);
}

static void iotlb_sync(struct iommu_domain *domain,
		       struct iommu_iotlb_gather *gather)
{
	const struct dmar_range range = {
		.first = gather->start,
		.last = gather->end,
		.leaves_only = list_empty(&gather->freelist),
	};

	if (gather->start <= gather->end)
		dmar_domain_flush(to_vtd_domain(domain), &range);
	dmar_free_pages(&gather->freelist);
}

/* -- mappings -- */

static unsigned int level_of(size_t pgsize)
{
	return (__ffs(pgsize) - 12) / 9 + 1;
}

static bool in_aperture(const struct iommu_domain *domain, unsigned long iova,
			size_t bytes)
{
	return iova <= domain->geometry.aperture_end &&
	       bytes - 1 <= domain->geometry.aperture_end - iova;
}

static int map_pages(struct iommu_domain *domain, unsigned long iova,
		     phys_addr_t phys, size_t pgsize, size_t count, int prot,
		     gfp_t gfp, size_t *mapped)
{
	struct dmar_domain *vd = to_vtd_domain(domain);
	struct dmar_range range = { .first = iova };
	u64 rights = 0;
	int rc;

	if (prot & IOMMU_READ)
		rights |= VTD_SL_READ;
	if (prot & IOMMU_WRITE)
		rights |= VTD_SL_WRITE;
	if (!rights || !in_aperture(domain, iova, pgsize * count))
		return -EINVAL;
	rc = dmar_tables_map(vd, iova, phys, level_of(pgsize), count, rights,
			    gfp, mapped);
	/* Some units remember that there was nothing. */
	if (*mapped && vd->unit->cap & VTD_CAP_CM) {
		range.last = iova + *mapped - 1;
		dmar_domain_flush(vd, &range);
	}
	return rc;
}

static size_t unmap_pages(struct iommu_domain *domain, unsigned long iova,
			  size_t pgsize, size_t count,
			  struct iommu_iotlb_gather *gather)
{
	LIST_HEAD(freelist);
	size_t bytes;

	if (!in_aperture(domain, iova, pgsize * count))
		return 0;
	bytes = dmar_tables_unmap(to_vtd_domain(domain), iova, pgsize * count,
				 &freelist);
	if (!bytes)
		return 0;
	/* Tables join the list only after others' have been flushed and freed. */
	if (iommu_iotlb_gather_is_disjoint(gather, iova, bytes))
		iommu_iotlb_sync(domain, gather);
	iommu_iotlb_gather_add_range(gather, iova, bytes);
	list_splice_tail(&freelist, &gather->freelist);
	return bytes;
}

static phys_addr_t iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	if (!in_aperture(domain, iova, 1))
		return 0;
	return dmar_tables_find(to_vtd_domain(domain), iova);
}

/* -- life -- */

static void free_paging(struct iommu_domain *domain)
{
	struct dmar_domain *vd = to_vtd_domain(domain);

	WARN_ON(!list_empty(&vd->attachments));
	dmar_tables_free(vd);
	dmar_id_free(vd->unit, vd->id);
	kfree(vd);
}

static struct iommu_domain *alloc_paging(struct dmar_unit *unit)
{
	struct dmar_domain *vd = kzalloc(sizeof(*vd), GFP_KERNEL);
	unsigned int bits;
	int id;

	if (!vd)
		return NULL;
	id = dmar_id_alloc(unit);
	if (id < 0)
		goto err_free;
	vd->top = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!vd->top)
		goto err_id;
	vd->unit = unit;
	vd->id = id;
	spin_lock_init(&vd->lock);
	INIT_LIST_HEAD(&vd->attachments);
	bits = min_t(unsigned int, VTD_CAP_MGAW(unit->cap),
		     dmar_level_shift(unit->levels + 1));
	vd->domain.geometry.aperture_end = BIT_ULL(bits) - 1;
	vd->domain.geometry.force_aperture = true;
	vd->domain.pgsize_bitmap = SZ_4K;
	if (unit->cap & VTD_CAP_2M)
		vd->domain.pgsize_bitmap |= SZ_2M;
	if (unit->cap & VTD_CAP_1G)
		vd->domain.pgsize_bitmap |= SZ_1G;
	return &vd->domain;

err_id:
	dmar_id_free(unit, id);
err_free:
	kfree(vd);
	return NULL;
}

static void free_static(struct iommu_domain *domain)
{
}

static const struct iommu_domain_ops identity_ops = {
	.attach_dev = dmar_attach_identity,
	.free = free_static,
};

static const struct iommu_domain_ops blocked_ops = {
	.attach_dev = dmar_attach_blocked,
	.free = free_static,
};

static struct iommu_domain identity_domain = { .ops = &identity_ops };
static struct iommu_domain blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &blocked_ops,
	.pgsize_bitmap = SZ_4K,
};

struct iommu_domain *dmar_domain_alloc(unsigned int type)
{
	struct dmar_unit *unit = dmar_first_unit();

	if (!unit)
		return NULL;
	if (type & __IOMMU_DOMAIN_PAGING)
		return alloc_paging(unit);
	if (type == IOMMU_DOMAIN_BLOCKED)
		return &blocked_domain;
	if (type == IOMMU_DOMAIN_IDENTITY && unit->ecap & VTD_ECAP_PT)
		return &identity_domain;
	return NULL;
}

const struct iommu_domain_ops dmar_domain_ops = {
	.attach_dev = dmar_attach_paging,
	.enable_nesting = dmar_enable_nesting,
	.map_pages = map_pages,
	.unmap_pages = unmap_pages,
	.flush_iotlb_all = flush_all,
	.iotlb_sync = iotlb_sync,
	.iova_to_phys = iova_to_phys,
	.free = free_paging,
};

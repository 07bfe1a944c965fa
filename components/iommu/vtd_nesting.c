// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_nesting.c - first-level tables of guests
 *
 *    PASID entry:  first level (guest address) --> tables of the guest
 *                  second level (ours) ----------> tables of the domain
 *
 * The unit looks each table of the guest up in the second level, so whatever a
 * guest writes there, it can reach no more than the domain maps. What it finds
 * may be kept until the guest has it forgotten; but not when the domain changes:
 * then we do, see dmar_domain_flush().
 *
 * Each binding has a tag of its own, and so can be forgotten without others.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "vtd.h"

/* Levels are 4: units that have 5 are not used that way. */
#define GUEST_ADDRESS_BITS	48u

/* -- what there is -- */

static bool can_nest(const struct dmar_unit *unit)
{
	const u64 needed = VTD_ECAP_NEST | VTD_ECAP_FLTS | VTD_ECAP_PASID;

	return (unit->ecap & needed) == needed;
}

int dmar_enable_nesting(struct iommu_domain *domain)
{
	struct dmar_domain *vd = to_vtd_domain(domain);

	if (!can_nest(vd->unit))
		return -ENODEV;
	if (!list_empty(&vd->attachments))
		return -EBUSY;
	vd->nesting = true;
	return 0;
}

static struct dmar_domain *nesting_domain(struct iommu_domain *domain)
{
	if (domain->ops != &dmar_domain_ops ||
	    !to_vtd_domain(domain)->nesting)
		return NULL;
	return to_vtd_domain(domain);
}

/* All else of word 2 of a PASID entry takes extensions that we do not use. */
static u64 usable_flags(const struct dmar_unit *unit)
{
	return NESTING_VTD_WPE |
	       (unit->ecap & VTD_ECAP_SRS ? NESTING_VTD_SRE : 0);
}

int iommu_nesting_info(struct iommu_domain *domain, struct nesting_info *info)
{
	struct dmar_domain *vd = nesting_domain(domain);

	if (!vd)
		return -ENODEV;
	*info = (struct nesting_info){
		.argsz = sizeof(*info),
		.version = NESTING_VERSION,
		.format = NESTING_FORMAT_VTD,
		.features = NESTING_CAN_BIND | NESTING_CAN_INVALIDATE,
		.pasid_bits = min_t(u32, VTD_ECAP_PSS(vd->unit->ecap),
				    PASID_BITS),
		.addr_width = GUEST_ADDRESS_BITS,
		.output_width = fls64(domain->geometry.aperture_end),
		.vtd_flags = usable_flags(vd->unit),
	};
	if (vd->unit->reports.ring)
		info->features |= NESTING_CAN_PAGE_REQUEST;
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_nesting_info);

/* -- bind -- */

/* By the number the guest has for it; the caller has the lock. */
static struct dmar_attachment *find_guest(struct dmar_device *vdev,
					  struct iommu_domain *domain,
					  u64 guest_pasid)
{
	struct dmar_attachment *at;

	list_for_each_entry(at, &vdev->aux, in_device)
		if (at->nested && at->domain == domain &&
		    at->guest_pasid == guest_pasid)
			return at;
	return NULL;
}

static u32 guest_pasid_of(const struct nesting_bind *bind)
{
	return bind->flags & NESTING_BIND_GPASID ? bind->gpasid : bind->hpasid;
}

static int check_bind(struct dmar_domain *vd, const struct dmar_device *vdev,
		      const struct nesting_bind *bind)
{
	if (bind->hpasid == VTD_RID_PASID || bind->hpasid >= vdev->nr_pasids)
		return -EINVAL;
	if (bind->addr_width != GUEST_ADDRESS_BITS ||
	    bind->vtd_flags & ~usable_flags(vd->unit))
		return -EOPNOTSUPP;
	if (bind->gpgd > vd->domain.geometry.aperture_end)
		return -EINVAL;
	return 0;
}

static struct dmar_pasid_entry entry_for(struct dmar_domain *vd, u16 id,
					 const struct nesting_bind *bind)
{
	struct dmar_pasid_entry entry = { {
		virt_to_phys(vd->top) | VTD_PASID_NESTED |
		VTD_PASID_LEVELS(vd->unit->levels),
		id,
		bind->gpgd,
	} };

	if (bind->vtd_flags & NESTING_VTD_SRE)
		entry.words[2] |= VTD_PASID_SRE;
	if (bind->vtd_flags & NESTING_VTD_WPE)
		entry.words[2] |= VTD_PASID_WPE;
	/* Tables of x86 processes forbid execution of most pages. */
	if (vd->unit->ecap & VTD_ECAP_ERS)
		entry.words[2] |= VTD_PASID_NXE;
	return entry;
}

static int enter_nested(struct dmar_attachment *at, struct dmar_domain *vd,
			const struct nesting_bind *bind)
{
	struct dmar_pasid_entry entry;
	int id = dmar_id_alloc(vd->unit);
	int rc;

	if (id < 0)
		return id;
	at->id = id;
	entry = entry_for(vd, id, bind);
	rc = dmar_enter(at, vd, &entry);
	if (rc)
		dmar_id_free(vd->unit, id);
	return rc;
}

static int bind_locked(struct dmar_device *vdev, struct dmar_domain *vd,
		       const struct nesting_bind *bind)
{
	struct dmar_attachment *at;
	int rc;

	if (!dmar_is_in(vdev, &vd->domain))
		return -EINVAL;
	if (dmar_find_aux(vdev, bind->hpasid))
		return -EBUSY;
	if (find_guest(vdev, &vd->domain, guest_pasid_of(bind)))
		return -EEXIST;
	at = kzalloc(sizeof(*at), GFP_KERNEL);
	if (!at)
		return -ENOMEM;
	at->vdev = vdev;
	at->pasid = bind->hpasid;
	at->nested = true;
	at->guest_pasid = guest_pasid_of(bind);
	rc = enter_nested(at, vd, bind);
	if (rc)
		kfree(at);
	else
		dmar_add_aux(at);
	return rc;
}

int iommu_nesting_bind(struct iommu_domain *domain, struct device *dev,
		       struct pasid_set *set, const struct nesting_bind *bind)
{
	struct dmar_domain *vd = nesting_domain(domain);
	struct dmar_device *vdev = dmar_device_of(dev);
	int rc;

	if (!vdev)
		return -ENODEV;
	if (!vd || vd->unit != vdev->unit)
		return -EINVAL;
	rc = check_bind(vd, vdev, bind);
	if (rc)
		return rc;
	/* Until the binding is gone nobody else gets the number. */
	rc = pasid_get(set, bind->hpasid);
	if (rc)
		return rc;
	mutex_lock(&vdev->lock);
	rc = bind_locked(vdev, vd, bind);
	mutex_unlock(&vdev->lock);
	if (rc)
		pasid_put(bind->hpasid);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_nesting_bind);

/* -- unbind; the caller has the lock -- */

static void unbind(struct dmar_attachment *at)
{
	struct dmar_unit *unit = at->vdev->unit;
	u32 pasid = at->pasid;
	u16 id = at->id;

	dmar_leave(at);
	dmar_id_free(unit, id);
	pasid_put(pasid);
}

static struct dmar_attachment *any_nested(struct dmar_device *vdev,
					  struct iommu_domain *domain)
{
	struct dmar_attachment *at;

	list_for_each_entry(at, &vdev->aux, in_device)
		if (at->nested && at->domain == domain)
			return at;
	return NULL;
}

void dmar_unbind_all(struct dmar_device *vdev, struct iommu_domain *domain)
{
	struct dmar_attachment *at;

	while ((at = any_nested(vdev, domain)))
		unbind(at);
}

int iommu_nesting_unbind(struct iommu_domain *domain, struct device *dev,
			 u32 hpasid)
{
	struct dmar_device *vdev = dmar_device_of(dev);
	struct dmar_attachment *at;
	int rc = -ENOENT;

	if (!vdev)
		return -ENODEV;
	mutex_lock(&vdev->lock);
	at = dmar_find_aux(vdev, hpasid);
	if (at && at->nested && at->domain == domain) {
		unbind(at);
		rc = 0;
	}
	mutex_unlock(&vdev->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_nesting_unbind);

void iommu_nesting_unbind_all(struct iommu_domain *domain, struct device *dev)
{
	struct dmar_device *vdev = dmar_device_of(dev);

	if (!vdev)
		return;
	mutex_lock(&vdev->lock);
	dmar_unbind_all(vdev, domain);
	mutex_unlock(&vdev->lock);
}
EXPORT_SYMBOL_GPL(iommu_nesting_unbind_all);

/* -- invalidation -- */

static struct dmar_range range_of(const struct nesting_invalidate *what)
{
	struct dmar_range range = dmar_all;

	if (what->granularity != NESTING_INV_ADDR)
		return range;
	range.first = what->addr;
	range.last = what->addr + (what->granule_size * what->nb_granules - 1);
	range.leaves_only = what->flags & NESTING_INV_LEAF;
	return range;
}

/*
 * What has come through a PASID entry goes after the entry, and what a device
 * remembers goes last, since it may ask again at once. A guest that sees no
 * translations of the device's own says nothing about them, so they go with
 * those of the unit.
 */
static void invalidate(struct dmar_attachment *at,
		       const struct nesting_invalidate *what)
{
	const struct dmar_range range = range_of(what);
	struct dmar_unit *unit = at->vdev->unit;

	if (what->cache & NESTING_CACHE_PASID)
		dmar_flush_pasid_entry(unit, at->id, at->pasid);
	if (what->cache & NESTING_CACHE_IOTLB)
		dmar_flush_pasid(unit, at->id, at->pasid, &range);
	if (what->cache & (NESTING_CACHE_IOTLB | NESTING_CACHE_DEV_IOTLB))
		dmar_flush_device(at->vdev, at->pasid, &range);
}

static int invalidate_locked(struct dmar_device *vdev,
			     struct iommu_domain *domain,
			     const struct nesting_invalidate *what)
{
	bool all = what->granularity == NESTING_INV_DOMAIN;
	struct dmar_attachment *at;
	int rc = all ? 0 : -ENOENT;

	list_for_each_entry(at, &vdev->aux, in_device) {
		if (!at->nested || at->domain != domain ||
		    (!all && at->guest_pasid != what->pasid))
			continue;
		invalidate(at, what);
		rc = 0;
	}
	return rc;
}

int iommu_nesting_invalidate(struct iommu_domain *domain, struct device *dev,
			     const struct nesting_invalidate *what)
{
	struct dmar_device *vdev = dmar_device_of(dev);
	int rc;

	if (!vdev || !nesting_domain(domain))
		return -ENODEV;
	mutex_lock(&vdev->lock);
	rc = invalidate_locked(vdev, domain, what);
	mutex_unlock(&vdev->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_nesting_invalidate);

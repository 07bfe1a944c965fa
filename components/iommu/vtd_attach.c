// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_attach.c - what devices' requests go through
 *
 *                   plain ------------> domain
 *    device ------- PASID (auxiliary) -> domain
 *                   PASID (nested) ---> tables of a guest --> domain
 *
 * A device moves from one to another with a moment of nothing in between, so
 * that an entry which is present never changes. Nested ones last no longer than
 * the device is in the domain by other means.
 *
 * An attachment ends in this order, so that nothing comes back:
 *
 *    1. nobody finds it who looks for the receiver of a page request
 *    2. its PASID entry goes, from memory and from the unit's caches
 *    3. translations go, of the unit, then of the device
 *    4. page requests that came before are answered
 *    5. the domain does not know it any more, and its tag is free
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "iommu_aux.h"
#include "vtd.h"

/* The list has it for as long as caches may know it, see vtd.h. */
static void join_domain(struct dmar_attachment *at, struct dmar_domain *vd)
{
	unsigned long flags;

	spin_lock_irqsave(&vd->lock, flags);
	list_add_tail(&at->in_domain, &vd->attachments);
	spin_unlock_irqrestore(&vd->lock, flags);
}

static void leave_domain(struct dmar_attachment *at, struct dmar_domain *vd)
{
	unsigned long flags;

	spin_lock_irqsave(&vd->lock, flags);
	list_del(&at->in_domain);
	spin_unlock_irqrestore(&vd->lock, flags);
}

static void set_domain(struct dmar_attachment *at, struct iommu_domain *domain)
{
	unsigned long flags;

	spin_lock_irqsave(&at->vdev->ways_lock, flags);
	at->domain = domain;
	spin_unlock_irqrestore(&at->vdev->ways_lock, flags);
}

int dmar_enter(struct dmar_attachment *at, struct dmar_domain *vd,
	       const struct dmar_pasid_entry *entry)
{
	int rc;

	join_domain(at, vd);
	rc = dmar_pasid_set(at->vdev, at->pasid, entry);
	if (rc)
		leave_domain(at, vd);
	else
		set_domain(at, &vd->domain);
	return rc;
}

/* Through second-level tables alone. */
static int enter_second(struct dmar_attachment *at, struct dmar_domain *vd)
{
	const struct dmar_pasid_entry entry = { {
		virt_to_phys(vd->top) | VTD_PASID_SECOND |
		VTD_PASID_LEVELS(vd->unit->levels),
		vd->id,
	} };

	at->id = vd->id;
	return dmar_enter(at, vd, &entry);
}

/* See the top of the file; @old is what @at was in. */
static void end(struct dmar_attachment *at, struct iommu_domain *old)
{
	dmar_pasid_clear(at->vdev, at->pasid);
	dmar_requests_drain(at->vdev, at->pasid);
	if (old && old->type & __IOMMU_DOMAIN_PAGING)
		leave_domain(at, to_vtd_domain(old));
}

bool dmar_is_in(struct dmar_device *vdev, struct iommu_domain *domain)
{
	struct dmar_attachment *at;

	if (vdev->plain.domain == domain)
		return true;
	list_for_each_entry(at, &vdev->aux, in_device)
		if (at->domain == domain && !at->nested)
			return true;
	return false;
}

/* Nested ones do not stay behind. */
static void left(struct dmar_device *vdev, struct iommu_domain *domain)
{
	if (domain && !dmar_is_in(vdev, domain))
		dmar_unbind_all(vdev, domain);
}

/* -- plain requests -- */

static void detach_plain(struct dmar_device *vdev)
{
	struct iommu_domain *old = vdev->plain.domain;

	set_domain(&vdev->plain, NULL);
	end(&vdev->plain, old);
	left(vdev, old);
}

int dmar_attach_paging(struct iommu_domain *domain, struct device *dev)
{
	struct dmar_device *vdev = dev->iommu->priv;
	struct dmar_domain *vd = to_vtd_domain(domain);
	int rc;

	if (vd->unit != vdev->unit)
		return -EINVAL;
	mutex_lock(&vdev->lock);
	detach_plain(vdev);
	rc = enter_second(&vdev->plain, vd);
	mutex_unlock(&vdev->lock);
	return rc;
}

int dmar_attach_identity(struct iommu_domain *domain, struct device *dev)
{
	static const struct dmar_pasid_entry entry = { {
		VTD_PASID_THROUGH, VTD_ID_THROUGH,
	} };
	struct dmar_device *vdev = dev->iommu->priv;
	int rc;

	mutex_lock(&vdev->lock);
	detach_plain(vdev);
	rc = dmar_pasid_set(vdev, VTD_RID_PASID, &entry);
	if (!rc)
		set_domain(&vdev->plain, domain);
	mutex_unlock(&vdev->lock);
	return rc;
}

int dmar_attach_blocked(struct iommu_domain *domain, struct device *dev)
{
	struct dmar_device *vdev = dev->iommu->priv;

	mutex_lock(&vdev->lock);
	detach_plain(vdev);
	set_domain(&vdev->plain, domain);
	mutex_unlock(&vdev->lock);
	return 0;
}

/* -- requests with PASIDs -- */

struct dmar_attachment *dmar_find_aux(struct dmar_device *vdev, u32 pasid)
{
	struct dmar_attachment *at;

	list_for_each_entry(at, &vdev->aux, in_device)
		if (at->pasid == pasid)
			return at;
	return NULL;
}

static int aux_attach(struct dmar_device *vdev, struct dmar_domain *vd,
		      u32 pasid)
{
	struct dmar_attachment *at;
	int rc;

	if (dmar_find_aux(vdev, pasid))
		return -EBUSY;
	at = kzalloc(sizeof(*at), GFP_KERNEL);
	if (!at)
		return -ENOMEM;
	at->vdev = vdev;
	at->pasid = pasid;
	at->guest_pasid = pasid;
	rc = enter_second(at, vd);
	if (rc)
		kfree(at);
	else
		dmar_add_aux(at);
	return rc;
}

int iommu_aux_attach_device(struct iommu_domain *domain, struct device *dev,
			    u32 pasid)
{
	struct dmar_device *vdev = dmar_device_of(dev);
	int rc;

	if (!vdev)
		return -ENODEV;
	if (domain->ops != &dmar_domain_ops ||
	    to_vtd_domain(domain)->unit != vdev->unit)
		return -EINVAL;
	if (pasid == VTD_RID_PASID || pasid >= vdev->nr_pasids)
		return -EINVAL;
	mutex_lock(&vdev->lock);
	rc = aux_attach(vdev, to_vtd_domain(domain), pasid);
	mutex_unlock(&vdev->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_aux_attach_device);

void dmar_add_aux(struct dmar_attachment *at)
{
	unsigned long flags;

	spin_lock_irqsave(&at->vdev->ways_lock, flags);
	list_add_tail(&at->in_device, &at->vdev->aux);
	spin_unlock_irqrestore(&at->vdev->ways_lock, flags);
}

void dmar_leave(struct dmar_attachment *at)
{
	struct dmar_device *vdev = at->vdev;
	unsigned long flags;

	spin_lock_irqsave(&vdev->ways_lock, flags);
	list_del(&at->in_device);
	spin_unlock_irqrestore(&vdev->ways_lock, flags);
	end(at, at->domain);
	kfree(at);
}

static void aux_detach(struct dmar_device *vdev, struct dmar_attachment *at)
{
	struct iommu_domain *domain = at->domain;

	dmar_leave(at);
	left(vdev, domain);
}

void iommu_aux_detach_device(struct iommu_domain *domain, struct device *dev,
			     u32 pasid)
{
	struct dmar_device *vdev = dev->iommu->priv;
	struct dmar_attachment *at;

	mutex_lock(&vdev->lock);
	at = dmar_find_aux(vdev, pasid);
	if (at && at->domain == domain && !at->nested)
		aux_detach(vdev, at);
	mutex_unlock(&vdev->lock);
}
EXPORT_SYMBOL_GPL(iommu_aux_detach_device);

static struct dmar_attachment *any_aux(struct dmar_device *vdev)
{
	struct dmar_attachment *at;

	list_for_each_entry(at, &vdev->aux, in_device)
		if (!at->nested)
			return at;
	return NULL;
}

void dmar_detach(struct dmar_device *vdev)
{
	struct dmar_attachment *at;

	mutex_lock(&vdev->lock);
	while ((at = any_aux(vdev)))
		aux_detach(vdev, at);
	detach_plain(vdev);
	WARN_ON(!list_empty(&vdev->aux));
	mutex_unlock(&vdev->lock);
}

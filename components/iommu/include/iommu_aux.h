/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_aux.h - auxiliary domains: one domain per PASID of a device
 *
 * A device that puts PASIDs on its requests can be in several domains at once:
 * in one of its group's for plain requests, and for each PASID in another. The
 * calls are our own; <linux/iommu.h> of later kernels has others, of other
 * names, for the same thing.
 *
 * The caller keeps the device from leaving its bus, and the domain from being
 * freed while it is attached. Whose PASID it is is the caller's business, too,
 * see pasid.h. A device that leaves is taken out of all its domains.
 */
#ifndef IOMMU_AUX_H
#define IOMMU_AUX_H

#include <linux/iommu.h>

/*
 * 0, -ENODEV: no IOMMU that can; -EINVAL: the device has no such PASID, or the
 * domain is none of mappings of this IOMMU; -EBUSY: the PASID is attached;
 * -ENOMEM.
 */
int iommu_aux_attach_device(struct iommu_domain *domain, struct device *dev,
			    u32 pasid);
/* When this returns no request with the PASID is translated any more. */
void iommu_aux_detach_device(struct iommu_domain *domain, struct device *dev,
			     u32 pasid);

#endif

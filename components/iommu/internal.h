/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - the parts of the IOMMU core, shared by its files
 *
 * Lock order: iommu_probe_device_lock, the lock of a group, the driver's.
 */
#ifndef IOMMU_INTERNAL_H
#define IOMMU_INTERNAL_H

#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>

/*
 * struct iommu_group - devices the hardware cannot tell apart
 * @kref:	one reference per device, and one per iommu_group_get()
 * @lock:	protects everything below
 * @devices:	struct group_device.entry
 * @default_domain: what devices are attached to when nobody owns the group
 * @blocking_domain: what they are attached to when the owner has no domain
 * @domain:	what they are attached to now; NULL if no IOMMU serves them
 * @owner:	who does DMA with the group, if not the kernel itself
 * @owner_cnt:	claims of @owner, or drivers that use the default domain
 */
struct iommu_group {
	struct kref kref;
	struct list_head entry;
	int id;
	char *name;
	void *iommu_data;
	void (*iommu_data_release)(void *iommu_data);

	struct mutex lock;
	struct list_head devices;
	struct iommu_domain *default_domain;
	struct iommu_domain *blocking_domain;
	struct iommu_domain *domain;
	void *owner;
	unsigned int owner_cnt;
};

struct group_device {
	struct list_head entry;
	struct device *dev;
};

/* Operations of the IOMMU @dev is behind, or NULL. */
static inline const struct iommu_ops *iommu_ops_of(struct device *dev)
{
	if (!dev->iommu || !dev->iommu->iommu_dev)
		return NULL;
	return dev->iommu->iommu_dev->ops;
}

/* Operations of the first IOMMU of the machine, or NULL. */
const struct iommu_ops *iommu_first_ops(void);

/* NULL if the driver has no such domain, or no memory. */
struct iommu_domain *iommu_domain_alloc_type(const struct iommu_ops *ops,
					     unsigned int type);

/*
 * The group gets a default domain, if it has none, and @dev, just added, is
 * attached to what the rest of it is attached to.
 */
int iommu_group_setup_device(struct iommu_group *group, struct device *dev);

#endif

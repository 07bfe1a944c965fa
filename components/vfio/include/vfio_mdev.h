/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_mdev.h - mediated devices whose requests go through an IOMMU
 *
 * Such a device is a slice of another, its parent. Its requests are the
 * parent's, told apart by a PASID that the parent's driver has given to the
 * slice. So they are translated where the parent is behind an IOMMU, by an
 * auxiliary domain (iommu_aux.h).
 */
#ifndef VFIO_MDEV_H
#define VFIO_MDEV_H

#include <linux/device.h>
#include <linux/types.h>

/*
 * struct vfio_mdev_way - how its requests go
 * @parent:	stays at least until the slice is unregistered
 * @pasid:	the slice's own
 */
struct vfio_mdev_way {
	struct device *parent;
	u32 pasid;
};

/* False: @dev is no slice. */
bool vfio_mdev_way(struct device *dev, struct vfio_mdev_way *way);

#endif

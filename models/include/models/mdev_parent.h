/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdev_parent.h - a device that is cut into slices, told apart by PASID
 *
 *	slice 0 --\                     PASID of slice 0
 *	slice 1 ---> parent's requester id + PASID of slice 1 --> IOMMU
 *	slice 2 --/                     PASID of slice 2
 *
 * The parent's driver gives a slice its PASID; whoever drives a slice cannot
 * choose one. So isolation between slices is the IOMMU's business alone.
 *
 * Who may call what: as for pci_device.h.
 */
#ifndef MODELS_MDEV_PARENT_H
#define MODELS_MDEV_PARENT_H

#include <models/pci_device.h>

#define MDEV_MAX_SLICES	8

struct mdev_parent;

/* @device has the PASID capability. */
struct mdev_parent *mdev_parent_new(struct sim *sim, struct pci_device *device);
struct pci_device *mdev_parent_device(const struct mdev_parent *parent);

/*
 * Its registers at @phys, for the parent's driver: 32 bits per slice, the PASID
 * that it has; all ones take it away. As for machine_claim().
 */
int mdev_parent_claim(struct mdev_parent *parent, struct machine *machine,
		      uint64_t phys);
#define MDEV_BAR_BYTES	4096

/* -EBUSY if the slice is there already, -ENODEV if it is not. */
int mdev_create(struct mdev_parent *parent, unsigned int slice);
int mdev_remove(struct mdev_parent *parent, unsigned int slice);

/* IOMMU_NO_PASID takes it away: the slice does no DMA. */
int mdev_set_pasid(struct mdev_parent *parent, unsigned int slice,
		   uint32_t pasid);
/* IOMMU_NO_PASID if it has none. */
uint32_t mdev_pasid(const struct mdev_parent *parent, unsigned int slice);

/*
 * As pci_device_dma(), with the slice's PASID, which is filled in. Also
 *
 * -ENODEV	there is no such slice
 * -EPERM	it has no PASID
 */
int mdev_dma(struct mdev_parent *parent, unsigned int slice,
	     struct pci_dma *dma);

#endif

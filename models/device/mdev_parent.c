/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device that is cut into slices.
 *
 * FAULT MODEL
 *
 * A slice goes on with the PASID it has until the parent's driver takes it
 * away, whatever has become of that PASID meanwhile. What it has sent before
 * still arrives.
 *
 * Never happens: a slice uses the PASID of another, or none.
 */
#include <errno.h>
#include <models/mdev_parent.h>
#include <sim/finding.h>

struct slice {
	uint32_t pasid;
	bool exists;
};

struct mdev_parent {
	struct pci_device *device;
	struct slice slices[MDEV_MAX_SLICES];
};

struct mdev_parent *mdev_parent_new(struct sim *sim, struct pci_device *device)
{
	struct mdev_parent *parent = sim_alloc(sim, sizeof(*parent), 8);

	parent->device = device;
	return parent;
}

struct pci_device *mdev_parent_device(const struct mdev_parent *parent)
{
	return parent->device;
}

static bool exists(const struct mdev_parent *parent, unsigned int slice)
{
	return slice < MDEV_MAX_SLICES && parent->slices[slice].exists;
}

int mdev_create(struct mdev_parent *parent, unsigned int slice)
{
	sim_assert(slice < MDEV_MAX_SLICES);
	if (parent->slices[slice].exists)
		return -EBUSY;
	parent->slices[slice].exists = true;
	parent->slices[slice].pasid = IOMMU_NO_PASID;
	return 0;
}

int mdev_remove(struct mdev_parent *parent, unsigned int slice)
{
	if (!exists(parent, slice))
		return -ENODEV;
	parent->slices[slice].exists = false;
	return 0;
}

int mdev_set_pasid(struct mdev_parent *parent, unsigned int slice,
		   uint32_t pasid)
{
	if (!exists(parent, slice))
		return -ENODEV;
	parent->slices[slice].pasid = pasid;
	return 0;
}

uint32_t mdev_pasid(const struct mdev_parent *parent, unsigned int slice)
{
	return exists(parent, slice) ? parent->slices[slice].pasid :
				       IOMMU_NO_PASID;
}

int mdev_dma(struct mdev_parent *parent, unsigned int slice,
	     struct pci_dma *dma)
{
	if (!exists(parent, slice))
		return -ENODEV;
	dma->pasid = parent->slices[slice].pasid;
	if (dma->pasid == IOMMU_NO_PASID)
		return -EPERM;
	return pci_device_dma(parent->device, dma);
}

/* -- registers -- */

static uint64_t read_register(void *device, uint64_t offset, unsigned int size)
{
	return mdev_pasid(device, (unsigned int)(offset / 4));
}

static void write_register(void *device, uint64_t offset, unsigned int size,
			   uint64_t value)
{
	mdev_set_pasid(device, (unsigned int)(offset / 4), (uint32_t)value);
}

int mdev_parent_claim(struct mdev_parent *parent, struct machine *machine,
		      uint64_t phys)
{
	const struct machine_window window = {
		.phys = phys, .bytes = MDEV_BAR_BYTES, .read = read_register,
		.write = write_register, .device = parent,
	};

	return machine_claim(machine, &window);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plug.c - devices that come and go
 *
 *	in order	the kernel lets go of the device, then it is gone
 *	surprise	it is gone, and then the kernel hears of it
 *	unnoticed	it is gone, and nobody tells
 *
 * One that is gone answers no invalidation, so what the kernel does about it
 * afterwards has to do without. If it comes back and the kernel has not noticed,
 * it may be shut out: nothing about it is certain before it has been removed.
 */
#include <errno.h>

#include "iommu.h"

enum plug_kind { IN_ORDER, SURPRISE, UNNOTICED };

static void remove_from_kernel(struct iommu_world *w, unsigned int device)
{
	struct ref_call call = { 0 };

	oracle_device_begin(w, device, &call);
	iommu_device_remove(w, device);
	oracle_device_end(w, device, &call);
	w->removed[device] = true;
}

int64_t op_unplug(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	unsigned int device = (unsigned int)args[0];

	if (w->removed[device] || w->plugging)
		return -ENODEV;
	w->plugging = true;
	w->doubtful[device] = true;
	if (args[1] != IN_ORDER)
		pci_device_unplug(w->devices[device]);
	if (args[1] != UNNOTICED)
		remove_from_kernel(w, device);
	pci_device_unplug(w->devices[device]);
	w->plugging = false;
	return 0;
}

int64_t op_plug(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	unsigned int device = (unsigned int)args[0];
	int rc;

	if (w->plugging)
		return -EBUSY;
	pci_device_plug(w->devices[device]);
	if (!w->removed[device])
		return 0;
	w->plugging = true;
	rc = iommu_device_add(w, device);
	if (!rc) {
		w->removed[device] = false;
		w->doubtful[device] = false;
	}
	w->plugging = false;
	return rc;
}

/*
 * While a device is away, memory is taken back that it may know the way to. What
 * it knows it still knows when it is back.
 */
int64_t op_absence(struct world *world, const uint64_t *args)
{
	const uint64_t away[] = { args[0], UNNOTICED };
	const uint64_t taken[] = { args[1], 0 };
	int64_t rc = op_unplug(world, away);

	if (rc)
		return rc;
	rc = op_take_back(world, taken);
	op_plug(world, args);
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioas_device.c - devices that processes may have
 *
 * The platform driver "dma-device". Its devices are behind an IOMMU, or are
 * refused. While a file has a device the group is the file's; when it lets go,
 * or the device goes, the group is the kernel's again.
 *
 * @lock protects the list and who owns what. It is held while a device is
 * attached or detached: a device that is removed waits for that.
 */
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "ioas.h"

struct ioas_device {
	struct list_head entry;
	struct iommu_group *group;
	const struct resource *bar;
	u32 id;
	void *owner;
	struct ioas *space;
};

static LIST_HEAD(devices);
static DEFINE_MUTEX(lock);

static struct ioas_device *find(u32 id)
{
	struct ioas_device *device;

	list_for_each_entry(device, &devices, entry)
		if (device->id == id)
			return device;
	return NULL;
}

static int attach(struct ioas_device *device, struct ioas *space, void *owner)
{
	int rc;

	if (device->owner)
		return -EBUSY;
	rc = iommu_group_claim_dma_owner(device->group, owner);
	if (rc)
		return rc;
	rc = iommu_attach_group(space->domain, device->group);
	if (rc) {
		iommu_group_release_dma_owner(device->group);
		return rc;
	}
	device->owner = owner;
	device->space = space;
	return 0;
}

static void detach(struct ioas_device *device)
{
	iommu_detach_group(device->space->domain, device->group);
	iommu_group_release_dma_owner(device->group);
	device->owner = NULL;
	device->space = NULL;
}

int ioas_device_attach(u32 id, struct ioas *space, void *owner)
{
	struct ioas_device *device;
	int rc = -ENOENT;

	mutex_lock(&lock);
	device = find(id);
	if (device)
		rc = attach(device, space, owner);
	mutex_unlock(&lock);
	return rc;
}

int ioas_device_detach(u32 id, void *owner)
{
	struct ioas_device *device;
	int rc = -ENOENT;

	mutex_lock(&lock);
	device = find(id);
	if (device && device->owner == owner) {
		detach(device);
		rc = 0;
	}
	mutex_unlock(&lock);
	return rc;
}

void ioas_device_detach_all(void *owner)
{
	struct ioas_device *device;

	mutex_lock(&lock);
	list_for_each_entry(device, &devices, entry)
		if (device->owner == owner)
			detach(device);
	mutex_unlock(&lock);
}

bool ioas_device_uses(struct ioas *space)
{
	struct ioas_device *device;
	bool uses = false;

	mutex_lock(&lock);
	list_for_each_entry(device, &devices, entry)
		uses |= device->space == space;
	mutex_unlock(&lock);
	return uses;
}

phys_addr_t ioas_device_bar(u32 id, u64 offset, u64 bytes)
{
	struct ioas_device *device;
	phys_addr_t phys = 0;

	mutex_lock(&lock);
	device = find(id);
	if (device && device->bar && offset < resource_size(device->bar) &&
	    bytes <= resource_size(device->bar) - offset)
		phys = device->bar->start + offset;
	mutex_unlock(&lock);
	return phys;
}

/* -- the driver -- */

static int ioas_device_probe(struct platform_device *pdev)
{
	struct ioas_device *device;
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	int rc;

	if (!group)
		return -ENODEV;
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device) {
		iommu_group_put(group);
		return -ENOMEM;
	}
	rc = device_property_read_u32(&pdev->dev, "requester-id", &device->id);
	if (rc) {
		kfree(device);
		iommu_group_put(group);
		return rc;
	}
	device->group = group;
	device->bar = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	mutex_lock(&lock);
	list_add_tail(&device->entry, &devices);
	mutex_unlock(&lock);
	platform_set_drvdata(pdev, device);
	return 0;
}

static void ioas_device_remove(struct platform_device *pdev)
{
	struct ioas_device *device = platform_get_drvdata(pdev);

	mutex_lock(&lock);
	list_del(&device->entry);
	if (device->owner)
		detach(device);
	mutex_unlock(&lock);
	iommu_group_put(device->group);
	kfree(device);
}

static struct platform_driver ioas_device_driver = {
	.probe = ioas_device_probe,
	.remove_new = ioas_device_remove,
	.driver = { .name = "dma-device" },
};

int ioas_device_register(void)
{
	return platform_driver_register(&ioas_device_driver);
}

void ioas_device_unregister(void)
{
	platform_driver_unregister(&ioas_device_driver);
}

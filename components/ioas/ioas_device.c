// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioas_device.c - devices that processes may have
 *
 * The platform driver "dma-device". Its devices are behind an IOMMU, or are
 * refused. While a file has a device, for plain requests or for a PASID, the
 * group is the file's; when it lets go, or the device goes, the group is the
 * kernel's again.
 *
 * @lock protects the list and who owns what. It is held while a device is
 * attached or detached: a device that is removed waits for that.
 */
#include <iommu_aux.h>
#include <iommu_nesting.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "ioas.h"

/*
 * struct ioas_device - a device
 * @owner:	the file that has it, or NULL
 * @space:	for plain requests, or NULL
 * @aux:	struct ioas_aux.entry
 */
struct ioas_device {
	struct list_head entry;
	struct device *dev;
	struct iommu_group *group;
	const struct resource *bar;
	u32 id;
	struct ioas_owner *owner;
	struct ioas *space;
	struct list_head aux;
};

struct ioas_aux {
	struct list_head entry;
	struct ioas *space;
	u32 pasid;
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

static struct ioas_aux *find_aux(struct ioas_device *device, u32 pasid)
{
	struct ioas_aux *aux;

	list_for_each_entry(aux, &device->aux, entry)
		if (aux->pasid == pasid)
			return aux;
	return NULL;
}

/* -- owners -- */

static int own(struct ioas_device *device, struct ioas_owner *owner)
{
	int rc;

	if (device->owner)
		return device->owner == owner ? 0 : -EBUSY;
	rc = iommu_group_claim_dma_owner(device->group, owner);
	if (rc)
		return rc;
	rc = ioas_listen(owner, device->dev);
	if (rc)
		iommu_group_release_dma_owner(device->group);
	else
		device->owner = owner;
	return rc;
}

static void disown_unused(struct ioas_device *device)
{
	if (!device->owner || device->space || !list_empty(&device->aux))
		return;
	iommu_nesting_clear_handler(device->dev);
	iommu_group_release_dma_owner(device->group);
	device->owner = NULL;
}

/* -- attaching -- */

static int attach_plain(struct ioas_device *device, struct ioas *space)
{
	int rc;

	if (device->space)
		return -EBUSY;
	rc = iommu_attach_group(space->domain, device->group);
	if (!rc)
		device->space = space;
	return rc;
}

static int attach_aux(struct ioas_device *device, struct ioas *space, u32 pasid)
{
	struct ioas_aux *aux = kzalloc(sizeof(*aux), GFP_KERNEL);
	int rc;

	if (!aux)
		return -ENOMEM;
	rc = iommu_aux_attach_device(space->domain, device->dev, pasid);
	if (rc) {
		kfree(aux);
		return rc;
	}
	aux->space = space;
	aux->pasid = pasid;
	list_add_tail(&aux->entry, &device->aux);
	return 0;
}

static int attach(struct ioas_device *device, struct ioas *space,
		  struct ioas_owner *owner, u32 pasid)
{
	int rc = own(device, owner);

	if (rc)
		return rc;
	rc = pasid ? attach_aux(device, space, pasid) :
		     attach_plain(device, space);
	disown_unused(device);
	return rc;
}

static void detach_plain(struct ioas_device *device)
{
	iommu_detach_group(device->space->domain, device->group);
	device->space = NULL;
}

static void detach_aux(struct ioas_device *device, struct ioas_aux *aux)
{
	iommu_aux_detach_device(aux->space->domain, device->dev, aux->pasid);
	list_del(&aux->entry);
	kfree(aux);
}

static int detach(struct ioas_device *device, u32 pasid)
{
	struct ioas_aux *aux = find_aux(device, pasid);

	if (pasid ? !aux : !device->space)
		return -ENOENT;
	if (pasid)
		detach_aux(device, aux);
	else
		detach_plain(device);
	disown_unused(device);
	return 0;
}

static void detach_all(struct ioas_device *device)
{
	struct ioas_aux *aux, *next;

	list_for_each_entry_safe(aux, next, &device->aux, entry)
		detach_aux(device, aux);
	if (device->space)
		detach_plain(device);
	disown_unused(device);
}

int ioas_device_attach(const struct ioas_attach *arg, struct ioas *space,
		       struct ioas_owner *owner)
{
	struct ioas_device *device;
	int rc = -ENOENT;

	mutex_lock(&lock);
	device = find(arg->device);
	if (device)
		rc = attach(device, space, owner, arg->pasid);
	mutex_unlock(&lock);
	return rc;
}

int ioas_device_detach(const struct ioas_attach *arg, struct ioas_owner *owner)
{
	struct ioas_device *device;
	int rc = -ENOENT;

	mutex_lock(&lock);
	device = find(arg->device);
	if (device && device->owner == owner)
		rc = detach(device, arg->pasid);
	mutex_unlock(&lock);
	return rc;
}

void ioas_device_detach_all(struct ioas_owner *owner)
{
	struct ioas_device *device;

	mutex_lock(&lock);
	list_for_each_entry(device, &devices, entry)
		if (device->owner == owner)
			detach_all(device);
	mutex_unlock(&lock);
}

int ioas_device_call(u32 id, const struct ioas_owner *owner, ioas_device_fn fn,
		     void *arg)
{
	struct ioas_device *device;
	int rc = -ENOENT;

	mutex_lock(&lock);
	device = find(id);
	if (device && device->owner == owner)
		rc = fn(device->dev, arg);
	mutex_unlock(&lock);
	return rc;
}

bool ioas_device_uses(struct ioas *space)
{
	struct ioas_device *device;
	struct ioas_aux *aux;
	bool uses = false;

	mutex_lock(&lock);
	list_for_each_entry(device, &devices, entry) {
		uses |= device->space == space;
		list_for_each_entry(aux, &device->aux, entry)
			uses |= aux->space == space;
	}
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
	device->dev = &pdev->dev;
	device->group = group;
	INIT_LIST_HEAD(&device->aux);
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
	detach_all(device);
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

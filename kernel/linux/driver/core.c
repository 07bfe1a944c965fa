// SPDX-License-Identifier: GPL-2.0-only
/*
 * core.c - struct device: names and references
 *
 * Just what drivers of a platform device touch. There are no classes, no sysfs
 * and no power management.
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "driver.h"

/* Of devices that have none of their own: none stands before memory. */
const struct dma_map_ops *dma_ops;
EXPORT_SYMBOL(dma_ops);

/* Few executables have bounce buffers. */
VTB_DECLARE_SWIOTLB_WEAK

void device_initialize(struct device *dev)
{
	kref_init(&dev->kobj.kref);
	dev->kobj.state_initialized = 1;
	mutex_init(&dev->mutex);
	spin_lock_init(&dev->devres_lock);
	INIT_LIST_HEAD(&dev->devres_head);
	vtb_compat_swiotlb_dev_init(dev);
}
EXPORT_SYMBOL_GPL(device_initialize);

int dev_set_name(struct device *dev, const char *format, ...)
{
	va_list args;
	char *name;

	va_start(args, format);
	name = kvasprintf(GFP_KERNEL, format, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	kfree(dev->kobj.name);
	dev->kobj.name = name;
	return 0;
}
EXPORT_SYMBOL_GPL(dev_set_name);

static void device_free(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kobj.kref);
	const char *name = dev->kobj.name;

	vtb_devres_release_all(dev);
	kfree(dev->dma_range_map);
	if (WARN(!dev->release, "Device '%s' does not have a release() function\n",
		 dev_name(dev)))
		return;
	dev->release(dev);
	kfree(name);
}

struct device *get_device(struct device *dev)
{
	if (dev)
		kref_get(&dev->kobj.kref);
	return dev;
}
EXPORT_SYMBOL_GPL(get_device);

void put_device(struct device *dev)
{
	vtb_might_sleep("put_device", _RET_IP_);
	if (dev)
		kref_put(&dev->kobj.kref, device_free);
}
EXPORT_SYMBOL_GPL(put_device);

const char *dev_driver_string(const struct device *dev)
{
	if (dev->driver)
		return dev->driver->name;
	return dev->bus ? dev->bus->name : "";
}
EXPORT_SYMBOL(dev_driver_string);

/* The one probing is told; deferred probing does not exist. */
int dev_err_probe(const struct device *dev, int err, const char *format, ...)
{
	struct va_format vaf = { .fmt = format };
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	dev_err(dev, "error %d: %pV", err, &vaf);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(dev_err_probe);

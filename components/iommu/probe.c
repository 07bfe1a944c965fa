// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - IOMMUs of the machine, and devices that appear behind them
 *
 * Drivers of IOMMUs register them; whatever is on the bus already, and whatever
 * is added later, is offered to each until one takes it. So a device has its
 * group, and is attached to the default domain, before its own driver sees it.
 *
 * iommu_probe_device_lock protects the list of IOMMUs and dev->iommu. Whoever
 * changes the list holds iommus_lock, too: which IOMMU is the first is asked
 * with the lock of a group held.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <vtb/compat.h>

#include "internal.h"
#include "iommu_core.h"

DEFINE_MUTEX(iommu_probe_device_lock);
static LIST_HEAD(iommus);
static DEFINE_SPINLOCK(iommus_lock);

const struct iommu_ops *iommu_first_ops(void)
{
	struct iommu_device *iommu;

	spin_lock(&iommus_lock);
	iommu = list_first_entry_or_null(&iommus, struct iommu_device, list);
	spin_unlock(&iommus_lock);
	return iommu ? iommu->ops : NULL;
}

bool iommu_present(VTB_BUS_TYPE *bus)
{
	return iommu_first_ops();
}
EXPORT_SYMBOL_GPL(iommu_present);

/* -- capabilities -- */

bool device_iommu_capable(struct device *dev, enum iommu_cap cap)
{
	const struct iommu_ops *ops = iommu_ops_of(dev);

	return ops && ops->capable && ops->capable(dev, cap);
}
EXPORT_SYMBOL_GPL(device_iommu_capable);

static int msi_not_isolated(struct device *dev, void *data)
{
	return !device_iommu_capable(dev, VTB_IOMMU_CAP_ISOLATED_MSI);
}

bool iommu_group_has_isolated_msi(struct iommu_group *group)
{
	return !iommu_group_for_each_dev(group, NULL, msi_not_isolated);
}
EXPORT_SYMBOL_GPL(iommu_group_has_isolated_msi);

/* -- devices -- */

static int dev_iommu_init(struct device *dev)
{
	dev->iommu = kzalloc(sizeof(*dev->iommu), GFP_KERNEL);
	if (!dev->iommu)
		return -ENOMEM;
	mutex_init(&dev->iommu->lock);
	return 0;
}

static void dev_iommu_exit(struct device *dev)
{
	mutex_destroy(&dev->iommu->lock);
	kfree(dev->iommu);
	dev->iommu = NULL;
}

/* The first IOMMU that takes the device serves it. */
static int find_iommu(struct device *dev)
{
	struct iommu_device *iommu, *taken;

	list_for_each_entry(iommu, &iommus, list) {
		taken = iommu->ops->probe_device(dev);
		if (!IS_ERR(taken)) {
			dev->iommu->iommu_dev = taken;
			return 0;
		}
		if (PTR_ERR(taken) != -ENODEV)
			return PTR_ERR(taken);
	}
	return -ENODEV;
}

static int join_group(struct device *dev)
{
	struct iommu_group *group = iommu_ops_of(dev)->device_group(dev);
	int rc;

	if (IS_ERR(group))
		return PTR_ERR(group);
	rc = iommu_group_add_device(group, dev);
	if (rc)
		goto out_put;
	rc = iommu_group_setup_device(group, dev);
	if (rc)
		iommu_group_remove_device(dev);
out_put:
	/* The device holds a reference of its own. */
	iommu_group_put(group);
	return rc;
}

static int probe_locked(struct device *dev)
{
	int rc = dev_iommu_init(dev);

	if (rc)
		return rc;
	rc = find_iommu(dev);
	if (rc)
		goto err_exit;
	rc = join_group(dev);
	if (rc)
		goto err_release;
	if (iommu_ops_of(dev)->probe_finalize)
		iommu_ops_of(dev)->probe_finalize(dev);
	return 0;

err_release:
	iommu_ops_of(dev)->release_device(dev);
err_exit:
	dev_iommu_exit(dev);
	return rc;
}

int iommu_probe_device(struct device *dev)
{
	int rc = 0;

	mutex_lock(&iommu_probe_device_lock);
	if (!dev->iommu)
		rc = probe_locked(dev);
	mutex_unlock(&iommu_probe_device_lock);
	return rc;
}

/* The driver cuts the device off first: nothing may translate for it then. */
void iommu_release_device(struct device *dev)
{
	mutex_lock(&iommu_probe_device_lock);
	if (dev->iommu) {
		iommu_ops_of(dev)->release_device(dev);
		iommu_group_remove_device(dev);
		dev_iommu_exit(dev);
	}
	mutex_unlock(&iommu_probe_device_lock);
}

/* -- IOMMUs -- */

static int probe_present(struct device *dev, void *data)
{
	iommu_probe_device(dev);
	return 0;
}

static int release_behind(struct device *dev, void *iommu)
{
	if (dev->iommu && dev->iommu->iommu_dev == iommu)
		iommu_release_device(dev);
	return 0;
}

int iommu_device_register(struct iommu_device *iommu,
			  const struct iommu_ops *ops, struct device *hwdev)
{
	iommu->ops = ops;
	iommu->dev = hwdev;
	mutex_lock(&iommu_probe_device_lock);
	spin_lock(&iommus_lock);
	list_add_tail(&iommu->list, &iommus);
	spin_unlock(&iommus_lock);
	mutex_unlock(&iommu_probe_device_lock);
	return bus_for_each_dev(&platform_bus_type, NULL, NULL, probe_present);
}
EXPORT_SYMBOL_GPL(iommu_device_register);

void iommu_device_unregister(struct iommu_device *iommu)
{
	bus_for_each_dev(&platform_bus_type, NULL, iommu, release_behind);
	mutex_lock(&iommu_probe_device_lock);
	spin_lock(&iommus_lock);
	list_del(&iommu->list);
	spin_unlock(&iommus_lock);
	mutex_unlock(&iommu_probe_device_lock);
}
EXPORT_SYMBOL_GPL(iommu_device_unregister);

/* -- the bus -- */

static int bus_event(struct notifier_block *block, unsigned long event,
		     void *data)
{
	struct device *dev = data;

	/* A device that could not be probed has no group: nobody gets it. */
	if (event == BUS_NOTIFY_ADD_DEVICE)
		return iommu_probe_device(dev) ? NOTIFY_DONE : NOTIFY_OK;
	if (event == BUS_NOTIFY_REMOVED_DEVICE)
		iommu_release_device(dev);
	return NOTIFY_OK;
}

static struct notifier_block bus_notifier = { .notifier_call = bus_event };

static int __init iommu_core_init(void)
{
	return bus_register_notifier(&platform_bus_type, &bus_notifier);
}
core_initcall(iommu_core_init);

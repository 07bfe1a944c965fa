// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - the platform bus, and devices the machine has
 *
 * vtb_device_add() puts a device with one memory and one interrupt resource on
 * the bus. A device and a driver of the same name meet whichever comes first.
 * Only vtb_device_add() hands out the result of the probe, so drivers are
 * expected to be there before.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mod_devicetable.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "driver.h"

struct platform_node {
	struct platform_device pdev;
	struct resource resources[2];
	struct platform_driver *bound;
	struct list_head list;
	struct vtb_device_info info;
	char name[PLATFORM_NAME_SIZE];		/* "thing.0" */
	char driver_name[PLATFORM_NAME_SIZE];	/* "thing" */
};

struct driver_node {
	struct platform_driver *driver;
	struct list_head list;
};

static LIST_HEAD(devices);
static LIST_HEAD(drivers);

VTB_BUS_TYPE platform_bus_type = { .name = "platform" };
EXPORT_SYMBOL_GPL(platform_bus_type);

/* -- binding --------------------------------------------------------------------- */

static const struct platform_device_id *
match_id(const struct platform_driver *driver, const char *name)
{
	const struct platform_device_id *id = driver->id_table;

	while (id && id->name[0]) {
		if (!strcmp(id->name, name))
			return id;
		id++;
	}
	return NULL;
}

static bool matches(struct platform_device *pdev,
		    const struct platform_driver *driver)
{
	if (driver->id_table) {
		pdev->id_entry = match_id(driver, pdev->name);
		return pdev->id_entry;
	}
	return !strcmp(pdev->name, driver->driver.name);
}

static int bind(struct platform_node *node, struct platform_driver *driver)
{
	struct device *dev = &node->pdev.dev;
	int rc;

	dev->driver = &driver->driver;
	rc = driver->probe ? driver->probe(&node->pdev) : 0;
	if (!rc) {
		node->bound = driver;
		return 0;
	}
	vtb_devres_release_all(dev);
	dev_set_drvdata(dev, NULL);
	dev->driver = NULL;
	return rc;
}

static void unbind(struct platform_node *node)
{
	struct platform_driver *driver = node->bound;
	struct device *dev = &node->pdev.dev;

	if (!driver)
		return;
	node->bound = NULL;
	vtb_compat_platform_remove(driver, &node->pdev);
	vtb_devres_release_all(dev);
	dev_set_drvdata(dev, NULL);
	dev->driver = NULL;
}

/* -- who wants to know of devices ------------------------------------------------ */

/* Sorted by priority, as the chain of a bus is. */
static struct notifier_block *watchers;

int bus_register_notifier(VTB_BUS_TYPE *bus, struct notifier_block *nb)
{
	struct notifier_block **at = &watchers;

	vtb_assert(bus == &platform_bus_type);
	while (*at && (*at)->priority >= nb->priority)
		at = &(*at)->next;
	nb->next = *at;
	*at = nb;
	return 0;
}
EXPORT_SYMBOL_GPL(bus_register_notifier);

int bus_unregister_notifier(VTB_BUS_TYPE *bus, struct notifier_block *nb)
{
	struct notifier_block **at = &watchers;

	while (*at && *at != nb)
		at = &(*at)->next;
	if (!*at)
		return -ENOENT;
	*at = nb->next;
	return 0;
}
EXPORT_SYMBOL_GPL(bus_unregister_notifier);

static void tell(struct platform_node *node, unsigned long event)
{
	struct notifier_block *nb, *next;

	for (nb = watchers; nb; nb = next) {
		next = nb->next;
		if (nb->notifier_call(nb, event, &node->pdev.dev) &
		    NOTIFY_STOP_MASK)
			return;
	}
}

int bus_for_each_dev(VTB_BUS_TYPE *bus, struct device *start, void *data,
		     int (*fn)(struct device *dev, void *data))
{
	struct platform_node *node;
	int rc = 0;

	if (bus != &platform_bus_type || start)
		vtb_unmodelled_case("bus_for_each_dev", "part of a bus");
	list_for_each_entry(node, &devices, list) {
		rc = fn(&node->pdev.dev, data);
		if (rc)
			break;
	}
	return rc;
}
EXPORT_SYMBOL_GPL(bus_for_each_dev);

/* -- drivers --------------------------------------------------------------------- */

int __platform_driver_register(struct platform_driver *driver,
			       struct module *owner)
{
	struct driver_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	struct platform_node *device;

	if (!node)
		return -ENOMEM;
	driver->driver.owner = owner;
	driver->driver.bus = &platform_bus_type;
	node->driver = driver;
	list_add_tail(&node->list, &drivers);
	list_for_each_entry(device, &devices, list)
		if (!device->bound && matches(&device->pdev, driver))
			bind(device, driver);
	return 0;
}
EXPORT_SYMBOL_GPL(__platform_driver_register);

void platform_driver_unregister(struct platform_driver *driver)
{
	struct platform_node *device;
	struct driver_node *node;

	list_for_each_entry(device, &devices, list)
		if (device->bound == driver)
			unbind(device);
	list_for_each_entry(node, &drivers, list) {
		if (node->driver != driver)
			continue;
		list_del(&node->list);
		kfree(node);
		return;
	}
}
EXPORT_SYMBOL_GPL(platform_driver_unregister);

/* -- devices --------------------------------------------------------------------- */

static void release(struct device *dev)
{
	kfree(container_of(dev, struct platform_node, pdev.dev));
}

static struct platform_node *node_new(const struct vtb_device_info *info)
{
	struct platform_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	strscpy(node->name, info->name, sizeof(node->name));
	node->resources[0] = (struct resource)
		DEFINE_RES_MEM_NAMED(info->bar_phys, info->bar_bytes,
				     node->name);
	node->resources[1] = (struct resource)DEFINE_RES_IRQ(info->irq);
	strscpy(node->driver_name, info->name,
		min(sizeof(node->driver_name), strcspn(info->name, ".") + 1));
	node->info = *info;
	node->pdev.name = node->driver_name;
	node->pdev.id = PLATFORM_DEVID_NONE;
	node->pdev.resource = node->resources;
	node->pdev.num_resources = ARRAY_SIZE(node->resources);
	device_initialize(&node->pdev.dev);
	node->pdev.dev.bus = &platform_bus_type;
	node->pdev.dev.release = release;
	node->pdev.dev.init_name = node->name;
	node->pdev.platform_dma_mask = DMA_BIT_MASK(32);
	node->pdev.dev.dma_mask = &node->pdev.platform_dma_mask;
	node->pdev.dev.coherent_dma_mask = DMA_BIT_MASK(32);
	return node;
}

static void node_remove(struct platform_node *node)
{
	unbind(node);
	tell(node, BUS_NOTIFY_DEL_DEVICE);
	list_del(&node->list);
	tell(node, BUS_NOTIFY_REMOVED_DEVICE);
	put_device(&node->pdev.dev);
}

static struct platform_node *find_device(const char *name)
{
	struct platform_node *node;

	list_for_each_entry(node, &devices, list)
		if (!strcmp(node->name, name))
			return node;
	return NULL;
}

static int probe(struct platform_node *node)
{
	struct driver_node *driver;

	list_for_each_entry(driver, &drivers, list)
		if (matches(&node->pdev, driver->driver))
			return bind(node, driver->driver);
	return -ENODEV;
}

int vtb_device_add(const struct vtb_device_info *info)
{
	struct platform_node *node;
	int rc;

	if (find_device(info->name))
		return -EEXIST;
	node = node_new(info);
	if (!node)
		return -ENOMEM;
	list_add_tail(&node->list, &devices);
	tell(node, BUS_NOTIFY_ADD_DEVICE);
	rc = probe(node);
	if (rc)
		node_remove(node);
	return rc;
}

void vtb_device_remove(const char *name)
{
	struct platform_node *node = find_device(name);

	if (node)
		node_remove(node);
}

void vtb_devices_remove(void)
{
	while (!list_empty(&devices))
		node_remove(list_last_entry(&devices, struct platform_node,
					    list));
}

/* -- what drivers ask ------------------------------------------------------------ */

struct resource *platform_get_resource(struct platform_device *pdev,
				       unsigned int type, unsigned int nr)
{
	u32 i;

	for (i = 0; i < pdev->num_resources; i++)
		if (resource_type(&pdev->resource[i]) == type && !nr--)
			return &pdev->resource[i];
	return NULL;
}
EXPORT_SYMBOL_GPL(platform_get_resource);

struct resource *platform_get_resource_byname(struct platform_device *pdev,
					      unsigned int type,
					      const char *name)
{
	u32 i;

	for (i = 0; i < pdev->num_resources; i++) {
		struct resource *r = &pdev->resource[i];

		if (r->name && resource_type(r) == type &&
		    !strcmp(r->name, name))
			return r;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(platform_get_resource_byname);

int platform_get_irq_optional(struct platform_device *pdev, unsigned int nr)
{
	struct resource *r = platform_get_resource(pdev, IORESOURCE_IRQ, nr);

	return r && r->start ? r->start : -ENXIO;
}
EXPORT_SYMBOL_GPL(platform_get_irq_optional);

int platform_get_irq(struct platform_device *pdev, unsigned int nr)
{
	int irq = platform_get_irq_optional(pdev, nr);

	if (irq < 0)
		dev_err(&pdev->dev, "IRQ index %u not found\n", nr);
	return irq;
}
EXPORT_SYMBOL_GPL(platform_get_irq);

/* Values of 32 bits, one each; everything firmware tells comes this way. */
int device_property_read_u32_array(VTB_PROPERTY_DEVICE *dev, const char *name,
				   u32 *values, size_t nr)
{
	struct platform_node *node;
	unsigned int i;

	if (dev->bus != &platform_bus_type)
		return -ENXIO;
	node = container_of(dev, struct platform_node, pdev.dev);
	for (i = 0; i < VTB_DEVICE_PROPERTIES && node->info.properties[i].name;
	     i++) {
		if (strcmp(node->info.properties[i].name, name))
			continue;
		if (!values)
			return 1;
		if (nr != 1)
			return -EOVERFLOW;
		*values = node->info.properties[i].value;
		return 0;
	}
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(device_property_read_u32_array);

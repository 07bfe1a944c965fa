// SPDX-License-Identifier: GPL-2.0-only
/*
 * devres.c - resources that go with a driver's binding
 *
 * A list per device, newest first; each entry is a function to call and the
 * data behind it. All are released in reverse order when the driver is unbound
 * or its probe fails.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "driver.h"

struct devres {
	struct list_head list;
	dr_release_t release;
	u8 data[] __aligned(ARCH_KMALLOC_MINALIGN);
};

static struct devres *to_devres(void *data)
{
	return container_of(data, struct devres, data[0]);
}

void *__devres_alloc_node(dr_release_t release, size_t size, gfp_t gfp,
			  int node, const char *name)
{
	struct devres *dr = kzalloc(struct_size(dr, data, size), gfp);

	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->list);
	dr->release = release;
	return dr->data;
}
EXPORT_SYMBOL_GPL(__devres_alloc_node);

void devres_free(void *data)
{
	if (data)
		kfree(to_devres(data));
}
EXPORT_SYMBOL_GPL(devres_free);

void devres_add(struct device *dev, void *data)
{
	list_add(&to_devres(data)->list, &dev->devres_head);
}
EXPORT_SYMBOL_GPL(devres_add);

static struct devres *find(struct device *dev, dr_release_t release,
			   dr_match_t match, void *match_data)
{
	struct devres *dr;

	list_for_each_entry(dr, &dev->devres_head, list)
		if (dr->release == release &&
		    (!match || match(dev, dr->data, match_data)))
			return dr;
	return NULL;
}

void *devres_find(struct device *dev, dr_release_t release, dr_match_t match,
		  void *match_data)
{
	struct devres *dr = find(dev, release, match, match_data);

	return dr ? dr->data : NULL;
}
EXPORT_SYMBOL_GPL(devres_find);

void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match,
		    void *match_data)
{
	struct devres *dr = find(dev, release, match, match_data);

	if (!dr)
		return NULL;
	list_del_init(&dr->list);
	return dr->data;
}
EXPORT_SYMBOL_GPL(devres_remove);

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match,
		   void *match_data)
{
	void *data = devres_remove(dev, release, match, match_data);

	if (!data)
		return -ENOENT;
	devres_free(data);
	return 0;
}
EXPORT_SYMBOL_GPL(devres_destroy);

int devres_release(struct device *dev, dr_release_t release, dr_match_t match,
		   void *match_data)
{
	void *data = devres_remove(dev, release, match, match_data);

	if (!data)
		return -ENOENT;
	release(dev, data);
	devres_free(data);
	return 0;
}
EXPORT_SYMBOL_GPL(devres_release);

void vtb_devres_release_all(struct device *dev)
{
	while (!list_empty(&dev->devres_head)) {
		struct devres *dr = list_first_entry(&dev->devres_head,
						     struct devres, list);

		list_del(&dr->list);
		dr->release(dev, dr->data);
		kfree(dr);
	}
}

/* -- memory ----------------------------------------------------------------------- */

static void release_memory(struct device *dev, void *data)
{
}

static int match_data(struct device *dev, void *data, void *wanted)
{
	return data == wanted;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *data = devres_alloc(release_memory, size, gfp);

	if (data)
		devres_add(dev, data);
	return data;
}
EXPORT_SYMBOL_GPL(devm_kmalloc);

void devm_kfree(struct device *dev, const void *data)
{
	if (data)
		WARN_ON(devres_destroy(dev, release_memory, match_data,
				       (void *)data));
}
EXPORT_SYMBOL_GPL(devm_kfree);

/* -- actions ----------------------------------------------------------------------- */

struct action {
	void *data;
	void (*run)(void *data);
};

static void release_action(struct device *dev, void *data)
{
	const struct action *action = data;

	action->run(action->data);
}

static int add_action(struct device *dev, void (*run)(void *), void *data)
{
	struct action *action;

	action = devres_alloc(release_action, sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	action->run = run;
	action->data = data;
	devres_add(dev, action);
	return 0;
}

VTB_DEFINE_DEVM_ADD_ACTION(add_action)

/* -- registers and interrupts ------------------------------------------------------- */

static void release_ioremap(struct device *dev, void *data)
{
	iounmap(*(void __iomem **)data);
}

void __iomem *devm_ioremap(struct device *dev, resource_size_t phys,
			   resource_size_t bytes)
{
	void __iomem **p;

	p = devres_alloc(release_ioremap, sizeof(*p), GFP_KERNEL);
	if (!p)
		return NULL;
	*p = ioremap(phys, bytes);
	if (!*p) {
		devres_free(p);
		return NULL;
	}
	devres_add(dev, p);
	return *p;
}
EXPORT_SYMBOL(devm_ioremap);

void __iomem *devm_ioremap_resource(struct device *dev,
				    const struct resource *res)
{
	void __iomem *p;

	if (!res || resource_type(res) != IORESOURCE_MEM)
		return IOMEM_ERR_PTR(-EINVAL);
	p = devm_ioremap(dev, res->start, resource_size(res));
	return p ? p : IOMEM_ERR_PTR(-ENOMEM);
}
EXPORT_SYMBOL(devm_ioremap_resource);

void __iomem *devm_platform_ioremap_resource(struct platform_device *pdev,
					     unsigned int nr)
{
	return devm_ioremap_resource(&pdev->dev,
				     platform_get_resource(pdev, IORESOURCE_MEM,
							   nr));
}
EXPORT_SYMBOL_GPL(devm_platform_ioremap_resource);

struct irq_devres {
	unsigned int irq;
	void *dev_id;
};

static void release_irq(struct device *dev, void *data)
{
	const struct irq_devres *irq = data;

	free_irq(irq->irq, irq->dev_id);
}

int devm_request_threaded_irq(struct device *dev, unsigned int irq,
			      irq_handler_t handler, irq_handler_t thread_fn,
			      unsigned long flags, const char *name,
			      void *dev_id)
{
	struct irq_devres *dr;
	int rc;

	dr = devres_alloc(release_irq, sizeof(*dr), GFP_KERNEL);
	if (!dr)
		return -ENOMEM;
	rc = request_threaded_irq(irq, handler, thread_fn, flags,
				  name ?: dev_name(dev), dev_id);
	if (rc) {
		devres_free(dr);
		return rc;
	}
	dr->irq = irq;
	dr->dev_id = dev_id;
	devres_add(dev, dr);
	return 0;
}
EXPORT_SYMBOL(devm_request_threaded_irq);

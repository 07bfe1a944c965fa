// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus.c - devices that xenstore tells of, and their drivers
 *
 * One device of each type, with number 0, below "device" (frontends) or "backend"
 * (backends) of our domain. It is there as long as a driver for it is registered:
 *
 *	register: device -> probe() -> watch of the other end's state
 *	unregister: the watch goes, then remove(), then the device
 *
 * otherend_changed() is called by the watch, one at a time, and never after remove()
 * has begun.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

/* Of each side: where its devices are, and who says where the other end is. */
struct side {
	const char *directory;
	const char *id_node;
	const char *path_node;
};

void xenbus_ring_ops_init(void);	/* of xenbus_client.c */

static const struct side frontend = {
	"device/%s/0", "backend-id", "backend",
};
static const struct side backend = {
	"backend/%s/1/0", "frontend-id", "frontend",
};

/* As many devices as drivers: each has one. */
struct bound_device {
	struct list_head list;
	struct xenbus_device dev;
	struct xenbus_driver *driver;
	const struct side *side;
};

static DEFINE_MUTEX(bound_lock);
static LIST_HEAD(bound);

static void release(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);

	kfree(xdev->otherend);
	kfree(xdev->nodename);
	kfree(container_of(xdev, struct bound_device, dev));
}

/* -- the other end -- */

static void otherend_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	struct xenbus_device *dev = container_of(watch, struct xenbus_device,
						 otherend_watch);
	struct bound_device *b = container_of(dev, struct bound_device, dev);

	if (b->driver->otherend_changed)
		b->driver->otherend_changed(dev,
				xenbus_read_driver_state(dev->otherend));
}

static int find_otherend(struct bound_device *b)
{
	return xenbus_gather(XBT_NIL, b->dev.nodename, b->side->id_node, "%i",
			     &b->dev.otherend_id, b->side->path_node, NULL,
			     &b->dev.otherend, NULL);
}

static void unwatch_otherend(struct xenbus_device *dev)
{
	if (!dev->otherend_watch.node)
		return;
	unregister_xenbus_watch(&dev->otherend_watch);
	kfree(dev->otherend_watch.node);
	dev->otherend_watch.node = NULL;
}

/* -- devices -- */

static struct bound_device *new_device(struct xenbus_driver *driver,
				       const struct side *side)
{
	struct bound_device *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->driver = driver;
	b->side = side;
	b->dev.devicetype = driver->ids->devicetype;
	b->dev.state = XenbusStateInitialising;
	init_completion(&b->dev.down);
	device_initialize(&b->dev.dev);
	b->dev.dev.release = release;
	b->dev.nodename = kasprintf(GFP_KERNEL, side->directory,
				    driver->ids->devicetype);
	if (b->dev.nodename && !dev_set_name(&b->dev.dev, "%s-0",
					     driver->ids->devicetype))
		return b;
	put_device(&b->dev.dev);
	return NULL;
}

static void end_device(struct bound_device *b)
{
	unwatch_otherend(&b->dev);
	b->driver->remove(&b->dev);
	if (!b->driver->allow_rebind)
		xenbus_switch_state(&b->dev, XenbusStateClosed);
	put_device(&b->dev.dev);
}

static int start_device(struct bound_device *b)
{
	int rc = find_otherend(b);

	if (!rc)
		rc = b->driver->probe(&b->dev, b->driver->ids);
	if (rc) {
		put_device(&b->dev.dev);
		return rc;
	}
	rc = xenbus_watch_pathfmt(&b->dev, &b->dev.otherend_watch, NULL,
				  otherend_changed, "%s/%s", b->dev.otherend,
				  "state");
	if (rc)
		end_device(b);
	return rc;
}

/* -- drivers -- */

static int register_driver(struct xenbus_driver *driver,
			   const struct side *side)
{
	struct bound_device *b = new_device(driver, side);
	int rc;

	if (!b)
		return -ENOMEM;
	rc = start_device(b);
	if (rc)
		return rc;
	mutex_lock(&bound_lock);
	list_add(&b->list, &bound);
	mutex_unlock(&bound_lock);
	return 0;
}

int __xenbus_register_frontend(struct xenbus_driver *driver,
			       struct module *owner, const char *mod_name)
{
	return register_driver(driver, &frontend);
}
EXPORT_SYMBOL_GPL(__xenbus_register_frontend);

int __xenbus_register_backend(struct xenbus_driver *driver,
			      struct module *owner, const char *mod_name)
{
	return register_driver(driver, &backend);
}
EXPORT_SYMBOL_GPL(__xenbus_register_backend);

static struct bound_device *unbind(struct xenbus_driver *driver)
{
	struct bound_device *b;

	mutex_lock(&bound_lock);
	list_for_each_entry(b, &bound, list) {
		if (b->driver != driver)
			continue;
		list_del(&b->list);
		mutex_unlock(&bound_lock);
		return b;
	}
	mutex_unlock(&bound_lock);
	return NULL;
}

void xenbus_unregister_driver(struct xenbus_driver *driver)
{
	struct bound_device *b = unbind(driver);

	if (b)
		end_device(b);
}
EXPORT_SYMBOL_GPL(xenbus_unregister_driver);

static int __init bus_init(void)
{
	xenbus_ring_ops_init();
	return 0;
}
device_initcall_sync(bus_init);

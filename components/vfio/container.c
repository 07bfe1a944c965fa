// SPDX-License-Identifier: GPL-2.0-only
/*
 * container.c - /dev/vfio/vfio: containers, and the backends behind them
 *
 * A container starts without rights. The first group that joins brings them;
 * then a backend can be chosen, which is told of every group from there on. When
 * the last group leaves, the backend goes and the container is as at the start.
 *
 * container->group_lock is held for writing while groups or the backend change,
 * and for reading during a call of the backend on behalf of the file: another
 * thread can take away the last group, and with it the backend, at any time.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <vtb/compat.h>

#include "core.h"

struct vfio_container {
	struct kref kref;
	struct rw_semaphore group_lock; /* everything below */
	struct list_head group_list;
	struct vfio_iommu_driver *iommu_driver;
	void *iommu_data;
};

static LIST_HEAD(drivers);
static DEFINE_MUTEX(drivers_lock);

/* -- backends -- */

static struct vfio_iommu_driver *
find_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver;

	list_for_each_entry(driver, &drivers, vfio_next)
		if (driver->ops == ops)
			return driver;
	return NULL;
}

int vfio_register_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver;
	int rc = 0;

	if (!ops->register_device != !ops->unregister_device)
		return -EINVAL;
	driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	if (!driver)
		return -ENOMEM;
	driver->ops = ops;
	mutex_lock(&drivers_lock);
	if (find_driver(ops))
		rc = -EINVAL;
	else
		list_add(&driver->vfio_next, &drivers);
	mutex_unlock(&drivers_lock);
	if (rc)
		kfree(driver);
	return rc;
}
EXPORT_SYMBOL_GPL(vfio_register_iommu_driver);

void vfio_unregister_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver;

	mutex_lock(&drivers_lock);
	driver = find_driver(ops);
	if (driver)
		list_del(&driver->vfio_next);
	mutex_unlock(&drivers_lock);
	kfree(driver);
}
EXPORT_SYMBOL_GPL(vfio_unregister_iommu_driver);

/* Does this backend offer @arg? Asked without a container. */
static long driver_offers(struct vfio_iommu_driver *driver, unsigned long arg)
{
	return driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, arg);
}

/* -- groups that come and go -- */

static void container_free(struct kref *kref)
{
	kfree(container_of(kref, struct vfio_container, kref));
}

static int attach_to_backend(struct vfio_container *container,
			     struct vfio_group *group)
{
	if (!container->iommu_driver)
		return 0;
	return container->iommu_driver->ops->attach_group(container->iommu_data,
							   group->iommu_group,
							   group->type);
}

static int join_locked(struct vfio_container *container,
		       struct vfio_group *group)
{
	bool physical = group->type == VFIO_IOMMU;
	int rc = 0;

	if (physical)
		rc = iommu_group_claim_dma_owner(group->iommu_group, group);
	if (rc)
		return rc;
	rc = attach_to_backend(container, group);
	if (rc) {
		if (physical)
			iommu_group_release_dma_owner(group->iommu_group);
		return rc;
	}
	group->container = container;
	group->container_users = 1;
	list_add(&group->container_next, &container->group_list);
	kref_get(&container->kref);
	return 0;
}

/* The caller has group->group_lock; the group is in no container. */
int vfio_container_attach_group(struct vfio_container *container,
				struct vfio_group *group)
{
	int rc;

	down_write(&container->group_lock);
	rc = join_locked(container, group);
	up_write(&container->group_lock);
	return rc;
}

static void drop_backend(struct vfio_container *container)
{
	struct vfio_iommu_driver *driver = container->iommu_driver;

	driver->ops->release(container->iommu_data);
	module_put(driver->ops->owner);
	container->iommu_driver = NULL;
	container->iommu_data = NULL;
}

/* The caller has group->group_lock; none of its devices is in use. */
void vfio_group_detach_container(struct vfio_group *group)
{
	struct vfio_container *container = group->container;
	struct vfio_iommu_driver *driver;

	WARN_ON(group->container_users != 1);
	down_write(&container->group_lock);
	driver = container->iommu_driver;
	if (driver)
		driver->ops->detach_group(container->iommu_data,
					  group->iommu_group);
	if (group->type == VFIO_IOMMU)
		iommu_group_release_dma_owner(group->iommu_group);
	group->container = NULL;
	group->container_users = 0;
	list_del(&group->container_next);
	if (driver && list_empty(&container->group_list))
		drop_backend(container);
	up_write(&container->group_lock);
	kref_put(&container->kref, container_free);
}

/* A group in use stays in its container, and that keeps its backend. */
struct vfio_iommu_driver *vfio_device_backend(struct vfio_device *device,
					      void **data)
{
	struct vfio_container *container = device->group->container;

	*data = container->iommu_data;
	return container->iommu_driver;
}

static bool has_backend(struct vfio_container *container)
{
	bool has;

	down_read(&container->group_lock);
	has = container->iommu_driver;
	up_read(&container->group_lock);
	return has;
}

int vfio_group_use(struct vfio_group *group)
{
	lockdep_assert_held(&group->group_lock);
	if (!group->container || !has_backend(group->container))
		return -EINVAL;
	get_file(group->opened_file);
	group->container_users++;
	return 0;
}

void vfio_group_unuse(struct vfio_group *group)
{
	mutex_lock(&group->group_lock);
	group->container_users--;
	fput(group->opened_file);
	mutex_unlock(&group->group_lock);
}

/* -- SET_IOMMU -- */

static int attach_all(struct vfio_container *container,
		      struct vfio_iommu_driver *driver, void *data)
{
	struct vfio_group *group;
	int rc;

	list_for_each_entry(group, &container->group_list, container_next) {
		rc = driver->ops->attach_group(data, group->iommu_group,
					       group->type);
		if (rc)
			goto err_detach;
	}
	return 0;

err_detach:
	list_for_each_entry_continue_reverse(group, &container->group_list,
					     container_next)
		driver->ops->detach_group(data, group->iommu_group);
	return rc;
}

/* The module stays while the container uses the backend. */
static long try_driver(struct vfio_container *container,
		       struct vfio_iommu_driver *driver, unsigned long arg)
{
	long rc = -ENODEV;
	void *data;

	if (!try_module_get(driver->ops->owner))
		return -ENODEV;
	if (driver_offers(driver, arg) <= 0)
		goto err_put;
	data = driver->ops->open(arg);
	if (IS_ERR(data)) {
		rc = PTR_ERR(data);
		goto err_put;
	}
	rc = attach_all(container, driver, data);
	if (rc)
		goto err_release;
	container->iommu_driver = driver;
	container->iommu_data = data;
	return 0;

err_release:
	driver->ops->release(data);
err_put:
	module_put(driver->ops->owner);
	return rc;
}

static long set_iommu(struct vfio_container *container, unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	long rc = -ENODEV, tried;

	down_write(&container->group_lock);
	if (list_empty(&container->group_list) || container->iommu_driver) {
		up_write(&container->group_lock);
		return -EINVAL;
	}
	mutex_lock(&drivers_lock);
	list_for_each_entry(driver, &drivers, vfio_next) {
		tried = try_driver(container, driver, arg);
		/* What one says who offers it counts for more. */
		if (tried != -ENODEV)
			rc = tried;
		if (!tried)
			break;
	}
	mutex_unlock(&drivers_lock);
	up_write(&container->group_lock);
	return rc;
}

/* -- the file -- */

/* Without a backend, what any of them offers. */
static long check_extension(struct vfio_container *container,
			    unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	long rc = 0;

	mutex_lock(&drivers_lock);
	list_for_each_entry(driver, &drivers, vfio_next) {
		rc = driver_offers(driver, arg);
		if (rc > 0)
			break;
	}
	mutex_unlock(&drivers_lock);
	return rc;
}

static long backend_ioctl(struct vfio_container *container, unsigned int cmd,
			  unsigned long arg)
{
	long rc = -EINVAL;

	down_read(&container->group_lock);
	if (container->iommu_driver)
		rc = container->iommu_driver->ops->ioctl(container->iommu_data,
							 cmd, arg);
	else if (cmd == VFIO_CHECK_EXTENSION)
		rc = check_extension(container, arg);
	up_read(&container->group_lock);
	return rc;
}

static long container_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct vfio_container *container = file->private_data;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_SET_IOMMU:
		return set_iommu(container, arg);
	default:
		return backend_ioctl(container, cmd, arg);
	}
}

static int container_open(struct inode *inode, struct file *file)
{
	struct vfio_container *container;

	container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);
	if (!container)
		return -ENOMEM;
	kref_init(&container->kref);
	init_rwsem(&container->group_lock);
	INIT_LIST_HEAD(&container->group_list);
	file->private_data = container;
	return 0;
}

static int container_release(struct inode *inode, struct file *file)
{
	struct vfio_container *container = file->private_data;

	down_read(&container->group_lock);
	if (container->iommu_driver)
		vtb_compat_vfio_notify_close(container->iommu_driver,
					     container->iommu_data);
	up_read(&container->group_lock);
	kref_put(&container->kref, container_free);
	return 0;
}

static const struct file_operations container_fops = {
	.owner = THIS_MODULE,
	.open = container_open,
	.release = container_release,
	.unlocked_ioctl = container_ioctl,
};

struct vfio_container *vfio_container_from_file(struct file *file)
{
	return file->f_op == &container_fops ? file->private_data : NULL;
}

static struct miscdevice container_misc = {
	.minor = VFIO_MINOR,
	.name = "vfio",
	.nodename = "vfio/vfio",
	.fops = &container_fops,
	.mode = 0666,
};
module_misc_device(container_misc);

MODULE_DESCRIPTION("VFIO containers");
MODULE_LICENSE("GPL");

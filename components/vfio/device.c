// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - VFIO devices: registration, files, and memory on their behalf
 *
 * device->refcount counts one for the registration and one per open file. A
 * device that is to go is asked back, then waited for: its driver may not leave
 * while somebody has it open.
 *
 * device->open_count is protected by the group's device_lock. The first opening
 * opens the driver's side and announces the device to the backend.
 */
#include <linux/anon_inodes.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"

/* How long a device is waited for before its user is asked again. */
#define ASK_AGAIN	(10 * HZ)

/* -- life -- */

static void device_release(struct device *dev)
{
	struct vfio_device *device = container_of(dev, struct vfio_device,
						  device);

	if (device->ops->release)
		device->ops->release(device);
	kfree(device);
}

struct vfio_device *_vfio_alloc_device(size_t size, struct device *dev,
				       const struct vfio_device_ops *ops)
{
	struct vfio_device *device;
	int rc = 0;

	if (WARN_ON(size < sizeof(*device)))
		return ERR_PTR(-EINVAL);
	device = kzalloc(size, GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	device->dev = dev;
	device->ops = ops;
	init_completion(&device->comp);
	device_initialize(&device->device);
	device->device.release = device_release;
	if (ops->init)
		rc = ops->init(device);
	if (!rc)
		return device;
	/* What did not begin is not released. */
	mutex_destroy(&device->device.mutex);
	kfree(device);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(_vfio_alloc_device);

int vfio_register_group_dev(struct vfio_device *device)
{
	struct vfio_group *group;

	/* Users could not make their caches coherent by themselves. */
	if (!device_iommu_capable(device->dev, IOMMU_CAP_CACHE_COHERENCY))
		return -EINVAL;
	refcount_set(&device->refcount, 1);
	group = vfio_group_join(device, VFIO_IOMMU);
	if (IS_ERR(group))
		return PTR_ERR(group);
	device->group = group;
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_register_group_dev);

/* Such a device needs no IOMMU; a group of its own stands for it. */
int vfio_register_emulated_iommu_dev(struct vfio_device *device)
{
	struct iommu_group *iommu_group = iommu_group_alloc();
	struct vfio_group *group;
	int rc;

	if (IS_ERR(iommu_group))
		return PTR_ERR(iommu_group);
	rc = iommu_group_add_device(iommu_group, device->dev);
	iommu_group_put(iommu_group);
	if (rc)
		return rc;
	refcount_set(&device->refcount, 1);
	group = vfio_group_join(device, VFIO_EMULATED_IOMMU);
	if (IS_ERR(group)) {
		iommu_group_remove_device(device->dev);
		return PTR_ERR(group);
	}
	device->group = group;
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_register_emulated_iommu_dev);

static void put_registration(struct vfio_device *device)
{
	if (refcount_dec_and_test(&device->refcount))
		complete(&device->comp);
}

void vfio_unregister_group_dev(struct vfio_device *device)
{
	bool emulated = device->group->type == VFIO_EMULATED_IOMMU;
	unsigned int asked = 0;

	put_registration(device);
	while (!try_wait_for_completion(&device->comp)) {
		if (device->ops->request)
			device->ops->request(device, asked++);
		if (wait_for_completion_timeout(&device->comp, ASK_AGAIN))
			break;
	}
	if (emulated)
		iommu_group_remove_device(device->dev);
	vfio_group_leave(device);
}
EXPORT_SYMBOL_GPL(vfio_unregister_group_dev);

/* -- files -- */

static void close_last(struct vfio_device *device)
{
	struct vfio_iommu_driver *driver;
	void *data;

	/* The backend may ask for pages back until there are none. */
	if (device->ops->close_device)
		device->ops->close_device(device);
	driver = vfio_device_backend(device, &data);
	if (driver->ops->unregister_device)
		driver->ops->unregister_device(data, device);
}

static int open_first(struct vfio_device *device)
{
	struct vfio_iommu_driver *driver;
	void *data;
	int rc = 0;

	if (device->ops->open_device)
		rc = device->ops->open_device(device);
	if (rc)
		return rc;
	driver = vfio_device_backend(device, &data);
	if (driver->ops->register_device)
		driver->ops->register_device(data, device);
	return 0;
}

static int device_open(struct vfio_device *device)
{
	struct vfio_group *group = device->group;
	int rc;

	mutex_lock(&group->group_lock);
	rc = vfio_group_use(group);
	mutex_unlock(&group->group_lock);
	if (rc)
		return rc;
	mutex_lock(&group->device_lock);
	if (!device->open_count)
		rc = open_first(device);
	if (!rc)
		device->open_count++;
	mutex_unlock(&group->device_lock);
	if (rc)
		vfio_group_unuse(group);
	return rc;
}

static void device_close(struct vfio_device *device)
{
	struct vfio_group *group = device->group;

	mutex_lock(&group->device_lock);
	if (!--device->open_count)
		close_last(device);
	mutex_unlock(&group->device_lock);
	vfio_group_unuse(group);
}

static int device_file_release(struct inode *inode, struct file *file)
{
	struct vfio_device *device = file->private_data;

	device_close(device);
	put_registration(device);
	return 0;
}

static long device_file_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct vfio_device *device = file->private_data;

	if (!device->ops->ioctl)
		return -EINVAL;
	return device->ops->ioctl(device, cmd, arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.release = device_file_release,
	.unlocked_ioctl = device_file_ioctl,
};

static struct vfio_device *device_find(struct vfio_group *group,
				       const char *name)
{
	struct vfio_device *device, *found = ERR_PTR(-ENODEV);

	mutex_lock(&group->device_lock);
	list_for_each_entry(device, &group->device_list, group_next) {
		if (strcmp(dev_name(device->dev), name))
			continue;
		/* One that is about to go is gone. */
		if (refcount_inc_not_zero(&device->refcount))
			found = device;
		break;
	}
	mutex_unlock(&group->device_lock);
	return found;
}

static struct file *device_file(struct vfio_device *device)
{
	int rc = device_open(device);
	struct file *file;

	if (rc)
		return ERR_PTR(rc);
	file = anon_inode_getfile("[vfio-device]", &device_fops, device,
				  O_RDWR);
	if (IS_ERR(file))
		device_close(device);
	return file;
}

long vfio_device_open_fd(struct vfio_group *group, const char *name)
{
	struct vfio_device *device = device_find(group, name);
	struct file *file;
	int fd;

	if (IS_ERR(device))
		return PTR_ERR(device);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto err_put;
	file = device_file(device);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto err_put;
	}
	/* The file has the reference to the device now. */
	fd_install(fd, file);
	return fd;

err_put:
	put_registration(device);
	return fd;
}

/* -- what drivers of open devices may do -- */

int vfio_pin_pages(struct vfio_device *device, dma_addr_t iova, int npage,
		   int prot, struct page **pages)
{
	struct vfio_iommu_driver *driver;
	void *data;

	if (!pages || npage <= 0 || WARN_ON(!READ_ONCE(device->open_count)))
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	driver = vfio_device_backend(device, &data);
	if (!driver->ops->pin_pages)
		return -ENOTTY;
	return driver->ops->pin_pages(data, device->group->iommu_group, iova,
				      npage, prot, pages);
}
EXPORT_SYMBOL(vfio_pin_pages);

void vfio_unpin_pages(struct vfio_device *device, dma_addr_t iova, int npage)
{
	struct vfio_iommu_driver *driver;
	void *data;

	if (WARN_ON(npage <= 0 || npage > VFIO_PIN_PAGES_MAX_ENTRIES))
		return;
	driver = vfio_device_backend(device, &data);
	driver->ops->unpin_pages(data, iova, npage);
}
EXPORT_SYMBOL(vfio_unpin_pages);

int vfio_dma_rw(struct vfio_device *device, dma_addr_t iova, void *data,
		size_t len, bool write)
{
	struct vfio_iommu_driver *driver;
	void *iommu_data;

	if (!data || !len || WARN_ON(!READ_ONCE(device->open_count)))
		return -EINVAL;
	driver = vfio_device_backend(device, &iommu_data);
	if (!driver->ops->dma_rw)
		return -ENOTTY;
	return driver->ops->dma_rw(iommu_data, iova, data, len, write);
}
EXPORT_SYMBOL(vfio_dma_rw);

/* -- chains of capabilities -- */

/*
 * Room for one more of @size bytes, zeroed, at the end of the chain. Offsets
 * count from the beginning of the buffer until vfio_info_cap_shift(). Each
 * begins at a multiple of 8, whatever the size of the one before. On failure
 * the chain is gone.
 */
struct vfio_info_cap_header *vfio_info_cap_add(struct vfio_info_cap *caps,
					       size_t size, u16 id, u16 version)
{
	struct vfio_info_cap_header *header, *last;
	void *buf;

	size = ALIGN(size, sizeof(u64));
	buf = krealloc(caps->buf, caps->size + size, GFP_KERNEL);
	if (!buf) {
		kfree(caps->buf);
		caps->buf = NULL;
		caps->size = 0;
		return ERR_PTR(-ENOMEM);
	}
	header = buf + caps->size;
	memset(header, 0, size);
	header->id = id;
	header->version = version;
	if (caps->size) {
		for (last = buf; last->next; last = buf + last->next)
			;
		last->next = caps->size;
	}
	caps->buf = buf;
	caps->size += size;
	return header;
}
EXPORT_SYMBOL_GPL(vfio_info_cap_add);

void vfio_info_cap_shift(struct vfio_info_cap *caps, size_t offset)
{
	struct vfio_info_cap_header *cap = caps->buf;
	u32 next;

	for (next = cap->next; next; next = cap->next) {
		cap->next = next + offset;
		cap = (void *)caps->buf + next;
	}
}
EXPORT_SYMBOL(vfio_info_cap_shift);

int vfio_info_add_capability(struct vfio_info_cap *caps,
			     struct vfio_info_cap_header *cap, size_t size)
{
	struct vfio_info_cap_header *header;

	header = vfio_info_cap_add(caps, size, cap->id, cap->version);
	if (IS_ERR(header))
		return PTR_ERR(header);
	memcpy(header + 1, cap + 1, size - sizeof(*header));
	return 0;
}
EXPORT_SYMBOL(vfio_info_add_capability);

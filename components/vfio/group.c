// SPDX-License-Identifier: GPL-2.0-only
/*
 * group.c - /dev/vfio/<number>: the devices that one IOMMU group ties together
 *
 * The file can be open once. While a device of the group is in use, that device
 * keeps the file; so when the file is released no device is in use and the
 * group can leave its container.
 *
 * When the last device of the group goes, group->iommu_group becomes NULL and
 * all that is left to do with an open file is to close it.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "core.h"

static LIST_HEAD(groups);
static DEFINE_MUTEX(groups_lock);

static struct group_node *to_node(struct vfio_group *group)
{
	return container_of(group, struct group_node, group);
}

static void node_free(struct kref *kref)
{
	struct group_node *node = container_of(kref, struct group_node, kref);

	mutex_destroy(&node->group.group_lock);
	mutex_destroy(&node->group.device_lock);
	kfree(node);
}

/* -- ioctls -- */

static long get_status(struct vfio_group *group,
		       struct vfio_group_status __user *arg)
{
	const size_t bytes = offsetofend(struct vfio_group_status, flags);
	struct vfio_group_status status;

	if (copy_from_user(&status, arg, bytes))
		return -EFAULT;
	if (status.argsz < bytes)
		return -EINVAL;
	status.flags = 0;
	mutex_lock(&group->group_lock);
	if (!group->iommu_group) {
		mutex_unlock(&group->group_lock);
		return -ENODEV;
	}
	if (group->container)
		status.flags = VFIO_GROUP_FLAGS_CONTAINER_SET |
			       VFIO_GROUP_FLAGS_VIABLE;
	else if (!iommu_group_dma_owner_claimed(group->iommu_group))
		status.flags = VFIO_GROUP_FLAGS_VIABLE;
	mutex_unlock(&group->group_lock);
	return copy_to_user(arg, &status, bytes) ? -EFAULT : 0;
}

static long set_container_locked(struct vfio_group *group, struct file *file)
{
	struct vfio_container *container = vfio_container_from_file(file);

	if (!container || group->container)
		return -EINVAL;
	if (!group->iommu_group)
		return -ENODEV;
	return vfio_container_attach_group(container, group);
}

static long set_container(struct vfio_group *group, int __user *arg)
{
	struct file *file;
	long rc;
	int fd;

	if (get_user(fd, arg))
		return -EFAULT;
	file = fd < 0 ? NULL : fget(fd);
	if (!file)
		return -EBADF;
	mutex_lock(&group->group_lock);
	rc = set_container_locked(group, file);
	mutex_unlock(&group->group_lock);
	fput(file);
	return rc;
}

static long unset_container(struct vfio_group *group)
{
	long rc = 0;

	mutex_lock(&group->group_lock);
	if (!group->container)
		rc = -EINVAL;
	else if (group->container_users != 1)
		rc = -EBUSY;
	else
		vfio_group_detach_container(group);
	mutex_unlock(&group->group_lock);
	return rc;
}

static long get_device_fd(struct vfio_group *group, char __user *arg)
{
	char *name = strndup_user(arg, PAGE_SIZE);
	long rc;

	if (IS_ERR(name))
		return PTR_ERR(name);
	rc = vfio_device_open_fd(group, name);
	kfree(name);
	return rc;
}

static long group_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vfio_group *group = file->private_data;

	switch (cmd) {
	case VFIO_GROUP_GET_STATUS:
		return get_status(group, (void __user *)arg);
	case VFIO_GROUP_SET_CONTAINER:
		return set_container(group, (int __user *)arg);
	case VFIO_GROUP_UNSET_CONTAINER:
		return unset_container(group);
	case VFIO_GROUP_GET_DEVICE_FD:
		return get_device_fd(group, (char __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* -- the file -- */

static int group_open(struct inode *inode, struct file *file)
{
	struct group_node *node = container_of(file->private_data,
					       struct group_node, misc);
	struct vfio_group *group = &node->group;
	int rc = 0;

	mutex_lock(&group->group_lock);
	if (!group->iommu_group) {
		rc = -ENODEV;
	} else if (group->opened_file) {
		rc = -EBUSY;
	} else {
		kref_get(&node->kref);
		group->opened_file = file;
		file->private_data = group;
	}
	mutex_unlock(&group->group_lock);
	return rc;
}

static int group_release(struct inode *inode, struct file *file)
{
	struct vfio_group *group = file->private_data;

	mutex_lock(&group->group_lock);
	if (group->container)
		vfio_group_detach_container(group);
	group->opened_file = NULL;
	mutex_unlock(&group->group_lock);
	kref_put(&to_node(group)->kref, node_free);
	return 0;
}

static const struct file_operations group_fops = {
	.owner = THIS_MODULE,
	.open = group_open,
	.release = group_release,
	.unlocked_ioctl = group_ioctl,
};

/* -- devices that join and leave -- */

static struct group_node *node_new(struct iommu_group *iommu_group,
				   enum vfio_group_type type)
{
	struct group_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int id = iommu_group_id(iommu_group);

	if (!node)
		return NULL;
	kref_init(&node->kref);
	refcount_set(&node->group.drivers, 1);
	mutex_init(&node->group.group_lock);
	mutex_init(&node->group.device_lock);
	INIT_LIST_HEAD(&node->group.device_list);
	node->group.iommu_group = iommu_group;
	node->group.type = type;
	snprintf(node->name, sizeof(node->name), "vfio-group%d", id);
	snprintf(node->nodename, sizeof(node->nodename), "vfio/%d", id);
	node->misc.minor = MISC_DYNAMIC_MINOR;
	node->misc.name = node->name;
	node->misc.nodename = node->nodename;
	node->misc.fops = &group_fops;
	return node;
}

static struct group_node *node_find(struct iommu_group *iommu_group)
{
	struct vfio_group *group;

	list_for_each_entry(group, &groups, vfio_next)
		if (group->iommu_group == iommu_group)
			return to_node(group);
	return NULL;
}

/* Takes over the reference to @iommu_group if the group is new. */
static struct group_node *join_locked(struct iommu_group *iommu_group,
				      enum vfio_group_type type)
{
	struct group_node *node = node_find(iommu_group);
	int rc;

	if (node) {
		refcount_inc(&node->group.drivers);
		iommu_group_put(iommu_group);
		return node;
	}
	node = node_new(iommu_group, type);
	if (!node)
		return ERR_PTR(-ENOMEM);
	rc = misc_register(&node->misc);
	if (rc) {
		kref_put(&node->kref, node_free);
		return ERR_PTR(rc);
	}
	list_add(&node->group.vfio_next, &groups);
	return node;
}

struct vfio_group *vfio_group_join(struct vfio_device *device,
				   enum vfio_group_type type)
{
	struct iommu_group *iommu_group = iommu_group_get(device->dev);
	struct group_node *node;

	if (!iommu_group)
		return ERR_PTR(-EINVAL);
	mutex_lock(&groups_lock);
	node = join_locked(iommu_group, type);
	mutex_unlock(&groups_lock);
	if (IS_ERR(node)) {
		iommu_group_put(iommu_group);
		return ERR_CAST(node);
	}
	mutex_lock(&node->group.device_lock);
	list_add_tail(&device->group_next, &node->group.device_list);
	mutex_unlock(&node->group.device_lock);
	return &node->group;
}

/* The last device goes, and nobody uses it. */
static void group_shut(struct vfio_group *group)
{
	struct iommu_group *iommu_group;

	mutex_lock(&group->group_lock);
	if (group->container)
		vfio_group_detach_container(group);
	iommu_group = group->iommu_group;
	group->iommu_group = NULL;
	mutex_unlock(&group->group_lock);
	iommu_group_put(iommu_group);
}

void vfio_group_leave(struct vfio_device *device)
{
	struct vfio_group *group = device->group;

	mutex_lock(&group->device_lock);
	list_del(&device->group_next);
	mutex_unlock(&group->device_lock);
	if (!refcount_dec_and_mutex_lock(&group->drivers, &groups_lock))
		return;
	list_del(&group->vfio_next);
	misc_deregister(&to_node(group)->misc);
	group_shut(group);
	mutex_unlock(&groups_lock);
	kref_put(&to_node(group)->kref, node_free);
}

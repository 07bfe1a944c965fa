// SPDX-License-Identifier: GPL-2.0-only
/*
 * misc.c - misc devices
 *
 * A registered device can be opened by name. Its mutex is held while a driver's
 * open() runs, as in the kernel, so misc_deregister() waits for it; files that
 * are open stay so.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vtb/runtime.h>
#include "internal.h"

#define MISC_MAJOR_DYNAMIC_FIRST	256

struct misc_node {
	struct inode inode;
	struct device device;
	struct miscdevice *misc;
};

static LIST_HEAD(misc_list);
static DEFINE_MUTEX(misc_mtx);
static int next_minor = MISC_MAJOR_DYNAMIC_FIRST;

static struct misc_node *node_of(const struct miscdevice *misc)
{
	return container_of(misc->this_device, struct misc_node, device);
}

static bool minor_taken(const struct miscdevice *misc)
{
	const struct miscdevice *other;

	list_for_each_entry(other, &misc_list, list)
		if (other->minor == misc->minor)
			return true;
	return false;
}

static struct misc_node *node_new(struct miscdevice *misc)
{
	struct misc_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	node->misc = misc;
	node->inode.i_mode = S_IFCHR | 0600;
	node->inode.i_rdev = MKDEV(10, misc->minor);
	node->inode.i_fop = misc->fops;
	node->device.init_name = misc->name;
	node->device.parent = misc->parent;
	node->device.devt = node->inode.i_rdev;
	return node;
}

int misc_register(struct miscdevice *misc)
{
	struct misc_node *node;
	int rc = 0;

	INIT_LIST_HEAD(&misc->list);
	mutex_lock(&misc_mtx);
	if (misc->minor == MISC_DYNAMIC_MINOR)
		misc->minor = next_minor++;
	else if (minor_taken(misc))
		rc = -EBUSY;
	if (rc)
		goto out_unlock;
	node = node_new(misc);
	if (node) {
		misc->this_device = &node->device;
		list_add(&misc->list, &misc_list);
	} else {
		rc = -ENOMEM;
	}
out_unlock:
	mutex_unlock(&misc_mtx);
	return rc;
}
EXPORT_SYMBOL(misc_register);

void misc_deregister(struct miscdevice *misc)
{
	if (WARN_ON(list_empty(&misc->list)))
		return;
	mutex_lock(&misc_mtx);
	list_del(&misc->list);
	kfree(node_of(misc));
	misc->this_device = NULL;
	mutex_unlock(&misc_mtx);
}
EXPORT_SYMBOL(misc_deregister);

const struct file_operations *
vtb_device_lookup(const char *name, struct inode **inode, void **private)
{
	const struct file_operations *ops = ERR_PTR(-ENOENT);
	struct miscdevice *misc;

	mutex_lock(&misc_mtx);
	list_for_each_entry(misc, &misc_list, list) {
		if (strcmp(misc->nodename ?: misc->name, name))
			continue;
		ops = fops_get(misc->fops) ?: ERR_PTR(-ENODEV);
		*inode = &node_of(misc)->inode;
		*private = misc;
		break;
	}
	if (IS_ERR(ops))
		mutex_unlock(&misc_mtx);
	return ops;
}

void vtb_device_opened(void)
{
	mutex_unlock(&misc_mtx);
}

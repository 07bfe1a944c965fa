// SPDX-License-Identifier: GPL-2.0-only
/*
 * @name@.c - numbered slots behind /dev/@name@
 *
 * Each open file has slots of its own, which begin as 0.
 *
 * Life: the slots come with open() and go with release(), after which no ioctl
 * of the file can run.
 *
 * Locking: @lock protects the values. User memory is touched without it.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "@name@_ioctl.h"

struct @name@_file {
	struct mutex lock; /* protects value[] */
	u32 value[@NAME@_SLOTS];
};

static int @name@_set(struct @name@_file *file, const struct @name@_slot *slot)
{
	if (slot->index >= @NAME@_SLOTS)
		return -EINVAL;
	mutex_lock(&file->lock);
	file->value[slot->index] = slot->value;
	mutex_unlock(&file->lock);
	return 0;
}

static int @name@_get(struct @name@_file *file, struct @name@_slot *slot)
{
	if (slot->index >= @NAME@_SLOTS)
		return -EINVAL;
	mutex_lock(&file->lock);
	slot->value = file->value[slot->index];
	mutex_unlock(&file->lock);
	return 0;
}

static long @name@_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct @name@_file *file = filp->private_data;
	struct @name@_slot slot;
	int rc;

	if (cmd != @NAME@_SET && cmd != @NAME@_GET)
		return -ENOTTY;
	if (copy_from_user(&slot, (void __user *)arg, sizeof(slot)))
		return -EFAULT;
	if (cmd == @NAME@_SET)
		return @name@_set(file, &slot);
	rc = @name@_get(file, &slot);
	if (rc)
		return rc;
	return copy_to_user((void __user *)arg, &slot, sizeof(slot)) ? -EFAULT : 0;
}

static int @name@_open(struct inode *inode, struct file *filp)
{
	struct @name@_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	filp->private_data = file;
	return 0;
}

static int @name@_release(struct inode *inode, struct file *filp)
{
	kfree(filp->private_data);
	return 0;
}

static const struct file_operations @name@_fops = {
	.owner = THIS_MODULE,
	.open = @name@_open,
	.release = @name@_release,
	.unlocked_ioctl = @name@_ioctl,
};

static struct miscdevice @name@_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "@name@",
	.fops = &@name@_fops,
};
module_misc_device(@name@_device);

MODULE_DESCRIPTION("Numbered slots");
MODULE_LICENSE("GPL");

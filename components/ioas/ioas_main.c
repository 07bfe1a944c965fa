// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioas_main.c - /dev/ioas: I/O address spaces for processes
 *
 * A process maps its memory, or that of a device, into spaces of a file and
 * attaches devices to them, which can then do DMA there and nowhere else. When
 * the file is released devices go first, then mappings.
 *
 * Life: a space is in the file's table until it is destroyed. Calls that work
 * on one hold a count, and a space with a count or a device is not destroyed.
 *
 * Locking: ioas_file.lock protects the table and the counts; none of the locks
 * of spaces and devices is taken inside it but that of the devices.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioas.h"

struct ioas_slot {
	struct ioas *space;
	unsigned int users;
};

struct ioas_file {
	struct mutex lock;
	struct ioas_slot slots[IOAS_SPACES];
};

static struct ioas_slot *slot_get(struct ioas_file *file, u32 nr)
{
	struct ioas_slot *slot = NULL;

	mutex_lock(&file->lock);
	if (nr < IOAS_SPACES && file->slots[nr].space) {
		slot = &file->slots[nr];
		slot->users++;
	}
	mutex_unlock(&file->lock);
	return slot;
}

static void slot_put(struct ioas_file *file, struct ioas_slot *slot)
{
	mutex_lock(&file->lock);
	slot->users--;
	mutex_unlock(&file->lock);
}

/* -- calls -- */

union ioas_argument {
	struct ioas_space space;
	struct ioas_attach attach;
	struct ioas_map map;
	struct ioas_unmap unmap;
};

static int create(struct ioas_file *file, union ioas_argument *arg)
{
	struct ioas *space = ioas_new();
	int rc = -ENOSPC;
	u32 nr;

	if (IS_ERR(space))
		return PTR_ERR(space);
	mutex_lock(&file->lock);
	for (nr = 0; nr < IOAS_SPACES; nr++) {
		if (file->slots[nr].space)
			continue;
		file->slots[nr].space = space;
		arg->space.space = nr;
		rc = 0;
		break;
	}
	mutex_unlock(&file->lock);
	if (rc)
		ioas_free(space);
	return rc;
}

static int destroy(struct ioas_file *file, union ioas_argument *arg)
{
	struct ioas *space = NULL;
	struct ioas_slot *slot;
	int rc = -ENOENT;

	mutex_lock(&file->lock);
	if (arg->space.space < IOAS_SPACES) {
		slot = &file->slots[arg->space.space];
		space = slot->space;
		if (space)
			rc = slot->users || ioas_device_uses(space) ? -EBUSY : 0;
		if (!rc)
			slot->space = NULL;
	}
	mutex_unlock(&file->lock);
	if (!rc)
		ioas_free(space);
	return rc;
}

static int on_space(struct ioas_file *file, unsigned int cmd, u32 nr,
		    union ioas_argument *arg)
{
	struct ioas_slot *slot = slot_get(file, nr);
	int rc;

	if (!slot)
		return -ENOENT;
	if (cmd == IOAS_ATTACH)
		rc = ioas_device_attach(&arg->attach, slot->space, file);
	else if (cmd == IOAS_MAP)
		rc = ioas_map(slot->space, &arg->map);
	else
		rc = ioas_unmap(slot->space, &arg->unmap);
	slot_put(file, slot);
	return rc;
}

static int call(struct ioas_file *file, unsigned int cmd,
		union ioas_argument *arg)
{
	switch (cmd) {
	case IOAS_CREATE:
		return create(file, arg);
	case IOAS_DESTROY:
		return destroy(file, arg);
	case IOAS_ATTACH:
		return on_space(file, cmd, arg->attach.space, arg);
	case IOAS_DETACH:
		return ioas_device_detach(&arg->attach, file);
	case IOAS_MAP:
		return on_space(file, cmd, arg->map.space, arg);
	case IOAS_UNMAP:
		return on_space(file, cmd, arg->unmap.space, arg);
	default:
		return -ENOTTY;
	}
}

static long ioas_ioctl(struct file *filp, unsigned int cmd, unsigned long user)
{
	union ioas_argument arg = {};
	size_t bytes = min_t(size_t, _IOC_SIZE(cmd), sizeof(arg));
	int rc;

	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, (void __user *)user, bytes))
		return -EFAULT;
	rc = call(filp->private_data, cmd, &arg);
	if (rc || !(_IOC_DIR(cmd) & _IOC_READ))
		return rc;
	if (!copy_to_user((void __user *)user, &arg, bytes))
		return 0;
	/* A space nobody has the number of is of no use. */
	if (cmd == IOAS_CREATE)
		destroy(filp->private_data, &arg);
	return -EFAULT;
}

/* -- the file -- */

static int ioas_open(struct inode *inode, struct file *filp)
{
	struct ioas_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	filp->private_data = file;
	return 0;
}

static int ioas_release(struct inode *inode, struct file *filp)
{
	struct ioas_file *file = filp->private_data;
	unsigned int i;

	ioas_device_detach_all(file);
	for (i = 0; i < IOAS_SPACES; i++)
		if (file->slots[i].space)
			ioas_free(file->slots[i].space);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations ioas_fops = {
	.owner = THIS_MODULE,
	.open = ioas_open,
	.release = ioas_release,
	.unlocked_ioctl = ioas_ioctl,
};

static struct miscdevice ioas_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ioas",
	.fops = &ioas_fops,
};

static int __init ioas_init(void)
{
	int rc = ioas_device_register();

	if (rc)
		return rc;
	rc = misc_register(&ioas_misc);
	if (rc)
		ioas_device_unregister();
	return rc;
}

static void __exit ioas_exit(void)
{
	misc_deregister(&ioas_misc);
	ioas_device_unregister();
}

module_init(ioas_init);
module_exit(ioas_exit);
MODULE_DESCRIPTION("I/O address spaces for processes");
MODULE_LICENSE("GPL");

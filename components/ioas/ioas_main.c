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
 *
 * For guests with tables of their own see ioas_nesting.c.
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
	struct ioas_owner owner;
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
	struct ioas_pasid pasid;
	struct ioas_nesting nesting;
	struct ioas_info info;
};

static int create(struct ioas_file *file, union ioas_argument *arg,
		  bool nesting)
{
	struct ioas *space = ioas_new(nesting);
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

static u32 space_of(unsigned int cmd, const union ioas_argument *arg)
{
	switch (cmd) {
	case IOAS_ATTACH:
		return arg->attach.space;
	case IOAS_MAP:
		return arg->map.space;
	case IOAS_UNMAP:
		return arg->unmap.space;
	case IOAS_INFO:
		return arg->info.space;
	default:
		return arg->nesting.space;
	}
}

static int call_space(struct ioas_file *file, struct ioas *space,
		      unsigned int cmd, union ioas_argument *arg,
		      const void __user *behind)
{
	switch (cmd) {
	case IOAS_ATTACH:
		return ioas_device_attach(&arg->attach, space, &file->owner);
	case IOAS_MAP:
		return ioas_map(space, &arg->map);
	case IOAS_UNMAP:
		return ioas_unmap(space, &arg->unmap);
	case IOAS_INFO:
		return ioas_info(space, &arg->info);
	default:
		return ioas_nesting(&file->owner, space, cmd, &arg->nesting,
				    behind);
	}
}

static int on_space(struct ioas_file *file, unsigned int cmd,
		    union ioas_argument *arg, const void __user *behind)
{
	struct ioas_slot *slot = slot_get(file, space_of(cmd, arg));
	int rc;

	if (!slot)
		return -ENOENT;
	rc = call_space(file, slot->space, cmd, arg, behind);
	slot_put(file, slot);
	return rc;
}

static int call(struct ioas_file *file, unsigned int cmd,
		union ioas_argument *arg, const void __user *behind)
{
	switch (cmd) {
	case IOAS_CREATE:
	case IOAS_CREATE_NESTING:
		return create(file, arg, cmd == IOAS_CREATE_NESTING);
	case IOAS_DESTROY:
		return destroy(file, arg);
	case IOAS_DETACH:
		return ioas_device_detach(&arg->attach, &file->owner);
	case IOAS_PASID_ALLOC:
		return ioas_pasid_alloc(&file->owner, &arg->pasid);
	case IOAS_PASID_FREE:
		return ioas_pasid_free(&file->owner, &arg->pasid);
	case IOAS_ATTACH:
	case IOAS_MAP:
	case IOAS_UNMAP:
	case IOAS_INFO:
	case IOAS_BIND:
	case IOAS_UNBIND:
	case IOAS_INVALIDATE:
	case IOAS_RESPOND:
		return on_space(file, cmd, arg, behind);
	default:
		return -ENOTTY;
	}
}

/* What nobody has the number of is of no use. */
static void take_back(struct ioas_file *file, unsigned int cmd,
		      union ioas_argument *arg)
{
	if (cmd == IOAS_CREATE || cmd == IOAS_CREATE_NESTING)
		destroy(file, arg);
	else if (cmd == IOAS_PASID_ALLOC)
		ioas_pasid_free(&file->owner, &arg->pasid);
}

static long ioas_ioctl(struct file *filp, unsigned int cmd, unsigned long user)
{
	union ioas_argument arg = {};
	size_t bytes = min_t(size_t, _IOC_SIZE(cmd), sizeof(arg));
	struct ioas_file *file = filp->private_data;
	int rc;

	if (cmd == IOAS_FAULT)
		return ioas_read_fault(&file->owner, (void __user *)user);
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, (void __user *)user, bytes))
		return -EFAULT;
	rc = call(file, cmd, &arg, (void __user *)(user + bytes));
	if (rc || !(_IOC_DIR(cmd) & _IOC_READ))
		return rc;
	if (!copy_to_user((void __user *)user, &arg, bytes))
		return 0;
	take_back(file, cmd, &arg);
	return -EFAULT;
}

/* -- the file -- */

static int ioas_open(struct inode *inode, struct file *filp)
{
	struct ioas_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int rc;

	if (!file)
		return -ENOMEM;
	rc = ioas_owner_init(&file->owner);
	if (rc) {
		kfree(file);
		return rc;
	}
	mutex_init(&file->lock);
	filp->private_data = file;
	return 0;
}

static int ioas_release(struct inode *inode, struct file *filp)
{
	struct ioas_file *file = filp->private_data;
	unsigned int i;

	ioas_device_detach_all(&file->owner);
	for (i = 0; i < IOAS_SPACES; i++)
		if (file->slots[i].space)
			ioas_free(file->slots[i].space);
	ioas_owner_exit(&file->owner);
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

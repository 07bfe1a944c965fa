// SPDX-License-Identifier: GPL-2.0-only
/*
 * twice_cut.c - a driver that takes in an argument in many ways, some wrong
 *
 *	once		header, then the data behind it: right
 *	copied		header, then all of it; the size of the second copy is used
 *			for a copy: a double fetch
 *	allocated	the same, but used for an allocation only: no oracle sees it
 *	compared	the same as copied, but the sizes are compared again: right
 *	kept		the same, but the size of the first copy is used: right
 *	unchecked	the size is never checked: wrong, but no double fetch
 *	mapped		loads from the page itself, checked in one load and used in
 *			another: a double fetch, unless the compiler makes one of both
 *	mapped_once	the same with READ_ONCE(): right
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "twice_ioctl.h"

static noinline int take_header(struct twice_arg *arg,
				const struct twice_arg __user *user)
{
	if (copy_from_user(arg, user, offsetof(struct twice_arg, data)))
		return -EFAULT;
	return 0;
}

static noinline int take_all(struct twice_arg *arg,
			     const struct twice_arg __user *user)
{
	return copy_from_user(arg, user, sizeof(*arg)) ? -EFAULT : 0;
}

static noinline long use(const u8 *data, u32 size)
{
	u8 *copy = kmalloc(TWICE_BYTES, GFP_KERNEL);
	long sum = 0;
	u32 i;

	if (!copy)
		return -ENOMEM;
	for (i = 0; i < size; i++) {
		copy[i] = data[i];
		sum += copy[i];
	}
	kfree(copy);
	return sum;
}

static noinline long put_once(struct twice_arg *arg,
			      const struct twice_arg __user *user)
{
	if (arg->size > TWICE_BYTES)
		return -EINVAL;
	if (copy_from_user(arg->data, user->data, arg->size))
		return -EFAULT;
	return use(arg->data, arg->size);
}

static noinline long put_copied(struct twice_arg *arg,
				const struct twice_arg __user *user)
{
	if (arg->size > TWICE_BYTES)
		return -EINVAL;
	return take_all(arg, user) ?: use(arg->data, arg->size);
}

static noinline long put_allocated(struct twice_arg *arg,
				   const struct twice_arg __user *user)
{
	if (arg->size > TWICE_BYTES)
		return -EINVAL;
	if (take_all(arg, user))
		return -EFAULT;
	kfree(kzalloc(arg->size, GFP_KERNEL | __GFP_NOWARN));
	return 0;
}

static noinline long put_compared(struct twice_arg *arg,
				  const struct twice_arg __user *user)
{
	u32 size = arg->size;

	if (size > TWICE_BYTES)
		return -EINVAL;
	if (take_all(arg, user))
		return -EFAULT;
	return size == arg->size ? use(arg->data, arg->size) : -EAGAIN;
}

static noinline long put_kept(struct twice_arg *arg,
			      const struct twice_arg __user *user)
{
	u32 size = arg->size;

	if (size > TWICE_BYTES)
		return -EINVAL;
	return take_all(arg, user) ?: use(arg->data, size);
}

static noinline long put_unchecked(struct twice_arg *arg,
				   const struct twice_arg __user *user)
{
	return take_all(arg, user) ?: use(arg->data, arg->size);
}

static noinline long use_mapped(struct twice_arg *mapped)
{
	if (mapped->size > TWICE_BYTES)
		return -EINVAL;
	return use(mapped->data, mapped->size);
}

static noinline long use_mapped_once(struct twice_arg *mapped)
{
	u32 size = READ_ONCE(mapped->size);

	return size > TWICE_BYTES ? -EINVAL : use(mapped->data, size);
}

static noinline long put_mapped(struct twice_arg __user *user, bool once)
{
	unsigned long at = (unsigned long)user;
	struct twice_arg *mapped;
	struct page *page;
	long rc;

	if (pin_user_pages_fast(at, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	mapped = page_address(page) + offset_in_page(at);
	rc = once ? use_mapped_once(mapped) : use_mapped(mapped);
	unpin_user_page(page);
	return rc;
}

static long put_copy(struct twice_arg *arg, const struct twice_arg __user *user)
{
	switch (arg->how) {
	case TWICE_ONCE:
		return put_once(arg, user);
	case TWICE_COPIED:
		return put_copied(arg, user);
	case TWICE_ALLOCATED:
		return put_allocated(arg, user);
	case TWICE_COMPARED:
		return put_compared(arg, user);
	case TWICE_KEPT:
		return put_kept(arg, user);
	case TWICE_UNCHECKED:
		return put_unchecked(arg, user);
	}
	return -EINVAL;
}

static long twice_ioctl(struct file *filp, unsigned int cmd, unsigned long at)
{
	struct twice_arg __user *user = (void __user *)at;
	struct twice_arg *arg;
	u32 how;
	long rc;

	if (cmd != TWICE_PUT)
		return -ENOTTY;
	if (get_user(how, &user->how))
		return -EFAULT;
	if (how >= TWICE_MAPPED)
		return put_mapped(user, how == TWICE_MAPPED_ONCE);
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	rc = take_header(arg, user);
	arg->how = how;
	rc = rc ?: put_copy(arg, user);
	kfree(arg);
	return rc;
}

static const struct file_operations twice_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = twice_ioctl,
};

static struct miscdevice twice_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "twice",
	.fops = &twice_fops,
};
module_misc_device(twice_device);

MODULE_DESCRIPTION("Arguments, taken in once and twice");
MODULE_LICENSE("GPL");

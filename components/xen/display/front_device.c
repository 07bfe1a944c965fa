// SPDX-License-Identifier: GPL-2.0-only
/*
 * front_device.c - /dev/xen-displ: what a process asks of a display frontend
 *
 * The driver is bound while the file is open: bind_lock is for that. Calls take a
 * reference to the device, which may go meanwhile; then there is no connection any
 * more, and without one nothing of the device is touched.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "../access_word.h"
#include "front.h"
#include "xen_displ_ioctl.h"

static DEFINE_MUTEX(bind_lock);
static bool bound;

/* -- calls with use_lock, of a connected device -- */

static int do_access(struct displ_front *front, struct xen_displ_access *arg)
{
	struct displ_buffer *buffer = displ_find_buffer(front, arg->buffer);

	if (!buffer)
		return -ENOENT;
	/* What the backend has may have been unmapped by a failed destroy. */
	if (arg->page >= buffer->nr_pages ||
	    arg->offset >= PAGE_SIZE / sizeof(u32) ||
	    (buffer->backend && !buffer->shbuf.backend_map_handles))
		return -EINVAL;
	access_word(buffer->pages[arg->page], arg->offset, arg->write,
		    &arg->value);
	return 0;
}

union displ_arg {
	struct xen_displ_create create;
	struct xen_displ_attach attach;
	struct xen_displ_id id;
	struct xen_displ_wait wait;
	struct xen_displ_access access;
	struct xen_displ_connect connect;
};

static int do_create(struct displ_front *front, struct xen_displ_create *arg)
{
	if (!arg->nr_pages || arg->nr_pages > XEN_DISPL_MAX_PAGES)
		return -EINVAL;
	return displ_create(front, arg->nr_pages, arg->backend, &arg->buffer);
}

static int connected_call(struct displ_front *front, unsigned int cmd,
			  union displ_arg *arg)
{
	switch (cmd) {
	case XEN_DISPL_CREATE:
		return do_create(front, &arg->create);
	case XEN_DISPL_DESTROY:
		return displ_destroy(front, arg->id.id);
	case XEN_DISPL_ATTACH:
		return displ_attach(front, arg->attach.buffer,
				    &arg->attach.fb);
	case XEN_DISPL_DETACH:
		return displ_detach(front, arg->id.id);
	case XEN_DISPL_FLIP:
		return displ_flip(front, arg->id.id);
	case XEN_DISPL_ACCESS:
		return do_access(front, &arg->access);
	default:
		return -ENOTTY;
	}
}

static int locked_call(struct displ_front *front, unsigned int cmd,
		       union displ_arg *arg)
{
	int rc = -ENOTCONN;

	mutex_lock(&front->use_lock);
	if (READ_ONCE(front->connected))
		rc = connected_call(front, cmd, arg);
	mutex_unlock(&front->use_lock);
	return rc;
}

/* -- calls that wait -- */

static bool is_done(struct displ_fb *fb)
{
	return READ_ONCE(fb->gone) ||
	       READ_ONCE(fb->done) == READ_ONCE(fb->sent);
}

static int do_wait(struct displ_front *front, struct xen_displ_wait *arg)
{
	struct displ_fb *fb = displ_get_fb(front, arg->fb);
	int rc;

	if (!fb)
		return -ENOENT;
	wait_event_timeout(fb->flipped, is_done(fb),
			   msecs_to_jiffies(arg->ms));
	spin_lock_irq(&front->lock);
	arg->flips = fb->done;
	arg->left = fb->sent - fb->done;
	rc = fb->gone ? -ENODEV : 0;
	spin_unlock_irq(&front->lock);
	displ_put_fb(fb);
	return rc;
}

static int do_connect(struct displ_front *front, u32 ms)
{
	return wait_event_timeout(front->changed,
				  READ_ONCE(front->connected),
				  msecs_to_jiffies(ms)) ? 0 : -ENOTCONN;
}

static int device_call(unsigned int cmd, union displ_arg *arg)
{
	struct displ_front *front = displ_get();
	int rc;

	if (!front)
		return -ENXIO;
	if (cmd == XEN_DISPL_WAIT)
		rc = do_wait(front, &arg->wait);
	else if (cmd == XEN_DISPL_CONNECT)
		rc = do_connect(front, arg->connect.ms);
	else
		rc = locked_call(front, cmd, arg);
	displ_put(front);
	return rc;
}

/* -- binding -- */

static int do_bind(void)
{
	int rc = -EBUSY;

	mutex_lock(&bind_lock);
	if (!bound) {
		rc = displ_bind();
		bound = !rc;
	}
	mutex_unlock(&bind_lock);
	return rc;
}

static int do_unbind(void)
{
	int rc = -ENXIO;

	mutex_lock(&bind_lock);
	if (bound) {
		displ_unbind();
		bound = false;
		rc = 0;
	}
	mutex_unlock(&bind_lock);
	return rc;
}

/* -- the file -- */

static long displ_ioctl(struct file *file, unsigned int cmd,
			unsigned long user)
{
	void __user *from = (void __user *)user;
	union displ_arg arg;
	int rc;

	if (cmd == XEN_DISPL_BIND)
		return do_bind();
	if (cmd == XEN_DISPL_UNBIND)
		return do_unbind();
	if (_IOC_TYPE(cmd) != 'X' || _IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (copy_from_user(&arg, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	rc = device_call(cmd, &arg);
	if (rc)
		return rc;
	/* What has been made stays, whether it is heard of or not. */
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return 0;
}

static int displ_open(struct inode *inode, struct file *file)
{
	int rc = do_bind();

	return rc == -EBUSY ? 0 : rc;
}

static int displ_release(struct inode *inode, struct file *file)
{
	do_unbind();
	return 0;
}

static const struct file_operations displ_fops = {
	.owner = THIS_MODULE,
	.open = displ_open,
	.release = displ_release,
	.unlocked_ioctl = displ_ioctl,
};

static struct miscdevice displ_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-displ",
	.fops = &displ_fops,
};
module_misc_device(displ_device);

MODULE_DESCRIPTION("A display of a Xen backend, for processes");
MODULE_LICENSE("GPL");

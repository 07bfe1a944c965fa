// SPDX-License-Identifier: GPL-2.0-only
/*
 * shbuf_device.c - /dev/xen-shbuf: a frontend whose user asks for buffers
 *
 * It does with xen-front-pgdir-shbuf.h what display and sound frontends do: pages
 * first, then the buffer, then the backend is told; and the other way round. What
 * unmapping a buffer returns is of no use to them: the pages go next.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/grant_table.h>
#include <xen/xen-front-pgdir-shbuf.h>
#include <xen/xenbus.h>

#include "access_word.h"
#include "xen_shbuf_ioctl.h"

#define MAX_PAGES	(1 << 17)	/* of a buffer: 512 MiB */

struct shared_buffer {
	struct xen_front_pgdir_shbuf shbuf;
	struct page **pages;
	bool backend;
	bool mapped;
};

/* The number of a slot is never given out twice. */
struct shbuf_slot {
	struct mutex lock;
	u32 nr;
	struct shared_buffer *buffer;
};

struct shbuf_file {
	struct xenbus_device xb_dev;
	struct shbuf_slot slots[XEN_SHBUF_SLOTS];
};

/* -- pages of a buffer -- */

static void free_pool(struct shared_buffer *buffer, int nr_pages)
{
	int i;

	for (i = 0; i < min(nr_pages, XEN_SHBUF_POOL); i++)
		if (buffer->pages[i])
			put_page(buffer->pages[i]);
}

static int alloc_pool(struct shared_buffer *buffer, int nr_pages)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
		if (i >= XEN_SHBUF_POOL) {
			buffer->pages[i] = buffer->pages[i % XEN_SHBUF_POOL];
			continue;
		}
		buffer->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!buffer->pages[i]) {
			free_pool(buffer, i);
			return -ENOMEM;
		}
	}
	return 0;
}

static int alloc_buffer_pages(struct shared_buffer *buffer, int nr_pages)
{
	int rc;

	buffer->pages = kvcalloc(max(nr_pages, 0), sizeof(*buffer->pages),
				 GFP_KERNEL);
	if (!buffer->pages)
		return -ENOMEM;
	if (buffer->backend)
		rc = gnttab_alloc_pages(nr_pages, buffer->pages);
	else
		rc = alloc_pool(buffer, nr_pages);
	if (rc)
		kvfree(buffer->pages);
	return rc;
}

static void free_buffer_pages(struct shared_buffer *buffer, int nr_pages)
{
	if (buffer->backend)
		gnttab_free_pages(nr_pages, buffer->pages);
	else
		free_pool(buffer, nr_pages);
	kvfree(buffer->pages);
}

/* -- buffers -- */

static struct shared_buffer *new_buffer(struct shbuf_file *file,
					const struct xen_shbuf_alloc *arg)
{
	struct shared_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	struct xen_front_pgdir_shbuf_cfg cfg = {
		.xb_dev = &file->xb_dev,
		.num_pages = arg->nr_pages,
		.be_alloc = arg->backend,
	};
	int rc;

	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->backend = arg->backend;
	rc = alloc_buffer_pages(buffer, arg->nr_pages);
	if (rc)
		goto out_kfree;
	cfg.pages = buffer->pages;
	cfg.pgdir = &buffer->shbuf;
	rc = xen_front_pgdir_shbuf_alloc(&cfg);
	if (rc)
		goto out_pages;
	return buffer;

out_pages:
	free_buffer_pages(buffer, arg->nr_pages);
out_kfree:
	kfree(buffer);
	return ERR_PTR(rc);
}

static void free_buffer(struct shared_buffer *buffer)
{
	int nr_pages = buffer->shbuf.num_pages;

	xen_front_pgdir_shbuf_unmap(&buffer->shbuf);
	xen_front_pgdir_shbuf_free(&buffer->shbuf);
	free_buffer_pages(buffer, nr_pages);
	kfree(buffer);
}

static struct shbuf_slot *lock_slot(struct shbuf_file *file, u32 n, int *rc)
{
	struct shbuf_slot *slot = &file->slots[n % XEN_SHBUF_SLOTS];

	*rc = -EBUSY;
	if (!mutex_trylock(&slot->lock))
		return NULL;
	if (slot->buffer && slot->nr == n) {
		*rc = 0;
		return slot;
	}
	mutex_unlock(&slot->lock);
	*rc = -ENOENT;
	return NULL;
}

static struct shbuf_slot *lock_free_slot(struct shbuf_file *file)
{
	unsigned int i;

	for (i = 0; i < XEN_SHBUF_SLOTS; i++) {
		struct shbuf_slot *slot = &file->slots[i];

		if (!mutex_trylock(&slot->lock))
			continue;
		if (!slot->buffer) {
			slot->nr = (slot->nr ?: i) + XEN_SHBUF_SLOTS;
			return slot;
		}
		mutex_unlock(&slot->lock);
	}
	return NULL;
}

/* -- calls -- */

static int do_alloc(struct shbuf_file *file, struct xen_shbuf_alloc *arg)
{
	struct shared_buffer *buffer;
	struct shbuf_slot *slot;
	int i, rc = 0;

	if (arg->nr_pages > MAX_PAGES)
		return -EINVAL;
	file->xb_dev.otherend_id = arg->dom;
	slot = lock_free_slot(file);
	if (!slot)
		return -EMFILE;
	arg->slot = slot->nr;
	buffer = new_buffer(file, arg);
	if (IS_ERR(buffer)) {
		rc = PTR_ERR(buffer);
		goto out_unlock;
	}
	arg->dir_start = xen_front_pgdir_shbuf_get_dir_start(&buffer->shbuf);
	for (i = 0; i < min(arg->nr_pages, XEN_SHBUF_POOL); i++)
		arg->pool[i] = xen_page_to_gfn(buffer->pages[i]);
	slot->buffer = buffer;
out_unlock:
	mutex_unlock(&slot->lock);
	return rc;
}

static int map_buffer(struct shared_buffer *buffer)
{
	int rc;

	if (buffer->mapped)
		return -EALREADY;
	rc = xen_front_pgdir_shbuf_map(&buffer->shbuf);
	buffer->mapped = !rc;
	return rc;
}

static int unmap_buffer(struct shared_buffer *buffer)
{
	int rc = xen_front_pgdir_shbuf_unmap(&buffer->shbuf);

	buffer->mapped = buffer->mapped && rc;
	return rc;
}

static int access_buffer(struct shared_buffer *buffer,
			 struct xen_shbuf_access *arg)
{
	if (arg->page >= buffer->shbuf.num_pages ||
	    arg->offset >= PAGE_SIZE / sizeof(u32) ||
	    (buffer->backend && !buffer->mapped))
		return -EINVAL;
	access_word(buffer->pages[arg->page], arg->offset, arg->write,
		    &arg->value);
	return 0;
}

union shbuf_arg {
	struct xen_shbuf_alloc alloc;
	struct xen_shbuf_slot slot;
	struct xen_shbuf_access access;
};

static int slot_call(struct shbuf_file *file, unsigned int cmd,
		     union shbuf_arg *arg)
{
	struct shbuf_slot *slot;
	int rc;

	slot = lock_slot(file, arg->slot.slot, &rc);
	if (!slot)
		return rc;
	if (cmd == XEN_SHBUF_MAP) {
		rc = map_buffer(slot->buffer);
	} else if (cmd == XEN_SHBUF_UNMAP) {
		rc = unmap_buffer(slot->buffer);
	} else if (cmd == XEN_SHBUF_ACCESS) {
		rc = access_buffer(slot->buffer, &arg->access);
	} else if (cmd == XEN_SHBUF_FREE) {
		free_buffer(slot->buffer);
		slot->buffer = NULL;
	} else {
		rc = -ENOTTY;
	}
	mutex_unlock(&slot->lock);
	return rc;
}

/* -- the device file -- */

static long shbuf_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	void __user *from = (void __user *)user;
	union shbuf_arg arg;
	int rc;

	if (_IOC_TYPE(cmd) != 'X' || _IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (copy_from_user(&arg, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (cmd == XEN_SHBUF_ALLOC)
		rc = do_alloc(file->private_data, &arg.alloc);
	else
		rc = slot_call(file->private_data, cmd, &arg);
	if (rc)
		return rc;
	/* What has been made stays the file's, whether it is heard of or not. */
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return 0;
}

static int shbuf_open(struct inode *inode, struct file *file)
{
	struct shbuf_file *shbuf = kzalloc(sizeof(*shbuf), GFP_KERNEL);
	unsigned int i;

	if (!shbuf)
		return -ENOMEM;
	shbuf->xb_dev.dev.init_name = "vdispl-0";
	for (i = 0; i < XEN_SHBUF_SLOTS; i++)
		mutex_init(&shbuf->slots[i].lock);
	file->private_data = shbuf;
	return 0;
}

static int shbuf_release(struct inode *inode, struct file *file)
{
	struct shbuf_file *shbuf = file->private_data;
	unsigned int i;

	for (i = 0; i < XEN_SHBUF_SLOTS; i++)
		if (shbuf->slots[i].buffer)
			free_buffer(shbuf->slots[i].buffer);
	kfree(shbuf);
	return 0;
}

static const struct file_operations shbuf_fops = {
	.owner = THIS_MODULE,
	.open = shbuf_open,
	.release = shbuf_release,
	.unlocked_ioctl = shbuf_ioctl,
};

static struct miscdevice shbuf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-shbuf",
	.fops = &shbuf_fops,
};
module_misc_device(shbuf_device);

MODULE_DESCRIPTION("Shared buffers for processes");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * client.c - devices and their mappings
 *
 * The platform driver "dma-client" has devices that differ in what they can
 * reach and how their addresses must be aligned. A mapping belongs to the file
 * that made it, and ends with the file if not before. A call takes a mapping
 * for itself while it works on it (@busy), since the DMA API leaves it to
 * drivers that nobody syncs what somebody else unmaps.
 *
 * @lock protects the tables. It is not held while the DMA API is called;
 * @atomic_lock is, by requests to be made in atomic context. @ground is held for
 * reading by all requests but those that change masks or the pool.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/rwsem.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "client.h"

struct client_device {
	struct device *dev;
	struct device_dma_parameters parms;
};

/*
 * struct client_mapping
 * @nents:	0: one piece, @address and @length
 */
struct client_mapping {
	u32 id;
	bool busy;
	void *owner;
	struct client_device *device;
	struct client_buffer *buffer;
	enum dma_data_direction direction;
	unsigned int nents;
	dma_addr_t address;
	size_t length;
	struct scatterlist list[DMA_CLIENT_SEGMENTS];
};

static struct client_device *devices[DMA_CLIENT_DEVICES];
static struct client_mapping *mappings[DMA_CLIENT_MAPPINGS];
static u32 generation;
static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(atomic_lock);
static DECLARE_RWSEM(ground);

/* -- calling the DMA API -- */

static void call_begin(u32 flags, unsigned long *irq_flags)
{
	if (flags & DMA_CLIENT_ATOMIC)
		spin_lock_irqsave(&atomic_lock, *irq_flags);
}

static void call_end(u32 flags, unsigned long irq_flags)
{
	if (flags & DMA_CLIENT_ATOMIC)
		spin_unlock_irqrestore(&atomic_lock, irq_flags);
}

static unsigned long attributes(u32 flags)
{
	return (flags & DMA_CLIENT_SKIP_SYNC ? DMA_ATTR_SKIP_CPU_SYNC : 0) |
	       (flags & DMA_CLIENT_NO_WARN ? DMA_ATTR_NO_WARN : 0);
}

static int map_piece(struct client_mapping *mapping,
		     const struct dma_client_map *arg)
{
	struct device *dev = mapping->device->dev;

	mapping->length = arg->length;
	mapping->address = dma_map_single_attrs(dev,
			mapping->buffer->data + arg->offset, arg->length,
			arg->direction, attributes(arg->flags));
	return dma_mapping_error(dev, mapping->address) ? -EIO : 0;
}

static int map_list(struct client_mapping *mapping,
		    const struct dma_client_map *arg)
{
	void *at = mapping->buffer->data + arg->offset;
	unsigned int i;

	sg_init_table(mapping->list, arg->nents);
	for (i = 0; i < arg->nents; i++) {
		sg_set_buf(&mapping->list[i], at, arg->length);
		at += arg->length + arg->gap;
	}
	mapping->nents = arg->nents;
	return dma_map_sg_attrs(mapping->device->dev, mapping->list, arg->nents,
				arg->direction, attributes(arg->flags)) ?
	       0 : -EIO;
}

static void unmap(struct client_mapping *mapping, u32 flags)
{
	struct device *dev = mapping->device->dev;
	unsigned long irq_flags;

	call_begin(flags, &irq_flags);
	if (mapping->nents)
		dma_unmap_sg_attrs(dev, mapping->list, mapping->nents,
				   mapping->direction, attributes(flags));
	else
		dma_unmap_single_attrs(dev, mapping->address, mapping->length,
				       mapping->direction, attributes(flags));
	call_end(flags, irq_flags);
}

static void sync_list(struct client_mapping *mapping, bool for_device)
{
	struct device *dev = mapping->device->dev;

	if (for_device)
		dma_sync_sg_for_device(dev, mapping->list, mapping->nents,
				       mapping->direction);
	else
		dma_sync_sg_for_cpu(dev, mapping->list, mapping->nents,
				    mapping->direction);
}

static void sync_piece(struct client_mapping *mapping,
		       const struct dma_client_sync *arg)
{
	struct device *dev = mapping->device->dev;

	if (!dma_need_sync(dev, mapping->address))
		return;
	if (arg->for_device)
		dma_sync_single_range_for_device(dev, mapping->address,
						 arg->offset, arg->length,
						 mapping->direction);
	else
		dma_sync_single_range_for_cpu(dev, mapping->address,
					      arg->offset, arg->length,
					      mapping->direction);
}

/* -- tables -- */

/* Taken for the caller, or an error. */
static struct client_mapping *mapping_get(u32 id)
{
	struct client_mapping *mapping;

	spin_lock(&lock);
	mapping = mappings[id % DMA_CLIENT_MAPPINGS];
	if (!mapping || mapping->id != id)
		mapping = ERR_PTR(-ENOENT);
	else if (mapping->busy)
		mapping = ERR_PTR(-EBUSY);
	else
		mapping->busy = true;
	spin_unlock(&lock);
	if (!IS_ERR(mapping))
		client_buffer_hold(mapping->buffer);
	return mapping;
}

static void mapping_put(struct client_mapping *mapping)
{
	client_buffer_put(mapping->buffer);
	spin_lock(&lock);
	mapping->busy = false;
	spin_unlock(&lock);
}

/* Gives it a number that no other has had. */
static int mapping_enter(struct client_mapping *mapping)
{
	u32 i;

	spin_lock(&lock);
	for (i = 0; i < DMA_CLIENT_MAPPINGS && mappings[i]; i++)
		;
	if (i < DMA_CLIENT_MAPPINGS) {
		mapping->id = ++generation * DMA_CLIENT_MAPPINGS + i;
		mapping->busy = true;
		mappings[i] = mapping;
	}
	spin_unlock(&lock);
	return i < DMA_CLIENT_MAPPINGS ? 0 : -ENOSPC;
}

static void mapping_free(struct client_mapping *mapping)
{
	spin_lock(&lock);
	mappings[mapping->id % DMA_CLIENT_MAPPINGS] = NULL;
	spin_unlock(&lock);
	client_buffer_put(mapping->buffer);
	kfree(mapping);
}

static struct client_device *find_device(u32 id)
{
	return id < DMA_CLIENT_DEVICES ? devices[id] : NULL;
}

/* -- requests -- */

static bool is_inside(const struct dma_client_map *arg, size_t bytes)
{
	u64 pieces = max(arg->nents, 1u);
	u64 whole = pieces * arg->length + (pieces - 1) * arg->gap;

	return arg->length && arg->length <= bytes && arg->gap <= bytes &&
	       whole <= bytes && arg->offset <= bytes - whole;
}

static int check_map(const struct dma_client_map *arg)
{
	const struct client_device *device = find_device(arg->device);

	if (!device)
		return -ENOENT;
	if (arg->direction > DMA_FROM_DEVICE ||
	    arg->flags & ~DMA_CLIENT_FLAGS || arg->nents > DMA_CLIENT_SEGMENTS)
		return -EINVAL;
	return device->dev->dma_mask ? 0 : -ENODEV;
}

static struct client_mapping *mapping_new(const struct dma_client_map *arg,
					  void *owner)
{
	struct client_mapping *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	int rc = -ENOENT;

	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->owner = owner;
	mapping->device = find_device(arg->device);
	mapping->direction = arg->direction;
	mapping->buffer = client_buffer_get(arg->buffer);
	if (!mapping->buffer)
		goto err_free;
	rc = is_inside(arg, mapping->buffer->bytes) ? 0 : -EINVAL;
	if (!rc)
		rc = mapping_enter(mapping);
	if (!rc) {
		client_buffer_hold(mapping->buffer);
		return mapping;
	}
	client_buffer_put(mapping->buffer);
err_free:
	kfree(mapping);
	return ERR_PTR(rc);
}

static void tell_addresses(const struct client_mapping *mapping,
			   struct dma_client_map *arg)
{
	unsigned int i;

	arg->mapping = mapping->id;
	arg->address[0] = mapping->address;
	for (i = 0; i < mapping->nents; i++)
		arg->address[i] = sg_dma_address(&mapping->list[i]);
}

static int request_map(struct dma_client_map *arg, void *owner)
{
	struct client_mapping *mapping;
	unsigned long irq_flags;
	int rc = check_map(arg);

	if (rc)
		return rc;
	mapping = mapping_new(arg, owner);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	call_begin(arg->flags, &irq_flags);
	rc = arg->nents ? map_list(mapping, arg) : map_piece(mapping, arg);
	call_end(arg->flags, irq_flags);
	if (rc) {
		client_buffer_put(mapping->buffer);
		mapping_free(mapping);
		return rc;
	}
	tell_addresses(mapping, arg);
	mapping_put(mapping);
	return 0;
}

static int request_unmap(const struct dma_client_unmap *arg)
{
	struct client_mapping *mapping;

	if (arg->flags & ~DMA_CLIENT_FLAGS)
		return -EINVAL;
	mapping = mapping_get(arg->mapping);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	unmap(mapping, arg->flags);
	client_buffer_put(mapping->buffer);
	mapping_free(mapping);
	return 0;
}

static int check_sync(const struct client_mapping *mapping,
		      const struct dma_client_sync *arg)
{
	if (mapping->nents)
		return 0;
	if (arg->offset >= mapping->length || !arg->length)
		return -EINVAL;
	if (!arg->believe && arg->length > mapping->length - arg->offset)
		return -EINVAL;
	return 0;
}

static int request_sync(const struct dma_client_sync *arg)
{
	struct client_mapping *mapping;
	unsigned long irq_flags;
	int rc;

	if (arg->flags & ~DMA_CLIENT_FLAGS)
		return -EINVAL;
	mapping = mapping_get(arg->mapping);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	rc = check_sync(mapping, arg);
	if (!rc) {
		call_begin(arg->flags, &irq_flags);
		if (mapping->nents)
			sync_list(mapping, arg->for_device);
		else
			sync_piece(mapping, arg);
		call_end(arg->flags, irq_flags);
	}
	mapping_put(mapping);
	return rc;
}

static int request_mask(const struct dma_client_device *arg)
{
	struct client_device *device = find_device(arg->device);

	if (!device)
		return -ENOENT;
	if (!arg->bits || arg->bits > 64)
		return -EINVAL;
	return dma_set_mask_and_coherent(device->dev, DMA_BIT_MASK(arg->bits));
}

static int request_limits(struct dma_client_device *arg)
{
	struct client_device *device = find_device(arg->device);

	if (!device)
		return -ENOENT;
	if (!device->dev->dma_mask)
		return -ENODEV;
	arg->max_mapping = dma_max_mapping_size(device->dev);
	return 0;
}

/* -- the char device -- */

union request {
	struct dma_client_info info;
	struct dma_client_buffer buffer;
	struct dma_client_fill fill;
	struct dma_client_map map;
	struct dma_client_unmap unmap;
	struct dma_client_sync sync;
	struct dma_client_device device;
	struct dma_client_pool pool;
};

static int request_info(struct dma_client_info *info)
{
	struct client_buffer *buffer = client_buffer_get(0);

	info->buffer_phys = virt_to_phys(buffer->data);
	client_buffer_put(buffer);
	client_platform_info(info);
	return 0;
}

static int stop_pool(void)
{
	client_platform_stop_pool();
	return 0;
}

static long handle(unsigned int cmd, union request *arg, void *owner)
{
	switch (cmd) {
	case DMA_CLIENT_INFO:
		return request_info(&arg->info);
	case DMA_CLIENT_NEW_BUFFER:
		return client_buffer_new(&arg->buffer);
	case DMA_CLIENT_FREE_BUFFER:
		return client_buffer_free(arg->buffer.buffer);
	case DMA_CLIENT_FILL:
		return client_buffer_fill(&arg->fill);
	case DMA_CLIENT_MAP:
		return request_map(&arg->map, owner);
	case DMA_CLIENT_UNMAP:
		return request_unmap(&arg->unmap);
	case DMA_CLIENT_SYNC:
		return request_sync(&arg->sync);
	case DMA_CLIENT_SET_MASK:
		return request_mask(&arg->device);
	case DMA_CLIENT_LIMITS:
		return request_limits(&arg->device);
	case DMA_CLIENT_START_POOL:
		return client_platform_start_pool(arg->pool.bytes);
	case DMA_CLIENT_STOP_POOL:
		return stop_pool();
	}
	return -ENOTTY;
}

/* Nobody will hear of what a call has made. */
static void undo(unsigned int cmd, union request *arg)
{
	const struct dma_client_unmap unmap = {
		.mapping = arg->map.mapping, .flags = DMA_CLIENT_SKIP_SYNC,
	};

	if (cmd == DMA_CLIENT_MAP)
		request_unmap(&unmap);
	else if (cmd == DMA_CLIENT_NEW_BUFFER)
		client_buffer_free(arg->buffer.buffer);
}

/* What changes the ground under mappings: no mapping is worked on meanwhile. */
static bool is_change(unsigned int cmd)
{
	return cmd == DMA_CLIENT_SET_MASK || cmd == DMA_CLIENT_START_POOL ||
	       cmd == DMA_CLIENT_STOP_POOL;
}

static long handle_in_order(unsigned int cmd, union request *arg, void *owner)
{
	long rc;

	if (is_change(cmd))
		down_write(&ground);
	else
		down_read(&ground);
	rc = handle(cmd, arg, owner);
	if (is_change(cmd))
		up_write(&ground);
	else
		up_read(&ground);
	return rc;
}

static long client_ioctl(struct file *file, unsigned int cmd, unsigned long at)
{
	void __user *user = (void __user *)at;
	union request arg = { 0 };
	long rc;

	if (_IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	rc = handle_in_order(cmd, &arg, file);
	if (!rc && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(user, &arg, _IOC_SIZE(cmd))) {
		undo(cmd, &arg);
		return -EFAULT;
	}
	return rc;
}

static int client_open(struct inode *inode, struct file *file)
{
	return 0;
}

/* Nobody can be at work any more. */
static int client_release(struct inode *inode, struct file *file)
{
	unsigned int i;

	for (i = 0; i < DMA_CLIENT_MAPPINGS; i++) {
		if (!mappings[i] || mappings[i]->owner != file)
			continue;
		unmap(mappings[i], 0);
		mapping_free(mappings[i]);
	}
	return 0;
}

static const struct file_operations client_fops = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.unlocked_ioctl = client_ioctl,
};

static struct miscdevice client_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dma-client",
	.fops = &client_fops,
};

/* -- the driver -- */

static u32 property(struct device *dev, const char *name)
{
	u32 value = 0;

	device_property_read_u32(dev, name, &value);
	return value;
}

static int client_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	u32 id = property(dev, "device-id"), bits = property(dev, "dma-bits");
	struct client_device *device;
	int rc;

	if (id >= DMA_CLIENT_DEVICES || devices[id])
		return -EINVAL;
	rc = client_platform_configure(dev);
	if (rc)
		return rc;
	device = devm_kzalloc(dev, sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->dev = dev;
	dev->dma_parms = &device->parms;
	dma_set_min_align_mask(dev, property(dev, "dma-align"));
	device->parms.segment_boundary_mask = property(dev, "dma-boundary");
	if (!bits)
		dev->dma_mask = NULL;	/* of a bus that forgot about it */
	else
		rc = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(bits));
	if (rc)
		return rc;
	platform_set_drvdata(pdev, device);
	devices[id] = device;
	return 0;
}

static void client_remove(struct platform_device *pdev)
{
	devices[property(&pdev->dev, "device-id")] = NULL;
}

static struct platform_driver client_driver = {
	.probe = client_probe,
	.remove_new = client_remove,
	.driver = { .name = "dma-client" },
};

static int __init client_init(void)
{
	int rc = client_buffers_init(client_platform_low_memory());

	if (rc)
		return rc;
	rc = platform_driver_register(&client_driver);
	if (rc)
		goto err_buffers;
	rc = misc_register(&client_misc);
	if (rc)
		goto err_driver;
	return 0;

err_driver:
	platform_driver_unregister(&client_driver);
err_buffers:
	client_buffers_exit();
	return rc;
}
module_init(client_init);

static void __exit client_exit(void)
{
	misc_deregister(&client_misc);
	platform_driver_unregister(&client_driver);
	client_buffers_exit();
}
module_exit(client_exit);

MODULE_LICENSE("GPL v2");

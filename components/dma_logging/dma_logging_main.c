// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_logging_main.c - the DMA tracker as a platform device and a misc device
 *
 *    platform device "dma-tracker"   probe    dma_logging_probe(its registers)
 *    /dev/dma-logging                ioctl    VFIO_DEVICE_FEATURE
 *
 * User space talks to it as to a VFIO device: the argument of the ioctl is a
 * struct vfio_device_feature with the features DMA_LOGGING_START, _STOP and
 * _REPORT.
 *
 * Life: a file may outlive the device. struct dma_logging_node has a reference
 * for the bound device and one for each open file; @gone is held for reading
 * during an ioctl and for writing while the device is taken away, after which
 * @ld is NULL and every ioctl returns -ENODEV.
 *
 * Locking: @gone, then the lock in dma_logging.c.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "dma_logging.h"

struct dma_logging_node {
	struct miscdevice misc;
	struct kref kref;
	struct rw_semaphore gone; /* protects ld */
	struct dma_logging_device *ld;
};

static void node_free(struct kref *kref)
{
	kfree(container_of(kref, struct dma_logging_node, kref));
}

/* -- the ioctl -- */

typedef int (*feature_fn)(struct dma_logging_device *ld, void __user *data,
			  size_t argsz);

/*
 * struct feature - a feature of VFIO_DEVICE_FEATURE
 * @fn:		what serves it
 * @access:	VFIO_DEVICE_FEATURE_GET or _SET, whichever it takes
 * @data_bytes:	least size of its data
 */
struct feature {
	feature_fn fn;
	u32 access;
	size_t data_bytes;
};

static const struct feature *feature_find(u32 flags)
{
	static const struct feature start = {
		dma_logging_start, VFIO_DEVICE_FEATURE_SET,
		sizeof(struct vfio_device_feature_dma_logging_control),
	};
	static const struct feature stop = {
		dma_logging_stop, VFIO_DEVICE_FEATURE_SET, 0,
	};
	static const struct feature report = {
		dma_logging_report, VFIO_DEVICE_FEATURE_GET,
		sizeof(struct vfio_device_feature_dma_logging_report),
	};

	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
		return &start;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
		return &stop;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT:
		return &report;
	default:
		return NULL;
	}
}

/* 1: go on; 0: it was a probe, and all is well; else an error. */
static int feature_check(const struct feature *feature, u32 flags, size_t argsz)
{
	u32 access = flags & (VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_SET);

	if (access & ~feature->access)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	if (!access || argsz < feature->data_bytes)
		return -EINVAL;
	return 1;
}

static int feature_call(struct dma_logging_node *node,
			struct vfio_device_feature __user *arg)
{
	const size_t header_bytes = offsetofend(struct vfio_device_feature,
						flags);
	struct vfio_device_feature header;
	const struct feature *feature;
	int rc;

	if (copy_from_user(&header, arg, header_bytes))
		return -EFAULT;
	if (header.argsz < header_bytes)
		return -EINVAL;
	if (header.flags & ~(VFIO_DEVICE_FEATURE_MASK |
			     VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET |
			     VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	/* Reading and writing at once is a question, not a request. */
	if (!(header.flags & VFIO_DEVICE_FEATURE_PROBE) &&
	    header.flags & VFIO_DEVICE_FEATURE_GET &&
	    header.flags & VFIO_DEVICE_FEATURE_SET)
		return -EINVAL;
	feature = feature_find(header.flags);
	if (!feature)
		return -ENOTTY;
	rc = feature_check(feature, header.flags, header.argsz - header_bytes);
	if (rc <= 0)
		return rc;
	return feature->fn(node->ld, arg->data, header.argsz - header_bytes);
}

static long dma_logging_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct dma_logging_node *node = file->private_data;
	long rc = -ENODEV;

	if (cmd != VFIO_DEVICE_FEATURE)
		return -ENOTTY;
	down_read(&node->gone);
	if (node->ld)
		rc = feature_call(node, (void __user *)arg);
	up_read(&node->gone);
	return rc;
}

/* -- files -- */

static int dma_logging_open(struct inode *inode, struct file *file)
{
	struct dma_logging_node *node;

	/* misc_deregister() waits for us, so the device holds its reference. */
	node = container_of(file->private_data, struct dma_logging_node, misc);
	kref_get(&node->kref);
	file->private_data = node;
	return 0;
}

static int dma_logging_release(struct inode *inode, struct file *file)
{
	struct dma_logging_node *node = file->private_data;

	kref_put(&node->kref, node_free);
	return 0;
}

static const struct file_operations dma_logging_fops = {
	.owner = THIS_MODULE,
	.open = dma_logging_open,
	.release = dma_logging_release,
	.unlocked_ioctl = dma_logging_ioctl,
};

/* -- the device -- */

static int dma_tracker_probe(struct platform_device *pdev)
{
	struct dma_logging_node *node;
	struct resource *bar;
	int rc;

	bar = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	if (!bar)
		return -EINVAL;
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	kref_init(&node->kref);
	init_rwsem(&node->gone);
	node->ld = dma_logging_probe(bar->start, resource_size(bar));
	if (IS_ERR(node->ld)) {
		rc = PTR_ERR(node->ld);
		goto out_put;
	}
	node->misc.minor = MISC_DYNAMIC_MINOR;
	node->misc.name = "dma-logging";
	node->misc.fops = &dma_logging_fops;
	node->misc.parent = &pdev->dev;
	rc = misc_register(&node->misc);
	if (rc)
		goto out_remove;
	platform_set_drvdata(pdev, node);
	return 0;

out_remove:
	dma_logging_remove(node->ld);
out_put:
	kref_put(&node->kref, node_free);
	return rc;
}

static void dma_tracker_remove(struct platform_device *pdev)
{
	struct dma_logging_node *node = platform_get_drvdata(pdev);
	struct dma_logging_device *ld;

	misc_deregister(&node->misc);
	down_write(&node->gone);
	ld = node->ld;
	node->ld = NULL;
	up_write(&node->gone);
	dma_logging_remove(ld);
	kref_put(&node->kref, node_free);
}

static struct platform_driver dma_tracker_driver = {
	.probe = dma_tracker_probe,
	.remove_new = dma_tracker_remove,
	.driver = { .name = "dma-tracker" },
};
module_platform_driver(dma_tracker_driver);

MODULE_DESCRIPTION("DMA logging by the interface of VFIO devices");
MODULE_LICENSE("GPL");

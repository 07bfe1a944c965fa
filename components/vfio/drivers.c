// SPDX-License-Identifier: GPL-2.0-only
/*
 * drivers.c - two drivers of VFIO devices
 *
 * "vfio-sample" passes a device behind an IOMMU through and does nothing else.
 * "vfio-mediated" has no hardware: it pins what its user names and reads and
 * writes memory by way of the backend. When the backend unmaps a range, every
 * pin that touches it is given back.
 *
 * Locking: mediated->lock protects the list of pins; it is taken before the
 * backend's locks, which does not hold them when it calls dma_unmap().
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "vfio_mediated.h"

static long get_info(struct vfio_device_info __user *arg)
{
	const size_t bytes = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, bytes))
		return -EFAULT;
	if (info.argsz < bytes)
		return -EINVAL;
	info.flags = 0;
	info.num_regions = 0;
	info.num_irqs = 0;
	return copy_to_user(arg, &info, bytes) ? -EFAULT : 0;
}

/* -- behind an IOMMU -- */

static long sample_ioctl(struct vfio_device *device, unsigned int cmd,
			 unsigned long arg)
{
	if (cmd == VFIO_DEVICE_GET_INFO)
		return get_info((void __user *)arg);
	return -ENOTTY;
}

static const struct vfio_device_ops sample_ops = {
	.name = "vfio-sample",
	.ioctl = sample_ioctl,
};

static int sample_probe(struct platform_device *pdev)
{
	struct vfio_device *device;
	int rc;

	device = _vfio_alloc_device(sizeof(*device), &pdev->dev, &sample_ops);
	if (IS_ERR(device))
		return PTR_ERR(device);
	rc = vfio_register_group_dev(device);
	if (rc) {
		vfio_put_device(device);
		return rc;
	}
	platform_set_drvdata(pdev, device);
	return 0;
}

static void sample_remove(struct platform_device *pdev)
{
	struct vfio_device *device = platform_get_drvdata(pdev);

	vfio_unregister_group_dev(device);
	vfio_put_device(device);
}

/* -- software -- */

struct mediated {
	struct vfio_device device;
	struct mutex lock; /* pins */
	struct list_head pins;
};

struct pin {
	struct list_head list;
	u64 iova;
	u32 nr_pages;
};

static struct mediated *to_mediated(struct vfio_device *device)
{
	return container_of(device, struct mediated, device);
}

static void pin_drop(struct mediated *m, struct pin *pin)
{
	vfio_unpin_pages(&m->device, pin->iova, pin->nr_pages);
	list_del(&pin->list);
	kfree(pin);
}

static long do_pin(struct mediated *m, const struct vfio_mediated_call *call)
{
	struct page **pages;
	struct pin *pin;
	int rc;

	if (!call->length || call->length > VFIO_PIN_PAGES_MAX_ENTRIES ||
	    call->iova & ~PAGE_MASK || call->prot & ~3u || !call->prot)
		return -EINVAL;
	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	pages = kcalloc(call->length, sizeof(*pages), GFP_KERNEL);
	rc = -ENOMEM;
	if (!pin || !pages)
		goto err_free;
	pin->iova = call->iova;
	pin->nr_pages = call->length;
	rc = vfio_pin_pages(&m->device, call->iova, call->length,
			    (call->prot & 1 ? IOMMU_READ : 0) |
			    (call->prot & 2 ? IOMMU_WRITE : 0), pages);
	if (rc < 0)
		goto err_free;
	list_add(&pin->list, &m->pins);
	kfree(pages);
	return 0;

err_free:
	kfree(pages);
	kfree(pin);
	return rc;
}

static long do_unpin(struct mediated *m, const struct vfio_mediated_call *call)
{
	struct pin *pin;

	list_for_each_entry(pin, &m->pins, list) {
		if (pin->iova != call->iova || pin->nr_pages != call->length)
			continue;
		pin_drop(m, pin);
		return 0;
	}
	return -ENOENT;
}

static long do_rw(struct mediated *m, struct vfio_mediated_call *call)
{
	if (!call->length || call->length > sizeof(call->data))
		return -EINVAL;
	return vfio_dma_rw(&m->device, call->iova, call->data, call->length,
			   call->op == VFIO_MEDIATED_WRITE);
}

static long do_call(struct mediated *m, struct vfio_mediated_call *call)
{
	long rc = -EINVAL;

	if (call->op == VFIO_MEDIATED_READ || call->op == VFIO_MEDIATED_WRITE)
		return do_rw(m, call);
	mutex_lock(&m->lock);
	if (call->op == VFIO_MEDIATED_PIN)
		rc = do_pin(m, call);
	else if (call->op == VFIO_MEDIATED_UNPIN)
		rc = do_unpin(m, call);
	mutex_unlock(&m->lock);
	return rc;
}

static long mediated_ioctl(struct vfio_device *device, unsigned int cmd,
			   unsigned long arg)
{
	struct vfio_mediated_call call;
	long rc;

	if (cmd == VFIO_DEVICE_GET_INFO)
		return get_info((void __user *)arg);
	if (cmd != VFIO_MEDIATED_CALL)
		return -ENOTTY;
	if (copy_from_user(&call, (void __user *)arg, sizeof(call)))
		return -EFAULT;
	if (call.argsz < sizeof(call))
		return -EINVAL;
	rc = do_call(to_mediated(device), &call);
	if (!rc && call.op == VFIO_MEDIATED_READ &&
	    copy_to_user((void __user *)arg, &call, sizeof(call)))
		rc = -EFAULT;
	return rc;
}

static void mediated_dma_unmap(struct vfio_device *device, u64 iova,
			       u64 length)
{
	struct mediated *m = to_mediated(device);
	u64 last = iova + length - 1;
	struct pin *pin, *next;

	mutex_lock(&m->lock);
	list_for_each_entry_safe(pin, next, &m->pins, list) {
		u64 pin_last = pin->iova + (u64)pin->nr_pages * PAGE_SIZE - 1;

		if (pin->iova <= last && pin_last >= iova)
			pin_drop(m, pin);
	}
	mutex_unlock(&m->lock);
}

static void mediated_close(struct vfio_device *device)
{
	mediated_dma_unmap(device, 0, U64_MAX);
}

static int mediated_init(struct vfio_device *device)
{
	struct mediated *m = to_mediated(device);

	mutex_init(&m->lock);
	INIT_LIST_HEAD(&m->pins);
	return 0;
}

static void mediated_release(struct vfio_device *device)
{
	mutex_destroy(&to_mediated(device)->lock);
}

static const struct vfio_device_ops mediated_ops = {
	.name = "vfio-mediated",
	.init = mediated_init,
	.release = mediated_release,
	.close_device = mediated_close,
	.ioctl = mediated_ioctl,
	.dma_unmap = mediated_dma_unmap,
};

static int mediated_probe(struct platform_device *pdev)
{
	struct mediated *m = vfio_alloc_device(mediated, device, &pdev->dev,
					       &mediated_ops);
	int rc;

	if (IS_ERR(m))
		return PTR_ERR(m);
	rc = vfio_register_emulated_iommu_dev(&m->device);
	if (rc) {
		vfio_put_device(&m->device);
		return rc;
	}
	platform_set_drvdata(pdev, m);
	return 0;
}

static void mediated_remove(struct platform_device *pdev)
{
	struct mediated *m = platform_get_drvdata(pdev);

	vfio_unregister_group_dev(&m->device);
	vfio_put_device(&m->device);
}

/* -- both -- */

static struct platform_driver sample_driver = {
	.probe = sample_probe,
	.remove_new = sample_remove,
	.driver = { .name = "vfio-sample" },
};

static struct platform_driver mediated_driver = {
	.probe = mediated_probe,
	.remove_new = mediated_remove,
	.driver = { .name = "vfio-mediated" },
};

static int __init drivers_init(void)
{
	int rc = platform_driver_register(&sample_driver);

	if (!rc)
		rc = platform_driver_register(&mediated_driver);
	return rc;
}
module_init(drivers_init);

MODULE_DESCRIPTION("VFIO devices, of hardware and of software");
MODULE_LICENSE("GPL");

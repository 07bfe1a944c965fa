// SPDX-License-Identifier: GPL-2.0-only
/*
 * slices.c - a device that is cut into slices, each a VFIO device of its own
 *
 * "vfio-slices" is the whole, with a register per slice for the PASID that its
 * requests carry; it stays the kernel's own. "vfio-slice.N" is one of them, with
 * the property
 *
 *    slice	its register
 *
 * A slice has a PASID from when it is found until it goes, whoever uses it.
 * They are taken from the upper half of what the device can send, so that guests
 * find low ones.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "pasid.h"
#include "vfio_mdev.h"

#define NO_PASID	U32_MAX
#define MAX_SLICES	8u

/*
 * struct whole
 * @pasids:	of its slices
 * @nr_pasids:	those it can send are below
 */
struct whole {
	struct device *dev;
	void __iomem *regs;
	struct pasid_set *pasids;
	u32 nr_pasids;
};

struct slice {
	struct vfio_device device;
	u32 number;
	u32 pasid;
};

static struct whole *the_whole;

static void set_register(u32 slice, u32 pasid)
{
	writel(pasid, the_whole->regs + slice * sizeof(u32));
}

/* -- slices -- */

static const struct vfio_device_ops slice_ops = {
	.name = "vfio-slice",
};

bool vfio_mdev_way(struct device *dev, struct vfio_mdev_way *way)
{
	struct slice *slice;

	if (!dev->driver || strcmp(dev->driver->name, slice_ops.name))
		return false;
	slice = dev_get_drvdata(dev);
	way->parent = the_whole->dev;
	way->pasid = slice->pasid;
	return true;
}
EXPORT_SYMBOL_GPL(vfio_mdev_way);

static int slice_start(struct slice *slice, struct platform_device *pdev)
{
	int rc = pasid_alloc(the_whole->pasids, the_whole->nr_pasids / 2,
			     the_whole->nr_pasids - 1, NULL, &slice->pasid);

	if (rc)
		return rc;
	/* Whoever sees the group wants to know its way. */
	platform_set_drvdata(pdev, slice);
	set_register(slice->number, slice->pasid);
	rc = vfio_register_emulated_iommu_dev(&slice->device);
	if (!rc)
		return 0;
	set_register(slice->number, NO_PASID);
	pasid_free(the_whole->pasids, slice->pasid);
	return rc;
}

static int slice_probe(struct platform_device *pdev)
{
	struct slice *slice;
	u32 number;
	int rc;

	if (!the_whole || device_property_read_u32(&pdev->dev, "slice",
						   &number) ||
	    number >= MAX_SLICES)
		return -ENODEV;
	slice = vfio_alloc_device(slice, device, &pdev->dev, &slice_ops);
	if (IS_ERR(slice))
		return PTR_ERR(slice);
	slice->number = number;
	rc = slice_start(slice, pdev);
	if (rc)
		vfio_put_device(&slice->device);
	return rc;
}

static void slice_remove(struct platform_device *pdev)
{
	struct slice *slice = platform_get_drvdata(pdev);

	vfio_unregister_group_dev(&slice->device);
	set_register(slice->number, NO_PASID);
	pasid_free(the_whole->pasids, slice->pasid);
	vfio_put_device(&slice->device);
}

/* -- the whole -- */

static int whole_probe(struct platform_device *pdev)
{
	struct whole *whole;
	u32 bits = 0;

	device_property_read_u32(&pdev->dev, "pasid-bits", &bits);
	if (the_whole || bits < 2 || bits > PASID_BITS)
		return -EINVAL;
	whole = devm_kzalloc(&pdev->dev, sizeof(*whole), GFP_KERNEL);
	if (!whole)
		return -ENOMEM;
	whole->dev = &pdev->dev;
	whole->nr_pasids = 1u << bits;
	whole->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(whole->regs))
		return PTR_ERR(whole->regs);
	whole->pasids = pasid_set_new(MAX_SLICES);
	if (IS_ERR(whole->pasids))
		return PTR_ERR(whole->pasids);
	the_whole = whole;
	return 0;
}

static void whole_remove(struct platform_device *pdev)
{
	pasid_set_put(the_whole->pasids);
	the_whole = NULL;
}

static struct platform_driver slice_driver = {
	.probe = slice_probe,
	.remove_new = slice_remove,
	.driver = { .name = "vfio-slice" },
};

static struct platform_driver whole_driver = {
	.probe = whole_probe,
	.remove_new = whole_remove,
	.driver = { .name = "vfio-slices", .suppress_bind_attrs = true },
};

static int __init slices_init(void)
{
	int rc = platform_driver_register(&whole_driver);

	if (!rc)
		rc = platform_driver_register(&slice_driver);
	return rc;
}
module_init(slices_init);

MODULE_DESCRIPTION("VFIO devices that are slices of another");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_main.c - a VT-d remapping unit in scalable mode
 *
 * The unit is the platform device "dmar", with its registers and the interrupt
 * for faults and page requests. Translation is on before any device is looked at: a device that
 * has no context entry cannot do DMA.
 *
 * Devices behind it have the properties
 *
 *    requester-id	what their requests carry
 *    pasid-bits	size of the PASIDs they can put on requests; none: 0
 *    ats	firmware has switched on that they keep translations
 *    pri	the same for page requests; only with ats
 *
 * What the driver does without: legacy mode, units that walk tables without
 * looking into CPU caches, register-based invalidation, interrupt remapping,
 * more than one unit.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <vtb/compat.h>

#include "iommu_core.h"
#include "vtd.h"

#define MSI_WINDOW	0xfee00000ul
#define MSI_BYTES	0x100000ul
#define COMMAND_US	1000000u
#define MAX_PASID_BITS	((u32)PASID_BITS)

static struct dmar_unit *the_unit;

struct dmar_unit *dmar_first_unit(void)
{
	return the_unit;
}

/* -- commands by register -- */

/* Switches @bit of the unit's global state; -ETIMEDOUT if it does not follow. */
static int command(struct dmar_unit *unit, u32 bit, bool on)
{
	u32 state = readl(unit->regs + VTD_GSTS_REG) & VTD_GSTS_LASTING;
	unsigned int left = COMMAND_US;

	writel(on ? state | bit : state & ~bit, unit->regs + VTD_GCMD_REG);
	while (!(readl(unit->regs + VTD_GSTS_REG) & bit) == on) {
		if (!left--)
			return -ETIMEDOUT;
		udelay(1);
	}
	return 0;
}

static int start_queue(struct dmar_unit *unit)
{
	writeq(0, unit->regs + VTD_IQT_REG);
	writeq(virt_to_phys(unit->queue.ring) | VTD_IQA_WIDE,
	       unit->regs + VTD_IQA_REG);
	return command(unit, VTD_GCMD_QIE, true);
}

static int start_tables(struct dmar_unit *unit)
{
	int rc;

	writeq(virt_to_phys(unit->root) | VTD_RTADDR_SCALABLE,
	       unit->regs + VTD_RTADDR_REG);
	rc = command(unit, VTD_GCMD_SRTP, true);
	if (rc)
		return rc;
	/* Whoever was here before us may have left something behind. */
	dmar_flush_everything(unit);
	return command(unit, VTD_GCMD_TE, true);
}

/* -- devices behind the unit -- */

struct dmar_device *dmar_device_of(struct device *dev)
{
	return dev->iommu ? dev->iommu->priv : NULL;
}

static unsigned int read_pasid_bits(struct dmar_unit *unit, struct device *dev)
{
	u32 bits = 0;

	if (!(unit->ecap & VTD_ECAP_PASID))
		return 0;
	device_property_read_u32(dev, "pasid-bits", &bits);
	return min3(bits, (u32)VTD_ECAP_PSS(unit->ecap), MAX_PASID_BITS);
}

static bool has_property(struct device *dev, const char *name)
{
	u32 value = 0;

	return !device_property_read_u32(dev, name, &value) && value;
}

static void vdev_free(struct dmar_device *vdev)
{
	mutex_destroy(&vdev->lock);
	kfree(vdev);
}

static struct dmar_device *vdev_new(struct dmar_unit *unit, struct device *dev,
				   u32 source)
{
	struct dmar_device *vdev = kzalloc(sizeof(*vdev), GFP_KERNEL);
	unsigned int pasid_bits = read_pasid_bits(unit, dev);
	int rc;

	if (!vdev)
		return ERR_PTR(-ENOMEM);
	vdev->unit = unit;
	vdev->dev = dev;
	vdev->source = source;
	mutex_init(&vdev->lock);
	spin_lock_init(&vdev->ways_lock);
	INIT_LIST_HEAD(&vdev->aux);
	INIT_LIST_HEAD(&vdev->requests);
	vdev->plain.vdev = vdev;
	vdev->plain.pasid = VTD_RID_PASID;
	vdev->ats = unit->ecap & VTD_ECAP_DT &&
		    has_property(dev, "ats");
	vdev->pri = vdev->ats && unit->reports.ring &&
		    has_property(dev, "pri");
	if (pasid_bits)
		vdev->nr_pasids = 1u << pasid_bits;
	rc = dmar_context_init(vdev, pasid_bits);
	if (rc) {
		vdev_free(vdev);
		return ERR_PTR(rc);
	}
	return vdev;
}

static struct dmar_device *find_source(struct dmar_unit *unit, u32 source)
{
	struct dmar_device *vdev;

	list_for_each_entry(vdev, &unit->devices, entry)
		if (vdev->source == source)
			return vdev;
	return NULL;
}

/* The core probes and releases one device at a time. */
static struct iommu_device *probe_device(struct device *dev)
{
	struct dmar_unit *unit = the_unit;
	struct dmar_device *vdev;
	u32 source;

	if (!unit || device_property_read_u32(dev, "requester-id", &source))
		return ERR_PTR(-ENODEV);
	if (source > U16_MAX || find_source(unit, source))
		return ERR_PTR(-EINVAL);
	vdev = vdev_new(unit, dev, source);
	if (IS_ERR(vdev))
		return ERR_CAST(vdev);
	spin_lock_irq(&unit->lock);
	list_add_tail(&vdev->entry, &unit->devices);
	spin_unlock_irq(&unit->lock);
	dev->iommu->priv = vdev;
	return &unit->iommu;
}

static void release_device(struct device *dev)
{
	struct dmar_device *vdev = dev->iommu->priv;
	struct dmar_unit *unit = vdev->unit;

	dmar_detach(vdev);
	spin_lock_irq(&unit->lock);
	list_del(&vdev->entry);
	spin_unlock_irq(&unit->lock);
	/* Nobody who has found it before still uses it. */
	dmar_reports_flush(unit);
	WARN_ON(!list_empty(&vdev->requests));
	dmar_context_exit(vdev);
	dev->iommu->priv = NULL;
	vdev_free(vdev);
}

/* Writes there are interrupts, not memory, whatever is mapped. */
static void get_resv_regions(struct device *dev, struct list_head *list)
{
	struct iommu_resv_region *region;

	region = iommu_alloc_resv_region(MSI_WINDOW, MSI_BYTES, IOMMU_WRITE,
					 IOMMU_RESV_MSI, GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, list);
}

static bool dmar_capable(struct device *dev, enum iommu_cap cap)
{
	switch ((unsigned int)cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
		return true;
	case VTB_IOMMU_CAP_ISOLATED_MSI:
		/* No device of ours is given a vector to raise. */
		return true;
	default:
		return false;
	}
}

static const struct iommu_ops dmar_ops = {
	.capable = dmar_capable,
	.domain_alloc = dmar_domain_alloc,
	.probe_device = probe_device,
	.release_device = release_device,
	.device_group = generic_device_group,
	.get_resv_regions = get_resv_regions,
	.default_domain_ops = &dmar_domain_ops,
	.pgsize_bitmap = SZ_4K,
	.owner = THIS_MODULE,
};

/* -- the unit -- */

static int read_capabilities(struct dmar_unit *unit)
{
	const u64 needed = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_SMTS |
			   VTD_ECAP_SLTS;
	unsigned int sagaw;

	unit->cap = readq(unit->regs + VTD_CAP_REG);
	unit->ecap = readq(unit->regs + VTD_ECAP_REG);
	sagaw = VTD_CAP_SAGAW(unit->cap);
	if ((unit->ecap & needed) != needed || !(sagaw & 0xe))
		return -ENODEV;
	/* Four levels if it can, else as few as it has. */
	unit->levels = sagaw & BIT(2) ? 4 : sagaw & BIT(1) ? 3 : 5;
	unit->nr_domains = min(1u << (4 + 2 * VTD_CAP_ND(unit->cap)),
			       VTD_MAX_DOMAINS);
	return 0;
}

static void unit_free(struct dmar_unit *unit)
{
	dmar_reports_exit(unit);
	dmar_root_exit(unit);
	dmar_queue_exit(unit);
	bitmap_free(unit->domain_ids);
	kfree(unit);
}

static struct dmar_unit *unit_new(struct platform_device *pdev)
{
	struct dmar_unit *unit = kzalloc(sizeof(*unit), GFP_KERNEL);
	int rc;

	if (!unit)
		return ERR_PTR(-ENOMEM);
	unit->dev = &pdev->dev;
	unit->irq = platform_get_irq_optional(pdev, 0);
	spin_lock_init(&unit->lock);
	INIT_LIST_HEAD(&unit->devices);
	dmar_reports_new(unit);
	unit->regs = devm_platform_ioremap_resource(pdev, 0);
	rc = PTR_ERR_OR_ZERO(unit->regs);
	if (!rc)
		rc = read_capabilities(unit);
	if (rc)
		goto err_free;
	rc = -ENOMEM;
	unit->domain_ids = bitmap_zalloc(unit->nr_domains, GFP_KERNEL);
	if (!unit->domain_ids)
		goto err_free;
	rc = dmar_reports_init(unit);
	if (!rc)
		rc = dmar_queue_init(unit);
	if (!rc)
		rc = dmar_root_init(unit);
	if (rc)
		goto err_free;
	return unit;

err_free:
	unit_free(unit);
	return ERR_PTR(rc);
}

static int unit_start(struct dmar_unit *unit)
{
	int rc = start_queue(unit);

	if (!rc)
		rc = start_tables(unit);
	if (!rc)
		rc = dmar_fault_init(unit);
	if (!rc)
		dmar_reports_start(unit);
	return rc;
}

/* What it may still read is freed only when it has been stopped. */
static void unit_stop(struct dmar_unit *unit)
{
	writel(VTD_FECTL_IM, unit->regs + VTD_FECTL_REG);
	writel(VTD_FECTL_IM, unit->regs + VTD_PECTL_REG);
	WARN_ON(command(unit, VTD_GCMD_TE, false));
	WARN_ON(command(unit, VTD_GCMD_QIE, false));
}

static int dmar_probe(struct platform_device *pdev)
{
	struct dmar_unit *unit;
	int rc;

	if (the_unit)
		return -EBUSY;
	unit = unit_new(pdev);
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	rc = unit_start(unit);
	if (rc)
		goto err_stop;
	the_unit = unit;
	rc = iommu_device_register(&unit->iommu, &dmar_ops, &pdev->dev);
	if (rc)
		goto err_forget;
	platform_set_drvdata(pdev, unit);
	return 0;

err_forget:
	the_unit = NULL;
err_stop:
	unit_stop(unit);
	unit_free(unit);
	return rc;
}

static void dmar_remove(struct platform_device *pdev)
{
	struct dmar_unit *unit = platform_get_drvdata(pdev);

	iommu_device_unregister(&unit->iommu);
	the_unit = NULL;
	unit_stop(unit);
	unit_free(unit);
}

static struct platform_driver dmar_driver = {
	.probe = dmar_probe,
	.remove_new = dmar_remove,
	.driver = { .name = "dmar", .suppress_bind_attrs = true },
};

static int __init dmar_init(void)
{
	return platform_driver_register(&dmar_driver);
}
subsys_initcall(dmar_init);

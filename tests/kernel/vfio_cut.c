// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_cut.c - an IOMMU driver that keeps an array of pages
 *
 * It translates 48 bits, without the window of interrupts, and has the rights
 * VFIO asks for. Two devices whose numbers differ in bit 0 only share a group.
 */
#include <iommu_core.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <vtb/compat.h>

#include "vfio_cut.h"

#define MAX_PAGES	64
#define MAX_DEVICES	4

struct cut_domain {
	struct iommu_domain domain;
	unsigned long iova[MAX_PAGES];
	phys_addr_t phys[MAX_PAGES];
	unsigned int nr;
	unsigned int type;
};

static struct {
	struct iommu_device iommu;
	struct iommu_domain *attached[MAX_DEVICES];
	struct iommu_group *groups[MAX_DEVICES];
	unsigned int domains;
} cut;

static struct cut_domain *to_cut(struct iommu_domain *domain)
{
	return container_of(domain, struct cut_domain, domain);
}

static u32 number_of(struct device *dev)
{
	u32 number = 0;

	device_property_read_u32(dev, "requester-id", &number);
	return number;
}

static int cut_map(struct iommu_domain *domain, unsigned long iova,
		   phys_addr_t phys, size_t pgsize, size_t count, int prot,
		   gfp_t gfp, size_t *mapped)
{
	struct cut_domain *d = to_cut(domain);

	for (; count; count--, iova += pgsize, phys += pgsize) {
		if (d->nr == MAX_PAGES)
			return -ENOMEM;
		d->iova[d->nr] = iova;
		d->phys[d->nr++] = phys;
		*mapped += pgsize;
	}
	return 0;
}

static int find(struct cut_domain *d, unsigned long iova)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (d->iova[i] == (iova & PAGE_MASK))
			return i;
	return -1;
}

static size_t cut_unmap(struct iommu_domain *domain, unsigned long iova,
			size_t pgsize, size_t count,
			struct iommu_iotlb_gather *gather)
{
	struct cut_domain *d = to_cut(domain);
	size_t done = 0;

	for (; count; count--, done += pgsize) {
		int i = find(d, iova + done);

		if (i < 0)
			break;
		d->nr--;
		d->iova[i] = d->iova[d->nr];
		d->phys[i] = d->phys[d->nr];
	}
	return done;
}

static phys_addr_t cut_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct cut_domain *d = to_cut(domain);
	int i = find(d, iova);

	return i < 0 ? 0 : d->phys[i] + offset_in_page(iova);
}

static int cut_attach(struct iommu_domain *domain, struct device *dev)
{
	cut.attached[number_of(dev)] = domain;
	return 0;
}

static void cut_free(struct iommu_domain *domain)
{
	if (to_cut(domain)->type == IOMMU_DOMAIN_UNMANAGED)
		cut.domains--;
	kfree(to_cut(domain));
}

static const struct iommu_domain_ops cut_domain_ops = {
	.attach_dev = cut_attach,
	.map_pages = cut_map,
	.unmap_pages = cut_unmap,
	.iova_to_phys = cut_phys,
	.free = cut_free,
};

static struct iommu_domain *cut_alloc(unsigned int type)
{
	struct cut_domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return NULL;
	d->type = type;
	if (type == IOMMU_DOMAIN_UNMANAGED)
		cut.domains++;
	d->domain.geometry.aperture_end = (1ull << 48) - 1;
	d->domain.geometry.force_aperture = true;
	return &d->domain;
}

static struct iommu_device *cut_probe(struct device *dev)
{
	u32 number;

	if (device_property_read_u32(dev, "requester-id", &number))
		return ERR_PTR(-ENODEV);
	return &cut.iommu;
}

static void cut_release(struct device *dev)
{
	cut.attached[number_of(dev)] = NULL;
	cut.groups[number_of(dev)] = NULL;
}

static struct iommu_group *cut_group(struct device *dev)
{
	u32 number = number_of(dev);
	struct iommu_group *group = cut.groups[number ^ 1];

	group = group ? iommu_group_ref_get(group) : iommu_group_alloc();
	if (!IS_ERR(group))
		cut.groups[number] = group;
	return group;
}

static void cut_regions(struct device *dev, struct list_head *list)
{
	struct iommu_resv_region *region;

	region = iommu_alloc_resv_region(0xfee00000, SZ_1M, 0, IOMMU_RESV_MSI,
					 GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, list);
}

static bool cut_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY ||
	       cap == VTB_IOMMU_CAP_ISOLATED_MSI;
}

static const struct iommu_ops cut_ops = {
	.capable = cut_capable,
	.domain_alloc = cut_alloc,
	.probe_device = cut_probe,
	.release_device = cut_release,
	.device_group = cut_group,
	.get_resv_regions = cut_regions,
	.default_domain_ops = &cut_domain_ops,
	.pgsize_bitmap = SZ_4K,
};

int vfio_cut_begin(void)
{
	return iommu_device_register(&cut.iommu, &cut_ops, NULL);
}

unsigned long long vfio_cut_translate(unsigned int requester_id,
				      unsigned long long iova)
{
	struct iommu_domain *domain = cut.attached[requester_id];

	return domain ? cut_phys(domain, iova) : 0;
}

unsigned int vfio_cut_domains(void)
{
	return cut.domains;
}

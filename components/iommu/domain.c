// SPDX-License-Identifier: GPL-2.0-only
/*
 * domain.c - domains of the IOMMU core and what is mapped in them
 *
 * A domain is an I/O address space; its driver keeps the tables. The core cuts
 * ranges into pages of sizes the driver has, passes them on, and undoes what
 * was mapped if a later page fails.
 *
 * Nobody may use a domain while it is freed. Map and unmap of ranges that do
 * not overlap may run at once; keeping them apart where tables meet is the
 * driver's business.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <vtb/compat.h>

#include "internal.h"
#include "iommu_core.h"

/* -- life -- */

/* What is there for all groups at once is complete: not written again. */
static void domain_init(struct iommu_domain *domain, unsigned int type,
			const struct iommu_ops *ops)
{
	if (domain->type != type)
		domain->type = type;
	vtb_compat_iommu_domain_set_owner(domain, ops);
	if (!domain->ops)
		domain->ops = ops->default_domain_ops;
	/* The driver may have narrowed it down. */
	if (!domain->pgsize_bitmap)
		domain->pgsize_bitmap = ops->pgsize_bitmap;
}

struct iommu_domain *iommu_domain_alloc_type(const struct iommu_ops *ops,
					     unsigned int type)
{
	struct iommu_domain *domain;

	if (!ops || !ops->domain_alloc)
		return NULL;
	domain = ops->domain_alloc(type);
	if (IS_ERR_OR_NULL(domain))
		return NULL;
	domain_init(domain, type, ops);
	return domain;
}

struct iommu_domain *iommu_domain_alloc(VTB_BUS_TYPE *bus)
{
	/* Every bus of the machine is behind IOMMUs of one kind. */
	return iommu_domain_alloc_type(iommu_first_ops(),
				       IOMMU_DOMAIN_UNMANAGED);
}
EXPORT_SYMBOL_GPL(iommu_domain_alloc);

struct iommu_domain *iommu_paging_domain_alloc(struct device *dev)
{
	const struct iommu_ops *ops = iommu_ops_of(dev);
	struct iommu_domain *domain;

	if (!ops)
		return ERR_PTR(-ENODEV);
	domain = iommu_domain_alloc_type(ops, IOMMU_DOMAIN_UNMANAGED);
	return domain ?: ERR_PTR(-ENOMEM);
}
EXPORT_SYMBOL_GPL(iommu_paging_domain_alloc);

void iommu_domain_free(struct iommu_domain *domain)
{
	if (domain)
		domain->ops->free(domain);
}
EXPORT_SYMBOL_GPL(iommu_domain_free);

int iommu_enable_nesting(struct iommu_domain *domain)
{
	if (domain->type != IOMMU_DOMAIN_UNMANAGED ||
	    !domain->ops->enable_nesting)
		return -EINVAL;
	return domain->ops->enable_nesting(domain);
}
EXPORT_SYMBOL_GPL(iommu_enable_nesting);

/* -- faults -- */

void iommu_set_fault_handler(struct iommu_domain *domain,
			     iommu_fault_handler_t handler, void *token)
{
	domain->handler = handler;
	domain->handler_token = token;
}
EXPORT_SYMBOL_GPL(iommu_set_fault_handler);

int report_iommu_fault(struct iommu_domain *domain, struct device *dev,
		       unsigned long iova, int flags)
{
	if (!domain->handler)
		return -ENOSYS;
	return domain->handler(domain, dev, iova, flags, domain->handler_token);
}
EXPORT_SYMBOL_GPL(report_iommu_fault);

/* -- ranges -- */

/*
 * struct run - pages of one size at the start of a range
 * @pgsize:	their size in bytes
 * @count:	how many
 */
struct run {
	size_t pgsize;
	size_t count;
};

/*
 * The largest pages that @iova, @paddr and @bytes allow. As soon as a larger
 * size would fit, the run ends, so that the next one can use it. For unmap,
 * @paddr is @iova.
 */
static struct run first_run(const struct iommu_domain *domain,
			    unsigned long iova, phys_addr_t paddr, size_t bytes)
{
	unsigned long fit = domain->pgsize_bitmap & GENMASK(__fls(bytes), 0);
	unsigned long larger, lead;
	struct run run;

	if (iova | paddr)
		fit &= GENMASK(__ffs(iova | paddr), 0);
	run.pgsize = BIT(__fls(fit));
	larger = domain->pgsize_bitmap & ~(run.pgsize | (run.pgsize - 1));
	if (larger) {
		larger &= -larger;
		lead = larger - (iova & (larger - 1));
		if (!((iova ^ paddr) & (larger - 1)) && lead < bytes &&
		    bytes - lead >= larger)
			bytes = lead;
	}
	run.count = bytes / run.pgsize;
	return run;
}

/* 0, or why nothing can be mapped in the domain at all. */
static int check_range(const struct iommu_domain *domain, unsigned long iova,
		       phys_addr_t paddr, size_t bytes)
{
	unsigned long smallest = domain->pgsize_bitmap & -domain->pgsize_bitmap;
	unsigned long last;

	if (!(domain->type & __IOMMU_DOMAIN_PAGING))
		return -EINVAL;
	if (!smallest)
		return -ENODEV;
	if ((iova | paddr | bytes) & (smallest - 1))
		return -EINVAL;
	if (bytes && check_add_overflow(iova, bytes - 1, &last))
		return -EINVAL;
	return 0;
}

/* @gfp may not sleep where the caller cannot. */
static int map_range(struct iommu_domain *domain, unsigned long iova,
		     phys_addr_t paddr, size_t bytes, int prot, gfp_t gfp)
{
	size_t done = 0;
	int rc = check_range(domain, iova, paddr, bytes);

	if (!rc && !domain->ops->map_pages)
		rc = -ENODEV;
	if (rc)
		return rc;
	while (done < bytes) {
		struct run run = first_run(domain, iova + done, paddr + done,
					   bytes - done);
		size_t mapped = 0;

		rc = domain->ops->map_pages(domain, iova + done, paddr + done,
					    run.pgsize, run.count, prot, gfp,
					    &mapped);
		done += mapped;
		if (rc)
			break;
	}
	if (rc && done)
		iommu_unmap(domain, iova, done);
	return rc;
}

/* iommu_map(), and in older kernels iommu_map_atomic() */
VTB_DEFINE_IOMMU_MAP(map_range)

/*
 * A page that begins in the range may be larger than what is left of it: it
 * goes as a whole, and the result says so.
 */
static size_t unmap_range(struct iommu_domain *domain, unsigned long iova,
			  size_t bytes, struct iommu_iotlb_gather *gather)
{
	size_t done = 0;

	if (check_range(domain, iova, iova, bytes) ||
	    !domain->ops->unmap_pages)
		return 0;
	while (done < bytes) {
		struct run run = first_run(domain, iova + done, iova + done,
					   bytes - done);
		size_t unmapped;

		unmapped = domain->ops->unmap_pages(domain, iova + done,
						    run.pgsize, run.count,
						    gather);
		if (!unmapped)
			break;
		done += unmapped;
	}
	return done;
}

size_t iommu_unmap_fast(struct iommu_domain *domain, unsigned long iova,
			size_t size, struct iommu_iotlb_gather *gather)
{
	return unmap_range(domain, iova, size, gather);
}
EXPORT_SYMBOL_GPL(iommu_unmap_fast);

size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	struct iommu_iotlb_gather gather;
	size_t unmapped;

	iommu_iotlb_gather_init(&gather);
	unmapped = unmap_range(domain, iova, size, &gather);
	iommu_iotlb_sync(domain, &gather);
	return unmapped;
}
EXPORT_SYMBOL_GPL(iommu_unmap);

phys_addr_t iommu_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	if (domain->type == IOMMU_DOMAIN_IDENTITY)
		return iova;
	if (domain->type == IOMMU_DOMAIN_BLOCKED)
		return 0;
	return domain->ops->iova_to_phys(domain, iova);
}
EXPORT_SYMBOL_GPL(iommu_iova_to_phys);

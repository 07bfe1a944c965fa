// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_map.c - the streaming DMA API, for devices that no IOMMU stands before
 *
 *	dma_map_page()    buffer --> address the device uses
 *	                    |-- within reach, nothing forced: the buffer's own
 *	                    `-- else: that of a copy in the bounce pool
 *
 * Every other call begins with an address that map gave, and goes by where that
 * address lies, never by where the buffer is: of a scatter list it is the DMA
 * address of an entry that says whether it bounces.
 */
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/export.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>
#include <vtb/compat.h>

/* -- single mappings -- */

static dma_addr_t map_phys(struct device *dev, phys_addr_t phys, size_t bytes,
			   enum dma_data_direction dir, unsigned long attrs)
{
	dma_addr_t addr = phys_to_dma(dev, phys);

	if (!is_swiotlb_force_bounce(dev) &&
	    dma_capable(dev, addr, bytes, true))
		return addr;
	if (is_swiotlb_active(dev))
		return swiotlb_map(dev, phys, bytes, dir, attrs);
	dev_warn_ratelimited(dev, "cannot reach %pa and nothing bounces\n",
			     &phys);
	return DMA_MAPPING_ERROR;
}

/* NULL-safe: a device that was never told what it can reach has no DMA. */
static bool can_map(struct device *dev, enum dma_data_direction dir)
{
	return dev->dma_mask && valid_dma_direction(dir);
}

dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page,
			      size_t offset, size_t bytes,
			      enum dma_data_direction dir, unsigned long attrs)
{
	if (WARN_ON_ONCE(!can_map(dev, dir)))
		return DMA_MAPPING_ERROR;
	return map_phys(dev, page_to_phys(page) + offset, bytes, dir, attrs);
}
EXPORT_SYMBOL(dma_map_page_attrs);

static void sync_for_cpu(struct device *dev, dma_addr_t addr, size_t bytes,
			 enum dma_data_direction dir)
{
	phys_addr_t phys = dma_to_phys(dev, addr);

	if (vtb_compat_is_swiotlb_buffer(dev, phys))
		swiotlb_sync_single_for_cpu(dev, phys, bytes, dir);
}

static void sync_for_device(struct device *dev, dma_addr_t addr, size_t bytes,
			    enum dma_data_direction dir)
{
	phys_addr_t phys = dma_to_phys(dev, addr);

	if (vtb_compat_is_swiotlb_buffer(dev, phys))
		swiotlb_sync_single_for_device(dev, phys, bytes, dir);
}

static void unmap(struct device *dev, dma_addr_t addr, size_t bytes,
		  enum dma_data_direction dir, unsigned long attrs)
{
	phys_addr_t phys = dma_to_phys(dev, addr);

	if (vtb_compat_is_swiotlb_buffer(dev, phys))
		swiotlb_tbl_unmap_single(dev, phys, bytes, dir, attrs);
}

void dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t bytes,
			  enum dma_data_direction dir, unsigned long attrs)
{
	BUG_ON(!valid_dma_direction(dir));
	unmap(dev, addr, bytes, dir, attrs);
}
EXPORT_SYMBOL(dma_unmap_page_attrs);

void VTB_DMA_SYNC(dma_sync_single_for_cpu)(struct device *dev, dma_addr_t addr,
					   size_t bytes,
					   enum dma_data_direction dir)
{
	BUG_ON(!valid_dma_direction(dir));
	sync_for_cpu(dev, addr, bytes, dir);
}
EXPORT_SYMBOL(VTB_DMA_SYNC(dma_sync_single_for_cpu));

void VTB_DMA_SYNC(dma_sync_single_for_device)(struct device *dev,
					      dma_addr_t addr, size_t bytes,
					      enum dma_data_direction dir)
{
	BUG_ON(!valid_dma_direction(dir));
	sync_for_device(dev, addr, bytes, dir);
}
EXPORT_SYMBOL(VTB_DMA_SYNC(dma_sync_single_for_device));

bool VTB_DMA_NEED_SYNC(struct device *dev, dma_addr_t addr)
{
	return vtb_compat_is_swiotlb_buffer(dev, dma_to_phys(dev, addr));
}
EXPORT_SYMBOL_GPL(VTB_DMA_NEED_SYNC);

/* -- scatter lists -- */

/* All entries or none: what was mapped before an error is taken back. */
unsigned int dma_map_sg_attrs(struct device *dev, struct scatterlist *list,
			      int nents, enum dma_data_direction dir,
			      unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	if (WARN_ON_ONCE(!can_map(dev, dir)))
		return 0;
	for_each_sg(list, sg, nents, i) {
		sg->dma_address = map_phys(dev, sg_phys(sg), sg->length, dir,
					   attrs);
		if (sg->dma_address == DMA_MAPPING_ERROR)
			goto err_unmap;
		sg_dma_len(sg) = sg->length;
	}
	return nents;

err_unmap:
	dma_unmap_sg_attrs(dev, list, i, dir, attrs | DMA_ATTR_SKIP_CPU_SYNC);
	return 0;
}
EXPORT_SYMBOL(dma_map_sg_attrs);

void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *list,
			int nents, enum dma_data_direction dir,
			unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	BUG_ON(!valid_dma_direction(dir));
	for_each_sg(list, sg, nents, i)
		unmap(dev, sg->dma_address, sg_dma_len(sg), dir, attrs);
}
EXPORT_SYMBOL(dma_unmap_sg_attrs);

void VTB_DMA_SYNC(dma_sync_sg_for_cpu)(struct device *dev,
				       struct scatterlist *list, int nents,
				       enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, nents, i)
		sync_for_cpu(dev, sg->dma_address, sg_dma_len(sg), dir);
}
EXPORT_SYMBOL(VTB_DMA_SYNC(dma_sync_sg_for_cpu));

void VTB_DMA_SYNC(dma_sync_sg_for_device)(struct device *dev,
					  struct scatterlist *list, int nents,
					  enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, nents, i)
		sync_for_device(dev, sg->dma_address, sg_dma_len(sg), dir);
}
EXPORT_SYMBOL(VTB_DMA_SYNC(dma_sync_sg_for_device));

/* -- what a device can reach -- */

/* 32 bits always do: the pool lies below. Less must reach all of memory. */
static bool is_supported(struct device *dev, u64 mask)
{
	u64 last = (u64)(max_pfn - 1) << PAGE_SHIFT;

	return mask >= DMA_BIT_MASK(32) ||
	       mask >= phys_to_dma_unencrypted(dev, last);
}

int dma_set_mask(struct device *dev, u64 mask)
{
	if (!dev->dma_mask || !is_supported(dev, mask))
		return -EIO;
	*dev->dma_mask = mask;
	return 0;
}
EXPORT_SYMBOL(dma_set_mask);

int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	if (!is_supported(dev, mask))
		return -EIO;
	dev->coherent_dma_mask = mask;
	return 0;
}
EXPORT_SYMBOL(dma_set_coherent_mask);

/* Addresses a device needs to reach all of memory without bouncing. */
u64 dma_get_required_mask(struct device *dev)
{
	u64 last = phys_to_dma(dev, (phys_addr_t)(max_pfn - 1) << PAGE_SHIFT);

	return (1ull << (fls64(last) - 1)) * 2 - 1;
}
EXPORT_SYMBOL_GPL(dma_get_required_mask);

static bool is_limited(struct device *dev)
{
	return min_not_zero(dma_get_mask(dev), dev->bus_dma_limit) <
	       dma_get_required_mask(dev);
}

size_t dma_max_mapping_size(struct device *dev)
{
	if (is_swiotlb_active(dev) &&
	    (is_swiotlb_force_bounce(dev) || is_limited(dev)))
		return swiotlb_max_mapping_size(dev);
	return SIZE_MAX;
}
EXPORT_SYMBOL_GPL(dma_max_mapping_size);

/* The bus has memory at @dma_start, not where the CPU has it. */
int dma_direct_set_offset(struct device *dev, phys_addr_t cpu_start,
			  dma_addr_t dma_start, u64 size)
{
	struct bus_dma_region *map;

	if (dev->dma_range_map)
		return -EINVAL;
	if (cpu_start == dma_start)
		return 0;
	map = kcalloc(2, sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	map[0].cpu_start = cpu_start;
	map[0].dma_start = dma_start;
	map[0].size = size;
	vtb_compat_bus_dma_region_offset(&map[0]);
	dev->dma_range_map = map;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * bounce.c - mappings of the bounce buffer pool
 *
 *	buffer            |-----------------|       where the driver has it
 *	                        |  map, sync_for_device
 *	                        v  ^ sync_for_cpu, unmap
 *	slots     |..|-----------------|............|
 *	          offset            bytes   rest of the last slot
 *
 * What always holds:
 *
 *   - A mapping begins as a copy of the buffer, whatever its direction: a device
 *     that writes less than it was asked for leaves what was there, not what the
 *     last user of the slots left behind.
 *   - Nothing outside of the mapping is ever copied, to either side. Lengths
 *     that a device reports reach sync calls through drivers that believe it,
 *     so a range that goes over the end is cut, and said to be so.
 */
#include <linux/cc_platform.h>
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "pool.h"

/* -- copying -- */

/* Part of a mapping: @at is counted from its begin. */
struct part {
	struct io_tlb_slot *slot;	/* the first one */
	void *vaddr;
	size_t at;
	size_t bytes;
};

/* 0, or -EINVAL if @tlb_addr is not in a mapping. */
static int find_part(VTB_SWIOTLB_POOL *pool, phys_addr_t tlb_addr,
		      size_t bytes, struct part *part)
{
	unsigned int index = (tlb_addr - pool->start) >> IO_TLB_SHIFT;
	phys_addr_t begin;

	if (!pool->slots[index].busy)
		return -EINVAL;
	index -= pool->slots[index].back;
	part->slot = &pool->slots[index];
	begin = swiotlb_slot_phys(pool, index) + part->slot->offset;
	if (tlb_addr < begin || tlb_addr - begin >= part->slot->bytes)
		return -EINVAL;
	part->at = tlb_addr - begin;
	part->bytes = bytes;
	part->vaddr = pool->vaddr + (tlb_addr - pool->start);
	return 0;
}

static void bounce(struct device *dev, VTB_SWIOTLB_POOL *pool,
		   phys_addr_t tlb_addr, size_t bytes, bool to_device)
{
	struct part part;
	void *buffer;

	if (find_part(pool, tlb_addr, bytes, &part)) {
		dev_warn_ratelimited(dev, "%pa is not part of a mapping\n",
				     &tlb_addr);
		return;
	}
	if (part.bytes > part.slot->bytes - part.at) {
		dev_warn_ratelimited(dev, "%zu bytes from %zu of a mapping of %u\n",
				     bytes, part.at, part.slot->bytes);
		part.bytes = part.slot->bytes - part.at;
	}
	buffer = phys_to_virt(part.slot->orig + part.at);
	if (to_device)
		memcpy(part.vaddr, buffer, part.bytes);
	else
		memcpy(buffer, part.vaddr, part.bytes);
}

/* -- mapping -- */

/* Slots for a mapping; nothing is copied yet. */
static phys_addr_t place(struct device *dev, phys_addr_t orig, size_t bytes,
			 size_t alloc_bytes, unsigned int align_mask,
			 unsigned long attrs)
{
	VTB_SWIOTLB_POOL *pool = vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem);
	unsigned int offset = swiotlb_offset(dev, orig);
	const struct swiotlb_request request = {
		.dev = dev, .orig = orig, .bytes = alloc_bytes + offset,
		.align_mask = align_mask,
	};
	int index = -ENOSPC;

	if (!is_swiotlb_active(dev)) {
		dev_warn_ratelimited(dev, "no bounce buffers\n");
		return (phys_addr_t)DMA_MAPPING_ERROR;
	}
	if (bytes && bytes <= alloc_bytes)
		index = swiotlb_take_slots(pool, &request);
	if (index < 0) {
		if (!(attrs & DMA_ATTR_NO_WARN))
			dev_warn_ratelimited(dev, "no %zu bytes: %lu of %lu slots used\n",
					     alloc_bytes,
					     swiotlb_slots_used(pool),
					     pool->nslabs);
		return (phys_addr_t)DMA_MAPPING_ERROR;
	}
	pool->slots[index].orig = orig;
	pool->slots[index].bytes = bytes;
	pool->slots[index].offset = offset;
	vtb_compat_dma_reset_need_sync(dev);
	return swiotlb_slot_phys(pool, index) + offset;
}

static phys_addr_t map(struct device *dev, phys_addr_t orig, size_t bytes,
		       size_t alloc_bytes, unsigned int align_mask,
		       unsigned long attrs)
{
	phys_addr_t tlb_addr = place(dev, orig, bytes, alloc_bytes, align_mask,
				     attrs);

	if (tlb_addr != (phys_addr_t)DMA_MAPPING_ERROR)
		bounce(dev, vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem),
		       tlb_addr, bytes, true);
	return tlb_addr;
}

VTB_DEFINE_SWIOTLB_TBL_MAP_SINGLE(map)

void VTB_SWIOTLB_CALL(swiotlb_tbl_unmap_single)(struct device *dev,
		phys_addr_t tlb_addr, size_t bytes,
		enum dma_data_direction dir,
		unsigned long attrs VTB_SWIOTLB_POOL_ARG)
{
	VTB_SWIOTLB_POOL *own = vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem);
	struct part part;

	if (find_part(own, tlb_addr, bytes, &part) || part.at) {
		dev_warn_ratelimited(dev, "%pa is no mapping\n", &tlb_addr);
		return;
	}
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC) && dir != DMA_TO_DEVICE)
		bounce(dev, own, tlb_addr, bytes, false);
	swiotlb_give_slots(own, part.slot - own->slots);
}

void VTB_SWIOTLB_CALL(swiotlb_sync_single_for_device)(struct device *dev,
		phys_addr_t tlb_addr, size_t bytes,
		enum dma_data_direction dir VTB_SWIOTLB_POOL_ARG)
{
	if (dir != DMA_FROM_DEVICE)
		bounce(dev, vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem),
		       tlb_addr, bytes, true);
}

void VTB_SWIOTLB_CALL(swiotlb_sync_single_for_cpu)(struct device *dev,
		phys_addr_t tlb_addr, size_t bytes,
		enum dma_data_direction dir VTB_SWIOTLB_POOL_ARG)
{
	if (dir != DMA_TO_DEVICE)
		bounce(dev, vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem),
		       tlb_addr, bytes, false);
}

dma_addr_t swiotlb_map(struct device *dev, phys_addr_t phys, size_t bytes,
		       enum dma_data_direction dir, unsigned long attrs)
{
	phys_addr_t tlb_addr = place(dev, phys, bytes, bytes, 0, attrs);
	dma_addr_t addr;

	if (tlb_addr == (phys_addr_t)DMA_MAPPING_ERROR)
		return DMA_MAPPING_ERROR;
	addr = phys_to_dma_unencrypted(dev, tlb_addr);
	if (dma_capable(dev, addr, bytes, true)) {
		bounce(dev, vtb_compat_swiotlb_pool(dev->dma_io_tlb_mem),
		       tlb_addr, bytes, true);
		return addr;
	}
	dev_warn_ratelimited(dev, "cannot reach the bounce buffers\n");
	swiotlb_tbl_unmap_single(dev, tlb_addr, bytes, dir,
				 attrs | DMA_ATTR_SKIP_CPU_SYNC);
	return DMA_MAPPING_ERROR;
}

/* -- what drivers ask -- */

/* What may have to be left out at the begin of a segment is not there. */
size_t swiotlb_max_mapping_size(struct device *dev)
{
	size_t lost = roundup(dma_get_min_align_mask(dev), IO_TLB_SIZE);

	return (size_t)IO_TLB_SIZE * IO_TLB_SEGSIZE - lost;
}

bool is_swiotlb_active(struct device *dev)
{
	return dev->dma_io_tlb_mem && dev->dma_io_tlb_mem->nslabs;
}
EXPORT_SYMBOL_GPL(is_swiotlb_active);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap.c - device memory
 *
 * An ioremap() address lies in the kernel half, where nothing of this process
 * can be mapped: only the accessors below can use it, a plain load or store
 * faults at once. Addresses are never given out twice, so use after iounmap()
 * is always seen.
 *
 *    vmalloc_base | bar A | gap page | bar B | gap page | ...
 *
 * Each access is one access of the same width to the device, with a preemption
 * point before it (vtb_mmio_read). Ports (I/O space) are not modelled.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/swab.h>
#include "internal.h"

static unsigned long next_page;

static bool is_ram(phys_addr_t phys, unsigned long size)
{
	phys_addr_t end = (phys_addr_t)vtb_nr_frames() << PAGE_SHIFT;

	return phys < end || phys + size < phys;
}

static void __iomem *do_ioremap(phys_addr_t phys, unsigned long size,
				unsigned long caller)
{
	unsigned long nr = PFN_UP(offset_in_page(phys) + size);
	struct vtb_vm_area *area;

	if (WARN_ON_ONCE(!size || is_ram(phys, size)))
		return NULL;
	if (vtb_alloc_fails(GFP_KERNEL, size))
		return NULL;
	area = vtb_area_new(VTB_AREA_IOREMAP, caller);
	area->address = (void *)(vmalloc_base + (next_page << PAGE_SHIFT));
	area->nr_pages = nr;
	area->bytes = offset_in_page(phys) + size;
	area->phys = phys & PAGE_MASK;
	next_page += nr + 1;
	return (void __iomem *)area->address + offset_in_page(phys);
}

void __iomem *ioremap(resource_size_t phys, unsigned long size)
{
	return do_ioremap(phys, size, _RET_IP_);
}
EXPORT_SYMBOL(ioremap);

void __iomem *ioremap_uc(resource_size_t phys, unsigned long size)
{
	return do_ioremap(phys, size, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ioremap_uc);

void __iomem *ioremap_wc(resource_size_t phys, unsigned long size)
{
	return do_ioremap(phys, size, _RET_IP_);
}
EXPORT_SYMBOL(ioremap_wc);

void __iomem *ioremap_wt(resource_size_t phys, unsigned long size)
{
	return do_ioremap(phys, size, _RET_IP_);
}
EXPORT_SYMBOL(ioremap_wt);

void iounmap(volatile void __iomem *address)
{
	struct vtb_vm_area *area = vtb_area_find((void *)address);

	might_sleep();
	if (area && area->kind == VTB_AREA_IOREMAP)
		vtb_area_free(area, _RET_IP_);
	else
		vtb_heap_finding("double-free", (void *)address, _RET_IP_,
				 "iounmap() of an address that is not mapped");
}
EXPORT_SYMBOL(iounmap);

/* Memory that is RAM is in the linear map; device memory is not RAM. */
void *memremap(resource_size_t phys, size_t size, unsigned long flags)
{
	if (WARN_ON_ONCE(!flags || !size))
		return NULL;
	if (is_ram(phys, 1) && phys + size <=
	    (phys_addr_t)vtb_nr_frames() << PAGE_SHIFT)
		return flags & MEMREMAP_WB ? __va(phys) : NULL;
	if (vtb_is_shared_memory(phys, size))
		return vtb_map_shared_memory(phys, size, _RET_IP_);
	vtb_unmodelled_case("memremap", "of device memory");
}
EXPORT_SYMBOL(memremap);

void memunmap(void *address)
{
	if (vtb_is_alias(address))
		vtb_unmap_shared_memory(address, _RET_IP_);
}
EXPORT_SYMBOL(memunmap);

/* -- accesses -- */

static bool translate(const volatile void __iomem *address, unsigned int size,
		      unsigned long caller, phys_addr_t *phys)
{
	struct vtb_vm_area *area = vtb_area_find((void *)address);
	unsigned long offset;

	if (area && area->kind == VTB_AREA_IOREMAP) {
		offset = (unsigned long)address - (unsigned long)area->address;
		*phys = area->phys + offset;
		if (offset + size <= area->bytes)
			return true;
	}
	vtb_heap_finding("bad-mmio", (void *)address, caller,
			 area && area->kind == VTB_AREA_IOREMAP ?
			 "device access behind the end of what was mapped" :
			 "device access to an address that is not mapped");
	return false;
}

static u64 io_read(const volatile void __iomem *address, unsigned int size,
		   unsigned long caller)
{
	phys_addr_t phys;

	if (!translate(address, size, caller, &phys))
		return ~0ull;
	return vtb_mmio_read(phys, size);
}

static void io_write(u64 value, volatile void __iomem *address,
		     unsigned int size, unsigned long caller)
{
	phys_addr_t phys;

	if (translate(address, size, caller, &phys))
		vtb_mmio_write(phys, size, value);
}

u64 vtb_io_read(const volatile void __iomem *address, unsigned int size)
{
	return io_read(address, size, _RET_IP_);
}

void vtb_io_write(u64 value, volatile void __iomem *address, unsigned int size)
{
	io_write(value, address, size, _RET_IP_);
}

unsigned int ioread8(const void __iomem *address)
{
	return (u8)io_read(address, 1, _RET_IP_);
}
EXPORT_SYMBOL(ioread8);

unsigned int ioread16(const void __iomem *address)
{
	return (u16)io_read(address, 2, _RET_IP_);
}
EXPORT_SYMBOL(ioread16);

unsigned int ioread16be(const void __iomem *address)
{
	return swab16(io_read(address, 2, _RET_IP_));
}
EXPORT_SYMBOL(ioread16be);

unsigned int ioread32(const void __iomem *address)
{
	return (u32)io_read(address, 4, _RET_IP_);
}
EXPORT_SYMBOL(ioread32);

unsigned int ioread32be(const void __iomem *address)
{
	return swab32(io_read(address, 4, _RET_IP_));
}
EXPORT_SYMBOL(ioread32be);

u64 ioread64(const void __iomem *address)
{
	return io_read(address, 8, _RET_IP_);
}
EXPORT_SYMBOL(ioread64);

u64 ioread64be(const void __iomem *address)
{
	return swab64(io_read(address, 8, _RET_IP_));
}
EXPORT_SYMBOL(ioread64be);

u64 ioread64_lo_hi(const void __iomem *address)
{
	u64 low = (u32)io_read(address, 4, _RET_IP_);

	return low | io_read(address + 4, 4, _RET_IP_) << 32;
}
EXPORT_SYMBOL(ioread64_lo_hi);

u64 ioread64_hi_lo(const void __iomem *address)
{
	u64 high = io_read(address + 4, 4, _RET_IP_) << 32;

	return high | (u32)io_read(address, 4, _RET_IP_);
}
EXPORT_SYMBOL(ioread64_hi_lo);

void iowrite8(u8 value, void __iomem *address)
{
	io_write(value, address, 1, _RET_IP_);
}
EXPORT_SYMBOL(iowrite8);

void iowrite16(u16 value, void __iomem *address)
{
	io_write(value, address, 2, _RET_IP_);
}
EXPORT_SYMBOL(iowrite16);

void iowrite16be(u16 value, void __iomem *address)
{
	io_write(swab16(value), address, 2, _RET_IP_);
}
EXPORT_SYMBOL(iowrite16be);

void iowrite32(u32 value, void __iomem *address)
{
	io_write(value, address, 4, _RET_IP_);
}
EXPORT_SYMBOL(iowrite32);

void iowrite32be(u32 value, void __iomem *address)
{
	io_write(swab32(value), address, 4, _RET_IP_);
}
EXPORT_SYMBOL(iowrite32be);

void iowrite64(u64 value, void __iomem *address)
{
	io_write(value, address, 8, _RET_IP_);
}
EXPORT_SYMBOL(iowrite64);

void iowrite64be(u64 value, void __iomem *address)
{
	io_write(swab64(value), address, 8, _RET_IP_);
}
EXPORT_SYMBOL(iowrite64be);

void iowrite64_lo_hi(u64 value, void __iomem *address)
{
	io_write((u32)value, address, 4, _RET_IP_);
	io_write(value >> 32, address + 4, 4, _RET_IP_);
}
EXPORT_SYMBOL(iowrite64_lo_hi);

void iowrite64_hi_lo(u64 value, void __iomem *address)
{
	io_write(value >> 32, address + 4, 4, _RET_IP_);
	io_write((u32)value, address, 4, _RET_IP_);
}
EXPORT_SYMBOL(iowrite64_hi_lo);

/* -- blocks: bytes at the ends, longs where the device address allows -- */

static unsigned int step(const volatile void __iomem *address, size_t left)
{
	return IS_ALIGNED((unsigned long)address, 8) && left >= 8 ? 8 : 1;
}

void memcpy_fromio(void *to, const volatile void __iomem *from, size_t count)
{
	unsigned int n;

	for (; count; to += n, from += n, count -= n) {
		u64 value;

		n = step(from, count);
		value = io_read(from, n, _RET_IP_);
		memcpy(to, &value, n);
	}
}
EXPORT_SYMBOL(memcpy_fromio);

void memcpy_toio(volatile void __iomem *to, const void *from, size_t count)
{
	unsigned int n;

	for (; count; to += n, from += n, count -= n) {
		u64 value = 0;

		n = step(to, count);
		memcpy(&value, from, n);
		io_write(value, to, n, _RET_IP_);
	}
}
EXPORT_SYMBOL(memcpy_toio);

void memset_io(volatile void __iomem *to, int byte, size_t count)
{
	u64 value = (u8)byte * 0x0101010101010101ull;
	unsigned int n;

	for (; count; to += n, count -= n) {
		n = step(to, count);
		io_write(n == 8 ? value : (u8)byte, to, n, _RET_IP_);
	}
}
EXPORT_SYMBOL(memset_io);

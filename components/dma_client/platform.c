// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - what arch/x86 and the firmware do for DMA at boot
 *
 * The machine has a bus that sees memory higher up than the CPU does, so that a
 * device with 32 address bits reaches the lower part of it only:
 *
 *	physical      0 ------------- window ------------- end of memory
 *	on the bus    4G - window --- 4G ---- ...
 *
 * Bounce buffers are made early, in the lower part, unless the command line
 * says `dma_client=late`. Their size follows from that of memory. With
 * `dma_client=private` memory is the guest's own until it is shared, and all
 * devices bounce.
 */
#include <linux/dma-direct.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/property.h>
#include <linux/swiotlb.h>
#include <vtb/compat.h>
#include <vtb/encryption.h>

#include "client.h"
#include "dma_client_gate.h"

#define MIN_POOL	((size_t)IO_TLB_SEGSIZE << IO_TLB_SHIFT)

static bool late;
static bool isolated;
static void __iomem *gate;

static int __init parse_parameter(char *text)
{
	if (!text)
		return -EINVAL;
	late = strstr(text, "late");
	isolated = strstr(text, "private");
	return 0;
}
early_param("dma_client", parse_parameter);

/* -- memory that is private until it is shared -- */

static int change_sharing(unsigned long address, int nr_pages, bool encrypted)
{
	writeq(virt_to_phys((void *)address), gate + GATE_FIRST);
	writel(nr_pages, gate + GATE_PAGES);
	writel(encrypted ? GATE_UNSHARE : GATE_SHARE, gate + GATE_COMMAND);
	return readl(gate + GATE_STATUS) ? -EIO : 0;
}

static const struct vtb_encryption client_encryption = {
	.change = change_sharing,
};

static int __init isolate(void)
{
	gate = ioremap(GATE_PHYS, GATE_BYTES);
	if (!gate)
		return -ENOMEM;
	vtb_set_encryption(&client_encryption);
	return 0;
}

/* -- the pool -- */

/* 6 % of memory, as guests with encrypted memory have it. */
static size_t __init pool_bytes(void)
{
	size_t bytes = (max_pfn << PAGE_SHIFT) * 6 / 100;

	return clamp_t(size_t, bytes, MIN_POOL, SZ_1G);
}

static int __init platform_early(void)
{
	int rc = isolated ? isolate() : 0;

	if (rc || late)
		return rc;
	swiotlb_adjust_size(pool_bytes());
	swiotlb_init(true, SWIOTLB_VERBOSE |
		     (isolated ? SWIOTLB_FORCE | SWIOTLB_ANY : 0));
	return 0;
}
core_initcall(platform_early);

/* The hypervisor can be talked to now. */
static int __init platform_share(void)
{
	swiotlb_update_mem_attributes();
	return 0;
}
arch_initcall(platform_share);

phys_addr_t client_platform_low_memory(void)
{
	return late ? (max_pfn << PAGE_SHIFT) / 2 : 0;
}

int client_platform_configure(struct device *dev)
{
	u32 window;
	int rc = device_property_read_u32(dev, "dma-window", &window);

	if (rc)
		return rc;
	return dma_direct_set_offset(dev, 0, SZ_4G - window,
				     max_pfn << PAGE_SHIFT);
}

void client_platform_info(struct dma_client_info *info)
{
	info->pool_phys = vtb_compat_swiotlb_base();
	info->pool_slots = (vtb_compat_swiotlb_end() - info->pool_phys) >>
			   IO_TLB_SHIFT;
}

int client_platform_start_pool(u64 bytes)
{
	return swiotlb_init_late(bytes, GFP_KERNEL, NULL);
}

void client_platform_stop_pool(void)
{
	swiotlb_exit();
}

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
 * says `dma_client=late`. Their size follows from that of memory.
 */
#include <linux/dma-direct.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/property.h>
#include <linux/swiotlb.h>
#include <vtb/compat.h>

#include "client.h"

#define MIN_POOL	((size_t)IO_TLB_SEGSIZE << IO_TLB_SHIFT)

static bool late;

static int __init parse_parameter(char *text)
{
	late = text && !strcmp(text, "late");
	return 0;
}
early_param("dma_client", parse_parameter);

/* 6 % of memory, as guests with encrypted memory have it. */
static size_t __init pool_bytes(void)
{
	size_t bytes = (max_pfn << PAGE_SHIFT) * 6 / 100;

	return clamp_t(size_t, bytes, MIN_POOL, SZ_1G);
}

static int __init platform_early(void)
{
	if (late)
		return 0;
	swiotlb_adjust_size(pool_bytes());
	swiotlb_init(true, 0);
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
	return late ? SZ_4M : 0;
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

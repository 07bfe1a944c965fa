// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c - what debugfs tells of the pool
 *
 * Names are those of the kernel.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/init.h>

#include "pool.h"

static int get_nslabs(void *data, u64 *value)
{
	*value = swiotlb_default()->nslabs;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(nslabs_fops, get_nslabs, NULL, "%llu\n");

static int get_used(void *data, u64 *value)
{
	*value = swiotlb_slots_used(vtb_compat_swiotlb_pool(swiotlb_default()));
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(used_fops, get_used, NULL, "%llu\n");

static int get_peak(void *data, u64 *value)
{
	*value = swiotlb_slots_peak();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(peak_fops, get_peak, NULL, "%llu\n");

static int __init swiotlb_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("swiotlb", NULL);

	debugfs_create_file("io_tlb_nslabs", 0400, dir, NULL, &nslabs_fops);
	debugfs_create_file("io_tlb_used", 0400, dir, NULL, &used_fops);
	debugfs_create_file("io_tlb_used_hiwater", 0400, dir, NULL, &peak_fops);
	return 0;
}
late_initcall(swiotlb_debugfs_init);

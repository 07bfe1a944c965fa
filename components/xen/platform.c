// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - a guest with translated memory finds its hypervisor
 *
 * The features of the hypervisor are asked for before anything else, and how much
 * memory the host has, which decides on the version of grant tables. The table
 * gets frames of its own below the devices.
 */
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/interface/version.h>
#include <xen/xen.h>
#include <asm/hypervisor.h>
#include <asm/xen/hypercall.h>

static int __init read_features(unsigned int submap)
{
	struct xen_feature_info info = { .submap_idx = submap };
	unsigned int i;
	int rc;

	rc = HYPERVISOR_xen_version(XENVER_get_features, &info);
	if (rc)
		return rc;
	for (i = 0; i < 32; i++)
		xen_features[submap * 32 + i] = info.submap >> i & 1;
	return 0;
}

static int __init xen_guest_init(void)
{
	unsigned int submap;
	long last;
	int rc;

	if (!hypervisor_is_type(X86_HYPER_XEN_HVM))
		return 0;
	for (submap = 0; submap < XENFEAT_NR_SUBMAPS; submap++) {
		rc = read_features(submap);
		if (rc)
			return rc;
	}
	last = HYPERVISOR_memory_op(XENMEM_maximum_ram_page, NULL);
	if (last > 0)
		max_possible_pfn = max(max_possible_pfn, last + 1ull);
	xen_domain_type = XEN_HVM_DOMAIN;
	return 0;
}
early_initcall(xen_guest_init);

static int __init xen_platform_init(void)
{
	unsigned int nr;
	void *table;
	int rc;

	if (!xen_domain())
		return 0;
	nr = gnttab_max_grant_frames();
	table = alloc_pages_exact(nr * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!table)
		return -ENOMEM;
	rc = gnttab_setup_auto_xlat_frames(__pa(table));
	if (!rc)
		rc = gnttab_init();
	return rc;
}
device_initcall(xen_platform_init);

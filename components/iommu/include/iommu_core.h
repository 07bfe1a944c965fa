/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_core.h - what our IOMMU core offers, in every kernel tree
 *
 * The interface is <linux/iommu.h>, unchanged. What exists of it:
 *
 *    groups	iommu_group_alloc(), _get(), _ref_get(), _put(), _id(),
 *		_set_name(), _get_iommudata(), _set_iommudata(),
 *		_add_device(), _remove_device(), _for_each_dev(),
 *		_default_domain(), _claim_dma_owner(), _release_dma_owner(),
 *		_dma_owner_claimed(), generic_device_group(),
 *		iommu_device_use_default_domain(), _unuse_default_domain()
 *    domains	iommu_domain_alloc(), iommu_paging_domain_alloc(),
 *		iommu_domain_free(), iommu_attach_device(), _detach_device(),
 *		iommu_attach_group(), _detach_group(), iommu_enable_nesting(),
 *		iommu_get_domain_for_dev(), iommu_set_fault_handler(),
 *		report_iommu_fault()
 *    mappings	iommu_map(), iommu_unmap(), iommu_unmap_fast(),
 *		iommu_iova_to_phys()
 *    regions	iommu_alloc_resv_region(), iommu_get_resv_regions(),
 *		iommu_put_resv_regions(), iommu_get_group_resv_regions()
 *    devices	iommu_device_register(), _unregister(), iommu_present(),
 *		device_iommu_capable(), iommu_probe_device(),
 *		iommu_release_device()
 *
 * Not there: scatter lists, MSI cookies (x86 has a fixed MSI window), the DMA
 * API, sysfs.
 *
 * Declared here are names that one of the trees has and the other lacks. They
 * mean the same in both. Where the arguments of a function differ between
 * trees, vtb/compat.h has a macro: vtb_compat_iommu_map().
 */
#ifndef IOMMU_CORE_H
#define IOMMU_CORE_H

#include <linux/iommu.h>

/* A domain that @dev can be attached to; never NULL, but perhaps an error. */
struct iommu_domain *iommu_paging_domain_alloc(struct device *dev);

/* Can no device of the group raise an interrupt that is not its own? */
bool iommu_group_has_isolated_msi(struct iommu_group *group);

/* @dev has left its bus: takes it out of its group. */
void iommu_release_device(struct device *dev);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_core_cut.h - kernel-side code for the tests of the IOMMU core
 */
#ifndef IOMMU_CORE_CUT_H
#define IOMMU_CORE_CUT_H

/* What the driver is asked to map: a letter per call, 4 = 4K, 2 = 2M, 1 = 1G. */
void iommu_cut_page_sizes(void);
/* Ranges against an array of pages, by a fixed walk. */
void iommu_cut_reference(void);
void iommu_cut_bad_ranges(void);
/* The third page cannot be mapped: nothing stays. */
void iommu_cut_undo(void);
void iommu_cut_unmap(void);
/* Devices of groups, attached and not. */
void iommu_cut_devices(void);
void iommu_cut_attach(void);
void iommu_cut_attach_fails(void);
void iommu_cut_owner(void);
void iommu_cut_probe_fails(void);
void iommu_cut_regions(void);
void iommu_cut_group_ids(void);

#endif

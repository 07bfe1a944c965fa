/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device_tlb.h - translations that a device keeps for itself (ATS)
 */
#ifndef MODELS_DEVICE_TLB_H
#define MODELS_DEVICE_TLB_H

#include <models/iommu.h>

#define DEVICE_TLB_ENTRIES	16

struct device_tlb_entry {
	uint64_t address;
	uint64_t phys;
	uint32_t pasid;
	uint8_t shift;
	bool may_read;
	bool may_write;
	bool valid;
};

struct device_tlb {
	struct device_tlb_entry entries[DEVICE_TLB_ENTRIES];
	uint32_t next;
};

const struct device_tlb_entry *device_tlb_find(const struct device_tlb *tlb,
					       uint32_t pasid, uint64_t address);
void device_tlb_add(struct device_tlb *tlb, uint32_t pasid, uint64_t address,
		    const struct iommu_translation *translation);
void device_tlb_forget(struct device_tlb *tlb,
		       const struct iommu_invalidation *what);

/* Does @what cover [first, last] of @pasid? */
bool device_tlb_covers(const struct iommu_invalidation *what, uint32_t pasid,
		       uint64_t first, uint64_t last);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device TLB. It keeps what it was given until it is told to forget, or
 * until all entries are in use and it is the turn of one.
 *
 * PCIe 10.3.8: an invalidation without a PASID is about translations that were
 * asked for without one, and the other way round.
 */
#include "device_tlb.h"

bool device_tlb_covers(const struct iommu_invalidation *what, uint32_t pasid,
		       uint64_t first, uint64_t last)
{
	bool same = what->all_pasids ? pasid != IOMMU_NO_PASID :
				       pasid == what->pasid;

	return same && first <= what->last && last >= what->first;
}

const struct device_tlb_entry *device_tlb_find(const struct device_tlb *tlb,
					       uint32_t pasid, uint64_t address)
{
	uint32_t i;

	for (i = 0; i < DEVICE_TLB_ENTRIES; i++) {
		const struct device_tlb_entry *entry = &tlb->entries[i];

		if (entry->valid && entry->pasid == pasid &&
		    !((entry->address ^ address) >> entry->shift))
			return entry;
	}
	return NULL;
}

/* An entry for the same page gives way: it had other rights. */
static uint32_t slot_for(struct device_tlb *tlb, uint32_t pasid,
			 uint64_t address)
{
	const struct device_tlb_entry *old = device_tlb_find(tlb, pasid,
							     address);
	uint32_t i;

	if (old)
		return (uint32_t)(old - tlb->entries);
	for (i = 0; i < DEVICE_TLB_ENTRIES; i++)
		if (!tlb->entries[i].valid)
			return i;
	return tlb->next++ % DEVICE_TLB_ENTRIES;
}

void device_tlb_add(struct device_tlb *tlb, uint32_t pasid, uint64_t address,
		    const struct iommu_translation *translation)
{
	uint64_t below = (1ull << translation->tag.shift) - 1;

	tlb->entries[slot_for(tlb, pasid, address)] = (struct device_tlb_entry){
		.address = address & ~below,
		.phys = translation->phys & ~below,
		.pasid = pasid,
		.shift = translation->tag.shift,
		.may_read = translation->may_read,
		.may_write = translation->may_write,
		.valid = true,
	};
}

void device_tlb_forget(struct device_tlb *tlb,
		       const struct iommu_invalidation *what)
{
	uint32_t i;

	for (i = 0; i < DEVICE_TLB_ENTRIES; i++) {
		struct device_tlb_entry *entry = &tlb->entries[i];
		uint64_t last = entry->address + ((1ull << entry->shift) - 1);

		if (entry->valid && device_tlb_covers(what, entry->pasid,
						      entry->address, last))
			entry->valid = false;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit remembers, section 6.2.
 *
 *	cache             key                                  forgotten by
 *	context           requester                            context-cache
 *	PASID             requester, PASID, domain of entry    PASID-cache
 *	IOTLB             domain, PASID, page                  (PASID-)IOTLB
 *	paging structure  domain (and PASID), address prefix   (PASID-)IOTLB
 *
 * Nothing is forgotten because something else was: a context entry that
 * changes leaves the PASID entries found through it, and these leave their
 * translations. That is the licence the specification gives to hardware, and
 * what drivers have to live with (6.5.3.3).
 */
#include <sim/finding.h>
#include "internal.h"

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

/* Index of an entry that is free, else of the one whose turn it is. */
#define SLOT(cache, turn)						\
	({								\
		uint32_t slot = 0;					\
									\
		while (slot < NR(cache) && (cache)[slot].valid)		\
			slot++;						\
		if (slot == NR(cache))					\
			slot = (turn)++ % NR(cache);			\
		slot;							\
	})

const struct context_entry *vtd_context_find(const struct iommu *iommu,
					     uint16_t requester_id)
{
	uint32_t i;

	for (i = 0; i < CONTEXT_CACHE; i++)
		if (iommu->contexts[i].valid &&
		    iommu->contexts[i].requester_id == requester_id)
			return &iommu->contexts[i];
	return NULL;
}

void vtd_context_add(struct iommu *iommu, const struct context_entry *entry)
{
	if (vtd_context_find(iommu, entry->requester_id))
		return;
	iommu->contexts[SLOT(iommu->contexts, iommu->next_context)] = *entry;
}

const struct pasid_entry *vtd_pasid_find(const struct iommu *iommu,
					 uint16_t requester_id, uint32_t pasid)
{
	uint32_t i;

	for (i = 0; i < PASID_CACHE; i++)
		if (iommu->pasids[i].valid && iommu->pasids[i].pasid == pasid &&
		    iommu->pasids[i].requester_id == requester_id)
			return &iommu->pasids[i];
	return NULL;
}

void vtd_pasid_add(struct iommu *iommu, const struct pasid_entry *entry)
{
	if (vtd_pasid_find(iommu, entry->requester_id, entry->pasid))
		return;
	iommu->pasids[SLOT(iommu->pasids, iommu->next_pasid)] = *entry;
}

struct iotlb_entry *vtd_iotlb_find(struct iommu *iommu,
				   const struct iommu_tag *tag)
{
	uint32_t i;

	for (i = 0; i < IOTLB; i++) {
		struct iotlb_entry *entry = &iommu->iotlb[i];

		if (entry->valid && entry->tag.domain == tag->domain &&
		    entry->tag.pasid == tag->pasid &&
		    !((entry->tag.address ^ tag->address) >> entry->tag.shift))
			return entry;
	}
	return NULL;
}

void vtd_iotlb_add(struct iommu *iommu, const struct iotlb_entry *entry)
{
	struct iotlb_entry *old = vtd_iotlb_find(iommu, &entry->tag);

	sim_assert(entry->tag.shift >= 12 && entry->tag.shift < 64);
	if (!old)
		old = &iommu->iotlb[SLOT(iommu->iotlb, iommu->next_iotlb)];
	*old = *entry;
}

const struct table_entry *vtd_table_find(const struct iommu *iommu,
					 const struct table_entry *key,
					 uint64_t address)
{
	const struct table_entry *deepest = NULL;
	uint32_t i;

	for (i = 0; i < TABLE_CACHE; i++) {
		const struct table_entry *entry = &iommu->tables[i];

		if (entry->valid && entry->domain == key->domain &&
		    entry->pasid == key->pasid &&
		    !((entry->prefix ^ address) >> entry->shift) &&
		    (!deepest || entry->shift < deepest->shift))
			deepest = entry;
	}
	return deepest;
}

void vtd_table_add(struct iommu *iommu, const struct table_entry *entry)
{
	const struct table_entry *old =
		vtd_table_find(iommu, entry, entry->prefix);

	if (old && old->shift == entry->shift)
		return;
	iommu->tables[SLOT(iommu->tables, iommu->next_table)] = *entry;
}

/* -- forgetting -- */

void vtd_forget_contexts(struct iommu *iommu, uint16_t requester_id,
			 uint16_t mask)
{
	uint32_t i;

	iommu->generation++;
	for (i = 0; i < CONTEXT_CACHE; i++)
		if (!((iommu->contexts[i].requester_id ^ requester_id) & ~mask))
			iommu->contexts[i].valid = false;
}

void vtd_forget_pasids(struct iommu *iommu, const struct forget *what)
{
	uint32_t i;

	iommu->generation++;
	for (i = 0; i < PASID_CACHE; i++) {
		struct pasid_entry *entry = &iommu->pasids[i];

		if (what->all_domains || (entry->domain == what->domain &&
		    (!what->by_pasid || entry->pasid == what->pasid)))
			entry->valid = false;
	}
}

static bool overlaps(const struct forget *what, uint64_t address,
		     unsigned int shift)
{
	return address <= what->last &&
	       address + ((1ull << shift) - 1) >= what->first;
}

/*
 * 6.5.2.3: software must use the mask that fits the size of the page. With a
 * smaller one a large page may stay.
 */
static bool covers(const struct forget *what, const struct iommu_tag *tag)
{
	return what->first <= tag->address &&
	       tag->address + ((1ull << tag->shift) - 1) <= what->last;
}

static bool is_first_level(uint8_t pgtt)
{
	return pgtt == VTD_PGTT_FIRST || pgtt == VTD_PGTT_NESTED;
}

/*
 * 6.5.2.3: by page, and not by PASID, means pages of second-level input; what
 * went through a first level cannot be told apart by them and goes whole.
 * 6.5.2.4: by page and PASID means pages of first-level input; what has no
 * first level stays.
 */
bool vtd_forgets(const struct forget *what, const struct iommu_tag *tag)
{
	if (what->all_domains)
		return true;
	if (tag->domain != what->domain ||
	    (what->by_pasid && tag->pasid != what->pasid))
		return false;
	if (!what->by_page)
		return true;
	if (is_first_level(tag->pgtt) != what->by_pasid)
		return !what->by_pasid;
	return covers(what, tag);
}

static bool forgets_table(const struct forget *what,
			  const struct table_entry *entry)
{
	bool second_level = entry->pasid == IOMMU_NO_PASID;

	if (what->all_domains)
		return true;
	if (entry->domain != what->domain ||
	    (what->by_pasid && entry->pasid != what->pasid))
		return false;
	if (!what->by_page)
		return true;
	if (!what->by_pasid && !second_level)
		return true;
	return !what->hint && overlaps(what, entry->prefix, entry->shift);
}

/*
 * 6.5.5: from major version 2 on every invalidation drains what it concerns;
 * before that the descriptor says so. PASID-based ones always do.
 */
static void drain_flights(struct iommu *iommu, const struct forget *what)
{
	bool always = !iommu->options.drains_on_request || what->by_pasid;
	struct iommu_flight *flight = iommu->flights.next;

	for (; flight != &iommu->flights; flight = flight->next)
		if (!flight->awaited && vtd_forgets(what, &flight->tag) &&
		    (always || (flight->write ? what->drain_writes :
						what->drain_reads)))
			flight->awaited = iommu->wait_number;
}

void vtd_forget_iotlb(struct iommu *iommu, const struct forget *what)
{
	uint32_t i;

	iommu->generation++;
	for (i = 0; i < IOTLB; i++)
		if (iommu->iotlb[i].valid &&
		    vtd_forgets(what, &iommu->iotlb[i].tag))
			iommu->iotlb[i].valid = false;
	for (i = 0; i < TABLE_CACHE; i++)
		if (iommu->tables[i].valid &&
		    forgets_table(what, &iommu->tables[i]))
			iommu->tables[i].valid = false;
	drain_flights(iommu, what);
}

void vtd_forget_all(struct iommu *iommu)
{
	uint32_t i;

	for (i = 0; i < CONTEXT_CACHE; i++)
		iommu->contexts[i].valid = false;
	for (i = 0; i < PASID_CACHE; i++)
		iommu->pasids[i].valid = false;
	for (i = 0; i < IOTLB; i++)
		iommu->iotlb[i].valid = false;
	for (i = 0; i < TABLE_CACHE; i++)
		iommu->tables[i].valid = false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a requester and a PASID to a PASID entry, section 3.4.3:
 *
 *	root[bus] --> context[device, function] --> directory[PASID 19:6]
 *	                 RID_PASID for plain            --> table[PASID 5:0]
 *	                 requests
 *
 * Wide entries are read in pieces, and others may run in between: an entry that
 * changes while it is valid can be read half old, half new (6.5.3.3).
 */
#include <errno.h>
#include <models/wide.h>
#include <sim/finding.h>
#include <string.h>
#include "internal.h"

/*
 * The piece that has P is read first; on the bus the unit may do what CPUs may.
 */
static bool read_wide(struct iommu *iommu, uint64_t phys, uint64_t *words,
		      unsigned int nr)
{
	struct machine_wide wide = {
		.party = MACHINE_CPU,
		.bytes = nr * 8,
	};
	uint64_t first;

	/* This looks whether a table is there, and has not been freed. */
	return vtd_read(iommu, phys, &first, 1) &&
	       vtd_host_phys(iommu, phys, &wide.phys) &&
	       !machine_read_wide(iommu->options.machine, &wide, words);
}

static enum vtd_fault read_context(struct iommu *iommu,
				   struct context_entry *entry)
{
	unsigned int function = entry->requester_id & 0xff;
	uint64_t root, at = (iommu->root_latched & VTD_POINTER) +
			    (entry->requester_id >> 8) * 16 +
			    (function & 0x80 ? 8 : 0);

	if (!vtd_read(iommu, at, &root, 1))
		return VTD_FAULT_ROOT_ACCESS;
	if (!(root & VTD_PRESENT))
		return VTD_FAULT_ROOT_PRESENT;
	if (root & ~(VTD_POINTER | VTD_PRESENT))
		return VTD_FAULT_ROOT_RESERVED;
	at = (root & VTD_POINTER) + (function & 0x7f) * 8 * VTD_CONTEXT_WORDS;
	if (!read_wide(iommu, at, entry->words, VTD_CONTEXT_WORDS))
		return VTD_FAULT_CONTEXT_ACCESS;
	if (!(entry->words[0] & VTD_PRESENT))
		return VTD_FAULT_CONTEXT_PRESENT;
	if (entry->words[0] & VTD_CONTEXT_RSVD0 ||
	    entry->words[1] & VTD_CONTEXT_RSVD1 || entry->words[2] ||
	    entry->words[3])
		return VTD_FAULT_CONTEXT_RESERVED;
	return VTD_FAULT_NONE;
}

/* Is the kind of translation one that CAP and ECAP report? */
static bool can_translate(const struct iommu *iommu, const uint64_t *words)
{
	unsigned int pgtt = words[0] >> VTD_PASID_PGTT_SHIFT & 7;
	unsigned int aw = words[0] >> VTD_PASID_AW_SHIFT & 7;
	bool second = pgtt == VTD_PGTT_SECOND || pgtt == VTD_PGTT_NESTED;
	bool first = pgtt == VTD_PGTT_FIRST || pgtt == VTD_PGTT_NESTED;

	if (!pgtt || pgtt > VTD_PGTT_PASS_THROUGH)
		return false;
	if (second && (!aw || aw > 3 || !(iommu->cap >> (8 + aw) & 1)))
		return false;
	return !first || ((iommu->ecap & VTD_ECAP_FLTS) &&
			  !(words[2] & VTD_PASID_FLPM));
}

static enum vtd_fault check_pasid(const struct iommu *iommu,
				  const struct pasid_entry *entry)
{
	unsigned int i;

	if (!(entry->words[0] & VTD_PRESENT))
		return VTD_FAULT_PASID_PRESENT;
	if (entry->words[0] & VTD_PASID_RSVD0 ||
	    entry->words[1] & VTD_PASID_RSVD1 ||
	    entry->words[2] & VTD_PASID_RSVD2)
		return VTD_FAULT_PASID_RESERVED;
	for (i = 3; i < VTD_PASID_WORDS; i++)
		if (entry->words[i])
			return VTD_FAULT_PASID_RESERVED;
	if (!can_translate(iommu, entry->words))
		return VTD_FAULT_PASID_INVALID;
	return VTD_FAULT_NONE;
}

static enum vtd_fault read_pasid(struct iommu *iommu,
				 const struct context_entry *context,
				 struct pasid_entry *entry)
{
	uint64_t at = (context->words[0] & VTD_POINTER) +
		      (entry->pasid / VTD_PASIDS_PER_TABLE) * 8, directory;
	enum vtd_fault fault;

	if (!vtd_read(iommu, at, &directory, 1))
		return VTD_FAULT_DIRECTORY_ACCESS;
	entry->fpd |= !!(directory & VTD_DIRECTORY_FPD);
	if (!(directory & VTD_PRESENT))
		return VTD_FAULT_DIRECTORY_PRESENT;
	if (directory & VTD_DIRECTORY_RSVD)
		return VTD_FAULT_DIRECTORY_RESERVED;
	at = (directory & VTD_POINTER) +
	     (entry->pasid % VTD_PASIDS_PER_TABLE) * 8 * VTD_PASID_WORDS;
	if (!read_wide(iommu, at, entry->words, VTD_PASID_WORDS))
		return VTD_FAULT_PASID_ACCESS;
	entry->fpd |= !!(entry->words[0] & VTD_PASID_FPD);
	fault = check_pasid(iommu, entry);
	if (fault)
		return fault;
	entry->domain = (uint16_t)(entry->words[1] & VTD_PASID_DOMAIN);
	/* 6.1: what is cached and not present has domain 0. */
	if (iommu->options.caching_mode && !entry->domain)
		vtd_protocol(iommu, "domain", "domain 0 in caching mode",
			     "requester 0x%x, PASID %u", entry->requester_id,
			     entry->pasid);
	return VTD_FAULT_NONE;
}

/* The PASID a request stands for; RID_PASID for plain ones (3.4.4). */
static enum vtd_fault choose_pasid(const struct iommu *iommu,
				   const struct context_entry *context,
				   const struct iommu_request *request,
				   struct way *way)
{
	unsigned int pdts = context->words[0] >> VTD_CONTEXT_PDTS_SHIFT & 7;
	bool plain = request->pasid == IOMMU_NO_PASID;

	if (plain) {
		way->pasid = (uint32_t)(context->words[1] &
					VTD_CONTEXT_RID_PASID);
		way->privileged = context->words[1] & VTD_CONTEXT_RID_PRIV;
	} else {
		way->pasid = request->pasid;
		way->privileged = request->privileged;
		if (!(context->words[0] & VTD_CONTEXT_PASIDE))
			return VTD_FAULT_CONTEXT_PASIDE;
	}
	if (way->pasid >> iommu->pasid_bits ||
	    way->pasid / VTD_PASIDS_PER_TABLE >> (pdts + 7))
		return plain ? VTD_FAULT_CONTEXT_RID_PASID :
			       VTD_FAULT_CONTEXT_PDTS;
	return VTD_FAULT_NONE;
}

static void set_flags(struct way *way, const struct context_entry *context)
{
	way->fpd = context->words[0] & VTD_CONTEXT_FPD;
	way->device_tlb = context->words[0] & VTD_CONTEXT_DTE;
	way->page_requests = context->words[0] & VTD_CONTEXT_PRE;
}

static void look_up_context(struct iommu *iommu, uint16_t requester_id,
			    struct context_entry *context)
{
	const struct context_entry *known =
		vtd_context_find(iommu, requester_id);

	context->requester_id = requester_id;
	if (known)
		*context = *known;
	else
		context->fault = read_context(iommu, context);
	context->valid = true;
}

/*
 * Fills in what the caches know and reads the rest. Nothing is cached here:
 * an invalidation may have come in between.
 */
static enum vtd_fault look_up(struct iommu *iommu,
			      const struct iommu_request *request,
			      struct way *way, struct context_entry *context,
			      struct pasid_entry *pasid)
{
	const struct pasid_entry *known_pasid;
	enum vtd_fault fault;

	look_up_context(iommu, request->requester_id, context);
	set_flags(way, context);
	if (context->fault)
		return context->fault;
	fault = choose_pasid(iommu, context, request, way);
	if (fault)
		return fault;
	known_pasid = vtd_pasid_find(iommu, request->requester_id, way->pasid);
	pasid->requester_id = request->requester_id;
	pasid->pasid = way->pasid;
	if (known_pasid)
		*pasid = *known_pasid;
	else
		pasid->fault = read_pasid(iommu, context, pasid);
	pasid->valid = true;
	way->fpd |= pasid->fpd;
	return pasid->fault;
}

/* 6.1: with caching mode the unit also keeps what is not valid. */
static void keep(struct iommu *iommu, const struct context_entry *context,
		 const struct pasid_entry *pasid)
{
	bool negative = iommu->options.caching_mode;

	if (context->valid && (!context->fault || negative))
		vtd_context_add(iommu, context);
	if (pasid->valid && (!pasid->fault || negative))
		vtd_pasid_add(iommu, pasid);
}

enum vtd_fault vtd_find_way(struct iommu *iommu,
			    const struct iommu_request *request,
			    struct way *way)
{
	struct context_entry context;
	struct pasid_entry pasid;
	enum vtd_fault fault;
	uint64_t generation;

	if ((iommu->root_latched & VTD_RTADDR_TTM) != VTD_RTADDR_TTM_SCALABLE)
		return VTD_FAULT_TTM;
	do {
		generation = iommu->generation;
		memset(&context, 0, sizeof(context));
		memset(&pasid, 0, sizeof(pasid));
		memset(way, 0, sizeof(*way));
		fault = look_up(iommu, request, way, &context, &pasid);
	} while (generation != iommu->generation);
	keep(iommu, &context, &pasid);
	if (fault)
		return fault;
	memcpy(way->words, pasid.words, sizeof(way->words));
	way->domain = pasid.domain;
	way->pgtt = pasid.words[0] >> VTD_PASID_PGTT_SHIFT & 7;
	return VTD_FAULT_NONE;
}

enum vtd_fault vtd_find_context(struct iommu *iommu, uint16_t requester_id,
				struct way *way)
{
	const struct pasid_entry none = { 0 };
	struct context_entry context;
	uint64_t generation;

	memset(way, 0, sizeof(*way));
	if ((iommu->root_latched & VTD_RTADDR_TTM) != VTD_RTADDR_TTM_SCALABLE)
		return VTD_FAULT_TTM;
	do {
		generation = iommu->generation;
		memset(&context, 0, sizeof(context));
		look_up_context(iommu, requester_id, &context);
	} while (generation != iommu->generation);
	keep(iommu, &context, &none);
	set_flags(way, &context);
	return context.fault;
}

int iommu_peek_pasid(struct iommu *iommu, uint16_t requester_id, uint32_t pasid,
		     uint64_t *words)
{
	const struct iommu_request request = {
		.requester_id = requester_id, .pasid = pasid,
	};
	struct context_entry context = { .requester_id = requester_id };
	struct pasid_entry entry = { .requester_id = requester_id };
	struct way way = { 0 };

	if ((iommu->root_latched & VTD_RTADDR_TTM) != VTD_RTADDR_TTM_SCALABLE ||
	    read_context(iommu, &context) ||
	    choose_pasid(iommu, &context, &request, &way))
		return -EFAULT;
	entry.pasid = way.pasid;
	if (read_pasid(iommu, &context, &entry))
		return -EFAULT;
	memcpy(words, entry.words, sizeof(entry.words));
	return 0;
}

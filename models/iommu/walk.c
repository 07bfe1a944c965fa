/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table walks, sections 3.6 to 3.8.
 *
 *	second level	input address --> host address
 *	first level	input address --> host address
 *	nested		input address --> guest address --> host address; also
 *			every table of the first level is at a guest address
 *
 * Paging entries are read in one piece each. Accessed and dirty bits are set
 * atomically, always in the first level, in the second one where SLADE asks
 * for it (3.8.2).
 */
#include <string.h>
#include <sim/finding.h>
#include "internal.h"

#define SMALL_PAGE	12
#define BITS_PER_LEVEL	9

/* Where a walk of one level of translation stands. */
struct walk {
	struct iommu *iommu;
	const struct way *way;
	uint64_t address;
	uint64_t table;
	uint8_t shift;			/* of what one entry of it covers */
	uint8_t rights;			/* so far */
	bool write;
};

static uint64_t entry_address(const struct walk *walk)
{
	return walk->table + (walk->address >> walk->shift &
			      ((1u << BITS_PER_LEVEL) - 1)) * 8;
}

static uint64_t below(unsigned int shift)
{
	return (1ull << shift) - 1;
}

/* May a large page be of this size, by CAP.SLLPS or CAP.FL1GP? */
static bool good_leaf(const struct walk *walk, bool second_level)
{
	switch (walk->shift) {
	case 21:
		return !second_level || (walk->iommu->cap & VTD_CAP_SLLPS_2M);
	case 30:
		return walk->iommu->cap & (second_level ? VTD_CAP_SLLPS_1G :
							  VTD_CAP_FL1GP);
	default:
		return false;
	}
}

/* Goes on below @entry, which is no leaf, and remembers the way. */
static void descend(struct walk *walk, uint64_t table, bool second_level)
{
	const struct table_entry known = {
		.table = table,
		.prefix = walk->address & ~below(walk->shift),
		.pasid = second_level ? IOMMU_NO_PASID : walk->way->pasid,
		.domain = walk->way->domain,
		.shift = walk->shift,
		.rights = walk->rights,
		.valid = true,
	};

	vtd_table_add(walk->iommu, &known);
	walk->table = table;
	walk->shift -= BITS_PER_LEVEL;
}

/* Begins at the deepest table that a cache knows. */
static void skip_known(struct walk *walk, bool second_level)
{
	const struct table_entry key = {
		.pasid = second_level ? IOMMU_NO_PASID : walk->way->pasid,
		.domain = walk->way->domain,
	};
	const struct table_entry *known =
		vtd_table_find(walk->iommu, &key, walk->address);

	if (!known)
		return;
	walk->table = known->table;
	walk->shift = known->shift - BITS_PER_LEVEL;
	walk->rights = known->rights;
}

/* -- second level, 3.7 -- */

static enum vtd_fault sl_check(const struct walk *walk, uint64_t entry,
			       bool leaf)
{
	uint64_t reserved = VTD_ADDRESS & ~below(walk->iommu->address_bits);

	if (!(entry & (VTD_SL_READ | VTD_SL_WRITE)))
		return VTD_FAULT_SL_PRESENT;
	if (entry & VTD_SL_PS && walk->shift != SMALL_PAGE &&
	    !good_leaf(walk, true))
		return VTD_FAULT_SL_RESERVED;
	if (leaf)
		reserved |= below(walk->shift) & VTD_ADDRESS;
	return entry & reserved ? VTD_FAULT_SL_RESERVED : VTD_FAULT_NONE;
}

static enum vtd_fault sl_leaf(struct walk *walk, uint64_t entry,
			      struct mapping *mapping)
{
	bool flags = walk->way->words[0] & VTD_PASID_SLADE;
	uint64_t set = VTD_SL_ACCESSED | (walk->write ? VTD_SL_DIRTY : 0);

	if (walk->write && !(walk->rights & RIGHT_WRITE))
		return VTD_FAULT_WRITE;
	if (!walk->write && !(walk->rights & RIGHT_READ))
		return VTD_FAULT_READ;
	if (flags && (entry & set) != set)
		vtd_set_bits(walk->iommu, entry_address(walk), set);
	mapping->phys = entry & VTD_ADDRESS & ~below(walk->shift);
	mapping->shift = walk->shift;
	mapping->rights = walk->rights | RIGHT_USER | RIGHT_EXECUTE;
	mapping->dirty = !flags || walk->write || (entry & VTD_SL_DIRTY);
	return VTD_FAULT_NONE;
}

static enum vtd_fault sl_walk(struct walk *walk, struct mapping *mapping)
{
	bool flags = walk->way->words[0] & VTD_PASID_SLADE;
	enum vtd_fault fault;
	uint64_t entry;
	bool leaf;

	for (;;) {
		if (!vtd_read(walk->iommu, entry_address(walk), &entry, 1))
			return VTD_FAULT_SL_ACCESS;
		leaf = walk->shift == SMALL_PAGE || (entry & VTD_SL_PS);
		fault = sl_check(walk, entry, leaf);
		if (fault)
			return fault;
		if (!(entry & VTD_SL_READ))
			walk->rights &= ~RIGHT_READ;
		if (!(entry & VTD_SL_WRITE))
			walk->rights &= ~RIGHT_WRITE;
		if (leaf)
			return sl_leaf(walk, entry, mapping);
		if (flags && !(entry & VTD_SL_ACCESSED))
			vtd_set_bits(walk->iommu, entry_address(walk),
				     VTD_SL_ACCESSED);
		descend(walk, entry & VTD_ADDRESS, true);
	}
}

static enum vtd_fault second_level(struct iommu *iommu, const struct way *way,
				   uint64_t address, bool write,
				   struct mapping *mapping)
{
	unsigned int levels = (way->words[0] >> VTD_PASID_AW_SHIFT & 7) + 2;
	struct walk walk = {
		.iommu = iommu,
		.way = way,
		.address = address,
		.table = way->words[0] & VTD_POINTER,
		.shift = SMALL_PAGE + BITS_PER_LEVEL * (levels - 1),
		.rights = RIGHT_READ | RIGHT_WRITE,
		.write = write,
	};

	if (address >> (walk.shift + BITS_PER_LEVEL))
		return VTD_FAULT_BEYOND_AW;
	if (walk.table >> iommu->address_bits)
		return VTD_FAULT_SL_ROOT;
	skip_known(&walk, true);
	return sl_walk(&walk, mapping);
}

/*
 * Guest address to host address inside a nested walk. What this finds may be
 * cached as any second-level mapping of the domain is, without a PASID.
 */
static enum vtd_fault guest_phys(struct iommu *iommu, const struct way *way,
				 uint64_t guest, bool write,
				 struct mapping *mapping)
{
	struct iotlb_entry known = {
		.tag = {
			.address = guest,
			.pasid = IOMMU_NO_PASID,
			.domain = way->domain,
			.pgtt = VTD_PGTT_SECOND,
		},
		.valid = true,
	};
	const struct iotlb_entry *hit = vtd_iotlb_find(iommu, &known.tag);
	enum vtd_fault fault;

	if (hit && !hit->fault && (!write || hit->dirty) &&
	    hit->rights & (write ? RIGHT_WRITE : RIGHT_READ)) {
		mapping->phys = hit->phys;
		mapping->shift = hit->tag.shift;
		mapping->rights = hit->rights;
		mapping->dirty = hit->dirty;
		return VTD_FAULT_NONE;
	}
	fault = second_level(iommu, way, guest, write, mapping);
	if (fault)
		return fault;
	known.tag.shift = mapping->shift;
	known.tag.address = guest & ~below(mapping->shift);
	known.phys = mapping->phys;
	known.rights = mapping->rights;
	known.dirty = mapping->dirty;
	vtd_iotlb_add(iommu, &known);
	return VTD_FAULT_NONE;
}

/* -- first level, 3.6 -- */

/* Host address of an address that the first level speaks of. */
static enum vtd_fault fl_host(const struct walk *walk, uint64_t address,
			      bool write, uint64_t *phys)
{
	struct mapping mapping;
	enum vtd_fault fault;

	if (walk->way->pgtt == VTD_PGTT_FIRST) {
		*phys = address;
		return VTD_FAULT_NONE;
	}
	fault = guest_phys(walk->iommu, walk->way, address, write, &mapping);
	switch (fault) {
	case VTD_FAULT_NONE:
		*phys = mapping.phys + (address & below(mapping.shift));
		return VTD_FAULT_NONE;
	case VTD_FAULT_BEYOND_AW:
		return VTD_FAULT_NESTED_BEYOND;
	case VTD_FAULT_READ:
		return VTD_FAULT_NESTED_TABLE;
	case VTD_FAULT_WRITE:
		return VTD_FAULT_NESTED_WRITE;
	default:
		return fault;
	}
}

static enum vtd_fault fl_check(const struct walk *walk, uint64_t entry,
			       bool leaf)
{
	uint64_t reserved = 0;

	if (!(entry & VTD_PRESENT))
		return VTD_FAULT_FL_PRESENT;
	if (walk->way->pgtt == VTD_PGTT_FIRST)
		reserved = VTD_ADDRESS & ~below(walk->iommu->address_bits);
	if (!(walk->way->words[2] & VTD_PASID_NXE))
		reserved |= VTD_FL_XD;
	if (leaf && walk->shift != SMALL_PAGE) {
		if (!good_leaf(walk, false))
			return VTD_FAULT_FL_RESERVED;
		/* Bit 12 is PAT in large pages. */
		reserved |= below(walk->shift) & VTD_ADDRESS &
			    ~(1ull << SMALL_PAGE);
	}
	return entry & reserved ? VTD_FAULT_FL_RESERVED : VTD_FAULT_NONE;
}

/* 3.6.1: what the flags of all levels together allow. */
static enum vtd_fault fl_rights(const struct walk *walk,
				const struct iommu_request *request)
{
	bool user = !walk->way->privileged;

	if (user && !(walk->rights & RIGHT_USER))
		return VTD_FAULT_USER;
	if (request->execute && !(walk->rights & RIGHT_EXECUTE))
		return VTD_FAULT_EXECUTE;
	if (walk->write && !(walk->rights & RIGHT_WRITE) &&
	    (user || walk->way->words[2] & VTD_PASID_WPE))
		return VTD_FAULT_WRITE;
	return VTD_FAULT_NONE;
}

static enum vtd_fault fl_set(struct walk *walk, uint64_t entry, uint64_t set)
{
	enum vtd_fault fault;
	uint64_t at;

	if ((entry & set) == set)
		return VTD_FAULT_NONE;
	fault = fl_host(walk, entry_address(walk), true, &at);
	if (!fault)
		vtd_set_bits(walk->iommu, at, set);
	return fault;
}

/* The page of the first level; of nested ones the smaller of both pages. */
static enum vtd_fault fl_leaf(struct walk *walk, uint64_t entry,
			      struct mapping *mapping)
{
	uint64_t guest = (entry & VTD_ADDRESS & ~below(walk->shift)) |
			 (walk->address & below(walk->shift));
	struct mapping host;
	enum vtd_fault fault;

	mapping->rights = walk->rights;
	mapping->dirty = walk->write || (entry & VTD_FL_DIRTY);
	mapping->shift = walk->shift;
	mapping->phys = guest & ~below(walk->shift);
	if (walk->way->pgtt == VTD_PGTT_FIRST)
		return VTD_FAULT_NONE;
	fault = guest_phys(walk->iommu, walk->way, guest, walk->write, &host);
	if (fault)
		return fault;
	if (host.shift < mapping->shift)
		mapping->shift = host.shift;
	mapping->phys = (host.phys + (guest & below(host.shift))) &
			~below(mapping->shift);
	mapping->rights &= host.rights;
	mapping->dirty &= host.dirty;
	return VTD_FAULT_NONE;
}

static enum vtd_fault fl_walk(struct walk *walk,
			      const struct iommu_request *request,
			      struct mapping *mapping)
{
	enum vtd_fault fault;
	uint64_t entry, at;
	bool leaf;

	for (;;) {
		fault = fl_host(walk, entry_address(walk), false, &at);
		if (fault)
			return fault;
		if (!vtd_read(walk->iommu, at, &entry, 1))
			return VTD_FAULT_FL_ACCESS;
		leaf = walk->shift == SMALL_PAGE || (entry & VTD_FL_PS);
		fault = fl_check(walk, entry, leaf);
		if (fault)
			return fault;
		if (!(entry & VTD_FL_WRITE))
			walk->rights &= ~RIGHT_WRITE;
		if (!(entry & VTD_FL_USER))
			walk->rights &= ~RIGHT_USER;
		if (entry & VTD_FL_XD)
			walk->rights &= ~RIGHT_EXECUTE;
		if (leaf)
			break;
		fault = fl_set(walk, entry, VTD_FL_ACCESSED);
		if (fault)
			return fault;
		descend(walk, entry & VTD_ADDRESS, false);
	}
	fault = fl_rights(walk, request);
	if (!fault)
		fault = fl_set(walk, entry, VTD_FL_ACCESSED |
			       (walk->write ? VTD_FL_DIRTY : 0));
	return fault ? fault : fl_leaf(walk, entry, mapping);
}

static enum vtd_fault first_level(struct iommu *iommu, const struct way *way,
				  const struct iommu_request *request,
				  struct mapping *mapping)
{
	int64_t high = (int64_t)request->address >> 47;
	struct walk walk = {
		.iommu = iommu,
		.way = way,
		.address = request->address,
		.table = way->words[2] & VTD_POINTER,
		.shift = SMALL_PAGE + BITS_PER_LEVEL * 3,
		.rights = RIGHT_READ | RIGHT_WRITE | RIGHT_USER |
			  RIGHT_EXECUTE,
		.write = request->write,
	};

	if (high && high != -1)
		return VTD_FAULT_CANONICAL;
	skip_known(&walk, false);
	return fl_walk(&walk, request, mapping);
}

enum vtd_fault vtd_walk(struct iommu *iommu, const struct way *way,
			const struct iommu_request *request,
			struct mapping *mapping)
{
	memset(mapping, 0, sizeof(*mapping));
	if (way->pgtt == VTD_PGTT_SECOND)
		return second_level(iommu, way, request->address,
				    request->write, mapping);
	sim_assert(way->pgtt == VTD_PGTT_FIRST ||
		   way->pgtt == VTD_PGTT_NESTED);
	return first_level(iommu, way, request, mapping);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_context.c - from a requester id and a PASID to an address space
 *
 *    root table      context table     PASID directory   PASID table
 *    [bus, half] --> [device, fn] ---> [PASID / 64] ---> [PASID % 64] --> domain
 *
 * The root table and context tables belong to the unit and stay; a directory
 * and the tables behind it belong to a device. The unit reads entries of more
 * than eight bytes in pieces, so all words but the first are written before
 * the entry is made present, and an entry that is present never changes.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "vtd.h"

static u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & VTD_ADDRESS_MASK);
}

static u64 *new_table(void)
{
	return (u64 *)get_zeroed_page(GFP_KERNEL);
}

/* -- root and context tables -- */

int dmar_root_init(struct dmar_unit *unit)
{
	unit->root = new_table();
	return unit->root ? 0 : -ENOMEM;
}

void dmar_root_exit(struct dmar_unit *unit)
{
	unsigned int i;

	if (!unit->root)
		return;
	for (i = 0; i < 2 * VTD_ROOT_ENTRIES; i++)
		if (unit->root[i])
			free_page((unsigned long)table_of(unit->root[i]));
	free_page((unsigned long)unit->root);
}

/* The context entry of @source; NULL if there is no memory for its table. */
static u64 *context_entry(struct dmar_unit *unit, u16 source)
{
	/* Bus, then the upper bit of the device number: half a bus. */
	u64 *root = &unit->root[source >> 7];
	u64 *table;

	if (!(*root & VTD_PRESENT)) {
		table = new_table();
		if (!table)
			return NULL;
		dma_wmb();
		WRITE_ONCE(*root, virt_to_phys(table) | VTD_PRESENT);
	}
	return table_of(*root) + (source & 0x7f) * VTD_CONTEXT_WORDS;
}

static void forget_context(struct dmar_device *vdev)
{
	const struct dmar_command command = { {
		VTD_QI_CONTEXT | VTD_CONTEXT_DEVICE |
		VTD_CONTEXT_SOURCE(vdev->source),
	} };

	dmar_queue_run(vdev->unit, &command, 1);
}

static void context_set(struct dmar_device *vdev, u64 *entry)
{
	u64 flags = (vdev->nr_pasids ? VTD_CONTEXT_PASIDE : 0) |
		    (vdev->ats ? VTD_CONTEXT_DTE : 0) |
		    (vdev->pri ? VTD_CONTEXT_PRE : 0);

	/* The other words stay zero: plain requests have PASID 0. */
	BUILD_BUG_ON(VTD_RID_PASID);
	dma_wmb();
	WRITE_ONCE(entry[0], virt_to_phys(vdev->directory) |
			     VTD_CONTEXT_PDTS(vdev->pdts) | flags |
			     VTD_PRESENT);
	if (vdev->unit->cap & VTD_CAP_CM)
		forget_context(vdev);
}

static void free_directory(struct dmar_device *vdev)
{
	unsigned int i, nr = (PAGE_SIZE << vdev->directory_order) / sizeof(u64);

	for (i = 0; i < nr; i++)
		if (vdev->directory[i])
			free_page((unsigned long)table_of(vdev->directory[i]));
	free_pages((unsigned long)vdev->directory, vdev->directory_order);
}

int dmar_context_init(struct dmar_device *vdev, unsigned int pasid_bits)
{
	/* A directory of 2^(pdts + 7) entries of 8 bytes, a page at least. */
	unsigned int pdts = max(pasid_bits, 13u) - 13;
	unsigned int order = max(pdts, 2u) - 2;
	u64 *entry, *first;
	int rc = -ENOMEM;

	vdev->pdts = pdts;
	vdev->directory_order = order;
	vdev->directory = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
						   order);
	if (!vdev->directory)
		return -ENOMEM;
	/* With the table of plain requests there, attaching cannot fail. */
	first = new_table();
	if (!first)
		goto err_free;
	vdev->directory[0] = virt_to_phys(first) | VTD_PRESENT;
	entry = context_entry(vdev->unit, vdev->source);
	if (!entry)
		goto err_free;
	/* From what it was before: of another kernel, or before a reset. */
	dmar_flush_whole_device(vdev);
	rc = vdev->silent ? -EIO : 0;
	if (rc)
		goto err_free;
	context_set(vdev, entry);
	return 0;

err_free:
	free_directory(vdev);
	return rc;
}

void dmar_context_block(struct dmar_device *vdev)
{
	u64 *entry = context_entry(vdev->unit, vdev->source);

	WRITE_ONCE(entry[0], 0);
	forget_context(vdev);
}

void dmar_context_exit(struct dmar_device *vdev)
{
	dmar_context_block(vdev);
	free_directory(vdev);
}

/* -- PASID tables -- */

/* With @make a table that is missing is made; NULL: there is none. */
static u64 *pasid_entry(struct dmar_device *vdev, u32 pasid, bool make)
{
	u64 *slot = &vdev->directory[pasid / VTD_PASIDS_PER_TABLE];
	u64 *table;

	if (!(*slot & VTD_PRESENT)) {
		table = make ? new_table() : NULL;
		if (!table)
			return NULL;
		dma_wmb();
		WRITE_ONCE(*slot, virt_to_phys(table) | VTD_PRESENT);
	}
	return table_of(*slot) +
	       pasid % VTD_PASIDS_PER_TABLE * VTD_PASID_WORDS;
}

static u16 domain_of(const u64 *entry)
{
	return entry[1];
}

/* First what finds the domain, then what was found in it. */
static void forget_pasid(struct dmar_device *vdev, u32 pasid, u16 domain_id)
{
	const u64 tag = VTD_QI_DOMAIN(domain_id) | VTD_QI_PASID(pasid);
	const struct dmar_command commands[] = {
		{ { VTD_QI_PASID_CACHE | VTD_PC_PASID | tag } },
		{ { VTD_QI_PASID_IOTLB | VTD_PIOTLB_PASID | tag } },
	};

	dmar_queue_run(vdev->unit, commands, ARRAY_SIZE(commands));
	dmar_flush_domain(vdev->unit, domain_id);
}

static void forget_all_pasids(struct dmar_unit *unit)
{
	const struct dmar_command command = { {
		VTD_QI_PASID_CACHE | VTD_PC_GLOBAL,
	} };

	dmar_queue_run(unit, &command, 1);
}

int dmar_pasid_set(struct dmar_device *vdev, u32 pasid,
		  const struct dmar_pasid_entry *new)
{
	u64 *entry = pasid_entry(vdev, pasid, true);
	unsigned int i;

	if (!entry)
		return -ENOMEM;
	if (entry[0] & VTD_PRESENT)
		return -EBUSY;
	for (i = VTD_PASID_WORDS - 1; i; i--)
		WRITE_ONCE(entry[i], new->words[i]);
	dma_wmb();
	WRITE_ONCE(entry[0], new->words[0] | VTD_PRESENT);
	/*
	 * A unit that remembers entries which are not present does so under a
	 * domain id that is not for us to know.
	 */
	if (vdev->unit->cap & VTD_CAP_CM)
		forget_all_pasids(vdev->unit);
	return 0;
}

/* A table with nothing in it goes, but the one of plain requests. */
static void free_empty_table(struct dmar_device *vdev, u32 pasid)
{
	u64 *slot = &vdev->directory[pasid / VTD_PASIDS_PER_TABLE];
	u64 *table = table_of(*slot);
	unsigned int i;

	if (slot == vdev->directory)
		return;
	for (i = 0; i < VTD_PASIDS_PER_TABLE; i++)
		if (table[i * VTD_PASID_WORDS] & VTD_PRESENT)
			return;
	WRITE_ONCE(*slot, 0);
	forget_all_pasids(vdev->unit);
	free_page((unsigned long)table);
}

void dmar_pasid_clear(struct dmar_device *vdev, u32 pasid)
{
	u64 *entry = pasid_entry(vdev, pasid, false);
	u16 domain_id;

	if (!entry || !(entry[0] & VTD_PRESENT))
		return;
	domain_id = domain_of(entry);
	WRITE_ONCE(entry[0], 0);
	forget_pasid(vdev, pasid, domain_id);
	/* What the unit has forgotten the device cannot get again. */
	dmar_flush_device(vdev, pasid, &dmar_all);
	free_empty_table(vdev, pasid);
}

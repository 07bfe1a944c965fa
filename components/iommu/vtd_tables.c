// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_tables.c - second-level tables
 *
 * Up to five levels of 512 entries. An entry is empty, a leaf (any entry of
 * level 1, or one with the page bit), or leads to a table of the level below.
 *
 * There is no lock. Callers do not touch ranges that overlap, so a leaf has one
 * writer; two may need the same table at once, and the first to put his there
 * wins. A table goes only with the whole range it is for, in which nobody else
 * can be then. So tables that become empty page by page stay until their range
 * is unmapped as a whole, is mapped with a larger page, or the domain is freed.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "vtd.h"

#define TABLE_ENTRIES	512u

static u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & VTD_ADDRESS_MASK);
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || entry & VTD_SL_PAGE;
}

static unsigned int index_of(unsigned long iova, unsigned int level)
{
	return iova >> dmar_level_shift(level) & (TABLE_ENTRIES - 1);
}

void dmar_free_pages(struct list_head *freelist)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, freelist, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/* The table, and all below it, which have no leaves the unit may find. */
static void collect_tables(u64 *table, unsigned int level,
			   struct list_head *freelist)
{
	unsigned int i;

	for (i = 0; level > 1 && i < TABLE_ENTRIES; i++)
		if (table[i] && !is_leaf(table[i], level))
			collect_tables(table_of(table[i]), level - 1, freelist);
	list_add_tail(&virt_to_page(table)->lru, freelist);
}

void dmar_tables_free(struct dmar_domain *domain)
{
	LIST_HEAD(freelist);

	if (!domain->top)
		return;
	collect_tables(domain->top, domain->unit->levels, &freelist);
	dmar_free_pages(&freelist);
}

/* -- mapping -- */

/* The table that @slot leads to, a new one if it is empty. */
static u64 *next_table(u64 *slot, unsigned int level, gfp_t gfp)
{
	u64 entry = READ_ONCE(*slot);
	u64 *table;

	if (!entry) {
		table = (u64 *)get_zeroed_page(gfp);
		if (!table)
			return ERR_PTR(-ENOMEM);
		entry = cmpxchg64(slot, 0, virt_to_phys(table) | VTD_SL_READ |
					   VTD_SL_WRITE);
		if (!entry)
			return table;
		free_page((unsigned long)table);
	}
	return is_leaf(entry, level) ? ERR_PTR(-EEXIST) : table_of(entry);
}

/* The entry of @level that maps @iova, with all tables above it made. */
static u64 *find_slot(struct dmar_domain *domain, unsigned long iova,
		      unsigned int level, gfp_t gfp)
{
	u64 *table = domain->top;
	unsigned int at;

	for (at = domain->unit->levels; at > level; at--) {
		table = next_table(&table[index_of(iova, at)], at, gfp);
		if (IS_ERR(table))
			return table;
	}
	return &table[index_of(iova, level)];
}

static bool has_leaf(const u64 *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		u64 entry = READ_ONCE(table[i]);

		if (entry && (is_leaf(entry, level) ||
			      has_leaf(table_of(entry), level - 1)))
			return true;
	}
	return false;
}

/*
 * A larger page is to take the place of a table that is empty by now. The unit
 * may remember the table, so it goes first.
 */
static int drop_table(struct dmar_domain *domain, u64 *slot, unsigned int level,
		      unsigned long iova)
{
	const struct dmar_range range = {
		.first = iova,
		.last = iova + (1ul << dmar_level_shift(level)) - 1,
	};
	u64 entry = READ_ONCE(*slot);
	LIST_HEAD(freelist);

	if (!entry)
		return 0;
	if (is_leaf(entry, level) || has_leaf(table_of(entry), level - 1))
		return -EEXIST;
	WRITE_ONCE(*slot, 0);
	dmar_domain_flush(domain, &range);
	collect_tables(table_of(entry), level - 1, &freelist);
	dmar_free_pages(&freelist);
	return 0;
}

int dmar_tables_map(struct dmar_domain *domain, unsigned long iova,
		   phys_addr_t phys, unsigned int level, size_t count,
		   u64 rights, gfp_t gfp, size_t *mapped)
{
	const size_t bytes = 1ul << dmar_level_shift(level);
	const u64 bits = rights | (level > 1 ? VTD_SL_PAGE : 0);
	u64 *slot = NULL;
	int rc;

	for (; count; count--) {
		/* Neighbours are in one table, up to its end. */
		if (!slot || !index_of(iova, level)) {
			slot = find_slot(domain, iova, level, gfp);
			if (IS_ERR(slot))
				return PTR_ERR(slot);
		}
		rc = drop_table(domain, slot, level, iova);
		if (rc)
			return rc;
		WRITE_ONCE(*slot, phys | bits);
		slot++;
		iova += bytes;
		phys += bytes;
		*mapped += bytes;
	}
	return 0;
}

/* -- unmapping -- */

/*
 * struct unmap - a walk that takes pages out
 * @next:	the first address that has not been dealt with
 * @last:	the last one to deal with
 * @stopped:	there is a hole at @next
 * @freelist:	tables that are empty now
 */
struct unmap {
	unsigned long next;
	unsigned long last;
	bool stopped;
	struct list_head *freelist;
};

static void unmap_table(u64 *table, unsigned int level, struct unmap *walk);

static void unmap_entry(u64 *slot, unsigned int level, struct unmap *walk)
{
	const unsigned long bytes = 1ul << dmar_level_shift(level);
	bool from_start = !(walk->next & (bytes - 1));
	bool whole = from_start && walk->last - walk->next >= bytes - 1;
	u64 entry = READ_ONCE(*slot);

	if (!entry || (is_leaf(entry, level) && !from_start)) {
		walk->stopped = true;
	} else if (is_leaf(entry, level)) {
		WRITE_ONCE(*slot, 0);
		walk->next += bytes;
	} else {
		unmap_table(table_of(entry), level - 1, walk);
		if (!whole || walk->stopped)
			return;
		WRITE_ONCE(*slot, 0);
		list_add_tail(&virt_to_page(table_of(entry))->lru,
			      walk->freelist);
	}
}

static void unmap_table(u64 *table, unsigned int level, struct unmap *walk)
{
	unsigned int i = index_of(walk->next, level);

	while (i < TABLE_ENTRIES && walk->next <= walk->last && !walk->stopped)
		unmap_entry(&table[i++], level, walk);
}

size_t dmar_tables_unmap(struct dmar_domain *domain, unsigned long iova,
			size_t bytes, struct list_head *freelist)
{
	struct unmap walk = {
		.next = iova,
		.last = iova + bytes - 1,
		.freelist = freelist,
	};

	unmap_table(domain->top, domain->unit->levels, &walk);
	return walk.next - iova;
}

phys_addr_t dmar_tables_find(struct dmar_domain *domain, unsigned long iova)
{
	unsigned int level = domain->unit->levels;
	u64 *table = domain->top;

	for (;; level--) {
		unsigned long below = (1ul << dmar_level_shift(level)) - 1;
		u64 entry = READ_ONCE(table[index_of(iova, level)]);

		if (!entry)
			return 0;
		if (is_leaf(entry, level))
			return (entry & VTD_ADDRESS_MASK & ~below) |
			       (iova & below);
		table = table_of(entry);
	}
}

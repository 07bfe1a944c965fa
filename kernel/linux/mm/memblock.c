// SPDX-License-Identifier: GPL-2.0-only
/*
 * memblock.c - memory that is taken while the kernel boots
 *
 * A real kernel has a map of ranges before it has pages, and hands what is left
 * to the page allocator. Here there is one allocator from the start, and what
 * is taken early are runs of pages of it. They are zero, they stay, and there
 * is no fault point: an early allocation fails when memory is too small for it.
 *
 * What asks for less than the alignment of a page begins in the middle of one,
 * as it would behind something else, and does not share it with anybody here.
 */
#include <linux/export.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <vtb/runtime.h>
#include "internal.h"

void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align,
			     phys_addr_t min_addr, phys_addr_t max_addr,
			     int nid)
{
	phys_addr_t offset = align < PAGE_SIZE ? max_t(phys_addr_t, align,
						       SMP_CACHE_BYTES) : 0;
	struct vtb_page_request request = {
		.gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
		.order = get_order(offset + size),
		.use = VTB_PAGE_PLAIN,
		.bytes = offset + size,
		.caller = _RET_IP_,
		.no_fault_point = true,
	};
	struct page *page;

	if (!size || align > PAGE_SIZE || min_addr)
		vtb_unmodelled_case("memblock_alloc_try_nid",
				    "alignment or place");
	page = vtb_pages_alloc(&request);
	return page ? page_address(page) + offset : NULL;
}

/* RAM is one range. */
int walk_system_ram_range(unsigned long start_pfn, unsigned long nr_pages,
			  void *arg,
			  int (*func)(unsigned long, unsigned long, void *))
{
	unsigned long end = min(start_pfn + nr_pages, max_pfn);

	return start_pfn < end ? func(start_pfn, end - start_pfn, arg) : -1;
}
EXPORT_SYMBOL_GPL(walk_system_ram_range);

void memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	__free_pages(pfn_to_page(PHYS_PFN(base)),
		     get_order(offset_in_page(base) + size));
}

void memblock_free(void *ptr, size_t size)
{
	if (ptr)
		memblock_free_late(virt_to_phys(ptr), size);
}

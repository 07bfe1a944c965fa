// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct_map.c - pages missing from the linear map, and loads that stray there
 *
 * Only load_unaligned_zeropad() asks whether a page is missing: it may stray
 * over the end of its page, and is made good with zeroes where that faults. A
 * page that is mapped and must not be used (memory shared with the host, at its
 * private address) gives another exception, which nobody handles. Other accesses
 * to a missing page are not seen by this file.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <asm/word-at-a-time.h>
#include "internal.h"

static unsigned long *missing;	/* a bit for each page */

static void set_missing(struct page *page, bool is)
{
	if (!missing)
		missing = vtb_instance_alloc(BITS_TO_LONGS(vtb_nr_frames()) *
					     sizeof(long), 8);
	if (is)
		__set_bit(page_to_pfn(page), missing);
	else
		__clear_bit(page_to_pfn(page), missing);
}

int set_direct_map_invalid_noflush(struct page *page)
{
	set_missing(page, true);
	return 0;
}
EXPORT_SYMBOL_GPL(set_direct_map_invalid_noflush);

int set_direct_map_default_noflush(struct page *page)
{
	set_missing(page, false);
	return 0;
}
EXPORT_SYMBOL_GPL(set_direct_map_default_noflush);

static bool is_missing(const void *address)
{
	unsigned long pfn = vtb_address_to_pfn(address);

	return pfn == ~0ul || pfn >= vtb_nr_frames() ||
	       (missing && test_bit(pfn, missing));
}

/* Whatever lies behind the page is nobody's: not even poison is looked at. */
static unsigned long load_bytes(const void *address, unsigned int bytes)
{
	unsigned long value = 0;
	void *to = &value;

	asm volatile("rep movsb" : "+D" (to), "+S" (address), "+c" (bytes)
		     : : "memory");
	return value;
}

unsigned long vtb_load_zeropad(const void *address)
{
	const void *next = PTR_ALIGN(address, PAGE_SIZE), *pc;

	vtb_preempt_point();
	if (next - address >= (long)sizeof(long) || next == address)
		return *(const unsigned long *)address;
	if (is_missing(next))
		return load_bytes(address, next - address);
	if (vtb_is_barred(next, &pc))
		vtb_finding("unexpected-exception", "page", (void *)_RET_IP_,
			    pc, "a load strays into a page that must be used at its other address",
			    "the page is mapped, so this is no page fault that zeroes make good");
	return load_bytes(address, sizeof(long));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * boot.c - the linear map and the memory map of the instance
 *
 * page_offset_base and vmemmap_base are the variables the kernel's own inlines
 * use (CONFIG_RANDOMIZE_MEMORY), so __va(), virt_to_page() and page_to_pfn()
 * need nothing else. __phys_addr() is a call (CONFIG_DEBUG_VIRTUAL): it is the
 * place where addresses that have no physical address are caught.
 *
 * pfn_valid() asks mem_section: two levels of tables, of which only the bits of
 * present subsections (2 MiB) differ between instances:
 *
 *    mem_section -> section_roots[0] -> sections[n] -> usages[n].subsection_map
 *    (all but the last constant)
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pgtable.h>
#include "internal.h"

unsigned long page_offset_base __ro_after_init;
unsigned long vmalloc_base __ro_after_init;
unsigned long vmemmap_base __ro_after_init;
unsigned long physmem_end __ro_after_init;
unsigned long phys_base __ro_after_init;
unsigned long max_pfn __ro_after_init;
unsigned long max_low_pfn __ro_after_init;
unsigned long max_pfn_mapped __ro_after_init;
unsigned long long max_possible_pfn __ro_after_init;
phys_addr_t physical_mask __ro_after_init = (1ull << 46) - 1;
void *high_memory __ro_after_init;
EXPORT_SYMBOL(page_offset_base);
EXPORT_SYMBOL(vmalloc_base);
EXPORT_SYMBOL(vmemmap_base);
EXPORT_SYMBOL(phys_base);

const unsigned int vtb_kernel_page_shift = PAGE_SHIFT;

/* What page protections are made of: all bits there are, no encryption. */
pteval_t __supported_pte_mask __ro_after_init = ~0;
pteval_t __default_kernel_pte_mask __ro_after_init = ~0;
u64 sme_me_mask __ro_after_init;
EXPORT_SYMBOL_GPL(__supported_pte_mask);
EXPORT_SYMBOL(__default_kernel_pte_mask);
EXPORT_SYMBOL(sme_me_mask);

#define MAX_SECTIONS	4

#define PRESENT_SECTION(n) {						\
	.section_mem_map = SECTION_MARKED_PRESENT | SECTION_HAS_MEM_MAP | \
			   SECTION_IS_ONLINE,				\
	.usage = &usages[n],						\
}

static struct mem_section_usage usages[MAX_SECTIONS];
static const struct mem_section sections[SECTIONS_PER_ROOT] = {
	PRESENT_SECTION(0), PRESENT_SECTION(1), PRESENT_SECTION(2),
	PRESENT_SECTION(3),
};
static const struct mem_section * const section_roots[NR_SECTION_ROOTS] = {
	sections,
};
struct mem_section **mem_section = (struct mem_section **)section_roots;

static unsigned long linear_bytes;

bool vtb_in_linear_map(const void *address)
{
	return (unsigned long)address - page_offset_base < linear_bytes;
}

unsigned long vtb_address_to_pfn(const void *address)
{
	if (vtb_in_linear_map(address))
		return ((unsigned long)address - page_offset_base) >> PAGE_SHIFT;
	return vtb_alias_to_pfn(address);
}

static noinline unsigned long no_phys_addr(unsigned long address,
					   unsigned long caller)
{
	const char *object = vtb_symbol((void *)address);
	char why[200];

	if (vtb_is_alias((void *)address))
		object = "vmalloc";
	else if (vtb_area_find((void *)address))
		object = "ioremap";
	else if (*object == '?')
		object = "stack";
	scnprintf(why, sizeof(why),
		  "%s is not in the linear map, so it has no physical address",
		  object);
	vtb_finding("bad-phys-addr", object, (void *)caller, NULL,
		    "virt_to_phys() of memory outside the linear map", why);
	return ~0ul << PAGE_SHIFT;
}

unsigned long __phys_addr(unsigned long address)
{
	/* One past the end may be asked for: ends of ranges. */
	if (address - page_offset_base <= linear_bytes)
		return address - page_offset_base;
	return no_phys_addr(address, _RET_IP_);
}
EXPORT_SYMBOL(__phys_addr);

unsigned long __phys_addr_symbol(unsigned long address)
{
	return no_phys_addr(address, _RET_IP_);
}
EXPORT_SYMBOL(__phys_addr_symbol);

bool __virt_addr_valid(unsigned long address)
{
	return vtb_in_linear_map((void *)address);
}
EXPORT_SYMBOL(__virt_addr_valid);

/* Frames up to the end of the last subsection are valid, but reserved. */
static void init_pages(unsigned long nr_frames)
{
	unsigned long nr = ALIGN(nr_frames, PAGES_PER_SUBSECTION);
	unsigned long pfn;
	struct page *pages;

	vtb_assert(nr <= MAX_SECTIONS * PAGES_PER_SECTION);
	pages = vtb_instance_alloc(nr * sizeof(*pages), 64);
	vmemmap_base = (unsigned long)pages;
	__SetPageReserved(&pages[0]);
	for (pfn = nr_frames; pfn < nr; pfn++)
		__SetPageReserved(&pages[pfn]);
	for (pfn = 0; pfn < nr; pfn += PAGES_PER_SUBSECTION)
		__set_bit(subsection_map_index(pfn),
			  usages[pfn / PAGES_PER_SECTION].subsection_map);
}

/* -- x86 -- */

phys_addr_t slow_virt_to_phys(void *address)
{
	unsigned long pfn = vtb_address_to_pfn(address);

	if (pfn == ~0ul)
		no_phys_addr((unsigned long)address, _RET_IP_);
	return ((phys_addr_t)pfn << PAGE_SHIFT) + offset_in_page(address);
}
EXPORT_SYMBOL_GPL(slow_virt_to_phys);

void copy_page(void *to, void *from)
{
	memcpy(to, from, PAGE_SIZE);
}
EXPORT_SYMBOL(copy_page);

void vtb_mm_init(const struct vtb_boot *boot)
{
	unsigned long nr = boot->nr_frames >> (PAGE_SHIFT - VTB_FRAME_SHIFT);

	vtb_assert(PAGE_ALIGNED(boot->memory));
	page_offset_base = (unsigned long)boot->memory;
	linear_bytes = nr << PAGE_SHIFT;
	physmem_end = linear_bytes - 1;
	max_pfn = nr;
	max_low_pfn = nr;
	max_pfn_mapped = nr;
	max_possible_pfn = nr;
	high_memory = (void *)(page_offset_base + linear_bytes);
	/* Of ioremap areas only; vmap areas lie in the alias window. */
	vmalloc_base = 0xffffc90000000000ul;

	init_pages(nr);
	vtb_page_alloc_init(nr);
	vtb_kmalloc_init();
}

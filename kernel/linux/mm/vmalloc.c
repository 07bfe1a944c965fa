// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc.c - virtually contiguous memory: vmalloc() and vmap()
 *
 * An area is a run of addresses in the alias window of the bench, where the
 * same frames are mapped once more. The frames of vmalloc() are taken one by
 * one, so they are never physically contiguous. The same page may be mapped
 * twice in one area (ring buffers that wrap around).
 *
 * The list of areas also has the ioremap areas, which lie elsewhere and are
 * backed by nothing, see ioremap.c.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <vtb/compat.h>
#include "internal.h"

/* Freed areas are remembered for reports as long as this many came after. */
#define FREED_AREAS	16

static struct vtb_vm_area *areas;
static struct vtb_vm_area *freed;	/* newest first */
static unsigned int nr_freed;
static unsigned long *scratch;	/* page frame numbers of one call */
static unsigned long scratch_nr;

/* -- areas -- */

struct vtb_vm_area *vtb_areas(void)
{
	return areas;
}

static struct vtb_vm_area *get_area_struct(void)
{
	struct vtb_vm_area **link = &freed, *area;

	if (nr_freed <= FREED_AREAS)
		return vtb_instance_alloc(sizeof(*area), 8);
	while ((*link)->next)
		link = &(*link)->next;
	area = *link;
	*link = NULL;
	nr_freed--;
	return area;
}

struct vtb_vm_area *vtb_area_new(enum vtb_area_kind kind, unsigned long caller)
{
	struct vtb_vm_area *area = get_area_struct();

	memset(area, 0, sizeof(*area));
	area->next = areas;
	area->kind = kind;
	area->serial = vtb_next_serial();
	area->alloc_stack = vtb_stack_save(caller);
	areas = area;
	return area;
}

void vtb_area_free(struct vtb_vm_area *area, unsigned long caller)
{
	struct vtb_vm_area **link = &areas;

	while (*link != area)
		link = &(*link)->next;
	*link = area->next;
	area->free_stack = vtb_stack_save(caller);
	area->next = freed;
	freed = area;
	nr_freed++;
}

static struct vtb_vm_area *find_in(struct vtb_vm_area *area,
				   const void *address)
{
	for (; area; area = area->next)
		if ((unsigned long)address - (unsigned long)area->address <
		    area->nr_pages << PAGE_SHIFT)
			return area;
	return NULL;
}

struct vtb_vm_area *vtb_area_find(const void *address)
{
	return find_in(areas, address);
}

struct vtb_vm_area *vtb_area_find_freed(const void *address)
{
	return find_in(freed, address);
}

static unsigned long *get_scratch(unsigned long nr)
{
	if (nr > scratch_nr) {
		scratch_nr = max(nr, 64ul);
		scratch = vtb_instance_alloc(scratch_nr * sizeof(*scratch), 8);
	}
	return scratch;
}

/* Maps scratch[0..nr) at one address. NULL if the window is used up. */
static struct vtb_vm_area *map_scratch(enum vtb_area_kind kind,
				       unsigned long nr, unsigned long caller)
{
	void *address = vtb_alias_map(scratch, nr);
	struct vtb_vm_area *area;

	if (!address)
		return NULL;
	area = vtb_area_new(kind, caller);
	area->address = address;
	area->nr_pages = nr;
	area->bytes = nr << PAGE_SHIFT;
	return area;
}

/* Frames of @area go to scratch[]; the area is no more. */
static void unmap_to_scratch(struct vtb_vm_area *area)
{
	unsigned long i;

	get_scratch(area->nr_pages);
	for (i = 0; i < area->nr_pages; i++)
		scratch[i] = vtb_alias_to_pfn(area->address + i * PAGE_SIZE);
	vtb_alias_unmap(area->address, area->nr_pages);
}

static void put_scratch(unsigned long nr, unsigned long caller)
{
	while (nr--) {
		struct page *page = pfn_to_page(scratch[nr]);

		if (put_page_testzero(page))
			vtb_pages_release(page, caller);
	}
}

/* -- vmalloc -- */

static bool alloc_to_scratch(const struct vtb_object_request *request,
			     unsigned long nr)
{
	unsigned long last_bytes = request->bytes - ((nr - 1) << PAGE_SHIFT);
	unsigned long i;

	get_scratch(nr);
	for (i = 0; i < nr; i++) {
		struct vtb_page_request page_request = {
			.gfp = request->gfp,
			.use = VTB_PAGE_VMALLOC,
			.bytes = i == nr - 1 ? last_bytes : PAGE_SIZE,
			.caller = request->caller,
			.no_fault_point = true,
		};
		struct page *page = vtb_pages_alloc(&page_request);

		if (!page) {
			put_scratch(i, request->caller);
			return false;
		}
		scratch[i] = page_to_pfn(page);
	}
	return true;
}

void *vtb_vmalloc(const struct vtb_object_request *request)
{
	unsigned long nr = PFN_UP(request->bytes);
	struct vtb_vm_area *area;

	if (!nr || nr > vtb_nr_frames() || !alloc_to_scratch(request, nr))
		return NULL;
	area = map_scratch(VTB_AREA_VMALLOC, nr, request->caller);
	if (!area) {
		put_scratch(nr, request->caller);
		return NULL;
	}
	area->bytes = request->bytes;
	return area->address;
}

static void *do_vmalloc(unsigned long size, gfp_t gfp, unsigned long caller)
{
	struct vtb_object_request request = {
		.gfp = gfp,
		.bytes = size,
		.caller = caller,
	};

	if (vtb_alloc_fails(gfp, size))
		return NULL;
	return vtb_vmalloc(&request);
}

void *VTB_PROF(vmalloc)(unsigned long size)
{
	return do_vmalloc(size, GFP_KERNEL, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vmalloc));

void *VTB_PROF(vzalloc)(unsigned long size)
{
	return do_vmalloc(size, GFP_KERNEL | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vzalloc));

void *VTB_PROF(vmalloc_user)(unsigned long size)
{
	return do_vmalloc(size, GFP_KERNEL | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vmalloc_user));

void *VTB_PROF(vmalloc_node)(unsigned long size, int node)
{
	return do_vmalloc(size, GFP_KERNEL, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vmalloc_node));

void *VTB_PROF(vzalloc_node)(unsigned long size, int node)
{
	return do_vmalloc(size, GFP_KERNEL | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vzalloc_node));

void *VTB_PROF(__vmalloc)(unsigned long size, gfp_t gfp)
{
	return do_vmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(__vmalloc));

static void *vmalloc_array_of(size_t n, size_t size, gfp_t gfp,
			      unsigned long caller)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return do_vmalloc(bytes, gfp, caller);
}

void *VTB_PROF(__vmalloc_array)(size_t n, size_t size, gfp_t gfp)
{
	return vmalloc_array_of(n, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(__vmalloc_array));

void *VTB_PROF(vmalloc_array)(size_t n, size_t size)
{
	return vmalloc_array_of(n, size, GFP_KERNEL, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vmalloc_array));

void *VTB_PROF(__vcalloc)(size_t n, size_t size, gfp_t gfp)
{
	return vmalloc_array_of(n, size, gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(__vcalloc));

void *VTB_PROF(vcalloc)(size_t n, size_t size)
{
	return vmalloc_array_of(n, size, GFP_KERNEL | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(vcalloc));

/* The area that starts at @address, or a finding and NULL. */
static struct vtb_vm_area *area_to_free(const void *address,
					unsigned long caller)
{
	struct vtb_vm_area *area = vtb_area_find(address);

	if (area && area->address == address && area->kind != VTB_AREA_IOREMAP)
		return area;
	vtb_heap_finding(area ? "invalid-free" : "double-free", address,
			 caller, area ? "vfree() of an address inside an area" :
					"vfree() of an address that is no area");
	return NULL;
}

static void free_area(const void *address, bool put_pages,
		      unsigned long caller)
{
	struct vtb_vm_area *area = area_to_free(address, caller);
	unsigned long nr;

	if (!area)
		return;
	nr = area->nr_pages;
	vtb_trace(VTB_TRACE_FREE, area->bytes, 0);
	unmap_to_scratch(area);
	if (put_pages &&
	    (area->kind == VTB_AREA_VMALLOC || area->put_pages))
		put_scratch(nr, caller);
	vtb_area_free(area, caller);
}

void vfree(const void *address)
{
	might_sleep_if(!in_interrupt());
	if (address)
		free_area(address, true, _RET_IP_);
}
EXPORT_SYMBOL(vfree);

void vfree_atomic(const void *address)
{
	if (address)
		free_area(address, true, _RET_IP_);
}

/* -- vmap -- */

static bool page_is_held(struct page *page)
{
	struct vtb_frame *frame = vtb_frame_get(page_to_pfn(page));

	return frame && frame->use >= VTB_PAGE_TAIL;
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags,
	   pgprot_t prot)
{
	struct vtb_vm_area *area;
	unsigned int i;

	might_sleep();
	if (!count || vtb_alloc_fails(GFP_KERNEL, count * sizeof(*pages)))
		return NULL;
	get_scratch(count);
	for (i = 0; i < count; i++) {
		if (WARN_ON(!pages[i]))
			return NULL;
		if (!page_is_held(pages[i])) {
			vtb_page_finding("use-after-free",
					 page_to_pfn(pages[i]), _RET_IP_,
					 "vmap() of a page that nobody holds");
			return NULL;
		}
		scratch[i] = page_to_pfn(pages[i]);
	}
	area = map_scratch(VTB_AREA_VMAP, count, _RET_IP_);
	if (!area)
		return NULL;
	area->put_pages = flags & VM_MAP_PUT_PAGES;
	return area->address;
}
EXPORT_SYMBOL(vmap);

void vunmap(const void *address)
{
	might_sleep();
	if (address)
		free_area(address, false, _RET_IP_);
}
EXPORT_SYMBOL(vunmap);

void *vm_map_ram(struct page **pages, unsigned int count, int node)
{
	return vmap(pages, count, VM_MAP, PAGE_KERNEL);
}
EXPORT_SYMBOL(vm_map_ram);

void vm_unmap_ram(const void *address, unsigned int count)
{
	vunmap(address);
}
EXPORT_SYMBOL(vm_unmap_ram);

/* -- frames at the address where they are shared -- */

/* scratch[] has the numbers of @nr such frames. */
static struct vtb_vm_area *map_shared(unsigned long nr, unsigned long caller)
{
	void *address = vtb_alias_map_shared(scratch, nr);
	struct vtb_vm_area *area;

	if (!address)
		return NULL;
	area = vtb_area_new(VTB_AREA_VMAP, caller);
	area->address = address;
	area->nr_pages = nr;
	area->bytes = nr << PAGE_SHIFT;
	return area;
}

/* Frame behind page number @pfn above the boundary, ~0ul if there is none. */
static unsigned long shared_frame(unsigned long pfn)
{
	unsigned long first = vtb_shared_boundary() >> PAGE_SHIFT;

	if (!first || pfn - first >= vtb_nr_frames())
		return ~0ul;
	return pfn - first;
}

/* Device memory is not modelled, and for what is RAM there is vmap(). */
static bool shared_to_scratch(const unsigned long *pfns, unsigned int count,
			      unsigned long caller)
{
	unsigned int i;

	get_scratch(count);
	for (i = 0; i < count; i++) {
		if (WARN_ON_ONCE(pfns[i] < vtb_nr_frames()))
			return false;
		scratch[i] = shared_frame(pfns[i]);
		if (scratch[i] == ~0ul) {
			vtb_finding("bad-alias", "page", (void *)caller, NULL,
				    "vmap_pfn() of a page that is no memory",
				    "it is neither below nor above the boundary of shared memory");
			return false;
		}
	}
	return true;
}

void *vmap_pfn(unsigned long *pfns, unsigned int count, pgprot_t prot)
{
	struct vtb_vm_area *area;

	might_sleep();
	if (!count || vtb_alloc_fails(GFP_KERNEL, count * sizeof(*pfns)) ||
	    !shared_to_scratch(pfns, count, _RET_IP_))
		return NULL;
	area = map_shared(count, _RET_IP_);
	return area ? area->address : NULL;
}
EXPORT_SYMBOL_GPL(vmap_pfn);

bool vtb_is_shared_memory(phys_addr_t phys, unsigned long size)
{
	return size && shared_frame(phys >> PAGE_SHIFT) != ~0ul &&
	       shared_frame((phys + size - 1) >> PAGE_SHIFT) != ~0ul;
}

void *vtb_map_shared_memory(phys_addr_t phys, unsigned long size,
			    unsigned long caller)
{
	unsigned long nr = PFN_UP(offset_in_page(phys) + size), i;
	struct vtb_vm_area *area;

	might_sleep();
	if (vtb_alloc_fails(GFP_KERNEL, size))
		return NULL;
	get_scratch(nr);
	for (i = 0; i < nr; i++)
		scratch[i] = shared_frame((phys >> PAGE_SHIFT) + i);
	area = map_shared(nr, caller);
	return area ? area->address + offset_in_page(phys) : NULL;
}

void vtb_unmap_shared_memory(void *address, unsigned long caller)
{
	might_sleep();
	free_area((void *)((unsigned long)address & PAGE_MASK), false, caller);
}

/* -- what an address is -- */

bool is_vmalloc_addr(const void *address)
{
	return vtb_is_alias(address) ||
	       (unsigned long)address >= vmalloc_base;
}
EXPORT_SYMBOL(is_vmalloc_addr);

int is_vmalloc_or_module_addr(const void *address)
{
	return is_vmalloc_addr(address);
}

unsigned long vmalloc_to_pfn(const void *address)
{
	return vtb_alias_to_pfn(address);
}
EXPORT_SYMBOL(vmalloc_to_pfn);

struct page *vmalloc_to_page(const void *address)
{
	unsigned long pfn = vtb_alias_to_pfn(address);

	return pfn == ~0ul ? NULL : pfn_to_page(pfn);
}
EXPORT_SYMBOL(vmalloc_to_page);

unsigned long vmalloc_nr_pages(void)
{
	const struct vtb_vm_area *area;
	unsigned long nr = 0;

	for (area = areas; area; area = area->next)
		if (area->kind == VTB_AREA_VMALLOC)
			nr += area->nr_pages;
	return nr;
}
EXPORT_SYMBOL_GPL(vmalloc_nr_pages);

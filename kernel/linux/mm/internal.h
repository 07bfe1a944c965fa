/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - memory of the simulated kernel: what its files share
 *
 * The bench gives the kernel one linear map: frame n of the machine lies at
 * page_offset_base + n * PAGE_SIZE. Everything the kernel hands out is made of
 * these frames, so that virt_to_phys(), DMA and grants mean something. What the
 * allocators must remember lies outside (vtb_instance_alloc), where an overrun
 * of the code under test cannot reach it:
 *
 *    struct page    [nr_frames]   the kernel's own, at vmemmap_base
 *    struct vtb_frame [nr_frames] use, serial and stacks of the same frame
 *    struct vtb_slab              one per slab, with one vtb_object per slot
 *    struct vtb_vm_area           one per vmalloc, vmap or ioremap area
 *
 * Frames go from the bottom up to the kernel, with at least one frame that
 * nobody uses between two allocations; from the top down, without gaps, to
 * user pages:
 *
 *    |rsv|  K  |gap| K  K |gap|  K  |  ...      ...  |  U  U  U  U |gap|
 *     0     1    2   3  4   5    6                               last
 *
 * All bytes that no allocation covers are poisoned for ASan: gaps, red zones,
 * the rest behind the size asked for, freed memory.
 *
 * Everything here runs on one OS thread and never switches fibers in between,
 * except where vtb_preempt_point() or a lock is called; so there are no locks
 * of its own. All state is static data (one copy per kernel instance) or
 * reached from it.
 */
#ifndef VTB_MM_INTERNAL_H
#define VTB_MM_INTERNAL_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <vtb/bridge.h>
#include <vtb/runtime.h>

/* Content of memory that was not asked to be zero, and of freed memory. */
#define VTB_JUNK_NEW		0xb5
#define VTB_JUNK_FREED		0xd7

/* -- stacks: depot.c -- */


/*
 * Keeps the present call stack, beginning with @caller, and returns its number;
 * equal stacks have equal numbers. 0 stands for "unknown".
 */
u16 vtb_stack_save(unsigned long caller);
/* Fills @pcs (VTB_STACK_DEPTH, rest zero). */
void vtb_stack_load(u16 stack, const void **pcs);
/* The caller a stack was saved with, or NULL. */
const void *vtb_stack_caller(u16 stack);

/* Number of the next allocation of any kind. */
u32 vtb_next_serial(void);

/* -- frames: page_alloc.c -- */

enum vtb_page_use {
	VTB_PAGE_FREE,
	VTB_PAGE_RESERVED,	/* frame 0 */
	VTB_PAGE_HELD,		/* freed, in quarantine */
	VTB_PAGE_TAIL,		/* not the first frame of its allocation */
	VTB_PAGE_PLAIN,		/* alloc_pages() and friends */
	VTB_PAGE_SLAB,
	VTB_PAGE_LARGE,		/* kmalloc() of a page or more */
	VTB_PAGE_VMALLOC,
	VTB_PAGE_USER,		/* anonymous memory of a process */
};

/*
 * struct vtb_frame - what the allocator remembers of a frame
 * @slab:	VTB_PAGE_SLAB: the slab it belongs to
 * @vpn:	VTB_PAGE_USER: page number in its process
 * @serial:	of the allocation that has it, or had it last
 * @bytes:	size asked for
 * @head:	first frame of the allocation (all its frames have it)
 * @next:	VTB_PAGE_USER: chain of the process' hash, 0 ends it
 * @pins:	FOLL_PIN pins
 * @alloc_stack, @free_stack: who allocated it, who freed it
 * @use:	enum vtb_page_use
 * @was:	the same before it was freed
 * @order:	of the allocation, valid in the head
 */
struct vtb_frame {
	union {
		struct vtb_slab *slab;
		unsigned long vpn;
	};
	u32 serial;
	u32 bytes;
	u32 head;
	u32 next;
	u16 pins;
	u16 alloc_stack;
	u16 free_stack;
	u8 use:7;
	u8 got:1;		/* USER: get_user_pages() gave it away */
	u8 was:4;
	u8 order:4;
};

struct vtb_page_request {
	gfp_t gfp;
	unsigned int order;
	enum vtb_page_use use;
	unsigned long bytes;	/* usable; the rest stays poisoned */
	unsigned long caller;
	bool no_fault_point;	/* the caller has taken the decision */
};

void vtb_page_alloc_init(unsigned long nr_frames);

/* Head page with one reference, or NULL. */
struct page *vtb_pages_alloc(const struct vtb_page_request *request);
/* The last reference is gone: checks and puts into quarantine. */
void vtb_pages_release(struct page *head, unsigned long caller);

/* NULL if there is no such frame. */
struct vtb_frame *vtb_frame_get(unsigned long pfn);
unsigned long vtb_nr_frames(void);
/* First frame from @pfn on that a kernel allocation has; nr_frames if none. */
unsigned long vtb_next_kernel_frame(unsigned long pfn);

/* What an allocation of @use is called in reports: "page", "kmalloc-large". */
const char *vtb_page_use_name(enum vtb_page_use use);

/* Takes the decision whether an allocation of @bytes fails, and traces it. */
bool vtb_alloc_fails(gfp_t gfp, unsigned long bytes);

/* -- linear map: boot.c -- */

/* Page frame of an address in the linear map or an alias; ~0ul if neither. */
unsigned long vtb_address_to_pfn(const void *address);
bool vtb_in_linear_map(const void *address);

static inline void *vtb_frame_address(unsigned long pfn)
{
	return (void *)(page_offset_base + (pfn << PAGE_SHIFT));
}

/* -- slab: slab.c, kmalloc.c -- */

enum vtb_object_state { VTB_OBJECT_FRESH, VTB_OBJECT_LIVE, VTB_OBJECT_FREED };

struct vtb_object {
	struct vtb_object *next;
	struct vtb_slab *slab;
	u32 serial;
	u32 bytes;
	u16 alloc_stack;
	u16 free_stack;
	u8 state;
};

struct vtb_slab {
	struct kmem_cache *cache;
	struct vtb_slab *next;
	void *base;
	unsigned int nr;
	struct vtb_object objects[];
};

/*
 * struct kmem_cache - objects of one size
 * @size:	of an object, for kmalloc caches of the largest
 * @stride:	from object to object; at least 16 bytes are red zone
 * @fresh:	objects that were never handed out, lowest address first
 * @freed:	freed objects, oldest first: the quarantine and the free list
 * @live_bytes:	sizes asked for of the objects that are handed out
 * @slabs:	newest first
 */
struct kmem_cache {
	const char *name;
	unsigned int size;
	unsigned int align;
	unsigned int stride;
	unsigned int order;
	slab_flags_t flags;
	void (*ctor)(void *object);
	bool kmalloc;
	struct vtb_object *fresh;
	struct vtb_object *freed;
	struct vtb_object **freed_end;
	unsigned int nr_freed;
	unsigned int nr_live;
	unsigned long live_bytes;
	struct vtb_slab *slabs;
	struct kmem_cache *next;
	u16 alloc_stack;
};

struct vtb_cache_options {
	const char *name;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	void (*ctor)(void *object);
	unsigned long caller;
};

struct kmem_cache *vtb_cache_new(const struct vtb_cache_options *options);
/* All caches there are, newest first. */
struct kmem_cache *vtb_caches(void);

struct vtb_object_request {
	gfp_t gfp;
	unsigned long bytes;
	unsigned long caller;
	bool no_fault_point;
};

void *vtb_object_alloc(struct kmem_cache *cache,
		       const struct vtb_object_request *request);
/* @cache may be NULL (kfree). Reports what is no live object of it. */
void vtb_object_free(struct kmem_cache *cache, const void *address,
		     unsigned long caller);
void *vtb_object_address(const struct vtb_object *object);
/* The slot @address lies in (objects and red zones), or NULL. */
struct vtb_object *vtb_object_find(const void *address);

void vtb_kmalloc_init(void);
void *vtb_kmalloc(const struct vtb_object_request *request);
/* First byte and size of the live heap object around @address, or NULL. */
void *vtb_heap_object(const void *address, unsigned long *bytes);

/* -- areas: vmalloc.c, ioremap.c -- */

enum vtb_area_kind { VTB_AREA_VMALLOC, VTB_AREA_VMAP, VTB_AREA_IOREMAP };

struct vtb_vm_area {
	struct vtb_vm_area *next;
	void *address;		/* of the first page */
	unsigned long nr_pages;
	unsigned long bytes;
	phys_addr_t phys;	/* VTB_AREA_IOREMAP */
	enum vtb_area_kind kind;
	bool put_pages;		/* VM_MAP_PUT_PAGES */
	u32 serial;
	u16 alloc_stack;
	u16 free_stack;
};

struct vtb_vm_area *vtb_area_new(enum vtb_area_kind kind, unsigned long caller);
void vtb_area_free(struct vtb_vm_area *area, unsigned long caller);
/* The area that contains @address, or NULL. */
struct vtb_vm_area *vtb_area_find(const void *address);
/* The same among those freed last. */
struct vtb_vm_area *vtb_area_find_freed(const void *address);
struct vtb_vm_area *vtb_areas(void);
/* Is all of it memory at the address where it is shared? */
bool vtb_is_shared_memory(phys_addr_t phys, unsigned long size);
void *vtb_map_shared_memory(phys_addr_t phys, unsigned long size,
			    unsigned long caller);
void vtb_unmap_shared_memory(void *address, unsigned long caller);
/* @bytes usable of one page or more; no fault point of its own. */
void *vtb_vmalloc(const struct vtb_object_request *request);

/* -- processes: process.c -- */

struct vtb_user_account {
	unsigned long pages;
	unsigned long pins;
};
extern struct vtb_user_account vtb_user_account;

/* The last reference to a user page went away. */
void vtb_user_page_gone(unsigned long pfn);

/* -- findings: report.c -- */

/*
 * A finding about heap memory at @address: names the object, adds where it was
 * freed, or else allocated, as the second place. May return only in unit tests.
 */
void vtb_heap_finding(const char *oracle, const void *address,
		      unsigned long caller, const char *what);
/* The same for a frame. */
void vtb_page_finding(const char *oracle, unsigned long pfn,
		      unsigned long caller, const char *what);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm.h - memory of the host: objects, frames and who has them
 *
 * Every frame has a struct page_info. A frame of a domain has one reference for
 * being allocated and one for each use; it goes back when the last one is
 * dropped. Who writes through a mapping has a type reference as well.
 *
 *	count_info   31         30         29 .. 0
 *	             allocated  xen_heap   references
 */
#ifndef _XEN_MM_H
#define _XEN_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1ul << PAGE_SHIFT)
#define INVALID_MFN	(~0ul)
#define INVALID_GFN	(~0ul)

struct domain;

#define PGC_allocated	(1u << 31)
#define PGC_xen_heap	(1u << 30)
#define PGC_count_mask	(PGC_xen_heap - 1)

struct page_info {
	uint32_t count_info;
	uint32_t type_count;		/* writable references */
	struct domain *owner;
	unsigned long gfn;		/* in the owner's memory */
	struct page_info *next_free;
	bool in_use;
};

/* Objects. NULL: no memory. */
void *xmalloc_bytes(size_t bytes);
void *xzalloc_bytes(size_t bytes);
void xfree(void *object);
#define xzalloc(type)			((type *)xzalloc_bytes(sizeof(type)))
#define xzalloc_array(type, n)		((type *)xzalloc_bytes(sizeof(type) * (n)))

/* Frames of the hypervisor's own; what is in them is not zero. */
void *alloc_xenheap_page(void);
void free_xenheap_page(void *page);
void clear_page(void *page);
/* Between frames of guests, who may change them meanwhile. */
void copy_page_bytes(void *to, const void *from, size_t bytes);

/* A frame for a domain, zero, with the reference for being allocated. */
struct page_info *alloc_domheap_page(struct domain *d);

/*
 * Lets a guest have a frame of the hypervisor's: the domain becomes its owner,
 * allocated to it. It stays the hypervisor's to free, when nobody else has a
 * reference.
 */
void share_xen_page_with_guest(void *page, struct domain *d);
/*
 * False: somebody else has a reference, or it has a place in the guest's memory.
 * Else it is the hypervisor's alone.
 */
bool unshare_xen_page_with_guest(void *page);

/* False: @page is not @d's, or is on its way back. */
bool get_page(struct page_info *page, struct domain *d);
/* Whoever has a reference may take another one. */
void get_page_light(struct page_info *page);
void put_page(struct page_info *page);
/* For writing; false where too many do. */
bool get_page_writable(struct page_info *page);
void put_page_writable(struct page_info *page);
/* Drops the reference for being allocated, if it is there. */
void put_page_alloc_ref(struct page_info *page);

struct page_info *mfn_to_page(unsigned long mfn);
unsigned long page_to_mfn(const struct page_info *page);
void *mfn_to_virt(unsigned long mfn);
unsigned long virt_to_mfn(const void *address);
struct page_info *virt_to_page(const void *address);
bool mfn_valid(unsigned long mfn);

#endif

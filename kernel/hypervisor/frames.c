/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frames.c - frames of the host: who has them, and how often
 *
 *	frame 0   1 ..           HEAP_FRAMES ..          nr_frames
 *	| none  | objects       | frames, by struct page_info      |
 *
 * Frames are given out in the order in which they came back, so one that is
 * used too long is not at once somebody else's; what nobody has is poisoned.
 * One that a domain gets is zero, one of the hypervisor's own is not. Each
 * function does its work in one piece, after letting others run.
 */
#include <vtb/bridge.h>

#include <string.h>
#include <stdlib.h>

#include <xen/sched.h>

#include "../firmware/firmware.h"
#include "hypervisor.h"

#define HEAP_FRAMES	48
#define UNSET		0xd5
#define MAX_REFS	(PGC_count_mask / 2)

static struct {
	char *base;
	unsigned long nr;
	struct page_info *table;
	struct page_info *first_free;
	struct page_info *last_free;
	unsigned long in_use;
} frames;

unsigned long nr_frames(void)
{
	return frames.nr;
}

unsigned long frames_in_use(void)
{
	return frames.in_use;
}

bool mfn_valid(unsigned long mfn)
{
	return mfn < frames.nr;
}

struct page_info *mfn_to_page(unsigned long mfn)
{
	ASSERT(mfn_valid(mfn));
	return &frames.table[mfn];
}

unsigned long page_to_mfn(const struct page_info *page)
{
	return page - frames.table;
}

void *mfn_to_virt(unsigned long mfn)
{
	ASSERT(mfn_valid(mfn));
	return frames.base + (mfn << PAGE_SHIFT);
}

unsigned long virt_to_mfn(const void *address)
{
	return ((const char *)address - frames.base) >> PAGE_SHIFT;
}

struct page_info *virt_to_page(const void *address)
{
	return mfn_to_page(virt_to_mfn(address));
}

static void put_free(struct page_info *page)
{
	page->next_free = NULL;
	if (frames.last_free)
		frames.last_free->next_free = page;
	else
		frames.first_free = page;
	frames.last_free = page;
}

void frames_init(const struct vtb_boot *boot)
{
	struct vtb_boot low = *boot;
	unsigned long mfn;

	low.nr_frames = HEAP_FRAMES;
	heap_init(&low);
	frames.base = boot->memory;
	frames.nr = boot->nr_frames;
	frames.table = vtb_instance_alloc(frames.nr * sizeof(*frames.table), 8);
	for (mfn = HEAP_FRAMES; mfn < frames.nr; mfn++)
		put_free(&frames.table[mfn]);
	vtb_poison(mfn_to_virt(HEAP_FRAMES),
		   (frames.nr - HEAP_FRAMES) * PAGE_SIZE, VTB_POISON_UNUSED);
}

/* A counter that is changed by one locked instruction: a full barrier. */
static void ordered(const void *object)
{
	vtb_sync_acquire(object);
	vtb_sync_release(object);
}

/* -- objects: behind a lock, in effect -- */

void *xmalloc_bytes(size_t bytes)
{
	vtb_preempt_point();
	ordered(&frames);
	return malloc(bytes);
}

void *xzalloc_bytes(size_t bytes)
{
	vtb_preempt_point();
	ordered(&frames);
	return zalloc(bytes);
}

void xfree(void *object)
{
	vtb_preempt_point();
	ordered(&frames);
	free(object);
}

/* -- frames -- */

static struct page_info *take_frame(void)
{
	struct page_info *page = frames.first_free;
	unsigned long mfn;

	vtb_preempt_point();
	page = frames.first_free;
	if (!page || vtb_fail(VTB_FAIL_ALLOC))
		return NULL;
	frames.first_free = page->next_free;
	if (!frames.first_free)
		frames.last_free = NULL;
	ordered(page);
	memset(page, 0, sizeof(*page));
	page->in_use = true;
	page->gfn = INVALID_GFN;
	frames.in_use++;
	mfn = page_to_mfn(page);
	vtb_frames_hot(mfn, 1);
	vtb_unpoison(mfn_to_virt(mfn), PAGE_SIZE);
	vtb_trace(VTB_TRACE_ALLOC, PAGE_SIZE, 0);
	return page;
}

/* Everybody has had it. */
static void give_frame(struct page_info *page, const void *site)
{
	unsigned long mfn = page_to_mfn(page);

	ordered(page);
	if (!page->in_use)
		vtb_finding("double-free", "frame", site, NULL,
			    "a frame is freed twice", "");
	vtb_memory_freed(mfn << PAGE_SHIFT, PAGE_SIZE, site);
	vtb_race_freed(mfn_to_virt(mfn), PAGE_SIZE, site);
	vtb_frame_user_writes(mfn, 0);
	page->in_use = false;
	page->owner = NULL;
	frames.in_use--;
	vtb_poison(mfn_to_virt(mfn), PAGE_SIZE, VTB_POISON_FREED);
	vtb_frames_free(mfn, 1);
	vtb_trace(VTB_TRACE_FREE, PAGE_SIZE, 0);
	put_free(page);
}

void *alloc_xenheap_page(void)
{
	struct page_info *page = take_frame();
	void *address;

	if (!page)
		return NULL;
	page->count_info = PGC_xen_heap;
	address = mfn_to_virt(page_to_mfn(page));
	memset(address, UNSET, PAGE_SIZE);
	return address;
}

void free_xenheap_page(void *address)
{
	if (!address)
		return;
	vtb_preempt_point();
	give_frame(virt_to_page(address), __builtin_return_address(0));
}

void clear_page(void *address)
{
	vtb_shared_access(address, PAGE_SIZE, VTB_ACCESS_WRITE | VTB_ACCESS_BULK,
			  __builtin_return_address(0));
	memset(address, 0, PAGE_SIZE);
}

void copy_page_bytes(void *to, const void *from, size_t bytes)
{
	vtb_preempt_point();
	vtb_fetch(from, bytes, NULL);
	memmove(to, from, bytes);
}

struct page_info *alloc_domheap_page(struct domain *d)
{
	struct page_info *page = take_frame();

	if (!page)
		return NULL;
	memset(mfn_to_virt(page_to_mfn(page)), 0, PAGE_SIZE);
	page->count_info = PGC_allocated | 1;
	page->owner = d;
	if (!d->tot_pages++)
		get_domain(d);
	return page;
}

void share_xen_page_with_guest(void *address, struct domain *d)
{
	struct page_info *page = virt_to_page(address);

	vtb_preempt_point();
	ordered(page);
	page->owner = d;
	page->type_count = 1;
	page->count_info |= PGC_allocated | 1;
	if (!d->xenheap_pages++)
		get_domain(d);
}

bool unshare_xen_page_with_guest(void *address)
{
	struct page_info *page = virt_to_page(address);
	struct domain *d = page->owner;

	vtb_preempt_point();
	ordered(page);
	if ((page->count_info & PGC_count_mask) != 1 ||
	    page->type_count != 1 || page->gfn != INVALID_GFN)
		return false;
	page->count_info = PGC_xen_heap;
	page->type_count = 0;
	page->owner = NULL;
	if (!--d->xenheap_pages)
		rcu_unlock_domain(d);
	return true;
}

bool get_page(struct page_info *page, struct domain *d)
{
	vtb_preempt_point();
	ordered(page);
	if (!page->in_use || page->owner != d ||
	    !(page->count_info & PGC_count_mask) ||
	    (page->count_info & PGC_count_mask) >= MAX_REFS)
		return false;
	page->count_info++;
	return true;
}

/* For those who have a reference already: what nobody has may be anybody's. */
static void check_held(const struct page_info *page, const void *site)
{
	if (!page->in_use || !(page->count_info & PGC_count_mask))
		vtb_finding("refcount", "frame", site, NULL,
			    "a reference to a frame is taken that nobody has",
			    "it may have been freed");
}

void get_page_light(struct page_info *page)
{
	vtb_preempt_point();
	ordered(page);
	check_held(page, __builtin_return_address(0));
	page->count_info++;
}

static void drop_last(struct page_info *page, const void *site)
{
	struct domain *d = page->owner;
	bool last;

	if (page->count_info & PGC_xen_heap) {
		last = !--d->xenheap_pages;
	} else {
		if (page->type_count)
			vtb_finding("freed-mapped", "frame", site, NULL,
				    "the last reference goes while somebody may write",
				    "type references are left");
		last = !--d->tot_pages;
		give_frame(page, site);
	}
	if (last)
		rcu_unlock_domain(d);
}

static void put_ref(struct page_info *page, const void *site)
{
	if (!(page->count_info & PGC_count_mask) || !page->in_use)
		vtb_finding("refcount", "frame", site, NULL,
			    "a reference to a frame is dropped that nobody has",
			    "");
	if (!(--page->count_info & PGC_count_mask))
		drop_last(page, site);
}

void put_page(struct page_info *page)
{
	vtb_preempt_point();
	ordered(page);
	put_ref(page, __builtin_return_address(0));
}

bool get_page_writable(struct page_info *page)
{
	vtb_preempt_point();
	ordered(page);
	check_held(page, __builtin_return_address(0));
	if (page->type_count >= MAX_REFS)
		return false;
	page->type_count++;
	return true;
}

void put_page_writable(struct page_info *page)
{
	vtb_preempt_point();
	ordered(page);
	if (!page->type_count)
		vtb_finding("refcount", "type", __builtin_return_address(0),
			    NULL,
			    "a writable reference is dropped that nobody has",
			    "");
	page->type_count--;
}

void put_page_alloc_ref(struct page_info *page)
{
	vtb_preempt_point();
	ordered(page);
	if (!(page->count_info & PGC_allocated))
		return;
	page->count_info &= ~PGC_allocated;
	/* A shared frame of the hypervisor's was writable by being shared. */
	if (page->count_info & PGC_xen_heap)
		page->type_count--;
	put_ref(page, __builtin_return_address(0));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * gup.c - get_user_pages and pin_user_pages
 *
 * A pin is GUP_PIN_COUNTING_BIAS references on struct page, as for small folios
 * in the kernel, and a count per frame beside it that says who has pins left to
 * give back. The range is walked page by page, and between two pages other
 * actors may run: a concurrent munmap() gives a short result.
 *
 * A fault point (VTB_FAIL_PIN) makes a call fail or fall short; which, is a
 * choice: 0 pages (-ENOMEM), or any number less than asked for.
 *
 * A user frame is cold (sim/memory.h): before its holder can write to it by
 * other ways than a user copy, that is by a pin or reference for writing, it
 * becomes a hot frame until the last pin goes. It is also poisoned while nobody
 * in the kernel holds it, so that a use after unpin is seen.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <vtb/compat.h>
#include <vtb/process.h>
#include "internal.h"

/* -- pins of one page -- */

static void grab(unsigned long pfn, unsigned int gup_flags)
{
	struct vtb_frame *frame = vtb_frame_get(pfn);
	struct page *page = pfn_to_page(pfn);

	if (gup_flags & FOLL_WRITE)
		vtb_frames_hot(pfn, 1);
	if (!frame->pins && !frame->got)
		vtb_unpoison(vtb_frame_address(pfn), PAGE_SIZE);
	if (!(gup_flags & VTB_FOLL_PIN)) {
		page_ref_inc(page);
		frame->got = 1;
		return;
	}
	page_ref_add(page, GUP_PIN_COUNTING_BIAS);
	frame->pins++;
	vtb_frame_pin(pfn, 1);
	vtb_user_account.pins++;
}

/* The last pin has gone. References are dropped inline, so they count on. */
static void leave_to_process(const struct vtb_frame *frame, unsigned long pfn)
{
	vtb_frames_cold(pfn, 1);
	if (!frame->got)
		vtb_poison(vtb_frame_address(pfn), PAGE_SIZE, VTB_POISON_USER);
}

static void ungrab(struct page *page, unsigned long caller)
{
	unsigned long pfn = page_to_pfn(page);
	struct vtb_frame *frame = vtb_frame_get(pfn);

	if (!frame || frame->use != VTB_PAGE_USER || !frame->pins) {
		vtb_page_finding("unbalanced-unpin", pfn, caller,
				 "unpin of a page that is not pinned");
		return;
	}
	frame->pins--;
	vtb_frame_pin(pfn, -1);
	vtb_user_account.pins--;
	vtb_trace(VTB_TRACE_UNPIN, 1, 0);
	if (!frame->pins)
		leave_to_process(frame, pfn);
	if (page_ref_sub_and_test(page, GUP_PIN_COUNTING_BIAS))
		vtb_pages_release(page, caller);
}

/* -- ranges -- */

static unsigned int fault_flags(unsigned int gup_flags)
{
	return (gup_flags & FOLL_WRITE ? VTB_FAULT_WRITE : 0) |
	       (gup_flags & FOLL_FORCE ? VTB_FAULT_FORCE : 0) |
	       (gup_flags & FOLL_NOFAULT ? 0 : VTB_FAULT_IN);
}

/* Pages an injected failure lets through. */
static unsigned long pages_before_failure(unsigned long nr)
{
	unsigned int failure = vtb_fail_after(VTB_FAIL_PIN, nr);

	return failure ? failure - 1 : nr;
}

struct gup {
	struct mm_struct *mm;
	unsigned long start;
	unsigned long nr;
	unsigned int gup_flags;
	unsigned int fault_flags;
	struct page **pages;
};

static long walk(const struct gup *gup)
{
	unsigned long allowed = pages_before_failure(gup->nr);
	long pfn = allowed < gup->nr ? -ENOMEM : 0;
	unsigned long i;

	for (i = 0; i < allowed; i++) {
		vtb_preempt_point();
		pfn = vtb_user_page(gup->mm, gup->start + i * PAGE_SIZE,
				    gup->fault_flags);
		if (pfn < 0)
			break;
		grab(pfn, gup->gup_flags);
		if (gup->pages)
			gup->pages[i] = pfn_to_page(pfn);
	}
	if (gup->gup_flags & VTB_FOLL_PIN)
		vtb_trace(VTB_TRACE_PIN, gup->nr, i);
	return i ?: min(pfn, 0l);
}

static int gup_fast(unsigned long start, int nr_pages, unsigned int gup_flags,
		    struct page **pages)
{
	struct gup gup = {
		.mm = current->mm,
		.start = untagged_addr(start) & PAGE_MASK,
		.nr = nr_pages,
		.gup_flags = gup_flags,
		.fault_flags = fault_flags(gup_flags),
		.pages = pages,
	};
	unsigned long end;

	if (check_add_overflow(gup.start, gup.nr << PAGE_SHIFT, &end))
		return VTB_GUP_FAST_OVERFLOW;
	if (end > TASK_SIZE_MAX || !gup.mm)
		return -EFAULT;
	if (!(gup.fault_flags & VTB_FAULT_IN))
		return walk(&gup);
	might_sleep();
	return walk(&gup);
}

static long gup_locked(struct mm_struct *mm, unsigned long start,
		       unsigned long nr_pages, unsigned int gup_flags,
		       struct page **pages)
{
	struct gup gup = {
		.mm = mm,
		.start = start & PAGE_MASK,
		.nr = nr_pages,
		.gup_flags = gup_flags,
		.fault_flags = fault_flags(gup_flags) | VTB_FAULT_LOCKED,
		.pages = pages,
	};

	if (!rwsem_is_locked(&mm->mmap_lock)) {
		vtb_finding("lock-missing", "mmap_lock", (void *)_RET_IP_, NULL,
			    "user pages taken without mmap_lock",
			    "get_user_pages() and pin_user_pages() want it held for reading");
		return -EFAULT;
	}
	return nr_pages ? walk(&gup) : 0;
}

static long gup_unlocked(unsigned long start, unsigned long nr_pages,
			 unsigned int gup_flags, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long rc;

	mmap_read_lock(mm);
	rc = gup_locked(mm, start, nr_pages, gup_flags, pages);
	mmap_read_unlock(mm);
	return rc;
}

/* FOLL_PIN is the functions' business; longterm needs a pin. */
static bool bad_flags(unsigned int gup_flags, bool pin, struct page **pages)
{
	if (WARN_ON_ONCE(gup_flags & (VTB_FOLL_PIN | (pin ? FOLL_GET : 0))))
		return true;
	return WARN_ON_ONCE(pin && !pages);
}

/* -- the kernel's interface -- */

int pin_user_pages_fast(unsigned long start, int nr_pages,
			unsigned int gup_flags, struct page **pages)
{
	if (bad_flags(gup_flags, true, pages))
		return -EINVAL;
	return gup_fast(start, nr_pages, gup_flags | VTB_FOLL_PIN, pages);
}
EXPORT_SYMBOL_GPL(pin_user_pages_fast);

int get_user_pages_fast(unsigned long start, int nr_pages,
			unsigned int gup_flags, struct page **pages)
{
	if (bad_flags(gup_flags, false, pages))
		return -EINVAL;
	return gup_fast(start, nr_pages, gup_flags | FOLL_GET, pages);
}
EXPORT_SYMBOL_GPL(get_user_pages_fast);

/* Never sleeps and never faults; 0 instead of an error. */
int get_user_pages_fast_only(unsigned long start, int nr_pages,
			     unsigned int gup_flags, struct page **pages)
{
	int rc = gup_fast(start, nr_pages,
			  gup_flags | FOLL_GET | FOLL_NOFAULT, pages);

	return max(rc, 0);
}
EXPORT_SYMBOL_GPL(get_user_pages_fast_only);

long pin_user_pages(unsigned long start, unsigned long nr_pages,
		    unsigned int gup_flags,
		    struct page **pages VTB_GUP_VMAS)
{
	VTB_GUP_NO_VMAS;
	if (bad_flags(gup_flags, true, pages))
		return -EINVAL;
	return gup_locked(current->mm, start, nr_pages,
			  gup_flags | VTB_FOLL_PIN, pages);
}
EXPORT_SYMBOL(pin_user_pages);

long get_user_pages(unsigned long start, unsigned long nr_pages,
		    unsigned int gup_flags,
		    struct page **pages VTB_GUP_VMAS)
{
	VTB_GUP_NO_VMAS;
	if (bad_flags(gup_flags, false, pages))
		return -EINVAL;
	return gup_locked(current->mm, start, nr_pages,
			  gup_flags | (pages ? FOLL_GET : 0), pages);
}
EXPORT_SYMBOL(get_user_pages);

long pin_user_pages_unlocked(unsigned long start, unsigned long nr_pages,
			     struct page **pages, unsigned int gup_flags)
{
	if (bad_flags(gup_flags, true, pages))
		return -EINVAL;
	return gup_unlocked(start, nr_pages, gup_flags | VTB_FOLL_PIN, pages);
}
EXPORT_SYMBOL(pin_user_pages_unlocked);

long get_user_pages_unlocked(unsigned long start, unsigned long nr_pages,
			     struct page **pages, unsigned int gup_flags)
{
	if (bad_flags(gup_flags, false, pages))
		return -EINVAL;
	return gup_unlocked(start, nr_pages, gup_flags | FOLL_GET, pages);
}
EXPORT_SYMBOL(get_user_pages_unlocked);

/* Never drops the lock, so *@locked stays 1. */
long pin_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long nr_pages, unsigned int gup_flags,
			   struct page **pages VTB_GUP_VMAS, int *locked)
{
	VTB_GUP_NO_VMAS;
	if (bad_flags(gup_flags, true, pages))
		return -EINVAL;
	return gup_locked(mm, start, nr_pages, gup_flags | VTB_FOLL_PIN, pages);
}
EXPORT_SYMBOL(pin_user_pages_remote);

long get_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long nr_pages, unsigned int gup_flags,
			   struct page **pages VTB_GUP_VMAS, int *locked)
{
	VTB_GUP_NO_VMAS;
	if (bad_flags(gup_flags, false, pages))
		return -EINVAL;
	return gup_locked(mm, start, nr_pages,
			  gup_flags | (pages ? FOLL_GET : 0), pages);
}
EXPORT_SYMBOL(get_user_pages_remote);

void unpin_user_page(struct page *page)
{
	ungrab(page, _RET_IP_);
}
EXPORT_SYMBOL(unpin_user_page);

void unpin_user_pages(struct page **pages, unsigned long npages)
{
	unsigned long i;

	/* What a failed pin returned, taken for a number of pages. */
	if (WARN_ON(IS_ERR_VALUE(npages)))
		return;
	for (i = 0; i < npages; i++)
		ungrab(pages[i], _RET_IP_);
}
EXPORT_SYMBOL(unpin_user_pages);

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool make_dirty)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		if (make_dirty)
			set_page_dirty_lock(pages[i]);
		ungrab(pages[i], _RET_IP_);
	}
}
EXPORT_SYMBOL(unpin_user_pages_dirty_lock);

void unpin_user_page_range_dirty_lock(struct page *page, unsigned long npages,
				      bool make_dirty)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		if (make_dirty)
			set_page_dirty_lock(page + i);
		ungrab(page + i, _RET_IP_);
	}
}
EXPORT_SYMBOL(unpin_user_page_range_dirty_lock);

/* -- dirty pages: the flag, and nothing that would write them back -- */

bool set_page_dirty(struct page *page)
{
	return !TestSetPageDirty(page);
}
EXPORT_SYMBOL(set_page_dirty);

int set_page_dirty_lock(struct page *page)
{
	might_sleep();
	return set_page_dirty(page);
}
EXPORT_SYMBOL(set_page_dirty_lock);

bool folio_mark_dirty(struct folio *folio)
{
	return set_page_dirty(&folio->page);
}
EXPORT_SYMBOL(folio_mark_dirty);

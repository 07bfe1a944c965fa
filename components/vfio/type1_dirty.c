// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_dirty.c - which pages may have changed since they were reported
 *
 * Drivers tell what they write: a page that is pinned is dirty when it is
 * pinned, in every report while it stays so, and in the first one after. A group
 * behind an IOMMU writes without telling; as long as there is one, everything in
 * the domains is dirty.
 *
 * A report writes bits for dirty pages into a bitmap that the user has cleared.
 * Nothing becomes clean before all bits have found their place.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/iova_bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "type1.h"

static unsigned long nr_bits(const struct type1 *t, const struct type1_dma *dma)
{
	return dma->size >> __ffs(t->pgsizes);
}

static void mark_pins(struct type1 *t, struct type1_dma *dma)
{
	struct rb_node *node;

	for (node = rb_first(&dma->pins); node; node = rb_next(node)) {
		struct type1_pin *pin = rb_entry(node, struct type1_pin, node);

		type1_dirty_mark(t, dma, pin->iova, PAGE_SIZE);
	}
}

static int bitmap_new(struct type1 *t, struct type1_dma *dma)
{
	unsigned long bytes = BITS_TO_LONGS(nr_bits(t, dma)) * sizeof(long);

	if (bytes > TYPE1_MAX_BITMAP_BYTES)
		return -EINVAL;
	dma->dirty = kvzalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!dma->dirty)
		return -ENOMEM;
	mark_pins(t, dma);
	return 0;
}

static void bitmap_drop(struct type1_dma *dma)
{
	kvfree(dma->dirty);
	dma->dirty = NULL;
}

/* -- on and off -- */

void type1_dirty_stop(struct type1 *t)
{
	struct type1_dma *dma;

	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma))
		bitmap_drop(dma);
	t->tracking = false;
}

int type1_dirty_start(struct type1 *t)
{
	struct type1_dma *dma;
	int rc = 0;

	if (t->tracking)
		return 0;
	for (dma = type1_dma_from(t, 0); dma && !rc; dma = type1_dma_next(dma))
		rc = bitmap_new(t, dma);
	if (rc)
		type1_dirty_stop(t);
	else
		t->tracking = true;
	return rc;
}

int type1_dirty_add(struct type1 *t, struct type1_dma *dma)
{
	return t->tracking ? bitmap_new(t, dma) : 0;
}

/* -- marking -- */

void type1_dirty_mark(struct type1 *t, struct type1_dma *dma, dma_addr_t iova,
		      size_t bytes)
{
	unsigned long shift = __ffs(t->pgsizes);
	unsigned long first = (iova - dma->iova) >> shift;
	unsigned long last = (iova - dma->iova + bytes - 1) >> shift;

	if (dma->dirty)
		bitmap_set(dma->dirty, first, last - first + 1);
}

void type1_dirty_mark_all(struct type1 *t)
{
	struct type1_dma *dma;

	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma))
		type1_dirty_mark(t, dma, dma->iova, dma->size);
}

/* -- reporting -- */

int type1_dirty_check(const struct vfio_bitmap *bitmap, u64 bytes)
{
	u64 pages;

	if (!bitmap->pgsize || !access_ok(bitmap->data, bitmap->size))
		return -EINVAL;
	pages = bytes >> __ffs64(bitmap->pgsize);
	if (!pages || bitmap->size > TYPE1_MAX_BITMAP_BYTES ||
	    bitmap->size < DIV_ROUND_UP_ULL(pages, 64) * sizeof(u64))
		return -EINVAL;
	return 0;
}

/* Where a mapping and the window of a walk over the bitmap meet. */
struct overlap {
	unsigned long first;	/* bits of the mapping's bitmap */
	unsigned long end;
};

static struct overlap overlap_of(const struct type1 *t,
				 const struct type1_dma *dma, dma_addr_t first,
				 dma_addr_t last)
{
	unsigned long shift = __ffs(t->pgsizes);

	first = max(first, dma->iova);
	last = min(last, type1_dma_last(dma));
	return (struct overlap){
		.first = (first - dma->iova) >> shift,
		.end = ((last - dma->iova) >> shift) + 1,
	};
}

static void report_bits(struct type1 *t, struct type1_dma *dma,
			const struct overlap *o, struct iova_bitmap *bitmap)
{
	unsigned long shift = __ffs(t->pgsizes), start, end;

	if (t->nr_opaque && dma->mapped) {
		iova_bitmap_set(bitmap, dma->iova + (o->first << shift),
				(o->end - o->first) << shift);
		return;
	}
	for (start = o->first; ; start = end) {
		start = find_next_bit(dma->dirty, o->end, start);
		if (start >= o->end)
			return;
		end = find_next_zero_bit(dma->dirty, o->end, start);
		iova_bitmap_set(bitmap, dma->iova + (start << shift),
				(end - start) << shift);
	}
}

/* One window of the user's bitmap. */
static int report_window(struct iova_bitmap *bitmap, unsigned long iova,
			 size_t length, void *opaque)
{
	dma_addr_t last = iova + length - 1;
	struct type1 *t = opaque;
	struct type1_dma *dma;

	for (dma = type1_dma_find(t, iova, last); dma && dma->iova <= last;
	     dma = type1_dma_next(dma)) {
		struct overlap o = overlap_of(t, dma, iova, last);

		report_bits(t, dma, &o, bitmap);
	}
	return 0;
}

int type1_dirty_report(struct type1 *t, dma_addr_t iova, u64 size,
		       const struct vfio_bitmap *bitmap)
{
	struct iova_bitmap *walk;
	int rc;

	walk = iova_bitmap_alloc(iova, size, bitmap->pgsize,
				 (u64 __user *)bitmap->data);
	if (IS_ERR(walk))
		return PTR_ERR(walk);
	rc = iova_bitmap_for_each(walk, t, report_window);
	iova_bitmap_free(walk);
	return rc;
}

void type1_dirty_clear(struct type1 *t, dma_addr_t iova, u64 size)
{
	dma_addr_t last = iova + size - 1;
	struct type1_dma *dma;

	for (dma = type1_dma_find(t, iova, last); dma && dma->iova <= last;
	     dma = type1_dma_next(dma)) {
		bitmap_zero(dma->dirty, nr_bits(t, dma));
		mark_pins(t, dma);
	}
}

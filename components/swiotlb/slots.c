// SPDX-License-Identifier: GPL-2.0-only
/*
 * slots.c - who has which slots
 *
 * The rules of a run, in the order in which they are looked at:
 *
 *   - the address bits below the device's minimum alignment mask are those of
 *     the buffer: bits below a slot by an offset into the first slot, bits
 *     above by which slot that is
 *   - the first slot is aligned as the caller asks; without any alignment asked
 *     for, a mapping of a page or more begins at a page, as drivers expect
 *   - it lies in one segment of the pool and in one of the device's
 *
 * Every slot that fulfils them is tried, so a request fails only if there is no
 * free run for it anywhere.
 */
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/smp.h>

#include "pool.h"

/* What a search needs to know, computed once. */
struct search {
	unsigned int nr;		/* slots */
	unsigned int stride;		/* from candidate to candidate */
	u64 align_mask;			/* 0 in the first slot's address */
	u64 same_mask;			/* as in the buffer's address */
	u64 same;
	dma_addr_t start;		/* of the pool */
	u64 boundary;
};

static atomic_long_t total_used;
static atomic_long_t peak_used;

unsigned int swiotlb_offset(struct device *dev, phys_addr_t addr)
{
	return addr & dma_get_min_align_mask(dev) & (IO_TLB_SIZE - 1);
}

static void prepare(struct search *search, const VTB_SWIOTLB_POOL *pool,
		    const struct swiotlb_request *request)
{
	u64 same_mask = dma_get_min_align_mask(request->dev);
	u64 align_mask = request->align_mask;

	if (!align_mask && !same_mask && request->bytes >= PAGE_SIZE)
		align_mask = PAGE_SIZE - 1;
	align_mask |= IO_TLB_SIZE - 1;
	same_mask &= ~align_mask;
	*search = (struct search) {
		.nr = DIV_ROUND_UP(request->bytes, IO_TLB_SIZE),
		.stride = (max(align_mask, same_mask) >> IO_TLB_SHIFT) + 1,
		.align_mask = align_mask,
		.same_mask = same_mask,
		.same = request->orig & same_mask,
		.start = phys_to_dma_unencrypted(request->dev, pool->start),
		.boundary = dma_get_seg_boundary(request->dev),
	};
}

static bool is_aligned(const struct search *search, unsigned int index)
{
	dma_addr_t addr = search->start + ((u64)index << IO_TLB_SHIFT);

	return !(addr & search->align_mask) &&
	       (addr & search->same_mask) == search->same;
}

/* Both ends in one of the blocks that the device cannot leave. */
static bool is_whole(const struct search *search, unsigned int index)
{
	dma_addr_t first = search->start + ((u64)index << IO_TLB_SHIFT);
	dma_addr_t last = first + ((u64)search->nr << IO_TLB_SHIFT) - 1;

	return (first | search->boundary) == (last | search->boundary);
}

static bool is_free(const VTB_SWIOTLB_POOL *pool, unsigned int index,
		    unsigned int nr)
{
	unsigned int i;

	if (index % IO_TLB_SEGSIZE + nr > IO_TLB_SEGSIZE)
		return false;
	for (i = index; i < index + nr; i++)
		if (pool->slots[i].busy)
			return false;
	return true;
}

static unsigned int wrap(const VTB_SWIOTLB_POOL *pool, unsigned int at)
{
	return at < pool->area_nslabs ? at : 0;
}

/* All slots of the area once, first to last from where it stopped before. */
static int find_run(const VTB_SWIOTLB_POOL *pool, unsigned int area,
		    const struct search *search)
{
	unsigned int base = area * pool->area_nslabs;
	unsigned int at = pool->areas[area].next, looked = 0, step;

	while (looked < pool->area_nslabs) {
		step = 1;
		if (is_aligned(search, base + at)) {
			if (is_whole(search, base + at) &&
			    is_free(pool, base + at, search->nr))
				return base + at;
			step = search->stride;
		}
		/* From the end to the start without leaving one out. */
		step = min(step, pool->area_nslabs - at);
		at = wrap(pool, at + step);
		looked += step;
	}
	return -ENOSPC;
}

static void mark(VTB_SWIOTLB_POOL *pool, unsigned int index, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pool->slots[index + i].busy = true;
		pool->slots[index + i].back = i;
	}
	pool->slots[index].nr = nr;
}

static int take_in_area(VTB_SWIOTLB_POOL *pool, unsigned int nr_area,
			const struct search *search)
{
	struct io_tlb_area *area = &pool->areas[nr_area];
	unsigned long flags;
	int index = -ENOSPC;

	spin_lock_irqsave(&area->lock, flags);
	if (search->nr <= pool->area_nslabs - area->used)
		index = find_run(pool, nr_area, search);
	if (index >= 0) {
		mark(pool, index, search->nr);
		area->used += search->nr;
		area->next = wrap(pool, index - nr_area * pool->area_nslabs +
				  search->nr);
	}
	spin_unlock_irqrestore(&area->lock, flags);
	return index;
}

static void count(unsigned int nr)
{
	long used = atomic_long_add_return(nr, &total_used);
	long peak = atomic_long_read(&peak_used);

	while (used > peak &&
	       !atomic_long_try_cmpxchg(&peak_used, &peak, used))
		;
}

int swiotlb_take_slots(VTB_SWIOTLB_POOL *pool,
		       const struct swiotlb_request *request)
{
	unsigned int first = raw_smp_processor_id() % pool->nareas, i;
	struct search search;
	int index;

	prepare(&search, pool, request);
	if (search.nr > IO_TLB_SEGSIZE)
		return -ENOSPC;
	for (i = 0; i < pool->nareas; i++) {
		index = take_in_area(pool, (first + i) % pool->nareas, &search);
		if (index < 0)
			continue;
		count(search.nr);
		return index;
	}
	return -ENOSPC;
}

void swiotlb_give_slots(VTB_SWIOTLB_POOL *pool, unsigned int index)
{
	struct io_tlb_area *area = &pool->areas[index / pool->area_nslabs];
	unsigned int nr = pool->slots[index].nr, i;
	unsigned long flags;

	spin_lock_irqsave(&area->lock, flags);
	for (i = index; i < index + nr; i++)
		pool->slots[i] = (struct io_tlb_slot) { 0 };
	area->used -= nr;
	spin_unlock_irqrestore(&area->lock, flags);
	atomic_long_sub(nr, &total_used);
}

unsigned long swiotlb_slots_used(const VTB_SWIOTLB_POOL *pool)
{
	return atomic_long_read(&total_used);
}

unsigned long swiotlb_slots_peak(void)
{
	return atomic_long_read(&peak_used);
}

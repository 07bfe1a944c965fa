/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - the bounce buffer pool (private to this folder)
 *
 * Memory every device can reach, cut into slots of IO_TLB_SIZE bytes:
 *
 *    area 0                            area 1
 *   |-- segment --|-- segment --|  ... |-- segment --|
 *    . . M M M . .  . . . . . . .        . N . . . . .
 *        |
 *        slots[2]: bytes, offset and origin of the mapping, nr = 3
 *        slots[3], slots[4]: back = 1, 2
 *
 * A mapping is a run of slots inside one segment of IO_TLB_SEGSIZE. An area has
 * whole segments and a lock; each vCPU begins to search in its own. The lock
 * protects who has a slot; what a slot says of its mapping belongs to whoever
 * has the mapping, from the moment the run is taken until it is given back.
 *
 * The pool either works or has no slots (nslabs is 0): there is no state in
 * which a mapping could get an address outside of it.
 */
#ifndef SWIOTLB_POOL_H
#define SWIOTLB_POOL_H

#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <vtb/compat.h>

/*
 * struct io_tlb_slot
 * @orig:	where the buffer is; first slot of a mapping
 * @bytes:	of the mapping, as asked for; the same
 * @offset:	of the mapping in its first slot; the same
 * @nr:		slots of the mapping; the same
 * @back:	how many slots further down the mapping begins
 * @busy:	part of a mapping; under the lock of the area
 */
struct io_tlb_slot {
	phys_addr_t orig;
	u32 bytes;
	u16 offset;
	u8 nr;
	u8 back;
	bool busy;
};

/*
 * struct io_tlb_area
 * @next:	where the next search begins, in the area
 */
struct io_tlb_area {
	spinlock_t lock;
	unsigned int used;
	unsigned int next;
};

/* What a run of slots must fulfil beside being free. */
struct swiotlb_request {
	struct device *dev;
	phys_addr_t orig;
	size_t bytes;			/* with what precedes it in its slot */
	unsigned int align_mask;	/* these bits of the first slot are 0 */
};

/* Bytes in front of a mapping of @addr in its first slot. */
unsigned int swiotlb_offset(struct device *dev, phys_addr_t addr);

/* Index of the first slot of a run that is now the caller's, or -ENOSPC. */
int swiotlb_take_slots(VTB_SWIOTLB_POOL *pool,
		       const struct swiotlb_request *request);
void swiotlb_give_slots(VTB_SWIOTLB_POOL *pool, unsigned int index);

/* Slots in use; exact when nobody maps or unmaps. */
unsigned long swiotlb_slots_used(const VTB_SWIOTLB_POOL *pool);
/* The most there ever were. */
unsigned long swiotlb_slots_peak(void);

/* The pool of the system. */
struct io_tlb_mem *swiotlb_default(void);

static inline phys_addr_t swiotlb_slot_phys(const VTB_SWIOTLB_POOL *pool,
					    unsigned int index)
{
	return pool->start + ((phys_addr_t)index << IO_TLB_SHIFT);
}

#endif

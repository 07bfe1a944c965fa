/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * region.h - where a world lies
 *
 * One memfd per world, mapped shared at a fixed address, so that pointers are
 * the same in every run and frames can be mapped a second time (aliases).
 *
 *   SIM_REGION_BASE + slot * SIM_SLOT_BYTES
 *   +------------+-----------+-------------+-----------------+--------------+
 *   | struct sim | heap      | frame table | fiber stacks    | machine      |
 *   |            | sim_alloc | 32 B each   | guard + 64 KiB  | memory       |
 *   +------------+-----------+-------------+-----------------+--------------+
 *
 *   SIM_ALIAS_BASE + slot * SIM_SLOT_BYTES
 *   +-----------------------------------------------------------------------+
 *   | alias window: PROT_NONE, or a frame of the same memfd                  |
 *   +-----------------------------------------------------------------------+
 *
 * Sizes are fixed when the world is made. All of it is sparse: what nobody
 * touches has no memory behind it.
 *
 * Hazard: the mapping is shared, so a forked child writes into its parent's
 * world. A child must end with _exit() or make a world of its own.
 */
#ifndef SIM_REGION_H
#define SIM_REGION_H

#include <stdint.h>

#define SIM_REGION_BASE		0x200000000000ul
#define SIM_ALIAS_BASE		0x300000000000ul
#define SIM_SLOT_BYTES		(64ul << 30)
#define SIM_SLOTS		64u

#define SIM_GUARD_BYTES		4096ul

/* Areas start here, so that their ASan shadow starts on a page of its own. */
#define SIM_AREA_ALIGN		(64ul << 10)

#define SIM_ALIAS_BYTES		(1ul << 30)

static inline uintptr_t sim__align_up(uintptr_t value, uintptr_t align)
{
	return (value + align - 1) & ~(align - 1);
}

#endif

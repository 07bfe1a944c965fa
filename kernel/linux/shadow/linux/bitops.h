/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/bitops.h - bit operations with acquire semantics say so
 *
 * Why: as for asm/barrier.h.
 */
#include_next <linux/bitops.h>

#ifndef VTB_SHADOW_LINUX_BITOPS_H
#define VTB_SHADOW_LINUX_BITOPS_H

#ifdef __SANITIZE_THREAD__

void vtb_load_acquire(void);	/* asm/barrier.h */

#define test_and_set_bit_lock(nr, address)				\
({									\
	bool vtb_bit_ = test_and_set_bit_lock(nr, address);		\
									\
	vtb_load_acquire();						\
	vtb_bit_;							\
})

#undef test_bit_acquire
#define test_bit_acquire(nr, address)					\
({									\
	bool vtb_bit_ = test_bit(nr, address);				\
									\
	vtb_load_acquire();						\
	vtb_bit_;							\
})

#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/barrier.h - acquire loads as barriers
 *
 * Why: KCSAN's macros tell of all barriers but this one, which orders loads,
 * as KCSAN keeps back nothing but stores.
 */
#ifndef VTB_SHADOW_ASM_BARRIER_H
#define VTB_SHADOW_ASM_BARRIER_H

#include_next <asm/barrier.h>

void vtb_load_acquire(void);

#ifdef __SANITIZE_THREAD__

#undef __smp_load_acquire
#define __smp_load_acquire(p)						\
({									\
	typeof(*p) vtb_loaded = READ_ONCE(*p);				\
	compiletime_assert_atomic_type(*p);				\
	vtb_load_acquire();						\
	vtb_loaded;							\
})

#endif

#endif

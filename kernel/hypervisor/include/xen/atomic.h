/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.h - marked accesses, atomic operations, barriers
 *
 * READ_ONCE() and WRITE_ONCE() are in the prelude. Operations that return
 * something are full barriers.
 */
#ifndef _XEN_ATOMIC_H
#define _XEN_ATOMIC_H

#include <stdint.h>

/* What was there before: equal to @old if @new is there now. */
uint16_t cmpxchg16(uint16_t *at, uint16_t old, uint16_t new);
uint32_t cmpxchg32(uint32_t *at, uint32_t old, uint32_t new);

void set_mask16(uint16_t *at, uint16_t mask);
void clear_mask16(uint16_t *at, uint16_t mask);

void __kcsan_mb(void);
void __kcsan_wmb(void);
void __kcsan_rmb(void);

#define smp_mb()	__kcsan_mb()
#define smp_wmb()	__kcsan_wmb()
#define smp_rmb()	__kcsan_rmb()

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* barrier.h - the kernel's barriers as C11 has them */
#ifndef NATIVE_ASM_BARRIER_H
#define NATIVE_ASM_BARRIER_H

#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)						\
	__atomic_store_n(p, (__typeof__(*(p)))(v), __ATOMIC_RELEASE)

#endif

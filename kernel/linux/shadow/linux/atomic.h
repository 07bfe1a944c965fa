/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/atomic.h - atomics with acquire semantics say so
 *
 * Why: as for asm/barrier.h. To KCSAN's macros atomic_fetch_add_acquire() is
 * the same as atomic_fetch_add_relaxed(). The names below become macros that
 * call the real ones and tell behind them. A cmpxchg that fails is told like
 * one that succeeds.
 */
#include_next <linux/atomic.h>

#ifndef VTB_SHADOW_LINUX_ATOMIC_H
#define VTB_SHADOW_LINUX_ATOMIC_H

#ifdef __SANITIZE_THREAD__

#define VTB_ACQUIRE(operation)						\
({									\
	typeof(operation) vtb_acquired_ = (operation);			\
	vtb_load_acquire();						\
	vtb_acquired_;							\
})

#define atomic_read_acquire(...) \
	VTB_ACQUIRE(atomic_read_acquire(__VA_ARGS__))
#define atomic_add_return_acquire(...) \
	VTB_ACQUIRE(atomic_add_return_acquire(__VA_ARGS__))
#define atomic_fetch_add_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_add_acquire(__VA_ARGS__))
#define atomic_sub_return_acquire(...) \
	VTB_ACQUIRE(atomic_sub_return_acquire(__VA_ARGS__))
#define atomic_fetch_sub_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_sub_acquire(__VA_ARGS__))
#define atomic_inc_return_acquire(...) \
	VTB_ACQUIRE(atomic_inc_return_acquire(__VA_ARGS__))
#define atomic_fetch_inc_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_inc_acquire(__VA_ARGS__))
#define atomic_dec_return_acquire(...) \
	VTB_ACQUIRE(atomic_dec_return_acquire(__VA_ARGS__))
#define atomic_fetch_dec_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_dec_acquire(__VA_ARGS__))
#define atomic_fetch_and_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_and_acquire(__VA_ARGS__))
#define atomic_fetch_andnot_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_andnot_acquire(__VA_ARGS__))
#define atomic_fetch_or_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_or_acquire(__VA_ARGS__))
#define atomic_fetch_xor_acquire(...) \
	VTB_ACQUIRE(atomic_fetch_xor_acquire(__VA_ARGS__))
#define atomic_xchg_acquire(...) \
	VTB_ACQUIRE(atomic_xchg_acquire(__VA_ARGS__))
#define atomic_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic_cmpxchg_acquire(__VA_ARGS__))
#define atomic_try_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic_try_cmpxchg_acquire(__VA_ARGS__))

#define atomic64_read_acquire(...) \
	VTB_ACQUIRE(atomic64_read_acquire(__VA_ARGS__))
#define atomic64_add_return_acquire(...) \
	VTB_ACQUIRE(atomic64_add_return_acquire(__VA_ARGS__))
#define atomic64_fetch_add_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_add_acquire(__VA_ARGS__))
#define atomic64_sub_return_acquire(...) \
	VTB_ACQUIRE(atomic64_sub_return_acquire(__VA_ARGS__))
#define atomic64_fetch_sub_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_sub_acquire(__VA_ARGS__))
#define atomic64_inc_return_acquire(...) \
	VTB_ACQUIRE(atomic64_inc_return_acquire(__VA_ARGS__))
#define atomic64_fetch_inc_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_inc_acquire(__VA_ARGS__))
#define atomic64_dec_return_acquire(...) \
	VTB_ACQUIRE(atomic64_dec_return_acquire(__VA_ARGS__))
#define atomic64_fetch_dec_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_dec_acquire(__VA_ARGS__))
#define atomic64_fetch_and_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_and_acquire(__VA_ARGS__))
#define atomic64_fetch_andnot_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_andnot_acquire(__VA_ARGS__))
#define atomic64_fetch_or_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_or_acquire(__VA_ARGS__))
#define atomic64_fetch_xor_acquire(...) \
	VTB_ACQUIRE(atomic64_fetch_xor_acquire(__VA_ARGS__))
#define atomic64_xchg_acquire(...) \
	VTB_ACQUIRE(atomic64_xchg_acquire(__VA_ARGS__))
#define atomic64_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic64_cmpxchg_acquire(__VA_ARGS__))
#define atomic64_try_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic64_try_cmpxchg_acquire(__VA_ARGS__))

#define atomic_long_read_acquire(...) \
	VTB_ACQUIRE(atomic_long_read_acquire(__VA_ARGS__))
#define atomic_long_add_return_acquire(...) \
	VTB_ACQUIRE(atomic_long_add_return_acquire(__VA_ARGS__))
#define atomic_long_fetch_add_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_add_acquire(__VA_ARGS__))
#define atomic_long_sub_return_acquire(...) \
	VTB_ACQUIRE(atomic_long_sub_return_acquire(__VA_ARGS__))
#define atomic_long_fetch_sub_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_sub_acquire(__VA_ARGS__))
#define atomic_long_inc_return_acquire(...) \
	VTB_ACQUIRE(atomic_long_inc_return_acquire(__VA_ARGS__))
#define atomic_long_fetch_inc_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_inc_acquire(__VA_ARGS__))
#define atomic_long_dec_return_acquire(...) \
	VTB_ACQUIRE(atomic_long_dec_return_acquire(__VA_ARGS__))
#define atomic_long_fetch_dec_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_dec_acquire(__VA_ARGS__))
#define atomic_long_fetch_and_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_and_acquire(__VA_ARGS__))
#define atomic_long_fetch_andnot_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_andnot_acquire(__VA_ARGS__))
#define atomic_long_fetch_or_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_or_acquire(__VA_ARGS__))
#define atomic_long_fetch_xor_acquire(...) \
	VTB_ACQUIRE(atomic_long_fetch_xor_acquire(__VA_ARGS__))
#define atomic_long_xchg_acquire(...) \
	VTB_ACQUIRE(atomic_long_xchg_acquire(__VA_ARGS__))
#define atomic_long_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic_long_cmpxchg_acquire(__VA_ARGS__))
#define atomic_long_try_cmpxchg_acquire(...) \
	VTB_ACQUIRE(atomic_long_try_cmpxchg_acquire(__VA_ARGS__))

#undef xchg_acquire
#undef cmpxchg_acquire
#undef try_cmpxchg_acquire
#define xchg_acquire(...)	VTB_ACQUIRE(xchg_relaxed(__VA_ARGS__))
#define cmpxchg_acquire(...)	VTB_ACQUIRE(cmpxchg_relaxed(__VA_ARGS__))
#define try_cmpxchg_acquire(...)					\
	VTB_ACQUIRE(try_cmpxchg_relaxed(__VA_ARGS__))

#endif

#endif

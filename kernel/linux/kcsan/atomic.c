// SPDX-License-Identifier: GPL-2.0-only
/*
 * atomic.c - compiler atomics of instrumented code
 *
 * The thread-sanitizer pass replaces __atomic builtins by calls that are to do
 * the operation. The kernel hardly uses them. All are done sequentially
 * consistent: one OS thread runs everything.
 */
#include <linux/types.h>
#include <vtb/runtime.h>

#define READ		VTB_ACCESS_ATOMIC
#define WRITE		(VTB_ACCESS_ATOMIC | VTB_ACCESS_WRITE)
#define READ_WRITE	(WRITE | VTB_ACCESS_COMPOUND)

/* Around an access of @order. */
static void before(int order)
{
	if (order == __ATOMIC_SEQ_CST)
		vtb_barrier(VTB_BARRIER_FULL, NULL);
	else if (order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL)
		vtb_barrier(VTB_BARRIER_RELEASE, NULL);
}

static void after(int order)
{
	if (order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE)
		vtb_barrier(VTB_BARRIER_ACQUIRE, NULL);
}

#define SHARED(a, flags, order)						\
do {									\
	before(order);							\
	vtb_shared_access((const void *)(a), sizeof(*(a)), flags,	\
			  __builtin_return_address(0));			\
	vtb_check_memory(a, sizeof(*(a)), flags);			\
	after(order);							\
} while (0)

#define DEFINE_FETCH(bits, op)						\
u##bits __tsan_atomic##bits##_fetch_##op(volatile u##bits *a, u##bits v, int); \
u##bits __tsan_atomic##bits##_fetch_##op(volatile u##bits *a, u##bits v, \
					 int order)			\
{									\
	SHARED(a, READ_WRITE, order);					\
	return __atomic_fetch_##op(a, v, __ATOMIC_SEQ_CST);		\
}

#define DEFINE_COMPARE(bits, strength)					\
int __tsan_atomic##bits##_compare_exchange_##strength(			\
	volatile u##bits *a, u##bits *expected, u##bits v, int, int);	\
int __tsan_atomic##bits##_compare_exchange_##strength(			\
	volatile u##bits *a, u##bits *expected, u##bits v, int order,	\
	int failure)							\
{									\
	SHARED(a, READ_WRITE, order);					\
	return __atomic_compare_exchange_n(a, expected, v, 0,		\
					   __ATOMIC_SEQ_CST,		\
					   __ATOMIC_SEQ_CST);		\
}

#define DEFINE_ATOMICS(bits)						\
u##bits __tsan_atomic##bits##_load(const volatile u##bits *a, int);	\
u##bits __tsan_atomic##bits##_load(const volatile u##bits *a, int order) \
{									\
	SHARED(a, READ, order);					\
	return __atomic_load_n(a, __ATOMIC_SEQ_CST);			\
}									\
									\
void __tsan_atomic##bits##_store(volatile u##bits *a, u##bits v, int);	\
void __tsan_atomic##bits##_store(volatile u##bits *a, u##bits v, int order) \
{									\
	SHARED(a, WRITE, order);					\
	__atomic_store_n(a, v, __ATOMIC_SEQ_CST);			\
}									\
									\
u##bits __tsan_atomic##bits##_exchange(volatile u##bits *a, u##bits v, int); \
u##bits __tsan_atomic##bits##_exchange(volatile u##bits *a, u##bits v,	\
				       int order)			\
{									\
	SHARED(a, READ_WRITE, order);					\
	return __atomic_exchange_n(a, v, __ATOMIC_SEQ_CST);		\
}									\
									\
u##bits __tsan_atomic##bits##_compare_exchange_val(			\
	volatile u##bits *a, u##bits expected, u##bits v, int, int);	\
u##bits __tsan_atomic##bits##_compare_exchange_val(			\
	volatile u##bits *a, u##bits expected, u##bits v, int order,	\
	int failure)							\
{									\
	SHARED(a, READ_WRITE, order);					\
	__atomic_compare_exchange_n(a, &expected, v, 0,			\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	return expected;						\
}									\
									\
DEFINE_FETCH(bits, add)							\
DEFINE_FETCH(bits, sub)							\
DEFINE_FETCH(bits, and)							\
DEFINE_FETCH(bits, or)							\
DEFINE_FETCH(bits, xor)							\
DEFINE_FETCH(bits, nand)						\
DEFINE_COMPARE(bits, strong)						\
DEFINE_COMPARE(bits, weak)

DEFINE_ATOMICS(8)
DEFINE_ATOMICS(16)
DEFINE_ATOMICS(32)
DEFINE_ATOMICS(64)

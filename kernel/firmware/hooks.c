/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.c - what the compiler's thread-sanitizer pass and barriers call
 *
 * As kernel/linux/kcsan/kcsan.c, for code that has no kernel headers: each hook
 * is counted and is a preemption point, and the access follows it. Barriers
 * have the names that the tools for site mutants know.
 */
#include <vtb/bridge.h>

#include <ipxe/barrier.h>

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	vtb_barrier(VTB_BARRIER_FULL, __builtin_return_address(0));
}

void __kcsan_mb(void)
{
	vtb_barrier(VTB_BARRIER_FULL, __builtin_return_address(0));
}

void __kcsan_wmb(void)
{
	vtb_barrier(VTB_BARRIER_WRITE, __builtin_return_address(0));
}

void __kcsan_rmb(void)
{
	vtb_barrier(VTB_BARRIER_READ, __builtin_return_address(0));
}

#define READ		0
#define WRITE		VTB_ACCESS_WRITE
#define READ_WRITE	(VTB_ACCESS_WRITE | VTB_ACCESS_COMPOUND)
#define VOLATILE	VTB_ACCESS_VOLATILE

#define DEFINE_ACCESS(name, bytes, flags)				\
void name(void *address);						\
void name(void *address)						\
{									\
	vtb_shared_access(address, bytes, flags,			\
			  __builtin_return_address(0));			\
}

#define DEFINE_ACCESSES(n)						\
	DEFINE_ACCESS(__tsan_read##n, n, READ)				\
	DEFINE_ACCESS(__tsan_write##n, n, WRITE)			\
	DEFINE_ACCESS(__tsan_read_write##n, n, READ_WRITE)		\
	DEFINE_ACCESS(__tsan_unaligned_read##n, n, READ)		\
	DEFINE_ACCESS(__tsan_unaligned_write##n, n, WRITE)		\
	DEFINE_ACCESS(__tsan_unaligned_read_write##n, n, READ_WRITE)	\
	DEFINE_ACCESS(__tsan_volatile_read##n, n, VOLATILE)		\
	DEFINE_ACCESS(__tsan_volatile_write##n, n, VOLATILE | WRITE)	\
	DEFINE_ACCESS(__tsan_unaligned_volatile_read##n, n, VOLATILE)	\
	DEFINE_ACCESS(__tsan_unaligned_volatile_write##n, n, VOLATILE | WRITE)

DEFINE_ACCESSES(1)
DEFINE_ACCESSES(2)
DEFINE_ACCESSES(4)
DEFINE_ACCESSES(8)
DEFINE_ACCESSES(16)

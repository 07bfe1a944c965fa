/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.c - what the compiler's thread-sanitizer pass and barriers call
 *
 * As kernel/linux/kcsan/kcsan.c, for code that has no kernel headers: each hook
 * is counted and is a preemption point, and the access follows it. Barriers
 * have the names that the tools for site mutants know.
 */
#include <vtb/access_hooks.h>
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

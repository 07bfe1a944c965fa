// SPDX-License-Identifier: GPL-2.0-only
/*
 * kcsan.c - the hooks that the compiler and KCSAN's macros put into kernel code
 *
 * Two sources call in here:
 * - the kernel's own instrumentation (CONFIG_KCSAN): atomics, bitops and user
 *   copies through __kcsan_check_access(), barriers as
 *   __tsan_atomic_signal_fence();
 * - the compiler's thread-sanitizer pass: in the race flavour every plain and
 *   volatile access that may be shared.
 *
 * Each is counted and is a preemption point; the access itself happens after
 * the hook returns, in one piece. What the macros say about accesses stands in
 * the context, for the data-race detector (kernel/host/race.c).
 */
#include <asm/barrier.h>
#include <linux/build_bug.h>
#include <linux/instruction_pointer.h>
#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <vtb/access_hooks.h>
#include <vtb/runtime.h>

#ifdef VTB_ASAN

void __asan_loadN(unsigned long address, unsigned long bytes);
void __asan_storeN(unsigned long address, unsigned long bytes);

/* What ASan has for one size looks at one byte of shadow. */
#define CHECK_SIZE(n)							\
void __asan_load##n(unsigned long address);				\
void __asan_store##n(unsigned long address);				\
static void check##n(unsigned long address, bool write)			\
{									\
	if (write)							\
		__asan_store##n(address);				\
	else								\
		__asan_load##n(address);				\
}

CHECK_SIZE(1)
CHECK_SIZE(2)
CHECK_SIZE(4)
CHECK_SIZE(8)

static void check_bytes(unsigned long address, size_t bytes, bool write)
{
	if (write)
		__asan_storeN(address, bytes);
	else
		__asan_loadN(address, bytes);
}

/* Elsewhere there may be no shadow: what takes any size looks first. */
static bool has_shadow(unsigned long address)
{
	return address >= 0x100080000000ul && address < 0x800000000000ul;
}

static void check_memory(unsigned long address, size_t bytes, bool write)
{
	if (address % 8 + bytes > 8 || !has_shadow(address))
		return check_bytes(address, bytes, write);
	switch (bytes) {
	case 1:
		return check1(address, write);
	case 2:
		return check2(address, write);
	case 4:
		return check4(address, write);
	case 8:
		return check8(address, write);
	default:
		return check_bytes(address, bytes, write);
	}
}

#endif

static_assert(VTB_ACCESS_WRITE == KCSAN_ACCESS_WRITE &&
	      VTB_ACCESS_COMPOUND == KCSAN_ACCESS_COMPOUND &&
	      VTB_ACCESS_ATOMIC == KCSAN_ACCESS_ATOMIC &&
	      VTB_ACCESS_ASSERT == KCSAN_ACCESS_ASSERT,
	      "flags go through as they are");

/* Called by constructors of all instrumented files, before main(). */
void __tsan_init(void);
void __tsan_init(void)
{
}

/*
 * Atomics and bit operations are assembly, which no compiler checks: KASAN does
 * so in the same macros. Others may run in the hook, so it is done after it.
 */
void vtb_check_memory(const volatile void *address, size_t bytes, int type)
{
#ifdef VTB_ASAN
	if (type & KCSAN_ACCESS_ASSERT)
		return;
	check_memory((unsigned long)address, bytes,
		     type & KCSAN_ACCESS_WRITE);
#endif
}

void __kcsan_check_access(const volatile void *address, size_t bytes, int type)
{
	vtb_shared_access((const void *)address, bytes,
			  type & ~KCSAN_ACCESS_SCOPED,
			  __builtin_return_address(0));
	vtb_check_memory(address, bytes, type);
}

/* -- barriers ------------------------------------------------------------------ */

/* The numbers that KCSAN's macros give to barriers. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	static const enum vtb_barrier_kind kinds[] = {
		[__ATOMIC_ACQUIRE] = VTB_BARRIER_READ,
		[__ATOMIC_RELEASE] = VTB_BARRIER_RELEASE,
		[__ATOMIC_ACQ_REL] = VTB_BARRIER_WRITE,
		[__ATOMIC_SEQ_CST] = VTB_BARRIER_FULL,
	};

	vtb_barrier(order >= 0 && order < ARRAY_SIZE(kinds) ?
		    kinds[order] : VTB_BARRIER_FULL,
		    __builtin_return_address(0));
}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	vtb_barrier(VTB_BARRIER_FULL, __builtin_return_address(0));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#define DEFINE_BARRIER(name, kind)					\
void name(void)								\
{									\
	vtb_barrier(kind, __builtin_return_address(0));			\
}

#undef __kcsan_mb
#undef __kcsan_wmb
#undef __kcsan_rmb
#undef __kcsan_release
DEFINE_BARRIER(__kcsan_mb, VTB_BARRIER_FULL)
DEFINE_BARRIER(__kcsan_wmb, VTB_BARRIER_WRITE)
DEFINE_BARRIER(__kcsan_rmb, VTB_BARRIER_READ)
DEFINE_BARRIER(__kcsan_release, VTB_BARRIER_RELEASE)

/* Behind the load of smp_load_acquire(): shadow/asm/barrier.h. */
void vtb_load_acquire(void)
{
	vtb_barrier(VTB_BARRIER_ACQUIRE, __builtin_return_address(0));
}

void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc)
{
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/* -- what KCSAN's macros say about regions of code ------------------------------ */

void kcsan_disable_current(void)
{
	vtb_this->race_disabled++;
}

void kcsan_enable_current(void)
{
	vtb_assert(vtb_this->race_disabled > 0);
	vtb_this->race_disabled--;
}

void kcsan_enable_current_nowarn(void)
{
	kcsan_enable_current();
}

void kcsan_nestable_atomic_begin(void)
{
	vtb_this->race_atomic++;
}

void kcsan_nestable_atomic_end(void)
{
	vtb_assert(vtb_this->race_atomic > 0);
	vtb_this->race_atomic--;
}

void kcsan_flat_atomic_begin(void)
{
	kcsan_nestable_atomic_begin();
}

void kcsan_flat_atomic_end(void)
{
	kcsan_nestable_atomic_end();
}

void kcsan_atomic_next(int n)
{
	vtb_this->race_atomic_next = n;
}

void kcsan_set_access_mask(unsigned long mask)
{
	vtb_this->race_mask = mask;
}

/*
 * Checked where the scope begins and where it ends: what others do meanwhile
 * meets the first of these, what they did before it the second.
 */
struct kcsan_scoped_access *
kcsan_begin_scoped_access(const volatile void *ptr, size_t size, int type,
			  struct kcsan_scoped_access *sa)
{
	sa->ptr = ptr;
	sa->size = size;
	sa->type = type;
	sa->ip = _RET_IP_;
	vtb_race_access((const void *)ptr, size, type & ~KCSAN_ACCESS_SCOPED,
			(void *)sa->ip);
	return sa;
}

void kcsan_end_scoped_access(struct kcsan_scoped_access *sa)
{
	vtb_race_access((const void *)sa->ptr, sa->size,
			sa->type & ~KCSAN_ACCESS_SCOPED, (void *)sa->ip);
}

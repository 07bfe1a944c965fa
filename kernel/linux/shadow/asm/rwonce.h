/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/rwonce.h - READ_ONCE() and WRITE_ONCE() as preemption points
 *
 * Why: they are the accesses that lock-free code marks as racing. In the race
 * flavour the compiler calls a hook at each of them; elsewhere accesses have no
 * hooks, so code that is compiled with hooks at all calls one from here.
 * __READ_ONCE() stays bare: atomics are built from it and have hooks of their
 * own.
 */
#ifndef VTB_SHADOW_ASM_RWONCE_H
#define VTB_SHADOW_ASM_RWONCE_H

#include <asm-generic/rwonce.h>

#if defined(__SANITIZE_THREAD__) && !defined(VTB_RACE)

#include <vtb/bridge.h>

#undef READ_ONCE
#define READ_ONCE(x)							\
({									\
	compiletime_assert_rwonce_type(x);				\
	vtb_shared_access((const void *)&(x), sizeof(x),		\
			  VTB_ACCESS_VOLATILE, NULL);			\
	__READ_ONCE(x);							\
})

#undef WRITE_ONCE
#define WRITE_ONCE(x, val)						\
do {									\
	compiletime_assert_rwonce_type(x);				\
	vtb_shared_access((const void *)&(x), sizeof(x),		\
			  VTB_ACCESS_VOLATILE | VTB_ACCESS_WRITE, NULL); \
	__WRITE_ONCE(x, val);						\
} while (0)

#endif

#endif

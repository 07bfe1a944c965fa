/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access_hooks.h - what the compiler's thread-sanitizer pass calls
 *
 * Included by the one file of a kernel that defines these functions. Each is a
 * hook before an access: it is counted and is a preemption point.
 */
#ifndef VTB_ACCESS_HOOKS_H
#define VTB_ACCESS_HOOKS_H

#include <vtb/bridge.h>

#define VTB_DEFINE_ACCESS(name, bytes, flags)				\
void name(void *address);						\
void name(void *address)						\
{									\
	vtb_shared_access(address, bytes, flags,			\
			  __builtin_return_address(0));			\
}

#define VTB_DEFINE_ACCESS_KIND(kind, n, flags)				\
	VTB_DEFINE_ACCESS(__tsan_##kind##n, n, flags)			\
	VTB_DEFINE_ACCESS(__tsan_unaligned_##kind##n, n, flags)

#define VTB_DEFINE_ACCESSES(n)						\
	VTB_DEFINE_ACCESS_KIND(read, n, 0)				\
	VTB_DEFINE_ACCESS_KIND(write, n, VTB_ACCESS_WRITE)		\
	VTB_DEFINE_ACCESS_KIND(read_write, n,				\
			       VTB_ACCESS_WRITE | VTB_ACCESS_COMPOUND)	\
	VTB_DEFINE_ACCESS_KIND(volatile_read, n, VTB_ACCESS_VOLATILE)	\
	VTB_DEFINE_ACCESS_KIND(volatile_write, n,			\
			       VTB_ACCESS_VOLATILE | VTB_ACCESS_WRITE)

VTB_DEFINE_ACCESSES(1)
VTB_DEFINE_ACCESSES(2)
VTB_DEFINE_ACCESSES(4)
VTB_DEFINE_ACCESSES(8)
VTB_DEFINE_ACCESSES(16)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/uaccess.h - single user accesses without a call
 *
 * unsafe_get_user() and unsafe_put_user() of the tree expand to instructions
 * that work on the user address itself; here they are calls of the runtime.
 */
#ifndef VTB_ASM_UACCESS_H
#define VTB_ASM_UACCESS_H

#include_next <asm/uaccess.h>

int vtb_get_user(unsigned long user, unsigned int size, u64 *value);
int vtb_put_user(unsigned long user, unsigned int size, u64 value);

#undef unsafe_get_user
#define unsafe_get_user(x, ptr, label)					\
do {									\
	u64 value_;							\
									\
	if (vtb_get_user((__force unsigned long)(ptr), sizeof(*(ptr)),	\
			 &value_))					\
		goto label;						\
	(x) = (__force __typeof__(*(ptr)))(__inttype(*(ptr)))value_;	\
} while (0)

#undef unsafe_put_user
#define unsafe_put_user(x, ptr, label)					\
do {									\
	if (vtb_put_user((__force unsigned long)(ptr), sizeof(*(ptr)),	\
			 (__force u64)(__typeof__(*(ptr)))(x)))		\
		goto label;						\
} while (0)

#endif

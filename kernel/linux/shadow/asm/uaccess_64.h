/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/uaccess_64.h - the raw copies between kernel and user memory
 *
 * The tree's are inline assembly that works on user addresses themselves, which
 * mean nothing to this process. They are compiled under other names, and the
 * runtime's (mm/uaccess.c) take their place. Nothing else is changed.
 */
#ifndef VTB_ASM_UACCESS_64_H
#define VTB_ASM_UACCESS_64_H

#define raw_copy_from_user	vtb_native_raw_copy_from_user
#define raw_copy_to_user	vtb_native_raw_copy_to_user
#define __clear_user		vtb_native___clear_user
#define clear_user		vtb_native_clear_user
#include_next <asm/uaccess_64.h>
#undef raw_copy_from_user
#undef raw_copy_to_user
#undef __clear_user
#undef clear_user

unsigned long vtb_raw_copy_from_user(void *to, const void __user *from,
				     unsigned long bytes);
unsigned long vtb_raw_copy_to_user(void __user *to, const void *from,
				   unsigned long bytes);
unsigned long vtb_clear_user(void __user *to, unsigned long bytes);

#define raw_copy_from_user(to, from, n)	vtb_raw_copy_from_user(to, from, n)
#define raw_copy_to_user(to, from, n)	vtb_raw_copy_to_user(to, from, n)
#define __clear_user(to, n)						\
({									\
	might_fault();							\
	vtb_clear_user(to, n);						\
})
#define clear_user(to, n)						\
({									\
	void __user *to_ = (to);					\
	unsigned long n_ = (n);						\
									\
	access_ok(to_, n_) ? __clear_user(to_, n_) : n_;		\
})

#endif

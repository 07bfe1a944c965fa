/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uaccess.h - addresses of memory, and access to what is outside of the heap
 */
#ifndef _IPXE_UACCESS_H
#define _IPXE_UACCESS_H

#include <stddef.h>

typedef unsigned long userptr_t;

void copy_from_user(void *to, userptr_t from, long offset, size_t len);
void copy_to_user(userptr_t to, long offset, const void *from, size_t len);

/* Of the heap and of what umalloc() gave; nothing else has one. */
physaddr_t virt_to_phys(const volatile void *address);
physaddr_t user_to_phys(userptr_t pointer, long offset);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * umalloc.h - memory outside of the heap: whole pages, for what is big
 */
#ifndef _IPXE_UMALLOC_H
#define _IPXE_UMALLOC_H

#include <ipxe/uaccess.h>

userptr_t umalloc(size_t len);	/* 0: no memory */
void ufree(userptr_t pointer);

#endif

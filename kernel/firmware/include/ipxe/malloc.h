/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * malloc.h - memory that devices and hosts share: aligned, physically in one
 */
#ifndef _IPXE_MALLOC_H
#define _IPXE_MALLOC_H

#include <stdlib.h>

#define PAGE_SIZE	4096
#define PAGE_SHIFT	12

void *malloc_phys(size_t len, size_t align);	/* NULL: no memory */
void free_phys(void *pointer, size_t len);

/*
 * Gives memory up: somebody outside may use it for ever. Freeing it does
 * nothing from now on. Any address in it will do.
 */
void abandon_phys(const void *pointer);

#endif

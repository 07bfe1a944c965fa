/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stdlib.h - the heap of the firmware
 *
 * It lies in the machine's own memory, so its objects have physical addresses.
 * Around each there is a red zone; what is freed stays unused for a while.
 * What malloc() returns is not zero.
 */
#ifndef _STDLIB_H
#define _STDLIB_H

#include <stddef.h>

/* libc has these names, too. */
#define malloc	firmware_malloc
#define zalloc	firmware_zalloc
#define free	firmware_free

void *malloc(size_t len);	/* NULL: no memory */
void *zalloc(size_t len);
void free(void *pointer);	/* NULL: nothing */

#endif

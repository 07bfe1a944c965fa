/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encryption.h - what set_memory_encrypted() asks of the platform
 *
 * The part of struct x86_guest that matters, with errors, under one shape for
 * all trees. @change makes @nr_pages of the linear map private (encrypted) or
 * shared; it may sleep, and returns 0 or a negative errno with nothing said
 * about how far it got.
 */
#ifndef VTB_ENCRYPTION_H
#define VTB_ENCRYPTION_H

#include <linux/types.h>

struct vtb_encryption {
	int (*change)(unsigned long address, int nr_pages, bool encrypted);
};

/* At boot, at most once; the memory of the guest is private from then on. */
void vtb_set_encryption(const struct vtb_encryption *ops);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/page_types.h - pages of 64 KiB
 *
 * Why: where the guest's page is larger than the hypervisor's (4 KiB), as with
 * some kernels of arm64, code that takes the one for the other goes wrong. No
 * x86 has such pages; in this variant of a tree everything that counts in pages
 * does, and what walks page tables (none of ours) means nothing.
 */
#ifndef VTB_SHADOW_64K_ASM_PAGE_TYPES_H
#define VTB_SHADOW_64K_ASM_PAGE_TYPES_H

/* Later trees define PAGE_SHIFT by it. */
#undef CONFIG_PAGE_SHIFT
#define CONFIG_PAGE_SHIFT	16

#include_next <asm/page_types.h>

#undef PAGE_SHIFT
#define PAGE_SHIFT		16

#endif

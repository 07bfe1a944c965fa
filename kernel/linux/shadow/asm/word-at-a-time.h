/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/word-at-a-time.h - loads that may stray into the next page
 *
 * Why: the tree's is an instruction with an entry in the table of exceptions,
 * and ASan would not see why it is right.
 */
#ifndef VTB_SHADOW_ASM_WORD_AT_A_TIME_H
#define VTB_SHADOW_ASM_WORD_AT_A_TIME_H

#include_next <asm/word-at-a-time.h>

unsigned long vtb_load_zeropad(const void *address);

#define load_unaligned_zeropad(address)	vtb_load_zeropad(address)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wide_cut.h - a driver that fills in descriptors, rightly and wrongly
 *
 * "cut" = code under test. A descriptor has up to 8 words of 64 bits; word 0 is
 * not 0 if it is valid.
 */
#ifndef WIDE_CUT_H
#define WIDE_CUT_H

#define CUT_WIDE_VALID	1ull
#define CUT_WIDE_BODY	0x1234ull

/* Physical address of an empty descriptor, or 0. */
unsigned long cut_wide_new(void);

/* Fills in @words words: the valid one last, or first. */
void cut_wide_valid_last(unsigned long words);
void cut_wide_valid_first(unsigned long words);

#endif

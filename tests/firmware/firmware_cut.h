/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * firmware_cut.h - what the test asks of code that runs on the firmware
 */
#ifndef TESTS_FIRMWARE_CUT_H
#define TESTS_FIRMWARE_CUT_H

/* 0, or the number of what is wrong. */
int cut_heap_neighbours(void);
int cut_heap_abandon(void);
int cut_heap_rests(void);

#endif

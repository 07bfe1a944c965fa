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

/* Is the channel of the second driver of no use? */
int cut_pipe_is_gone(void);
/* Shares a page twice; its number, or 0. Takes it back once. */
unsigned long cut_pipe_share(void);
int cut_pipe_unshare(int which);

#endif

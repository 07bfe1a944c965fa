/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_test.h - between the files of the unit tests of the memory half
 */
#ifndef MM_TEST_H
#define MM_TEST_H

#include <vtb/bridge.h>

#define PAGE	4096ul

/* cmocka setup: a machine with a booted memory half. */
int mm_setup(void **state);
struct vtb_account mm_account(void);

/* Groups of tests: the number of failed ones. */
int mm_heap_tests(void);
int mm_user_tests(void);

#endif

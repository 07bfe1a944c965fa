/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_kernel.h - names and the one heap object of fake_kernel.c
 */
#ifndef TESTS_FUZZ_FAKE_KERNEL_H
#define TESTS_FUZZ_FAKE_KERNEL_H

struct fake_symbol {
	const void *start;
	const char *name;
};
extern const struct fake_symbol fake_symbols[];	/* ends with a NULL name */
extern char *fake_heap_object;

#define FAKE_CUT __attribute__((section("fakecut"), noinline))

#endif

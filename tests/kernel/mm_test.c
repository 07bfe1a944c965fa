/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_test.c - unit tests of the memory half of the simulated kernel
 *
 * Against a mock of the bench (bridge_mock.c) and of the execution half
 * (mm_exec_mock.c): no world, no fibers. Kernel-side code is in mm_*_cut.c.
 */
#include "bridge_mock.h"
#include "mm_cut.h"
#include "mm_test.h"

/* Leaks are counted by the kernel itself; LSan cannot scan guarded pages. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int mm_setup(void **state)
{
	mock_start();
	return 0;
}

struct vtb_account mm_account(void)
{
	struct vtb_account account = { 0 };

	vtb_mm_account(&account);
	return account;
}

int main(void)
{
	return mm_heap_tests() + mm_user_tests();
}

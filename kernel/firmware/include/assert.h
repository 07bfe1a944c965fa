/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASSERT_H
#define _ASSERT_H

/* A finding: the code under test has broken a promise of its own. */
void firmware_assert_failed(const char *function, const char *condition)
	__attribute__((noreturn));

#define assert(condition)						\
	do {								\
		if (!(condition))					\
			firmware_assert_failed(__func__, #condition);	\
	} while (0)

#endif

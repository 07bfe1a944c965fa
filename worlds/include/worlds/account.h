/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.h - what a kernel holds more of than before
 */
#ifndef WORLDS_ACCOUNT_H
#define WORLDS_ACCOUNT_H

#include <stdbool.h>

#include <vtb/bridge.h>

struct account_leak {
	const char *object;
	unsigned long before;
	unsigned long after;
};

/* Fills @leak with the first thing there is more of; false if there is none. */
bool account_find_leak(const struct vtb_account *before,
		       const struct vtb_account *after,
		       struct account_leak *leak);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.c - what a kernel holds more of than before; see account.h
 */
#include <stddef.h>

#include <worlds/account.h>

bool account_find_leak(const struct vtb_account *before,
		       const struct vtb_account *after,
		       struct account_leak *leak)
{
	const struct account_leak all[] = {
		{ "object", before->objects, after->objects },
		{ "pin", before->pins, after->pins },
		{ "page", before->pages, after->pages },
		{ "lock", before->locks, after->locks },
		{ "vmap", before->vmaps, after->vmaps },
		{ "work", before->work, after->work },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].after > all[i].before) {
			*leak = all[i];
			return true;
		}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.c - memcpy() and the like in code under test
 *
 * The compiler makes calls of them for large assignments, and no hooks. In the
 * race flavour the linker sends all calls here (--wrap): those from code under
 * test are accesses like others, of as many bytes at once.
 */
#include <string.h>

#include "internal.h"

void *__real_memcpy(void *to, const void *from, size_t bytes);
void *__real_memmove(void *to, const void *from, size_t bytes);
void *__real_memset(void *to, int value, size_t bytes);
void *__wrap_memcpy(void *to, const void *from, size_t bytes);
void *__wrap_memmove(void *to, const void *from, size_t bytes);
void *__wrap_memset(void *to, int value, size_t bytes);

static bool is_hook(const void *site, size_t bytes)
{
	return vtb_this && bytes && kernel__is_cut(site);
}

void *__wrap_memcpy(void *to, const void *from, size_t bytes)
{
	const void *site = __builtin_return_address(0);

	if (is_hook(site, bytes))
		kernel__copying(to, from, bytes, site);
	return __real_memcpy(to, from, bytes);
}

void *__wrap_memmove(void *to, const void *from, size_t bytes)
{
	const void *site = __builtin_return_address(0);

	if (is_hook(site, bytes))
		kernel__copying(to, from, bytes, site);
	return __real_memmove(to, from, bytes);
}

void *__wrap_memset(void *to, int value, size_t bytes)
{
	const void *site = __builtin_return_address(0);

	if (is_hook(site, bytes))
		vtb_shared_access(to, bytes, VTB_ACCESS_WRITE | VTB_ACCESS_BULK,
				  site);
	return __real_memset(to, value, bytes);
}

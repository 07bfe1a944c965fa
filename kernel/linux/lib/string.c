// SPDX-License-Identifier: GPL-2.0-only
/*
 * string.c - string functions of the kernel that libc does not have
 *
 * What libc has under the same name and with the same meaning is taken from
 * there, where ASan checks it (cmake/libc-allowed.txt); some more come with the
 * tree's lib/string_helpers.c.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <vtb/compat.h>

ssize_t VTB_STRSCPY(char *to, const char *from, size_t size)
{
	size_t len;

	if (!size || WARN_ON_ONCE(size > INT_MAX))
		return -E2BIG;
	len = strnlen(from, size);
	if (len < size) {
		memcpy(to, from, len + 1);
		return len;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = 0;
	return -E2BIG;
}
EXPORT_SYMBOL(VTB_STRSCPY);

/* Returns the length it would have had. Reads all of @from, as the original. */
size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);

	if (size) {
		size_t copied = min(len, size - 1);

		memcpy(to, from, copied);
		to[copied] = 0;
	}
	return len;
}
EXPORT_SYMBOL(strlcpy);

size_t strlcat(char *to, const char *from, size_t size)
{
	size_t old = strlen(to), len = strlen(from), copied;

	BUG_ON(old >= size);
	copied = min(len, size - old - 1);
	memcpy(to + old, from, copied);
	to[old + copied] = 0;
	return old + len;
}
EXPORT_SYMBOL(strlcat);

char *strnchr(const char *string, size_t count, int c)
{
	for (; count--; string++) {
		if (*string == (char)c)
			return (char *)string;
		if (!*string)
			break;
	}
	return NULL;
}
EXPORT_SYMBOL(strnchr);

/* Like strnchr(), but the end instead of NULL. */
char *strnchrnul(const char *string, size_t count, int c)
{
	while (count-- && *string && *string != (char)c)
		string++;
	return (char *)string;
}

char *strnstr(const char *string, const char *wanted, size_t len)
{
	size_t wanted_len = strlen(wanted);

	if (!wanted_len)
		return (char *)string;
	for (; len >= wanted_len && *string; string++, len--)
		if (!memcmp(string, wanted, wanted_len))
			return (char *)string;
	return NULL;
}
EXPORT_SYMBOL(strnstr);

/* First byte that is not @c, or NULL. */
void *memchr_inv(const void *memory, int c, size_t bytes)
{
	const u8 *p = memory;

	for (; bytes; bytes--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}
EXPORT_SYMBOL(memchr_inv);

/* First byte that is @c, or the end. */
void *memscan(void *memory, int c, size_t bytes)
{
	u8 *p = memory;

	while (bytes-- && *p != (u8)c)
		p++;
	return p;
}
EXPORT_SYMBOL(memscan);

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STRING_H
#define _STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* libc has this name, too. */
#define strerror	firmware_strerror
const char *strerror(int rc);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STDDEF_H
#define _STDDEF_H

#include <stdint.h>

#define NULL	((void *)0)

#define offsetof(type, member)	__builtin_offsetof(type, member)

#define container_of(pointer, type, member)				\
	((type *)((char *)(pointer) - offsetof(type, member)))

#endif

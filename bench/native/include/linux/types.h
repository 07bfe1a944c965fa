/* SPDX-License-Identifier: GPL-2.0-only */
/* types.h - what components/races/ring.c needs, for a native build */
#ifndef NATIVE_LINUX_TYPES_H
#define NATIVE_LINUX_TYPES_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t u32;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* minmax.h - min() */
#ifndef NATIVE_LINUX_MINMAX_H
#define NATIVE_LINUX_MINMAX_H

#define min(a, b)	((a) < (b) ? (a) : (b))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNISTD_H
#define _UNISTD_H

#include <stddef.h>

/* Busy waiting; others run meanwhile. */
void udelay(unsigned long usecs);
void mdelay(unsigned long msecs);

/* Milliseconds since power-on. */
unsigned long currticks(void);
#define TICKS_PER_SEC	1000

#endif

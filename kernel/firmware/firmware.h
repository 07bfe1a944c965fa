/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * firmware.h - what the files of the firmware share
 */
#ifndef FIRMWARE_FIRMWARE_H
#define FIRMWARE_FIRMWARE_H

#include <stddef.h>
#include <stdlib.h>

struct vtb_boot;

/* -- heap.c -- */

void heap_init(const struct vtb_boot *boot);
unsigned int heap_failures(void);

/* -- hyperv.c -- */

int hyperv_probe(void);
void hyperv_remove(void);
int hyperv_reset(void);
void hyperv_step(void);

#endif

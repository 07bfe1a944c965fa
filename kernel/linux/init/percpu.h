/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * percpu.h - dynamic per-CPU memory, see percpu.c
 */
#ifndef VTB_PERCPU_H
#define VTB_PERCPU_H

/* Bytes that alloc_percpu() has in each vCPU's copy. */
#define VTB_PERCPU_DYNAMIC	4096

/* @start: the address of the dynamic area in the template. */
void vtb_percpu_init(char *start);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/vdso/processor.h - cpu_relax() gives others a turn
 *
 * Why: what a busy-waiting vCPU waits for happens in another fiber or later in
 * virtual time.
 *
 * Replaces the x86 header.
 */
#ifndef __ASM_VDSO_PROCESSOR_H
#define __ASM_VDSO_PROCESSOR_H

#include <vtb/bridge.h>

#define rep_nop()	vtb_cpu_relax()
#define cpu_relax()	vtb_cpu_relax()

struct getcpu_cache;

long __vdso_getcpu(unsigned int *cpu, unsigned int *node,
		   struct getcpu_cache *unused);

#endif

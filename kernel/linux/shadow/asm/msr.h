/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/msr.h - model-specific registers go to the machine's hypervisor
 *
 * Why: the tree's are instructions that trap in user mode, and each vCPU of a
 * machine has registers of its own. Those that may fail are left as they are:
 * nobody whom we run uses them.
 */
#ifndef VTB_SHADOW_ASM_MSR_H
#define VTB_SHADOW_ASM_MSR_H

#include_next <asm/msr.h>

#ifndef __ASSEMBLY__
#include <vtb/bridge.h>

#define __rdmsr(msr)			vtb_msr_read(msr)
#define __wrmsr(msr, low, high)						\
	vtb_msr_write(msr, (u64)(high) << 32 | (u32)(low))
#define native_read_msr(msr)		vtb_msr_read(msr)
#define native_write_msr(msr, low, high)	__wrmsr(msr, low, high)
#define wrmsr(msr, low, high)		__wrmsr(msr, low, high)
#define wrmsrl(msr, val)		vtb_msr_write(msr, val)
#endif

#endif

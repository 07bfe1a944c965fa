/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/processor.h - CPUID as the machine's hypervisor has it
 *
 * Why: the instruction tells of the computer that runs the bench.
 */
#ifndef VTB_SHADOW_ASM_PROCESSOR_H
#define VTB_SHADOW_ASM_PROCESSOR_H

#include_next <asm/processor.h>
#include <vtb/bridge.h>

static inline unsigned int vtb_cpuid_reg(unsigned int leaf, unsigned int n)
{
	unsigned int regs[4];

	vtb_cpuid(leaf, 0, regs);
	return regs[n];
}

static inline void vtb_cpuid_regs(unsigned int leaf, unsigned int subleaf,
				  unsigned int *eax, unsigned int *ebx,
				  unsigned int *ecx, unsigned int *edx)
{
	unsigned int regs[4];

	vtb_cpuid(leaf, subleaf, regs);
	*eax = regs[0];
	*ebx = regs[1];
	*ecx = regs[2];
	*edx = regs[3];
}

#define cpuid(leaf, a, b, c, d)		vtb_cpuid_regs(leaf, 0, a, b, c, d)
#define cpuid_count(leaf, n, a, b, c, d) vtb_cpuid_regs(leaf, n, a, b, c, d)
#define cpuid_eax(leaf)			vtb_cpuid_reg(leaf, 0)
#define cpuid_ebx(leaf)			vtb_cpuid_reg(leaf, 1)
#define cpuid_ecx(leaf)			vtb_cpuid_reg(leaf, 2)
#define cpuid_edx(leaf)			vtb_cpuid_reg(leaf, 3)

#endif

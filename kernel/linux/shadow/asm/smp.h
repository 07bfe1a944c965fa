/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/smp.h - the number of the running vCPU is a property of the fiber
 *
 * Why: the same as for asm/current.h.
 */
#ifndef VTB_SHADOW_ASM_SMP_H
#define VTB_SHADOW_ASM_SMP_H

#include_next <asm/smp.h>
#include <vtb/bridge.h>

#undef raw_smp_processor_id
#undef __smp_processor_id
#define raw_smp_processor_id()	(vtb_this->cpu)
#define __smp_processor_id()	(vtb_this->cpu)

#endif

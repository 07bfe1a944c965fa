/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/sev.h - VMGEXIT() goes to the machine's hypervisor
 *
 * Why: the instruction traps in user mode.
 */
#ifndef VTB_SHADOW_ASM_SEV_H
#define VTB_SHADOW_ASM_SEV_H

#include_next <asm/sev.h>
#include <vtb/bridge.h>

#undef VMGEXIT
#define VMGEXIT()	{ vtb_vmgexit(); }

#endif

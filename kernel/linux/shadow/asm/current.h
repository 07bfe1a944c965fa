/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/current.h - the running task is a property of the running fiber
 *
 * Why: x86 keeps it in per-CPU data, which would have to be written at every
 * switch. The real header is included for struct pcpu_hot of newer trees.
 */
#ifndef VTB_SHADOW_ASM_CURRENT_H
#define VTB_SHADOW_ASM_CURRENT_H

#include_next <asm/current.h>
#include <vtb/bridge.h>

#undef current
#define current		((struct task_struct *)vtb_this->task)
#define get_current()	current

#endif

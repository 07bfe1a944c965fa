/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/preempt.h - the preemption count is a property of the running fiber
 *
 * Why: x86 keeps it in per-CPU data with NEED_RESCHED folded in; each fiber has
 * a count of its own, so nothing has to be exchanged at a switch. A task never
 * needs to be rescheduled: others take the vCPU when it blocks or yields.
 *
 * Replaces the x86 header.
 */
#ifndef __ASM_PREEMPT_H
#define __ASM_PREEMPT_H

#include <asm/rmwcc.h>
#include <asm/percpu.h>
#include <asm/current.h>
#include <linux/thread_info.h>
#include <linux/static_call_types.h>
#include <vtb/bridge.h>

#define PREEMPT_NEED_RESCHED	0x80000000
#define PREEMPT_ENABLED		0

static __always_inline int preempt_count(void)
{
	return vtb_this->preempt_count;
}

static __always_inline void preempt_count_set(int count)
{
	vtb_this->preempt_count = count;
}

static __always_inline void __preempt_count_add(int val)
{
	vtb_this->preempt_count += val;
}

static __always_inline void __preempt_count_sub(int val)
{
	vtb_this->preempt_count -= val;
}

static __always_inline bool __preempt_count_dec_and_test(void)
{
	return --vtb_this->preempt_count == 0;
}

static __always_inline void set_preempt_need_resched(void)
{
}

static __always_inline void clear_preempt_need_resched(void)
{
}

static __always_inline bool test_preempt_need_resched(void)
{
	return false;
}

static __always_inline bool should_resched(int preempt_offset)
{
	return false;
}

#define init_task_preempt_count(p)	do { } while (0)
#define init_idle_preempt_count(p, cpu)	do { } while (0)

#endif

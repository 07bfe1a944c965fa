/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - what the files of sched/ share
 */
#ifndef VTB_SCHED_H
#define VTB_SCHED_H

#include <vtb/task.h>

/*
 * Makes @t runnable if its state is one of @state; 1 if that was so. No
 * preemption point: the caller may be walking a list.
 */
int vtb_wake(struct task_struct *t, unsigned int state);

/* First wake-up of a kthread. */
void vtb_kthread_start(struct vtb_task *task);

#endif

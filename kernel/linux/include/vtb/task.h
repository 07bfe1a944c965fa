/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.h - tasks and what they hold
 *
 * A struct task_struct of the simulated kernel is always part of a struct
 * vtb_task. Both are made from memory of the instance and reused; a task that
 * was never woken has no thread yet, one that has exited has none any more.
 */
#ifndef VTB_TASK_H
#define VTB_TASK_H

#include <linux/completion.h>
#include <linux/sched.h>
#include <vtb/bridge.h>

#define VTB_MAX_HELD	16

/*
 * struct vtb_held - one lock held by a context
 * @lock:	the lock
 * @pc:		where it was taken (code lies below 4 GiB: no PIE)
 * @class:	see locking/lockcheck.c
 * @read:	taken by a reader
 */
struct vtb_held {
	const void *lock;
	u32 pc;
	u16 class;
	bool read;
};

/* vtb_context.locks: newest last. */
struct vtb_held_locks {
	unsigned int nr;
	struct vtb_held held[VTB_MAX_HELD];
};

/*
 * struct vtb_task - a task
 * @task:	what the kernel knows
 * @thread:	its thread, see above
 * @next:	in the list of free ones
 * @locks:	vtb_context.locks of the thread
 * @fn, @data:	of a kthread
 * @cpu:	where it is to run
 * @should_stop, @result, @exited: kthread_stop()
 */
struct vtb_task {
	struct task_struct task;
	struct vtb_thread *thread;
	struct vtb_task *next;
	struct vtb_held_locks locks;
	int (*fn)(void *data);
	void *data;
	int cpu;
	bool should_stop;
	int result;
	struct completion exited;
};

static inline struct vtb_task *to_vtb_task(struct task_struct *task)
{
	return container_of(task, struct vtb_task, task);
}

/* A task with one reference, in state @state. */
struct vtb_task *vtb_task_new(const char *name, unsigned int state);

/* Makes @task the one of this thread. */
void vtb_task_adopt(struct vtb_task *task);

/* The current task ends; its reference is dropped. */
void __noreturn vtb_task_exit(void);

/* Waits, in the state set before, until woken. No checks. */
void vtb_task_wait(void);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedule.c - blocking, waking, and where neither is allowed
 *
 * A task that wants to wait sets its state and calls schedule(); who wakes it
 * sets the state back and unparks the thread. Only the state decides whether
 * the task goes on: a thread may be unparked for other reasons.
 *
 * Tasks are not preempted by others of their vCPU (PREEMPT_NONE), so a task
 * that wants to give way says so: cond_resched().
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/spinlock.h>
#include <vtb/runtime.h>
#include <vtb/task.h>
#include "../locking/lockcheck.h"
#include "sched.h"

void vtb_task_wait(void)
{
	while (current->__state != TASK_RUNNING)
		vtb_thread_block();
}

/* -- where sleeping is not allowed ------------------------------------------ */

const char *vtb_atomic_reason(void)
{
	if (in_hardirq())
		return "in an interrupt handler";
	if (in_serving_softirq())
		return "in a softirq: a timer, tasklet or RCU callback";
	if (irqs_disabled())
		return "with interrupts disabled";
	if (softirq_count())
		return "with softirqs disabled";
	if (preempt_count())
		return "with a spinlock held, preemption disabled or in an RCU reader";
	return NULL;
}

void vtb_might_sleep(const char *object, unsigned long pc)
{
	const char *reason = vtb_atomic_reason();
	const struct vtb_held *held;
	char what[160];

	if (likely(!reason))
		return;
	held = vtb_lock_newest();
	scnprintf(what, sizeof(what), "%s may sleep %s", object, reason);
	vtb_finding("sleep-in-atomic", object, (const void *)pc,
		    held ? (const void *)(unsigned long)held->pc : NULL, what,
		    held ? vtb_lock_class_name(held->class) : NULL);
}

void vtb_might_alloc(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		vtb_might_sleep("allocation", _RET_IP_);
	vtb_preempt_point();
}

void __might_resched(const char *file, int line, unsigned int offsets)
{
	/* Low byte: preempt_count the caller knows of (a lock to be dropped). */
	unsigned int nested = offsets & 0xff;

	if (nested && preempt_count() == nested && !irqs_disabled())
		return;
	vtb_might_sleep("might_sleep", _RET_IP_);
}
EXPORT_SYMBOL(__might_resched);

void __might_sleep(const char *file, int line)
{
	vtb_might_sleep("might_sleep", _RET_IP_);
}
EXPORT_SYMBOL(__might_sleep);

/* -- giving the vCPU away ---------------------------------------------------- */

void schedule(void)
{
	vtb_might_sleep("schedule", _RET_IP_);
	if (current->__state == TASK_RUNNING)
		vtb_thread_resched();
	else
		vtb_task_wait();
}
EXPORT_SYMBOL(schedule);

void schedule_preempt_disabled(void)
{
	preempt_enable_no_resched();
	schedule();
	preempt_disable();
}

void io_schedule(void)
{
	schedule();
}
EXPORT_SYMBOL(io_schedule);

void yield(void)
{
	__set_current_state(TASK_RUNNING);
	schedule();
}
EXPORT_SYMBOL(yield);

int __cond_resched(void)
{
	vtb_thread_resched();
	return 0;
}
EXPORT_SYMBOL(__cond_resched);

int __cond_resched_lock(spinlock_t *lock)
{
	spin_unlock(lock);
	vtb_thread_resched();
	spin_lock(lock);
	return 1;
}
EXPORT_SYMBOL(__cond_resched_lock);

int __cond_resched_rwlock_read(rwlock_t *lock)
{
	read_unlock(lock);
	vtb_thread_resched();
	read_lock(lock);
	return 1;
}
EXPORT_SYMBOL(__cond_resched_rwlock_read);

int __cond_resched_rwlock_write(rwlock_t *lock)
{
	write_unlock(lock);
	vtb_thread_resched();
	write_lock(lock);
	return 1;
}
EXPORT_SYMBOL(__cond_resched_rwlock_write);

/* -- waking ------------------------------------------------------------------ */

int vtb_wake(struct task_struct *t, unsigned int state)
{
	struct vtb_task *task = to_vtb_task(t);
	int woken = 0;

	if (t->__state & state) {
		t->__state = TASK_RUNNING;
		woken = 1;
		if (task->thread)
			vtb_thread_wake(task->thread);
		else
			vtb_kthread_start(task);
	}
	return woken;
}

int wake_up_state(struct task_struct *t, unsigned int state)
{
	int woken = vtb_wake(t, state);

	vtb_preempt_point();
	return woken;
}

int wake_up_process(struct task_struct *t)
{
	return wake_up_state(t, TASK_NORMAL);
}
EXPORT_SYMBOL(wake_up_process);

/* Collected under a lock, woken after it; a task is in one such list only. */
static bool add_to_queue(struct wake_q_head *head, struct task_struct *t)
{
	struct wake_q_node *node = &t->wake_q;

	if (node->next)
		return false;
	node->next = WAKE_Q_TAIL;
	*head->lastp = node;
	head->lastp = &node->next;
	return true;
}

void wake_q_add(struct wake_q_head *head, struct task_struct *t)
{
	if (add_to_queue(head, t))
		get_task_struct(t);
}

void wake_q_add_safe(struct wake_q_head *head, struct task_struct *t)
{
	if (!add_to_queue(head, t))
		put_task_struct(t);
}

void wake_up_q(struct wake_q_head *head)
{
	struct wake_q_node *node = head->first;

	while (node != WAKE_Q_TAIL) {
		struct task_struct *t;

		t = container_of(node, struct task_struct, wake_q);
		node = node->next;
		t->wake_q.next = NULL;
		wake_up_process(t);
		put_task_struct(t);
	}
}

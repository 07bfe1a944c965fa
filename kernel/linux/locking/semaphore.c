// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore.c - counting semaphores
 *
 * Anybody may up() one, so there is no owner and no order to check. Waiters
 * queue in wait_list; an up() hands its count to the first of them.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <vtb/runtime.h>
#include <vtb/task.h>

struct semaphore_waiter {
	struct list_head list;
	struct task_struct *task;
	bool given;
};

static int down_at(struct semaphore *sem, unsigned long pc, long timeout)
{
	struct semaphore_waiter me = { .task = current };

	vtb_might_sleep("down", pc);
	vtb_drain_point();
	vtb_preempt_point();
	if (sem->count) {
		sem->count--;
		vtb_sync_acquire(sem);
		return 0;
	}
	list_add_tail(&me.list, &sem->wait_list);
	while (!me.given && timeout > 0) {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		timeout = schedule_timeout(timeout);
	}
	if (me.given) {
		vtb_sync_acquire(sem);
		return 0;
	}
	list_del(&me.list);
	return -ETIME;
}

void down(struct semaphore *sem)
{
	down_at(sem, _RET_IP_, MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL(down);

int down_interruptible(struct semaphore *sem)
{
	return down_at(sem, _RET_IP_, MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL(down_interruptible);

int down_killable(struct semaphore *sem)
{
	return down_at(sem, _RET_IP_, MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL(down_killable);

int down_timeout(struct semaphore *sem, long timeout)
{
	return down_at(sem, _RET_IP_, timeout);
}
EXPORT_SYMBOL(down_timeout);

int down_trylock(struct semaphore *sem)
{
	vtb_drain_point();
	vtb_preempt_point();
	if (!sem->count)
		return 1;
	sem->count--;
	vtb_sync_acquire(sem);
	return 0;
}
EXPORT_SYMBOL(down_trylock);

void up(struct semaphore *sem)
{
	struct semaphore_waiter *first;

	vtb_drain_point();
	vtb_sync_release(sem);
	first = list_first_entry_or_null(&sem->wait_list,
					 struct semaphore_waiter, list);
	if (!first) {
		sem->count++;
	} else {
		list_del(&first->list);
		first->given = true;
		wake_up_process(first->task);
	}
	vtb_preempt_point();
}
EXPORT_SYMBOL(up);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * completion.c - completions and the simple wait queues below them
 *
 * done counts completions that nobody has taken; UINT_MAX means complete_all()
 * was called and everybody passes from then on.
 */
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/swait.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "../locking/lockcheck.h"
#include "sched.h"

/* -- simple wait queues: all waiters are exclusive ----------------------------- */

void __init_swait_queue_head(struct swait_queue_head *head, const char *name,
			     struct lock_class_key *key)
{
	vtb_spin_lock_init_at(&head->lock, name, _RET_IP_);
	INIT_LIST_HEAD(&head->task_list);
}
EXPORT_SYMBOL(__init_swait_queue_head);

static void wake_first(struct swait_queue_head *head)
{
	struct swait_queue *first;

	first = list_first_entry_or_null(&head->task_list, struct swait_queue,
					 task_list);
	if (!first)
		return;
	list_del_init(&first->task_list);
	vtb_wake(first->task, TASK_NORMAL);
}

void swake_up_locked(VTB_SWAKE_UP_LOCKED_ARGS)
{
	wake_first(q);
}
EXPORT_SYMBOL(swake_up_locked);

void swake_up_one(struct swait_queue_head *head)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&head->lock, flags);
	wake_first(head);
	raw_spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(swake_up_one);

void swake_up_all(struct swait_queue_head *head)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&head->lock, flags);
	while (!list_empty(&head->task_list))
		wake_first(head);
	raw_spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(swake_up_all);

static void enter(struct swait_queue_head *head, struct swait_queue *wait,
		  int state)
{
	wait->task = current;
	if (list_empty(&wait->task_list))
		list_add_tail(&wait->task_list, &head->task_list);
	set_current_state(state);
}

void prepare_to_swait_exclusive(struct swait_queue_head *head,
				struct swait_queue *wait, int state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&head->lock, flags);
	enter(head, wait, state);
	raw_spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(prepare_to_swait_exclusive);

long prepare_to_swait_event(struct swait_queue_head *head,
			    struct swait_queue *wait, int state)
{
	prepare_to_swait_exclusive(head, wait, state);
	return 0;
}
EXPORT_SYMBOL(prepare_to_swait_event);

void finish_swait(struct swait_queue_head *head, struct swait_queue *wait)
{
	unsigned long flags;

	__set_current_state(TASK_RUNNING);
	if (list_empty_careful(&wait->task_list))
		return;
	raw_spin_lock_irqsave(&head->lock, flags);
	list_del_init(&wait->task_list);
	raw_spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(finish_swait);

/* -- completing ---------------------------------------------------------------- */

/* Its word is also written without the lock: reinit_completion(). */
static void touch_done(const struct completion *x, unsigned long caller)
{
	vtb_race_access(&x->done, sizeof(x->done),
			VTB_ACCESS_WRITE | VTB_ACCESS_COMPOUND,
			(const void *)caller);
}

void complete(struct completion *x)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&x->wait.lock, flags);
	touch_done(x, _RET_IP_);
	if (x->done != UINT_MAX)
		x->done++;
	wake_first(&x->wait);
	raw_spin_unlock_irqrestore(&x->wait.lock, flags);
}
EXPORT_SYMBOL(complete);

void complete_on_current_cpu(struct completion *x)
{
	complete(x);
}

void complete_all(struct completion *x)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&x->wait.lock, flags);
	touch_done(x, _RET_IP_);
	x->done = UINT_MAX;
	while (!list_empty(&x->wait.task_list))
		wake_first(&x->wait);
	raw_spin_unlock_irqrestore(&x->wait.lock, flags);
}
EXPORT_SYMBOL(complete_all);

/* A look at what is not done takes no lock, so it orders nothing. */
static bool is_done(const struct completion *x)
{
	vtb_preempt_point();
	return READ_ONCE(x->done);
}

bool completion_done(struct completion *x)
{
	unsigned long flags;
	bool done;

	if (!is_done(x))
		return false;
	raw_spin_lock_irqsave(&x->wait.lock, flags);
	done = x->done;
	raw_spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}
EXPORT_SYMBOL(completion_done);

static bool take_done(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done != UINT_MAX)
		x->done--;
	return true;
}

bool try_wait_for_completion(struct completion *x)
{
	unsigned long flags;
	bool done;

	if (!is_done(x))
		return false;
	raw_spin_lock_irqsave(&x->wait.lock, flags);
	done = take_done(x);
	raw_spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}
EXPORT_SYMBOL(try_wait_for_completion);

/* -- waiting -------------------------------------------------------------------- */

/* Jiffies left, at least 1, or 0 after a timeout. */
static long wait_at(struct completion *x, unsigned int state, long timeout,
		    unsigned long pc)
{
	DECLARE_SWAITQUEUE(wait);

	vtb_might_sleep("wait_for_completion", pc);
	raw_spin_lock_irq(&x->wait.lock);
	while (!x->done && timeout) {
		enter(&x->wait, &wait, state);
		raw_spin_unlock_irq(&x->wait.lock);
		timeout = schedule_timeout(timeout);
		raw_spin_lock_irq(&x->wait.lock);
	}
	__set_current_state(TASK_RUNNING);
	list_del_init(&wait.task_list);
	if (!take_done(x))
		timeout = 0;
	else if (!timeout)
		timeout = 1;
	raw_spin_unlock_irq(&x->wait.lock);
	return timeout;
}

void wait_for_completion(struct completion *x)
{
	wait_at(x, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion);

void wait_for_completion_io(struct completion *x)
{
	wait_at(x, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion_io);

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	return wait_at(x, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion_timeout);

unsigned long wait_for_completion_io_timeout(struct completion *x,
					     unsigned long timeout)
{
	return wait_at(x, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion_io_timeout);

int wait_for_completion_interruptible(struct completion *x)
{
	wait_at(x, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL(wait_for_completion_interruptible);

long wait_for_completion_interruptible_timeout(struct completion *x,
					       unsigned long timeout)
{
	return wait_at(x, TASK_INTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion_interruptible_timeout);

int wait_for_completion_killable(struct completion *x)
{
	wait_at(x, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL(wait_for_completion_killable);

long wait_for_completion_killable_timeout(struct completion *x,
					  unsigned long timeout)
{
	return wait_at(x, TASK_KILLABLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL(wait_for_completion_killable_timeout);

int wait_for_completion_state(struct completion *x, unsigned int state)
{
	wait_at(x, state, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL(wait_for_completion_state);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait.c - wait queues
 *
 * A queue is a list under its lock. Exclusive entries are behind all others, so
 * a wake-up walks the list, wakes everybody it meets and stops after as many
 * exclusive ones as were asked for.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "../locking/lockcheck.h"
#include "sched.h"

void __init_waitqueue_head(struct wait_queue_head *head, const char *name,
			   struct lock_class_key *key)
{
	vtb_spin_lock_init_at(&head->lock.rlock, name, _RET_IP_);
	INIT_LIST_HEAD(&head->head);
}
EXPORT_SYMBOL(__init_waitqueue_head);

/* -- entering and leaving ---------------------------------------------------- */

void add_wait_queue(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	unsigned long flags;

	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	__add_wait_queue(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(add_wait_queue);

void add_wait_queue_exclusive(struct wait_queue_head *head,
			      struct wait_queue_entry *entry)
{
	unsigned long flags;

	entry->flags |= WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	__add_wait_queue_entry_tail(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(add_wait_queue_exclusive);

void add_wait_queue_priority(struct wait_queue_head *head,
			     struct wait_queue_entry *entry)
{
	unsigned long flags;

	entry->flags |= WQ_FLAG_EXCLUSIVE | WQ_FLAG_PRIORITY;
	spin_lock_irqsave(&head->lock, flags);
	__add_wait_queue(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL_GPL(add_wait_queue_priority);

void remove_wait_queue(struct wait_queue_head *head,
		       struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	__remove_wait_queue(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(remove_wait_queue);

void prepare_to_wait(struct wait_queue_head *head,
		     struct wait_queue_entry *entry, int state)
{
	unsigned long flags;

	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	if (list_empty(&entry->entry))
		__add_wait_queue(head, entry);
	set_current_state(state);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(prepare_to_wait);

bool prepare_to_wait_exclusive(struct wait_queue_head *head,
			       struct wait_queue_entry *entry, int state)
{
	unsigned long flags;
	bool was_empty = false;

	entry->flags |= WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	if (list_empty(&entry->entry)) {
		was_empty = list_empty(&head->head);
		__add_wait_queue_entry_tail(head, entry);
	}
	set_current_state(state);
	spin_unlock_irqrestore(&head->lock, flags);
	return was_empty;
}
EXPORT_SYMBOL(prepare_to_wait_exclusive);

/* Never fails: there are no signals. */
long prepare_to_wait_event(struct wait_queue_head *head,
			   struct wait_queue_entry *entry, int state)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	if (list_empty(&entry->entry)) {
		if (entry->flags & WQ_FLAG_EXCLUSIVE)
			__add_wait_queue_entry_tail(head, entry);
		else
			__add_wait_queue(head, entry);
	}
	set_current_state(state);
	spin_unlock_irqrestore(&head->lock, flags);
	return 0;
}
EXPORT_SYMBOL(prepare_to_wait_event);

void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	unsigned long flags;

	__set_current_state(TASK_RUNNING);
	if (list_empty_careful(&entry->entry))
		return;
	spin_lock_irqsave(&head->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&head->lock, flags);
}
EXPORT_SYMBOL(finish_wait);

void init_wait_entry(struct wait_queue_entry *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}
EXPORT_SYMBOL(init_wait_entry);

/* -- how an entry is woken ---------------------------------------------------- */

int default_wake_function(struct wait_queue_entry *entry, unsigned int mode,
			  int flags, void *key)
{
	return vtb_wake(entry->private, mode);
}
EXPORT_SYMBOL(default_wake_function);

int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode,
			     int sync, void *key)
{
	int woken = default_wake_function(entry, mode, sync, key);

	if (woken)
		list_del_init_careful(&entry->entry);
	return woken;
}
EXPORT_SYMBOL(autoremove_wake_function);

int woken_wake_function(struct wait_queue_entry *entry, unsigned int mode,
			int sync, void *key)
{
	vtb_sync_release(entry);
	entry->flags |= WQ_FLAG_WOKEN;
	return default_wake_function(entry, mode, sync, key);
}
EXPORT_SYMBOL(woken_wake_function);

long wait_woken(struct wait_queue_entry *entry, unsigned int mode, long timeout)
{
	set_current_state(mode);
	if (!(entry->flags & WQ_FLAG_WOKEN) &&
	    !(current->flags & PF_KTHREAD && kthread_should_stop()))
		timeout = schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	if (entry->flags & WQ_FLAG_WOKEN)
		vtb_sync_acquire(entry);
	entry->flags &= ~WQ_FLAG_WOKEN;
	return timeout;
}
EXPORT_SYMBOL(wait_woken);

/* -- waking ------------------------------------------------------------------- */

static void wake_locked(struct wait_queue_head *head, unsigned int mode,
			int nr_exclusive, void *key)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &head->head, entry) {
		unsigned int flags = entry->flags;
		int woken = entry->func(entry, mode, 0, key);

		if (woken < 0)
			break;
		if (woken && (flags & WQ_FLAG_EXCLUSIVE) && !--nr_exclusive)
			break;
	}
}

static void wake(struct wait_queue_head *head, unsigned int mode,
		 int nr_exclusive, void *key)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	wake_locked(head, mode, nr_exclusive, key);
	spin_unlock_irqrestore(&head->lock, flags);
}

int __wake_up(struct wait_queue_head *head, unsigned int mode, int nr_exclusive,
	      void *key)
{
	wake(head, mode, nr_exclusive, key);
	return 0;
}
EXPORT_SYMBOL(__wake_up);

void __wake_up_on_current_cpu(struct wait_queue_head *head, unsigned int mode,
			      void *key)
{
	wake(head, mode, 1, key);
}

void __wake_up_locked(struct wait_queue_head *head, unsigned int mode, int nr)
{
	wake_locked(head, mode, nr, NULL);
}
EXPORT_SYMBOL_GPL(__wake_up_locked);

void __wake_up_locked_key(struct wait_queue_head *head, unsigned int mode,
			  void *key)
{
	wake_locked(head, mode, 1, key);
}
EXPORT_SYMBOL_GPL(__wake_up_locked_key);

void __wake_up_sync_key(struct wait_queue_head *head, unsigned int mode,
			void *key)
{
	if (head)
		wake(head, mode, 1, key);
}
EXPORT_SYMBOL_GPL(__wake_up_sync_key);

void __wake_up_locked_sync_key(struct wait_queue_head *head, unsigned int mode,
			       void *key)
{
	wake_locked(head, mode, 1, key);
}
EXPORT_SYMBOL_GPL(__wake_up_locked_sync_key);

void __wake_up_sync(struct wait_queue_head *head, unsigned int mode)
{
	__wake_up_sync_key(head, mode, NULL);
}
EXPORT_SYMBOL_GPL(__wake_up_sync);

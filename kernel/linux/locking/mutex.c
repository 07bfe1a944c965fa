// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutex.c - mutexes
 *
 * owner is the task that has the mutex, 0 if none. Waiters queue in wait_list,
 * their records on their stacks; unlocking wakes the first, which then tries
 * like everybody else. There are no signals, so interruptible and killable
 * variants never fail.
 *
 * magic is the mutex itself if the compiler initialised it, NULL before
 * initialisation and after mutex_destroy(), else the number of its class.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <vtb/runtime.h>
#include "lockcheck.h"

struct mutex_waiter {
	struct list_head list;
	struct task_struct *task;
};

static u16 mutex_class(const struct mutex *lock, unsigned long pc)
{
	unsigned long magic = (unsigned long)lock->magic;

	if (lock->magic == lock)
		return vtb_lock_class_static(lock);
	if (!magic || magic > U16_MAX)
		vtb_lock_bad(lock, "mutex", pc);
	return magic;
}

static struct vtb_lock_use use_of(const struct mutex *lock, unsigned long pc)
{
	return (struct vtb_lock_use){
		.lock = lock,
		.pc = pc,
		.class = mutex_class(lock, pc),
	};
}

void __mutex_init(struct mutex *lock, const char *name,
		  struct lock_class_key *key)
{
	u16 class = vtb_lock_class(name, _RET_IP_);

	atomic_long_set(&lock->owner, 0);
	INIT_LIST_HEAD(&lock->wait_list);
	lock->magic = (void *)(unsigned long)class;
}
EXPORT_SYMBOL(__mutex_init);

void mutex_destroy(struct mutex *lock)
{
	const struct vtb_lock_use use = use_of(lock, _RET_IP_);

	if (mutex_is_locked(lock))
		vtb_lock_in_use(&use, "destroys");
	lock->magic = NULL;
}
EXPORT_SYMBOL(mutex_destroy);

bool mutex_is_locked(struct mutex *lock)
{
	return atomic_long_read(&lock->owner) != 0;
}
EXPORT_SYMBOL(mutex_is_locked);

static bool try_take(struct mutex *lock, const struct vtb_lock_use *use)
{
	if (mutex_is_locked(lock))
		return false;
	atomic_long_set(&lock->owner, (long)current);
	vtb_sync_acquire(lock);
	vtb_lock_acquired(use);
	return true;
}

static void mutex_lock_at(struct mutex *lock, unsigned long pc)
{
	const struct vtb_lock_use use = use_of(lock, pc);
	struct mutex_waiter waiter = { .task = current };

	vtb_might_sleep("mutex_lock", pc);
	if (vtb_lock_ignored(lock, pc))
		return;
	vtb_drain_point();
	vtb_lock_check(&use);
	vtb_preempt_point();
	if (try_take(lock, &use))
		return;
	list_add_tail(&waiter.list, &lock->wait_list);
	do {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		vtb_task_wait();
	} while (!try_take(lock, &use));
	list_del(&waiter.list);
}

void mutex_lock(struct mutex *lock)
{
	mutex_lock_at(lock, _RET_IP_);
}
EXPORT_SYMBOL(mutex_lock);

int mutex_lock_interruptible(struct mutex *lock)
{
	mutex_lock_at(lock, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL(mutex_lock_interruptible);

int mutex_lock_killable(struct mutex *lock)
{
	mutex_lock_at(lock, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL(mutex_lock_killable);

void mutex_lock_io(struct mutex *lock)
{
	mutex_lock_at(lock, _RET_IP_);
}
EXPORT_SYMBOL(mutex_lock_io);

int mutex_trylock(struct mutex *lock)
{
	struct vtb_lock_use use = use_of(lock, _RET_IP_);

	use.trylock = true;
	vtb_drain_point();
	vtb_preempt_point();
	return try_take(lock, &use);
}
EXPORT_SYMBOL(mutex_trylock);

void mutex_unlock(struct mutex *lock)
{
	const struct vtb_lock_use use = use_of(lock, _RET_IP_);
	struct mutex_waiter *first;

	if (vtb_unlock_ignored(lock))
		return;
	vtb_drain_point();
	vtb_lock_released(&use);
	vtb_sync_release(lock);
	atomic_long_set(&lock->owner, 0);
	first = list_first_entry_or_null(&lock->wait_list, struct mutex_waiter,
					 list);
	if (first)
		wake_up_process(first->task);
	vtb_preempt_point();
}
EXPORT_SYMBOL(mutex_unlock);

int atomic_dec_and_mutex_lock(atomic_t *count, struct mutex *lock)
{
	if (vtb_dec_unless_last(count, (void *)_RET_IP_))
		return 0;
	mutex_lock(lock);
	if (vtb_dec_and_test(count, (void *)_RET_IP_))
		return 1;
	mutex_unlock(lock);
	return 0;
}
EXPORT_SYMBOL(atomic_dec_and_mutex_lock);

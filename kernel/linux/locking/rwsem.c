// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwsem.c - reader-writer semaphores
 *
 * count is 0 while free, RWSEM_WRITER_LOCKED with a writer, else READER times
 * the number of readers: what the headers' rwsem_is_locked() expects. Waiters
 * queue in order; a reader waits behind a writer that waits, as in a real
 * kernel, so that two readers of one task may deadlock. The class is kept in
 * wait_lock.magic, wait_lock itself is not used.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <vtb/runtime.h>
#include "../sched/sched.h"
#include "lockcheck.h"

#define CLASS_MAGIC	0x5b3c0000u
#define CLASS_MASK	0x0000ffffu

#define WRITER		1L
#define READER		256L

struct rwsem_waiter {
	struct list_head list;
	struct task_struct *task;
	bool read;
};

static u16 rwsem_class(const struct rw_semaphore *sem, unsigned long pc)
{
	unsigned int magic = sem->wait_lock.magic;

	if ((magic & ~CLASS_MASK) == CLASS_MAGIC)
		return magic & CLASS_MASK;
	if (magic != SPINLOCK_MAGIC)
		vtb_lock_bad(sem, "rw_semaphore", pc);
	return vtb_lock_class_static(sem);
}

static struct vtb_lock_use use_of(const struct rw_semaphore *sem,
				  unsigned long pc, bool read)
{
	return (struct vtb_lock_use){
		.lock = sem,
		.pc = pc,
		.class = rwsem_class(sem, pc),
		.read = read,
	};
}

void __init_rwsem(struct rw_semaphore *sem, const char *name,
		  struct lock_class_key *key)
{
	atomic_long_set(&sem->count, 0);
	atomic_long_set(&sem->owner, 0);
	INIT_LIST_HEAD(&sem->wait_list);
	sem->wait_lock.magic = CLASS_MAGIC | vtb_lock_class(name, _RET_IP_);
}
EXPORT_SYMBOL(__init_rwsem);

static struct rwsem_waiter *first_waiter(struct rw_semaphore *sem)
{
	return list_first_entry_or_null(&sem->wait_list, struct rwsem_waiter,
					list);
}

static bool try_take(struct rw_semaphore *sem, const struct vtb_lock_use *use)
{
	long count = atomic_long_read(&sem->count);

	if (use->read ? count & WRITER : count)
		return false;
	atomic_long_add(use->read ? READER : WRITER, &sem->count);
	if (!use->read)
		atomic_long_set(&sem->owner, (long)current);
	vtb_rw_sync_acquire(sem, use->read);
	vtb_lock_acquired(use);
	return true;
}

/* Wakes those at the head of the queue that could go on together. */
static void wake_waiters(struct rw_semaphore *sem)
{
	struct rwsem_waiter *waiter;

	list_for_each_entry(waiter, &sem->wait_list, list) {
		if (!waiter->read && waiter != first_waiter(sem))
			break;
		vtb_wake(waiter->task, TASK_NORMAL);
		if (!waiter->read)
			break;
	}
}

/* All waiters before @me are readers, like @me. */
static bool only_readers_before(struct rw_semaphore *sem,
				const struct rwsem_waiter *me)
{
	struct rwsem_waiter *waiter;

	list_for_each_entry(waiter, &sem->wait_list, list) {
		if (waiter == me)
			return true;
		if (!waiter->read)
			return false;
	}
	return true;
}

static void wait_for(struct rw_semaphore *sem, const struct vtb_lock_use *use)
{
	struct rwsem_waiter me = { .task = current, .read = use->read };

	list_add_tail(&me.list, &sem->wait_list);
	do {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		vtb_task_wait();
	} while (!(me.read ? only_readers_before(sem, &me) :
			     first_waiter(sem) == &me) ||
		 !try_take(sem, use));
	list_del(&me.list);
	/* Readers behind us need not wait for anybody else. */
	if (me.read)
		wake_waiters(sem);
}

static void down_at(struct rw_semaphore *sem, unsigned long pc, bool read)
{
	const struct vtb_lock_use use = use_of(sem, pc, read);

	vtb_might_sleep(read ? "down_read" : "down_write", pc);
	if (vtb_lock_ignored(sem, pc))
		return;
	vtb_drain_point();
	vtb_lock_check(&use);
	vtb_preempt_point();
	if (list_empty(&sem->wait_list) && try_take(sem, &use))
		return;
	wait_for(sem, &use);
}

static int trydown_at(struct rw_semaphore *sem, unsigned long pc, bool read)
{
	struct vtb_lock_use use = use_of(sem, pc, read);

	use.trylock = true;
	vtb_drain_point();
	vtb_preempt_point();
	return try_take(sem, &use);
}

static void up_at(struct rw_semaphore *sem, unsigned long pc, bool read)
{
	const struct vtb_lock_use use = use_of(sem, pc, read);

	if (vtb_unlock_ignored(sem))
		return;
	vtb_drain_point();
	vtb_lock_released(&use);
	vtb_rw_sync_release(sem, read);
	if (!read)
		atomic_long_set(&sem->owner, 0);
	atomic_long_sub(read ? READER : WRITER, &sem->count);
	wake_waiters(sem);
	vtb_preempt_point();
}

/* -- the kernel's names ---------------------------------------------------- */

void down_read(struct rw_semaphore *sem)
{
	down_at(sem, _RET_IP_, true);
}
EXPORT_SYMBOL(down_read);

int down_read_interruptible(struct rw_semaphore *sem)
{
	down_at(sem, _RET_IP_, true);
	return 0;
}
EXPORT_SYMBOL(down_read_interruptible);

int down_read_killable(struct rw_semaphore *sem)
{
	down_at(sem, _RET_IP_, true);
	return 0;
}
EXPORT_SYMBOL(down_read_killable);

int down_read_trylock(struct rw_semaphore *sem)
{
	return trydown_at(sem, _RET_IP_, true);
}
EXPORT_SYMBOL(down_read_trylock);

void up_read(struct rw_semaphore *sem)
{
	up_at(sem, _RET_IP_, true);
}
EXPORT_SYMBOL(up_read);

void down_write(struct rw_semaphore *sem)
{
	down_at(sem, _RET_IP_, false);
}
EXPORT_SYMBOL(down_write);

int down_write_killable(struct rw_semaphore *sem)
{
	down_at(sem, _RET_IP_, false);
	return 0;
}
EXPORT_SYMBOL(down_write_killable);

int down_write_trylock(struct rw_semaphore *sem)
{
	return trydown_at(sem, _RET_IP_, false);
}
EXPORT_SYMBOL(down_write_trylock);

void up_write(struct rw_semaphore *sem)
{
	up_at(sem, _RET_IP_, false);
}
EXPORT_SYMBOL(up_write);

void downgrade_write(struct rw_semaphore *sem)
{
	struct vtb_lock_use use = use_of(sem, _RET_IP_, false);

	vtb_lock_released(&use);
	vtb_rw_sync_release(sem, false);
	use.read = true;
	vtb_lock_acquired(&use);
	atomic_long_set(&sem->owner, 0);
	atomic_long_add(READER - WRITER, &sem->count);
	wake_waiters(sem);
}
EXPORT_SYMBOL(downgrade_write);

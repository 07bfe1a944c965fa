// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwlock.c - reader-writer spinlocks
 *
 * The lock word is that of the headers' queued lock: its low byte is set while
 * a writer has it, the rest counts readers. Readers do not wait for waiting
 * writers. magic as in spinlock.c.
 */
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <vtb/runtime.h>
#include "lockcheck.h"

#define CLASS_MAGIC	0x5b2c0000u
#define CLASS_MASK	0x0000ffffu

#define WRITER		_QW_LOCKED
#define READER		_QR_BIAS

static u16 rw_class(const rwlock_t *lock, unsigned long pc)
{
	if ((lock->magic & ~CLASS_MASK) == CLASS_MAGIC)
		return lock->magic & CLASS_MASK;
	if (lock->magic != RWLOCK_MAGIC)
		vtb_lock_bad(lock, "rwlock", pc);
	return vtb_lock_class_static(lock);
}

void __rwlock_init(rwlock_t *lock, const char *name, struct lock_class_key *key)
{
	lock->raw_lock = (arch_rwlock_t)__ARCH_RW_LOCK_UNLOCKED;
	lock->magic = CLASS_MAGIC | vtb_lock_class(name, _RET_IP_);
	lock->owner = SPINLOCK_OWNER_INIT;
	lock->owner_cpu = -1;
}
EXPORT_SYMBOL(__rwlock_init);

static bool try_take(rwlock_t *lock, const struct vtb_lock_use *use)
{
	int word = atomic_read(&lock->raw_lock.cnts);

	if (use->read ? word & WRITER : word)
		return false;
	atomic_add(use->read ? READER : WRITER, &lock->raw_lock.cnts);
	if (!use->read)
		lock->owner = vtb_this;
	vtb_rw_sync_acquire(lock, use->read);
	vtb_lock_acquired(use);
	return true;
}

static struct vtb_lock_use use_of(const rwlock_t *lock, unsigned long pc,
				  bool read)
{
	return (struct vtb_lock_use){
		.lock = lock,
		.pc = pc,
		.class = rw_class(lock, pc),
		.read = read,
	};
}

static void rw_lock_at(rwlock_t *lock, unsigned long pc, bool read)
{
	struct vtb_lock_use use = use_of(lock, pc, read);

	if (vtb_lock_ignored(lock, pc))
		return;
	vtb_drain_point();
	vtb_lock_check(&use);
	vtb_preempt_point();
	while (!try_take(lock, &use))
		vtb_spin_wait(lock);
}

static int rw_trylock_at(rwlock_t *lock, unsigned long pc, bool read)
{
	struct vtb_lock_use use = use_of(lock, pc, read);

	use.trylock = true;
	vtb_drain_point();
	vtb_preempt_point();
	return try_take(lock, &use);
}

static void rw_unlock_at(rwlock_t *lock, unsigned long pc, bool read)
{
	struct vtb_lock_use use = use_of(lock, pc, read);

	if (vtb_unlock_ignored(lock))
		return;
	vtb_drain_point();
	vtb_lock_released(&use);
	vtb_rw_sync_release(lock, read);
	if (!read)
		lock->owner = SPINLOCK_OWNER_INIT;
	atomic_sub(read ? READER : WRITER, &lock->raw_lock.cnts);
	vtb_spin_wake(lock);
	vtb_preempt_point();
}

/* -- the kernel's names, for readers and writers --------------------------- */

#define DEFINE_RW(what, read)						\
void _raw_##what##_lock(rwlock_t *lock)					\
{									\
	preempt_disable();						\
	rw_lock_at(lock, _RET_IP_, read);				\
}									\
EXPORT_SYMBOL(_raw_##what##_lock);					\
									\
void _raw_##what##_lock_bh(rwlock_t *lock)				\
{									\
	__local_bh_disable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);		\
	rw_lock_at(lock, _RET_IP_, read);				\
}									\
EXPORT_SYMBOL(_raw_##what##_lock_bh);					\
									\
void _raw_##what##_lock_irq(rwlock_t *lock)				\
{									\
	local_irq_disable();						\
	preempt_disable();						\
	rw_lock_at(lock, _RET_IP_, read);				\
}									\
EXPORT_SYMBOL(_raw_##what##_lock_irq);					\
									\
unsigned long _raw_##what##_lock_irqsave(rwlock_t *lock)		\
{									\
	unsigned long flags;						\
									\
	local_irq_save(flags);						\
	preempt_disable();						\
	rw_lock_at(lock, _RET_IP_, read);				\
	return flags;							\
}									\
EXPORT_SYMBOL(_raw_##what##_lock_irqsave);				\
									\
int _raw_##what##_trylock(rwlock_t *lock)				\
{									\
	preempt_disable();						\
	if (rw_trylock_at(lock, _RET_IP_, read))			\
		return 1;						\
	preempt_enable();						\
	return 0;							\
}									\
EXPORT_SYMBOL(_raw_##what##_trylock);					\
									\
void _raw_##what##_unlock(rwlock_t *lock)				\
{									\
	rw_unlock_at(lock, _RET_IP_, read);				\
	preempt_enable();						\
}									\
EXPORT_SYMBOL(_raw_##what##_unlock);					\
									\
void _raw_##what##_unlock_bh(rwlock_t *lock)				\
{									\
	rw_unlock_at(lock, _RET_IP_, read);				\
	__local_bh_enable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);		\
}									\
EXPORT_SYMBOL(_raw_##what##_unlock_bh);					\
									\
void _raw_##what##_unlock_irq(rwlock_t *lock)				\
{									\
	rw_unlock_at(lock, _RET_IP_, read);				\
	local_irq_enable();						\
	preempt_enable();						\
}									\
EXPORT_SYMBOL(_raw_##what##_unlock_irq);				\
									\
void _raw_##what##_unlock_irqrestore(rwlock_t *lock,			\
				     unsigned long flags)		\
{									\
	rw_unlock_at(lock, _RET_IP_, read);				\
	local_irq_restore(flags);					\
	preempt_enable();						\
}									\
EXPORT_SYMBOL(_raw_##what##_unlock_irqrestore)

DEFINE_RW(read, true);
DEFINE_RW(write, false);

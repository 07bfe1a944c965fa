// SPDX-License-Identifier: GPL-2.0-only
/*
 * spinlock.c - spinlocks
 *
 * The lock word says whether the lock is taken (spin_is_locked() of the headers
 * reads it), owner is the context that has it: a task or the interrupts of a
 * vCPU. magic is the header's value in locks the compiler initialised; others
 * have their class in its lower half.
 *
 * An interrupt that waits for a lock which the task it interrupted holds waits
 * for ever. That is found when it happens, not in advance.
 */
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <vtb/runtime.h>
#include "lockcheck.h"

#define CLASS_MAGIC	0x5b1c0000u
#define CLASS_MASK	0x0000ffffu

static u16 spin_class(const raw_spinlock_t *lock, unsigned long pc)
{
	if ((lock->magic & ~CLASS_MASK) == CLASS_MAGIC)
		return lock->magic & CLASS_MASK;
	if (lock->magic != SPINLOCK_MAGIC)
		vtb_lock_bad(lock, "spinlock", pc);
	return vtb_lock_class_static(lock);
}

void vtb_spin_lock_init_at(raw_spinlock_t *lock, const char *name,
			   unsigned long site)
{
	lock->raw_lock = (arch_spinlock_t)__ARCH_SPIN_LOCK_UNLOCKED;
	lock->magic = CLASS_MAGIC | vtb_lock_class(name, site);
	lock->owner = SPINLOCK_OWNER_INIT;
	lock->owner_cpu = -1;
}

void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name,
			  struct lock_class_key *key, short inner)
{
	vtb_spin_lock_init_at(lock, name, _RET_IP_);
}
EXPORT_SYMBOL(__raw_spin_lock_init);

static bool is_taken(const raw_spinlock_t *lock)
{
	return atomic_read(&lock->raw_lock.val) != 0;
}

static void take(raw_spinlock_t *lock, const struct vtb_lock_use *use)
{
	atomic_set(&lock->raw_lock.val, 1);
	lock->owner = vtb_this;
	lock->owner_cpu = vtb_this->cpu;
	vtb_sync_acquire(lock);
	vtb_lock_acquired(use);
}

/* Does the task that this interrupt has interrupted hold the lock? */
static void check_interrupted(const raw_spinlock_t *lock,
			      const struct vtb_lock_use *use)
{
	int serving;
	struct vtb_context *task = vtb_cpu_context(vtb_this->cpu, &serving);

	if (serving && task && lock->owner == task && task != vtb_this)
		vtb_finding("irq-deadlock", vtb_lock_class_name(use->class),
			    (const void *)use->pc, NULL,
			    "an interrupt waits for a lock of the task it interrupted",
			    "the task took the lock with interrupts enabled");
}

static void spin_lock_at(raw_spinlock_t *lock, unsigned long pc)
{
	const struct vtb_lock_use use = {
		.lock = lock,
		.pc = pc,
		.class = spin_class(lock, pc),
	};

	if (vtb_lock_ignored(lock, pc))
		return;
	vtb_drain_point();
	vtb_lock_check(&use);
	vtb_preempt_point();
	while (is_taken(lock)) {
		check_interrupted(lock, &use);
		vtb_spin_wait(lock);
	}
	take(lock, &use);
}

static int spin_trylock_at(raw_spinlock_t *lock, unsigned long pc)
{
	const struct vtb_lock_use use = {
		.lock = lock,
		.pc = pc,
		.class = spin_class(lock, pc),
		.trylock = true,
	};

	if (vtb_lock_ignored(lock, pc))
		return 1;
	vtb_drain_point();
	vtb_preempt_point();
	if (is_taken(lock))
		return 0;
	take(lock, &use);
	return 1;
}

static void spin_unlock_at(raw_spinlock_t *lock, unsigned long pc)
{
	const struct vtb_lock_use use = {
		.lock = lock,
		.pc = pc,
		.class = spin_class(lock, pc),
	};

	if (vtb_unlock_ignored(lock))
		return;
	vtb_drain_point();
	vtb_lock_released(&use);
	vtb_sync_release(lock);
	lock->owner = SPINLOCK_OWNER_INIT;
	lock->owner_cpu = -1;
	atomic_set(&lock->raw_lock.val, 0);
	vtb_spin_wake(lock);
	vtb_preempt_point();
}

/* -- the kernel's names: what is disabled around it ------------------------ */

void _raw_spin_lock(raw_spinlock_t *lock)
{
	preempt_disable();
	spin_lock_at(lock, _RET_IP_);
}
EXPORT_SYMBOL(_raw_spin_lock);

void _raw_spin_lock_bh(raw_spinlock_t *lock)
{
	__local_bh_disable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);
	spin_lock_at(lock, _RET_IP_);
}
EXPORT_SYMBOL(_raw_spin_lock_bh);

void _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	local_irq_disable();
	preempt_disable();
	spin_lock_at(lock, _RET_IP_);
}
EXPORT_SYMBOL(_raw_spin_lock_irq);

unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_disable();
	spin_lock_at(lock, _RET_IP_);
	return flags;
}
EXPORT_SYMBOL(_raw_spin_lock_irqsave);

int _raw_spin_trylock(raw_spinlock_t *lock)
{
	preempt_disable();
	if (spin_trylock_at(lock, _RET_IP_))
		return 1;
	preempt_enable();
	return 0;
}
EXPORT_SYMBOL(_raw_spin_trylock);

int _raw_spin_trylock_bh(raw_spinlock_t *lock)
{
	__local_bh_disable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);
	if (spin_trylock_at(lock, _RET_IP_))
		return 1;
	__local_bh_enable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);
	return 0;
}
EXPORT_SYMBOL(_raw_spin_trylock_bh);

void _raw_spin_unlock(raw_spinlock_t *lock)
{
	spin_unlock_at(lock, _RET_IP_);
	preempt_enable();
}
EXPORT_SYMBOL(_raw_spin_unlock);

void _raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	spin_unlock_at(lock, _RET_IP_);
	__local_bh_enable_ip(_RET_IP_, SOFTIRQ_LOCK_OFFSET);
}
EXPORT_SYMBOL(_raw_spin_unlock_bh);

void _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	spin_unlock_at(lock, _RET_IP_);
	local_irq_enable();
	preempt_enable();
}
EXPORT_SYMBOL(_raw_spin_unlock_irq);

void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	spin_unlock_at(lock, _RET_IP_);
	local_irq_restore(flags);
	preempt_enable();
}
EXPORT_SYMBOL(_raw_spin_unlock_irqrestore);

/* -- the last reference drops with the lock held --------------------------- */

bool vtb_dec_unless_last(atomic_t *atomic, const void *site)
{
	vtb_preempt_point();
	if (!atomic_add_unless(atomic, -1, 1))
		return false;
	vtb_race_atomic(atomic, sizeof(*atomic), site);
	return true;
}

bool vtb_dec_and_test(atomic_t *atomic, const void *site)
{
	vtb_race_atomic(atomic, sizeof(*atomic), site);
	return atomic_dec_and_test(atomic);
}

int _atomic_dec_and_lock(atomic_t *atomic, spinlock_t *lock)
{
	if (vtb_dec_unless_last(atomic, (void *)_RET_IP_))
		return 0;
	spin_lock(lock);
	if (vtb_dec_and_test(atomic, (void *)_RET_IP_))
		return 1;
	spin_unlock(lock);
	return 0;
}
EXPORT_SYMBOL(_atomic_dec_and_lock);

int _atomic_dec_and_lock_irqsave(atomic_t *atomic, spinlock_t *lock,
				 unsigned long *flags)
{
	if (vtb_dec_unless_last(atomic, (void *)_RET_IP_))
		return 0;
	spin_lock_irqsave(lock, *flags);
	if (vtb_dec_and_test(atomic, (void *)_RET_IP_))
		return 1;
	spin_unlock_irqrestore(lock, *flags);
	return 0;
}
EXPORT_SYMBOL(_atomic_dec_and_lock_irqsave);

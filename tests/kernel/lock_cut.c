// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock_cut.c - code that follows and breaks the rules of locks
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include "exec_cut.h"

struct pair {
	struct mutex a;
	spinlock_t b;
	spinlock_t c;
};

static struct pair *get_pair(void)
{
	static struct pair pair;
	static bool ready;

	if (!ready) {
		mutex_init(&pair.a);
		spin_lock_init(&pair.b);
		spin_lock_init(&pair.c);
		ready = true;
	}
	return &pair;
}

/* -- order -- */

void cut_order_ab(void)
{
	struct pair *p = get_pair();

	spin_lock(&p->b);
	spin_lock(&p->c);
	spin_unlock(&p->c);
	spin_unlock(&p->b);
}

void cut_order_ba(void)
{
	struct pair *p = get_pair();

	spin_lock(&p->c);
	spin_lock(&p->b);
	spin_unlock(&p->b);
	spin_unlock(&p->c);
}

static DEFINE_MUTEX(static_a);
static DEFINE_MUTEX(static_b);

void cut_static_order_ab(void)
{
	mutex_lock(&static_a);
	mutex_lock(&static_b);
	mutex_unlock(&static_b);
	mutex_unlock(&static_a);
}

void cut_static_order_ba(void)
{
	mutex_lock(&static_b);
	mutex_lock(&static_a);
	mutex_unlock(&static_a);
	mutex_unlock(&static_b);
}

/* Two locks of one class, in either order: nothing is known of subclasses. */
void cut_same_class(void)
{
	struct mutex m[2];
	int i;

	for (i = 0; i < 2; i++)
		mutex_init(&m[i]);
	mutex_lock(&m[0]);
	mutex_lock(&m[1]);
	mutex_unlock(&m[1]);
	mutex_unlock(&m[0]);
	mutex_lock(&m[1]);
	mutex_lock(&m[0]);
	/* Out of order is fine. */
	mutex_unlock(&m[1]);
	mutex_unlock(&m[0]);
}

/* -- owners -- */

void cut_lock_and_keep(void)
{
	mutex_lock(&static_a);
}

void cut_unlock_kept(void)
{
	mutex_unlock(&static_a);
}

void cut_recursion_mutex(void)
{
	mutex_lock(&static_a);
	mutex_lock(&static_a);
}

void cut_recursion_spin(void)
{
	struct pair *p = get_pair();

	spin_lock(&p->b);
	spin_lock(&p->b);
}

void cut_read_recursion(void)
{
	static DEFINE_RWLOCK(lock);

	read_lock(&lock);
	read_lock(&lock);
	read_unlock(&lock);
	read_unlock(&lock);
}

void cut_uninitialised(void)
{
	struct mutex m = { };

	mutex_lock(&m);
}

void cut_destroy_held(void)
{
	struct mutex m;

	mutex_init(&m);
	mutex_lock(&m);
	mutex_destroy(&m);
}

void cut_trylocks(void)
{
	struct pair *p = get_pair();

	BUG_ON(!mutex_trylock(&p->a));
	BUG_ON(mutex_trylock(&p->a));
	mutex_unlock(&p->a);
	BUG_ON(!spin_trylock(&p->b));
	BUG_ON(spin_trylock(&p->b));
	BUG_ON(!spin_is_locked(&p->b));
	/* The other order, but a trylock does not wait. */
	BUG_ON(!spin_trylock(&p->c));
	spin_unlock(&p->c);
	spin_unlock(&p->b);
	cut_order_ba();
}

static int exit_locked(void *data)
{
	mutex_lock(&static_b);
	return 0;
}

void cut_kthread_exits_locked(void)
{
	kthread_run(exit_locked, NULL, "careless");
}

/* -- sleeping -- */

void cut_sleep_in_spinlock(void)
{
	struct pair *p = get_pair();

	spin_lock(&p->b);
	mutex_lock(&p->a);
}

void cut_sleep_in_rcu(void)
{
	rcu_read_lock();
	might_sleep();
}

void cut_sleep_irqs_off(void)
{
	local_irq_disable();
	schedule();
}

void cut_sleep_legal(void)
{
	struct pair *p = get_pair();

	spin_lock(&p->b);
	spin_unlock(&p->b);
	rcu_read_lock();
	rcu_read_unlock();
	might_sleep();
	mutex_lock(&p->a);
	might_sleep();
	schedule();
	mutex_unlock(&p->a);
}

void cut_bh_kept(void)
{
	local_bh_disable();
}

/* -- exclusion -- */

static DEFINE_SPINLOCK(count_spin);
static DEFINE_MUTEX(count_mutex);
static DEFINE_RWLOCK(count_rwlock);
static DECLARE_RWSEM(count_rwsem);
static DEFINE_SEMAPHORE(count_semaphore
#ifdef VTB_TREE_6_12
			, 1
#endif
			);
static int counted;
static int readers, most_readers;

static void count_lock(enum cut_lock_kind kind)
{
	switch (kind) {
	case CUT_SPIN:
		return spin_lock(&count_spin);
	case CUT_MUTEX:
		return mutex_lock(&count_mutex);
	case CUT_RWLOCK:
		return write_lock(&count_rwlock);
	case CUT_RWSEM:
		return down_write(&count_rwsem);
	default:
		return down(&count_semaphore);
	}
}

static void count_unlock(enum cut_lock_kind kind)
{
	switch (kind) {
	case CUT_SPIN:
		return spin_unlock(&count_spin);
	case CUT_MUTEX:
		return mutex_unlock(&count_mutex);
	case CUT_RWLOCK:
		return write_unlock(&count_rwlock);
	case CUT_RWSEM:
		return up_write(&count_rwsem);
	default:
		return up(&count_semaphore);
	}
}

void cut_count_locked(enum cut_lock_kind kind, int rounds)
{
	while (rounds--) {
		int seen;

		count_lock(kind);
		/* Others may run between the load and the store. */
		seen = READ_ONCE(counted);
		smp_mb();
		WRITE_ONCE(counted, seen + 1);
		count_unlock(kind);
	}
}

void cut_count_unlocked(int rounds)
{
	while (rounds--) {
		int seen = READ_ONCE(counted);

		smp_mb();
		WRITE_ONCE(counted, seen + 1);
	}
}

int cut_counted(void)
{
	return counted;
}

void cut_read_together(enum cut_lock_kind kind)
{
	if (kind == CUT_RWLOCK)
		read_lock(&count_rwlock);
	else
		down_read(&count_rwsem);
	if (++readers > most_readers)
		most_readers = readers;
	udelay(10);
	readers--;
	if (kind == CUT_RWLOCK)
		read_unlock(&count_rwlock);
	else
		up_read(&count_rwsem);
}

int cut_most_readers(void)
{
	return most_readers;
}

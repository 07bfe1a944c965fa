// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm_exec_mock.c - what memory code wants from the execution half
 *
 * One thread that never waits: locks count, RCU is what the test says it is,
 * WARN and "must not sleep" become findings. For unit tests of mm/ only.
 */
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/kcsan-checks.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <vtb/runtime.h>

#include "mm_cut.h"

unsigned int nr_cpu_ids = 1;
struct workqueue_struct *system_wq;

static struct task_struct task;
static struct rcu_head *rcu_queue;
static bool atomic;

void cut_boot(const struct vtb_boot *boot)
{
	memset(&task, 0, sizeof(task));
	spin_lock_init(&task.alloc_lock);
	refcount_set(&task.usage, 1);
	vtb_this->task = &task;
	rcu_queue = NULL;
	atomic = false;
	vtb_mm_init(boot);
	vtb_lib_init();
	vtb_fs_init();
}

void cut_set_atomic(int on)
{
	atomic = on;
}

void vtb_might_sleep(const char *object, unsigned long pc)
{
	if (atomic)
		vtb_finding("sleep-in-atomic", object, (void *)pc, NULL,
			    "sleeps where it must not", "");
}

void vtb_might_alloc(gfp_t gfp)
{
	vtb_preempt_point();
	if (gfpflags_allow_blocking(gfp))
		vtb_might_sleep("allocation", _RET_IP_);
}

bool vtb_booting(void)
{
	return !vtb_this->task;
}

void __might_sleep(const char *file, int line)
{
	vtb_might_sleep("call", _RET_IP_);
}

void vtb_warn(const char *file, int line, const char *function,
	      unsigned int flags)
{
	vtb_finding("warn", "kernel", (void *)_RET_IP_, NULL, function, "");
}

void vtb_bug(const char *file, int line, const char *function)
{
	vtb_bench_error(file, line, function);
}

void __warn_printk(const char *format, ...)
{
}

void __kcsan_check_access(const volatile void *p, size_t size, int type)
{
}

void kcsan_nestable_atomic_begin(void)
{
}

void kcsan_nestable_atomic_end(void)
{
}

/* -- locks: nobody else is there -- */

void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name,
			  struct lock_class_key *key, short inner)
{
}

void __lockfunc _raw_spin_lock(raw_spinlock_t *lock)
{
}

void __lockfunc _raw_spin_unlock(raw_spinlock_t *lock)
{
}

unsigned long __lockfunc _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	return 0;
}

void __lockfunc _raw_spin_unlock_irqrestore(raw_spinlock_t *lock,
					    unsigned long flags)
{
}

void __mutex_init(struct mutex *lock, const char *name,
		  struct lock_class_key *key)
{
}

void mutex_lock(struct mutex *lock)
{
}

void mutex_unlock(struct mutex *lock)
{
}

void __init_rwsem(struct rw_semaphore *sem, const char *name,
		  struct lock_class_key *key)
{
	atomic_long_set(&sem->count, 0);
}

void down_read(struct rw_semaphore *sem)
{
	atomic_long_inc(&sem->count);
}

void up_read(struct rw_semaphore *sem)
{
	atomic_long_dec(&sem->count);
}

void down_write(struct rw_semaphore *sem)
{
	atomic_long_inc(&sem->count);
}

void up_write(struct rw_semaphore *sem)
{
	atomic_long_dec(&sem->count);
}

/* -- deferred work: at the test's bidding -- */

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = rcu_queue;
	rcu_queue = head;
}

void synchronize_rcu(void)
{
	struct rcu_head *head;

	while ((head = rcu_queue)) {
		rcu_queue = head->next;
		head->func(head);
	}
}

void cut_grace_period(void)
{
	synchronize_rcu();
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	work->func(work);
	return true;
}

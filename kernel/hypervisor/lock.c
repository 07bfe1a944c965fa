/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.c - locks of the hypervisor
 *
 * Whoever waits sleeps as a fiber and keeps its CPU, which is what spinning is.
 * Order is judged when a lock is asked for, whether anybody else has it or not:
 * ranks ascend. Nobody else runs within a CPU, so what is held is a list for
 * each.
 */
#include <vtb/bridge.h>

#include <xen/sched.h>

#include "hypervisor.h"

#define MAX_HELD	8

struct waiter {
	struct waiter *next;
	const void *lock;
	struct vtb_thread *thread;
};

static struct waiter *waiters;
static struct held {
	const void *lock;
	uint8_t rank;
} held[NR_CPUS][MAX_HELD];
static unsigned int nr_held[NR_CPUS];

static const char *const rank_names[] = {
	"none", "domain", "grant-table", "maptrack", "active", "p2m",
};

unsigned int locks_held(int cpu)
{
	return nr_held[cpu];
}

static void wait_for(const void *lock)
{
	struct waiter self = {
		.next = waiters, .lock = lock, .thread = vtb_thread_self(),
	};
	struct waiter **link = &waiters;

	waiters = &self;
	vtb_thread_spin();
	while (*link != &self)
		link = &(*link)->next;
	*link = self.next;
}

static void wake(const void *lock)
{
	struct waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->lock == lock)
			vtb_thread_wake(waiter->thread);
}

static void check_order(const void *lock, uint8_t rank, const void *site)
{
	int cpu = vtb_this->cpu;
	unsigned int i;

	if (!rank)
		vtb_finding("bad-lock", "lock", site, NULL,
			    "a lock is taken that was never made", "");
	for (i = 0; i < nr_held[cpu]; i++)
		if (held[cpu][i].rank >= rank)
			vtb_finding("lock-order", rank_names[rank], site, NULL,
				    held[cpu][i].lock == lock ?
				    "a lock is taken twice" :
				    "a lock is taken while one is held that comes after it",
				    rank_names[held[cpu][i].rank]);
	vtb_drain_point();
	vtb_preempt_point();
}

static void note_held(const void *lock, uint8_t rank)
{
	int cpu = vtb_this->cpu;

	if (nr_held[cpu] == MAX_HELD)
		vtb_bench_error(__FILE__, __LINE__, "too many locks are held");
	held[cpu][nr_held[cpu]].lock = lock;
	held[cpu][nr_held[cpu]++].rank = rank;
	vtb_sync_acquire(lock);
}

static void forget_held(const void *lock, const void *site)
{
	int cpu = vtb_this->cpu;
	unsigned int i = nr_held[cpu];

	while (i && held[cpu][i - 1].lock != lock)
		i--;
	if (!i)
		vtb_finding("lock-not-held", "lock", site, NULL,
			    "a lock is given back by somebody who does not have it",
			    "");
	for (; i < nr_held[cpu]; i++)
		held[cpu][i - 1] = held[cpu][i];
	nr_held[cpu]--;
	vtb_drain_point();
}

/* -- spinlocks -- */

void spin_lock_init(spinlock_t *lock, enum lock_rank rank)
{
	lock->taken = 0;
	lock->rank = rank;
}

void spin_lock(spinlock_t *lock)
{
	check_order(lock, lock->rank, __builtin_return_address(0));
	while (lock->taken)
		wait_for(lock);
	lock->taken = 1;
	lock->cpu = vtb_this->cpu;
	note_held(lock, lock->rank);
}

void spin_unlock(spinlock_t *lock)
{
	forget_held(lock, __builtin_return_address(0));
	vtb_sync_release(lock);
	lock->taken = 0;
	wake(lock);
	vtb_preempt_point();
}

/* -- rwlocks: readers come after writers, not after each other -- */

#define READERS(lock)	((const char *)(lock) + 4)

void rwlock_init(rwlock_t *lock, enum lock_rank rank)
{
	lock->written = 0;
	lock->readers = 0;
	lock->rank = rank;
}

void read_lock(rwlock_t *lock)
{
	check_order(lock, lock->rank, __builtin_return_address(0));
	while (lock->written)
		wait_for(lock);
	lock->readers++;
	note_held(lock, lock->rank);
}

void read_unlock(rwlock_t *lock)
{
	forget_held(lock, __builtin_return_address(0));
	vtb_sync_release(READERS(lock));
	if (!--lock->readers)
		wake(lock);
	vtb_preempt_point();
}

void write_lock(rwlock_t *lock)
{
	check_order(lock, lock->rank, __builtin_return_address(0));
	while (lock->written || lock->readers)
		wait_for(lock);
	lock->written = 1;
	note_held(lock, lock->rank);
	vtb_sync_acquire(READERS(lock));
}

void write_unlock(rwlock_t *lock)
{
	forget_held(lock, __builtin_return_address(0));
	vtb_sync_release(lock);
	lock->written = 0;
	wake(lock);
	vtb_preempt_point();
}

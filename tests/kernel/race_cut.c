// SPDX-License-Identifier: GPL-2.0-only
/*
 * race_cut.c - the shared variable, annotations, locks and atomics
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "race_cut.h"

static u64 shared;

/* The value is needed, as far as the compiler can see. */
static __always_inline void use(u64 value)
{
	asm volatile("" : : "r" (value));
}

noinline void race_write(void)
{
	shared++;
}

noinline void race_read(void)
{
	use(shared);
}

/* Some access or other. */
static int touched;

static noinline void race_touch(void)
{
	use(READ_ONCE(touched));
}

noinline void race_plain_write(void)
{
	shared = 3;
}

static const struct race_case *case_of(long arg)
{
	return (const struct race_case *)(arg & ~1l);
}

void race_cut_first(long arg)
{
	case_of(arg)->first(arg & 1);
}

void race_cut_second(long arg)
{
	case_of(arg)->second(arg & 1);
}

/* -- annotations ------------------------------------------------------------ */

void race_marked_write(void)
{
	WRITE_ONCE(shared, 1);
}

void race_marked_read(void)
{
	use(READ_ONCE(shared));
}

void race_data_race_read(void)
{
	use(data_race(shared));
}

__no_kcsan void race_no_kcsan_read(void)
{
	use(shared);
}

void race_atomic_section_write(void)
{
	kcsan_nestable_atomic_begin();
	shared = 2;
	kcsan_nestable_atomic_end();
}

void race_assert_writer(void)
{
	ASSERT_EXCLUSIVE_WRITER(shared);
}

void race_assert_access(void)
{
	ASSERT_EXCLUSIVE_ACCESS(shared);
}

/* Of the bits of 3 nobody else changes any. */
void race_assert_bits(void)
{
	ASSERT_EXCLUSIVE_BITS(shared, 3);
	use(READ_ONCE(shared));
}

/* The plain read is the next one that has no mark of its own. */
void race_assert_plain_bits(void)
{
	ASSERT_EXCLUSIVE_BITS(shared, 3);
	race_touch();
	use(shared & 3);
}

void race_other_bits(void)
{
	WRITE_ONCE(shared, READ_ONCE(shared) | 4);
	race_touch();
}

void race_these_bits(void)
{
	WRITE_ONCE(shared, READ_ONCE(shared) | 2);
	race_touch();
}

void race_assert_scoped(void)
{
	ASSERT_EXCLUSIVE_WRITER_SCOPED(shared);
	use(READ_ONCE(shared));
}

/* -- locks ------------------------------------------------------------------ */

static DEFINE_SPINLOCK(spin);
static DEFINE_SPINLOCK(other_spin);
static DEFINE_MUTEX(mutex);
static DEFINE_RWLOCK(rwlock);
static DECLARE_RWSEM(rwsem);
static struct semaphore sem;
static seqlock_t seq;

void race_locked_write(void)
{
	spin_lock(&spin);
	race_write();
	spin_unlock(&spin);
}

void race_other_lock_read(void)
{
	spin_lock(&other_spin);
	mutex_is_locked(&mutex);
	race_read();
	spin_unlock(&other_spin);
}

#define DEFINE_LOCKED(name, lock, unlock, access)			\
static void name(int ordered)						\
{									\
	if (ordered)							\
		lock;							\
	access();							\
	if (ordered)							\
		unlock;							\
}

DEFINE_LOCKED(spin_write, spin_lock(&spin), spin_unlock(&spin), race_write)
DEFINE_LOCKED(spin_read, spin_lock(&spin), spin_unlock(&spin), race_read)
DEFINE_LOCKED(irq_write, spin_lock_irq(&spin), spin_unlock_irq(&spin),
	      race_write)
DEFINE_LOCKED(bh_read, spin_lock_bh(&spin), spin_unlock_bh(&spin), race_read)
DEFINE_LOCKED(try_read, while (!spin_trylock(&spin)) cpu_relax(),
	      spin_unlock(&spin), race_read)
DEFINE_LOCKED(mutex_write, mutex_lock(&mutex), mutex_unlock(&mutex),
	      race_write)
DEFINE_LOCKED(mutex_read, mutex_lock(&mutex), mutex_unlock(&mutex), race_read)
DEFINE_LOCKED(rwlock_write, write_lock(&rwlock), write_unlock(&rwlock),
	      race_write)
DEFINE_LOCKED(rwlock_read, read_lock(&rwlock), read_unlock(&rwlock), race_read)
DEFINE_LOCKED(rwsem_write, down_write(&rwsem), up_write(&rwsem), race_write)
DEFINE_LOCKED(rwsem_read, down_read(&rwsem), up_read(&rwsem), race_read)
DEFINE_LOCKED(sem_write, down(&sem), up(&sem), race_write)
DEFINE_LOCKED(sem_read, down(&sem), up(&sem), race_read)
DEFINE_LOCKED(seq_write, write_seqlock(&seq), write_sequnlock(&seq),
	      race_write)

/* A reader that writes: readers do not come after each other. */
static void two_readers(int ordered)
{
	if (ordered)
		write_lock(&rwlock);
	else
		read_lock(&rwlock);
	race_write();
	if (ordered)
		write_unlock(&rwlock);
	else
		read_unlock(&rwlock);
}

static void two_sem_readers(int ordered)
{
	if (ordered)
		down_write(&rwsem);
	else
		down_read(&rwsem);
	race_write();
	if (ordered)
		up_write(&rwsem);
	else
		up_read(&rwsem);
}

static void downgraded_write(int ordered)
{
	down_write(&rwsem);
	if (ordered)
		race_write();
	downgrade_write(&rwsem);
	if (!ordered)
		race_write();
	up_read(&rwsem);
}

static void seq_read(int ordered)
{
	unsigned int start;

	if (!ordered) {
		race_read();
		return;
	}
	do {
		start = read_seqbegin(&seq);
		race_read();
	} while (read_seqretry(&seq, start));
}

static void always_sem_read(int ordered)
{
	rwsem_read(1);
}

const struct race_case race_lock_cases[] = {
	{ "spinlock", spin_write, spin_read },
	{ "spinlock, irq and bh", irq_write, bh_read },
	{ "spinlock, read then write", spin_read, spin_write },
	{ "spin_trylock", spin_write, try_read },
	{ "mutex", mutex_write, mutex_read },
	{ "rwlock", rwlock_write, rwlock_read },
	{ "rwlock, read then write", rwlock_read, rwlock_write },
	{ "rwlock, two readers", two_readers, two_readers },
	{ "rwsem", rwsem_write, rwsem_read },
	{ "rwsem, read then write", rwsem_read, rwsem_write },
	{ "rwsem, two readers", two_sem_readers, two_sem_readers },
	{ "rwsem, downgraded", downgraded_write, always_sem_read },
	{ "semaphore", sem_write, sem_read },
	{ "seqlock", seq_write, seq_read },
	{ NULL },
};

/* -- objects ---------------------------------------------------------------- */

static u64 *object;

void race_object_new(void)
{
	WRITE_ONCE(object, kzalloc(64, GFP_KERNEL));
}

void race_object_read(void)
{
	use(READ_ONCE(object)[3]);
}

void race_object_write(void)
{
	READ_ONCE(object)[3]++;
}

void race_object_read_locked(void)
{
	spin_lock(&spin);
	race_object_read();
	spin_unlock(&spin);
}

/* Of the last word of the object. */
void race_object_assert_bits(void)
{
	u32 *words = (u32 *)READ_ONCE(object);

	ASSERT_EXCLUSIVE_BITS(words[15], 3);
	use(READ_ONCE(words[15]));
}

void race_object_other_bits(void)
{
	u32 *words = (u32 *)READ_ONCE(object);

	WRITE_ONCE(words[15], READ_ONCE(words[15]) | 4);
	race_touch();
}

/* As part of a wider write. */
void race_object_these_bits(void)
{
	u64 *words = READ_ONCE(object);

	WRITE_ONCE(words[7], READ_ONCE(words[7]) | 1ull << 32);
	race_touch();
}

void race_object_free(void)
{
	kfree(READ_ONCE(object));
}

void race_object_free_locked(void)
{
	spin_lock(&spin);
	race_object_free();
	spin_unlock(&spin);
}

/* The same address again, when the quarantine is full; in no order. */
void race_object_renew(void)
{
	const u64 *old = READ_ONCE(object);
	u64 *other;
	int i;

	kfree(old);
	for (i = 0; i < 1000; i++) {
		other = kzalloc(64, GFP_KERNEL);
		other[3] = i;
		if (other == old)
			break;
		kfree(other);
	}
	WARN_ON(other != old);
	raw_spin_lock(&spin.rlock);
	use(other[3]);
	raw_spin_unlock(&spin.rlock);
}

/* -- atomics and barriers --------------------------------------------------- */

static int flag;
static atomic_t atomic;
static atomic_t references = ATOMIC_INIT(2);
static refcount_t refcount;
static unsigned long bits;
static int *pointer;

static void release_write(int ordered)
{
	race_write();
	if (ordered)
		smp_store_release(&flag, 1);
	else
		WRITE_ONCE(flag, 1);
}

static void acquire_read(int ordered)
{
	while (!smp_load_acquire(&flag))
		cpu_relax();
	race_read();
}

static void always_release_write(int ordered)
{
	release_write(1);
}

static void maybe_acquire_read(int ordered)
{
	if (ordered) {
		acquire_read(1);
		return;
	}
	while (!READ_ONCE(flag))
		cpu_relax();
	race_read();
}

static void wmb_write(int ordered)
{
	race_write();
	if (ordered)
		smp_wmb();
	WRITE_ONCE(flag, 1);
}

static void rmb_read(int ordered)
{
	while (!READ_ONCE(flag))
		cpu_relax();
	smp_rmb();
	race_read();
}

static void always_wmb_write(int ordered)
{
	wmb_write(1);
}

static void maybe_rmb_read(int ordered)
{
	while (!READ_ONCE(flag))
		cpu_relax();
	if (ordered)
		smp_rmb();
	race_read();
}

static void mb_write(int ordered)
{
	race_write();
	if (ordered)
		smp_mb();
	WRITE_ONCE(flag, 1);
}

static void mb_read(int ordered)
{
	while (!READ_ONCE(flag))
		cpu_relax();
	smp_mb();
	race_read();
}

static void full_atomic_write(int ordered)
{
	race_write();
	if (ordered)
		use(atomic_inc_return(&atomic));
	else
		atomic_inc(&atomic);
}

static void full_atomic_read(int ordered)
{
	while (!atomic_add_return(0, &atomic))
		cpu_relax();
	race_read();
}

static void always_full_atomic_write(int ordered)
{
	full_atomic_write(1);
}

static void relaxed_atomic_read(int ordered)
{
	while (!(ordered ? atomic_fetch_add_acquire(0, &atomic) :
			   atomic_fetch_add_relaxed(0, &atomic)))
		cpu_relax();
	race_read();
}

static void around_atomic_write(int ordered)
{
	race_write();
	if (ordered)
		smp_mb__before_atomic();
	atomic_inc(&atomic);
}

static void cond_atomic_read(int ordered)
{
	atomic_cond_read_acquire(&atomic, VAL);
	race_read();
}

static void cmpxchg_write(int ordered)
{
	race_write();
	if (ordered)
		cmpxchg(&flag, 0, 1);
	else
		cmpxchg_relaxed(&flag, 0, 1);
}

static void xchg_read(int ordered)
{
	while (!xchg(&flag, 0))
		cpu_relax();
	race_read();
}

static void bit_lock_write(int ordered)
{
	while (test_and_set_bit_lock(0, &bits))
		cpu_relax();
	race_write();
	if (ordered)
		clear_bit_unlock(0, &bits);
	else
		clear_bit(0, &bits);
}

static void bit_lock_read(int ordered)
{
	while (test_and_set_bit_lock(0, &bits))
		cpu_relax();
	race_read();
	clear_bit_unlock(0, &bits);
}

/* The last reference sees what the others did before they dropped theirs. */
static void put(int ordered)
{
	race_write();
	if (!ordered)
		atomic_dec(&refcount.refs);
	else if (refcount_dec_and_test(&refcount))
		race_write();
}

static void put_last(int ordered)
{
	while (refcount_read(&refcount) != 1)
		cpu_relax();
	if (refcount_dec_and_test(&refcount))
		race_write();
}

static void put_unlocked(int ordered)
{
	race_write();
	if (!ordered)
		atomic_dec(&references);
	else if (atomic_dec_and_lock(&references, &spin))
		spin_unlock(&spin);
}

static void put_locked(int ordered)
{
	while (atomic_read(&references) != 1)
		cpu_relax();
	if (atomic_dec_and_lock(&references, &spin)) {
		race_write();
		spin_unlock(&spin);
	}
}

static void assign_pointer(int ordered)
{
	race_write();
	if (ordered)
		rcu_assign_pointer(pointer, (int *)&shared);
	else
		WRITE_ONCE(pointer, (int *)&shared);
}

static void follow_pointer(int ordered)
{
	rcu_read_lock();
	while (!rcu_dereference(pointer))
		cpu_relax();
	race_read();
	rcu_read_unlock();
}

const struct race_case race_atomic_cases[] = {
	{ "smp_store_release", release_write, acquire_read },
	{ "smp_load_acquire", always_release_write, maybe_acquire_read },
	{ "smp_wmb", wmb_write, rmb_read },
	{ "smp_rmb", always_wmb_write, maybe_rmb_read },
	{ "smp_mb", mb_write, mb_read },
	{ "atomic_inc_return", full_atomic_write, full_atomic_read },
	{ "atomic_fetch_add_acquire", always_full_atomic_write,
	  relaxed_atomic_read },
	{ "smp_mb__before_atomic", around_atomic_write, cond_atomic_read },
	{ "cmpxchg", cmpxchg_write, xchg_read },
	{ "clear_bit_unlock", bit_lock_write, bit_lock_read },
	{ "refcount", put, put_last },
	{ "atomic_dec_and_lock", put_unlocked, put_locked },
	{ "rcu_assign_pointer", assign_pointer, follow_pointer },
	{ NULL },
};

void race_cut_init(void)
{
	sema_init(&sem, 1);
	seqlock_init(&seq);
	refcount_set(&refcount, 2);
	race_defer_init();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lockcheck.h - the rules all locks share, see lockcheck.c
 */
#ifndef VTB_LOCKCHECK_H
#define VTB_LOCKCHECK_H

#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <vtb/task.h>

/*
 * struct vtb_lock_use - somebody takes or gives back a lock
 * @lock:	the lock
 * @pc:		where
 * @class:	of the lock
 * @read:	shared with other readers
 * @trylock:	does not wait, so it cannot be the second half of a deadlock
 */
struct vtb_lock_use {
	const void *lock;
	unsigned long pc;
	u16 class;
	bool read;
	bool trylock;
};

/*
 * Class of the locks that are initialised under @name in the function that
 * @site, a return address, is in; never 0.
 */
u16 vtb_lock_class(const char *name, unsigned long site);
/* Class of a lock that was initialised by the compiler: one of its own. */
u16 vtb_lock_class_static(const void *lock);
/* What reports call it: "&ld->lock". */
const char *vtb_lock_class_name(u16 class);

/* A spinlock that is part of something which was initialised at @site. */
void vtb_spin_lock_init_at(raw_spinlock_t *lock, const char *name,
			   unsigned long site);

/*
 * Site mutants: is the lock not to be taken here? Then its release by this
 * context is left out as well, which the second function tells.
 */
bool vtb_lock_ignored(const void *lock, unsigned long pc);
bool vtb_unlock_ignored(const void *lock);

/* Before waiting for a lock: recursion and order. */
void vtb_lock_check(const struct vtb_lock_use *use);
/* It is ours now. */
void vtb_lock_acquired(const struct vtb_lock_use *use);
/* Finding unless this context holds it. */
void vtb_lock_released(const struct vtb_lock_use *use);

/* The lock is no lock, or none any more: never initialised, destroyed. */
void vtb_lock_bad(const void *lock, const char *kind, unsigned long pc);
/* A held lock is initialised again or destroyed; @verb says which. */
void vtb_lock_in_use(const struct vtb_lock_use *use, const char *verb);

/*
 * What a lock with readers orders, for the data-race detector: readers come
 * after the last writer, not after each other.
 */
static inline void vtb_rw_sync_acquire(const void *lock, bool read)
{
	vtb_sync_acquire(lock);
	if (!read)
		vtb_sync_acquire(lock + 4);
}

static inline void vtb_rw_sync_release(const void *lock, bool read)
{
	vtb_sync_release(read ? lock + 4 : lock);
}

/*
 * For calls that take a lock only if they drop the last reference: without a
 * lock if it is not the last, and with it. Headers do the same without us.
 */
bool vtb_dec_unless_last(atomic_t *atomic, const void *site);
bool vtb_dec_and_test(atomic_t *atomic, const void *site);

/* The newest lock this context holds, or NULL. */
const struct vtb_held *vtb_lock_newest(void);

/* -- waiting while keeping the vCPU: spin.c -- */

/* Waits until *@word may have changed: vtb_spin_wake() on it, or spuriously. */
void vtb_spin_wait(const void *word);
void vtb_spin_wake(const void *word);

#endif

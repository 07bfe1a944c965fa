/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_cut.h - kernel-side code for the tests of the execution half
 *
 * "cut" = code under test. Plain C types: both compile worlds see this.
 */
#ifndef EXEC_CUT_H
#define EXEC_CUT_H

/* -- statics and boot: exec_cut.c -- */

int cut_counter_next(void);
int cut_percpu_next(void);
int cut_cpu(void);
int cut_initcalls_seen(void);
int cut_current_pid(void);
const char *cut_current_name(void);
void cut_alloc_percpu(void);
void cut_log(void);
void cut_warn(void);
void cut_warn_text(void);
void cut_bug(void);
void cut_panic(void);
void cut_unmodelled(void);
void cut_refcount(void);

/* -- locks: lock_cut.c; arguments select one of two of a kind -- */

void cut_order_ab(void);
void cut_order_ba(void);
void cut_static_order_ab(void);
void cut_static_order_ba(void);
void cut_same_class(void);
void cut_lock_and_keep(void);
void cut_unlock_kept(void);
void cut_recursion_mutex(void);
void cut_recursion_spin(void);
void cut_read_recursion(void);
void cut_sleep_in_spinlock(void);
void cut_sleep_in_rcu(void);
void cut_sleep_irqs_off(void);
void cut_sleep_legal(void);
void cut_bh_kept(void);
void cut_uninitialised(void);
void cut_destroy_held(void);
void cut_kthread_exits_locked(void);
void cut_trylocks(void);

/* Many threads: increments a plain counter under the lock of @kind. */
enum cut_lock_kind { CUT_SPIN, CUT_MUTEX, CUT_RWLOCK, CUT_RWSEM, CUT_SEMAPHORE,
		     CUT_LOCK_KINDS };
void cut_count_locked(enum cut_lock_kind kind, int rounds);
void cut_count_unlocked(int rounds);
int cut_counted(void);
/* Readers in at the same time, at most: more than 1 shows they share. */
void cut_read_together(enum cut_lock_kind kind);
int cut_most_readers(void);

/* -- scheduling: sched_cut.c -- */

void cut_wait_event(void);
void cut_wake_event(void);
int cut_events_seen(void);
void cut_wait_exclusive(void);
void cut_wake_one(void);
void cut_completion_wait(void);
void cut_completion_complete(int all);
int cut_completions_seen(void);
int cut_kthread_round_trip(void);
int cut_kthread_stop_before_start(void);
void cut_kthread_bound(int cpu);
int cut_kthread_cpu(void);
void cut_yield_log(char c);
void cut_resched_log(char c);
const char *cut_log_text(void);
void cut_hooks(void);

/* -- interrupts: irq_cut.c -- */

int cut_irq_request(int threaded);
void cut_irq_free(void);
int cut_irqs_seen(void);
int cut_irq_thread_runs(void);
/* Loops with preemption points, interrupts off or on; how many came so far? */
int cut_irq_window(int off, int rounds);
void cut_irq_takes_lock(void);
void cut_hold_irq_lock(int rounds);
void cut_irq_sleeps(void);

#endif

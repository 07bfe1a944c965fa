/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * defer_cut.h - kernel-side code for the tests of time/, softirq/, rcu/ and
 * workqueue/
 *
 * Most tests are a story: what happens appends a letter to a text, and the test
 * compares the text. Plain C types: both compile worlds see this.
 */
#ifndef DEFER_CUT_H
#define DEFER_CUT_H

/* -- the text, one per instance: defer_cut.c -- */

void cut_tell(char c);
const char *cut_text(void);
/* Tells 'w' where a condition was wrong; line of the first one, or 0. */
int cut_wrong(void);
void cut_check(int condition, int line);
#define CUT_CHECK(condition)	cut_check(!!(condition), __LINE__)

/* -- RCU: rcu_cut.c -- */

/* vCPU 0: r (100 us) R inside a reader; @locked 0: without rcu_read_lock(). */
void rcu_cut_reader(long locked);
void rcu_cut_reader_bh(void);
void rcu_cut_reader_irq(void);
/* vCPU 1, 10 us later: s, wait, S. */
void rcu_cut_synchronize(void);
void rcu_cut_expedited(void);
/* The same with a callback, which tells c. */
void rcu_cut_call(void);
void rcu_cut_poll(void);
/* 1 call_rcu() (20 ms) 2 on one vCPU, in a reader or not. */
void rcu_cut_call_in_reader(long locked);
/* vCPU 0: call_rcu(), u, both locked; vCPU 1: a reader that begins between. */
void rcu_cut_late_unlink(void);
void rcu_cut_late_reader(void);
void rcu_cut_barrier(void);
void rcu_cut_chain(void);
void rcu_cut_polling(void);
void rcu_cut_synchronize_in_reader(void);
void rcu_cut_sleep_in_reader(void);
void rcu_cut_sleeping_callback(void);
void rcu_cut_leaking_callback(void);
void rcu_cut_double_call(void);
void rcu_cut_stalling_reader(void);
void rcu_cut_kfree_rcu(void);
/* A reader and an updater of one pointer; wrong() if a reader sees it freed. */
void rcu_cut_list_reader(long locked);
void rcu_cut_list_updater(void);
void rcu_cut_kfree_updater(void);
/* r (sleeps) R in an SRCU reader; s, synchronize_srcu() of domain @same, S. */
void rcu_cut_srcu_reader(void);
void rcu_cut_srcu_update(long same);
void rcu_cut_srcu_unbalanced(void);
void rcu_cut_srcu_busy_cleanup(void);

/* -- softirqs and tasklets: softirq_cut.c -- */

void softirq_cut_tasklets(void);
void softirq_cut_once(void);
void softirq_cut_disabled(void);
void softirq_cut_kill(void);
void softirq_cut_kill_self(void);
void softirq_cut_sleep(void);
void softirq_cut_leak(void);
void softirq_cut_bh_unbalanced(void);
void softirq_cut_endless(void);
/* vCPU 0: a tasklet of 100 us; vCPU 1: waits for it, or not. */
void softirq_cut_long(void);
void softirq_cut_wait_long(long wait);
void softirq_cut_open(void);

/* -- time: time_cut.c -- */

void time_cut_jiffies(void);
void time_cut_clocks(void);
void time_cut_conversions(void);
void time_cut_rounding(void);
void time_cut_calendar(void);
void time_cut_delays(void);
void time_cut_sleeps(void);
void time_cut_woken_early(void);
void time_cut_order(void);
void time_cut_return_values(void);
void time_cut_shutdown(void);
void time_cut_context(void);
void time_cut_on_cpu(void);
void time_cut_bh(long disabled);
void time_cut_irq_off(void);
/* vCPU 0 arms a timer that takes 100 us: t T; vCPU 1 deletes it: d. */
void time_cut_long_timer(void);
void time_cut_delete_long(long sync);
void time_cut_delete_self(void);
void time_cut_sleep(void);
void time_cut_leak(void);
void time_cut_add_pending(void);
void time_cut_periodic(void);
void time_cut_forgotten(void);

/* -- work queues: workqueue_cut.c -- */

void work_cut_runs(void);
void work_cut_requeue(void);
void work_cut_order(void);
void work_cut_blocked(long ordered);
void work_cut_many_blocked(void);
void work_cut_delayed(void);
void work_cut_mod_delayed(void);
void work_cut_flush_delayed(void);
void work_cut_cpus(void);
void work_cut_flush_queue(void);
void work_cut_flush_work(void);
void work_cut_drain(void);
void work_cut_max_active(void);
void work_cut_cancel(void);
void work_cut_cancel_sync(long sync);
void work_cut_cancel_requeues(void);
void work_cut_two_cancels(void);
void work_cut_self_requeue(void);
/* One item, queued on two vCPUs: never twice at once. */
void work_cut_count(long rounds);
int work_cut_most(void);
/* The same with two items: they do run at once. */
void work_cut_count_two(long rounds);
void work_cut_rcu_work(void);
void work_cut_helpers(void);
void work_cut_cancel_self(void);
void work_cut_flush_self(void);
void work_cut_flush_own_queue(void);
void work_cut_flush_behind(void);
void work_cut_atomic(void);
void work_cut_locked(void);
void work_cut_flush_in_atomic(void);
void work_cut_reclaim(void);
void work_cut_queue_to_drained(void);
void work_cut_destroy_early(void);
void work_cut_forget_queue(void);
void work_cut_leave_queued(void);

#endif

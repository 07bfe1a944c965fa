// SPDX-License-Identifier: GPL-2.0-only
/*
 * workqueue_cut.c - work items and those who wait for them
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "defer_cut.h"

/* -- items that tell their letter -- */

struct item {
	struct work_struct work;
	char letter;
	unsigned int sleep_ms;
	int cpu;
};

static struct item items[8];

static void tell(struct work_struct *work)
{
	struct item *item = container_of(work, struct item, work);

	CUT_CHECK(in_task());
	CUT_CHECK(current_work() == work);
	item->cpu = raw_smp_processor_id();
	cut_tell(item->letter);
	if (!item->sleep_ms)
		return;
	msleep(item->sleep_ms);
	cut_tell(item->letter - 'a' + 'A');
}

static void set_up(unsigned int sleep_ms)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		INIT_WORK(&items[i].work, tell);
		items[i].letter = 'a' + i;
		items[i].sleep_ms = sleep_ms;
	}
}

void work_cut_runs(void)
{
	set_up(0);
	CUT_CHECK(schedule_work(&items[0].work));
	CUT_CHECK(work_pending(&items[0].work));
	CUT_CHECK(work_busy(&items[0].work) == WORK_BUSY_PENDING);
	/* Queued already. */
	CUT_CHECK(!schedule_work(&items[0].work));
	cut_tell('.');
	CUT_CHECK(flush_work(&items[0].work));
	CUT_CHECK(!work_busy(&items[0].work));
	CUT_CHECK(!flush_work(&items[0].work));
	CUT_CHECK(!current_work());
}

void work_cut_requeue(void)
{
	set_up(20);
	schedule_work(&items[0].work);
	msleep(8);
	/* It runs, so it runs once more. */
	CUT_CHECK(work_busy(&items[0].work) == WORK_BUSY_RUNNING);
	CUT_CHECK(schedule_work(&items[0].work));
	CUT_CHECK(!schedule_work(&items[0].work));
	CUT_CHECK(work_busy(&items[0].work) ==
		  (WORK_BUSY_RUNNING | WORK_BUSY_PENDING));
	flush_work(&items[0].work);
	cut_tell('.');
}

void work_cut_order(void)
{
	int i;

	set_up(0);
	for (i = 0; i < 4; i++)
		schedule_work(&items[i].work);
	cut_tell('.');
	flush_work(&items[3].work);
}

/* One that blocks lets the next go on, unless the queue is ordered. */
void work_cut_blocked(long ordered)
{
	struct workqueue_struct *wq;

	wq = ordered ? alloc_ordered_workqueue("o%d", 0, 1) :
		       alloc_workqueue("c%d", 0, 0, 1);
	set_up(20);
	queue_work(wq, &items[0].work);
	queue_work(wq, &items[1].work);
	destroy_workqueue(wq);
	cut_tell('.');
}

void work_cut_many_blocked(void)
{
	int i;

	set_up(20);
	for (i = 0; i < 8; i++)
		schedule_work(&items[i].work);
	for (i = 0; i < 8; i++)
		flush_work(&items[i].work);
}

void work_cut_max_active(void)
{
	struct workqueue_struct *wq = alloc_workqueue("m", WQ_UNBOUND, 2);
	int i;

	set_up(20);
	for (i = 0; i < 4; i++)
		queue_work(wq, &items[i].work);
	msleep(8);
	cut_tell('.');
	CUT_CHECK(workqueue_congested(WORK_CPU_UNBOUND, wq));
	workqueue_set_max_active(wq, 3);
	destroy_workqueue(wq);
}

void work_cut_cpus(void)
{
	set_up(0);
	schedule_work(&items[0].work);
	schedule_work_on(1, &items[1].work);
	flush_work(&items[0].work);
	flush_work(&items[1].work);
	CUT_CHECK(items[0].cpu == 0);
	CUT_CHECK(items[1].cpu == 1);
}

/* -- delayed -- */

static void tell_d(struct work_struct *work)
{
	cut_tell('d');
}

static DECLARE_DELAYED_WORK(delayed, tell_d);

void work_cut_delayed(void)
{
	CUT_CHECK(schedule_delayed_work(&delayed, 5));
	CUT_CHECK(!schedule_delayed_work(&delayed, 1));
	CUT_CHECK(delayed_work_pending(&delayed));
	schedule_timeout_uninterruptible(4);
	cut_tell('4');
	schedule_timeout_uninterruptible(2);
	cut_tell('6');
	schedule_delayed_work(&delayed, 0);
	flush_work(&delayed.work);
	cut_tell('0');
	schedule_delayed_work(&delayed, 5);
	CUT_CHECK(cancel_delayed_work(&delayed));
	CUT_CHECK(!cancel_delayed_work(&delayed));
	schedule_delayed_work(&delayed, 5);
	CUT_CHECK(cancel_delayed_work_sync(&delayed));
	CUT_CHECK(!cancel_delayed_work_sync(&delayed));
	msleep(100);
	cut_tell('.');
}

void work_cut_mod_delayed(void)
{
	CUT_CHECK(!mod_delayed_work(system_wq, &delayed, 3));
	CUT_CHECK(mod_delayed_work(system_wq, &delayed, 6));
	schedule_timeout_uninterruptible(5);
	cut_tell('5');
	schedule_timeout_uninterruptible(2);
	cut_tell('7');
}

void work_cut_flush_delayed(void)
{
	unsigned long begin = jiffies;

	schedule_delayed_work(&delayed, 1000);
	CUT_CHECK(flush_delayed_work(&delayed));
	cut_tell('f');
	CUT_CHECK(jiffies == begin);
	CUT_CHECK(!flush_delayed_work(&delayed));
}

/* -- flushing -- */

void work_cut_flush_queue(void)
{
	struct workqueue_struct *wq = alloc_workqueue("f", 0, 0);

	set_up(20);
	queue_work(wq, &items[0].work);
	msleep(8);
	items[1].sleep_ms = 0;
	queue_work(wq, &items[1].work);
	flush_workqueue(wq);
	cut_tell('.');
	flush_workqueue(wq);
	destroy_workqueue(wq);
}

void work_cut_flush_work(void)
{
	set_up(20);
	items[1].sleep_ms = 100;
	schedule_work(&items[0].work);
	schedule_work(&items[1].work);
	flush_work(&items[0].work);
	cut_tell('.');
	flush_work(&items[1].work);
}

static struct workqueue_struct *drained;
static int chained;

static void chain(struct work_struct *work)
{
	cut_tell('c');
	if (++chained < 3)
		queue_work(drained, work);
}

void work_cut_drain(void)
{
	static DECLARE_WORK(work, chain);

	drained = alloc_workqueue("d", 0, 0);
	queue_work(drained, &work);
	drain_workqueue(drained);
	cut_tell('.');
	destroy_workqueue(drained);
}

/* -- cancelling -- */

void work_cut_cancel(void)
{
	set_up(0);
	schedule_work(&items[0].work);
	CUT_CHECK(cancel_work(&items[0].work));
	CUT_CHECK(!work_pending(&items[0].work));
	CUT_CHECK(!cancel_work(&items[0].work));
	schedule_work(&items[0].work);
	CUT_CHECK(cancel_work_sync(&items[0].work));
	msleep(20);
	cut_tell('.');
	schedule_work(&items[0].work);
	flush_work(&items[0].work);
}

void work_cut_cancel_sync(long sync)
{
	set_up(20);
	schedule_work(&items[0].work);
	msleep(8);
	/* Running, not pending. */
	if (sync)
		CUT_CHECK(!cancel_work_sync(&items[0].work));
	else
		CUT_CHECK(!cancel_work(&items[0].work));
	cut_tell('.');
}

static void requeue(struct work_struct *work)
{
	cut_tell('r');
	msleep(20);
	/* True unless it is being cancelled. */
	cut_tell(schedule_work(work) ? '+' : '-');
}

void work_cut_cancel_requeues(void)
{
	static DECLARE_WORK(work, requeue);

	schedule_work(&work);
	msleep(30);
	CUT_CHECK(!cancel_work_sync(&work));
	CUT_CHECK(!work_busy(&work));
	cut_tell('.');
}

static void cancel_first(struct work_struct *work)
{
	cut_tell('1');
	cancel_work_sync(&items[0].work);
	cut_tell('!');
}

void work_cut_two_cancels(void)
{
	static DECLARE_WORK(other, cancel_first);

	set_up(40);
	schedule_work(&items[0].work);
	msleep(8);
	schedule_work(&other);
	msleep(8);
	cut_tell('2');
	cancel_work_sync(&items[0].work);
	cut_tell('!');
	flush_work(&other);
}

static int requeues;

static void requeue_self(struct work_struct *work)
{
	cut_tell('s');
	if (++requeues < 4)
		schedule_work(work);
}

void work_cut_self_requeue(void)
{
	static DECLARE_WORK(work, requeue_self);

	schedule_work(&work);
	/* Of each run its own. */
	while (flush_work(&work))
		cut_tell('.');
}

/* -- never twice at once -- */

static int inside, most, runs;

static void count(struct work_struct *work)
{
	inside++;
	most = max(most, inside);
	msleep(1);
	inside--;
	runs++;
}

static DECLARE_WORK(count_work, count);
static DECLARE_WORK(other_work, count);

void work_cut_count(long rounds)
{
	while (rounds--) {
		queue_work(system_unbound_wq, &count_work);
		udelay(1500);
		cond_resched();
	}
	flush_work(&count_work);
}

void work_cut_count_two(long rounds)
{
	while (rounds--) {
		queue_work(system_unbound_wq, &count_work);
		queue_work(system_unbound_wq, &other_work);
		udelay(1500);
		cond_resched();
	}
	flush_work(&count_work);
	flush_work(&other_work);
}

int work_cut_most(void)
{
	return runs > 2 ? most : -1;
}

/* -- helpers -- */

static void tell_q(struct work_struct *work)
{
	cut_tell('q');
}

void work_cut_rcu_work(void)
{
	static struct rcu_work rwork;

	INIT_RCU_WORK(&rwork, tell_q);
	rcu_read_lock();
	CUT_CHECK(queue_rcu_work(system_wq, &rwork));
	CUT_CHECK(!queue_rcu_work(system_wq, &rwork));
	mdelay(20);
	cut_tell('.');
	rcu_read_unlock();
	CUT_CHECK(flush_rcu_work(&rwork));
	cut_tell('f');
}

static void tell_cpu(struct work_struct *work)
{
	cut_tell('0' + raw_smp_processor_id());
}

static long cpu_plus(void *arg)
{
	return raw_smp_processor_id() + *(long *)arg;
}

void work_cut_helpers(void)
{
	static struct execute_work in_context;
	long forty = 40;

	CUT_CHECK(schedule_on_each_cpu(tell_cpu) == 0);
	CUT_CHECK(work_on_cpu(1, cpu_plus, &forty) == 41);
	CUT_CHECK(execute_in_process_context(tell_q, &in_context) == 0);
	local_bh_disable();
	CUT_CHECK(execute_in_process_context(tell_q, &in_context) == 1);
	local_bh_enable();
	cut_tell('.');
	flush_work(&in_context.work);
}

/* -- what must not be done -- */

static struct workqueue_struct *bad_queue;
static struct work_struct bad_work;

static void run(work_func_t fn)
{
	bad_queue = alloc_ordered_workqueue("bad", 0);
	INIT_WORK(&bad_work, fn);
	queue_work(bad_queue, &bad_work);
	flush_work(&bad_work);
}

static void cancel_self(struct work_struct *work)
{
	cancel_work_sync(work);
}

void work_cut_cancel_self(void)
{
	run(cancel_self);
}

static void flush_self(struct work_struct *work)
{
	flush_work(work);
}

void work_cut_flush_self(void)
{
	run(flush_self);
}

static void flush_own_queue(struct work_struct *work)
{
	flush_workqueue(bad_queue);
}

void work_cut_flush_own_queue(void)
{
	run(flush_own_queue);
}

static void flush_behind(struct work_struct *work)
{
	set_up(0);
	queue_work(bad_queue, &items[0].work);
	flush_work(&items[0].work);
}

void work_cut_flush_behind(void)
{
	run(flush_behind);
}

static void leave_atomic(struct work_struct *work)
{
	preempt_disable();
}

void work_cut_atomic(void)
{
	run(leave_atomic);
}

static DEFINE_MUTEX(kept_mutex);

static void leave_locked(struct work_struct *work)
{
	mutex_lock(&kept_mutex);
}

void work_cut_locked(void)
{
	run(leave_locked);
}

static DEFINE_SPINLOCK(held_lock);

void work_cut_flush_in_atomic(void)
{
	set_up(0);
	schedule_work(&items[0].work);
	spin_lock(&held_lock);
	flush_work(&items[0].work);
	spin_unlock(&held_lock);
}

static void flush_other(struct work_struct *work)
{
	schedule_work(&items[0].work);
	flush_work(&items[0].work);
}

void work_cut_reclaim(void)
{
	static DECLARE_WORK(work, flush_other);
	struct workqueue_struct *wq;

	wq = alloc_workqueue("reclaim", WQ_MEM_RECLAIM, 0);
	set_up(0);
	queue_work(wq, &work);
	flush_work(&work);
	destroy_workqueue(wq);
}

static void queue_to_drained(struct work_struct *work)
{
	msleep(8);
	queue_work(drained, &items[0].work);
}

void work_cut_queue_to_drained(void)
{
	static DECLARE_WORK(outside, queue_to_drained);

	drained = alloc_workqueue("drained", 0, 0);
	set_up(40);
	queue_work(drained, &items[1].work);
	schedule_work(&outside);
	drain_workqueue(drained);
}

/* The timer of a delayed item outlives its queue. */
void work_cut_destroy_early(void)
{
	struct workqueue_struct *wq = alloc_workqueue("early", 0, 0);

	queue_delayed_work(wq, &delayed, 5);
	destroy_workqueue(wq);
	msleep(100);
}

void work_cut_forget_queue(void)
{
	CUT_CHECK(alloc_workqueue("forgotten", 0, 0));
}

static void tell_c(struct rcu_head *head)
{
	cut_tell('c');
}

static void call_late(struct work_struct *work)
{
	static struct rcu_head head;

	tell(work);
	call_rcu(&head, tell_c);
}

void work_cut_leave_queued(void)
{
	set_up(20);
	INIT_WORK(&items[0].work, call_late);
	schedule_work(&items[0].work);
}

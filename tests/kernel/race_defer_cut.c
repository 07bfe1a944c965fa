// SPDX-License-Identifier: GPL-2.0-only
/*
 * race_defer_cut.c - what orders by waiting for others, or by being put off
 *
 * Without order the second thread knows in some other way that the first is
 * done, or does not wait at all.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "race_cut.h"

#define IRQ	5

static int flag;

static void raise_flag(int value)
{
	WRITE_ONCE(flag, value);
}

/* A look at the flag that orders nothing. */
static void await_flag(int value)
{
	while (READ_ONCE(flag) < value)
		udelay(10);
}

static void write_now(int ordered)
{
	race_write();
	raise_flag(1);
}

/* -- completions and wait queues ---------------------------------------------- */

static DECLARE_COMPLETION(done);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static void complete_write(int ordered)
{
	race_write();
	if (ordered)
		complete(&done);
	raise_flag(1);
}

static void complete_read(int ordered)
{
	if (ordered)
		wait_for_completion(&done);
	else
		await_flag(1);
	race_read();
}

static void complete_all_write(int ordered)
{
	race_write();
	if (ordered)
		complete_all(&done);
	raise_flag(1);
}

static void try_complete_read(int ordered)
{
	while (ordered && !try_wait_for_completion(&done))
		udelay(10);
	await_flag(1);
	race_read();
}

/* A look at a completion that is not done does not wait for its lock. */
static void look_write(int ordered)
{
	race_write();
	if (ordered)
		complete(&done);
	else
		WARN_ON(completion_done(&done) ||
			try_wait_for_completion(&done));
	raise_flag(1);
}

static void look_read(int ordered)
{
	await_flag(1);
	if (ordered)
		WARN_ON(!completion_done(&done));
	else
		complete(&done);
	race_read();
}

static void wake_write(int ordered)
{
	race_write();
	smp_store_release(&flag, 1);
	wake_up(&queue);
}

static void wait_read(int ordered)
{
	if (ordered)
		wait_event(queue, smp_load_acquire(&flag));
	else
		await_flag(1);
	race_read();
}

/* Woken before it sleeps. */
static void woken_read(int ordered)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	add_wait_queue(&queue, &wait);
	raise_flag(1);
	await_flag(2);
	wait_woken(&wait, TASK_UNINTERRUPTIBLE, 1);
	race_read();
	remove_wait_queue(&queue, &wait);
}

static void woken_write(int ordered)
{
	await_flag(1);
	race_write();
	if (ordered)
		wake_up(&queue);
	raise_flag(2);
}

static struct task_struct *sleeper;

static void sleep_read(int ordered)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	WRITE_ONCE(sleeper, current);
	if (ordered)
		schedule();
	__set_current_state(TASK_RUNNING);
	await_flag(1);
	race_read();
}

static void sleep_wake(int ordered)
{
	struct task_struct *task;

	while (!(task = READ_ONCE(sleeper)))
		udelay(10);
	race_write();
	raise_flag(1);
	if (ordered)
		wake_up_process(task);
}

/* -- work ---------------------------------------------------------------------- */

static void work_fn(struct work_struct *work)
{
	race_write();
	raise_flag(1);
}

static void read_fn(struct work_struct *work)
{
	race_read();
}

static DECLARE_WORK(work, work_fn);
static DECLARE_WORK(read_work, read_fn);
static DECLARE_DELAYED_WORK(delayed, work_fn);
static struct workqueue_struct *work_queue, *ordered_queue, *single_queue;

static void queue_work_first(int ordered)
{
	queue_work_on(0, work_queue, &work);
}

static void flush_read(int ordered)
{
	await_flag(1);
	if (ordered)
		flush_work(&work);
	race_read();
}

static void cancel_read(int ordered)
{
	await_flag(1);
	if (ordered)
		cancel_work_sync(&work);
	race_read();
}

static void flush_queue_read(int ordered)
{
	await_flag(1);
	if (ordered)
		flush_workqueue(work_queue);
	race_read();
}

static void queue_after_write(int ordered)
{
	if (!ordered)
		schedule_work_on(1, &read_work);
	race_write();
	if (ordered)
		schedule_work_on(1, &read_work);
	raise_flag(1);
}

static void queue_delayed(int ordered)
{
	schedule_delayed_work_on(0, &delayed, ordered);
}

/* What is taken back was given by whoever queued it. */
static void write_and_queue_late(int ordered)
{
	race_write();
	schedule_delayed_work_on(0, &delayed, 100);
	raise_flag(1);
}

static void take_back(int ordered)
{
	await_flag(1);
	if (ordered)
		WARN_ON(!cancel_delayed_work(&delayed));
	race_read();
}

static void cancel_delayed_read(int ordered)
{
	await_flag(1);
	if (ordered)
		cancel_delayed_work_sync(&delayed);
	race_read();
}

static void nothing(int ordered)
{
}

static void queue_both(int ordered)
{
	struct workqueue_struct *wq = ordered ? ordered_queue : work_queue;

	queue_work_on(0, wq, &work);
	if (!ordered)
		await_flag(1);
	queue_work_on(ordered ? WORK_CPU_UNBOUND : 1, wq, &read_work);
}

/* One at a time, but on each vCPU. */
static void queue_single(int ordered)
{
	queue_work_on(0, single_queue, &work);
	await_flag(1);
	queue_work_on(ordered ? 0 : 1, single_queue, &read_work);
}

/* -- timers and tasklets ------------------------------------------------------- */

static void timer_fn(struct timer_list *timer)
{
	race_write();
	raise_flag(1);
}

static DEFINE_TIMER(timer, timer_fn);

static void arm_timer(int ordered)
{
	mod_timer(&timer, jiffies + 1);
}

static void del_timer_read(int ordered)
{
	await_flag(1);
	if (ordered)
		del_timer_sync(&timer);
	race_read();
}

static void arm_after_write(int ordered)
{
	if (!ordered)
		mod_timer(&timer, jiffies + 1);
	race_write();
	if (ordered)
		mod_timer(&timer, jiffies + 1);
}

static void wait_for_timer(int ordered)
{
	await_flag(1);
}

static void tasklet_fn(struct tasklet_struct *tasklet)
{
	race_write();
	raise_flag(1);
}

static DECLARE_TASKLET(tasklet, tasklet_fn);

static void schedule_tasklet(int ordered)
{
	tasklet_schedule(&tasklet);
}

static void kill_tasklet_read(int ordered)
{
	await_flag(1);
	if (ordered)
		tasklet_kill(&tasklet);
	race_read();
}

static void reading_tasklet_fn(struct tasklet_struct *tasklet)
{
	race_read();
}

static DECLARE_TASKLET_DISABLED(reading_tasklet, reading_tasklet_fn);

static void schedule_disabled(int ordered)
{
	tasklet_schedule(&reading_tasklet);
	raise_flag(1);
}

static void write_and_enable(int ordered)
{
	await_flag(1);
	if (ordered)
		race_write();
	tasklet_enable(&reading_tasklet);
	if (!ordered)
		race_write();
}

static void schedule_then_enable(int ordered)
{
	schedule_disabled(ordered);
	await_flag(2);
	tasklet_enable(&reading_tasklet);
}

static void write_and_schedule(int ordered)
{
	await_flag(1);
	race_write();
	if (ordered)
		tasklet_schedule(&reading_tasklet);
	raise_flag(2);
}

/* A tasklet never runs on two vCPUs at once, so its runs are ordered. */
static void other_tasklet_fn(struct tasklet_struct *tasklet)
{
	race_write();
	raise_flag(2);
}

static DECLARE_TASKLET(other_tasklet, other_tasklet_fn);

static void schedule_again(int ordered)
{
	await_flag(1);
	tasklet_schedule(ordered ? &tasklet : &other_tasklet);
}

/* -- interrupts ---------------------------------------------------------------- */

static irqreturn_t handler(int irq, void *unused)
{
	race_write();
	raise_flag(1);
	return IRQ_HANDLED;
}

static irqreturn_t reading_handler(int irq, void *unused)
{
	race_read();
	raise_flag(1);
	return IRQ_HANDLED;
}

static void request_and_raise(int ordered)
{
	WARN_ON(request_irq(IRQ, handler, 0, "race", &flag));
	vtb_irq_raise(0, IRQ);
}

static void synchronize_read(int ordered)
{
	await_flag(1);
	if (ordered)
		synchronize_irq(IRQ);
	race_read();
}

/* The handler runs on the vCPU of whoever raises it, or on the other one. */
static void raise_reading(int ordered)
{
	WARN_ON(request_irq(IRQ, reading_handler, 0, "race", &flag));
	if (!ordered)
		vtb_irq_raise(1, IRQ);
	race_write();
	if (ordered)
		vtb_irq_raise(1, IRQ);
}

/* The second interrupt comes when the thread has not begun. */
static int nr_wakes, second_wakes;

static irqreturn_t waking_handler(int irq, void *unused)
{
	if (!nr_wakes++) {
		raise_flag(1);
		return IRQ_WAKE_THREAD;
	}
	race_write();
	raise_flag(2);
	return second_wakes ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t reading_thread(int irq, void *unused)
{
	race_read();
	return IRQ_HANDLED;
}

static void raise_twice(int ordered)
{
	second_wakes = ordered;
	WARN_ON(request_threaded_irq(IRQ, waking_handler, reading_thread, 0,
				     "race", &flag));
	vtb_irq_raise(0, IRQ);
	await_flag(1);
	vtb_irq_raise(0, IRQ);
	await_flag(2);
}

/* Till then no vCPU is free for the thread. */
static void keep_busy(int ordered)
{
	await_flag(2);
}

/* A handler is not ordered after who raises another interrupt meanwhile. */
static irqreturn_t slow_handler(int irq, void *unused)
{
	raise_flag(1);
	await_flag(2);
	race_read();
	return IRQ_HANDLED;
}

static void raise_other(int ordered)
{
	WARN_ON(request_irq(IRQ, slow_handler, 0, "race", &flag));
	if (ordered)
		race_write();
	vtb_irq_raise(1, IRQ);
	await_flag(1);
	if (!ordered)
		race_write();
	vtb_irq_raise(1, IRQ + 1);
	raise_flag(2);
}

/* The handler comes after whoever requested it, whoever raises it. */
static void write_and_request(int ordered)
{
	if (ordered)
		race_write();
	WARN_ON(request_irq(IRQ, reading_handler, 0, "race", &flag));
	if (!ordered)
		race_write();
	raise_flag(1);
}

static void raise_here(int ordered)
{
	await_flag(1);
	vtb_irq_raise(1, IRQ);
}

/* On one vCPU an interrupt comes before or after what it interrupts. */
static void interrupt_here(int ordered)
{
	WARN_ON(request_irq(IRQ, reading_handler, 0, "race", &flag));
	vtb_irq_raise(ordered ? 0 : 1, IRQ);
	race_write();
	await_flag(1);
	race_write();
}

/* -- threads ------------------------------------------------------------------- */

static int thread_fn(void *unused)
{
	race_write();
	raise_flag(1);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 0;
}

static void run_thread(int ordered)
{
	struct task_struct *task;

	if (ordered)
		race_read();
	task = kthread_create(thread_fn, NULL, "race");
	wake_up_process(task);
	if (!ordered)
		race_read();
	await_flag(1);
	kthread_stop(task);
	if (ordered)
		race_read();
}

static int write_and_end(void *unused)
{
	race_write();
	return 0;
}

static int only_end(void *unused)
{
	return 0;
}

/* The second thread gets what the first one has left. */
void race_ended_thread(void)
{
	kthread_run(write_and_end, NULL, "gone");
	schedule_timeout_uninterruptible(2);
	wake_up_process(kthread_create(only_end, NULL, "next"));
	race_read();
}

/* -- RCU ----------------------------------------------------------------------- */

static void rcu_reader(int ordered)
{
	rcu_read_lock();
	race_read();
	raise_flag(1);
	rcu_read_unlock();
}

static void synchronize_write(int ordered)
{
	await_flag(1);
	if (ordered)
		synchronize_rcu();
	race_write();
}

static struct rcu_head head;

static void callback(struct rcu_head *unused)
{
	race_write();
	raise_flag(2);
}

static void call_rcu_write(int ordered)
{
	await_flag(1);
	call_rcu(&head, callback);
	await_flag(2);
}

static void barrier_read(int ordered)
{
	await_flag(2);
	if (ordered)
		rcu_barrier();
	race_read();
}

static void call_rcu_only(int ordered)
{
	raise_flag(1);
	call_rcu(&head, callback);
}

static void poll_write(int ordered)
{
	unsigned long cookie;

	await_flag(1);
	cookie = start_poll_synchronize_rcu();
	if (ordered)
		while (!poll_state_synchronize_rcu(cookie))
			schedule_timeout_uninterruptible(1);
	race_write();
}

/* What a writer did before the grace period is before all readers after it. */
static void write_then_gp(int ordered)
{
	race_write();
	if (ordered)
		synchronize_rcu();
	raise_flag(1);
}

static void read_after_gp(int ordered)
{
	await_flag(1);
	rcu_read_lock();
	race_read();
	rcu_read_unlock();
}

static void write_then_poll(int ordered)
{
	unsigned long cookie;

	if (ordered)
		race_write();
	cookie = start_poll_synchronize_rcu();
	while (!poll_state_synchronize_rcu(cookie))
		schedule_timeout_uninterruptible(1);
	if (!ordered)
		race_write();
	raise_flag(1);
}

DEFINE_STATIC_SRCU(srcu);

static void write_then_srcu(int ordered)
{
	if (ordered)
		race_write();
	synchronize_srcu(&srcu);
	if (!ordered)
		race_write();
	raise_flag(1);
}

static void read_after_srcu(int ordered)
{
	int index;

	await_flag(1);
	index = srcu_read_lock(&srcu);
	race_read();
	srcu_read_unlock(&srcu, index);
}

static void srcu_reader(int ordered)
{
	int index = srcu_read_lock(&srcu);

	race_read();
	srcu_read_unlock(&srcu, index);
	raise_flag(1);
}

static void synchronize_srcu_write(int ordered)
{
	await_flag(1);
	if (ordered)
		synchronize_srcu(&srcu);
	race_write();
}

const struct race_case race_defer_cases[] = {
	{ "complete", complete_write, complete_read },
	{ "complete_all", complete_all_write, try_complete_read },
	{ "completion_done", look_write, look_read },
	{ "wait_event", wake_write, wait_read },
	{ "wait_woken", woken_read, woken_write },
	{ "wake_up_process", sleep_read, sleep_wake },
	{ "flush_work", queue_work_first, flush_read },
	{ "cancel_work_sync", queue_work_first, cancel_read },
	{ "flush_workqueue", queue_work_first, flush_queue_read },
	{ "queue_work", queue_after_write, nothing },
	{ "cancel_delayed_work_sync", queue_delayed, cancel_delayed_read },
	{ "cancel_delayed_work", write_and_queue_late, take_back },
	{ "ordered work queue", nothing, queue_both },
	{ "queue that runs one at a time", nothing, queue_single },
	{ "del_timer_sync", arm_timer, del_timer_read },
	{ "mod_timer", arm_after_write, wait_for_timer },
	{ "tasklet_kill", schedule_tasklet, kill_tasklet_read },
	{ "tasklet, run after run", schedule_tasklet, schedule_again },
	{ "tasklet_enable", schedule_disabled, write_and_enable },
	{ "tasklet_schedule of a scheduled one", schedule_then_enable,
	  write_and_schedule },
	{ "synchronize_irq", request_and_raise, synchronize_read },
	{ "raised interrupt", raise_reading, nothing },
	{ "second interrupt for a thread", raise_twice, keep_busy },
	{ "interrupt raised meanwhile", raise_other, nothing },
	{ "request_irq", write_and_request, raise_here },
	{ "interrupt of the same vCPU", interrupt_here, nothing },
	{ "kthread", run_thread, nothing },
	{ "synchronize_rcu", rcu_reader, synchronize_write },
	{ "rcu_barrier", call_rcu_only, barrier_read },
	{ "poll_state_synchronize_rcu", rcu_reader, poll_write },
	{ "write before a grace period", write_then_gp, read_after_gp },
	{ "write before a polled one", write_then_poll, read_after_gp },
	{ "write before one of SRCU", write_then_srcu, read_after_srcu },
	{ "synchronize_srcu", srcu_reader, synchronize_srcu_write },
	{ NULL },
};

void race_defer_init(void)
{
	if (work_queue)
		return;
	work_queue = alloc_workqueue("race", 0, 0);
	ordered_queue = alloc_ordered_workqueue("ordered", 0);
	single_queue = alloc_workqueue("single", 0, 1);
}

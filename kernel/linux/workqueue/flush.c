// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush.c - waiting for work items
 *
 * flush_work() waits for one run of an item: the one that is queued, else the
 * one going on. If the item is queued again meanwhile, that is not its matter.
 *
 * Flushing a queue waits for all items queued before. Each has the colour of
 * its queue at that moment; flushing gives the queue its next colour and waits
 * until no item has any colour that was in use before:
 *
 *    items    1 1 1 2 2 | 3 3       flush: colour 2 -> 3, waits for {1, 2}
 *                       ^ flush
 *
 * Waiting for what cannot happen until the wait is over (an item for itself,
 * an item for its own queue) is reported at once.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>
#include "internal.h"

static struct work_waiter *waiters;

/* -- waiting -- */

void vtb_work_wait(struct work_waiter *waiter)
{
	struct work_waiter **link = &waiters;

	waiter->thread = vtb_thread_self();
	waiter->next = waiters;
	waiters = waiter;
	while (!waiter->done)
		vtb_thread_block();
	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
}

static void finish(struct work_waiter *waiter)
{
	waiter->done = true;
	vtb_thread_wake(waiter->thread);
}

void vtb_work_starts(const struct work_struct *work,
		     const struct worker *worker)
{
	struct work_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->work == work && !waiter->done) {
			waiter->work = NULL;
			waiter->worker = worker;
		}
}

void vtb_work_ends(const struct worker *worker)
{
	struct work_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->worker == worker && !waiter->done)
			finish(waiter);
}

void vtb_work_cancelled(const struct work_struct *work)
{
	struct work_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->work == work && !waiter->done)
			finish(waiter);
}

void vtb_color_ends(const struct workqueue_struct *wq, unsigned int color)
{
	struct work_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next) {
		if (waiter->wq != wq || waiter->done)
			continue;
		waiter->colors &= ~BIT(color);
		if (!waiter->colors)
			finish(waiter);
	}
}

void vtb_canceller_ends(const void *canceller)
{
	struct work_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->canceller == canceller && !waiter->done)
			finish(waiter);
}

/* -- waits that never end -- */

static void report_self_wait(const char *name, unsigned long caller,
			     const char *why)
{
	char what[120];

	scnprintf(what, sizeof(what), "%s() never returns", name);
	vtb_liveness_finding("self-wait", "work item", (void *)caller, what,
			     why);
}

void vtb_work_check_self(const struct work_struct *work, const char *name,
			 unsigned long caller)
{
	const struct worker *self = vtb_worker_self();

	if (self && self->work == work && self->func == work->func)
		report_self_wait(name, caller,
				 "it waits for the work item it is called from");
}

static void check_own_queue(const struct workqueue_struct *wq, const char *name,
			    unsigned long caller)
{
	const struct worker *self = vtb_worker_self();

	if (self && self->work && self->share->wq == wq)
		report_self_wait(name, caller,
				 "it waits for all items of the queue, and is "
				 "called from one of them");
}

/* A queued item behind the one that waits, in a queue that runs one at a time. */
static void check_behind_self(const struct work_struct *work, const char *name,
			      unsigned long caller)
{
	const struct worker *self = vtb_worker_self();
	const struct share *share = vtb_work_share(work);

	if (self && self->work && share && self->share == share &&
	    share->wq->max_active == 1)
		report_self_wait(name, caller,
				 "the item it waits for is queued behind the one "
				 "it is called from; the queue runs one at a time");
}

/* A queue that memory reclaim relies on must not wait for one that is not. */
static void check_reclaim(const struct workqueue_struct *target)
{
	const struct worker *self = vtb_worker_self();
	unsigned int mask = WQ_MEM_RECLAIM | __WQ_LEGACY;

	if (target->flags & WQ_MEM_RECLAIM)
		return;
	WARN_ONCE(self && self->work &&
		  (self->share->wq->flags & mask) == WQ_MEM_RECLAIM,
		  "workqueue: WQ_MEM_RECLAIM %s waits for %s, which is not",
		  self->share->wq->name, target->name);
}

/* -- items -- */

bool vtb_work_wait_running(const struct work_struct *work)
{
	struct work_waiter waiter = { .worker = vtb_worker_running(work) };

	if (waiter.worker)
		vtb_work_wait(&waiter);
	vtb_sync_acquire(vtb_work_end(work));
	return waiter.worker;
}

static bool flush_item(struct work_struct *work, const char *name,
		       unsigned long caller)
{
	struct work_waiter waiter = { .work = work };
	const struct share *share = vtb_work_share(work);
	const struct worker *running;

	vtb_might_sleep(name, caller);
	if (WARN_ON(!work->func))
		return false;
	vtb_work_check_self(work, name, caller);
	if (share) {
		check_behind_self(work, name, caller);
		check_reclaim(share->wq);
		vtb_work_wait(&waiter);
		vtb_sync_acquire(vtb_work_end(work));
		return true;
	}
	running = vtb_worker_running(work);
	if (running)
		check_reclaim(running->share->wq);
	return vtb_work_wait_running(work);
}

bool flush_work(struct work_struct *work)
{
	return flush_item(work, "flush_work", _RET_IP_);
}
EXPORT_SYMBOL_GPL(flush_work);

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (timer_delete_sync(&dwork->timer))
		vtb_work_insert(dwork->cpu, dwork->wq, &dwork->work);
	return flush_item(&dwork->work, "flush_delayed_work", _RET_IP_);
}
EXPORT_SYMBOL(flush_delayed_work);

bool flush_rcu_work(struct rcu_work *rwork)
{
	if (!work_pending(&rwork->work))
		return flush_item(&rwork->work, "flush_rcu_work", _RET_IP_);
	rcu_barrier();
	flush_item(&rwork->work, "flush_rcu_work", _RET_IP_);
	return true;
}
EXPORT_SYMBOL(flush_rcu_work);

/* -- queues -- */

static unsigned long colors_in_use(const struct workqueue_struct *wq)
{
	unsigned long colors = 0;
	unsigned int color;

	for (color = 0; color < NR_COLORS; color++)
		if (wq->in_flight[color])
			colors |= BIT(color);
	return colors;
}

static void wait_for_colors(const struct workqueue_struct *wq,
			    unsigned long colors)
{
	struct work_waiter waiter = { .wq = wq, .colors = colors };

	if (colors)
		vtb_work_wait(&waiter);
}

static void flush_queue(struct workqueue_struct *wq, const char *name,
			unsigned long caller)
{
	unsigned long colors;
	unsigned int next;

	vtb_might_sleep(name, caller);
	check_own_queue(wq, name, caller);
	check_reclaim(wq);
	/* The next colour has to be free: sixteen flushes at once are many. */
	for (;;) {
		next = (wq->color + 1) % NR_COLORS;
		if (!wq->in_flight[next])
			break;
		wait_for_colors(wq, BIT(next));
	}
	colors = colors_in_use(wq);
	if (colors) {
		wq->color = next;
		wait_for_colors(wq, colors);
	}
	vtb_sync_acquire(wq);
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	flush_queue(wq, "flush_workqueue", _RET_IP_);
}
EXPORT_SYMBOL(__flush_workqueue);

void drain_workqueue(struct workqueue_struct *wq)
{
	wq->draining++;
	do
		flush_queue(wq, "drain_workqueue", _RET_IP_);
	while (colors_in_use(wq));
	wq->draining--;
}
EXPORT_SYMBOL_GPL(drain_workqueue);

unsigned long vtb_workqueue_pending(void)
{
	const struct workqueue_struct *wq;
	unsigned long nr = 0;
	unsigned int color;

	for (wq = vtb_workqueues(); wq; wq = wq->next)
		for (color = 0; color < NR_COLORS; color++)
			nr += wq->in_flight[color];
	return nr;
}

void vtb_workqueue_exit(void)
{
	struct workqueue_struct *wq;

	/* An item may queue another one, also to a queue before its own. */
	while (vtb_workqueue_pending())
		for (wq = vtb_workqueues(); wq; wq = wq->next)
			flush_queue(wq, "shutdown", _RET_IP_);
}

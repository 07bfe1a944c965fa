// SPDX-License-Identifier: GPL-2.0-only
/*
 * cancel.c - taking work items back
 *
 * Cancelling takes PENDING over, from wherever the item is. cancel_work_sync()
 * keeps it while it waits for the run that is going on, so nobody can queue
 * the item again meanwhile:
 *
 *    worker       func() ......... queue_work(): false ... returns
 *    canceller      grabs PENDING, waits ................... gives it back
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/processor.h>
#include <linux/timer.h>
#include "internal.h"

/* A cancel_work_sync() that has grabbed @work. Lies on its stack. */
struct canceller {
	struct canceller *next;
	const struct work_struct *work;
};

static struct canceller *cancellers;

static struct canceller *canceller_of(const struct work_struct *work)
{
	struct canceller *canceller;

	for (canceller = cancellers; canceller; canceller = canceller->next)
		if (canceller->work == work)
			return canceller;
	return NULL;
}

/*
 * Takes PENDING over: 1 from where it was queued, 0 if it was nowhere.
 * -ENOENT: somebody is cancelling it. -EAGAIN: it is on its way from its timer
 * or RCU to the queue.
 */
static int grab(struct work_struct *work, struct delayed_work *dwork)
{
	if (dwork && timer_delete(&dwork->timer))
		return 1;
	if (vtb_work_claim(work))
		return 0;
	if (vtb_work_share(work)) {
		vtb_work_unqueue(work);
		return 1;
	}
	return canceller_of(work) ? -ENOENT : -EAGAIN;
}

static int grab_soon(struct work_struct *work, struct delayed_work *dwork)
{
	int rc;

	vtb_preempt_point();
	for (;;) {
		rc = grab(work, dwork);
		if (rc >= 0)
			vtb_sync_acquire(work);
		if (rc != -EAGAIN)
			return rc;
		cpu_relax();
	}
}

static bool cancel(struct work_struct *work, struct delayed_work *dwork)
{
	int rc = grab_soon(work, dwork);

	if (rc >= 0)
		vtb_work_release(work);
	return rc == 1;
}

bool cancel_work(struct work_struct *work)
{
	return cancel(work, NULL);
}
EXPORT_SYMBOL(cancel_work);

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return cancel(&dwork->work, dwork);
}
EXPORT_SYMBOL(cancel_delayed_work);

static int grab_or_wait(struct work_struct *work, struct delayed_work *dwork)
{
	for (;;) {
		struct work_waiter waiter = { 0 };
		int rc = grab_soon(work, dwork);

		if (rc >= 0)
			return rc;
		waiter.canceller = canceller_of(work);
		vtb_work_wait(&waiter);
	}
}

static bool cancel_sync(struct work_struct *work, struct delayed_work *dwork,
			const char *name, unsigned long caller)
{
	struct canceller canceller = { .work = work };
	struct canceller **link = &cancellers;
	int rc;

	vtb_might_sleep(name, caller);
	vtb_work_check_self(work, name, caller);
	rc = grab_or_wait(work, dwork);
	canceller.next = cancellers;
	cancellers = &canceller;
	vtb_work_wait_running(work);
	while (*link != &canceller)
		link = &(*link)->next;
	*link = canceller.next;
	vtb_work_release(work);
	vtb_canceller_ends(&canceller);
	return rc;
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_sync(work, NULL, "cancel_work_sync", _RET_IP_);
}
EXPORT_SYMBOL_GPL(cancel_work_sync);

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return cancel_sync(&dwork->work, dwork, "cancel_delayed_work_sync",
			   _RET_IP_);
}
EXPORT_SYMBOL(cancel_delayed_work_sync);

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq,
			 struct delayed_work *dwork, unsigned long delay)
{
	int rc;

	vtb_sync_release(&dwork->work);
	rc = grab_soon(&dwork->work, dwork);
	if (rc >= 0)
		vtb_work_insert_delayed(cpu, wq, dwork, delay);
	return rc;
}
EXPORT_SYMBOL_GPL(mod_delayed_work_on);

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy = 0;

	if (work_pending(work))
		busy |= WORK_BUSY_PENDING;
	if (vtb_worker_running(work))
		busy |= WORK_BUSY_RUNNING;
	return busy;
}
EXPORT_SYMBOL_GPL(work_busy);

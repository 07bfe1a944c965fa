/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - work queues: what their files share
 *
 * A work item is in one of these places, and PENDING in its ->data is set in
 * all but the last:
 *
 *    timer      of a delayed_work
 *    (on the way: the timer's or RCU's function is about to queue it)
 *    inactive   list of its share: the queue has max_active items going
 *    worklist   of a pool, waits for a worker
 *    scheduled  list of the worker that is running it already
 *    running    worker->work; may be queued again
 *
 *    workqueue_struct --< share (one per vCPU, or one if unbound)
 *    pool (one per vCPU) --< worker (a kthread bound to that vCPU)
 *
 * While an item is in a list, ->data holds its share, as in a real kernel, and
 * the colour its queue had when it was queued (see flush.c).
 *
 * An item never runs twice at once: when it is queued while it runs, it goes to
 * the pool where it runs, and there to its worker.
 *
 * Only waking a worker, waiting, and the items themselves can switch fibers,
 * so the state needs no lock; each change is complete before a wake-up.
 */
#ifndef VTB_WORKQUEUE_INTERNAL_H
#define VTB_WORKQUEUE_INTERNAL_H

#include <linux/list.h>
#include <linux/threads.h>
#include <linux/workqueue.h>
#include <vtb/runtime.h>

#define NR_COLORS	WORK_NR_COLORS

/* Aligned so that its address leaves room for flags and colour in ->data. */
#define SHARE_ALIGN	(1ul << (WORK_STRUCT_COLOR_SHIFT + WORK_STRUCT_COLOR_BITS))

/*
 * struct share - of a work queue in a vCPU; of all vCPUs if it is unbound
 * @nr_active:	items in a worklist, scheduled or running
 * @inactive:	items that wait for one of those to end
 */
struct share {
	struct workqueue_struct *wq;
	unsigned long nr_active;
	struct list_head inactive;
	struct share *next;		/* spare */
};

/*
 * struct workqueue_struct
 * @color:	of items queued now
 * @in_flight:	items of a colour that are queued or running
 * @draining:	drain_workqueue() or destroy_workqueue() is at work
 */
struct workqueue_struct {
	struct workqueue_struct *next;
	char name[32];
	unsigned int flags;
	int max_active;
	unsigned int draining;
	unsigned int color;
	unsigned int in_flight[NR_COLORS];
	struct share *shares[NR_CPUS];
};

/*
 * struct worker - a kthread that runs items
 * @work, @func, @share, @color, @op: what it runs now; @work NULL: nothing
 * @scheduled:	items it has to run next, because it is running them
 * @idle:	waits for work
 * @woken:	on its way to the worklist
 */
struct worker {
	struct worker *next;
	struct worker_pool *pool;
	struct task_struct *task;
	struct work_struct *work;
	work_func_t func;
	struct share *share;
	unsigned int color;
	unsigned int op;
	struct list_head scheduled;
	bool idle;
	bool woken;
};

struct worker_pool {
	struct list_head worklist;
	struct worker *workers;
	unsigned int nr_workers;
	int cpu;
};

/* -- worker.c -- */

struct worker_pool *vtb_worker_pool(int cpu);
/* Somebody shall look at the worklist. May switch fibers. */
void vtb_worker_kick(struct worker_pool *pool);
/* The worker that runs @work with its present function, or NULL. */
struct worker *vtb_worker_running(const struct work_struct *work);
/* The worker this is, NULL if it is none or in an interrupt. */
struct worker *vtb_worker_self(void);
void vtb_worker_init(void);

/* -- queue.c -- */

/* Sets PENDING; false if it was set. */
bool vtb_work_claim(struct work_struct *work);
/* Takes PENDING off: the item is nowhere. */
void vtb_work_release(struct work_struct *work);
/* Queues a claimed item. May switch fibers. */
void vtb_work_insert(int cpu, struct workqueue_struct *wq,
		     struct work_struct *work);
void vtb_work_insert_delayed(int cpu, struct workqueue_struct *wq,
			     struct delayed_work *dwork, unsigned long delay);
/* The share of an item that is in a list, or NULL. */
struct share *vtb_work_share(const struct work_struct *work);
unsigned int vtb_work_color(const struct work_struct *work);
/* The op that queued it; forgets it. */
unsigned int vtb_work_take_op(const struct work_struct *work);
bool vtb_work_is_inactive(const struct work_struct *work);
/* Takes a queued item out; it stays claimed. */
void vtb_work_unqueue(struct work_struct *work);
/* Makes as many inactive items active as may be. May switch fibers. */
void vtb_share_activate(struct share *share);
/* An item is over: one place is free. May switch fibers. */
void vtb_share_put(struct share *share, unsigned int color, bool active);

/*
 * What the ends of its runs release, for the data-race detector: those that
 * flush come after them, those that queue do not.
 */
static inline const void *vtb_work_end(const struct work_struct *work)
{
	return (const char *)work + 4;
}

/* -- flush.c -- */

/*
 * A task that waits until a certain run of an item is over, or until the items
 * of some colours are.
 *
 * @work:	queued, not yet running; or NULL
 * @worker:	runs it
 * @wq, @colors: colours to wait for
 * @canceller:	another cancel_work_sync() to wait for
 */
struct work_waiter {
	struct work_waiter *next;
	const struct work_struct *work;
	const struct worker *worker;
	const struct workqueue_struct *wq;
	const void *canceller;
	unsigned long colors;
	struct vtb_thread *thread;
	bool done;
};

void vtb_work_wait(struct work_waiter *waiter);
/* What happens to items, told to those who wait. None switches fibers. */
void vtb_work_starts(const struct work_struct *work,
		     const struct worker *worker);
void vtb_work_ends(const struct worker *worker);
void vtb_work_cancelled(const struct work_struct *work);
void vtb_color_ends(const struct workqueue_struct *wq, unsigned int color);
void vtb_canceller_ends(const void *canceller);

/* Waits for the present run of @work, if any. */
bool vtb_work_wait_running(const struct work_struct *work);
/* Finding if @work is what runs here: waiting for it would never end. */
void vtb_work_check_self(const struct work_struct *work, const char *name,
			 unsigned long caller);

/* -- workqueue.c -- */

struct share *vtb_share_of(struct workqueue_struct *wq, int cpu);
struct workqueue_struct *vtb_workqueues(void);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue.c - putting work items into queues and taking them out
 *
 * An item of a bound queue runs on the vCPU that queued it, unless one is
 * named; one of an unbound queue may run anywhere: the vCPU is a choice whose
 * default is the present one.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "internal.h"

#define COLOR_MASK	(NR_COLORS - 1)

/* -- what ->data says -- */

bool vtb_work_claim(struct work_struct *work)
{
	return !test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
}

void vtb_work_release(struct work_struct *work)
{
	atomic_long_set(&work->data, WORK_STRUCT_NO_POOL);
}

static void set_queued(struct work_struct *work, struct share *share,
		       unsigned long flags)
{
	unsigned long color = share->wq->color;

	atomic_long_set(&work->data, (unsigned long)share | flags |
			color << WORK_STRUCT_COLOR_SHIFT |
			WORK_STRUCT_PWQ | WORK_STRUCT_PENDING);
}

struct share *vtb_work_share(const struct work_struct *work)
{
	unsigned long data = atomic_long_read(&work->data);

	if (!(data & WORK_STRUCT_PWQ))
		return NULL;
	return (struct share *)(data & ~(SHARE_ALIGN - 1));
}

unsigned int vtb_work_color(const struct work_struct *work)
{
	return atomic_long_read(&work->data) >> WORK_STRUCT_COLOR_SHIFT &
	       COLOR_MASK;
}

bool vtb_work_is_inactive(const struct work_struct *work)
{
	return atomic_long_read(&work->data) & WORK_STRUCT_INACTIVE;
}

/* -- which op queued it -- */

struct origin {
	struct origin *next;
	const struct work_struct *work;
	unsigned long op;
};

static struct origin *origins;
static struct origin *spare_origins;

static void remember_op(const struct work_struct *work)
{
	struct origin *origin = spare_origins;

	if (origin)
		spare_origins = origin->next;
	else
		origin = vtb_instance_alloc(sizeof(*origin), 8);
	*origin = (struct origin){ origins, work, vtb_op() };
	origins = origin;
}

unsigned int vtb_work_take_op(const struct work_struct *work)
{
	struct origin **link = &origins;
	struct origin *origin;

	while ((*link)->work != work)
		link = &(*link)->next;
	origin = *link;
	*link = origin->next;
	origin->next = spare_origins;
	spare_origins = origin;
	return origin->op;
}

/* -- in -- */

static int choose_cpu(int cpu, const struct workqueue_struct *wq)
{
	int here = raw_smp_processor_id();

	if (cpu == WORK_CPU_UNBOUND)
		return wq->flags & WQ_UNBOUND ?
		       (here + vtb_choose(nr_cpu_ids)) % nr_cpu_ids : here;
	if (WARN_ON_ONCE(cpu < 0 || cpu >= nr_cpu_ids))
		return here;
	return cpu;
}

/* Where @work has to run: where it runs now, else on @cpu. */
static struct worker_pool *choose_pool(const struct work_struct *work,
				       const struct workqueue_struct *wq,
				       int cpu)
{
	const struct worker *worker = vtb_worker_running(work);

	if (worker && worker->share->wq == wq)
		return worker->pool;
	return vtb_worker_pool(cpu);
}

static void activate(struct share *share, struct work_struct *work, int cpu)
{
	struct worker_pool *pool = choose_pool(work, share->wq, cpu);

	share->nr_active++;
	list_add_tail(&work->entry, &pool->worklist);
	vtb_worker_kick(pool);
}

/* While a queue is drained, only its own items may queue to it. */
static bool refused(const struct workqueue_struct *wq)
{
	const struct worker *self;

	if (!wq->draining)
		return false;
	self = vtb_worker_self();
	return WARN_ON_ONCE(!self || !self->work || self->share->wq != wq);
}

void vtb_work_insert(int cpu, struct workqueue_struct *wq,
		     struct work_struct *work)
{
	struct worker_pool *pool;
	struct share *share;

	vtb_sync_release(work);
	if (refused(wq))
		return;
	if (WARN_ON(!list_empty(&work->entry)) || WARN_ON(!work->func))
		return;
	pool = choose_pool(work, wq, choose_cpu(cpu, wq));
	share = vtb_share_of(wq, pool->cpu);
	wq->in_flight[wq->color]++;
	remember_op(work);
	if (share->nr_active < wq->max_active && list_empty(&share->inactive)) {
		set_queued(work, share, 0);
		activate(share, work, pool->cpu);
	} else {
		set_queued(work, share, WORK_STRUCT_INACTIVE);
		list_add_tail(&work->entry, &share->inactive);
	}
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	vtb_preempt_point();
	/* Also if it is queued already: it will see what is there by now. */
	vtb_sync_release(work);
	if (!vtb_work_claim(work))
		return false;
	vtb_work_insert(cpu, wq, work);
	return true;
}
EXPORT_SYMBOL(queue_work_on);

bool queue_work_node(int node, struct workqueue_struct *wq,
		     struct work_struct *work)
{
	WARN_ON_ONCE(!(wq->flags & WQ_UNBOUND));
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}
EXPORT_SYMBOL_GPL(queue_work_node);

/* -- out -- */

void vtb_share_activate(struct share *share)
{
	struct work_struct *work;

	while (!list_empty(&share->inactive) &&
	       share->nr_active < share->wq->max_active) {
		work = list_first_entry(&share->inactive, struct work_struct,
					entry);
		list_del_init(&work->entry);
		atomic_long_andnot(WORK_STRUCT_INACTIVE, &work->data);
		activate(share, work, raw_smp_processor_id());
	}
}

void vtb_share_put(struct share *share, unsigned int color, bool active)
{
	struct workqueue_struct *wq = share->wq;

	vtb_assert(wq->in_flight[color]);
	if (active)
		share->nr_active--;
	if (!--wq->in_flight[color])
		vtb_color_ends(wq, color);
	vtb_share_activate(share);
}

void vtb_work_unqueue(struct work_struct *work)
{
	struct share *share = vtb_work_share(work);
	unsigned int color = vtb_work_color(work);
	bool active = !vtb_work_is_inactive(work);

	list_del_init(&work->entry);
	vtb_work_take_op(work);
	atomic_long_set(&work->data, WORK_STRUCT_NO_POOL | WORK_STRUCT_PENDING);
	vtb_work_cancelled(work);
	vtb_share_put(share, color, active);
}

/* -- later -- */

void delayed_work_timer_fn(struct timer_list *timer)
{
	struct delayed_work *dwork;

	dwork = container_of(timer, struct delayed_work, timer);
	vtb_work_insert(dwork->cpu, dwork->wq, &dwork->work);
}
EXPORT_SYMBOL(delayed_work_timer_fn);

void vtb_work_insert_delayed(int cpu, struct workqueue_struct *wq,
			     struct delayed_work *dwork, unsigned long delay)
{
	struct timer_list *timer = &dwork->timer;

	WARN_ON_ONCE(timer->function != delayed_work_timer_fn);
	WARN_ON_ONCE(timer_pending(timer));
	WARN_ON_ONCE(!list_empty(&dwork->work.entry));
	if (!delay) {
		vtb_work_insert(cpu, wq, &dwork->work);
		return;
	}
	dwork->wq = wq;
	dwork->cpu = cpu;
	timer->expires = jiffies + delay;
	if (cpu == WORK_CPU_UNBOUND)
		add_timer(timer);
	else
		add_timer_on(timer, cpu);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
			   struct delayed_work *dwork, unsigned long delay)
{
	vtb_preempt_point();
	vtb_sync_release(&dwork->work);
	if (!vtb_work_claim(&dwork->work))
		return false;
	vtb_work_insert_delayed(cpu, wq, dwork, delay);
	return true;
}
EXPORT_SYMBOL(queue_delayed_work_on);

static void rcu_work_ready(struct rcu_head *head)
{
	struct rcu_work *rwork = container_of(head, struct rcu_work, rcu);

	vtb_work_insert(WORK_CPU_UNBOUND, rwork->wq, &rwork->work);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	if (!vtb_work_claim(&rwork->work))
		return false;
	rwork->wq = wq;
	call_rcu(&rwork->rcu, rcu_work_ready);
	return true;
}
EXPORT_SYMBOL(queue_rcu_work);

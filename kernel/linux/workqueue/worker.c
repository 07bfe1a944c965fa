// SPDX-License-Identifier: GPL-2.0-only
/*
 * worker.c - who runs work items
 *
 * Workers of a vCPU take items from one list. As tasks they share that vCPU,
 * so as long as one of them does not block the others do not run:
 *
 *    worker 0   item A ..... blocks            | goes on .... next item
 *    worker 1                 item B ..........|
 *
 * A worker that takes an item while the list holds more wakes another one (or
 * makes it), which then stands ready for the moment the first blocks. That is
 * a real kernel's concurrency management without its counting; high-priority
 * and CPU-intensive queues are not set apart.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <vtb/softirq.h>
#include <vtb/task.h>
#include "internal.h"

/* Items of one vCPU that are blocked at the same time. */
#define MAX_WORKERS	16

static struct worker_pool pools[NR_CPUS];

struct worker_pool *vtb_worker_pool(int cpu)
{
	return &pools[cpu];
}

struct worker *vtb_worker_running(const struct work_struct *work)
{
	struct worker *worker;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (worker = pools[cpu].workers; worker; worker = worker->next)
			if (worker->work == work && worker->func == work->func)
				return worker;
	return NULL;
}

struct worker *vtb_worker_self(void)
{
	if (!in_task() || !(current->flags & PF_WQ_WORKER))
		return NULL;
	return to_vtb_task(current)->data;
}

struct work_struct *current_work(void)
{
	struct worker *worker = vtb_worker_self();

	return worker ? worker->work : NULL;
}
EXPORT_SYMBOL(current_work);

bool current_is_workqueue_rescuer(void)
{
	return false;
}

/* -- running -- */

static void run(struct worker *worker)
{
	struct vtb_call call = {
		.kind = "work item",
		.fn = worker->func,
		.op = worker->op,
	};

	vtb_trace(VTB_TRACE_WORK, worker->pool->cpu, 0);
	/* It may be queued again already, and may free itself. */
	vtb_preempt_point();
	vtb_call_begin(&call);
	worker->func(worker->work);
	vtb_call_end(&call);
}

/* Makes @work what @worker runs: nobody else finds it in a list any more. */
static void take_over(struct worker *worker, struct work_struct *work)
{
	worker->woken = false;
	worker->work = work;
	worker->func = work->func;
	worker->share = vtb_work_share(work);
	worker->color = vtb_work_color(work);
	worker->op = vtb_work_take_op(work);
	list_del_init(&work->entry);
	vtb_work_release(work);
	vtb_work_starts(work, worker);
	vtb_sync_acquire(work);
	vtb_sync_acquire(vtb_work_end(work));
	/* Of a share that runs one at a time each comes after the last. */
	if (worker->share->wq->max_active == 1)
		vtb_sync_acquire(worker->share);
}

static void finish(struct worker *worker)
{
	vtb_sync_release(vtb_work_end(worker->work));
	vtb_sync_release(worker->share->wq);
	vtb_sync_release(worker->share);
	worker->work = NULL;
	vtb_work_ends(worker);
	vtb_share_put(worker->share, worker->color, true);
	cond_resched();
}

/*
 * The next item for @worker. One that somebody else is running goes to him
 * instead: he will do it.
 */
static struct work_struct *take(struct worker *worker)
{
	struct worker_pool *pool = worker->pool;
	struct work_struct *work;
	struct worker *other;

	if (!list_empty(&worker->scheduled))
		return list_first_entry(&worker->scheduled, struct work_struct,
					entry);
	while (!list_empty(&pool->worklist)) {
		work = list_first_entry(&pool->worklist, struct work_struct,
					entry);
		other = vtb_worker_running(work);
		if (!other || other->pool != pool)
			return work;
		list_move_tail(&work->entry, &other->scheduled);
	}
	return NULL;
}

static void wait_for_work(struct worker *worker)
{
	worker->woken = false;
	worker->idle = true;
	__set_current_state(TASK_IDLE);
	schedule();
	worker->idle = false;
}

static int worker_main(void *arg)
{
	struct worker *worker = arg;
	struct worker_pool *pool = worker->pool;

	for (;;) {
		struct work_struct *work = take(worker);

		if (!work) {
			wait_for_work(worker);
			continue;
		}
		take_over(worker, work);
		if (!list_empty(&pool->worklist))
			vtb_worker_kick(pool);
		run(worker);
		finish(worker);
	}
	return 0;
}

/* -- making and waking -- */

static struct worker *worker_new(struct worker_pool *pool)
{
	struct worker *worker;
	struct vtb_task *task;
	char name[TASK_COMM_LEN];

	if (pool->nr_workers == MAX_WORKERS)
		vtb_unmodelled_case("queue_work_on",
				    "17 work items of a vCPU are blocked");
	scnprintf(name, sizeof(name), "kworker/%d:%u", pool->cpu,
		  pool->nr_workers++);
	worker = vtb_instance_alloc(sizeof(*worker), 8);
	task = vtb_task_new(name, TASK_UNINTERRUPTIBLE);
	task->task.flags |= PF_KTHREAD | PF_WQ_WORKER;
	task->fn = worker_main;
	task->data = worker;
	task->cpu = pool->cpu;
	worker->pool = pool;
	worker->task = &task->task;
	INIT_LIST_HEAD(&worker->scheduled);
	worker->next = pool->workers;
	pool->workers = worker;
	return worker;
}

/* Will it look at the worklist without being asked? */
static bool is_on_its_way(const struct worker *worker)
{
	return worker->woken || (!worker->idle && !worker->work);
}

void vtb_worker_kick(struct worker_pool *pool)
{
	struct worker *worker, *idle = NULL;

	for (worker = pool->workers; worker; worker = worker->next) {
		if (is_on_its_way(worker))
			return;
		if (worker->idle)
			idle = worker;
	}
	if (!idle)
		idle = worker_new(pool);
	idle->woken = true;
	wake_up_process(idle->task);
}

void vtb_worker_init(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		pools[cpu].cpu = cpu;
		INIT_LIST_HEAD(&pools[cpu].worklist);
	}
}

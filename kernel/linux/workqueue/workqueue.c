// SPDX-License-Identifier: GPL-2.0-only
/*
 * workqueue.c - the queues themselves, and helpers on top of them
 *
 * A queue made by alloc_workqueue() is memory of the kernel heap, so one that
 * is not destroyed is a leak, and making one can fail. Its shares are not, as
 * their alignment is the point of them.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <vtb/compat.h>
#include "internal.h"

/* The system's queues; names that differ only in priority share one. */
static struct workqueue_struct bound = { .name = "events" };
static struct workqueue_struct high = {
	.name = "events_highpri",
	.flags = WQ_HIGHPRI,
};
static struct workqueue_struct lasting = { .name = "events_long" };
static struct workqueue_struct unbound = {
	.name = "events_unbound",
	.flags = WQ_UNBOUND,
};
static struct workqueue_struct freezable = {
	.name = "events_freezable",
	.flags = WQ_FREEZABLE,
};
static struct workqueue_struct efficient = {
	.name = "events_power_efficient",
	.flags = WQ_POWER_EFFICIENT,
};
static struct workqueue_struct freezable_efficient = {
	.name = "events_freezable_pwr_efficient",
	.flags = WQ_FREEZABLE | WQ_POWER_EFFICIENT,
};

struct workqueue_struct *system_wq = &bound;
struct workqueue_struct *system_highpri_wq = &high;
struct workqueue_struct *system_long_wq = &lasting;
struct workqueue_struct *system_unbound_wq = &unbound;
struct workqueue_struct *system_freezable_wq = &freezable;
struct workqueue_struct *system_power_efficient_wq = &efficient;
struct workqueue_struct *system_freezable_power_efficient_wq =
	&freezable_efficient;
EXPORT_SYMBOL(system_wq);
EXPORT_SYMBOL_GPL(system_highpri_wq);
EXPORT_SYMBOL_GPL(system_long_wq);
EXPORT_SYMBOL_GPL(system_unbound_wq);
EXPORT_SYMBOL_GPL(system_freezable_wq);
EXPORT_SYMBOL_GPL(system_power_efficient_wq);
EXPORT_SYMBOL_GPL(system_freezable_power_efficient_wq);

/* Of newer trees. */
extern struct workqueue_struct *system_percpu_wq;
extern struct workqueue_struct *system_dfl_wq;
struct workqueue_struct *system_percpu_wq = &bound;
struct workqueue_struct *system_dfl_wq = &unbound;
EXPORT_SYMBOL(system_percpu_wq);
EXPORT_SYMBOL_GPL(system_dfl_wq);

static struct workqueue_struct *queues;
static struct share *spare_shares;

struct workqueue_struct *vtb_workqueues(void)
{
	return queues;
}

/* -- shares -- */

struct share *vtb_share_of(struct workqueue_struct *wq, int cpu)
{
	return wq->shares[wq->flags & WQ_UNBOUND ? 0 : cpu];
}

static struct share *share_new(struct workqueue_struct *wq)
{
	struct share *share = spare_shares;

	if (share)
		spare_shares = share->next;
	else
		share = vtb_instance_alloc(sizeof(*share), SHARE_ALIGN);
	*share = (struct share){ .wq = wq };
	INIT_LIST_HEAD(&share->inactive);
	return share;
}

static void share_free(struct share *share)
{
	vtb_assert(!share->nr_active && list_empty(&share->inactive));
	share->next = spare_shares;
	spare_shares = share;
}

static unsigned int nr_shares(const struct workqueue_struct *wq)
{
	return wq->flags & WQ_UNBOUND ? 1 : nr_cpu_ids;
}

/* -- making and destroying -- */

static void enlist(struct workqueue_struct *wq)
{
	unsigned int i;

	if (!wq->max_active)
		wq->max_active = WQ_DFL_ACTIVE;
	for (i = 0; i < nr_shares(wq); i++)
		wq->shares[i] = share_new(wq);
	wq->next = queues;
	queues = wq;
}

static void delist(struct workqueue_struct *wq)
{
	struct workqueue_struct **link = &queues;
	unsigned int i;

	while (*link != wq)
		link = &(*link)->next;
	*link = wq->next;
	for (i = 0; i < nr_shares(wq); i++)
		share_free(wq->shares[i]);
}

struct workqueue_struct *alloc_workqueue(const char *format, unsigned int flags,
					 int max_active, ...)
{
	struct workqueue_struct *wq;
	va_list args;

	if (flags & VTB_WQ_BH)
		vtb_unmodelled_case("alloc_workqueue", "WQ_BH");
	wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	if (!wq)
		return NULL;
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), format, args);
	va_end(args);
	wq->flags = flags;
	wq->max_active = min_t(int, max_active, WQ_MAX_ACTIVE);
	enlist(wq);
	return wq;
}
EXPORT_SYMBOL_GPL(alloc_workqueue);

void destroy_workqueue(struct workqueue_struct *wq)
{
	drain_workqueue(wq);
	delist(wq);
	kfree(wq);
}
EXPORT_SYMBOL_GPL(destroy_workqueue);

void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
	unsigned int i;

	if (WARN_ON(wq->flags & __WQ_ORDERED))
		return;
	wq->max_active = clamp_t(int, max_active, 1, WQ_MAX_ACTIVE);
	for (i = 0; i < nr_shares(wq); i++)
		vtb_share_activate(wq->shares[i]);
}
EXPORT_SYMBOL_GPL(workqueue_set_max_active);

bool workqueue_congested(int cpu, struct workqueue_struct *wq)
{
	if (cpu == WORK_CPU_UNBOUND)
		cpu = raw_smp_processor_id();
	return !list_empty(&vtb_share_of(wq, cpu)->inactive);
}
EXPORT_SYMBOL_GPL(workqueue_congested);

/* -- helpers -- */

int schedule_on_each_cpu(work_func_t func)
{
	struct work_struct *works;
	unsigned int cpu;

	works = kcalloc(nr_cpu_ids, sizeof(*works), GFP_KERNEL);
	if (!works)
		return -ENOMEM;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		INIT_WORK(&works[cpu], func);
		queue_work_on(cpu, &bound, &works[cpu]);
	}
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		flush_work(&works[cpu]);
	kfree(works);
	return 0;
}

int execute_in_process_context(work_func_t fn, struct execute_work *ew)
{
	if (!in_interrupt()) {
		fn(&ew->work);
		return 0;
	}
	INIT_WORK(&ew->work, fn);
	schedule_work(&ew->work);
	return 1;
}
EXPORT_SYMBOL_GPL(execute_in_process_context);

struct call_on_cpu {
	struct work_struct work;
	long (*fn)(void *arg);
	void *arg;
	long result;
};

static void do_call_on_cpu(struct work_struct *work)
{
	struct call_on_cpu *call = container_of(work, struct call_on_cpu, work);

	call->result = call->fn(call->arg);
}

long work_on_cpu_key(int cpu, long (*fn)(void *), void *arg,
		     struct lock_class_key *key)
{
	struct call_on_cpu call = { .fn = fn, .arg = arg };

	INIT_WORK_ONSTACK(&call.work, do_call_on_cpu);
	queue_work_on(cpu, &bound, &call.work);
	flush_work(&call.work);
	destroy_work_on_stack(&call.work);
	return call.result;
}
EXPORT_SYMBOL_GPL(work_on_cpu_key);

long work_on_cpu_safe_key(int cpu, long (*fn)(void *), void *arg,
			  struct lock_class_key *key)
{
	if (!cpu_online(cpu))
		return -ENODEV;
	return work_on_cpu_key(cpu, fn, arg, key);
}
EXPORT_SYMBOL_GPL(work_on_cpu_safe_key);

/* The description is for dumps of tasks, which do not exist. */
void set_worker_desc(const char *format, ...)
{
}
EXPORT_SYMBOL_GPL(set_worker_desc);

/* -- boot -- */

void vtb_workqueue_init(void)
{
	vtb_worker_init();
	enlist(&bound);
	enlist(&high);
	enlist(&lasting);
	enlist(&unbound);
	enlist(&freezable);
	enlist(&efficient);
	enlist(&freezable_efficient);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer.c - timers: a function in softirq context at a jiffy
 *
 * A pending timer occupies a slot of its vCPU. The slot has an event of the
 * bench, so order, cancelling and the op that is charged are the event queue's
 * business. The link between both is the timer's own list node, so
 * timer_pending() and what real code knows of ->entry hold:
 *
 *    timer_list                     slot
 *      entry.pprev ---------------->  head.first ---> timer_list.entry
 *
 *    armed     its event is queued
 *    expired   the event has fired, the slot waits for the softirq in the
 *              list of its vCPU; the timer is still pending
 *    running   the slot is free again, timer_cpu.running names the timer
 *
 * Timers fire on time: at the beginning of the jiffy they ask for, or of the
 * next if that has begun. A real wheel may be late by up to an eighth. A timer
 * that runs stays with its vCPU if it is armed meanwhile, so it never runs
 * twice at once.
 *
 * Only vtb_irq_exit(), the timers' functions and the preemption point before
 * each of them can switch fibers.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <vtb/softirq.h>

struct timer_slot {
	struct hlist_head head;
	struct vtb_timer *event;
	struct timer_slot *next;	/* spare or expired */
	unsigned long armed_at;		/* who armed it... */
	unsigned int op;		/* ...and for which op */
	int cpu;
	bool expired;
};

struct timer_cpu {
	struct timer_slot *spare;
	struct timer_slot *expired;
	struct timer_list *running;
	struct vtb_context *runner;	/* the context it runs in */
};

static struct timer_cpu cpus[NR_CPUS];
static unsigned long nr_pending;

/* -- slots -- */

static void expire(void *arg);

static struct timer_slot *slot_take(int cpu)
{
	struct timer_slot *slot = cpus[cpu].spare;

	if (slot) {
		cpus[cpu].spare = slot->next;
		return slot;
	}
	slot = vtb_instance_alloc(sizeof(*slot), 8);
	slot->cpu = cpu;
	slot->event = vtb_timer_new(expire, slot, cpu);
	return slot;
}

static void slot_give_back(struct timer_slot *slot)
{
	slot->expired = false;
	slot->next = cpus[slot->cpu].spare;
	cpus[slot->cpu].spare = slot;
}

static struct timer_slot *slot_of(const struct timer_list *timer)
{
	return container_of(timer->entry.pprev, struct timer_slot, head.first);
}

static void append_expired(struct timer_slot *slot)
{
	struct timer_slot **link = &cpus[slot->cpu].expired;

	while (*link)
		link = &(*link)->next;
	slot->next = NULL;
	slot->expired = true;
	*link = slot;
}

static void remove_expired(struct timer_slot *slot)
{
	struct timer_slot **link = &cpus[slot->cpu].expired;

	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
}

/* -- arming -- */

/* When jiffy @expires begins; never at once. */
static u64 expiry_ns(unsigned long expires)
{
	long delta = clamp_t(long, expires - jiffies, 1, NEXT_TIMER_MAX_DELTA);

	return (jiffies_64 - INITIAL_JIFFIES + delta) * TICK_NSEC;
}

static void arm(struct timer_list *timer, int cpu, unsigned long caller)
{
	struct timer_slot *slot = slot_take(cpu);

	vtb_sync_release(timer);
	timer->flags = (timer->flags & ~TIMER_BASEMASK) | cpu;
	hlist_add_head(&timer->entry, &slot->head);
	slot->armed_at = caller;
	slot->op = vtb_op();
	vtb_timer_set(slot->event, expiry_ns(timer->expires));
	nr_pending++;
}

static void disarm(struct timer_list *timer)
{
	struct timer_slot *slot = slot_of(timer);

	if (slot->expired)
		remove_expired(slot);
	else
		vtb_timer_cancel(slot->event);
	hlist_del_init(&timer->entry);
	slot_give_back(slot);
	nr_pending--;
}

/* The vCPU on which @timer runs now, or -1. */
static int running_on(const struct timer_list *timer)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (cpus[cpu].running == timer)
			return cpu;
	return -1;
}

enum arm_if { ARM_ALWAYS, ARM_IF_PENDING, ARM_IF_EARLIER };

static int rearm(struct timer_list *timer, unsigned long expires,
		 enum arm_if when, unsigned long caller)
{
	bool pending = timer_pending(timer);
	int cpu = running_on(timer);

	/* A timer that is shut down has no function. */
	if (!timer->function || (when == ARM_IF_PENDING && !pending))
		return 0;
	if (pending && (timer->expires == expires ||
			(when == ARM_IF_EARLIER &&
			 time_before_eq(timer->expires, expires))))
		return 1;
	if (pending)
		disarm(timer);
	timer->expires = expires;
	arm(timer, cpu < 0 ? raw_smp_processor_id() : cpu, caller);
	return pending;
}

void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name,
		    struct lock_class_key *key)
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = (flags & TIMER_INIT_FLAGS) | raw_smp_processor_id();
}
EXPORT_SYMBOL(init_timer_key);

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return rearm(timer, expires, ARM_ALWAYS, _RET_IP_);
}
EXPORT_SYMBOL(mod_timer);

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return rearm(timer, expires, ARM_IF_PENDING, _RET_IP_);
}
EXPORT_SYMBOL(mod_timer_pending);

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	return rearm(timer, expires, ARM_IF_EARLIER, _RET_IP_);
}
EXPORT_SYMBOL(timer_reduce);

static void add(struct timer_list *timer, unsigned long caller)
{
	if (WARN_ON_ONCE(timer_pending(timer)))
		return;
	rearm(timer, timer->expires, ARM_ALWAYS, caller);
}

void add_timer(struct timer_list *timer)
{
	add(timer, _RET_IP_);
}
EXPORT_SYMBOL(add_timer);

void add_timer_on(struct timer_list *timer, int cpu)
{
	if (WARN_ON_ONCE(timer_pending(timer)) || !timer->function)
		return;
	arm(timer, cpu, _RET_IP_);
}
EXPORT_SYMBOL_GPL(add_timer_on);

/* Of newer trees: with and without TIMER_PINNED, which is always true here. */
void add_timer_local(struct timer_list *timer);
void add_timer_global(struct timer_list *timer);

void add_timer_local(struct timer_list *timer)
{
	timer->flags |= TIMER_PINNED;
	add(timer, _RET_IP_);
}
EXPORT_SYMBOL(add_timer_local);

void add_timer_global(struct timer_list *timer)
{
	timer->flags &= ~TIMER_PINNED;
	add(timer, _RET_IP_);
}
EXPORT_SYMBOL(add_timer_global);

/* -- running -- */

static void expire(void *arg)
{
	vtb_irq_enter();
	append_expired(arg);
	__raise_softirq_irqoff(TIMER_SOFTIRQ);
	vtb_irq_exit();
}

/* What the ends of its runs release, for the data-race detector. */
static const void *timer_end(const struct timer_list *timer)
{
	return (const char *)timer + 4;
}

static void call(struct timer_list *timer, const struct timer_slot *slot)
{
	bool irqsafe = timer->flags & TIMER_IRQSAFE;
	struct vtb_call call = {
		.kind = "timer",
		.fn = timer->function,
		.queued_at = (void *)slot->armed_at,
		.op = slot->op,
	};
	void (*function)(struct timer_list *) = timer->function;

	if (irqsafe)
		local_irq_disable();
	/* From here on del_timer() is too late. */
	vtb_preempt_point();
	vtb_sync_acquire(timer);
	vtb_sync_acquire(timer_end(timer));
	vtb_call_begin(&call);
	function(timer);
	vtb_call_end(&call);
	vtb_sync_release(timer_end(timer));
	if (irqsafe)
		local_irq_enable();
}

static void run_timers(void)
{
	struct timer_cpu *cpu = &cpus[raw_smp_processor_id()];

	while (cpu->expired) {
		struct timer_slot *slot = cpu->expired;
		struct timer_list *timer;

		timer = hlist_entry(slot->head.first, struct timer_list, entry);
		cpu->running = timer;
		cpu->runner = vtb_this;
		disarm(timer);
		/* The slot is spare by now, but still says who armed it. */
		call(timer, slot);
		cpu->running = NULL;
	}
}

/* -- deleting -- */

static int delete(struct timer_list *timer, bool for_ever)
{
	bool pending = timer_pending(timer);

	if (pending) {
		vtb_sync_acquire(timer);
		disarm(timer);
	}
	if (for_ever)
		timer->function = NULL;
	return pending;
}

static int delete_unless_running(struct timer_list *timer, bool for_ever)
{
	if (running_on(timer) >= 0)
		return -1;
	vtb_sync_acquire(timer_end(timer));
	return delete(timer, for_ever);
}

/* Waiting for the function from inside it never ends. */
static void check_not_self(const struct timer_list *timer, unsigned long caller)
{
	const struct timer_cpu *cpu = &cpus[raw_smp_processor_id()];

	if (cpu->running == timer && cpu->runner == vtb_this)
		vtb_liveness_finding("self-wait", "timer", (void *)caller,
				     "del_timer_sync() never returns",
				     "it waits for the function it is called from");
}

static int delete_sync(struct timer_list *timer, bool for_ever,
		       unsigned long caller)
{
	int rc;

	check_not_self(timer, caller);
	WARN_ON(in_hardirq() && !(timer->flags & TIMER_IRQSAFE));
	for (;;) {
		rc = delete_unless_running(timer, for_ever);
		if (rc >= 0)
			return rc;
		cpu_relax();
	}
}

int timer_delete(struct timer_list *timer)
{
	return delete(timer, false);
}
EXPORT_SYMBOL(timer_delete);

int timer_shutdown(struct timer_list *timer)
{
	return delete(timer, true);
}
EXPORT_SYMBOL_GPL(timer_shutdown);

int try_to_del_timer_sync(struct timer_list *timer)
{
	return delete_unless_running(timer, false);
}
EXPORT_SYMBOL(try_to_del_timer_sync);

int timer_delete_sync(struct timer_list *timer)
{
	return delete_sync(timer, false, _RET_IP_);
}
EXPORT_SYMBOL(timer_delete_sync);

int timer_shutdown_sync(struct timer_list *timer)
{
	return delete_sync(timer, true, _RET_IP_);
}
EXPORT_SYMBOL_GPL(timer_shutdown_sync);

/* -- boot and shutdown -- */

unsigned long vtb_timers_pending(void)
{
	return nr_pending;
}

void vtb_time_init(void)
{
	vtb_softirq_open(TIMER_SOFTIRQ, run_timers);
	vtb_kernel_time(vtb_now_ns());
}

/* A timer that is still armed belongs to somebody who forgot it: a leak. */
void vtb_time_exit(void)
{
}

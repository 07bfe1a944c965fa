// SPDX-License-Identifier: GPL-2.0-only
/*
 * grace.c - when an RCU grace period begins and ends
 *
 * A reader is a vCPU with preemption, bottom halves or interrupts disabled, or
 * one that serves an interrupt or softirq; rcu_read_lock() disables preemption
 * in this configuration. A grace period ends when each vCPU that was a reader
 * when it began has been something else since:
 *
 *    vCPU 0   ---[ reader ]---------[ reader ]---
 *    vCPU 1   ------------ idle -----------------
 *                  |<- gp ->|
 *               synchronize_rcu() on vCPU 2
 *
 * That is as early as the contract of RCU allows, for all kernel
 * configurations together. A PREEMPT_NONE kernel waits longer, until each vCPU
 * switches tasks, which hides readers that forget rcu_read_lock(). Time does
 * not pass while a task can run, so a grace period that took time would hide
 * them as well; how much longer than necessary one takes is a choice
 * (vtb_choose), and "not at all" is the default.
 *
 * Readers are looked at when a grace period begins, when a vCPU is given away
 * (vtb_kernel_quiescent()), by RCU's softirqs and in each jiffy, by the tick of
 * vCPU 0.
 *
 * Nothing here switches fibers, except vtb_rcu_wait().
 */
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <vtb/softirq.h>
#include "internal.h"

#define STALL_NS	((u64)CONFIG_RCU_CPU_STALL_TIMEOUT * NSEC_PER_SEC)

/* Numbers of long ago, for cookies that have always expired. */
#define FIRST_GP	16

/*
 * struct grace_periods
 * @started, @completed: numbers of the last; equal while none is going on
 * @wanted:	the highest number anybody has asked for
 * @readers:	bit n: vCPU n has been a reader since the beginning
 * @begin_ns, @hold_ns: when it began, when it may end
 * @tick:	looks again in the next jiffy
 * @in_core:	this interrupt is RCU's own, so it is no reader
 */
struct grace_periods {
	unsigned long started;
	unsigned long completed;
	unsigned long wanted;
	unsigned long readers;
	u64 begin_ns;
	u64 hold_ns;
	struct vtb_timer *tick;
	bool in_core;
};

static struct grace_periods gps = {
	.started = FIRST_GP,
	.completed = FIRST_GP,
	.wanted = FIRST_GP,
};
static struct vtb_rcu_waiter *waiters;

int rcu_scheduler_active __read_mostly = 2;	/* running */
EXPORT_SYMBOL_GPL(rcu_scheduler_active);

/* -- readers -- */

static bool context_reads(const struct vtb_context *context)
{
	return context->preempt_count || context->irqs_disabled;
}

bool vtb_cpu_reads(int cpu)
{
	int serving = 0;
	const struct vtb_context *task = vtb_cpu_context(cpu, &serving);

	if (serving && !(gps.in_core && cpu == vtb_this->cpu))
		return true;
	return task && context_reads(task);
}

static unsigned long find_readers(void)
{
	unsigned long readers = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (vtb_cpu_reads(cpu))
			readers |= BIT(cpu);
	return readers;
}

/* -- grace periods -- */

static bool gp_running(void)
{
	return gps.started != gps.completed;
}

/* How much longer than necessary: nothing, or some jiffies. */
static u64 choose_delay(void)
{
	static const u8 jiffies_more[] = { 0, 1, 4, 16 };

	return (u64)jiffies_more[vtb_choose(ARRAY_SIZE(jiffies_more))] *
	       TICK_NSEC;
}

static void begin(void)
{
	gps.started++;
	gps.begin_ns = vtb_now_ns();
	gps.hold_ns = gps.begin_ns + choose_delay();
	gps.readers = find_readers();
}

static bool may_end(void)
{
	if (gps.readers)
		gps.readers &= find_readers();
	return !gps.readers && vtb_now_ns() >= gps.hold_ns;
}

/*
 * What a grace period orders, for the data-race detector: all that vCPUs have
 * done by its end comes before what those who waited for it do; what these did
 * before they asked for it comes before whatever vCPUs do afterwards. Readers
 * that began after it are taken to be in it, on the side of silence.
 */
static const void *gp_start(void)
{
	return (const char *)&gps + 4;
}

void vtb_gp_ordered(void)
{
	vtb_sync_release(gp_start());
}

void vtb_gp_passed(void)
{
	vtb_sync_acquire(&gps);
}

static void end(void)
{
	vtb_sync_release_all(&gps);
	vtb_sync_acquire_all(gp_start());
	gps.completed = gps.started;
	vtb_callbacks_ready();
	vtb_rcu_wake();
}

static noinline void check_stall(void)
{
	const void *pc = waiters ? (void *)waiters->caller :
				   vtb_callbacks_oldest();
	char why[96];

	if (vtb_now_ns() < gps.begin_ns + STALL_NS)
		return;
	scnprintf(why, sizeof(why), "vCPU %lu has been an RCU reader for %d s",
		  __ffs(gps.readers), CONFIG_RCU_CPU_STALL_TIMEOUT);
	vtb_liveness_finding("rcu-stall", "grace period", pc,
			     "an RCU grace period does not end", why);
}

static void want(unsigned long gp)
{
	if (ULONG_CMP_LT(gps.wanted, gp))
		gps.wanted = gp;
}

/* Begins and ends grace periods; false if one has to go on. */
static bool step(void)
{
	for (;;) {
		if (!gp_running()) {
			if (gps.wanted == gps.completed)
				return true;
			begin();
		}
		if (!may_end())
			return false;
		end();
	}
}

/* Does all that can be done now; the tick does the rest. */
static void advance(void)
{
	unsigned long joined = vtb_callbacks_join();

	if (joined)
		want(joined);
	if (step() && !vtb_callbacks_unjoined())
		vtb_timer_cancel(gps.tick);
	else
		vtb_timer_set(gps.tick, vtb_now_ns() + TICK_NSEC);
}

void vtb_gp_advance(bool core)
{
	gps.in_core = core;
	advance();
	gps.in_core = false;
}

static void tick(void *unused)
{
	vtb_irq_enter();
	vtb_gp_advance(true);
	if (gps.readers)
		check_stall();
	vtb_irq_exit();
}

unsigned long vtb_gp_next(void)
{
	return gps.started + 1;
}

unsigned long vtb_gp_completed(void)
{
	return gps.completed;
}

bool vtb_gp_done(unsigned long gp)
{
	return ULONG_CMP_GE(gps.completed, gp);
}

void vtb_gp_request(unsigned long gp)
{
	want(gp);
	advance();
}

/* -- what the scheduler tells -- */

static noinline void report_leak(void)
{
	char why[80];

	scnprintf(why, sizeof(why), "preempt_count is %#x",
		  vtb_this->preempt_count);
	vtb_finding("schedule-in-reader", "vCPU", __builtin_return_address(0),
		    NULL,
		    "a vCPU is given away inside an RCU reader or with preemption disabled",
		    why);
}

void vtb_kernel_quiescent(int cpu)
{
	if (unlikely(vtb_this->preempt_count))
		report_leak();
	gps.readers &= ~BIT(cpu);
	if (gp_running() || vtb_callbacks_unjoined())
		advance();
}

void rcu_note_context_switch(bool preempt)
{
	gps.readers &= ~BIT(raw_smp_processor_id());
}
EXPORT_SYMBOL_GPL(rcu_note_context_switch);

void rcu_softirq_qs(void)
{
	rcu_note_context_switch(false);
}

void rcu_momentary_eqs(void)
{
	rcu_note_context_switch(false);
}
EXPORT_SYMBOL_GPL(rcu_momentary_eqs);

bool rcu_is_watching(void)
{
	return true;
}
EXPORT_SYMBOL_GPL(rcu_is_watching);

/* -- waiting -- */

void vtb_rcu_wake(void)
{
	struct vtb_rcu_waiter *waiter;

	for (waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->blocked && waiter->done(waiter->number)) {
			waiter->blocked = false;
			vtb_thread_wake(waiter->thread);
		}
}

static void forget(struct vtb_rcu_waiter *waiter)
{
	struct vtb_rcu_waiter **link = &waiters;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
}

static void check_may_wait(const char *name, unsigned long caller)
{
	const char *reason = vtb_atomic_reason();
	char what[120];

	if (!reason)
		return;
	scnprintf(what, sizeof(what), "%s() is called %s", name, reason);
	vtb_finding("wait-in-reader", name, (void *)caller, NULL, what,
		    "it waits for the end of the RCU reader that it is part of");
}

void vtb_rcu_wait(const char *name, unsigned long caller,
		  bool (*done)(unsigned long number), unsigned long number)
{
	struct vtb_rcu_waiter waiter = {
		.next = waiters,
		.done = done,
		.number = number,
		.thread = vtb_thread_self(),
		.caller = caller,
	};

	check_may_wait(name, caller);
	waiters = &waiter;
	/* Others always get a turn, and this vCPU is no reader meanwhile. */
	vtb_thread_resched();
	while (!done(number)) {
		waiter.blocked = true;
		vtb_thread_block();
	}
	forget(&waiter);
}

static void wait_for_gp(const char *name, unsigned long caller)
{
	unsigned long gp = vtb_gp_next();

	vtb_gp_ordered();
	vtb_gp_request(gp);
	vtb_rcu_wait(name, caller, vtb_gp_done, gp);
	vtb_gp_passed();
}

void synchronize_rcu(void)
{
	wait_for_gp("synchronize_rcu", _RET_IP_);
}
EXPORT_SYMBOL_GPL(synchronize_rcu);

void synchronize_rcu_expedited(void)
{
	wait_for_gp("synchronize_rcu_expedited", _RET_IP_);
}
EXPORT_SYMBOL_GPL(synchronize_rcu_expedited);

/* -- boot -- */

void vtb_rcu_init(void)
{
	vtb_softirq_open(RCU_SOFTIRQ, vtb_callbacks_run);
	gps.tick = vtb_timer_new(tick, NULL, 0);
}

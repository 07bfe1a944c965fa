// SPDX-License-Identifier: GPL-2.0-only
/*
 * callback.c - call_rcu() and what runs after the grace period
 *
 * Callbacks wait in a queue of the vCPU that asked, oldest first, so their
 * grace periods are in order as well. They run there, in a softirq. The queue
 * is made of records of ours: what the code under test does to an rcu_head
 * meanwhile cannot break it. A head that waits is marked in ->next, which finds
 * the second call_rcu() on it.
 *
 * When is a callback given its grace period? The contract says: at the call.
 * Code that calls first and unlinks then, under one spinlock, is wrong, as a
 * reader may come in between:
 *
 *    lock  call_rcu() ..... unlink  unlock
 *          |<- grace period ------------->| freed
 *                    [ reader ................. ]
 *
 * A real kernel rarely shows it: the callback joins a grace period when its CPU
 * next looks at RCU, usually after the unlock. So this is a choice (vtb_choose)
 * whose default is to join when the vCPU is no reader any more.
 *
 * kvfree_call_rcu() comes here too (mm/kmalloc.c), so rcu_barrier() also waits
 * for kfree_rcu(), which a real one does not.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <vtb/compat.h>
#include <vtb/softirq.h>
#include "internal.h"

/* Newer trees have it; no harm in older ones. */
void kvfree_rcu_barrier(void);

/*
 * struct callback - a call_rcu() that is not through
 * @gp:		grace period to wait for, 0: none yet
 * @serial:	of the call
 * @op:		charged with it; a long, so that no byte is left unset
 */
struct callback {
	struct callback *next;
	struct rcu_head *head;
	rcu_callback_t func;
	unsigned long caller;
	unsigned long gp;
	unsigned long serial;
	unsigned long op;
};

/* @running: serial of the callback that runs now, or 0. */
struct callback_queue {
	struct callback *first;
	struct callback **end;
	unsigned long running;
};

static struct callback_queue queues[NR_CPUS];
static struct callback *spare;
static unsigned long last_serial;
static unsigned long nr_waiting;
static unsigned long nr_unjoined;

/* In ->next of a head that waits. */
#define WAITING		((struct rcu_head *)queues)

static struct callback *callback_new(void)
{
	struct callback *callback = spare;

	if (!callback)
		return vtb_instance_alloc(sizeof(*callback), 8);
	spare = callback->next;
	return callback;
}

static void callback_free(struct callback *callback)
{
	callback->next = spare;
	spare = callback;
}

/* -- queueing -- */

static noinline void report_double(struct rcu_head *head, unsigned long caller)
{
	const void *earlier = NULL;
	struct callback *callback;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (callback = queues[cpu].first; callback;
		     callback = callback->next)
			if (callback->head == head)
				earlier = (void *)callback->caller;
	vtb_finding("double-call-rcu", "rcu_head", (void *)caller, earlier,
		    "call_rcu() of a head that already waits for a grace period",
		    "the other place is the first call_rcu()");
}

/* Once a callback has a grace period, those before it have one, too. */
static unsigned long join(struct callback_queue *queue)
{
	struct callback *callback;

	for (callback = queue->first; callback; callback = callback->next)
		if (!callback->gp) {
			callback->gp = vtb_gp_next();
			nr_unjoined--;
		}
	return vtb_gp_next();
}

static bool has_unjoined(const struct callback_queue *queue)
{
	const struct callback *last;

	if (!queue->first)
		return false;
	last = container_of(queue->end, struct callback, next);
	return !last->gp;
}

unsigned long vtb_callbacks_join(void)
{
	unsigned long gp = 0;
	unsigned int cpu;

	if (!nr_unjoined)
		return 0;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (has_unjoined(&queues[cpu]) && !vtb_cpu_reads(cpu))
			gp = join(&queues[cpu]);
	return gp;
}

bool vtb_callbacks_unjoined(void)
{
	return nr_unjoined;
}

static void enqueue(struct callback_queue *queue, struct callback *callback)
{
	callback->next = NULL;
	if (!queue->first)
		queue->end = &queue->first;
	*queue->end = callback;
	queue->end = &callback->next;
	nr_waiting++;
	nr_unjoined++;
}

/* Inside a reader: this vCPU looks again as soon as interrupts may come. */
static void start(struct callback_queue *queue)
{
	int cpu = raw_smp_processor_id();

	if (vtb_cpu_reads(cpu) && vtb_choose(2)) {
		vtb_gp_request(join(queue));
		return;
	}
	vtb_gp_advance(false);
	if (has_unjoined(queue))
		vtb_softirq_raise_on(cpu, RCU_SOFTIRQ);
}

static void queue_callback(struct rcu_head *head, rcu_callback_t func,
			   unsigned long caller)
{
	struct callback_queue *queue = &queues[raw_smp_processor_id()];
	struct callback *callback;

	if (head->next == WAITING)
		report_double(head, caller);
	head->next = WAITING;
	head->func = func;
	callback = callback_new();
	*callback = (struct callback){
		.head = head,
		.func = func,
		.caller = caller,
		.serial = ++last_serial,
		.op = vtb_op(),
	};
	vtb_sync_release(head);
	vtb_gp_ordered();
	enqueue(queue, callback);
	start(queue);
	vtb_preempt_point();
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	queue_callback(head, func, _RET_IP_);
}
EXPORT_SYMBOL_GPL(call_rcu);

#ifdef CONFIG_RCU_LAZY
void call_rcu_hurry(struct rcu_head *head, rcu_callback_t func)
{
	queue_callback(head, func, _RET_IP_);
}
EXPORT_SYMBOL_GPL(call_rcu_hurry);
#endif

/* -- running -- */

static bool ready(const struct callback_queue *queue)
{
	return queue->first && queue->first->gp &&
	       vtb_gp_done(queue->first->gp);
}

void vtb_callbacks_ready(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (ready(&queues[cpu]))
			vtb_softirq_raise_on(cpu, RCU_SOFTIRQ);
}

const void *vtb_callbacks_oldest(void)
{
	const struct callback *oldest = NULL;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct callback *first = queues[cpu].first;

		if (first && (!oldest || first->serial < oldest->serial))
			oldest = first;
	}
	return oldest ? (void *)oldest->caller : NULL;
}

static void run_one(const struct callback *callback)
{
	struct vtb_call call = {
		.kind = "rcu callback",
		.fn = callback->func,
		.queued_at = (void *)callback->caller,
		.op = callback->op,
	};

	callback->head->next = NULL;
	callback->head->func = NULL;
	vtb_sync_acquire(callback->head);
	vtb_gp_passed();
	vtb_call_begin(&call);
	callback->func(callback->head);
	vtb_call_end(&call);
	vtb_sync_release(queues);
}

void vtb_callbacks_run(void)
{
	struct callback_queue *queue = &queues[raw_smp_processor_id()];

	vtb_gp_advance(true);
	while (ready(queue)) {
		struct callback *first = queue->first;
		struct callback callback = *first;

		queue->first = first->next;
		queue->running = callback.serial;
		callback_free(first);
		run_one(&callback);
		queue->running = 0;
		nr_waiting--;
		vtb_preempt_point();
	}
	vtb_rcu_wake();
}

/* -- waiting for all of them -- */

/* Are all callbacks up to @serial over? */
static bool callbacks_done(unsigned long serial)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct callback_queue *queue = &queues[cpu];

		if (queue->running && queue->running <= serial)
			return false;
		if (queue->first && queue->first->serial <= serial)
			return false;
	}
	return true;
}

static void barrier_at(const char *name, unsigned long caller)
{
	vtb_rcu_wait(name, caller, callbacks_done, last_serial);
	vtb_sync_acquire(queues);
}

void rcu_barrier(void)
{
	barrier_at("rcu_barrier", _RET_IP_);
}
EXPORT_SYMBOL_GPL(rcu_barrier);

void kvfree_rcu_barrier(void)
{
	barrier_at("kvfree_rcu_barrier", _RET_IP_);
}
EXPORT_SYMBOL_GPL(kvfree_rcu_barrier);

unsigned long vtb_rcu_pending(void)
{
	return nr_waiting;
}

/* -- boot and shutdown -- */

void vtb_rcu_exit(void)
{
	/* A callback may queue another; a real kernel would go on as well. */
	while (nr_waiting)
		rcu_barrier();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * tasklet.c - tasklets
 *
 * A tasklet that is scheduled (TASKLET_STATE_SCHED) stands in a queue of the
 * vCPU that scheduled it, linked by its own ->next. It runs in a softirq of
 * that vCPU, with TASKLET_STATE_RUN set; when it is disabled or runs on another
 * vCPU at that moment, it goes to the end of the queue. Waiting for it is busy
 * waiting, as in a real kernel.
 */
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <vtb/softirq.h>

struct tasklet_queue {
	struct tasklet_struct *first;
	struct tasklet_struct **end;	/* NULL: nothing was ever queued */
};

/* What a vCPU is running. */
struct running {
	struct tasklet_struct *tasklet;
	struct vtb_context *context;
};

static struct tasklet_queue queues[2][NR_CPUS];
static struct running running[NR_CPUS];

static struct tasklet_queue *this_queue(bool high)
{
	return &queues[high][raw_smp_processor_id()];
}

static void enqueue(struct tasklet_queue *queue, struct tasklet_struct *tasklet)
{
	tasklet->next = NULL;
	if (!queue->end)
		queue->end = &queue->first;
	*queue->end = tasklet;
	queue->end = &tasklet->next;
}

/* What the ends of its runs release, for the data-race detector. */
static const void *tasklet_end(const struct tasklet_struct *tasklet)
{
	return (const char *)tasklet + 4;
}

static void call(struct tasklet_struct *tasklet)
{
	struct running *slot = &running[raw_smp_processor_id()];
	struct vtb_call call = {
		.kind = "tasklet",
		.op = vtb_op(),
		.fn = tasklet->use_callback ? (void *)tasklet->callback :
					      (void *)tasklet->func,
	};

	slot->tasklet = tasklet;
	slot->context = vtb_this;
	/*
	 * After whoever has enabled it, and after those who wanted to schedule
	 * it when it was scheduled already: headers do that by themselves.
	 */
	vtb_race_access(&tasklet->count, sizeof(tasklet->count),
			VTB_ACCESS_ATOMIC, call.fn);
	vtb_race_atomic(&tasklet->state, sizeof(tasklet->state), call.fn);
	vtb_sync_acquire(tasklet);
	vtb_sync_acquire(tasklet_end(tasklet));
	vtb_call_begin(&call);
	if (tasklet->use_callback)
		tasklet->callback(tasklet);
	else
		tasklet->func(tasklet->data);
	vtb_call_end(&call);
	vtb_sync_release(tasklet_end(tasklet));
	slot->tasklet = NULL;
}

static bool may_run(struct tasklet_struct *tasklet)
{
	if (!tasklet_trylock(tasklet))
		return false;
	if (!atomic_read(&tasklet->count))
		return true;
	tasklet_unlock(tasklet);
	return false;
}

static void run_queue(bool high)
{
	struct tasklet_queue *queue = this_queue(high);
	struct tasklet_struct *tasklet = queue->first;
	struct tasklet_struct *next;

	queue->first = NULL;
	queue->end = NULL;
	for (; tasklet; tasklet = next) {
		next = tasklet->next;
		if (may_run(tasklet)) {
			clear_bit(TASKLET_STATE_SCHED, &tasklet->state);
			call(tasklet);
			tasklet_unlock(tasklet);
		} else {
			enqueue(queue, tasklet);
			__raise_softirq_irqoff(high ? HI_SOFTIRQ :
						      TASKLET_SOFTIRQ);
		}
	}
}

static void run_normal(void)
{
	run_queue(false);
}

static void run_high(void)
{
	run_queue(true);
}

static void schedule_tasklet(struct tasklet_struct *tasklet, bool high)
{
	unsigned int nr = high ? HI_SOFTIRQ : TASKLET_SOFTIRQ;

	vtb_sync_release(tasklet);
	vtb_softirq_open(nr, high ? run_high : run_normal);
	enqueue(this_queue(high), tasklet);
	raise_softirq(nr);
}

void __tasklet_schedule(struct tasklet_struct *tasklet)
{
	schedule_tasklet(tasklet, false);
}
EXPORT_SYMBOL(__tasklet_schedule);

void __tasklet_hi_schedule(struct tasklet_struct *tasklet)
{
	schedule_tasklet(tasklet, true);
}
EXPORT_SYMBOL(__tasklet_hi_schedule);

static void setup(struct tasklet_struct *tasklet)
{
	tasklet->next = NULL;
	tasklet->state = 0;
	atomic_set(&tasklet->count, 0);
}

void tasklet_setup(struct tasklet_struct *tasklet,
		   void (*callback)(struct tasklet_struct *))
{
	setup(tasklet);
	tasklet->callback = callback;
	tasklet->use_callback = true;
	tasklet->data = 0;
}
EXPORT_SYMBOL(tasklet_setup);

void tasklet_init(struct tasklet_struct *tasklet, void (*func)(unsigned long),
		  unsigned long data)
{
	setup(tasklet);
	tasklet->func = func;
	tasklet->use_callback = false;
	tasklet->data = data;
}
EXPORT_SYMBOL(tasklet_init);

/* -- waiting -- */

/* Waiting for oneself never ends. */
static void check_not_self(const struct tasklet_struct *tasklet,
			   unsigned long caller, const char *what)
{
	const struct running *slot = &running[raw_smp_processor_id()];

	if (slot->tasklet == tasklet && slot->context == vtb_this)
		vtb_liveness_finding("self-wait", "tasklet", (void *)caller,
				     what,
				     "it waits for the tasklet it is called from");
}

void tasklet_unlock(struct tasklet_struct *tasklet)
{
	smp_mb__before_atomic();
	clear_bit(TASKLET_STATE_RUN, &tasklet->state);
}
EXPORT_SYMBOL_GPL(tasklet_unlock);

void tasklet_unlock_wait(struct tasklet_struct *tasklet)
{
	check_not_self(tasklet, _RET_IP_, "tasklet_disable() never returns");
	vtb_might_sleep("tasklet_disable", _RET_IP_);
	while (test_bit(TASKLET_STATE_RUN, &tasklet->state))
		cpu_relax();
	vtb_sync_acquire(tasklet_end(tasklet));
}
EXPORT_SYMBOL_GPL(tasklet_unlock_wait);

void tasklet_unlock_spin_wait(struct tasklet_struct *tasklet)
{
	check_not_self(tasklet, _RET_IP_,
		       "tasklet_disable_in_atomic() never returns");
	while (test_bit(TASKLET_STATE_RUN, &tasklet->state))
		cpu_relax();
	vtb_sync_acquire(tasklet_end(tasklet));
}
EXPORT_SYMBOL(tasklet_unlock_spin_wait);

void tasklet_kill(struct tasklet_struct *tasklet)
{
	check_not_self(tasklet, _RET_IP_, "tasklet_kill() never returns");
	vtb_might_sleep("tasklet_kill", _RET_IP_);
	while (test_and_set_bit(TASKLET_STATE_SCHED, &tasklet->state))
		cpu_relax();
	while (test_bit(TASKLET_STATE_RUN, &tasklet->state))
		cpu_relax();
	clear_bit(TASKLET_STATE_SCHED, &tasklet->state);
	vtb_sync_acquire(tasklet_end(tasklet));
}
EXPORT_SYMBOL(tasklet_kill);

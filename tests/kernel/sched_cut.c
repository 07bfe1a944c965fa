// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched_cut.c - tasks that wait for each other
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include "exec_cut.h"

static DECLARE_WAIT_QUEUE_HEAD(queue);
static int events, events_seen;

void cut_wait_event(void)
{
	wait_event(queue, events > 0);
	events_seen++;
}

void cut_wake_event(void)
{
	events++;
	wake_up(&queue);
}

int cut_events_seen(void)
{
	return events_seen;
}

void cut_wait_exclusive(void)
{
	DEFINE_WAIT(wait);

	prepare_to_wait_exclusive(&queue, &wait, TASK_UNINTERRUPTIBLE);
	schedule();
	finish_wait(&queue, &wait);
	events_seen++;
}

void cut_wake_one(void)
{
	wake_up(&queue);
}

static DECLARE_COMPLETION(done);
static int completions_seen;

void cut_completion_wait(void)
{
	wait_for_completion(&done);
	completions_seen++;
}

void cut_completion_complete(int all)
{
	if (all)
		complete_all(&done);
	else
		complete(&done);
}

int cut_completions_seen(void)
{
	return completions_seen;
}

/* -- kthreads -- */

static int echo(void *data)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return *(int *)data + 1;
}

int cut_kthread_round_trip(void)
{
	int number = 41;
	struct task_struct *task = kthread_run(echo, &number, "echo/%d", 3);

	if (IS_ERR(task))
		return PTR_ERR(task);
	BUG_ON(strcmp(task->comm, "echo/3"));
	/* One that is stopped before it runs never calls its function. */
	yield();
	return kthread_stop(task);
}

int cut_kthread_stop_before_start(void)
{
	int number = 1;

	return kthread_stop(kthread_create(echo, &number, "never"));
}

static int kthread_cpu = -1;

static int note_cpu(void *data)
{
	kthread_cpu = smp_processor_id();
	return 0;
}

void cut_kthread_bound(int cpu)
{
	struct task_struct *task = kthread_create(note_cpu, NULL, "bound");

	kthread_bind(task, cpu);
	wake_up_process(task);
}

int cut_kthread_cpu(void)
{
	return kthread_cpu;
}

/* -- who runs when -- */

static char text[64];
static int text_len;

static void add(char c)
{
	text[text_len++ % (sizeof(text) - 1)] = c;
}

void cut_yield_log(char c)
{
	add(c);
	add(c);
}

void cut_resched_log(char c)
{
	add(c);
	cond_resched();
	add(c);
}

const char *cut_log_text(void)
{
	return text;
}

/* -- hooks -- */

static atomic_t some_atomic;
static int plain[4];

void cut_hooks(void)
{
	int i;

	atomic_inc(&some_atomic);
	for (i = 0; i < 4; i++)
		plain[i]++;
}

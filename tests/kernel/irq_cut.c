// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq_cut.c - an interrupt handler and code that it interrupts
 */
#include <linux/bug.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "exec_cut.h"

#define LINE	5

static DEFINE_SPINLOCK(irq_lock);
static DEFINE_MUTEX(irq_mutex);
static int seen, thread_runs;
static bool takes_lock, sleeps;
static int device;

/* noinline: findings name it. */
static noinline irqreturn_t handler(int irq, void *dev)
{
	BUG_ON(irq != LINE || dev != &device || !in_hardirq());
	seen++;
	if (takes_lock) {
		spin_lock(&irq_lock);
		spin_unlock(&irq_lock);
	}
	if (sleeps)
		mutex_lock(&irq_mutex);
	return IRQ_WAKE_THREAD;
}

static irqreturn_t plain_handler(int irq, void *dev)
{
	handler(irq, dev);
	return IRQ_HANDLED;
}

static irqreturn_t thread_fn(int irq, void *dev)
{
	might_sleep();
	BUG_ON(in_interrupt());
	thread_runs++;
	return IRQ_HANDLED;
}

int cut_irq_request(int threaded)
{
	if (threaded)
		return request_threaded_irq(LINE, handler, thread_fn, 0, "cut",
					    &device);
	return request_irq(LINE, plain_handler, 0, "cut", &device);
}

void cut_irq_free(void)
{
	free_irq(LINE, &device);
}

int cut_irqs_seen(void)
{
	return seen;
}

int cut_irq_thread_runs(void)
{
	return thread_runs;
}

int cut_irq_window(int off, int rounds)
{
	unsigned long flags = 0;
	int came;

	if (off)
		local_irq_save(flags);
	while (rounds--)
		(void)READ_ONCE(seen);
	came = seen;
	if (off)
		local_irq_restore(flags);
	return came;
}

void cut_irq_takes_lock(void)
{
	takes_lock = true;
}

void cut_irq_sleeps(void)
{
	sleeps = true;
}

void cut_hold_irq_lock(int rounds)
{
	spin_lock(&irq_lock);
	cut_irq_window(0, rounds);
	spin_unlock(&irq_lock);
}

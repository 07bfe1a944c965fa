// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleep.c - waiting for time to pass
 *
 * Sleeping gives the vCPU away; delaying keeps it, and only interrupts come in
 * meanwhile. There are no signals, so an interruptible sleep ends early only if
 * somebody wakes the task.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <vtb/runtime.h>

/* One loop of __delay() takes a nanosecond. */
unsigned long loops_per_jiffy = TICK_NSEC;
EXPORT_SYMBOL(loops_per_jiffy);

/* -- sleeping, in jiffies -- */

struct sleeper {
	struct timer_list timer;
	struct task_struct *task;
};

static void wake_sleeper(struct timer_list *timer)
{
	wake_up_process(container_of(timer, struct sleeper, timer)->task);
}

static long sleep_until(unsigned long expires)
{
	struct sleeper sleeper = { .task = current };
	long left;

	timer_setup_on_stack(&sleeper.timer, wake_sleeper, 0);
	mod_timer(&sleeper.timer, expires);
	schedule();
	timer_delete_sync(&sleeper.timer);
	destroy_timer_on_stack(&sleeper.timer);
	left = expires - jiffies;
	return max(left, 0l);
}

long schedule_timeout(long timeout)
{
	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		pr_err("schedule_timeout: wrong timeout value %lx\n", timeout);
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	return sleep_until(jiffies + timeout);
}
EXPORT_SYMBOL(schedule_timeout);

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}
EXPORT_SYMBOL(schedule_timeout_interruptible);

long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}
EXPORT_SYMBOL(schedule_timeout_killable);

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}
EXPORT_SYMBOL(schedule_timeout_uninterruptible);

long schedule_timeout_idle(long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}
EXPORT_SYMBOL(schedule_timeout_idle);

long io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}
EXPORT_SYMBOL(io_schedule_timeout);

void msleep(unsigned int msecs)
{
	/* At least as long as asked for, wherever in a jiffy we are. */
	long timeout = msecs_to_jiffies(msecs) + 1;

	vtb_might_sleep("msleep", _RET_IP_);
	while (timeout)
		timeout = schedule_timeout_uninterruptible(timeout);
}
EXPORT_SYMBOL(msleep);

unsigned long msleep_interruptible(unsigned int msecs)
{
	vtb_might_sleep("msleep_interruptible", _RET_IP_);
	return jiffies_to_msecs(
		schedule_timeout_interruptible(msecs_to_jiffies(msecs) + 1));
}
EXPORT_SYMBOL(msleep_interruptible);

/* -- sleeping, in microseconds -- */

void usleep_range_state(unsigned long min, unsigned long max,
			unsigned int state)
{
	u64 end_ns = vtb_now_ns() + (u64)min * NSEC_PER_USEC;

	vtb_might_sleep("usleep_range", _RET_IP_);
	if (max > min)
		end_ns += vtb_choose(2) * (u64)(max - min) * NSEC_PER_USEC;
	/* The state is for those who look; no wake-up ends this sleep. */
	do {
		__set_current_state(state);
		vtb_thread_block_until(end_ns);
	} while (vtb_now_ns() < end_ns);
	__set_current_state(TASK_RUNNING);
}
EXPORT_SYMBOL(usleep_range_state);

/* -- delaying -- */

/* 2^32 of these units are a second. */
void __const_udelay(unsigned long units)
{
	vtb_cpu_delay((units * NSEC_PER_SEC) >> 32);
}
EXPORT_SYMBOL(__const_udelay);

void __udelay(unsigned long usecs)
{
	vtb_cpu_delay(usecs * NSEC_PER_USEC);
}
EXPORT_SYMBOL(__udelay);

void __ndelay(unsigned long nsecs)
{
	vtb_cpu_delay(nsecs);
}
EXPORT_SYMBOL(__ndelay);

void __delay(unsigned long loops)
{
	vtb_cpu_delay(loops);
}
EXPORT_SYMBOL(__delay);

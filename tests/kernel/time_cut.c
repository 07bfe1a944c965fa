// SPDX-License-Identifier: GPL-2.0-only
/*
 * time_cut.c - clocks, conversions, timers, sleeps
 *
 * Conversions are compared with the same in 128 bits and no case distinctions.
 */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <vtb/bridge.h>
#include "defer_cut.h"

#define JIFFY_NS	(NSEC_PER_SEC / HZ)

/* -- clocks -- */

void time_cut_jiffies(void)
{
	unsigned long begin;

	CUT_CHECK(jiffies == INITIAL_JIFFIES + vtb_now_ns() / JIFFY_NS);
	CUT_CHECK(get_jiffies_64() == jiffies_64);
	begin = jiffies;
	vtb_cpu_delay(JIFFY_NS - vtb_now_ns() % JIFFY_NS - 1);
	CUT_CHECK(jiffies == begin);
	vtb_cpu_delay(1);
	CUT_CHECK(jiffies == begin + 1);
	vtb_cpu_delay(1000 * JIFFY_NS - 1);
	CUT_CHECK(jiffies == begin + 1000);
	/* The 32-bit view wraps after five minutes. */
	CUT_CHECK((u32)jiffies > UINT_MAX / 2);
	vtb_cpu_delay(300 * NSEC_PER_SEC);
	CUT_CHECK((u32)jiffies < 2000);
	CUT_CHECK(time_after(jiffies, begin));
}

void time_cut_clocks(void)
{
	struct timespec64 ts;
	ktime_t begin;

	vtb_cpu_delay(12345);
	begin = ktime_get();
	CUT_CHECK(begin == (ktime_t)vtb_now_ns());
	udelay(3);
	CUT_CHECK(ktime_us_delta(ktime_get(), begin) == 3);
	CUT_CHECK(ktime_get_mono_fast_ns() == ktime_to_ns(begin) + 3000);
	CUT_CHECK(local_clock() == vtb_now_ns());
	CUT_CHECK(ktime_get_coarse_ns() % JIFFY_NS == 0);
	CUT_CHECK(ktime_get_coarse_ns() <= ktime_get_ns());
	ktime_get_real_ts64(&ts);
	CUT_CHECK(ts.tv_sec == ktime_get_real_seconds());
	CUT_CHECK(timespec64_to_ns(&ts) == ktime_get_real_ns());
	CUT_CHECK(ktime_get_real_seconds() ==
		  mktime64(2024, 1, 1, 0, 0, 0) + ktime_get_seconds());
	CUT_CHECK(ktime_mono_to_real(begin) - begin ==
		  ktime_get_real_ns() - ktime_get_ns());
}

/* -- conversions -- */

static u64 scale(u64 value, u64 to, u64 from, bool up)
{
	unsigned __int128 product = (unsigned __int128)value * to;

	/* No 128-bit division in the kernel: by steps of the quotient. */
	u64 quotient = (product >> 64) ? ~0ull : (u64)product / from;

	return quotient + (up && (u64)product % from);
}

static void check_conversions(unsigned int value)
{
	struct timespec64 ts = ns_to_timespec64(value * 1000ull + 1);
	struct timespec64 back;

	CUT_CHECK(jiffies_to_msecs(value) == (u32)scale(value, 1000, HZ, 0));
	CUT_CHECK(jiffies_to_usecs(value) == (u32)scale(value, 1000000, HZ, 0));
	CUT_CHECK(jiffies64_to_nsecs(value) == value * JIFFY_NS);
	CUT_CHECK(jiffies64_to_msecs(value) == scale(value, 1000, HZ, 0));
	if ((int)value >= 0)
		CUT_CHECK(__msecs_to_jiffies(value) ==
			  scale(value, HZ, 1000, 1));
	CUT_CHECK(nsecs_to_jiffies64(value) == value / JIFFY_NS);
	CUT_CHECK(jiffies_to_clock_t(value) ==
		  (clock_t)scale(value, USER_HZ, HZ, 0));
	CUT_CHECK(clock_t_to_jiffies(value) == scale(value, HZ, USER_HZ, 0));
	CUT_CHECK(timespec64_to_jiffies(&ts) ==
		  scale(value * 1000ull + 1, HZ, NSEC_PER_SEC, 1));
	jiffies_to_timespec64(value, &back);
	CUT_CHECK(timespec64_to_ns(&back) == (s64)(value * JIFFY_NS));
}

void time_cut_conversions(void)
{
	static const unsigned int values[] = {
		0, 1, 2, 3, 4, 5, 7, 249, 250, 251, 999, 1000, 1001, 3999,
		4000, 4001, 999999, 1000000, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	struct timespec64 huge = { .tv_sec = TIME64_MAX };
	struct timespec64 ts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		check_conversions(values[i]);
	CUT_CHECK(__msecs_to_jiffies(-1) == MAX_JIFFY_OFFSET);
	CUT_CHECK(__usecs_to_jiffies(1) == 1);
	CUT_CHECK(__usecs_to_jiffies(4001) == usecs_to_jiffies(4001));
	CUT_CHECK(clock_t_to_jiffies(~0ul) == ~0ul);
	CUT_CHECK(timespec64_to_jiffies(&huge) <= MAX_JIFFY_OFFSET);
	CUT_CHECK(timespec64_add_safe(huge, huge).tv_sec == TIME64_MAX);
	ts = ns_to_timespec64(-1);
	CUT_CHECK(ts.tv_sec == -1 && ts.tv_nsec == NSEC_PER_SEC - 1);
	set_normalized_timespec64(&ts, 5, -2 * (s64)NSEC_PER_SEC - 1);
	CUT_CHECK(ts.tv_sec == 2 && ts.tv_nsec == NSEC_PER_SEC - 1);
}

void time_cut_rounding(void)
{
	unsigned long second = roundup(jiffies, HZ) + 10 * HZ;

	CUT_CHECK(round_jiffies(second) == second);
	CUT_CHECK(round_jiffies(second + HZ / 4 - 1) == second);
	CUT_CHECK(round_jiffies(second + HZ / 4) == second + HZ);
	CUT_CHECK(round_jiffies_up(second + 1) == second + HZ);
	CUT_CHECK((round_jiffies_relative(5 * HZ) + jiffies) % HZ == 0);
	CUT_CHECK((__round_jiffies(second + 1, 2) + 6) % HZ == 0);
	/* What would be in the past stays as it is. */
	CUT_CHECK(round_jiffies(jiffies + 1) >= jiffies + 1);
}

void time_cut_calendar(void)
{
	CUT_CHECK(mktime64(1970, 1, 1, 0, 0, 0) == 0);
	CUT_CHECK(mktime64(1970, 1, 2, 0, 0, 1) == 86401);
	CUT_CHECK(mktime64(2000, 3, 1, 0, 0, 0) == 951868800);
	CUT_CHECK(mktime64(2000, 2, 29, 12, 0, 0) == 951825600);
	CUT_CHECK(mktime64(2038, 1, 19, 3, 14, 8) == 0x80000000ll);
	CUT_CHECK(mktime64(2100, 3, 1, 0, 0, 0) -
		  mktime64(2100, 2, 28, 0, 0, 0) == 86400);
}

/* -- delays and sleeps -- */

void time_cut_delays(void)
{
	u64 begin = vtb_now_ns();

	udelay(7);
	CUT_CHECK(vtb_now_ns() == begin + 7000);
	ndelay(100);
	CUT_CHECK(vtb_now_ns() - begin - 7000 >= 100);
	begin = vtb_now_ns();
	mdelay(3);
	CUT_CHECK(vtb_now_ns() - begin >= 3000000);
	CUT_CHECK(vtb_now_ns() - begin < 3001000);
}

void time_cut_sleeps(void)
{
	unsigned long begin = jiffies;
	u64 begin_ns = vtb_now_ns();

	msleep(10);
	CUT_CHECK(vtb_now_ns() - begin_ns >= 10 * NSEC_PER_MSEC);
	CUT_CHECK(jiffies == begin + msecs_to_jiffies(10) + 1);
	begin_ns = vtb_now_ns();
	usleep_range(50, 100);
	CUT_CHECK(vtb_now_ns() - begin_ns == 50 * NSEC_PER_USEC);
	begin = jiffies;
	CUT_CHECK(schedule_timeout_uninterruptible(3) == 0);
	CUT_CHECK(jiffies == begin + 3);
	CUT_CHECK(msleep_interruptible(1) == 0);
	/* Nobody set a state: no sleep. */
	begin = jiffies;
	CUT_CHECK(schedule_timeout(5) == 5);
	CUT_CHECK(jiffies == begin);
}

static int sleeper(void *left)
{
	*(long *)left = schedule_timeout_interruptible(100);
	return 0;
}

void time_cut_woken_early(void)
{
	struct task_struct *task;
	long left = -1;

	task = kthread_run(sleeper, &left, "sleeper");
	get_task_struct(task);
	msleep(40);
	wake_up_process(task);
	kthread_stop(task);
	CUT_CHECK(left == 100 - (long)msecs_to_jiffies(40) - 1);
	put_task_struct(task);
}

/* -- timers -- */

struct letter_timer {
	struct timer_list timer;
	char letter;
	unsigned long fired;
	int cpu;
};

static void tell_letter(struct timer_list *timer)
{
	struct letter_timer *letter = from_timer(letter, timer, timer);

	CUT_CHECK(in_serving_softirq() && !in_hardirq());
	CUT_CHECK(!timer_pending(timer));
	letter->fired = jiffies;
	letter->cpu = smp_processor_id();
	cut_tell(letter->letter);
}

static struct letter_timer timers[4];

static void set_up(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		timer_setup(&timers[i].timer, tell_letter, 0);
		timers[i].letter = 'a' + i;
	}
}

void time_cut_order(void)
{
	unsigned long now = jiffies;

	set_up();
	mod_timer(&timers[0].timer, now + 5);
	mod_timer(&timers[1].timer, now + 3);
	mod_timer(&timers[2].timer, now + 5);
	/* In the past: with the next jiffy. */
	mod_timer(&timers[3].timer, now - 10);
	msleep(100);
	CUT_CHECK(timers[0].fired == now + 5);
	CUT_CHECK(timers[1].fired == now + 3);
	CUT_CHECK(timers[3].fired == now + 1);
}

void time_cut_return_values(void)
{
	struct timer_list *timer = &timers[0].timer;
	unsigned long now = jiffies;

	set_up();
	CUT_CHECK(mod_timer_pending(timer, now + 1) == 0);
	CUT_CHECK(!timer_pending(timer));
	CUT_CHECK(mod_timer(timer, now + 10) == 0);
	CUT_CHECK(timer_pending(timer) && timer->expires == now + 10);
	CUT_CHECK(mod_timer(timer, now + 20) == 1);
	CUT_CHECK(timer_reduce(timer, now + 30) == 1);
	CUT_CHECK(timer->expires == now + 20);
	CUT_CHECK(timer_reduce(timer, now + 15) == 1);
	CUT_CHECK(timer->expires == now + 15);
	CUT_CHECK(mod_timer_pending(timer, now + 12) == 1);
	CUT_CHECK(del_timer(timer) == 1);
	CUT_CHECK(del_timer(timer) == 0);
	CUT_CHECK(try_to_del_timer_sync(timer) == 0);
	msleep(100);
	CUT_CHECK(!timers[0].fired);
	timer->expires = jiffies + 2;
	add_timer(timer);
	CUT_CHECK(del_timer_sync(timer) == 1);
}

void time_cut_shutdown(void)
{
	struct timer_list *timer = &timers[0].timer;

	set_up();
	mod_timer(timer, jiffies + 1);
	CUT_CHECK(timer_shutdown_sync(timer) == 1);
	CUT_CHECK(mod_timer(timer, jiffies + 1) == 0);
	CUT_CHECK(!timer_pending(timer));
	msleep(20);
	timer_setup(timer, tell_letter, 0);
	mod_timer(timer, jiffies + 1);
	msleep(20);
}

static void check_irqs_off(struct timer_list *timer)
{
	CUT_CHECK(irqs_disabled());
	cut_tell('i');
}

void time_cut_context(void)
{
	static struct timer_list irqsafe;

	timer_setup(&irqsafe, check_irqs_off, TIMER_IRQSAFE);
	mod_timer(&irqsafe, jiffies + 1);
	set_up();
	mod_timer(&timers[0].timer, jiffies + 1);
	msleep(20);
	CUT_CHECK(!irqs_disabled() && !in_interrupt());
}

void time_cut_on_cpu(void)
{
	set_up();
	timers[0].timer.expires = jiffies + 1;
	add_timer_on(&timers[0].timer, 1);
	mod_timer(&timers[1].timer, jiffies + 2);
	msleep(20);
	CUT_CHECK(timers[0].cpu == 1);
	CUT_CHECK(timers[1].cpu == 0);
}

/* A task with bottom halves off holds timers back, interrupts off as well. */
void time_cut_bh(long disabled)
{
	set_up();
	mod_timer(&timers[0].timer, jiffies + 1);
	if (disabled)
		local_bh_disable();
	mdelay(20);
	cut_tell('1');
	CUT_CHECK(timer_pending(&timers[0].timer) == !!disabled);
	if (disabled)
		local_bh_enable();
	cut_tell('2');
}

void time_cut_irq_off(void)
{
	set_up();
	mod_timer(&timers[0].timer, jiffies + 1);
	mod_timer(&timers[1].timer, jiffies + 1);
	local_irq_disable();
	mdelay(20);
	cut_tell('1');
	/* Expired, but not served: it can still be taken back. */
	CUT_CHECK(del_timer(&timers[1].timer) == 1);
	local_irq_enable();
	udelay(1);
	cut_tell('2');
}

/* -- a timer on vCPU 0 that takes its time, deleted by vCPU 1 -- */

static void take_long(struct timer_list *timer)
{
	cut_tell('t');
	udelay(100);
	cut_tell('T');
}

static DEFINE_TIMER(long_timer, take_long);

void time_cut_long_timer(void)
{
	mod_timer(&long_timer, jiffies + 2);
	mdelay(20);
}

void time_cut_delete_long(long sync)
{
	while (!timer_pending(&long_timer))
		udelay(10);
	while (timer_pending(&long_timer))
		udelay(10);
	if (sync) {
		CUT_CHECK(try_to_del_timer_sync(&long_timer) == -1);
		CUT_CHECK(del_timer_sync(&long_timer) == 0);
	} else {
		CUT_CHECK(del_timer(&long_timer) == 0);
	}
	cut_tell('d');
}

/* -- what must not be done -- */

static void delete_self(struct timer_list *timer)
{
	del_timer_sync(timer);
}

static void sleep_inside(struct timer_list *timer)
{
	msleep(1);
}

static void leak_inside(struct timer_list *timer)
{
	preempt_disable();
}

static struct timer_list bad_timer;

static noinline void run(void (*fn)(struct timer_list *))
{
	timer_setup(&bad_timer, fn, 0);
	mod_timer(&bad_timer, jiffies + 1);
	msleep(20);
}

void time_cut_delete_self(void)
{
	run(delete_self);
}

void time_cut_sleep(void)
{
	run(sleep_inside);
}

void time_cut_leak(void)
{
	run(leak_inside);
}

void time_cut_add_pending(void)
{
	set_up();
	mod_timer(&timers[0].timer, jiffies + 10);
	add_timer(&timers[0].timer);
}

static int periods;

static void periodic(struct timer_list *timer)
{
	cut_tell('p');
	if (++periods < 5)
		mod_timer(timer, timer->expires + 1);
}

void time_cut_periodic(void)
{
	static DEFINE_TIMER(timer, periodic);
	unsigned long begin = jiffies;

	mod_timer(&timer, begin + 1);
	while (periods < 5)
		udelay(100);
	CUT_CHECK(jiffies == begin + 5);
}

void time_cut_forgotten(void)
{
	set_up();
	mod_timer(&timers[0].timer, jiffies + 1000 * HZ);
}

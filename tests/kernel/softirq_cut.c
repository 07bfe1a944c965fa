// SPDX-License-Identifier: GPL-2.0-only
/*
 * softirq_cut.c - tasklets and bottom halves
 */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include "defer_cut.h"

static void tell_t(struct tasklet_struct *tasklet)
{
	CUT_CHECK(in_interrupt());
	CUT_CHECK(in_serving_softirq());
	CUT_CHECK(!in_hardirq());
	cut_tell('t');
}

static void tell_number(unsigned long data)
{
	cut_tell('0' + data);
}

static DECLARE_TASKLET(tasklet, tell_t);

/* A high one goes first. */
void softirq_cut_tasklets(void)
{
	static struct tasklet_struct numbers[3];
	static struct tasklet_struct high;
	int i;

	tasklet_setup(&high, tell_t);
	local_bh_disable();
	for (i = 0; i < 3; i++) {
		tasklet_init(&numbers[i], tell_number, i);
		tasklet_schedule(&numbers[i]);
	}
	tasklet_hi_schedule(&high);
	CUT_CHECK(!in_serving_softirq() && in_softirq());
	cut_tell('.');
	local_bh_enable();
	cut_tell('.');
	CUT_CHECK(!in_interrupt());
}

void softirq_cut_once(void)
{
	local_bh_disable();
	tasklet_schedule(&tasklet);
	tasklet_schedule(&tasklet);
	local_bh_enable();
	tasklet_schedule(&tasklet);
	udelay(1);
	cut_tell('.');
}

void softirq_cut_disabled(void)
{
	tasklet_disable(&tasklet);
	tasklet_schedule(&tasklet);
	mdelay(1);
	cut_tell('.');
	tasklet_enable(&tasklet);
	mdelay(1);
	cut_tell('.');
}

void softirq_cut_kill(void)
{
	tasklet_schedule(&tasklet);
	tasklet_kill(&tasklet);
	cut_tell('k');
	CUT_CHECK(!tasklet.state);
}

static void kill_self(struct tasklet_struct *self)
{
	tasklet_kill(self);
}

static void sleep_inside(struct tasklet_struct *self)
{
	msleep(1);
}

static void leak_inside(struct tasklet_struct *self)
{
	local_bh_disable();
}

static void run(void (*callback)(struct tasklet_struct *))
{
	static struct tasklet_struct own;

	tasklet_setup(&own, callback);
	tasklet_schedule(&own);
	mdelay(1);
}

void softirq_cut_kill_self(void)
{
	run(kill_self);
}

void softirq_cut_sleep(void)
{
	run(sleep_inside);
}

void softirq_cut_leak(void)
{
	run(leak_inside);
}

void softirq_cut_bh_unbalanced(void)
{
	local_bh_enable();
}

static int rounds;

static void again(struct tasklet_struct *self)
{
	if (++rounds < 25)
		tasklet_schedule(self);
}

/* Goes on in the background after ten rounds. */
void softirq_cut_endless(void)
{
	static struct tasklet_struct own;

	tasklet_setup(&own, again);
	local_bh_disable();
	tasklet_schedule(&own);
	local_bh_enable();
	CUT_CHECK(rounds == 10);
	mdelay(1);
	CUT_CHECK(rounds == 25);
}

/* -- two vCPUs -- */

static void take_long(struct tasklet_struct *self)
{
	cut_tell('t');
	udelay(100);
	cut_tell('T');
}

static DECLARE_TASKLET(long_tasklet, take_long);

void softirq_cut_long(void)
{
	tasklet_schedule(&long_tasklet);
	udelay(1);
}

void softirq_cut_wait_long(long wait)
{
	udelay(10);
	if (wait)
		tasklet_disable(&long_tasklet);
	else
		tasklet_disable_nosync(&long_tasklet);
	cut_tell('d');
	tasklet_enable(&long_tasklet);
}

/* -- a softirq of the code under test -- */

static void action(void)
{
	CUT_CHECK(in_serving_softirq());
	cut_tell('n');
}

void softirq_cut_open(void)
{
	open_softirq(NET_RX_SOFTIRQ, (void *)action);
	raise_softirq(NET_RX_SOFTIRQ);
	udelay(1);
	cut_tell('.');
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec_cut.c - statics, per-CPU data, messages: a small component
 */
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include "exec_cut.h"

static int counter = 100;
static DEFINE_PER_CPU(int, percpu_counter);
static int initcalls;

static int __init early_step(void)
{
	initcalls = 1;
	return 0;
}
core_initcall(early_step);

static int __init late_step(void)
{
	/* Levels run in order. */
	initcalls = initcalls == 1 ? 2 : -1;
	return 0;
}
late_initcall(late_step);

static void __exit last_step(void)
{
	pr_info("goodbye %d\n", initcalls);
}
__exitcall(last_step);

int cut_initcalls_seen(void)
{
	return initcalls;
}

int cut_counter_next(void)
{
	return ++counter;
}

int cut_percpu_next(void)
{
	return this_cpu_inc_return(percpu_counter);
}

int cut_cpu(void)
{
	return smp_processor_id();
}

int cut_current_pid(void)
{
	return current->pid;
}

const char *cut_current_name(void)
{
	return current->comm;
}

void cut_alloc_percpu(void)
{
	u64 __percpu *a = alloc_percpu(u64), *b = alloc_percpu(u64);
	int cpu;

	for_each_possible_cpu(cpu) {
		BUG_ON(*per_cpu_ptr(a, cpu) || *per_cpu_ptr(b, cpu));
		*per_cpu_ptr(a, cpu) = cpu + 10;
		*per_cpu_ptr(b, cpu) = cpu + 20;
	}
	BUG_ON(*this_cpu_ptr(a) != smp_processor_id() + 10);
	BUG_ON(*this_cpu_ptr(b) != smp_processor_id() + 20);
	free_percpu(a);
	BUG_ON(alloc_percpu(u64) != a);
	free_percpu(b);
}

void cut_log(void)
{
	pr_err("one %d %s %#x\n", 42, "two", 0xbeef);
	pr_info("first\nsecond\n");
}

void cut_warn(void)
{
	WARN_ON(counter);
}

void cut_warn_text(void)
{
	WARN(1, "the number is %d\n", 7);
}

void cut_bug(void)
{
	BUG_ON(counter);
}

void cut_panic(void)
{
	panic("no %s left", "hope");
}

/* Far from anything the bench models. */
void cut_unmodelled(void)
{
	apply_to_page_range(NULL, 0, 0, NULL, NULL);
}

/* The warning is in the kernel's library. */
void cut_refcount(void)
{
	static refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

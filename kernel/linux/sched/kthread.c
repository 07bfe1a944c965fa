// SPDX-License-Identifier: GPL-2.0-only
/*
 * kthread.c - kernel threads
 *
 * A kthread is a task that waits for its first wake-up, and gets a thread then;
 * until that moment it can be bound to a vCPU. Those that are not bound are
 * spread over the vCPUs by their numbers. kthreads may be blocked when the
 * world is quiet: waiting for work is what they do.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <vtb/runtime.h>
#include <vtb/task.h>
#include "sched.h"

#define UNBOUND		(-1)

static struct vtb_task *self(void)
{
	vtb_assert(current->flags & PF_KTHREAD);
	return to_vtb_task(current);
}

void __noreturn kthread_exit(long result)
{
	struct vtb_task *task = self();

	task->result = result;
	complete_all(&task->exited);
	vtb_task_exit();
}
EXPORT_SYMBOL(kthread_exit);

void __noreturn kthread_complete_and_exit(struct completion *done, long code)
{
	if (done)
		complete(done);
	kthread_exit(code);
}
EXPORT_SYMBOL(kthread_complete_and_exit);

static void kthread_main(void *arg)
{
	struct vtb_task *task = arg;

	vtb_task_adopt(task);
	kthread_exit(task->should_stop ? -EINTR : task->fn(task->data));
}

void vtb_kthread_start(struct vtb_task *task)
{
	vtb_assert(task->fn);
	if (task->cpu == UNBOUND)
		task->cpu = task->task.pid % nr_cpu_ids;
	task_thread_info(&task->task)->cpu = task->cpu;
	task->thread = vtb_thread_new(task->task.comm, kthread_main, task,
				      &task->task, task->cpu, 1);
}

struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data,
					   int node, const char format[], ...)
{
	char name[TASK_COMM_LEN];
	struct vtb_task *task;
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	vtb_might_sleep("kthread_create", _RET_IP_);
	if (!vtb_booting() && vtb_fail(VTB_FAIL_ALLOC))
		return ERR_PTR(-ENOMEM);
	task = vtb_task_new(name, TASK_UNINTERRUPTIBLE);
	task->task.flags |= PF_KTHREAD;
	task->fn = fn;
	task->data = data;
	task->cpu = UNBOUND;
	return &task->task;
}
EXPORT_SYMBOL(kthread_create_on_node);

struct task_struct *kthread_create_on_cpu(int (*fn)(void *data), void *data,
					  unsigned int cpu, const char *format)
{
	struct task_struct *t;

	t = kthread_create_on_node(fn, data, NUMA_NO_NODE, format, cpu);
	if (!IS_ERR(t))
		kthread_bind(t, cpu);
	return t;
}
EXPORT_SYMBOL(kthread_create_on_cpu);

void kthread_bind(struct task_struct *t, unsigned int cpu)
{
	struct vtb_task *task = to_vtb_task(t);

	vtb_assert(!task->thread);
	task->cpu = cpu;
	t->flags |= PF_NO_SETAFFINITY;
}
EXPORT_SYMBOL(kthread_bind);

bool kthread_should_stop(void)
{
	return self()->should_stop;
}
EXPORT_SYMBOL(kthread_should_stop);

bool kthread_should_park(void)
{
	return false;
}
EXPORT_SYMBOL_GPL(kthread_should_park);

bool kthread_freezable_should_stop(bool *was_frozen)
{
	if (was_frozen)
		*was_frozen = false;
	return kthread_should_stop();
}
EXPORT_SYMBOL_GPL(kthread_freezable_should_stop);

void *kthread_data(struct task_struct *t)
{
	return to_vtb_task(t)->data;
}
EXPORT_SYMBOL_GPL(kthread_data);

void *kthread_func(struct task_struct *t)
{
	return to_vtb_task(t)->fn;
}
EXPORT_SYMBOL_GPL(kthread_func);

int kthread_stop(struct task_struct *t)
{
	struct vtb_task *task = to_vtb_task(t);
	int result;

	get_task_struct(t);
	task->should_stop = true;
	wake_up_process(t);
	wait_for_completion(&task->exited);
	result = task->result;
	put_task_struct(t);
	return result;
}
EXPORT_SYMBOL(kthread_stop);

int kthread_stop_put(struct task_struct *t)
{
	int result = kthread_stop(t);

	put_task_struct(t);
	return result;
}
EXPORT_SYMBOL(kthread_stop_put);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - making and ending tasks, and the way between user and kernel mode
 *
 * Process numbers count up from 1 in order of creation: nothing else tells
 * tasks apart in a trace. A task without references goes to a list of free
 * ones and is zeroed when it is used again.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <vtb/runtime.h>
#include <vtb/task.h>
#include "../locking/lockcheck.h"

static struct vtb_task *free_tasks;
static struct vtb_task *idle[NR_CPUS];
static pid_t last_pid;

static struct vtb_task *task_take(void)
{
	struct vtb_task *task = free_tasks;

	if (!task)
		return vtb_instance_alloc(sizeof(*task),
					  __alignof__(struct task_struct));
	free_tasks = task->next;
	memset(task, 0, sizeof(*task));
	return task;
}

static struct vtb_task *task_make(const char *name, unsigned int state,
				  pid_t pid)
{
	struct vtb_task *task = task_take();
	struct task_struct *t = &task->task;

	t->__state = state;
	t->pid = pid;
	t->tgid = pid;
	t->group_leader = t;
	t->nr_cpus_allowed = nr_cpu_ids;
	t->cpus_mask = *cpu_possible_mask;
	t->cpus_ptr = &t->cpus_mask;
	spin_lock_init(&t->alloc_lock);
	refcount_set(&t->usage, 1);
	INIT_LIST_HEAD(&t->tasks);
	strscpy(t->comm, name, sizeof(t->comm));
	init_completion(&task->exited);
	return task;
}

struct vtb_task *vtb_task_new(const char *name, unsigned int state)
{
	return task_make(name, state, ++last_pid);
}

void __put_task_struct(struct task_struct *t)
{
	struct vtb_task *task = to_vtb_task(t);

	vtb_assert(!task->thread);
	task->next = free_tasks;
	free_tasks = task;
}
EXPORT_SYMBOL(__put_task_struct);

struct task_struct *vtb_idle_task(int cpu)
{
	if (!idle[cpu]) {
		idle[cpu] = task_make("swapper", TASK_RUNNING, 0);
		idle[cpu]->task.flags = PF_IDLE | PF_KTHREAD;
	}
	return &idle[cpu]->task;
}

void vtb_task_adopt(struct vtb_task *task)
{
	task->thread = vtb_thread_self();
	task->cpu = vtb_this->cpu;
	vtb_this->task = &task->task;
	vtb_this->locks = &task->locks;
	vtb_trace(VTB_TRACE_TASK, task->task.pid, task->cpu);
}

/* -- checks where a task leaves the kernel --------------------------------- */

static void report_held(const struct vtb_held *held, const char *when)
{
	char what[160];

	scnprintf(what, sizeof(what), "%s is still held %s",
		  vtb_lock_class_name(held->class), when);
	vtb_finding("lock-held", vtb_lock_class_name(held->class),
		    (const void *)(unsigned long)held->pc, NULL, what, NULL);
}

static void check_leaving(const char *when)
{
	const struct vtb_held *held = vtb_lock_newest();
	char what[160];

	if (held)
		report_held(held, when);
	if (!vtb_this->preempt_count && !vtb_this->irqs_disabled)
		return;
	scnprintf(what, sizeof(what), "%s are still disabled %s",
		  vtb_this->irqs_disabled ? "interrupts" :
		  preempt_count() & SOFTIRQ_MASK ? "softirqs" : "preemptions",
		  when);
	/* Nobody knows who did it. */
	vtb_finding("atomic-leak", "context", NULL, NULL, what, NULL);
}

void vtb_kernel_task_begin(const char *name)
{
	vtb_task_adopt(vtb_task_new(name, TASK_RUNNING));
}

void vtb_kernel_to_user(void)
{
	check_leaving("on return to user mode");
}

void vtb_task_exit(void)
{
	struct vtb_task *task = to_vtb_task(current);

	check_leaving("when the task exits");
	vtb_fs_task_exit(&task->task);
	task->task.__state = TASK_DEAD;
	task->task.flags |= PF_EXITING;
	task->thread = NULL;
	put_task_struct(&task->task);
	vtb_thread_exit();
}

/* -- names ------------------------------------------------------------------ */

char *__get_task_comm(char *to, size_t len, struct task_struct *task)
{
	strscpy_pad(to, task->comm, len);
	return to;
}
EXPORT_SYMBOL_GPL(__get_task_comm);

void __set_task_comm(struct task_struct *task, const char *from, bool exec)
{
	strscpy_pad(task->comm, from, sizeof(task->comm));
}

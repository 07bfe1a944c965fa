// SPDX-License-Identifier: GPL-2.0-only
/*
 * softirq.c - interrupt entry and exit, and what is put off until the exit
 *
 * The bench serves interrupts and timers of a vCPU on a fiber of its own,
 * between vtb_irq_enter() and vtb_irq_exit(). A softirq that is pending runs
 *
 *    on the interrupt fiber    at the exit, unless the task that has the vCPU
 *                              has bottom halves disabled;
 *    on the task's fiber       then, where it enables them again.
 *
 *    task      --- bh off ------------- bh on, softirqs, ---
 *                        \             /
 *    irq fiber            enter ... exit (leaves them pending)
 *
 * So on one vCPU at most one softirq runs at a time, and in_softirq() is true
 * in the code it runs. Interrupts that arrive while softirqs run on the
 * interrupt fiber wait for their end; a real CPU would nest them.
 *
 * A softirq that raises itself again and again runs MAX_ROUNDS times and then
 * waits a while: a real kernel leaves the rest to ksoftirqd.
 */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <vtb/compat.h>
#include <vtb/softirq.h>

#define MAX_ROUNDS	10
#define KSOFTIRQD_NS	100000

/*
 * struct softirq_cpu - of one vCPU
 * @pending:	bit n: softirq n is raised
 * @later:	stands for ksoftirqd
 */
struct softirq_cpu {
	u32 pending;
	struct vtb_timer *later;
};

static struct softirq_cpu cpus[NR_CPUS];
static void (*own_actions[NR_SOFTIRQS])(void);
static void (*actions[NR_SOFTIRQS])(VTB_SOFTIRQ_PROTO);

static struct softirq_cpu *this_softirq_cpu(void)
{
	return &cpus[raw_smp_processor_id()];
}

/* -- running -- */

static void run_action(unsigned int nr)
{
	if (own_actions[nr])
		own_actions[nr]();
	else if (actions[nr])
		actions[nr](VTB_SOFTIRQ_ARG);
	else
		vtb_unmodelled_case("raise_softirq", "nobody opened it");
}

static void run_softirqs(void)
{
	struct softirq_cpu *cpu = this_softirq_cpu();
	unsigned int rounds = MAX_ROUNDS;

	preempt_count_add(SOFTIRQ_OFFSET);
	while (cpu->pending && rounds--) {
		u32 pending = cpu->pending;

		cpu->pending = 0;
		local_irq_enable();
		for (; pending; pending &= pending - 1)
			run_action(__ffs(pending));
		local_irq_disable();
	}
	preempt_count_sub(SOFTIRQ_OFFSET);
	if (cpu->pending)
		vtb_timer_set(cpu->later, vtb_now_ns() + KSOFTIRQD_NS);
}

asmlinkage void __do_softirq(void)
{
	run_softirqs();
}

asmlinkage void do_softirq(void)
{
	unsigned long flags;

	if (in_interrupt())
		return;
	local_irq_save(flags);
	if (this_softirq_cpu()->pending)
		run_softirqs();
	local_irq_restore(flags);
}

/* -- interrupts -- */

void vtb_irq_enter(void)
{
	int cpu = raw_smp_processor_id(), serving;
	struct vtb_context *task = vtb_cpu_context(cpu, &serving);

	vtb_this->task = task ? task->task : vtb_idle_task(cpu);
	vtb_this->irqs_disabled = 1;
	preempt_count_add(HARDIRQ_OFFSET);
}

/* Does the interrupted task keep softirqs off? */
static bool task_has_bh_off(void)
{
	int serving;
	struct vtb_context *task;

	task = vtb_cpu_context(raw_smp_processor_id(), &serving);
	return task && task != vtb_this &&
	       (task->preempt_count & (SOFTIRQ_MASK | HARDIRQ_MASK));
}

void vtb_irq_exit(void)
{
	preempt_count_sub(HARDIRQ_OFFSET);
	if (!in_interrupt() && this_softirq_cpu()->pending &&
	    !task_has_bh_off())
		run_softirqs();
	vtb_this->irqs_disabled = 0;
}

/* -- bottom halves -- */

static noinline void bh_unbalanced(unsigned long ip)
{
	vtb_finding("bh-unbalanced", "bottom halves", (void *)ip, NULL,
		    "local_bh_enable() without local_bh_disable()",
		    "the bottom-half count of this context would become negative");
}

static void bh_leave(unsigned long ip, unsigned int count)
{
	WARN_ON_ONCE(in_hardirq() || irqs_disabled());
	if (softirq_count() < count)
		bh_unbalanced(ip);
}

void _local_bh_enable(void)
{
	bh_leave(_RET_IP_, SOFTIRQ_DISABLE_OFFSET);
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}
EXPORT_SYMBOL(_local_bh_enable);

void __local_bh_enable_ip(unsigned long ip, unsigned int count)
{
	/* @count may hold one count of preemption: spin_unlock_bh(). */
	bh_leave(ip, count & SOFTIRQ_MASK);
	/* Keep preemption off until they have run. */
	preempt_count_sub(count - 1);
	if (!in_interrupt())
		do_softirq();
	preempt_count_dec();
}
EXPORT_SYMBOL(__local_bh_enable_ip);

/* -- raising -- */

void open_softirq(int nr, void (*action)(VTB_SOFTIRQ_PROTO))
{
	actions[nr] = action;
}

void vtb_softirq_open(unsigned int nr, void (*action)(void))
{
	own_actions[nr] = action;
}

void __raise_softirq_irqoff(unsigned int nr)
{
	this_softirq_cpu()->pending |= 1u << nr;
}

void vtb_softirq_raise_on(int cpu, unsigned int nr)
{
	cpus[cpu].pending |= 1u << nr;
	vtb_irq_raise(cpu, VTB_IRQ_SOFTIRQ);
}

void raise_softirq_irqoff(unsigned int nr)
{
	__raise_softirq_irqoff(nr);
	/* Else the end of the interrupt or of the region without them does. */
	if (!in_interrupt())
		vtb_irq_raise(raw_smp_processor_id(), VTB_IRQ_SOFTIRQ);
}

void raise_softirq(unsigned int nr)
{
	unsigned long flags;

	local_irq_save(flags);
	raise_softirq_irqoff(nr);
	local_irq_restore(flags);
}

/* -- boot -- */

static void later_fires(void *unused)
{
	vtb_irq_enter();
	vtb_irq_exit();
}

void vtb_softirq_init(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		cpus[cpu].later = vtb_timer_new(later_fires, NULL, cpu);
}

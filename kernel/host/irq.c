/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq.c - interrupts and timers of a vCPU
 *
 * One fiber per vCPU serves them, in this order: timers as they expired, then
 * interrupt lines by number. It may run when the vCPU is idle or its task has
 * interrupts enabled; until it is done, no task of the vCPU runs. When it is
 * switched to is a matter of scheduling like any other: between the moment an
 * interrupt is raised and the moment it is served, the task may go on.
 *
 *    task     ---- preemption point            resumed ----
 *                       \                      /
 *    irq fiber           serve, serve, ... done
 */
#include <sim/memory_model.h>

#include "internal.h"

#define TIMER_PRIORITY	128

bool kernel__irq_open(const struct vtb_vcpu *vcpu)
{
	return !vcpu->holder || !vcpu->holder->context.irqs_disabled;
}

void kernel__vcpu_init(struct kernel_instance *instance, unsigned int cpu)
{
	struct vtb_vcpu *vcpu = &instance->vcpus[cpu];

	vcpu->instance = instance;
	vcpu->cpu = cpu;
	vcpu->source = KERNEL_SOURCE + instance->number * KERNEL_MAX_CPUS + cpu;
}

static bool serve_timer(struct vtb_vcpu *vcpu)
{
	struct vtb_timer *timer = vcpu->due_first;

	if (!timer)
		return false;
	vcpu->due_first = timer->next;
	if (!vcpu->due_first)
		vcpu->due_last = NULL;
	timer->due = false;
	sim_set_op(vcpu->instance->sim, timer->op);
	vtb_trace(VTB_TRACE_TIMER, vcpu->cpu, 0);
	vtb_sync_acquire(timer);
	timer->fn(timer->arg);
	return true;
}

static bool serve_line(struct vtb_vcpu *vcpu)
{
	unsigned int line;

	if (!vcpu->lines)
		return false;
	line = __builtin_ctzll(vcpu->lines);
	vcpu->lines &= vcpu->lines - 1;
	sim_set_op(vcpu->instance->sim, vcpu->line_op[line]);
	vtb_trace(VTB_TRACE_IRQ, vcpu->cpu, line);
	vtb_sync_acquire(&vcpu->line_op[line]);
	vcpu->instance->runtime->irq(line);
	return true;
}

static void irq_main(void *arg)
{
	struct vtb_vcpu *vcpu = arg;
	struct sim *sim = vcpu->instance->sim;

	while (vcpu->instance->state != KERNEL_DOWN) {
		vcpu->serving = true;
		if (vcpu->holder)
			kernel__race_order(vcpu->holder, vcpu->irq);
		vcpu->irq->context.percpu_offset = vcpu->percpu_offset;
		while (serve_timer(vcpu) || serve_line(vcpu))
			;
		vcpu->serving = false;
		if (vcpu->holder)
			kernel__race_order(vcpu->irq, vcpu->holder);
		if (!vcpu->holder)
			vcpu->instance->runtime->quiescent(vcpu->cpu);
		kernel__vcpu_wake_waiting(vcpu);
		sim_fiber_block(sim);
	}
}

/* Something waits for this vCPU. */
static void request_service(struct vtb_vcpu *vcpu)
{
	const struct sim_fiber_options options = {
		.name = "irq",
		.fn = irq_main,
		.arg = vcpu,
		.daemon = true,
	};

	/* Orders nothing: it may be busy with another interrupt. */
	if (vcpu->irq)
		sim_fiber_wake(vcpu->instance->sim, vcpu->irq->fiber);
	else if (vcpu->instance->state != KERNEL_DOWN)
		vcpu->irq = kernel__thread_new(vcpu, &options, VTB_THREAD_IRQ);
}

void kernel__irq_end(struct vtb_vcpu *vcpu)
{
	struct vtb_thread *irq = vcpu->irq;

	vcpu->irq = NULL;
	if (irq)
		vtb_thread_wake(irq);
}

void vtb_irq_window(void)
{
	struct vtb_thread *thread = kernel__thread();

	if (thread->vcpu->due_first || thread->vcpu->lines)
		vtb_preempt_point();
}

/* -- lines ---------------------------------------------------------------- */

void kernel_raise_irq(struct kernel_instance *instance, int cpu,
		      unsigned int irq)
{
	struct vtb_vcpu *vcpu = &instance->vcpus[cpu];

	sim_assert(irq < KERNEL_MAX_IRQS);
	sim_assert(cpu >= 0 && (unsigned int)cpu < instance->nr_cpus);
	if (instance->state == KERNEL_DOWN)
		return;
	sim_memory_sync(instance->sim);
	vcpu->lines |= 1ull << irq;
	vcpu->line_op[irq] = sim_op(instance->sim);
	kernel__race_raised(vcpu, irq);
	request_service(vcpu);
}

void vtb_irq_raise(int cpu, unsigned int irq)
{
	kernel_raise_irq(kernel__thread()->instance, cpu, irq);
}

/* -- timers --------------------------------------------------------------- */

static void expire(struct sim *sim, struct sim_event *event)
{
	struct vtb_timer *timer = (struct vtb_timer *)event;
	struct vtb_vcpu *vcpu = timer->vcpu;

	if (vcpu->instance->state == KERNEL_DOWN)
		return;
	timer->due = true;
	timer->op = sim_op(sim);
	timer->next = NULL;
	if (vcpu->due_last)
		vcpu->due_last->next = timer;
	else
		vcpu->due_first = timer;
	vcpu->due_last = timer;
	request_service(vcpu);
}

struct vtb_timer *vtb_timer_new(void (*fn)(void *), void *arg, int cpu)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	struct vtb_timer *timer = sim_alloc(instance->sim, sizeof(*timer), 64);

	sim_assert(cpu >= 0 && (unsigned int)cpu < instance->nr_cpus);
	timer->vcpu = &instance->vcpus[cpu];
	timer->fn = fn;
	timer->arg = arg;
	sim_event_init(&timer->event, expire, timer->vcpu->source,
		       TIMER_PRIORITY);
	return timer;
}

/* Takes @timer out of the list of those that wait to be served. */
static bool undo_expire(struct vtb_timer *timer)
{
	struct vtb_vcpu *vcpu = timer->vcpu;
	struct vtb_timer **link = &vcpu->due_first;
	struct vtb_timer *last = NULL;

	if (!timer->due)
		return false;
	while (*link != timer) {
		last = *link;
		link = &last->next;
	}
	*link = timer->next;
	if (vcpu->due_last == timer)
		vcpu->due_last = last;
	timer->due = false;
	return true;
}

void vtb_timer_set(struct vtb_timer *timer, unsigned long long time_ns)
{
	struct sim *sim = timer->vcpu->instance->sim;

	sim_memory_sync(sim);
	undo_expire(timer);
	vtb_sync_release(timer);
	if (time_ns < sim_now_ns(sim))
		time_ns = sim_now_ns(sim);
	sim_event_at(sim, &timer->event, time_ns);
}

int vtb_timer_cancel(struct vtb_timer *timer)
{
	return sim_event_cancel(timer->vcpu->instance->sim, &timer->event) ||
	       undo_expire(timer);
}

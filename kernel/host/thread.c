/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.c - kernel threads as fibers, and who has a vCPU
 *
 * A task keeps its vCPU while it is preempted, spins or delays. It gives it
 * away where it blocks, yields, exits or leaves the kernel; these are also the
 * quiescent states of RCU, reported from here while the image is still live.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sim/memory_model.h>

#include "internal.h"

/*
 * Process state, set at every switch: the context of the kernel code that runs
 * now, NULL while none does.
 */
struct vtb_context *vtb_this;

/* Steps of vtb_cpu_relax(): doubled from round to round of a loop. */
#define RELAX_FIRST_NS	10
#define RELAX_LAST_NS	1280

/* -- the vCPU ------------------------------------------------------------- */

bool kernel__vcpu_free(const struct vtb_vcpu *vcpu)
{
	return !vcpu->holder && !vcpu->serving;
}

void kernel__vcpu_wake_waiting(struct vtb_vcpu *vcpu)
{
	struct vtb_thread *thread = vcpu->waiting;

	vcpu->waiting = NULL;
	while (thread) {
		struct vtb_thread *next = thread->next;

		thread->waiting = false;
		sim_fiber_wake(vcpu->instance->sim, thread->fiber);
		thread = next;
	}
}

void kernel__vcpu_take(struct vtb_thread *thread)
{
	struct vtb_vcpu *vcpu = thread->vcpu;

	if (vcpu->holder == thread)
		return;
	sim_assert(kernel__vcpu_free(vcpu));
	vcpu->holder = thread;
	sim_memory_sync(vcpu->instance->sim);
}

void kernel__vcpu_release(struct vtb_thread *thread)
{
	struct vtb_vcpu *vcpu = thread->vcpu;

	sim_assert(vcpu->holder == thread);
	sim_memory_sync(vcpu->instance->sim);
	vcpu->holder = NULL;
	thread->relax_ns = 0;
	vcpu->instance->runtime->quiescent(vcpu->cpu);
	kernel__vcpu_wake_waiting(vcpu);
}

/* -- fibers --------------------------------------------------------------- */

static bool may_run(const struct sim_fiber *fiber)
{
	const struct vtb_thread *thread = sim_fiber_context(fiber);
	const struct vtb_vcpu *vcpu = thread->vcpu;

	/* What tasks of an ended kernel wait for may still come: they do not. */
	if (vcpu->instance->state == KERNEL_DOWN)
		return false;
	if (thread->kind == VTB_THREAD_IRQ)
		return vcpu->serving || kernel__irq_open(vcpu);
	if (!thread->in_kernel)
		return true;
	return !vcpu->serving && (!vcpu->holder || vcpu->holder == thread);
}

void kernel__thread_current(struct vtb_thread *thread)
{
	struct kernel_instance *instance = thread->instance;
	uint64_t now_ns = sim_now_ns(instance->sim);

	kernel__image_load(instance);
	vtb_this = &thread->context;
	if (instance->seen_ns == now_ns)
		return;
	instance->seen_ns = now_ns;
	instance->runtime->time(now_ns);
}

static void resume(struct sim_fiber *fiber)
{
	struct vtb_thread *thread = sim_fiber_context(fiber);

	if (!thread->in_kernel)
		return;
	kernel__thread_current(thread);
	if (thread->kind != VTB_THREAD_IRQ)
		kernel__vcpu_take(thread);
}

static void pause_thread(struct sim_fiber *fiber, bool blocked)
{
	vtb_this = NULL;
}

static const struct sim_fiber_ops thread_ops = {
	.may_run = may_run,
	.resume = resume,
	.pause = pause_thread,
};

/* CPUs past what the core has numbers for see all stores at once. */
static unsigned int memory_cpu(const struct vtb_vcpu *vcpu)
{
	unsigned int cpu = 1 + vcpu->instance->number * KERNEL_MAX_CPUS +
			   vcpu->cpu;

	return cpu < SIM_MAX_CPUS ? cpu : 0;
}

static struct vtb_thread *thread_take(struct kernel_instance *instance)
{
	struct vtb_thread *thread = instance->free_threads;

	if (!thread)
		return sim_alloc(instance->sim, sizeof(*thread), 64);
	instance->free_threads = thread->next;
	return thread;
}

struct vtb_thread *kernel__thread_new(struct vtb_vcpu *vcpu,
				      const struct sim_fiber_options *options,
				      enum vtb_thread_kind kind)
{
	struct vtb_thread *thread = thread_take(vcpu->instance);
	struct sim_fiber_options own = *options;

	/* Not a compound literal: the state hash sees the padding. */
	memset(thread, 0, sizeof(*thread));
	thread->context.cpu = vcpu->cpu;
	thread->context.percpu_offset = vcpu->percpu_offset;
	thread->context.thread = thread;
	thread->instance = vcpu->instance;
	thread->vcpu = vcpu;
	thread->kind = kind;
	thread->in_kernel = kind != VTB_THREAD_USER;
	snprintf(thread->name, sizeof(thread->name), "%s", options->name);
	own.ops = &thread_ops;
	own.context = thread;
	own.image = 1 + vcpu->instance->number;
	own.cpu = memory_cpu(vcpu);
	thread->fiber = sim_fiber_new(vcpu->instance->sim, &own);
	if (!thread->fiber)
		sim_bench_error(__FILE__, __LINE__,
				"no fiber left for thread %s", options->name);
	return thread;
}

static void thread_main(void *arg)
{
	struct vtb_thread *thread = kernel__thread();

	(void)arg;
	thread->fn(thread->arg);
	vtb_thread_exit();
}

struct vtb_thread *vtb_thread_new(const char *name, void (*fn)(void *),
				  void *arg, void *task, int cpu, int daemon)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	const struct sim_fiber_options options = {
		.name = name,
		.fn = thread_main,
		.daemon = daemon,
		.op = sim_op(instance->sim),
	};
	struct vtb_thread *thread;

	sim_assert(cpu >= 0 && (unsigned int)cpu < instance->nr_cpus);
	thread = kernel__thread_new(&instance->vcpus[cpu], &options,
				    VTB_THREAD_TASK);
	thread->fn = fn;
	thread->arg = arg;
	thread->context.task = task;
	sim_memory_sync(instance->sim);
	kernel__race_woken(thread);
	return thread;
}

struct vtb_thread *vtb_thread_self(void)
{
	return kernel__thread();
}

struct vtb_context *vtb_thread_context(struct vtb_thread *thread)
{
	return &thread->context;
}

struct vtb_context *vtb_cpu_context(int cpu, int *irq)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	const struct vtb_vcpu *vcpu = &instance->vcpus[cpu];

	*irq = vcpu->serving;
	return vcpu->holder ? &vcpu->holder->context : NULL;
}

/* Contexts made before, of a boot that is in progress, are set right too. */
void vtb_cpu_set_percpu(int cpu, unsigned long offset)
{
	struct vtb_vcpu *vcpu = &kernel__thread()->instance->vcpus[cpu];

	vcpu->percpu_offset = offset;
	if (vcpu->holder)
		vcpu->holder->context.percpu_offset = offset;
}

void vtb_thread_exit(void)
{
	struct vtb_thread *thread = kernel__thread();
	struct kernel_instance *instance = thread->instance;

	kernel__vcpu_release(thread);
	thread->next = instance->free_threads;
	instance->free_threads = thread;
	sim_fiber_exit(instance->sim);
}

/* -- waiting -------------------------------------------------------------- */

/* A block that found its token did not go through resume(). */
static void back_on_vcpu(struct vtb_thread *thread)
{
	kernel__vcpu_take(thread);
	vtb_this = &thread->context;
}

void vtb_thread_block(void)
{
	struct vtb_thread *thread = kernel__thread();

	kernel__vcpu_release(thread);
	sim_fiber_block(thread->instance->sim);
	back_on_vcpu(thread);
}

int vtb_thread_block_until(unsigned long long time_ns)
{
	struct vtb_thread *thread = kernel__thread();
	bool woken;

	kernel__vcpu_release(thread);
	woken = sim_fiber_block_until(thread->instance->sim, time_ns);
	back_on_vcpu(thread);
	return woken;
}

void vtb_thread_wake(struct vtb_thread *thread)
{
	sim_memory_sync(thread->instance->sim);
	kernel__race_woken(thread);
	sim_fiber_wake(thread->instance->sim, thread->fiber);
}

void vtb_thread_resched(void)
{
	struct vtb_thread *thread = kernel__thread();

	kernel__vcpu_release(thread);
	sim_yield(thread->instance->sim);
	back_on_vcpu(thread);
}

void vtb_thread_spin(void)
{
	sim_fiber_block(kernel__sim());
}

void vtb_cpu_delay(unsigned long long delay_ns)
{
	sim_fiber_sleep(kernel__sim(), delay_ns);
}

void vtb_cpu_relax(void)
{
	struct vtb_thread *thread = kernel__thread();

	if (thread->relax_ns < RELAX_FIRST_NS)
		thread->relax_ns = RELAX_FIRST_NS;
	else if (thread->relax_ns < RELAX_LAST_NS)
		thread->relax_ns *= 2;
	sim_fiber_sleep(thread->instance->sim, thread->relax_ns);
}

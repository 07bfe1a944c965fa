/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * instance.c - a kernel instance from boot to shutdown, and the way in and out
 *
 * Boot and shutdown run in a task of the instance on cpu 0, because both may
 * block. Part 2 of bridge.h is only ever called with the image live and
 * vtb_this set: by a task, by a user thread between kernel_enter() and
 * kernel_exit(), or between kernel_peek_begin() and _end().
 */
#include <stdio.h>

#include <sim/memory_model.h>

#include "internal.h"

static struct kernel_host *host_get(struct sim *sim)
{
	struct kernel_host *host = sim_kernel(sim);

	if (host)
		return host;
	host = sim_alloc(sim, sizeof(*host), 64);
	host->sim = sim;
	sim_set_kernel(sim, host);
	kernel__image_reset(sim);
	return host;
}

/* Starts a task of the instance from outside of it. */
static void start_task(struct kernel_instance *instance, const char *name,
		       void (*fn)(void *))
{
	const struct sim_fiber_options options = {
		.name = name,
		.fn = fn,
		.op = sim_op(instance->sim),
	};

	kernel__thread_new(&instance->vcpus[0], &options, VTB_THREAD_TASK);
}

static void boot_main(void *arg)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	unsigned int cpu;

	(void)arg;
	instance->boot_error = instance->runtime->boot(&instance->boot);
	instance->state = KERNEL_UP;
	vtb_sync_release(instance);
	for (cpu = 0; cpu < instance->nr_cpus; cpu++)
		kernel__vcpu_wake_waiting(&instance->vcpus[cpu]);
	vtb_thread_exit();
}

struct kernel_instance *
kernel_instance_new(const struct kernel_instance_options *options)
{
	struct sim *sim = options->sim;
	struct kernel_host *host = host_get(sim);
	struct kernel_instance *instance;
	unsigned int cpu;

	sim_assert(options->nr_cpus <= KERNEL_MAX_CPUS);
	instance = sim_alloc(sim, sizeof(*instance), 64);
	instance->host = host;
	instance->sim = sim;
	instance->runtime = options->runtime ?: &vtb_runtime;
	instance->memory = options->memory;
	instance->ops = options->ops;
	instance->machine = options->machine;
	instance->nr_cpus = options->nr_cpus ? options->nr_cpus : 1;
	instance->image = kernel__image_new(sim);
	instance->number = host->nr_instances++;
	instance->next = host->instances;
	host->instances = instance;
	snprintf(instance->name, sizeof(instance->name), "%s", options->name);
	for (cpu = 0; cpu < instance->nr_cpus; cpu++)
		kernel__vcpu_init(instance, cpu);

	instance->seen_ns = UINT64_MAX;
	instance->peek.instance = instance;
	instance->peek.vcpu = &instance->vcpus[0];
	instance->peek.in_kernel = true;
	instance->peek.context.thread = &instance->peek;
	instance->boot = (struct vtb_boot){
		.name = instance->name,
		.memory = sim_memory_base(instance->memory),
		.nr_frames = sim_memory_frames(instance->memory),
		.nr_cpus = instance->nr_cpus,
		.command_line = options->command_line,
	};
	instance->boot_error = -1;
	kernel__race_boot(instance);
	start_task(instance, "boot", boot_main);
	return instance;
}

int kernel_instance_boot_error(const struct kernel_instance *instance)
{
	return instance->boot_error;
}

int kernel_heap_report(const void *address, struct vtb_heap_report *report)
{
	const struct vtb_runtime *runtime = &vtb_runtime;

	if (vtb_this)
		runtime = kernel__thread()->instance->runtime;
	return runtime->heap_report ?
		runtime->heap_report(address, report) : -1;
}

bool kernel_instance_up(const struct kernel_instance *instance)
{
	return instance->state == KERNEL_UP;
}

bool kernel_instance_down(const struct kernel_instance *instance)
{
	return instance->state == KERNEL_DOWN;
}

const char *kernel_instance_name(const struct kernel_instance *instance)
{
	return instance->name;
}

static void end_instance(struct kernel_instance *instance)
{
	unsigned int cpu;

	instance->state = KERNEL_DOWN;
	for (cpu = 0; cpu < instance->nr_cpus; cpu++)
		kernel__irq_end(&instance->vcpus[cpu]);
	vtb_thread_exit();
}

static void shutdown_main(void *arg)
{
	struct kernel_instance *instance = kernel__thread()->instance;

	(void)arg;
	instance->runtime->shutdown();
	end_instance(instance);
}

static void restart_main(void *arg)
{
	struct kernel_instance *instance = kernel__thread()->instance;

	(void)arg;
	instance->runtime->restart();
	end_instance(instance);
}

void kernel_instance_shutdown(struct kernel_instance *instance)
{
	sim_assert(instance->state == KERNEL_UP);
	instance->state = KERNEL_CLOSING;
	start_task(instance, "shutdown", shutdown_main);
}

void kernel_instance_restart(struct kernel_instance *instance)
{
	sim_assert(instance->state == KERNEL_UP && instance->runtime->restart);
	instance->state = KERNEL_CLOSING;
	start_task(instance, "restart", restart_main);
}

struct sim_fiber *kernel_user_thread(struct kernel_instance *instance,
				     const char *name, sim_fiber_fn fn,
				     void *arg)
{
	const struct sim_fiber_options options = {
		.name = name,
		.fn = fn,
		.arg = arg,
		.daemon = true,
	};
	unsigned int cpu = instance->nr_users++ % instance->nr_cpus;

	return kernel__thread_new(&instance->vcpus[cpu], &options,
				  VTB_THREAD_USER)->fiber;
}

/* A wake-up may be stale: the thread may still be in the list. */
static void wait_for_vcpu(struct vtb_thread *thread)
{
	const struct kernel_instance *instance = thread->instance;
	struct vtb_vcpu *vcpu = thread->vcpu;

	while (instance->state == KERNEL_BOOTING || !kernel__vcpu_free(vcpu)) {
		if (!thread->waiting) {
			thread->waiting = true;
			thread->next = vcpu->waiting;
			vcpu->waiting = thread;
		}
		sim_fiber_block(instance->sim);
	}
}

void kernel_enter(struct kernel_instance *instance)
{
	struct sim_fiber *fiber = sim_fiber_self(instance->sim);
	struct vtb_thread *thread;

	sim_assert(fiber);
	thread = sim_fiber_context(fiber);
	sim_assert(thread && thread->instance == instance);
	sim_assert(!thread->in_kernel);
	wait_for_vcpu(thread);
	sim_assert(instance->state == KERNEL_UP);
	thread->in_kernel = true;
	thread->entries++;
	thread->context.percpu_offset = thread->vcpu->percpu_offset;
	kernel__thread_current(thread);
	kernel__vcpu_take(thread);
	vtb_sync_acquire(instance);
	if (!thread->context.task)
		instance->runtime->task_begin(thread->name);
}

void kernel_exit(void)
{
	struct vtb_thread *thread = kernel__thread();

	vtb_drain_point();
	thread->instance->runtime->to_user();
	kernel__vcpu_release(thread);
	thread->in_kernel = false;
	vtb_this = NULL;
}

void kernel_peek_begin(struct kernel_instance *instance)
{
	struct vtb_thread *peek = &instance->peek;

	sim_assert(vtb_this != &peek->context);
	sim_memory_sync(instance->sim);
	instance->peek_saved = vtb_this;
	peek->context.percpu_offset = peek->vcpu->percpu_offset;
	kernel__thread_current(peek);
}

void kernel_peek_end(void)
{
	struct vtb_thread *peek = kernel__thread();
	struct vtb_context *saved = peek->instance->peek_saved;

	sim_assert(vtb_this == &peek->instance->peek.context);
	vtb_this = NULL;
	if (saved)
		kernel__thread_current(saved->thread);
}

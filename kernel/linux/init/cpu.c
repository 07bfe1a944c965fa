// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu.c - vCPUs and their per-CPU data
 *
 * The linker gathers per-CPU variables as a template between
 * __vtb_percpu_start and _stop; nothing is ever read or written there. Each
 * vCPU gets a copy with room for what alloc_percpu() hands out behind it:
 *
 *    template   |  variables  | (no memory)       addresses in &var
 *    vCPU 0     |  variables  |  dynamic area     + __per_cpu_offset[0]
 *    vCPU 1     |  variables  |  dynamic area     + __per_cpu_offset[1]
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/processor.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include <vtb/task.h>
#include "percpu.h"

extern char __vtb_percpu_start[], __vtb_percpu_stop[];

unsigned int nr_cpu_ids = 1;
EXPORT_SYMBOL(nr_cpu_ids);
atomic_t __num_online_cpus;
EXPORT_SYMBOL(__num_online_cpus);
struct cpumask __cpu_possible_mask;
EXPORT_SYMBOL(__cpu_possible_mask);
struct cpumask __cpu_online_mask;
EXPORT_SYMBOL(__cpu_online_mask);
struct cpumask __cpu_present_mask;
EXPORT_SYMBOL(__cpu_present_mask);
struct cpumask __cpu_active_mask;
EXPORT_SYMBOL(__cpu_active_mask);
struct cpumask __cpu_dying_mask;
EXPORT_SYMBOL(__cpu_dying_mask);
const DECLARE_BITMAP(cpu_all_bits, NR_CPUS) = CPU_BITS_ALL;
EXPORT_SYMBOL(cpu_all_bits);

/* Row n + 1 has bit n: cpumask_of() points into it. */
const unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][BITS_TO_LONGS(NR_CPUS)] = {
	[1] = { 1ul << 0 }, [2] = { 1ul << 1 },
	[3] = { 1ul << 2 }, [4] = { 1ul << 3 },
};
EXPORT_SYMBOL_GPL(cpu_bit_bitmap);

unsigned long __per_cpu_offset[NR_CPUS];
EXPORT_SYMBOL(__per_cpu_offset);
DEFINE_PER_CPU_READ_MOSTLY(unsigned long, this_cpu_off);
EXPORT_PER_CPU_SYMBOL(this_cpu_off);

/* An x86-64 CPU without optional features: nothing is patched in. */
struct cpuinfo_x86 boot_cpu_data = {
	.x86_cache_alignment = 64,
	.x86_clflush_size = 64,
	.x86_phys_bits = 46,
	.x86_virt_bits = 48,
};
EXPORT_SYMBOL(boot_cpu_data);

/* The template has ASan's red zones in it: no ordinary copy. */
static void copy_template(void *to)
{
	const void *from = __vtb_percpu_start;
	unsigned long bytes = __vtb_percpu_stop - __vtb_percpu_start;

	asm volatile("rep movsb"
		     : "+D" (to), "+S" (from), "+c" (bytes) : : "memory");
}

static void init_percpu(unsigned int cpu)
{
	unsigned long bytes = __vtb_percpu_stop - __vtb_percpu_start;
	void *copy = vtb_instance_alloc(bytes + VTB_PERCPU_DYNAMIC, 64);

	copy_template(copy);
	__per_cpu_offset[cpu] = (unsigned long)copy -
				(unsigned long)__vtb_percpu_start;
	per_cpu(this_cpu_off, cpu) = __per_cpu_offset[cpu];
	vtb_cpu_set_percpu(cpu, __per_cpu_offset[cpu]);
}

void vtb_cpu_init(const struct vtb_boot *boot)
{
	unsigned int cpu;

	vtb_assert(boot->nr_cpus >= 1 && boot->nr_cpus <= NR_CPUS);
	nr_cpu_ids = boot->nr_cpus;
	atomic_set(&__num_online_cpus, nr_cpu_ids);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		cpumask_set_cpu(cpu, &__cpu_possible_mask);
		cpumask_set_cpu(cpu, &__cpu_present_mask);
		cpumask_set_cpu(cpu, &__cpu_online_mask);
		cpumask_set_cpu(cpu, &__cpu_active_mask);
		init_percpu(cpu);
	}
	vtb_percpu_init(__vtb_percpu_stop);
	vtb_task_adopt(vtb_task_new(boot->name, TASK_RUNNING));
}

/* No vCPU ever comes or goes, so readers have nobody to wait for. */
void cpus_read_lock(void)
{
	vtb_might_sleep("cpus_read_lock", _RET_IP_);
	vtb_preempt_point();
}
EXPORT_SYMBOL_GPL(cpus_read_lock);

void cpus_read_unlock(void)
{
}
EXPORT_SYMBOL_GPL(cpus_read_unlock);

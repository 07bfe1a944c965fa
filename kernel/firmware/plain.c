/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plain.c - what kernels without threads and interrupts of their own leave out
 *
 * For the boot firmware and the hypervisor. Nobody else runs in them while one
 * call does, so there is no task to begin and nothing to be told of time. Their
 * heap is in books of the bench, which do not say by whom a leak was allocated:
 * those who judge leaks there name them after the op.
 */
#include <vtb/bridge.h>

int vtb_kernel_describe_leak(unsigned long since_serial, char *buf,
			     unsigned long size, const void **pc)
{
	(void)since_serial;
	(void)buf;
	(void)size;
	(void)pc;
	return -1;
}

void vtb_kernel_holders(struct vtb_holders *holders)
{
	holders->nr = 0;
}

unsigned long vtb_kernel_describe_growth(const struct vtb_holders *before,
					 unsigned long since_serial,
					 const char *kind, char *buf,
					 unsigned long size, const void **pcs)
{
	(void)before;
	(void)since_serial;
	(void)kind;
	(void)buf;
	(void)size;
	(void)pcs;
	return 0;
}

void vtb_kernel_irq(unsigned int irq)
{
	(void)irq;
	vtb_bench_error(__FILE__, __LINE__, "this kernel takes no interrupts");
}

void vtb_kernel_task_begin(const char *name)
{
	static char task;

	(void)name;
	vtb_this->task = &task;
}

void vtb_kernel_quiescent(int cpu)
{
	(void)cpu;
}

void vtb_kernel_time(unsigned long long now_ns)
{
	(void)now_ns;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runtime.c - the rest of what the bench asks a kernel for
 *
 * No interrupts, no processes: what needs them is not here.
 */
#include <vtb/bridge.h>

#include <assert.h>
#include <string.h>

#include <xen/sched.h>

#include "hypervisor.h"

void hypervisor_bug(const char *function, const char *condition)
{
	const struct vtb_source_place place = {
		.pc = __builtin_return_address(0), .function = function,
	};

	vtb_finding_in("bug", "hypervisor", &place,
		       "the hypervisor stops: what it relies on is not so",
		       condition);
	__builtin_unreachable();
}

void firmware_assert_failed(const char *function, const char *condition)
{
	hypervisor_bug(function, condition);
}

void vtb_kernel_describe_locks(char *buf, unsigned long size)
{
	static const char none[] = "none", some[] = "some";
	const char *text = vtb_this && locks_held(vtb_this->cpu) ? some : none;

	if (size >= sizeof(none))
		memcpy(buf, text, sizeof(none));
}

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
	vtb_bench_error(__FILE__, __LINE__,
			"the hypervisor takes no interrupts");
}

void vtb_kernel_task_begin(const char *name)
{
	static char task;

	(void)name;
	vtb_this->task = &task;
}

void vtb_kernel_to_user(void)
{
	if (locks_held(vtb_this->cpu))
		vtb_finding("lock-held", "lock", __builtin_return_address(0),
			    NULL, "a guest goes on and a lock is still held",
			    "");
}

void vtb_kernel_quiescent(int cpu)
{
	(void)cpu;
}

void vtb_kernel_time(unsigned long long now_ns)
{
	(void)now_ns;
}

const struct vtb_runtime vtb_runtime = {
	.boot = vtb_kernel_boot,
	.shutdown = vtb_kernel_shutdown,
	.restart = vtb_kernel_restart,
	.heap_report = vtb_kernel_heap_report,
	.describe_locks = vtb_kernel_describe_locks,
	.irq = vtb_kernel_irq,
	.task_begin = vtb_kernel_task_begin,
	.to_user = vtb_kernel_to_user,
	.quiescent = vtb_kernel_quiescent,
	.time = vtb_kernel_time,
};

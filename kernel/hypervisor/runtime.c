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

void vtb_kernel_to_user(void)
{
	if (locks_held(vtb_this->cpu))
		vtb_finding("lock-held", "lock", __builtin_return_address(0),
			    NULL, "a guest goes on and a lock is still held",
			    "");
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runtime.c - time, errors, and the rest of what the bench asks a kernel for
 *
 * One thread, no interrupts, no processes: those calls of part 2 of bridge.h
 * that need them do not exist here, and nobody who links the firmware may make
 * them.
 */
#include <vtb/bridge.h>
#include <vtb/firmware.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void udelay(unsigned long usecs)
{
	vtb_cpu_delay(usecs * 1000ull);
}

void mdelay(unsigned long msecs)
{
	vtb_cpu_delay(msecs * 1000000ull);
}

unsigned long currticks(void)
{
	return vtb_now_ns() / 1000000;
}

const char *strerror(int rc)
{
	return rc ? "an error" : "no error";
}

void firmware_assert_failed(const char *function, const char *condition)
{
	const struct vtb_source_place place = {
		.pc = __builtin_return_address(0), .function = function,
	};

	vtb_finding_in("assert", "firmware", &place,
		       "an assertion does not hold", condition);
	__builtin_unreachable();
}

void vtb_kernel_describe_locks(char *buf, unsigned long size)
{
	static const char none[] = "none";

	if (size >= sizeof(none))
		memcpy(buf, none, sizeof(none));
}

void vtb_kernel_to_user(void)
{
}

const struct vtb_runtime vtb_firmware_runtime = {
	.boot = vtb_kernel_boot,
	.shutdown = vtb_kernel_shutdown,
	.heap_report = vtb_kernel_heap_report,
	.describe_locks = vtb_kernel_describe_locks,
	.irq = vtb_kernel_irq,
	.task_begin = vtb_kernel_task_begin,
	.to_user = vtb_kernel_to_user,
	.quiescent = vtb_kernel_quiescent,
	.time = vtb_kernel_time,
};

extern const struct vtb_runtime vtb_runtime
	__attribute__((alias("vtb_firmware_runtime")));

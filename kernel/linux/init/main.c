// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - boot and shutdown of an instance
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <vtb/runtime.h>
#include <vtb/task.h>
#include "../driver/driver.h"

typedef int initcall_entry;

extern initcall_entry __vtb_initcalls_start[], __vtb_initcalls_stop[];
extern exitcall_t __vtb_exitcalls_start[], __vtb_exitcalls_stop[];

enum system_states system_state;
/* Keys are plain variables and can be used from the beginning. */
bool static_key_initialized = true;
EXPORT_SYMBOL_GPL(static_key_initialized);
static bool booting;

bool vtb_booting(void)
{
	return booting;
}

void vtb_sched_init(void)
{
	vtb_irq_init();
	vtb_softirq_init();
	vtb_time_init();
	vtb_rcu_init();
	vtb_workqueue_init();
}

/* An entry is the distance of the function from the entry itself. */
static int run_initcall(initcall_entry *entry)
{
	initcall_t fn = (initcall_t)((unsigned long)entry + *entry);

	return fn();
}

/* As in a real kernel a failing initcall stops nobody; the first is told. */
static int run_initcalls(void)
{
	initcall_entry *entry;
	int first_error = 0;

	for (entry = __vtb_initcalls_start; entry < __vtb_initcalls_stop;
	     entry++) {
		int rc = run_initcall(entry);

		if (rc < 0 && !first_error)
			first_error = rc;
	}
	return first_error;
}

/*
 * An exit call is a variable, so ASan may have put red zones, all zero, after
 * it. The order is that of initcalls of one level, backwards.
 */
__attribute__((no_sanitize("address")))
static void run_exitcalls(void)
{
	exitcall_t *call = __vtb_exitcalls_stop;

	while (call-- > __vtb_exitcalls_start)
		if (*call)
			(*call)();
}

int vtb_kernel_boot(const struct vtb_boot *boot)
{
	int rc;

	booting = true;
	vtb_cpu_init(boot);
	vtb_hypervisor_init();
	vtb_mm_init(boot);
	vtb_lib_init();
	vtb_sched_init();
	vtb_fs_init();
	vtb_parse_early(boot->command_line);
	system_state = SYSTEM_RUNNING;
	rc = run_initcalls();
	booting = false;
	return rc;
}

static void check_locks(void)
{
	if (vtb_locks_held())
		vtb_finding("lock-held", "lock", (void *)_RET_IP_, NULL,
			    "a lock is held at shutdown", NULL);
}

void vtb_kernel_shutdown(void)
{
	vtb_task_adopt(vtb_task_new("shutdown", TASK_RUNNING));
	system_state = SYSTEM_POWER_OFF;
	vtb_devices_remove();
	run_exitcalls();
	vtb_workqueue_exit();
	vtb_rcu_exit();
	vtb_time_exit();
	vtb_fs_exit();
	check_locks();
	vtb_mm_exit();
}

unsigned long vtb_pending_work(void)
{
	return vtb_workqueue_pending() + vtb_timers_pending() +
	       vtb_rcu_pending();
}

void vtb_kernel_account(struct vtb_account *account)
{
	*account = (struct vtb_account){ 0 };
	vtb_mm_account(account);
	account->locks = vtb_locks_held();
	account->work = vtb_pending_work();
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

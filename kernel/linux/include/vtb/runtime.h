/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runtime.h - the simulated kernel's own functions, shared by its folders
 *
 * Two halves make up kernel/linux: memory (mm/, lib/, fs/) and execution
 * (init/, sched/, locking/, rcu/, time/, printk/, kcsan/). Everything that is
 * the kernel's own is called by the kernel's own name; here is only what a real
 * kernel does not have.
 *
 * Boot, in this order, in the first thread of the instance, cpu 0:
 *
 *    vtb_cpu_init()        per-CPU copies, cpu masks, current: from here on
 *                          locks, preempt_disable(), current work
 *    vtb_mm_init()         linear map, struct pages, kmalloc
 *    vtb_lib_init()        what lib/ needs before anything else
 *    vtb_sched_init()      kthreads, RCU, timers, work queues
 *    vtb_fs_init()         files, processes, misc devices
 *    vtb_parse_early()     the command line
 *    initcalls             level by level
 *
 * Shutdown: devices are removed and work, timers and RCU drained, then
 * vtb_fs_exit() and vtb_mm_exit(). All state is static data (one copy per
 * instance) or reached from it.
 *
 * One OS thread runs everything and a switch happens only in vtb_preempt_point()
 * and where a thread blocks; so runtime code between these needs no locks.
 * Runtime code is compiled without hooks (NOHOOKS) for that reason.
 */
#ifndef VTB_RUNTIME_H
#define VTB_RUNTIME_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <vtb/bridge.h>

struct task_struct;

/* -- memory half ---------------------------------------------------------- */

void vtb_mm_init(const struct vtb_boot *boot);
void vtb_mm_exit(void);
void vtb_lib_init(void);
void vtb_fs_init(void);
void vtb_fs_exit(void);

/* Fills all members but locks and work. */
void vtb_mm_account(struct vtb_account *account);

/* The task is no more: drop its mm and files. Called on that task. */
void vtb_fs_task_exit(struct task_struct *task);

/* -- execution half ------------------------------------------------------- */

void vtb_cpu_init(const struct vtb_boot *boot);
void vtb_sched_init(void);

/* Asks CPUID below which hypervisor this kernel runs, if any. */
void vtb_hypervisor_init(void);
/* Hands the words of the command line to whoever has an early_param(). */
void vtb_parse_early(const char *command_line);

/*
 * An allocation with @gfp is about to be made: a point where others may run,
 * and a finding if it may sleep where sleeping is not allowed.
 */
void vtb_might_alloc(gfp_t gfp);

/*
 * Finding "sleep-in-atomic" unless sleeping is allowed here. @object names what
 * wants to sleep: "mutex_lock", "copy_from_user".
 */
void vtb_might_sleep(const char *object, unsigned long pc);

/* In words why sleeping is not allowed here, or NULL if it is. */
const char *vtb_atomic_reason(void);

/* Is this thread inside vtb_kernel_boot()? Failures would only fail the boot. */
bool vtb_booting(void);

/* -- execution half: what its folders offer each other --------------------- */

/*
 * Called by vtb_sched_init() in this order; the last may make kthreads. Each
 * is told the number of vCPUs by nr_cpu_ids.
 */
void vtb_irq_init(void);
void vtb_softirq_init(void);
void vtb_time_init(void);
void vtb_rcu_init(void);
void vtb_workqueue_init(void);

/*
 * Shutdown, in this order, after all devices are gone: nothing new may be
 * queued; what is queued is waited for or is a leak in the account.
 */
void vtb_workqueue_exit(void);
void vtb_rcu_exit(void);
void vtb_time_exit(void);

/*
 * softirq/: every callback of a vtb_timer and vtb_kernel_irq() are between
 * these. enter: preempt_count says hardirq, interrupts are off, current is the
 * task that was interrupted or the vCPU's idle task. exit: runs softirqs unless
 * the interrupted task has them disabled.
 */
void vtb_irq_enter(void);
void vtb_irq_exit(void);

/* sched/: the idle task of a vCPU, current while nothing else runs there. */
struct task_struct *vtb_idle_task(int cpu);

/* What is queued now: work, timers, RCU callbacks (vtb_account.work). */
unsigned long vtb_pending_work(void);
unsigned long vtb_workqueue_pending(void);
unsigned long vtb_timers_pending(void);
unsigned long vtb_rcu_pending(void);

/* Locks held by any context of the instance. */
unsigned long vtb_locks_held(void);

/* Invariants of the runtime itself; on in every build. */
#define vtb_assert(condition)						\
	do {								\
		if (unlikely(!(condition)))				\
			vtb_bench_error(__FILE__, __LINE__, #condition); \
	} while (0)

/* This case of an external that we do have is not modelled. */
#define vtb_unmodelled_case(name, case) vtb_unmodelled(name ": " case)

/* -- kcsan/ ----------------------------------------------------------------- */

/* Memory that is freed or was never there is a finding; @type as KCSAN's. */
void vtb_check_memory(const volatile void *address, size_t bytes, int type);

#endif

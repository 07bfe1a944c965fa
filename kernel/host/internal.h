/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - kernel/host: what its files share
 *
 * A kernel instance seen from the bench:
 *
 *    kernel_host (one per world)
 *      kernel_instance
 *        image            its copy of the static data while it is not live
 *        vtb_vcpu [n]     holder: the task that has the vCPU, or NULL
 *                         irq:    the fiber that serves interrupts
 *          vtb_thread     a fiber and the struct vtb_context of it
 *
 * Who may run on a vCPU is decided by may_run() alone, from three facts:
 *
 *    holder == NULL                  any task of it, and interrupts
 *    holder == T                     T, and interrupts if T has them enabled
 *    serving (interrupts) is true    the interrupt fiber only
 *
 * The vCPU is taken in resume(), so between two tasks of one vCPU nothing has
 * to be handed over; it is given away only where a task blocks, yields, exits
 * or leaves the kernel. A user thread in user mode has no vCPU.
 *
 * All structures lie in the region. vtb_this and the live image are process
 * state: the former is NULL whenever no kernel code runs, the latter says in
 * itself whose it is (image.c).
 */
#ifndef KERNEL_HOST_INTERNAL_H
#define KERNEL_HOST_INTERNAL_H

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <sim/sim.h>
#include <sim/trace.h>
#include <vtb/bridge.h>

#define KERNEL_MAX_CPUS		4
#define KERNEL_MAX_IRQS		64

/* Sources of a vCPU's events, after those of fibers and devices. */
#define KERNEL_SOURCE		0xf000

struct vtb_timer {
	struct sim_event event;		/* first: event callbacks cast */
	struct vtb_vcpu *vcpu;
	void (*fn)(void *arg);
	void *arg;
	struct vtb_timer *next;		/* in the vCPU's due list */
	uint32_t op;			/* charged with what fn does */
	bool due;
};

struct vtb_vcpu {
	struct kernel_instance *instance;
	struct vtb_thread *holder;
	struct vtb_thread *irq;		/* made when first needed */
	struct vtb_thread *waiting;	/* user threads at kernel_enter() */
	struct vtb_timer *due_first;	/* timers that have expired */
	struct vtb_timer *due_last;
	unsigned long percpu_offset;	/* vtb_cpu_set_percpu() */
	uint64_t lines;			/* interrupts raised */
	uint32_t line_op[KERNEL_MAX_IRQS];
	uint16_t source;
	uint16_t cpu;
	bool serving;
};

enum vtb_thread_kind { VTB_THREAD_TASK, VTB_THREAD_USER, VTB_THREAD_IRQ };

struct vtb_thread {
	struct vtb_context context;	/* first: vtb_this is cast */
	struct kernel_instance *instance;
	struct vtb_vcpu *vcpu;
	struct sim_fiber *fiber;
	void (*fn)(void *arg);
	void *arg;
	struct vtb_thread *next;	/* waiting or free */
	unsigned int relax_ns;		/* next step of a busy-wait loop */
	unsigned int entries;		/* into the kernel, of user threads */
	enum vtb_thread_kind kind;
	bool in_kernel;
	bool waiting;			/* in the vCPU's list */
	char name[24];
};

enum kernel_state {
	KERNEL_BOOTING,		/* who wants to enter waits */
	KERNEL_UP,
	KERNEL_CLOSING,		/* nobody may enter any more */
	KERNEL_DOWN,
};

struct kernel_instance {
	struct kernel_host *host;
	struct kernel_instance *next;
	struct sim *sim;
	const struct vtb_runtime *runtime;
	struct sim_memory *memory;
	const struct kernel_machine_ops *ops;
	void *machine;
	void *image;
	struct vtb_vcpu vcpus[KERNEL_MAX_CPUS];
	struct vtb_thread *free_threads;
	struct vtb_thread peek;		/* context of kernel_peek_begin() */
	struct vtb_context *peek_saved;
	struct vtb_boot boot;
	uint64_t seen_ns;		/* vtb_kernel_time() knows of */
	uint64_t *scratch;		/* machine.c: frames of pages */
	uint64_t max_scratch;
	unsigned int nr_cpus;
	unsigned int nr_users;
	unsigned int number;
	int boot_error;
	enum kernel_state state;
	char name[24];
};

struct kernel_host {
	struct sim *sim;
	struct kernel_instance *instances;
	unsigned int nr_instances;
	uintptr_t ignored_pc;		/* site mutant: first return address */
	uintptr_t ignored_bytes;	/* to behind the last one; 0: none */
};

/* -- image.c -- */

/* Readies the live image for a new world. */
void kernel__image_reset(struct sim *sim);
void *kernel__image_new(struct sim *sim);
void kernel__image_load(struct kernel_instance *instance);
bool kernel__image_has(const void *address);

/* -- thread.c -- */

static inline struct vtb_thread *kernel__thread(void)
{
	return (struct vtb_thread *)vtb_this;
}

/* The world whose kernel code runs now. */
static inline struct sim *kernel__sim(void)
{
	return kernel__thread()->instance->sim;
}

/* @kind USER begins in user mode. Bench error when fibers run out. */
struct vtb_thread *kernel__thread_new(struct vtb_vcpu *vcpu,
				      const struct sim_fiber_options *options,
				      enum vtb_thread_kind kind);

/* Makes @thread the one whose kernel code runs: image, vtb_this, time. */
void kernel__thread_current(struct vtb_thread *thread);

bool kernel__vcpu_free(const struct vtb_vcpu *vcpu);
void kernel__vcpu_take(struct vtb_thread *thread);
void kernel__vcpu_release(struct vtb_thread *thread);
/* Those that wait at kernel_enter() may try again. */
void kernel__vcpu_wake_waiting(struct vtb_vcpu *vcpu);

/* -- hooks.c -- */

/* Code under test at @site is about to copy: two accesses, one after the other. */
void kernel__copying(const void *to, const void *from, size_t bytes,
		     const void *site);

/* -- symbol.c -- */

bool kernel__is_cut(const void *pc);
/* -- site.c -- */

static inline bool kernel__ignores(const struct kernel_host *host,
				   const void *site)
{
	return (uintptr_t)site - host->ignored_pc < host->ignored_bytes;
}

/* -- race.c: what orders kernel code, for the data-race detector -- */

void kernel__race_order(const struct vtb_thread *before,
			const struct vtb_thread *after);
/* Whatever has been done in the world is before an instance that is made. */
void kernel__race_boot(const struct kernel_instance *instance);
/* By the kernel code that runs now, if any does. */
void kernel__race_woken(const struct vtb_thread *thread);
/* It executes a barrier. */
void kernel__race_barrier(enum vtb_barrier_kind kind);
/* It tells a device or hypervisor something... */
void kernel__race_device(void);
/* ...which may raise an interrupt, now or later. */
void kernel__race_raised(const struct vtb_vcpu *vcpu, unsigned int line);

/* -- report.c -- */

void kernel__race_finding(const char *object, const void *const pcs[2],
			  const char *what, const char *why);

/* -- report.c -- */

/* @pc, or the first one of code under test up the stack; NULL if none is. */
const void *kernel__pc_under_test(const void *pc);

/* Name of @pc's function, SIM_FINDING_WORD bytes; "" if it has none. */
void kernel__set_place(char *place, const void *pc);

/* -- irq.c -- */

void kernel__vcpu_init(struct kernel_instance *instance, unsigned int cpu);
/* May interrupts be served on this vCPU now? */
bool kernel__irq_open(const struct vtb_vcpu *vcpu);
/* The instance has ended: its interrupt fibers end too. */
void kernel__irq_end(struct vtb_vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * instance.h - running copies of the kernel, seen from the bench
 *
 * A kernel instance is the runtime and its components inside one machine. The
 * code exists once in the executable; its writable static data (the image) is
 * exchanged when a fiber of another instance runs. Instances that do not run
 * keep their image in the region.
 *
 * Per vCPU at most one task runs; others wait until it blocks or leaves the
 * kernel. Different vCPUs, and everything that is not this kernel, interleave
 * at preemption points. Interrupts run on a context of their own and only
 * where the vCPU has them enabled.
 */
#ifndef KERNEL_INSTANCE_H
#define KERNEL_INSTANCE_H

#include <sim/fiber.h>
#include <sim/memory.h>
#include <sim/sim.h>
#include <vtb/bridge.h>

struct kernel_instance;

/* What the machine offers to its kernel. Members may be NULL (unclaimed). */
struct kernel_machine_ops {
	uint64_t (*mmio_read)(void *machine, uint64_t phys, unsigned int size);
	void (*mmio_write)(void *machine, uint64_t phys, unsigned int size,
			   uint64_t value);
	uint64_t (*hypercall)(void *machine, unsigned int nr, uint64_t a,
			      uint64_t b, uint64_t c);
	uint64_t (*msr_read)(void *machine, unsigned int cpu, uint32_t msr);
	void (*msr_write)(void *machine, unsigned int cpu, uint32_t msr,
			  uint64_t value);
	void (*cpuid)(void *machine, uint32_t leaf, uint32_t subleaf,
		      uint32_t regs[4]);
	void (*vmgexit)(void *machine, unsigned int cpu);
	uint64_t (*shared_boundary)(void *machine);
	/* The kernel has freed memory; @site: on whose behalf. */
	void (*freed)(void *machine, uint64_t phys, uint64_t bytes,
		      const void *site);
};

struct kernel_instance_options {
	const char *name;
	struct sim *sim;
	struct sim_memory *memory;
	const struct kernel_machine_ops *ops;
	void *machine;
	unsigned int nr_cpus;		/* 1..4; 0 means 1 */
	const char *command_line;	/* must stay; NULL: empty */
	const struct vtb_runtime *runtime;	/* NULL: vtb_runtime */
};

/*
 * Creates the instance and a boot thread; the kernel is up when the next
 * sim_run() is quiescent. kernel_instance_boot_error() tells how it went.
 */
struct kernel_instance *
kernel_instance_new(const struct kernel_instance_options *options);
int kernel_instance_boot_error(const struct kernel_instance *instance);
/*
 * vtb_kernel_heap_report() of the kernel whose code runs; outside of any, that of
 * vtb_runtime.
 */
int kernel_heap_report(const void *address, struct vtb_heap_report *report);
/* Booted and not shut down. */
bool kernel_instance_up(const struct kernel_instance *instance);
/* It has ended, and none of its fibers will run any more. */
bool kernel_instance_down(const struct kernel_instance *instance);
const char *kernel_instance_name(const struct kernel_instance *instance);

/*
 * A user thread of the instance as an actor: @fn runs in user mode. While it
 * is in user mode it holds no vCPU. Threads are spread over the vCPUs in order
 * of creation. The fiber is a daemon; its context is the host's.
 */
struct sim_fiber *kernel_user_thread(struct kernel_instance *instance,
				     const char *name, sim_fiber_fn fn,
				     void *arg);

/*
 * Brackets around any call of part 2 of bridge.h from an actor of the
 * instance: waits for the end of the boot and for the vCPU, makes the image
 * live. May block the fiber.
 */
void kernel_enter(struct kernel_instance *instance);
void kernel_exit(void);

/*
 * The same for code outside any fiber (oracles between runs): only functions
 * that never block may be called in between.
 */
void kernel_peek_begin(struct kernel_instance *instance);
void kernel_peek_end(void);

/* Raises an interrupt line from a device model. Callable from anywhere. */
void kernel_raise_irq(struct kernel_instance *instance, int cpu,
		      unsigned int irq);

/*
 * Ends the instance; its machine memory stays as it is (kexec). It is down when
 * the next sim_run() is quiescent. No user thread may enter it from now on.
 */
void kernel_instance_shutdown(struct kernel_instance *instance);

/*
 * The same, as before kexec: reboot notifiers run, and then nothing of the
 * kernel any more. Nobody may be in it but tasks that sleep.
 */
void kernel_instance_restart(struct kernel_instance *instance);

/*
 * Worlds of one process share the live image. Before another world with kernel
 * instances is made, run or restored, the one that ran last is parked.
 */
void kernel_image_park(void);

/* Of a page of the kernel in this executable; a multiple of a frame. */
size_t kernel_page_bytes(void);

/* Bytes of static image per instance (reports, benchmark of the swap). */
size_t kernel_image_bytes(void);

/*
 * Name of the function at @pc: *cut tells whether it belongs to the code under
 * test. "?" if unknown. Reads this executable's own symbol table, once.
 */
const char *kernel_symbol(const void *pc, bool *cut);

/*
 * Name of the function at @pc if it is code under test and other files can call
 * it, else NULL. Such names are the same in every implementation.
 */
const char *kernel_entry_point(const void *pc);

/*
 * All direct calls that code under test makes, in order of address: @site is
 * where they return to, @callee the function's name. Read from the code itself.
 */
void kernel_calls_under_test(void (*call)(void *arg, const void *site,
					  const char *callee), void *arg);

/*
 * Site mutants: a bug made in an unmodified file. The engine ignores one place
 * in code under test: a barrier or acquire orders nothing, READ_ONCE() is a
 * plain access, an atomic is no longer one, a lock (and its unlock) does not
 * lock. Named "function:kind:ordinal", see site.c.
 */
enum kernel_site_kind {
	KERNEL_SITE_BARRIER,
	KERNEL_SITE_RELEASE,
	KERNEL_SITE_ACQUIRE,
	KERNEL_SITE_ONCE,
	KERNEL_SITE_ATOMIC,
	KERNEL_SITE_LOCK,
	KERNEL_SITE_KINDS,
};

struct kernel_site {
	const char *function;
	enum kernel_site_kind kind;
	unsigned int nth;		/* from 1 */
	const void *pc;			/* return addresses of its calls */
	const void *last_pc;
};

#define KERNEL_SITE_NAME	160	/* room for a name */

const char *kernel_site_kind_name(enum kernel_site_kind kind);

/* All sites of this executable, in the order of the code. */
size_t kernel_sites(const struct kernel_site **sites);
size_t kernel_site_name(const struct kernel_site *site, char *text,
			size_t size);
const struct kernel_site *kernel_site_find(const char *name);	/* or NULL */

/* From now on the world ignores @site (NULL: none); until a restore. */
void kernel_ignore(struct sim *sim, const struct kernel_site *site);

/* Hooks passed so far in this process (self-test of build flavours). */
uint64_t kernel_hook_count(void);

#endif

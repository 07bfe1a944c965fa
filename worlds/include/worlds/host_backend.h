/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_backend.h - what a world needs of the kernel of one of its hosts
 *
 * The real backend is kernel instances (kernel/instance.h). Tests of worlds
 * and oracles bring one that is made to be wrong in a known way, so that an
 * oracle can be seen to fire without any kernel at all.
 */
#ifndef WORLDS_HOST_BACKEND_H
#define WORLDS_HOST_BACKEND_H

#include <models/machine.h>
#include <models/vmm.h>
#include <sim/fiber.h>
#include <vtb/bridge.h>

/*
 * @kind:	"object", "page", "vmap"
 * @ignored:	functions whose names begin so may hold more; NULL: none may
 */
struct host_growth {
	const char *kind;
	const char *ignored;
};

struct host_backend {
	/* For struct vmm_options; their process is process_new()'s. */
	const struct vmm_syscalls *syscalls;

	/* Of a page of its kernels; a multiple of 4096. */
	size_t (*page_bytes)(void);

	/*
	 * A kernel on @nr_cpus vCPUs (1 to 4) of @machine, which is up when the
	 * next sim_run() is quiescent; boot_error() tells how it went.
	 */
	void *(*kernel_new)(struct sim *sim, struct machine *machine,
			    const char *name, unsigned int nr_cpus);
	int (*boot_error)(void *kernel);
	bool (*is_up)(void *kernel);

	/*
	 * Ends it as kexec does: reboot notifiers, and nothing any more. May be
	 * NULL, with is_up and is_down, in worlds that have no kexec.
	 */
	void (*kernel_restart)(void *kernel);
	bool (*is_down)(void *kernel);
	/* Interrupt line @irq of a device, at vCPU @cpu. From anywhere. */
	void (*raise_irq)(void *kernel, int cpu, unsigned int irq);

	/* A process of it; its first thread calls process_start() first. */
	void *(*process_new)(struct sim *sim, void *kernel, const char *name);
	int (*process_start)(void *process);

	/*
	 * One more thread; runs @fn in user mode. It is a daemon fiber. Threads
	 * of a kernel are spread over its vCPUs in order of creation.
	 */
	struct sim_fiber *(*thread_new)(void *process, const char *name,
					sim_fiber_fn fn, void *arg);
	/* Called by a thread that is not the first, first thing. */
	void (*thread_start)(void *process);

	/* Plugs the device in; from a thread. Errno of its driver's probe. */
	int (*device_add)(void *process, const struct vtb_device_info *info);
	/* Unplugs it: its driver has let go of it when this returns. */
	void (*device_remove)(void *process, const char *name);

	/* A number debugfs shows; from a thread. See vtb_debugfs_number(). */
	int (*debug_number)(void *process, const char *directory,
			    const char *name, uint64_t *value);

	/* What the kernel holds. From a thread; _peek from outside fibers. */
	void (*account)(void *process, struct vtb_account *account);
	void (*account_peek)(void *kernel, struct vtb_account *account);

	/*
	 * Name of the function under test at @pc if other files can call it,
	 * else NULL. The whole member may be NULL: there are none.
	 */
	const char *(*entry_point)(const void *pc);

	/* For leak reports, see vtb_kernel_describe_leak(). From a thread. */
	unsigned long (*alloc_serial)(void *process);
	int (*describe_leak)(void *process, unsigned long since_serial,
			     char *text, unsigned long size, char *function,
			     unsigned long function_size);

	/*
	 * Name of the function that has allocated what there is more of; NULL:
	 * nobody knows. From outside fibers; vtb_kernel_describe_growth().
	 */
	void (*holders_peek)(void *kernel, struct vtb_holders *holders);
	const char *(*growth_peek)(void *kernel,
				   const struct vtb_holders *before,
				   const struct host_growth *what, char *text,
				   unsigned long size);
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hosts whose kernels are kernel instances: the backend programs run with.
 *
 * Every call of a process enters the kernel, does one thing, and leaves, as a
 * system call does. Loads and stores of the process go the same way, because
 * the page tables they need are the kernel's.
 */
#include <kernel/instance.h>
#include <sim/finding.h>
#include <stdio.h>
#include <string.h>
#include "migration.h"

struct host_process {
	struct kernel_instance *kernel;
	const char *name;
	struct vtb_process *process;
};

static long sys_mmap(void *arg, unsigned long address, unsigned long bytes,
		     int prot)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_mmap(address, bytes, prot);
	kernel_exit();
	return rc;
}

static long sys_mprotect(void *arg, unsigned long address, unsigned long bytes,
			 int prot)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_mprotect(address, bytes, prot);
	kernel_exit();
	return rc;
}

static long sys_munmap(void *arg, unsigned long address, unsigned long bytes)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_munmap(address, bytes);
	kernel_exit();
	return rc;
}

static long sys_open(void *arg, const char *device)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_open(device);
	kernel_exit();
	return rc;
}

static long sys_ioctl(void *arg, int fd, unsigned int cmd,
		      unsigned long address)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_ioctl(fd, cmd, address);
	kernel_exit();
	return rc;
}

static long sys_close(void *arg, int fd)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_sys_close(fd);
	kernel_exit();
	return rc;
}

static long user_load(void *arg, unsigned long address, void *to,
		      unsigned long bytes)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_user_load(address, to, bytes);
	kernel_exit();
	return rc;
}

static long user_store(void *arg, unsigned long address, const void *from,
		       unsigned long bytes)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_user_store(address, from, bytes);
	kernel_exit();
	return rc;
}

static long user_frame(void *arg, unsigned long address)
{
	struct host_process *p = arg;
	long rc;

	kernel_enter(p->kernel);
	rc = vtb_user_frame(address);
	kernel_exit();
	return rc;
}

static const struct vmm_syscalls syscalls = {
	.mmap = sys_mmap,
	.mprotect = sys_mprotect,
	.munmap = sys_munmap,
	.open = sys_open,
	.ioctl = sys_ioctl,
	.close = sys_close,
	.load = user_load,
	.store = user_store,
	.frame = user_frame,
};

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = machine_hypercall,
	.msr_read = machine_msr_read,
	.msr_write = machine_msr_write,
	.cpuid = machine_cpuid,
	.vmgexit = machine_vmgexit,
	.shared_boundary = machine_shared_boundary,
};

static size_t page_bytes(void)
{
	return kernel_page_bytes();
}

static void *kernel_new(struct sim *sim, struct machine *machine,
			const char *name, unsigned int nr_cpus)
{
	const struct kernel_instance_options options = {
		.name = name,
		.sim = sim,
		.memory = machine_memory(machine),
		.ops = &machine_ops,
		.machine = machine,
		.nr_cpus = nr_cpus,
		.command_line = machine_command_line(machine),
	};

	return kernel_instance_new(&options);
}

static int boot_error(void *kernel)
{
	return kernel_instance_boot_error(kernel);
}

static bool is_up(void *kernel)
{
	return kernel_instance_up(kernel);
}

static void kernel_restart(void *kernel)
{
	kernel_instance_restart(kernel);
}

static bool is_down(void *kernel)
{
	return kernel_instance_down(kernel);
}

static void raise_irq(void *kernel, int cpu, unsigned int irq)
{
	kernel_raise_irq(kernel, cpu, irq);
}

static void *process_new(struct sim *sim, void *kernel, const char *name)
{
	struct host_process *p = sim_alloc(sim, sizeof(*p), 8);

	p->kernel = kernel;
	p->name = name;
	return p;
}

static int process_start(void *arg)
{
	struct host_process *p = arg;

	kernel_enter(p->kernel);
	p->process = vtb_process_new(p->name);
	if (p->process)
		vtb_process_use(p->process);
	kernel_exit();
	return p->process ? 0 : -1;
}

static struct sim_fiber *thread_new(void *arg, const char *name,
				    sim_fiber_fn fn, void *fn_arg)
{
	struct host_process *p = arg;

	return kernel_user_thread(p->kernel, name, fn, fn_arg);
}

static void thread_start(void *arg)
{
	struct host_process *p = arg;

	kernel_enter(p->kernel);
	vtb_process_use(p->process);
	kernel_exit();
}

static int device_add(void *arg, const struct vtb_device_info *info)
{
	struct host_process *p = arg;
	int rc;

	kernel_enter(p->kernel);
	rc = vtb_device_add(info);
	kernel_exit();
	return rc;
}

static int debug_number(void *arg, const char *directory, const char *name,
			uint64_t *value)
{
	struct host_process *p = arg;
	unsigned long long number = 0;
	int rc;

	kernel_enter(p->kernel);
	rc = vtb_debugfs_number(directory, name, &number);
	kernel_exit();
	*value = number;
	return rc;
}

static void device_remove(void *arg, const char *name)
{
	struct host_process *p = arg;

	kernel_enter(p->kernel);
	vtb_device_remove(name);
	kernel_exit();
}

static void account(void *arg, struct vtb_account *account)
{
	struct host_process *p = arg;

	kernel_enter(p->kernel);
	vtb_kernel_account(account);
	kernel_exit();
}

static void account_peek(void *kernel, struct vtb_account *account)
{
	kernel_peek_begin(kernel);
	vtb_kernel_account(account);
	kernel_peek_end();
}

static unsigned long alloc_serial(void *arg)
{
	struct host_process *p = arg;
	unsigned long serial;

	kernel_enter(p->kernel);
	serial = vtb_kernel_alloc_serial();
	kernel_exit();
	return serial;
}

static int describe_leak(void *arg, unsigned long since_serial, char *text,
			 unsigned long size, char *function,
			 unsigned long function_size)
{
	struct host_process *p = arg;
	const void *pc = NULL;
	bool under_test;
	int rc;

	kernel_enter(p->kernel);
	rc = vtb_kernel_describe_leak(since_serial, text, size, &pc);
	kernel_exit();
	if (!rc)
		snprintf(function, function_size, "%s",
			 kernel_symbol(pc, &under_test));
	return rc;
}

static void holders_peek(void *kernel, struct vtb_holders *holders)
{
	kernel_peek_begin(kernel);
	vtb_kernel_holders(holders);
	kernel_peek_end();
}

/*
 * Static functions may be part of their caller, as the compiler likes: the
 * innermost one that other files can call, else the one that was called from
 * outside of the code under test.
 */
static const char *allocator(const void *const *pcs)
{
	const char *name = NULL, *outermost = NULL;
	bool under_test;
	unsigned int i;

	for (i = 0; i < VTB_STACK_DEPTH && pcs[i] && !name; i++) {
		name = kernel_symbol(pcs[i], &under_test);
		if (under_test)
			outermost = name;
		name = kernel_entry_point(pcs[i]);
	}
	if (name || outermost)
		return name ?: outermost;
	return kernel_symbol(pcs[0], &under_test);
}

static const char *growth_peek(void *kernel, const struct vtb_holders *before,
			       const struct host_growth *what, char *text,
			       unsigned long size)
{
	const void *pcs[VTB_STACK_DEPTH];
	unsigned long at = before->serial;
	const char *name = NULL;

	kernel_peek_begin(kernel);
	do {
		at = vtb_kernel_describe_growth(before, at, what->kind, text,
						size, pcs);
		name = at ? allocator(pcs) : NULL;
	} while (name && what->ignored &&
		 !strncmp(name, what->ignored, strlen(what->ignored)));
	kernel_peek_end();
	return name;
}

const struct host_backend kernel_backend = {
	.syscalls = &syscalls,
	.page_bytes = page_bytes,
	.kernel_new = kernel_new,
	.boot_error = boot_error,
	.is_up = is_up,
	.kernel_restart = kernel_restart,
	.is_down = is_down,
	.raise_irq = raise_irq,
	.process_new = process_new,
	.process_start = process_start,
	.thread_new = thread_new,
	.thread_start = thread_start,
	.device_add = device_add,
	.debug_number = debug_number,
	.device_remove = device_remove,
	.account = account,
	.account_peek = account_peek,
	.entry_point = kernel_entry_point,
	.alloc_serial = alloc_serial,
	.describe_leak = describe_leak,
	.holders_peek = holders_peek,
	.growth_peek = growth_peek,
};

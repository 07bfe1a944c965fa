/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bridge.h - the one header both compile worlds see
 *
 * The kernel side (runtime, components, upstream files) is compiled against
 * kernel headers with -nostdinc; everything else against libc. The two meet
 * here, in plain C types.
 *
 *   part 1  what the bench gives to the kernel runtime (kernel/host)
 *   part 2  what the kernel runtime gives to the bench (kernel/linux)
 *
 * "Current instance" is the kernel instance whose static image is live. The
 * bench switches it with the fiber, so code on the kernel side never names it.
 * Physical addresses are those of the instance's machine. Page frame numbers
 * count pages of the kernel (vtb_kernel_page_shift); frames are 4 KiB, whatever
 * a page is. Functions that can fail return a negative errno.
 */
#ifndef VTB_BRIDGE_H
#define VTB_BRIDGE_H

#define VTB_NORETURN __attribute__((noreturn))

/* ---- part 1: bench to kernel -------------------------------------------- */

/* Virtual time, ns since the world began. */
unsigned long long vtb_now_ns(void);

/* Numbers of enum sim_decision_kind; a static assertion keeps them equal. */
enum vtb_fail_kind {
	VTB_FAIL_ALLOC = 2,
	VTB_FAIL_PIN = 3,
	VTB_FAIL_UCOPY = 4,
	VTB_FAIL_IO = 5,
};

/* Is this call to fail? A decision (sim/decide.h). */
int vtb_fail(enum vtb_fail_kind kind);

/*
 * The same for a call that handles @n things one by one: 0 if all goes well,
 * else one more than the number of things it gets done before it fails.
 */
unsigned int vtb_fail_after(enum vtb_fail_kind kind, unsigned int n);

/* A benign-by-default choice in [0, n) of kind SIM_DECIDE_PEER/_DELAY. */
unsigned int vtb_choose(unsigned int n);

/*
 * A point where another actor may run: locks, atomics, barriers, user copies,
 * MMIO, allocation and, in the race flavour, every shared access. Never
 * switches tasks on the same vCPU.
 */
void vtb_preempt_point(void);

/*
 * The runtime begins to do what others may notice (a lock, a wake-up) and has
 * changed nothing yet. Only where stores become visible late (memory models):
 * others may run before those of this vCPU are visible to all, now.
 */
void vtb_drain_point(void);

/* Counts one access hook (self-test of the build flavours). */
void vtb_hook_count(void);

/* What an access is, in KCSAN's numbers where it has one. */
enum vtb_access_flags {
	VTB_ACCESS_WRITE	= 1 << 0,
	VTB_ACCESS_COMPOUND	= 1 << 1,	/* reads and writes */
	VTB_ACCESS_ATOMIC	= 1 << 2,
	VTB_ACCESS_ASSERT	= 1 << 3,
	VTB_ACCESS_VOLATILE	= 1 << 5,
	VTB_ACCESS_BULK		= 1 << 7,
	VTB_ACCESS_TORN		= 1 << 8,
};

/*
 * Code under test is about to access @bytes at @address: counts the hook and,
 * if other contexts can reach the address (the region but for this fiber's own
 * stack, the live image), is a preemption point. @site is where in the code;
 * NULL: where this is called.
 */
void vtb_shared_access(const void *address, unsigned int bytes,
		       unsigned int flags, const void *site);

/*
 * A finding if @address lies in the stack of another context, below what is
 * live there. For what the runtime itself does with objects it is handed.
 */
void vtb_check_stack(const void *address, const void *site);

/* Is the place with this return address one to be ignored (site mutants)? */
int vtb_is_ignored(const void *site);

/* The kinds of barriers, in the numbers of sim/memory_model.h. */
enum vtb_barrier_kind {
	VTB_BARRIER_FULL,
	VTB_BARRIER_WRITE,
	VTB_BARRIER_READ,
	VTB_BARRIER_RELEASE,		/* in front of the store */
	VTB_BARRIER_ACQUIRE,		/* behind the load */
};

/*
 * Code under test executes a barrier: counted, and a preemption point in front
 * of it, but for VTB_BARRIER_ACQUIRE, which is part of the load.
 */
void vtb_barrier(enum vtb_barrier_kind kind, const void *site);

/*
 * Code under test is about to read @bytes at @address: by a load (race
 * flavour), or by a copy from user memory. Where others may write what it reads,
 * they may do so now (sim/fetch.h). @site as above; NULL: the first
 * function under test up the stack; if there is none, it is no fetch.
 */
void vtb_fetch(const void *address, unsigned int bytes, const void *site);

/*
 * What orders accesses, for detectors (kernel/host/race.c). Whatever a context
 * does before release(object) is before what another does after a later
 * acquire(object). An object is an address and nothing is read there; four
 * bytes further is another object. None of these switches fibers.
 */
void vtb_sync_acquire(const void *object);
void vtb_sync_release(const void *object);

/* All that any context of the instance has done so far, or will do next. */
void vtb_sync_release_all(const void *object);
void vtb_sync_acquire_all(const void *object);

/* The life of memory ends: finding if somebody else may be using it. */
void vtb_race_freed(const void *address, unsigned long bytes, const void *site);

/* An access of the runtime that a real kernel does where KCSAN sees it. */
void vtb_race_access(const void *address, unsigned int bytes,
		     unsigned int flags, const void *site);

/* The same of an atomic operation that is a full barrier. */
void vtb_race_atomic(const void *address, unsigned int bytes,
		     const void *site);

/* What kernel records of the trace mean (sim_trace_what 32..63). */
enum vtb_kernel_record {
	VTB_TRACE_SYSCALL = 32,
	VTB_TRACE_ALLOC,		/* a = bytes, b = 1 if it failed */
	VTB_TRACE_FREE,			/* a = bytes */
	VTB_TRACE_PIN,			/* a = pages asked, b = pages pinned */
	VTB_TRACE_UNPIN,		/* a = pages */
	VTB_TRACE_TASK,			/* a = pid of this fiber, b = vCPU */
	VTB_TRACE_IRQ,
	VTB_TRACE_TIMER,
	VTB_TRACE_WORK,
};
void vtb_trace(unsigned int what, unsigned long long a, unsigned long long b);

/* One line of printk, without its level prefix. */
void vtb_log(int level, const char *text, unsigned long len);

/*
 * A finding of the kernel runtime (lock rules, WARN, BUG, leaks...). @pc is
 * where it happened and @pc2 the other place or 0; both are turned into names
 * of functions of the code under test. Ends the run.
 */
void vtb_finding(const char *oracle, const char *object, const void *pc,
		 const void *pc2, const char *what, const char *why);
/*
 * The same where the source says which function @pc is in (WARN, BUG), also if
 * the compiler has inlined it into another.
 */
struct vtb_source_place {
	const void *pc;
	const char *function;
};
void vtb_finding_in(const char *oracle, const char *object,
		    const struct vtb_source_place *place, const char *what,
		    const char *why);
void vtb_liveness_finding(const char *oracle, const char *object,
			  const void *pc, const char *what, const char *why);

/* Name of the function or static variable at @address, "?" if unknown. */
const char *vtb_symbol(const void *address);

/* An external that is not modelled was called: ends the process, exit 3. */
void vtb_unmodelled(const char *name) VTB_NORETURN;

/* A broken invariant of the bench itself: exit 3. */
void vtb_bench_error(const char *file, int line, const char *text)
	VTB_NORETURN;

/* Zeroed memory for the life of the instance; not machine memory. */
void *vtb_instance_alloc(unsigned long bytes, unsigned long align);

/* Stack of return addresses of the caller, newest first; returns the count. */
unsigned int vtb_stack_trace(const void **pcs, unsigned int max);

/* -- frames of the current instance's machine -- */

#define VTB_FRAME_SHIFT		12

/* How a kernel uses frames: see enum sim_frame_class. Free ones become zero. */
void vtb_frames_hot(unsigned long pfn, unsigned long nr);	/* kernel's own */
void vtb_frames_cold(unsigned long pfn, unsigned long nr);	/* user pages */
void vtb_frames_free(unsigned long pfn, unsigned long nr);

/* Call before writing to cold frames. */
void vtb_frames_touch(unsigned long pfn, unsigned long nr);

/* Threads in user mode may write this frame from now on, or no more. */
void vtb_frame_user_writes(unsigned long pfn, int may);

/* Longterm pins of a frame; returns the new count. */
unsigned int vtb_frame_pin(unsigned long pfn, int delta);

/*
 * Memory goes back to the heap. Whoever plugged the machine together may know
 * that somebody outside can still use it, which is a finding.
 */
void vtb_memory_freed(unsigned long long phys, unsigned long bytes,
		      const void *site);

/* ASan poisoning, following all mappings of the frames. Values: ASan's. */
#define VTB_POISON_REDZONE	0xfa	/* heap left redzone */
#define VTB_POISON_FREED	0xfd	/* freed heap region */
#define VTB_POISON_UNUSED	0xfe	/* never allocated */
#define VTB_POISON_USER		0xe7	/* of a process, and not pinned */
void vtb_poison(const void *address, unsigned long bytes, unsigned char value);
void vtb_unpoison(const void *address, unsigned long bytes);

/* memcpy() and memset() to 0, allowed in VTB_POISON_USER. */
void vtb_bulk_copy(void *to, const void *from, unsigned long bytes);
void vtb_bulk_zero(void *at, unsigned long bytes);

/*
 * Is memory at @address to be used at another one? *pc is who has said so, or
 * NULL.
 */
int vtb_is_barred(const void *address, const void **pc);

/* Virtually contiguous mapping of page frames (vmap); NULL if none is left. */
void *vtb_alias_map(const unsigned long *pfns, unsigned long nr);
void vtb_alias_unmap(void *address, unsigned long nr);
/* The same of frames at the address where they are shared, see below. */
void *vtb_alias_map_shared(const unsigned long *pfns, unsigned long nr);
/* Page frame behind an alias address; ~0ul if it is none. */
unsigned long vtb_alias_to_pfn(const void *address);
int vtb_is_alias(const void *address);

/* -- devices -- */

/* MMIO by physical address, @size in 1, 2, 4, 8. Unclaimed reads give ~0. */
unsigned long long vtb_mmio_read(unsigned long long phys, unsigned int size);
void vtb_mmio_write(unsigned long long phys, unsigned int size,
		    unsigned long long value);

/* Hypercall of machines that have a hypervisor below (later components). */
unsigned long long vtb_hypercall(unsigned int nr, unsigned long long a,
				 unsigned long long b, unsigned long long c);

/* Model-specific registers of this vCPU that its hypervisor answers for. */
unsigned long long vtb_msr_read(unsigned int msr);
void vtb_msr_write(unsigned int msr, unsigned long long value);

/* eax, ebx, ecx and edx: what the hypervisor says; zero without one. */
void vtb_cpuid(unsigned int leaf, unsigned int subleaf, unsigned int regs[4]);

/* VMGEXIT, with the registers that the guest has put into its GHCB. */
void vtb_vmgexit(void);

/*
 * Physical address at which frame 0 is memory that the guest shares with its
 * host; below are the same frames as the guest's own. 0: there is no such.
 */
unsigned long long vtb_shared_boundary(void);

/* -- threads and time -- */

/*
 * The per-fiber CPU context that the shadow headers read. vtb_this points to
 * the context of the running fiber; the bench sets it at every switch.
 */
struct vtb_context {
	void *task;			/* struct task_struct *: current */
	unsigned long percpu_offset;	/* of this vCPU */
	int cpu;
	int preempt_count;
	int irqs_disabled;
	int atomic_depth;		/* runtime: rcu/bh nesting checks */
	void *thread;			/* bench side: struct vtb_thread */
	void *locks;			/* runtime: held locks of this context */
	/* kcsan/: accesses of this context are... */
	int race_disabled;		/* nobody's business while not 0 */
	int race_atomic;		/* marked while not 0 */
	int race_atomic_next;		/* marked, so many of them */
	int race_reserved;
	unsigned long race_mask;	/* for one that asserts: of these bits */
};
extern struct vtb_context *vtb_this;

struct vtb_thread;

/*
 * A kernel thread of the current instance on @cpu, runnable at once. It only
 * gets the vCPU when the holder blocks, yields or leaves the kernel.
 */
struct vtb_thread *vtb_thread_new(const char *name, void (*fn)(void *),
				  void *arg, void *task, int cpu, int daemon);
struct vtb_thread *vtb_thread_self(void);
struct vtb_context *vtb_thread_context(struct vtb_thread *thread);
/* Park/unpark with one token; blocking gives the vCPU away. */
void vtb_thread_block(void);
int vtb_thread_block_until(unsigned long long time_ns);	/* 1: woken */
void vtb_thread_wake(struct vtb_thread *thread);
/* Lets other threads of this vCPU run (cond_resched, yield). */
void vtb_thread_resched(void);
void vtb_thread_exit(void) VTB_NORETURN;

/*
 * Busy waiting: the vCPU is kept, interrupts come in if it has them enabled.
 * spin() returns after vtb_thread_wake(), or before; relax() is one round of a
 * loop that nobody wakes; delay() takes virtual time.
 */
void vtb_thread_spin(void);
void vtb_cpu_relax(void);
void vtb_cpu_delay(unsigned long long delay_ns);

/*
 * Context of the task that has vCPU @cpu of the current instance, NULL if it is
 * idle or all its tasks are in user mode; *irq tells whether interrupts are
 * being served there.
 */
struct vtb_context *vtb_cpu_context(int cpu, int *irq);

/* Where the per-CPU data of vCPU @cpu is: what contexts of it start with. */
void vtb_cpu_set_percpu(int cpu, unsigned long offset);

/* The op charged with what this thread does (sim/decide.h). */
unsigned int vtb_op(void);
void vtb_set_op(unsigned int op);

/*
 * One timer: @fn runs in the interrupt context of @cpu (a fiber of its own),
 * where the vCPU has interrupts enabled; otherwise as soon as it has.
 */
struct vtb_timer;
struct vtb_timer *vtb_timer_new(void (*fn)(void *), void *arg, int cpu);
void vtb_timer_set(struct vtb_timer *timer, unsigned long long time_ns);
int vtb_timer_cancel(struct vtb_timer *timer);	/* 1: it was pending */

/* The vCPU's interrupt state may have opened: pending interrupts may run. */
void vtb_irq_window(void);

/* Raise interrupt @irq on @cpu of the current instance: vtb_kernel_irq(). */
void vtb_irq_raise(int cpu, unsigned int irq);

/* Devices have lines 0..62; the last is the runtime's: only entry and exit. */
#define VTB_IRQ_SOFTIRQ		63

/* ---- part 2: kernel to bench -------------------------------------------- */

/* log2 of the bytes of a page; 12 for a kernel that does not define it. */
extern const unsigned int vtb_kernel_page_shift;

struct vtb_boot {
	const char *name;		/* of the instance */
	void *memory;			/* linear map: frame 0 of the machine */
	unsigned long nr_frames;	/* 4 KiB each */
	int nr_cpus;
	unsigned long heap_pages;	/* reserved */
	const char *command_line;	/* NULL: empty */
};

/* Runs in a thread of the new instance: early set-up, then initcalls. */
int vtb_kernel_boot(const struct vtb_boot *boot);

/* Orderly end: exit calls, devices removed, work and RCU drained. */
void vtb_kernel_shutdown(void);

/*
 * The end that a kernel comes to where another one begins (kexec): whoever
 * wants to know is told, nothing else. Processes and devices stay as they are.
 */
void vtb_kernel_restart(void);

/* What is held now; the difference to boot is a leak. */
struct vtb_account {
	unsigned long pages;		/* allocated, not counting user pages */
	unsigned long objects;		/* slab objects */
	unsigned long object_bytes;
	unsigned long user_pages;
	unsigned long pins;		/* pages pinned by the kernel */
	unsigned long locks;		/* held by any context */
	unsigned long vmaps;
	unsigned long work;		/* queued work, timers and RCU callbacks */
};
void vtb_kernel_account(struct vtb_account *account);

/*
 * Describes one object that the account counts and was allocated after
 * @since_serial (e.g. "kmalloc-64 from iova_bitmap_alloc"); its allocation pc
 * goes to *pc. Returns 0, or -1 when there is none.
 */
int vtb_kernel_describe_leak(unsigned long since_serial, char *buf,
			     unsigned long size, const void **pc);
unsigned long vtb_kernel_alloc_serial(void);

#define VTB_STACK_DEPTH	12	/* of allocations, innermost place first */

/* Who holds how many objects, pages and areas: by place of allocation. */
#define VTB_MAX_HOLDERS	512

struct vtb_holders {
	unsigned long serial;		/* of allocations, when it was taken */
	unsigned int nr;
	struct {
		const void *pc;
		unsigned int count;
	} of[VTB_MAX_HOLDERS];
};
void vtb_kernel_holders(struct vtb_holders *holders);

/*
 * As vtb_kernel_describe_leak(), for the oldest of @kind ("object", "page",
 * "vmap") after @since_serial whose place of allocation holds more than @before:
 * what was freed and allocated anew since then is none. @pcs has
 * VTB_STACK_DEPTH entries; those past the end of the stack are NULL. Returns
 * its serial, 0 if there is none.
 */
unsigned long vtb_kernel_describe_growth(const struct vtb_holders *before,
					 unsigned long since_serial,
					 const char *kind, char *buf,
					 unsigned long size, const void **pcs);

/*
 * Prints to @buf what lies at a heap address: "8 bytes after kmalloc-64
 * object", and gives its allocation and free stacks. For ASan reports; reads
 * state only. Returns 0, or -1 if the address is not the kernel heap's.
 */
struct vtb_heap_report {
	char text[160];
	char object[48];		/* "kmalloc-64", "page" */
	const void *alloc_pcs[12];
	const void *free_pcs[12];
};
int vtb_kernel_heap_report(const void *address, struct vtb_heap_report *report);

/* Names of the locks this context holds, "none" if there are none. */
void vtb_kernel_describe_locks(char *buf, unsigned long size);

/* -- processes: what user space can do. All return >= 0 or negative errno. -- */

struct vtb_process;			/* an mm and a file table */
struct vtb_process *vtb_process_new(const char *name);
void vtb_process_exit(struct vtb_process *process);
/*
 * The same without closing files: threads go on. When the last one uses another
 * process or none, it ends as a process does that is killed: address space
 * first, then files.
 */
void vtb_process_release(struct vtb_process *process);
/* The process on whose behalf this thread makes system calls. */
void vtb_process_use(struct vtb_process *process);
/* RLIMIT_MEMLOCK, and whether it has capabilities. At first: none, and all. */
void vtb_process_set_limits(struct vtb_process *process,
			    unsigned long memlock_bytes, int privileged);
/* Pages charged to its address space. */
long vtb_process_locked(struct vtb_process *process);

#define VTB_PROT_READ	1
#define VTB_PROT_WRITE	2
long vtb_sys_mmap(unsigned long address, unsigned long bytes, int prot);
long vtb_sys_mprotect(unsigned long address, unsigned long bytes, int prot);
long vtb_sys_munmap(unsigned long address, unsigned long bytes);
long vtb_sys_open(const char *device);
long vtb_sys_ioctl(int fd, unsigned int cmd, unsigned long arg);
/*
 * The beginning of an ioctl and the rest of it: the file that has the number
 * now is held, as fdget() does it, whatever becomes of the number until then.
 * The first needs no thread; NULL if nothing is open. One of the others must
 * follow, on a thread of that process.
 */
struct file;
struct file *vtb_file_hold(struct vtb_process *process, int fd);
long vtb_sys_ioctl_held(struct file *file, unsigned int cmd, unsigned long arg);
void vtb_file_drop(struct file *file);
long vtb_sys_close(int fd);
/* As over a socket: @to gets the file too; returns its number there. */
long vtb_sys_send_fd(struct vtb_process *to, int fd);
/*
 * A new, empty address space; files stay open. Other threads of the process,
 * which exec ends, have to be told by vtb_process_use().
 */
long vtb_sys_exec(void);

/* The process's own loads and stores; -EFAULT where it would get a signal. */
long vtb_user_load(unsigned long address, void *to, unsigned long bytes);
long vtb_user_store(unsigned long address, const void *from,
		    unsigned long bytes);
/* What a file of debugfs with one number in it says; -ENOENT. May take locks. */
int vtb_debugfs_number(const char *directory, const char *name,
		       unsigned long long *value);
/* Frame (4 KiB) behind a user address, or -EFAULT; faults nothing in. */
long vtb_user_frame(unsigned long address);

/*
 * Adds a device on the instance's platform bus: the driver of that name is
 * probed. Returns the errno of probe. Several devices of one driver have names
 * that differ after a dot: "dma-engine.0". Properties are what firmware says
 * about a device; the name of the first that is not used is NULL.
 */
#define VTB_DEVICE_PROPERTIES	6
struct vtb_device_info {
	const char *name;
	unsigned long long bar_phys;
	unsigned long bar_bytes;
	unsigned int irq;
	struct {
		const char *name;
		unsigned int value;
	} properties[VTB_DEVICE_PROPERTIES];
};
int vtb_device_add(const struct vtb_device_info *info);
void vtb_device_remove(const char *name);

/* Interrupt entry: called on the interrupt context of a vCPU. */
void vtb_kernel_irq(unsigned int irq);

/* -- called by kernel/host only -- */

/* A user thread enters the kernel for the first time: it becomes a task. */
void vtb_kernel_task_begin(const char *name);

/* This thread is about to leave the kernel for user mode. */
void vtb_kernel_to_user(void);

/*
 * vCPU @cpu has nothing to do with any RCU reader it ran before: its task has
 * blocked, yielded or left the kernel, or interrupts that came in while it was
 * idle are over. Called on the fiber that gives the vCPU away.
 */
void vtb_kernel_quiescent(int cpu);

/* Virtual time has passed since this image was live for the last time. */
void vtb_kernel_time(unsigned long long now_ns);

/*
 * What kernel/host calls of part 2, as one object: an executable may have several
 * runtimes, and each instance has the one it was made with. Members may be NULL
 * where a runtime does not do such a thing.
 */
struct vtb_runtime {
	int (*boot)(const struct vtb_boot *boot);
	void (*shutdown)(void);
	void (*restart)(void);
	int (*heap_report)(const void *address,
			   struct vtb_heap_report *report);
	void (*describe_locks)(char *buf, unsigned long size);
	void (*irq)(unsigned int irq);
	void (*task_begin)(const char *name);
	void (*to_user)(void);
	void (*quiescent)(int cpu);
	void (*time)(unsigned long long now_ns);
};

/* Of the runtime in this executable; of the first one if there are several. */
extern const struct vtb_runtime vtb_runtime;

#endif

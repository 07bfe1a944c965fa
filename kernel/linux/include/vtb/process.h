/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - processes, between mm/ and fs/
 *
 * A process is an address space and a table of open files; threads make its
 * system calls (vtb_process_use() sets current->mm, current->files...). The
 * file table is fs/'s, everything else mm/'s. When the last thread leaves, the
 * address space goes first, then the files: so a driver's release() finds
 * neither current->mm nor users of the mm it has kept a reference to.
 */
#ifndef VTB_PROCESS_H
#define VTB_PROCESS_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/sched/signal.h>

#define VTB_NR_FDS	32

struct vtb_process {
	struct vtb_process *next;	/* spare ones */
	struct mm_struct *mm;
	unsigned int users;		/* threads, and whoever made it */
	bool created;			/* the latter still has a reference */
	bool unprivileged;		/* capable() is false */
	char name[16];
	u32 reserved_fds;		/* given out, without a file yet */
	struct file *files[VTB_NR_FDS];
	struct task_struct *leader;	/* the first thread */
	struct signal_struct signal;	/* limits */
};

/* Of the running thread; NULL in kernel threads. */
struct vtb_process *vtb_current_process(void);

/* Closes all files of a process that ends. */
void vtb_files_exit(struct vtb_process *process);

/*
 * The page behind a user address, faulted in if it may be. Returns its page
 * frame number or a negative errno. VTB_FAULT_LOCKED: the caller holds
 * mmap_lock. Without VTB_FAULT_IN only what is present is found.
 */
#define VTB_FAULT_WRITE		1
#define VTB_FAULT_IN		2
#define VTB_FAULT_LOCKED	4
#define VTB_FAULT_FORCE		8	/* as a debugger may */
long vtb_user_page(struct mm_struct *mm, unsigned long address,
		   unsigned int flags);

/* The running thread may take page faults. */
bool vtb_may_fault(void);

#endif

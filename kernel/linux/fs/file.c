// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - open files, and the system calls on them
 *
 * A file is the kernel's struct file on a character device; its operations are
 * the driver's own. The last fput() does not call the driver at once, as in the
 * kernel: a system call first gives up what it holds, then the file is released
 * on the way back to user space. Threads without user space leave it to a work
 * item.
 *
 *    fd table ----+
 *    fget() ------+--> struct file (f_count) --> f_op, private_data
 *    get_file() --+        |  0
 *                          +--> pending --> release()
 */
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <vtb/compat.h>
#include <vtb/process.h>
#include <vtb/runtime.h>
#include "internal.h"

struct vtb_file {
	struct file file;
	struct vtb_file *next;		/* pending */
	struct task_struct *task;	/* that did the last fput(), or NULL */
};

static struct kmem_cache *file_cache;
static struct vtb_file *pending;

static struct vtb_file *to_vtb_file(struct file *file)
{
	return container_of(file, struct vtb_file, file);
}

/* -- release -- */

static void release_file(struct file *file)
{
	const struct file_operations *ops = file->f_op;

	if (ops->release)
		ops->release(file->f_inode, file);
	fops_put(ops);
	kmem_cache_free(file_cache, to_vtb_file(file));
}

/* Files whose last reference @task dropped. */
static void release_pending(struct task_struct *task)
{
	struct vtb_file **link = &pending;

	while (*link) {
		struct vtb_file *f = *link;

		if (f->task != task) {
			link = &f->next;
			continue;
		}
		*link = f->next;
		release_file(&f->file);
		/* The driver may have dropped others meanwhile. */
		link = &pending;
	}
}

static void release_work(struct work_struct *work)
{
	release_pending(NULL);
}

static DECLARE_WORK(delayed_release, release_work);

void fput(struct file *file)
{
	struct vtb_file *f = to_vtb_file(file);

	vtb_sync_release(file);
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	vtb_sync_acquire(file);
	f->task = in_interrupt() || !current->files ? NULL : current;
	f->next = pending;
	pending = f;
	if (!f->task)
		schedule_work(&delayed_release);
}
EXPORT_SYMBOL(fput);

void __fput_sync(struct file *file)
{
	vtb_sync_release(file);
	vtb_sync_acquire(file);
	if (atomic_long_dec_and_test(&file->f_count))
		release_file(file);
}

void flush_delayed_fput(void)
{
	release_pending(NULL);
}
EXPORT_SYMBOL_GPL(flush_delayed_fput);

/* -- the table of open files -- */

static struct file *file_at(struct vtb_process *process, unsigned int fd)
{
	struct file *file = NULL;

	if (process && fd < VTB_NR_FDS)
		file = process->files[fd];
	/* What was done to it before it got a number. */
	if (file)
		vtb_sync_acquire((char *)file + 4);
	return file;
}

static void set_file(struct vtb_process *process, unsigned int fd,
		     struct file *file)
{
	vtb_sync_release((char *)file + 4);
	process->files[fd] = file;
}

static int free_fd(struct vtb_process *process)
{
	int fd;

	for (fd = 0; fd < VTB_NR_FDS; fd++)
		if (!process->files[fd] && !(process->reserved_fds >> fd & 1))
			return fd;
	return -EMFILE;
}

int get_unused_fd_flags(unsigned int flags)
{
	struct vtb_process *process = vtb_current_process();
	int fd;

	vtb_assert(process);
	fd = free_fd(process);
	if (fd >= 0)
		process->reserved_fds |= 1u << fd;
	return fd;
}
EXPORT_SYMBOL(get_unused_fd_flags);

void put_unused_fd(unsigned int fd)
{
	struct vtb_process *process = vtb_current_process();

	WARN_ON(!(process->reserved_fds >> fd & 1));
	process->reserved_fds &= ~(1u << fd);
}
EXPORT_SYMBOL(put_unused_fd);

void fd_install(unsigned int fd, struct file *file)
{
	put_unused_fd(fd);
	set_file(vtb_current_process(), fd, file);
}
EXPORT_SYMBOL(fd_install);

struct file *fget(unsigned int fd)
{
	struct file *file = file_at(vtb_current_process(), fd);

	if (file)
		atomic_long_inc(&file->f_count);
	return file;
}
EXPORT_SYMBOL(fget);

static int close_fd_of(struct vtb_process *process, unsigned int fd)
{
	struct file *file = file_at(process, fd);
	int rc = 0;

	if (!file)
		return -EBADF;
	process->files[fd] = NULL;
	if (file->f_op->flush)
		rc = file->f_op->flush(file, process);
	fput(file);
	return rc;
}

void vtb_files_exit(struct vtb_process *process)
{
	unsigned int fd;

	for (fd = 0; fd < VTB_NR_FDS; fd++)
		close_fd_of(process, fd);
	release_pending(current);
	release_pending(NULL);
}

void vtb_fs_task_exit(struct task_struct *task)
{
	release_pending(task);
	if (task->mm)
		vtb_process_use(NULL);
}

/* -- open, ioctl, close -- */

static struct file *file_new(struct inode *inode,
			     const struct file_operations *ops)
{
	struct vtb_file *f = kmem_cache_zalloc(file_cache, GFP_KERNEL);
	struct file *file;

	if (!f)
		return ERR_PTR(-ENOMEM);
	file = &f->file;
	atomic_long_set(&file->f_count, 1);
	spin_lock_init(&file->f_lock);
	mutex_init(&file->f_pos_lock);
	file->f_op = ops;
	file->f_inode = inode;
	file->f_mode = FMODE_READ | FMODE_WRITE | FMODE_OPENED;
	file->f_flags = O_RDWR;
	return file;
}

/*
 * Opens @inode with @ops, for which the caller holds a module reference that
 * the file takes over.
 */
static struct file *do_open(struct inode *inode,
			    const struct file_operations *ops, void *private)
{
	struct file *file = file_new(inode, ops);
	int rc = 0;

	if (IS_ERR(file)) {
		fops_put(ops);
		return file;
	}
	file->private_data = private;
	if (ops->open)
		rc = ops->open(inode, file);
	if (!rc)
		return file;
	/* A file that did not open is not released. */
	fops_put(ops);
	kmem_cache_free(file_cache, to_vtb_file(file));
	return ERR_PTR(rc);
}

struct file *anon_inode_getfile(const char *name,
				const struct file_operations *fops, void *priv,
				int flags)
{
	static struct inode anon_inode;
	struct file *file;

	if (fops->owner && !try_module_get(fops->owner))
		return ERR_PTR(-ENOENT);
	file = file_new(&anon_inode, fops);
	if (IS_ERR(file)) {
		fops_put(fops);
		return file;
	}
	file->private_data = priv;
	return file;
}
EXPORT_SYMBOL_GPL(anon_inode_getfile);

static long open_device(struct vtb_process *process, const char *device)
{
	const struct file_operations *ops;
	struct inode *inode;
	struct file *file;
	void *private;
	int fd = free_fd(process);

	if (fd < 0)
		return fd;
	ops = vtb_device_lookup(device, &inode, &private);
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	file = do_open(inode, ops, private);
	vtb_device_opened();
	if (IS_ERR(file))
		return PTR_ERR(file);
	/* Another thread may have taken the number while open() slept. */
	fd = free_fd(process);
	if (fd < 0)
		fput(file);
	else
		set_file(process, fd, file);
	return fd;
}

long vtb_sys_open(const char *device)
{
	struct vtb_process *process = vtb_current_process();
	long rc;

	vtb_assert(process);
	if (!strncmp(device, "/dev/", 5))
		device += 5;
	rc = open_device(process, device);
	release_pending(current);
	return rc;
}

/* Takes over the reference to @file. */
static long do_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long rc = -ENOTTY;

	if (file->f_op->unlocked_ioctl)
		rc = file->f_op->unlocked_ioctl(file, cmd, arg);
	if (rc == -ENOIOCTLCMD)
		rc = -ENOTTY;
	vtb_file_drop(file);
	return rc;
}

long vtb_sys_ioctl(int fd, unsigned int cmd, unsigned long arg)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	vtb_trace(VTB_TRACE_SYSCALL, cmd, fd);
	return do_ioctl(file, cmd, arg);
}

struct file *vtb_file_hold(struct vtb_process *process, int fd)
{
	struct file *file = fd >= 0 && fd < VTB_NR_FDS ? process->files[fd] :
							 NULL;

	if (file)
		atomic_long_inc(&file->f_count);
	return file;
}

long vtb_sys_ioctl_held(struct file *file, unsigned int cmd, unsigned long arg)
{
	/* What was done to it before it got a number. */
	vtb_sync_acquire((char *)file + 4);
	vtb_trace(VTB_TRACE_SYSCALL, cmd, 0);
	return do_ioctl(file, cmd, arg);
}

void vtb_file_drop(struct file *file)
{
	fput(file);
	release_pending(current);
}

long vtb_sys_close(int fd)
{
	struct vtb_process *process = vtb_current_process();
	long rc;

	vtb_assert(process);
	rc = close_fd_of(process, fd);
	release_pending(current);
	return rc;
}

long vtb_sys_send_fd(struct vtb_process *to, int fd)
{
	struct file *file = fget(fd);
	int number;

	if (!file)
		return -EBADF;
	number = free_fd(to);
	if (number < 0)
		fput(file);
	else
		to->files[number] = file;
	release_pending(current);
	return number;
}

void vtb_fs_init(void)
{
	file_cache = kmem_cache_create("filp", sizeof(struct vtb_file), 0,
				       SLAB_PANIC, NULL);
}

void vtb_fs_exit(void)
{
	release_pending(NULL);
}

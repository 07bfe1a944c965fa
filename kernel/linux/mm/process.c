// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - address spaces: mappings and their pages; and processes
 *
 * All memory of a process is private and anonymous: pages appear when first
 * touched, zeroed, and go with the mapping, unless something else (a pin) still
 * refers to them. There is no zero page, no copy on write and no swap.
 *
 * Mappings are a sorted array without overlaps, as vm_area_structs so that
 * find_vma() has something to return; neighbours with the same rights become
 * one. Pages hang in a hash by page number,
 * chained through struct vtb_frame:
 *
 *    vtb_mm.buckets[vpn % 64] -> frame 40 -> frame 37 -> 0
 *
 * Locking: mmap_lock as in the kernel; writers are mmap, munmap and mprotect,
 * a page fault reads. Looking up a present page takes no lock, as the page
 * table walk of the hardware.
 */
#define CONFIG_MULTIUSER 1	/* capable() is a function */

#include <linux/capability.h>
#include <linux/export.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vtb/compat.h>
#include <vtb/process.h>
#include "internal.h"

#define NR_BUCKETS	64
#define MIN_VMAS	16

struct vtb_vma {
	struct vm_area_struct vma;
	struct vtb_vma *next;		/* spare ones */
};

struct vtb_mm {
	struct vtb_mm *next;		/* spare ones */
	struct vtb_vma **vmas;
	unsigned int nr_vmas;
	unsigned int max_vmas;
	u32 buckets[NR_BUCKETS];
	struct mm_struct mm;		/* must be last: it has a tail */
};

struct vtb_user_account vtb_user_account;

static struct vtb_vma *spare_vmas;
static struct vtb_mm *spare_mms;
static struct vtb_process *spare_processes;

static struct vtb_mm *to_vtb_mm(struct mm_struct *mm)
{
	return container_of(mm, struct vtb_mm, mm);
}

/* -- pages -- */

static u32 *bucket_of(struct vtb_mm *vm, unsigned long vpn)
{
	return &vm->buckets[vpn % NR_BUCKETS];
}

static unsigned long find_page(struct vtb_mm *vm, unsigned long vpn)
{
	u32 pfn = *bucket_of(vm, vpn);

	while (pfn && vtb_frame_get(pfn)->vpn != vpn)
		pfn = vtb_frame_get(pfn)->next;
	return pfn;
}

/* Threads of the process may write what is mapped writable. */
static void share_page(unsigned long pfn, unsigned long vm_flags)
{
	vtb_frame_user_writes(pfn, (vm_flags & VM_WRITE) != 0);
}

static unsigned long add_page(struct vtb_mm *vm, unsigned long vpn,
			      unsigned long caller)
{
	struct vtb_page_request request = {
		.gfp = GFP_HIGHUSER_MOVABLE | __GFP_ZERO,
		.use = VTB_PAGE_USER,
		.bytes = PAGE_SIZE,
		.caller = caller,
		.no_fault_point = true,
	};
	struct page *page = vtb_pages_alloc(&request);
	struct vtb_frame *frame;

	if (!page)
		return 0;
	page->mapping = (void *)PAGE_MAPPING_ANON;
	atomic_set(&page->_mapcount, 0);
	SetPageUptodate(page);
	frame = vtb_frame_get(page_to_pfn(page));
	frame->vpn = vpn;
	frame->next = *bucket_of(vm, vpn);
	*bucket_of(vm, vpn) = page_to_pfn(page);
	vtb_user_account.pages++;
	return page_to_pfn(page);
}

/* Takes the page at *@link out of the hash. */
static void unmap_page(u32 *link, unsigned long caller)
{
	struct page *page = pfn_to_page(*link);

	vtb_frame_user_writes(*link, 0);
	*link = vtb_frame_get(*link)->next;
	atomic_set(&page->_mapcount, -1);
	if (put_page_testzero(page))
		vtb_pages_release(page, caller);
}

/* Pages [first, end) of a chain. */
static void unmap_chain(u32 *link, unsigned long first, unsigned long end,
			unsigned long caller)
{
	while (*link) {
		struct vtb_frame *frame = vtb_frame_get(*link);

		if (frame->vpn >= first && frame->vpn < end)
			unmap_page(link, caller);
		else
			link = &frame->next;
	}
}

/* Address space is large, what is present of it is not: goes by the hash. */
static void unmap_pages(struct vtb_mm *vm, unsigned long first,
			unsigned long end, unsigned long caller)
{
	unsigned long nr = min(end - first, (unsigned long)NR_BUCKETS);
	unsigned long i;

	for (i = first; i < first + nr; i++)
		unmap_chain(bucket_of(vm, i), first, end, caller);
}

/* Pages [first, end) that are present. */
static void share_pages(struct vtb_mm *vm, unsigned long first,
			unsigned long end, unsigned long vm_flags)
{
	unsigned long nr = min(end - first, (unsigned long)NR_BUCKETS), i;

	for (i = first; i < first + nr; i++) {
		u32 pfn = *bucket_of(vm, i);

		for (; pfn; pfn = vtb_frame_get(pfn)->next)
			if (vtb_frame_get(pfn)->vpn >= first &&
			    vtb_frame_get(pfn)->vpn < end)
				share_page(pfn, vm_flags);
	}
}

void vtb_user_page_gone(unsigned long pfn)
{
	vtb_user_account.pages--;
}

/* -- mappings -- */

static struct vtb_vma *get_vma_struct(void)
{
	struct vtb_vma *vma = spare_vmas;

	if (!vma)
		return vtb_instance_alloc(sizeof(*vma), 8);
	spare_vmas = vma->next;
	memset(vma, 0, sizeof(*vma));
	return vma;
}

static unsigned long vm_flags_of(int prot)
{
	return (prot & VTB_PROT_READ ? VM_READ : 0) |
	       (prot & VTB_PROT_WRITE ? VM_READ | VM_WRITE : 0) |
	       VM_MAYREAD | VM_MAYWRITE;
}

/* Number of the first mapping that ends above @address; nr_vmas if none. */
static unsigned int first_above(const struct vtb_mm *vm, unsigned long address)
{
	unsigned int low = 0, high = vm->nr_vmas;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (vm->vmas[mid]->vma.vm_end > address)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static struct vtb_vma *first_vma(const struct vtb_mm *vm, unsigned long address)
{
	unsigned int i = first_above(vm, address);

	return i < vm->nr_vmas ? vm->vmas[i] : NULL;
}

static struct vtb_vma *vma_at(const struct vtb_mm *vm, unsigned long address)
{
	struct vtb_vma *v = first_vma(vm, address);

	return v && v->vma.vm_start <= address ? v : NULL;
}

/* The old array is lost until the next reset: there is no free. */
static void grow_vmas(struct vtb_mm *vm)
{
	unsigned int max = max(2 * vm->max_vmas, (unsigned int)MIN_VMAS);
	struct vtb_vma **vmas = vtb_instance_alloc(max * sizeof(*vmas), 8);

	if (vm->nr_vmas)
		memcpy(vmas, vm->vmas, vm->nr_vmas * sizeof(*vmas));
	vm->vmas = vmas;
	vm->max_vmas = max;
}

static void insert_vma(struct vtb_mm *vm, unsigned long start,
		       unsigned long end, unsigned long flags)
{
	unsigned int i = first_above(vm, start);
	struct vtb_vma *v = get_vma_struct();

	if (vm->nr_vmas == vm->max_vmas)
		grow_vmas(vm);
	memmove(&vm->vmas[i + 1], &vm->vmas[i],
		(vm->nr_vmas - i) * sizeof(v));
	vm->vmas[i] = v;
	vm->nr_vmas++;
	v->vma.vm_start = start;
	v->vma.vm_end = end;
	v->vma.vm_mm = &vm->mm;
	v->vma.vm_pgoff = start >> PAGE_SHIFT;
	vtb_compat_set_vm_flags(&v->vma, flags);
}

static void remove_vma(struct vtb_mm *vm, unsigned int i)
{
	struct vtb_vma *v = vm->vmas[i];

	vm->nr_vmas--;
	memmove(&vm->vmas[i], &vm->vmas[i + 1], (vm->nr_vmas - i) * sizeof(v));
	v->next = spare_vmas;
	spare_vmas = v;
}

/* Makes @address a boundary between mappings. */
static void split_at(struct vtb_mm *vm, unsigned long address)
{
	struct vtb_vma *v = vma_at(vm, address);
	unsigned long end;

	if (!v || v->vma.vm_start == address)
		return;
	end = v->vma.vm_end;
	v->vma.vm_end = address;
	insert_vma(vm, address, end, v->vma.vm_flags);
}

/* Joins neighbours from the one before @start to the one behind @end. */
static void merge_range(struct vtb_mm *vm, unsigned long start,
			unsigned long end)
{
	unsigned int i = first_above(vm, start - 1);

	while (i + 1 < vm->nr_vmas && vm->vmas[i]->vma.vm_start <= end) {
		struct vtb_vma *v = vm->vmas[i], *next = vm->vmas[i + 1];

		if (v->vma.vm_end == next->vma.vm_start &&
		    v->vma.vm_flags == next->vma.vm_flags) {
			v->vma.vm_end = next->vma.vm_end;
			remove_vma(vm, i + 1);
		} else {
			i++;
		}
	}
}

static void unmap_range(struct vtb_mm *vm, unsigned long start,
			unsigned long end, unsigned long caller)
{
	struct vtb_vma *v;

	split_at(vm, start);
	split_at(vm, end);
	unmap_pages(vm, start >> PAGE_SHIFT, end >> PAGE_SHIFT, caller);
	while ((v = first_vma(vm, start)) && v->vma.vm_start < end)
		remove_vma(vm, first_above(vm, start));
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
	struct vtb_vma *v;

	mmap_assert_locked(mm);
	v = first_vma(to_vtb_mm(mm), address);
	return v ? &v->vma : NULL;
}
EXPORT_SYMBOL(find_vma);

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
					     unsigned long start,
					     unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}
EXPORT_SYMBOL(find_vma_intersection);

/* What vma_lookup() is made of; nothing else here is a maple tree. */
void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	struct mm_struct *mm = container_of(mt, struct mm_struct, mm_mt);
	struct vtb_vma *v;

	mmap_assert_locked(mm);
	v = vma_at(to_vtb_mm(mm), index);
	return v ? &v->vma : NULL;
}
EXPORT_SYMBOL(mtree_load);

/* No page is the zero page. */
unsigned long zero_pfn = ULONG_MAX;
EXPORT_SYMBOL(zero_pfn);

/* -- faults -- */

bool vtb_may_fault(void)
{
	return !faulthandler_disabled();
}

static bool access_allowed(const struct vtb_vma *v, unsigned int flags)
{
	unsigned long need = flags & VTB_FAULT_WRITE ? VM_WRITE : VM_READ;

	if (flags & VTB_FAULT_FORCE)
		need = need == VM_WRITE ? VM_MAYWRITE : VM_MAYREAD;
	return v->vma.vm_flags & need;
}

static long fault_in(struct vtb_mm *vm, unsigned long address,
		     unsigned int flags)
{
	unsigned long vpn = address >> PAGE_SHIFT;
	struct vtb_vma *v;
	long pfn = -EFAULT;

	if (!(flags & VTB_FAULT_LOCKED))
		mmap_read_lock(&vm->mm);
	v = vma_at(vm, address);
	if (v && access_allowed(v, flags)) {
		/* Another thread may have come first. */
		pfn = find_page(vm, vpn) ?: add_page(vm, vpn, _RET_IP_);
		if (pfn)
			share_page(pfn, v->vma.vm_flags);
		else
			pfn = -ENOMEM;
	}
	if (!(flags & VTB_FAULT_LOCKED))
		mmap_read_unlock(&vm->mm);
	return pfn;
}

/*
 * Between a fault and the access that is tried again another thread may have
 * unmapped the page, so it is looked up again.
 */
long vtb_user_page(struct mm_struct *mm, unsigned long address,
		   unsigned int flags)
{
	struct vtb_mm *vm = to_vtb_mm(mm);
	unsigned long pfn;
	struct vtb_vma *v;
	long rc;

	for (;;) {
		v = vma_at(vm, address);
		if (v && access_allowed(v, flags)) {
			pfn = find_page(vm, address >> PAGE_SHIFT);
			if (pfn)
				return pfn;
		}
		if (!(flags & VTB_FAULT_IN))
			return -EFAULT;
		rc = fault_in(vm, address, flags);
		if (rc < 0)
			return rc;
	}
}

/* -- address spaces -- */

static struct vtb_mm *get_mm_struct(void)
{
	struct vtb_mm *vm = spare_mms;
	struct vtb_vma **vmas;
	unsigned int max_vmas;

	if (!vm)
		return vtb_instance_alloc(sizeof(*vm) + cpumask_size(), 64);
	spare_mms = vm->next;
	vmas = vm->vmas;
	max_vmas = vm->max_vmas;
	memset(vm, 0, sizeof(*vm) + cpumask_size());
	vm->vmas = vmas;
	vm->max_vmas = max_vmas;
	return vm;
}

static struct mm_struct *mm_new(void)
{
	struct vtb_mm *vm = get_mm_struct();

	atomic_set(&vm->mm.mm_users, 1);
	atomic_set(&vm->mm.mm_count, 1);
	init_rwsem(&vm->mm.mmap_lock);
	spin_lock_init(&vm->mm.page_table_lock);
	spin_lock_init(&vm->mm.arg_lock);
	vm->mm.task_size = TASK_SIZE_MAX;
	return &vm->mm;
}

/* The last user is gone: so are the mappings. */
static void exit_mm(struct mm_struct *mm)
{
	unmap_range(to_vtb_mm(mm), 0, TASK_SIZE_MAX, _RET_IP_);
	mmdrop(mm);
}

void mmput(struct mm_struct *mm)
{
	might_sleep();
	if (atomic_dec_and_test(&mm->mm_users))
		exit_mm(mm);
}
EXPORT_SYMBOL_GPL(mmput);

void mmput_async(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->mm_users))
		exit_mm(mm);
}
EXPORT_SYMBOL_GPL(mmput_async);

void __mmdrop(struct mm_struct *mm)
{
	struct vtb_mm *vm = to_vtb_mm(mm);

	vm->next = spare_mms;
	spare_mms = vm;
}
EXPORT_SYMBOL_GPL(__mmdrop);

struct mm_struct *get_task_mm(struct task_struct *task)
{
	struct mm_struct *mm;

	task_lock(task);
	mm = task->mm;
	if (mm && (task->flags & PF_KTHREAD))
		mm = NULL;
	if (mm)
		mmget(mm);
	task_unlock(task);
	return mm;
}
EXPORT_SYMBOL_GPL(get_task_mm);

void kthread_use_mm(struct mm_struct *mm)
{
	WARN_ON_ONCE(!(current->flags & PF_KTHREAD) || current->mm);
	mmgrab(mm);
	current->active_mm = mm;
	current->mm = mm;
}
EXPORT_SYMBOL_GPL(kthread_use_mm);

void kthread_unuse_mm(struct mm_struct *mm)
{
	WARN_ON_ONCE(!(current->flags & PF_KTHREAD) || current->mm != mm);
	current->mm = NULL;
	current->active_mm = NULL;
	mmdrop(mm);
}
EXPORT_SYMBOL_GPL(kthread_unuse_mm);

/* -- RLIMIT_MEMLOCK -- */

int __account_locked_vm(struct mm_struct *mm, unsigned long pages, bool inc,
			struct task_struct *task, bool bypass_rlim)
{
	unsigned long limit;

	mmap_assert_write_locked(mm);
	if (!inc) {
		WARN_ON_ONCE(pages > mm->locked_vm);
		mm->locked_vm -= pages;
		return 0;
	}
	limit = task_rlimit(task, RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	if (!bypass_rlim && mm->locked_vm + pages > limit)
		return -ENOMEM;
	mm->locked_vm += pages;
	return 0;
}
EXPORT_SYMBOL_GPL(__account_locked_vm);

int account_locked_vm(struct mm_struct *mm, unsigned long pages, bool inc)
{
	int rc;

	if (!pages || !mm)
		return 0;
	mmap_write_lock(mm);
	rc = __account_locked_vm(mm, pages, inc, current,
				 capable(CAP_IPC_LOCK));
	mmap_write_unlock(mm);
	return rc;
}
EXPORT_SYMBOL_GPL(account_locked_vm);

/* -- processes: bridge.h -- */

/* Threads of a process share what is in its files_struct; here, all of it. */
struct vtb_process *vtb_current_process(void)
{
	return (struct vtb_process *)current->files;
}

bool capable(int cap)
{
	struct vtb_process *process = vtb_current_process();

	return !process || !process->unprivileged;
}
EXPORT_SYMBOL(capable);

struct vtb_process *vtb_process_new(const char *name)
{
	struct vtb_process *process = spare_processes;

	if (process)
		spare_processes = process->next;
	else
		process = vtb_instance_alloc(sizeof(*process), 8);
	memset(process, 0, sizeof(*process));
	strscpy(process->name, name, sizeof(process->name));
	process->mm = mm_new();
	process->signal.rlim[RLIMIT_MEMLOCK].rlim_cur = RLIM_INFINITY;
	process->users = 1;
	process->created = true;
	return process;
}

/* The address space goes before the files, as when the last thread exits. */
static void process_put(struct vtb_process *process)
{
	if (--process->users)
		return;
	vtb_files_exit(process);
	if (process->leader)
		put_task_struct(process->leader);
	process->next = spare_processes;
	spare_processes = process;
}

void vtb_process_release(struct vtb_process *process)
{
	if (!process)
		return;
	process->created = false;
	mmput(process->mm);
	process_put(process);
}

void vtb_process_exit(struct vtb_process *process)
{
	if (!process)
		return;
	vtb_files_exit(process);
	if (vtb_current_process() == process)
		vtb_process_use(NULL);
	vtb_process_release(process);
}

static struct task_struct *leader_of(struct vtb_process *process)
{
	if (!process)
		return current;
	if (!process->leader)
		process->leader = get_task_struct(current);
	return process->leader;
}

/* Every thread of a process counts as a user of its address space. */
void vtb_process_use(struct vtb_process *process)
{
	struct vtb_process *old_process = vtb_current_process();
	struct mm_struct *old = current->mm;

	if (process) {
		mmget(process->mm);
		process->users++;
	}
	/* A leader that has left stays for the limits of the others. */
	if (process)
		current->signal = &process->signal;
	current->group_leader = leader_of(process);
	current->mm = process ? process->mm : NULL;
	current->active_mm = current->mm;
	if (old)
		mmput(old);
	/* It closes the files of the old one with no address space. */
	if (old_process)
		process_put(old_process);
	current->files = (struct files_struct *)process;
}

void vtb_process_set_limits(struct vtb_process *process,
			    unsigned long memlock_bytes, int privileged)
{
	process->signal.rlim[RLIMIT_MEMLOCK].rlim_cur = memlock_bytes;
	process->unprivileged = !privileged;
}

long vtb_sys_exec(void)
{
	struct vtb_process *process = vtb_current_process();
	struct mm_struct *old;

	vtb_assert(process);
	old = process->mm;
	process->mm = mm_new();
	vtb_process_use(process);
	/* The reference of whoever made the process went over. */
	if (process->created)
		mmput(old);
	else
		mmput(process->mm);
	return 0;
}

long vtb_process_locked(struct vtb_process *process)
{
	return process->mm->locked_vm;
}

void vtb_mm_exit(void)
{
	/* The machine's memory stays as it is; the next kernel takes it over. */
}

static int check_range(unsigned long address, unsigned long bytes)
{
	if (offset_in_page(address) || !bytes)
		return -EINVAL;
	if (address < PAGE_SIZE)
		return -EPERM;
	if (bytes > TASK_SIZE_MAX || address > TASK_SIZE_MAX - bytes)
		return -ENOMEM;
	return 0;
}

static struct vtb_mm *lock_current(void)
{
	struct mm_struct *mm = current->mm;

	vtb_assert(mm);
	mmap_write_lock(mm);
	return to_vtb_mm(mm);
}

long vtb_sys_mmap(unsigned long address, unsigned long bytes, int prot)
{
	unsigned long end = PAGE_ALIGN(address + bytes);
	struct vtb_mm *vm;
	struct vtb_vma *v;
	long rc = check_range(address, bytes);

	if (rc)
		return rc;
	vm = lock_current();
	v = first_vma(vm, address);
	if (v && v->vma.vm_start < end) {
		rc = -EEXIST;
	} else {
		insert_vma(vm, address, end, vm_flags_of(prot));
		merge_range(vm, address, end);
	}
	mmap_write_unlock(&vm->mm);
	return rc ?: address;
}

static bool all_mapped(struct vtb_mm *vm, unsigned long start,
		       unsigned long end)
{
	struct vtb_vma *v;

	while (start < end) {
		v = vma_at(vm, start);
		if (!v)
			return false;
		start = v->vma.vm_end;
	}
	return true;
}

static void protect_range(struct vtb_mm *vm, unsigned long start,
			  unsigned long end, unsigned long flags)
{
	unsigned int i;

	split_at(vm, start);
	split_at(vm, end);
	for (i = first_above(vm, start); i < vm->nr_vmas &&
	     vm->vmas[i]->vma.vm_start < end; i++)
		vtb_compat_set_vm_flags(&vm->vmas[i]->vma, flags);
	share_pages(vm, start >> PAGE_SHIFT, end >> PAGE_SHIFT, flags);
	merge_range(vm, start, end);
}

long vtb_sys_mprotect(unsigned long address, unsigned long bytes, int prot)
{
	unsigned long end = PAGE_ALIGN(address + bytes);
	struct vtb_mm *vm;
	long rc = check_range(address, bytes);

	if (rc)
		return rc;
	vm = lock_current();
	if (all_mapped(vm, address, end))
		protect_range(vm, address, end, vm_flags_of(prot));
	else
		rc = -ENOMEM;
	mmap_write_unlock(&vm->mm);
	return rc;
}

long vtb_sys_munmap(unsigned long address, unsigned long bytes)
{
	long rc = check_range(address, bytes);
	struct vtb_mm *vm;

	if (rc)
		return rc == -EPERM ? 0 : -EINVAL;
	vm = lock_current();
	unmap_range(vm, address, PAGE_ALIGN(address + bytes), _RET_IP_);
	mmap_write_unlock(&vm->mm);
	return 0;
}

long vtb_user_frame(unsigned long address)
{
	struct vtb_mm *vm = to_vtb_mm(current->mm);
	unsigned long pfn = find_page(vm, address >> PAGE_SHIFT);

	if (!pfn)
		return -EFAULT;
	return ((pfn << PAGE_SHIFT) + offset_in_page(address)) >>
	       VTB_FRAME_SHIFT;
}

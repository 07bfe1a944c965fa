// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_pin.c - host pages behind mappings, and what is charged for them
 *
 * Pages belong to the address space the mapping was made from, dma->mm. It may
 * have no users any more (the process has died, or called exec); then nothing
 * can be pinned, and nothing needs to be given back to its account.
 *
 * A page is charged once per mapping, however often it is pinned: mapped in
 * domains, all pages are charged; else those in dma->pins.
 */
#include <linux/capability.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <vtb/compat.h>

#include "type1.h"

#define BATCH	(PAGE_SIZE / sizeof(struct page *))

/* -- charging -- */

/* The caller holds a user of @mm. */
static int charge(struct mm_struct *mm, struct task_struct *task, long pages,
		  bool lock_cap)
{
	int rc = mmap_write_lock_killable(mm);

	if (rc)
		return rc;
	rc = __account_locked_vm(mm, abs(pages), pages > 0, task, lock_cap);
	mmap_write_unlock(mm);
	return rc;
}

int type1_charge(struct type1_dma *dma, long pages)
{
	int rc = -ESRCH;

	if (!pages)
		return 0;
	if (mmget_not_zero(dma->mm)) {
		rc = charge(dma->mm, dma->task, pages, dma->lock_cap);
		mmput(dma->mm);
	}
	/* Its account is gone with the process; ours must not stay. */
	if (!rc || pages < 0)
		dma->locked += pages;
	return rc;
}

int type1_change_owner(struct type1_dma *dma)
{
	bool lock_cap = capable(CAP_IPC_LOCK);
	struct mm_struct *mm = current->mm;
	int rc;

	if (!mm)
		return -ENODEV;
	if (mm == dma->mm)
		return 0;
	rc = charge(mm, current->group_leader, dma->locked, lock_cap);
	if (rc)
		return rc;
	if (mmget_not_zero(dma->mm)) {
		charge(dma->mm, dma->task, -(long)dma->locked, dma->lock_cap);
		mmput(dma->mm);
	}
	put_task_struct(dma->task);
	dma->task = get_task_struct(current->group_leader);
	mmgrab(mm);
	mmdrop(dma->mm);
	dma->mm = mm;
	dma->lock_cap = lock_cap;
	return 0;
}

/* -- pins of drivers -- */

static struct type1_pin *pin_find(struct type1_dma *dma, dma_addr_t iova)
{
	struct rb_node *node = dma->pins.rb_node;

	while (node) {
		struct type1_pin *pin = rb_entry(node, struct type1_pin, node);

		if (iova == pin->iova)
			return pin;
		node = iova < pin->iova ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void pin_insert(struct type1_dma *dma, struct type1_pin *new)
{
	struct rb_node **link = &dma->pins.rb_node, *parent = NULL;

	while (*link) {
		struct type1_pin *pin = rb_entry(*link, struct type1_pin, node);

		parent = *link;
		link = new->iova < pin->iova ? &parent->rb_left :
					       &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &dma->pins);
}

static long nr_pins(const struct type1_dma *dma)
{
	struct rb_node *node;
	long nr = 0;

	for (node = rb_first(&dma->pins); node; node = rb_next(node))
		nr++;
	return nr;
}

/* -- all pages of a mapping -- */

/* Appends @nr pages to the runs, joining those that follow one another. */
static int runs_append(struct type1_dma *dma, struct page **pages, long nr)
{
	struct type1_run *run = NULL;
	long i;

	if (!list_empty(&dma->runs))
		run = list_last_entry(&dma->runs, struct type1_run, list);
	for (i = 0; i < nr; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		if (run && pfn == run->pfn + run->nr_pages) {
			run->nr_pages++;
			continue;
		}
		run = kmalloc(sizeof(*run), GFP_KERNEL_ACCOUNT);
		if (!run) {
			unpin_user_pages(pages + i, nr - i);
			return -ENOMEM;
		}
		run->pfn = pfn;
		run->nr_pages = 1;
		list_add_tail(&run->list, &dma->runs);
	}
	return 0;
}

static void runs_drop(struct type1_dma *dma)
{
	bool dirty = dma->prot & IOMMU_WRITE;
	struct type1_run *run, *next;

	list_for_each_entry_safe(run, next, &dma->runs, list) {
		unpin_user_page_range_dirty_lock(pfn_to_page(run->pfn),
						 run->nr_pages, dirty);
		list_del(&run->list);
		kfree(run);
		cond_resched();
	}
}

static unsigned int gup_flags(const struct type1_dma *dma)
{
	return FOLL_LONGTERM | (dma->prot & IOMMU_WRITE ? FOLL_WRITE : 0);
}

/* Up to @nr pages; at least one, or an error. */
static long pin_some(struct type1_dma *dma, unsigned long vaddr, long nr,
		     struct page **pages)
{
	long rc;

	mmap_read_lock(dma->mm);
	rc = vtb_compat_pin_user_pages_remote(dma->mm, vaddr, nr,
					      gup_flags(dma), pages);
	mmap_read_unlock(dma->mm);
	return rc ?: -EFAULT;
}

static int runs_make(struct type1_dma *dma, struct page **pages)
{
	unsigned long vaddr = dma->vaddr;
	long left = dma->size >> PAGE_SHIFT, nr;
	int rc = 0;

	for (; left && !rc; left -= nr, vaddr += nr << PAGE_SHIFT) {
		nr = pin_some(dma, vaddr, min_t(long, left, BATCH), pages);
		if (nr < 0)
			rc = nr;
		else
			rc = runs_append(dma, pages, nr);
		if (rc)
			break;
		cond_resched();
	}
	if (rc)
		runs_drop(dma);
	return rc;
}

/* What a limit will refuse need not be pinned first. */
static int pin_all_of_owner(struct type1_dma *dma)
{
	struct page **pages = (struct page **)__get_free_page(GFP_KERNEL);
	long uncharged = (dma->size >> PAGE_SHIFT) - nr_pins(dma);
	int rc;

	if (!pages)
		return -ENOMEM;
	rc = type1_charge(dma, uncharged);
	if (!rc) {
		rc = runs_make(dma, pages);
		if (rc)
			type1_charge(dma, -uncharged);
	}
	free_page((unsigned long)pages);
	return rc;
}

int type1_pin_all(struct type1_dma *dma)
{
	int rc;

	if (!mmget_not_zero(dma->mm))
		return -ESRCH;
	rc = pin_all_of_owner(dma);
	mmput(dma->mm);
	return rc;
}

void type1_unpin_all(struct type1_dma *dma)
{
	runs_drop(dma);
	type1_charge(dma, nr_pins(dma) - (long)(dma->size >> PAGE_SHIFT));
}

/* -- pages for drivers -- */

static void pin_put(struct type1_dma *dma, struct type1_pin *pin)
{
	if (--pin->count)
		return;
	unpin_user_pages_dirty_lock(&pin->page, 1, dma->prot & IOMMU_WRITE);
	rb_erase(&pin->node, &dma->pins);
	kfree(pin);
	if (!dma->mapped)
		type1_charge(dma, -1);
}

static int pin_page_of_owner(struct type1_dma *dma, struct type1_pin *pin)
{
	long rc = 0;

	if (!dma->mapped)
		rc = type1_charge(dma, 1);
	if (rc)
		return rc;
	rc = pin_some(dma, dma->vaddr + (pin->iova - dma->iova), 1, &pin->page);
	if (rc > 0)
		return 0;
	if (!dma->mapped)
		type1_charge(dma, -1);
	return rc;
}

static struct type1_pin *pin_new(struct type1_dma *dma, dma_addr_t iova)
{
	struct type1_pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	int rc = -ESRCH;

	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->iova = iova;
	if (mmget_not_zero(dma->mm)) {
		rc = pin_page_of_owner(dma, pin);
		mmput(dma->mm);
	}
	if (rc) {
		kfree(pin);
		return ERR_PTR(rc);
	}
	pin_insert(dma, pin);
	return pin;
}

static int pin_one(struct type1_dma *dma, dma_addr_t iova, int prot,
		   struct page **page)
{
	struct type1_pin *pin;

	if (!dma)
		return -EINVAL;
	if ((dma->prot & prot) != prot)
		return -EPERM;
	pin = pin_find(dma, iova);
	if (!pin)
		pin = pin_new(dma, iova);
	if (IS_ERR(pin))
		return PTR_ERR(pin);
	pin->count++;
	*page = pin->page;
	return 0;
}

static bool unpin_one(struct type1 *t, dma_addr_t iova)
{
	struct type1_dma *dma = type1_dma_find(t, iova, iova);
	struct type1_pin *pin = dma ? pin_find(dma, iova) : NULL;

	if (pin)
		pin_put(dma, pin);
	return pin;
}

static int pin_locked(struct type1 *t, struct iommu_group *iommu_group,
		      dma_addr_t iova, int npage, int prot, struct page **pages)
{
	struct type1_group *group = type1_group_find(t, iommu_group);
	dma_addr_t at;
	int i, rc;

	if (t->nr_invalid)
		return -EBUSY;
	if (!group)
		return -EINVAL;
	for (i = 0; i < npage; i++) {
		at = iova + i * PAGE_SIZE;
		rc = pin_one(type1_dma_find(t, at, at), at, prot, &pages[i]);
		if (rc)
			goto err_unpin;
	}
	for (i = 0; i < npage; i++) {
		at = iova + i * PAGE_SIZE;
		type1_dirty_mark(t, type1_dma_find(t, at, at), at, PAGE_SIZE);
	}
	/* From now on it tells what it may write to. */
	if (group->opaque) {
		group->opaque = false;
		t->nr_opaque--;
	}
	return npage;

err_unpin:
	while (i--)
		unpin_one(t, iova + i * PAGE_SIZE);
	return rc;
}

int type1_pin_pages(void *data, struct iommu_group *group, dma_addr_t iova,
		    int npage, int prot, struct page **pages)
{
	struct type1 *t = data;
	int rc;

	if (!t->v2)
		return -EACCES;
	mutex_lock(&t->lock);
	rc = pin_locked(t, group, iova, npage, prot, pages);
	mutex_unlock(&t->lock);
	return rc;
}

void type1_unpin_pages(void *data, dma_addr_t iova, int npage)
{
	struct type1 *t = data;
	int i;

	mutex_lock(&t->lock);
	for (i = 0; i < npage; i++)
		WARN_ON(!unpin_one(t, iova + i * PAGE_SIZE));
	mutex_unlock(&t->lock);
}

/* -- reading and writing for drivers -- */

static int copy(struct type1_dma *dma, dma_addr_t iova, void *buf, size_t bytes,
		bool write)
{
	void __user *user = (void __user *)(dma->vaddr + (iova - dma->iova));
	bool borrow = !current->mm;
	unsigned long left;

	/* Another process has other memory at that address. */
	if (!borrow && current->mm != dma->mm)
		return -EFAULT;
	if (borrow)
		kthread_use_mm(dma->mm);
	left = write ? copy_to_user(user, buf, bytes) :
		       copy_from_user(buf, user, bytes);
	if (borrow)
		kthread_unuse_mm(dma->mm);
	return left ? -EFAULT : 0;
}

/* As much of it as one mapping has; returns the number of bytes. */
static ssize_t rw_some(struct type1 *t, dma_addr_t iova, void *buf,
		       size_t count, bool write)
{
	struct type1_dma *dma = type1_dma_find(t, iova, iova);
	int rc;

	if (!dma)
		return -EINVAL;
	if (!(dma->prot & IOMMU_READ) || (write && !(dma->prot & IOMMU_WRITE)))
		return -EPERM;
	if (!mmget_not_zero(dma->mm))
		return -EPERM;
	count = min_t(u64, count - 1, type1_dma_last(dma) - iova) + 1;
	/* A copy that fails has written something, too. */
	if (write)
		type1_dirty_mark(t, dma, iova, count);
	rc = copy(dma, iova, buf, count, write);
	mmput(dma->mm);
	return rc ?: count;
}

int type1_dma_rw(void *data, dma_addr_t iova, void *buf, size_t count,
		 bool write)
{
	struct type1 *t = data;
	ssize_t done = 0;

	mutex_lock(&t->lock);
	if (t->nr_invalid)
		done = -EBUSY;
	for (; done >= 0 && count; iova += done, buf += done, count -= done) {
		done = rw_some(t, iova, buf, count, write);
		if (done < 0)
			break;
	}
	mutex_unlock(&t->lock);
	return done < 0 ? done : 0;
}

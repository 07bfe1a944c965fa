// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant.c - granting access to own pages, and ending it
 *
 * A grant that is in use cannot be ended: the page stays, and its reference with
 * it, until the other side lets go. What is to be ended later is a chain of
 * references (references.c) that a delayed work goes through once a second. That
 * needs no memory, so nothing is ever lost for want of it: the page is found by
 * the entry, and a reference to it is held meanwhile, the caller's (he gives it
 * away) or one more.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <xen/page.h>

#include "internal.h"

#define RETRY_JIFFIES	HZ

static void end_deferred(struct work_struct *work);

static DEFINE_SPINLOCK(deferred_lock);
static grant_ref_t deferred = GNTTAB_LIST_END;
static DECLARE_DELAYED_WORK(deferred_work, end_deferred);

/* -- granting -- */

void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid,
				     unsigned long frame, int readonly)
{
	gnttab_layout->grant(ref, domid, frame, readonly ? GTF_readonly : 0);
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access_ref);

int gnttab_grant_foreign_access(domid_t domid, unsigned long frame,
				int readonly)
{
	grant_ref_t ref;

	if (gnttab_alloc_grant_references(1, &ref))
		return -ENOSPC;
	gnttab_grant_foreign_access_ref(ref, domid, frame, readonly);
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access);

/* -- ending -- */

int gnttab_end_foreign_access_ref(grant_ref_t ref)
{
	if (WARN_ON_ONCE(!gnttab_ref_is_taken(ref)))
		return 0;
	return gnttab_layout->end(ref);
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access_ref);

int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	if (!gnttab_end_foreign_access_ref(ref))
		return 0;
	gnttab_free_grant_reference(ref);
	return 1;
}
EXPORT_SYMBOL_GPL(gnttab_try_end_foreign_access);

static struct page *page_of(grant_ref_t ref)
{
	return xen_pfn_to_page(gfn_to_pfn(gnttab_layout->frame(ref)));
}

static void defer(grant_ref_t ref)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred_lock, flags);
	gnttab_chain(&deferred, ref);
	spin_unlock_irqrestore(&deferred_lock, flags);
	schedule_delayed_work(&deferred_work, RETRY_JIFFIES);
}

static grant_ref_t take_deferred(void)
{
	grant_ref_t all;

	spin_lock_irq(&deferred_lock);
	all = deferred;
	deferred = GNTTAB_LIST_END;
	spin_unlock_irq(&deferred_lock);
	return all;
}

static void end_deferred(struct work_struct *work)
{
	grant_ref_t all = take_deferred();

	while (all != GNTTAB_LIST_END) {
		grant_ref_t ref = gnttab_unchain(&all);
		struct page *page = page_of(ref);

		if (gnttab_try_end_foreign_access(ref))
			put_page(page);
		else
			defer(ref);
		cond_resched();
	}
}

void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	if (WARN_ON_ONCE(!gnttab_ref_is_taken(ref)))
		return;
	if (gnttab_try_end_foreign_access(ref)) {
		if (page)
			put_page(page);
		return;
	}
	if (!page)
		get_page(page_of(ref));
	defer(ref);
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * map.c - what others have granted: mapping, unmapping, copying
 *
 * Batches go to the hypervisor as they are; each entry comes back with a status.
 * One that has to be tried again, because the granter's page is paged out, is
 * tried alone, each time a little later, until the granter's pager has had half a
 * minute.
 *
 * Mappings need holes in the guest's memory. A page that shows somebody else's
 * frame says so (PageForeign) with whose it is, from the moment it is mapped until
 * the hypervisor has said that it no longer is.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/balloon.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "internal.h"

#define RETRIES		256	/* after 1, 2, 3... ms */
#define UNMAP_DELAY_MS	5

/* -- batches -- */

static void retry(unsigned int command, void *op, int16_t *status)
{
	unsigned int delay_ms;

	for (delay_ms = 1; *status == GNTST_eagain && delay_ms < RETRIES;
	     delay_ms++) {
		msleep(delay_ms);
		if (HYPERVISOR_grant_table_op(command, op, 1))
			break;
	}
	if (*status == GNTST_eagain)
		*status = GNTST_bad_page;
}

void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count)
{
	unsigned int i;

	BUG_ON(HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, batch, count));
	for (i = 0; i < count; i++)
		retry(GNTTABOP_map_grant_ref, &batch[i], &batch[i].status);
}
EXPORT_SYMBOL_GPL(gnttab_batch_map);

void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count)
{
	unsigned int i;

	BUG_ON(HYPERVISOR_grant_table_op(GNTTABOP_copy, batch, count));
	for (i = 0; i < count; i++)
		retry(GNTTABOP_copy, &batch[i], &batch[i].status);
}
EXPORT_SYMBOL_GPL(gnttab_batch_copy);

/* -- mapping -- */

static void set_foreign(struct page *page,
			const struct gnttab_map_grant_ref *op)
{
	struct xen_page_foreign *foreign;

	SetPageForeign(page);
	foreign = xen_page_foreign(page);
	foreign->domid = op->dom;
	foreign->gref = op->ref;
}

int gnttab_map_refs(struct gnttab_map_grant_ref *map_ops,
		    struct gnttab_map_grant_ref *kmap_ops,
		    struct page **pages, unsigned int count)
{
	unsigned int i;
	int rc;

	rc = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, map_ops, count);
	if (rc)
		return rc;
	for (i = 0; i < count; i++) {
		retry(GNTTABOP_map_grant_ref, &map_ops[i], &map_ops[i].status);
		if (map_ops[i].status == GNTST_okay)
			set_foreign(pages[i], &map_ops[i]);
	}
	return set_foreign_p2m_mapping(map_ops, kmap_ops, pages, count);
}
EXPORT_SYMBOL_GPL(gnttab_map_refs);

int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *unmap_ops,
		      struct gnttab_unmap_grant_ref *kunmap_ops,
		      struct page **pages, unsigned int count)
{
	unsigned int i;
	int rc;

	rc = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, unmap_ops,
				       count);
	if (rc)
		return rc;
	for (i = 0; i < count; i++)
		if (unmap_ops[i].status == GNTST_okay)
			ClearPageForeign(pages[i]);
	return clear_foreign_p2m_mapping(unmap_ops, kunmap_ops, pages, count);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs);

/* -- unmapping once nobody else has the pages -- */

static bool is_shared(const struct gntab_unmap_queue_data *item)
{
	unsigned int i;

	for (i = 0; i < item->count; i++)
		if (page_count(item->pages[i]) > 1)
			return true;
	return false;
}

/* Each round waits longer than the one before. */
static void try_unmap(struct gntab_unmap_queue_data *item)
{
	int rc;

	if (is_shared(item)) {
		if (item->age < UINT_MAX)
			item->age++;
		schedule_delayed_work(&item->gnttab_work,
				      msecs_to_jiffies(UNMAP_DELAY_MS *
						       item->age));
		return;
	}
	rc = gnttab_unmap_refs(item->unmap_ops, item->kunmap_ops, item->pages,
			       item->count);
	item->done(rc, item);
}

static void unmap_work(struct work_struct *work)
{
	try_unmap(container_of(to_delayed_work(work),
			       struct gntab_unmap_queue_data, gnttab_work));
}

void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item)
{
	INIT_DELAYED_WORK(&item->gnttab_work, unmap_work);
	item->age = 0;
	try_unmap(item);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_async);

struct unmap_wait {
	struct completion done;
	int rc;
};

static void unmap_done(int rc, struct gntab_unmap_queue_data *item)
{
	struct unmap_wait *wait = item->data;

	wait->rc = rc;
	complete(&wait->done);
}

int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item)
{
	struct unmap_wait wait;

	init_completion(&wait.done);
	item->data = &wait;
	item->done = unmap_done;
	gnttab_unmap_refs_async(item);
	wait_for_completion(&wait.done);
	return wait.rc;
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_sync);

/* -- holes -- */

int gnttab_pages_set_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++)
		SetPagePrivate(pages[i]);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_pages_set_private);

void gnttab_pages_clear_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++)
		if (PagePrivate(pages[i]))
			ClearPagePrivate(pages[i]);
}
EXPORT_SYMBOL_GPL(gnttab_pages_clear_private);

int gnttab_alloc_pages(int nr_pages, struct page **pages)
{
	int rc;

	if (nr_pages < 0)
		return -EINVAL;
	rc = xen_alloc_unpopulated_pages(nr_pages, pages);
	return rc < 0 ? rc : gnttab_pages_set_private(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(gnttab_alloc_pages);

void gnttab_free_pages(int nr_pages, struct page **pages)
{
	gnttab_pages_clear_private(nr_pages, pages);
	xen_free_unpopulated_pages(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(gnttab_free_pages);

void gnttab_page_cache_init(struct gnttab_page_cache *cache)
{
	spin_lock_init(&cache->lock);
	INIT_LIST_HEAD(&cache->pages);
	cache->num_pages = 0;
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_init);

static struct page *cache_take(struct gnttab_page_cache *cache,
			       unsigned int keep)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&cache->lock, flags);
	if (cache->num_pages > keep) {
		page = list_first_entry(&cache->pages, struct page, lru);
		list_del(&page->lru);
		cache->num_pages--;
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return page;
}

int gnttab_page_cache_get(struct gnttab_page_cache *cache, struct page **page)
{
	*page = cache_take(cache, 0);
	return *page ? 0 : gnttab_alloc_pages(1, page);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_get);

void gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page,
			   unsigned int num)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&cache->lock, flags);
	for (i = 0; i < num; i++)
		list_add(&page[i]->lru, &cache->pages);
	cache->num_pages += num;
	spin_unlock_irqrestore(&cache->lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_put);

void gnttab_page_cache_shrink(struct gnttab_page_cache *cache, unsigned int num)
{
	struct page *page;

	while ((page = cache_take(cache, num)))
		gnttab_free_pages(1, &page);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_shrink);

/* -- pages larger than frames -- */

void gnttab_foreach_grant_in_range(struct page *page, unsigned int offset,
				   unsigned int len, xen_grant_fn_t fn,
				   void *data)
{
	unsigned int end = offset + min_t(unsigned int, len,
					  PAGE_SIZE - offset);

	while (offset < end) {
		unsigned int in_frame = xen_offset_in_page(offset);
		unsigned int bytes = min_t(unsigned int, end - offset,
					   XEN_PAGE_SIZE - in_frame);

		fn(pfn_to_gfn(page_to_xen_pfn(page) + XEN_PFN_DOWN(offset)),
		   in_frame, bytes, data);
		offset += bytes;
	}
}
EXPORT_SYMBOL_GPL(gnttab_foreach_grant_in_range);

void gnttab_foreach_grant(struct page **pages, unsigned int nr_grefs,
			  xen_grant_fn_t fn, void *data)
{
	unsigned int i;

	for (i = 0; i < nr_grefs; i++)
		fn(pfn_to_gfn(page_to_xen_pfn(pages[i / XEN_PFN_PER_PAGE]) +
			      i % XEN_PFN_PER_PAGE),
		   i % XEN_PFN_PER_PAGE * XEN_PAGE_SIZE, XEN_PAGE_SIZE, data);
}

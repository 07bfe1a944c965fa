// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgdir-shbuf.c - buffers that are shared with a backend by a page directory
 *
 * A directory page is one word that names the next page of the directory, by its
 * grant reference, and 1023 references of pages of the buffer:
 *
 *	dir start -> +------+---------------------+
 *	             | next | ref 0 ... ref 1022  |
 *	             +--|---+---------------------+
 *	                +-> +------+--------------------+
 *	                    | END  | ref 1023 ... 0 0 0 |
 *	                    +------+--------------------+
 *
 * grefs[] has the references of directory pages first. Where the frontend has the
 * pages (or imports them) those of the buffer follow, and are written into the
 * directory. Where the backend has them it writes the directory, and we map what
 * is there into pages, which are holes.
 *
 * Life. References that are not ours say so (INVALID_GRANT_REF), from the moment
 * there is an array of them; so any failure is undone by the same function as
 * success. Directory pages are single pages: each is given away with its
 * reference, and freed when the backend has let go of it, however late.
 *
 * Unmapping allocates nothing: it goes in batches that fit on the stack.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xenbus.h>
#include <xen/xen-front-pgdir-shbuf.h>

#define GREF_LIST_END	0
#define GREFS_PER_PAGE	(XEN_PAGE_SIZE / sizeof(grant_ref_t) - 1)
#define BATCH		16

struct directory_page {
	grant_ref_t next;
	grant_ref_t gref[GREFS_PER_PAGE];
};

/* Who has the pages: all that differs. */
struct xen_front_pgdir_shbuf_ops {
	bool backend_has_pages;
};

static const struct xen_front_pgdir_shbuf_ops frontend_ops = { };
static const struct xen_front_pgdir_shbuf_ops backend_ops = {
	.backend_has_pages = true,
};

static int nr_dir_pages(const struct xen_front_pgdir_shbuf *buf)
{
	return DIV_ROUND_UP(buf->num_pages, GREFS_PER_PAGE);
}

static struct directory_page *dir_page(const struct xen_front_pgdir_shbuf *buf,
				       int n)
{
	return (struct directory_page *)buf->directory + n;
}

static phys_addr_t address_of(struct page *page)
{
	return (phys_addr_t)(unsigned long)page_address(page);
}

/* -- unmapping and mapping what the backend has -- */

/* Handles of [first, first + nr) that the hypervisor took back are no more. */
static int unmap_batch(struct xen_front_pgdir_shbuf *buf, int first, int nr)
{
	struct gnttab_unmap_grant_ref ops[BATCH];
	struct page *pages[BATCH];
	int at[BATCH], n = 0, i, rc;

	for (i = first; i < first + nr; i++) {
		if (buf->backend_map_handles[i] == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(&ops[n], address_of(buf->pages[i]),
				    GNTMAP_host_map,
				    buf->backend_map_handles[i]);
		pages[n] = buf->pages[i];
		at[n++] = i;
	}
	if (!n)
		return 0;
	rc = gnttab_unmap_refs(ops, NULL, pages, n);
	for (i = 0; i < n && !rc; i++) {
		if (ops[i].status != GNTST_okay)
			rc = -ENXIO;
		else
			buf->backend_map_handles[at[i]] = INVALID_GRANT_HANDLE;
	}
	return rc;
}

int xen_front_pgdir_shbuf_unmap(struct xen_front_pgdir_shbuf *buf)
{
	int i, rc = 0, one;

	if (!buf->backend_map_handles)
		return 0;
	for (i = 0; i < buf->num_pages; i += BATCH) {
		one = unmap_batch(buf, i, min(BATCH, buf->num_pages - i));
		if (one)
			rc = one;
	}
	if (rc) {
		dev_err(&buf->xb_dev->dev, "pages stay mapped: %d\n", rc);
		return rc;
	}
	kvfree(buf->backend_map_handles);
	buf->backend_map_handles = NULL;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_front_pgdir_shbuf_unmap);

/* The backend may write the directory meanwhile: each word is read once. */
static grant_ref_t read_gref(const struct xen_front_pgdir_shbuf *buf, int n)
{
	return READ_ONCE(dir_page(buf, n / GREFS_PER_PAGE)->gref[n %
								 GREFS_PER_PAGE]);
}

static int map_batch(struct xen_front_pgdir_shbuf *buf, int first, int nr)
{
	struct gnttab_map_grant_ref ops[BATCH];
	int i, rc;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&ops[i], address_of(buf->pages[first + i]),
				  GNTMAP_host_map, read_gref(buf, first + i),
				  buf->xb_dev->otherend_id);
	rc = gnttab_map_refs(ops, NULL, &buf->pages[first], nr);
	for (i = 0; i < nr; i++) {
		if (ops[i].status == GNTST_okay)
			buf->backend_map_handles[first + i] = ops[i].handle;
		else if (!rc)
			rc = -ENXIO;
	}
	return rc;
}

int xen_front_pgdir_shbuf_map(struct xen_front_pgdir_shbuf *buf)
{
	int i, rc = 0;

	if (!buf->ops || !buf->ops->backend_has_pages)
		return 0;
	if (buf->backend_map_handles)
		return -EBUSY;
	buf->backend_map_handles = kvmalloc_array(buf->num_pages,
						  sizeof(grant_handle_t),
						  GFP_KERNEL);
	if (!buf->backend_map_handles)
		return -ENOMEM;
	for (i = 0; i < buf->num_pages; i++)
		buf->backend_map_handles[i] = INVALID_GRANT_HANDLE;
	for (i = 0; i < buf->num_pages && !rc; i += BATCH)
		rc = map_batch(buf, i, min(BATCH, buf->num_pages - i));
	if (rc) {
		dev_err(&buf->xb_dev->dev, "cannot map the buffer: %d\n", rc);
		xen_front_pgdir_shbuf_unmap(buf);
	}
	return rc;
}
EXPORT_SYMBOL_GPL(xen_front_pgdir_shbuf_map);

/* -- the directory -- */

static void fill_page_dir(struct xen_front_pgdir_shbuf *buf)
{
	const grant_ref_t *grefs = buf->grefs + nr_dir_pages(buf);
	int left = buf->ops->backend_has_pages ? 0 : buf->num_pages;
	int last = nr_dir_pages(buf) - 1, i;

	for (i = 0; i <= last; i++) {
		int nr = min_t(int, left, GREFS_PER_PAGE);

		dir_page(buf, i)->next = i < last ? buf->grefs[i + 1] :
						    GREF_LIST_END;
		memcpy(dir_page(buf, i)->gref, grefs, nr * sizeof(*grefs));
		grefs += nr;
		left -= nr;
	}
}

grant_ref_t
xen_front_pgdir_shbuf_get_dir_start(struct xen_front_pgdir_shbuf *buf)
{
	return buf->grefs ? buf->grefs[0] : INVALID_GRANT_REF;
}
EXPORT_SYMBOL_GPL(xen_front_pgdir_shbuf_get_dir_start);

/* -- references -- */

static struct page *granted_page(const struct xen_front_pgdir_shbuf *buf, int n)
{
	int nr_dir = nr_dir_pages(buf);

	return n < nr_dir ? virt_to_page(dir_page(buf, n)) :
			    buf->pages[n - nr_dir];
}

static int grant_references(struct xen_front_pgdir_shbuf *buf)
{
	grant_ref_t head;
	int i, ref, rc;

	rc = gnttab_alloc_grant_references(buf->num_grefs, &head);
	if (rc)
		return rc;
	for (i = 0; i < buf->num_grefs; i++) {
		ref = gnttab_claim_grant_reference(&head);
		if (ref < 0)
			break;
		gnttab_grant_foreign_access_ref(ref, buf->xb_dev->otherend_id,
						xen_page_to_gfn(granted_page(buf,
									     i)),
						0);
		buf->grefs[i] = ref;
	}
	gnttab_free_grant_references(head);
	return i < buf->num_grefs ? -ENOSPC : 0;
}

/* Directory pages go with their references; those of the buffer are not ours. */
static void end_references(struct xen_front_pgdir_shbuf *buf)
{
	int nr_dir = nr_dir_pages(buf), i;

	for (i = 0; i < buf->num_grefs; i++) {
		struct page *page = i < nr_dir ? granted_page(buf, i) : NULL;

		if (buf->grefs[i] != INVALID_GRANT_REF)
			gnttab_end_foreign_access(buf->grefs[i], page);
		else if (page)
			put_page(page);
	}
}

/* -- the buffer -- */

void xen_front_pgdir_shbuf_free(struct xen_front_pgdir_shbuf *buf)
{
	xen_front_pgdir_shbuf_unmap(buf);
	if (buf->directory)
		end_references(buf);
	kvfree(buf->grefs);
	buf->grefs = NULL;
	buf->directory = NULL;
	buf->num_grefs = 0;
}
EXPORT_SYMBOL_GPL(xen_front_pgdir_shbuf_free);

static int alloc_storage(struct xen_front_pgdir_shbuf *buf)
{
	int i;

	buf->grefs = kvmalloc_array(buf->num_grefs, sizeof(*buf->grefs),
				    GFP_KERNEL);
	if (!buf->grefs)
		return -ENOMEM;
	for (i = 0; i < buf->num_grefs; i++)
		buf->grefs[i] = INVALID_GRANT_REF;
	/* What the backend sees of it is ours, to the last byte. */
	buf->directory = alloc_pages_exact(nr_dir_pages(buf) * PAGE_SIZE,
					   GFP_KERNEL | __GFP_ZERO);
	return buf->directory ? 0 : -ENOMEM;
}

int xen_front_pgdir_shbuf_alloc(struct xen_front_pgdir_shbuf_cfg *cfg)
{
	struct xen_front_pgdir_shbuf *buf = cfg->pgdir;
	int rc;

	BUILD_BUG_ON(sizeof(struct directory_page) != PAGE_SIZE);
	if (cfg->num_pages <= 0 || cfg->num_pages > U16_MAX)
		return -EINVAL;
	*buf = (struct xen_front_pgdir_shbuf){
		.num_pages = cfg->num_pages,
		.pages = cfg->pages,
		.xb_dev = cfg->xb_dev,
		.ops = cfg->be_alloc ? &backend_ops : &frontend_ops,
	};
	buf->num_grefs = nr_dir_pages(buf) +
			 (cfg->be_alloc ? 0 : buf->num_pages);
	/* Counts of references have 16 bits. */
	if (buf->num_grefs > U16_MAX)
		return -EINVAL;
	rc = alloc_storage(buf);
	if (!rc)
		rc = grant_references(buf);
	if (rc) {
		xen_front_pgdir_shbuf_free(buf);
		return rc;
	}
	fill_page_dir(buf);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_front_pgdir_shbuf_alloc);

MODULE_DESCRIPTION("Buffers shared with a Xen backend by a page directory");
MODULE_LICENSE("GPL");

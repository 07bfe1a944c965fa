// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - the table itself: where its frames are, what an entry looks like
 *
 * The table is memory that this guest and the hypervisor both write. Frames of it
 * appear where the guest asks for them (it has translated memory); the places are
 * laid out once for all that the table may grow to, the status frames of version
 * 2 in holes of our own.
 *
 *	version 1: one word says who may use an entry and who does
 *	    flags:16 domid:16 frame:32		guest and hypervisor, atomically
 *
 *	version 2: two words, each with one writer
 *	    flags:16 domid:16 - frame:64	guest
 *	    status:16				hypervisor, in a frame of its own
 *
 * Ending an entry of version 2 is therefore a store and a load with a full
 * barrier in between, against the hypervisor's store of the status and its second
 * look at the flags: at least one of both sees the other.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <asm/barrier.h>
#include <asm/xen/hypercall.h>

#include "internal.h"

/* In the index of XENMEM_add_to_physmap, memory.h of Xen. */
#define MAPIDX_STATUS		(1ul << 31)
#define STATUS_PER_FRAME	(XEN_PAGE_SIZE / sizeof(grant_status_t))

/* A hypervisor that cannot be asked has no more. */
#define LEGACY_MAX_FRAMES	4

struct grant_frames xen_auto_xlat_grant_frames;

const struct gnttab_layout *gnttab_layout;

static unsigned int nr_frames;
static unsigned int max_frames;
static struct page **status_pages;
static unsigned int nr_status_pages;

/* -- version 1 -- */

static struct grant_entry_v1 *entry_v1(grant_ref_t ref)
{
	return (struct grant_entry_v1 *)xen_auto_xlat_grant_frames.vaddr + ref;
}

static void grant_v1(grant_ref_t ref, domid_t domid, unsigned long frame,
		     u16 flags)
{
	struct grant_entry_v1 *entry = entry_v1(ref);

	WRITE_ONCE(entry->frame, frame);
	WRITE_ONCE(entry->domid, domid);
	virt_wmb();	/* what is granted, before that it is */
	WRITE_ONCE(entry->flags, GTF_permit_access | flags);
}

static bool end_v1(grant_ref_t ref)
{
	struct grant_entry_v1 *entry = entry_v1(ref);
	u16 flags = READ_ONCE(entry->flags);

	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
	} while (!try_cmpxchg(&entry->flags, &flags, 0));
	return true;
}

static unsigned long frame_v1(grant_ref_t ref)
{
	return READ_ONCE(entry_v1(ref)->frame);
}

static const struct gnttab_layout layout_v1 = {
	.version = 1,
	.refs_per_frame = XEN_PAGE_SIZE / sizeof(struct grant_entry_v1),
	.grant = grant_v1,
	.end = end_v1,
	.frame = frame_v1,
};

/* -- version 2 -- */

static union grant_entry_v2 *entry_v2(grant_ref_t ref)
{
	return (union grant_entry_v2 *)xen_auto_xlat_grant_frames.vaddr + ref;
}

static grant_status_t *status_of(grant_ref_t ref)
{
	grant_status_t *page =
		page_address(status_pages[ref / STATUS_PER_FRAME]);

	return page + ref % STATUS_PER_FRAME;
}

static void grant_v2(grant_ref_t ref, domid_t domid, unsigned long frame,
		     u16 flags)
{
	union grant_entry_v2 *entry = entry_v2(ref);

	WRITE_ONCE(entry->full_page.frame, frame);
	WRITE_ONCE(entry->hdr.domid, domid);
	virt_wmb();	/* what is granted, before that it is */
	WRITE_ONCE(entry->hdr.flags, GTF_permit_access | flags);
}

static bool end_v2(grant_ref_t ref)
{
	WRITE_ONCE(entry_v2(ref)->hdr.flags, 0);
	virt_mb();	/* that it has ended, before whether it is in use */
	if (READ_ONCE(*status_of(ref)) & (GTF_reading | GTF_writing))
		return false;
	virt_rmb();	/* and before what the user has left in the page */
	return true;
}

static unsigned long frame_v2(grant_ref_t ref)
{
	return READ_ONCE(entry_v2(ref)->full_page.frame);
}

static const struct gnttab_layout layout_v2 = {
	.version = 2,
	.refs_per_frame = XEN_PAGE_SIZE / sizeof(union grant_entry_v2),
	.grant = grant_v2,
	.end = end_v2,
	.frame = frame_v2,
};

/* -- frames -- */

unsigned int gnttab_max_grant_frames(void)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };

	if (HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) ||
	    query.status != GNTST_okay)
		return LEGACY_MAX_FRAMES;
	/* What has been laid out at boot is all there is room for. */
	if (max_frames)
		return min(query.max_nr_frames, max_frames);
	return query.max_nr_frames;
}
EXPORT_SYMBOL_GPL(gnttab_max_grant_frames);

static int place(unsigned long index, xen_pfn_t pfn)
{
	struct xen_add_to_physmap where = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_grant_table,
		.idx = index,
		.gpfn = pfn,
	};

	return HYPERVISOR_memory_op(XENMEM_add_to_physmap, &where);
}

static unsigned int status_frames(unsigned int frames)
{
	return DIV_ROUND_UP(frames * gnttab_layout->refs_per_frame,
			    STATUS_PER_FRAME);
}

/*
 * Frames [from, to). The highest comes first: if the hypervisor cannot have so
 * many it says so before anything has changed.
 */
static int place_frames(unsigned int from, unsigned int to)
{
	unsigned int i;
	int rc;

	for (i = to; i > from; i--) {
		rc = place(i - 1, xen_auto_xlat_grant_frames.pfn[i - 1]);
		if (rc)
			return rc;
	}
	if (gnttab_layout->version == 1)
		return 0;
	for (i = status_frames(from); i < status_frames(to); i++) {
		rc = place(i | MAPIDX_STATUS, page_to_xen_pfn(status_pages[i]));
		if (rc)
			return rc;
	}
	return 0;
}

int gnttab_table_grow(unsigned int nr)
{
	unsigned int more = DIV_ROUND_UP(nr, gnttab_layout->refs_per_frame);

	if (nr_frames + more > max_frames ||
	    place_frames(nr_frames, nr_frames + more))
		return -ENOSPC;
	nr_frames += more;
	return more * gnttab_layout->refs_per_frame;
}

/* -- at boot -- */

int gnttab_setup_auto_xlat_frames(phys_addr_t addr)
{
	struct grant_frames *frames = &xen_auto_xlat_grant_frames;
	unsigned int nr = gnttab_max_grant_frames(), i;

	if (frames->count)
		return -EINVAL;
	frames->vaddr = memremap(addr, nr * XEN_PAGE_SIZE, MEMREMAP_WB);
	if (!frames->vaddr)
		return -ENOMEM;
	frames->pfn = kcalloc(nr, sizeof(*frames->pfn), GFP_KERNEL);
	if (!frames->pfn) {
		memunmap(frames->vaddr);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		frames->pfn[i] = XEN_PFN_DOWN(addr) + i;
	frames->count = nr;
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_setup_auto_xlat_frames);

void gnttab_free_auto_xlat_frames(void)
{
	struct grant_frames *frames = &xen_auto_xlat_grant_frames;

	if (!frames->count)
		return;
	kfree(frames->pfn);
	memunmap(frames->vaddr);
	*frames = (struct grant_frames){ };
}
EXPORT_SYMBOL_GPL(gnttab_free_auto_xlat_frames);

/* Entries of version 1 have 32 bits for a frame. */
static void choose_version(void)
{
	struct gnttab_set_version set = {
		.version = max_possible_pfn >> 32 ? 2 : 1,
	};

	if (HYPERVISOR_grant_table_op(GNTTABOP_set_version, &set, 1))
		set.version = 1;
	gnttab_layout = set.version == 2 ? &layout_v2 : &layout_v1;
}

static int alloc_status(void)
{
	int rc;

	if (gnttab_layout->version == 1)
		return 0;
	nr_status_pages = status_frames(max_frames);
	status_pages = kcalloc(nr_status_pages, sizeof(*status_pages),
			       GFP_KERNEL);
	if (!status_pages)
		return -ENOMEM;
	rc = xen_alloc_unpopulated_pages(nr_status_pages, status_pages);
	if (rc) {
		kfree(status_pages);
		status_pages = NULL;
	}
	return rc;
}

static void free_status(void)
{
	if (!status_pages)
		return;
	xen_free_unpopulated_pages(nr_status_pages, status_pages);
	kfree(status_pages);
	status_pages = NULL;
}

int gnttab_init(void)
{
	unsigned int refs;
	int rc;

	choose_version();
	max_frames = min(gnttab_max_grant_frames(),
			 xen_auto_xlat_grant_frames.count);
	if (!max_frames)
		return -ENODEV;
	rc = alloc_status();
	if (rc)
		return rc;
	rc = place_frames(0, 1);
	if (rc)
		goto out_status;
	nr_frames = 1;
	refs = gnttab_layout->refs_per_frame;
	rc = gnttab_refs_init(refs, max_frames * refs);
	if (rc)
		goto out_status;
	return 0;

out_status:
	free_status();
	return rc;
}
EXPORT_SYMBOL_GPL(gnttab_init);

/* Another host may have another hypervisor: the table is made once more. */
int gnttab_resume(void)
{
	const struct gnttab_layout *before = gnttab_layout;

	choose_version();
	if (gnttab_layout != before || gnttab_max_grant_frames() < nr_frames)
		return -ENOSYS;
	return place_frames(0, nr_frames);
}

/* Translated guests have nothing to take down: gnttab_resume() places it anew. */
int gnttab_suspend(void)
{
	return 0;
}

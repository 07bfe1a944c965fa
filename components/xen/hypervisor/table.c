/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.c - a domain's table: its size, its version, where its frames are
 *
 * Frames that the guest sees are the hypervisor's own and shared with it. A
 * guest can have other references to one (its place in memory, a grant of it),
 * so a frame is only freed when unshare_xen_page_with_guest() says that there
 * are none.
 */
#include "internal.h"

static unsigned int active_pages_for(unsigned int nr_frames)
{
	return (nr_frames * V1_PER_FRAME + ACTIVE_PER_PAGE - 1) /
	       ACTIVE_PER_PAGE;
}

/* Words for the entries of as many frames as there may be fit into one. */
static unsigned int status_frames_for(unsigned int nr_frames)
{
	return (nr_frames * V2_PER_FRAME + STATUS_PER_FRAME - 1) /
	       STATUS_PER_FRAME;
}

/* -- size ----------------------------------------------------------------- */

static int grow_active(struct grant_table *gt, unsigned int nr_frames)
{
	unsigned int i, page;
	struct active_entry *act;

	for (page = gt->nr_active_pages; page < active_pages_for(nr_frames);
	     page++) {
		act = alloc_xenheap_page();
		if (!act)
			return -ENOMEM;
		clear_page(act);
		for (i = 0; i < ACTIVE_PER_PAGE; i++)
			spin_lock_init(&act[i].lock, RANK_ACTIVE);
		gt->active[page] = act;
		/* There is no harm in some that nothing needs yet. */
		gt->nr_active_pages = page + 1;
	}
	return 0;
}

static int grow_status(struct domain *d, unsigned int nr_frames)
{
	struct grant_table *gt = d->grant_table;
	grant_status_t *frame;

	while (gt->nr_status_frames < status_frames_for(nr_frames)) {
		frame = alloc_xenheap_page();
		if (!frame)
			return -ENOMEM;
		clear_page(frame);
		share_xen_page_with_guest(frame, d);
		gt->status[gt->nr_status_frames++] = frame;
	}
	return 0;
}

static int grow_shared(struct domain *d, unsigned int nr_frames)
{
	struct grant_table *gt = d->grant_table;
	void *frame;

	while (gt->nr_grant_frames < nr_frames) {
		frame = alloc_xenheap_page();
		if (!frame)
			return -ENOMEM;
		clear_page(frame);
		share_xen_page_with_guest(frame, d);
		gt->shared[gt->nr_grant_frames++] = frame;
	}
	return 0;
}

/* What a frame needs is there before the frame is. */
static int grow_table(struct domain *d, unsigned int nr_frames)
{
	struct grant_table *gt = d->grant_table;
	int rc;

	if (nr_frames > gt->max_grant_frames)
		return -ENOSPC;
	rc = grow_active(gt, nr_frames);
	if (!rc && gt->version == 2)
		rc = grow_status(d, nr_frames);
	return rc ? rc : grow_shared(d, nr_frames);
}

int grant_table_init(struct domain *d, unsigned int max_grant_frames,
		     unsigned int max_maptrack_frames)
{
	struct grant_table *gt = xzalloc(struct grant_table);

	if (!gt)
		return -ENOMEM;
	rwlock_init(&gt->lock, RANK_GRANT_TABLE);
	gt->version = 1;
	gt->max_grant_frames = max_grant_frames < MAX_GRANT_FRAMES ?
			       max_grant_frames : MAX_GRANT_FRAMES;
	gt->max_maptrack_frames = max_maptrack_frames < MAX_MAPTRACK_FRAMES ?
				  max_maptrack_frames : MAX_MAPTRACK_FRAMES;
	d->grant_table = gt;
	maptrack_init(d);
	return 0;
}

void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	unsigned int i;

	for (i = 0; i < gt->nr_grant_frames; i++)
		free_xenheap_page(gt->shared[i]);
	for (i = 0; i < gt->nr_status_frames; i++)
		free_xenheap_page(gt->status[i]);
	for (i = 0; i < gt->nr_active_pages; i++)
		free_xenheap_page(gt->active[i]);
	maptrack_destroy(d);
	xfree(gt);
	d->grant_table = NULL;
}

/* -- places --------------------------------------------------------------- */

static int frame_at(struct domain *d, bool status, unsigned long idx,
		    void **frame)
{
	struct grant_table *gt = d->grant_table;
	unsigned int *nr = status ? &gt->nr_status_frames :
				    &gt->nr_grant_frames;
	int rc = 0;

	if (idx >= MAX_GRANT_FRAMES || (status && gt->version != 2))
		return -EINVAL;
	if (idx >= *nr && !status)
		rc = grow_table(d, idx + 1);
	if (rc || idx >= *nr)
		return -EINVAL;
	*frame = status ? (void *)gt->status[idx] : gt->shared[idx];
	return 0;
}

int gnttab_map_frame(struct domain *d, unsigned long idx, unsigned long gfn,
		     unsigned long *mfn)
{
	bool status = idx & XENMAPIDX_grant_table_status;
	struct grant_table *gt = d->grant_table;
	void *frame;
	int rc;

	(void)gfn;
	write_lock(&gt->lock);
	rc = frame_at(d, status, idx & ~XENMAPIDX_grant_table_status, &frame);
	/* Before the version can change again. */
	if (!rc && !get_page(virt_to_page(frame), d))
		rc = -EBUSY;
	if (!rc)
		*mfn = virt_to_mfn(frame);
	write_unlock(&gt->lock);
	return rc;
}

static bool is_self(domid_t domid)
{
	return domid == DOMID_SELF || domid == current->domain->domain_id;
}

static int list_frames(guest_addr_t list, void *const *frames, unsigned int nr)
{
	uint64_t gfn;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		gfn = virt_to_page(frames[i])->gfn;
		if (copy_to_guest(list + i * sizeof(gfn), &gfn, sizeof(gfn)))
			return GNTST_bad_virt_addr;
	}
	return GNTST_okay;
}

static int setup_table(struct gnttab_setup_table *op)
{
	struct domain *d = current->domain;
	struct grant_table *gt = d->grant_table;
	int rc;

	if (!is_self(op->dom))
		return GNTST_permission_denied;
	write_lock(&gt->lock);
	rc = op->nr_frames > gt->max_grant_frames ||
	     grow_table(d, op->nr_frames) ? GNTST_general_error :
	     list_frames(op->frame_list, gt->shared, op->nr_frames);
	write_unlock(&gt->lock);
	return rc;
}

long gnttab_setup_table(guest_addr_t uop)
{
	struct gnttab_setup_table op;

	if (copy_from_guest(&op, uop, sizeof(op)))
		return -EFAULT;
	op.status = setup_table(&op);
	return copy_to_guest(uop, &op, sizeof(op));
}

static int get_status_frames(struct gnttab_get_status_frames *op)
{
	struct grant_table *gt = current->domain->grant_table;
	int rc = GNTST_general_error;

	if (!is_self(op->dom))
		return GNTST_permission_denied;
	read_lock(&gt->lock);
	if (op->nr_frames <= gt->nr_status_frames)
		rc = list_frames(op->frame_list, (void *const *)gt->status,
				 op->nr_frames);
	read_unlock(&gt->lock);
	return rc;
}

long gnttab_get_status_frames(guest_addr_t uop)
{
	struct gnttab_get_status_frames op;

	if (copy_from_guest(&op, uop, sizeof(op)))
		return -EFAULT;
	op.status = get_status_frames(&op);
	return copy_to_guest(uop, &op, sizeof(op));
}

long gnttab_query_size(guest_addr_t uop)
{
	struct grant_table *gt = current->domain->grant_table;
	struct gnttab_query_size op;

	if (copy_from_guest(&op, uop, sizeof(op)))
		return -EFAULT;
	op.status = GNTST_permission_denied;
	if (is_self(op.dom)) {
		read_lock(&gt->lock);
		op.nr_frames = gt->nr_grant_frames;
		op.max_nr_frames = gt->max_grant_frames;
		read_unlock(&gt->lock);
		op.status = GNTST_okay;
	}
	return copy_to_guest(uop, &op, sizeof(op));
}

/* -- version -------------------------------------------------------------- */

/* Status frame @i is the hypervisor's alone, and nobody sees it any more. */
static int take_status_back(struct domain *d, unsigned int i,
			    unsigned long *gfn)
{
	grant_status_t *frame = d->grant_table->status[i];

	*gfn = virt_to_page(frame)->gfn;
	if (*gfn != INVALID_GFN) {
		p2m_remove(d, *gfn, virt_to_mfn(frame), p2m_ram_rw);
		flush_tlb_domain(d);
	}
	if (unshare_xen_page_with_guest(frame))
		return 0;
	if (*gfn != INVALID_GFN)
		p2m_add(d, *gfn, virt_to_mfn(frame), p2m_ram_rw);
	return -EBUSY;
}

static void give_status_again(struct domain *d, unsigned int i,
			      unsigned long gfn)
{
	grant_status_t *frame = d->grant_table->status[i];

	share_xen_page_with_guest(frame, d);
	if (gfn != INVALID_GFN)
		p2m_add(d, gfn, virt_to_mfn(frame), p2m_ram_rw);
}

static int drop_status(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	unsigned long gfn[MAX_STATUS_FRAMES];
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < gt->nr_status_frames; i++)
		rc = take_status_back(d, i, &gfn[i]);
	if (rc) {
		for (i--; i--;)
			give_status_again(d, i, gfn[i]);
		return rc;
	}
	for (i = 0; i < gt->nr_status_frames; i++) {
		free_xenheap_page(gt->status[i]);
		gt->status[i] = NULL;
	}
	gt->nr_status_frames = 0;
	return 0;
}

static bool is_in_use(struct grant_table *gt)
{
	grant_ref_t ref;

	for (ref = 0; ref < nr_entries(gt); ref++)
		if (READ_ONCE(active_at(gt, ref)->pin))
			return true;
	return false;
}

/*
 * Whoever built the domain has granted the first entries, which the domain may
 * not know to do again: they are carried over. They are whole pages in either
 * version.
 */
static void save_reserved(struct grant_table *gt, struct grant_entry_v1 *saved)
{
	union grant_entry_v2 *v2;
	grant_ref_t ref;

	memset(saved, 0, sizeof(*saved) * GNTTAB_NR_RESERVED_ENTRIES);
	for (ref = 0; gt->nr_grant_frames && ref < GNTTAB_NR_RESERVED_ENTRIES;
	     ref++) {
		if (gt->version == 1) {
			saved[ref] = *shared_v1(gt, ref);
			continue;
		}
		v2 = shared_v2(gt, ref);
		saved[ref].flags = READ_ONCE(v2->hdr.flags);
		saved[ref].domid = READ_ONCE(v2->hdr.domid);
		saved[ref].frame = READ_ONCE(v2->full_page.frame);
		if ((saved[ref].flags & GTF_type_mask) != GTF_permit_access ||
		    saved[ref].flags & GTF_sub_page)
			saved[ref].flags = 0;
	}
	for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
		saved[ref].flags &= ~(GTF_reading | GTF_writing);
}

static void restore_reserved(struct grant_table *gt,
			     const struct grant_entry_v1 *saved)
{
	grant_ref_t ref;

	for (ref = 0; gt->nr_grant_frames && ref < GNTTAB_NR_RESERVED_ENTRIES;
	     ref++) {
		if (gt->version == 1) {
			*shared_v1(gt, ref) = saved[ref];
			continue;
		}
		shared_v2(gt, ref)->full_page.frame = saved[ref].frame;
		shared_v2(gt, ref)->hdr.domid = saved[ref].domid;
		smp_wmb();
		WRITE_ONCE(shared_v2(gt, ref)->hdr.flags, saved[ref].flags);
	}
}

static int change_version(struct domain *d, unsigned int version)
{
	struct grant_entry_v1 saved[GNTTAB_NR_RESERVED_ENTRIES];
	struct grant_table *gt = d->grant_table;
	unsigned int i;
	int rc;

	if (is_in_use(gt))
		return -EBUSY;
	save_reserved(gt, saved);
	rc = version == 2 ? grow_status(d, gt->nr_grant_frames) :
			    drop_status(d);
	if (rc)
		return rc;
	for (i = 0; i < gt->nr_grant_frames; i++)
		clear_page(gt->shared[i]);
	gt->version = version;
	restore_reserved(gt, saved);
	return 0;
}

long gnttab_set_version(guest_addr_t uop)
{
	struct domain *d = current->domain;
	struct gnttab_set_version op;
	int rc = 0;

	if (copy_from_guest(&op, uop, sizeof(op)))
		return -EFAULT;
	if (op.version != 1 && op.version != 2)
		return -EINVAL;
	write_lock(&d->grant_table->lock);
	if (op.version != d->grant_table->version)
		rc = change_version(d, op.version);
	op.version = d->grant_table->version;
	write_unlock(&d->grant_table->lock);
	return copy_to_guest(uop, &op, sizeof(op)) ? -EFAULT : rc;
}

long gnttab_get_version(guest_addr_t uop)
{
	struct gnttab_get_version op;

	if (copy_from_guest(&op, uop, sizeof(op)))
		return -EFAULT;
	if (!is_self(op.dom))
		return -EPERM;
	op.version = READ_ONCE(current->domain->grant_table->version);
	return copy_to_guest(uop, &op, sizeof(op));
}

/* -- swapping ------------------------------------------------------------- */

static int swap(struct grant_table *gt, grant_ref_t a, grant_ref_t b)
{
	struct grant_entry_v1 v1;
	union grant_entry_v2 v2;

	if (a >= nr_entries(gt) || b >= nr_entries(gt))
		return GNTST_bad_gntref;
	if (READ_ONCE(active_at(gt, a)->pin) ||
	    READ_ONCE(active_at(gt, b)->pin))
		return GNTST_eagain;
	if (gt->version == 1) {
		v1 = *shared_v1(gt, a);
		*shared_v1(gt, a) = *shared_v1(gt, b);
		*shared_v1(gt, b) = v1;
	} else {
		v2 = *shared_v2(gt, a);
		*shared_v2(gt, a) = *shared_v2(gt, b);
		*shared_v2(gt, b) = v2;
	}
	return GNTST_okay;
}

/* Nobody looks at entries of a table that is locked for writing. */
int16_t gnttab_swap(union gnttab_request *request)
{
	struct grant_table *gt = current->domain->grant_table;
	int16_t rc;

	write_lock(&gt->lock);
	rc = swap(gt, request->swap.ref_a, request->swap.ref_b);
	write_unlock(&gt->lock);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map.c - a domain maps what another one has granted
 *
 * The order: a handle, the entry, the frame, the place in the mapper's memory,
 * and last the handle's entry, by which the mapping can be found and undone.
 */
#include "internal.h"

static uint32_t pin_of(uint32_t flags)
{
	uint32_t pin = 0;

	if (flags & GNTMAP_device_map)
		pin += flags & GNTMAP_readonly ? GNTPIN_devr_inc :
						 GNTPIN_devw_inc;
	if (flags & GNTMAP_host_map)
		pin += flags & GNTMAP_readonly ? GNTPIN_hstr_inc :
						 GNTPIN_hstw_inc;
	return pin;
}

/* The first user of an entry says what it is. */
static int first_use(struct domain *rd, grant_ref_t ref, domid_t ldomid,
		     bool readonly, struct active_entry *act)
{
	struct grant_table *gt = rd->grant_table;
	unsigned long gfn = gt->version == 1 ?
		READ_ONCE(shared_v1(gt, ref)->frame) :
		READ_ONCE(shared_v2(gt, ref)->full_page.frame);
	int rc = get_granted_frame(rd, gfn, readonly, &act->mfn);

	if (rc)
		return rc;
	act->domid = ldomid;
	act->trans_domid = rd->domain_id;
	act->trans_ref = ref;
	act->start = 0;
	act->length = PAGE_SIZE;
	act->is_sub_page = false;
	return GNTST_okay;
}

/* Others take the same frame, by references of their own. */
static int next_use(const struct active_entry *act, bool readonly)
{
	struct page_info *page = mfn_to_page(act->mfn);

	if (!readonly && !get_page_writable(page))
		return GNTST_general_error;
	get_page_light(page);
	return GNTST_okay;
}

/* Under the lock of the entry. */
static int use_entry(struct domain *rd, grant_ref_t ref, domid_t ldomid,
		     uint32_t flags, struct active_entry *act)
{
	struct grant_table *gt = rd->grant_table;
	bool readonly = flags & GNTMAP_readonly;
	int rc;

	if (act->pin && (act->domid != ldomid || act->pin & GNTPIN_full ||
			 act->is_sub_page || act->trans_domid != rd->domain_id))
		return GNTST_general_error;
	if (!act->pin || (!readonly && !(act->pin & GNTPIN_writes))) {
		rc = set_status(gt, ref, ldomid, readonly, false);
		if (rc)
			return rc;
	}
	rc = act->pin ? next_use(act, readonly) :
			first_use(rd, ref, ldomid, readonly, act);
	if (rc) {
		clear_status(gt, ref, act);
		return rc;
	}
	act->pin += pin_of(flags);
	/* One reference is here; host and device have one each. */
	if ((flags & GNTMAP_device_map) && (flags & GNTMAP_host_map)) {
		get_page_light(mfn_to_page(act->mfn));
		if (!readonly)
			BUG_ON(!get_page_writable(mfn_to_page(act->mfn)));
	}
	return GNTST_okay;
}

static int begin_use(struct domain *rd, const struct gnttab_map_grant_ref *op,
		     unsigned long *mfn)
{
	struct grant_table *gt = rd->grant_table;
	struct active_entry *act;
	int rc = GNTST_bad_gntref;

	read_lock(&gt->lock);
	if (op->ref < nr_entries(gt)) {
		act = active_acquire(gt, op->ref);
		rc = use_entry(rd, op->ref, current->domain->domain_id,
			       op->flags, act);
		*mfn = act->mfn;
		active_release(act);
	}
	read_unlock(&gt->lock);
	return rc;
}

static void undo_use(struct domain *rd, const struct gnttab_map_grant_ref *op,
		     unsigned long mfn)
{
	struct grant_table *gt = rd->grant_table;
	bool readonly = op->flags & GNTMAP_readonly;
	struct active_entry *act;

	read_lock(&gt->lock);
	act = active_acquire(gt, op->ref);
	act->pin -= pin_of(op->flags);
	clear_status(gt, op->ref, act);
	active_release(act);
	read_unlock(&gt->lock);
	if (op->flags & GNTMAP_device_map)
		put_granted_frame(mfn, readonly);
	if (op->flags & GNTMAP_host_map)
		put_granted_frame(mfn, readonly);
}

/* Guests have translated memory: a mapping goes where nothing is. */
static int map_into(struct domain *ld, const struct gnttab_map_grant_ref *op,
		    unsigned long mfn)
{
	if (!(op->flags & GNTMAP_host_map))
		return GNTST_okay;
	if (op->host_addr & (PAGE_SIZE - 1))
		return GNTST_bad_virt_addr;
	return p2m_add(ld, op->host_addr >> PAGE_SHIFT, mfn,
		       op->flags & GNTMAP_readonly ? p2m_grant_map_ro :
						     p2m_grant_map_rw) ?
	       GNTST_general_error : GNTST_okay;
}

static int map_from(struct domain *rd, struct gnttab_map_grant_ref *op)
{
	struct domain *ld = current->domain;
	struct maptrack_entry *entry;
	unsigned long mfn;
	int64_t handle = maptrack_get(ld);
	int rc;

	if (handle < 0)
		return GNTST_no_device_space;
	rc = begin_use(rd, op, &mfn);
	if (rc)
		goto put_handle;
	rc = map_into(ld, op, mfn);
	if (rc)
		goto undo;
	entry = maptrack_at(ld->grant_table, (grant_handle_t)handle);
	entry->domid = op->dom;
	entry->ref = op->ref;
	smp_wmb();
	WRITE_ONCE(entry->flags, (uint16_t)op->flags);
	op->dev_bus_addr = op->host_addr;
	op->handle = (grant_handle_t)handle;
	return GNTST_okay;

undo:
	undo_use(rd, op, mfn);
put_handle:
	maptrack_put(ld, (grant_handle_t)handle);
	return rc;
}

int16_t gnttab_map(union gnttab_request *request)
{
	const uint32_t known = GNTMAP_device_map | GNTMAP_host_map |
			       GNTMAP_readonly;
	struct gnttab_map_grant_ref *op = &request->map;
	struct domain *rd;
	int16_t rc;

	if (!(op->flags & (GNTMAP_device_map | GNTMAP_host_map)))
		return GNTST_bad_gntref;
	if (op->flags & ~known)
		return GNTST_general_error;
	rd = rcu_lock_domain_by_id(op->dom);
	if (!rd)
		return GNTST_bad_domain;
	rc = map_from(rd, op);
	rcu_unlock_domain(rd);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.c - the hypervisor copies between pages that domains have granted
 *
 * Each side is claimed for as long as a copy takes. A transitive grant stands
 * for one of another domain's, which is claimed for the domain that passes it
 * on; one step and no further. Its own entry is pinned before that, so it stays
 * what it is while its table is not locked.
 */
#include "internal.h"

/* One side of a copy; @domain is locked. */
struct claim {
	struct domain *domain;
	unsigned long mfn;
	grant_ref_t ref;
	uint16_t start;
	uint32_t length;
	bool by_ref;
	bool readonly;
};

static uint32_t pin_of(bool readonly)
{
	return readonly ? GNTPIN_hstr_inc : GNTPIN_hstw_inc;
}

/* What an entry says; each of its fields is read once. */
struct terms {
	bool transitive;
	bool is_sub_page;
	domid_t trans_domid;
	grant_ref_t trans_ref;
	unsigned long gfn;
	uint16_t start;
	uint16_t length;
};

static int read_v2(union grant_entry_v2 *entry, struct terms *terms)
{
	uint16_t flags = READ_ONCE(entry->hdr.flags);

	terms->transitive = (flags & GTF_type_mask) == GTF_transitive;
	terms->is_sub_page = !terms->transitive && flags & GTF_sub_page;
	if (terms->transitive) {
		terms->trans_domid = READ_ONCE(entry->transitive.trans_domid);
		terms->trans_ref = READ_ONCE(entry->transitive.gref);
		return GNTST_okay;
	}
	terms->gfn = READ_ONCE(entry->full_page.frame);
	if (!terms->is_sub_page)
		return GNTST_okay;
	terms->start = READ_ONCE(entry->sub_page.page_off);
	terms->length = READ_ONCE(entry->sub_page.length);
	return terms->start + terms->length > PAGE_SIZE ?
	       GNTST_bad_page : GNTST_okay;
}

static int read_terms(struct grant_table *gt, grant_ref_t ref,
		      struct terms *terms)
{
	*terms = (struct terms){ .length = PAGE_SIZE };
	if (gt->version == 2)
		return read_v2(shared_v2(gt, ref), terms);
	terms->gfn = READ_ONCE(shared_v1(gt, ref)->frame);
	return GNTST_okay;
}

/* The first user says what the entry is; of a transitive one, whose it is. */
static int first_use(struct domain *rd, grant_ref_t ref, domid_t ldomid,
		     bool readonly, struct active_entry *act)
{
	struct terms terms;
	int rc = read_terms(rd->grant_table, ref, &terms);

	if (!rc && terms.transitive && terms.trans_domid == rd->domain_id)
		rc = GNTST_general_error;
	if (!rc && !terms.transitive)
		rc = get_granted_frame(rd, terms.gfn, readonly, &act->mfn);
	if (rc)
		return rc;
	act->domid = ldomid;
	act->trans_domid = terms.transitive ? terms.trans_domid :
					      rd->domain_id;
	act->trans_ref = terms.transitive ? terms.trans_ref : ref;
	act->start = terms.start;
	act->length = terms.length;
	act->is_sub_page = terms.is_sub_page;
	return GNTST_okay;
}

static int next_use(const struct domain *rd, const struct active_entry *act,
		    bool readonly)
{
	struct page_info *page;

	if (act->trans_domid != rd->domain_id)
		return GNTST_okay;
	page = mfn_to_page(act->mfn);
	if (!readonly && !get_page_writable(page))
		return GNTST_general_error;
	get_page_light(page);
	return GNTST_okay;
}

static int use_entry(struct domain *rd, grant_ref_t ref, domid_t ldomid,
		     bool readonly, struct active_entry *act)
{
	struct grant_table *gt = rd->grant_table;
	bool any;
	int rc;

	if (act->pin && (act->domid != ldomid || act->pin & GNTPIN_full))
		return GNTST_general_error;
	/* One that is used stays what it is. */
	any = !act->pin || act->is_sub_page ||
	      act->trans_domid != rd->domain_id;
	if (!act->pin || (!readonly && !(act->pin & GNTPIN_writes))) {
		rc = set_status(gt, ref, ldomid, readonly, any);
		if (rc)
			return rc;
	}
	rc = act->pin ? next_use(rd, act, readonly) :
			first_use(rd, ref, ldomid, readonly, act);
	if (rc) {
		clear_status(gt, ref, act);
		return rc;
	}
	act->pin += pin_of(readonly);
	return GNTST_okay;
}

static void end_use(struct domain *rd, grant_ref_t ref, bool readonly)
{
	struct grant_table *gt = rd->grant_table;
	struct active_entry *act;

	read_lock(&gt->lock);
	act = active_acquire(gt, ref);
	act->pin -= pin_of(readonly);
	clear_status(gt, ref, act);
	active_release(act);
	read_unlock(&gt->lock);
}

/* @found: what is used of the entry; stays until the use ends. */
static int begin_use(struct domain *rd, grant_ref_t ref, domid_t ldomid,
		     bool readonly, struct active_entry *found)
{
	struct grant_table *gt = rd->grant_table;
	struct active_entry *act;
	int rc = GNTST_bad_gntref;

	read_lock(&gt->lock);
	if (ref < nr_entries(gt)) {
		act = active_acquire(gt, ref);
		rc = use_entry(rd, ref, ldomid, readonly, act);
		*found = *act;
		active_release(act);
	}
	read_unlock(&gt->lock);
	return rc;
}

static int claim_ref(struct claim *claim, struct domain *rd, grant_ref_t ref,
		     domid_t ldomid, bool passed_on);

/* What @rd passes on. Put back by release_ref(), which finds it the same way. */
static int claim_passed_on(struct claim *claim, struct domain *rd,
			   const struct active_entry *act)
{
	struct domain *td = rcu_lock_domain_by_id(act->trans_domid);
	int rc;

	if (!td)
		return GNTST_general_error;
	rc = claim_ref(claim, td, act->trans_ref, rd->domain_id, true);
	rcu_unlock_domain(td);
	return rc;
}

static int claim_ref(struct claim *claim, struct domain *rd, grant_ref_t ref,
		     domid_t ldomid, bool passed_on)
{
	struct active_entry act;
	int rc = begin_use(rd, ref, ldomid, claim->readonly, &act);

	if (rc)
		return rc;
	if (act.trans_domid == rd->domain_id) {
		claim->mfn = act.mfn;
		claim->start = act.start;
		claim->length = act.length;
		return GNTST_okay;
	}
	rc = passed_on ? GNTST_general_error : claim_passed_on(claim, rd, &act);
	if (rc)
		end_use(rd, ref, claim->readonly);
	return rc;
}

static void release_ref(const struct claim *claim, struct domain *rd,
			grant_ref_t ref)
{
	struct active_entry *act;
	struct domain *td = NULL;
	grant_ref_t trans_ref;

	read_lock(&rd->grant_table->lock);
	act = active_acquire(rd->grant_table, ref);
	trans_ref = act->trans_ref;
	if (act->trans_domid != rd->domain_id)
		td = rcu_lock_any_domain_by_id(act->trans_domid);
	active_release(act);
	read_unlock(&rd->grant_table->lock);

	end_use(rd, ref, claim->readonly);
	if (!td)
		return;
	end_use(td, trans_ref, claim->readonly);
	rcu_unlock_domain(td);
}

/* -- sides ---------------------------------------------------------------- */

static int claim_own(struct claim *claim, xen_pfn_t gfn)
{
	if (claim->domain != current->domain)
		return GNTST_permission_denied;
	claim->start = 0;
	claim->length = PAGE_SIZE;
	return get_granted_frame(claim->domain, gfn, claim->readonly,
				 &claim->mfn);
}

static int claim_side(struct claim *claim, const struct gnttab_copy_ptr *ptr,
		      bool by_ref, bool readonly)
{
	struct domain *ld = current->domain;
	domid_t domid = ptr->domid == DOMID_SELF ? ld->domain_id : ptr->domid;
	int rc;

	*claim = (struct claim){ .by_ref = by_ref, .readonly = readonly,
				 .ref = ptr->u.ref };
	claim->domain = rcu_lock_domain_by_id(domid);
	if (!claim->domain)
		return GNTST_bad_domain;
	rc = by_ref ? claim_ref(claim, claim->domain, ptr->u.ref,
				ld->domain_id, false) :
		      claim_own(claim, ptr->u.gmfn);
	if (rc) {
		rcu_unlock_domain(claim->domain);
		claim->domain = NULL;
	}
	return rc;
}

static void release_side(struct claim *claim)
{
	if (!claim->domain)
		return;
	put_granted_frame(claim->mfn, claim->readonly);
	if (claim->by_ref)
		release_ref(claim, claim->domain, claim->ref);
	rcu_unlock_domain(claim->domain);
	claim->domain = NULL;
}

/* Offsets count from the beginning of the page, parts of it included. */
static bool is_inside(const struct claim *claim, uint16_t offset, uint16_t len)
{
	return offset >= claim->start &&
	       (uint32_t)offset + len <= claim->start + claim->length;
}

static void copy_bytes(const struct gnttab_copy *op, const struct claim *source,
		       const struct claim *dest)
{
	copy_page_bytes((char *)mfn_to_virt(dest->mfn) + op->dest.offset,
			(char *)mfn_to_virt(source->mfn) + op->source.offset,
			op->len);
}

int16_t gnttab_copy(union gnttab_request *request)
{
	const struct gnttab_copy *op = &request->copy;
	struct claim source, dest = { .domain = NULL };
	int rc;

	if ((uint32_t)op->source.offset + op->len > PAGE_SIZE ||
	    (uint32_t)op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	/* Nothing to copy, and nothing to look at. */
	if (!op->len)
		return GNTST_okay;
	rc = claim_side(&source, &op->source,
			op->flags & GNTCOPY_source_gref, true);
	if (rc)
		return rc;
	rc = claim_side(&dest, &op->dest, op->flags & GNTCOPY_dest_gref, false);
	if (!rc && (!is_inside(&source, op->source.offset, op->len) ||
		    !is_inside(&dest, op->dest.offset, op->len)))
		rc = GNTST_bad_copy_arg;
	if (!rc)
		copy_bytes(op, &source, &dest);
	release_side(&dest);
	release_side(&source);
	return rc;
}

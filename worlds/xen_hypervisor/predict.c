/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * predict.c - wrong-status: a result that a call could not have
 *
 * Assumptions: nothing else has happened while the call was made, no allocation
 * or copy was made to fail, nobody has changed memory behind the world's back,
 * and the guest has not overwritten what the hypervisor keeps in its entries.
 * Then a request has one right answer, which is worked out from the book.
 */
#include <sim/decide.h>
#include <sim/fetch.h>

#include "xen_hypervisor.h"

#define HANDLES_PER_FRAME	256
#define MANY			100	/* uses: no more may be allowed */

bool hv_undisturbed(const struct hv_world *w)
{
	const struct sim *sim = w->world.sim;

	return !w->unsure && !sim_failures(sim, SIM_DECIDE_FAIL_ALLOC) &&
	       !sim_failures(sim, SIM_DECIDE_FAIL_UCOPY) &&
	       !sim_change_made(sim);
}

static bool is_known(const struct hv_world *w, unsigned int domid,
		     uint32_t ref)
{
	int index = xen_account_index(ref);

	return domid && domid <= NR_DOMAINS && index >= 0 &&
	       w->domains[domid].exists && !w->domains[domid].dead &&
	       !w->domains[domid].wild_status && !w->domains[domid].wild[index];
}

static bool is_mappable(struct hv_call *call,
			const struct gnttab_map_grant_ref *op,
			unsigned int handles)
{
	const struct hv_world *w = call->w;
	uint32_t flags = op->flags & (GNTMAP_host_map | GNTMAP_device_map);
	const struct xen_terms *terms;

	if (!flags || op->flags & ~(flags | GNTMAP_readonly) ||
	    handles >= w->options.max_maptrack_frames * HANDLES_PER_FRAME)
		return false;
	if (flags & GNTMAP_host_map &&
	    (op->host_addr % SIM_FRAME_BYTES ||
	     op->host_addr >> SIM_FRAME_SHIFT >= NR_GFNS ||
	     guest_frame(call->w, call->domid,
			 op->host_addr >> SIM_FRAME_SHIFT) !=
	     XEN_ACCOUNT_NO_FRAME))
		return false;
	terms = xen_account_terms(w->account, op->dom,
				  (uint32_t)xen_account_index(op->ref));
	return terms->kind == XEN_TERMS_PAGE &&
	       terms->domid == call->domid &&
	       terms->frame != XEN_ACCOUNT_NO_FRAME &&
	       !(terms->readonly && !(op->flags & GNTMAP_readonly)) &&
	       xen_account_uses(w->account, terms->frame).refs < MANY;
}

void predict_map(struct hv_call *call, const struct gnttab_map_grant_ref *op,
		 unsigned int handles)
{
	if (op->status > 0 && hv_undisturbed(call->w))
		hv_raise(call->w, "wrong-status", "map",
			 "the status of a request is none", "it is positive");
	if (!hv_undisturbed(call->w) || op->status == GNTST_okay ||
	    !is_known(call->w, op->dom, op->ref) ||
	    xen_account_expected(call->w->account, op->dom, op->ref))
		return;
	if (is_mappable(call, op, handles))
		hv_raise(call->w, "wrong-status", "map",
			 "a mapping is refused that is granted",
			 "there is a handle, and room where it is to go");
}

/* -- copies: 1 it succeeds, 0 it fails, -1 who knows */

/*
 * An entry in use goes by what it said when the use began, whatever it says by
 * now; that holds at each end of a grant that is passed on.
 */
bool hv_settled(const struct hv_world *w, unsigned int domid, uint32_t ref)
{
	const struct xen_terms *terms;

	if (!is_known(w, domid, ref) ||
	    xen_account_expected(w->account, (uint16_t)domid, ref))
		return false;
	terms = xen_account_terms(w->account, (uint16_t)domid,
				  (uint32_t)xen_account_index(ref));
	if (terms->kind != XEN_TERMS_PASSED_ON || !terms->from_domid ||
	    terms->from_domid > NR_DOMAINS)
		return true;
	return is_known(w, terms->from_domid, terms->from_ref) &&
	       !xen_account_expected(w->account, terms->from_domid,
				     terms->from_ref);
}

static int side_works(struct hv_call *call, const struct gnttab_copy_ptr *side,
		      bool by_ref, bool write, uint32_t bytes)
{
	struct hv_world *w = call->w;
	unsigned int domid = side->domid == DOMID_SELF ? call->domid :
							 side->domid;
	struct vtb_hv_frame_state state;
	uint64_t frame;

	if (!by_ref) {
		frame = guest_frame(w, call->domid, side->u.gmfn);
		if (domid != call->domid || frame == XEN_ACCOUNT_NO_FRAME)
			return 0;
		vtb_hv_frame_peek(frame, &state);
		if (state.owner != (int)call->domid)
			return 0;
		/* A grant of its own that it has mapped is no memory of its own. */
		return xen_account_places(w->account, (uint16_t)call->domid,
					  frame, false) ||
		       xen_account_places(w->account, (uint16_t)call->domid,
					  frame, true) ? -1 : 1;
	}
	if (!hv_settled(w, domid, side->u.ref))
		return -1;
	return xen_account_may_copy(w->account, (uint16_t)domid,
				    (uint32_t)xen_account_index(side->u.ref),
				    (uint16_t)call->domid, write, side->offset,
				    side->offset + bytes);
}

static int copy_works(struct hv_call *call, const struct gnttab_copy *op)
{
	int source, dest;

	if (op->source.offset + (uint32_t)op->len > SIM_FRAME_BYTES ||
	    op->dest.offset + (uint32_t)op->len > SIM_FRAME_BYTES)
		return 0;
	if (!op->len)
		return 1;
	source = side_works(call, &op->source, op->flags & GNTCOPY_source_gref,
			    false, op->len);
	dest = side_works(call, &op->dest, op->flags & GNTCOPY_dest_gref, true,
			  op->len);
	return !source || !dest ? 0 : source < 0 || dest < 0 ? -1 : 1;
}

/*
 * A chain of grants, or both sides the same, may be in each other's way; nothing
 * is said where a refusal could be right.
 */
void predict_copy(struct hv_call *call, const struct gnttab_copy *op)
{
	int works = copy_works(call, op);
	bool done = op->status == GNTST_okay;

	if (op->status > 0 && hv_undisturbed(call->w))
		hv_raise(call->w, "wrong-status", "copy",
			 "the status of a request is none", "it is positive");
	if (!hv_undisturbed(call->w))
		return;
	if (done && !works)
		hv_raise(call->w, "wrong-status", "copy",
			 "a copy is made that nobody has granted",
			 "one of its sides is not for this domain to use so");
	if (!done && !op->len && works == 1)
		hv_raise(call->w, "wrong-status", "copy",
			 "a copy of nothing is refused", "it names no memory");
	if (!done && works == 1 &&
	    !((op->flags & GNTCOPY_source_gref) &&
	      (op->flags & GNTCOPY_dest_gref)))
		hv_raise(call->w, "wrong-status", "copy",
			 "a copy is refused that is granted", "");
}

/* -- swapping */

static bool same(const struct xen_terms *a, const struct xen_terms *b)
{
	return a->kind == b->kind &&
	       (!a->kind || (a->domid == b->domid && a->frame == b->frame &&
			     a->readonly == b->readonly));
}

void predict_swap(struct hv_call *call, int a, int b,
		  const struct xen_terms before[2])
{
	const struct xen_account *account = call->w->account;
	uint16_t domid = (uint16_t)call->domid;

	if (a < 0 || b < 0 || !call->alone || !hv_undisturbed(call->w) ||
	    call->w->domains[domid].wild_status)
		return;
	judge_scan(call->w);
	if (!same(xen_account_terms(account, domid, (uint32_t)a), &before[1]) ||
	    !same(xen_account_terms(account, domid, (uint32_t)b), &before[0]))
		hv_raise(call->w, "wrong-status", "swap",
			 "two entries are said to be swapped, and are not", "");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copies.c - copies by the hypervisor, and where data has got to
 *
 * secret: words that a copy has brought say whose frame they are of. A domain
 * that asks for a copy may get at bytes that were granted to it, at any moment,
 * and at what somebody who has granted it something could have put there. Words
 * that say nothing are not looked at; nor is anything once a guest has written into
 * a table otherwise than by entries that are watched.
 *
 * wrong-copy: where nothing disturbs, there is now in the one place what is in
 * the other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/finding.h>

#include "xen_hypervisor.h"

static bool is_tag(const struct hv_world *w, uint32_t word, uint32_t *serial)
{
	uint32_t domid = word >> 26 & 3;

	if (word >> 28 != 0xa)
		return false;
	*serial = word >> 12 & 0x3fff;
	return *serial < w->nr_serials &&
	       w->serials[*serial].domid == domid && !(word & 0xc00);
}

static bool may_have(const struct hv_world *w, uint32_t serial,
		     unsigned int domid, uint32_t at)
{
	const struct hv_serial *s = &w->serials[serial];
	unsigned int other;

	if (s->domid == domid || s->seen[domid] ||
	    (s->end[domid] > at && s->start[domid] <= at))
		return true;
	for (other = 1; other <= NR_DOMAINS; other++)
		if (w->lets[other][domid] && s->seen[other])
			return true;
	return false;
}

static void judge_secret(struct hv_call *call, const char *at, uint32_t bytes)
{
	struct hv_world *w = call->w;
	uint32_t word, serial, i;
	char why[SIM_FINDING_TEXT];

	for (i = 0; !w->wild_tables && i + 4 <= bytes; i += 4) {
		memcpy(&word, at + i, 4);
		if (!is_tag(w, word, &serial) ||
		    may_have(w, serial, call->domid, (word & 0x3ff) * 4))
			continue;
		snprintf(why, sizeof(why),
			 "domain %u has byte 0x%x of a frame of domain %u",
			 call->domid, (word & 0x3ff) * 4,
			 w->serials[serial].domid);
		hv_raise(w, "secret", "copy",
			 "a copy brings what was never granted", why);
	}
}

/* Whatever @from may have, @to may have from now on. */
static void data_flows(struct hv_world *w, unsigned int from, unsigned int to)
{
	uint32_t i;

	for (i = 0; i < w->nr_serials; i++)
		if (w->serials[i].domid == from || w->serials[i].seen[from] ||
		    w->serials[i].end[from])
			w->serials[i].seen[to] = true;
}

static void copy_flows(struct hv_world *w, unsigned int domid, bool to_grant)
{
	unsigned int other;

	/* Through a chain of grants it may be anybody's memory. */
	for (other = 1; to_grant && other <= NR_DOMAINS; other++)
		data_flows(w, domid, other);
	data_flows(w, domid, domid);
}

/* Copies that are not done have brought some of it, or all. */
static void others_flow(const struct hv_call *call)
{
	const struct hv_under_way *other = call->w->under_way;
	unsigned int i;

	for (i = 0; i < HV_ACTORS; i++, other++)
		if (i != call->actor && other->copies)
			copy_flows(call->w, other->domid, other->to_grant);
}

static uint64_t frame_of_ref(const struct hv_world *w, unsigned int domid,
			     uint32_t ref)
{
	const struct xen_terms *terms;
	int index = xen_account_index(ref);

	if (index < 0 || !domid || domid > NR_DOMAINS)
		return XEN_ACCOUNT_NO_FRAME;
	terms = xen_account_terms(w->account, (uint16_t)domid,
				  (uint32_t)index);
	if (terms->kind != XEN_TERMS_PASSED_ON)
		return terms->frame;
	index = xen_account_index(terms->from_ref);
	if (index < 0 || terms->from_domid > NR_DOMAINS)
		return XEN_ACCOUNT_NO_FRAME;
	return xen_account_terms(w->account, terms->from_domid,
				 (uint32_t)index)->frame;
}

static uint64_t frame_of(struct hv_call *call,
			 const struct gnttab_copy_ptr *side, bool by_ref)
{
	return by_ref ? frame_of_ref(call->w, side->domid, side->u.ref) :
			guest_frame(call->w, call->domid, side->u.gmfn);
}

static void judge_copied(struct hv_call *call, const struct gnttab_copy *op,
			 uint64_t from, uint64_t to)
{
	struct sim_memory *memory = machine_memory(call->w->machine);
	struct vtb_hv_frame_state states[2];
	const char *source, *dest;

	if (from == XEN_ACCOUNT_NO_FRAME || to == XEN_ACCOUNT_NO_FRAME)
		return;
	/* In tables the copy itself leaves its marks. */
	vtb_hv_frame_peek(from, &states[0]);
	vtb_hv_frame_peek(to, &states[1]);
	if (states[0].heap || states[1].heap)
		return;
	source = (char *)sim_frame_data(memory, from) + op->source.offset;
	dest = (char *)sim_frame_data(memory, to) + op->dest.offset;
	if (from != to && memcmp(source, dest, op->len) && call->alone &&
	    hv_undisturbed(call->w))
		hv_raise(call->w, "wrong-copy", "copy",
			 "a copy is not what was copied",
			 "other bytes, or to or from another frame");
}

static bool is_settled(const struct hv_call *call,
		       const struct gnttab_copy_ptr *p, bool by_ref)
{
	return !by_ref || hv_settled(call->w, p->domid, p->u.ref);
}

static void note_copy(struct hv_call *call, const struct gnttab_copy *op)
{
	bool source_ref = op->flags & GNTCOPY_source_gref;
	bool dest_ref = op->flags & GNTCOPY_dest_gref;
	uint64_t from = frame_of(call, &op->source, source_ref);
	uint64_t to = frame_of(call, &op->dest, dest_ref);

	if (call->alone)
		predict_copy(call, op);
	if (op->status != GNTST_okay || !op->len)
		return;
	if (is_settled(call, &op->source, source_ref) &&
	    is_settled(call, &op->dest, dest_ref))
		judge_copied(call, op, from, to);
	others_flow(call);
	if (to != XEN_ACCOUNT_NO_FRAME)
		guest_wrote(call->w, to);
	if (!dest_ref && to != XEN_ACCOUNT_NO_FRAME)
		judge_secret(call, (char *)sim_frame_data(
			machine_memory(call->w->machine), to) +
			op->dest.offset, op->len);
	copy_flows(call->w, call->domid, dest_ref);
}

static int64_t copy(struct world *world, unsigned int domid,
		    const struct gnttab_copy *request, unsigned int nr)
{
	struct hv_call call;
	struct gnttab_copy *ops = hv_begin(&call, world, domid);
	unsigned int i;
	int64_t rc;

	if (!ops)
		return -ESRCH;
	call.w->copied = true;
	hv_under_way(&call)->copies = true;
	hv_under_way(&call)->to_grant = request->flags & GNTCOPY_dest_gref;
	for (i = 0; i < nr; i++) {
		ops[i] = *request;
		ops[i].status = 1;
	}
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_copy, nr);
	ops = guest_at(call.w, domid, hv_args(&call), false);
	for (i = 0; !rc && ops && i < nr; i++)
		note_copy(&call, &ops[i]);
	if (!rc)
		rc = ops && ops[0].status == GNTST_okay ? 0 : -EACCES;
	hv_end(&call);
	return rc;
}

static void set_side(struct gnttab_copy_ptr *side, uint64_t grant,
		     uint64_t own, uint16_t offset)
{
	side->offset = offset;
	if (grant == OP_NO_RESOURCE) {
		side->domid = DOMID_SELF;
		side->u.gmfn = own;
		return;
	}
	side->domid = grant >> 16 & 3;
	side->u.ref = grant & 0xffff;
}

int64_t op_copy(struct world *world, const uint64_t *args)
{
	struct gnttab_copy request = {
		.len = (uint16_t)args[5],
		.flags = (args[0] == OP_NO_RESOURCE ? 0 : GNTCOPY_source_gref) |
			 (args[1] == OP_NO_RESOURCE ? 0 : GNTCOPY_dest_gref),
	};
	uint64_t own = args[3];

	/* Arguments of calls are not what ops copy over. */
	if (own >= GFN_ARGS && own < NR_MEMORY)
		return -EINVAL;
	set_side(&request.source, args[0], own, (uint16_t)args[4]);
	set_side(&request.dest, args[1], own, (uint16_t)(args[4] >> 16));
	return copy(world, args[2] ? (unsigned int)args[2] :
		    guest_grantee(hv_world(world), args[0] == OP_NO_RESOURCE ?
				  args[1] : args[0]), &request, 1);
}

int64_t op_copy_any(struct world *world, const uint64_t *args)
{
	struct gnttab_copy request = {
		.len = (uint16_t)args[4],
		.flags = GNTCOPY_source_gref,
		.source = { .u.ref = (uint32_t)args[2],
			    .domid = (domid_t)args[1] },
		.dest = { .u.gmfn = 1, .domid = DOMID_SELF },
	};

	return copy(world, (unsigned int)args[0] + 1, &request,
		    (unsigned int)args[3]);
}

/* -- at the end ----------------------------------------------------------- */

static void judge_page(struct hv_world *w, unsigned int domid,
		       const uint32_t *words)
{
	uint32_t serial, i;

	for (i = 0; i < SIM_FRAME_BYTES / 4; i++) {
		if ((words[i] >> 26 & 3) == domid ||
		    !is_tag(w, words[i], &serial) ||
		    w->serials[serial].seen[domid])
			continue;
		hv_raise(w, "secret", "memory",
			 "a domain has data of another one that it could not get",
			 "no copy that was made can have brought it");
	}
}

void judge_contents(struct hv_world *w)
{
	struct sim_memory *memory = machine_memory(w->machine);
	struct vtb_hv_frame_state state;
	unsigned int domid;
	uint64_t frame;
	uint32_t gfn;

	for (domid = 1; domid <= NR_DOMAINS; domid++) {
		for (gfn = 0; gfn < NR_DATA; gfn++) {
			frame = guest_frame(w, domid, gfn);
			if (frame == XEN_ACCOUNT_NO_FRAME)
				continue;
			vtb_hv_frame_peek(frame, &state);
			if (state.owner == (int)domid && !state.heap)
				judge_page(w, domid,
					   sim_frame_data(memory, frame));
		}
	}
}

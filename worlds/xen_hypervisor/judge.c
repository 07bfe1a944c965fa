/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judge.c - what has to be so whatever guests do
 *
 * At any moment (judge_freed): no frame goes back that a domain's table of frames
 * or what is cached of it reaches, or that the book says is mapped, unless a call
 * that ends mappings is under way, which the book hears of afterwards.
 *
 * When nobody is in the hypervisor (judge_rest):
 *	reach		what a domain reaches is its own or mapped, with these
 *			rights; what is cached is in its table
 *	refcount	a frame has as many references as it has uses, and as many
 *			for writing
 *	busy		entries say that they are used while they are
 *	pins		the hypervisor counts uses of an entry as they are
 *	handles		a domain has as many handles as mappings
 *
 * Assumptions. Busy bits that the guest has stored over mean nothing, until the
 * entry is free of uses and stored again. Only references that the book watches
 * are looked at. A mapping whose calls overlapped may be in the book with no
 * frame; its frames are not counted. Once a hypercall has got a fault, a guest may
 * have what it was not told of: then only what holds at any moment is judged, and
 * what is left when all domains are gone.
 */
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/fetch.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "xen_hypervisor.h"

void hv_raise(struct hv_world *w, const char *oracle, const char *object,
	      const char *what, const char *why)
{
	const struct world_finding finding = {
		.oracle = oracle, .object = object, .what = what, .why = why,
	};

	world_raise(&w->world, &finding);
}

/* -- reading entries ------------------------------------------------------ */

static void *table_word(struct hv_world *w, uint64_t frame, uint64_t offset)
{
	return (char *)sim_frame_data(machine_memory(w->machine), frame) +
	       offset;
}

static void *entry_of(struct hv_world *w, unsigned int domid, uint32_t ref,
		      unsigned int version)
{
	uint32_t bytes = version == 2 ? 16 : 8;
	uint32_t per_frame = SIM_FRAME_BYTES / bytes;
	unsigned long frame = vtb_hv_table_peek(domid, ref / per_frame);

	return frame == ~0ul ? NULL :
	       table_word(w, frame, ref % per_frame * bytes);
}

static const uint16_t *busy_of(struct hv_world *w, unsigned int domid,
			       uint32_t ref, unsigned int version)
{
	unsigned long frame;

	if (version == 1)
		return entry_of(w, domid, ref, version);
	frame = vtb_hv_status_peek(domid, ref / 2048);
	return frame == ~0ul ? NULL :
	       table_word(w, frame, ref % 2048 * 2);
}

/* What the guest's number stands for, if it is the guest's own memory. */
static uint64_t own_frame(struct hv_world *w, unsigned int domid, uint64_t gfn)
{
	uint64_t frame = guest_frame(w, domid, gfn);
	struct vtb_hv_frame_state state;

	if (frame == XEN_ACCOUNT_NO_FRAME)
		return frame;
	vtb_hv_frame_peek(frame, &state);
	return state.owner == (int)domid ? frame : XEN_ACCOUNT_NO_FRAME;
}

static void note_lets(struct hv_world *w, unsigned int owner, unsigned int to,
		      const struct xen_terms *terms)
{
	struct hv_serial *serial;

	if (!terms->kind || to > NR_DOMAINS ||
	    terms->frame == XEN_ACCOUNT_NO_FRAME)
		return;
	w->lets[owner][to] = true;
	serial = &w->serials[w->serial_of[terms->frame]];
	if (serial->domid != owner)
		return;
	if (!serial->end[to] || terms->start < serial->start[to])
		serial->start[to] = terms->start;
	if (terms->end > serial->end[to])
		serial->end[to] = terms->end;
}

static void note_passed_on(struct hv_world *w, const struct xen_terms *terms)
{
	int index = xen_account_index(terms->from_ref);

	if (index < 0 || !terms->from_domid ||
	    terms->from_domid > NR_DOMAINS)
		return;
	note_lets(w, terms->from_domid, terms->domid,
		  xen_account_terms(w->account, terms->from_domid,
				    (uint32_t)index));
}

static void scan_entry(struct hv_world *w, unsigned int domid, uint32_t index,
		       unsigned int version)
{
	const void *entry = entry_of(w, domid, xen_account_ref(index), version);
	struct xen_terms terms = { .frame = XEN_ACCOUNT_NO_FRAME };

	if (entry) {
		xen_account_parse(entry, version, &terms);
		if (terms.frame != XEN_ACCOUNT_NO_FRAME)
			terms.frame = own_frame(w, domid, terms.frame);
	}
	xen_account_says(w->account, (uint16_t)domid, index, &terms);
	if (terms.kind == XEN_TERMS_PASSED_ON)
		note_passed_on(w, &terms);
	else
		note_lets(w, domid, terms.domid, &terms);
}

void judge_scan(struct hv_world *w)
{
	struct vtb_hv_domain_state state;
	unsigned int domid;
	uint32_t i;

	for (domid = 1; domid <= NR_DOMAINS; domid++) {
		if (!w->domains[domid].exists ||
		    vtb_hv_domain_peek(domid, &state))
			continue;
		for (i = 0; i < XEN_ACCOUNT_REFS; i++)
			scan_entry(w, domid, i, state.version);
	}
}

/* -- frames that go back -------------------------------------------------- */

static bool table_has(struct hv_world *w, unsigned int domid, uint64_t frame)
{
	const uint64_t *table;
	uint32_t gfn;

	if (!w->domains[domid].ept)
		return false;
	table = table_word(w, w->domains[domid].ept, 0);
	for (gfn = 0; gfn < NR_GFNS; gfn++)
		if (table[gfn] && VTB_HV_EPT_FRAME(table[gfn]) == frame)
			return true;
	return false;
}

static bool cached(const struct hv_world *w, unsigned int domid,
		   uint64_t frame)
{
	uint32_t gfn;

	for (gfn = 0; gfn < NR_GFNS; gfn++)
		if (w->domains[domid].tlb[gfn].valid &&
		    w->domains[domid].tlb[gfn].frame == frame)
			return true;
	return false;
}

void judge_freed(void *machine, uint64_t phys, uint64_t bytes,
		 const void *site)
{
	struct hv_world *w = sim_user(machine_sim(machine));
	uint64_t frame = phys >> SIM_FRAME_SHIFT;
	unsigned int domid;

	if (!w || frame < FIRST_FRAME || bytes != SIM_FRAME_BYTES)
		return;
	for (domid = 1; domid <= NR_DOMAINS; domid++) {
		if (w->domains[domid].ept == frame)
			w->domains[domid].ept = 0;
		if (table_has(w, domid, frame))
			vtb_finding("freed-mapped", "frame", site, NULL,
				    "a frame is freed that a domain still reaches",
				    "it is in the domain's table of frames");
		if (cached(w, domid, frame))
			vtb_finding("stale-tlb", "frame", site, NULL,
				    "a frame is freed that a domain still reaches",
				    "it has been taken out of the table, and nobody has flushed");
	}
	if (!w->nr_unmapping && hv_undisturbed(w) &&
	    xen_account_uses(w->account, frame).refs)
		vtb_finding("freed-mapped", "mapping", site, NULL,
			    "a frame is freed that the book says is mapped",
			    "somebody has a handle for it");
}

/* -- at rest -------------------------------------------------------------- */

static void judge_reach(struct hv_world *w, unsigned int domid)
{
	struct vtb_hv_domain_state domain;
	struct vtb_hv_frame_state state;
	const uint64_t *table;
	uint32_t gfn, other, same[2];
	uint64_t frame;
	bool write;

	if (vtb_hv_domain_peek(domid, &domain))
		return;
	table = sim_frame_data(machine_memory(w->machine), domain.ept);
	for (gfn = 0; gfn < NR_GFNS; gfn++) {
		frame = VTB_HV_EPT_FRAME(table[gfn]);
		write = table[gfn] & VTB_HV_EPT_WRITE;
		if (!table[gfn])
			continue;
		vtb_hv_frame_peek(frame, &state);
		if (state.owner == (int)domid)
			continue;
		same[0] = same[1] = 0;
		for (other = 0; other < NR_GFNS; other++)
			if (VTB_HV_EPT_FRAME(table[other]) == frame)
				same[!!(table[other] & VTB_HV_EPT_WRITE)]++;
		if (same[write] > xen_account_places(w->account,
						     (uint16_t)domid, frame,
						     write))
			hv_raise(w, "reach", write ? "write" : "read",
				 "a domain reaches a frame that it does not map",
				 "it is another's, and the book has no mapping like that");
	}
}

static void judge_cached(struct hv_world *w, unsigned int domid)
{
	const struct hv_tlb *tlb;
	struct vtb_hv_domain_state domain;
	const uint64_t *table;
	uint32_t gfn;

	if (vtb_hv_domain_peek(domid, &domain))
		return;
	table = sim_frame_data(machine_memory(w->machine), domain.ept);
	for (gfn = 0; gfn < NR_GFNS; gfn++) {
		tlb = &w->domains[domid].tlb[gfn];
		if (tlb->valid &&
		    (!table[gfn] || VTB_HV_EPT_FRAME(table[gfn]) != tlb->frame ||
		     (tlb->write && !(table[gfn] & VTB_HV_EPT_WRITE))))
			hv_raise(w, "stale-tlb", "entry",
				 "a domain reaches what was taken out of its table",
				 "the call has returned, and nobody has flushed");
	}
}

static void judge_busy(struct hv_world *w, unsigned int domid)
{
	struct vtb_hv_domain_state state;
	unsigned int busy, expected;
	const uint16_t *word;
	uint32_t i, ref;

	if (vtb_hv_domain_peek(domid, &state) || state.dying ||
	    w->domains[domid].wild_status)
		return;
	for (i = 0; i < XEN_ACCOUNT_REFS; i++) {
		ref = xen_account_ref(i);
		word = busy_of(w, domid, ref, state.version);
		if (!word || w->domains[domid].wild[i])
			continue;
		busy = xen_account_busy(*word);
		expected = xen_account_expected(w->account, (uint16_t)domid,
						ref);
		if (busy & ~expected)
			hv_raise(w, "busy", "too-long",
				 "an entry says that it is used, and nobody uses it",
				 "the guest can never have it back");
		if (expected & ~busy)
			hv_raise(w, "busy", "too-short",
				 "an entry in use says that nobody uses it",
				 "the guest thinks it has its page back");
	}
}

/* Whatever guests write: the hypervisor counts by itself. */
static void judge_pins(struct hv_world *w, unsigned int domid)
{
	struct vtb_hv_domain_state state;
	uint32_t i, ref, pins, used;
	char why[SIM_FINDING_TEXT];

	if (vtb_hv_domain_peek(domid, &state) || state.dying)
		return;
	for (i = 0; i < XEN_ACCOUNT_REFS; i++) {
		ref = xen_account_ref(i);
		pins = vtb_hv_pins_peek(domid, ref);
		used = xen_account_pins(w->account, (uint16_t)domid, ref);
		if (pins == used)
			continue;
		snprintf(why, sizeof(why),
			 "0x%08x, and 0x%08x are mapped (device read, write, CPU read, write)",
			 pins, used);
		hv_raise(w, "pins", "entry",
			 "an entry is not counted as used as often as it is",
			 why);
	}
}

static void judge_handles(struct hv_world *w, unsigned int domid)
{
	struct vtb_hv_domain_state state;

	if (vtb_hv_domain_peek(domid, &state) || state.dying)
		return;
	if (vtb_hv_handles_peek(domid) !=
	    xen_account_handles(w->account, (uint16_t)domid))
		hv_raise(w, "handles", "maptrack",
			 "a domain has not as many handles as mappings",
			 "the book has another number");
}

static void judge_frame(struct hv_world *w, uint64_t frame)
{
	struct vtb_hv_frame_state state;
	struct xen_frame_uses uses;
	char why[SIM_FINDING_TEXT];
	uint32_t refs, writes;

	vtb_hv_frame_peek(frame, &state);
	if (!state.in_use)
		return;
	uses = xen_account_uses(w->account, frame);
	refs = uses.refs + !!state.allocated;
	writes = uses.writes + (state.heap && state.allocated);
	if (state.refs == refs && state.type_refs == writes)
		return;
	snprintf(why, sizeof(why),
		 "%u references and %u for writing, where %u and %u are used",
		 state.refs, state.type_refs, refs, writes);
	hv_raise(w, "refcount", state.refs != refs ? "frame" : "type",
		 "references to a frame are not what its uses are", why);
}

/* Arguments that were changed under way are not what the book has seen. */
void judge_rest(struct hv_world *w)
{
	unsigned int domid;
	uint64_t frame;

	if (hv_others_run(w) || w->unsure || sim_change_made(w->world.sim) ||
	    sim_failures(w->world.sim, SIM_DECIDE_FAIL_UCOPY))
		return;
	kernel_peek_begin(w->kernel);
	for (domid = 1; domid <= NR_DOMAINS; domid++) {
		if (!w->domains[domid].exists)
			continue;
		judge_reach(w, domid);
		judge_cached(w, domid);
		judge_busy(w, domid);
		judge_pins(w, domid);
		judge_handles(w, domid);
	}
	for (frame = FIRST_FRAME; frame < HOST_FRAMES; frame++)
		judge_frame(w, frame);
	kernel_peek_end();
}

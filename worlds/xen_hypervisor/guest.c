/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - what guests do by themselves: loads, stores, and their own entries
 *
 * A guest reaches memory by its table of frames, as hardware walks it, or by
 * what is cached of that, for as long as nobody has flushed it.
 */
#include <errno.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/access.h>
#include <sim/decide.h>

#include "xen_hypervisor.h"

static struct sim_memory *memory(const struct hv_world *w)
{
	return machine_memory(w->machine);
}

static uint64_t ept_entry(struct hv_world *w, unsigned int domid, uint64_t gfn)
{
	const uint64_t *table;

	if (!w->domains[domid].ept)
		return 0;
	table = sim_frame_data(memory(w), w->domains[domid].ept);
	return table[gfn];
}

uint64_t guest_frame(struct hv_world *w, unsigned int domid, uint64_t gfn)
{
	uint64_t entry = gfn < NR_GFNS ? ept_entry(w, domid, gfn) : 0;

	return entry ? VTB_HV_EPT_FRAME(entry) : XEN_ACCOUNT_NO_FRAME;
}

static void walk(struct hv_world *w, unsigned int domid, uint64_t gfn)
{
	struct hv_tlb *tlb = &w->domains[domid].tlb[gfn];
	uint64_t entry = ept_entry(w, domid, gfn);

	tlb->valid = entry & VTB_HV_EPT_READ;
	tlb->write = entry & VTB_HV_EPT_WRITE;
	tlb->frame = VTB_HV_EPT_FRAME(entry);
}

void *guest_at(struct hv_world *w, unsigned int domid, uint64_t address,
	       bool write)
{
	uint64_t gfn = address >> SIM_FRAME_SHIFT;
	struct hv_tlb *tlb;

	/* The tools let a domain run when it is complete. */
	if (gfn >= NR_GFNS || !w->domains[domid].exists ||
	    w->domains[domid].dead)
		return NULL;
	tlb = &w->domains[domid].tlb[gfn];
	if (!tlb->valid || (write && !tlb->write))
		walk(w, domid, gfn);
	if (!tlb->valid || (write && !tlb->write))
		return NULL;
	return (char *)sim_frame_data(memory(w), tlb->frame) +
	       address % SIM_FRAME_BYTES;
}

void guest_flush(struct hv_world *w, unsigned int domid)
{
	uint32_t gfn;

	for (gfn = 0; gfn < NR_GFNS; gfn++)
		w->domains[domid].tlb[gfn].valid = false;
}

void guest_fill(struct hv_world *w, unsigned int domid, uint64_t gfn)
{
	uint64_t frame = guest_frame(w, domid, gfn);
	struct hv_serial *serial;
	uint32_t *words, i;

	if (frame == XEN_ACCOUNT_NO_FRAME || w->nr_serials == MAX_SERIALS)
		return;
	words = sim_frame_data(memory(w), frame);
	for (i = 0; i < SIM_FRAME_BYTES / 4; i++)
		if (words[i])
			hv_raise(w, "secret", "page",
				 "a domain gets memory that nobody has cleared",
				 "whatever was there before is there to read");
	serial = &w->serials[w->nr_serials];
	serial->domid = (uint16_t)domid;
	w->serial_of[frame] = (uint16_t)w->nr_serials;
	for (i = 0; i < SIM_FRAME_BYTES / 4; i++)
		words[i] = TAG(domid, w->nr_serials, i);
	w->nr_serials++;
}

/* Was that one of the frames in which the hypervisor tells guests things? */
void guest_wrote(struct hv_world *w, uint64_t frame)
{
	bool inside = vtb_this != NULL;
	unsigned int domid, i;

	if (!inside)
		kernel_peek_begin(w->kernel);
	for (domid = 1; domid <= NR_DOMAINS; domid++)
		for (i = 0; i < 4; i++)
			if (vtb_hv_table_peek(domid, i) == frame ||
			    vtb_hv_status_peek(domid, i) == frame)
				w->domains[domid].wild_status =
					w->wild_tables = true;
	if (!inside)
		kernel_peek_end();
}

/* Where a guest believes its table to be, something else may be: then false. */
static bool guest_wrote_entry(struct hv_world *w, unsigned int domid,
			      unsigned int index)
{
	uint64_t frame = w->domains[domid].tlb[GFN_TABLE + index].frame;
	unsigned long table;

	kernel_peek_begin(w->kernel);
	table = vtb_hv_table_peek(domid, index);
	kernel_peek_end();
	if (table != frame)
		guest_wrote(w, frame);
	return table == frame;
}

static void tell(struct hv_world *w, const void *at, uint32_t bytes)
{
	const struct sim_access access = {
		.address = at, .bytes = bytes,
		.site = __builtin_return_address(0),
		.flags = SIM_ACCESS_WRITE | SIM_ACCESS_ATOMIC |
			 SIM_ACCESS_VOLATILE,
	};

	sim_access(w->world.sim, &access);
}

static void scan(struct hv_world *w)
{
	kernel_peek_begin(w->kernel);
	judge_scan(w);
	kernel_peek_end();
}

/* -- entries -------------------------------------------------------------- */

static unsigned int version_of(struct hv_world *w, unsigned int domid)
{
	struct vtb_hv_domain_state state;

	kernel_peek_begin(w->kernel);
	if (vtb_hv_domain_peek(domid, &state))
		state.version = 1;
	kernel_peek_end();
	return state.version;
}

static void *entry_at(struct hv_world *w, unsigned int domid, uint32_t ref,
		      unsigned int version)
{
	uint32_t bytes = version == 2 ? 16 : 8;

	return guest_at(w, domid, ((uint64_t)GFN_TABLE << SIM_FRAME_SHIFT) +
			(uint64_t)ref * bytes, true);
}

static uint16_t *busy_word(struct hv_world *w, unsigned int domid,
			   uint32_t ref, unsigned int version)
{
	if (version == 1)
		return entry_at(w, domid, ref, version);
	return guest_at(w, domid, ((uint64_t)GFN_STATUS << SIM_FRAME_SHIFT) +
			ref * 2ull, false);
}

/*
 * The flags come last, by one store. A guest that stores over the hypervisor's
 * bits gets what it asks for.
 */
static int store_flags(struct hv_world *w, unsigned int domid, uint32_t ref,
		       unsigned int version, uint16_t flags)
{
	uint16_t *at = entry_at(w, domid, ref, version);
	int index = xen_account_index(ref);
	bool *wild = index < 0 ? NULL : &w->domains[domid].wild[index];
	bool is_entry;

	if (!at)
		return -EFAULT;
	tell(w, at, sizeof(*at));
	at = entry_at(w, domid, ref, version);
	if (!at)
		return -EFAULT;
	is_entry = guest_wrote_entry(w, domid,
				     ref / (version == 2 ? 256 : 512));
	if (version_of(w, domid) != version)
		w->domains[domid].wild_status = true;
	else if (version == 1 && wild && is_entry)
		*wild = xen_account_busy(*at) != xen_account_busy(flags) ||
			(*wild && (xen_account_busy(flags) || hv_others_run(w) ||
				   xen_account_expected(w->account,
							(uint16_t)domid, ref)));
	*at = flags;
	scan(w);
	return 0;
}

struct raw_entry {
	uint16_t flags;
	uint16_t domid;
	uint16_t low, high;		/* words behind, of version 2 */
	uint64_t frame;
};

static int64_t store_entry(struct hv_world *w, unsigned int domid,
			   uint32_t ref, const struct raw_entry *raw)
{
	unsigned int version = version_of(w, domid);
	uint16_t keep = version == 1 ? GTF_reading | GTF_writing : 0;
	char *at = entry_at(w, domid, ref, version);
	uint32_t frame = (uint32_t)raw->frame;

	/* A gap in which nobody may begin to use it. */
	if (!at || store_flags(w, domid, ref, version, *(uint16_t *)at & keep))
		return -EFAULT;
	at = entry_at(w, domid, ref, version);
	if (!at)
		return -EFAULT;
	memcpy(at + 2, &raw->domid, 2);
	if (version == 1) {
		memcpy(at + 4, &frame, 4);
	} else {
		memcpy(at + 4, &raw->low, 2);
		memcpy(at + 6, &raw->high, 2);
		memcpy(at + 8, &raw->frame, 8);
	}
	if (store_flags(w, domid, ref, version, raw->flags))
		return -EFAULT;
	return (int64_t)domid << 16 | ref;
}

/* An entry stands for another frame from now on, used or not. */
int64_t op_regrant(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);
	unsigned int domid = (unsigned int)(args[0] >> 16 & 3), version;
	uint32_t ref = (uint32_t)args[0] & 0xffff;
	uint64_t frame = guest_grantable(args[1]);
	unsigned int bytes;
	char *at = args[0] == OP_NO_RESOURCE ? NULL :
		   entry_at(w, domid, ref, version_of(w, domid));

	if (!at)
		return -EFAULT;
	tell(w, at, 8);
	/* It knows what its version is now, and nobody runs in between. */
	version = version_of(w, domid);
	at = entry_at(w, domid, ref, version);
	if (!at)
		return -EFAULT;
	bytes = version == 1 ? 4 : 8;
	guest_wrote_entry(w, domid, ref / (version == 2 ? 256 : 512));
	memcpy(at + bytes, &frame, bytes);
	scan(w);
	return 0;
}

enum how { HOW_WRITE, HOW_READ, HOW_PART_WRITE, HOW_PART_READ, HOW_PASS_WRITE,
	   HOW_PASS_READ, HOW_ACCEPT };

int64_t op_grant(struct world *world, const uint64_t *args)
{
	static const uint16_t flags[] = {
		[HOW_WRITE] = GTF_permit_access,
		[HOW_READ] = GTF_permit_access | GTF_readonly,
		[HOW_PART_WRITE] = GTF_permit_access | GTF_sub_page,
		[HOW_PART_READ] = GTF_permit_access | GTF_sub_page |
				  GTF_readonly,
		[HOW_PASS_WRITE] = GTF_transitive,
		[HOW_PASS_READ] = GTF_transitive | GTF_readonly,
		[HOW_ACCEPT] = GTF_accept_transfer,
	};
	struct hv_world *w = hv_world(world);
	unsigned int domid = (unsigned int)args[0] + 1;
	struct raw_entry raw = {
		.flags = flags[args[3]], .domid = (uint16_t)(args[2] + 1),
		.frame = args[4],
	};

	if (args[3] != HOW_PASS_WRITE && args[3] != HOW_PASS_READ)
		raw.frame = guest_grantable(raw.frame);
	if (args[3] == HOW_PART_WRITE || args[3] == HOW_PART_READ) {
		raw.low = args[5] & 0xffff;
		raw.high = args[5] >> 16 & 0xffff;
	} else if (args[3] == HOW_PASS_WRITE || args[3] == HOW_PASS_READ) {
		raw.low = args[5] & 3;
	}
	return store_entry(w, domid, guest_ref(args[1]), &raw);
}

/* Who has been granted something grants it to a third. */
int64_t op_pass_on(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);
	struct raw_entry raw = {
		.flags = GTF_transitive | (args[3] ? GTF_readonly : 0),
		.domid = (uint16_t)(args[2] + 1),
		.low = (uint16_t)(args[0] >> 16 & 3),
		.frame = args[0] & 0xffff,
	};

	if (args[0] == OP_NO_RESOURCE)
		return -EINVAL;
	return store_entry(w, guest_grantee(w, args[0]), guest_ref(args[1]),
			   &raw);
}

uint64_t guest_grantable(uint64_t gfn)
{
	return gfn >= GFN_ARGS && gfn < NR_MEMORY ? gfn - GFN_ARGS : gfn;
}

uint32_t guest_ref(uint64_t ref)
{
	return xen_account_index((uint32_t)ref) < 0 ?
	       xen_account_ref(ref % XEN_ACCOUNT_REFS) : (uint32_t)ref;
}

unsigned int guest_grantee(struct hv_world *w, uint64_t grant)
{
	unsigned int domid = grant >> 16 & 3;
	int index = xen_account_index(grant & 0xffff);
	const struct xen_terms *terms;

	if (grant == OP_NO_RESOURCE || index < 0)
		return 1;
	terms = xen_account_terms(w->account, (uint16_t)domid,
				  (uint32_t)index);
	return terms->domid && terms->domid <= NR_DOMAINS ? terms->domid : 1;
}

/* Takes a grant back as the interface says one does: only if it is not used. */
int64_t op_end(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);
	unsigned int domid = args[0] >> 16 & 3, version;
	uint32_t ref = args[0] & 0xffff;
	uint16_t *flags, *busy;

	if (args[0] == OP_NO_RESOURCE || !domid)
		return -EINVAL;
	version = version_of(w, domid);
	flags = entry_at(w, domid, ref, version);
	if (!flags)
		return -EFAULT;
	if (version == 1 && xen_account_busy(*flags))
		return -EBUSY;
	if (store_flags(w, domid, ref, version, 0))
		return -EFAULT;
	if (version == 1)
		return 0;
	busy = busy_word(w, domid, ref, version);
	return !busy ? -EFAULT : xen_account_busy(*busy) ? -EBUSY : 0;
}

int64_t op_scribble(struct world *world, const uint64_t *args)
{
	struct raw_entry raw = {
		.flags = (uint16_t)args[2], .domid = (uint16_t)args[3],
		.low = (uint16_t)args[4], .high = (uint16_t)(args[4] >> 16),
		.frame = guest_grantable(args[4]),
	};
	struct hv_world *w = hv_world(world);

	return store_entry(w, (unsigned int)args[0] + 1, guest_ref(args[1]),
			   &raw) < 0 ? -EFAULT : 0;
}

/* -- memory --------------------------------------------------------------- */

int64_t op_touch(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);
	unsigned int domid = (unsigned int)args[0] + 1;
	uint64_t address = (args[1] << SIM_FRAME_SHIFT) + args[3] * 4;
	bool write = args[2];
	uint32_t *at = guest_at(w, domid, address, write);

	if (!at || (args[1] >= GFN_ARGS && args[1] < NR_MEMORY))
		return -EFAULT;
	if (!write)
		return 0;
	tell(w, at, sizeof(*at));
	/* Gone meanwhile? */
	at = guest_at(w, domid, address, write);
	if (!at)
		return -EFAULT;
	*at = (uint32_t)args[4];
	guest_wrote(w, w->domains[domid].tlb[args[1]].frame);
	scan(w);
	return 0;
}

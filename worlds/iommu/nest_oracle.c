/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nest_oracle.c - what devices may reach through tables of guests
 *
 *	(device, PASID) --> binding --> edits of its table --> mappings
 *
 * Mappings are judged as strictly as for requests without a guest: whatever a
 * guest writes or forgets, what is not mapped is not reached. Of its own tables
 * a request may see any entry that was there since the last invalidation that
 * covered it, or since bind: that is all a guest can ask for.
 *
 * Assumptions. Guests edit entries of the last level only. If something else
 * writes to tables (a device may), or other memory is mapped where they were,
 * they may say anything from then on: nest.wild. A call that runs may have taken
 * effect or not. Of calls about one binding that meet, the binding is what both
 * may have left.
 */
#include <errno.h>
#include <inttypes.h>
#include <sim/finding.h>
#include <stdio.h>

#include "iommu.h"

#define PAGE	4096ull

static struct ref_nest *nest_of(struct iommu_world *w)
{
	return &w->reference.nest;
}

static unsigned int number_of(const struct iommu_world *w,
			      const struct ref_binding *b)
{
	return (unsigned int)(b - w->reference.nest.bindings);
}

/* -- edits -- */

/* It can be forgotten: nobody has it in mind. */
static bool is_over(const struct iommu_world *w, const struct ref_edit *edit)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (w->reference.nest.bindings[i].used &&
		    w->reference.nest.bindings[i].table == edit->table &&
		    !(edit->over >> i & 1))
			return false;
	return edit->until;
}

static struct ref_edit *new_edit(struct iommu_world *w)
{
	struct ref_nest *nest = nest_of(w);
	unsigned int i;

	for (i = 0; i < MAX_EDITS; i++)
		if (!nest->edits[i].used || is_over(w, &nest->edits[i]))
			return &nest->edits[i];
	return NULL;
}

static struct ref_edit *current_edit(struct iommu_world *w, uint32_t table,
				     uint32_t page)
{
	struct ref_nest *nest = nest_of(w);
	unsigned int i;

	for (i = 0; i < MAX_EDITS; i++)
		if (nest->edits[i].used && !nest->edits[i].until &&
		    nest->edits[i].table == table &&
		    nest->edits[i].page == page)
			return &nest->edits[i];
	return NULL;
}

bool nest_edit(struct iommu_world *w, uint32_t table, uint32_t page,
	       uint64_t target, bool writable)
{
	struct ref_edit *old = current_edit(w, table, page);
	struct ref_edit *new = target == UINT64_MAX ? NULL : new_edit(w);
	uint64_t now = ++nest_of(w)->now;

	if (target != UINT64_MAX && !new)
		return false;
	if (old) {
		old->until = now;
		old->over = 0;
	}
	if (new)
		*new = (struct ref_edit){
			.used = true,
			.writable = writable,
			.table = table,
			.page = page,
			.target = target,
			.from = now,
		};
	return true;
}

/*
 * All that @b has in mind of these pages is what it has seen since @moment: what
 * had ended by then is over, what had begun is known.
 */
static void refresh(struct iommu_world *w, const struct ref_binding *b,
		    uint32_t first, uint32_t last, uint64_t moment)
{
	uint32_t bit = 1u << number_of(w, b);
	unsigned int i;

	for (i = 0; i < MAX_EDITS; i++) {
		struct ref_edit *edit = &nest_of(w)->edits[i];

		if (!edit->used || edit->table != b->table ||
		    edit->page < first || edit->page > last)
			continue;
		if (edit->until && edit->until <= moment)
			edit->over |= bit;
		if (!edit->until && edit->from <= moment)
			edit->fresh |= bit;
	}
}

/* A binding takes a number that another one had. */
static void forget_number(struct iommu_world *w, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < MAX_EDITS; i++) {
		nest_of(w)->edits[i].over &= ~(1u << number);
		nest_of(w)->edits[i].fresh &= ~(1u << number);
	}
}

/* -- bind -- */

static struct ref_binding *new_binding(struct iommu_world *w)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (!nest_of(w)->bindings[i].used)
			return &nest_of(w)->bindings[i];
	return NULL;
}

bool nest_has_room(const struct iommu_world *w)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (!w->reference.nest.bindings[i].used)
			return true;
	return false;
}

static bool has_binding(const struct iommu_world *w, uint32_t device,
			uint32_t pasid)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (w->reference.nest.bindings[i].used &&
		    w->reference.nest.bindings[i].device == device &&
		    w->reference.nest.bindings[i].pasid == pasid)
			return true;
	return false;
}

bool nest_is_bound(const struct iommu_world *w, uint32_t device, uint32_t pasid)
{
	return pasid && has_binding(w, device, pasid);
}

static bool has_guest_pasid(const struct iommu_world *w,
			    const struct nest_bind_args *args)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++) {
		const struct ref_binding *b = &w->reference.nest.bindings[i];

		if (b->used && b->device == args->device &&
		    b->space == args->space &&
		    b->guest_pasid == args->guest_pasid)
			return true;
	}
	return false;
}

/* By the fixed numbers that devices are attached with. */
static bool is_attached_by(const struct iommu_world *w, uint32_t device,
			   uint32_t pasid)
{
	unsigned int tag;

	for (tag = 1; tag < NR_TAGS; tag++)
		if (iommu_pasid(tag) == pasid &&
		    w->reference.streams[device * NR_TAGS + tag].maybe)
			return true;
	return false;
}

static bool is_owned(const struct iommu_world *w, uint32_t device)
{
	unsigned int tag;

	for (tag = 0; tag < NR_TAGS; tag++)
		if (w->reference.streams[device * NR_TAGS + tag].maybe)
			return true;
	return false;
}

static bool is_nesting(const struct iommu_world *w, uint32_t space)
{
	return w->reference.nest.spaces >> space & 1;
}

static int expect_owned(const struct iommu_world *w, uint32_t pasid)
{
	switch (w->reference.nest.owners[pasid & MAX_PASID]) {
	case OWNER_PROCESS:
		return 0;
	case OWNER_OTHER:
		return -EACCES;
	default:
		return -ENOENT;
	}
}

static int expect_bind(const struct iommu_world *w,
		       const struct nest_bind_args *args)
{
	int rc;

	if (!oracle_space_exists(w, args->space) || !is_owned(w, args->device))
		return -ENOENT;
	if (!is_nesting(w, args->space))
		return -EINVAL;
	if (!args->pasid || args->pasid >> PASID_BITS)
		return -EINVAL;
	if (args->unsupported)
		return -EOPNOTSUPP;
	if (args->beyond)
		return -EINVAL;
	rc = expect_owned(w, args->pasid);
	if (rc)
		return rc;
	if (!oracle_may_be_in(w, args->device, args->space))
		return -EINVAL;
	if (has_binding(w, args->device, args->pasid) ||
	    is_attached_by(w, args->device, args->pasid))
		return -EBUSY;
	return has_guest_pasid(w, args) ? -EEXIST : 0;
}

/*
 * Calls that met have left open whether some binding of the device is there: what
 * a call about them returns cannot be told.
 */
static void doubt(struct iommu_world *w, uint32_t device,
		  const struct ref_binding *self, struct nest_call *call)
{
	const struct ref_binding *b = nest_of(w)->bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (b[i].used && b[i].device == device && !b[i].certain &&
		    &b[i] != self)
			call->call.sure = false;
}

/* There is room for it. */
void nest_bind_begin(struct iommu_world *w, const struct nest_bind_args *args,
		     struct nest_call *call)
{
	struct ref_binding *b = new_binding(w);

	call->call.expected = expect_bind(w, args);
	call->moment = ++nest_of(w)->now;
	call->binding = b;
	forget_number(w, number_of(w, b));
	*b = (struct ref_binding){
		.used = true,
		.device = args->device,
		.pasid = args->pasid,
		.guest_pasid = args->guest_pasid,
		.space = args->space,
		.table = args->table,
	};
	oracle_begin(w, &call->call);
	doubt(w, args->device, b, call);
}

void nest_bind_end(struct iommu_world *w, struct nest_call *call,
		   int64_t result)
{
	struct ref_binding *b = call->binding;

	if (result) {
		b->used = false;
	} else {
		/* Else it may be gone again, or something may be left behind. */
		if (oracle_alone(w, &call->call)) {
			b->certain = true;
			refresh(w, b, 0, GUEST_PAGES - 1, call->moment);
		}
		b->settled = w->reference.clock + 1;
	}
	oracle_end(w, &call->call, result);
}

/* -- what ends bindings -- */

static bool is_of(const struct ref_binding *b, uint32_t device)
{
	return b->used && (device == UINT32_MAX || b->device == device);
}

static bool was_before(const struct iommu_world *w, const struct ref_binding *b,
		       const struct ref_call *call)
{
	return (b->settled && b->settled <= call->at) || oracle_alone(w, call);
}

void nest_unbind_begin(struct iommu_world *w, uint32_t device, uint32_t space,
		       uint32_t pasid, struct nest_call *call)
{
	bool sure = true;
	unsigned int i;

	call->call.expected = -ENOENT;
	for (i = 0; i < MAX_BINDINGS; i++) {
		struct ref_binding *b = &nest_of(w)->bindings[i];

		if (!is_of(b, device) || b->space != space || b->pasid != pasid)
			continue;
		sure &= b->certain;
		b->certain = false;
		call->call.expected = 0;
	}
	oracle_begin(w, &call->call);
	call->call.sure &= sure;
}

void nest_unbind_end(struct iommu_world *w, uint32_t device, uint32_t space,
		     uint32_t pasid, struct nest_call *call, int64_t result)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS && !result; i++) {
		struct ref_binding *b = &nest_of(w)->bindings[i];

		if (is_of(b, device) && b->space == space &&
		    b->pasid == pasid && was_before(w, b, &call->call))
			b->used = false;
	}
	oracle_end(w, &call->call, result);
}

void nest_leave_begin(struct iommu_world *w, uint32_t device)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++) {
		struct ref_binding *b = &nest_of(w)->bindings[i];

		if (!is_of(b, device))
			continue;
		b->suspended = b->certain;
		b->certain = false;
	}
}

/* Bindings do not stay behind when their device has left the space. */
void nest_leave_end(struct iommu_world *w, uint32_t device,
		    const struct ref_call *call)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++) {
		struct ref_binding *b = &nest_of(w)->bindings[i];

		if (!is_of(b, device))
			continue;
		if (!oracle_may_be_in(w, b->device, b->space)) {
			if (was_before(w, b, call))
				b->used = false;
		} else if (oracle_alone(w, call) && b->suspended) {
			b->certain = true;
		}
		b->suspended = false;
	}
}

void nest_closed(struct iommu_world *w)
{
	struct ref_nest *nest = nest_of(w);
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		nest->bindings[i].used = false;
	for (i = 0; i < SLOT_FOREIGN; i++)
		nest->slots[i] = 0;
	for (i = 0; i <= MAX_PASID; i++)
		if (nest->owners[i] == OWNER_PROCESS)
			nest->owners[i] = OWNER_NOBODY;
	nest->spaces = 0;
}

void nest_pasid_freed(struct iommu_world *w, uint32_t pasid)
{
	nest_of(w)->owners[pasid & MAX_PASID] = OWNER_NOBODY;
}

/* A number that is in use, by whomever, must not be given out. */
void nest_pasid_allocated(struct iommu_world *w, unsigned int slot,
			  uint32_t pasid)
{
	struct ref_nest *nest = nest_of(w);
	bool taken = nest->owners[pasid & MAX_PASID];
	unsigned int i;
	char why[SIM_FINDING_TEXT];

	for (i = 0; i < MAX_BINDINGS; i++)
		taken |= nest->bindings[i].certain &&
			 nest->bindings[i].used &&
			 nest->bindings[i].pasid == pasid;
	nest->slots[slot] = pasid;
	nest->owners[pasid & MAX_PASID] = slot == SLOT_FOREIGN ? OWNER_OTHER :
								  OWNER_PROCESS;
	if (!taken)
		return;
	snprintf(why, sizeof(why), "PASID %u is in use", pasid);
	oracle_raise(w, "foreign-pasid", "pasid_alloc",
		     "a PASID was given out that somebody has", why);
}

/* -- invalidation -- */

static bool concerns(const struct nest_invalidate_args *args,
		     const struct ref_binding *b)
{
	return b->used && b->device == args->device &&
	       b->space == args->space &&
	       (args->all || b->guest_pasid == args->guest_pasid);
}

void nest_invalidate_begin(struct iommu_world *w,
			   const struct nest_invalidate_args *args,
			   struct nest_call *call)
{
	bool sure = true;
	unsigned int i;

	call->call.expected = args->all ? 0 : -ENOENT;
	for (i = 0; i < MAX_BINDINGS; i++) {
		const struct ref_binding *b = &nest_of(w)->bindings[i];

		if (!concerns(args, b))
			continue;
		sure &= b->certain || args->all;
		call->call.expected = 0;
	}
	if (!oracle_space_exists(w, args->space) || !is_owned(w, args->device))
		call->call.expected = -ENOENT;
	else if (!is_nesting(w, args->space))
		call->call.expected = -ENODEV;
	call->moment = ++nest_of(w)->now;
	oracle_begin(w, &call->call);
	call->call.sure &= sure;
}

void nest_invalidate_end(struct iommu_world *w,
			 const struct nest_invalidate_args *args,
			 struct nest_call *call, int64_t result)
{
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS && !result && args->tables; i++) {
		struct ref_binding *b = &nest_of(w)->bindings[i];

		if (concerns(args, b) && b->certain &&
		    b->settled <= call->call.at)
			refresh(w, b, args->first, args->last, call->moment);
	}
	oracle_end(w, &call->call, result);
}

/* -- requests -- */

static bool page_of(uint64_t address, uint32_t *page)
{
	*page = (uint32_t)((address - GUEST_FIRST) / PAGE);
	return address >= GUEST_FIRST &&
	       address - GUEST_FIRST < GUEST_PAGES * PAGE;
}

static bool through(const struct iommu_world *w, const struct ref_binding *b,
		    const struct pci_landing *landing)
{
	const struct ref_nest *nest = &w->reference.nest;
	uint32_t page;
	unsigned int i;

	if (nest->wild)
		return oracle_may_reach_any(w, b->space, landing->write,
					    landing->phys);
	if (!page_of(landing->address, &page))
		return false;
	for (i = 0; i < MAX_EDITS; i++) {
		const struct ref_edit *edit = &nest->edits[i];

		if (edit->used && edit->table == b->table &&
		    edit->page == page &&
		    !(edit->over >> number_of(w, b) & 1) &&
		    (edit->writable || !landing->write) &&
		    oracle_may_reach(w, b->space, edit->target +
				     landing->address % PAGE, landing->write,
				     landing->phys))
			return true;
	}
	return false;
}

bool nest_possible(const struct iommu_world *w, unsigned int device,
		   const struct pci_landing *landing)
{
	const struct ref_nest *nest = &w->reference.nest;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (nest->bindings[i].used &&
		    nest->bindings[i].device == device &&
		    nest->bindings[i].pasid == landing->pasid &&
		    through(w, &nest->bindings[i], landing))
			return true;
	return false;
}

/* The op that should have made it impossible, or NULL: none did. */
const char *nest_culprit(const struct iommu_world *w, unsigned int device,
			 const struct pci_landing *landing)
{
	const struct ref_nest *nest = &w->reference.nest;
	const struct ref_binding *gone = NULL;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++) {
		const struct ref_binding *b = &nest->bindings[i];

		if (b->device != device || b->pasid != landing->pasid ||
		    !b->pasid)
			continue;
		if (!b->used)
			gone = b;
		else
			return oracle_may_reach_any(w, b->space, landing->write,
						    landing->phys) ?
			       "invalidate" : "unmap";
	}
	return gone ? "unbind" : NULL;
}

static bool is_sure_of(const struct iommu_world *w, const struct ref_binding *b,
		       uint64_t address, bool write)
{
	const struct ref_nest *nest = &w->reference.nest;
	uint32_t page;
	unsigned int i;

	if (!page_of(address, &page))
		return false;
	for (i = 0; i < TABLES_FRAMES; i++)
		if (!oracle_must_reach(w, b->space, TABLES_IOVA + i * PAGE,
				       true) ||
		    !oracle_must_reach(w, b->space, TABLES_IOVA + i * PAGE,
				       false))
			return false;
	for (i = 0; i < MAX_EDITS; i++) {
		const struct ref_edit *edit = &nest->edits[i];

		if (edit->used && !edit->until && edit->table == b->table &&
		    edit->page == page && edit->fresh >> number_of(w, b) & 1)
			return (edit->writable || !write) &&
			       oracle_must_reach(w, b->space, edit->target,
						 write);
	}
	return false;
}

/* Assumption: within one page. */
uint64_t nest_bound_since(const struct iommu_world *w, uint32_t device,
			  uint32_t pasid)
{
	const struct ref_binding *b = w->reference.nest.bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS && !w->doubtful[device]; i++)
		if (b[i].used && b[i].certain && b[i].device == device &&
		    b[i].pasid == pasid)
			return b[i].settled;
	return 0;
}

bool nest_certain(const struct iommu_world *w, unsigned int device,
		  const struct pci_dma *dma)
{
	const struct ref_nest *nest = &w->reference.nest;
	unsigned int i;

	if (nest->wild || w->doubtful[device] || dma->privileged ||
	    dma->address % PAGE + dma->bytes > PAGE)
		return false;
	for (i = 0; i < MAX_BINDINGS; i++) {
		const struct ref_binding *b = &nest->bindings[i];

		if (b->used && b->certain && b->device == device &&
		    b->pasid == dma->pasid &&
		    is_sure_of(w, b, dma->address, dma->write))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ref_pasid.c - the reference of the API: PASIDs, their owners, bindings
 *
 * An owner is an address space with at least one container that does nesting.
 * Its PASIDs are counted against one quota, in whatever container they are asked
 * for, and free again when the last of these containers loses its backend.
 *
 *    free --alloc--> owned --bind--> bound in a container: in all of its devices
 *      ^               |                |
 *      '------- free, last container ---'   nothing is bound any more
 *
 * Judged whatever overlaps, as long as nobody can doubt who the owners are: a
 * number is owned from the end of the call that gave it out to the beginning of
 * one that may free it, by nobody else, and no more of them than the quota may
 * be. All else is judged where no two calls about the same owner overlap.
 */
#include <sim/finding.h>
#include <stdio.h>

#include "vfio.h"

/* -- owners -- */

static struct ref_owner *owner_of(struct vfio_world *w, uint32_t owner)
{
	return &w->owners[owner - 1];
}

uint32_t ref_owner_reserve(struct vfio_world *w)
{
	uint32_t mm = vfio_process(w)->mm, i, number = 0;
	struct ref_owner *owner;

	for (i = VFIO_OWNERS; i && !(number && owner_of(w, number)->containers);
	     i--)
		if (!owner_of(w, i)->containers || owner_of(w, i)->mm == mm)
			number = i;
	if (!number)
		return 0;
	owner = owner_of(w, number);
	if (!owner->containers++) {
		owner->mm = mm;
		owner->quota = owner->limit = 1000;
	}
	return number;
}

void ref_pasid_free(struct vfio_world *w, struct ref_pasid *p)
{
	p->owner = 0;
	p->bound = 0;
	p->frees++;
	p->freed = w->nr_begun;
	p->leaving = false;
	p->unclear = false;
}

void ref_owner_release(struct vfio_world *w, uint32_t number)
{
	uint32_t i;

	if (!number || --owner_of(w, number)->containers)
		return;
	for (i = 0; i < w->nr_numbers; i++)
		if (w->numbers[i].owner == number)
			ref_pasid_free(w, &w->numbers[i]);
}

void ref_owner_leave(struct vfio_world *w, uint32_t container)
{
	struct ref_container *c = &w->containers[container];

	ref_unbind_all(w, container);
	ref_owner_release(w, c->owner);
	c->owner = 0;
	c->tables = 0;
}

uint64_t ref_owner_behind(struct vfio_world *w, uint64_t fd)
{
	const struct ref_file *file = ref_file(w, fd);
	uint32_t owner;

	if (!file || file->kind == REF_CONTAINER || file->kind == REF_GONE ||
	    !w->groups[file->object].in_container)
		return 0;
	owner = w->containers[w->groups[file->object].container].owner;
	return REF_OWNER(owner) | REF_NUMBERS(owner);
}

/* -- numbers -- */

uint32_t ref_nr_pasids(const struct vfio_world *w, uint32_t owner)
{
	uint32_t i, nr = 0;

	for (i = 0; i < w->nr_numbers; i++)
		nr += w->numbers[i].owner == owner;
	return nr;
}

struct ref_pasid *ref_pasid(struct vfio_world *w, uint64_t number)
{
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++)
		if (w->numbers[i].number == number)
			return &w->numbers[i];
	return NULL;
}

struct ref_pasid *ref_pasid_slot(struct vfio_world *w, uint64_t number)
{
	struct ref_pasid *p = ref_pasid(w, number);

	if (p || w->nr_numbers == VFIO_PASIDS)
		return p;
	p = &w->numbers[w->nr_numbers++];
	p->number = (uint32_t)number;
	return p;
}

static void judge_owner(struct vfio_world *w, const struct ref_pasid *p)
{
	char why[SIM_FINDING_TEXT];

	if (!p->owner || p->leaving || w->unsure & REF_OWNER(p->owner))
		return;
	snprintf(why, sizeof(why), "%u, which another call gave out before",
		 p->number);
	vfio_raise(w, "pasid-twice", "pasid",
		   "a PASID that is somebody's is given out again", why);
}

static void judge_quota(struct vfio_world *w, uint32_t number)
{
	char why[SIM_FINDING_TEXT];
	uint32_t i, nr = 0;

	for (i = 0; i < w->nr_numbers; i++)
		nr += w->numbers[i].owner == number && !w->numbers[i].leaving;
	if (nr <= owner_of(w, number)->limit || w->unsure & REF_OWNER(number))
		return;
	snprintf(why, sizeof(why), "%u of at most %u", nr,
		 owner_of(w, number)->limit);
	vfio_raise(w, "quota-exceeded", "pasid",
		   "a process has more PASIDs than its quota", why);
}

/*
 * Somebody may have freed it before the call that gave it out has told us: then
 * it may be another's by now, and nothing can be said about it.
 */
void ref_pasid_own(struct vfio_world *w, struct ref_pasid *p, uint32_t owner)
{
	uint64_t begun = w->calls[vfio_actor(w)].number;
	bool doubt = p->freed >= begun || w->range_freed >= begun;

	if (!doubt)
		judge_owner(w, p);
	p->owner = owner;
	p->leaving = doubt;
	if (owner)
		judge_quota(w, owner);
}

/*
 * While several are under way any of them may be the last. What is given out
 * meanwhile is no excuse: a quota is refused if there are more already.
 */
void ref_quota_begin(struct vfio_world *w, uint32_t number, uint32_t quota)
{
	struct ref_owner *owner = owner_of(w, number);

	if (owner->setting++)
		owner->overlap = true;
	if (owner->limit < quota)
		owner->limit = quota;
}

void ref_quota_end(struct vfio_world *w, uint32_t number, uint32_t quota,
		   bool done)
{
	struct ref_owner *owner = owner_of(w, number);

	if (done)
		owner->quota = quota;
	if (--owner->setting)
		return;
	if (!owner->overlap)
		owner->limit = owner->quota;
	owner->overlap = false;
}

uint64_t ref_nr_free(const struct vfio_world *w, uint64_t min, uint64_t max)
{
	uint64_t nr = max - min + 1;
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++)
		nr -= w->numbers[i].owner && w->numbers[i].number >= min &&
		      w->numbers[i].number <= max;
	/* The kernel's own. */
	for (i = GROUP_SLICE0; i < VFIO_GROUPS; i++)
		nr -= !w->groups[i].gone && w->groups[i].pasid >= min &&
		      w->groups[i].pasid <= max;
	return nr;
}

/* -- bindings -- */

bool ref_carries(uint32_t group, uint64_t number)
{
	static const uint8_t bits[VFIO_DEVICES] = {
		NIC_PASID_BITS, GPU_PASID_BITS, WHOLE_PASID_BITS,
	};

	return number >> bits[ref_device(group)] == 0;
}

bool ref_guest_has(const struct vfio_world *w, uint32_t container,
		   uint64_t guest)
{
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++)
		if (w->numbers[i].bound >> container & 1 &&
		    w->numbers[i].guest[container] == guest)
			return true;
	return false;
}

/*
 * A parent's PASIDs are those of all its slices: in another container another
 * one may have it.
 */
bool ref_elsewhere(const struct vfio_world *w, const struct ref_pasid *p,
		   uint32_t group)
{
	uint32_t i;

	for (i = GROUP_SLICE0; group >= GROUP_SLICE0 && i < VFIO_GROUPS; i++)
		if (i != group && w->groups[i].in_container &&
		    (p->bound | p->coming) >> w->groups[i].container & 1)
			return true;
	return false;
}

static bool is_in(const struct vfio_world *w, uint32_t group,
		  uint32_t containers)
{
	const struct ref_group *g = &w->groups[group];

	return ref_translated(group) && g->in_container &&
	       containers >> g->container & 1;
}

void ref_bind_group(struct vfio_world *w, const struct ref_pasid *p,
		    uint32_t group, uint32_t container)
{
	const struct ref_container *c = &w->containers[container];
	const struct ledger_binding binding = {
		.requester_id = ref_requester(w, group),
		.pasid = p->number, .owner = vfio_process_number(w),
		.first = c->tables ? c->tables : LEDGER_ANY,
		.second = c->space,
	};

	sim_assert(ledger_bind(w->ledger, &binding));
}

void ref_bind_begin(struct vfio_world *w, const struct ref_pasid *p,
		    uint32_t container)
{
	uint32_t group;

	for (group = 0; group < VFIO_GROUPS; group++)
		if (is_in(w, group, 1u << container))
			ref_bind_group(w, p, group, container);
}

void ref_unbind_begin(struct vfio_world *w, const struct ref_pasid *p,
		      uint32_t containers)
{
	uint32_t group;

	for (group = 0; group < VFIO_GROUPS; group++)
		if (is_in(w, group, containers))
			ledger_unbind(w->ledger, ref_requester(w, group),
				      p->number);
}

void ref_unbind_group(struct vfio_world *w, uint32_t group, uint32_t container)
{
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++)
		if ((w->numbers[i].bound | w->numbers[i].coming) >>
		    container & 1)
			ledger_unbind(w->ledger, ref_requester(w, group),
				      w->numbers[i].number);
}

void ref_unbind_all(struct vfio_world *w, uint32_t container)
{
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++)
		w->numbers[i].bound &= ~(1u << container);
}

void ref_pasid_settle(struct vfio_world *w, const struct ref_pasid *p,
		      bool done)
{
	uint32_t i;

	for (i = 0; i < VFIO_DEVICES; i++)
		ledger_settle_binding(w->ledger,
				      pci_device_requester_id(w->devices[i]),
				      p->number, done);
}

unsigned int ref_nr_users(const struct vfio_world *w, uint32_t tables)
{
	unsigned int nr = 0;
	uint32_t i, c;

	for (i = 0; i < w->nr_numbers; i++)
		for (c = 0; c < VFIO_CONTAINERS; c++)
			nr += ((w->numbers[i].bound | w->numbers[i].coming) >>
			       c & 1) && w->containers[c].tables == tables;
	return nr;
}

/* -- PASID tables -- */

static bool is_present(struct vfio_world *w, uint32_t device, uint32_t number)
{
	uint64_t words[VTD_PASID_WORDS];
	uint16_t requester = pci_device_requester_id(w->devices[device]);

	return !iommu_peek_pasid(w->iommu, requester, number, words) &&
	       words[0] & VTD_PRESENT;
}

static bool is_bound(const struct vfio_world *w, const struct ref_pasid *p,
		     uint32_t device)
{
	uint32_t i;

	for (i = 0; i < VFIO_GROUPS; i++)
		if (ref_device(i) == device && is_in(w, i, p->bound))
			return true;
	return false;
}

static void check_entry(struct vfio_world *w, const struct ref_pasid *p,
			uint32_t device)
{
	uint64_t begun = w->nr_begun;
	char why[SIM_FINDING_TEXT];
	bool present;

	/* One that was under way when the entry was read may end before this. */
	if (ref_others(w, VFIO_THREADS))
		return;
	present = is_present(w, device, p->number);
	/* Entries are read in pieces, and others may run in between. */
	if (present == is_bound(w, p, device) || w->nr_begun != begun)
		return;
	snprintf(why, sizeof(why), "PASID %u of device %04x", p->number,
		 pci_device_requester_id(w->devices[device]));
	vfio_raise(w, present ? "stale-pasid" : "lost-binding", "entry",
		   present ? "a device has a PASID that is not bound" :
			     "a device has no PASID entry for what is bound",
		   why);
}

void ref_check_bindings(struct vfio_world *w)
{
	const uint64_t matters = REF_FILES | 0xffffull | 0xffffull << 32;
	uint32_t i, device;

	if (w->unsure & matters || ref_others(w, VFIO_THREADS))
		return;
	for (i = 0; i < w->nr_numbers; i++)
		for (device = 0; device < VFIO_DEVICES; device++)
			if (!w->numbers[i].unclear)
				check_entry(w, &w->numbers[i], device);
}

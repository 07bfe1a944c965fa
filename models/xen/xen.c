/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen.c - domains, mappings, and where content is; see xen.h
 *
 * FAULT MODEL
 *
 * The hypervisor does what its interface says. It may be busy: a call waits until
 * another one is through. For guests it may be short of things: an entry of a
 * batch is refused (decisions of kind io), or has to be tried again because the
 * granter's page is paged out: for a moment (kind peer), or for as long as a
 * world says (xen_page_out()). It never does half an entry.
 *
 * Peers are ops of a world, and may do anything the interface lets them, at any
 * moment: map what is granted to them or is not, early, late, twice, keep it,
 * write it, take their own grants back. They keep what they have mapped no longer
 * than the world says; who kept it for ever would only stop the guest's clock.
 *
 * A frame of a peer that a guest maps twice shows what is written through the
 * first mapping; what goes through others is lost. Nobody here is judged by it.
 */
#include <string.h>

#include <sim/fiber.h>
#include <sim/finding.h>

#include "internal.h"

#define POISON_UNMAPPED	0xfd	/* as freed heap: kernel/bridge */

struct xen *xen_new(struct sim *sim, const struct xen_options *options)
{
	const struct xen_ledger_options ledger = {
		.complain = options->complain, .arg = options->arg,
	};
	struct xen *xen = sim_alloc(sim, sizeof(*xen), 8);

	xen->sim = sim;
	xen->max_ram_page = options->max_ram_page;
	xen->complain = options->complain;
	xen->complain_arg = options->arg;
	xen->ledger = xen_ledger_new(sim, &ledger);
	return xen;
}

struct xen_ledger *xen_ledger(const struct xen *xen)
{
	return xen->ledger;
}

struct xen_domain *xen__domain(const struct xen *xen, uint16_t domid)
{
	uint32_t i;

	for (i = 0; i < xen->nr_domains; i++)
		if (xen->domains[i]->domid == domid)
			return xen->domains[i];
	return NULL;
}

/* What a guest knows it by, and the highest leaf that is said so of. */
static void cpuid(void *arg, uint32_t leaf, uint32_t subleaf,
		  uint32_t regs[MACHINE_CPUID_REGS])
{
	(void)arg;
	(void)subleaf;
	if (leaf == 1)
		regs[2] = 1u << 31;		/* there is a hypervisor */
	if (leaf != 0x40000000)
		return;
	regs[0] = leaf;
	regs[1] = 0x566e6558;			/* "XenVMMXenVMM" */
	regs[2] = 0x65584d4d;
	regs[3] = 0x4d4d566e;
}

struct xen_domain *xen_domain_new(struct xen *xen,
				  const struct xen_domain_options *options)
{
	const struct machine_hypervisor hypervisor = {
		.call = xen__hypercall,
		.cpuid = cpuid,
		.arg = sim_alloc(xen->sim, sizeof(struct xen_domain), 8),
	};
	struct xen_domain *domain = hypervisor.arg;
	uint32_t i;

	sim_assert(xen->nr_domains < XEN_MAX_DOMAINS &&
		   options->max_table_frames <= XEN_MAX_TABLE_FRAMES);
	domain->xen = xen;
	domain->machine = options->machine;
	domain->domid = options->domid;
	domain->guest = options->guest;
	domain->version = 1;
	domain->nr_frames = 1;
	domain->shared_info = XEN_NO_FRAME;
	domain->max_frames = options->max_table_frames;
	for (i = 0; i < XEN_MAX_TABLE_FRAMES; i++)
		domain->table[i] = domain->status[i] = XEN_NO_FRAME;
	xen->domains[xen->nr_domains++] = domain;
	machine_set_hypervisor(domain->machine, &hypervisor);
	xen_ledger_domain(xen->ledger, domain->domid, domain->machine,
			  domain->guest);
	return domain;
}

void xen_domain_table(struct xen *xen, uint16_t domid, uint64_t frame)
{
	struct xen_domain *domain = xen__domain(xen, domid);

	sim_assert(domain);
	domain->table[0] = frame;
	xen_ledger_table(xen->ledger, domid, 0, frame);
}

/* -- content -------------------------------------------------------------- */

static void *memory_at(const struct xen_domain *domain, uint64_t gfn)
{
	struct sim_memory *memory = machine_memory(domain->machine);

	sim_frames_touch(memory, gfn, 1);
	return sim_frame_data(memory, gfn);
}

/* A mapping into a hole of that frame: the one that @holds, or any other. */
static struct track *find_hole(struct xen *xen, const struct xen_domain *owner,
			       uint64_t gfn, bool holds)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++) {
		struct track *track = &xen->tracks[i];

		if (track->mapper && track->at != XEN_NO_FRAME &&
		    track->active->granter == owner &&
		    track->active->frame == gfn && track->holds == holds)
			return track;
	}
	return NULL;
}

static void *content(struct xen *xen, const struct xen_domain *owner,
		     uint64_t gfn)
{
	const struct track *track = find_hole(xen, owner, gfn, true);

	if (track)
		return memory_at(track->mapper, track->at);
	return memory_at(owner, gfn);
}

void *xen_frame(struct xen *xen, uint16_t domid, uint64_t frame)
{
	const struct xen_domain *owner = xen__domain(xen, domid);

	sim_assert(owner);
	return content(xen, owner, frame);
}

void xen__settle(struct xen *xen, const struct xen_domain *owner, uint64_t gfn)
{
	void *home = memory_at(owner, gfn), *now = content(xen, owner, gfn);

	if (now != home)
		memcpy(home, now, SIM_FRAME_BYTES);
}

/* The hole shows the frame from now on; @now: where its content is. */
static void show(struct xen *xen, const struct track *track, const void *now)
{
	const struct xen_domain *owner = track->active->granter;
	void *hole = memory_at(track->mapper, track->at);

	sim_unpoison(xen->sim, hole, SIM_FRAME_BYTES);
	memcpy(hole, now, SIM_FRAME_BYTES);
	machine_share(track->mapper->machine, track->at,
		      machine_number(owner->machine), true);
}

/* The content goes home, and to another mapping, which has it from now on. */
static void pass_on(struct xen *xen, const struct track *was, const void *hole)
{
	const struct xen_domain *owner = was->active->granter;
	uint64_t frame = was->active->frame;
	struct track *next = find_hole(xen, owner, frame, false);

	memcpy(memory_at(owner, frame), hole, SIM_FRAME_BYTES);
	if (!next)
		return;
	next->holds = true;
	memcpy(memory_at(next->mapper, next->at), hole, SIM_FRAME_BYTES);
}

/* @was is no track any more. */
static void hide(struct xen *xen, const struct track *was)
{
	void *hole = memory_at(was->mapper, was->at);

	machine_unshare(was->mapper->machine, was->at,
			machine_number(was->active->granter->machine));
	if (was->holds)
		pass_on(xen, was, hole);
	sim_poison(xen->sim, hole, SIM_FRAME_BYTES, POISON_UNMAPPED);
}

/* -- mappings ------------------------------------------------------------- */

void xen__lock(struct xen *xen)
{
	while (xen->busy && sim_fiber_self(xen->sim))
		sim_yield(xen->sim);
	xen->busy = true;
}

void xen__unlock(struct xen *xen)
{
	xen->busy = false;
}

static struct track *new_track(struct xen *xen, uint32_t *handle)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++) {
		if (!xen->tracks[i].mapper) {
			*handle = i;
			return &xen->tracks[i];
		}
	}
	return NULL;
}

/* In the same moment: the book, the right to touch it, the content. */
static void enter(struct xen *xen, const struct track *track,
		  const struct xen_map *map, uint32_t handle, const void *now)
{
	const struct xen_pin pin = {
		.mapper = map->mapper, .granter = map->granter,
		.ref = map->ref, .frame = track->active->frame,
		.at = map->at, .write = map->write,
	};

	xen_ledger_mapped(xen->ledger, handle, &pin);
	if (map->at != XEN_NO_FRAME)
		show(xen, track, now);
	else
		machine_share(track->active->granter->machine,
			      track->active->frame,
			      machine_number(track->mapper->machine),
			      map->write);
}

static int64_t map_locked(struct xen *xen, const struct xen_map *map)
{
	struct active *active;
	struct track *track;
	uint32_t handle;
	const void *now;
	int rc;

	track = new_track(xen, &handle);
	if (!track)
		return GNTST_NO_DEVICE_SPACE;
	rc = xen__acquire(xen, map, &active);
	if (rc)
		return rc;
	now = content(xen, active->granter, active->frame);
	/* What lies between members is state, too: see models/xen/ledger.c. */
	track->holds = map->at != XEN_NO_FRAME &&
		       !find_hole(xen, active->granter, active->frame, true);
	track->mapper = xen__domain(xen, map->mapper);
	track->active = active;
	track->at = map->at;
	track->write = map->write;
	enter(xen, track, map, handle, now);
	return handle;
}

int64_t xen_map(struct xen *xen, const struct xen_map *map)
{
	int64_t rc;

	xen__lock(xen);
	rc = map_locked(xen, map);
	xen__unlock(xen);
	return rc;
}

static struct track *find_track(struct xen *xen, uint16_t mapper,
				uint32_t handle)
{
	struct track *track;

	if (handle >= MAX_ACTIVE)
		return NULL;
	track = &xen->tracks[handle];
	return track->mapper && track->mapper->domid == mapper ? track : NULL;
}

/* Does another mapping of the same domain still see the frame? */
static bool still_shared(const struct xen *xen, const struct track *gone)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++) {
		const struct track *track = &xen->tracks[i];

		if (track != gone && track->mapper == gone->mapper &&
		    track->at == XEN_NO_FRAME &&
		    track->active->granter == gone->active->granter &&
		    track->active->frame == gone->active->frame)
			return true;
	}
	return false;
}

static void leave(struct xen *xen, struct track *track)
{
	const struct track was = *track;

	if (was.at == XEN_NO_FRAME && !still_shared(xen, track))
		machine_unshare(was.active->granter->machine, was.active->frame,
				machine_number(was.mapper->machine));
	track->mapper = NULL;
	if (was.at != XEN_NO_FRAME)
		hide(xen, &was);
	xen__release(xen, was.active, was.write);
}

/* A reader's page is as the owner left it, or somebody wrote who may not. */
static void judge_reader(struct xen *xen, const struct track *track)
{
	struct xen_domain *owner = track->active->granter;
	uint64_t frame = track->active->frame;

	if (track->write || !track->holds ||
	    !memcmp(memory_at(owner, frame),
		    memory_at(track->mapper, track->at), SIM_FRAME_BYTES))
		return;
	/* Real hardware faults the moment it happens. */
	xen->complain(xen->complain_arg, &(const struct xen_complaint){
		.oracle = "wrote-readonly", .object = "grant",
		.what = "a page that was granted for reading is written",
		.why = "it is not what it was when it was mapped",
	});
}

int xen_unmap(struct xen *xen, uint16_t mapper, uint32_t handle)
{
	struct track *track;
	int rc = GNTST_BAD_HANDLE;

	xen__lock(xen);
	track = find_track(xen, mapper, handle);
	if (track) {
		judge_reader(xen, track);
		xen_ledger_unmapped(xen->ledger, handle);
		leave(xen, track);
		rc = GNTST_OKAY;
	}
	xen__unlock(xen);
	return rc;
}

void xen_page_out(struct xen *xen, uint16_t domid, uint64_t frame,
		  uint64_t until_ns)
{
	struct xen_domain *domain = xen__domain(xen, domid);

	sim_assert(domain);
	domain->paged_frame = frame;
	domain->paged_until_ns = until_ns;
}

void *xen_page(struct xen *xen, uint16_t mapper, uint32_t handle, bool write)
{
	const struct track *track = find_track(xen, mapper, handle);

	if (!track || (write && !track->write))
		return NULL;
	return content(xen, track->active->granter, track->active->frame);
}

void xen_let_go(struct xen *xen, uint16_t mapper, uint16_t granter)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++) {
		const struct track *track = &xen->tracks[i];

		if (track->mapper && track->mapper->domid == mapper &&
		    track->active->granter->domid == granter)
			xen_unmap(xen, mapper, i);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.c - entries of grant tables, as the hypervisor reads and marks them
 *
 * FAULT MODEL
 *
 * The hypervisor reads an entry while its owner may be writing it, in the order
 * that the public header asks of owners: flags and domid in one word, marked in
 * use by compare-and-exchange, then the frame. Version 2 has the mark in another
 * word, so it looks at the flags once more behind it. It never marks an entry
 * that does not permit what is asked for, and never forgets a mark.
 */
#include <string.h>

#include <sim/access.h>
#include <sim/fiber.h>
#include <sim/memory_model.h>

#include "internal.h"

#define V1_PER_FRAME	(SIM_FRAME_BYTES / GNTTAB_V1_ENTRY_BYTES)
#define V2_PER_FRAME	(SIM_FRAME_BYTES / GNTTAB_V2_ENTRY_BYTES)
#define STATUS_PER_FRAME (SIM_FRAME_BYTES / GNTTAB_STATUS_BYTES)

static void tell(struct sim *sim, const void *address, uint32_t bytes,
		 uint32_t flags)
{
	const struct sim_access access = {
		.address = address,
		.site = __builtin_return_address(0),
		.bytes = bytes,
		.flags = flags | SIM_ACCESS_ATOMIC | SIM_ACCESS_VOLATILE,
	};

	/* Events have no fiber: nobody runs in between. */
	if (!sim_fiber_self(sim))
		return;
	sim_barrier(sim, SIM_BARRIER_FULL);
	sim_access(sim, &access);
}

static char *entry_at(const struct xen_domain *domain, uint32_t ref)
{
	uint32_t per_frame = domain->version == 2 ? V2_PER_FRAME : V1_PER_FRAME;
	uint32_t bytes = SIM_FRAME_BYTES / per_frame;
	struct sim_memory *memory = machine_memory(domain->machine);
	uint64_t gfn;

	if (ref / per_frame >= domain->nr_frames)
		return NULL;
	gfn = domain->table[ref / per_frame];
	if (gfn == XEN_NO_FRAME)
		return NULL;
	sim_frames_touch(memory, gfn, 1);
	return (char *)sim_frame_data(memory, gfn) + ref % per_frame * bytes;
}

static uint16_t *status_at(const struct xen_domain *domain, uint32_t ref)
{
	uint64_t gfn = domain->status[ref / STATUS_PER_FRAME];

	if (gfn == XEN_NO_FRAME)
		return NULL;
	return (uint16_t *)sim_frame_data(machine_memory(domain->machine),
					  gfn) + ref % STATUS_PER_FRAME;
}

static uint32_t load(struct sim *sim, const char *at)
{
	uint32_t word;

	tell(sim, at, 4, 0);
	memcpy(&word, at, 4);
	return word;
}

/* May @map have what the entry's first word says? */
static int check(uint32_t word, const struct xen_map *map)
{
	if ((word & GTF_TYPE_MASK) != GTF_PERMIT_ACCESS || word & GTF_SUB_PAGE)
		return GNTST_BAD_GNTREF;
	if (word >> 16 != map->mapper)
		return GNTST_BAD_GNTREF;
	if (map->write && word & GTF_READONLY)
		return GNTST_GENERAL_ERROR;
	return GNTST_OKAY;
}

static uint16_t marks(bool write)
{
	return GTF_READING | (write ? GTF_WRITING : 0);
}

static int mark_v1(struct sim *sim, char *entry, const struct xen_map *map)
{
	uint32_t word = load(sim, entry), now, marked;
	int rc;

	while (1) {
		rc = check(word, map);
		if (rc)
			return rc;
		marked = word | marks(map->write);
		tell(sim, entry, 4, SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND);
		memcpy(&now, entry, 4);
		if (now == word)
			break;
		word = now;
	}
	memcpy(entry, &marked, 4);
	return GNTST_OKAY;
}

static void set_status(struct sim *sim, uint16_t *status, uint16_t set,
		       uint16_t clear)
{
	tell(sim, status, 2, SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND);
	*status = (*status | set) & ~clear;
}

/* @was: what the status said before, for who comes in vain. */
static int mark_v2(struct sim *sim, char *entry, uint16_t *status,
		   const struct xen_map *map)
{
	uint16_t was;
	int rc = check(load(sim, entry), map);

	if (rc)
		return rc;
	if (!status)
		return GNTST_GENERAL_ERROR;
	was = *status;
	set_status(sim, status, marks(map->write), 0);
	rc = check(load(sim, entry), map);
	if (rc)
		set_status(sim, status, 0, marks(map->write) & ~was);
	return rc;
}

static uint64_t entry_frame(struct sim *sim, const struct xen_domain *granter,
			    const char *entry)
{
	uint64_t frame;

	if (granter->version != 2)
		return load(sim, entry + 4);
	/* With the second look at the flags: from here on it is in use. */
	memcpy(&frame, entry + 8, 8);
	return frame;
}

static int mark(struct xen *xen, struct xen_domain *granter,
		const struct xen_map *map, uint64_t *frame)
{
	char *entry = entry_at(granter, map->ref);
	int rc;

	if (!entry)
		return GNTST_BAD_GNTREF;
	if (granter->version == 2)
		rc = mark_v2(xen->sim, entry, status_at(granter, map->ref),
			     map);
	else
		rc = mark_v1(xen->sim, entry, map);
	if (!rc)
		*frame = entry_frame(xen->sim, granter, entry);
	return rc;
}

static void unmark(struct xen *xen, struct xen_domain *granter, uint32_t ref,
		   uint16_t bits)
{
	char *entry = entry_at(granter, ref);
	uint16_t *status = status_at(granter, ref), flags;

	if (granter->version == 2) {
		set_status(xen->sim, status, 0, bits);
		return;
	}
	tell(xen->sim, entry, 2, SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND);
	memcpy(&flags, entry, 2);
	flags &= ~bits;
	memcpy(entry, &flags, 2);
}

static struct active *find_active(struct xen *xen,
				  const struct xen_domain *granter,
				  uint32_t ref)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++)
		if (xen->active[i].readers &&
		    xen->active[i].granter == granter &&
		    xen->active[i].ref == ref)
			return &xen->active[i];
	return NULL;
}

static struct active *new_active(struct xen *xen)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++)
		if (!xen->active[i].readers)
			return &xen->active[i];
	return NULL;
}

static bool is_frame(const struct xen_domain *domain, uint64_t frame)
{
	return frame < sim_memory_frames(machine_memory(domain->machine));
}

static bool is_out(const struct xen *xen, const struct xen_domain *domain,
		   uint64_t frame)
{
	return frame == domain->paged_frame &&
	       sim_now_ns(xen->sim) < domain->paged_until_ns;
}

/* Who joins an entry in use goes by what it was when that began. */
static int join(struct xen *xen, struct active *active,
		const struct xen_map *map)
{
	uint64_t frame;
	int rc;

	if (active->domid != map->mapper)
		return GNTST_BAD_GNTREF;
	if (map->write && !active->writers) {
		rc = mark(xen, active->granter, map, &frame);
		if (rc)
			return rc;
	}
	return GNTST_OKAY;
}

static int begin(struct xen *xen, struct xen_domain *granter,
		 const struct xen_map *map, struct active **active)
{
	uint64_t frame;
	int rc;

	rc = mark(xen, granter, map, &frame);
	if (rc)
		return rc;
	*active = new_active(xen);
	rc = !*active ? GNTST_NO_DEVICE_SPACE :
	     !is_frame(granter, frame) ? GNTST_BAD_PAGE :
	     is_out(xen, granter, frame) ? GNTST_EAGAIN : GNTST_OKAY;
	if (rc) {
		unmark(xen, granter, map->ref, marks(map->write));
		return rc;
	}
	(*active)->granter = granter;
	(*active)->ref = map->ref;
	(*active)->frame = frame;
	(*active)->domid = map->mapper;
	(*active)->readers = 0;
	(*active)->writers = 0;
	return GNTST_OKAY;
}

int xen__acquire(struct xen *xen, const struct xen_map *map,
		 struct active **active)
{
	struct xen_domain *granter = xen__domain(xen, map->granter);
	int rc;

	if (!granter)
		return GNTST_BAD_DOMAIN;
	*active = find_active(xen, granter, map->ref);
	if (*active)
		rc = join(xen, *active, map);
	else
		rc = begin(xen, granter, map, active);
	if (rc)
		return rc;
	(*active)->readers++;
	(*active)->writers += map->write;
	return GNTST_OKAY;
}

void xen__release(struct xen *xen, struct active *active, bool write)
{
	uint16_t bits = 0;

	if (write && !--active->writers)
		bits |= GTF_WRITING;
	if (!--active->readers)
		bits |= GTF_READING;
	if (bits)
		unmark(xen, active->granter, active->ref, bits);
}

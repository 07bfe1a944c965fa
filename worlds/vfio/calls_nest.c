/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_nest.c - ops about guests' page tables, each with its reference
 *
 * A process has one set of tables for its guest, see vfio.h. `guest_ready` fills
 * it in and maps it; `guest_edit` changes one entry of the last level. What the
 * entry was counts until the guest's invalidation of it has returned:
 *
 *	edit              invalidate            edit, nothing bound
 *	  old may be        old must not be       old must not be
 *	  new may be        new may be
 *
 * Where the tables are bound more than once, an invalidation of one PASID says
 * nothing about the others, and the old entry stays possible.
 *
 * What bind and free leave where they overlap: a free that has succeeded has
 * unbound, or the bind came too late and has failed.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/fiber.h>

#include "vfio.h"
#include "vfio_nesting.h"

#define ENTRY_PRESENT	1ull
#define ENTRY_WRITE	2ull
#define ENTRY_USER	4ull

static uint32_t owner_of(const struct vfio_world *w, int c)
{
	return c < 0 ? 0 : w->containers[c].owner;
}

/* -- the guest's tables -- */

enum edit { EDIT_BOTH, EDIT_READ, EDIT_NONE };

/* Tells the ledger, then changes the entry, if these are still the tables. */
static int edit(struct vfio_world *w, uint32_t tables, uint64_t page,
		uint64_t to, enum edit how)
{
	uint64_t target = GUEST_PAGE + to, entry = 0;
	const struct ledger_map map = {
		.space = tables,
		.rights = LEDGER_READ | (how == EDIT_BOTH ? LEDGER_WRITE : 0),
		.page = GUEST_PAGE + page, .nr = 1, .targets = &target,
	};

	if (vfio_process(w)->tables != tables)
		return -ECANCELED;
	ledger_unmap(w->ledger, tables, GUEST_PAGE + page, GUEST_PAGE + page);
	if (how != EDIT_NONE && !ledger_map(w->ledger, &map))
		return -ENOBUFS;
	if (how != EDIT_NONE)
		entry = target * PAGE_BYTES | ENTRY_PRESENT | ENTRY_USER |
			(how == EDIT_BOTH ? ENTRY_WRITE : 0);
	return vfio_table_store(w, TABLES - 1, GUEST_PAGE + page, entry);
}

/* Nothing that is cached has come from these tables: all is as they say. */
static void settle_unused(struct vfio_world *w, uint32_t tables,
			  uint64_t moment)
{
	if (tables && !ref_nr_users(w, tables))
		ledger_settle_before(w->ledger, tables, 0, UINT64_MAX, moment);
}

static int fill_tables(struct vfio_world *w)
{
	const uint64_t flags = ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER;
	struct vfio_process *p = vfio_process(w);
	uint32_t tables;
	uint64_t i;
	int rc = 0;

	if (p->tables)
		return 0;
	tables = ledger_space(w->ledger, vfio_process_number(w), false);
	p->tables = tables;
	for (i = 0; i + 1 < TABLES && !rc; i++)
		rc = vfio_table_store(w, (unsigned int)i, 0,
				      (TABLES_IOVA + i + 1) * PAGE_BYTES |
				      flags);
	for (i = 0; i < VFIO_RAM_PAGES && !rc; i++)
		rc = edit(w, tables, i, i, EDIT_BOTH);
	settle_unused(w, tables, ledger_now(w->ledger));
	return rc;
}

int64_t op_guest_edit(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_process *p = vfio_process(w);
	uint32_t tables = p->tables;
	int rc;

	if (!p->process || !tables)
		return -ENOBUFS;
	rc = edit(w, tables, args[0], args[1], args[2]);
	settle_unused(w, tables, ledger_now(w->ledger));
	return rc;
}

/* The container as the process finds it when it has made all its calls. */
static int64_t tables_mapped(struct vfio_world *w, uint64_t fd)
{
	int c = ref_object(w, fd, REF_CONTAINER);

	if (c < 0)
		return -EBADF;
	w->containers[c].tables = vfio_process(w)->tables;
	return (int64_t)fd;
}

/*
 * A container with one group, all memory mapped, and tables that say the same.
 * From here on the tables cannot be mapped elsewhere, or others there.
 */
int64_t op_guest_ready(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int64_t container = op_container_open(world, args), group, rc;
	uint64_t joining[2], fd = (uint64_t)container, backend[2] = { fd, 3 };
	uint64_t number = vfio_free_group(w, args[0]);

	if (container < 0)
		return container;
	group = op_group_open(world, &number);
	if (group < 0)
		return group;
	joining[0] = (uint64_t)group;
	joining[1] = fd;
	rc = op_set_container(world, joining);
	if (rc >= 0)
		rc = op_set_iommu(world, backend);
	if (rc >= 0)
		rc = fill_tables(w);
	if (rc >= 0)
		rc = vfio_map(w, fd, GUEST_PAGE, 0, VFIO_RAM_PAGES);
	if (rc >= 0)
		rc = vfio_map(w, fd, TABLES_IOVA, TABLES_RAM, TABLES);
	return rc < 0 ? rc : tables_mapped(w, fd);
}

/* -- bind -- */

struct bind {
	uint32_t argsz;
	uint32_t flags;
	struct nesting_bind data;
};

static struct bind bind_argument(uint64_t pasid, uint64_t guest, bool undo)
{
	struct bind bind = {
		.argsz = sizeof(bind),
		.flags = undo ? VFIO_IOMMU_UNBIND_GUEST_PGTBL :
				VFIO_IOMMU_BIND_GUEST_PGTBL,
		.data = {
			.argsz = sizeof(bind.data), .version = NESTING_VERSION,
			.format = NESTING_FORMAT_VTD, .addr_width = 48,
			.gpgd = TABLES_IOVA * PAGE_BYTES, .hpasid = pasid,
		},
	};

	if (guest) {
		bind.data.flags = NESTING_BIND_GPASID;
		bind.data.gpasid = guest;
	}
	return bind;
}

static uint64_t guest_number(uint64_t pasid, uint64_t guest)
{
	return guest ? guest : pasid;
}

static int64_t expect_bind(struct vfio_world *w, int c,
			   const struct ref_pasid *p, uint64_t guest)
{
	uint32_t owner = owner_of(w, c), group;

	if (!owner || !ref_physical(w, (uint32_t)c))
		return -EINVAL;
	if (!p || p->owner != owner)
		return -EACCES;
	if (p->bound >> c & 1)
		return -EBUSY;
	if (ref_guest_has(w, (uint32_t)c, guest_number(p->number, guest)))
		return -EEXIST;
	for (group = 0; group < VFIO_GROUPS; group++)
		if (ref_translated(group) && w->groups[group].in_container &&
		    w->groups[group].container == (uint32_t)c &&
		    (!ref_carries(group, p->number) ||
		     ref_elsewhere(w, p, group)))
			return -EINVAL;
	return 0;
}

/*
 * @frees: as it was when the call began. If the number has been freed meanwhile
 * whoever freed it has said that nothing is bound.
 */
static void bind_end(struct vfio_world *w, struct ref_pasid *p, int c,
		     uint32_t frees, bool done)
{
	p->coming &= ~(1u << c);
	if (done && ref_doubtful(w))
		p->unclear = true;
	done = done && p->frees == frees;
	if (done)
		p->bound |= 1u << c;
	ref_pasid_settle(w, p, done);
}

static int begin(struct vfio_world *w, uint64_t fd)
{
	int c = ref_object(w, fd, REF_CONTAINER);

	ref_begin_reading(w, fd, REF_NUMBERS(owner_of(w, c)),
			  ref_objects(w, fd) | REF_OWNER(owner_of(w, c)));
	return c;
}

int64_t op_bind(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct ref_pasid *p = ref_pasid(w, args[1]);
	struct bind bind = bind_argument(args[1], args[2], false);
	uint32_t frees = p ? p->frees : 0;
	int64_t rc, expected;
	bool told;
	int c;

	if (!w->pasids)
		return -ENOBUFS;
	c = begin(w, args[0]);
	meet_about_pasid(w, c, args[1]);
	expected = expect_bind(w, c, p, args[2]);
	/* What is bound already stays bound. */
	told = p && c >= 0 && !(p->bound >> c & 1);
	if (told) {
		p->coming |= 1u << c;
		p->guest[c] = (uint32_t)guest_number(p->number, args[2]);
		ref_bind_begin(w, p, (uint32_t)c);
	}
	rc = vfio_ioctl(w, VFIO_IOMMU_BIND, &bind, sizeof(bind),
			sizeof(bind));
	if (told)
		bind_end(w, p, c, frees, rc >= 0);
	else if (p && rc >= 0)	/* somebody is unbinding it, and was first */
		p->unclear = true;
	if (rc >= 0)
		vfio_note_bind(w, (uint32_t)args[1]);
	if (ref_end(w))
		ref_judge(w, rc, expected, "BIND");
	ref_check_bindings(w);
	return rc;
}

/* A PASID that any device can send, or not all of them, bound. */
int64_t op_pasid_ready(struct world *world, const uint64_t *args)
{
	uint64_t fd = vfio_nesting_file(vfio_world(world), args[0]);
	const uint64_t narrow[] = { fd, 1, 0xff, 0 };
	const uint64_t wide[] = { fd, 0x100, 0xfff, 0 };
	const uint64_t *alloc = args[1] ? wide : narrow;
	uint64_t binding[] = { fd, 0, 0 };
	int64_t pasid = op_pasid_alloc(world, alloc), rc;

	if (pasid < 0)
		return pasid;
	binding[1] = (uint64_t)pasid;
	rc = op_bind(world, binding);
	return rc < 0 ? rc : pasid;
}

/* A guest with one device, or two that are not the same, and a PASID of theirs. */
int64_t op_guest_running(struct world *world, const uint64_t *args)
{
	int64_t container = op_guest_ready(world, args);
	const uint64_t fd = (uint64_t)container;
	const uint64_t second = args[0] == GROUP_NIC ? GROUP_GPU : GROUP_NIC;
	const uint64_t enter[] = { fd, second }, all[] = { fd, 0 };

	if (container < 0)
		return container;
	if (args[1])
		op_enter(world, enter);
	return op_pasid_ready(world, all);
}

int64_t op_unbind(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct ref_pasid *p = ref_pasid(w, args[1]);
	struct bind bind = bind_argument(args[1], 0, true);
	uint64_t moment;
	int64_t rc;
	bool bound;
	int c;

	if (!w->pasids)
		return -ENOBUFS;
	c = begin(w, args[0]);
	meet_about_pasid(w, c, args[1]);
	bound = p && c >= 0 && p->bound >> c & 1;
	if (bound)
		ref_unbind_begin(w, p, 1u << c);
	/* A bind that is under way may come before, or after. */
	if (p && c >= 0 && p->coming >> c & 1)
		p->unclear = true;
	moment = ledger_now(w->ledger);
	rc = vfio_ioctl(w, VFIO_IOMMU_BIND, &bind, sizeof(bind),
			sizeof(bind));
	if (bound) {
		ref_pasid_settle(w, p, rc >= 0);
		if (rc >= 0)
			p->bound &= ~(1u << c);
		settle_unused(w, w->containers[c].tables, moment);
	} else if (p && rc >= 0) {	/* by another thread, meanwhile */
		p->unclear = true;
	}
	if (ref_end(w))
		ref_judge(w, rc, bound ? 0 : -ENOENT, "BIND to unbind");
	ref_check_bindings(w);
	return rc;
}

/* -- invalidate -- */

struct invalidate {
	uint32_t argsz;
	uint32_t flags;
	struct nesting_invalidate data;
};

enum what { WHAT_ADDR, WHAT_LEAF, WHAT_PASID, WHAT_DOMAIN };

static struct invalidate invalidate_argument(uint64_t guest, enum what what,
					     uint64_t page, uint64_t nr)
{
	struct invalidate arg = {
		.argsz = sizeof(arg),
		.data = {
			.argsz = sizeof(arg.data), .version = NESTING_VERSION,
			.cache = NESTING_CACHE_IOTLB,
			.granularity = NESTING_INV_DOMAIN,
		},
	};

	if (what == WHAT_DOMAIN)
		return arg;
	arg.data.granularity = NESTING_INV_PASID;
	arg.data.flags = NESTING_INV_HAS_PASID;
	arg.data.pasid = guest;
	if (what == WHAT_PASID)
		return arg;
	arg.data.granularity = NESTING_INV_ADDR;
	arg.data.flags |= what == WHAT_LEAF ? NESTING_INV_LEAF : 0;
	arg.data.addr = (GUEST_PAGE + page) * PAGE_BYTES;
	arg.data.granule_size = PAGE_BYTES;
	arg.data.nb_granules = nr;
	return arg;
}

/*
 * Does the call reach the only binding that goes through these tables? All of a
 * process' containers have the same.
 */
static bool reaches_all(const struct vfio_world *w, uint32_t c)
{
	uint32_t i;

	if (ref_nr_users(w, w->containers[c].tables) != 1)
		return false;
	for (i = 0; i < w->nr_numbers; i++)
		if (w->numbers[i].bound >> c & 1)
			return true;
	return false;
}

int64_t op_invalidate(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct ref_pasid *p = ref_pasid(w, args[1]);
	int c = ref_object(w, args[0], REF_CONTAINER);
	bool bound = p && c >= 0 && p->bound >> c & 1;
	uint64_t guest = bound ? p->guest[c] : p ? p->number : 0xfffff;
	struct invalidate arg = invalidate_argument(guest, args[2], args[3],
						    args[4]);
	uint64_t first = args[2] <= WHAT_LEAF ? GUEST_PAGE + args[3] : 0;
	uint64_t last = args[2] <= WHAT_LEAF ? first + args[4] - 1 : UINT64_MAX;
	uint64_t moment = ledger_now(w->ledger);
	int64_t rc, expected = -EINVAL;

	if (!w->pasids)
		return -ENOBUFS;
	meet_about_pasid(w, c, args[1]);
	ref_begin_reading(w, args[0], 0, ref_objects(w, args[0]) |
			  REF_OWNER(owner_of(w, c)) |
			  REF_NUMBERS(owner_of(w, c)));
	if (owner_of(w, c) && ref_physical(w, (uint32_t)c) &&
	    (args[2] == WHAT_DOMAIN || ref_guest_has(w, (uint32_t)c, guest)) &&
	    (args[2] > WHAT_LEAF || args[4]))
		expected = 0;
	rc = vfio_ioctl(w, VFIO_IOMMU_CACHE_INVALIDATE, &arg,
			sizeof(arg), sizeof(arg));
	if (rc >= 0 && (bound || args[2] == WHAT_DOMAIN) &&
	    reaches_all(w, (uint32_t)c))
		ledger_settle_before(w->ledger, w->containers[c].tables, first,
				     last, moment);
	if (ref_end(w))
		ref_judge(w, rc, expected, "CACHE_INVALIDATE");
	return rc;
}

/* -- calls with one thing wrong -- */

enum bad {
	BIND_ARGSZ, BIND_DATA, BIND_BOTH, BIND_NEITHER, BIND_VERSION,
	BIND_FORMAT, BIND_WIDTH, BIND_FLAGS, BIND_VTD_FLAGS, BIND_TABLE,
	BIND_HIGH, INV_ARGSZ, INV_DATA, INV_FLAGS, INV_VERSION, INV_CACHE,
	INV_KIND, INV_RESERVED, INV_GRANULE, INV_WRAP, REQUEST_BOTH,
	REQUEST_NEITHER, REQUEST_UNKNOWN, REQUEST_ARGSZ,
};

static void spoil_bind(struct bind *bind, enum bad kind)
{
	struct nesting_bind *data = &bind->data;

	bind->argsz = kind == BIND_ARGSZ ? 7 :
		      kind == BIND_DATA ? sizeof(*bind) - 1 : bind->argsz;
	bind->flags = kind == BIND_BOTH ? 3 : kind == BIND_NEITHER ? 4 :
		      bind->flags;
	data->version += kind == BIND_VERSION;
	data->format += kind == BIND_FORMAT;
	data->addr_width -= kind == BIND_WIDTH;
	data->flags |= kind == BIND_FLAGS ? 1ull << 63 : 0;
	data->vtd_flags |= kind == BIND_VTD_FLAGS ? 1ull << 7 : 0;
	data->gpgd += kind == BIND_TABLE;
	data->hpasid |= kind == BIND_HIGH ? 1ull << 32 : 0;
}

static void spoil_invalidate(struct invalidate *arg, enum bad kind)
{
	struct nesting_invalidate *data = &arg->data;

	arg->argsz = kind == INV_ARGSZ ? 7 :
		     kind == INV_DATA ? sizeof(*arg) - 1 : arg->argsz;
	arg->flags = kind == INV_FLAGS;
	data->version += kind == INV_VERSION;
	data->cache = kind == INV_CACHE ? 8 : data->cache;
	data->granularity = kind == INV_KIND ? 3 : data->granularity;
	data->reserved[1] = kind == INV_RESERVED;
	data->granule_size = kind == INV_GRANULE ? 0x1800 : data->granule_size;
	data->nb_granules = kind == INV_WRAP ? 1ull << 52 : data->nb_granules;
}

static int64_t bad_request(struct vfio_world *w, uint64_t pasid, enum bad kind)
{
	static const uint32_t flags[] = { 3, 0, 10, 2 };
	struct vfio_iommu_type1_pasid_request request = {
		.argsz = kind == REQUEST_ARGSZ ? 11 : 20,
		.flags = flags[kind - REQUEST_BOTH],
		.alloc_pasid = { (uint32_t)pasid, 0xfffff, 0 },
	};

	return vfio_ioctl(w, VFIO_IOMMU_PASID_REQUEST, &request,
			  sizeof(request), request.argsz);
}

/* That number, or some number of the container's owner if it is not one. */
static uint64_t some_pasid(const struct vfio_world *w, int c, uint64_t number)
{
	const struct ref_pasid *some = NULL, *p = w->numbers;
	uint32_t owner = owner_of(w, c);

	for (; owner && p < w->numbers + w->nr_numbers; p++) {
		if (p->owner == owner && p->number == number)
			return number;
		if (p->owner == owner)
			some = p;
	}
	return some ? some->number : number;
}

/* All else is as it should be, or that would be what is refused. */
int64_t op_bad_nesting(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t fd = vfio_nesting_file(w, args[0]);
	uint64_t pasid = some_pasid(w, ref_object(w, fd, REF_CONTAINER),
				    args[1]);
	struct bind bind = bind_argument(pasid, 0, false);
	struct invalidate inv = invalidate_argument(pasid & 0xfffff,
						    WHAT_ADDR, 0, 1);
	enum bad kind = args[2];
	int64_t rc;

	if (!w->pasids)
		return -ENOBUFS;
	begin(w, fd);
	spoil_bind(&bind, kind);
	spoil_invalidate(&inv, kind);
	if (kind <= BIND_HIGH)
		rc = vfio_ioctl(w, VFIO_IOMMU_BIND, &bind,
				sizeof(bind), bind.argsz);
	else if (kind <= INV_WRAP)
		rc = vfio_ioctl(w, VFIO_IOMMU_CACHE_INVALIDATE, &inv,
				sizeof(inv), inv.argsz);
	else
		rc = bad_request(w, pasid, kind);
	if (ref_end(w))
		ref_judge(w, rc, -EINVAL, "a call about PASIDs that is not "
			  "well-formed");
	ref_check_bindings(w);
	return rc;
}

/* -- DMA -- */

int64_t vfio_guest_dma(struct vfio_world *w, struct pci_dma *dma)
{
	unsigned int device = vfio_actor(w) - ACTOR_NIC, g;
	const struct ref_pasid *p = ref_pasid(w, dma->pasid);
	int64_t rc;

	/* Nobody knows what it may reach. */
	for (g = 0; g < VFIO_GROUPS; g++)
		if (ref_device(g) == device &&
		    w->unsure & (REF_FILES | 1ull << w->groups[g].container))
			return -ENOBUFS;
	if (p && p->unclear)
		return -ENOBUFS;
	rc = pci_device_dma(w->devices[device], dma);
	if (!rc)
		w->last_guest[device] = *dma;
	return rc;
}

int64_t op_guest_dma(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct pci_dma dma = {
		.address = (GUEST_PAGE + args[1]) * PAGE_BYTES + args[2],
		.bytes = args[3], .pasid = (uint32_t)args[0],
		.write = !args[4], .stamp = sim_op(world->sim),
	};

	if (args[0] >> 20)
		return -ENOBUFS;
	sim_fiber_sleep(world->sim, args[5]);
	w->guest_page = args[1];
	return vfio_guest_dma(w, &dma);
}

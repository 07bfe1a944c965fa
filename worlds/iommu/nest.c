/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nest.c - guests with first-level tables: what their ops do
 *
 * The VMM binds, unbinds and invalidates by system calls; the guest edits its
 * tables in memory and tells nobody, which is what invalidate is for. PASIDs are
 * in slots, so that ops of different actors mean the same one.
 */
#include <errno.h>
#include <sim/bulk.h>
#include <sim/finding.h>
#include <stdio.h>
#include <string.h>

#include "iommu.h"

#define PAGE		4096ull
#define LEVELS		4
/* Frames of one table, from the top; the last level has two. */
#define LAST_LEVEL	(LEVELS - 1)

/* -- tables in memory -- */

static uint64_t guest_address(unsigned int table, unsigned int frame)
{
	return TABLES_IOVA + (table * TABLE_FRAMES + frame) * PAGE;
}

static void put_entry(struct iommu_world *w, unsigned int table,
		      unsigned int frame, unsigned int index, uint64_t word)
{
	uint64_t phys = w->tables[table * TABLE_FRAMES + frame] * PAGE;
	uint64_t *at = machine_dma_word(w->host.machine, phys + index * 8,
					true);

	sim_assert(at);
	sim_bulk_copy(at, &word, sizeof(word));
}

static unsigned int index_of(uint64_t address, unsigned int level)
{
	return address >> (12 + 9 * (LEVELS - 1 - level)) & 511;
}

static void put_page(struct iommu_world *w, unsigned int table,
		     unsigned int page, uint64_t word)
{
	uint64_t address = GUEST_FIRST + page * PAGE;
	unsigned int last = page < GUEST_PAGES / 2 ? LAST_LEVEL :
						     LAST_LEVEL + 1;

	put_entry(w, table, last, index_of(address, LAST_LEVEL), word);
}

static void write_upper_levels(struct iommu_world *w)
{
	const uint64_t flags = VTD_PRESENT | VTD_FL_WRITE | VTD_FL_USER;
	const uint64_t ends[] = { GUEST_FIRST,
				  GUEST_FIRST + (GUEST_PAGES - 1) * PAGE };
	unsigned int table, level, end;

	for (table = 0; table < NR_TABLES; table++) {
		for (level = 0; level < LAST_LEVEL; level++)
			put_entry(w, table, level, index_of(ends[0], level),
				  guest_address(table, level + 1) | flags);
		for (end = 0; end < 2; end++)
			put_entry(w, table, LAST_LEVEL - 1,
				  index_of(ends[end], LAST_LEVEL - 1),
				  guest_address(table, LAST_LEVEL + end) |
				  flags);
	}
}

bool nest_put(struct iommu_world *w, uint32_t table, uint32_t page,
	      uint64_t target, bool writable)
{
	/* Pages of one of the guests are not to be executed. */
	uint64_t word = target | VTD_PRESENT | VTD_FL_USER |
			(writable ? VTD_FL_WRITE : 0) | (table ? VTD_FL_XD : 0);

	if (!nest_edit(w, table, page, target, writable))
		return false;
	put_page(w, table, page, word);
	return true;
}

void nest_write_tables(struct iommu_world *w)
{
	unsigned int table, page;

	write_upper_levels(w);
	for (table = 0; table < NR_TABLES; table++)
		for (page = 0; page < GUEST_PAGES / 2; page++)
			nest_put(w, table, page, iommu_iova(0, page), true);
}

int64_t op_guest_map(struct world *world, const uint64_t *args)
{
	return nest_put(iommu_world(world), (uint32_t)args[0],
			(uint32_t)args[1], iommu_iova(args[2], args[3]),
			args[4] != 1) ? 0 : -EAGAIN;
}

int64_t op_guest_unmap(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);

	nest_edit(w, (uint32_t)args[0], (uint32_t)args[1], UINT64_MAX, false);
	put_page(w, (unsigned int)args[0], (unsigned int)args[1], 0);
	return 0;
}

/* -- spaces and PASIDs -- */

static void map_pages(struct world *world, int64_t space, uint64_t address,
		      uint64_t pages, uint64_t iova)
{
	struct ioas_map map = {
		.space = (uint32_t)space,
		.flags = IOAS_READ | IOAS_WRITE,
		.address = address,
		.length = pages * PAGE,
		.iova = iova,
	};

	iommu_map_call(world, &map);
}

/* RENAMED: bound, and the guest has a number of its own for the PASID. */
enum guest_memory { MEMORY_BOUND, MEMORY_SOME, MEMORY_NONE, MEMORY_RENAMED };

/* Memory is what tables lead to at the beginning, in two mappings. */
int64_t op_guest(struct world *world, const uint64_t *args)
{
	int64_t space = iommu_create_call(world, IOAS_CREATE_NESTING);
	const uint64_t bind[] = { (uint64_t)space, args[0], 0, 0,
				  args[1] == MEMORY_RENAMED, 0 };

	if (space < 0)
		return space;
	map_pages(world, space, TABLES_ADDRESS, TABLES_FRAMES, TABLES_IOVA);
	if (args[1] != MEMORY_NONE) {
		map_pages(world, space, AREA_ADDRESS, 1, 0);
		map_pages(world, space, AREA_ADDRESS + PAGE,
			  GUEST_PAGES / 2 - 1, PAGE);
	}
	iommu_attach_call(world, (uint32_t)space, (unsigned int)args[0], 0);
	if (args[1] == MEMORY_BOUND || args[1] == MEMORY_RENAMED)
		op_bind(world, bind);
	return space;
}

/* Memory is taken from under the guest, in the pieces it began with. */
int64_t op_balloon(struct world *world, const uint64_t *args)
{
	/* The base, the first page, and how many. */
	static const uint64_t ranges[][3] = {
		{ 0, 0, 1 }, { 0, 1, GUEST_PAGES / 2 - 1 },
		{ 0, 0, GUEST_PAGES / 2 },
	};
	const uint64_t *range = ranges[args[1]];
	const uint64_t unmap[] = { args[0], range[0], range[1], range[2] };

	return op_unmap(world, unmap);
}

/* It keeps the file from being released, as other calls do, and counts as one. */
static int64_t pasid_call(struct world *world, uint64_t file, unsigned int cmd,
			  struct ioas_pasid *arg)
{
	struct iommu_world *w = iommu_world(world);
	int64_t rc;

	w->reference.running++;
	w->reference.clock++;
	rc = one_host_ioctl(world, file, cmd, arg, sizeof(*arg));
	w->reference.clock++;
	w->reference.running--;
	return rc;
}

static int64_t pasid_alloc(struct world *world, unsigned int slot, uint32_t min,
			   uint32_t max)
{
	struct iommu_world *w = iommu_world(world);
	uint64_t file = slot == SLOT_FOREIGN ? w->other_file : w->file;
	struct ioas_pasid arg = { .min = min, .max = max };
	int64_t rc = pasid_call(world, file, IOAS_PASID_ALLOC, &arg);

	if (rc)
		return rc;
	nest_pasid_allocated(w, slot, arg.pasid);
	return arg.pasid;
}

int64_t op_pasid_alloc(struct world *world, const uint64_t *args)
{
	static const uint32_t ranges[][2] = {
		{ 1, 127 }, { 5, 5 }, { 70, 70 }, { 128, 200 }, { 0, 10 },
		{ 9, 8 },
	};

	return pasid_alloc(world, (unsigned int)args[0], ranges[args[1]][0],
			   ranges[args[1]][1]);
}

int64_t op_pasid_free(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct ioas_pasid arg = { .pasid = w->reference.nest.slots[args[0]] };
	uint64_t file = args[0] == SLOT_FOREIGN ? w->other_file : w->file;
	int64_t rc = pasid_call(world, file, IOAS_PASID_FREE, &arg);

	if (!rc)
		nest_pasid_freed(w, arg.pasid);
	return rc;
}

static void judge_info(struct iommu_world *w, const struct nesting_info *info)
{
	if (info->format == NESTING_FORMAT_VTD && info->addr_width == 48 &&
	    info->pasid_bits == 20 && info->output_width == w->address_bits &&
	    info->version == NESTING_VERSION && info->argsz == sizeof(*info))
		return;
	oracle_raise(w, "wrong-result", "info",
		     "the IOMMU is said to be what it is not", "nesting_info");
}

int64_t op_info(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct ioas_info arg = { .space = (uint32_t)args[0] };
	struct ref_call call = { 0 };
	int64_t rc;

	call.expected = !oracle_space_exists(w, args[0]) ? -ENOENT :
			w->reference.nest.spaces >> args[0] & 1 ? 0 : -ENODEV;
	oracle_begin(w, &call);
	rc = one_host_ioctl(world, w->file, IOAS_INFO, &arg, sizeof(arg));
	oracle_end(w, &call, rc);
	if (!rc)
		judge_info(w, &arg.info);
	return rc;
}

/* -- bind -- */

struct bind_buffer {
	struct ioas_nesting head;
	struct nesting_bind bind;
};

struct bind_ask {
	struct bind_buffer buffer;
	struct nest_bind_args args;
	int early;		/* refused before anybody looks at the device */
};

static void fill_bind(struct iommu_world *w, struct bind_ask *ask,
		      const uint64_t *args)
{
	static const uint32_t numbers[] = { 0, 5, 70 };
	static const uint32_t flags[] = {
		0, NESTING_VTD_SRE, NESTING_VTD_WPE, NESTING_VTD_EAFE,
	};
	uint32_t pasid = w->reference.nest.slots[args[2]];

	*ask = (struct bind_ask){
		.buffer = {
			.head = {
				.device = iommu_requester_id(
						(unsigned int)args[1]),
				.space = (uint32_t)args[0],
				.bytes = sizeof(struct nesting_bind),
			},
			.bind = {
				.argsz = sizeof(struct nesting_bind),
				.version = NESTING_VERSION,
				.format = NESTING_FORMAT_VTD,
				.addr_width = 48,
				.flags = args[4] ? NESTING_BIND_GPASID : 0,
				.gpgd = guest_address((unsigned int)args[3], 0),
				.hpasid = pasid,
				.gpasid = numbers[args[4]],
				.vtd_flags = flags[args[5]],
			},
		},
		.args = {
			.device = (uint32_t)args[1],
			.space = (uint32_t)args[0],
			.table = (uint32_t)args[3],
			.pasid = pasid,
			.guest_pasid = args[4] ? numbers[args[4]] : pasid,
			.unsupported = args[5] == 3,
		},
	};
}

static uint64_t slot_of(const struct iommu_world *w, uint32_t pasid)
{
	uint64_t slot = 0;

	while (slot < SLOT_FOREIGN && w->reference.nest.slots[slot] != pasid)
		slot++;
	return slot;
}

static int64_t bind_call(struct world *world, struct bind_ask *ask)
{
	struct iommu_world *w = iommu_world(world);
	struct nest_call call = { 0 };
	int64_t rc;

	if (!nest_has_room(w))
		return -EAGAIN;
	meet_about_slot(w, ask->args.space, ask->args.device,
			slot_of(w, ask->args.pasid));
	nest_bind_begin(w, &ask->args, &call);
	if (ask->early && oracle_space_exists(w, ask->args.space))
		call.call.expected = ask->early;
	rc = one_host_ioctl(world, w->file, IOAS_BIND, &ask->buffer,
			    sizeof(ask->buffer));
	nest_bind_end(w, &call, rc);
	return rc;
}

int64_t op_bind(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct bind_ask ask;

	if (!w->reference.nest.slots[args[2]])
		pasid_alloc(world, (unsigned int)args[2], 1, 127);
	fill_bind(w, &ask, args);
	return bind_call(world, &ask);
}

enum bad_bind {
	BIND_VERSION, BIND_OLD_VERSION, BIND_SHORT, BIND_LONG, BIND_NO_ROOM,
	BIND_FORMAT, BIND_FLAG, BIND_VTD_FLAG, BIND_UNALIGNED, BIND_TYPES,
	BIND_GPASID, BIND_BIG_GPASID, BIND_BIG_HPASID, BIND_RESERVED,
	BIND_BEYOND, BIND_WIDTH, BIND_ZERO,
};

static void spoil_early(struct bind_ask *ask, enum bad_bind kind)
{
	struct nesting_bind *bind = &ask->buffer.bind;

	ask->early = kind == BIND_LONG ? -E2BIG :
		     kind == BIND_FORMAT ? -EOPNOTSUPP : -EINVAL;
	bind->version += kind == BIND_VERSION;
	bind->version -= kind == BIND_OLD_VERSION;
	bind->argsz -= kind == BIND_SHORT;
	bind->argsz += kind == BIND_LONG;
	ask->buffer.head.bytes -= kind == BIND_NO_ROOM;
	ask->buffer.head.reserved = kind == BIND_RESERVED;
	bind->format += kind == BIND_FORMAT;
	bind->flags |= kind == BIND_FLAG ? 1ull << 63 : 0;
	bind->vtd_flags |= kind == BIND_VTD_FLAG ? 1u << 7 : 0;
	bind->gpgd += kind == BIND_UNALIGNED ? 8 : 0;
	bind->emt = kind == BIND_TYPES;
	if (kind == BIND_GPASID)
		bind->flags = 0;
	if (kind == BIND_GPASID || kind == BIND_BIG_GPASID)
		bind->gpasid = kind == BIND_GPASID ? 1 : 1 << 20;
	if (kind == BIND_BIG_GPASID)
		bind->flags = NESTING_BIND_GPASID;
	if (kind == BIND_BIG_HPASID)
		bind->hpasid |= 1ull << 32;
}

int64_t op_bad_bind(struct world *world, const uint64_t *args)
{
	const uint64_t good[] = { args[0], args[1], 0, 0, 0, 0 };
	struct iommu_world *w = iommu_world(world);
	struct bind_ask ask;

	if (!w->reference.nest.slots[0])
		pasid_alloc(world, 0, 1, 127);
	fill_bind(w, &ask, good);
	switch ((enum bad_bind)args[2]) {
	case BIND_BEYOND:
		ask.buffer.bind.gpgd = 1ull << w->address_bits;
		ask.args.beyond = true;
		break;
	case BIND_WIDTH:
		ask.buffer.bind.addr_width = 57;
		ask.args.unsupported = true;
		break;
	case BIND_ZERO:
		ask.buffer.bind.hpasid = 0;
		ask.args.pasid = 0;
		break;
	default:
		spoil_early(&ask, (enum bad_bind)args[2]);
	}
	return bind_call(world, &ask);
}

int64_t op_unbind(struct world *world, const uint64_t *args)
{
	static const uint64_t rest[3];
	const uint64_t all[] = { args[0], args[1], args[2], rest[0], rest[1],
				 rest[2] };
	struct iommu_world *w = iommu_world(world);
	struct nest_call call = { 0 };
	struct bind_ask ask;
	int64_t rc;

	fill_bind(w, &ask, all);
	meet_about_slot(w, args[0], args[1], args[2]);
	nest_unbind_begin(w, ask.args.device, ask.args.space, ask.args.pasid,
			  &call);
	rc = one_host_ioctl(world, w->file, IOAS_UNBIND, &ask.buffer,
			    sizeof(ask.buffer));
	nest_unbind_end(w, ask.args.device, ask.args.space, ask.args.pasid,
			&call, rc);
	return rc;
}

/* -- invalidate -- */

enum inv_what {
	INV_PAGE, INV_LEAF, INV_EIGHT_PAGES, INV_2M, INV_PASID, INV_DOMAIN,
};

struct inv_buffer {
	struct ioas_nesting head;
	struct nesting_invalidate what;
};

/* What the guest calls the PASID. */
static uint32_t guest_pasid_of(const struct iommu_world *w, uint64_t device,
			       uint32_t pasid)
{
	const struct ref_binding *b = w->reference.nest.bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (b[i].used && b[i].device == device && b[i].pasid == pasid)
			return b[i].guest_pasid;
	return pasid;
}

static void set_range(struct nesting_invalidate *what, enum inv_what kind,
		      uint64_t page, struct nest_invalidate_args *args)
{
	uint64_t granule = kind == INV_2M ? 2ull << 20 : PAGE;
	uint64_t nr = kind == INV_EIGHT_PAGES ? 8 : 1;
	uint64_t first, last;

	what->addr = (GUEST_FIRST + page * PAGE) / granule * granule;
	what->granule_size = granule;
	what->nb_granules = nr;
	first = what->addr < GUEST_FIRST ? GUEST_FIRST : what->addr;
	last = what->addr + granule * nr - 1;
	args->first = (uint32_t)((first - GUEST_FIRST) / PAGE);
	args->last = (uint32_t)((last - GUEST_FIRST) / PAGE);
}

static void fill_invalidate(struct iommu_world *w, const uint64_t *args,
			    struct inv_buffer *buffer,
			    struct nest_invalidate_args *nest)
{
	static const uint8_t caches[] = {
		NESTING_CACHE_IOTLB,
		NESTING_CACHE_IOTLB | NESTING_CACHE_DEV_IOTLB,
		NESTING_CACHE_DEV_IOTLB,
		NESTING_CACHE_PASID | NESTING_CACHE_IOTLB,
		NESTING_CACHE_PASID,
	};
	enum inv_what kind = (enum inv_what)args[3];
	uint32_t pasid = guest_pasid_of(w, args[1],
					w->reference.nest.slots[args[2]]);

	*buffer = (struct inv_buffer){
		.head = {
			.device = iommu_requester_id((unsigned int)args[1]),
			.space = (uint32_t)args[0],
			.bytes = sizeof(struct nesting_invalidate),
		},
		.what = {
			.argsz = sizeof(struct nesting_invalidate),
			.version = NESTING_VERSION,
			.cache = caches[args[4]],
			.granularity = kind == INV_DOMAIN ? NESTING_INV_DOMAIN :
				       kind == INV_PASID ? NESTING_INV_PASID :
							   NESTING_INV_ADDR,
			.flags = kind == INV_DOMAIN ? 0 : NESTING_INV_HAS_PASID,
			.pasid = kind == INV_DOMAIN ? 0 : pasid,
		},
	};
	*nest = (struct nest_invalidate_args){
		.device = (uint32_t)args[1],
		.space = (uint32_t)args[0],
		.all = kind == INV_DOMAIN,
		.tables = buffer->what.cache & NESTING_CACHE_IOTLB,
		.guest_pasid = pasid,
		.last = GUEST_PAGES - 1,
	};
	if (kind == INV_LEAF)
		buffer->what.flags |= NESTING_INV_LEAF;
	if (buffer->what.granularity == NESTING_INV_ADDR)
		set_range(&buffer->what, kind, args[5], nest);
	/* Of PASIDs there are no pages. */
	if (buffer->what.granularity == NESTING_INV_ADDR)
		buffer->what.cache &= ~NESTING_CACHE_PASID;
	if (!buffer->what.cache)
		buffer->what.cache = NESTING_CACHE_IOTLB;
	nest->tables = buffer->what.cache & NESTING_CACHE_IOTLB;
}

static int64_t invalidate_call(struct world *world, struct inv_buffer *buffer,
			       const struct nest_invalidate_args *nest,
			       int early)
{
	struct iommu_world *w = iommu_world(world);
	struct nest_call call = { 0 };
	int64_t rc;

	nest_invalidate_begin(w, nest, &call);
	if (early && oracle_space_exists(w, nest->space))
		call.call.expected = early;
	rc = one_host_ioctl(world, w->file, IOAS_INVALIDATE, buffer,
			    sizeof(*buffer));
	nest_invalidate_end(w, nest, &call, rc);
	return rc;
}

int64_t op_invalidate(struct world *world, const uint64_t *args)
{
	struct nest_invalidate_args nest;
	struct inv_buffer buffer;

	meet_about_slot(iommu_world(world), args[0], args[1], args[2]);
	fill_invalidate(iommu_world(world), args, &buffer, &nest);
	return invalidate_call(world, &buffer, &nest, 0);
}

/* The binding that a device's last request went through, or NULL. */
static const struct ref_binding *last_way(const struct iommu_world *w,
					  uint64_t device)
{
	const struct ref_binding *b = w->reference.nest.bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (b[i].used && b[i].device == device &&
		    b[i].pasid == w->last_nested[device].pasid)
			return &b[i];
	return NULL;
}

/*
 * What guests do all the time: an entry goes, and the VMM hears of it. The page is
 * one that the device, or else the other one, has been to: nobody would notice.
 */
int64_t op_shootdown(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	uint64_t device = w->last_nested[args[0]].pasid ? args[0] : !args[0];
	const struct pci_dma *dma = &w->last_nested[device];
	const struct ref_binding *way = last_way(w, device);
	uint64_t page = (dma->address - GUEST_FIRST) / PAGE;
	uint64_t invalidate[] = { 0, device, 0, args[1], args[2], 0 };
	uint64_t unmap[2];

	if (!dma->pasid || !way || page >= GUEST_PAGES)
		return -ENOENT;
	unmap[0] = way->table;
	unmap[1] = page;
	op_guest_unmap(world, unmap);
	invalidate[0] = way->space;
	invalidate[2] = slot_of(w, dma->pasid);
	invalidate[5] = page > args[3] ? page - args[3] : 0;
	return op_invalidate(world, invalidate);
}

enum bad_inv {
	BAD_VERSION, BAD_SHORT, BAD_LONG, BAD_NO_ROOM, BAD_RESERVED,
	BAD_NO_CACHE, BAD_CACHE, BAD_GRANULARITY, BAD_FLAG, BAD_NO_PASID,
	BAD_PASID, BAD_GRANULE, BAD_SMALL_GRANULE, BAD_EMPTY, BAD_UNALIGNED,
	BAD_WRAP, BAD_OVERFLOW, BAD_PAGES_OF_PASID, BAD_ADDRESS,
};

static void spoil(struct nesting_invalidate *what, enum bad_inv kind)
{
	what->version += kind == BAD_VERSION;
	what->argsz -= kind == BAD_SHORT;
	what->argsz += kind == BAD_LONG;
	what->reserved[1] = kind == BAD_RESERVED;
	what->cache |= kind == BAD_CACHE ? 1u << 7 : 0;
	what->flags |= kind == BAD_FLAG ? 1u << 2 : 0;
	what->flags &= kind == BAD_NO_PASID ? ~NESTING_INV_HAS_PASID : ~0u;
	what->pasid |= kind == BAD_PASID ? 1u << 20 : 0;
	what->granule_size += kind == BAD_GRANULE ? PAGE / 2 : 0;
	if (kind == BAD_NO_CACHE)
		what->cache = 0;
	if (kind == BAD_GRANULARITY)
		what->granularity = 3;
	if (kind == BAD_SMALL_GRANULE)
		what->granule_size = PAGE / 2;
	if (kind == BAD_EMPTY)
		what->nb_granules = 0;
	if (kind == BAD_UNALIGNED)
		what->addr += PAGE / 2;
	if (kind == BAD_WRAP)
		what->addr = -PAGE, what->nb_granules = 2;
	if (kind == BAD_OVERFLOW)
		what->nb_granules = 1ull << 52;
	if (kind == BAD_PAGES_OF_PASID)
		what->cache |= NESTING_CACHE_PASID;
	if (kind == BAD_ADDRESS)
		what->granularity = NESTING_INV_PASID;
}

int64_t op_bad_invalidate(struct world *world, const uint64_t *args)
{
	const uint64_t good[] = { args[0], args[1], 0, INV_PAGE, 0, 0 };
	enum bad_inv kind = (enum bad_inv)args[2];
	struct nest_invalidate_args nest;
	struct inv_buffer buffer;

	fill_invalidate(iommu_world(world), good, &buffer, &nest);
	spoil(&buffer.what, kind);
	buffer.head.bytes -= kind == BAD_NO_ROOM;
	nest.tables = false;
	return invalidate_call(world, &buffer, &nest,
			       kind == BAD_LONG ? -E2BIG : -EINVAL);
}

/* -- devices -- */

static int64_t nested_dma(struct world *world, unsigned int device,
			  struct pci_dma dma)
{
	struct iommu_world *w = iommu_world(world);
	const struct reference *ref = &w->reference;
	uint64_t clock = ref->clock, now = ref->nest.now;
	bool certain;
	int rc;

	if (!dma.pasid)
		return -ENOENT;
	dma.stamp = w->stamp;
	certain = nest_certain(w, device, &dma);
	w->stamp += 1 << 16;
	rc = pci_device_dma(w->devices[device], &dma);
	if (!rc)
		w->last_nested[device] = dma;
	if (rc == -EFAULT && certain && ref->clock == clock &&
	    ref->nest.now == now && !ref->nest.wild)
		oracle_dma_refused(w, &dma);
	return rc;
}

static struct pci_dma dma_of(const struct iommu_world *w, const uint64_t *args)
{
	return (struct pci_dma){
		.address = GUEST_FIRST + args[1] * PAGE + args[2],
		.bytes = args[3],
		.pasid = w->reference.nest.slots[args[0]],
		.write = args[4] != 1,
		.privileged = args[4] == 2,
	};
}

static int64_t nested(struct world *world, unsigned int device,
		      const uint64_t *args)
{
	return nested_dma(world, device, dma_of(iommu_world(world), args));
}

static int64_t nested_nic(struct world *world, const uint64_t *args)
{
	return nested(world, 0, args);
}

int64_t op_nested_nic(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[5], nested_nic, args);
}

static int64_t nested_gpu(struct world *world, const uint64_t *args)
{
	return nested(world, 1, args);
}

int64_t op_nested_gpu(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[5], nested_gpu, args);
}

/* Some PASID that is bound, so that a device has somewhere to begin; or 0. */
static uint32_t bound_pasid(const struct iommu_world *w, unsigned int device)
{
	const struct ref_binding *b = w->reference.nest.bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (b[i].used && b[i].device == device)
			return b[i].pasid;
	return 0;
}

enum again_page { PAGE_SAME, PAGE_NEXT, PAGE_FIRST };

int64_t nest_again(struct world *world, unsigned int device,
		   const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct pci_dma dma;

	/* It begins where pages are mapped on both sides. */
	dma = w->last_nested[device];
	if (!dma.pasid)
		dma = (struct pci_dma){
			.address = GUEST_FIRST + 4 * PAGE, .bytes = 8,
			.pasid = bound_pasid(w, device),
		};
	if (args[0] == PAGE_NEXT && dma.address < GUEST_FIRST +
					(GUEST_PAGES - 1) * PAGE)
		dma.address += PAGE;
	if (args[0] == PAGE_FIRST)
		dma.address = GUEST_FIRST;
	dma.write = !args[1];
	return nested_dma(world, device, dma);
}

static int64_t again_nic(struct world *world, const uint64_t *args)
{
	return nest_again(world, 0, args);
}

int64_t op_again_nic(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[2], again_nic, args);
}

static int64_t again_gpu(struct world *world, const uint64_t *args)
{
	return nest_again(world, 1, args);
}

int64_t op_again_gpu(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[2], again_gpu, args);
}

static int64_t set_ats(struct world *world, unsigned int device, bool on)
{
	struct iommu_world *w = iommu_world(world);

	if (!w->ats)
		return -EOPNOTSUPP;
	pci_device_set_ats(w->devices[device], on);
	pci_device_set_pri(w->devices[device], on && w->pages);
	return 0;
}

int64_t op_ats_nic(struct world *world, const uint64_t *args)
{
	return set_ats(world, 0, !args[0]);
}

int64_t op_ats_gpu(struct world *world, const uint64_t *args)
{
	return set_ats(world, 1, !args[0]);
}

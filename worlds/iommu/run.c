/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.c - what the ops of the world of the IOMMU do
 */
#include <errno.h>
#include <sim/decide.h>
#include <sim/fiber.h>

#include <worlds/host_backend.h>

#include "iommu.h"

extern const struct host_backend kernel_backend;

#define PAGE	4096ull
#define BLOCK_2M (2ull << 20)
#define NO_FRAME UINT64_MAX

uint64_t iommu_iova(uint64_t base, uint64_t page)
{
	static const uint64_t bases[] = {
		0,
		(2ull << 20) - 8 * PAGE,
		(1ull << 30) - 8 * PAGE,
		0xfee00000 - 8 * PAGE,
		1ull << 38,
		(1ull << 39) - 16 * PAGE,
		TABLES_IOVA,
	};

	return bases[base] + page * PAGE;
}

static uint32_t access_flags(uint64_t choice)
{
	static const uint32_t flags[] = {
		IOAS_READ | IOAS_WRITE, IOAS_READ, IOAS_WRITE,
	};

	return flags[choice];
}

/* -- spaces and devices -- */

static unsigned int stream_number(uint64_t device, uint64_t tag)
{
	return (unsigned int)(device * NR_TAGS + tag);
}

int64_t iommu_create_call(struct world *world, unsigned int cmd)
{
	struct iommu_world *w = iommu_world(world);
	bool nesting = cmd == IOAS_CREATE_NESTING;
	struct ioas_space space = { 0 };
	struct ref_call call = { 0 };
	int64_t rc;

	oracle_create_begin(w, &call);
	if (nesting && !w->nesting)
		call.expected = -ENODEV;
	rc = one_host_ioctl(world, w->file, cmd, &space, sizeof(space));
	if (!rc)
		rc = space.space;
	oracle_create_end(w, &call, rc);
	if (rc < 0)
		return rc;
	w->reference.nest.spaces &= ~(1u << rc);
	w->reference.nest.spaces |= (uint32_t)nesting << rc;
	return rc;
}

int64_t op_create(struct world *world, const uint64_t *args)
{
	(void)args;
	return iommu_create_call(world, IOAS_CREATE);
}

int64_t op_destroy(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct ioas_space space = { .space = (uint32_t)args[0] };
	struct ref_call call = { 0 };
	int64_t rc;

	oracle_destroy_begin(w, space.space, &call);
	rc = one_host_ioctl(world, w->file, IOAS_DESTROY, &space,
			    sizeof(space));
	oracle_destroy_end(w, &call, rc);
	return rc;
}

int64_t iommu_attach_call(struct world *world, uint32_t space,
			  unsigned int device, unsigned int tag)
{
	struct iommu_world *w = iommu_world(world);
	unsigned int stream = stream_number(device, tag);
	struct ioas_attach attach = {
		.device = iommu_requester_id(device),
		.space = space,
		.pasid = iommu_pasid(tag),
	};
	struct ref_call call = { 0 };
	int64_t rc;

	meet_about_device(w, space, device, tag);
	oracle_attach_begin(w, &attach, stream, &call);
	rc = one_host_ioctl(world, w->file, IOAS_ATTACH, &attach,
			    sizeof(attach));
	oracle_attach_end(w, &attach, stream, &call, rc);
	if (!rc)
		w->last_tag[device] = (uint8_t)tag;
	return rc;
}

int64_t op_attach(struct world *world, const uint64_t *args)
{
	return iommu_attach_call(world, (uint32_t)args[0],
				 (unsigned int)args[1], (unsigned int)args[2]);
}

int64_t op_detach(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	unsigned int stream = stream_number(args[0], args[1]);
	struct ioas_attach attach = {
		.device = iommu_requester_id((unsigned int)args[0]),
		.pasid = iommu_pasid((unsigned int)args[1]),
	};
	struct ref_call call = { 0 };
	int64_t rc;

	meet_about_device(w, w->subject.space, args[0], args[1]);
	oracle_detach_begin(w, stream, &call);
	rc = one_host_ioctl(world, w->file, IOAS_DETACH, &attach,
			    sizeof(attach));
	oracle_detach_end(w, stream, &call, rc);
	return rc;
}

/* Not while the other thread is in a call: release would come with its end. */
int64_t op_reopen(struct world *world, const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct ref_call call = { 0 };
	int64_t file;

	(void)args;
	if (!oracle_quiet(w))
		return -EAGAIN;
	oracle_close_begin(w, &call);
	one_host_close(world, w->file);
	/* A call that has begun meanwhile keeps the file until it ends. */
	while (w->reference.running > 1)
		sim_fiber_sleep(world->sim, 100);
	oracle_close_end(w, &call);
	file = one_host_open(world, "ioas");
	if (file < 0)
		return file;
	w->file = (uint64_t)file;
	w->closed = false;
	return 0;
}

/* -- mappings -- */

/* The frame of a page of the process, which is faulted in if need be. */
static uint64_t find_frame(struct iommu_world *w, uint64_t address)
{
	const struct vmm_syscalls *sys = kernel_backend.syscalls;
	const uint8_t byte = 0;
	long frame = sys->frame(w->host.process, address);

	if (frame < 0 && sys->store(w->host.process, address, &byte, 1) >= 0)
		frame = sys->frame(w->host.process, address);
	return frame < 0 ? NO_FRAME : (uint64_t)frame;
}

/*
 * The frames behind the area from @address on. Memory is faulted in from its
 * end, so that frames mostly follow one another.
 */
static void find_frames(struct iommu_world *w, uint64_t address, uint64_t bytes,
			uint64_t *frames)
{
	uint64_t i;

	for (i = AREA_PAGES; i--;)
		frames[i] = i < bytes / PAGE ?
			    find_frame(w, address + i * PAGE) : NO_FRAME;
}

/* Another thread may have unmapped the memory, and mapped it again. */
static bool frames_moved(struct iommu_world *w, uint64_t address,
			 uint64_t bytes, const uint64_t *frames)
{
	uint64_t now[AREA_PAGES], i;

	find_frames(w, address, bytes, now);
	for (i = 0; i < AREA_PAGES; i++)
		if (now[i] != frames[i])
			return true;
	return false;
}

static void note_range(struct iommu_world *w, const struct ioas_map *map)
{
	w->recent[w->nr_recent++ % NR_RECENT] = (struct recent_range){
		.iova = map->iova, .bytes = map->length, .space = map->space,
	};
}

int64_t iommu_map_call(struct world *world, struct ioas_map *map)
{
	struct iommu_world *w = iommu_world(world);
	struct ref_call call = { 0 };
	uint64_t frames[AREA_PAGES];
	int64_t rc;

	if (!oracle_has_room(w))
		return -EAGAIN;
	if (!(map->flags & IOAS_BAR))
		find_frames(w, map->address, map->length, frames);
	if (!oracle_has_room(w))
		return -EAGAIN;
	meet_about_range(w, map->space, map->iova, map->length);
	oracle_map_begin(w, map, frames, &call);
	rc = one_host_ioctl(world, w->file, IOAS_MAP, map, sizeof(*map));
	if ((!rc || rc == -EFAULT) && !(map->flags & IOAS_BAR) &&
	    frames_moved(w, map->address, map->length, frames))
		oracle_map_moved(&call, rc);
	oracle_map_end(w, &call, rc);
	if (!rc)
		note_range(w, map);
	return rc;
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct ioas_map arg = {
		.space = (uint32_t)args[0],
		.flags = access_flags(args[5]),
		.address = AREA_ADDRESS + args[3] * PAGE,
		.length = args[4] * PAGE,
		.iova = iommu_iova(args[1], args[2]),
	};

	return iommu_map_call(world, &arg);
}

int64_t op_map_bar(struct world *world, const uint64_t *args)
{
	static const uint64_t offsets[] = {
		0, PAGE, (2ull << 20) - PAGE, 2ull << 20, 1ull << 30,
		(4ull << 30) - (2ull << 20),
	};
	static const uint64_t lengths[] = {
		PAGE, 2ull << 20, (2ull << 20) + PAGE, 4ull << 20, 1ull << 30,
		(1ull << 30) + (2ull << 20),
	};
	struct ioas_map arg = {
		.space = (uint32_t)args[0],
		.flags = access_flags(args[5]) | IOAS_BAR,
		.device = iommu_requester_id(0),
		.address = offsets[args[3]],
		.length = lengths[args[4]],
		.iova = iommu_iova(args[1], args[2]),
	};

	return iommu_map_call(world, &arg);
}

/* What most programs begin with. */
int64_t op_ready(struct world *world, const uint64_t *args)
{
	int64_t space = iommu_create_call(world, IOAS_CREATE);
	const uint64_t map[] = {
		(uint64_t)space, args[2], args[3], args[4], args[5], 0,
	};

	if (space < 0)
		return space;
	iommu_attach_call(world, (uint32_t)space, (unsigned int)args[0],
			  (unsigned int)args[1]);
	op_map(world, map);
	return space;
}

/* Memory of a device: there is enough of it to fill tables, and large pages. */
int64_t op_ready_bar(struct world *world, const uint64_t *args)
{
	int64_t space = iommu_create_call(world, IOAS_CREATE);
	const uint64_t map[] = {
		(uint64_t)space, args[1], args[2], args[3], args[4], 0,
	};

	if (space < 0)
		return space;
	iommu_attach_call(world, (uint32_t)space, (unsigned int)args[0], 0);
	op_map_bar(world, map);
	return space;
}

int64_t op_bad_map(struct world *world, const uint64_t *args)
{
	struct ioas_map arg = {
		.space = (uint32_t)args[0],
		.flags = IOAS_READ,
		.address = AREA_ADDRESS,
		.length = PAGE,
		.iova = 16 * PAGE,
	};

	switch (args[1]) {
	case 0:
		arg.flags = 0;
		break;
	case 1:
		arg.flags |= 8;
		break;
	case 2:
		arg.reserved = 1;
		break;
	case 3:
		arg.iova++;
		break;
	case 4:
		arg.length++;
		break;
	case 5:
		arg.address += 8;
		break;
	case 6:
		arg.length = 0;
		break;
	case 7:
		arg.iova = -PAGE;
		arg.length = 2 * PAGE;
		break;
	case 8:
		arg.address = 0xffff800000000000ull;
		break;
	case 9:
		arg.space = IOAS_SPACES;
		break;
	case 10:
		arg.length = (IOAS_MAX_PAGES + 1) * PAGE;
		break;
	default:
		return one_host_ioctl(world, iommu_world(world)->file,
				      IOAS_UNMAP + 1, &arg, sizeof(arg));
	}
	return iommu_map_call(world, &arg);
}

int64_t iommu_unmap_call(struct world *world, struct ioas_unmap *unmap)
{
	struct iommu_world *w = iommu_world(world);
	struct ref_call call = { 0 };
	int64_t rc;

	meet_about_range(w, unmap->space, unmap->iova, unmap->length);
	oracle_unmap_begin(w, unmap, &call);
	rc = one_host_ioctl(world, w->file, IOAS_UNMAP, unmap, sizeof(*unmap));
	oracle_unmap_end(w, &call, rc, unmap->length);
	return rc;
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	struct ioas_unmap unmap = {
		.space = (uint32_t)args[0],
		.iova = iommu_iova(args[1], args[2]),
		.length = args[3] * PAGE,
	};

	return iommu_unmap_call(world, &unmap);
}

/* -- where something was mapped -- */

/* The range of the map that was @back before the last one, or NULL. */
static const struct recent_range *recent_range(const struct iommu_world *w,
					       uint64_t back)
{
	uint32_t nr = w->nr_recent < NR_RECENT ? w->nr_recent : NR_RECENT;

	if (!nr)
		return NULL;
	return &w->recent[(w->nr_recent - 1 - back % nr) % NR_RECENT];
}

enum part { PART_ALL, PART_FIRST_PAGE, PART_LAST_PAGE, PART_BLOCK_2M };

/* The range that a device has been to last, or an older one. */
int64_t op_take_back(struct world *world, const uint64_t *args)
{
	const struct iommu_world *w = iommu_world(world);
	const struct recent_range *range = args[0] || !w->visited.bytes ?
					   recent_range(w, args[0]) :
					   &w->visited;
	struct ioas_unmap unmap = { .length = PAGE };

	if (!range)
		return -ENOENT;
	unmap.space = (uint32_t)range->space;
	unmap.iova = range->iova;
	switch ((enum part)args[1]) {
	case PART_ALL:
		unmap.length = range->bytes;
		break;
	case PART_LAST_PAGE:
		unmap.iova += range->bytes - PAGE;
		break;
	case PART_BLOCK_2M:
		unmap.iova &= ~(BLOCK_2M - 1);
		unmap.length = BLOCK_2M;
		break;
	default:
		break;
	}
	return iommu_unmap_call(world, &unmap);
}

/* BEHIND: where a device may have been already, and found nothing. */
enum what_there {
	PAGE_THERE, BAR_PAGE_THERE, BAR_2M_THERE, PAGES_THERE, PAGE_BEHIND,
};

int64_t op_map_there(struct world *world, const uint64_t *args)
{
	const struct recent_range *range = recent_range(iommu_world(world),
							args[0]);
	struct ioas_map map = { .flags = access_flags(args[3]) };

	if (!range)
		return -ENOENT;
	map.space = (uint32_t)range->space;
	map.iova = range->iova;
	map.length = PAGE;
	if (args[1] == PAGE_BEHIND)
		map.iova += range->bytes;
	if (args[1] == PAGES_THERE)
		map.length = range->bytes < 8 * PAGE ? range->bytes : 8 * PAGE;
	if (args[1] == BAR_2M_THERE) {
		map.iova &= ~(BLOCK_2M - 1);
		map.length = BLOCK_2M;
	}
	if (args[1] == BAR_PAGE_THERE || args[1] == BAR_2M_THERE) {
		map.flags |= IOAS_BAR;
		map.device = iommu_requester_id(0);
		map.address = BLOCK_2M;
	} else {
		map.address = AREA_ADDRESS + args[2] * PAGE;
	}
	return iommu_map_call(world, &map);
}

/* -- memory of the process -- */

static uint64_t area_bytes(const uint64_t *args)
{
	uint64_t left = AREA_PAGES - args[0];

	return (args[1] < left ? args[1] : left) * PAGE;
}

int64_t op_forget(struct world *world, const uint64_t *args)
{
	return kernel_backend.syscalls->munmap(iommu_world(world)->host.process,
			AREA_ADDRESS + args[0] * PAGE, area_bytes(args));
}

int64_t op_remember(struct world *world, const uint64_t *args)
{
	long rc = kernel_backend.syscalls->mmap(
			iommu_world(world)->host.process,
			AREA_ADDRESS + args[0] * PAGE, area_bytes(args),
			VMM_PROT_READ | VMM_PROT_WRITE);

	return rc < 0 ? rc : 0;
}

int64_t op_pause(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0]);
	return 0;
}

/* -- devices -- */

/*
 * A call that ends a translation takes some time, and so long the translation
 * may be used: who wants to see one that stays has to wait.
 */
int64_t iommu_run_when(struct world *world, uint64_t when, op_run_fn fn,
		       const uint64_t *args)
{
	return when ? fn(world, args) : world_alone(world, fn, args);
}

static int64_t do_dma(struct iommu_world *w, unsigned int device,
		      unsigned int tag, struct pci_dma *dma)
{
	uint64_t clock = w->reference.clock;
	bool certain;
	int rc;

	dma->pasid = tag ? iommu_pasid(tag) : IOMMU_NO_PASID;
	dma->stamp = w->stamp;
	certain = oracle_dma_certain(w, stream_number(device, tag), dma);
	w->stamp += 1 << 16;
	w->last_dma[device] = *dma;
	rc = pci_device_dma(w->devices[device], dma);
	if (rc == -EFAULT && certain && w->reference.clock == clock)
		oracle_dma_refused(w, dma);
	return rc;
}

static int64_t dma(struct world *world, unsigned int device,
		   const uint64_t *args)
{
	struct pci_dma dma = {
		.address = iommu_iova(args[0], args[1]) + args[2],
		.bytes = args[3],
		.write = !args[4],
	};

	return do_dma(iommu_world(world), device, (unsigned int)args[5], &dma);
}

int64_t op_dma_nic(struct world *world, const uint64_t *args)
{
	return dma(world, 0, args);
}

int64_t op_dma_gpu(struct world *world, const uint64_t *args)
{
	return dma(world, 1, args);
}

/* What the device may be attached to that space by, or -1. */
static int tag_into(const struct iommu_world *w, unsigned int device,
		    uint64_t space)
{
	unsigned int tag;

	for (tag = 0; tag < NR_TAGS; tag++)
		if (w->reference.streams[stream_number(device, tag)].maybe >>
		    space & 1)
			return (int)tag;
	return -1;
}

/* The same of the ranges that the device has a way to; *@tag: which. */
static const struct recent_range *range_within_reach(
		const struct iommu_world *w, unsigned int device, uint64_t back,
		unsigned int *tag)
{
	const struct recent_range *range;
	uint64_t i;
	int by;

	for (i = 0; i < NR_RECENT && i < w->nr_recent; i++) {
		range = recent_range(w, i);
		by = tag_into(w, device, range->space);
		if (by < 0 || back--)
			continue;
		*tag = (unsigned int)by;
		return range;
	}
	return NULL;
}

enum where { FIRST_PAGE, SECOND_PAGE, LAST_PAGE, BEHIND, SAME };

/* SAME: the device repeats what it did last, perhaps in vain. */
static uint64_t place_in(const struct iommu_world *w, unsigned int device,
			 const struct recent_range *range, enum where where)
{
	switch (where) {
	case SECOND_PAGE:
		return range->iova + PAGE;
	case LAST_PAGE:
		return range->iova + range->bytes - PAGE;
	case BEHIND:
		return range->iova + range->bytes;
	case SAME:
		if (w->last_dma[device].bytes)
			return w->last_dma[device].address;
		return range->iova;
	default:
		return range->iova;
	}
}

/*
 * Where something was mapped, and perhaps still is; through what the device is
 * attached by, or was last. Addresses drawn anew are hardly ever translated.
 */
static int64_t revisit(struct world *world, unsigned int device,
		       const uint64_t *args)
{
	struct iommu_world *w = iommu_world(world);
	struct pci_dma dma = { .bytes = 8, .write = !args[2] };
	unsigned int tag = w->last_tag[device];
	const struct recent_range *range =
		range_within_reach(w, device, args[0], &tag);
	int64_t rc;

	if (!range)
		range = recent_range(w, args[0]);
	if (!range)
		return -ENOENT;
	dma.address = place_in(w, device, range, args[1]);
	rc = do_dma(w, device, tag, &dma);
	if (!rc)
		w->visited = *range;
	return rc;
}

static int64_t revisit_nic(struct world *world, const uint64_t *args)
{
	return revisit(world, 0, args);
}

static int64_t revisit_gpu(struct world *world, const uint64_t *args)
{
	return revisit(world, 1, args);
}

int64_t op_revisit_nic(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[3], revisit_nic, args);
}

int64_t op_revisit_gpu(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[3], revisit_gpu, args);
}

/* -- while calls run -- */

static int64_t burst(struct world *world, unsigned int device, bool nested,
		     const uint64_t *args)
{
	/* Where the last map was, or the same page of the guest. */
	const uint64_t plain[] = { 0, 0, args[0] }, tables[] = { 0, args[0] };
	int64_t rc = -ENOENT;
	uint64_t i;

	for (i = 0; i < args[1]; i++) {
		rc = nested ? nest_again(world, device, tables) :
			      revisit(world, device, plain);
		if (rc == -ENOENT)
			break;
		sim_fiber_sleep(world->sim, args[2]);
	}
	return rc;
}

int64_t op_dma_burst_nic(struct world *world, const uint64_t *args)
{
	return burst(world, 0, false, args);
}

int64_t op_dma_burst_gpu(struct world *world, const uint64_t *args)
{
	return burst(world, 1, false, args);
}

int64_t op_nested_burst_nic(struct world *world, const uint64_t *args)
{
	return burst(world, 0, true, args);
}

int64_t op_nested_burst_gpu(struct world *world, const uint64_t *args)
{
	return burst(world, 1, true, args);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * region.c - making and unmaking a world; the heap
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define DEFAULT_HEAP_BYTES	(64ul << 20)
#define DEFAULT_MEMORY_BYTES	(256ul << 20)
#define DEFAULT_FIBERS		64u
#define LAST_FIBERS		65535u

/* Behind every object of the heap, under ASan. */
#define GAP_BYTES		16ul
#define GAP_VALUE		0xfa	/* ASan: heap left redzone */

/* Fills in the sizes and places of all areas. */
static int layout(struct sim_host *host, const struct sim_options *options)
{
	size_t heap = options->heap_bytes ? options->heap_bytes :
		      DEFAULT_HEAP_BYTES;
	size_t memory = options->memory_bytes ? options->memory_bytes :
			DEFAULT_MEMORY_BYTES;
	size_t table, stacks;

	host->max_fibers = options->max_fibers ? options->max_fibers :
			   DEFAULT_FIBERS;
	if (options->region_slot >= SIM_SLOTS || heap > SIM_SLOT_BYTES / 4 ||
	    memory > SIM_SLOT_BYTES / 2 || host->max_fibers > LAST_FIBERS)
		return -EINVAL;
	host->region_slot = options->region_slot;
	host->max_frames = memory >> SIM_FRAME_SHIFT;
	table = host->max_frames * sizeof(struct sim_frame);
	stacks = (size_t)host->max_fibers * (SIM_STACK_BYTES + SIM_GUARD_BYTES);
	host->heap_end = sim__align_up(sizeof(struct sim) + heap,
				       SIM_AREA_ALIGN);
	host->table_start = host->heap_end;
	host->stacks_start = sim__align_up(host->table_start + table,
					   SIM_AREA_ALIGN);
	host->memory_start = sim__align_up(host->stacks_start + stacks,
					   SIM_AREA_ALIGN);
	host->region_bytes = sim__align_up(host->memory_start +
			     (host->max_frames << SIM_FRAME_SHIFT),
			     SIM_AREA_ALIGN);
	return 0;
}

/* Maps the region; the place of @slot must be unused. */
static struct sim *map_region(struct sim_host *host)
{
	void *want = (void *)(SIM_REGION_BASE +
			      host->region_slot * SIM_SLOT_BYTES);
	void *got;

	host->fd = memfd_create("vtb-world", MFD_CLOEXEC);
	if (host->fd < 0)
		return NULL;
	if (ftruncate(host->fd, host->region_bytes))
		goto out_close;
	got = mmap(want, host->region_bytes, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE,
		   host->fd, 0);
	if (got == want)
		return got;
	/* A kernel that does not know the flag maps it elsewhere. */
	if (got != MAP_FAILED)
		munmap(got, host->region_bytes);
out_close:
	close(host->fd);
	return NULL;
}

static int protect_guards(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->host.max_fibers; i++) {
		uintptr_t low = sim__stack_low(sim, i);

		if (mprotect((void *)(low - SIM_GUARD_BYTES), SIM_GUARD_BYTES,
			     PROT_NONE))
			return -errno;
	}
	return 0;
}

static int host_init(struct sim *sim)
{
	struct sim_host *host = &sim->host;

	host->fake = calloc(host->max_fibers, sizeof(*host->fake));
	host->changed = calloc(host->max_frames, sizeof(*host->changed));
	host->is_changed = calloc(host->max_frames, 1);
	if (!host->fake || !host->changed || !host->is_changed)
		return -ENOMEM;
	return sim__alias_init(sim);
}

struct sim *sim_new(const struct sim_options *options)
{
	struct sim_host host = { 0 };
	struct sim *sim;

	if (layout(&host, options))
		return NULL;
	sim = map_region(&host);
	if (!sim)
		return NULL;
	sim->host = host;
	sim->host.shadow_offset = sim__shadow_offset();
	sim->heap_mark = sim__align_up(sizeof(*sim), 64);
	sim->host.heap_dirty = sim->heap_mark;
	sim->host.trace_slow_at = SIM_TRACE_BLOCK - 1;
	sim->nr_charged = 1;
	sim__decide_init(sim);
	sim->host.fresh_step = UINT64_MAX;
	if (host_init(sim) || protect_guards(sim)) {
		sim_free(sim);
		return NULL;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	sim_assert(!sim->host.running);
	sim__alias_fini(sim);
	free(sim->host.fake);
	free(sim->host.changed);
	free(sim->host.is_changed);
	free(sim->host.room);
	close(sim->host.fd);
	sim__shadow_drop(sim, (uintptr_t)sim, sim->host.region_bytes);
	munmap(sim, sim->host.region_bytes);
}

void *sim_alloc(struct sim *sim, size_t bytes, size_t align)
{
	struct sim_host *host = &sim->host;
	size_t start, end, mark = sim->heap_mark;

	sim_assert(align >= 8 && (align & (align - 1)) == 0);
	sim_assert(bytes <= host->heap_end);
	start = sim__align_up(mark, align);
	end = sim__align_up(start + bytes, 8);
#ifdef VTB_ASAN
	end += GAP_BYTES;
#endif
	if (end > host->heap_end)
		sim_bench_error(__FILE__, __LINE__,
				"the world's heap is too small for %zu bytes",
				bytes);
	/* Fresh memory is zero; after a restore it may have been used. */
	if (mark < host->heap_dirty)
		sim__fill(sim__at(sim, mark), 0, end - mark);
	if (end > host->heap_dirty)
		host->heap_dirty = end;
	sim__shadow_unpoison(sim, (uintptr_t)sim__at(sim, mark),
			     (uintptr_t)sim__at(sim, end));
	sim__shadow_poison(sim, (uintptr_t)sim__at(sim, start + bytes),
			   (uintptr_t)sim__at(sim, end), GAP_VALUE);
	sim->heap_mark = end;
	return sim__at(sim, start);
}

size_t sim_heap_used_bytes(const struct sim *sim)
{
	return sim->heap_mark;
}

void sim_set_user(struct sim *sim, void *user)
{
	sim->user = user;
}

void *sim_user(const struct sim *sim)
{
	return sim->user;
}

void sim_set_kernel_watch(struct sim *sim, void *watch)
{
	sim->host.kernel_watch = watch;
}

void *sim_kernel_watch(const struct sim *sim)
{
	return sim->host.kernel_watch;
}

void sim_set_kernel(struct sim *sim, void *kernel)
{
	sim->kernel = kernel;
}

void *sim_kernel(const struct sim *sim)
{
	return sim->kernel;
}

bool sim_contains(const struct sim *sim, const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)sim;

	return offset < SIM_SLOT_BYTES ||
	       offset - (SIM_ALIAS_BASE - SIM_REGION_BASE) < SIM_SLOT_BYTES;
}

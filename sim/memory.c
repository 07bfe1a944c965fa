/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - machine memory and its poison
 *
 * All frames of a world are numbered through; a memory is a range of them.
 * The table of struct sim_frame and the frames' data lie in areas of their
 * own, indexed by that number.
 *
 * What a restore has to bring back (snapshot.c) besides the hot frames is the
 * list of changed frames: touched cold ones, those whose class changed, those
 * whose poison changed while they were not hot. The list is host state: it
 * describes the distance to the last snapshot, which the snapshot cannot.
 */
#include <stdio.h>
#include <string.h>

#include <sim/memory_model.h>

#include "internal.h"

/* Its number is its place in a table that grows. */
static void add_memory(struct sim *sim, struct sim_memory *memory)
{
	uint32_t nr = sim->nr_memories;
	struct sim_memory **old = sim->memories;

	sim_assert(nr < SIM_MAX_MACHINES);
	if (!(nr & (nr - 1))) {
		sim->memories = sim_alloc(sim, (nr ? 2 * nr : 1) *
					  sizeof(*old), sizeof(*old));
		if (nr)
			memcpy(sim->memories, old, nr * sizeof(*old));
	}
	sim->memories[sim->nr_memories++] = memory;
}

struct sim_memory *sim_memory_new(struct sim *sim, const char *name,
				  uint64_t nr_frames, uint16_t owner)
{
	struct sim_memory *memory;
	uint64_t i;

	sim_assert(owner < SIM_MAX_MACHINES);
	if (nr_frames > sim->host.max_frames - sim->nr_frames)
		sim_bench_error(__FILE__, __LINE__,
				"the world has no %llu frames left for %s",
				(unsigned long long)nr_frames, name);
	memory = sim_alloc(sim, sizeof(*memory), 8);
	memory->sim = sim;
	memory->first = sim->nr_frames;
	memory->nr_frames = nr_frames;
	memory->owner = owner;
	snprintf(memory->name, sizeof(memory->name), "%s", name);
	for (i = 0; i < nr_frames; i++)
		*sim__frame(sim, memory->first + i) = (struct sim_frame){
			.owner = owner,
			.memory = (uint16_t)sim->nr_memories,
		};
	add_memory(sim, memory);
	sim->nr_frames += nr_frames;
	return memory;
}

uint64_t sim_memory_frames(const struct sim_memory *memory)
{
	return memory->nr_frames;
}

uint16_t sim_memory_owner(const struct sim_memory *memory)
{
	return memory->owner;
}

void *sim_memory_base(const struct sim_memory *memory)
{
	return sim__frame_data(memory->sim, memory->first);
}

struct sim_frame *sim_frame(struct sim_memory *memory, uint64_t frame)
{
	sim_assert(frame < memory->nr_frames);
	return sim__frame(memory->sim, memory->first + frame);
}

void *sim_frame_data(struct sim_memory *memory, uint64_t frame)
{
	sim_assert(frame < memory->nr_frames);
	return sim__frame_data(memory->sim, memory->first + frame);
}

bool sim_address_to_frame(struct sim *sim, const void *address,
			  struct sim_memory **memory, uint64_t *frame)
{
	uintptr_t offset = (uintptr_t)address -
			   (uintptr_t)sim__frame_data(sim, 0);
	uint64_t n = offset >> SIM_FRAME_SHIFT;

	if (n >= sim->nr_frames && !sim__alias_to_frame(sim, address, &n))
		return false;
	*memory = sim->memories[sim__frame(sim, n)->memory];
	*frame = n - (*memory)->first;
	return true;
}

/* ---- classes ------------------------------------------------------------ */

static void check_range(const struct sim_memory *memory, uint64_t frame,
			uint64_t count)
{
	sim_assert(frame <= memory->nr_frames);
	sim_assert(count <= memory->nr_frames - frame);
}

void sim_frames_set_class(struct sim_memory *memory, uint64_t frame,
			  uint64_t count, enum sim_frame_class class)
{
	struct sim *sim = memory->sim;
	uint64_t n = memory->first + frame, end = n + count;
	struct sim_frame *f;

	check_range(memory, frame, count);
	sim_memory_forget(sim, sim__frame_data(sim, n),
			  count << SIM_FRAME_SHIFT);
	for (; n < end; n++) {
		f = sim__frame(sim, n);
		if (f->class == class)
			continue;
		sim__frame_changed(sim, n);
		/* What an earlier run left here must not be seen by this. */
		if (f->class == SIM_FRAME_FREE)
			sim__fill(sim__frame_data(sim, n), 0, SIM_FRAME_BYTES);
		f->class = class;
	}
}

void sim_frames_touch(struct sim_memory *memory, uint64_t frame, uint64_t count)
{
	struct sim *sim = memory->sim;
	uint64_t n = memory->first + frame, end = n + count;

	check_range(memory, frame, count);
	for (; n < end; n++)
		if (sim__frame(sim, n)->class == SIM_FRAME_COLD)
			sim__frame_changed(sim, n);
}

uint64_t sim_frames_next_free(const struct sim_memory *memory, uint64_t frame,
			      uint64_t writers)
{
	const struct sim_frame *f = sim__frame(memory->sim,
					       memory->first + frame);

	sim_assert(frame <= memory->nr_frames);
	for (; frame < memory->nr_frames; frame++, f++)
		if (f->class == SIM_FRAME_FREE &&
		    (!writers || f->writers & writers))
			break;
	return frame;
}

void sim__frames_settled(struct sim *sim)
{
	struct sim_host *host = &sim->host;
	uint32_t i;

	for (i = 0; i < host->nr_changed; i++)
		host->is_changed[host->changed[i]] = 0;
	host->nr_changed = 0;
}

/* ---- poison ------------------------------------------------------------- */

#ifdef VTB_ASAN

/* The poison of [address, address + bytes) has changed. */
static void poison_changed(struct sim *sim, uintptr_t address, size_t bytes)
{
	uintptr_t base = (uintptr_t)sim__frame_data(sim, 0);
	uint64_t n, last;

	if (!bytes || address - base >= sim->nr_frames << SIM_FRAME_SHIFT)
		return;
	n = (address - base) >> SIM_FRAME_SHIFT;
	last = (address - base + bytes - 1) >> SIM_FRAME_SHIFT;
	for (; n <= last; n++) {
		if (sim__frame(sim, n)->class != SIM_FRAME_HOT)
			sim__frame_changed(sim, n);
		if (sim->host.frame_alias[n])
			sim__alias_follow(sim, n);
	}
}

void sim_poison(struct sim *sim, void *address, size_t bytes, uint8_t value)
{
	uintptr_t start = (uintptr_t)address;

	sim_assert(value >= 0x80);
	sim_memory_forget(sim, address, bytes);
	sim__veil_lift(sim, start, bytes);
	sim__shadow_poison(sim, start, start + bytes, value);
	sim__veil_lower(sim, start, bytes);
	poison_changed(sim, start, bytes);
}

void sim_unpoison(struct sim *sim, void *address, size_t bytes)
{
	uintptr_t start = (uintptr_t)address;

	sim_memory_forget(sim, address, bytes);
	sim__veil_lift(sim, start, bytes);
	sim__shadow_unpoison(sim, start, start + bytes);
	sim__veil_lower(sim, start, bytes);
	poison_changed(sim, start, bytes);
}

#else

void sim_poison(struct sim *sim, void *address, size_t bytes, uint8_t value)
{
}

void sim_unpoison(struct sim *sim, void *address, size_t bytes)
{
}

#endif

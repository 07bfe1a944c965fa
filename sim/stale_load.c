/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stale_load.c - loads that see what was there a while ago
 *
 * A load that a CPU does early sees an older value than one done in its place.
 * It cannot have been done before the CPU's last read barrier (its floor). So
 * we keep the last stores that have become visible, with what they overwrote,
 * and a load may undo those of its place, newest first, unless
 *
 *   - it became visible before the floor;
 *   - the CPU has seen it, or a later one, in this place before (coherence);
 *   - the CPU's own buffer has a store there, which it must see;
 *   - memory has something else by now: code without hooks has stored there.
 *
 * For the time of the access the older value is put into memory; the next hook
 * of the fiber, or whatever else ends the access, puts the real one back.
 *
 * Dependencies. What an address is computed from was loaded before. Hooks do
 * not see computing, so the address of each later load is taken to depend on
 * all values that marked loads brought: it sees what was visible when these
 * were stored. The exception is an address that is a constant in the code,
 * unless one of them was as wide as a pointer: that may be the head of a chain
 * of dependencies through values that hooks have not seen. Plain loads carry
 * none: compilers may break these.
 */
#include "relaxed.h"

/* ---- what was stored ------------------------------------------------------- */

static struct sim_past *past_slot(struct sim_relaxed *relaxed, uint32_t n)
{
	return &relaxed->past[n % SIM_MAX_PAST];
}

static bool equal(const uint8_t *a, const uint8_t *b, uint32_t bytes)
{
	uint8_t differ = 0;

	while (bytes--)
		differ |= *a++ ^ *b++;
	return !differ;
}

void sim__past_add(struct sim_relaxed *relaxed, unsigned int cpu,
		   const struct sim_place *place, const uint8_t *before,
		   const uint8_t *after)
{
	struct sim_past *past;

	relaxed->time++;
	if (relaxed->model == SIM_MEMORY_TSO ||
	    equal(before, after, place->bytes))
		return;
	past = past_slot(relaxed, relaxed->nr_past++);
	past->place = *place;
	past->time = relaxed->time;
	past->seen = 1ull << cpu;
	past->cpu = cpu;
	sim__copy(past->before, before, place->bytes);
	sim__copy(past->after, after, place->bytes);
}

/* Nobody sees older values of @place; entries stay where they are. */
void sim__past_forget(struct sim_relaxed *relaxed,
		      const struct sim_place *place)
{
	uint32_t i;

	for (i = 0; i < SIM_MAX_PAST; i++)
		if (sim__places_overlap(&relaxed->past[i].place, place))
			relaxed->past[i].seen = UINT64_MAX;
}

/* ---- which may be undone ------------------------------------------------------ */

/* A load in progress. */
struct load {
	const struct sim_place *place;
	uint64_t floor;
	uint64_t cpu;			/* its bit */
	struct sim_past *undo[SIM_MAX_PATCHES];
	uint32_t nr_undo;
	struct sim_past *newest;	/* that is seen if all these are undone */
};

/* Where two places overlap. */
static struct sim_place common(const struct sim_place *a,
			       const struct sim_place *b)
{
	uintptr_t start = a->at > b->at ? a->at : b->at;
	uintptr_t end = a->at + a->bytes < b->at + b->bytes ?
			a->at + a->bytes : b->at + b->bytes;

	return (struct sim_place){
		.at = start,
		.bytes = end - start,
		.image = a->image,
	};
}

/* Is in memory, where it matters, what @past has stored? */
static bool is_there(const struct sim_past *past, const struct load *load)
{
	const struct sim_place part = common(&past->place, load->place);

	return equal((uint8_t *)part.at,
		     past->after + (part.at - past->place.at), part.bytes);
}

/* Puts an older value in place for the load. */
static void undo(struct sim_relaxed *relaxed, const struct sim_past *past,
		 const struct load *load)
{
	struct sim_patch *patch = &relaxed->patches[relaxed->nr_patches++];

	patch->place = common(&past->place, load->place);
	sim__copy(patch->real, (void *)patch->place.at, patch->place.bytes);
	sim__copy(patch->given,
		  past->before + (patch->place.at - past->place.at),
		  patch->place.bytes);
	sim__copy((void *)patch->place.at, patch->given, patch->place.bytes);
}

/* Undoes all that may be; the decision is which of them really. */
static void look_back(struct sim_relaxed *relaxed, struct load *load)
{
	uint32_t n = relaxed->nr_past, kept = n < SIM_MAX_PAST ? n : SIM_MAX_PAST;
	struct sim_past *past;

	while (kept--) {
		past = past_slot(relaxed, --n);
		if (!sim__places_overlap(&past->place, load->place))
			continue;
		if (relaxed->nr_patches == SIM_MAX_PATCHES ||
		    past->time <= load->floor || (past->seen & load->cpu) ||
		    !is_there(past, load)) {
			load->newest = past;
			return;
		}
		load->undo[load->nr_undo++] = past;
		undo(relaxed, past, load);
	}
}

/* Takes back all but the first @keep. */
static void redo(struct sim_relaxed *relaxed, uint32_t keep)
{
	const struct sim_patch *patch;

	while (relaxed->nr_patches > keep) {
		patch = &relaxed->patches[--relaxed->nr_patches];
		sim__copy((void *)patch->place.at, patch->real,
			  patch->place.bytes);
	}
}

/* From now on the CPU sees in this place nothing older than @time. */
static void mark_seen(struct sim_relaxed *relaxed, const struct load *load,
		      uint64_t time)
{
	struct sim_past *past;
	uint32_t i;

	for (i = 0; i < SIM_MAX_PAST; i++) {
		past = &relaxed->past[i];
		if (past->time <= time &&
		    sim__places_overlap(&past->place, load->place))
			past->seen |= load->cpu;
	}
}

/* ---- loads ---------------------------------------------------------------------- */

static bool has_store(const struct sim_store_buffer *buffer,
		      const struct sim_place *place)
{
	uint32_t i;

	for (i = 0; i < buffer->nr; i++)
		if (sim__places_overlap(&buffer->stores[i].place, place))
			return true;
	return false;
}

/* "mov $constant,%edi" in front of the call of the hook. */
static bool is_constant_address(const struct sim_access *access)
{
	const uint8_t *code = access->site;
	uint32_t address;

	if ((uintptr_t)access->address >> 32 || code[-5] != 0xe8 ||
	    code[-10] != 0xbf)
		return false;
	__builtin_memcpy(&address, code - 9, sizeof(address));
	return address == (uintptr_t)access->address;
}

/* Later addresses may depend on a value that @past has brought. */
static void carry(struct sim_store_buffer *buffer,
		  const struct sim_access *access, const struct sim_past *past)
{
	uint64_t *floor = access->bytes == sizeof(void *) ? &buffer->floor :
							    &buffer->floor_dep;

	if (!(access->flags & (SIM_ACCESS_VOLATILE | SIM_ACCESS_ATOMIC)) ||
	    *floor >= past->time)
		return;
	*floor = past->time;
}

static uint64_t floor_of(const struct sim_store_buffer *buffer,
			 const struct sim_access *access)
{
	if (buffer->floor_dep <= buffer->floor || is_constant_address(access))
		return buffer->floor;
	return buffer->floor_dep;
}

void sim__relaxed_load(struct sim *sim, struct sim_store_buffer *buffer,
		       const struct sim_place *place,
		       const struct sim_access *access)
{
	struct sim_relaxed *relaxed = sim->relaxed;
	struct load load = {
		.place = place,
		.floor = floor_of(buffer, access),
		.cpu = 1ull << sim->current->cpu,
	};
	uint32_t nr, first = relaxed->nr_patches;

	if (relaxed->model == SIM_MEMORY_TSO)
		return;
	if (has_store(buffer, place)) {
		mark_seen(relaxed, &load, UINT64_MAX);
		return;
	}
	look_back(relaxed, &load);
	nr = sim_decide(sim, SIM_DECIDE_STALE, load.nr_undo + 1);
	redo(relaxed, first + nr);
	if (nr < load.nr_undo)
		load.newest = load.undo[nr];
	if (!load.newest)
		return;
	mark_seen(relaxed, &load, load.newest->time);
	if (load.newest->cpu != sim->current->cpu)
		carry(buffer, access, load.newest);
}

void sim__relaxed_loaded(struct sim_relaxed *relaxed)
{
	const struct sim_patch *patch;
	uint32_t i;

	while (relaxed->nr_patches) {
		patch = &relaxed->patches[--relaxed->nr_patches];
		for (i = 0; i < patch->place.bytes; i++) {
			uint8_t *byte = (uint8_t *)patch->place.at + i;

			/* Not what code without hooks has stored since. */
			if (*byte == patch->given[i])
				*byte = patch->real[i];
		}
	}
}

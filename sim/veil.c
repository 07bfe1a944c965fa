/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * veil.c - views of frames: which mappings may be used now
 *
 * A frame that is barred in a view shows poison in every mapping of that view.
 * Aliases are easy: their shadow is a copy that alias.c makes, of the frame's
 * poison or of none. The home address is where a frame's poison is kept, so
 * before it is covered its shadow goes to a veil, and whoever changes poison
 * meanwhile changes that:
 *
 *	               home            alias, view 0     alias, view 1
 *	nothing barred frame's poison  copy              copy
 *	view 0 barred  all poison      all poison        copy of the veil
 *	view 1 barred  frame's poison  copy              all poison
 *
 * A veil is made when a frame needs it for the first time and stays its own. It
 * lies in the heap, so a restore brings it back like the shadow it belongs to.
 */
#include <sim/fiber.h>

#include "internal.h"

#define SHADOW_BYTES	(SIM_FRAME_BYTES >> 3)

struct veil {
	const void *pcs[SIM_VIEW_DEPTH];	/* who barred it last */
	uint8_t shadow[SHADOW_BYTES];
};

static bool is_barred(const struct sim_frame *f, unsigned int view)
{
	return f->barred >> view & 1;
}

/* In units of 8 bytes from the region's start, as 32 bits have to do. */
static struct veil *veil_of(struct sim *sim, const struct sim_frame *f)
{
	return f->veil ? sim__at(sim, (size_t)f->veil * 8) : NULL;
}

static struct veil *veil_get(struct sim *sim, struct sim_frame *f)
{
	struct veil *veil = veil_of(sim, f);

	if (veil)
		return veil;
	veil = sim_alloc(sim, sizeof(*veil), 8);
	f->veil = ((uintptr_t)veil - (uintptr_t)sim) / 8;
	return veil;
}

/* Of a frame that was never covered nobody has to know. */
static void save_stack(struct sim *sim, struct veil *veil)
{
	uintptr_t low, high;
	unsigned int nr = 0;

	if (!veil)
		return;
	if (sim_stack_bounds(sim, &low, &high))
		nr = sim_stack_walk(__builtin_frame_address(0), low, high,
				    veil->pcs, SIM_VIEW_DEPTH);
	while (nr < SIM_VIEW_DEPTH)
		veil->pcs[nr++] = NULL;
}

#ifdef VTB_ASAN

static void cover(struct sim *sim, uint64_t n)
{
	uint8_t *home = sim__shadow(sim, sim__frame_data(sim, n));
	struct veil *veil = veil_of(sim, sim__frame(sim, n));

	sim__copy(veil->shadow, home, SHADOW_BYTES);
	sim__fill(home, SIM_POISON_VIEW, SHADOW_BYTES);
}

static void uncover(struct sim *sim, uint64_t n)
{
	const struct veil *veil = veil_of(sim, sim__frame(sim, n));

	sim__copy(sim__shadow(sim, sim__frame_data(sim, n)), veil->shadow,
		  SHADOW_BYTES);
}

const void *sim__frame_poison(struct sim *sim, uint64_t n)
{
	const struct sim_frame *f = sim__frame(sim, n);

	if (unlikely(is_barred(f, f->home_view)))
		return veil_of(sim, f)->shadow;
	return sim__shadow(sim, sim__frame_data(sim, n));
}

/* Does @fn to all covered frames of [start, start + bytes). */
static void for_covered(struct sim *sim, uintptr_t start, size_t bytes,
			void (*fn)(struct sim *sim, uint64_t n))
{
	uintptr_t base = (uintptr_t)sim__frame_data(sim, 0);
	const struct sim_frame *f;
	uint64_t n, last;

	if (likely(!sim->nr_veils) || !bytes ||
	    start - base >= sim->nr_frames << SIM_FRAME_SHIFT)
		return;
	last = (start - base + bytes - 1) >> SIM_FRAME_SHIFT;
	for (n = (start - base) >> SIM_FRAME_SHIFT; n <= last; n++) {
		f = sim__frame(sim, n);
		if (is_barred(f, f->home_view))
			fn(sim, n);
	}
}

void sim__veil_lift(struct sim *sim, uintptr_t start, size_t bytes)
{
	for_covered(sim, start, bytes, uncover);
}

void sim__veil_lower(struct sim *sim, uintptr_t start, size_t bytes)
{
	for_covered(sim, start, bytes, cover);
}

#else

static void cover(struct sim *sim, uint64_t n)
{
}

static void uncover(struct sim *sim, uint64_t n)
{
}

#endif

static void change(struct sim_memory *memory, uint64_t frame,
		   unsigned int barred, unsigned int home_view)
{
	struct sim *sim = memory->sim;
	uint64_t n = memory->first + frame;
	struct sim_frame *f = sim_frame(memory, frame);
	bool was = is_barred(f, f->home_view), is;

	sim_memory_forget(sim, sim__frame_data(sim, n), SIM_FRAME_BYTES);
	if (was) {
		uncover(sim, n);
		sim->nr_veils--;
	}
	f->barred = barred;
	f->home_view = home_view;
	is = is_barred(f, home_view);
	if (is) {
		veil_get(sim, f);
		cover(sim, n);
		sim->nr_veils++;
	}
	if (was != is && f->class != SIM_FRAME_HOT)
		sim__frame_changed(sim, n);
	sim__alias_follow(sim, n);
}

void sim_frame_bar(struct sim_memory *memory, uint64_t frame,
		   unsigned int barred)
{
	struct sim_frame *f = sim_frame(memory, frame);

	sim_assert(barred < 1u << SIM_VIEWS);
	change(memory, frame, barred, f->home_view);
	if (barred)
		save_stack(memory->sim, veil_of(memory->sim, f));
}

void sim_frame_set_home_view(struct sim_memory *memory, uint64_t frame,
			     unsigned int view)
{
	sim_assert(view < SIM_VIEWS);
	change(memory, frame, sim_frame(memory, frame)->barred, view);
}

bool sim_is_barred(struct sim *sim, const void *address,
		   const void *const **pcs)
{
	static const void *const nobody[SIM_VIEW_DEPTH];
	uintptr_t base = (uintptr_t)sim__frame_data(sim, 0);
	struct sim_memory *memory;
	const struct sim_frame *f;
	unsigned int view;
	uint64_t frame;

	if (!sim_address_to_frame(sim, address, &memory, &frame))
		return false;
	f = sim_frame(memory, frame);
	view = (uintptr_t)address - base < sim->nr_frames << SIM_FRAME_SHIFT ?
	       f->home_view : sim__alias_view(sim, address);
	if (!is_barred(f, view))
		return false;
	*pcs = f->veil ? veil_of(sim, f)->pcs : nobody;
	return true;
}

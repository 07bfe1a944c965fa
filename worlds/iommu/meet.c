/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meet.c - calls of one thread about what a call of the other is about
 *
 *	vmm	|---- unmap 0x8000 ----|
 *	peer	      |-- map 0x9000 --|
 *
 * Two threads that draw their arguments apart hardly ever meet in one table, one
 * device or one PASID. So each call says what it is about when it begins, and
 * `meet` takes it from there, while that call runs or when it has ended: a call
 * about addresses for one about addresses, and so on.
 */
#include <sim/decide.h>

#include "iommu.h"

#define PAGE	4096ull

enum meet {
	MEET_MAP, MEET_MAP_BEHIND, MEET_UNMAP, MEET_DESTROY, MEET_ATTACH,
	MEET_DETACH, MEET_BIND, MEET_UNBIND, MEET_INVALIDATE, MEETS,
};

static void about(struct iommu_world *w, uint64_t space, enum meet first,
		  enum meet last)
{
	w->subject.space = (uint32_t)space;
	w->subject.first = first;
	w->subject.last = last;
}

void meet_about_range(struct iommu_world *w, uint64_t space, uint64_t iova,
		      uint64_t bytes)
{
	about(w, space, MEET_MAP, MEET_DESTROY);
	w->subject.iova = iova;
	w->subject.bytes = bytes;
}

void meet_about_device(struct iommu_world *w, uint64_t space, uint64_t device,
		       uint64_t tag)
{
	about(w, space, MEET_DESTROY, MEET_DETACH);
	w->subject.device = (uint32_t)device;
	w->subject.tag = (uint32_t)tag;
}

void meet_about_slot(struct iommu_world *w, uint64_t space, uint64_t device,
		     uint64_t slot)
{
	about(w, space, MEET_DETACH, MEET_INVALIDATE);
	w->subject.device = (uint32_t)device;
	w->subject.tag = 0;
	w->subject.slot = (uint32_t)slot;
}

/* A page in the same table, mostly: behind the range, or at its beginning. */
static int64_t meet_map(struct world *world, const struct subject *about,
			bool behind)
{
	struct ioas_map map = {
		.space = about->space, .flags = IOAS_READ | IOAS_WRITE,
		.address = AREA_ADDRESS, .length = PAGE,
		.iova = about->iova + (behind ? about->bytes : 0),
	};

	return iommu_map_call(world, &map);
}

static int64_t meet_unmap(struct world *world, const struct subject *about)
{
	struct ioas_unmap unmap = {
		.space = about->space, .iova = about->iova,
		.length = about->bytes,
	};

	return iommu_unmap_call(world, &unmap);
}

const char *meet_name(const struct iommu_world *w, uint32_t op)
{
	static const char *const names[MEETS] = {
		[MEET_MAP] = "map", [MEET_MAP_BEHIND] = "map",
		[MEET_UNMAP] = "unmap", [MEET_DESTROY] = "destroy",
		[MEET_ATTACH] = "attach", [MEET_DETACH] = "detach",
		[MEET_BIND] = "bind", [MEET_UNBIND] = "unbind",
		[MEET_INVALIDATE] = "invalidate",
	};

	return names[w->met[op]];
}

/* What is asked for, or something else that fits. */
static enum meet choose(struct iommu_world *w, uint64_t asked)
{
	const struct subject *about = &w->subject;
	uint64_t nr = about->last - about->first + 1;

	if (asked < about->first || asked > about->last)
		asked = about->first + asked % nr;
	w->met[sim_op(w->host.world.sim)] = (uint8_t)asked;
	return (enum meet)asked;
}

int64_t op_meet(struct world *world, const uint64_t *args)
{
	enum meet what = choose(iommu_world(world), args[0]);
	const struct subject about = iommu_world(world)->subject;
	const uint64_t attach[] = { about.space, about.device, about.tag };
	const uint64_t slot[] = { about.space, about.device, about.slot, 0, 0,
				  0 };

	switch (what) {
	case MEET_MAP:
	case MEET_MAP_BEHIND:
		return meet_map(world, &about, what == MEET_MAP_BEHIND);
	case MEET_UNMAP:
		return meet_unmap(world, &about);
	case MEET_ATTACH:
		return op_attach(world, attach);
	case MEET_DETACH:
		return op_detach(world, attach + 1);
	case MEET_BIND:
		return op_bind(world, slot);
	case MEET_UNBIND:
		return op_unbind(world, slot);
	case MEET_INVALIDATE:
		return op_invalidate(world, slot);
	default:
		return op_destroy(world, slot);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meet.c - calls of one thread about what a call of another is about
 *
 *	vmm	|---- PASID_REQUEST: free 5 ----|
 *	helper	        |--- BIND 5 ---|
 *
 * Two threads that draw their arguments apart hardly ever meet in one PASID, one
 * group or one mapping at the same moment. So each call says what it is about
 * when it begins, and `meet` takes it from there, while that call runs or when it
 * has ended: a call about PASIDs for one about a PASID, and so on. What the calls
 * do to the reference is theirs.
 */
#include <sim/decide.h>

#include "vfio.h"

enum meet {
	MEET_BIND, MEET_UNBIND, MEET_FREE, MEET_INVALIDATE, MEET_QUOTA,
	MEET_MAP, MEET_UNMAP, MEET_LEAVE, MEET_GIVE_UP, MEET_OPEN, MEETS,
};

static void about(struct vfio_world *w, int container, enum meet first,
		  enum meet last)
{
	if (container >= 0)
		w->subject.container = (uint32_t)container;
	w->subject.first = first;
	w->subject.last = last;
}

void meet_about_pasid(struct vfio_world *w, int container, uint64_t pasid)
{
	about(w, container, MEET_BIND, MEET_QUOTA);
	w->subject.pasid = pasid;
}

void meet_about_owner(struct vfio_world *w, int container)
{
	about(w, container, MEET_BIND, MEET_QUOTA);
}

void meet_about_group(struct vfio_world *w, int group)
{
	about(w, -1, MEET_LEAVE, MEET_OPEN);
	if (group >= 0)
		w->subject.group = (uint32_t)group;
}

void meet_about_range(struct vfio_world *w, int container, uint64_t iova,
		      uint64_t nr)
{
	about(w, container, MEET_MAP, MEET_UNMAP);
	w->subject.iova = iova;
	w->subject.nr = nr;
}

const char *meet_name(const struct vfio_world *w, uint32_t slot)
{
	static const char *const names[MEETS] = {
		[MEET_BIND] = "bind", [MEET_UNBIND] = "unbind",
		[MEET_FREE] = "pasid_free", [MEET_INVALIDATE] = "invalidate",
		[MEET_QUOTA] = "pasid_quota", [MEET_MAP] = "map",
		[MEET_UNMAP] = "unmap", [MEET_LEAVE] = "unset_container",
		[MEET_GIVE_UP] = "group_close", [MEET_OPEN] = "device_open",
	};

	return names[w->met[slot]];
}

/* About a PASID: the rest of the arguments is for whoever has more. */
static int64_t meet_in_pasid(struct world *world, enum meet what,
			     const uint64_t *args)
{
	switch (what) {
	case MEET_BIND:
		return op_bind(world, args);
	case MEET_UNBIND:
		return op_unbind(world, args);
	case MEET_FREE:
		return op_pasid_free(world, args);
	default:
		return op_invalidate(world, args);
	}
}

/* As many as there are: one more would be too many. */
static int64_t meet_in_quota(struct world *world, uint64_t fd)
{
	const uint64_t exact[] = { fd, 0, 4 };

	return op_pasid_quota(world, exact);
}

static int64_t meet_in_group(struct world *world, enum meet what,
			     uint32_t group)
{
	uint64_t fd = vfio_file_of_group(vfio_world(world), group, REF_GROUP);
	const uint64_t device[] = { fd, group };

	if (what == MEET_LEAVE)
		return op_unset_container(world, &fd);
	return what == MEET_GIVE_UP ? op_close(world, &fd) :
				      op_device_open(world, device);
}

/* What is asked for, or something else that fits. */
static enum meet choose(struct vfio_world *w, uint64_t asked)
{
	const struct vfio_subject *about = &w->subject;
	uint64_t nr = about->last - about->first + 1;

	if (asked < about->first || asked > about->last)
		asked = about->first + asked % nr;
	w->met[sim_op(w->world.sim)] = (uint8_t)asked;
	return (enum meet)asked;
}

int64_t op_meet(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	enum meet what = choose(w, args[0]);
	const struct vfio_subject about = w->subject;
	uint64_t fd = vfio_file_of(w, about.container);
	const uint64_t pasid[] = { fd, about.pasid, 0, 0, 1 };

	switch (what) {
	case MEET_QUOTA:
		return meet_in_quota(world, fd);
	case MEET_MAP:
		return vfio_map(w, fd, about.iova, 0,
				about.nr % VFIO_RAM_PAGES);
	case MEET_UNMAP:
		return vfio_unmap(w, fd, about.iova, about.nr, 0);
	case MEET_LEAVE:
	case MEET_GIVE_UP:
	case MEET_OPEN:
		return meet_in_group(world, what, about.group);
	default:
		return meet_in_pasid(world, what, pasid);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_again.c - ops about what earlier ops were about
 *
 * Numbers drawn anew hardly meet: the page that is unmapped is not one that a
 * device has been to, and nobody comes back to it. These take the address, the
 * PASID or the file from what has happened, and do what the ops they are made of
 * do; so do their references.
 */
#include <errno.h>

#include <sim/decide.h>
#include <sim/fiber.h>

#include "vfio.h"

/*
 * What a call takes away may be used until the call has returned: a device that
 * begins at once is hardly ever in the wrong.
 */
enum when { SETTLED, AT_ONCE };

static int64_t run_when(struct world *world, enum when when, op_run_fn fn,
			const uint64_t *args)
{
	return when == SETTLED ? world_alone(world, fn, args) :
				 fn(world, args);
}

void vfio_note_map(struct vfio_world *w, const struct ref_mapping *m)
{
	w->recent[w->nr_recent++ % VFIO_RECENT] = (struct vfio_recent){
		.iova = m->iova, .nr = m->nr, .container = m->container,
	};
}

static const struct vfio_recent *recent(const struct vfio_world *w,
					uint64_t back)
{
	uint32_t nr = w->nr_recent < VFIO_RECENT ? w->nr_recent : VFIO_RECENT;

	if (!nr)
		return NULL;
	return &w->recent[(w->nr_recent - 1 - back % nr) % VFIO_RECENT];
}

void vfio_note_bind(struct vfio_world *w, uint32_t pasid)
{
	if (w->nr_bound && w->bound[(w->nr_bound - 1) % VFIO_RECENT] == pasid)
		return;
	w->bound[w->nr_bound++ % VFIO_RECENT] = pasid;
}

/* A descriptor of the running process for the container, or OP_NO_RESOURCE. */
uint64_t vfio_file_of(struct vfio_world *w, uint32_t container)
{
	uint64_t fd;

	for (fd = 0; fd < VFIO_FDS; fd++)
		if (ref_object(w, fd, REF_CONTAINER) == (int)container)
			return fd;
	return OP_NO_RESOURCE;
}

uint64_t vfio_file_of_group(struct vfio_world *w, uint64_t group,
			    enum ref_kind kind)
{
	uint64_t fd;

	for (fd = 0; fd < VFIO_FDS; fd++)
		if (ref_object(w, fd, kind) == (int)group)
			return fd;
	return OP_NO_RESOURCE;
}

/* -- devices -- */

enum where { FIRST_PAGE, SECOND_PAGE, LAST_PAGE, BEHIND };

static uint64_t page_in(const struct vfio_recent *range, enum where where)
{
	switch (where) {
	case SECOND_PAGE:
		return range->iova + 1;
	case LAST_PAGE:
		return range->iova + range->nr - 1;
	case BEHIND:
		return range->iova + range->nr;
	default:
		return range->iova;
	}
}

/* What a request begins with; NULL if nothing has been mapped. */
static const struct vfio_recent *revisit(struct vfio_world *w,
					 const uint64_t *args,
					 struct pci_dma *dma)
{
	const struct vfio_recent *range = recent(w, args[0]);

	if (range)
		*dma = (struct pci_dma){
			.address = page_in(range, args[1]) * PAGE_BYTES,
			.bytes = 8, .pasid = IOMMU_NO_PASID, .write = !args[2],
			.stamp = sim_op(w->world.sim),
		};
	return range;
}

static int64_t do_revisit(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	unsigned int g = vfio_actor(w) - ACTOR_NIC;
	struct pci_dma dma;

	if (!revisit(w, args, &dma))
		return -ENOENT;
	return vfio_dma(w, g, &dma);
}

int64_t op_revisit(struct world *world, const uint64_t *args)
{
	return run_when(world, args[3], do_revisit, args);
}

static int64_t do_slice_revisit(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct pci_dma dma;

	if (!revisit(w, args + 1, &dma))
		return -ENOENT;
	return vfio_slice_dma(w, (unsigned int)args[0], &dma);
}

int64_t op_slice_revisit(struct world *world, const uint64_t *args)
{
	return run_when(world, args[4], do_slice_revisit, args);
}

static int64_t do_guest_revisit(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint32_t nr = w->nr_bound < VFIO_RECENT ? w->nr_bound : VFIO_RECENT;
	uint32_t pasid;

	if (!nr)
		return -ENOENT;
	pasid = w->bound[(w->nr_bound - 1 - args[0] % nr) % VFIO_RECENT];
	w->guest_page = args[1];
	return vfio_guest_dma(w, &(struct pci_dma){
		.address = (GUEST_PAGE + args[1]) * PAGE_BYTES, .bytes = 8,
		.pasid = pasid, .write = !args[2],
		.stamp = sim_op(world->sim),
	});
}

/* What the device did last with a PASID; if nothing, it begins with the last. */
static int64_t guest_again(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct pci_dma dma = w->last_guest[vfio_actor(w) - ACTOR_NIC];
	const uint64_t begin[] = { 0, 0, args[0] };

	if (!dma.bytes)
		return do_guest_revisit(world, begin);
	dma.write = !args[0];
	dma.stamp = sim_op(world->sim);
	w->guest_page = dma.address / PAGE_BYTES - GUEST_PAGE;
	return vfio_guest_dma(w, &dma);
}

int64_t op_guest_again(struct world *world, const uint64_t *args)
{
	return run_when(world, args[1], guest_again, args);
}

/*
 * Between two steps of a call a device can do what it could not before and must
 * not afterwards. These come all the time.
 */
static int64_t burst(struct world *world, op_run_fn fn, const uint64_t *kind,
		     const uint64_t *args)
{
	int64_t rc = -ENOENT;
	uint64_t i;

	for (i = 0; i < args[1]; i++) {
		rc = fn(world, kind);
		if (rc == -ENOENT)
			break;
		sim_fiber_sleep(world->sim, args[2]);
	}
	return rc;
}

int64_t op_burst(struct world *world, const uint64_t *args)
{
	const uint64_t first_page[] = { 0, FIRST_PAGE, args[0] };

	return burst(world, do_revisit, first_page, args);
}

int64_t op_guest_burst(struct world *world, const uint64_t *args)
{
	return burst(world, guest_again, args, args);
}

int64_t op_guest_revisit(struct world *world, const uint64_t *args)
{
	return run_when(world, args[3], do_guest_revisit, args);
}

/* -- processes -- */

int64_t op_take_back(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	const struct vfio_recent *range = recent(w, args[0]);

	if (!range)
		return -ENOENT;
	return vfio_unmap(w, vfio_file_of(w, range->container), range->iova,
			  range->nr, args[1]);
}

static bool has_nesting(struct vfio_world *w, uint64_t fd)
{
	int c = ref_object(w, fd, REF_CONTAINER);

	return c >= 0 && w->containers[c].owner &&
	       ref_physical(w, (uint32_t)c);
}

uint64_t vfio_nesting_file(struct vfio_world *w, uint64_t fd)
{
	uint64_t other;

	for (other = 0; other < VFIO_FDS && !has_nesting(w, fd); other++)
		if (has_nesting(w, other))
			return other;
	return fd;
}

/* Tracking is begun where it is off. */
int64_t op_log(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	const struct vfio_recent *range = recent(w, args[0]);
	uint64_t start[2] = { OP_NO_RESOURCE, 0 };

	if (!range)
		return -ENOENT;
	start[0] = vfio_file_of(w, (uint32_t)range->container);
	if (!w->containers[range->container].tracking)
		return op_dirty(world, start);
	return vfio_get_bitmap(w, start[0], range->iova, range->nr, true);
}

/* The bitmap is not there: no page may count as reported. Then it is. */
int64_t op_log_nowhere(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	const struct vfio_recent *range = recent(w, args[0]);
	uint64_t fd;

	if (!range)
		return -ENOENT;
	fd = vfio_file_of(w, (uint32_t)range->container);
	vfio_get_bitmap(w, fd, range->iova, range->nr, false);
	return vfio_get_bitmap(w, fd, range->iova, range->nr, true);
}

/* Its device is opened if it is not; pages are those that the mapping has. */
int64_t op_software(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t fd = vfio_file_of_group(w, GROUP_MEDIATED, REF_DEVICE);
	const struct vfio_recent *range = recent(w, args[0]);
	const uint64_t device[] = {
		vfio_file_of_group(w, GROUP_MEDIATED, REF_GROUP), GROUP_MEDIATED,
	};
	uint64_t page;

	if (!range)
		return -ENOENT;
	if (fd == OP_NO_RESOURCE)
		fd = (uint64_t)op_device_open(world, device);
	if ((int64_t)fd < 0)
		return (int64_t)fd;
	page = args[2] % range->nr;
	return vfio_mediated(w, fd, args[1], range->iova + page,
			     args[3] < range->nr - page ? args[3] :
							  range->nr - page);
}

/* That PASID, or if it is not bound, the one that was bound last. */
static uint64_t some_bound(struct vfio_world *w, uint64_t pasid)
{
	const struct ref_pasid *p = ref_pasid(w, pasid);

	if ((p && p->bound) || !w->nr_bound)
		return pasid;
	return w->bound[(w->nr_bound - 1) % VFIO_RECENT];
}

/*
 * What a guest does all the time: the entry of a page that a device has been to
 * is changed, and the VMM hears of it. @args[4]: pages in front of it, too.
 */
int64_t op_shootdown(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t page = w->guest_page;
	uint64_t before = page < args[4] ? page : args[4];
	const uint64_t edit[] = { page, (page + 1) % GUEST_PAGES, args[3] };
	const uint64_t invalidate[] = {
		vfio_nesting_file(w, args[0]), some_bound(w, args[1]), args[2],
		page - before, before + 1,
	};
	int64_t rc = op_guest_edit(world, edit);

	return rc < 0 ? rc : op_invalidate(world, invalidate);
}

/* -- groups, by whatever file of them there is -- */

/* If the process has none of that group, it takes the next one's. */
static uint64_t group_file(struct vfio_world *w, uint64_t group,
			   enum ref_kind kind)
{
	uint64_t fd = OP_NO_RESOURCE;
	unsigned int i;

	for (i = 0; i < VFIO_GROUPS && fd == OP_NO_RESOURCE; i++)
		fd = vfio_file_of_group(w, (group + i) % VFIO_GROUPS, kind);
	return fd;
}

int64_t op_leave(struct world *world, const uint64_t *args)
{
	uint64_t fd = group_file(vfio_world(world), args[0], REF_GROUP);

	return op_unset_container(world, &fd);
}

int64_t op_give_up(struct world *world, const uint64_t *args)
{
	uint64_t fd = group_file(vfio_world(world), args[0], REF_GROUP);

	return op_close(world, &fd);
}

int64_t op_rejoin(struct world *world, const uint64_t *args)
{
	const uint64_t joining[] = {
		group_file(vfio_world(world), args[1], REF_GROUP), args[0],
	};

	return op_set_container(world, joining);
}

uint64_t vfio_free_group(const struct vfio_world *w, uint64_t group)
{
	unsigned int i;

	for (i = 0; i < VFIO_GROUPS; i++) {
		const struct ref_group *g =
			&w->groups[(group + i) % VFIO_GROUPS];

		if (!g->open && !g->gone)
			return (group + i) % VFIO_GROUPS;
	}
	return group;
}

int64_t op_enter(struct world *world, const uint64_t *args)
{
	uint64_t number = vfio_free_group(vfio_world(world), args[1]);
	int64_t group = op_group_open(world, &number);
	const uint64_t joining[] = { (uint64_t)group, args[0] };

	return group < 0 ? group : op_set_container(world, joining);
}

int64_t op_open_device(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t fd = group_file(w, args[0], REF_GROUP);
	int g = ref_object(w, fd, REF_GROUP);
	const uint64_t device[] = { fd, g < 0 ? args[0] : (uint64_t)g };

	return op_device_open(world, device);
}

/* All files of a group and of its device are closed, so it leaves. */
int64_t op_let_go(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t fd = group_file(w, args[0], REF_GROUP);
	int g = ref_object(w, fd, REF_GROUP);
	int64_t rc = -EBADF;

	while (fd != OP_NO_RESOURCE) {
		rc = op_close(world, &fd);
		if (rc < 0 || g < 0)
			break;
		fd = vfio_file_of_group(w, (uint64_t)g, REF_DEVICE);
		if (fd == OP_NO_RESOURCE)
			fd = vfio_file_of_group(w, (uint64_t)g, REF_GROUP);
	}
	return rc;
}

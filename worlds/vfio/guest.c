/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - a guest that has a virtual IOMMU, on a thread of the first process
 *
 *	guest's driver      virtual IOMMU        the VMM, on the same thread
 *	entry of a PASID
 *	descriptor -------> trap --------------> PASID_REQUEST, BIND
 *	waits ............................. until the calls have returned
 *	edits its tables
 *	descriptor -------> trap --------------> CACHE_INVALIDATE
 *
 * A vCPU is a thread: while the guest waits for its virtual IOMMU, the VMM does on
 * that thread what was trapped. The calls are the ops of calls_pasid.c and
 * calls_nest.c, so their reference judges them. A guest that forgets to tell has
 * its old entries in use as long as it likes.
 *
 * The guest ends with its address space, and none comes after it.
 */
#include <errno.h>

#include <models/machine.h>
#include <models/viommu.h>
#include <sim/memory.h>

#include "vfio.h"
#include "vfio_nesting.h"

#define VIRTUAL_DEVICE	PCI_REQUESTER_ID(0, 2, 0)
#define VIRTUAL_DOMAIN	7
#define SOURCE_VIRTUAL	0x140

static struct vfio_guest *guest_of(void *arg)
{
	return &((struct vfio_world *)arg)->guest;
}

static bool is_there(const struct vfio_world *w)
{
	const struct vfio_process *p = &w->processes[0];

	return p->process && w->guest.mm && w->guest.mm == p->mm;
}

/*
 * What the virtual unit and the guest's driver reach: memory of a guest is mapped
 * for its devices, or it is taken for gone.
 */
static uint64_t frame(void *arg, uint64_t page)
{
	const struct vfio_world *w = arg;
	uint64_t number;

	if (!is_there(w) || page < VIOMMU_IOVA ||
	    page >= VIOMMU_IOVA + VIOMMU_PAGES)
		return UINT64_MAX;
	number = w->guest.frames[page - VIOMMU_IOVA];
	return sim_frame(machine_memory(w->machine), number)->pins ?
	       number : UINT64_MAX;
}

/* -- the VMM -- */

static int bind(void *arg, const struct viommu_binding *binding)
{
	struct vfio_guest *guest = guest_of(arg);
	const uint64_t alloc[] = { guest->fd, 1, 0xff, 0 };
	uint64_t *host = &guest->host[binding->pasid];
	uint64_t args[] = { guest->fd, 0, binding->pasid };
	int64_t rc;

	if (!*host) {
		rc = op_pasid_alloc(arg, alloc);
		if (rc < 0)
			return (int)rc;
		*host = (uint64_t)rc;
	}
	args[1] = *host;
	return (int)op_bind(arg, args);
}

/* The number goes as well: what comes next gets another. */
static int unbind(void *arg, const struct viommu_binding *binding)
{
	struct vfio_guest *guest = guest_of(arg);
	const uint64_t args[] = { guest->fd, guest->host[binding->pasid] };
	int64_t rc = op_unbind(arg, args);

	if (rc >= 0)
		rc = op_pasid_free(arg, args);
	if (rc >= 0)
		guest->host[binding->pasid] = 0;
	return (int)rc;
}

enum what { WHAT_ADDR, WHAT_LEAF, WHAT_PASID };

static int invalidate(void *arg, const struct viommu_invalidation *what)
{
	struct vfio_guest *guest = guest_of(arg);
	const uint64_t args[] = {
		guest->fd, guest->host[what->pasid],
		!what->nr_pages ? WHAT_PASID : what->leaf ? WHAT_LEAF :
							    WHAT_ADDR,
		what->address / PAGE_BYTES - GUEST_PAGE, what->nr_pages,
	};

	return (int)op_invalidate(arg, args);
}

static const struct viommu_ops viommu_ops = {
	.bind = bind, .unbind = unbind, .invalidate = invalidate,
};

/* What was trapped is done, before the guest goes on. */
static void idle(void *arg)
{
	struct vfio_world *w = arg;

	viommu_poll(w->guest.viommu);
}

void vfio_guest_init(struct vfio_world *w)
{
	const struct viommu_options options = {
		.unit = {
			.machine = w->machine, .source = SOURCE_VIRTUAL,
			.frame = frame, .frame_arg = w,
		},
		.ops = &viommu_ops, .arg = w, .max_pasids = VGUEST_PASIDS + 1,
	};
	struct guest_iommu_options guest = {
		.machine = w->machine, .frame = frame, .frame_arg = w,
		.idle = idle, .idle_arg = w, .first_page = VIOMMU_IOVA,
		.table = TABLES_IOVA * PAGE_BYTES, .nr_pages = VIOMMU_PAGES,
		.requester_id = VIRTUAL_DEVICE, .domain = VIRTUAL_DOMAIN,
	};

	w->guest.viommu = viommu_new(w->world.sim, &options);
	guest.viommu = w->guest.viommu;
	w->guest.driver = guest_iommu_new(w->world.sim, &guest);
}

/* -- the guest -- */

/* The container that has its tables; its driver begins when it is first needed. */
static int begin(struct vfio_world *w)
{
	struct vfio_process *p = vfio_process(w);
	uint64_t fd = vfio_nesting_file(w, OP_NO_RESOURCE);
	int rc;

	if (is_there(w))
		return 0;
	if (!w->pasids || !p->process || !p->tables || w->guest.mm)
		return -ENODEV;
	if (fd == OP_NO_RESOURCE)
		return -ENODEV;
	rc = vfio_new_pages(w, VIOMMU_RAM, VIOMMU_PAGES, w->guest.frames);
	if (rc)
		return rc;
	rc = (int)vfio_map(w, fd, VIOMMU_IOVA, VIOMMU_RAM, VIOMMU_PAGES);
	if (rc)
		return rc;
	w->guest.fd = fd;
	w->guest.mm = p->mm;
	return guest_iommu_boot(w->guest.driver);
}

int64_t op_guest_on(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int rc = begin(w);

	return rc ? rc : guest_iommu_bind(w->guest.driver, (uint32_t)args[0]);
}

int64_t op_guest_off(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int rc = begin(w);

	return rc ? rc : guest_iommu_unbind(w->guest.driver, (uint32_t)args[0],
					    args[1]);
}

enum tell { TELL_PAGE, TELL_BLOCK, TELL_ALL, TELL_NOBODY };

int64_t op_guest_change(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint64_t page = args[1] < GUEST_PAGES ? args[1] : w->guest_page;
	const uint64_t edit[] = { page, (page + 1) % GUEST_PAGES, args[2] };
	unsigned int order = args[3] == TELL_BLOCK ? 3 : 0;
	int64_t rc = begin(w);

	if (!rc)
		rc = op_guest_edit(world, edit);
	if (rc < 0 || args[3] == TELL_NOBODY)
		return rc;
	return guest_iommu_invalidate(w->guest.driver, (uint32_t)args[0],
				      (GUEST_PAGE + page) * PAGE_BYTES,
				      args[3] == TELL_ALL ? GUEST_IOMMU_ALL :
							    order);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_map.c - ops about mappings, dirty pages and DMA, with their reference
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/fiber.h>

#include "vfio.h"
#include "vfio_mediated.h"

/* First page of a range: an IOVA base and a page behind it. */
static uint64_t page_of(uint64_t base, uint64_t page)
{
	static const uint64_t bases[] = {
		0x10, 0xfedf0, 1ull << 30, (1ull << 36) - 32, (1ull << 52) - 32,
	};

	return (bases[base] + page) & ((1ull << 52) - 1);
}

/* -- MAP_DMA -- */

enum access { BOTH, READ, WRITE, NONE, VADDR };

static int64_t call_map(struct vfio_world *w, const struct ref_mapping *m,
			uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = flags,
		.vaddr = RAM_ADDRESS + m->ram * PAGE_BYTES,
		.iova = m->iova * PAGE_BYTES, .size = m->nr * PAGE_BYTES,
	};
	int64_t rc;

	vfio_process(w)->mapping_calls++;
	rc = vfio_ioctl(w, VFIO_IOMMU_MAP_DMA, &map, sizeof(map),
			sizeof(map));
	vfio_process(w)->mapping_calls--;
	return rc;
}

/* A new address for a mapping; its process may be another one than before. */
static int64_t set_vaddr(struct vfio_world *w, const struct ref_mapping *m)
{
	const struct vfio_process *p = vfio_process(w);
	struct ref_mapping *old = NULL;
	int64_t rc, expected = -EINVAL;

	if (m->nr)
		old = ref_find(w, m->container, m->iova, m->iova + m->nr - 1);
	if (w->containers[m->container].type && old && old->invalid &&
	    old->iova == m->iova && old->nr == m->nr)
		expected = 0;
	rc = call_map(w, m, VFIO_DMA_MAP_FLAG_VADDR);
	/* Whether the new owner may lock as much is its limit's business. */
	if (!p->privileged && rc == -ENOMEM)
		expected = rc;
	if (rc >= 0 && old) {
		old->invalid = false;
		old->owner = p->mm;
		old->ram = m->ram;
	}
	if (ref_end(w)) {
		ref_judge(w, rc, expected, "MAP_DMA of an address");
		ref_check_accounts(w);
	}
	return rc;
}

/* The reference knows what the call is about; it has begun. */
static int64_t do_map(struct vfio_world *w, const struct ref_mapping *m,
		      bool container, uint32_t flags)
{
	int64_t rc, expected = container ? ref_expect_map(w, m) : -EINVAL;
	const struct vfio_process *p = vfio_process(w);
	uint32_t ram = p->ram_ended;

	if (!expected && !ref_map_begin(w, m)) {
		ref_end(w);
		return -ENOBUFS;
	}
	rc = call_map(w, m, flags);
	/* Another thread was giving memory away, or has begun to. */
	if (ram != p->ram_begun && rc == -EFAULT)
		expected = rc;
	/* What others lock or give back meanwhile counts against one limit. */
	if (!ref_alone(w) && (rc == -ENOMEM || expected == -ENOMEM))
		expected = rc;
	if (container)
		ref_map_end(w, m, rc >= 0);
	if (container && rc >= 0)
		vfio_note_map(w, m);
	if (ref_end(w)) {
		ref_judge(w, rc, expected, "MAP_DMA");
		ref_check_accounts(w);
	}
	return rc;
}

int64_t vfio_map(struct vfio_world *w, uint64_t fd, uint64_t iova, uint64_t ram,
		 uint64_t nr)
{
	int c = ref_object(w, fd, REF_CONTAINER);
	const struct ref_mapping m = {
		.container = c < 0 ? 0 : (uint32_t)c, .iova = iova, .nr = nr,
		.ram = ram, .owner = vfio_process(w)->mm,
		.rights = LEDGER_READ | LEDGER_WRITE,
	};

	meet_about_range(w, c, iova, nr);
	ref_begin_on(w, fd, 0);
	return do_map(w, &m, c >= 0, VFIO_DMA_MAP_FLAG_READ |
				     VFIO_DMA_MAP_FLAG_WRITE);
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int c = ref_object(w, args[0], REF_CONTAINER);
	struct ref_mapping m = {
		.container = c < 0 ? 0 : (uint32_t)c,
		.iova = page_of(args[1], args[2] & 63), .nr = args[3],
		.ram = args[4], .owner = vfio_process(w)->mm,
	};
	uint32_t flags = 0;

	if (args[5] == BOTH || args[5] == READ)
		flags |= VFIO_DMA_MAP_FLAG_READ;
	if (args[5] == BOTH || args[5] == WRITE)
		flags |= VFIO_DMA_MAP_FLAG_WRITE;
	m.rights = (flags & VFIO_DMA_MAP_FLAG_READ ? LEDGER_READ : 0) |
		   (flags & VFIO_DMA_MAP_FLAG_WRITE ? LEDGER_WRITE : 0);
	meet_about_range(w, c, m.iova, m.nr);
	ref_begin_on(w, args[0], 0);
	if (c >= 0 && args[5] == VADDR)
		return set_vaddr(w, &m);
	return do_map(w, &m, c >= 0, flags);
}

/* -- UNMAP_DMA -- */

enum how { PLAIN, ALL, INVALIDATE, INVALIDATE_ALL, DIRTY };

struct range {
	uint32_t container;
	uint64_t first;
	uint64_t last;
	bool v1;
};

/* The next mapping that an unmap takes, from @from on. */
static struct ref_mapping *victim(struct vfio_world *w, const struct range *r,
				  uint64_t from)
{
	struct ref_mapping *m = from > r->last ? NULL :
		ref_find(w, r->container, from, r->last);

	return m && r->v1 && m->iova < r->first ? NULL : m;
}

static int64_t expect_unmap(struct vfio_world *w, const struct range *r,
			    uint64_t nr, enum how how)
{
	const struct ref_container *c = &w->containers[r->container];
	bool all = how == ALL || how == INVALIDATE_ALL;
	bool vaddr = how == INVALIDATE || how == INVALIDATE_ALL;
	struct ref_mapping *m;

	if (!c->type || (!all && !nr) || (!all && r->last >> 52))
		return -EINVAL;
	if (vaddr && ref_emulated(w, r->container))
		return -EBUSY;
	if (how == DIRTY && !c->tracking)
		return -EINVAL;
	if (!r->v1 && ref_cuts(w, r->container, r->first, r->last))
		return -EINVAL;
	for (m = victim(w, r, r->first); m && vaddr;
	     m = victim(w, r, m->iova + m->nr))
		if (m->invalid)
			return -EINVAL;
	return 0;
}

/* Pages that go; with @drop they do. */
static uint64_t take(struct vfio_world *w, const struct range *r, bool vaddr,
		     bool drop)
{
	uint64_t from = r->first, pages = 0;
	struct ref_mapping *m;

	while ((m = victim(w, r, from))) {
		pages += m->nr;
		from = m->iova + m->nr;
		if (vaddr && drop)
			m->invalid = true;
		else if (drop)
			ref_drop(w, m);
	}
	return pages;
}

struct unmap {
	struct vfio_iommu_type1_dma_unmap unmap;
};

struct unmap_dirty {
	uint8_t unmap[sizeof(struct vfio_iommu_type1_dma_unmap)];
	struct vfio_bitmap bitmap;
};

/* Threads of a process have one bitmap: another may have cleared it since. */
static void alone_with_bitmap(struct vfio_world *w, int container)
{
	if (container >= 0 && !ref_alone(w))
		w->unsure |= 1ull << container;
}

static int64_t call_unmap(struct vfio_world *w,
			  struct vfio_iommu_type1_dma_unmap *unmap, uint64_t nr)
{
	struct unmap_dirty dirty = {
		.bitmap = { .pgsize = PAGE_BYTES, .size = (nr + 63) / 64 * 8,
			    .data = (void *)BITMAP_ADDRESS },
	};
	int64_t rc;

	if (!(unmap->flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)) {
		unmap->argsz = sizeof(*unmap);
		return vfio_ioctl(w, VFIO_IOMMU_UNMAP_DMA, unmap,
				  sizeof(*unmap), unmap->argsz);
	}
	unmap->argsz = sizeof(dirty);
	memcpy(dirty.unmap, unmap, sizeof(*unmap));
	vfio_bitmap_clear(w);
	rc = vfio_ioctl(w, VFIO_IOMMU_UNMAP_DMA, &dirty, sizeof(dirty),
			unmap->argsz);
	memcpy(unmap, dirty.unmap, sizeof(*unmap));
	return rc;
}

static uint32_t unmap_flags(enum how how)
{
	static const uint32_t flags[] = {
		[PLAIN] = 0,
		[ALL] = VFIO_DMA_UNMAP_FLAG_ALL,
		[INVALIDATE] = VFIO_DMA_UNMAP_FLAG_VADDR,
		[INVALIDATE_ALL] = VFIO_DMA_UNMAP_FLAG_VADDR |
				   VFIO_DMA_UNMAP_FLAG_ALL,
		[DIRTY] = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
	};

	return flags[how];
}

static void judge_size(struct vfio_world *w, uint64_t bytes, uint64_t pages)
{
	if (bytes != pages * PAGE_BYTES)
		vfio_raise(w, "wrong-result", "size",
			   "UNMAP_DMA says that it unmapped more or less",
			   "as much as the mappings in the range had");
}

/*
 * What is dirty is judged before the reference forgets the mappings, so after
 * the call; devices must not reach them from before the call on.
 */
static int64_t unmap_range(struct vfio_world *w, const struct range *r,
			   uint64_t nr, enum how how)
{
	bool vaddr = how == INVALIDATE || how == INVALIDATE_ALL;
	struct vfio_iommu_type1_dma_unmap unmap = {
		.flags = unmap_flags(how),
		.iova = how == ALL || how == INVALIDATE_ALL ? 0 :
			r->first * PAGE_BYTES,
		.size = how == ALL || how == INVALIDATE_ALL ? 0 :
			nr * PAGE_BYTES,
	};
	int64_t rc, expected = expect_unmap(w, r, nr, how);
	uint64_t pages = take(w, r, vaddr, false);
	struct ref_mapping *m;
	uint64_t from;
	bool sure;

	for (from = r->first; !expected && !vaddr && (m = victim(w, r, from));
	     from = m->iova + m->nr)
		if (m->mapped)
			ledger_unmap(w->ledger,
				     w->containers[r->container].space,
				     m->iova, m->iova + m->nr - 1);
	rc = call_unmap(w, &unmap, nr);
	ref_settle(w, rc >= 0);
	/* Was it the argument that could not be read, or the answer? */
	if (rc == -EFAULT)
		w->unsure |= 1ull << r->container;
	if (how == DIRTY)
		alone_with_bitmap(w, (int)r->container);
	sure = ref_end(w);
	if (sure)
		ref_judge(w, rc, expected, "UNMAP_DMA");
	if (sure && rc >= 0 && how == DIRTY)
		ref_dirty_check(w, r->container, r->first, nr, false);
	if (rc >= 0)
		take(w, r, vaddr, true);
	if (sure && rc >= 0)
		judge_size(w, unmap.size, pages);
	if (sure)
		ref_check_accounts(w);
	return rc;
}

int64_t vfio_unmap(struct vfio_world *w, uint64_t fd, uint64_t first,
		   uint64_t nr, uint64_t how)
{
	int c = ref_object(w, fd, REF_CONTAINER);
	struct range r = {
		.container = c < 0 ? 0 : (uint32_t)c,
		.first = first, .last = first + nr - 1,
		.v1 = c >= 0 && w->containers[c].type == VFIO_TYPE1_IOMMU,
	};
	struct vfio_iommu_type1_dma_unmap unmap = { .iova = 0 };
	int64_t rc;

	meet_about_range(w, c, first, nr);
	ref_begin_on(w, fd, 0);
	if (c < 0) {
		rc = call_unmap(w, &unmap, 0);
		ref_end(w);
		return rc;
	}
	if (how == ALL || how == INVALIDATE_ALL) {
		r.first = 0;
		r.last = UINT64_MAX - 1;
	}
	return unmap_range(w, &r, nr, how);
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	return vfio_unmap(vfio_world(world), args[0],
			  page_of(args[1], args[2] & 63), args[3], args[4]);
}

/* -- dirty pages -- */

int64_t op_dirty(struct world *world, const uint64_t *args)
{
	static const uint32_t flags[] = {
		VFIO_IOMMU_DIRTY_PAGES_FLAG_START,
		VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
		VFIO_IOMMU_DIRTY_PAGES_FLAG_START |
			VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
		1u << 31,
	};
	struct vfio_world *w = vfio_world(world);
	int c = ref_object(w, args[0], REF_CONTAINER);
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty), .flags = flags[args[1]],
	};
	int64_t rc, expected = 0;

	ref_begin_on(w, args[0], 0);
	if (c < 0 || !w->containers[c].type ||
	    w->containers[c].type == VFIO_TYPE1_IOMMU || args[1] > 1)
		expected = -EINVAL;
	rc = vfio_ioctl(w, VFIO_IOMMU_DIRTY_PAGES, &dirty,
			sizeof(dirty), sizeof(dirty));
	if (ref_end(w))
		ref_judge(w, rc, expected, "DIRTY_PAGES");
	if (rc >= 0 && c >= 0 && !args[1])
		ref_dirty_start(w, (uint32_t)c);
	else if (rc >= 0 && c >= 0)
		w->containers[c].tracking = false;
	return rc;
}

struct get {
	uint32_t argsz;
	uint32_t flags;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

static int64_t call_get(struct vfio_world *w, uint64_t first, uint64_t nr,
			bool bitmap)
{
	struct get arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get = {
			.iova = first * PAGE_BYTES, .size = nr * PAGE_BYTES,
			.bitmap = { .pgsize = PAGE_BYTES,
				    .size = (nr + 63) / 64 * 8,
				    .data = (void *)(bitmap ? BITMAP_ADDRESS :
							      NO_BITMAP) },
		},
	};

	vfio_bitmap_clear(w);
	return vfio_ioctl(w, VFIO_IOMMU_DIRTY_PAGES, &arg, sizeof(arg),
			  sizeof(arg));
}

int64_t vfio_get_bitmap(struct vfio_world *w, uint64_t fd, uint64_t first,
			uint64_t nr, bool bitmap)
{
	int c = ref_object(w, fd, REF_CONTAINER);
	int64_t rc, expected = bitmap ? 0 : -EFAULT;
	bool sure;

	ref_begin_on(w, fd, 0);
	if (c < 0 || !w->containers[c].type ||
	    w->containers[c].type == VFIO_TYPE1_IOMMU ||
	    !w->containers[c].tracking || first + nr >= 1ull << 52 ||
	    ref_cuts(w, (uint32_t)c, first, first + nr - 1))
		expected = -EINVAL;
	/* Of a range without mappings there may be nothing to write. */
	if (expected == -EFAULT &&
	    !ref_find(w, (uint32_t)c, first, first + nr - 1))
		expected = 0;
	rc = call_get(w, first, nr, bitmap);
	alone_with_bitmap(w, c);
	sure = ref_end(w);
	if (sure && (bitmap || expected))
		ref_judge(w, rc, expected, "GET_BITMAP");
	if (rc >= 0 && sure && bitmap)
		ref_dirty_check(w, (uint32_t)c, first, nr, true);
	return rc;
}

int64_t op_get_bitmap(struct world *world, const uint64_t *args)
{
	return vfio_get_bitmap(vfio_world(world), args[0],
			       page_of(args[1], args[2] & 63), args[3], true);
}

/* -- calls with one thing wrong -- */

enum bad {
	MAP_ARGSZ, MAP_FLAGS, MAP_IOVA, MAP_SIZE, MAP_VADDR, MAP_WRAP,
	UNMAP_ARGSZ, UNMAP_FLAGS, UNMAP_DIRTY_ALL, UNMAP_SIZE, UNMAP_IOVA,
	BITMAP_ARGSZ, BITMAP_PGSIZE, BITMAP_SMALL, BITMAP_KERNEL, BITMAP_IOVA,
	BITMAP_WRAP, COMMAND,
};

static int64_t bad_map(struct vfio_world *w, enum bad kind)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = kind == MAP_ARGSZ ? sizeof(map) - 1 : sizeof(map),
		.flags = kind == MAP_FLAGS ? 11 : 3,
		.vaddr = kind == MAP_WRAP ? -PAGE_BYTES :
			 RAM_ADDRESS + (kind == MAP_VADDR ? 0x800 : 0),
		.iova = 0x800000 + (kind == MAP_IOVA ? 0x800 : 0),
		.size = kind == MAP_SIZE ? 0x1800 : 2 * PAGE_BYTES,
	};

	return vfio_ioctl(w, VFIO_IOMMU_MAP_DMA, &map, sizeof(map),
			  map.argsz);
}

static int64_t bad_unmap(struct vfio_world *w, enum bad kind)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = kind == UNMAP_ARGSZ ? 16 : sizeof(unmap),
		.flags = kind == UNMAP_FLAGS ? 8 :
			 kind == UNMAP_DIRTY_ALL ? 3 : 0,
		.iova = kind == UNMAP_IOVA ? 0x10800 : 0,
		.size = kind == UNMAP_SIZE ? 0x1800 : PAGE_BYTES,
	};

	return vfio_ioctl(w, VFIO_IOMMU_UNMAP_DMA, &unmap, sizeof(unmap),
			  unmap.argsz);
}

static int64_t bad_bitmap(struct vfio_world *w, enum bad kind)
{
	struct get arg = {
		.argsz = kind == BITMAP_ARGSZ ? 16 : sizeof(arg),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get = {
			.iova = kind == BITMAP_WRAP ? -2 * PAGE_BYTES :
				kind == BITMAP_IOVA ? 0x800 : 0,
			.size = 65 * PAGE_BYTES,
			.bitmap = {
				.pgsize = kind == BITMAP_PGSIZE ? 0x800 :
								  PAGE_BYTES,
				.size = kind == BITMAP_SMALL ? 8 : 16,
				.data = (void *)(kind == BITMAP_KERNEL ?
					0xffff888000000000 : BITMAP_ADDRESS),
			},
		},
	};

	return vfio_ioctl(w, VFIO_IOMMU_DIRTY_PAGES, &arg, sizeof(arg),
			  arg.argsz);
}

int64_t op_bad_call(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	enum bad kind = args[1];
	int64_t rc;

	ref_begin_on(w, args[0], 0);
	if (kind <= MAP_WRAP)
		rc = bad_map(w, kind);
	else if (kind <= UNMAP_IOVA)
		rc = bad_unmap(w, kind);
	else if (kind < COMMAND)
		rc = bad_bitmap(w, kind);
	else
		rc = vfio_ioctl_value(w, VFIO_IOMMU_DIRTY_PAGES + 40,
				      0);
	if (ref_end(w)) {
		ref_judge(w, rc, -EINVAL, "a call that is not well-formed");
		ref_check_accounts(w);
	}
	return rc;
}

/* -- the mediated device -- */

static struct ref_mapping *pin_target(struct vfio_world *w, uint32_t c,
				      uint64_t first, uint64_t nr)
{
	struct ref_mapping *m = ref_find(w, c, first, first);

	return m && first + nr <= m->iova + m->nr ? m : NULL;
}

static void count_pins(struct ref_mapping *m, uint64_t first, uint64_t nr,
		       int delta)
{
	uint64_t i;

	for (i = 0; m && i < nr; i++)
		m->pins[first - m->iova + i] =
			(uint8_t)(m->pins[first - m->iova + i] + delta);
}

static void mediated_done(struct vfio_world *w, uint32_t c,
			  const struct vfio_mediated_call *call, bool done)
{
	uint64_t first = call->iova / PAGE_BYTES, nr = call->length;
	struct ref_mapping *m = pin_target(w, c, first, nr);

	if (call->op == VFIO_MEDIATED_PIN) {
		ref_dirty_mark(w, c, first, first + nr - 1, done);
		if (done)
			count_pins(m, first, nr, 1);
	} else if (call->op == VFIO_MEDIATED_UNPIN && done) {
		count_pins(m, first, nr, -1);
	} else if (call->op == VFIO_MEDIATED_WRITE) {
		ref_dirty_mark(w, c, first, first, done &&
			       w->containers[c].tracking);
	}
}

/* The mapping that it is in: nobody can take less than that. */
static void mediated_about(struct vfio_world *w, int group, uint64_t first,
			   uint64_t nr)
{
	const struct ref_mapping *m = NULL;
	int c = -1;

	if (group == GROUP_MEDIATED) {
		c = (int)w->groups[group].container;
		m = ref_find(w, (uint32_t)c, first, first);
	}
	meet_about_range(w, c, m ? m->iova : first, m ? m->nr : nr);
}

/*
 * Whether a pin works depends on whose memory it is, rights and limits; so only
 * what may never work is judged. A pin across two mappings is left out: the
 * driver gives it back as a whole.
 */
int64_t vfio_mediated(struct vfio_world *w, uint64_t fd, uint64_t op,
		      uint64_t first, uint64_t nr)
{
	int g = ref_object(w, fd, REF_DEVICE);
	bool pin = op <= VFIO_MEDIATED_UNPIN;
	struct vfio_mediated_call call = {
		.argsz = sizeof(call), .op = (uint32_t)op,
		.iova = first * PAGE_BYTES,
		.length = pin ? (uint32_t)nr : 8, .prot = 3,
	};
	uint32_t c = g == GROUP_MEDIATED ? w->groups[g].container : 0;
	int64_t rc, expected;

	if (g == GROUP_MEDIATED && pin && ref_find(w, c, first, first) &&
	    !pin_target(w, c, first, nr))
		return -ENOBUFS;
	mediated_about(w, g, first, nr);
	ref_begin_on(w, fd, REF_FILES);
	vfio_process(w)->mapping_calls++;
	rc = vfio_ioctl(w, VFIO_MEDIATED_CALL, &call, sizeof(call),
			sizeof(call));
	vfio_process(w)->mapping_calls--;
	expected = rc;
	if (g != GROUP_MEDIATED || !ref_find(w, c, first, first))
		expected = -EINVAL;
	if (g == GROUP_MEDIATED)
		mediated_done(w, c, &call, rc >= 0);
	if (ref_end(w)) {
		ref_judge(w, rc, expected, "a call of the mediated device");
		ref_check_accounts(w);
	}
	return rc;
}

int64_t op_mediated(struct world *world, const uint64_t *args)
{
	return vfio_mediated(vfio_world(world), args[0], args[1],
			     page_of(args[2], args[3] & 63), args[4]);
}

/* -- DMA -- */

int64_t vfio_dma(struct vfio_world *w, unsigned int group, struct pci_dma *dma)
{
	/* Nobody knows what it may reach. */
	if (w->unsure & (REF_FILES | 1ull << w->groups[group].container))
		return -ENOBUFS;
	return pci_device_dma(w->devices[group], dma);
}

int64_t op_dma(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	unsigned int g = vfio_actor(w) - ACTOR_NIC;
	struct pci_dma dma = {
		.address = page_of(args[0], args[1] & 63) * PAGE_BYTES +
			   args[2],
		.bytes = args[3], .pasid = IOMMU_NO_PASID, .write = !args[4],
		.stamp = sim_op(world->sim),
	};

	sim_fiber_sleep(world->sim, args[5]);
	return vfio_dma(w, g, &dma);
}

int64_t vfio_slice_dma(struct vfio_world *w, unsigned int slice,
		       struct pci_dma *dma)
{
	const struct ref_group *g = &w->groups[GROUP_SLICE0 + slice];

	if (w->unsure & (REF_FILES | 1ull << g->container))
		return -ENOBUFS;
	return mdev_dma(w->whole, slice, dma);
}

int64_t op_slice_dma(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct pci_dma dma = {
		.address = page_of(args[1], args[2] & 63) * PAGE_BYTES,
		.bytes = args[3], .write = !args[4],
		.stamp = sim_op(world->sim),
	};

	sim_fiber_sleep(world->sim, args[5]);
	return vfio_slice_dma(w, (unsigned int)args[0], &dma);
}

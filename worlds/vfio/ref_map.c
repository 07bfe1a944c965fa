/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ref_map.c - the reference of the API: mappings
 *
 * A list without order, searched from one end to the other. The IOMMU of this
 * world translates 48 bits and keeps 0xfee00000 and the MiB behind it for
 * interrupts; as long as no group behind it is in a container everything goes.
 */
#include <errno.h>

#include "vfio.h"

#define MSI_FIRST	(0xfee00000ull >> 12)
#define MSI_LAST	(0xfeefffffull >> 12)
#define IOVA_LAST	((1ull << 36) - 1)	/* pages: 48 bits */

static bool is_in(const struct ref_mapping *m, uint32_t container)
{
	return m->used && m->container == container;
}

static uint64_t last_of(const struct ref_mapping *m)
{
	return m->iova + m->nr - 1;
}

struct ref_mapping *ref_find(struct vfio_world *w, uint32_t container,
			     uint64_t first, uint64_t last)
{
	struct ref_mapping *found = NULL;
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++) {
		struct ref_mapping *m = &w->mappings[i];

		if (is_in(m, container) && m->iova <= last &&
		    last_of(m) >= first && (!found || m->iova < found->iova))
			found = m;
	}
	return found;
}

bool ref_cuts(struct vfio_world *w, uint32_t container, uint64_t first,
	      uint64_t last)
{
	const struct ref_mapping *m = ref_find(w, container, first, first);

	if (m && m->iova != first)
		return true;
	m = ref_find(w, container, last, last);
	return m && last_of(m) != last;
}

bool ref_has_invalid(const struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (is_in(&w->mappings[i], container) && w->mappings[i].invalid)
			return true;
	return false;
}

bool ref_iova_ok(uint64_t first, uint64_t last)
{
	return last <= IOVA_LAST && (last < MSI_FIRST || first > MSI_LAST);
}

/* -- what is charged -- */

unsigned int ref_nr_pins(const struct ref_mapping *m)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VFIO_RAM_PAGES; i++)
		nr += !!m->pins[i];
	return nr;
}

uint64_t ref_locked(const struct vfio_world *w, uint32_t owner)
{
	uint64_t locked = 0;
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++) {
		const struct ref_mapping *m = &w->mappings[i];

		if (m->used && m->owner == owner)
			locked += m->mapped ? m->nr : ref_nr_pins(m);
	}
	return locked;
}

/* -- mapping -- */

/* Has the process memory there, with the rights that devices get? */
static bool memory_ok(const struct vfio_process *p, const struct ref_mapping *m)
{
	uint32_t have = m->rights & LEDGER_WRITE ? p->ram_writable : p->ram;
	uint64_t i;

	for (i = m->ram; i < m->ram + m->nr; i++)
		if (i >= 32 || !(have >> i & 1))
			return false;
	return true;
}

int64_t ref_expect_map(struct vfio_world *w, const struct ref_mapping *m)
{
	const struct vfio_process *p = vfio_process(w);

	if (!w->containers[m->container].type || !m->rights || !m->nr ||
	    m->iova + m->nr > 1ull << 52)
		return -EINVAL;
	if (ref_find(w, m->container, m->iova, last_of(m)))
		return -EEXIST;
	if (!ref_physical(w, m->container))
		return 0;
	if (!ref_iova_ok(m->iova, last_of(m)))
		return -EINVAL;
	if (!memory_ok(p, m))
		return -EFAULT;
	if (!p->privileged && ref_locked(w, p->mm) + m->nr > p->memlock_pages)
		return -ENOMEM;
	return 0;
}

/* False: no room, or its pages are not there. */
static bool ledger_has(struct vfio_world *w, const struct ref_mapping *m)
{
	uint64_t frames[VFIO_RAM_PAGES];
	const struct ledger_map map = {
		.space = w->containers[m->container].space,
		.rights = m->rights, .page = m->iova, .nr = m->nr,
		.targets = frames,
	};
	uint64_t i;

	if (m->nr > VFIO_RAM_PAGES)
		return false;
	for (i = 0; i < m->nr; i++) {
		frames[i] = vfio_ram_frame(w, m->ram + i);
		if (frames[i] == UINT64_MAX)
			return false;
	}
	return ledger_map(w->ledger, &map);
}

static struct ref_mapping *free_mapping(struct vfio_world *w)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (!w->mappings[i].used)
			return &w->mappings[i];
	return NULL;
}

bool ref_map_begin(struct vfio_world *w, const struct ref_mapping *m)
{
	return free_mapping(w) &&
	       (!ref_physical(w, m->container) || ledger_has(w, m));
}

void ref_map_end(struct vfio_world *w, const struct ref_mapping *m, bool done)
{
	struct ref_mapping *new = done ? free_mapping(w) : NULL;

	ref_settle(w, done);
	if (!new)
		return;
	*new = *m;
	new->used = true;
	new->mapped = ref_physical(w, m->container);
}

bool ref_map_all(struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++) {
		struct ref_mapping *m = &w->mappings[i];

		if (is_in(m, container) && !m->mapped && !ledger_has(w, m))
			return false;
	}
	return true;
}

/* -- unmapping -- */

void ref_unmap(struct vfio_world *w, struct ref_mapping *m)
{
	if (m->mapped)
		ledger_unmap(w->ledger, w->containers[m->container].space,
			     m->iova, last_of(m));
	m->mapped = false;
}

void ref_drop(struct vfio_world *w, struct ref_mapping *m)
{
	ref_unmap(w, m);
	*m = (struct ref_mapping){ .used = false };
}

void ref_drop_all(struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (is_in(&w->mappings[i], container))
			ref_drop(w, &w->mappings[i]);
}

void ref_unpin_all(struct vfio_world *w, uint32_t container)
{
	unsigned int i, page;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		for (page = 0; page < VFIO_RAM_PAGES; page++)
			if (is_in(&w->mappings[i], container))
				w->mappings[i].pins[page] = 0;
}

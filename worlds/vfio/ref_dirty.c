/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ref_dirty.c - the reference of the API: dirty pages
 *
 * A page is reported if a group behind the IOMMU could have written it since the
 * last report, or the mediated device did, or has it pinned or had it pinned. No
 * other page is: what is not mapped, or lies outside of the range, never.
 *
 * Open, and so neither demanded nor refused: pages of a pin or a write that
 * failed half-way.
 */
#include <stdio.h>

#include "vfio.h"

static uint32_t pinned(const struct ref_mapping *m)
{
	uint32_t pages = 0;
	unsigned int i;

	for (i = 0; i < VFIO_RAM_PAGES; i++)
		pages |= (uint32_t)!!m->pins[i] << i;
	return pages;
}

static uint32_t whole(const struct ref_mapping *m)
{
	return (uint32_t)((1ull << m->nr) - 1);
}

void ref_dirty_start(struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	if (w->containers[container].tracking)
		return;
	w->containers[container].tracking = true;
	for (i = 0; i < VFIO_MAPPINGS; i++) {
		struct ref_mapping *m = &w->mappings[i];

		if (!m->used || m->container != container)
			continue;
		m->dirty = pinned(m);
		m->maybe = 0;
	}
}

void ref_dirty_all(struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (w->mappings[i].used && w->mappings[i].container == container)
			w->mappings[i].dirty = whole(&w->mappings[i]);
}

void ref_dirty_mark(struct vfio_world *w, uint32_t container, uint64_t first,
		    uint64_t last, bool certain)
{
	uint64_t page;

	for (page = first; page <= last; page++) {
		struct ref_mapping *m = ref_find(w, container, page, page);

		if (m && certain)
			m->dirty |= 1u << (page - m->iova);
		else if (m)
			m->maybe |= 1u << (page - m->iova);
	}
}

static void raise_bit(struct vfio_world *w, bool lost, const char *object,
		      uint64_t page)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "page 0x%llx of the IOVA space",
		 (unsigned long long)page);
	vfio_raise(w, lost ? "lost-dirty" : "invented-dirty", object,
		   lost ? "a page was written and is not reported" :
			  "a page is reported that nobody can have written",
		   why);
}

static void check_page(struct vfio_world *w, uint32_t container, uint64_t page,
		       bool in_range, bool set)
{
	struct ref_mapping *m = in_range ? ref_find(w, container, page, page) :
					   NULL;
	uint32_t must, may;

	if (!m) {
		if (set)
			raise_bit(w, false, in_range ? "unmapped" : "outside",
				  page);
		return;
	}
	must = ref_physical(w, container) && m->mapped ? whole(m) : m->dirty;
	may = must | m->maybe;
	if (!set && must >> (page - m->iova) & 1)
		raise_bit(w, true, "mapping", page);
	if (set && !(may >> (page - m->iova) & 1))
		raise_bit(w, false, "mapping", page);
}

static void clear_range(struct vfio_world *w, uint32_t container,
			uint64_t first, uint64_t last)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++) {
		struct ref_mapping *m = &w->mappings[i];

		if (!m->used || m->container != container ||
		    m->iova < first || m->iova > last)
			continue;
		m->dirty = pinned(m);
		m->maybe = 0;
	}
}

void ref_dirty_check(struct vfio_world *w, uint32_t container, uint64_t first,
		     uint64_t nr, bool clear)
{
	uint64_t bits = (nr + 63) / 64 * 64, i, word = 0;

	for (i = 0; i < bits; i++) {
		if (i % 64 == 0)
			word = vfio_bitmap_word(w, (unsigned int)(i / 64));
		check_page(w, container, first + i, i < nr, word >> i % 64 & 1);
	}
	if (clear)
		clear_range(w, container, first, first + nr - 1);
}

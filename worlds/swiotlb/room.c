// SPDX-License-Identifier: GPL-2.0-only
/*
 * room.c - where a mapping would fit, the slow way
 *
 * The rules are those of <linux/swiotlb.h> and of Documentation/core-api/
 * swiotlb.rst: a run of slots inside a segment of 128; the device's minimum
 * alignment mask preserved; a page or more begins at a page if nothing else is
 * asked for; no border of the device's segments inside. Every slot is a
 * candidate: which ones an implementation tries, and in which order, is its
 * business, as long as it finds one if there is any.
 */
#include <string.h>

#include "swiotlb.h"

static uint64_t offset_of(uint32_t device, uint64_t phys)
{
	return phys & swiotlb_devices[device].align & (SLOT_BYTES - 1);
}

void room_slots(const struct swiotlb_world *w, uint32_t device,
		const struct segment *segment, uint64_t *first, uint64_t *nr)
{
	uint64_t offset = offset_of(device, segment->phys);

	*first = (segment->seen - offset - w->pool.phys) / SLOT_BYTES;
	*nr = (segment->length + offset + SLOT_BYTES - 1) / SLOT_BYTES;
}

/*
 * Slots of all mappings that live, and of those that calls are at work on if
 * @at_work; sets them in @busy unless that is NULL.
 */
static uint64_t for_each_used(const struct swiotlb_world *w, bool at_work,
			      uint8_t *busy)
{
	uint64_t used = 0, first, nr;
	uint32_t i, k;

	for (i = 0; i < DMA_CLIENT_MAPPINGS; i++) {
		const struct mapping *mapping = &w->mappings[i];
		bool counts = mapping->live || (at_work && mapping->busy);

		for (k = 0; counts && k < mapping->nr; k++) {
			if (!mapping->segments[k].bounced)
				continue;
			room_slots(w, mapping->device, &mapping->segments[k],
				   &first, &nr);
			used += nr;
			if (busy && first + nr <= NR_SLOTS_MAX)
				memset(busy + first, 1, nr);
		}
	}
	return used;
}

uint64_t room_used(const struct swiotlb_world *w)
{
	return for_each_used(w, false, NULL);
}

void room_adopt_unused(struct swiotlb_world *w)
{
	uint64_t slots = w->pool.length / SLOT_BYTES, i;
	uint8_t busy[NR_SLOTS_MAX] = { 0 };

	for_each_used(w, true, busy);
	for (i = 0; i < slots; i++)
		if (!busy[i])
			memory_adopt(w, w->pool.phys + i * SLOT_BYTES,
				     SLOT_BYTES);
}

static bool is_free(const uint8_t *busy, uint64_t first, uint64_t nr)
{
	uint64_t i;

	if (first % SEGMENT_SLOTS + nr > SEGMENT_SLOTS)
		return false;
	for (i = first; i < first + nr; i++)
		if (busy[i])
			return false;
	return true;
}

static bool is_aligned(const struct swiotlb_world *w,
		       const struct device_traits *traits, uint64_t dma,
		       uint64_t phys, uint64_t bytes)
{
	uint64_t boundary = traits->boundary ? traits->boundary : UINT32_MAX;
	uint64_t high = traits->align & ~(SLOT_BYTES - 1);
	uint64_t last = dma + (bytes + SLOT_BYTES - 1) / SLOT_BYTES *
			SLOT_BYTES - 1;

	if (!traits->align && bytes >= w->page_bytes && dma % w->page_bytes)
		return false;
	if ((dma ^ phys) & high)
		return false;
	return (dma | boundary) == (last | boundary);
}

unsigned int room_places(const struct swiotlb_world *w, uint32_t device,
			 uint64_t phys, uint64_t length)
{
	uint64_t bytes = length + offset_of(device, phys);
	uint64_t nr = (bytes + SLOT_BYTES - 1) / SLOT_BYTES, i;
	uint64_t slots = w->pool.length / SLOT_BYTES;
	uint8_t busy[NR_SLOTS_MAX] = { 0 };
	unsigned int places = 0, most = 0;

	for_each_used(w, false, busy);
	for (i = 0; i < slots; i++) {
		if (i % SEGMENT_SLOTS == 0)
			places = 0;
		if (is_aligned(w, &swiotlb_devices[device], w->pool.phys +
			       i * SLOT_BYTES + w->bus_offset, phys, bytes) &&
		    is_free(busy, i, nr) && ++places > most)
			most = places;
	}
	return most;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.c - the reference: what every byte must be
 *
 * A second memory of the size of the machine's, of which only frames with
 * buffers and slots are used. What the device writes while a call of the DMA API
 * is in flight may come before or after the copy that the call makes: such bytes
 * are remembered, and what is there when the call has ended is taken for right.
 */
#include <sim/bulk.h>
#include <string.h>

#include "swiotlb.h"

uint8_t *memory_real(struct swiotlb_world *w, uint64_t phys)
{
	return (uint8_t *)sim_memory_base(machine_memory(w->host.machine)) +
	       phys;
}

uint8_t *memory_shadow(struct swiotlb_world *w, uint64_t phys)
{
	return (uint8_t *)sim_memory_base(w->shadow) + phys;
}

static void touch(struct sim_memory *memory, uint64_t phys, uint64_t length)
{
	uint64_t first = phys >> SIM_FRAME_SHIFT;
	uint64_t last = (phys + length - 1) >> SIM_FRAME_SHIFT;

	sim_frames_touch(memory, first, last - first + 1);
}

/*
 * Before the reference changes. Frames of the pool and of buffer 0 are cold
 * (build.c): what the kernel writes there is told here, too.
 */
static void touch_both(struct swiotlb_world *w, uint64_t phys, uint64_t length)
{
	touch(w->shadow, phys, length);
	touch(machine_memory(w->host.machine), phys, length);
}

void memory_copy(struct swiotlb_world *w, uint64_t to, uint64_t from,
		 uint64_t length)
{
	touch_both(w, to, length);
	sim_bulk_copy(memory_shadow(w, to), memory_shadow(w, from), length);
}

static void fill(uint8_t *to, uint64_t length, uint32_t stamp)
{
	uint64_t i;

	for (i = 0; i < length; i++)
		to[i] = dma_client_byte(stamp, i);
}

void memory_fill(struct swiotlb_world *w, uint64_t phys, uint64_t length,
		 uint32_t stamp)
{
	touch_both(w, phys, length);
	fill(memory_shadow(w, phys), length, stamp);
}

void memory_adopt(struct swiotlb_world *w, uint64_t phys, uint64_t length)
{
	touch_both(w, phys, length);
	sim_bulk_copy(memory_shadow(w, phys), memory_real(w, phys), length);
}

static void remember(struct swiotlb_world *w, uint64_t phys, uint64_t length)
{
	struct span *span = &w->written[0];

	if (w->nr_written < NR_WRITES) {
		w->written[w->nr_written++] = (struct span) { phys, length };
		return;
	}
	/* One that takes in both. */
	length = (phys + length > span->phys + span->length ?
		  phys + length : span->phys + span->length);
	span->phys = phys < span->phys ? phys : span->phys;
	span->length = length - span->phys;
}

void memory_device_write(struct swiotlb_world *w, uint64_t phys,
			 uint64_t length)
{
	uint32_t stamp = ++w->stamp | 0x80000000;

	memory_fill(w, phys, length, stamp);
	sim_bulk_copy(memory_real(w, phys), memory_shadow(w, phys), length);
	if (w->in_flight)
		remember(w, phys, length);
}

uint64_t memory_differs(struct swiotlb_world *w, uint64_t phys,
			uint64_t length)
{
	const uint8_t *real = memory_real(w, phys);
	const uint8_t *shadow = memory_shadow(w, phys);
	uint64_t i = 0;

	if (sim_bulk_equal(real, shadow, length))
		return length;
	while (i < length && real[i] == shadow[i])
		i++;
	return i;
}

void memory_forgive(struct swiotlb_world *w, uint64_t phys, uint64_t length)
{
	struct span span = { phys, length };
	uint64_t first, last;
	uint32_t i;

	for (i = 0; i < w->nr_written; i++) {
		const struct span *written = &w->written[i];

		if (!overlap(span, *written))
			continue;
		first = written->phys > phys ? written->phys : phys;
		last = written->phys + written->length;
		if (last > phys + length)
			last = phys + length;
		memory_adopt(w, first, last - first);
	}
}

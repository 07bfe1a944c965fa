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
	uint64_t frame = phys >> SIM_FRAME_SHIFT;

	for (; frame <= (phys + length - 1) >> SIM_FRAME_SHIFT; frame++)
		w->touched[frame / 64] |= 1ull << (frame % 64);
	touch(w->shadow, phys, length);
	touch(machine_memory(w->host.machine), phys, length);
}

void memory_touch_all(struct swiotlb_world *w)
{
	struct sim_memory *memory = machine_memory(w->host.machine);

	touch(memory, w->buffers[0].phys, w->buffers[0].length);
	if (w->pool.length)
		touch(memory, w->pool.phys, w->pool.length);
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

uint64_t first_difference(const uint8_t *a, const uint8_t *b, uint64_t length)
{
	uint64_t i = 0;

	if (sim_bulk_equal(a, b, length))
		return length;
	while (i < length && a[i] == b[i])
		i++;
	return i;
}

uint64_t memory_differs(struct swiotlb_world *w, uint64_t phys,
			uint64_t length)
{
	return first_difference(memory_real(w, phys), memory_shadow(w, phys),
				length);
}

static bool was_touched(const struct swiotlb_world *w, uint64_t frame)
{
	return w->touched[frame / 64] >> (frame % 64) & 1;
}

bool memory_was_near(const struct swiotlb_world *w, uint64_t phys)
{
	uint64_t frame = phys >> SIM_FRAME_SHIFT;

	return was_touched(w, frame) || was_touched(w, frame - 1) ||
	       was_touched(w, frame + 1);
}

void memory_forgive(struct swiotlb_world *w, uint64_t phys, uint64_t seen,
		    uint64_t length)
{
	struct span span = { seen, length };
	uint64_t first, last;
	uint32_t i;

	for (i = 0; i < w->nr_written; i++) {
		const struct span *written = &w->written[i];

		if (!overlap(span, *written))
			continue;
		first = written->phys > seen ? written->phys : seen;
		last = written->phys + written->length;
		if (last > seen + length)
			last = seen + length;
		memory_adopt(w, phys + (first - seen), last - first);
	}
}

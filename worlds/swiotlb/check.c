// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - oracles of bounce buffers
 *
 * What must hold, and what is raised if it does not:
 *
 *   not-bounced      a device gets an address outside of the pool though all
 *                    must bounce, or though it cannot reach the buffer
 *   bounced          a buffer that the device reaches is copied
 *   slot-shared      two mappings that live have a slot in common
 *   misaligned       the address does not keep the bits of the device's mask, a
 *                    large mapping does not begin at a page
 *   out-of-reach     past the device's mask, across its segments, out of the pool
 *                    or of one segment of the pool
 *   stale-slot       the device can read what was in the slot before (taint: the
 *                    very byte an earlier mapping left)
 *   wrong-bytes      the device or the CPU sees what neither has written
 *   lost-data        the CPU does not see what the device wrote before a sync or
 *                    an unmap that must bring it; object `remasked` if the
 *                    device's mask was set meanwhile, which may change how its
 *                    mappings are synced
 *   stray-copy       bytes next to what is mapped have changed
 *   private-frame    a device is given memory that was not shared with the host
 *   exposed-frame    the host can see memory that is not of the pool (gate.c)
 *   spurious-failure a mapping is refused and a free run for it exists; object
 *                    `last-place` if there is only one in each segment, which a
 *                    search may just not come to, `pool` if there are more
 *   wrong-slots      statistics are not what is mapped
 *
 * Assumptions: the driver asks for nothing that overlaps (call_begin()); what
 * the host writes, it writes by ops, so the reference knows it. What is next to
 * a mapping, statistics and refusals are judged only for calls that nothing
 * else overlapped.
 */
#include <stdarg.h>
#include <stdio.h>

#include <worlds/host_backend.h>
#include <worlds/raise.h>
#include <sim/decide.h>

#include "swiotlb.h"

extern const struct host_backend kernel_backend;

/* Bytes on either side of a copy that are looked at. */
#define MARGIN	SLOT_BYTES

void raise_finding(struct swiotlb_world *w, const char *oracle,
		   const char *object, const char *what, const char *format,
		   ...)
{
	struct world *world = &w->host.world;
	char why[SIM_FINDING_TEXT];
	struct world_finding finding = {
		.oracle = oracle, .object = object, .what = what, .why = why,
		.place = { world_op_name(world, sim_op(world->sim)) },
	};
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	world_raise(world, &finding);
}

/* -- calls -- */

bool call_begin(struct swiotlb_world *w, struct call *call, struct span span)
{
	const struct world *world = &w->host.world;
	uint32_t slot = sim_op(world->sim), i;

	call->actor = slot ? world->calls[slot - 1].op->actor : ACTOR_FIRST;
	for (i = 0; i < SWIOTLB_ACTORS; i++)
		if (i != call->actor && w->at_work[i].length &&
		    overlap(w->at_work[i], span))
			return false;
	if (!w->in_flight)
		w->nr_written = 0;
	call->alone = !w->in_flight++;
	call->begun = ++w->begun;
	w->at_work[call->actor] = span;
	return true;
}

bool call_end(struct swiotlb_world *w, struct call *call)
{
	w->at_work[call->actor].length = 0;
	w->in_flight--;
	return call->alone && call->begun == w->begun && !w->nr_written;
}

/* -- where a mapping is -- */

static void check_alignment(struct swiotlb_world *w, uint32_t device,
			    const struct segment *segment)
{
	const struct device_traits *traits = &swiotlb_devices[device];
	uint64_t dma = segment->seen + w->bus_offset;

	if ((dma ^ segment->phys) & traits->align)
		raise_finding(w, "misaligned", "mapping",
			      "a mapping does not keep the bits that the device needs",
			      "%s: 0x%llx for 0x%llx, mask 0x%x", traits->name,
			      (unsigned long long)dma,
			      (unsigned long long)segment->phys,
			      traits->align);
	if (!traits->align && segment->length >= w->page_bytes &&
	    dma % w->page_bytes)
		raise_finding(w, "misaligned", "mapping",
			      "a mapping of a page or more does not begin at one",
			      "%s: %llu bytes at 0x%llx", traits->name,
			      (unsigned long long)segment->length,
			      (unsigned long long)dma);
}

static void check_reach(struct swiotlb_world *w, uint32_t device,
			const struct segment *segment)
{
	const struct device_traits *traits = &swiotlb_devices[device];
	uint64_t boundary = traits->boundary ? traits->boundary : UINT32_MAX;
	uint64_t dma = segment->seen + w->bus_offset;
	uint64_t last = dma + segment->length - 1, first, nr;

	if (!in_pool(w, segment->seen) ||
	    !in_pool(w, segment->seen + segment->length - 1))
		raise_finding(w, "out-of-reach", "pool",
			      "a bounced mapping is not inside of the pool",
			      "0x%llx, %llu bytes; pool at 0x%llx",
			      (unsigned long long)segment->seen,
			      (unsigned long long)segment->length,
			      (unsigned long long)w->pool.phys);
	room_slots(w, device, segment, &first, &nr);
	if (first / SEGMENT_SLOTS != (first + nr - 1) / SEGMENT_SLOTS)
		raise_finding(w, "out-of-reach", "segment",
			      "a bounced mapping goes over the border of two segments",
			      "slots %llu+%llu", (unsigned long long)first,
			      (unsigned long long)nr);
	if (w->bits[device] < 64 && last >> w->bits[device])
		raise_finding(w, "out-of-reach", "mask",
			      "the device has not enough address bits",
			      "%s: 0x%llx, %llu bits", traits->name,
			      (unsigned long long)last,
			      (unsigned long long)w->bits[device]);
	if ((dma | boundary) != (last | boundary))
		raise_finding(w, "out-of-reach", "boundary",
			      "a mapping goes over a border that the device cannot pass",
			      "%s: 0x%llx to 0x%llx", traits->name,
			      (unsigned long long)dma,
			      (unsigned long long)last);
}

static void check_shared(struct swiotlb_world *w, const struct mapping *mapping,
			 const struct segment *segment)
{
	uint64_t first, nr, other_first, other_nr;
	uint32_t i, k;

	room_slots(w, mapping->device, segment, &first, &nr);
	for (i = 0; i < DMA_CLIENT_MAPPINGS; i++) {
		const struct mapping *other = &w->mappings[i];

		for (k = 0; other->live && k < other->nr; k++) {
			const struct segment *s = &other->segments[k];

			if (s == segment || !s->bounced)
				continue;
			room_slots(w, other->device, s, &other_first,
				   &other_nr);
			if (first < other_first + other_nr &&
			    other_first < first + nr)
				raise_finding(w, "slot-shared", "mapping",
					      "two mappings have a slot in common",
					      "slots %llu+%llu and %llu+%llu",
					      (unsigned long long)first,
					      (unsigned long long)nr,
					      (unsigned long long)other_first,
					      (unsigned long long)other_nr);
		}
	}
}

void check_place(struct swiotlb_world *w, const struct mapping *mapping,
		 const struct segment *segment)
{
	bool must = needs_bounce(w, mapping->device, segment->phys,
				 segment->length);

	if (must && !segment->bounced)
		raise_finding(w, "not-bounced", "mapping",
			      "a device is given memory it must not use",
			      is_forced(w) ?
			      "all devices are to go through bounce buffers" :
			      "the buffer is past what the device can reach");
	if (!must && segment->bounced)
		raise_finding(w, "bounced", "mapping",
			      "a mapping bounces without need", "%s",
			      swiotlb_devices[mapping->device].name);
	if (!segment->bounced)
		return;
	if (!gate_is_shared(w, segment->seen, segment->length))
		raise_finding(w, "private-frame", "mapping",
			      "a device is given a bounce buffer that the host cannot see",
			      "the host did not share it");
	check_reach(w, mapping->device, segment);
	check_alignment(w, mapping->device, segment);
	check_shared(w, mapping, segment);
}

/* -- what is copied -- */

/*
 * What devices wrote during a call: to the slot, or to the buffer, where another
 * device has it mapped and needs no slot.
 */
static void forgive(struct swiotlb_world *w, uint64_t at,
		    const struct segment *segment)
{
	memory_forgive(w, at, segment->seen, segment->length);
	memory_forgive(w, at, segment->phys, segment->length);
}

/* After map: the device must see the buffer, whatever the direction. */
void check_mapped(struct swiotlb_world *w, const struct segment *segment)
{
	uint64_t at, seen = segment->seen;
	uint8_t was;

	at = first_difference(memory_real(w, seen),
			      memory_shadow(w, segment->phys), segment->length);
	was = at < segment->length ? *memory_shadow(w, seen + at) : 0;
	memory_copy(w, seen, segment->phys, segment->length);
	forgive(w, seen, segment);
	at = memory_differs(w, seen, segment->length);
	if (at == segment->length)
		return;
	if (*memory_real(w, seen + at) == was)
		raise_finding(w, "stale-slot", "mapping",
			      "a device can read what an earlier mapping left in its slot",
			      "byte %llu of %llu is 0x%02x from before, not 0x%02x",
			      (unsigned long long)at,
			      (unsigned long long)segment->length, was,
			      *memory_shadow(w, seen + at));
	raise_finding(w, "wrong-bytes", "slot",
		      "a device does not see the buffer that was mapped",
		      "byte %llu of %llu is 0x%02x, not 0x%02x",
		      (unsigned long long)at,
		      (unsigned long long)segment->length,
		      *memory_real(w, seen + at),
		      *memory_shadow(w, seen + at));
}

static void check_margin(struct swiotlb_world *w, struct span span,
			 struct span whole, const char *object)
{
	uint64_t first = span.phys > whole.phys + MARGIN ?
			 span.phys - MARGIN : whole.phys;
	uint64_t last = span.phys + span.length + MARGIN;
	uint64_t end = whole.phys + whole.length, at;

	if (last > end)
		last = end;
	if (w->pool_blurred && in_pool(w, first))
		return;
	at = memory_differs(w, first, last - first);
	if (at < last - first)
		raise_finding(w, "stray-copy", object,
			      "bytes next to what is mapped have changed",
			      "%lld bytes from its begin, of %llu",
			      (long long)(first + at - span.phys),
			      (unsigned long long)span.length);
}

static struct span buffer_of(const struct swiotlb_world *w, uint64_t phys)
{
	uint32_t i;

	for (i = 0; i < DMA_CLIENT_BUFFERS; i++)
		if (phys - w->buffers[i].phys < w->buffers[i].length)
			return w->buffers[i];
	return (struct span) { phys, 0 };
}

static void check_segment(struct swiotlb_world *w,
			  const struct segment *segment)
{
	struct span buffer = { segment->phys, segment->length };
	struct span seen = { segment->seen, segment->length };
	uint64_t at;

	forgive(w, buffer.phys, segment);
	at = memory_differs(w, buffer.phys, buffer.length);
	if (at < buffer.length)
		raise_finding(w, *memory_real(w, seen.phys + at) ==
			      *memory_shadow(w, buffer.phys + at) ?
			      "lost-data" : "wrong-bytes",
			      segment->remasked ? "remasked" : "buffer",
			      "the CPU does not see what the device wrote",
			      "byte %llu of %llu is 0x%02x, not 0x%02x",
			      (unsigned long long)at,
			      (unsigned long long)buffer.length,
			      *memory_real(w, buffer.phys + at),
			      *memory_shadow(w, buffer.phys + at));
	if (!segment->bounced)
		return;
	forgive(w, seen.phys, segment);
	at = memory_differs(w, seen.phys, seen.length);
	if (at < seen.length)
		raise_finding(w, "wrong-bytes",
			      segment->remasked ? "remasked" : "slot",
			      "the device does not see what the CPU wrote",
			      "byte %llu of %llu is 0x%02x, not 0x%02x",
			      (unsigned long long)at,
			      (unsigned long long)seen.length,
			      *memory_real(w, seen.phys + at),
			      *memory_shadow(w, seen.phys + at));
}

/*
 * After map, sync or unmap: both sides are what the reference says, and so is
 * what is next to them. The caller has done to the reference what the call
 * should do.
 */
void check_copied(struct swiotlb_world *w, const struct segment *segments,
		  uint32_t nr, bool alone)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		check_segment(w, &segments[i]);
	for (i = 0; i < nr && alone; i++) {
		const struct segment *s = &segments[i];

		check_margin(w, (struct span) { s->phys, s->length },
			     buffer_of(w, s->phys), "buffer");
		if (s->bounced)
			check_margin(w, (struct span) { s->seen, s->length },
				     w->pool, "slot");
	}
}

/* -- what is refused -- */

void check_refused(struct swiotlb_world *w, const struct dma_client_map *arg,
		   bool alone)
{
	uint64_t phys = w->buffers[arg->buffer].phys + arg->offset;
	unsigned int places;

	if (arg->nents || !alone)
		return;
	if (!needs_bounce(w, arg->device, phys, arg->length))
		raise_finding(w, "spurious-failure", "reach",
			      "a mapping is refused that needs no bounce buffer",
			      "%s", swiotlb_devices[arg->device].name);
	places = w->pool.length ? room_places(w, arg->device, phys,
					      arg->length) : 0;
	if (places)
		raise_finding(w, "spurious-failure",
			      places > 1 ? "pool" : "last-place",
			      "a mapping is refused, and there are free slots for it",
			      "%s: %llu bytes, %llu of %llu slots used",
			      swiotlb_devices[arg->device].name,
			      (unsigned long long)arg->length,
			      (unsigned long long)room_used(w),
			      (unsigned long long)(w->pool.length / SLOT_BYTES));
}

/* -- statistics and the end -- */

/* Of an empty pool nothing is said; not all kernels have the second. */
static void check_size(struct swiotlb_world *w, uint64_t used)
{
	uint64_t slots = w->pool.length / SLOT_BYTES, said = 0, peak = 0;
	struct call call;

	if (!slots || !call_begin(w, &call, (struct span) { 0 }))
		return;
	if (kernel_backend.debug_number(w->host.process, "swiotlb",
					"io_tlb_nslabs", &said))
		said = slots;
	if (kernel_backend.debug_number(w->host.process, "swiotlb",
					"io_tlb_used_hiwater", &peak))
		peak = used;
	/* 6.1 gives up a pool that all are to go through. */
	if (!call_end(w, &call) || !said)
		return;
	if (said != slots || peak < used)
		raise_finding(w, "wrong-slots", said != slots ? "size" : "peak",
			      "the pool does not know how many slots it has",
			      "%llu said, %llu there; %llu used, most of all %llu",
			      (unsigned long long)said,
			      (unsigned long long)slots,
			      (unsigned long long)used,
			      (unsigned long long)peak);
}

void check_slots(struct swiotlb_world *w)
{
	uint64_t used, said = 0;
	struct call call;
	int rc;

	if (!call_begin(w, &call, (struct span) { 0 }))
		return;
	rc = kernel_backend.debug_number(w->host.process, "swiotlb",
					 "io_tlb_used", &said);
	used = room_used(w);
	if (!call_end(w, &call) || rc)
		return;
	if (said != used)
		raise_finding(w, "wrong-slots", said > used ? "lost" : "free",
			      "the pool does not know how many slots are used",
			      "%llu said, %llu mapped",
			      (unsigned long long)said,
			      (unsigned long long)used);
	check_size(w, used);
}

static void check_frame(struct swiotlb_world *w, uint64_t phys,
			const char *object)
{
	uint64_t at = memory_differs(w, phys, SIM_FRAME_BYTES);

	if (at < SIM_FRAME_BYTES)
		raise_finding(w, "stray-copy", object,
			      "bytes have changed that no call was about",
			      "byte 0x%llx of a frame near one that was used",
			      (unsigned long long)at);
}

static void check_span(struct swiotlb_world *w, struct span span,
		       const char *object)
{
	uint64_t phys;

	for (phys = span.phys; phys < span.phys + span.length;
	     phys += SIM_FRAME_BYTES)
		if (memory_was_near(w, phys))
			check_frame(w, phys, object);
}

void check_all(struct swiotlb_world *w)
{
	check_span(w, w->buffers[0], "buffer");
	if (!w->pool_blurred)
		check_span(w, w->pool, "slot");
}

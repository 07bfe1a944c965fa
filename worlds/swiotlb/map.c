// SPDX-License-Identifier: GPL-2.0-only
/*
 * map.c - ops that map, sync and unmap, and what they do to the reference
 */
#include <errno.h>
#include <string.h>

#include "swiotlb.h"

struct mapping *mapping_find(struct swiotlb_world *w, uint64_t id)
{
	struct mapping *mapping = &w->mappings[id % DMA_CLIENT_MAPPINGS];

	return id && mapping->id == id ? mapping : NULL;
}

bool needs_bounce(const struct swiotlb_world *w, uint32_t device,
		  uint64_t phys, uint64_t length)
{
	uint64_t last = phys + length - 1 + w->bus_offset;

	return is_forced(w) ||
	       (w->bits[device] < 64 && last >> w->bits[device]);
}

/* All memory of a mapping's buffer that a call may touch. */
static struct span span_of(const struct mapping *mapping)
{
	const struct segment *last = &mapping->segments[mapping->nr - 1];
	uint64_t first = mapping->segments[0].phys;

	return (struct span) { first, last->phys + last->length - first };
}

/* -- map -- */

static void note_segments(struct swiotlb_world *w, struct mapping *mapping,
			  const struct dma_client_map *arg)
{
	uint64_t phys = w->buffers[arg->buffer].phys + arg->offset;
	uint32_t i;

	for (i = 0; i < mapping->nr; i++) {
		struct segment *segment = &mapping->segments[i];

		segment->phys = phys;
		segment->length = arg->length;
		segment->seen = arg->address[i] - w->bus_offset;
		segment->bounced = segment->seen != phys;
		segment->remasked = false;
		phys += arg->length + arg->gap;
	}
}

static void note_mapping(struct swiotlb_world *w,
			 const struct dma_client_map *arg, bool alone)
{
	struct mapping *mapping = &w->mappings[arg->mapping %
					       DMA_CLIENT_MAPPINGS];
	uint32_t i;

	*mapping = (struct mapping) {
		.id = arg->mapping, .live = true, .device = arg->device,
		.direction = arg->direction, .buffer = arg->buffer,
		.nr = arg->nents ? arg->nents : 1, .is_list = arg->nents,
	};
	note_segments(w, mapping, arg);
	for (i = 0; i < mapping->nr; i++)
		check_place(w, mapping, &mapping->segments[i]);
	for (i = 0; i < mapping->nr; i++)
		if (mapping->segments[i].bounced)
			check_mapped(w, &mapping->segments[i]);
	check_copied(w, mapping->segments, mapping->nr, alone);
}

/*
 * What was mapped and taken back in one call has been in slots that nobody
 * knows: a list that failed in its middle, an answer that could not be given.
 * Slots of other mappings are not among them, and calls may be at work there.
 */
static void blur(struct swiotlb_world *w)
{
	room_adopt_unused(w);
	w->pool_blurred = w->in_flight;
}

static int64_t map(struct swiotlb_world *w, struct dma_client_map *arg)
{
	uint64_t nr = arg->nents ? arg->nents : 1;
	struct span span = {
		w->buffers[arg->buffer].phys + arg->offset,
		nr * arg->length + (nr - 1) * arg->gap,
	};
	struct call call;
	int64_t rc;
	bool alone;

	if (!call_begin(w, &call, span))
		return -EBUSY;
	rc = one_host_ioctl(&w->host.world, w->file, DMA_CLIENT_MAP, arg,
			    sizeof(*arg));
	alone = call_end(w, &call);
	if (!rc)
		note_mapping(w, arg, alone);
	else if (rc == -EIO)
		check_refused(w, arg, alone);
	if ((rc == -EIO && arg->nents) || rc == -EFAULT)
		blur(w);
	return rc ? rc : arg->mapping;
}

/* "plain", "skip_sync", "no_warn", "atomic" */
static uint32_t flags_of(uint64_t how)
{
	static const uint32_t flags[] = {
		0, DMA_CLIENT_SKIP_SYNC, DMA_CLIENT_NO_WARN, DMA_CLIENT_ATOMIC,
	};

	return flags[how];
}

/* Drivers do not go past the end: what does is brought back and cut. */
void swiotlb_fit(uint64_t whole, uint64_t *offset, uint64_t *length)
{
	if (!whole)
		return;
	*offset %= whole;
	if (*length > whole - *offset)
		*length = whole - *offset;
}

/* A buffer first; device, direction, how, offset, length. */
static struct dma_client_map map_arguments(const uint64_t *args)
{
	return (struct dma_client_map) {
		.buffer = args[0] == OP_NO_RESOURCE ? 0 : (uint32_t)args[0],
		.device = (uint32_t)args[1],
		.direction = (uint32_t)args[2],
		.flags = flags_of(args[3]),
		.offset = args[4],
		.length = args[5],
	};
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_map arg = map_arguments(args);
	uint64_t offset = arg.offset, length = arg.length;

	swiotlb_fit(w->buffers[arg.buffer].length, &offset, &length);
	arg.offset = offset;
	arg.length = length;
	return map(w, &arg);
}

/* device, direction, pieces, offset, length, gap; of buffer 0 */
int64_t op_map_list(struct world *world, const uint64_t *args)
{
	struct dma_client_map arg = {
		.device = (uint32_t)args[0],
		.direction = (uint32_t)args[1],
		.nents = (uint32_t)args[2],
		.offset = args[3],
		.length = args[4],
		.gap = args[5],
	};

	return map(swiotlb(world), &arg);
}

/* -- unmap -- */

/* Before the call: what it must bring is what the device has written so far. */
static void take_to_cpu(struct swiotlb_world *w, struct mapping *mapping)
{
	uint32_t i;

	if (mapping->direction == DMA_CLIENT_TO_DEVICE)
		return;
	for (i = 0; i < mapping->nr; i++)
		if (mapping->segments[i].bounced)
			memory_copy(w, mapping->segments[i].phys,
				    mapping->segments[i].seen,
				    mapping->segments[i].length);
}

/* The slots may be somebody else's by now: only the buffer is looked at. */
static void check_unmapped(struct swiotlb_world *w,
			   const struct mapping *mapping, bool alone)
{
	struct segment segments[DMA_CLIENT_SEGMENTS];
	uint32_t i;

	for (i = 0; i < mapping->nr; i++) {
		segments[i] = mapping->segments[i];
		if (!alone)
			segments[i].bounced = false;
	}
	check_copied(w, segments, mapping->nr, alone);
}

/* The call did not come to it: its arguments could not be read. */
static void not_done(struct swiotlb_world *w, struct mapping *mapping)
{
	uint32_t i;

	mapping->live = true;
	for (i = 0; i < mapping->nr; i++) {
		const struct segment *segment = &mapping->segments[i];

		memory_adopt(w, segment->phys, segment->length);
		if (segment->bounced)
			memory_adopt(w, segment->seen, segment->length);
	}
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_unmap arg = {
		.mapping = (uint32_t)args[0], .flags = flags_of(args[1]),
	};
	struct mapping *mapping = mapping_find(w, args[0]);
	struct mapping was;
	struct call call;
	int64_t rc;
	bool alone;

	if (mapping && mapping->busy)
		return -EBUSY;
	if (!mapping || !mapping->live)
		return one_host_ioctl(world, w->file, DMA_CLIENT_UNMAP, &arg,
				      sizeof(arg));
	if (!call_begin(w, &call, span_of(mapping)))
		return -EBUSY;
	mapping->live = false;
	mapping->busy = true;
	was = *mapping;
	if (!(arg.flags & DMA_CLIENT_SKIP_SYNC))
		take_to_cpu(w, &was);
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_UNMAP, &arg,
			    sizeof(arg));
	alone = call_end(w, &call);
	/* The other thread may have another mapping in its place by now. */
	mapping = mapping_find(w, was.id);
	if (mapping)
		mapping->busy = false;
	if (!rc)
		check_unmapped(w, &was, alone);
	else if (mapping)
		not_done(w, mapping);
	return rc;
}

/* -- sync -- */

static void sync_reference(struct swiotlb_world *w,
			   const struct mapping *mapping,
			   const struct segment *part, bool for_device)
{
	if (!part->bounced || !part->length)
		return;
	if (for_device && mapping->direction != DMA_CLIENT_FROM_DEVICE)
		memory_copy(w, part->seen, part->phys, part->length);
	if (!for_device && mapping->direction != DMA_CLIENT_TO_DEVICE)
		memory_copy(w, part->phys, part->seen, part->length);
}

/* The part of @segment that a call is about, cut at its end. */
static struct segment part_of(const struct mapping *mapping, uint32_t i,
			      const struct dma_client_sync *arg)
{
	struct segment part = mapping->segments[i];

	if (mapping->is_list)
		return part;
	part.phys += arg->offset;
	part.seen += arg->offset;
	part.length -= arg->offset;
	if (part.length > arg->length)
		part.length = arg->length;
	return part;
}

/* What the driver would refuse has no part in the reference. */
static bool is_valid(const struct mapping *mapping,
		     const struct dma_client_sync *arg)
{
	const struct segment *segment = &mapping->segments[0];

	if (mapping->is_list)
		return true;
	return arg->length && arg->offset < segment->length &&
	       (arg->believe || arg->length <= segment->length - arg->offset);
}

static int64_t do_sync(struct swiotlb_world *w, struct mapping *mapping,
		       struct dma_client_sync *arg)
{
	struct call call;
	uint32_t i;
	int64_t rc;
	bool alone;

	if (!call_begin(w, &call, span_of(mapping)))
		return -EBUSY;
	mapping->busy = true;
	for (i = 0; i < mapping->nr; i++) {
		struct segment part = part_of(mapping, i, arg);

		sync_reference(w, mapping, &part, arg->for_device);
	}
	rc = one_host_ioctl(&w->host.world, w->file, DMA_CLIENT_SYNC, arg,
			    sizeof(*arg));
	mapping->busy = false;
	alone = call_end(w, &call);
	if (rc)
		not_done(w, mapping);
	else
		check_copied(w, mapping->segments, mapping->nr, alone);
	return rc;
}

static int64_t sync_mapping(struct world *world, struct dma_client_sync *arg)
{
	struct swiotlb_world *w = swiotlb(world);
	struct mapping *mapping = mapping_find(w, arg->mapping);

	if (mapping && mapping->busy)
		return -EBUSY;
	if (!mapping || !mapping->live || !is_valid(mapping, arg))
		return one_host_ioctl(world, w->file, DMA_CLIENT_SYNC, arg,
				      sizeof(*arg));
	return do_sync(w, mapping, arg);
}

/* mapping, for, how, offset, length */
int64_t op_sync(struct world *world, const uint64_t *args)
{
	struct dma_client_sync arg = {
		.mapping = (uint32_t)args[0],
		.for_device = (uint32_t)args[1],
		.flags = flags_of(args[2]),
	};
	struct swiotlb_world *w = swiotlb(world);
	const struct mapping *mapping = mapping_find(w, args[0]);
	uint64_t offset = args[3], length = args[4];

	if (mapping)
		swiotlb_fit(mapping->segments[0].length, &offset, &length);
	arg.offset = offset;
	arg.length = length;
	return sync_mapping(world, &arg);
}

/* The device says how much there is; the driver left room in front of it. */
int64_t op_receive(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_sync arg = {
		.mapping = (uint32_t)args[0],
		.length = args[1],
		.believe = true,
	};
	const struct mapping *mapping = mapping_find(w, args[0]);
	uint64_t offset = args[2], length = args[1];

	if (mapping)
		swiotlb_fit(mapping->segments[0].length, &offset, &length);
	arg.offset = offset;
	if (!w->config[CONFIG_LENGTHS])
		arg.length = length;
	return sync_mapping(world, &arg);
}

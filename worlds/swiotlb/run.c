// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - ops on buffers, devices and the pool, and those of the device
 */
#include <errno.h>
#include <sim/decide.h>
#include <sim/fetch.h>

#include <worlds/host_backend.h>

#include "swiotlb.h"

/* No driver maps while masks or the pool change. */
static const struct span everything = { 0, 1ull << 40 };

/* -- buffers -- */

int64_t op_buffer(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_buffer arg = { .bytes = (uint32_t)args[0] };
	int64_t rc = one_host_ioctl(world, w->file, DMA_CLIENT_NEW_BUFFER,
				    &arg, sizeof(arg));

	if (rc)
		return rc;
	w->buffers[arg.buffer] = (struct span) { arg.phys, arg.bytes };
	memory_adopt(w, arg.phys, arg.bytes);
	return arg.buffer;
}

/* A call whose argument was changed on its way may have freed any of them. */
static void forget_buffers(struct swiotlb_world *w)
{
	unsigned int i;

	for (i = 0; i < DMA_CLIENT_BUFFERS; i++)
		w->buffers[i].length = 0;
}

int64_t op_free(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_buffer arg = { .buffer = (uint32_t)args[0] };
	struct span span = { 0 };
	struct call call;
	int64_t rc;

	if (args[0] < DMA_CLIENT_BUFFERS)
		span = w->buffers[args[0]];
	if (!call_begin(w, &call, span))
		return -EBUSY;
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_FREE_BUFFER, &arg,
			    sizeof(arg));
	call_end(w, &call);
	if (sim_change_made(world->sim))
		forget_buffers(w);
	else if (!rc)
		w->buffers[args[0]].length = 0;
	return rc;
}

/* A buffer first, then offset and length. */
int64_t op_fill(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_fill arg = {
		.buffer = args[0] == OP_NO_RESOURCE ? 0 : (uint32_t)args[0],
		.stamp = ++w->stamp,
	};
	const struct span *buffer = &w->buffers[arg.buffer];
	uint64_t offset = args[1], length = args[2];
	struct span span;
	struct call call;
	int64_t rc;

	swiotlb_fit(buffer->length, &offset, &length);
	arg.offset = offset;
	arg.length = length;
	span = (struct span) { buffer->phys + offset, length };
	if (!buffer->length || !call_begin(w, &call, span))
		return -EBUSY;
	memory_fill(w, span.phys, length, arg.stamp);
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_FILL, &arg,
			    sizeof(arg));
	call_end(w, &call);
	if (rc)
		memory_adopt(w, span.phys, length);
	else
		memory_forgive(w, span.phys, span.phys, length);
	return rc;
}

/* -- devices -- */

/* Live mappings of the device were made under the mask before. */
static void note_mask(struct swiotlb_world *w, uint32_t device)
{
	uint32_t i, k;

	for (i = 0; i < DMA_CLIENT_MAPPINGS; i++) {
		struct mapping *mapping = &w->mappings[i];

		for (k = 0; k < mapping->nr && mapping->device == device; k++)
			mapping->segments[k].remasked = true;
	}
}

int64_t op_mask(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_device arg = {
		.device = (uint32_t)args[0], .bits = (uint32_t)args[1],
	};
	struct call call;
	int64_t rc;

	if (w->in_flight || !call_begin(w, &call, everything))
		return -EBUSY;
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_SET_MASK, &arg,
			    sizeof(arg));
	call_end(w, &call);
	if (rc)
		return rc;
	w->bits[args[0]] = args[1];
	note_mask(w, (uint32_t)args[0]);
	return 0;
}

int64_t op_limits(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_device arg = { .device = (uint32_t)args[0] };
	uint64_t align = swiotlb_devices[args[0]].align, most;
	int64_t rc = one_host_ioctl(world, w->file, DMA_CLIENT_LIMITS, &arg,
				    sizeof(arg));

	if (rc || arg.max_mapping == UINT64_MAX)
		return rc;
	/* A mapping of that size has room in an empty segment. */
	most = SEGMENT_SLOTS * SLOT_BYTES;
	if (arg.max_mapping > most - (align & ~(SLOT_BYTES - 1)) -
			      (align ? SLOT_BYTES : 0) * !!(align & 2047))
		raise_finding(w, "wrong-limit", "device",
			      "a driver is told that it may map more than fits",
			      "%llu bytes, alignment mask 0x%llx",
			      (unsigned long long)arg.max_mapping,
			      (unsigned long long)align);
	return rc;
}

/* -- the pool -- */

static bool is_in_use(const struct swiotlb_world *w)
{
	return w->in_flight || room_used(w);
}

int64_t op_pool_start(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct dma_client_pool arg = { .bytes = args[0] };
	struct call call;
	int64_t rc;

	if (is_in_use(w) || !call_begin(w, &call, everything))
		return -EBUSY;
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_START_POOL, &arg,
			    sizeof(arg));
	call_end(w, &call);
	if (!rc && !w->pool.length)
		swiotlb_look(w);
	return rc;
}

int64_t op_pool_stop(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	struct span pool = w->pool;
	struct call call;
	int64_t rc;

	(void)args;
	/* Nobody takes back what the platform has all devices go through. */
	if (is_isolated(w) && !is_late(w))
		return -EPERM;
	if (is_in_use(w) || !call_begin(w, &call, everything))
		return -EBUSY;
	/* From here on it may be somebody else's, and no device strays there. */
	if (!is_forced(w))
		w->pool.length = 0;
	rc = one_host_ioctl(world, w->file, DMA_CLIENT_STOP_POOL, NULL, 0);
	call_end(w, &call);
	if (!is_forced(w))
		gate_check_gone(w, pool);
	return rc;
}

int64_t op_stats(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);

	(void)args;
	check_slots(w);
	if (!w->in_flight)
		gate_check_exposed(w);
	return 0;
}

/* -- the device -- */

/*
 * Writes by a mapping it was given. Past its end, or after its end, only where
 * memory is shared for good: the pool; a host has no other.
 */
static int64_t write_segment(struct swiotlb_world *w,
			     const struct mapping *mapping,
			     const struct segment *segment,
			     const uint64_t *args)
{
	uint64_t at = args[2], bytes = args[3], phys;

	if (!w->config[CONFIG_STRAYS])
		swiotlb_fit(segment->length, &at, &bytes);
	phys = segment->seen + at;
	if (!gate_is_shared(w, phys, bytes))
		return -EFAULT;
	if (mapping->live && at < segment->length &&
	    bytes <= segment->length - at) {
		memory_device_write(w, phys, bytes);
		return 0;
	}
	if (!w->config[CONFIG_STRAYS] || !in_pool(w, phys) ||
	    !in_pool(w, phys + bytes - 1))
		return -EFAULT;
	memory_device_write(w, phys, bytes);
	return 1;
}

/* The same of each piece, as most devices do, or of one. */
int64_t op_dma(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	const struct mapping *mapping = mapping_find(w, args[0]);
	int64_t rc = 0;
	uint32_t i;

	if (!mapping)
		return -ENOENT;
	if (args[1] < DMA_CLIENT_SEGMENTS)
		return write_segment(w, mapping,
				     &mapping->segments[args[1] % mapping->nr],
				     args);
	for (i = 0; i < mapping->nr && rc >= 0; i++)
		rc = write_segment(w, mapping, &mapping->segments[i], args);
	return rc;
}

/* Anywhere in the pool, as a host can. */
int64_t op_stray(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);
	uint64_t phys = w->pool.phys + args[0] * SLOT_BYTES + args[1];

	if (!w->config[CONFIG_STRAYS] || !in_pool(w, phys) ||
	    !in_pool(w, phys + args[2] - 1))
		return -EFAULT;
	memory_device_write(w, phys, args[2]);
	return 0;
}

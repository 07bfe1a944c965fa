/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - a ring in the guest's memory, as the host sees it
 *
 *	page 0     struct hv_ring_buffer: indices, interrupt mask...
 *	page 1...  data, which begins again at its end
 *
 * Every load and store of what is shared is told to whoever looks at accesses
 * (sim/access.h), and is a preemption point.
 */
#ifndef MODELS_VMBUS_RING_H
#define MODELS_VMBUS_RING_H

#include <models/machine.h>

#define RING_MAX_PAGES	8

/* Offsets in the header, <linux/hyperv.h>. */
enum ring_word {
	RING_WRITE_INDEX = 0,
	RING_READ_INDEX = 4,
	RING_INTERRUPT_MASK = 8,
	RING_PENDING_SEND_SIZE = 12,
	RING_FEATURE_BITS = 64,
};

#define RING_FEATURE_PENDING_SEND_SIZE	1u

struct host_ring {
	struct sim *sim;
	char *header;
	char *data[RING_MAX_PAGES];
	uint32_t bytes;			/* of data */
};

/* The same without an access, for oracles. */
uint32_t ring_peek(const struct host_ring *ring, enum ring_word word);

uint32_t ring_load(const struct host_ring *ring, enum ring_word word);
void ring_store(struct host_ring *ring, enum ring_word word, uint32_t value);

/* Copies from or to the data, around the end; 8 bytes at a time. */
void ring_copy_out(const struct host_ring *ring, uint32_t at, void *to,
		   uint32_t bytes);
void ring_copy_in(struct host_ring *ring, uint32_t at, const void *from,
		  uint32_t bytes);

static inline uint32_t ring_used(const struct host_ring *ring, uint32_t write,
				 uint32_t read)
{
	return write >= read ? write - read : ring->bytes - read + write;
}

static inline uint32_t ring_next(const struct host_ring *ring, uint32_t at,
				 uint32_t bytes)
{
	return (at + bytes) % ring->bytes;
}

#endif

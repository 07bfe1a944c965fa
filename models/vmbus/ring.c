/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.c - loads and stores of the host in a ring
 *
 * FAULT MODEL
 *
 * Loads and stores of aligned words are whole and happen in program order: the
 * host's barriers are taken to be right. What the guest may do to the memory at
 * the same time is not limited by anything.
 */
#include <string.h>

#include <sim/access.h>
#include <sim/memory_model.h>

#include "ring.h"

static void tell(const struct host_ring *ring, const void *address,
		 uint32_t bytes, uint32_t flags, const void *site)
{
	const struct sim_access access = {
		.address = address,
		.site = site,
		.bytes = bytes,
		.flags = flags | SIM_ACCESS_ATOMIC | SIM_ACCESS_VOLATILE,
	};

	sim_barrier(ring->sim, SIM_BARRIER_FULL);
	sim_access(ring->sim, &access);
}

uint32_t ring_peek(const struct host_ring *ring, enum ring_word word)
{
	uint32_t value;

	memcpy(&value, ring->header + word, sizeof(value));
	return value;
}

uint32_t ring_load(const struct host_ring *ring, enum ring_word word)
{
	tell(ring, ring->header + word, sizeof(uint32_t), 0,
	     __builtin_return_address(0));
	return ring_peek(ring, word);
}

void ring_store(struct host_ring *ring, enum ring_word word, uint32_t value)
{
	tell(ring, ring->header + word, sizeof(value), SIM_ACCESS_WRITE,
	     __builtin_return_address(0));
	memcpy(ring->header + word, &value, sizeof(value));
	sim_barrier(ring->sim, SIM_BARRIER_FULL);
}

static char *data_at(const struct host_ring *ring, uint32_t at)
{
	return ring->data[at >> SIM_FRAME_SHIFT] +
	       at % (uint32_t)SIM_FRAME_BYTES;
}

void ring_copy_out(const struct host_ring *ring, uint32_t at, void *to,
		   uint32_t bytes)
{
	const void *site = __builtin_return_address(0);
	uint32_t i;

	for (i = 0; i < bytes; i += 8) {
		const char *from = data_at(ring, ring_next(ring, at, i));

		tell(ring, from, 8, 0, site);
		memcpy((char *)to + i, from, 8);
	}
}

void ring_copy_in(struct host_ring *ring, uint32_t at, const void *from,
		  uint32_t bytes)
{
	const void *site = __builtin_return_address(0);
	uint32_t i;

	for (i = 0; i < bytes; i += 8) {
		char *to = data_at(ring, ring_next(ring, at, i));

		tell(ring, to, 8, SIM_ACCESS_WRITE, site);
		memcpy(to, (const char *)from + i, 8);
	}
	sim_barrier(ring->sim, SIM_BARRIER_FULL);
}

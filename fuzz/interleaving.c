/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interleaving.c - which conflicting accesses came in which order
 *
 * One cell remembers the last access to some memory, as far as no other memory
 * has taken it since: a pair missed now and then costs less than a table that
 * is exact. The parts of a wide access are taken for one.
 */
#include <sim/fiber.h>

#include "interleaving.h"

#define GRANULE_SHIFT	3

static struct interleaving_cell *cell_of(struct interleaving *in,
					 uintptr_t granule)
{
	return &in->last[(granule * 0x9e3779b97f4a7c15ull >> 32) %
			 INTERLEAVING_CELLS];
}

static void on_access(void *arg, const struct sim_access *access)
{
	const struct sim_fiber *fiber = sim_fiber_self(sim_current);
	struct interleaving *in = arg;
	struct interleaving_cell now = {
		.granule = (uintptr_t)access->address >> GRANULE_SHIFT,
		.place = (uintptr_t)access->site,
		.run = in->run,
		.actor = fiber ? sim_fiber_id(fiber) : 0,
		.write = sim_access_writes(access),
	};
	struct interleaving_cell *last = cell_of(in, now.granule);

	if (last->granule == now.granule && last->run == now.run &&
	    last->actor != now.actor && (last->write || now.write))
		in->pair(in->arg, last->place, now.place);
	*last = now;
}

void interleaving_init(struct interleaving *in,
		       void (*pair)(void *arg, uintptr_t first,
				    uintptr_t second), void *arg)
{
	in->pair = pair;
	in->arg = arg;
	in->reader = (struct sim_access_reader){
		.access = on_access,
		.arg = in,
	};
}

void interleaving_begin(struct interleaving *in)
{
	in->run++;
}

uint32_t interleaving_hash(uintptr_t one, uintptr_t other)
{
	uint64_t low = one < other ? one : other;
	uint64_t high = one < other ? other : one;

	return (uint32_t)((low * 0x9e3779b97f4a7c15ull ^ high) *
			  0xbf58476d1ce4e5b9ull >> 32);
}

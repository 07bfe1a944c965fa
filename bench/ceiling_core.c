/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ceiling_core.c - the floor as a library below the ceiling (ceiling.h)
 */
#include "ceiling.h"
#include "floor.h"

struct floor *ceiling_core_new(uint32_t fibers)
{
	return floor_new(fibers, fibers);
}

void ceiling_core_free(struct floor *floor)
{
	floor_free(floor);
}

void ceiling_core_start(struct floor *floor, void (*fn)(void *), void *arg)
{
	floor_wake(floor, floor_fiber_new(floor, fn, arg));
}

void ceiling_core_sleep(struct floor *floor, uint64_t delay_ns)
{
	floor_sleep(floor, delay_ns);
}

/* The caller of floor_go() goes on; all fibers are left where they are. */
void ceiling_core_stop(struct floor *floor)
{
	floor_wake(floor, 0);
	floor_block(floor);
}

uint64_t ceiling_core_run(struct floor *floor)
{
	uint64_t end_ns;

	floor_go(floor);
	end_ns = floor_now_ns(floor);
	floor_reset(floor);
	return end_ns;
}

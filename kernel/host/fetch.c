/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch.c - what kernel code fetches from memory that others may write
 *
 * Fetches belong together if they are of one system call, that is, of one stay
 * of a user thread in the kernel; for other threads and for interrupts, which
 * come and go with the op that has caused them, if they are of one op.
 */
#include <sim/fetch.h>

#include "internal.h"

static uint64_t activity_of(const struct vtb_thread *thread)
{
	return (uint64_t)sim_fiber_id(thread->fiber) << 32 | thread->entries;
}

static void name_places(struct sim_change *change)
{
	int i;

	for (i = 0; i < 2; i++)
		kernel__set_place(change->place[i], change->site[i]);
}

void vtb_fetch(const void *address, unsigned int bytes, const void *site)
{
	struct vtb_thread *thread = kernel__thread();
	struct sim *sim = thread->instance->sim;
	struct sim_fetch fetch = { .address = address };
	struct sim_change *change;

	if (!sim_fetches_watched(sim) || !thread->fiber)
		return;
	if (!site)
		site = __builtin_return_address(0);
	fetch.site = kernel__pc_under_test(site);
	if (!fetch.site)
		return;
	fetch.reader = sim_memory_owner(thread->instance->memory);
	fetch.activity = activity_of(thread);
	for (; bytes; bytes -= fetch.bytes) {
		fetch.bytes = SIM_FRAME_BYTES -
			      (uintptr_t)fetch.address % SIM_FRAME_BYTES;
		if (fetch.bytes > bytes)
			fetch.bytes = bytes;
		change = sim_fetch(sim, &fetch);
		if (change)
			name_places(change);
		fetch.address = (const char *)fetch.address + fetch.bytes;
	}
}

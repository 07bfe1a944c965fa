/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.c - accesses to shared memory, handed to those who look at them
 */
#include <sim/access.h>

#include "relaxed.h"

static __attribute__((noinline)) void tell(struct sim *sim,
					   const struct sim_access *access)
{
	const struct sim_access_reader *reader = sim->host.access_readers;

	for (; reader; reader = reader->next)
		reader->access(reader->arg, access);
}

void sim_access(struct sim *sim, const struct sim_access *access)
{
	sim__preempt_access(sim, access);
	if (unlikely(sim->relaxed))
		sim__relaxed_access(sim, access);
	/* Who looks at a world between runs is no actor. */
	if (unlikely(sim->host.access_readers && sim->host.running))
		tell(sim, access);
}

void sim_access_tell(struct sim *sim, const struct sim_access *access)
{
	if (sim->host.access_readers && sim->host.running)
		tell(sim, access);
}

void sim_access_copy(struct sim *sim, const struct sim_access *to,
		     const struct sim_access *from)
{
	sim__preempt_access(sim, from);
	sim__preempt_access(sim, to);
	/* The hook of the load must be the last one before it. */
	if (unlikely(sim->relaxed)) {
		sim__relaxed_access(sim, to);
		sim__relaxed_access(sim, from);
	}
	if (unlikely(sim->host.access_readers && sim->host.running)) {
		tell(sim, from);
		tell(sim, to);
	}
}

void sim_add_access_reader(struct sim *sim, struct sim_access_reader *reader)
{
	reader->next = sim->host.access_readers;
	sim->host.access_readers = reader;
}

void sim_remove_access_reader(struct sim *sim,
			      struct sim_access_reader *reader)
{
	struct sim_access_reader **at = &sim->host.access_readers;

	while (*at && *at != reader)
		at = &(*at)->next;
	if (*at)
		*at = reader->next;
}

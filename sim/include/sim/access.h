/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.h - accesses of code under test to what others can reach
 *
 * The one way in for hooks of kernel code, and the one way out for whoever
 * wants to know: schedule search, interleaving coverage, detectors. An access
 * is first a preemption point; readers hear of it when it really comes next.
 * With no reader it costs one test beside the preemption point.
 */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

#include <sim/sim.h>

enum sim_access_flags {
	SIM_ACCESS_WRITE	= 1 << 0,
	SIM_ACCESS_COMPOUND	= 1 << 1,	/* reads and writes */
	SIM_ACCESS_ATOMIC	= 1 << 2,	/* marked, so it may race */
	SIM_ACCESS_ASSERT	= 1 << 3,	/* none: says who else may */
	SIM_ACCESS_VOLATILE	= 1 << 5,	/* READ_ONCE() and the like */
	SIM_ACCESS_DEVICE	= 1 << 6,	/* no CPU's: memory models and
						 * marks do not apply */
	SIM_ACCESS_BULK		= 1 << 7,	/* memcpy() and the like */
	SIM_ACCESS_TORN		= 1 << 8,	/* may be done in two halves */
};

struct sim_access {
	const void *address;
	const void *site;	/* in the code: never in traces */
	uint32_t bytes;
	uint32_t flags;		/* enum sim_access_flags */
};

/*
 * The running fiber is about to do @access; others may run before it does.
 * Readers do not hear of what is looked at outside of runs.
 */
void sim_access(struct sim *sim, const struct sim_access *access);

/*
 * Readers hear of @access, which is not one of the code but as good as a write:
 * memory is given back. Nobody runs before it.
 */
void sim_access_tell(struct sim *sim, const struct sim_access *access);

/* sim_access() for a copy, by memcpy() or the like. */
void sim_access_copy(struct sim *sim, const struct sim_access *to,
		     const struct sim_access *from);

/*
 * Readers live outside the world and must not change it. A reader belongs to
 * one world at a time and is given back with sim_remove_access_reader().
 */
struct sim_access_reader {
	void (*access)(void *arg, const struct sim_access *access);
	void *arg;
	struct sim_access_reader *next;		/* private */
};
void sim_add_access_reader(struct sim *sim, struct sim_access_reader *reader);
void sim_remove_access_reader(struct sim *sim,
			      struct sim_access_reader *reader);

/* Two accesses of two actors conflict if at least one of them writes. */
static inline bool sim_access_writes(const struct sim_access *access)
{
	return access->flags & (SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND);
}

#endif

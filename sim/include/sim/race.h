/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race.h - data races by happens-before
 *
 * Two accesses of two actors to the same bytes race if one of them writes, not
 * both are marked, and nothing orders one before the other. Which of them came
 * first in this run does not matter: one schedule shows the races of many.
 *
 * What orders accesses is told by whoever knows (kernel/host): sync objects
 * that one actor releases and another one acquires, fences, one actor that
 * starts or wakes another. Marked accesses order by themselves only as much as
 * the kernel's memory model says:
 *
 *	store		publishes what was before the last write fence
 *	store, RMW behind RELEASE	publishes all that was before, and what
 *		the marked loads before it have seen
 *	load		orders nothing until a READ or ACQUIRE fence follows,
 *			unless what it loads is an address (SIM_RACE_ADDRESS)
 *	RMW behind FULL	publishes and acquires; a full fence behind it
 *
 * Assumptions, on the side of silence:
 * - A write fence orders earlier loads too, a read fence later stores too.
 * - A load of an address orders all that comes later, not only what depends
 *   on it.
 * - A cell of memory remembers four accesses; an old one may be forgotten. So
 *   may a cell, when a run touches more memory than there are cells.
 *
 * A detector lies outside of the world, in memory it got when it was made. It
 * knows one run: sim_race_begin() forgets all that was before, in constant
 * time, and has to be called whenever a world is restored.
 */
#ifndef SIM_RACE_H
#define SIM_RACE_H

#include <sim/access.h>

#define SIM_RACE_ACTORS		64

/* More of enum sim_access_flags, for detectors only. */
#define SIM_RACE_ADDRESS	(1u << 16)	/* loads an address: see above */
#define SIM_RACE_FREE		(1u << 17)	/* ends the life of the object */
#define SIM_RACE_PLAIN		(1u << 18)	/* not marked, in reports */

struct sim_race;

struct sim_race_options {
	/*
	 * Plain aligned writes of up to a word may race with marked accesses
	 * and each other. By default they are taken for marked, as KCSAN does
	 * (CONFIG_KCSAN_ASSUME_PLAIN_WRITES_ATOMIC).
	 */
	bool strict_writes;
};

/* Some MiB, hardly touched by short runs. NULL: no memory. */
struct sim_race *sim_race_new(const struct sim_race_options *options);
void sim_race_free(struct sim_race *race);

/* A run begins: nothing has been accessed, nobody is ordered after anybody. */
void sim_race_begin(struct sim_race *race);

struct sim_race_access {
	uint64_t address;	/* one for all aliases; below 2^47 */
	const void *site;	/* in the code, below 4 GiB */
	uint32_t bytes;
	uint32_t flags;		/* enum sim_access_flags, SIM_RACE_* */
	uint8_t actor;		/* below SIM_RACE_ACTORS */
	/*
	 * What the actor excludes others by, but for the memory model: equal
	 * ones other than 0 never race (a vCPU that is not preempted).
	 */
	uint8_t section;
};

/* @first came earlier in this run; its bytes are those it shares with ours. */
struct sim_race_report {
	struct sim_race_access first;
	struct sim_race_access second;
};

/* Is @flags at this address and size a marked access by these options? */
bool sim_race_is_marked(const struct sim_race *race,
			const struct sim_race_access *access);

/* An access comes next. True: it races, see @report; it counts all the same. */
bool sim_race_access(struct sim_race *race,
		     const struct sim_race_access *access,
		     struct sim_race_report *report);

/* Memory has a new life: what was there before races with nothing. */
void sim_race_forget(struct sim_race *race, uint64_t address, uint64_t bytes);

/* ---- order -------------------------------------------------------------- */

/* What is before release(object) is before what is after a later acquire. */
void sim_race_release(struct sim_race *race, unsigned int actor,
		      uint64_t object);
void sim_race_acquire(struct sim_race *race, unsigned int actor,
		      uint64_t object);

/* All that @before has done is before all that @after will do. */
void sim_race_order(struct sim_race *race, unsigned int before,
		    unsigned int after);

enum sim_race_fence {
	SIM_RACE_FENCE_FULL,
	SIM_RACE_FENCE_WRITE,
	SIM_RACE_FENCE_READ,
	SIM_RACE_FENCE_RELEASE,		/* part of the store that follows */
	SIM_RACE_FENCE_ACQUIRE,		/* part of the load just done */
};
void sim_race_fence(struct sim_race *race, unsigned int actor,
		    enum sim_race_fence fence);

/* Whatever acquires @to acquires what @from has been released with so far. */
void sim_race_pass(struct sim_race *race, uint64_t from, uint64_t to);

#endif

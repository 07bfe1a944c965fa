/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * relaxed.h - memory that is not sequentially consistent (private to sim/)
 *
 * All of it is world state: a snapshot may find stores that are not visible
 * yet. It is made when a plan asks for it and has no part in other runs.
 */
#ifndef SIM_RELAXED_H
#define SIM_RELAXED_H

#include <sim/access.h>
#include <sim/memory_model.h>

#include "internal.h"

/* The widest access of one instruction; wider ones are not kept back. */
#define SIM_STORE_BYTES		16u
#define SIM_MAX_STORES		24u
#define SIM_MAX_PAST		64u
#define SIM_MAX_PATCHES		4u
#define SIM_MAX_DIRECT		16u

/* Bytes that CPUs share, whichever address they were reached by. */
struct sim_place {
	uintptr_t at;		/* of a frame: in its home mapping */
	uint32_t bytes;
	uint32_t image;		/* whose static data; 0: in the region */
};

/*
 * A store that only its CPU sees. While the CPU runs, memory has the new value
 * and `under` what was there before; while it does not, memory has what all
 * see and `value` is what is still to come.
 */
struct sim_store {
	struct sim_place place;
	uint32_t epoch;			/* write barriers in front of it */
	uint32_t draw;			/* of its op, for its whole life */
	uint8_t value[SIM_STORE_BYTES];
	uint8_t under[SIM_STORE_BYTES];
};

struct sim_store_buffer {
	const struct sim_fiber *owner;	/* all stores are of one fiber */
	uint64_t floor;		/* loads see all that was visible then */
	uint64_t floor_dep;	/* the same, if the address may depend on it */
	uint32_t nr;
	uint32_t epoch;
	uint32_t image;
	bool in_memory;		/* applied: the owner sees them */
	bool full;		/* the last hook was a full barrier */
	uint8_t reserved[2];
	struct sim_store stores[SIM_MAX_STORES];	/* oldest first */
};

/* A store that has become visible, and what it has overwritten. */
struct sim_past {
	struct sim_place place;
	uint64_t time;
	uint64_t seen;			/* bit per CPU: no older value for it */
	uint64_t cpu;			/* that has stored */
	uint8_t before[SIM_STORE_BYTES];
	uint8_t after[SIM_STORE_BYTES];
};

/* What a load is given instead of what is there, until the next hook. */
struct sim_patch {
	struct sim_place place;
	uint8_t real[SIM_STORE_BYTES];
	uint8_t given[SIM_STORE_BYTES];
};

struct sim_relaxed {
	uint64_t time;			/* stores that have become visible */
	uint32_t model;			/* enum sim_memory_model */
	uint32_t nr_patches;
	uint32_t nr_past;		/* in all; the last SIM_MAX_PAST are kept */
	uint32_t deciding;		/* draw of the store in question */
	uint32_t nr_direct;		/* stores that are visible at once: */
	uint32_t reserved;
	struct sim_past direct[SIM_MAX_DIRECT];	/* what they overwrite */
	struct sim_patch patches[SIM_MAX_PATCHES];
	struct sim_past past[SIM_MAX_PAST];
	struct sim_store_buffer *buffers[SIM_MAX_CPUS];
	uint32_t nr_stores[SIM_MAX_OPS];	/* that were buffered */
};

/* ---- memory_model.c ------------------------------------------------------ */

/* A plan is set. */
void sim__relaxed_init(struct sim *sim);

/* The seed's value of a decision in [0, n). */
uint32_t sim__relaxed_draw(struct sim *sim, enum sim_decision_kind kind,
			   uint32_t nth, uint32_t n);

static inline bool sim__places_overlap(const struct sim_place *a,
				       const struct sim_place *b)
{
	return a->at < b->at + b->bytes && b->at < a->at + a->bytes &&
	       a->image == b->image;
}

/* ---- store_buffer.c ------------------------------------------------------ */

/* A hook; the access comes when it returns. */
void sim__relaxed_access(struct sim *sim, const struct sim_access *access);

/* The running fiber waits or ends: all it has done is visible. */
void sim__relaxed_leave(struct sim *sim);

/* The running fiber is preempted. */
void sim__relaxed_out(struct sim *sim);

/* The same where nothing may be decided: it goes on, or never runs again. */
void sim__relaxed_park(struct sim *sim);

/* Makes visible what fibers that do not run hold back. */
void sim__relaxed_settle(struct sim *sim);

/* The running fiber is about to go on. */
void sim__relaxed_in(struct sim *sim);

/* ---- stale_load.c -------------------------------------------------------- */

/* @store has overwritten @before: CPUs may go on seeing that for a while. */
void sim__past_add(struct sim_relaxed *relaxed, unsigned int cpu,
		   const struct sim_place *place, const uint8_t *before,
		   const uint8_t *after);
void sim__past_forget(struct sim_relaxed *relaxed,
		      const struct sim_place *place);

/* A load of the running fiber: may see what was there before. */
void sim__relaxed_load(struct sim *sim, struct sim_store_buffer *buffer,
		       const struct sim_place *place,
		       const struct sim_access *access);
/* The load has happened. */
void sim__relaxed_loaded(struct sim_relaxed *relaxed);

#endif

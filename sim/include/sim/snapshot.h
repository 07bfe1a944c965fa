/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.h - reset, deep-state restore and the state hash
 *
 * A snapshot holds the region (heap, live part of fiber stacks, frames in use,
 * with the ASan shadow of what is poisoned in them) and every extra range
 * registered with sim_add_range(), e.g. the live image of a kernel instance.
 * It may be taken while fibers sleep inside instrumented code. It is stored
 * outside the region, so several can exist.
 *
 * Restoring costs what the run has changed, not what the world could hold:
 * the heap up to its mark, hot frames, and cold frames that were touched.
 */
#ifndef SIM_SNAPSHOT_H
#define SIM_SNAPSHOT_H

#include <sim/sim.h>

struct sim_snapshot;

/* Not from inside a fiber. NULL if memory for the copy is missing. */
struct sim_snapshot *sim_snapshot_take(struct sim *sim);

/*
 * The same for a world that has come from @origin (restored, and run since),
 * which has to outlive it. It holds what differs, and going from one of a family to
 * another costs no more. NULL also if it is not known what has changed since, or
 * machine memory was added.
 */
struct sim_snapshot *sim_snapshot_derive(struct sim *sim,
					 const struct sim_snapshot *origin);

void sim_snapshot_restore(struct sim *sim, const struct sim_snapshot *snap);
void sim_snapshot_free(struct sim_snapshot *snap);

/*
 * The run may have written to cold frames without telling, as code under test
 * does that writes past what it was given: the next restore brings back every
 * frame.
 */
void sim_snapshot_distrust(struct sim *sim);

/* Bytes a restore to this snapshot copies at least (reports, benchmarks). */
size_t sim_snapshot_bytes(const struct sim_snapshot *snap);

/* Memory outside the region that belongs to the world's state. */
void sim_add_range(struct sim *sim, void *start, size_t bytes);

/*
 * Hash of the state a restore would bring back, but for the stacks of fibers:
 * slots that a function does not initialise hold what earlier runs left there.
 * Compared only within one binary: it covers addresses.
 */
uint64_t sim_state_hash(const struct sim *sim);

#endif

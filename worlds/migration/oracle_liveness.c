/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ops come to an end.
 *
 *   1. When the world is quiet, no op is still running: nothing is left that
 *      could wake it. The identity names the op.
 *   2. When the step budget is used up, the run is given some more: if neither
 *      virtual time nor an op gets anywhere meanwhile, and no device hands out
 *      a record, something spins.
 *
 * Assumptions. Devices, links and peers of this world answer or fail within
 * virtual time, whatever they do; so an actor that waits for ever waits for
 * something that the code under test should have done. A run that is cut off
 * by its budget while virtual time moves says nothing. Registers take no time,
 * so reading records is progress of its own: a device that lies may hand out as
 * many as a window has pages, millions. Between two records no op takes
 * SPIN_STEPS steps.
 */
#include <stdio.h>
#include "migration.h"

#define SPIN_STEPS	500000

static void raise_hang(struct migration_world *mw, const char *oracle,
		       const char *op, const char *what, const char *why)
{
	struct sim_finding finding = { .severity = VTB_EXIT_LIVENESS };

	snprintf(finding.oracle, sizeof(finding.oracle), "%s", oracle);
	snprintf(finding.object, sizeof(finding.object), "actor");
	snprintf(finding.place[0], sizeof(finding.place[0]), "%s", op);
	snprintf(finding.what, sizeof(finding.what), "%s", what);
	snprintf(finding.why, sizeof(finding.why), "%s", why);
	sim_finding_raise(mw->world.sim, &finding);
}

/* The op that began first of those still running, or NULL. */
static const char *oldest_running(const struct migration_world *mw)
{
	const struct world *world = &mw->world;
	unsigned int oldest = 0, i;

	for (i = 0; i < world->nr_actors; i++)
		if (world->running[i] &&
		    (!oldest || world->running[i] < oldest))
			oldest = world->running[i];
	return oldest ? world_op_name(world, oldest) : NULL;
}

/* Changes whenever an op begins or ends, or a device gives a record. */
static uint64_t progress_of(const struct migration_world *mw)
{
	const struct world *world = &mw->world;
	uint64_t sum = (uint64_t)world->started << 48;
	unsigned int i;

	for (i = 0; i < world->nr_actors; i++)
		sum += (uint64_t)world->running[i] << 40;
	for (i = 0; i < mw->nr_hosts; i++)
		sum += dma_tracker_records(mw->hosts[i].tracker);
	return sum;
}

/* Goes on until something moves; most runs that are cut off are just long. */
static bool is_spinning(struct migration_world *mw)
{
	const struct sim_run_options more = { .step_budget = SPIN_STEPS / 50 };
	struct sim *sim = mw->world.sim;
	uint64_t ns = sim_now_ns(sim), progress = progress_of(mw);
	unsigned int i;

	for (i = 0; i < 50; i++)
		if (sim_run(sim, &more) != SIM_END_BUDGET ||
		    sim_now_ns(sim) != ns ||
		    progress_of(mw) != progress)
			return false;
	return true;
}

void liveness_oracle_end(struct migration_world *mw, enum sim_end end)
{
	const char *op = oldest_running(mw);

	if (sim_finding_get(mw->world.sim))
		return;
	if (end == SIM_END_QUIESCENT && op)
		raise_hang(mw, "hang", op, "an op never comes to an end",
			   "nothing can happen any more, and it still waits");
	if (end == SIM_END_BUDGET && is_spinning(mw))
		raise_hang(mw, "livelock", op ? op : "world",
			   "the step budget is used up and time stands still",
			   "something spins without virtual time moving");
}

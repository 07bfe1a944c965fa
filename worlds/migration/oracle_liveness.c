/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ops come to an end.
 *
 *   1. When the world is quiet, no op is still running: nothing is left that
 *      could wake it.
 *   2. When the step budget is used up, the run is given some more: if neither
 *      virtual time nor an op gets anywhere meanwhile, and no device hands out
 *      a record, something spins.
 *
 * The identity names the innermost entry point of the code under test that was
 * on the op's stack all the time, or else the op. Not the innermost function:
 * which of a loop's callees is seen depends on where a flavour can stop.
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
#include <string.h>
#include "migration.h"

#define SPIN_STEPS	500000

#define MAX_DEPTH	64

/* An op that is running, and the entry points under test on its stack. */
struct op_stack {
	uint32_t slot;			/* 0: no op is running */
	const char *name[MAX_DEPTH];	/* the outermost first */
	const void *pc[MAX_DEPTH];
	unsigned int nr;
};

static void stack_of_actor(const struct migration_world *mw,
			   unsigned int actor, struct op_stack *stack)
{
	const struct world *world = &mw->world;
	const void *pcs[MAX_DEPTH];
	const char *name;
	unsigned int i;

	stack->slot = world->running[actor];
	stack->nr = 0;
	if (!stack->slot || !mw->backend->entry_point)
		return;
	i = sim_fiber_stack(world->sim, world->actor[actor], pcs, MAX_DEPTH);
	while (i--) {
		name = mw->backend->entry_point(pcs[i]);
		if (!name)
			continue;
		stack->name[stack->nr] = name;
		stack->pc[stack->nr++] = pcs[i];
	}
}

/*
 * Of the ops that are running the one that began first; rather one inside the
 * code under test, since others may only wait for it.
 */
static void stack_of_op(const struct migration_world *mw,
			struct op_stack *stack)
{
	struct op_stack other;
	unsigned int i;

	stack->slot = 0;
	stack->nr = 0;
	for (i = 0; i < mw->world.nr_actors; i++) {
		stack_of_actor(mw, i, &other);
		if (!other.slot || (stack->nr && !other.nr))
			continue;
		if (!stack->slot || (other.nr && !stack->nr) ||
		    other.slot < stack->slot)
			*stack = other;
	}
}

/* Leaves of @stack what it and the present one begin with. */
static void stack_narrow(const struct migration_world *mw,
			 struct op_stack *stack)
{
	struct op_stack now;
	unsigned int i;

	stack_of_op(mw, &now);
	for (i = 0; i < stack->nr && i < now.nr; i++)
		if (strcmp(stack->name[i], now.name[i]))
			break;
	stack->nr = now.slot == stack->slot ? i : 0;
}

static void raise_hang(struct migration_world *mw, const char *oracle,
		       const struct op_stack *stack, const char *what,
		       const char *does)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_LIVENESS,
		.despite_change = true,
	};
	const char *op = "world", *place;

	if (stack->slot)
		op = world_op_name(&mw->world, stack->slot);
	place = op;
	if (stack->nr) {
		place = stack->name[stack->nr - 1];
		finding.pc[0] = stack->pc[stack->nr - 1];
	}
	snprintf(finding.oracle, sizeof(finding.oracle), "%s", oracle);
	snprintf(finding.object, sizeof(finding.object), "actor");
	/* Without the compiler's ".llvm.123" and the like. */
	snprintf(finding.place[0], sizeof(finding.place[0]), "%.*s",
		 (int)strcspn(place, "."), place);
	snprintf(finding.what, sizeof(finding.what), "%s", what);
	snprintf(finding.why, sizeof(finding.why), "op %s %s%s%s", op, does,
		 stack->nr ? " in " : "", stack->nr ? finding.place[0] : "");
	sim_finding_raise(mw->world.sim, &finding);
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
static bool is_spinning(struct migration_world *mw, struct op_stack *stack)
{
	const struct sim_run_options more = { .step_budget = SPIN_STEPS / 50 };
	struct sim *sim = mw->world.sim;
	uint64_t ns = sim_now_ns(sim), progress = progress_of(mw);
	unsigned int i;

	for (i = 0; i < 50; i++) {
		if (sim_run(sim, &more) != SIM_END_BUDGET ||
		    sim_now_ns(sim) != ns || progress_of(mw) != progress)
			return false;
		stack_narrow(mw, stack);
	}
	return true;
}

void liveness_oracle_end(struct migration_world *mw, enum sim_end end)
{
	struct op_stack stack;

	if (sim_finding_get(mw->world.sim))
		return;
	stack_of_op(mw, &stack);
	if (end == SIM_END_QUIESCENT && stack.slot)
		raise_hang(mw, "hang", &stack, "an op never comes to an end",
			   "still waits, although nothing can happen any more,");
	if (end == SIM_END_BUDGET && is_spinning(mw, &stack))
		raise_hang(mw, "livelock", &stack,
			   "the step budget is used up and time stands still",
			   "spins without virtual time moving");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * raise.c - findings of the oracles of worlds
 */
#include <stdio.h>
#include <string.h>

#include <sim/fiber.h>
#include <worlds/raise.h>

#define MAX_DEPTH	64

static void set_word(char *to, const char *from)
{
	snprintf(to, SIM_FINDING_WORD, "%s", from ? from : "");
}

void world_raise(struct world *world, const struct world_finding *from)
{
	struct sim_finding finding = {
		.severity = from->severity ? from->severity : VTB_EXIT_SAFETY,
	};

	finding.despite_change = finding.severity == VTB_EXIT_LIVENESS ||
				 !strcmp(from->oracle, "leak");
	set_word(finding.oracle, from->oracle);
	set_word(finding.object, from->object);
	set_word(finding.place[0], from->place[0]);
	set_word(finding.place[1], from->place[1]);
	snprintf(finding.what, sizeof(finding.what), "%s", from->what);
	snprintf(finding.why, sizeof(finding.why), "%s", from->why);
	sim_finding_raise(world->sim, &finding);
}

const char *world_running_op(const struct world *world)
{
	unsigned int i;

	for (i = 0; i < world->nr_actors; i++)
		if (world->running[i])
			return world_op_name(world, world->running[i]);
	return NULL;
}

static const char *innermost(struct world *world, unsigned int actor,
			     const char *(*entry_point)(const void *pc))
{
	const void *pcs[MAX_DEPTH];
	unsigned int nr, i;
	const char *name = NULL;

	nr = sim_fiber_stack(world->sim, world->actor[actor], pcs, MAX_DEPTH);
	for (i = 0; i < nr && !name; i++)
		name = entry_point(pcs[i]);
	return name;
}

bool world_raise_hang(struct world *world,
		      const char *(*entry_point)(const void *pc))
{
	struct world_finding hang = {
		.severity = VTB_EXIT_LIVENESS,
		.oracle = "hang",
		.object = "actor",
		.what = "an op never comes to an end",
		.why = "nothing can happen any more, and it still waits",
	};
	unsigned int i;

	/* Who waits in what is under test: others may just wait for him. */
	for (i = 0; i < world->nr_actors && !hang.place[1]; i++) {
		if (!world->running[i])
			continue;
		if (entry_point)
			hang.place[1] = innermost(world, i, entry_point);
		if (!hang.place[0] || hang.place[1])
			hang.place[0] = world_op_name(world, world->running[i]);
	}
	if (!hang.place[0])
		return false;
	world_raise(world, &hang);
	return true;
}

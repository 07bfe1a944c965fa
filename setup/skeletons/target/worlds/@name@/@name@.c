/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * @name@.c - the world of @name@: one machine, one process, its device file
 *
 * Oracle wrong-value: a slot that can be read holds what was written last, and
 * 0 in a new file. Assumption: one actor, so nobody writes meanwhile.
 */
#include <@name@_ioctl.h>
#include <string.h>

#include "@name@.h"

struct @name@_world {
	struct one_host host;
	uint32_t expected[ONE_HOST_MAX_FILES][@NAME@_SLOTS];
};

int64_t @name@_run_open(struct world *world, const uint64_t *args)
{
	struct @name@_world *w = (struct @name@_world *)world;
	int64_t file = one_host_open(world, "@name@");

	if (file >= 0)
		memset(w->expected[file], 0, sizeof(w->expected[file]));
	return file;
}

int64_t @name@_run_set(struct world *world, const uint64_t *args)
{
	struct @name@_world *w = (struct @name@_world *)world;
	struct @name@_slot slot = { .index = args[1], .value = args[2] };
	int64_t rc = one_host_ioctl(world, args[0], @NAME@_SET, &slot,
				    sizeof(slot));

	if (rc >= 0 && args[1] < @NAME@_SLOTS)
		w->expected[args[0]][args[1]] = slot.value;
	return rc;
}

int64_t @name@_run_get(struct world *world, const uint64_t *args)
{
	struct @name@_world *w = (struct @name@_world *)world;
	struct @name@_slot slot = { .index = args[1] };
	int64_t rc = one_host_ioctl(world, args[0], @NAME@_GET, &slot,
				    sizeof(slot));

	if (rc >= 0 && (args[1] >= @NAME@_SLOTS ||
			slot.value != w->expected[args[0]][args[1]]))
		one_host_raise(world, "wrong-value", "slot",
			       "a slot does not hold what was written",
			       "see the last set of this file and slot");
	return rc;
}

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "@name@", .help = "a process and /dev/@name@",
	.actors = one_host_user,
	.ops = @name@_ops, .nr_ops = @NAME@_NR_OPS,
	.build = build, .finish = one_host_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return one_host_build(&type, sim, sizeof(struct @name@_world));
}

const struct world_type *const world_types[] = { &type, NULL };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twice_world.c - a process and /dev/twice
 */
#include <string.h>

#include <fuzz/upstream.h>
#include <worlds/one_host.h>

#include "twice_ioctl.h"

#define FILE_ARG	OP_RESOURCE("file", "file", "an open file")

/* As enum twice_how. */
static const char *const hows[] = {
	"once", "copied", "allocated", "compared", "kept", "unchecked",
	"mapped", "mapped_once", NULL
};

static const uint64_t sizes[] = { 8, TWICE_BYTES, TWICE_BYTES + 1 };

static int64_t run_open(struct world *world, const uint64_t *args)
{
	return one_host_open(world, "twice");
}

static int64_t run_put(struct world *world, const uint64_t *args)
{
	struct twice_arg arg = {
		.how = (uint32_t)args[1], .size = (uint32_t)args[2],
	};

	memset(arg.data, 1, sizeof(arg.data));
	return one_host_ioctl(world, args[0], TWICE_PUT, &arg, sizeof(arg));
}

static const struct op ops[] = {
	{
		.name = "open",
		.help = "opens the device",
		.produces = "file",
		.run = run_open,
	}, {
		.name = "put",
		.help = "hands an argument over",
		.args = {
			FILE_ARG,
			{ .name = "how", .help = "how it is taken in",
			  .type = OP_ARG_ENUM, .bytes = 1, .names = hows },
			{ .name = "size", .help = "that it says it has",
			  .type = OP_ARG_INT, .bytes = 1, .last = 255,
			  .border = sizes, .nr_border = 3 },
		},
		.nr_args = 3,
		.run = run_put,
	}, {
		.name = "close",
		.help = "closes the file",
		.args = { OP_CONSUMED("file", "file", "an open file") },
		.nr_args = 1,
		.run = one_host_run_close,
	},
};

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "twice", .help = "a process and /dev/twice",
	.actors = one_host_user,
	.ops = ops, .nr_ops = sizeof(ops) / sizeof(ops[0]),
	.build = build, .finish = one_host_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	return one_host_build(&type, sim, sizeof(struct one_host));
}

const struct world_type *const world_types[] = { &type, NULL };

/* Nothing of it comes from a kernel tree but headers. */
const struct upstream_file upstream_files[] = { { NULL, NULL } };
const char upstream_tree[] = "the tests' own";
const char upstream_id[] = "";

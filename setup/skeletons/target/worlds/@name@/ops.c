/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - what a process does with /dev/@name@: the op table
 *
 * Everything else about programs comes from it: bytes, text, mutation, help.
 * Borders are values worth trying; the first one is the default.
 */
#include <@name@_ioctl.h>

#include "@name@.h"

#define FILE_ARG	OP_RESOURCE("file", "file", "an open file")
#define INDEX_ARG							\
	OP_INT("index", "number of the slot", 1, 0, 255, 0,		\
	       @NAME@_SLOTS - 1, @NAME@_SLOTS)

const struct op @name@_ops[@NAME@_NR_OPS] = {
	{
		.name = "open",
		.help = "opens the device",
		.produces = "file",
		.run = @name@_run_open,
	}, {
		.name = "set",
		.help = "writes a slot",
		.args = {
			FILE_ARG,
			INDEX_ARG,
			OP_HEX("value", "what is written", 4, 0, UINT32_MAX,
			       1, 0, UINT32_MAX),
		},
		.nr_args = 3,
		.run = @name@_run_set,
	}, {
		.name = "get",
		.help = "reads a slot",
		.args = { FILE_ARG, INDEX_ARG },
		.nr_args = 2,
		.run = @name@_run_get,
	}, {
		.name = "close",
		.help = "closes the file",
		.args = { OP_CONSUMED("file", "file", "an open file") },
		.nr_args = 1,
		.run = one_host_run_close,
	},
};

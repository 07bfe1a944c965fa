/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * info.c - what this executable is: names, build, worlds, ops
 */
#include <inttypes.h>

#include <fuzz/upstream.h>

#include "mutator.h"
#include "op_table.h"
#include "session.h"

static json_t *json_upstream(void)
{
	const struct upstream_file *file;
	json_t *list = json_array();

	for (file = upstream_files; file->path; file++)
		json_array_append_new(list, json_pack("{s:s, s:s}",
						      "file", file->path,
						      "sha256", file->sha256));
	return list;
}

static int print_info_json(void)
{
	json_t *worlds = json_array(), *object;
	const struct world_type *const *type;

	for (type = world_types; *type; type++)
		json_array_append_new(worlds, op_table_to_json(*type));
	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o}",
			   "target", session.target_name,
			   "implementation", session.implementation,
			   "flavour", VTB_FLAVOUR, "build", session.build,
			   "tree", upstream_tree,
			   "upstream", json_upstream(), "mutator",
			   (json_int_t)mutator_fingerprint(world_types),
			   "worlds", worlds);
	sim_assert(object);
	json_dumpf(object, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(object);
	return VTB_EXIT_CLEAN;
}

static void print_arg(const struct op_arg *row, const char *between)
{
	unsigned int n;

	printf("%s%s=", between, row->name);
	switch (row->type) {
	case OP_ARG_FLAGS:
	case OP_ARG_ENUM:
		for (n = 0; row->names[n]; n++)
			printf("%s%s", n ? "|" : "", row->names[n]);
		break;
	case OP_ARG_HEX:
		printf("0x%" PRIx64 "..0x%" PRIx64, row->first, row->last);
		break;
	case OP_ARG_LOG2:
		printf("2^%" PRIu64 "..2^%" PRIu64, row->first, row->last);
		break;
	case OP_ARG_RESOURCE:
		printf("%s", row->resource);
		break;
	case OP_ARG_INT:
		printf("%" PRIu64 "..%" PRIu64, row->first, row->last);
		break;
	}
}

static void print_op(const struct world_type *type, const struct op *op)
{
	unsigned int i;

	printf("  %s: %s(", type->actors[op->actor], op->name);
	for (i = 0; i < op->nr_args; i++)
		print_arg(&op->args[i], i ? ", " : "");
	printf(")%s\n      %s\n", op->abuse ? "  [abuse]" : "",
	       op->help ? op->help : "");
}

static void print_world(const struct world_type *type)
{
	unsigned int i;

	printf("world %s: %s\n  config", type->name,
	       type->help ? type->help : "");
	for (i = 0; i < type->nr_config; i++)
		print_arg(&type->config[i], " ");
	printf("\n");
	for (i = 0; i < type->nr_ops; i++)
		print_op(type, &type->ops[i]);
}

void print_upstream(FILE *out)
{
	const struct upstream_file *file;

	fprintf(out, "vtb: kernel tree %s\n", upstream_tree);
	for (file = upstream_files; file->path; file++)
		fprintf(out, "vtb: unmodified %s, sha256 %s\n", file->path,
			file->sha256);
}

int print_info(bool json)
{
	const struct world_type *const *type;

	if (json)
		return print_info_json();
	printf("target %s, implementation %s, flavour %s, build %s\n",
	       session.target_name, session.implementation, VTB_FLAVOUR,
	       session.build);
	print_upstream(stdout);
	for (type = world_types; *type; type++)
		print_world(*type);
	return VTB_EXIT_CLEAN;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * op_help.c - op tables as people read them: at the terminal, or as Markdown
 */
#include <inttypes.h>
#include <string.h>

#include "session.h"

static void print_number(const struct op_arg *row, uint64_t value)
{
	printf(row->type == OP_ARG_HEX ? "0x%" PRIx64 : "%" PRIu64, value);
}

static void print_names(const struct op_arg *row, const char *between)
{
	unsigned int n;

	for (n = 0; row->names[n]; n++)
		printf("%s%s", n ? between : "", row->names[n]);
}

static void print_values(const struct op_arg *row)
{
	switch (row->type) {
	case OP_ARG_FLAGS:
		print_names(row, "|");
		break;
	case OP_ARG_ENUM:
		print_names(row, ", ");
		break;
	case OP_ARG_RESOURCE:
		printf("a %s or none%s", row->resource,
		       row->consumes ? "; it is consumed" : "");
		break;
	case OP_ARG_LOG2:
		printf("2^%" PRIu64 "..2^%" PRIu64, row->first, row->last);
		break;
	case OP_ARG_INT:
	case OP_ARG_HEX:
		print_number(row, row->first);
		printf("..");
		print_number(row, row->last);
		break;
	}
}

static void print_borders(const struct op_arg *row)
{
	unsigned int n;

	for (n = 0; n < row->nr_border; n++) {
		printf("%s", n ? ", " : "");
		if (row->type == OP_ARG_ENUM)
			printf("%s", row->names[row->border[n]]);
		else
			print_number(row, row->border[n]);
	}
}

static void print_signature(const struct world_type *type, const struct op *op)
{
	unsigned int n;

	printf("%s: ", type->actors[op->actor]);
	if (op->produces)
		printf("%s = ", op->produces);
	printf("%s(", op->name);
	for (n = 0; n < op->nr_args; n++)
		printf("%s%s", n ? ", " : "", op->args[n].name);
	printf(")");
}

static const char *text_or(const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

/* -- at the terminal -- */

static void print_row(const struct op_arg *row)
{
	printf("    %-12s %s\n%17s", row->name, text_or(row->help, "-"), "");
	print_values(row);
	printf("\n");
	if (!row->nr_border)
		return;
	printf("%17sborders ", "");
	print_borders(row);
	printf("\n");
}

static void print_op(const struct world_type *type, const struct op *op)
{
	unsigned int n;

	print_signature(type, op);
	printf("\n    %s\n", text_or(op->help, "-"));
	for (n = 0; n < op->nr_args; n++)
		print_row(&op->args[n]);
	if (op->produces)
		printf("    makes a %s\n", op->produces);
	printf("    an error may leave: %s\n", text_or(op->may_leave, "nothing"));
	printf("    outside the contract: %s\n",
	       text_or(op->no_contract, "nothing"));
	if (op->standalone)
		printf("    vtb repro --c writes it as C\n");
	if (op->abuse)
		printf("    only in profile abuse\n");
	printf("\n");
}

/* -- Markdown -- */

static void mark_rows(const char *what, const struct op_arg *rows,
		      unsigned int nr)
{
	unsigned int n, i;

	if (!nr)
		return;
	printf("\n| %s | values | borders | |\n|---|---|---|---|\n", what);
	for (n = 0; n < nr; n++) {
		printf("| `%s` | ", rows[n].name);
		/* A bar would end the cell. */
		if (rows[n].type == OP_ARG_FLAGS)
			for (i = 0; rows[n].names[i]; i++)
				printf("%s%s", i ? " \\| " : "",
				       rows[n].names[i]);
		else
			print_values(&rows[n]);
		printf(" | ");
		print_borders(&rows[n]);
		printf(" | %s |\n", text_or(rows[n].help, ""));
	}
}

static void mark_op(const struct world_type *type, const struct op *op)
{
	printf("\n### %s\n\n`", op->name);
	print_signature(type, op);
	printf("`%s: %s.\n", op->abuse ? " (profile abuse)" : "",
	       text_or(op->help, "no help"));
	mark_rows("argument", op->args, op->nr_args);
	if (op->may_leave || op->no_contract || op->standalone)
		printf("\n");
	if (op->may_leave)
		printf("An error may leave %s.\n", op->may_leave);
	if (op->no_contract)
		printf("Outside the contract: %s.\n", op->no_contract);
	if (op->standalone)
		printf("`vtb repro --c` writes it as C.\n");
}

/* What such an op does and takes is said where the part's own world is. */
static void mark_op_of_part(const struct world_type *type, const struct op *op,
			    bool first)
{
	if (first)
		printf("\n### Ops of its parts\n\n"
		       "They take what they take in the parts' own worlds.\n\n");
	printf("- `");
	print_signature(type, op);
	printf("`: %s.\n", text_or(op->help, "no help"));
}

static void mark_world(const struct world_type *type)
{
	unsigned int i, nr_of_parts = 0;

	printf("\n## World %s\n\n%s.\n", type->name,
	       text_or(type->help, "No help"));
	mark_rows("configuration", type->config, type->nr_config);
	for (i = 0; i < type->nr_ops; i++)
		if (type->ops[i].of_part)
			mark_op_of_part(type, &type->ops[i], !nr_of_parts++);
		else
			mark_op(type, &type->ops[i]);
}

/* -- */

/* True if there is such an op; NULL is any. */
static bool print_world(const struct world_type *type, const char *only)
{
	bool found = false;
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++) {
		if (only && strcmp(only, type->ops[i].name))
			continue;
		print_op(type, &type->ops[i]);
		found = true;
	}
	return found;
}

int print_op_help(const char *only, bool markdown)
{
	const struct world_type *const *type;
	bool found = false;

	for (type = world_types; *type; type++) {
		if (markdown)
			mark_world(*type);
		else
			found |= print_world(*type, only);
	}
	return found || markdown ? VTB_EXIT_CLEAN : VTB_EXIT_USAGE;
}

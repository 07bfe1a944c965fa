/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_check.c - is an op table one that programs can be made from?
 *
 * Run once per table at start-up: a wrong row is a bench error with a name,
 * not a program that decodes to something else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

struct check {
	const char *world;
	const char *place;	/* op, or "config" */
	char *error;
	size_t size;
};

static int complain(const struct check *check, const char *what,
		    const char *why)
{
	snprintf(check->error, check->size, "world %s: %s: %s: %s",
		 check->world, check->place, what, why);
	return -EINVAL;
}

static int check_names(const struct check *check, const struct op_arg *row)
{
	unsigned int n = 0;

	if (row->type != OP_ARG_FLAGS && row->type != OP_ARG_ENUM)
		return 0;
	if (!row->names || !row->names[0])
		return complain(check, row->name, "has no names");
	for (; row->names[n]; n++)
		if (!program_is_word(row->names[n]))
			return complain(check, row->name, "a name is no word");
	if (row->type == OP_ARG_FLAGS && n > 63)
		return complain(check, row->name, "more than 63 flags");
	return 0;
}

static int check_row(const struct check *check, const struct op_arg *row)
{
	unsigned int width = row->bytes;
	int rc;

	if (!program_is_word(row->name))
		return complain(check, row->name ? row->name : "?",
				"the name is no word");
	if (width != 1 && width != 2 && width != 4 && width != 8)
		return complain(check, row->name, "bytes is not 1, 2, 4 or 8");
	rc = check_names(check, row);
	if (rc)
		return rc;
	if (row->first > row->last && row->type != OP_ARG_FLAGS &&
	    row->type != OP_ARG_ENUM)
		return complain(check, row->name, "first is above last");
	if (row->type == OP_ARG_LOG2 && row->last > 63)
		return complain(check, row->name, "more than 64 bits");
	if (width < 8 && program_arg_span(row) >> (8 * width))
		return complain(check, row->name,
				"its range does not fit in its bytes");
	return 0;
}

static bool is_made(const struct world_type *type, const char *kind)
{
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (type->ops[i].produces &&
		    !strcmp(type->ops[i].produces, kind))
			return true;
	return false;
}

/* Arguments that are written by position stand first. */
static int check_resource(const struct check *check,
			  const struct world_type *type, const struct op *op,
			  unsigned int n)
{
	const struct op_arg *row = &op->args[n];

	if (row->type != OP_ARG_RESOURCE)
		return row->consumes ? complain(check, row->name,
				"consumes and is no resource") : 0;
	if (row->bytes != 2)
		return complain(check, row->name, "bytes of a resource are 2");
	if (!program_is_word(row->resource))
		return complain(check, row->name, "has no kind of resource");
	if (!is_made(type, row->resource))
		return complain(check, row->name, "no op makes such a resource");
	if (n && op->args[n - 1].type != OP_ARG_RESOURCE)
		return complain(check, row->name,
				"resources stand before other arguments");
	return 0;
}

static int check_op(struct check *check, const struct world_type *type,
		    const struct op *op, unsigned int nr_actors)
{
	unsigned int i;
	int rc;

	if (!program_is_word(op->name))
		return complain(check, "op", "the name is no word");
	check->place = op->name;
	if (op->actor >= nr_actors)
		return complain(check, "actor", "there is no such actor");
	if (op->nr_args > OP_MAX_ARGS)
		return complain(check, "arguments", "too many");
	if (op->produces && !program_is_word(op->produces))
		return complain(check, "produces", "is no word");
	if (op->after && !is_made(type, op->after))
		return complain(check, "after", "no op makes such a resource");
	for (i = 0; i < op->nr_args; i++) {
		rc = check_row(check, &op->args[i]);
		if (!rc)
			rc = check_resource(check, type, op, i);
		if (rc)
			return rc;
	}
	return 0;
}

/* References are to ops before: keys are positions, from 1. */
static int check_standing_op(struct check *check, const struct op *op,
			     const struct op_standing *standing, uint32_t at)
{
	unsigned int n;

	for (n = 0; n < op->nr_args; n++)
		if (!program_arg_valid(&op->args[n], standing->args[n]) ||
		    (op->args[n].type == OP_ARG_RESOURCE &&
		     standing->args[n] > at))
			return complain(check, "standing prefix",
					"has a value that is none");
	return 0;
}

static int check_standing(struct check *check, const struct world_type *type)
{
	const struct op_standing *standing = type->standing;
	uint32_t at;
	unsigned int i;
	int rc = 0;

	for (at = 0; standing && standing[at].op && !rc; at++) {
		check->place = standing[at].op;
		for (i = 0; i < type->nr_ops; i++)
			if (!strcmp(type->ops[i].name, standing[at].op))
				break;
		rc = i < type->nr_ops ?
		     check_standing_op(check, &type->ops[i], &standing[at], at) :
		     complain(check, "standing prefix", "no such op");
	}
	return rc;
}

int program_check_type(const struct world_type *type, char *error,
		       size_t size)
{
	struct check check = {
		.world = type->name, .place = "config",
		.error = error, .size = size,
	};
	unsigned int actors = 0, contract = 0, i;
	int rc;

	if (!program_is_word(type->name))
		return complain(&check, "name", "is no word");
	if (type->nr_config > PROGRAM_MAX_CONFIG ||
	    type->nr_build_config > type->nr_config)
		return complain(&check, "rows", "too many");
	for (i = 0; i < type->nr_config; i++) {
		if (type->config[i].type == OP_ARG_RESOURCE)
			return complain(&check, "row", "is a resource");
		rc = check_row(&check, &type->config[i]);
		if (rc)
			return rc;
	}
	while (type->actors[actors])
		if (!program_is_word(type->actors[actors++]))
			return complain(&check, "actor", "is no word");
	if (type->nr_ops > 256)
		return complain(&check, "ops", "more than 256");
	for (i = 0; i < type->nr_ops; i++) {
		rc = check_op(&check, type, &type->ops[i], actors);
		if (rc)
			return rc;
		contract += !type->ops[i].abuse;
	}
	rc = check_standing(&check, type);
	if (rc)
		return rc;
	check.place = "ops";
	if (!contract)
		return complain(&check, "contract", "no op belongs to it");
	return 0;
}

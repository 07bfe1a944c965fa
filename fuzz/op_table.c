/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * op_table.c - op tables as JSON, there and back; see op_table.h
 *
 * Reading gives structures like those a component's author writes; texts stay
 * in the JSON value, which lives as long as they do. A hash of the table goes
 * along: if writer and reader disagree about a field, it differs. So does the
 * fingerprint of the mutator, if the two were built from different code.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"
#include "op_table.h"

#define MAX_WORLDS	16

struct op_tables {
	json_t *root;
	const struct world_type *types[MAX_WORLDS + 1];
};

static const char *const type_names[] = {
	[OP_ARG_INT] = "int", [OP_ARG_HEX] = "hex", [OP_ARG_LOG2] = "log2",
	[OP_ARG_FLAGS] = "flags", [OP_ARG_ENUM] = "enum",
	[OP_ARG_RESOURCE] = "resource", NULL
};

/* -- writing -- */

static json_t *json_names(const char *const *names)
{
	json_t *list = json_array();

	for (; names && *names; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

static json_t *json_border(const struct op_arg *row)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < row->nr_border; i++)
		json_array_append_new(list,
				      json_integer((json_int_t)row->border[i]));
	return list;
}

static json_t *json_rows(const struct op_arg *rows, unsigned int nr)
{
	json_t *list = json_array(), *row;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		row = json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:o}",
				"name", rows[i].name, "help",
				rows[i].help ? rows[i].help : "",
				"type", type_names[rows[i].type],
				"bytes", (int)rows[i].bytes,
				"first", (json_int_t)rows[i].first,
				"last", (json_int_t)rows[i].last,
				"border", json_border(&rows[i]));
		if (rows[i].names)
			json_object_set_new(row, "names",
					    json_names(rows[i].names));
		if (rows[i].resource)
			json_object_update_new(row, json_pack("{s:s, s:b}",
				"resource", rows[i].resource,
				"consumes", rows[i].consumes));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *json_ops(const struct world_type *type)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++) {
		const struct op *op = &type->ops[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:o}",
			"name", op->name, "actor", type->actors[op->actor],
			"help", op->help ? op->help : "",
			"produces", op->produces ? op->produces : "",
			"after", op->after ? op->after : "",
			"may_leave", op->may_leave ? op->may_leave : "",
			"no_contract", op->no_contract ? op->no_contract : "",
			"abuse", op->abuse, "weight", (int)op->weight,
			"args", json_rows(op->args, op->nr_args)));
	}
	return list;
}

/* A number for each actor; null if there are none. */
static json_t *json_processes(const struct world_type *type)
{
	json_t *list;
	unsigned int i;

	if (!type->process)
		return json_null();
	list = json_array();
	for (i = 0; type->actors[i]; i++)
		json_array_append_new(list, json_integer(type->process[i]));
	return list;
}

/* Ops with the values of their arguments, as numbers. */
static json_t *json_standing(const struct op_standing *standing)
{
	json_t *list = json_array(), *args;
	unsigned int i;

	for (; standing && standing->op; standing++) {
		args = json_array();
		for (i = 0; i < OP_MAX_ARGS; i++)
			json_array_append_new(args,
				json_integer((json_int_t)standing->args[i]));
		json_array_append_new(list, json_pack("{s:s, s:o}", "op",
						      standing->op, "args",
						      args));
	}
	return list;
}

json_t *op_table_to_json(const struct world_type *type)
{
	return json_pack("{s:s, s:s, s:I, s:i, s:o, s:o, s:i, s:o, s:o, s:o}",
			 "name", type->name,
			 "help", type->help ? type->help : "",
			 "table", (json_int_t)program_table_hash(type),
			 "adversary", (int)type->adversary,
			 "actors", json_names(type->actors),
			 "process", json_processes(type),
			 "build_config", (int)type->nr_build_config,
			 "config", json_rows(type->config, type->nr_config),
			 "ops", json_ops(type),
			 "standing", json_standing(type->standing));
}

/* -- reading: what is missing reads as 0, "" or no entries -- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The same; what is missing or "" is NULL. */
static const char *word_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return *text ? text : NULL;
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* Index of @name in a list of names; past its end if it is not there. */
static unsigned int index_of(const char *const *names, const char *name)
{
	unsigned int i;

	for (i = 0; names[i] && strcmp(names[i], name); i++)
		;
	return i;
}

/* NULL-terminated, for free(); NULL if @list is no array. */
static const char **read_names(const json_t *list)
{
	size_t nr = json_array_size(list), i;
	const char **names;

	if (!json_is_array(list))
		return NULL;
	names = calloc(nr + 1, sizeof(*names));
	for (i = 0; names && i < nr; i++) {
		names[i] = json_string_value(json_array_get(list, i));
		if (!names[i])
			break;
	}
	return names;
}

static int read_border(struct op_arg *row, const json_t *list)
{
	size_t nr = json_array_size(list), i;
	uint64_t *border = calloc(nr + 1, sizeof(*border));

	if (!border)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		border[i] = (uint64_t)
			json_integer_value(json_array_get(list, i));
	row->border = border;
	row->nr_border = (unsigned int)nr;
	return 0;
}

static int read_row(struct op_arg *row, const json_t *object)
{
	unsigned int type = index_of(type_names, text_of(object, "type"));

	if (!type_names[type])
		return -EINVAL;
	row->name = text_of(object, "name");
	row->help = text_of(object, "help");
	row->type = (enum op_arg_type)type;
	row->bytes = (uint8_t)number_of(object, "bytes");
	row->first = number_of(object, "first");
	row->last = number_of(object, "last");
	row->resource = word_of(object, "resource");
	row->consumes = json_is_true(json_object_get(object, "consumes"));
	row->names = read_names(json_object_get(object, "names"));
	return read_border(row, json_object_get(object, "border"));
}

static int read_rows(struct op_arg *rows, const json_t *list)
{
	size_t i;
	json_t *object;
	int rc = 0;

	json_array_foreach(list, i, object) {
		rc = read_row(&rows[i], object);
		if (rc)
			break;
	}
	return rc;
}

static int read_op(struct op *op, const json_t *object,
		   const char *const *actors)
{
	const json_t *args = json_object_get(object, "args");

	op->name = text_of(object, "name");
	op->help = text_of(object, "help");
	op->may_leave = text_of(object, "may_leave");
	op->no_contract = text_of(object, "no_contract");
	op->produces = word_of(object, "produces");
	op->after = word_of(object, "after");
	op->actor = index_of(actors, text_of(object, "actor"));
	op->abuse = json_is_true(json_object_get(object, "abuse"));
	op->weight = (unsigned int)number_of(object, "weight");
	if (json_array_size(args) > OP_MAX_ARGS)
		return -EINVAL;
	op->nr_args = (unsigned int)json_array_size(args);
	return read_rows(op->args, args);
}

static int read_ops(struct world_type *type, const json_t *list)
{
	size_t nr = json_array_size(list), i;
	struct op *ops = calloc(nr + 1, sizeof(*ops));
	int rc = 0;

	if (!ops)
		return -ENOMEM;
	type->ops = ops;
	type->nr_ops = (unsigned int)nr;
	for (i = 0; i < nr && !rc; i++)
		rc = read_op(&ops[i], json_array_get(list, i), type->actors);
	return rc;
}

static int read_config(struct world_type *type, const json_t *list)
{
	size_t nr = json_array_size(list);
	struct op_arg *rows = calloc(nr + 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	type->config = rows;
	type->nr_config = (unsigned int)nr;
	return read_rows(rows, list);
}

/* None at all if @list is empty. */
static int read_standing(struct world_type *type, const json_t *list)
{
	size_t nr = json_array_size(list), i, n;
	struct op_standing *standing;

	if (!nr)
		return 0;
	standing = calloc(nr + 1, sizeof(*standing));
	if (!standing)
		return -ENOMEM;
	type->standing = standing;
	for (i = 0; i < nr; i++) {
		const json_t *one = json_array_get(list, i);
		const json_t *args = json_object_get(one, "args");

		standing[i].op = text_of(one, "op");
		for (n = 0; n < OP_MAX_ARGS; n++)
			standing[i].args[n] = (uint64_t)
				json_integer_value(json_array_get(args, n));
	}
	return 0;
}

/* One for each actor, for free(); nothing if @list is no array. */
static int read_processes(struct world_type *type, const json_t *list)
{
	uint8_t *process;
	size_t i;

	if (!json_is_array(list))
		return 0;
	for (i = 0; type->actors[i]; i++)
		;
	process = calloc(i + 1, sizeof(*process));
	if (!process)
		return -ENOMEM;
	type->process = process;
	while (i--)
		process[i] = (uint8_t)json_integer_value(
						json_array_get(list, i));
	return 0;
}

static int read_type(struct world_type *type, const json_t *object,
		     char *error, size_t size)
{
	int rc;

	snprintf(error, size, "no op table as --info --json prints them");
	type->name = text_of(object, "name");
	type->help = text_of(object, "help");
	type->nr_build_config = (unsigned int)number_of(object, "build_config");
	type->adversary = (uint32_t)number_of(object, "adversary");
	type->actors = read_names(json_object_get(object, "actors"));
	if (!type->actors)
		return -EINVAL;
	rc = read_processes(type, json_object_get(object, "process"));
	if (!rc)
		rc = read_config(type, json_object_get(object, "config"));
	if (!rc)
		rc = read_ops(type, json_object_get(object, "ops"));
	if (!rc)
		rc = read_standing(type, json_object_get(object, "standing"));
	if (!rc)
		rc = program_check_type(type, error, size);
	if (!rc && program_table_hash(type) != number_of(object, "table")) {
		snprintf(error, size, "world %s: not the table it was made "
			 "from: another version of vtbench?", type->name);
		rc = -EINVAL;
	}
	return rc;
}

/* -- all of them -- */

static void free_rows(const struct op_arg *rows, unsigned int nr)
{
	unsigned int i;

	for (i = 0; rows && i < nr; i++) {
		free((void *)(uintptr_t)rows[i].names);
		free((void *)(uintptr_t)rows[i].border);
	}
}

static void free_type(const struct world_type *type)
{
	unsigned int i;

	for (i = 0; type->ops && i < type->nr_ops; i++)
		free_rows(type->ops[i].args, type->ops[i].nr_args);
	free_rows(type->config, type->nr_config);
	free((void *)(uintptr_t)type->config);
	free((void *)(uintptr_t)type->ops);
	free((void *)(uintptr_t)type->actors);
	free((void *)(uintptr_t)type->process);
	free((void *)(uintptr_t)type->standing);
	free((void *)(uintptr_t)type);
}

void op_tables_free(struct op_tables *tables)
{
	size_t i;

	if (!tables)
		return;
	for (i = 0; tables->types[i]; i++)
		free_type(tables->types[i]);
	json_decref(tables->root);
	free(tables);
}

static int read_types(struct op_tables *tables, char *error, size_t size)
{
	json_t *worlds = json_object_get(tables->root, "worlds"), *object;
	struct world_type *type;
	size_t i;
	int rc = 0;

	if (!json_array_size(worlds) || json_array_size(worlds) > MAX_WORLDS) {
		snprintf(error, size, "expected 1 to %d worlds", MAX_WORLDS);
		return -EINVAL;
	}
	json_array_foreach(worlds, i, object) {
		type = calloc(1, sizeof(*type));
		if (!type)
			return -ENOMEM;
		tables->types[i] = type;
		rc = read_type(type, object, error, size);
		if (rc)
			break;
	}
	return rc;
}

static int check_mutator(const struct op_tables *tables, char *error,
			 size_t size)
{
	if (number_of(tables->root, "mutator") ==
	    mutator_fingerprint(tables->types))
		return 0;
	snprintf(error, size, "its mutator is another one: build both anew");
	return -EINVAL;
}

int op_tables_load(struct op_tables **out, const char *path, char *error,
		   size_t error_size)
{
	struct op_tables *tables = calloc(1, sizeof(*tables));
	json_error_t where;
	char why[256];
	int rc;

	if (!tables)
		return -ENOMEM;
	tables->root = json_load_file(path, 0, &where);
	if (!tables->root) {
		snprintf(error, error_size, "%s:%d: %s", path, where.line,
			 where.text);
		rc = -EINVAL;
		goto err_free;
	}
	rc = read_types(tables, why, sizeof(why));
	if (!rc)
		rc = check_mutator(tables, why, sizeof(why));
	if (rc) {
		snprintf(error, error_size, "%s: %s", path, why);
		goto err_free;
	}
	*out = tables;
	return 0;

err_free:
	op_tables_free(tables);
	return rc;
}

const struct world_type *const *op_tables_types(const struct op_tables *tables)
{
	return tables->types;
}

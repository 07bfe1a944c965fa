/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dictionary.c - `--dictionary`: tokens for engines that know bytes only
 *
 * Our own mutator needs none. Services that run a target without it, as
 * ClusterFuzz does with AFL++, get the head of a program of each world, and each
 * op with the default of every argument and with the greatest one.
 */
#include <ctype.h>
#include <string.h>

#include "session.h"

/* Longer tokens are refused by libFuzzer. */
#define MAX_TOKEN	64u

static void print_token(const char *name, const uint8_t *data, size_t size)
{
	size_t i;

	if (size > MAX_TOKEN)
		size = MAX_TOKEN;
	printf("%s=\"", name);
	for (i = 0; i < size; i++)
		if (isalnum(data[i]))
			putchar(data[i]);
		else
			printf("\\x%02x", data[i]);
	printf("\"\n");
}

static void add_call(struct program *p, const struct op *op, bool greatest)
{
	struct op_call *call = &p->calls[0];
	unsigned int n;

	p->nr_calls = 1;
	memset(call, 0, sizeof(*call));
	call->op = op;
	call->key = 1;
	for (n = 0; n < op->nr_args; n++) {
		const struct op_arg *row = &op->args[n];

		call->args[n] = !greatest ? program_config_default(row) :
			program_arg_from_raw(row, program_arg_span(row));
	}
}

/* What an op adds to the bytes of a program without any. */
static void print_op(const struct world_type *type, const struct op *op,
		     bool greatest)
{
	static struct program program;
	static uint8_t data[PROGRAM_MAX_FILE];
	char name[128];
	size_t empty, size;

	program_init(&program, type);
	empty = program_encode(&program, false, data, sizeof(data));
	add_call(&program, op, greatest);
	program.abuse = op->abuse;
	program_normalise(&program);
	size = program_encode(&program, false, data, sizeof(data));
	snprintf(name, sizeof(name), "%s_%s", op->name,
		 greatest ? "greatest" : "default");
	if (program.nr_calls && size > empty)
		print_token(name, data + empty, size - empty);
}

static void print_head(const struct world_type *type)
{
	static struct program program;
	static uint8_t data[PROGRAM_MAX_FILE];
	char name[128];
	size_t size;

	program_init(&program, type);
	size = program_encode(&program, false, data, sizeof(data));
	snprintf(name, sizeof(name), "head_%s", type->name);
	print_token(name, data, size);
}

int print_dictionary(void)
{
	const struct world_type *const *type;
	unsigned int i;

	printf("# Tokens of the programs of %s, see docs/ci.md.\n",
	       session.target_name);
	for (type = world_types; *type; type++) {
		print_head(*type);
		for (i = 0; i < (*type)->nr_ops; i++) {
			print_op(*type, &(*type)->ops[i], false);
			print_op(*type, &(*type)->ops[i], true);
		}
	}
	return VTB_EXIT_CLEAN;
}

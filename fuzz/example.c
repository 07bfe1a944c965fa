/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * example.c - `--example`: a small program to begin a scenario with
 *
 * The first ops of the table, with the default of every argument.
 */
#include <string.h>

#include "session.h"

#define NR_OPS	2

static void add_call(struct program *p, const struct op *op)
{
	struct op_call *call = &p->calls[p->nr_calls++];
	unsigned int n;

	memset(call, 0, sizeof(*call));
	call->op = op;
	call->key = p->nr_calls;
	/* No op has key 0xffff: normalising finds one that makes it. */
	for (n = 0; n < op->nr_args; n++)
		call->args[n] = op->args[n].type == OP_ARG_RESOURCE ?
			PROGRAM_MAX_KEY :
			program_config_default(&op->args[n]);
}

int print_example(void)
{
	const struct world_type *type = world_types[0];
	static struct program program;
	static char text[PROGRAM_MAX_FILE];
	unsigned int i;

	program_init(&program, type);
	strcpy(program.comment,
	       "# Why this program exists, and which code path it reaches.\n");
	strcpy(program.expect, "clean");
	for (i = 0; i < type->nr_ops && program.nr_calls < NR_OPS; i++)
		if (!type->ops[i].abuse)
			add_call(&program, &type->ops[i]);
	program_normalise(&program);
	program_print(&program, text, sizeof(text));
	fputs(text, stdout);
	return VTB_EXIT_CLEAN;
}

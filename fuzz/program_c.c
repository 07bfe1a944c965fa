/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_c.c - programs as C, for a real kernel
 *
 * The world gives C text with a function for each op that is a system call or
 * work on a process's own memory; a program becomes a main() that calls them.
 * What only a simulation can do (who runs when, which call fails) is said in a
 * comment and not done.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <fuzz/program.h>

static const char step_text[] =
"/* Says what came of an op; functions of ops return -1 and set errno. */\n"
"static long step(const char *op, long result)\n"
"{\n"
"\tif (result < 0)\n"
"\t\tprintf(\"%s: %s\\n\", op, strerror(errno));\n"
"\telse\n"
"\t\tprintf(\"%s: %ld\\n\", op, result);\n"
"\treturn result;\n"
"}\n";

/* A resource's variable: its name as C has names, and its key. */
static void print_variable(FILE *out, const struct op_call *call)
{
	const char *c = call->name[0] ? call->name : call->op->produces;

	for (; *c; c++)
		fputc(isalnum((unsigned char)*c) ? *c : '_', out);
	fprintf(out, "_%u", call->key);
}

static void print_argument(FILE *out, const struct program *p, uint32_t at,
			   unsigned int n)
{
	const struct op_call *call = &p->calls[at];
	int producer;

	if (call->op->args[n].type != OP_ARG_RESOURCE) {
		fprintf(out, "0x%" PRIx64 "ull", call->args[n]);
		return;
	}
	producer = program_producer(p, at, n);
	if (producer < 0)
		fputs("-1", out);
	else
		print_variable(out, &p->calls[producer]);
}

static void print_step(FILE *out, const struct program *p, uint32_t at)
{
	const struct op_call *call = &p->calls[at];
	unsigned int n;
	char text[512];

	program_print_call(p, call, text, sizeof(text));
	fprintf(out, "\n\t/* %u: %s */\n\t", call->key, text);
	if (call->op->produces) {
		fputs("long ", out);
		print_variable(out, call);
		fputs(" __attribute__((unused)) =\n\t\t", out);
	}
	fprintf(out, "step(\"%u: %s\", %s(", call->key, call->op->name,
		call->op->standalone);
	for (n = 0; n < call->op->nr_args; n++) {
		fputs(n ? ", " : "", out);
		print_argument(out, p, at, n);
	}
	fputs("));\n", out);
}

static void print_config(FILE *out, const struct program *p)
{
	const char *c;
	unsigned int i;

	for (i = 0; i < p->type->nr_config; i++) {
		fputs("#define CONFIG_", out);
		for (c = p->type->config[i].name; *c; c++)
			fputc(*c == '-' ? '_' : toupper((unsigned char)*c),
			      out);
		fprintf(out, " 0x%" PRIx64 "ull\n", p->config[i]);
	}
}

/* What the program asks for and a real kernel does not do. */
static void print_lost(FILE *out, const struct program *p)
{
	char text[128];
	uint32_t i;

	if (p->strategy != SIM_ROUND_ROBIN)
		fprintf(out, " * Not done: strategy %s\n",
			sim_strategy_name(p->strategy));
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		if (p->fault_num[i])
			fprintf(out, " * Not done: fault %s\n",
				sim_decision_kind_name((enum sim_decision_kind)
						(PROGRAM_FIRST_FAULT + i)));
	for (i = 0; i < p->nr_overrides; i++) {
		program_print_override(&p->overrides[i], text, sizeof(text));
		fprintf(out, " * Not done: %s\n", text);
	}
}

int program_print_c(FILE *out, const struct program *p, const char *name)
{
	uint32_t i;

	if (program_not_standalone(p, 0) >= 0)
		return -EINVAL;
	fprintf(out, "/* SPDX-License-Identifier: GPL-2.0-only */\n/*\n"
		" * %s of world %s, for a real kernel; written by vtb.\n",
		name, p->type->name);
	print_lost(out, p);
	fputs(" */\n#include <errno.h>\n#include <stdint.h>\n"
	      "#include <stdio.h>\n#include <string.h>\n\n", out);
	print_config(out, p);
	fprintf(out, "\n%s\n%s\nint main(int argc, char **argv)\n{\n"
		"\tbegin(argc, argv);\n", p->type->standalone, step_text);
	for (i = 0; i < p->nr_calls; i++)
		print_step(out, p, i);
	fputs("\treturn 0;\n}\n", out);
	return ferror(out) ? -EIO : 0;
}

int program_not_standalone(const struct program *p, uint32_t from)
{
	for (; from < p->nr_calls; from++)
		if (!p->type->standalone || !p->calls[from].op->standalone)
			return (int)from;
	return -ENOENT;
}

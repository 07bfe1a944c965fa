/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_print.c - programs as text
 *
 *	vtb 1
 *	# Why this program exists.
 *	world iova_bitmap
 *	config ram_pages=32 page_shift=12
 *	seed 0x7
 *	strategy random preempt=1/8
 *	fault alloc 1/100
 *	adversary user|device 1/8
 *
 *	1: vmm: log_start(iova=0x1000, length=8192)
 *	4: vmm: log_report(iova=0x1000, length=8192)
 *
 *	fail alloc 2 in op 4
 *	decide preempt 3 in op 4 = 1
 *	decide delay 1 in world = 7
 *	change u32[1] to ones and back at fetch 2 in op 4
 *	expect clean
 *	expect lost-dirty-bit/bitmap/iova_bitmap_set in linux-6.12
 *	from linux-6.1 3f9a0c
 *
 * The number in front of an op is its key. What an op makes has a name, and ops
 * that use it say that name, first and by position:
 *
 *	1: vmm: c = vfio_open()
 *	2: vmm: p = pasid_alloc(c, min=1, max=1023)
 *	3: vmm: close(c)
 *
 * Who names nothing gets "KIND" and the key, as in container1; `none` stands
 * for no resource. Calls and decisions are counted
 * from 1, as people count them. What has its default is left out.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

#include "resource.h"

struct out {
	char *text;
	size_t size;
	size_t pos;		/* what would have been written */
};

static void __attribute__((format(printf, 2, 3)))
say(struct out *out, const char *format, ...)
{
	size_t room = out->pos < out->size ? out->size - out->pos : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? out->text + out->pos : NULL, room, format, args);
	va_end(args);
	if (n > 0)
		out->pos += (size_t)n;
}

static void say_flags(struct out *out, const struct op_arg *row,
		      uint64_t value)
{
	const char *between = "";
	unsigned int n;

	if (!value)
		say(out, "0");
	for (n = 0; row->names[n]; n++) {
		if (!(value >> n & 1))
			continue;
		say(out, "%s%s", between, row->names[n]);
		between = "|";
	}
}

static void say_value(struct out *out, const struct op_arg *row,
		      uint64_t value)
{
	switch (row->type) {
	case OP_ARG_HEX:
		say(out, "0x%" PRIx64, value);
		break;
	case OP_ARG_FLAGS:
		say_flags(out, row, value);
		break;
	case OP_ARG_ENUM:
		say(out, "%s", row->names[value]);
		break;
	case OP_ARG_INT:
	case OP_ARG_LOG2:
	case OP_ARG_RESOURCE:	/* its key: see say_reference() */
		say(out, "%" PRIu64, value);
		break;
	}
}

/*
 * The simplest fraction that is rounded to @num of 65536, so that what was
 * written as 1/100 is printed as 1/100.
 */
static void say_chance(struct out *out, uint32_t num)
{
	uint64_t p, q;

	for (q = 1; q < 65536; q++) {
		p = (num * q + 32768) / 65536;
		if (p && (p * 65536 + q / 2) / q == num)
			break;
	}
	say(out, "%" PRIu64 "/%" PRIu64, q < 65536 ? p : num, q);
}

static void say_reference(struct out *out, const struct program *p,
			  uint64_t key)
{
	int slot = program_slot(p, (uint32_t)key);
	char name[PROGRAM_MAX_WORD];

	if (slot > 0 && p->calls[slot - 1].op->produces)
		program_resource_name(&p->calls[slot - 1], name);
	else
		strcpy(name, PROGRAM_NO_RESOURCE);
	say(out, "%s", name);
}

static void say_call(struct out *out, const struct program *p,
		     const struct op_call *call)
{
	const struct op *op = call->op;
	char name[PROGRAM_MAX_WORD];
	unsigned int i;

	say(out, "%s: ", p->type->actors[op->actor]);
	if (op->produces) {
		program_resource_name(call, name);
		say(out, "%s = ", name);
	}
	say(out, "%s(", op->name);
	for (i = 0; i < op->nr_args; i++) {
		say(out, "%s", i ? ", " : "");
		if (op->args[i].type == OP_ARG_RESOURCE) {
			say_reference(out, p, call->args[i]);
			continue;
		}
		say(out, "%s=", op->args[i].name);
		say_value(out, &op->args[i], call->args[i]);
	}
	say(out, ")");
}

static void say_where(struct out *out, const struct program_override *o)
{
	if (o->key)
		say(out, "op %u", o->key);
	else
		say(out, "world");
}

/* False if it is a value that has no words. */
static bool say_change(struct out *out, const struct program_override *o)
{
	struct sim_fetch_choice choice = sim_fetch_choice(o->value);

	if (!o->value || sim_fetch_value(&choice) != o->value)
		return false;
	say(out, "change u%u[%u] to %s%s at fetch %" PRIu64 " in ",
	    8 * choice.width, choice.index, sim_pattern_name(choice.pattern),
	    choice.back ? " and back" : "", (uint64_t)o->nth + 1);
	say_where(out, o);
	return true;
}

static void say_override(struct out *out, const struct program_override *o)
{
	bool fault = o->kind >= PROGRAM_FIRST_FAULT &&
		     o->kind <= PROGRAM_LAST_FAULT && o->value == 1;

	if (o->kind == SIM_DECIDE_FETCH && say_change(out, o))
		return;
	say(out, "%s %s %" PRIu64 " in ", fault ? "fail" : "decide",
	    sim_decision_kind_name((enum sim_decision_kind)o->kind),
	    (uint64_t)o->nth + 1);
	say_where(out, o);
	if (!fault)
		say(out, " = %u", o->value);
}

static void say_schedule(struct out *out, const struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_bytes; i++)
		say(out, "%s%02x", i % 32 ? "" : i ? "\nbytes " : "bytes ",
		    p->bytes[i]);
	if (p->nr_bytes)
		say(out, "\n");
}

static void say_expectations(struct out *out, const struct program *p)
{
	const char *line = p->expect_in;

	if (p->expect[0])
		say(out, "expect %s\n", p->expect);
	while (*line) {
		const char *identity = strchr(line, ' ') + 1;
		const char *end = strchr(line, '\n');

		say(out, "expect %.*s in %.*s\n", (int)(end - identity),
		    identity, (int)(identity - 1 - line), line);
		line = end + 1;
	}
}

static void say_strategy(struct out *out, const struct program *p)
{
	if (p->strategy == SIM_ROUND_ROBIN && !p->preempt_den)
		return;
	say(out, "strategy %s", sim_strategy_name(p->strategy));
	if (p->preempt_den)
		say(out, " preempt=1/%u", p->preempt_den);
	if (p->strategy == SIM_PCT)
		say(out, " depth=%u steps=%u", p->depth, p->steps);
	say(out, "\n");
}

static void say_adversary(struct out *out, const struct program *p)
{
	const char *between = " ";
	unsigned int n;

	if (!p->adversary)
		return;
	say(out, "adversary");
	for (n = 0; n < SIM_POWERS; n++) {
		if (!(p->adversary >> n & 1))
			continue;
		say(out, "%s%s", between, sim_power_name(n));
		between = "|";
	}
	if (p->adversary_num) {
		say(out, " ");
		say_chance(out, p->adversary_num);
	}
	say(out, "\n");
}

static void say_header(struct out *out, const struct program *p)
{
	unsigned int i;

	say(out, "vtb %d\n%sworld %s\n", PROGRAM_VERSION, p->comment,
	    p->type->name);
	if (p->type->nr_config)
		say(out, "config");
	for (i = 0; i < p->type->nr_config; i++) {
		say(out, " %s=", p->type->config[i].name);
		say_value(out, &p->type->config[i], p->config[i]);
	}
	if (p->type->nr_config)
		say(out, "\n");
	if (p->abuse)
		say(out, "profile abuse\n");
	if (p->seed)
		say(out, "seed 0x%" PRIx64 "\n", p->seed);
	say_strategy(out, p);
	if (p->memory)
		say(out, "memory %s\n", sim_memory_model_name(p->memory));
	if (p->mutant[0])
		say(out, "mutant %s\n", p->mutant);
	for (i = 0; i < PROGRAM_NR_FAULTS; i++) {
		if (!p->fault_num[i])
			continue;
		say(out, "fault %s ", sim_decision_kind_name(
				(enum sim_decision_kind)(PROGRAM_FIRST_FAULT + i)));
		say_chance(out, p->fault_num[i]);
		say(out, "\n");
	}
	say_adversary(out, p);
	say_schedule(out, p);
}

size_t program_print(const struct program *program, char *text, size_t size)
{
	struct out out = { .text = text, .size = size };
	uint32_t i;

	say_header(&out, program);
	if (program->nr_calls)
		say(&out, "\n");
	for (i = 0; i < program->nr_calls; i++) {
		say(&out, "%u: ", program->calls[i].key);
		say_call(&out, program, &program->calls[i]);
		say(&out, "\n");
	}
	if (program->switches[0] || program->nr_overrides || program->expect[0] ||
	    program->expect_in[0] || program->implementation[0])
		say(&out, "\n");
	say(&out, "%s", program->switches);
	for (i = 0; i < program->nr_overrides; i++) {
		say_override(&out, &program->overrides[i]);
		say(&out, "\n");
	}
	say_expectations(&out, program);
	if (program->implementation[0])
		say(&out, "from %s%s%s\n", program->implementation,
		    program->build[0] ? " " : "", program->build);
	return out.pos;
}

size_t program_print_call(const struct program *program,
			  const struct op_call *call, char *text, size_t size)
{
	struct out out = { .text = text, .size = size };

	say_call(&out, program, call);
	return out.pos;
}

size_t program_print_override(const struct program_override *override,
			      char *text, size_t size)
{
	struct out out = { .text = text, .size = size };

	say_override(&out, override);
	return out.pos;
}

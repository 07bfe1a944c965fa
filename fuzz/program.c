/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.c - what a program may hold, and making it normal
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

#include "resource.h"

/* FNV-1a; the numbers it gives are part of the byte format. */
#define FNV_START	2166136261u

static uint32_t fnv_bytes(uint32_t hash, const void *data, size_t size)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ p[i]) * 16777619u;
	return hash;
}

static uint32_t fnv_text(uint32_t hash, const char *text)
{
	return fnv_bytes(hash, text, strlen(text) + 1);
}

uint32_t program_world_hash(const char *name)
{
	return fnv_text(FNV_START, name);
}

static uint32_t hash_rows(uint32_t hash, const struct op_arg *rows,
			  unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		uint64_t shape[3] = { rows[i].type, rows[i].first,
				      program_arg_span(&rows[i]) };

		hash = fnv_text(hash, rows[i].name);
		hash = fnv_bytes(hash, &rows[i].bytes, 1);
		hash = fnv_bytes(hash, shape, sizeof(shape));
		if (rows[i].resource)
			hash = fnv_text(hash, rows[i].resource);
	}
	return hash;
}

uint32_t program_table_hash(const struct world_type *type)
{
	uint32_t hash = hash_rows(FNV_START, type->config, type->nr_config);
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++) {
		hash = fnv_text(hash, type->ops[i].name);
		hash = hash_rows(hash, type->ops[i].args, type->ops[i].nr_args);
		if (type->ops[i].produces)
			hash = fnv_text(hash, type->ops[i].produces);
	}
	return hash;
}

const struct world_type *
program_find_type(const struct world_type *const *types, const char *name)
{
	for (; *types; types++)
		if (!strcmp((*types)->name, name))
			return *types;
	return NULL;
}

bool program_is_word(const char *text)
{
	if (!text || !*text || isdigit((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_' &&
		    *text != '-')
			return false;
	return true;
}

static unsigned int nr_names(const struct op_arg *row)
{
	unsigned int n = 0;

	while (row->names && row->names[n])
		n++;
	return n;
}

uint64_t program_arg_span(const struct op_arg *row)
{
	switch (row->type) {
	case OP_ARG_FLAGS:
		return (1ull << nr_names(row)) - 1;
	case OP_ARG_ENUM:
		return nr_names(row) - 1;
	case OP_ARG_RESOURCE:
		return PROGRAM_MAX_KEY;
	case OP_ARG_INT:
	case OP_ARG_HEX:
	case OP_ARG_LOG2:
		break;
	}
	return row->last - row->first;
}

uint64_t program_arg_from_raw(const struct op_arg *row, uint64_t raw)
{
	uint64_t span = program_arg_span(row);

	if (raw > span)
		raw = row->type == OP_ARG_FLAGS ? raw & span :
						  raw % (span + 1);
	switch (row->type) {
	case OP_ARG_FLAGS:
	case OP_ARG_ENUM:
	case OP_ARG_RESOURCE:
		return raw;
	case OP_ARG_LOG2:
		return 1ull << (row->first + raw);
	case OP_ARG_INT:
	case OP_ARG_HEX:
		break;
	}
	return row->first + raw;
}

uint64_t program_arg_to_raw(const struct op_arg *row, uint64_t value)
{
	switch (row->type) {
	case OP_ARG_FLAGS:
	case OP_ARG_ENUM:
	case OP_ARG_RESOURCE:
		return value;
	case OP_ARG_LOG2:
		return value ? 63 - __builtin_clzll(value) - row->first : 0;
	case OP_ARG_INT:
	case OP_ARG_HEX:
		break;
	}
	return value - row->first;
}

bool program_arg_valid(const struct op_arg *row, uint64_t value)
{
	uint64_t raw = program_arg_to_raw(row, value);

	return raw <= program_arg_span(row) &&
	       program_arg_from_raw(row, raw) == value;
}

/* Values out of range come from edited programs: the nearest one is meant. */
static uint64_t clamp_arg(const struct op_arg *row, uint64_t value)
{
	if (program_arg_valid(row, value))
		return value;
	if (row->type == OP_ARG_INT || row->type == OP_ARG_HEX)
		return value < row->first ? row->first : row->last;
	return program_arg_from_raw(row, value);
}

uint64_t program_config_default(const struct op_arg *row)
{
	if (row->nr_border)
		return clamp_arg(row, row->border[0]);
	return program_arg_from_raw(row, 0);
}

void program_init(struct program *program, const struct world_type *type)
{
	unsigned int i;

	memset(program, 0, offsetof(struct program, calls));
	program->type = type;
	for (i = 0; i < type->nr_config; i++)
		program->config[i] = program_config_default(&type->config[i]);
}

/* What a line says that begins with @where. */
static void expect_in(const struct program *program, const char *where,
		      char text[PROGRAM_MAX_EXPECT])
{
	const char *line = program->expect_in;
	size_t n = strlen(where);

	for (; *line; line = strchr(line, '\n') + 1)
		if (!strncmp(line, where, n) && line[n] == ' ')
			snprintf(text, PROGRAM_MAX_EXPECT, "%.*s",
				 (int)strcspn(line + n + 1, "\n"),
				 line + n + 1);
}

void program_expectation(const struct program *program,
			 const char *implementation,
			 char text[PROGRAM_MAX_EXPECT])
{
	char here[PROGRAM_MAX_WORD];

	snprintf(text, PROGRAM_MAX_EXPECT, "%s",
		 program->expect[0] ? program->expect : "clean");
	expect_in(program, implementation, text);
	snprintf(here, sizeof(here), "%s.%s", VTB_FLAVOUR, implementation);
	expect_in(program, here, text);
}

const struct op *program_op_called(const struct world_type *type,
				   const char *name)
{
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (!strcmp(type->ops[i].name, name))
			return &type->ops[i];
	return NULL;
}

uint32_t program_standing(const struct program *program)
{
	const struct op_standing *standing = program->type->standing;
	uint32_t n;

	for (n = 0; standing && standing[n].op; n++) {
		const struct op_call *call = &program->calls[n];

		if (n == program->nr_calls || call->key != n + 1 ||
		    strcmp(call->op->name, standing[n].op) ||
		    memcmp(call->args, standing[n].args,
			   call->op->nr_args * sizeof(call->args[0])))
			return 0;
	}
	return n;
}

int program_slot(const struct program *program, uint32_t key)
{
	uint32_t i;

	if (!key)
		return 0;
	for (i = 0; i < program->nr_calls; i++)
		if (program->calls[i].key == key)
			return (int)i + 1;
	return -ENOENT;
}

/* A set of keys, empty between calls: this is on the hot path of fuzzing. */
static uint64_t keys_taken[(PROGRAM_MAX_KEY + 1) / 64];

static bool take_key(uint32_t key)
{
	uint64_t bit = 1ull << key % 64;
	bool was_free = !(keys_taken[key / 64] & bit);

	keys_taken[key / 64] |= bit;
	return was_free;
}

static void normalise_keys(struct program *program)
{
	uint32_t i, key;

	for (i = 0; i < program->nr_calls; i++) {
		key = program->calls[i].key & PROGRAM_MAX_KEY;
		while (!key || !take_key(key))
			key = key % PROGRAM_MAX_KEY + 1;
		program->calls[i].key = key;
	}
	for (i = 0; i < program->nr_calls; i++)
		keys_taken[program->calls[i].key / 64] = 0;
}

static void normalise_calls(struct program *program)
{
	uint32_t i;
	unsigned int n;

	normalise_keys(program);
	for (i = 0; i < program->nr_calls; i++) {
		struct op_call *call = &program->calls[i];

		for (n = 0; n < call->op->nr_args; n++)
			call->args[n] = clamp_arg(&call->op->args[n],
						  call->args[n]);
		for (; n < OP_MAX_ARGS; n++)
			call->args[n] = 0;
	}
	program_normalise_resources(program);
}

static int compare_overrides(const struct program *program,
			     const struct program_override *a,
			     const struct program_override *b)
{
	int slot_a = program_slot(program, a->key);
	int slot_b = program_slot(program, b->key);

	if (slot_a != slot_b)
		return slot_a < slot_b ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->nth != b->nth)
		return a->nth < b->nth ? -1 : 1;
	return 0;
}

/* Insertion: they come nearly sorted, and of two at one address the last
 * one stays. */
static void normalise_overrides(struct program *program)
{
	struct program_override *list = program->overrides;
	uint32_t i, j, kept = 0;
	int order = 1;

	for (i = 0; i < program->nr_overrides; i++) {
		struct program_override one = list[i];

		if (one.kind >= SIM_DECISION_KINDS ||
		    (one.kind == SIM_DECIDE_FETCH && !program->adversary) ||
		    program_slot(program, one.key) < 0)
			continue;
		for (j = kept; j > 0; j--) {
			order = compare_overrides(program, &list[j - 1], &one);
			if (order <= 0)
				break;
		}
		if (j > 0 && order == 0) {
			list[j - 1] = one;
			continue;
		}
		memmove(&list[j + 1], &list[j], (kept - j) * sizeof(one));
		list[j] = one;
		kept++;
	}
	program->nr_overrides = kept;
}

static void normalise_pct(struct program *program)
{
	if (program->strategy != SIM_PCT) {
		program->depth = 0;
		program->steps = 0;
		return;
	}
	program->preempt_den = 0;
	if (!program->depth)
		program->depth = 1;
	if (program->depth > SIM_MAX_DEPTH)
		program->depth = SIM_MAX_DEPTH;
	if (!program->steps)
		program->steps = 1;
}

bool program_is_mutant(const char *text)
{
	const char *kind = strchr(text, ':');
	const char *nth = kind ? strchr(kind + 1, ':') : NULL;
	size_t digits = nth ? strspn(nth + 1, "0123456789") : 0;

	return nth && kind > text && nth > kind + 1 && digits &&
	       digits < 9 && !nth[1 + digits] && nth[1] != '0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:") ==
	       strlen(text) && strlen(text) < PROGRAM_MAX_MUTANT;
}

static void normalise_header(struct program *program)
{
	unsigned int i;

	for (i = 0; i < program->type->nr_config; i++)
		program->config[i] = clamp_arg(&program->type->config[i],
					       program->config[i]);
	if ((unsigned int)program->strategy >= SIM_STRATEGIES)
		program->strategy = SIM_ROUND_ROBIN;
	if ((unsigned int)program->memory >= SIM_MEMORY_MODELS)
		program->memory = SIM_MEMORY_SC;
	if (program->preempt_den > 0xffff)
		program->preempt_den = 0xffff;
	normalise_pct(program);
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		if (program->fault_num[i] > 0xffff)
			program->fault_num[i] = 0xffff;
	program->adversary &= PROGRAM_MAX_POWERS;
	if (program->adversary_num > 0xffff)
		program->adversary_num = 0xffff;
	if (!program->adversary)
		program->adversary_num = 0;
}

void program_normalise(struct program *program)
{
	normalise_header(program);
	normalise_calls(program);
	normalise_overrides(program);
}

static bool equal_call(const struct op_call *a, const struct op_call *b)
{
	return a->op == b->op && a->key == b->key &&
	       !strcmp(a->name, b->name) &&
	       !memcmp(a->args, b->args, a->op->nr_args * sizeof(a->args[0]));
}

static bool equal_header(const struct program *a, const struct program *b)
{
	return a->type == b->type && a->abuse == b->abuse &&
	       a->seed == b->seed && a->strategy == b->strategy &&
	       a->memory == b->memory && !strcmp(a->mutant, b->mutant) &&
	       a->preempt_den == b->preempt_den &&
	       a->depth == b->depth && a->steps == b->steps &&
	       a->adversary == b->adversary &&
	       a->adversary_num == b->adversary_num &&
	       !memcmp(a->fault_num, b->fault_num, sizeof(a->fault_num)) &&
	       !memcmp(a->config, b->config,
		       a->type->nr_config * sizeof(a->config[0])) &&
	       !strcmp(a->expect, b->expect) &&
	       !strcmp(a->expect_in, b->expect_in) &&
	       !strcmp(a->implementation, b->implementation) &&
	       !strcmp(a->build, b->build) && !strcmp(a->comment, b->comment) &&
	       !strcmp(a->switches, b->switches);
}

bool program_equal(const struct program *a, const struct program *b)
{
	uint32_t i;

	if (!equal_header(a, b) || a->nr_calls != b->nr_calls ||
	    a->nr_overrides != b->nr_overrides || a->nr_bytes != b->nr_bytes)
		return false;
	for (i = 0; i < a->nr_calls; i++)
		if (!equal_call(&a->calls[i], &b->calls[i]))
			return false;
	return !memcmp(a->overrides, b->overrides,
		       a->nr_overrides * sizeof(a->overrides[0])) &&
	       !memcmp(a->bytes, b->bytes, a->nr_bytes);
}

void program_make_plan(const struct program *program,
		       struct program_plan *out)
{
	struct sim_plan *plan = &out->plan;
	uint32_t i;

	memset(plan, 0, sizeof(*plan));
	plan->seed = program->seed;
	plan->strategy = program->strategy;
#ifdef VTB_RACE
	/* Elsewhere plain accesses have no hooks: none could be kept back. */
	plan->memory = program->memory;
#endif
	plan->preempt_den = program->preempt_den;
	plan->depth = program->depth;
	plan->steps = program->steps;
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		plan->fail_num[PROGRAM_FIRST_FAULT + i] = program->fault_num[i];
	plan->fail_num[SIM_DECIDE_FETCH] = program->adversary_num;

	out->keys[0] = 0;
	for (i = 0; i < program->nr_calls; i++)
		out->keys[i + 1] = program->calls[i].key;
	plan->op_keys = out->keys;
	plan->nr_ops = program->nr_calls + 1;

	for (i = 0; i < program->nr_overrides; i++) {
		const struct program_override *from = &program->overrides[i];

		out->overrides[i] = (struct sim_override){
			.op = (uint32_t)program_slot(program, from->key),
			.kind = (uint16_t)from->kind,
			.nth = from->nth,
			.value = from->value,
		};
	}
	plan->overrides = out->overrides;
	plan->nr_overrides = program->nr_overrides;
	plan->bytes = program->bytes;
	plan->nr_bytes = program->nr_bytes;
}

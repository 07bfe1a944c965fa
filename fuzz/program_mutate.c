/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_mutate.c - small changes to programs, and mixes of two
 *
 * A mutation changes as little as it can and keeps keys: what is overridden
 * in an op stays with the op wherever it goes. Ops copied from another program
 * get new keys where theirs are taken, and their overrides and what uses their
 * resources follow.
 */
#include <string.h>

#include <fuzz/program.h>

#include "resource.h"

/*
 * One of the first @nr places, mostly behind a standing prefix. What is early
 * prepares the rest, and programs that begin alike are cheaper: of two places the
 * later one is taken as often as any.
 */
static uint32_t some_place(const struct program *p, uint32_t nr,
			   struct sim_prng *prng)
{
	uint32_t first = program_standing(p);
	uint32_t one, other;

	if (first >= nr || sim_prng_chance(prng, 1, 16))
		first = 0;
	one = first + (uint32_t)sim_prng_below(prng, nr - first);
	if (sim_prng_chance(prng, 1, 2))
		return one;
	other = first + (uint32_t)sim_prng_below(prng, nr - first);
	return one > other ? one : other;
}

static struct op_call *some_call(struct program *p, struct sim_prng *prng)
{
	if (!p->nr_calls)
		return NULL;
	return &p->calls[some_place(p, p->nr_calls, prng)];
}

static void insert_call(struct program *p, uint32_t at,
			const struct op_call *call)
{
	if (p->nr_calls == PROGRAM_MAX_CALLS)
		return;
	memmove(&p->calls[at + 1], &p->calls[at],
		(p->nr_calls - at) * sizeof(*call));
	p->calls[at] = *call;
	p->nr_calls++;
}

static void mutate_insert(struct program *p, struct sim_prng *prng)
{
	uint32_t at = some_place(p, p->nr_calls + 1, prng);
	struct op_call call;

	program_random_call(p, at, &call, prng);
	insert_call(p, at, &call);
}

static void mutate_remove(struct program *p, struct sim_prng *prng)
{
	uint32_t at, n;

	if (!p->nr_calls)
		return;
	at = some_place(p, p->nr_calls, prng);
	n = sim_prng_chance(prng, 1, 4) ?
		    (uint32_t)sim_prng_range(prng, 1, p->nr_calls - at) : 1;
	memmove(&p->calls[at], &p->calls[at + n],
		(p->nr_calls - at - n) * sizeof(p->calls[0]));
	p->nr_calls -= n;
}

/* Mostly behind itself: the same again when others have changed something. */
static void mutate_copy(struct program *p, struct sim_prng *prng)
{
	struct op_call *call = some_call(p, prng);
	uint32_t first = 0;
	struct op_call copy;

	if (!call)
		return;
	copy = *call;
	copy.key = (uint32_t)sim_prng_range(prng, 1, PROGRAM_MAX_KEY);
	if (sim_prng_chance(prng, 3, 4))
		first = (uint32_t)(call - p->calls) + 1;
	insert_call(p, (uint32_t)sim_prng_range(prng, first, p->nr_calls),
		    &copy);
}

static void mutate_swap(struct program *p, struct sim_prng *prng)
{
	struct op_call *a = some_call(p, prng), *b = some_call(p, prng);
	struct op_call copy;

	if (!a)
		return;
	copy = *a;
	*a = *b;
	*b = copy;
}

/* A value another call gives to the argument of that name. */
static bool borrow_value(const struct program *p, const struct op_arg *row,
			 struct sim_prng *prng, uint64_t *value)
{
	uint32_t start = (uint32_t)sim_prng_below(prng, p->nr_calls), i;
	unsigned int n;

	for (i = 0; i < p->nr_calls; i++) {
		const struct op_call *call =
			&p->calls[(start + i) % p->nr_calls];

		for (n = 0; n < call->op->nr_args; n++) {
			if (&call->op->args[n] == row ||
			    call->op->args[n].type == OP_ARG_RESOURCE ||
			    strcmp(call->op->args[n].name, row->name))
				continue;
			*value = call->args[n];
			return true;
		}
	}
	return false;
}

static uint64_t changed_value(const struct program *p,
			      const struct op_arg *row, uint64_t value,
			      struct sim_prng *prng)
{
	uint64_t raw = program_arg_to_raw(row, value);

	switch (sim_prng_below(prng, 6)) {
	case 0:
		return program_arg_from_raw(row, raw + 1);
	case 1:
		return program_arg_from_raw(row, raw ? raw - 1 : 0);
	case 2:
		raw ^= 1ull << sim_prng_below(prng, 8 * row->bytes);
		return program_arg_from_raw(row, raw);
	case 3:
		if (p->nr_calls && borrow_value(p, row, prng, &value))
			return value;
	}
	return program_random_arg(row, prng);
}

/* Is some argument of some op another one now? */
static bool try_mutate_arg(struct program *p, struct sim_prng *prng)
{
	struct op_call *call = some_call(p, prng);
	const struct op_arg *row;
	uint64_t before;
	unsigned int n;

	if (!call || !call->op->nr_args)
		return false;
	n = (unsigned int)sim_prng_below(prng, call->op->nr_args);
	row = &call->op->args[n];
	before = call->args[n];
	if (row->type == OP_ARG_RESOURCE)
		call->args[n] = program_random_reference(p,
				(uint32_t)(call - p->calls), call->op, n, prng);
	else
		call->args[n] = changed_value(p, row, before, prng);
	return call->args[n] != before;
}

static void mutate_arg(struct program *p, struct sim_prng *prng)
{
	unsigned int tries;

	for (tries = 0; tries < 3 && !try_mutate_arg(p, prng); tries++)
		;
}

/* Makes an op be about what an earlier one is about. */
static void mutate_echo(struct program *p, struct sim_prng *prng)
{
	struct op_call *call = some_call(p, prng);
	uint64_t before[OP_MAX_ARGS];
	uint32_t model;

	if (!call)
		return;
	memcpy(before, call->args, sizeof(before));
	model = (uint32_t)sim_prng_below(prng, (uint64_t)(call - p->calls) + 1);
	program_take_after(call, &p->calls[model], prng);
	if (!memcmp(before, call->args, sizeof(before)))
		mutate_arg(p, prng);
}

static void mutate_config(struct program *p, struct sim_prng *prng)
{
	const struct op_arg *row;
	unsigned int i;

	if (!p->type->nr_config)
		return;
	i = (unsigned int)sim_prng_below(prng, p->type->nr_config);
	row = &p->type->config[i];
	p->config[i] = program_random_arg(row, prng);
}

static void mutate_schedule(struct program *p, struct sim_prng *prng)
{
	switch (sim_prng_below(prng, 5)) {
	case 0:
		p->strategy = (enum sim_strategy)
			sim_prng_below(prng, SIM_STRATEGIES);
		break;
	case 1:
		p->preempt_den = 1u << sim_prng_range(prng, 0, 10);
		p->depth = (uint32_t)sim_prng_range(prng, 1, 6);
		p->steps = 1u << sim_prng_range(prng, 4, 13);
		break;
	case 2:
		p->memory = program_random_memory(prng);
		break;
	default:
		p->seed = sim_prng_next(prng);
	}
}

static void mutate_fault(struct program *p, struct sim_prng *prng)
{
	uint32_t *num = &p->fault_num[sim_prng_below(prng,
						     PROGRAM_NR_FAULTS)];

	*num = *num ? 0 : 1u << sim_prng_range(prng, 5, 13);
}

/* On or off: who else may be hostile is for the world to say. */
static void mutate_adversary(struct program *p, struct sim_prng *prng)
{
	p->adversary = p->adversary ? 0 : program_adversary(p->type);
	p->adversary_num = 1u << sim_prng_range(prng, 12, 15);
}

static void mutate_override(struct program *p, struct sim_prng *prng)
{
	struct program_override *list = p->overrides;
	uint32_t at = 0;

	if (p->nr_overrides)
		at = (uint32_t)sim_prng_below(prng, p->nr_overrides);
	switch (sim_prng_below(prng, 4)) {
	case 0:
		if (p->nr_overrides)
			list[at] = list[--p->nr_overrides];
		break;
	case 1:
		if (p->nr_overrides)
			list[at].nth += sim_prng_chance(prng, 1, 2) ? 1 : -1u;
		break;
	default:
		if (p->nr_overrides < PROGRAM_MAX_OVERRIDES)
			program_random_override(p, &list[p->nr_overrides++],
						prng);
	}
}

static void mutate_bytes(struct program *p, struct sim_prng *prng)
{
	uint32_t at = (uint32_t)sim_prng_below(prng, p->nr_bytes + 1);

	if (at == PROGRAM_MAX_BYTES)
		return;
	p->bytes[at] = (uint8_t)sim_prng_next(prng);
	if (at == p->nr_bytes)
		p->nr_bytes++;
}

/* Does the call at @at stand in front of one of another thread? */
static bool is_meeting(const struct program *p, uint32_t at)
{
	return at + 1 < p->nr_calls &&
	       program_is_other_thread(p, p->calls[at].op,
				       p->calls[at + 1].op);
}

/*
 * The next thread goes on in the middle of that call, as far as it can. Switches
 * all over the place would hardly ever leave it the time.
 */
static void switch_once(struct program *p, uint32_t at, struct sim_prng *prng)
{
	struct program_override *list = p->overrides;
	uint32_t n = 0, i;

	for (i = 0; i < p->nr_overrides; i++)
		if (list[i].key != p->calls[at].key ||
		    list[i].kind != SIM_DECIDE_PREEMPT)
			list[n++] = list[i];
	p->nr_overrides = n;
	if (n == PROGRAM_MAX_OVERRIDES)
		return;
	program_random_switch(p, at, &list[p->nr_overrides++], prng);
	p->strategy = SIM_ROUND_ROBIN;
}

/* Two threads of a process meet in a call. */
static void mutate_meeting(struct program *p, struct sim_prng *prng)
{
	struct op_call call;
	uint32_t at;

	if (!p->nr_calls)
		return;
	at = some_place(p, p->nr_calls, prng);
	if (!is_meeting(p, at)) {
		if (!program_random_call_beside(p, at + 1, &call, prng))
			return;
		insert_call(p, at + 1, &call);
	}
	switch_once(p, at, prng);
}

static void mutate_once(struct program *p, struct sim_prng *prng)
{
	static void (*const by_kind[])(struct program *, struct sim_prng *) = {
		mutate_insert, mutate_insert, mutate_remove, mutate_copy,
		mutate_swap, mutate_arg, mutate_arg, mutate_arg, mutate_arg,
		mutate_echo, mutate_echo,
		mutate_config, mutate_config, mutate_schedule, mutate_fault,
		mutate_fault, mutate_override, mutate_adversary,
		mutate_meeting, mutate_meeting,
	};
	unsigned int nr = sizeof(by_kind) / sizeof(by_kind[0]);
	unsigned int pick = (unsigned int)sim_prng_below(prng, nr + 1);

	if (pick < nr)
		by_kind[pick](p, prng);
	else if (p->strategy == SIM_BYTES)
		mutate_bytes(p, prng);
	else
		mutate_arg(p, prng);
}

/*
 * A race takes the same ops under many schedules, hundreds of them where two
 * switches have to fall into place; other ops each time would never get there.
 */
static bool mutates_schedule_only(const struct program *p,
				  struct sim_prng *prng)
{
#ifdef VTB_RACE
	return p->nr_calls > 1 && sim_prng_chance(prng, 1, 2);
#else
	(void)p;
	(void)prng;
	return false;
#endif
}

/* The same of meetings there are; false if it was not to be. */
static bool mutates_meeting_only(struct program *p, struct sim_prng *prng)
{
	uint32_t at = 0, tries;

	if (p->nr_calls < 2 || !sim_prng_chance(prng, 1, 3))
		return false;
	for (tries = 0; tries < 8; tries++) {
		at = (uint32_t)sim_prng_below(prng, p->nr_calls - 1);
		if (is_meeting(p, at))
			break;
	}
	if (tries == 8)
		return false;
	switch_once(p, at, prng);
	return true;
}

void program_mutate(struct program *program, struct sim_prng *prng)
{
	uint64_t n = sim_prng_range(prng, 1, 4);

	if (!program->nr_calls)
		mutate_insert(program, prng);
	if (mutates_meeting_only(program, prng)) {
		program_normalise(program);
		return;
	}
	if (mutates_schedule_only(program, prng)) {
		mutate_schedule(program, prng);
		program->seed = sim_prng_next(prng);
		program_normalise(program);
		return;
	}
	while (n--)
		mutate_once(program, prng);
	program_normalise(program);
}

static void copy_overrides(struct program *p, const struct program *other,
			   uint32_t from_key, uint32_t to_key)
{
	uint32_t i;

	for (i = 0; i < other->nr_overrides; i++) {
		if (other->overrides[i].key != from_key ||
		    p->nr_overrides == PROGRAM_MAX_OVERRIDES)
			continue;
		p->overrides[p->nr_overrides] = other->overrides[i];
		p->overrides[p->nr_overrides++].key = to_key;
	}
}

/* New keys of the calls that were copied from another program. */
struct renamed {
	uint32_t from[PROGRAM_MAX_CALLS];
	uint32_t to[PROGRAM_MAX_CALLS];
	uint32_t nr;
};

/* References among the copies go along; normalising sees to the others. */
static void rename_references(struct op_call *call,
			      const struct renamed *renamed)
{
	unsigned int n;
	uint32_t i;

	for (n = 0; n < call->op->nr_args; n++) {
		if (call->op->args[n].type != OP_ARG_RESOURCE)
			continue;
		for (i = 0; i < renamed->nr; i++) {
			if (renamed->from[i] != call->args[n])
				continue;
			call->args[n] = renamed->to[i];
			break;
		}
	}
}

static void copy_calls(struct program *p, uint32_t at,
		       const struct program *other, uint32_t from, uint32_t n)
{
	struct renamed renamed = { .nr = 0 };

	for (; n && p->nr_calls < PROGRAM_MAX_CALLS; n--, from++, at++) {
		struct op_call call = other->calls[from];
		uint32_t old_key = call.key;

		while (program_slot(p, call.key) >= 0)
			call.key = call.key % PROGRAM_MAX_KEY + 1;
		rename_references(&call, &renamed);
		renamed.from[renamed.nr] = old_key;
		renamed.to[renamed.nr++] = call.key;
		insert_call(p, at, &call);
		copy_overrides(p, other, old_key, call.key);
	}
}

void program_cross(struct program *program, const struct program *other,
		   struct sim_prng *prng)
{
	uint32_t at, from, n;

	if (other->type != program->type)
		return;
	if (!other->nr_calls) {
		program_mutate(program, prng);
		return;
	}
	program->abuse |= other->abuse;
	at = some_place(program, program->nr_calls + 1, prng);
	from = (uint32_t)sim_prng_below(prng, other->nr_calls);
	n = (uint32_t)sim_prng_range(prng, 1, other->nr_calls - from);
	if (sim_prng_chance(prng, 1, 2))
		program->nr_calls = at;	/* head of one, tail of the other */
	copy_calls(program, at, other, from, n);
	program_normalise(program);
}

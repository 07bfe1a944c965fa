/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise_values.c - simpler arguments, configuration, keys; see minimise.h
 *
 * How simple a value is: its row's default first, then the smallest one, then
 * the border values in their order, then all others, smaller before larger.
 * A value is only ever exchanged for a simpler one, so passes come to an end.
 */
#include "minimise.h"

/* Where a value stands in a program; call -1 is the configuration. */
struct place {
	int call;
	unsigned int arg;
};

static const struct op_arg *row_of(const struct program *p,
				   const struct place *at)
{
	return at->call < 0 ? &p->type->config[at->arg] :
			      &p->calls[at->call].op->args[at->arg];
}

static uint64_t *value_of(struct program *p, const struct place *at)
{
	return at->call < 0 ? &p->config[at->arg] :
			      &p->calls[at->call].args[at->arg];
}

/* The n-th simplest value. */
static uint64_t simple_value(const struct op_arg *row, unsigned int n)
{
	if (n == 0)
		return program_config_default(row);
	return n == 1 ? program_arg_from_raw(row, 0) : row->border[n - 2];
}

static unsigned int nr_simple(const struct op_arg *row)
{
	return 2 + row->nr_border;
}

/* Rank of @value among the simple ones, their number if it is none. */
static unsigned int rank(const struct op_arg *row, uint64_t value)
{
	unsigned int n = 0;

	while (n < nr_simple(row) && simple_value(row, n) != value)
		n++;
	return n;
}

static bool try_value(struct minimiser *m, const struct place *at,
		      uint64_t value)
{
	if (!program_arg_valid(row_of(&m->best, at), value))
		return false;
	m->candidate = m->best;
	*value_of(&m->candidate, at) = value;
	return minimise_try(m);
}

static bool try_simple(struct minimiser *m, const struct place *at)
{
	const struct op_arg *row = row_of(&m->best, at);
	unsigned int limit = rank(row, *value_of(&m->best, at)), n;

	for (n = 0; n < limit && !minimise_over(m); n++)
		if (try_value(m, at, simple_value(row, n)))
			return true;
	return false;
}

/* Closes in on the smallest value that does, if smaller is always worse. */
static bool try_smaller(struct minimiser *m, const struct place *at)
{
	const struct op_arg *row = row_of(&m->best, at);
	uint64_t high = program_arg_to_raw(row, *value_of(&m->best, at));
	uint64_t low = 0, middle;
	bool smaller = false;

	while (low < high && !minimise_over(m)) {
		middle = low + (high - low) / 2;
		if (try_value(m, at, program_arg_from_raw(row, middle))) {
			high = middle;
			smaller = true;
		} else {
			low = middle + 1;
		}
	}
	return smaller;
}

static bool try_fewer_flags(struct minimiser *m, const struct place *at)
{
	const uint64_t *value = value_of(&m->best, at);
	bool fewer = false;
	uint64_t bit;

	for (bit = 1; bit && bit <= *value && !minimise_over(m); bit <<= 1)
		if (*value & bit)
			fewer |= try_value(m, at, *value & ~bit);
	return fewer;
}

static bool simplify(struct minimiser *m, const struct place *at)
{
	const struct op_arg *row = row_of(&m->best, at);

	if (try_simple(m, at))
		return true;
	if (row->type == OP_ARG_RESOURCE)
		return false;	/* a smaller key is no simpler */
	if (rank(row, *value_of(&m->best, at)) < nr_simple(row))
		return false;
	if (row->type == OP_ARG_FLAGS)
		return try_fewer_flags(m, at);
	return try_smaller(m, at);
}

/* All values of an op at once: most of them do not matter. */
static bool simplify_call(struct minimiser *m, int call)
{
	struct op_call *to;
	bool simpler;
	unsigned int n;

	m->candidate = m->best;
	to = &m->candidate.calls[call];
	for (n = 0; n < to->op->nr_args; n++)
		to->args[n] = program_config_default(&to->op->args[n]);
	simpler = minimise_try(m);
	for (n = 0; n < m->best.calls[call].op->nr_args; n++)
		simpler |= simplify(m, &(struct place){ call, n });
	return simpler;
}

bool minimise_arguments(struct minimiser *m)
{
	bool simpler = false;
	uint32_t i;

	for (i = 0; i < m->best.nr_calls && !minimise_over(m); i++)
		simpler |= simplify_call(m, (int)i);
	return simpler;
}

bool minimise_config(struct minimiser *m)
{
	bool simpler = false;
	unsigned int n;

	for (n = 0; n < m->best.type->nr_config && !minimise_over(m); n++)
		simpler |= simplify(m, &(struct place){ -1, n });
	return simpler;
}

/* References to resources are keys, too. */
static void renumber_call(const struct program *before, struct op_call *call,
			  uint32_t key)
{
	unsigned int n;

	call->key = key;
	for (n = 0; n < call->op->nr_args; n++)
		if (call->op->args[n].type == OP_ARG_RESOURCE)
			call->args[n] = (uint64_t)program_slot(before,
					(uint32_t)call->args[n]);
}

/* Ops numbered from 1; draws go by the key, so this may not be possible. */
bool minimise_keys(struct minimiser *m)
{
	uint32_t i, n;

	m->candidate = m->best;
	for (i = 0; i < m->candidate.nr_overrides; i++) {
		uint32_t *key = &m->candidate.overrides[i].key;

		*key = (uint32_t)program_slot(&m->best, *key);
	}
	for (n = 0; n < m->candidate.nr_calls; n++)
		renumber_call(&m->best, &m->candidate.calls[n], n + 1);
	return minimise_try(m);
}

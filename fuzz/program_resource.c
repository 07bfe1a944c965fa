/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_resource.c - which op made what another op uses
 *
 * A reference is the key of the op that makes the resource, so it survives
 * whatever happens to other ops. It is good if that op stands before and makes
 * the right kind. Every change of a program may break references; normalising
 * binds broken ones to another op that makes their kind, if there is one.
 *
 * Whether a resource is consumed is judged by what the program says, not by
 * what a run would do: that is all generation needs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fuzz/program.h>

#include "resource.h"

static bool makes(const struct op_call *call, const char *kind)
{
	return call->op->produces && !strcmp(call->op->produces, kind);
}

int program_producer(const struct program *p, uint32_t at, unsigned int n)
{
	uint32_t i;

	for (i = 0; i < at; i++)
		if (p->calls[i].key == p->calls[at].args[n] &&
		    makes(&p->calls[i], p->calls[at].op->args[n].resource))
			return (int)i;
	return -ENOENT;
}

/* Does a call between @producer and @at consume what it made? */
static bool is_consumed(const struct program *p, uint32_t producer, uint32_t at)
{
	uint32_t key = p->calls[producer].key, i;
	unsigned int n;

	for (i = producer + 1; i < at; i++) {
		const struct op *op = p->calls[i].op;

		for (n = 0; n < op->nr_args; n++)
			if (op->args[n].consumes && p->calls[i].args[n] == key)
				return true;
	}
	return false;
}

/* -- names -- */

void program_resource_name(const struct op_call *call,
			   char name[PROGRAM_MAX_WORD])
{
	if (call->name[0])
		snprintf(name, PROGRAM_MAX_WORD, "%s", call->name);
	else
		snprintf(name, PROGRAM_MAX_WORD, "%s%u", call->op->produces,
			 call->key);
}

/* Without making the name: parsing asks this for every pair of ops. */
bool program_is_called(const struct op_call *call, const char *name)
{
	const char *kind = call->op->produces;
	const char *key;
	char *end;

	if (call->name[0])
		return !strcmp(call->name, name);
	if (!kind || strncmp(name, kind, strlen(kind)))
		return false;
	key = name + strlen(kind);
	return isdigit((unsigned char)*key) && *key != '0' &&
	       strtoul(key, &end, 10) == call->key && !*end;
}

/* Names given to earlier calls come first; names made of keys always. */
static bool name_is_taken(const struct program *p, uint32_t at)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		if ((i < at || (i > at && !p->calls[i].name[0])) &&
		    program_is_called(&p->calls[i], p->calls[at].name))
			return true;
	return false;
}

bool program_name_is_good(const struct op_call *call)
{
	struct op_call unnamed = { .op = call->op, .key = call->key };

	return call->op->produces && program_is_word(call->name) &&
	       strcmp(call->name, PROGRAM_NO_RESOURCE) &&
	       !program_is_called(&unnamed, call->name);
}

/* A name that goes leaves one made of a key, which may be another's. */
static void normalise_names(struct program *p)
{
	bool again;
	uint32_t i;

	do {
		again = false;
		for (i = 0; i < p->nr_calls; i++) {
			struct op_call *call = &p->calls[i];

			if (!call->name[0] || (program_name_is_good(call) &&
					       !name_is_taken(p, i)))
				continue;
			call->name[0] = '\0';
			again = true;
		}
	} while (again);
}

/* -- references -- */

/* The @nth (modulo their number) op before @at that makes @kind; its key. */
static uint32_t nth_producer(const struct program *p, uint32_t at,
			     const char *kind, uint64_t nth)
{
	uint32_t nr = 0, i;

	for (i = 0; i < at; i++)
		nr += makes(&p->calls[i], kind);
	if (!nr)
		return 0;
	nth %= nr;
	for (i = at; i--;)
		if (makes(&p->calls[i], kind) && !nth--)
			return p->calls[i].key;
	return 0;
}

static void normalise_references(struct program *p, uint32_t at)
{
	struct op_call *call = &p->calls[at];
	unsigned int n;

	for (n = 0; n < call->op->nr_args; n++) {
		const struct op_arg *row = &call->op->args[n];

		if (row->type == OP_ARG_RESOURCE && call->args[n] &&
		    program_producer(p, at, n) < 0)
			call->args[n] = nth_producer(p, at, row->resource,
						     call->args[n]);
	}
}

void program_normalise_resources(struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		normalise_references(p, i);
	normalise_names(p);
}

/* -- random -- */

enum want { WANT_OWN, WANT_LIVE, WANT_FOREIGN, WANT_CONSUMED, WANT_ANY };

/* Can @actor use what the op makes, as those of its process can? */
static bool is_own(const struct program *p, const struct op *op,
		   unsigned int actor)
{
	const uint8_t *process = p->type->process;

	return process ? process[op->actor] == process[actor] :
			 op->actor == actor;
}

static bool is_wanted(const struct program *p, uint32_t producer, uint32_t at,
		      unsigned int actor, enum want want)
{
	bool own = is_own(p, p->calls[producer].op, actor);

	switch (want) {
	case WANT_OWN:
		return own && !is_consumed(p, producer, at);
	case WANT_LIVE:
		return !is_consumed(p, producer, at);
	case WANT_FOREIGN:
		return !own;
	case WANT_CONSUMED:
		return is_consumed(p, producer, at);
	case WANT_ANY:
		break;
	}
	return true;
}

/* Key of some call before @at that makes @kind and is as wanted; 0: none. */
static uint32_t some_producer(const struct program *p, uint32_t at,
			      const char *kind, unsigned int actor,
			      enum want want, struct sim_prng *prng)
{
	uint32_t found[PROGRAM_MAX_CALLS], nr = 0, i;

	for (i = 0; i < at; i++)
		if (makes(&p->calls[i], kind) &&
		    is_wanted(p, i, at, actor, want))
			found[nr++] = p->calls[i].key;
	return nr ? found[sim_prng_below(prng, nr)] : 0;
}

/*
 * Mostly what a careful caller would take, and now and then what only a
 * careless or a hostile one does.
 */
uint32_t program_random_reference(const struct program *p, uint32_t at,
				  const struct op *op, unsigned int n,
				  struct sim_prng *prng)
{
	static const enum want odd[] = { WANT_FOREIGN, WANT_CONSUMED, WANT_ANY };
	const char *kind = op->args[n].resource;
	uint64_t dice = sim_prng_below(prng, 16);
	uint32_t key = 0;

	if (!dice)
		return 0;
	if (dice <= sizeof(odd) / sizeof(odd[0]))
		key = some_producer(p, at, kind, op->actor, odd[dice - 1],
				    prng);
	if (!key)
		key = some_producer(p, at, kind, op->actor, WANT_OWN, prng);
	if (!key)
		key = some_producer(p, at, kind, op->actor, WANT_LIVE, prng);
	if (!key)
		key = some_producer(p, at, kind, op->actor, WANT_ANY, prng);
	return key;
}

/* Has the world an op by which @actor, or its process, makes @kind? */
static bool can_make(const struct program *p, const char *kind,
		     unsigned int actor)
{
	unsigned int i;

	for (i = 0; i < p->type->nr_ops; i++)
		if (p->type->ops[i].produces &&
		    !strcmp(p->type->ops[i].produces, kind) &&
		    is_own(p, &p->type->ops[i], actor))
			return true;
	return false;
}

/* Kind of a resource that @op uses and nobody has made for it, or NULL. */
static const char *lacking(const struct program *p, uint32_t at,
			   const struct op *op, struct sim_prng *prng)
{
	unsigned int n;

	if (op->after && !some_producer(p, at, op->after, op->actor, WANT_LIVE,
					prng))
		return op->after;
	for (n = 0; n < op->nr_args; n++) {
		const char *kind = op->args[n].resource;

		if (op->args[n].type == OP_ARG_RESOURCE &&
		    !some_producer(p, at, kind, op->actor,
				   can_make(p, kind, op->actor) ?
				   WANT_OWN : WANT_LIVE, prng))
			return kind;
	}
	return NULL;
}

/*
 * How likely that op is to make @kind for one of @actor: who makes it can use it,
 * and what others make may be out of its reach.
 */
static unsigned int maker_weight(const struct program *p, const struct op *op,
				 const char *kind, unsigned int actor)
{
	if (!op->produces || strcmp(op->produces, kind))
		return 0;
	return program_op_weight(p, op) * (is_own(p, op, actor) ? 8 : 1);
}

/* Some op of the table that makes @kind, in the program's profile, or NULL. */
static const struct op *some_maker(const struct program *p, const char *kind,
				   unsigned int actor, struct sim_prng *prng)
{
	const struct world_type *type = p->type;
	unsigned int all = 0, i, weight;
	uint64_t pick;

	for (i = 0; i < type->nr_ops; i++)
		all += maker_weight(p, &type->ops[i], kind, actor);
	if (!all)
		return NULL;
	pick = sim_prng_below(prng, all);
	for (i = 0;; i++) {
		weight = maker_weight(p, &type->ops[i], kind, actor);
		if (pick < weight)
			return &type->ops[i];
		pick -= weight;
	}
}

const struct op *program_op_in_reach(const struct program *p, uint32_t at,
				     const struct op *op, struct sim_prng *prng)
{
	const struct op *maker;
	unsigned int depth;
	const char *kind;

	for (depth = 0; depth < 8; depth++) {
		kind = lacking(p, at, op, prng);
		if (!kind || sim_prng_chance(prng, 1, 8))
			break;
		maker = some_maker(p, kind, op->actor, prng);
		if (!maker)
			break;
		op = maker;
	}
	return op;
}

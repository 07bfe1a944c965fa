/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_random.c - programs from a PRNG
 *
 * Values near the border between valid and invalid find more than uniform
 * ones: a row's border list is used half of the time, and the rest is spread
 * over magnitudes. Chances are small on purpose: a program in which everything
 * fails reaches nothing.
 *
 * Ops matter to each other where they are about the same thing: the range that
 * is unmapped is the one that was mapped. So an op often takes after an earlier
 * one: what has the same name gets the same value.
 */
#include <string.h>

#include <fuzz/program.h>

#include "resource.h"

/* As many bits as chance says, so small numbers are as likely as big ones. */
static uint64_t by_magnitude(struct sim_prng *prng, uint64_t span)
{
	unsigned int bits = span ? 64 - (unsigned int)__builtin_clzll(span) : 0;
	uint64_t mask;

	bits = (unsigned int)sim_prng_below(prng, bits + 1);
	mask = bits ? ~0ull >> (64 - bits) : 0;
	return sim_prng_next(prng) & mask;
}

static uint64_t near_border(const struct op_arg *row, struct sim_prng *prng)
{
	uint64_t value = row->border[sim_prng_below(prng, row->nr_border)];

	switch (sim_prng_below(prng, 8)) {
	case 0:
		return value + 1;
	case 1:
		return value - 1;
	}
	return value;
}

uint64_t program_random_arg(const struct op_arg *row, struct sim_prng *prng)
{
	uint64_t span = program_arg_span(row), value;

	if (row->type == OP_ARG_RESOURCE)
		return 0;
	if (row->nr_border && sim_prng_chance(prng, 1, 2)) {
		value = near_border(row, prng);
		if (program_arg_valid(row, value))
			return value;
	}
	if (row->type == OP_ARG_INT || row->type == OP_ARG_HEX) {
		switch (sim_prng_below(prng, 4)) {
		case 0:
			return program_arg_from_raw(row,
						    by_magnitude(prng, span));
		case 1:		/* near the last one */
			value = by_magnitude(prng, span);
			return row->last - (value > span ? 0 : value);
		}
	}
	return program_arg_from_raw(row, span == UINT64_MAX ?
				    sim_prng_next(prng) :
				    sim_prng_below(prng, span + 1));
}

unsigned int program_op_weight(const struct program *program,
			       const struct op *op)
{
	if (op->abuse && !program->abuse)
		return 0;
	return op->weight ? op->weight : 1;
}

/* By weight, of those of other threads than @beside; NULL: of all. */
static unsigned int weight_beside(const struct program *program,
				  const struct op *op, const struct op *beside)
{
	if (beside && !program_is_other_thread(program, op, beside))
		return 0;
	return program_op_weight(program, op);
}

static const struct op *random_op(const struct program *program,
				  const struct op *beside,
				  struct sim_prng *prng)
{
	const struct world_type *type = program->type;
	unsigned int all = 0, i;
	uint64_t pick;

	for (i = 0; i < type->nr_ops; i++)
		all += weight_beside(program, &type->ops[i], beside);
	if (!all)
		return NULL;
	pick = sim_prng_below(prng, all);
	for (i = 0; pick >= weight_beside(program, &type->ops[i], beside); i++)
		pick -= weight_beside(program, &type->ops[i], beside);
	return &type->ops[i];
}

bool program_is_other_thread(const struct program *program,
			     const struct op *op, const struct op *other)
{
	const uint8_t *process = program->type->process;

	return process && op->actor != other->actor &&
	       process[op->actor] == process[other->actor];
}

const uint64_t *program_value_like(const struct op_call *call,
				   const struct op_arg *row)
{
	unsigned int n;

	for (n = 0; n < call->op->nr_args; n++) {
		const struct op_arg *other = &call->op->args[n];

		if (other->type == row->type &&
		    !strcmp(other->name, row->name) &&
		    (row->type == OP_ARG_RESOURCE ?
		     !strcmp(other->resource, row->resource) :
		     program_arg_valid(row, call->args[n])))
			return &call->args[n];
	}
	return NULL;
}

void program_take_after(struct op_call *call, const struct op_call *model,
			struct sim_prng *prng)
{
	unsigned int n;

	for (n = 0; n < call->op->nr_args; n++) {
		const uint64_t *value = program_value_like(model,
						&call->op->args[n]);

		if (value && sim_prng_chance(prng, 7, 8))
			call->args[n] = *value;
	}
}

static unsigned int nr_values_like(const struct op_call *model,
				   const struct op_call *call)
{
	unsigned int nr = 0, n;

	for (n = 0; n < call->op->nr_args; n++)
		nr += !!program_value_like(model, &call->op->args[n]);
	return nr;
}

/* Of some calls before @at the one that has most in common with @call. */
static const struct op_call *some_model(const struct program *program,
					uint32_t at,
					const struct op_call *call,
					struct sim_prng *prng)
{
	const struct op_call *best = NULL;
	unsigned int tries, nr, most = 0;

	for (tries = 0; tries < 3; tries++) {
		const struct op_call *model =
			&program->calls[sim_prng_below(prng, at)];

		nr = nr_values_like(model, call);
		if (!best || nr > most) {
			best = model;
			most = nr;
		}
	}
	return best;
}

static bool consumes(const struct op *op)
{
	unsigned int n;

	for (n = 0; n < op->nr_args; n++)
		if (op->args[n].consumes)
			return true;
	return false;
}

/*
 * The same as before, where something has happened meanwhile: what a device may
 * still reach shows when it goes there again. What is gone is gone.
 */
static bool repeat_call(struct program *program, uint32_t at,
			struct op_call *call, struct sim_prng *prng)
{
	const struct op_call *before =
		&program->calls[sim_prng_below(prng, at)];

	if (consumes(before->op))
		return false;
	*call = *before;
	call->name[0] = '\0';
	call->key = (uint32_t)sim_prng_range(prng, 1, PROGRAM_MAX_KEY);
	return true;
}

static void random_arguments(struct program *program, uint32_t at,
			     struct op_call *call, const struct op *op,
			     struct sim_prng *prng)
{
	const struct op_arg *row;
	unsigned int i;

	call->op = op;
	call->name[0] = '\0';
	call->key = (uint32_t)sim_prng_range(prng, 1, PROGRAM_MAX_KEY);
	memset(call->args, 0, sizeof(call->args));
	for (i = 0; i < call->op->nr_args; i++) {
		row = &call->op->args[i];
		if (row->type == OP_ARG_RESOURCE)
			call->args[i] = program_random_reference(program, at,
							call->op, i, prng);
		else
			call->args[i] = program_random_arg(row, prng);
	}
	if (at && sim_prng_chance(prng, 3, 4))
		program_take_after(call, some_model(program, at, call, prng),
				   prng);
}

void program_random_call(struct program *program, uint32_t at,
			 struct op_call *call, struct sim_prng *prng)
{
	if (at > 1 && sim_prng_chance(prng, 1, 10) &&
	    repeat_call(program, at, call, prng))
		return;
	random_arguments(program, at, call,
			 program_op_in_reach(program, at,
					     random_op(program, NULL, prng),
					     prng), prng);
}

bool program_random_call_beside(struct program *program, uint32_t at,
				struct op_call *call, struct sim_prng *prng)
{
	const struct op *op = random_op(program, program->calls[at - 1].op,
					prng);

	if (op)
		random_arguments(program, at, call, op, prng);
	return op;
}

static void random_choice(struct program *program,
			  struct program_override *override,
			  struct sim_prng *prng)
{
	uint32_t call = (uint32_t)sim_prng_below(prng, program->nr_calls + 1);
	uint32_t other = (uint32_t)sim_prng_below(prng, program->nr_calls + 1);

	/* What comes early prepares the rest, and had better work. */
	if (call < other)
		call = other;
	override->key = call ? program->calls[call - 1].key : 0;
	/* The first of a kind decides most. */
	override->nth = sim_prng_chance(prng, 1, 2) ? 0 :
			(uint32_t)by_magnitude(prng, 63);
	if (sim_prng_chance(prng, 1, 2)) {
		override->kind = (uint32_t)sim_prng_range(prng,
				PROGRAM_FIRST_FAULT, PROGRAM_LAST_FAULT);
		/* More than 1 is a failure after some of the work is done. */
		override->value = 1 + (uint32_t)by_magnitude(prng, 3);
		return;
	}
	override->kind = (uint32_t)sim_prng_below(prng, SIM_DECISION_KINDS);
	override->value = (uint32_t)by_magnitude(prng, 255);
}

void program_random_switch(const struct program *program, uint32_t at,
			   struct program_override *override,
			   struct sim_prng *prng)
{
	uint64_t points = 1ull << sim_prng_range(prng, 3, 7);

	*override = (struct program_override){
		.key = program->calls[at].key, .kind = SIM_DECIDE_PREEMPT,
		.nth = (uint32_t)sim_prng_below(prng, points), .value = 1,
	};
}

/*
 * Somebody goes on in the middle of an op that is followed by one of another
 * actor: that is where two of them meet. False if there is no such op.
 */
static bool random_meeting(const struct program *program,
			   struct program_override *override,
			   struct sim_prng *prng)
{
	uint32_t at;

	if (program->nr_calls < 2)
		return false;
	at = (uint32_t)sim_prng_below(prng, program->nr_calls - 1);
	if (program->calls[at].op->actor == program->calls[at + 1].op->actor)
		return false;
	program_random_switch(program, at, override, prng);
	return true;
}

void program_random_override(struct program *program,
			     struct program_override *override,
			     struct sim_prng *prng)
{
	if (sim_prng_chance(prng, 1, 3) &&
	    random_meeting(program, override, prng))
		return;
	random_choice(program, override, prng);
}

/* How many steps there will be is not known: from a few to thousands. */
static void random_pct(struct program *program, struct sim_prng *prng)
{
	program->depth = (uint32_t)sim_prng_range(prng, 1, 6);
	program->steps = (uint32_t)1 << sim_prng_range(prng, 4, 13);
}

static void random_strategy(struct program *program, struct sim_prng *prng)
{
	static const enum sim_strategy mix[] = {
		SIM_ROUND_ROBIN, SIM_RANDOM, SIM_RANDOM, SIM_PCT, SIM_BYTES,
	};
	uint32_t i;

	program->strategy = mix[sim_prng_below(prng, sizeof(mix) /
					       sizeof(mix[0]))];
	program->preempt_den = 0;
	program->nr_bytes = 0;
	if (program->strategy == SIM_RANDOM)
		program->preempt_den = 1u << sim_prng_range(prng, 1, 8);
	if (program->strategy == SIM_PCT)
		random_pct(program, prng);
	if (program->strategy != SIM_BYTES)
		return;
	program->nr_bytes = (uint32_t)sim_prng_range(prng, 1, 64);
	for (i = 0; i < program->nr_bytes; i++)
		program->bytes[i] = (uint8_t)sim_prng_next(prng);
}

enum sim_memory_model program_random_memory(struct sim_prng *prng)
{
#ifdef VTB_RACE
	static const enum sim_memory_model mix[] = {
		SIM_MEMORY_SC, SIM_MEMORY_SC, SIM_MEMORY_TSO, SIM_MEMORY_WEAK,
	};

	return mix[sim_prng_below(prng, sizeof(mix) / sizeof(mix[0]))];
#else
	(void)prng;
	return SIM_MEMORY_SC;
#endif
}

static void random_faults(struct program *program, struct sim_prng *prng)
{
	uint32_t i;

	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		if (sim_prng_chance(prng, 1, 8))
			program->fault_num[i] =
				1u << sim_prng_range(prng, 5, 12);
	if (sim_prng_chance(prng, 1, 4)) {
		program->adversary = program_adversary(program->type);
		program->adversary_num = 1u << sim_prng_range(prng, 12, 15);
	}
	program->nr_overrides = (uint32_t)sim_prng_below(prng, 4);
	for (i = 0; i < program->nr_overrides; i++)
		program_random_override(program, &program->overrides[i], prng);
}

/*
 * Most programs of a world that has one begin with its standing prefix, and are
 * longer by that. Returns the number of its ops.
 */
static uint32_t begin_standing(struct program *program, struct sim_prng *prng)
{
	const struct op_standing *standing = program->type->standing;
	uint32_t n;

	if (!standing || !sim_prng_chance(prng, 2, 3))
		return 0;
	for (n = 0; standing[n].op; n++) {
		struct op_call *call = &program->calls[n];

		if (program->nr_calls + n >= PROGRAM_MAX_CALLS)
			return 0;
		call->op = program_op_called(program->type, standing[n].op);
		if (!call->op)
			return 0;
		call->key = n + 1;
		call->name[0] = '\0';
		memcpy(call->args, standing[n].args, sizeof(call->args));
	}
	program->nr_calls += n;
	return n;
}

void program_random(struct program *program, const struct world_type *type,
		    struct sim_prng *prng,
		    const struct program_random_options *options)
{
	unsigned int max = options->max_calls ? options->max_calls : 32;
	uint32_t i;

	program_init(program, type);
	program->abuse = options->abuse;
	program->seed = sim_prng_next(prng);
	for (i = 0; i < type->nr_config; i++)
		if (sim_prng_chance(prng, 1, 2))
			program->config[i] =
				program_random_arg(&type->config[i], prng);
	random_strategy(program, prng);
	program->memory = program_random_memory(prng);

	if (max > PROGRAM_MAX_CALLS)
		max = PROGRAM_MAX_CALLS;
	program->nr_calls = (uint32_t)sim_prng_range(prng, 1, max);
	for (i = begin_standing(program, prng); i < program->nr_calls; i++) {
		program_random_call(program, i, &program->calls[i], prng);
		program->calls[i].key = i + 1;
	}
	if (!options->no_faults)
		random_faults(program, prng);
	program_normalise(program);
}

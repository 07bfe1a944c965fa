/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a program in a world.
 *
 * Every actor is a fiber that walks the list of calls and runs those that are
 * its own. `started` is the ticket: call i begins when started == i. Whoever
 * begins a call hands the ticket on at once, so a call that blocks does not
 * keep later calls of other actors from beginning.
 *
 *	calls     vmm:0   device:1   vmm:2   device:3
 *	vmm       |--0--|            |--2--- ... sleeps ...---|
 *	device           |----1----|   |--3--|
 *
 * A world that has parts (parts.h) does this for the actors of all of them, with
 * arrays of its own; a part's point into these:
 *
 *	whole    actor[]  | first part | second part          |
 *	                    ^ actor      ^ actor, first = 2
 */
#include <errno.h>
#include <string.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/trace.h>
#include <worlds/op.h>

static bool has_resources(const struct world_type *type)
{
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (type->ops[i].produces)
			return true;
	return false;
}

void world_init(struct world *world, const struct world_type *type,
		struct sim *sim)
{
	unsigned int nr = 0;

	while (type->actors[nr])
		nr++;
	world->type = type;
	world->sim = sim;
	world->nr_actors = nr;
	world->whole = world;
	world->pause_at = UINT32_MAX;
	world->running = sim_alloc(sim, nr * sizeof(*world->running), 8);
	world->errand = sim_alloc(sim, nr * sizeof(*world->errand), 8);
	world->actor = sim_alloc(sim, nr * sizeof(*world->actor), 8);
	if (has_resources(type))
		world->made = sim_alloc(sim, SIM_MAX_OPS *
					sizeof(*world->made), 8);
}

/* -- parts ---------------------------------------------------------------- */

static struct world *part_of(struct world *whole, unsigned int actor)
{
	return whole->part_of ? whole->part_of[actor] : whole;
}

static void take_parts(struct world *whole)
{
	unsigned int i;

	whole->part_of = sim_alloc(whole->sim, whole->nr_actors *
				   sizeof(*whole->part_of), 8);
	for (i = 0; i < whole->nr_actors; i++)
		whole->part_of[i] = whole;
	whole->part_calls = sim_alloc(whole->sim, SIM_MAX_OPS *
				      sizeof(*whole->part_calls), 8);
}

void world_join(struct world *whole, struct world *part, unsigned int first)
{
	unsigned int i;

	sim_assert(first + part->nr_actors <= whole->nr_actors);
	if (!whole->part_of)
		take_parts(whole);
	for (i = 0; i < part->nr_actors; i++) {
		whole->actor[first + i] = part->actor[i];
		whole->part_of[first + i] = part;
	}
	part->actor = whole->actor + first;
	part->running = whole->running + first;
	part->errand = whole->errand + first;
	part->first = first;
	part->whole = whole;
}

/* What parts see of the program: each row is that of its own table. */
static void tell_parts(struct world *whole)
{
	unsigned int i;

	if (!whole->part_of)
		return;
	/* Nothing is left of a program that has come so far before. */
	memset(whole->part_calls, 0, SIM_MAX_OPS * sizeof(*whole->part_calls));
	for (i = 0; i < whole->nr_calls; i++) {
		struct op_call *call = &whole->part_calls[i];

		*call = whole->calls[i];
		if (call->op->of_part)
			call->op = call->op->of_part;
	}
	for (i = 0; i < whole->nr_actors; i++) {
		struct world *part = whole->part_of[i];

		if (part == whole)
			continue;
		part->calls = whole->part_calls;
		part->nr_calls = whole->nr_calls;
	}
}

/* -- names ---------------------------------------------------------------- */

const char *world_op_place(const char *op)
{
	return strncmp(op, "other_", 6) ? op : op + 6;
}

/* That of the part's own table, so that findings have one name everywhere. */
const char *world_op_name(const struct world *world, uint32_t slot)
{
	const struct op *op;

	world = world->whole;
	if (!slot || slot > world->nr_calls)
		return "world";
	op = world->calls[slot - 1].op;
	return world_op_place(op->of_part ? op->of_part->name : op->name);
}

uint32_t world_op_key(const struct world *world, uint32_t slot)
{
	world = world->whole;
	if (!slot || slot > world->nr_calls)
		return 0;
	return world->calls[slot - 1].key;
}

uint64_t world_time_ns(const struct world *world)
{
	return sim_now_ns(world->sim) - world->whole->began_ns;
}

/* Wakes the actor whose turn it is to begin a call. */
static void wake_next(struct world *world, unsigned int self)
{
	unsigned int actor;

	if (world->held || world->started == world->nr_calls)
		return;
	actor = world->calls[world->started].op->actor;
	if (actor != self)
		sim_fiber_wake(world->sim, world->actor[actor]);
}

static bool is_own(const struct world *world, unsigned int actor,
		   unsigned int other)
{
	const uint8_t *process = world->type->process;

	return process ? process[actor] == process[other] : actor == other;
}

/* What @actor's process made last before @before, of that kind. */
static uint64_t last_made(const struct world *world, unsigned int before,
			  const char *kind, unsigned int actor)
{
	while (before--) {
		const struct op *op = world->calls[before].op;

		if (world->made[before] != OP_NO_RESOURCE &&
		    !strcmp(op->produces, kind) &&
		    is_own(world, actor, op->actor))
			return world->made[before];
	}
	return OP_NO_RESOURCE;
}

/* If that could not be made, another one will do: see op.h. */
static uint64_t resource_value(const struct world *world, unsigned int at,
			       unsigned int n)
{
	const struct op_call *call = &world->calls[at];
	unsigned int i = at;

	if (!call->args[n])
		return OP_NO_RESOURCE;
	while (i--)
		if (world->calls[i].key == call->args[n])
			break;
	if (i < at && world->made[i] != OP_NO_RESOURCE)
		return world->made[i];
	return last_made(world, at, call->op->args[n].resource,
			 call->op->actor);
}

/*
 * Runs the handler, with values in place of references. It gets a copy: while it
 * waits the program may become another one, see world_go_on().
 */
static int64_t handle_call(struct world *world, struct world *part,
			   unsigned int index)
{
	const struct op *op = world->calls[index].op;
	uint64_t args[OP_MAX_ARGS];
	unsigned int i;
	int64_t result;

	memcpy(args, world->calls[index].args, sizeof(args));
	for (i = 0; world->made && i < op->nr_args; i++)
		if (op->args[i].type == OP_ARG_RESOURCE)
			args[i] = resource_value(world, index, i);
	result = op->run(part, args);
	if (op->produces && result >= 0)
		world->made[index] = (uint64_t)result;
	return result;
}

/* Of these actors, a bit each. */
static bool earlier_op_runs(const struct world *world, uint32_t actors)
{
	uint32_t slot = sim_op(world->sim);
	unsigned int i;

	for (i = 0; i < world->nr_actors; i++)
		if (actors >> i & 1 && world->running[i] &&
		    world->running[i] < slot)
			return true;
	return false;
}

/* No op takes longer, but one that waits for another. */
#define TURN_STEP_NS	1000
#define TURN_STEPS	300

static void await_turn(struct world *world, uint32_t actors)
{
	unsigned int steps = TURN_STEPS;

	while (steps-- && earlier_op_runs(world, actors))
		sim_fiber_sleep(world->sim, TURN_STEP_NS);
}

int64_t world_alone(struct world *world, op_run_fn fn, const uint64_t *args)
{
	int64_t result;

	world_hold(world);
	await_turn(world, UINT32_MAX);
	result = fn(world, args);
	world_release(world);
	return result;
}

void world_take_turns(struct world *world, uint32_t actors)
{
	world->in_turn = actors;
}

static void run_call(struct world *world, unsigned int actor,
		     unsigned int index)
{
	struct world *part = part_of(world, actor);
	const struct op_call *call;
	int64_t result;

	if (index == world->pause_at)
		sim_pause(world->sim);
	/* It may be another program that goes on. */
	call = &world->calls[index];
	world->running[actor] = index + 1;
	world->started++;
	if (part != world)
		part->started++;
	sim_set_op(world->sim, index + 1);
	sim_trace(world->sim, SIM_TRACE_OP_BEGIN,
		  call->op - world->type->ops, 0);
	wake_next(world, actor);
	if (part->in_turn >> (actor - part->first) & 1)
		await_turn(part, part->in_turn);
	result = handle_call(world, part, index);
	sim_trace(world->sim, SIM_TRACE_OP_END, result, 0);
	if (world->results)
		world->results[index] = result;
	sim_set_op(world->sim, 0);
	world->running[actor] = 0;
}

static void run_errand(struct world *world, unsigned int actor)
{
	op_run_fn fn = world->errand[actor];

	world->errand[actor] = NULL;
	fn(part_of(world, actor), NULL);
}

void world_call(struct world *world, unsigned int actor, op_run_fn fn)
{
	world->errand[actor] = fn;
	sim_fiber_wake(world->sim, world->actor[actor]);
}

void world_hold(struct world *world)
{
	world->whole->held++;
}

void world_release(struct world *world)
{
	struct world *whole = world->whole;

	whole->held--;
	wake_next(whole, whole->nr_actors);
}

static bool is_turn(const struct world *world, unsigned int actor)
{
	return !world->held && world->started < world->nr_calls &&
	       world->calls[world->started].op->actor == actor;
}

/* The actor's next op, if it is its turn; false: it has to wait. */
static bool run_next(struct world *world, unsigned int actor)
{
	if (world->errand[actor])
		run_errand(world, actor);
	if (!is_turn(world, actor))
		return false;
	run_call(world, actor, world->started);
	return true;
}

/* Whose part it is may change while it waits. */
void world_actor_main(struct world *world, unsigned int actor)
{
	for (;;)
		if (!run_next(world->whole, world->first + actor))
			sim_fiber_block(world->sim);
}

void world_begin(struct world *world, const struct world_program *program)
{
	unsigned int i;

	world->calls = program->calls;
	world->nr_calls = program->nr_calls;
	world->held = 0;
	world->started = 0;
	world->began_ns = sim_now_ns(world->sim);
	for (i = 0; i < world->nr_actors; i++) {
		world->running[i] = 0;
		part_of(world, i)->started = 0;
	}
	if (world->made)
		memset(world->made, 0xff, SIM_MAX_OPS * sizeof(*world->made));
	for (i = 0; program->results && i < program->nr_calls; i++)
		program->results[i] = -ECANCELED;
	wake_next(world, world->nr_actors);
}

enum sim_end world_go_on(struct world *world,
			 const struct world_program *program,
			 const struct sim_run_options *limits, uint32_t until)
{
	enum sim_end end;

	sim_assert(program->nr_calls < SIM_MAX_OPS);
	world->calls = program->calls;
	world->nr_calls = program->nr_calls;
	world->results = program->results;
	world->pause_at = until;
	tell_parts(world);
	end = sim_run(world->sim, limits);
	world->pause_at = UINT32_MAX;
	if (end != SIM_END_FINDING && end != SIM_END_PAUSED &&
	    world->type->finish)
		world->type->finish(world, end);
	if (world->type->settle)
		world->type->settle(world);
	return sim_finding_get(world->sim) ? SIM_END_FINDING : end;
}

enum sim_end world_run(struct world *world, const struct op_call *calls,
		       unsigned int nr, const struct sim_run_options *limits,
		       int64_t *results)
{
	const struct world_program program = { calls, nr, results };

	world_begin(world, &program);
	return world_go_on(world, &program, limits, UINT32_MAX);
}

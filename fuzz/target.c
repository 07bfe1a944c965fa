/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.c - the worlds of a target and running programs in them
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <fuzz/target.h>
#include <kernel/instance.h>
#include <kernel/race.h>
#include <sim/access.h>
#include <sim/snapshot.h>

#include "adversary.h"
#include "prefix.h"
#include "switches.h"

struct built {
	const struct world_type *type;	/* NULL: slot is free */
	uint64_t config[PROGRAM_MAX_CONFIG];
	struct sim *sim;
	struct world *world;		/* NULL: it was not to be built */
	struct sim_snapshot *snapshot;
	struct prefixes prefixes;
	uint64_t first_step;		/* of the snapshot */
	uint64_t first_events;
	uint64_t last_use;
};

struct target {
	struct built worlds[TARGET_WORLDS];
	struct built *last;
	uint64_t uses;
	enum target_prefixes prefixes;
	uint32_t common;		/* TARGET_PREFIXES_COMMON */
	struct prefix_memory *memory;
	struct program_plan plan;
	/* The site that is ignored, found by the name of the last mutant. */
	char mutant[PROGRAM_MAX_MUTANT];
	const struct kernel_site *site;
	struct switches switches;	/* of a program that names any */
	struct adversary adversary;
	/* Worlds keep a pointer to it: the same one, or states would differ. */
	int64_t results[PROGRAM_MAX_CALLS];
};

struct target *target_new(void)
{
	struct target *target = calloc(1, sizeof(*target));

	if (!target)
		return NULL;
	target->memory = prefix_memory_new();
	if (target->memory)
		return target;
	free(target);
	return NULL;
}

void target_use_prefixes(struct target *target, enum target_prefixes mode)
{
	target->prefixes = mode;
}

static void drop_world(struct built *built)
{
	if (!built->type)
		return;
	prefixes_drop(&built->prefixes);
	sim_snapshot_free(built->snapshot);
	if (built->world && built->type->free)
		built->type->free(built->world);
	sim_free(built->sim);
	memset(built, 0, sizeof(*built));
}

void target_share_prefix(struct target *target, uint32_t nr_calls)
{
	target->common = nr_calls;
}

void target_free(struct target *target)
{
	unsigned int i;

	if (!target)
		return;
	kernel_image_park();
	for (i = 0; i < TARGET_WORLDS; i++)
		drop_world(&target->worlds[i]);
	prefix_memory_free(target->memory);
	free(target);
}

struct sim *target_sim(const struct target *target)
{
	return target && target->last ? target->last->sim : NULL;
}

void target_report(const struct target *target,
		   const struct world_reporter *to)
{
	const struct built *built = target->last;

	if (built && built->world && built->type->report)
		built->type->report(built->world, to);
}

static bool same_build(const struct built *built,
		       const struct program *program)
{
	return built->type == program->type &&
	       !memcmp(built->config, program->config,
		       program->type->nr_build_config *
		       sizeof(program->config[0]));
}

/* A free slot, or that of the world not used for longest. */
static struct built *make_room(struct target *target)
{
	struct built *oldest = &target->worlds[0];
	unsigned int i;

	for (i = 0; i < TARGET_WORLDS; i++) {
		struct built *built = &target->worlds[i];

		if (!built->type)
			return built;
		if (built->last_use < oldest->last_use)
			oldest = built;
	}
	drop_world(oldest);
	return oldest;
}

static void stop_building(void *env)
{
	longjmp(*(jmp_buf *)env, 1);
}

/*
 * What is found before the first op (a kernel that boots, a driver that is
 * probed) is a finding like any other, of all programs that have this world.
 */
static void try_build(struct built *built, const struct program *program)
{
	jmp_buf env;

	sim_set_found(built->sim, stop_building, &env);
	if (!setjmp(env)) {
		built->world = program->type->build(built->sim,
						    program->config);
		sim_assert(built->world);
	}
	sim_set_found(built->sim, NULL, NULL);
}

static struct built *build_world(struct target *target,
				 const struct program *program)
{
	struct built *built = make_room(target);
	struct sim_options options = { 0 };

	if (program->type->needs)
		options = *program->type->needs;
	options.region_slot = (unsigned int)(built - target->worlds);
	built->type = program->type;
	memcpy(built->config, program->config, sizeof(built->config));
	built->sim = sim_new(&options);
	sim_assert(built->sim);
	target->last = built;
	try_build(built, program);
	if (!built->world)
		return built;
	built->snapshot = sim_snapshot_take(built->sim);
	sim_assert(built->snapshot);
	built->first_step = sim_steps(built->sim);
	built->first_events = sim_events_fired(built->sim);
	return built;
}

static struct built *get_world(struct target *target,
			       const struct program *program)
{
	struct built *built = target->last;
	unsigned int i;

	if (!built || !same_build(built, program)) {
		/* Worlds share the live image of kernel code. */
		kernel_image_park();
		for (i = 0; i < TARGET_WORLDS; i++)
			if (same_build(&target->worlds[i], program))
				break;
		built = i < TARGET_WORLDS ? &target->worlds[i] :
					    build_world(target, program);
	}
	built->last_use = ++target->uses;
	target->last = built;
	return built;
}

static void collect(const struct sim *sim, const struct program *program,
		    struct target_result *result)
{
	const struct sim_finding *finding = sim_finding_get(sim);
	uint32_t i;

	result->trace_hash = sim_trace_hash(sim);
	result->trace_count = sim_trace_count(sim);
	result->steps = sim_steps(sim);
	result->events = sim_events_fired(sim);
	result->switches = sim_switches(sim);
	result->points = sim_points(sim);
	result->time_ns = sim_now_ns(sim);
	for (i = 0; i < program->nr_calls; i++)
		result->nr_ok += result->results[i] >= 0;
	result->undecided = finding && !finding->severity;
	result->found = finding && finding->severity;
	strcpy(result->identity, "clean");
	if (!result->found)
		return;
	result->finding = *finding;
	sim_finding_identity(finding, result->identity,
			     sizeof(result->identity));
}

static void make_plan(struct target *target, const struct program *program,
		      const struct target_run *run)
{
	struct sim_plan *plan = &target->plan.plan;

	program_make_plan(program, &target->plan);
	plan->search = run->search;
	plan->guide = run->guide;
	plan->fresh = run->fresh ? *run->fresh : (struct sim_fresh){ 0 };
	target->switches.follow = NULL;
	if (!run->guide && program->switches[0]) {
		switches_follow(&target->switches, program);
		plan->guide = &target->switches.guide;
	}
}

/* A name that no site has changes nothing: who reads files looks before. */
static void set_mutant(struct target *target, struct sim *sim, const char *name)
{
	if (strcmp(target->mutant, name)) {
		strcpy(target->mutant, name);
		target->site = name[0] ? kernel_site_find(name) : NULL;
	}
	kernel_ignore(sim, target->site);
}

static uint64_t step_budget(const struct program *program,
			    const struct target_run *run)
{
	if (run->step_budget)
		return run->step_budget;
	return program->type->step_budget ? program->type->step_budget :
					    TARGET_STEP_BUDGET;
}

/* No op has run. */
static void collect_unbuilt(const struct sim *sim,
			    const struct program *program,
			    struct target_result *result)
{
	uint32_t i;

	for (i = 0; i < program->nr_calls; i++)
		result->results[i] = -1;
	result->end = SIM_END_FINDING;
	collect(sim, program, result);
}

/* Who looks on could not be told what happened before. */
static bool may_go_on(const struct target *target,
		      const struct program *program,
		      const struct target_run *run,
		      const struct sim_adversary *adversary)
{
	const struct sim_plan *plan = &target->plan.plan;

	return target->prefixes != TARGET_PREFIXES_OFF &&
	       (!run->reader || run->aside) && !run->accesses &&
	       !run->fetches && !run->race && !run->capture &&
	       !run->every_frame && !(run->log && run->log->count) &&
	       !plan->search && !plan->guide && !plan->fresh.preempt_den &&
	       plan->memory == SIM_MEMORY_SC && !program->mutant[0] &&
	       !(adversary && adversary->when == SIM_CHANGE_EARLY);
}

/* Restores the world to where the run begins. */
static void restore(struct prefix_run *from)
{
	from->from = NULL;
	from->until = UINT32_MAX;
	if (from->mode != TARGET_PREFIXES_OFF)
		prefix_choose(from);
	if (from->until != UINT32_MAX)
		prefix_watch(from);
	prefix_restore(from);
}

/* Who watches for data races; nobody does where there are more fibers than that. */
static struct kernel_race *watcher(const struct world_type *type,
				   const struct target_run *run)
{
	const struct sim_options *needs = type->needs;

	return needs && needs->max_fibers > SIM_RACE_ACTORS ? NULL : run->race;
}

static void set_observers(const struct built *built,
			  const struct target_run *run,
			  struct sim_adversary *adversary)
{
	struct sim *sim = built->sim;

	sim_set_trace_reader(sim, run->reader);
	if (run->accesses)
		sim_add_access_reader(sim, run->accesses);
	sim_set_fetch_reader(sim, run->fetches);
	sim_set_adversary(sim, adversary);
	kernel_race_begin(watcher(built->type, run), sim);
	sim_set_decision_log(sim, run->log);
}

static void drop_observers(const struct built *built,
			   const struct target_run *run)
{
	struct sim *sim = built->sim;

	sim_set_trace_reader(sim, NULL);
	sim_remove_access_reader(sim, run->accesses);
	sim_set_fetch_reader(sim, NULL);
	sim_set_adversary(sim, NULL);
	kernel_race_end(watcher(built->type, run), sim);
	sim_set_decision_log(sim, NULL);
}

/* Runs the program from where the world stands. */
static enum sim_end run_world(struct prefix_run *from, struct world *world)
{
	const struct program *program = from->program;
	const struct world_program calls = {
		program->calls, program->nr_calls, from->results,
	};
	const struct sim_run_options limits = {
		.step_limit = from->step_limit,
	};
	enum sim_end end;

	if (from->from) {
		sim_set_plan_midway(from->sim, from->plan);
	} else {
		sim_set_plan(from->sim, from->plan);
		if (program->type->configure)
			program->type->configure(world, program->config);
		world_begin(world, &calls);
	}
	end = world_go_on(world, &calls, &limits, from->until);
	if (end == SIM_END_PAUSED) {
		prefix_take(from);
		return world_go_on(world, &calls, &limits, UINT32_MAX);
	}
	if (from->until != UINT32_MAX)
		prefix_unwatch(from);
	return end;
}

void target_pass(struct target *target, const struct program *program,
		 const struct target_run *run, struct sim_adversary *adversary,
		 struct target_result *result)
{
	struct built *built = get_world(target, program);
	struct sim *sim = built->sim;
	struct prefix_run from = {
		.prefixes = &built->prefixes,
		.memory = target->memory,
		.common = target->common,
		.program = program,
		.plan = &target->plan.plan,
		.run = run,
		.sim = sim,
		.base = built->snapshot,
		.step_limit = built->first_step + step_budget(program, run),
		.adversary = adversary ? adversary->powers : 0,
		.results = target->results,
	};

	memset(result, 0, offsetof(struct target_result, results));
	if (!built->world) {
		collect_unbuilt(sim, program, result);
		return;
	}
	make_plan(target, program, run);
	from.mode = may_go_on(target, program, run, adversary) ?
		    target->prefixes : TARGET_PREFIXES_OFF;
	if (run->every_frame)
		sim_snapshot_distrust(sim);
	restore(&from);
	result->nr_spared = prefix_spares(&from);
	if (result->nr_spared)
		result->spared_events = prefix_events(&from) -
					built->first_events;
	if (run->first_step)
		*run->first_step = built->first_step;
	if (run->hash_state)
		result->base_hash = sim_state_hash(sim);
	set_observers(built, run, adversary);
	set_mutant(target, sim, program->mutant);
	built->world->capture = run->capture;
	result->end = run_world(&from, built->world);
	built->world->capture = NULL;
	memcpy(result->results, target->results,
	       program->nr_calls * sizeof(result->results[0]));
	collect(sim, program, result);
	result->nr_missing = switches_missing(&target->switches);
	/* What went wrong may have gone wrong in any memory. */
	if (result->found)
		sim_snapshot_distrust(sim);
	if (run->hash_state)
		result->state_hash = sim_state_hash(sim);
	drop_observers(built, run);
}

void target_run(struct target *target, const struct program *program,
		const struct target_run *run, struct target_result *result)
{
	if (run->ready) {
		get_world(target, program);
		run->ready();
	}
	if (program->adversary && !run->search)
		adversary_run(&target->adversary, target, program, run, result);
	else
		target_pass(target, program, run, NULL, result);
}

int target_exit_code(const struct target_result *result)
{
	return result->found ? (int)result->finding.severity : VTB_EXIT_CLEAN;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adversary.c - what is due to memory that changes between two fetches
 *
 * A program with an adversary runs without the change it decides on, with the
 * change made before the first fetch, and with the change made between the two
 * fetches (sim/fetch.h). The first of these runs that finds something decides:
 *
 *	without	a finding as it would be without an adversary
 *	early	a value that need not change to do harm: the same
 *	late	a double fetch, if it is found in the op of the fetches and
 *		the first took the same value; else a finding of its own oracle
 *
 * If none of them does, one thing may still be wrong: a value that was checked
 * is used in its changed form. That is so if
 *
 *   1. early, the op fails with an error that says that the value is bad
 *      (EINVAL and its like, see is_refusal());
 *   2. without and late, it succeeds;
 *   3. late, the kernel has done something else on behalf of the op than it
 *      has done without: allocations, frees, pins and system calls, with their
 *      sizes and results.
 *
 * So code that compares again, that takes from the second fetch only what it
 * does not check, or that goes on with the first one, is never reported; nor is
 * code that fetches once. What changes no such effect is missed.
 *
 * Assumptions. Runs of one program differ in nothing but the change until it is
 * made. Afterwards they may be scheduled differently, where the strategy draws:
 * hence only findings in the op itself are put down to it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <vtb/bridge.h>

#include "adversary.h"

/* -- effects ---------------------------------------------------------------- */

static bool is_effect(uint16_t what)
{
	return what == VTB_TRACE_SYSCALL || what == VTB_TRACE_ALLOC ||
	       what == VTB_TRACE_FREE || what == VTB_TRACE_PIN ||
	       what == VTB_TRACE_UNPIN;
}

static void on_record(void *arg, const struct sim_trace_record *record,
		      const char *text)
{
	struct adversary_effects *effects = arg;
	uint64_t mix;

	if (is_effect(record->what) && record->op < SIM_MAX_OPS) {
		mix = (record->a ^ record->what) * 0x9e3779b97f4a7c15ull;
		mix = (mix ^ mix >> 29 ^ record->b) * 0xbf58476d1ce4e5b9ull;
		effects->of[record->op] += mix ^ mix >> 32;
	}
	if (effects->next)
		effects->next->record(effects->next->arg, record, text);
}

/* -- runs ------------------------------------------------------------------- */

struct pass {
	struct adversary *adversary;
	struct target *target;
	const struct program *program;
	const struct target_run *run;
};

static void run_when(const struct pass *pass, enum sim_change_when when,
		     bool observed, struct target_result *result)
{
	struct adversary *adversary = pass->adversary;
	const struct sim_trace_reader reader = {
		.record = on_record,
		.arg = &adversary->effects,
	};
	struct target_run run = *pass->run;

	memset(adversary->effects.of, 0, sizeof(adversary->effects.of));
	adversary->effects.next = observed ? run.reader : NULL;
	run.reader = &reader;
	if (!adversary->effects.next) {
		run.aside = adversary->effects.of;
		run.aside_bytes = sizeof(adversary->effects.of);
	}
	/* Fetches are counted once, as they are without an adversary. */
	if (when != SIM_CHANGE_NONE || observed)
		run.fetches = NULL;
	if (run.log)
		run.log->count = 0;
	adversary->sim.when = when;
	target_pass(pass->target, pass->program, &run, &adversary->sim, result);
}

/* It decides: if somebody looks on, once more for him. */
static void decide(const struct pass *pass, enum sim_change_when when,
		   const struct target_result *known,
		   struct target_result *result)
{
	if (pass->run->reader)
		run_when(pass, when, true, result);
	else
		*result = *known;
}

/* -- values that were checked, and are used in another form ----------------- */

static bool is_refusal(int64_t result)
{
	return result == -EINVAL || result == -E2BIG || result == -EPERM ||
	       result == -EACCES || result == -ERANGE ||
	       result == -EOVERFLOW || result == -EOPNOTSUPP;
}

static bool is_used(const struct adversary *adversary,
		    const struct target_result *late)
{
	uint32_t op = adversary->sim.change.op;

	if (!op || adversary->sim.other_value ||
	    adversary->sim.change.first == adversary->sim.change.second)
		return false;
	return is_refusal(adversary->early.results[op - 1]) &&
	       adversary->without.results[op - 1] >= 0 &&
	       late->results[op - 1] >= 0 &&
	       adversary->effects.of[op] != adversary->effects_without.of[op];
}

static void report_used(const struct adversary *adversary,
			const struct program *program,
			struct target_result *result)
{
	const struct sim_change *change = &adversary->sim.change;
	struct sim_finding *finding = &result->finding;

	memset(finding, 0, sizeof(*finding));
	finding->severity = VTB_EXIT_SAFETY;
	snprintf(finding->oracle, sizeof(finding->oracle), "unchecked-value");
	snprintf(finding->object, sizeof(finding->object), "%s",
		 program->calls[change->op - 1].op->name);
	snprintf(finding->what, sizeof(finding->what),
		 "a value that is refused (%lld) when it is there all along is used",
		 (long long)adversary->early.results[change->op - 1]);
	finding->step = result->steps;
	finding->time_ns = result->time_ns;
	finding->op = change->op;
	sim_finding_blame(finding, change);
	result->found = true;
	sim_finding_identity(finding, result->identity,
			     sizeof(result->identity));
}

void adversary_run(struct adversary *adversary, struct target *target,
		   const struct program *program, const struct target_run *run,
		   struct target_result *result)
{
	const struct pass pass = { adversary, target, program, run };
	const struct sim_change *change = &adversary->sim.change;

	adversary->sim.powers = program->adversary;
	run_when(&pass, SIM_CHANGE_NONE, false, &adversary->without);
	adversary->effects_without = adversary->effects;
	if (!change->bytes || adversary->without.found) {
		decide(&pass, SIM_CHANGE_NONE, &adversary->without, result);
		return;
	}
	if (run->change)
		*run->change = *change;
	if (change->first != change->second) {
		run_when(&pass, SIM_CHANGE_EARLY, false, &adversary->early);
		if (adversary->early.found) {
			decide(&pass, SIM_CHANGE_EARLY, &adversary->early,
			       result);
			return;
		}
	}
	run_when(&pass, SIM_CHANGE_LATE, true, result);
	if (!result->found && is_used(adversary, result))
		report_used(adversary, program, result);
}

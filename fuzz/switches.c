/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switches.c - switches by actor, function and visit; see switches.h
 */
#include <string.h>

#include <kernel/instance.h>
#include <sim/access.h>
#include <sim/fiber.h>

#include "switches.h"

#define MAX_FRAMES	24

/* ---- where a fiber stands ------------------------------------------------ */

static const char *op_name(const struct program *p, uint32_t slot)
{
	return slot && slot <= p->nr_calls ? p->calls[slot - 1].op->name :
					     "world";
}

/* The innermost function under test on the running fiber's stack. */
static const char *function_here(const struct switches *s, struct sim *sim)
{
	const void *pcs[MAX_FRAMES];
	unsigned int nr, i;
	uintptr_t low, high;
	const char *name;
	bool cut;

	if (!sim_stack_bounds(sim, &low, &high))
		return op_name(s->program, sim_op(sim));
	nr = sim_stack_walk(__builtin_frame_address(0), low, high, pcs,
			    MAX_FRAMES);
	for (i = 0; i < nr; i++) {
		name = kernel_symbol((const char *)pcs[i] - 1, &cut);
		if (cut)
			return name;
	}
	return op_name(s->program, sim_op(sim));
}

static struct switches_place *place_of(struct switches *s, uint32_t op,
				       const char *function)
{
	uint32_t at = (uint32_t)(((uintptr_t)function >> 2) + op * 31), i;
	struct switches_place *place;

	for (i = 0; i < SWITCHES_PLACES; i++) {
		place = &s->places[(at + i) % SWITCHES_PLACES];
		if (!place->function)
			*place = (struct switches_place){ function, op };
		if (place->op == op && !strcmp(place->function, function))
			return place;
	}
	s->lost = true;
	return NULL;
}

/* Atomics have their hook in every flavour; others only where accesses do. */
static bool is_access(const struct sim_access *access)
{
	return access && !(access->flags & SIM_ACCESS_ATOMIC);
}

/* Counts the point and says which it is; false if that is not known. */
static bool pass_point(struct switches *s, struct sim *sim,
		       const struct sim_access *access)
{
	const char *function = function_here(s, sim);
	uint32_t op = sim_op(sim);
	struct switches_place *place = place_of(s, op, function);

	if (!place)
		return false;
	s->now.access = is_access(access);
	s->now.nth = s->now.access ? ++place->accesses : ++place->visits;
	s->now.key = op && op <= s->program->nr_calls ?
		     s->program->calls[op - 1].key : 0;
	snprintf(s->now.function, sizeof(s->now.function), "%s", function);
	return true;
}

/* ---- following names ----------------------------------------------------- */

static bool same_point(const struct program_switch *a,
		       const struct program_switch *b)
{
	return a->key == b->key && a->nth == b->nth && a->access == b->access &&
	       !strcmp(a->function, b->function);
}

static struct sim_fiber *follow(void *arg, struct sim *sim,
				const struct sim_access *access)
{
	struct program_switch wanted;
	struct switches *s = arg;
	const char *line = s->follow;
	struct sim_fiber *fiber;

	if (!pass_point(s, sim, access))
		return NULL;
	while (line && *line) {
		line = program_next_switch(line, &wanted);
		if (!line || !same_point(&wanted, &s->now))
			continue;
		fiber = sim_fiber_find(sim, wanted.actor);
		s->nr_met += fiber != NULL;
		return fiber;
	}
	return NULL;
}

void switches_follow(struct switches *s, const struct program *program)
{
	memset(s, 0, sizeof(*s));
	s->program = program;
	s->follow = program->switches;
	s->guide = (struct sim_guide){ follow, s };
}

unsigned int switches_missing(const struct switches *s)
{
	struct program_switch one;
	const char *line = s->follow;
	unsigned int nr = 0;

	while (line && *line) {
		line = program_next_switch(line, &one);
		nr++;
	}
	return nr - s->nr_met;
}

/* ---- finding names ------------------------------------------------------- */

static struct sim_fiber *look_on(void *arg, struct sim *sim,
				 const struct sim_access *access)
{
	struct switches *s = arg;

	s->preempting = false;
	if (!pass_point(s, sim, access))
		s->now.nth = 0;
	return NULL;
}

void switches_find(struct switches *s, const struct program *program,
		   char *text, size_t size)
{
	memset(s, 0, sizeof(*s));
	text[0] = '\0';
	s->program = program;
	s->found = text;
	s->size = size;
	s->guide = (struct sim_guide){ look_on, s };
}

static void add_line(struct switches *s)
{
	size_t used = strlen(s->found);
	size_t n = program_print_switch(&s->now, s->found + used,
					s->size - used);

	if (n < s->size - used && s->now.nth)
		return;
	s->found[used] = '\0';
	s->lost = true;
}

void switches_record(struct switches *s, const struct sim *sim,
		     const struct sim_trace_record *record)
{
	if (record->what == SIM_TRACE_DECISION &&
	    record->a == SIM_DECIDE_PREEMPT)
		s->preempting = true;
	if (record->what != SIM_TRACE_SWITCH || !s->preempting)
		return;
	s->preempting = false;
	snprintf(s->now.actor, sizeof(s->now.actor), "%s",
		 sim_fiber_name(sim_fiber_self(sim)));
	add_line(s);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise_lists.c - fewer ops and decisions; see minimise.h
 *
 * Lists are shortened by halves, quarters and so on down to single entries,
 * from the end: what stands behind the cause of a finding goes first.
 */
#include <string.h>

#include "minimise.h"

struct list {
	uint32_t (*count)(const struct program *program);
	void (*drop)(struct program *program, uint32_t at, uint32_t n);
};

static uint32_t count_ops(const struct program *p)
{
	return p->nr_calls;
}

/* Their decisions go with them when the program is made normal. */
static void drop_ops(struct program *p, uint32_t at, uint32_t n)
{
	memmove(&p->calls[at], &p->calls[at + n],
		(p->nr_calls - at - n) * sizeof(p->calls[0]));
	p->nr_calls -= n;
}

static uint32_t count_decisions(const struct program *p)
{
	return p->nr_overrides;
}

static void drop_decisions(struct program *p, uint32_t at, uint32_t n)
{
	memmove(&p->overrides[at], &p->overrides[at + n],
		(p->nr_overrides - at - n) * sizeof(p->overrides[0]));
	p->nr_overrides -= n;
}

/* All chunks of @n entries once, from the end. */
static bool drop_chunks(struct minimiser *m, const struct list *list,
			uint32_t n)
{
	uint32_t end = list->count(&m->best), at;
	bool shorter = false;

	while (end && !minimise_over(m)) {
		if (end > list->count(&m->best))
			end = list->count(&m->best);
		at = end > n ? end - n : 0;
		m->candidate = m->best;
		list->drop(&m->candidate, at, end - at);
		shorter |= minimise_try(m);
		end = at;
	}
	return shorter;
}

static bool shorten(struct minimiser *m, const struct list *list)
{
	uint32_t n = list->count(&m->best);
	bool shorter = false;

	for (; n; n /= 2)
		shorter |= drop_chunks(m, list, n);
	return shorter;
}

bool minimise_ops(struct minimiser *m)
{
	static const struct list ops = { count_ops, drop_ops };

	return shorten(m, &ops);
}

/* The first value that is not benign says the same as any other, if it does. */
static bool lower_decisions(struct minimiser *m)
{
	bool lower = false;
	uint32_t i;

	for (i = 0; i < m->best.nr_overrides && !minimise_over(m); i++) {
		if (m->best.overrides[i].value < 2)
			continue;
		m->candidate = m->best;
		m->candidate.overrides[i].value = 1;
		lower |= minimise_try(m);
	}
	return lower;
}

/* The finding is worth more the less the attacker needs for it. */
static bool fewer_powers(struct minimiser *m)
{
	bool fewer = false;
	uint32_t power;

	for (power = 1; power <= m->best.adversary; power <<= 1) {
		if (!(m->best.adversary & power))
			continue;
		m->candidate = m->best;
		m->candidate.adversary &= ~power;
		fewer |= minimise_try(m);
	}
	return fewer;
}

bool minimise_decisions(struct minimiser *m)
{
	static const struct list decisions = { count_decisions, drop_decisions };
	bool shorter = shorten(m, &decisions);

	shorter |= fewer_powers(m);
	return lower_decisions(m) || shorter;
}

/* -- schedule and faults ---------------------------------------------------- */

static bool draws(const struct program *p)
{
	unsigned int i;

	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		if (p->fault_num[i])
			return true;
	return p->adversary_num || p->strategy != SIM_ROUND_ROBIN || p->preempt_den ||
	       p->nr_bytes || p->seed || p->switches[0];
}

/* Nothing is left to the seed: round robin, and what is overridden. */
static void draw_nothing(struct program *p)
{
	p->strategy = SIM_ROUND_ROBIN;
	p->preempt_den = 0;
	p->seed = 0;
	p->nr_bytes = 0;
	p->switches[0] = '\0';
	p->adversary_num = 0;
	memset(p->fault_num, 0, sizeof(p->fault_num));
}

/* The decisions of the best run as overrides. */
static void spell_out(struct minimiser *m)
{
	struct program *p = &m->candidate;
	size_t i;

	p->nr_overrides = 0;
	for (i = 0; i < m->nr_decisions; i++) {
		const struct sim_override *from = &m->decisions[i];

		if (from->op > p->nr_calls)
			continue;
		p->overrides[p->nr_overrides++] = (struct program_override){
			.key = from->op ? p->calls[from->op - 1].key : 0,
			.kind = from->kind,
			.nth = from->nth,
			.value = from->value,
		};
	}
}

/* Most findings do not need it. */
static void minimise_memory(struct minimiser *m)
{
	if (m->best.memory == SIM_MEMORY_SC)
		return;
	m->candidate = m->best;
	m->candidate.memory = SIM_MEMORY_SC;
	if (minimise_try(m))
		return;
	m->candidate = m->best;
	m->candidate.memory = SIM_MEMORY_TSO;
	minimise_try(m);
}

bool minimise_schedule(struct minimiser *m)
{
	minimise_memory(m);
	if (!draws(&m->best))
		return false;
	m->candidate = m->best;
	draw_nothing(&m->candidate);
	if (minimise_try(m))
		return true;
	/* Too many to write down; with fewer ops there may be fewer. */
	if (m->nr_decisions > PROGRAM_MAX_OVERRIDES)
		return false;
	m->candidate = m->best;
	draw_nothing(&m->candidate);
	spell_out(m);
	return minimise_try(m);
}

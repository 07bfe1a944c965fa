/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_save.c - a finding of a search, with as few switches as can be
 *
 * The scenario stays what it is: its ops, arguments and configuration are the
 * user's (`vtb min` makes them smaller, too). What goes is whatever the search
 * drew: the schedule becomes round robin with the decisions that matter.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <vtb/build_id.h>

#include "explore.h"
#include "minimise.h"

#define REPLAYS		100

static uint32_t count_kind(const struct program *p, enum sim_decision_kind kind)
{
	uint32_t i, n = 0;

	for (i = 0; i < p->nr_overrides; i++)
		n += p->overrides[i].kind == kind && p->overrides[i].value;
	return n;
}

static void say_memory(const struct program *p)
{
	if (p->memory)
		fprintf(stderr, "vtb: explore: memory %s: stores held back: %u; "
			"loads of older values: %u\n",
			sim_memory_model_name(p->memory),
			count_kind(p, SIM_DECIDE_HOLD),
			count_kind(p, SIM_DECIDE_STALE));
}

static uint32_t count_switches(const struct program *p)
{
	const char *line = p->switches;
	uint32_t n = count_kind(p, SIM_DECIDE_PREEMPT) +
		     count_kind(p, SIM_DECIDE_PICK);

	for (; *line; line = strchr(line, '\n') + 1)
		n++;
	return n;
}

static void init(struct minimiser *m, const struct explore *x,
		 const struct program *program,
		 const struct worker_result *found)
{
	size_t n = found->nr_decisions;

	memset(m, 0, sizeof(*m));
	m->identity = found->identity;
	m->best = *program;
	/* Not drawn from a seed, but not round robin either. */
	if (x->strategy == EXPLORE_BOUNDED)
		m->best.strategy = SIM_REPLAY;
	program_normalise(&m->best);
	m->nr_decisions = n;
	if (n > PROGRAM_MAX_OVERRIDES)
		n = PROGRAM_MAX_OVERRIDES;
	memcpy(m->decisions, found->decisions, n * sizeof(m->decisions[0]));
}

static void describe(struct program *p, const struct explore *x,
		     const struct worker_result *found)
{
	const char *name = strrchr(x->options.file, '/');

	snprintf(p->expect, sizeof(p->expect), "%s", found->identity);
	p->expect_in[0] = '\0';
	snprintf(p->implementation, sizeof(p->implementation), "%s",
		 session.implementation);
	snprintf(p->build, sizeof(p->build), "%s", vtb_build_id());
	snprintf(p->comment, sizeof(p->comment),
		 "# Found by vtb explore in %s: strategy %s, seed %" PRIu64
		 ", schedule %" PRIu64 ".\n",
		 name ? name + 1 : x->options.file,
		 explore_strategy_names[x->strategy], x->options.seed,
		 explore_schedules(x));
}

/* "OUT/NAME-IDENTITY-N.scn", N the first that is free. */
static int save_text(struct explore *x, const struct program *p, char *path,
		     size_t size)
{
	static char text[256 << 10];
	const char *name = strrchr(x->options.file, '/');
	size_t n = program_print(p, text, sizeof(text)), length;
	unsigned int i = 1;
	char slug[128];
	int rc;

	name = name ? name + 1 : x->options.file;
	length = strcspn(name, ".");
	report_slug(p->expect, slug, sizeof(slug));
	do {
		snprintf(path, size, "%s/%.*s-%s-%u.scn", x->options.out,
			 (int)length, name, slug, i++);
		rc = report_write_file(path, (uint8_t *)text, n);
	} while (rc == -EEXIST);
	if (!rc)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: explore: cannot save %s: %s%s; keep what follows as "
		"a .scn file:\n%s", path, strerror(-rc),
		rc == -ENOSPC ? " (the disk is full)" :
		rc == -ENOENT ? " (make the folder first)" : "", text);
	return VTB_EXIT_BENCH;
}

/* How many of so many runs come to the same, to the bit? */
static unsigned int count_replays(struct minimiser *m)
{
	unsigned int same = 0, i;
	uint64_t hash = 0;

	for (i = 0; i < REPLAYS; i++) {
		m->result = worker_run(m->worker, &m->best, false);
		if (!i)
			hash = m->result->trace_hash;
		same += !strcmp(m->result->identity, m->identity) &&
			m->result->trace_hash == hash;
	}
	return same;
}

/* @saved: the last line says how to see it again; else there is no such file. */
static void say_found(const struct explore *x, const struct program *p,
		      const struct worker_result *found, unsigned int same,
		      bool saved)
{
	const struct report report = {
		.exit_code = found->exit_code,
		.identity = found->identity,
		.oracle = found->oracle,
		.what = found->what,
		.why = found->why,
		.step = found->step,
		.time_ns = found->time_ns,
	};
	char file[4200];

	fprintf(stderr, "vtb: explore: schedule %" PRIu64 " shows %s\n",
		explore_schedules(x), found->identity);
	fprintf(stderr, "vtb: explore: context switches needed: %u; replays "
		"%u of %u times\n", count_switches(p), same, REPLAYS);
	say_memory(p);
	if (p->mutant[0])
		fprintf(stderr, "vtb: explore: ignored: %s\n", p->mutant);
	snprintf(file, sizeof(file), "%s%s",
		 strncmp(vtb_build_id(), "race", 4) ? "" : "--race ", x->file);
	report_print(stderr, &report, saved ? file : NULL);
}

/* Overrides of kinds that @from to @to gave and that names now give. */
static void drop_kinds(struct program *p, enum sim_decision_kind from,
		       enum sim_decision_kind to)
{
	uint32_t i, kept = 0;

	for (i = 0; i < p->nr_overrides; i++)
		if (p->overrides[i].kind < from || p->overrides[i].kind > to)
			p->overrides[kept++] = p->overrides[i];
	p->nr_overrides = kept;
}

/* Names say of a switch whom it is to: often that goes for all picks. */
static void name_switches(struct minimiser *m)
{
	static char names[PROGRAM_MAX_SWITCHES];
	const char *found = worker_name_switches(m->worker, &m->best);

	if (!found || !found[0])
		return;
	strcpy(names, found);
	m->candidate = m->best;
	strcpy(m->candidate.switches, names);
	drop_kinds(&m->candidate, SIM_DECIDE_PICK, SIM_DECIDE_PREEMPT);
	if (minimise_try(m))
		return;
	m->candidate = m->best;
	strcpy(m->candidate.switches, names);
	drop_kinds(&m->candidate, SIM_DECIDE_PREEMPT, SIM_DECIDE_PREEMPT);
	minimise_try(m);
}

/* A program that draws has more switches than could be named. */
static void minimise(struct minimiser *m)
{
	minimise_schedule(m);
	while (minimise_decisions(m) && !minimise_over(m))
		;
	if (m->best.strategy == SIM_ROUND_ROBIN)
		name_switches(m);
}

int explore_save(struct explore *x, const struct program *program,
		 const struct worker_result *found)
{
	static struct minimiser m;
	unsigned int same;
	int code;

	if (report_is_known(found->identity))
		return VTB_EXIT_CLEAN;
	report_remember(found->identity);
	init(&m, x, program, found);
	m.worker = worker_new();
	if (!m.worker)
		return VTB_EXIT_BENCH;
	minimise(&m);
	same = count_replays(&m);
	describe(&m.best, x, found);
	code = save_text(x, &m.best, x->file, sizeof(x->file));
	if (!x->identity[0])
		snprintf(x->identity, sizeof(x->identity), "%s",
			 found->identity);
	say_found(x, &m.best, found, same, !code);
	if (code)
		x->file[0] = '\0';
	worker_free(m.worker);
	return same == REPLAYS ? code :
		session_worse(code, VTB_EXIT_NONDETERMINISM);
}

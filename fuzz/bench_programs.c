/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_programs.c - programs per second, reset included
 *
 * Runs a file of programs (texts one after the other, each beginning with its
 * `vtb 1` line) again and again and measures from the first reset to the end
 * of the last run. Prints also what the programs are made of, because a
 * program that is refused at once is fast and worth nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kernel/instance.h>

#include "session.h"

#define MAX_TEXT	(4u << 20)

struct measured {
	unsigned int programs;
	uint64_t ops, ops_ok, events, switches, steps, hooks, findings;
	uint64_t spared;
	uint64_t runs;
	uint64_t ns;
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Where the next program begins: a line that starts with "vtb ". */
static const char *next_program(const char *text)
{
	for (; text; text = strchr(text, '\n')) {
		if (*text == '\n')
			text++;
		if (!strncmp(text, "vtb ", 4))
			return text;
	}
	return NULL;
}

static struct program *load_programs(const char *path, unsigned int *nr)
{
	char *text = calloc(1, MAX_TEXT + 1), error[512];
	struct program *list = NULL;
	const char *from, *to;
	size_t size;
	int rc;

	rc = text ? program_read_file(path, (uint8_t *)text, MAX_TEXT, &size) :
		    -ENOMEM;
	if (rc) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(-rc));
		free(text);
		return NULL;
	}
	for (*nr = 0, from = next_program(text); from; from = to, ++*nr) {
		to = next_program(from + 1);
		list = realloc(list, (*nr + 1) * sizeof(*list));
		sim_assert(list);
		if (!program_parse(&list[*nr], world_types, path, from,
				   to ? (size_t)(to - from) : strlen(from),
				   error, sizeof(error)))
			continue;
		fprintf(stderr, "vtb: program %u: %s\n", *nr + 1, error);
		free(list);
		list = NULL;
		break;
	}
	free(text);
	return list;
}

static bool same_call(const struct op_call *a, const struct op_call *b)
{
	return a->op == b->op && a->key == b->key &&
	       !memcmp(a->args, b->args, sizeof(a->args));
}

/* Ops that all programs begin with. */
static uint32_t common_calls(const struct program *list, unsigned int nr)
{
	uint32_t common = 0;
	unsigned int i;

	for (;; common++)
		for (i = 0; i < nr; i++)
			if (common >= list[i].nr_calls ||
			    !same_call(&list[i].calls[common],
				       &list[0].calls[common]))
				return common;
}

/* One round to count, others to measure. */
static void count_round(const struct program *list, struct measured *m)
{
	static struct target_result result;
	const struct target_run run = { .step_budget = session.step_budget };
	uint64_t hooks = kernel_hook_count();
	unsigned int i;

	for (i = 0; i < m->programs; i++) {
		session_run(&list[i], &run, &result);
		m->ops += list[i].nr_calls;
		m->ops_ok += result.nr_ok;
		m->events += result.events - result.spared_events;
		m->switches += result.switches;
		m->steps += result.steps;
		m->findings += result.found;
		m->spared += result.nr_spared;
	}
	m->hooks = kernel_hook_count() - hooks;
}

static void timed_rounds(const struct program *list, unsigned int rounds,
			 struct measured *m)
{
	static struct target_result result;
	const struct target_run run = { .step_budget = session.step_budget };
	uint64_t start = clock_ns();
	unsigned int n, i;

	for (n = 0; n < rounds; n++)
		for (i = 0; i < m->programs; i++)
			session_run(&list[i], &run, &result);
	m->runs = (uint64_t)rounds * m->programs;
	m->ns = clock_ns() - start;
}

static void print_measured(const struct measured *m, bool json)
{
	double n = m->programs;
	double rate = m->ns ? (double)m->runs * 1e9 / (double)m->ns : 0;
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I}",
		"target", session.target_name,
		"implementation", session.implementation,
		"flavour", VTB_FLAVOUR,
		"programs", (json_int_t)m->programs,
		"runs", (json_int_t)m->runs,
		"programs_per_second", rate,
		"ops_ok_share", m->ops ? (double)m->ops_ok / (double)m->ops : 0,
		"events", (double)m->events / n,
		"switches", (double)m->switches / n,
		"steps", (double)m->steps / n,
		"hooks", (double)m->hooks / n,
		"spared", (double)m->spared / n,
		"findings", (json_int_t)m->findings);
	if (json) {
		json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER |
			   JSON_REAL_PRECISION(6));
		printf("\n");
	} else {
		printf("vtb: %s.%s (%s): %.0f programs/s; %u programs, "
		       "%.0f %% of the ops succeed; per program %.1f events, "
		       "%.1f switches, %.1f steps, %.1f hooks; %" PRIu64
		       " findings\n", session.target_name,
		       session.implementation, VTB_FLAVOUR, rate, m->programs,
		       m->ops ? 100.0 * (double)m->ops_ok / (double)m->ops : 0,
		       (double)m->events / n, (double)m->switches / n,
		       (double)m->steps / n, (double)m->hooks / n,
		       m->findings);
	}
	json_decref(object);
}

int bench_programs(const char *path, unsigned int repeat, bool json)
{
	struct measured m = { 0 };
	struct program *list = load_programs(path, &m.programs);

	if (!list)
		return VTB_EXIT_USAGE;
	session.mode = SESSION_QUIET;
	/* Programs come again and again here: all they begin with would be known. */
	if (session.prefixes == TARGET_PREFIXES_COMMON) {
		target_share_prefix(session.target,
				    common_calls(list, m.programs));
		target_use_prefixes(session.target, TARGET_PREFIXES_COMMON);
	}
	crash_arm();
	timed_rounds(list, 1, &m);	/* builds worlds, takes snapshots */
	count_round(list, &m);
	timed_rounds(list, repeat ? repeat : 1, &m);
	print_measured(&m, json);
	free(list);
	return VTB_EXIT_CLEAN;
}

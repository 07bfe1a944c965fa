/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sweep.c - a program with each of its fallible calls failing in turn
 *
 * A fallible call is a fault point: an allocation, a pin, a user copy, an
 * access to a device. It is addressed by op, kind and number, so "the next one"
 * exists if a run in which it is overridden says that it was decided. All that
 * came before it runs as without the failure, so these are exactly the calls
 * that the program makes. A pin fails twice: as a whole, and after one page.
 *
 * Calls that fail anyway (the program says so) are passed over. A finding that
 * the program shows without any failure is no news.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

#include <kernel/instance.h>

#include "session.h"
#include "worker.h"

/*
 * Calls of one kind in one op. A program that shows a loop without end has as
 * many as its step budget allows, and a few of them tell all.
 */
#define MAX_CALLS	4096
#define MAX_CALLS_LOOP	16

struct sweep {
	struct worker *worker;
	struct program program;
	struct program failing;		/* the same with one call failing */
	const char *file;
	const char *out;
	struct worker_result baseline;
	const struct worker_result *result;
	json_t *points;
	uint32_t max_calls;
	bool cut;			/* there were more than that */
	uint64_t runs;
	int worst;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static const struct worker_result *run(struct sweep *sweep,
				       const struct program *program)
{
	sweep->runs++;
	return worker_run(sweep->worker, program, true);
}

/* Index of the decision in the log of @result, or -1 if it was not taken. */
static int find_decision(const struct worker_result *result, uint32_t slot,
			 const struct program_override *address)
{
	size_t n = result->nr_decisions, i;

	if (n > PROGRAM_MAX_OVERRIDES)
		n = PROGRAM_MAX_OVERRIDES;
	for (i = 0; i < n; i++) {
		const struct sim_override *d = &result->decisions[i];

		if (d->op == slot && d->kind == address->kind &&
		    d->nth == address->nth)
			return (int)i;
	}
	return -1;
}

static void make_failing(struct sweep *sweep,
			 const struct program_override *address)
{
	struct program *p = &sweep->failing;

	*p = sweep->program;
	if (p->nr_overrides == PROGRAM_MAX_OVERRIDES)
		p->nr_overrides--;
	/* Of two at one address the last one stays. */
	p->overrides[p->nr_overrides++] = *address;
	program_normalise(p);
}

/* -- findings --------------------------------------------------------------- */

static bool is_news(const struct sweep *sweep)
{
	return sweep->result->exit_code &&
	       strcmp(sweep->result->identity, sweep->baseline.identity);
}

static bool is_saved(const struct sweep *sweep, const char *identity)
{
	json_t *point;
	size_t i;

	json_array_foreach(sweep->points, i, point)
		if (json_object_get(point, "file") &&
		    !strcmp(json_string_value(json_object_get(point, "identity")),
			    identity))
			return true;
	return false;
}

static void describe(struct program *p, const struct sweep *sweep,
		     const struct program_override *address)
{
	char failure[128];

	program_print_override(address, failure, sizeof(failure));
	snprintf(p->comment, sizeof(p->comment),
		 "# Found by vtb sweep of %s: %s\n", sweep->file, failure);
	snprintf(p->expect, sizeof(p->expect), "%s", sweep->result->identity);
	p->expect_in[0] = '\0';
	snprintf(p->implementation, sizeof(p->implementation), "%s",
		 session.implementation);
	snprintf(p->build, sizeof(p->build), "%s", session.build);
}

/* As text, under a name that is not taken. Ends the sweep if it cannot. */
static void save_finding(struct sweep *sweep,
			 const struct program_override *address, char *path,
			 size_t size)
{
	static char text[256 << 10];
	unsigned int n = 1;
	char slug[128];
	size_t length;
	int rc;

	describe(&sweep->failing, sweep, address);
	length = program_print(&sweep->failing, text, sizeof(text));
	report_slug(sweep->result->identity, slug, sizeof(slug));
	do {
		snprintf(path, size, "%s/%s-%u.scn", sweep->out, slug, n++);
		rc = report_write_file(path, (uint8_t *)text, length);
	} while (rc == -EEXIST);
	if (!rc)
		return;
	fprintf(stderr, "vtb: cannot write %s: %s; it would have been:\n%s",
		path, strerror(-rc), text);
	sweep->worst = VTB_EXIT_BENCH;
	path[0] = '\0';
}

/* -- points ----------------------------------------------------------------- */

static json_t *describe_point(const struct sweep *sweep, uint32_t slot,
			      const struct program_override *address,
			      int decision)
{
	const struct worker_result *result = sweep->result;
	const void *caller = result->callers[decision];
	const char *name = caller ? kernel_symbol(caller, NULL) : "";
	const struct op_call *call = slot ? &sweep->program.calls[slot - 1] :
					    NULL;
	json_t *point;

	point = json_pack("{s:i, s:s, s:s, s:i, s:i, s:s, s:s, s:i}",
			  "key", (int)address->key,
			  "op", call ? call->op->name : "world",
			  "kind", sim_decision_kind_name(
					(enum sim_decision_kind)address->kind),
			  "nth", (int)address->nth + 1,
			  "value", (int)address->value, "caller", name,
			  "identity", result->identity,
			  "exit", result->exit_code);
	sim_assert(point);
	if (call && !result->died)
		json_object_set_new(point, "result", json_integer(
					result->results[slot - 1]));
	return point;
}

static void add_point(struct sweep *sweep, uint32_t slot,
		      const struct program_override *address, int decision)
{
	json_t *point = describe_point(sweep, slot, address, decision);
	char path[4096] = "";

	if (is_news(sweep)) {
		sweep->worst = session_worse(sweep->worst,
					     sweep->result->exit_code);
		if (!is_saved(sweep, sweep->result->identity))
			save_finding(sweep, address, path, sizeof(path));
		json_object_set_new(point, "news", json_true());
	}
	if (path[0])
		json_object_set_new(point, "file", json_string(path));
	json_array_append_new(sweep->points, point);
}

/*
 * Has the call at @address fail, and runs; false if there is no such call. A
 * value too high for the call is lowered by the run: that failure is known.
 */
static bool fail_one(struct sweep *sweep, uint32_t slot,
		     const struct program_override *address)
{
	int decision;

	make_failing(sweep, address);
	sweep->result = run(sweep, &sweep->failing);
	decision = find_decision(sweep->result, slot, address);
	if (decision < 0)
		return false;
	if (sweep->result->decisions[decision].value == address->value)
		add_point(sweep, slot, address, decision);
	return true;
}

/* All calls of one kind in one op; slot 0 is the world itself. */
static void sweep_kind(struct sweep *sweep, uint32_t slot, uint32_t kind)
{
	struct program_override address = {
		.key = slot ? sweep->program.calls[slot - 1].key : 0,
		.kind = kind,
	};

	for (; address.nth < sweep->max_calls && !interrupted; address.nth++) {
		if (find_decision(&sweep->baseline, slot, &address) >= 0)
			continue;
		address.value = 1;
		if (!fail_one(sweep, slot, &address))
			return;
		/* Pins also fall short: the first page only. */
		address.value = 2;
		if (kind == SIM_DECIDE_FAIL_PIN)
			fail_one(sweep, slot, &address);
	}
	sweep->cut |= !interrupted;
}

static void sweep_all(struct sweep *sweep)
{
	uint32_t slot, kind;

	for (slot = 0; slot <= sweep->program.nr_calls; slot++)
		for (kind = PROGRAM_FIRST_FAULT; kind <= PROGRAM_LAST_FAULT;
		     kind++)
			sweep_kind(sweep, slot, kind);
}

static int print_result(struct sweep *sweep)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:I, s:O}",
				   "file", sweep->file,
				   "target", session.target_name,
				   "implementation", session.implementation,
				   "build", session.build,
				   "without", sweep->baseline.identity,
				   "cut", sweep->cut,
				   "interrupted", (int)interrupted,
				   "exit", sweep->worst,
				   "runs", (json_int_t)sweep->runs,
				   "points", sweep->points);

	sim_assert(object);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	fflush(stdout);
	json_decref(object);
	json_decref(sweep->points);
	return sweep->worst;
}

int sweep_file(const char *file, const char *out)
{
	static struct sweep sweep;
	char error[512];

	if (program_load(&sweep.program, world_types, file, error,
			 sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	sweep.file = file;
	sweep.out = out;
	sweep.points = json_array();
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	sweep.worker = worker_new();
	if (!sweep.worker || !sweep.points)
		return VTB_EXIT_BENCH;
	sweep.baseline = *run(&sweep, &sweep.program);
	sweep.max_calls = sweep.baseline.exit_code == VTB_EXIT_LIVENESS ?
			  MAX_CALLS_LOOP : MAX_CALLS;
	sweep_all(&sweep);
	worker_free(sweep.worker);
	return print_result(&sweep);
}

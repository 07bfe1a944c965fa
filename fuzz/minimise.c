/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise.c - the smallest program that still shows a finding
 *
 * Rounds of passes (minimise.h) until one gets no further. What is left is
 * written as text: no draws, only ops, arguments and decisions that matter.
 * Candidates run in a worker, since some of them crash or hang.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minimise.h"
#include "session.h"

/* Passes are short-sighted: this is for programs that keep surprising them. */
#define MAX_ROUNDS	16

/* A program that hangs is not waited for as long as in a campaign. */
#define HANG_SECONDS	4

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static time_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

bool minimise_over(const struct minimiser *m)
{
	return interrupted || (m->deadline && now_seconds() >= m->deadline);
}

/* Where a hang is cut off is a matter of the wall clock. */
static bool same_finding(const char *a, const char *b)
{
	return !strcmp(a, b) ||
	       (!strncmp(a, "hang/", 5) && !strncmp(b, "hang/", 5));
}

static void run_candidate(struct minimiser *m)
{
	m->result = worker_run(m->worker, &m->candidate, false);
	m->tries++;
}

/* The candidate's decisions are known only while it is the last one run. */
static void accept(struct minimiser *m)
{
	size_t n = m->result->nr_decisions;

	m->best = m->candidate;
	m->nr_decisions = n;
	if (n > PROGRAM_MAX_OVERRIDES)
		n = PROGRAM_MAX_OVERRIDES;
	memcpy(m->decisions, m->result->decisions, n * sizeof(m->decisions[0]));
}

bool minimise_try(struct minimiser *m)
{
	program_normalise(&m->candidate);
	if (minimise_over(m) || program_equal(&m->candidate, &m->best))
		return false;
	run_candidate(m);
	if (!same_finding(m->result->identity, m->identity))
		return false;
	accept(m);
	return true;
}

static void say_progress(const struct minimiser *m, const char *when)
{
	fprintf(stderr, "vtb: min: %s: %u ops, %u decisions, %" PRIu64
		" programs run\n", when, m->best.nr_calls,
		m->best.nr_overrides, m->tries);
}

static bool one_round(struct minimiser *m)
{
	static bool (*const passes[])(struct minimiser *) = {
		minimise_schedule, minimise_ops, minimise_schedule,
		minimise_decisions, minimise_config, minimise_arguments,
	};
	bool further = false;
	size_t i;

	for (i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		further |= passes[i](m);
	return further;
}

static void all_rounds(struct minimiser *m)
{
	char when[32];
	unsigned int i;

	say_progress(m, "start");
	for (i = 1; i <= MAX_ROUNDS && one_round(m); i++) {
		snprintf(when, sizeof(when), "round %u", i);
		say_progress(m, when);
	}
	minimise_keys(m);
}

/* -- the result ------------------------------------------------------------- */

static bool needs_abuse(const struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		if (p->calls[i].op->abuse)
			return true;
	return false;
}

/* What the file says beside the program itself. */
static void describe(struct program *p, const struct program *from,
		     const char *file, const char *identity)
{
	const char *name = strrchr(file, '/');

	p->abuse = needs_abuse(p);
	snprintf(p->expect, sizeof(p->expect), "%s", identity);
	p->expect_in[0] = '\0';
	snprintf(p->implementation, sizeof(p->implementation), "%s",
		 session.implementation);
	snprintf(p->build, sizeof(p->build), "%s", session.build);
	snprintf(p->comment, sizeof(p->comment),
		 "# Minimised by vtb min from %s: %u ops to %u, %u decisions to %u.\n",
		 name ? name + 1 : file, from->nr_calls, p->nr_calls,
		 from->nr_overrides, p->nr_overrides);
}

static int write_result(const struct program *p, const char *out)
{
	static char text[256 << 10];
	size_t n = program_print(p, text, sizeof(text));
	int rc = report_write_file(out, (uint8_t *)text, n);

	if (rc)
		fprintf(stderr, "vtb: cannot write %s: %s; it would have been:\n",
			out, strerror(-rc));
	else
		fprintf(stderr, "vtb: min: wrote %s\n", out);
	fwrite(text, 1, n, stdout);
	fflush(stdout);
	return rc ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

/* A child that has run nothing else must come to the same. */
static int check_result(struct minimiser *m)
{
	worker_free(m->worker);
	m->worker = worker_new();
	if (!m->worker)
		return VTB_EXIT_BENCH;
	m->candidate = m->best;
	run_candidate(m);
	if (same_finding(m->result->identity, m->identity))
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: min: the result shows %s in a new process\n",
		m->result->identity);
	return VTB_EXIT_NONDETERMINISM;
}

/* Runs the program as it is: what is there to keep? */
static int find_identity(struct minimiser *m, const char *file,
			 const char *wanted)
{
	static char identity[PROGRAM_MAX_EXPECT];

	m->candidate = m->best;
	run_candidate(m);
	snprintf(identity, sizeof(identity), "%s", m->result->identity);
	m->identity = identity;
	if (!m->result->exit_code) {
		fprintf(stderr, "vtb: %s: nothing to keep: the run is clean in %s\n",
			file, session.implementation);
		return VTB_EXIT_USAGE;
	}
	if (wanted && !same_finding(identity, wanted)) {
		fprintf(stderr, "vtb: %s shows %s, not %s\n", file, identity,
			wanted);
		return VTB_EXIT_USAGE;
	}
	accept(m);
	return VTB_EXIT_CLEAN;
}

static int run_minimiser(struct minimiser *m,
			 const struct minimise_options *options)
{
	static struct program from;
	int code = find_identity(m, options->file, options->identity);

	if (code)
		return code;
	from = m->best;
	m->best.expect[0] = '\0';
	m->best.expect_in[0] = '\0';
	fprintf(stderr, "vtb: min: keeping %s\n", m->identity);
	if (options->seconds)
		m->deadline = now_seconds() + (time_t)options->seconds;
	all_rounds(m);
	describe(&m->best, &from, options->file, m->identity);
	code = check_result(m);
	return session_worse(code, write_result(&m->best, options->out));
}

int minimise_file(const struct minimise_options *options)
{
	static struct minimiser m;
	char error[512];
	int code;

	if (program_load(&m.best, world_types, options->file, error,
			 sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	if (!access(options->out, F_OK)) {
		fprintf(stderr, "vtb: %s is there already; nothing is overwritten\n",
			options->out);
		return VTB_EXIT_USAGE;
	}
	if (session.hang_seconds > HANG_SECONDS)
		session.hang_seconds = HANG_SECONDS;
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	m.worker = worker_new();
	if (!m.worker)
		return VTB_EXIT_BENCH;
	code = run_minimiser(&m, options);
	worker_free(m.worker);
	return code;
}

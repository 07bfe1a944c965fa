/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_interleavings.c - schedules of the ring, beside threads under TSan
 *
 * Both sides run components/races/ring.c: eight packets of four words from a
 * producer to a consumer, through a ring that wraps twice meanwhile. Here that
 * is scenarios/races/ring.scn as `vtb explore` runs it, with ASan, the
 * data-race detector, oracles and the reset of the world; there it is
 * native/ring_stress.c, two pthreads under TSan.
 *
 * First table: complete interleavings per second of processor time. Second:
 * what it takes to find a planted bug. Processor time is that of all processes
 * and threads involved; the native times to a bug are wall time, as is theirs.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_TEXT	16384
#define MAX_SEEDS	9
#define RING		BENCH_SCENARIOS_DIR "/ring.scn"

static const char help[] =
	"usage: bench_interleavings [options]\n"
	"Schedules of a ring between two actors, and how many planted bugs take.\n";

static const struct bench_column speed_columns[] = {
	{ "case", "what", 0 },
	{ "schedules", "interleavings", 0 },
	{ "cpu_s", "cpu s", 2 },
	{ "per_s", "per s and core", 0 },
	{ "ratio", "x native", 1 },
	{ NULL, NULL, 0 },
};

static const struct bench_column bug_columns[] = {
	{ "case", "bug", 0 },
	{ "found", "found", 0 },
	{ "schedules", "schedules", 0 },
	{ "cpu_s", "cpu s", 3 },
	{ "by", "by", 0 },
	{ "native_rounds", "native rounds", 0 },
	{ "native_s", "native s", 2 },
	{ "native", "native", 0 },
	{ NULL, NULL, 0 },
};

static const struct bench_column pct_columns[] = {
	{ "case", "bug", 0 },
	{ "depth", "d", 0 },
	{ "actors", "n", 0 },
	{ "steps", "k", 0 },
	{ "runs", "runs", 0 },
	{ "hits", "hits", 0 },
	{ "bound", "bound", 9 },
	{ "rate", "rate", 5 },
	{ NULL, NULL, 0 },
};

/* ---- running others ------------------------------------------------------ */

struct outcome {
	char text[MAX_TEXT];
	double cpu_s;
	int code;
};

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void read_all(int fd, char *text)
{
	size_t used = 0;
	ssize_t got;

	while (used < MAX_TEXT - 1) {
		got = read(fd, text + used, MAX_TEXT - 1 - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';
}

static void child(const char *const *argv, int out)
{
	if (dup2(out, STDOUT_FILENO) < 0 || !freopen("/dev/null", "w", stderr))
		_exit(127);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void run(const char *const *argv, struct outcome *outcome)
{
	struct rusage usage;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0)
		bench_fail("cannot start %s", argv[0]);
	if (!pid)
		child(argv, ends[1]);
	close(ends[1]);
	read_all(ends[0], outcome->text);
	close(ends[0]);
	if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 127)
		bench_fail("%s did not run", argv[0]);
	outcome->code = WEXITSTATUS(status);
	outcome->cpu_s = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
}

/* ---- the bench's side ---------------------------------------------------- */

struct search {
	const char *exe;
	const char *strategy;
	const char *memory;	/* NULL: as the strategy has it */
	unsigned int runs;
	unsigned int depth;	/* 0: none */
	unsigned int seed;
	bool all;
};

/* The JSON that an exploration prints; cpu time in @cpu_s. */
static json_t *explore(const struct search *search, double *cpu_s)
{
	char runs[16], seed[16], depth[16];
	const char *argv[24] = {
		search->exe, "--explore", RING, "--strategy", search->strategy,
		"--runs", runs, "--seed", seed, "--json", "--out",
		BENCH_OUT_DIR,
	};
	unsigned int n = 12;
	struct outcome outcome;
	json_t *json;

	snprintf(runs, sizeof(runs), "%u", search->runs);
	snprintf(seed, sizeof(seed), "%u", search->seed);
	snprintf(depth, sizeof(depth), "%u", search->depth);
	if (search->memory) {
		argv[n++] = "--memory";
		argv[n++] = search->memory;
	}
	if (search->depth) {
		argv[n++] = "--depth";
		argv[n++] = depth;
	}
	if (search->all)
		argv[n++] = "--all";
	argv[n] = NULL;
	run(argv, &outcome);
	json = json_loads(outcome.text, 0, NULL);
	if (!json)
		bench_fail("%s says nothing (exit code %d)", search->exe,
			   outcome.code);
	*cpu_s = outcome.cpu_s;
	return json;
}

static long long integer(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

/* ---- the native side ----------------------------------------------------- */

struct native {
	unsigned long long rounds;
	double cpu_s;
	double wall_s;
	double first_s;		/* negative: nothing went wrong */
	char what[32];
};

static void stress(const char *variant, double wall_s, struct native *native)
{
	char exe[512], time[16];
	const char *const argv[] = { exe, time, NULL };
	struct outcome outcome;

	snprintf(exe, sizeof(exe), "%s/ring_stress.%s", BENCH_BIN_DIR, variant);
	snprintf(time, sizeof(time), "%.2f", wall_s);
	run(argv, &outcome);
	native->cpu_s = outcome.cpu_s;
	if (sscanf(outcome.text, "rounds=%llu seconds=%lf first=%lf what=%31s",
		   &native->rounds, &native->wall_s, &native->first_s,
		   native->what) != 4)
		bench_fail("%s says nothing", exe);
}

/* ---- tables --------------------------------------------------------------- */

static void add_speed(struct bench_table *table, const char *name,
		      double count, double cpu_s, double native_per_s)
{
	json_t *row = json_pack("{s:s, s:f, s:f, s:f}", "case", name,
				"schedules", count, "cpu_s", cpu_s,
				"per_s", count / cpu_s);

	if (native_per_s > 0)
		json_object_set_new(row, "ratio",
				    json_real(count / cpu_s / native_per_s));
	bench_table_add(table, row);
}

static void measure_speed(const struct bench_options *options)
{
	static const struct { const char *name, *strategy, *memory; } cases[] = {
		{ "random 1/10, sc", "random", "sc" },
		{ "pct depth 3, sc", "pct", "sc" },
		{ "random 1/10, tso", "random", "tso" },
		{ "random 1/10, weak", "random", "weak" },
	};
	struct search search = {
		.exe = BENCH_BIN_DIR "/races.own", .seed = 1,
		.runs = options->quick ? 200 : 100000,
	};
	struct bench_table table;
	struct native native;
	double cpu_s, per_s;
	json_t *json;
	size_t i;

	bench_table_init(&table, "interleavings", speed_columns);
	stress("own", options->quick ? 0.1 : 5, &native);
	per_s = (double)native.rounds / native.cpu_s;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		search.strategy = cases[i].strategy;
		search.memory = cases[i].memory;
		search.depth = strcmp(search.strategy, "pct") ? 0 : 3;
		json = explore(&search, &cpu_s);
		add_speed(&table, cases[i].name,
			  (double)integer(json, "schedules"), cpu_s, per_s);
		if (integer(json, "findings"))
			bench_fail("the ring without a bug shows one");
		json_decref(json);
	}
	add_speed(&table, "pthreads under TSan", (double)native.rounds,
		  native.cpu_s, 0);
	bench_table_note(&table, "eight packets of four words, ring of 16 words; "
			 "ASan, race detector, oracles and reset included");
	bench_table_print(&table, options->json);
}

static void measure_bug(struct bench_table *table, const char *id,
			const struct bench_options *options)
{
	double schedules[MAX_SEEDS], cpu[MAX_SEEDS], cpu_s;
	unsigned int nr = options->quick ? 1 : MAX_SEEDS, found = 0, i;
	char exe[512], by[128] = "-";
	struct search search = {
		.exe = exe, .strategy = "mix", .runs = 200000,
	};
	struct native native;
	json_t *json;

	snprintf(exe, sizeof(exe), "%s/races.%s", BENCH_CANARIES_DIR, id);
	for (i = 0; i < nr; i++) {
		search.seed = i + 1;
		json = explore(&search, &cpu_s);
		if (integer(json, "findings")) {
			schedules[found] = (double)integer(json, "first_at");
			cpu[found++] = cpu_s;
			snprintf(by, sizeof(by), "%s", json_string_value(
					json_object_get(json, "identity")));
		}
		json_decref(json);
	}
	stress(id, options->quick ? 0.1 : 10, &native);
	bench_table_add(table, json_pack(
		"{s:s, s:s, s:f, s:f, s:s, s:I, s:f, s:s}", "case", id,
		"found", found == nr ? "always" : found ? "sometimes" : "no",
		"schedules", found ? bench_median(schedules, found) : -1,
		"cpu_s", found ? bench_median(cpu, found) : -1, "by", by,
		"native_rounds", (json_int_t)native.rounds,
		"native_s", native.first_s, "native", native.what));
}

static void measure_bugs(const struct bench_options *options)
{
	static const char *const ids[] = {
		"RACE-08", "RACE-09", "RACE-10", "RACE-11",
	};
	struct bench_table table;
	size_t i;

	bench_table_init(&table, "interleavings-bugs", bug_columns);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (bench_wanted(options, ids[i]))
			measure_bug(&table, ids[i], options);
	bench_table_note(&table, "median of %d seeds, from the start of the "
			 "process; native: rounds run, and when the first went "
			 "wrong (-1: none did)", MAX_SEEDS);
	bench_table_print(&table, options->json);
}

/* What PCT promises for the ring, and what it does. */
static void measure_pct(const struct bench_options *options)
{
	static const struct { const char *id; unsigned int depth; } bugs[] = {
		{ "RACE-08", 2 }, { "RACE-09", 2 },
	};
	struct bench_table table;
	char exe[512];
	struct search search = {
		.exe = exe, .strategy = "pct", .memory = "sc", .seed = 1,
		.runs = options->quick ? 100 : 5000, .all = true,
	};
	double cpu_s;
	json_t *json;
	size_t i;

	bench_table_init(&table, "interleavings-pct", pct_columns);
	for (i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
		snprintf(exe, sizeof(exe), "%s/races.%s", BENCH_CANARIES_DIR,
			 bugs[i].id);
		search.depth = bugs[i].depth;
		json = explore(&search, &cpu_s);
		bench_table_add(&table, json_pack(
			"{s:s, s:i, s:I, s:I, s:I, s:I, s:f, s:f}",
			"case", bugs[i].id, "depth", (int)bugs[i].depth,
			"actors", (json_int_t)integer(json, "actors"),
			"steps", (json_int_t)integer(json, "steps"),
			"runs", (json_int_t)integer(json, "schedules"),
			"hits", (json_int_t)integer(json, "findings"),
			"bound", json_real_value(json_object_get(json,
								 "chance")),
			"rate", (double)integer(json, "findings") /
				(double)integer(json, "schedules")));
		json_decref(json);
	}
	bench_table_note(&table, "bound: of a run that has its k points; the "
			 "depth is that of one known way to the bug");
	bench_table_print(&table, options->json);
}

int main(int argc, char **argv)
{
	struct bench_options options = { 0 };
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	if (access(BENCH_CANARIES_DIR "/races.RACE-08", X_OK)) {
		fprintf(stderr, "vtb: no canaries are built\n");
		return 77;
	}
	measure_speed(&options);
	measure_bugs(&options);
	measure_pct(&options);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_programs.c - programs per second of the fuzz targets, and the ceiling
 *
 * For each file programs/TARGET.txt (committed programs of 16 ops, taken from
 * a campaign by TARGET --select-programs) every implementation of the target that is
 * built beside this executable runs the programs in a process of its own
 * (TARGET.IMPLEMENTATION --bench-programs), resets included. In turn with it
 * the ceiling (ceiling.h) spins as many events per program as these have in
 * the mean. Share is their ratio, round by round.
 *
 * Programs in TARGET@PLACE.txt all begin alike, with what leads to that place
 * (attach, negotiate). They are run from the beginning ("before") and from a
 * snapshot of the place: then events are those behind it.
 */
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceiling.h"

#define TARGET_SHARE	0.4
#define RATE_EVENTS	200.0	/* rates are for up to this size */
#define OK_SHARE	0.6
#define ROUND_SECONDS	0.4
#define PATH_CHARS	4096
#define EXIT_SKIP	77

static const char help[] =
	"usage: bench_programs [options]\n"
	"Programs per second of the fuzz targets, resets included, beside a\n"
	"target that only spins as many events.\n";

static const struct bench_column columns[] = {
	{ "target", "target", 0 },
	{ "programs_per_second", "programs/s", 0 },
	{ "ceiling_per_second", "ceiling/s", 0 },
	{ "share", "share", 2 },
	{ "share_low", "low", 2 },
	{ "share_high", "high", 2 },
	{ "share_met", ">= 0.4", 0 },
	{ "before_per_second", "before", 0 },
	{ "before_share", "share", 2 },
	{ "rate_target", "asked", 0 },
	{ "rate_met", "met", 0 },
	{ "ops_ok_share", "ops ok", 2 },
	{ "events", "events", 1 },
	{ "switches", "switches", 1 },
	{ "hooks", "hooks", 1 },
	{ "steps", "steps", 1 },
	{ NULL, NULL, 0 },
};

/* What is asked for, per second and core. */
static const struct { const char *target; double rate; } rate_targets[] = {
	{ "iova_bitmap.", 20000 }, { "iommu.", 8000 }, { "vfio.", 8000 },
	{ "swiotlb.", 15000 }, { "hyperv_ivm.", 15000 },
	{ "xen_gnttab.", 12000 }, { "netvsc.", 10000 },
};

/* One executable and the programs it runs. */
struct subject {
	char path[PATH_CHARS];
	char file[PATH_CHARS];
	const char *name;	/* within path */
	const char *prefixes;	/* --prefixes: "off" or "common" */
	unsigned int programs;
	double events;
	unsigned int repeat;
	double rates[BENCH_MAX_ROUNDS];
	double ceilings[BENCH_MAX_ROUNDS];
};

static void join(char path[PATH_CHARS], const char *dir, const char *name)
{
	if (snprintf(path, PATH_CHARS, "%s/%s", dir, name) >= PATH_CHARS)
		bench_fail("path too long: %s/%s", dir, name);
}

static void exec_subject(const struct subject *subject, unsigned int repeat,
			 int out)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", repeat);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	execl(subject->path, subject->path, "--bench-programs", subject->file,
	      "--repeat", number, "--prefixes", subject->prefixes, "--json",
	      (char *)NULL);
	_exit(127);
}

/* Exit codes of a finding that the process does not survive. */
static bool is_finding(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == 4 || WEXITSTATUS(status) == 5);
}

/*
 * Runs all programs @repeat times; what the target says about it. NULL: a program
 * ends this implementation.
 */
static json_t *run_subject(const struct subject *subject, unsigned int repeat)
{
	json_t *said = NULL;
	int out[2], status = 0;
	FILE *stream;
	pid_t child;

	fflush(stdout);
	if (pipe(out))
		bench_fail("pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		bench_fail("fork: %s", strerror(errno));
	if (!child)
		exec_subject(subject, repeat, out[1]);
	close(out[1]);
	stream = fdopen(out[0], "r");
	if (stream) {
		said = json_loadf(stream, 0, NULL);
		fclose(stream);
	}
	waitpid(child, &status, 0);
	if (!said && is_finding(status))
		return NULL;
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !said)
		bench_fail("%s --bench-programs %s failed", subject->path,
			   subject->file);
	return said;
}

static double number(const json_t *said, const char *key)
{
	const json_t *value = json_object_get(said, key);

	if (!json_is_number(value))
		bench_fail("--bench-programs does not say \"%s\"", key);
	return json_number_value(value);
}

/* Programs that never wait have no events: then so many as switches. */
static double events_of(const json_t *said)
{
	double events = number(said, "events");

	return events < 1 ? number(said, "switches") : events;
}

/* A first short run: what the programs are made of, how fast about; or NULL. */
static json_t *look_at(struct subject *subject, bool quick)
{
	json_t *said = run_subject(subject, 1);
	double rate;

	if (!said)
		return NULL;
	rate = number(said, "programs_per_second");
	subject->programs = (unsigned int)number(said, "programs");
	subject->events = events_of(said);
	if (!subject->programs || subject->events < 1)
		bench_fail("%s: no programs, or they do nothing", subject->file);
	if (number(said, "ops_ok_share") < OK_SHARE)
		bench_fail("%s: %.0f %% of the ops succeed, not %.0f %%",
			   subject->file, 100 * number(said, "ops_ok_share"),
			   100 * OK_SHARE);
	subject->repeat = 1;
	if (!quick)
		subject->repeat += (unsigned int)(rate * ROUND_SECONDS /
						  subject->programs);
	return said;
}

static double ceiling_rate(struct ceiling *ceiling,
			   const struct subject *subject)
{
	unsigned int runs = subject->repeat * subject->programs;
	uint64_t events = (uint64_t)(subject->events + 0.5);
	double begin_ns = bench_cpu_ns();
	uint64_t first = ceiling_run(ceiling, events);

	for (unsigned int i = 1; i < runs; i++)
		if (ceiling_run(ceiling, events) != first)
			bench_fail("the ceiling is not deterministic");
	return runs * 1e9 / (bench_cpu_ns() - begin_ns);
}

static void run_rounds(struct subject *subject, struct ceiling *ceiling,
		       unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		json_t *said = run_subject(subject, subject->repeat);

		if (events_of(said) != subject->events)
			bench_fail("%s: events differ between runs",
				   subject->name);
		subject->rates[i] = number(said, "programs_per_second");
		subject->ceilings[i] = ceiling_rate(ceiling, subject);
		json_decref(said);
	}
}

static void add_rate(const struct subject *subject, double rate, json_t *row)
{
	size_t i;

	json_object_set_new(row, "programs_per_second", json_real(rate));
	for (i = 0; i < sizeof(rate_targets) / sizeof(rate_targets[0]); i++) {
		const char *target = rate_targets[i].target;

		if (strncmp(subject->name, target, strlen(target)) ||
		    subject->events > RATE_EVENTS)
			continue;
		json_object_set_new(row, "rate_target",
				    json_real(rate_targets[i].rate));
		json_object_set_new(row, "rate_met",
				    json_boolean(rate >= rate_targets[i].rate));
	}
}

/* Extends what the target said by what was measured. */
static void add_row(struct bench_table *table, struct subject *subject,
		    const char *label, unsigned int rounds, json_t *row)
{
	struct bench_ratio share = bench_ratio(subject->rates,
					       subject->ceilings, rounds);

	json_object_set_new(row, "target", json_string(label));
	add_rate(subject, bench_median(subject->rates, rounds), row);
	json_object_set_new(row, "ceiling_per_second",
			    json_real(bench_median(subject->ceilings, rounds)));
	json_object_set_new(row, "share", json_real(share.median));
	json_object_set_new(row, "share_low", json_real(share.low));
	json_object_set_new(row, "share_high", json_real(share.high));
	json_object_set_new(row, "share_met",
			    json_boolean(share.median >= TARGET_SHARE));
	bench_table_add(table, row);
}

/* The directory of this executable: targets stand beside it. */
static void own_dir(char path[PATH_CHARS])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_CHARS - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		bench_fail("cannot tell where this executable is");
	*slash = '\0';
}

/* Is @name TARGET.IMPLEMENTATION for programs in TARGET.txt or TARGET@PLACE.txt? */
static bool belongs(const char *name, const char *programs)
{
	size_t length = strcspn(programs, "@.");

	return !strncmp(name, programs, length) && name[length] == '.';
}

/* What the programs take from the beginning. False: a finding ends them. */
static bool run_before(struct subject *subject, struct ceiling *ceiling,
		       const struct bench_options *options, json_t *before)
{
	json_t *said;

	subject->prefixes = "off";
	said = look_at(subject, options->quick);
	if (!said)
		return false;
	json_decref(said);
	run_rounds(subject, ceiling, options->rounds);
	json_object_set_new(before, "before_per_second",
		json_real(bench_median(subject->rates, options->rounds)));
	json_object_set_new(before, "before_share",
		json_real(bench_ratio(subject->rates, subject->ceilings,
				      options->rounds).median));
	return true;
}

/* One executable with one file. False: a finding ends it. */
static bool run_one(struct bench_table *table, struct ceiling *ceiling,
		    const struct bench_options *options,
		    struct subject *subject)
{
	const char *place = strchr(strrchr(subject->file, '/'), '@');
	json_t *before = json_object(), *row = NULL;
	char label[256];

	if (!place || run_before(subject, ceiling, options, before)) {
		subject->prefixes = place ? "common" : "off";
		row = look_at(subject, options->quick);
	}
	if (row) {
		json_object_update(row, before);
		run_rounds(subject, ceiling, options->rounds);
		snprintf(label, sizeof(label), "%s%.*s", subject->name,
			 place ? (int)strcspn(place, ".") : 0,
			 place ? place : "");
		add_row(table, subject, label, options->rounds, row);
	}
	json_decref(before);
	return row;
}

static void run_file(struct bench_table *table, struct ceiling *ceiling,
		     const struct bench_options *options, const char *programs)
{
	static struct subject subject;
	struct dirent **names;
	char dir[PATH_CHARS];
	bool done = false;
	int nr;

	own_dir(dir);
	join(subject.file, BENCH_PROGRAMS_DIR, programs);
	nr = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < nr; i++) {
		const char *name = names[i]->d_name;

		join(subject.path, dir, name);
		subject.name = name;
		/* Does it work? One implementation is enough to see that. */
		if (belongs(name, programs) && bench_wanted(options, name) &&
		    !access(subject.path, X_OK) && !(options->quick && done)) {
			if (run_one(table, ceiling, options, &subject))
				done = true;
			else
				bench_table_note(table, "%s: ended by a finding",
						 name);
		}
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
}

static int is_text(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".txt");
}

int main(int argc, char **argv)
{
	struct bench_options options = { .rounds = 7 };
	struct ceiling *ceiling;
	struct bench_table table;
	struct dirent **names;
	int status, nr;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	ceiling = ceiling_new();
	if (!ceiling)
		bench_fail("no memory for the ceiling");
	bench_table_init(&table, "programs", columns);
	nr = scandir(BENCH_PROGRAMS_DIR, &names, is_text, alphasort);
	for (int i = 0; i < nr; i++) {
		run_file(&table, ceiling, &options, names[i]->d_name);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
	if (!json_array_size(table.rows)) {
		fprintf(stderr, "vtb: bench: no target with programs here\n");
		return EXIT_SKIP;
	}
	bench_table_note(&table, "flavour %s; medians of %u rounds; events, "
			 "switches, hooks, steps: mean per program",
			 VTB_FLAVOUR, options.rounds);
	ceiling_free(ceiling);
	return bench_table_print(&table, options.json);
}

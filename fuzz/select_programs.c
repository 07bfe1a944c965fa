/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * select_programs.c - picks the programs of a throughput benchmark
 *
 *	TARGET --select-programs CORPUS... >bench/programs/TARGET.txt
 *
 * Reads what a campaign has found (files, or directories of files, in either
 * form) and makes each program one of 16 ops: it is run, of the ops that fail
 * the first few may stay, the others are taken out, and what follows the 16th
 * is cut off; and again, because that may make others fail. 100 of those worth
 * measuring are kept: no finding, quiescent at the end, at least 10 of 16 ops
 * succeed. Which 100 is a draw by the hash of a program's bytes, so the same
 * corpus gives the same file, and nobody chose.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "session.h"

#define WANTED		100u
#define OPS		16u
#define MIN_OK		10u	/* of 16: 62.5 % */
#define THINNINGS	4u
#define MAX_CANDIDATES	65536u
#define TEXT_BYTES	(64u << 10)

struct candidate {
	uint64_t draw;
	char *text;
	unsigned int nr_ok;
	uint64_t events;
};

static struct {
	struct candidate *candidates;
	unsigned int nr;
	unsigned int nr_read;
} selection;

static void add_candidate(const struct program *program,
			  const struct target_result *result)
{
	struct candidate *candidate;
	static uint8_t bytes[PROGRAM_MAX_FILE];
	static char text[TEXT_BYTES];
	uint64_t draw = 0;
	size_t size;

	size = program_encode(program, false, bytes, sizeof(bytes));
	for (size_t i = 0; i < size; i++)
		draw = sim_prng_stream(draw, bytes[i]);
	for (unsigned int i = 0; i < selection.nr; i++)
		if (selection.candidates[i].draw == draw)
			return;
	if (!size || program_print(program, text, sizeof(text)) >= sizeof(text))
		return;
	candidate = &selection.candidates[selection.nr++];
	candidate->draw = draw;
	candidate->text = strdup(text);
	candidate->nr_ok = result->nr_ok;
	candidate->events = result->events;
	if (!candidate->text) {
		fprintf(stderr, "vtb: no memory\n");
		exit(VTB_EXIT_BENCH);
	}
}

static void run(struct program *program, struct target_result *result)
{
	program_normalise(program);
	session_run(program, &(struct target_run) { 0 }, result);
}

/* Keeps the ops that succeed and as many others as there may be. */
static void thin(struct program *program, const struct target_result *result)
{
	uint32_t failed = 0, kept = 0;

	for (uint32_t i = 0; i < program->nr_calls && kept < OPS; i++)
		if (result->results[i] >= 0 || failed++ < OPS - MIN_OK)
			program->calls[kept++] = program->calls[i];
	program->nr_calls = kept;
}

static void consider(struct program *program)
{
	static struct target_result result;

	if (selection.nr == MAX_CANDIDATES)
		return;
	program->expect[0] = '\0';
	program->implementation[0] = '\0';
	program->build[0] = '\0';
	program->comment[0] = '\0';
	for (unsigned int i = 0; i < THINNINGS; i++) {
		run(program, &result);
		thin(program, &result);
		if (result.found || program->nr_calls < OPS)
			return;
	}
	run(program, &result);
	if (!result.found && result.end == SIM_END_QUIESCENT &&
	    result.nr_ok >= MIN_OK)
		add_candidate(program, &result);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Corpus files are what a fuzzer makes of them: any bytes are a program. */
static int read_file(const char *path)
{
	static struct program program;
	static uint8_t bytes[PROGRAM_MAX_FILE];
	char error[512];
	size_t size;
	int rc;

	rc = program_read_file(path, bytes, sizeof(bytes), &size);
	if (rc) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(-rc));
		return rc;
	}
	if (program_load(&program, world_types, path, error, sizeof(error)))
		program_decode(&program, world_types, bytes, size);
	selection.nr_read++;
	consider(&program);
	return 0;
}

static int read_path(const char *path)
{
	struct dirent **names;
	struct stat st;
	int nr, rc = 0;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return read_file(path);
	nr = scandir(path, &names, visible, alphasort);
	if (nr < 0)
		return -errno;
	for (int i = 0; i < nr; i++) {
		char child[4096];

		snprintf(child, sizeof(child), "%s/%s", path,
			 names[i]->d_name);
		if (!rc)
			rc = read_path(child);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int by_draw(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;

	return (x->draw > y->draw) - (x->draw < y->draw);
}

static int print_selection(void)
{
	uint64_t ok = 0, events = 0;

	qsort(selection.candidates, selection.nr, sizeof(struct candidate),
	      by_draw);
	for (unsigned int i = 0; i < WANTED; i++) {
		const struct candidate *candidate = &selection.candidates[i];

		printf("%s\n", candidate->text);
		ok += candidate->nr_ok;
		events += candidate->events;
	}
	fprintf(stderr, "vtb: %u of %u candidates from %u inputs: %.0f %% of "
		"the ops succeed, %.1f events per program\n", WANTED,
		selection.nr, selection.nr_read,
		100.0 * (double)ok / (WANTED * OPS), (double)events / WANTED);
	return fflush(stdout) ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

int select_programs(char **paths, int nr)
{
	int i;

	session.mode = SESSION_QUIET;
	crash_arm();
	selection.candidates = calloc(MAX_CANDIDATES,
				      sizeof(struct candidate));
	sim_assert(selection.candidates);
	for (i = 0; i < nr; i++)
		if (read_path(paths[i]))
			return VTB_EXIT_USAGE;
	if (selection.nr < WANTED) {
		fprintf(stderr, "vtb: only %u of %u inputs qualify, not %u\n",
			selection.nr, selection.nr_read, WANTED);
		return VTB_EXIT_BENCH;
	}
	return print_selection();
}

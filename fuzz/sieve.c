/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sieve.c - inputs that would end the process are found before the engine
 * reads them
 *
 * An engine runs all that is in its corpora before it keeps anything. Each
 * input that ends the process there makes it begin again; there may be hundreds,
 * found in another implementation, in which they are harmless. So where one
 * process has died, the next one has all inputs run by a child first (worker.h),
 * and those that it dies of are passed over (deadly.c). A child is replaced in
 * no time, since it has nothing to read:
 *
 *	first process	input 1, input 2, dead
 *	second		child: input 1, 3, 4, dead; child: 6, 7, ... | engine
 *	later		child: what is new | engine
 *
 * An input is looked at once: what was harmless is kept in a file beside, whose
 * name has the build in it. At most half of the process's time goes into
 * this; what could not be looked at waits for the next process.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <xxhash.h>

#include "input_set.h"
#include "session.h"
#include "worker.h"

struct sieved {
	char *path;
	uint64_t hash;
	bool harmless;
};

/* Shared with the child, for @at. */
struct sieve {
	struct sieved *inputs;
	size_t nr;
	size_t room;
	size_t at;			/* the next one */
	size_t nr_deadly;
	uint64_t begin_ms;
	uint64_t most_ms;		/* 0: no limit */
};

/* Of this build; process-level, like the session. */
static struct input_set harmless;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* -- which inputs -- */

/* The child reads it again: what vanishes meanwhile is no loss. */
static int note(const char *path, void *arg)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	struct sieve *sieve = arg;
	uint64_t hash;
	size_t size;

	if (program_read_file(path, data, sizeof(data), &size))
		return 0;
	hash = input_hash(data, size);
	if (deadly_is(hash) || input_set_has(&harmless, hash))
		return 0;
	if (sieve->nr == sieve->room) {
		sieve->room = 2 * sieve->room + 64;
		sieve->inputs = realloc(sieve->inputs, sieve->room *
					sizeof(sieve->inputs[0]));
		sim_assert(sieve->inputs);
	}
	sieve->inputs[sieve->nr].path = strdup(path);
	sieve->inputs[sieve->nr].hash = hash;
	sieve->inputs[sieve->nr].harmless = false;
	sim_assert(sieve->inputs[sieve->nr].path);
	sieve->nr++;
	return 0;
}

/* -- in the child -- */

static bool next(void *arg, struct program *program,
		 struct sim_search **search)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	struct sieve *sieve = arg;
	size_t size;

	(void)search;
	while (sieve->at < sieve->nr) {
		const char *path = sieve->inputs[sieve->at++].path;

		if (program_read_file(path, data, sizeof(data), &size))
			continue;
		program_decode(program, world_types, data, size);
		return true;
	}
	return false;
}

static void done(void *arg, const struct target_result *result)
{
	(void)arg;
	(void)result;
}

/* -- in the parent -- */

static bool is_late(void *arg)
{
	const struct sieve *sieve = arg;

	return sieve->most_ms &&
	       now_ms() - sieve->begin_ms >= sieve->most_ms;
}

/*
 * Saved like any other. The bench's own faults are left for the engine: its
 * process is to end with their code.
 */
static void put_aside(struct sieve *sieve, const struct program *program,
		      const struct worker_result *result)
{
	const struct report report = {
		.exit_code = result->exit_code,
		.identity = result->identity,
		.oracle = result->oracle,
		.what = result->what,
		.why = result->why,
		.step = result->step,
		.time_ns = result->time_ns,
	};
	struct sieved *input = &sieve->inputs[sieve->at - 1];

	input->harmless = false;
	if (result->exit_code == VTB_EXIT_BENCH)
		return;
	deadly_add(input->hash);
	sieve->nr_deadly++;
	report_keep(program, &report);
}

/* Without a child nothing is known, and the engine goes ahead. */
static bool run_all(struct sieve *sieve)
{
	const struct worker_series series = {
		.next = next, .done = done, .wait = is_late, .arg = sieve,
	};
	const struct worker_result *result;
	struct worker *worker = worker_new();
	size_t before, i;

	if (!worker)
		return false;
	do {
		before = sieve->at;
		result = worker_run_series(worker, &series);
		for (i = before; i < sieve->at; i++)
			sieve->inputs[i].harmless = true;
		if (result && result->died && sieve->at > before)
			put_aside(sieve, worker_program(worker), result);
	} while (result && sieve->at > before && !is_late(sieve));
	worker_free(worker);
	return true;
}

static void conclude(const struct sieve *sieve)
{
	uint64_t *hashes = calloc(sieve->nr + 1, sizeof(*hashes));
	size_t nr = 0, i;

	sim_assert(hashes);
	for (i = 0; i < sieve->nr; i++) {
		if (sieve->inputs[i].harmless)
			hashes[nr++] = sieve->inputs[i].hash;
		else if (i >= sieve->at)
			deadly_pass_over(sieve->inputs[i].hash);
	}
	input_set_append(&harmless, hashes, nr);
	free(hashes);
	fprintf(stderr, "vtb: sieve: %zu inputs, %zu end the process, "
		"%zu left for later\n", sieve->at, sieve->nr_deadly,
		sieve->nr - sieve->at);
}

/* -- the arguments -- */

static const char limit[] = "-max_total_time=";

/* Half of what the engine may take; 0: as long as it takes. */
static uint64_t half_of_time(int argc, char **argv)
{
	uint64_t seconds = 0;
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], limit, sizeof(limit) - 1))
			seconds = strtoull(argv[i] + sizeof(limit) - 1, NULL,
					   10);
	return seconds * 500;
}

/* The engine gets what is left; 0 would be no limit. */
static void shorten(int argc, char **argv, uint64_t used_ms)
{
	static char text[sizeof(limit) + 24];
	uint64_t seconds;
	int i;

	for (i = 1; i < argc; i++) {
		if (strncmp(argv[i], limit, sizeof(limit) - 1))
			continue;
		seconds = strtoull(argv[i] + sizeof(limit) - 1, NULL, 10);
		if (!seconds)
			continue;
		seconds -= used_ms / 1000 < seconds ? used_ms / 1000 : 0;
		snprintf(text, sizeof(text), "%s%" PRIu64, limit, seconds);
		argv[i] = text;
	}
}

static void load_harmless(void)
{
	char path[4096 + 32];

	snprintf(path, sizeof(path), "%s/.harmless-%016" PRIx64,
		 session.findings_dir,
		 (uint64_t)XXH64(session.build, strlen(session.build), 0));
	input_set_load(&harmless, path);
}

void sieve_inputs(int argc, char **argv)
{
	struct sieve *sieve;
	int i;

	if (session.mode != SESSION_CAMPAIGN || !deadly_any())
		return;
	sieve = mmap(NULL, sizeof(*sieve), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sim_assert(sieve != MAP_FAILED);
	sieve->begin_ms = now_ms();
	sieve->most_ms = half_of_time(argc, argv);
	load_harmless();
	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			inputs_walk(argv[i], note, sieve);
	if (sieve->nr && run_all(sieve))
		conclude(sieve);
	for (i = 0; i < (int)sieve->nr; i++)
		free(sieve->inputs[i].path);
	free(sieve->inputs);
	shorten(argc, argv, now_ms() - sieve->begin_ms);
	munmap(sieve, sizeof(*sieve));
}

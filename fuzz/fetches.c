/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetches.c - every place that reads memory others may write, and what comes of it
 *
 * A place is a call or a load in the code under test. Known from the start are
 * calls of user-copy functions, which stand in the code; so those that no
 * program reaches can be named. Of a load nothing tells what it reads until it
 * is made: it becomes a place once it has read such memory, and what can be said
 * of the others is how many have read nothing that others can reach.
 *
 * Programs are the given ones, then changed and random ones, all with an
 * adversary who may be anybody. They run in a worker, and what is counted lies
 * in memory shared with it.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <kernel/instance.h>
#include <sim/access.h>

#include "session.h"
#include "worker.h"

#define MAX_SITES	(1u << 12)
#define MAX_LOADS	(1u << 16)

struct site {
	uintptr_t pc;			/* where it returns to; 0: free */
	uintptr_t first;		/* fetched the same before, last time */
	uint64_t reached;
	uint64_t second;		/* as the second fetch of something */
	uint64_t harmful;		/* findings that blame it */
	uint32_t powers;		/* who could write what it read */
	uint32_t bytes;			/* the most it read at once */
	bool copy;
};

struct fetches {
	const struct fetches_options *options;
	uint64_t index;			/* of the next program */
	time_t deadline;		/* 0: none */
	uint64_t findings;
	uint32_t nr_loads;		/* in the code */
	uint32_t nr_shared;		/* of them, that read what others reach */
	struct sim_prng prng;
	struct sim_change change;	/* of the last program */
	struct sim_fetch_reader reader;
	struct sim_access_reader accesses;
	struct site sites[MAX_SITES];	/* by pc, open addressing */
	uintptr_t loads[MAX_LOADS];	/* of nr_shared, the same */
};

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

/* -- tables ----------------------------------------------------------------- */

static uint32_t hash(uintptr_t pc)
{
	return (uint32_t)(pc * 0x9e3779b97f4a7c15ull >> 32);
}

/* The last place stands for all that do not fit. */
static struct site *site_of(struct fetches *f, const void *pc)
{
	uintptr_t at = (uintptr_t)pc;
	uint32_t i = hash(at), tries;

	for (tries = 0; tries < MAX_SITES - 1; tries++, i++) {
		struct site *site = &f->sites[i % MAX_SITES];

		if (!site->pc)
			site->pc = at;
		if (site->pc == at)
			return site;
	}
	return &f->sites[i % MAX_SITES];
}

static void on_fetch(void *arg, const struct sim_fetch_seen *seen)
{
	struct site *site = site_of(arg, seen->fetch->site);

	site->reached++;
	site->powers |= seen->powers;
	if (seen->fetch->bytes > site->bytes)
		site->bytes = seen->fetch->bytes;
	if (!seen->first_site)
		return;
	site->second++;
	site->first = (uintptr_t)seen->first_site;
}

/* Loads that read what other contexts can reach, whoever may write it. */
static void on_access(void *arg, const struct sim_access *access)
{
	struct fetches *f = arg;
	uintptr_t at = (uintptr_t)access->site;
	uint32_t i = hash(at), tries;

	if (access->flags & ~(uint32_t)SIM_ACCESS_VOLATILE)
		return;
	for (tries = 0; tries < MAX_LOADS; tries++, i++) {
		if (f->loads[i % MAX_LOADS] == at)
			return;
		if (f->loads[i % MAX_LOADS])
			continue;
		f->loads[i % MAX_LOADS] = at;
		f->nr_shared++;
		return;
	}
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool is_user_copy(const char *callee)
{
	static const char *const names[] = {
		"_copy_from_user", "vtb_raw_copy_from_user", "__get_user_",
		"strncpy_from_user", "strnlen_user", "check_zeroed_user",
		"copy_from_user_nofault",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (starts_with(callee, names[i]))
			return true;
	return false;
}

static bool is_load(const char *callee)
{
	static const char *const names[] = {
		"__tsan_read", "__tsan_unaligned_read", "__tsan_volatile_read",
		"__tsan_unaligned_volatile_read",
	};
	size_t i;

	if (strstr(callee, "_write"))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (starts_with(callee, names[i]))
			return true;
	return false;
}

static void note_call(void *arg, const void *pc, const char *callee)
{
	struct fetches *f = arg;

	if (is_user_copy(callee))
		site_of(f, pc)->copy = true;
	else
		f->nr_loads += is_load(callee);
}

/* -- programs --------------------------------------------------------------- */

static void random_program(struct fetches *f, struct program *program)
{
	const struct program_random_options options = { .max_calls = 16 };
	unsigned int nr = 0;

	while (world_types[nr])
		nr++;
	program_random(program, world_types[sim_prng_below(&f->prng, nr)],
		       &f->prng, &options);
}

/* The given programs as they are, then every other one a change of one. */
static void choose_program(struct fetches *f, struct program *program)
{
	const struct fetches_options *options = f->options;
	uint64_t n = f->index;
	char error[512];
	bool given = n < (uint64_t)options->nr_files;

	if (!options->nr_files || (!given && n % 2)) {
		random_program(f, program);
		return;
	}
	if (!given)
		n = sim_prng_below(&f->prng, (uint64_t)options->nr_files);
	if (program_load(program, world_types, options->files[n], error,
			 sizeof(error)))
		sim_bench_error(__FILE__, __LINE__, "%s", error);
	if (!given)
		program_mutate(program, &f->prng);
}

static bool next_program(void *arg, struct program *program,
			 struct sim_search **search)
{
	struct fetches *f = arg;

	(void)search;
	if (f->options->runs && f->index >= f->options->runs)
		return false;
	choose_program(f, program);
	f->index++;
	f->change.bytes = 0;
	if (program->adversary)
		return true;
	program->adversary = PROGRAM_MAX_POWERS;
	program->adversary_num = 1u << sim_prng_range(&f->prng, 12, 15);
	program->seed = sim_prng_next(&f->prng);
	return true;
}

static void program_done(void *arg, const struct target_result *result)
{
	(void)arg;
	(void)result;
}

static bool is_over(void *arg)
{
	const struct fetches *f = arg;

	return interrupted || (f->deadline && now_seconds() >= f->deadline);
}

static void found(struct fetches *f, const struct program *program,
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

	f->findings++;
	if (!strcmp(result->oracle, "double-fetch") && f->change.bytes)
		site_of(f, f->change.site[1])->harmful++;
	session.worst = session_worse(session.worst, result->exit_code);
	report_keep(program, &report);
}

static int run_all(struct fetches *f)
{
	const struct worker_series series = {
		.next = next_program,
		.done = program_done,
		.wait = is_over,
		.accesses = &f->accesses,
		.fetches = &f->reader,
		.change = &f->change,
		.arg = f,
	};
	struct worker *worker = worker_new();
	const struct worker_result *result;

	if (!worker)
		return VTB_EXIT_BENCH;
	while ((result = worker_run_series(worker, &series))) {
		found(f, worker_program(worker), result);
		if (is_over(f))
			break;
	}
	worker_free(worker);
	return VTB_EXIT_CLEAN;
}

/* -- what came of it -------------------------------------------------------- */

static json_t *json_pc(uintptr_t pc)
{
	const void *at = (const void *)pc;
	char text[24];

	/* Inside the call, where its line is. */
	snprintf(text, sizeof(text), "0x%" PRIxPTR, pc - 1);
	return json_pack("{s:s, s:s}", "function", kernel_symbol(at, NULL),
			 "pc", text);
}

static json_t *json_powers(uint32_t powers)
{
	json_t *list = json_array();
	unsigned int n;

	for (n = 0; n < SIM_POWERS; n++)
		if (powers >> n & 1)
			json_array_append_new(list,
					      json_string(sim_power_name(n)));
	return list;
}

static json_t *json_site(const struct site *site)
{
	json_t *object = json_pc(site->pc);

	json_object_update_new(object, json_pack(
		"{s:s, s:i, s:I, s:I, s:I, s:o}",
		"kind", site->copy ? "copy" : "load",
		"bytes", (int)site->bytes,
		"reached", (json_int_t)site->reached,
		"second", (json_int_t)site->second,
		"harmful", (json_int_t)site->harmful,
		"powers", json_powers(site->powers)));
	if (site->first)
		json_object_set_new(object, "first", json_pc(site->first));
	return object;
}

static int compare_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

static void print_result(struct fetches *f)
{
	json_t *sites = json_array(), *object;
	unsigned int i;

	qsort(f->sites, MAX_SITES, sizeof(f->sites[0]), compare_sites);
	for (i = 0; i < MAX_SITES; i++)
		if (f->sites[i].pc)
			json_array_append_new(sites, json_site(&f->sites[i]));
	object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:i, s:b, s:o}",
			   "target", session.target_name,
			   "implementation", session.implementation,
			   "build", session.build,
			   "programs", (json_int_t)f->index,
			   "findings", (json_int_t)f->findings,
			   "loads", (int)f->nr_loads,
			   "loads_shared", (int)f->nr_shared,
			   "exit", session.worst,
			   "interrupted", (int)interrupted,
			   "sites", sites);
	sim_assert(object);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	fflush(stdout);
	json_decref(object);
}

static int check_files(const struct fetches_options *options)
{
	static struct program program;
	char error[512];
	int i;

	for (i = 0; i < options->nr_files; i++) {
		if (!program_load(&program, world_types, options->files[i],
				  error, sizeof(error)))
			continue;
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	return VTB_EXIT_CLEAN;
}

static void init(struct fetches *f, const struct fetches_options *options)
{
	f->options = options;
	f->reader = (struct sim_fetch_reader){ on_fetch, f };
	f->accesses = (struct sim_access_reader){ .access = on_access,
						  .arg = f };
	f->prng.stream = sim_prng_stream(options->seed,
					 sim_prng_label("fetches"));
	if (options->seconds)
		f->deadline = now_seconds() + (time_t)options->seconds;
	kernel_calls_under_test(note_call, f);
}

int fetches_run(const struct fetches_options *options)
{
	struct fetches *f;
	int code = check_files(options);

	if (code)
		return code;
	f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f == MAP_FAILED) {
		perror("vtb: fetches: no memory");
		return VTB_EXIT_BENCH;
	}
	init(f, options);
	session.mode = SESSION_CAMPAIGN;
	session.findings_dir = options->out;
	session_load_findings();
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	code = run_all(f);
	if (!code) {
		print_result(f);
		code = session.worst;
	}
	munmap(f, sizeof(*f));
	return code;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_canaries.c - `vtb canaries`: is the bench any good?
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "canary.h"
#include "options.h"
#include "outcome.h"

const char help_canaries[] =
"usage: vtb canaries [ID or TARGET..] [--time T] [--seeds N] [--jobs N]\n"
"                    [--out DIR] [--resume] [--clean] [--proof FILE]\n"
"                    [--no-build] [--quiet] [--json]\n"
"\n"
"Builds our components with real historical bugs put back, one at a time, and\n"
"hunts for each from an empty corpus. Found means: one of the findings that the\n"
"bug is known by, after its trigger, by a program that is harmless without it.\n"
"Names may be patterns: 'VFIO-*'; that of a target stands for all of its.\n"
"\n"
"  --time T      for each canary and seed, on one core: 60s (default), 10m, 2h;\n"
"                processor time, so that a busy machine changes nothing\n"
"  --seeds N     trials of each canary (default 10)\n"
"  --jobs N      hunts at a time (default 1)\n"
"  --out DIR     results (default: a new folder out/canaries-N)\n"
"  --resume      go on in DIR, by default the last out/canaries-N; results of\n"
"                another build are put aside\n"
"  --clean       hunt in the builds without any bug instead: each seed gets T,\n"
"                and nothing may be found\n"
"  --proof FILE  write the report there as well\n"
"  --no-build    take the executables as they are\n"
"  --json        print the report as JSON on stdout\n"
"\n"
"Exit codes: 0 all found (by 9 of 10 seeds, if there are 10), 3 one was missed,\n"
"or the bench failed, 4 a finding where there should be none.\n"
"\n"
"examples:\n"
"  vtb canaries IOVA-07 --seeds 1\n"
"  vtb canaries vfio 'IOTLB-*' --seeds 1 --time 20s\n"
"  vtb canaries --seeds 10 --time 60s --out out/canaries\n"
"  vtb canaries --clean --time 30m --seeds 2 --jobs 2\n";

volatile sig_atomic_t canaries_interrupted;

struct job {
	struct hunt hunt;
	pid_t pid;			/* 0: not running */
	bool done;
	uint64_t started_ms;
};

struct canaries {
	uint64_t seconds;
	uint64_t seeds;
	uint64_t jobs;
	const char *out_option;
	const char *proof;
	bool resume;
	bool clean;
	bool no_build;
	bool quiet;
	bool json;

	char out[CLI_PATH];
	struct canary *list;
	size_t nr;
	struct job *hunts;
	size_t nr_hunts;
	size_t nr_done;
	struct hunt_progress *progress;	/* of each hunt; shared */
	json_t *results;
	bool screen;
	bool broken;			/* a hunt could not be run */
};

static void on_interrupt(int number)
{
	(void)number;
	canaries_interrupted = 1;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* -- building -- */

static bool flavour_is_used(const struct canaries *c, const char *flavour)
{
	size_t i;

	for (i = 0; i < c->nr; i++)
		if (!strcmp(c->list[i].value[CANARY_FLAVOUR], flavour))
			return true;
	return false;
}

static int run(const char *const *argv, const char *log)
{
	int code = cli_run(&(struct cli_process){
		.argv = argv, .out = log, .err = log, .dir = cli_root(),
	});
	const char *const show[] = { "tail", "-n", "20", log, NULL };

	if (!code)
		return 0;
	cli_run(&(struct cli_process){ .argv = show });
	fprintf(stderr, "vtb: building canaries failed; log: %s\n", log);
	return VTB_EXIT_BENCH;
}

/* Configured by the launcher or by us; a flavour is built as far as needed. */
static int build_flavour(const struct canaries *c, const char *flavour)
{
	char dir[CLI_PATH], log[CLI_PATH], ninja[CLI_PATH];
	const char *const configure[] = {
		"cmake", "--preset", flavour, NULL,
	};
	/* Two targets for each. */
	const char **argv = calloc(2 * c->nr + 8, sizeof(*argv));
	char (*names)[CLI_PATH] = calloc(2 * c->nr + 1, sizeof(*names));
	size_t i, argc = 0, nr = 0;
	int rc = 0;

	sim_assert(argv && names);
	cli_path(dir, "%s/build/%s", cli_root(), flavour);
	cli_path(log, "%s/build/%s.canaries.log", cli_root(), flavour);
	if (!cli_exists(cli_path(ninja, "%s/build.ninja", dir)))
		rc = run(configure, log);
	argv[argc++] = "cmake";
	argv[argc++] = "--build";
	argv[argc++] = dir;
	argv[argc++] = "--target";
	for (i = 0; i < c->nr; i++) {
		if (strcmp(c->list[i].value[CANARY_FLAVOUR], flavour))
			continue;
		argv[argc++] = cli_path(names[nr++], "canary.%s",
					c->list[i].value[CANARY_ID]);
		argv[argc++] = cli_path(names[nr++], "%s.%s",
					c->list[i].value[CANARY_TARGET],
					canary_implementation(&c->list[i]));
	}
	if (!rc)
		rc = run(argv, log);
	free(names);
	free(argv);
	return rc;
}

static int build(const struct canaries *c)
{
	static const char *const flavours[] = { "asan", "race" };
	size_t i;
	int rc = 0;

	for (i = 0; i < 2 && !rc && !c->no_build; i++)
		if (flavour_is_used(c, flavours[i]))
			rc = build_flavour(c, flavours[i]);
	return rc;
}

/* -- folders -- */

static bool find_folder(char path[CLI_PATH], bool last)
{
	unsigned int n;

	for (n = 1; n < 1000000; n++)
		if (!cli_exists(cli_path(path, "%s/out/canaries-%u",
					 cli_root(), n)))
			break;
	if (last)
		cli_path(path, "%s/out/canaries-%u", cli_root(), n - 1);
	return !last || n > 1;
}

static int make_folders(struct canaries *c)
{
	char path[CLI_PATH], cwd[CLI_PATH];

	if (!c->out_option) {
		if (!find_folder(c->out, c->resume)) {
			fprintf(stderr, "vtb: canaries: out/ has nothing to "
				"resume\n");
			return VTB_EXIT_USAGE;
		}
	} else if (c->out_option[0] == '/' || !getcwd(cwd, sizeof(cwd))) {
		cli_path(c->out, "%s", c->out_option);
	} else {
		cli_path(c->out, "%s/%s", cwd, c->out_option);
	}
	cli_path(path, "%s/results", c->out);
	if (!c->resume && cli_exists(path)) {
		fprintf(stderr, "vtb: canaries: %s has results already; "
			"--resume goes on with them\n", c->out);
		return VTB_EXIT_USAGE;
	}
	if (cli_make_dirs(path) ||
	    cli_make_dirs(cli_path(path, "%s/work", c->out)))
		return VTB_EXIT_BENCH;
	return 0;
}

/* -- the hunts -- */

/* What results are kept by: the build, and what the patch makes of it. */
static int add_build(struct hunt *hunt)
{
	struct cli_executable exe = { .target = "" };
	json_t *info;
	const char *build;

	if (!cli_exists(hunt_exe(hunt, exe.path))) {
		fprintf(stderr, "vtb: %s is not built\n", exe.path);
		return VTB_EXIT_BENCH;
	}
	info = cli_ask(&exe);
	build = json_string_value(json_object_get(info, "build"));
	snprintf(hunt->build, sizeof(hunt->build), "%.40s%s%0*" PRIx64,
		 build ? build : "", hunt->canary ? "+" : "",
		 hunt->canary ? 16 : 0,
		 hunt->canary ? hunt->canary->hash : 0);
	json_decref(info);
	return build ? 0 : VTB_EXIT_BENCH;
}

static int add_hunts(struct canaries *c, const struct canary *canary,
		     bool patched)
{
	struct hunt hunt = {
		.canary = patched ? canary : NULL,
		.seconds = c->seconds, .out = c->out,
	};
	char *const *value = canary->value;
	int rc;

	snprintf(hunt.target, sizeof(hunt.target), "%s", value[CANARY_TARGET]);
	snprintf(hunt.flavour, sizeof(hunt.flavour), "%s",
		 value[CANARY_FLAVOUR]);
	snprintf(hunt.implementation, sizeof(hunt.implementation), "%s",
		 canary_implementation(canary));
	if (patched)
		snprintf(hunt.name, sizeof(hunt.name), "%s", value[CANARY_ID]);
	else
		snprintf(hunt.name, sizeof(hunt.name), "clean-%.40s%s-%.15s",
			 hunt.target, hunt.implementation + strlen("own"),
			 hunt.flavour);
	rc = add_build(&hunt);
	for (hunt.seed = 1; hunt.seed <= c->seeds && !rc; hunt.seed++)
		c->hunts[c->nr_hunts++].hunt = hunt;
	return rc;
}

/* Has an earlier canary the same build without its patch? */
static bool is_repeated(const struct canaries *c, size_t nr)
{
	char *const *value = c->list[nr].value;
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(c->list[i].value[CANARY_TARGET],
			    value[CANARY_TARGET]) &&
		    !strcmp(canary_implementation(&c->list[i]),
			    canary_implementation(&c->list[nr])) &&
		    !strcmp(c->list[i].value[CANARY_FLAVOUR],
			    value[CANARY_FLAVOUR]))
			return true;
	return false;
}

/* Seed by seed, so that an early end leaves a bit of everything. */
static int by_seed(const void *a, const void *b)
{
	const struct hunt *x = &((const struct job *)a)->hunt;
	const struct hunt *y = &((const struct job *)b)->hunt;

	if (x->seed != y->seed)
		return x->seed < y->seed ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int plan(struct canaries *c)
{
	size_t max = c->nr * c->seeds, i;
	int rc = 0;

	c->hunts = calloc(max, sizeof(*c->hunts));
	c->results = json_array();
	c->progress = mmap(NULL, max * sizeof(*c->progress),
			   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	sim_assert(c->hunts && c->results && c->progress != MAP_FAILED);
	for (i = 0; i < c->nr && !rc; i++)
		if (!c->clean || !is_repeated(c, i))
			rc = add_hunts(c, &c->list[i], !c->clean);
	qsort(c->hunts, c->nr_hunts, sizeof(*c->hunts), by_seed);
	return rc;
}

/* -- the report, after every hunt -- */

static json_t *make_report(const struct canaries *c)
{
	const struct report report = {
		.list = c->list, .nr = c->nr, .seeds = c->seeds,
		.seconds = c->seconds, .clean = c->clean,
		.planned = c->nr_hunts, .results = c->results,
	};

	return report_json(&report);
}

static int write_report(const json_t *json, const char *path)
{
	char part[CLI_PATH];

	cli_path(part, "%s.part", path);
	if (!json_dump_file(json, part, JSON_INDENT(1) | JSON_PRESERVE_ORDER |
					JSON_REAL_PRECISION(6)) &&
	    !rename(part, path))
		return 0;
	fprintf(stderr, "vtb: cannot write %s: %s\n", path, strerror(errno));
	unlink(part);
	return VTB_EXIT_BENCH;
}

static int write_reports(const struct canaries *c, const json_t *json)
{
	char path[CLI_PATH];
	int rc;

	rc = write_report(json, cli_path(path, "%s/canaries.json", c->out));
	if (!rc && c->proof)
		rc = write_report(json, c->proof);
	return rc;
}

/* -- progress -- */

static void clear_line(const struct canaries *c)
{
	if (c->screen)
		fprintf(stderr, "\r\033[K");
}

/* The hunts going on now, in one line. */
static void show_running(const struct canaries *c)
{
	static const char *const stages[] = {
		[HUNT_STARTS] = "not reached", [HUNT_REACHED] = "reached",
		[HUNT_TRIGGERED] = "triggered", [HUNT_FOUND] = "found",
		[HUNT_OVER] = "judged",
	};
	size_t i;

	if (!c->screen)
		return;
	clear_line(c);
	fprintf(stderr, "[%zu/%zu]", c->nr_done, c->nr_hunts);
	for (i = 0; i < c->nr_hunts; i++)
		if (c->hunts[i].pid)
			fprintf(stderr, "  %s seed %" PRIu64 " %" PRIu64
				"s %" PRIu64 " programs %s",
				c->hunts[i].hunt.name, c->hunts[i].hunt.seed,
				(now_ms() - c->hunts[i].started_ms) / 1000,
				c->progress[i].execs,
				stages[c->progress[i].stage]);
	fflush(stderr);
}

static void show_result(const struct canaries *c, const json_t *result)
{
	json_t *at = json_object_get(result, "finding");
	json_t *minimised = json_object_get(result, "minimised");
	bool found = json_is_true(json_object_get(result, "found"));

	if (c->quiet)
		return;
	clear_line(c);
	if (!json_is_object(at))
		at = json_object_get(result, "end");
	fprintf(stderr, "[%zu/%zu] %s seed %lld: %s after %.1f s, %lld programs",
		c->nr_done, c->nr_hunts,
		json_string_value(json_object_get(result, "hunt")),
		json_integer_value(json_object_get(result, "seed")),
		found ? "found" : c->clean ? "over" : "NOT FOUND",
		json_number_value(json_object_get(at, "seconds")),
		json_integer_value(json_object_get(at, "execs")));
	if (found)
		fprintf(stderr, ", %lld ops: %s", json_integer_value(
				json_object_get(minimised, "ops")),
			json_string_value(json_object_get(result, "identity")));
	fprintf(stderr, "\n");
}

/* -- jobs -- */

static void take_result(struct canaries *c, struct job *job)
{
	json_t *result = result_load(&job->hunt), *json;

	job->done = true;
	if (!result) {
		c->broken = true;
		return;
	}
	c->nr_done++;
	json_array_append_new(c->results, result);
	show_result(c, result);
	json = make_report(c);
	if (write_reports(c, json))
		c->broken = true;
	json_decref(json);
}

/* In a process of its own. */
static int hunt_and_save(const struct job *job, struct hunt_progress *progress)
{
	static struct hunt_result result;
	int rc = hunt_run(&job->hunt, progress, &result);

	return rc ? rc : result_save(&job->hunt, &result);
}

static void start(struct canaries *c, struct job *job)
{
	json_t *before = result_load(&job->hunt);

	if (before) {
		json_decref(before);
		take_result(c, job);
		return;
	}
	job->started_ms = now_ms();
	fflush(NULL);
	job->pid = fork();
	if (!job->pid)
		_exit(hunt_and_save(job, &c->progress[job - c->hunts]));
	if (job->pid < 0) {
		perror("vtb: cannot start a process");
		job->pid = 0;
		job->done = true;
		c->broken = true;
	}
}

static size_t nr_running(const struct canaries *c)
{
	size_t i, nr = 0;

	for (i = 0; i < c->nr_hunts; i++)
		nr += c->hunts[i].pid != 0;
	return nr;
}

static void start_some(struct canaries *c)
{
	size_t i;

	for (i = 0; i < c->nr_hunts && nr_running(c) < c->jobs &&
		    !canaries_interrupted; i++)
		if (!c->hunts[i].pid && !c->hunts[i].done)
			start(c, &c->hunts[i]);
}

static void reap(struct canaries *c)
{
	int status;
	size_t i;

	for (i = 0; i < c->nr_hunts; i++) {
		struct job *job = &c->hunts[i];

		if (!job->pid || waitpid(job->pid, &status, WNOHANG) <= 0)
			continue;
		job->pid = 0;
		if (WIFEXITED(status) && !WEXITSTATUS(status)) {
			take_result(c, job);
			continue;
		}
		job->done = true;
		c->broken |= !canaries_interrupted;
	}
}

static void hunt_all(struct canaries *c)
{
	const struct timespec nap = { .tv_nsec = 50000000 };
	bool told = false;
	size_t i;

	do {
		start_some(c);
		show_running(c);
		nanosleep(&nap, NULL);
		reap(c);
		for (i = 0; canaries_interrupted && !told &&
			    i < c->nr_hunts; i++)
			if (c->hunts[i].pid)
				kill(c->hunts[i].pid, SIGTERM);
		told |= canaries_interrupted;
	} while (nr_running(c) ||
		 (c->nr_done < c->nr_hunts && !c->broken &&
		  !canaries_interrupted));
	clear_line(c);
}

/* -- the verb -- */

static int finish(struct canaries *c)
{
	json_t *json = make_report(c);
	int code = report_exit_code(json);

	if (write_reports(c, json) || c->broken)
		code = code > VTB_EXIT_BENCH ? code : VTB_EXIT_BENCH;
	report_print(stderr, json);
	if (c->json) {
		json_dumpf(json, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER |
					 JSON_REAL_PRECISION(6));
		printf("\n");
	}
	fprintf(stderr, "results: %s (exit code %d)\n", c->out, code);
	json_decref(json);
	return code;
}

static void catch_interrupts(void)
{
	/* Not restarted: who waits is to return. */
	const struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run_canaries(struct canaries *c, char *const *words, int nr_words)
{
	int code = canaries_load(words, nr_words, &c->list, &c->nr);

	if (code)
		return code;
	catch_interrupts();
	if (!c->nr) {
		fprintf(stderr, "vtb: there are no canaries\n");
		code = VTB_EXIT_USAGE;
	}
	if (!code)
		code = build(c);
	if (!code)
		code = make_folders(c);
	if (!code)
		code = plan(c);
	if (!code) {
		hunt_all(c);
		code = finish(c);
	}
	json_decref(c->results);
	free(c->hunts);
	canaries_free(c->list, c->nr);
	return code;
}

int cmd_canaries(int argc, char **argv)
{
	struct canaries c = { .seconds = 60, .seeds = 10, .jobs = 1 };
	const struct cli_option options[] = {
		{ "--time", CLI_TIME, &c.seconds },
		{ "--seeds", CLI_NUMBER, &c.seeds },
		{ "--jobs", CLI_NUMBER, &c.jobs },
		{ "--out", CLI_TEXT, &c.out_option },
		{ "--proof", CLI_TEXT, &c.proof },
		{ "--resume", CLI_FLAG, &c.resume },
		{ "--clean", CLI_FLAG, &c.clean },
		{ "--no-build", CLI_FLAG, &c.no_build },
		{ "--quiet", CLI_FLAG, &c.quiet },
		{ "--json", CLI_FLAG, &c.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "canaries", .help = help_canaries, .options = options,
		.max_words = 1000,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	if (!c.seconds || !c.seeds || c.seeds > 10000 || !c.jobs ||
	    c.jobs > 1024) {
		fprintf(stderr, "vtb: canaries: --time must be at least 1s, "
			"--seeds in 1..10000, --jobs in 1..1024\n");
		return VTB_EXIT_USAGE;
	}
	c.screen = !c.quiet && isatty(STDERR_FILENO);
	return run_canaries(&c, arguments.words, arguments.nr_words);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary_hunt.c - one hunt: fuzz, minimise, judge
 *
 * The fuzzing process is read line by line while it runs. Its lines come in the
 * order of events, so that a finding is preceded by the canary's "triggered" or
 * it is not the canary's. A finding that ends the process is one like others;
 * the process is started again with the corpus it has made so far.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fuzz/program.h>

#include "canary.h"
#include "outcome.h"

/* What a fuzzer that was asked to stop exits with. */
#define EXIT_INTERRUPTED	72

#define LINE_BYTES		4096

/* More wall clock than this per second of processor is no hunt any more. */
#define MAX_WALL_FACTOR		30

struct fuzzing {
	const struct hunt *hunt;
	struct hunt_progress *progress;
	struct hunt_result *result;
	char exe[CLI_PATH];
	char findings[CLI_PATH];
	char corpus[CLI_PATH];
	char log[CLI_PATH];
	time_t began;			/* of the monotonic clock */
	uint64_t cpu_ms_before;		/* of processes that have ended */
	uint64_t execs_before;		/* the same */
	uint64_t execs;			/* of the running one */
	unsigned int starts;
	pid_t pid;			/* 0: none runs */
	int fd;				/* its stderr */
	int log_fd;
	char line[LINE_BYTES];
	size_t used;
};

/* Of the running process. Other hunts on this machine do not count. */
static uint64_t process_cpu_ms(const struct fuzzing *f)
{
	struct timespec t;
	clockid_t clock;

	if (!f->pid || clock_getcpuclockid(f->pid, &clock) ||
	    clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static time_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static uint64_t cpu_ms(const struct fuzzing *f)
{
	return f->cpu_ms_before + process_cpu_ms(f);
}

char *hunt_exe(const struct hunt *hunt, char path[CLI_PATH])
{
	if (!hunt->canary)
		return cli_path(path, "%s/build/%s/bin/%s.%s", cli_root(),
				hunt->flavour, hunt->target,
				hunt->implementation);
	return cli_path(path, "%s/build/%s/canaries/%s.%s", cli_root(),
			hunt->flavour, hunt->target, hunt->name);
}

bool hunt_is_found(const struct hunt_result *result)
{
	return result->found.seen && result->triggered.seen &&
	       result->minimised_finds && result->minimised_clean;
}

/* -- what the process says -- */

static void see(struct fuzzing *f, struct sighting *sighting,
		enum hunt_stage stage)
{
	if (sighting->seen)
		return;
	*sighting = (struct sighting){
		.seen = true,
		.execs = f->execs_before + f->execs,
		.cpu_ms = cpu_ms(f),
	};
	if ((int)stage > f->progress->stage)
		f->progress->stage = (sig_atomic_t)stage;
}

static void note_unexpected(struct hunt_result *r, const char *identity,
			    const char *file)
{
	unsigned int i;

	for (i = 0; i < r->nr_unexpected; i++)
		if (!strcmp(r->unexpected[i], identity))
			return;
	if (i == HUNT_UNEXPECTED)
		return;
	snprintf(r->unexpected[i], sizeof(r->unexpected[i]), "%s", identity);
	snprintf(r->unexpected_file[i], CLI_PATH, "%s", file);
	r->nr_unexpected++;
}

/*
 * A finding the process has saved. What comes before the canary was triggered
 * is not its work, whatever its name.
 */
static void note_finding(struct fuzzing *f, const char *file)
{
	const struct canary *canary = f->hunt->canary;
	struct hunt_result *r = f->result;
	struct program_peek peek;
	char error[512];

	if (r->found.seen)
		return;
	if (program_peek(&peek, file, error, sizeof(error))) {
		snprintf(r->trouble, sizeof(r->trouble), "%s", error);
		return;
	}
	if (!canary || !r->triggered.seen ||
	    !canary_expects(canary, peek.expect)) {
		note_unexpected(r, peek.expect, file);
		return;
	}
	see(f, &r->found, HUNT_FOUND);
	snprintf(r->identity, sizeof(r->identity), "%s", peek.expect);
	cli_path(r->file, "%s", file);
}

static void take_line(struct fuzzing *f, const char *line)
{
	static const char stats[] = "vtb: stats programs=";
	static const char said[] = "vtb: canary ";
	static const char repro[] = "REPRO vtb repro ";
	const char *programs = strstr(line, "programs=");

	if (!strncmp(line, stats, sizeof(stats) - 1) ||
	    !strncmp(line, said, sizeof(said) - 1)) {
		f->execs = programs ? strtoull(programs + 9, NULL, 10) : 0;
		f->progress->execs = f->execs_before + f->execs;
	}
	if (!strncmp(line, said, sizeof(said) - 1)) {
		if (!strncmp(line + sizeof(said) - 1, "reached", 7))
			see(f, &f->result->reached, HUNT_REACHED);
		else
			see(f, &f->result->triggered, HUNT_TRIGGERED);
	}
	if (!strncmp(line, repro, sizeof(repro) - 1))
		note_finding(f, line + sizeof(repro) - 1);
	if (!strncmp(line, "vtb: bench error", 16) ||
	    !strncmp(line, "vtb: unmodelled", 15))
		snprintf(f->result->trouble, sizeof(f->result->trouble), "%.250s",
			 line);
}

/* False at the end of output. */
static bool read_output(struct fuzzing *f)
{
	char data[8192];
	ssize_t n = read(f->fd, data, sizeof(data)), i;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n && f->log_fd >= 0 && write(f->log_fd, data, (size_t)n) != n) {
		close(f->log_fd);
		f->log_fd = -1;
	}
	for (i = 0; i < n; i++) {
		if (data[i] != '\n') {
			if (f->used + 1 < LINE_BYTES)
				f->line[f->used++] = data[i];
			continue;
		}
		f->line[f->used] = '\0';
		f->used = 0;
		take_line(f, f->line);
	}
	return n > 0;
}

/* -- the process -- */

static void __attribute__((noreturn)) become_fuzzer(const struct fuzzing *f)
{
	char seed[32], prefix[CLI_PATH + 32];
	const char *const argv[] = {
		f->exe, "--findings", f->findings, seed, prefix, f->corpus,
		NULL,
	};

	snprintf(seed, sizeof(seed), "-seed=%u", (unsigned int)
		 ((f->hunt->seed * 1000003 + f->starts) & 0x7fffffff));
	snprintf(prefix, sizeof(prefix), "-artifact_prefix=%s/raw-",
		 f->findings);
	/* Reports are replayed later; the symbolizer would cost each death. */
	setenv("ASAN_OPTIONS", "symbolize=0", 1);
	unsetenv("UBSAN_OPTIONS");
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int start(struct fuzzing *f)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	f->pid = fork();
	if (!f->pid) {
		dup2(fds[1], STDERR_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		become_fuzzer(f);
	}
	close(fds[1]);
	if (f->pid < 0) {
		close(fds[0]);
		f->pid = 0;
		return -EAGAIN;
	}
	f->fd = fds[0];
	f->used = 0;
	f->execs = 0;
	f->starts++;
	return 0;
}

/* A fuzzer that waits for something would never use its time up. */
static bool is_stuck(const struct fuzzing *f)
{
	return (uint64_t)(monotonic() - f->began) >
	       MAX_WALL_FACTOR * f->hunt->seconds;
}

static bool is_over(const struct fuzzing *f)
{
	return canaries_interrupted || f->result->found.seen ||
	       f->result->trouble[0] ||
	       cpu_ms(f) >= f->hunt->seconds * 1000;
}

/* How a process ended that nobody asked to. */
static void judge_status(struct fuzzing *f, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) :
				       128 + WTERMSIG(status);

	if (!code || code == EXIT_INTERRUPTED)
		return;
	if (code != VTB_EXIT_SAFETY && code != VTB_EXIT_LIVENESS)
		snprintf(f->result->trouble, sizeof(f->result->trouble),
			 "%.200s ended with exit code %d, see its log", f->exe,
			 code);
}

static uint64_t milliseconds(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000 + (uint64_t)t->tv_usec / 1000;
}

/* Lets it run until it ends or the hunt is over. */
static void watch(struct fuzzing *f)
{
	struct pollfd poll_fd = { .fd = f->fd, .events = POLLIN };
	struct rusage usage;
	bool killed = false;
	int status;

	for (;;) {
		if (!killed && is_over(f)) {
			/* Files appear complete or not at all. */
			kill(f->pid, SIGKILL);
			killed = true;
		}
		if (poll(&poll_fd, 1, 100) > 0 && !read_output(f))
			break;
		if (is_stuck(f))
			snprintf(f->result->trouble, sizeof(f->result->trouble),
				 "%.200s uses no processor time", f->exe);
	}
	while (wait4(f->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	f->pid = 0;
	f->cpu_ms_before += milliseconds(&usage.ru_utime) +
			    milliseconds(&usage.ru_stime);
	close(f->fd);
	if (!killed)
		judge_status(f, status);
	f->execs_before += f->execs;
	f->execs = 0;
}

static int fuzz(struct fuzzing *f)
{
	int rc;

	f->began = monotonic();
	while (!is_over(f)) {
		rc = start(f);
		if (rc) {
			fprintf(stderr, "vtb: cannot start %s: %s\n", f->exe,
				strerror(-rc));
			return VTB_EXIT_BENCH;
		}
		watch(f);
	}
	see(f, &f->result->end, HUNT_OVER);
	if (f->result->trouble[0])
		fprintf(stderr, "vtb: %s, seed %" PRIu64 ": %s\n",
			f->hunt->name, f->hunt->seed, f->result->trouble);
	return canaries_interrupted || f->result->trouble[0] ? VTB_EXIT_BENCH :
							       0;
}

/* A folder that no attempt has had before: the corpus begins empty. */
static int make_folders(struct fuzzing *f)
{
	const struct hunt *hunt = f->hunt;
	char work[CLI_PATH];
	unsigned int n = 0;

	do
		cli_path(work, "%s/work/%s.%" PRIu64 ".%u", hunt->out,
			 hunt->name, hunt->seed, ++n);
	while (cli_exists(work));
	cli_path(f->findings, "%s/findings", work);
	cli_path(f->corpus, "%s/corpus", work);
	cli_path(f->log, "%s/log", work);
	if (cli_make_dirs(f->findings) || cli_make_dirs(f->corpus))
		return VTB_EXIT_BENCH;
	f->log_fd = open(f->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return 0;
}

/* -- afterwards -- */

static unsigned int count_lines(const char *path, const char *word)
{
	char line[LINE_BYTES];
	unsigned int nr = 0;
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		nr += !strncmp(line, word, strlen(word));
	if (file)
		fclose(file);
	return nr;
}

/*
 * The op during which it falls: an oracle's identity ends with it, a crash says
 * "in op 7 vmm: log_report(...)".
 */
static void note_op(struct hunt_result *r, const struct cli_outcome *outcome)
{
	const char *at = strstr(outcome->why, "in op ");
	const char *colon = at == outcome->why && at ? strchr(at, ':') : NULL;
	size_t n;

	if (colon) {
		n = strcspn(colon + 2, "(");
		snprintf(r->op, sizeof(r->op), "%.*s", (int)n, colon + 2);
		return;
	}
	at = strrchr(outcome->identity, '/');
	at = at ? at + 1 : outcome->identity;
	snprintf(r->op, sizeof(r->op), "%s",
		 strchr(at, '+') ? strchr(at, '+') + 1 : at);
}

static unsigned int count_ops(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	size_t nr = json_array_size(json_object_get(json, "ops"));

	json_decref(json);
	return (unsigned int)nr;
}

/* Replays the minimised program with the patch and without. */
static int judge(const struct fuzzing *f)
{
	struct hunt plain = *f->hunt;
	struct hunt_result *r = f->result;
	struct cli_outcome outcome;
	char own[CLI_PATH];
	char *text;
	int rc;

	rc = cli_replay(f->exe, r->minimised, &outcome, NULL);
	if (rc)
		return rc;
	r->minimised_finds = outcome.deterministic &&
			     canary_expects(f->hunt->canary, outcome.identity);
	note_op(r, &outcome);
	plain.canary = NULL;
	rc = cli_replay(hunt_exe(&plain, own), r->minimised, &outcome, &text);
	if (rc)
		return rc;
	r->minimised_clean = !outcome.exit_code && outcome.deterministic;
	r->ops = count_ops(text);
	free(text);
	r->context_switches = count_lines(r->minimised, "decide preempt ") +
			      count_lines(r->minimised, "decide pick ");
	return 0;
}

static int minimise(const struct fuzzing *f)
{
	struct hunt_result *r = f->result;
	const char *const argv[] = {
		f->exe, "--min", r->file, "--out", r->minimised,
		"--identity", r->identity, NULL,
	};
	int code;

	cli_path(r->minimised, "%s/work/%s.%" PRIu64 ".scn", f->hunt->out,
		 f->hunt->name, f->hunt->seed);
	unlink(r->minimised);	/* of an attempt that was broken off */
	code = cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null", .err = "/dev/null",
	});
	if (cli_exists(r->minimised))
		return 0;
	fprintf(stderr, "vtb: %s was not minimised (exit code %d)\n", r->file,
		code);
	return VTB_EXIT_BENCH;
}

int hunt_run(const struct hunt *hunt, struct hunt_progress *progress,
	     struct hunt_result *result)
{
	struct fuzzing f = {
		.hunt = hunt, .progress = progress, .result = result,
	};
	int rc;

	memset(result, 0, sizeof(*result));
	hunt_exe(hunt, f.exe);
	rc = make_folders(&f);
	if (rc)
		return rc;
	rc = fuzz(&f);
	if (f.log_fd >= 0)
		close(f.log_fd);
	if (rc || !result->found.seen)
		return rc;
	rc = minimise(&f);
	return rc ? rc : judge(&f);
}

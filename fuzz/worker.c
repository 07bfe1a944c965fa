/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.c - running programs that may end the process; see worker.h
 *
 * Parent and child share one mapping with the program and its result; a byte
 * on a socket says whose turn it is. The end of the socket says that the child
 * has died, and whatever the result holds by then is what is known.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kernel/instance.h>

#include "frames.h"
#include "session.h"
#include "switches.h"
#include "worker.h"

struct shared {
	struct program program;
	bool callers;
	bool naming;			/* the switches of the run */
	struct sim_fresh fresh;		/* how it ends, if not as planned */
	struct switches switches;
	char names[PROGRAM_MAX_SWITCHES];
	const struct worker_series *series;	/* NULL: one program */
	struct worker_series series_copy;	/* parent and child */
	struct sim_trace_reader reader;
	bool over;			/* the series has ended */
	bool found;			/* it has shown something */
	volatile bool stop;		/* it should end */
	struct worker_result result;
	struct sim_decision_log log;	/* into the result */
};

struct worker {
	struct shared *shared;
	pid_t child;			/* 0: none */
	int fd;				/* to the child */
};

/* The child's own, for crash.c. */
static struct shared *child_shared;

/* -- in the child ----------------------------------------------------------- */

static void copy_report(struct worker_result *to, const struct report *from)
{
	to->exit_code = from->exit_code;
	snprintf(to->identity, sizeof(to->identity), "%s", from->identity);
	snprintf(to->oracle, sizeof(to->oracle), "%s", from->oracle);
	snprintf(to->what, sizeof(to->what), "%s", from->what);
	snprintf(to->why, sizeof(to->why), "%s", from->why);
	to->step = from->step;
	to->time_ns = from->time_ns;
}

void worker_dies(const struct report *report, uint64_t trace_hash)
{
	struct worker_result *result = &child_shared->result;

	copy_report(result, report);
	result->trace_hash = trace_hash;
	result->nr_decisions = child_shared->log.count;
}

/* A decision is traced before it is logged, by whoever takes it. */
static void on_record(void *arg, const struct sim_trace_record *record,
		      const char *text)
{
	struct shared *shared = arg;
	struct frames frames;
	unsigned int i;
	bool cut = false;

	(void)text;
	if (record->what != SIM_TRACE_DECISION ||
	    shared->log.count >= shared->log.capacity)
		return;
	frames_here(&frames);
	for (i = 0; i < frames.nr && !cut; i++)
		kernel_symbol(frames.pc[i], &cut);
	shared->result.callers[shared->log.count] =
		cut ? frames.pc[i - 1] : NULL;
}

static void on_named_record(void *arg, const struct sim_trace_record *record,
			    const char *text)
{
	struct shared *shared = arg;

	(void)text;
	switches_record(&shared->switches, sim_current, record);
}

/* Without a log: nothing else is to come of it. */
static void name_switches(struct shared *shared)
{
	static struct target_result result;
	const struct sim_trace_reader reader = { on_named_record, shared };
	const struct target_run run = {
		.step_budget = session.step_budget,
		.reader = &reader,
		.guide = &shared->switches.guide,
	};

	switches_find(&shared->switches, &shared->program, shared->names,
		      sizeof(shared->names));
	session_run(&shared->program, &run, &result);
}

static void run_one(struct shared *shared)
{
	static struct target_result result;
	const struct sim_trace_reader reader = {
		.record = on_record,
		.arg = shared,
	};
	const struct target_run run = {
		.step_budget = session.step_budget,
		.reader = shared->callers ? &reader : NULL,
		.log = &shared->log,
		.every_frame = true,
		.fresh = &shared->fresh,
		.first_step = &shared->result.first_step,
	};
	struct report report;

	session_run(&shared->program, &run, &result);
	report_from_result(&result, &report);
	copy_report(&shared->result, &report);
	memcpy(shared->result.results, result.results,
	       shared->program.nr_calls * sizeof(result.results[0]));
	shared->result.trace_hash = result.trace_hash;
	shared->result.nr_decisions = shared->log.count;
}

/* True if the parent wants to see it. */
static bool run_next(struct shared *shared)
{
	static struct target_result result;
	const struct worker_series *series = shared->series;
	struct target_run run = {
		.step_budget = session.step_budget,
		.reader = series->reader,
		.accesses = series->accesses,
		.fetches = series->fetches,
		.change = series->change,
		.log = &shared->log,
	};
	struct report report;

	shared->over = !series->next(series->arg, &shared->program,
				     &run.search);
	if (shared->over)
		return true;
	shared->log.count = 0;
	session_run(&shared->program, &run, &result);
	series->done(series->arg, &result);
	if (!result.found)
		return shared->stop;
	report_from_result(&result, &report);
	copy_report(&shared->result, &report);
	shared->result.trace_hash = result.trace_hash;
	shared->result.nr_decisions = shared->log.count;
	shared->found = true;
	return true;
}

static void serve_one(struct shared *shared)
{
	if (shared->naming)
		name_switches(shared);
	else if (!shared->series)
		run_one(shared);
	else
		while (!run_next(shared))
			;
}

/* What a dying program prints is for nobody: its finding comes back. */
static void be_quiet(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static void __attribute__((noreturn)) serve(struct shared *shared, int fd)
{
	char turn;

	signal(SIGINT, SIG_IGN);	/* the parent ends what it began */
	be_quiet();
	session.mode = SESSION_WORKER;
	child_shared = shared;
	crash_arm();
	while (read(fd, &turn, 1) == 1) {
		serve_one(shared);
		if (write(fd, &turn, 1) != 1)
			break;
	}
	_exit(0);
}

void worker_without_source_lines(char **argv)
{
	static const char want[] = "symbolize=0";
	const char *given = getenv("ASAN_OPTIONS");
	char options[4096];

	if (given && strstr(given, want))
		return;
	snprintf(options, sizeof(options), "%s%s%s", given ? given : "",
		 given ? ":" : "", want);
	setenv("ASAN_OPTIONS", options, 1);
	execv("/proc/self/exe", argv);
	/* It has not worked, and all that is lost is time. */
}

/* -- in the parent ---------------------------------------------------------- */

static bool start(struct worker *worker)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	fflush(NULL);
	worker->child = fork();
	if (!worker->child) {
		close(fds[0]);
		serve(worker->shared, fds[1]);
	}
	close(fds[1]);
	if (worker->child < 0) {
		worker->child = 0;
		close(fds[0]);
		return false;
	}
	worker->fd = fds[0];
	return true;
}

static void stop(struct worker *worker)
{
	if (!worker->child)
		return;
	close(worker->fd);
	while (waitpid(worker->child, NULL, 0) < 0 && errno == EINTR)
		;
	worker->child = 0;
}

struct worker *worker_new(void)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	sim_assert(!target_sim(session.target));
	if (!worker)
		return NULL;
	worker->shared = mmap(NULL, sizeof(*worker->shared),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (worker->shared == MAP_FAILED || !start(worker)) {
		perror("vtb: cannot start a process");
		if (worker->shared == MAP_FAILED)
			worker->shared = NULL;
		worker_free(worker);
		return NULL;
	}
	return worker;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	stop(worker);
	if (worker->shared)
		munmap(worker->shared, sizeof(*worker->shared));
	free(worker);
}

/* Asks now and then whether a series should end, until there is an answer. */
static void wait_for_turn(struct worker *worker)
{
	struct pollfd poll_fd = { .fd = worker->fd, .events = POLLIN };
	struct shared *shared = worker->shared;

	if (!shared->series)
		return;
	while (poll(&poll_fd, 1, 1000) <= 0)
		if (shared->series->wait(shared->series->arg))
			shared->stop = true;
}

/* The next one's turn; false if the child has died over it. */
static bool take_turns(struct worker *worker)
{
	char turn = 1;
	ssize_t n;

	if (send(worker->fd, &turn, 1, MSG_NOSIGNAL) != 1)
		return false;
	wait_for_turn(worker);
	do {
		n = read(worker->fd, &turn, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

/* What a child that vanishes without a word leaves behind. */
static void expect_death(struct worker_result *result)
{
	memset(result, 0, offsetof(struct worker_result, decisions));
	result->exit_code = VTB_EXIT_BENCH;
	strcpy(result->identity, "bench-error/no-last-words");
	strcpy(result->oracle, "bench-error");
	strcpy(result->what, "a process ended without saying why");
}

/* A run or a series; true if the child is still there. */
static bool run_in_child(struct worker *worker)
{
	struct shared *shared = worker->shared;

	if (!worker->child && !start(worker))
		sim_bench_error(__FILE__, __LINE__,
				"cannot start a process: %s", strerror(errno));
	shared->log = (struct sim_decision_log){
		.entries = shared->result.decisions,
		.capacity = PROGRAM_MAX_OVERRIDES,
	};
	expect_death(&shared->result);
	if (take_turns(worker))
		return true;
	stop(worker);
	shared->result.died = true;
	return false;
}

const struct worker_result *worker_run(struct worker *worker,
				       const struct program *program,
				       bool callers)
{
	struct shared *shared = worker->shared;

	shared->program = *program;
	shared->callers = callers;
	shared->naming = false;
	shared->series = NULL;
	run_in_child(worker);
	return &shared->result;
}

const struct worker_result *worker_run_fresh(struct worker *worker,
					     const struct program *program,
					     const struct sim_fresh *fresh)
{
	const struct worker_result *result;

	worker->shared->fresh = *fresh;
	result = worker_run(worker, program, false);
	worker->shared->fresh = (struct sim_fresh){ 0 };
	return result;
}

const char *worker_name_switches(struct worker *worker,
				 const struct program *program)
{
	struct shared *shared = worker->shared;

	shared->program = *program;
	shared->naming = true;
	shared->series = NULL;
	run_in_child(worker);
	shared->naming = false;
	return shared->switches.lost ? NULL : shared->names;
}

/* The caller's series may lie on a stack that the child does not have. */
static void share_series(struct shared *shared,
			 const struct worker_series *series)
{
	shared->series_copy = *series;
	shared->series = &shared->series_copy;
	if (!series->reader)
		return;
	shared->reader = *series->reader;
	shared->series_copy.reader = &shared->reader;
}

const struct worker_result *worker_run_series(struct worker *worker,
					      const struct worker_series *series)
{
	struct shared *shared = worker->shared;

	share_series(shared, series);
	shared->over = false;
	shared->found = false;
	shared->stop = false;
	if (run_in_child(worker) && !shared->found)
		return NULL;
	return &shared->result;
}

const struct program *worker_program(const struct worker *worker)
{
	return &worker->shared->program;
}

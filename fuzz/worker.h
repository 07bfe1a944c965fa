/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.h - running programs that may end the process (private to fuzz/)
 *
 * A worker is a child process that runs one program after the other. If one
 * of them kills it, its last words are the result, and the next program gets
 * a new child. Identities come about as they do everywhere: from the oracle,
 * or from crash.c.
 *
 * A world lies in shared memory, so the parent must never have run a program:
 * its children would all work on the very same one.
 */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <fuzz/target.h>

struct worker_result {
	int exit_code;			/* of the finding, 0 if clean */
	bool died;			/* the finding ended the process */
	char identity[PROGRAM_MAX_EXPECT];	/* "clean" if there is none */
	char oracle[SIM_FINDING_WORD];
	char what[SIM_FINDING_TEXT];
	char why[SIM_FINDING_TEXT];
	uint64_t trace_hash;
	uint64_t step;
	uint64_t first_step;		/* that its ops begin at */
	uint64_t time_ns;
	int64_t results[PROGRAM_MAX_CALLS];	/* of ops, if it did not die */
	/*
	 * Every decision that was not benign, as they came; more than fit are
	 * counted but not kept. @callers has the code under test that asked for
	 * each, NULL where there is none on the stack.
	 */
	size_t nr_decisions;
	struct sim_override decisions[PROGRAM_MAX_OVERRIDES];
	const void *callers[PROGRAM_MAX_OVERRIDES];
};

struct worker;

/* NULL, after a message, if memory or a process is missing. */
struct worker *worker_new(void);
void worker_free(struct worker *worker);

/*
 * Runs a normal program. @callers: also find who asked for each decision,
 * which takes longer. The result is valid until the next run.
 */
const struct worker_result *worker_run(struct worker *worker,
				       const struct program *program,
				       bool callers);

/* The same with all decisions from a step on drawn anew. */
const struct worker_result *worker_run_fresh(struct worker *worker,
					     const struct program *program,
					     const struct sim_fresh *fresh);

/*
 * Runs a normal program and names its preemptions (switches.h): lines for
 * program.switches, until the next run. NULL if they cannot all be named.
 */
const char *worker_name_switches(struct worker *worker,
				 const struct program *program);

/*
 * Many programs in a row, the parent taking no part in each. next() and done()
 * are called in the child: what they write must lie in memory that was shared
 * before the worker was made, and be good for a new child if this one dies.
 */
struct worker_series {
	/* Writes the next program over the last one; false: there is none. */
	bool (*next)(void *arg, struct program *program,
		     struct sim_search **search);
	/* It was run, and the process has survived. */
	void (*done)(void *arg, const struct target_result *result);
	/* In the parent, about once a second: true if it should stop. */
	bool (*wait)(void *arg);
	const struct sim_trace_reader *reader;	/* in the child, or NULL */
	struct sim_access_reader *accesses;	/* shared, or NULL */
	const struct sim_fetch_reader *fetches;	/* the same */
	struct sim_change *change;	/* the same: see target_run.change */
	void *arg;
};

/*
 * Runs until there is a finding, which is returned, or no program any more, or
 * wait() says stop: NULL. Call again to go on.
 */
const struct worker_result *worker_run_series(struct worker *worker,
					const struct worker_series *series);

/* The program that was run last. */
const struct program *worker_program(const struct worker *worker);

/*
 * A program that dies of ASan takes ten times as long when ASan looks up source
 * lines for a report nobody reads, and only a process's environment can tell it
 * not to: starts this process again if need be.
 */
void worker_without_source_lines(char **argv);

/* In the child, by crash.c: what is about to end the process. */
struct report;
void worker_dies(const struct report *report, uint64_t trace_hash);

#endif

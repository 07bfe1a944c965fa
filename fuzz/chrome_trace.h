/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chrome_trace.h - a run as a file for Perfetto and chrome://tracing
 * (private to fuzz/)
 *
 * One track for each actor. Ops are spans, decisions, notes and log lines are
 * instants; times are virtual microseconds. Spans that are open when the run
 * ends are closed there, so the file is whole whatever ends the run.
 */
#ifndef FUZZ_CHROME_TRACE_H
#define FUZZ_CHROME_TRACE_H

#include <fuzz/target.h>

struct chrome_trace;

/* NULL, with errno, if the file is there already or cannot be made. */
struct chrome_trace *chrome_trace_new(const char *path,
				      const struct program *program);

/* Takes a record as trace readers get them. */
void chrome_trace_record(struct chrome_trace *trace,
			 const struct sim_trace_record *record,
			 const char *text);

/*
 * Closes what is open, names the tracks, frees. Returns 0 or the negative errno
 * of what could not be written. NULL is fine.
 */
int chrome_trace_finish(struct chrome_trace *trace);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timeline.h - a run as people read it (private to fuzz/)
 *
 * A trace reader that prints one line for each op, its result, what the kernel
 * logged, and every decision that was not the benign one, in the words of
 * program texts. With @all also every other record.
 */
#ifndef FUZZ_TIMELINE_H
#define FUZZ_TIMELINE_H

#include <stdio.h>

#include <fuzz/target.h>

struct timeline {
	FILE *out;
	const struct program *program;
	bool all;
	struct sim_decision_log log;	/* of one entry: the latest */
	struct sim_override last;
	struct sim_trace_record decision;	/* what the log is about to say */
	struct sim_trace_reader reader;
};

void timeline_init(struct timeline *timeline, FILE *out,
		   const struct program *program, bool all);

/* After the run: prints what is still to be printed. */
void timeline_finish(struct timeline *timeline);

#endif

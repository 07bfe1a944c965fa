/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chrome_trace.c - a run as a file for Perfetto; see chrome_trace.h
 *
 * Events are written as they come, one JSON object a line: a run that kills
 * the process only misses the end, which its last words add. The format is the
 * "JSON Array Format" of Chrome's trace events: ph B and E for spans, i for
 * instants, M for names.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <sim/fiber.h>

#include "chrome_trace.h"
#include "session.h"

#define MAX_ACTORS	256	/* what is above shares the last track */
#define MAX_DEPTH	8	/* spans of one actor */

struct track {
	bool used;
	char name[40];
	unsigned int depth;
	uint32_t open[MAX_DEPTH];	/* op slots of open spans */
};

struct chrome_trace {
	FILE *file;
	const struct program *program;
	uint64_t last_ns;
	bool begun;			/* an event has been written */
	struct track tracks[MAX_ACTORS];
};

struct chrome_trace *chrome_trace_new(const char *path,
				      const struct program *program)
{
	struct chrome_trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->program = program;
	trace->file = fopen(path, "wx");
	if (!trace->file) {
		free(trace);
		return NULL;
	}
	fputs("[\n", trace->file);
	return trace;
}

/* Takes over @event; its time and actor are added. */
static void put(struct chrome_trace *trace, json_t *event, uint64_t time_ns,
		unsigned int actor)
{
	sim_assert(event);
	/* Exact: a virtual time has at most 2^53 nanoseconds. */
	json_object_set_new(event, "ts", json_real((double)time_ns / 1000));
	json_object_set_new(event, "pid", json_integer(1));
	json_object_set_new(event, "tid", json_integer(actor));
	if (trace->begun)
		fputs(",\n", trace->file);
	trace->begun = true;
	json_dumpf(event, trace->file, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(event);
}

static void put_name(struct chrome_trace *trace, unsigned int actor)
{
	put(trace, json_pack("{s:s, s:s, s:{s:s}}", "ph", "M", "name",
			     "thread_name", "args", "name",
			     trace->tracks[actor].name), 0, actor);
}

/* The record's actor is running now if it is a fiber. */
static struct track *track_of(struct chrome_trace *trace, unsigned int actor)
{
	struct track *track = &trace->tracks[actor];
	const struct sim_fiber *self = sim_current ?
				       sim_fiber_self(sim_current) : NULL;

	if (self && sim_fiber_id(self) == actor)
		snprintf(track->name, sizeof(track->name), "%s %u",
			 sim_fiber_name(self), actor);
	else if (!track->used)
		snprintf(track->name, sizeof(track->name), "source %u", actor);
	track->used = true;
	return track;
}

static const struct op_call *call_of(const struct chrome_trace *trace,
				     uint32_t slot)
{
	return slot && slot <= trace->program->nr_calls ?
	       &trace->program->calls[slot - 1] : NULL;
}

static void begin_op(struct chrome_trace *trace, unsigned int actor,
		     const struct sim_trace_record *record)
{
	const struct op_call *call = call_of(trace, record->op);
	struct track *track = &trace->tracks[actor];
	char text[512];

	if (!call || track->depth == MAX_DEPTH)
		return;
	track->open[track->depth++] = record->op;
	program_print_call(trace->program, call, text, sizeof(text));
	put(trace, json_pack("{s:s, s:s, s:{s:i, s:s}}", "ph", "B", "name",
			     call->op->name, "args", "op", (int)call->key,
			     "call", text), record->time_ns, actor);
}

static void end_op(struct chrome_trace *trace, unsigned int actor,
		   const struct sim_trace_record *record)
{
	struct track *track = &trace->tracks[actor];

	if (!track->depth || track->open[track->depth - 1] != record->op)
		return;
	track->depth--;
	put(trace, json_pack("{s:s, s:{s:I}}", "ph", "E", "args", "result",
			     (json_int_t)record->a), record->time_ns, actor);
}

static void put_instant(struct chrome_trace *trace, unsigned int actor,
			const struct sim_trace_record *record,
			const char *name)
{
	const struct op_call *call = call_of(trace, record->op);

	/* "s": how far the mark reaches; t is its track. */
	put(trace, json_pack("{s:s, s:s, s:s, s:{s:i, s:I}}", "ph", "i", "s",
			     "t", "name", name, "args", "op",
			     call ? (int)call->key : 0, "value",
			     (json_int_t)record->b), record->time_ns, actor);
}

static void put_decision(struct chrome_trace *trace, unsigned int actor,
			 const struct sim_trace_record *record)
{
	char name[48];

	snprintf(name, sizeof(name), "decide %s",
		 sim_decision_kind_name((enum sim_decision_kind)record->a));
	put_instant(trace, actor, record, name);
}

void chrome_trace_record(struct chrome_trace *trace,
			 const struct sim_trace_record *record,
			 const char *text)
{
	unsigned int actor = record->actor < MAX_ACTORS ? record->actor :
							  MAX_ACTORS - 1;

	trace->last_ns = record->time_ns;
	track_of(trace, actor);
	switch (record->what) {
	case SIM_TRACE_OP_BEGIN:
		begin_op(trace, actor, record);
		break;
	case SIM_TRACE_OP_END:
		end_op(trace, actor, record);
		break;
	case SIM_TRACE_DECISION:
		put_decision(trace, actor, record);
		break;
	case SIM_TRACE_NOTE:
	case SIM_TRACE_LOG:
		put_instant(trace, actor, record, text ? text : "log");
		break;
	}
}

/* Where an oracle spoke; what kills the process has no record of its own. */
static void put_finding(struct chrome_trace *trace)
{
	const struct sim *sim = target_sim(session.target);
	const struct sim_finding *finding = sim ? sim_finding_get(sim) : NULL;
	unsigned int actor;

	if (!finding || !finding->severity)
		return;
	actor = finding->actor < MAX_ACTORS ? finding->actor : MAX_ACTORS - 1;
	track_of(trace, actor);
	put(trace, json_pack("{s:s, s:s, s:s, s:{s:s}}", "ph", "i", "s", "g",
			     "name", "finding", "args", "oracle",
			     finding->oracle), finding->time_ns, actor);
}

/* What the run did not come to the end of. */
static void close_spans(struct chrome_trace *trace, unsigned int actor)
{
	struct track *track = &trace->tracks[actor];

	for (; track->depth; track->depth--)
		put(trace, json_pack("{s:s, s:{s:b}}", "ph", "E", "args",
				     "cut", 1), trace->last_ns, actor);
}

int chrome_trace_finish(struct chrome_trace *trace)
{
	unsigned int actor;
	int rc = 0;

	if (!trace)
		return 0;
	put_finding(trace);
	for (actor = 0; actor < MAX_ACTORS; actor++) {
		if (!trace->tracks[actor].used)
			continue;
		close_spans(trace, actor);
		put_name(trace, actor);
	}
	fputs("\n]\n", trace->file);
	if (ferror(trace->file))
		rc = -EIO;
	if (fclose(trace->file) && !rc)
		rc = -errno;
	free(trace);
	return rc;
}

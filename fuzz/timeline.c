/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timeline.c - a run as people read it; see timeline.h
 */
#include <inttypes.h>
#include <string.h>

#include "timeline.h"

static void print_stamp(const struct timeline *t,
			const struct sim_trace_record *record)
{
	const struct program *p = t->program;

	fprintf(t->out, "%12" PRIu64 " ns  ", record->time_ns);
	if (record->op && record->op <= p->nr_calls)
		fprintf(t->out, "op %-4u ", p->calls[record->op - 1].key);
	else
		fprintf(t->out, "%-8s", "world");
}

static void print_begin(const struct timeline *t,
			const struct sim_trace_record *record)
{
	char text[512];

	program_print_call(t->program, &t->program->calls[record->op - 1],
			   text, sizeof(text));
	fprintf(t->out, "%s\n", text);
}

static void print_end(const struct timeline *t,
		      const struct sim_trace_record *record)
{
	int64_t result = (int64_t)record->a;
	const char *name = NULL;

	if (result < 0 && result > -4096)
		name = strerrorname_np((int)-result);
	fprintf(t->out, "  = %" PRId64 "%s%s%s\n", result, name ? " (" : "",
		name ? name : "", name ? ")" : "");
}

/* The log gets a decision right after its record was read. */
static void print_decision(struct timeline *t)
{
	struct program_override shown = {
		.kind = t->last.kind,
		.nth = t->last.nth,
		.value = t->last.value,
	};
	char text[128];

	if (!t->log.count)
		return;
	t->log.count = 0;
	if (t->last.op && t->last.op <= t->program->nr_calls)
		shown.key = t->program->calls[t->last.op - 1].key;
	program_print_override(&shown, text, sizeof(text));
	print_stamp(t, &t->decision);
	fprintf(t->out, "  %s\n", text);
}

static const char *record_name(uint16_t what)
{
	switch (what) {
	case SIM_TRACE_EVENT:
		return "event";
	case SIM_TRACE_SWITCH:
		return "switch";
	}
	return what < SIM_TRACE_MODEL ? "kernel" : "model";
}

static void on_record(void *arg, const struct sim_trace_record *record,
		      const char *text)
{
	struct timeline *t = arg;

	print_decision(t);
	if (!t->all && (record->what < SIM_TRACE_OP_BEGIN ||
			record->what >= SIM_TRACE_KERNEL))
		return;
	if (record->what == SIM_TRACE_DECISION) {
		t->decision = *record;
		return;
	}
	print_stamp(t, record);
	switch (record->what) {
	case SIM_TRACE_OP_BEGIN:
		print_begin(t, record);
		break;
	case SIM_TRACE_OP_END:
		print_end(t, record);
		break;
	case SIM_TRACE_NOTE:
		fprintf(t->out, "  note %s %" PRIu64 "\n", text ? text : "",
			record->b);
		break;
	case SIM_TRACE_LOG:
		fprintf(t->out, "  log <%" PRIu64 "> %s\n", record->b,
			text ? text : "");
		break;
	default:
		fprintf(t->out, "  %s %u actor=%u a=0x%" PRIx64 " b=0x%" PRIx64
			"\n", record_name(record->what), record->what,
			record->actor, record->a, record->b);
	}
}

void timeline_init(struct timeline *timeline, FILE *out,
		   const struct program *program, bool all)
{
	*timeline = (struct timeline){
		.out = out,
		.program = program,
		.all = all,
	};
	timeline->log = (struct sim_decision_log){
		.entries = &timeline->last,
		.capacity = 1,
	};
	timeline->reader = (struct sim_trace_reader){
		.record = on_record,
		.arg = timeline,
	};
}

void timeline_finish(struct timeline *timeline)
{
	print_decision(timeline);
}

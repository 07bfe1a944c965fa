/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_timeline.c - who did what when
 *
 * Reads the events of a run that a target has written for Perfetto
 * (fuzz/chrome_trace.c). Much of what matters happens at the same virtual time,
 * so the drawing goes by order: each event has its number, and its time beside.
 *
 *   {"actors": [{"name": "vmm 1", "spans": [...], "marks": [...]}],
 *    "times": [0, 0, 1500, ...], "finding": {"at": 7, "actor": 0}}
 */
#include <string.h>

#include "report.h"

/* A picture of more events shows nothing. */
#define MAX_EVENTS	4000
#define MAX_OPEN	64

struct lanes {
	json_t *actors;			/* array */
	json_t *by_id;			/* "tid" to an index in it */
	json_t *times;			/* of events, in microseconds */
	json_t *finding;
	size_t last;			/* lane of the last event */
	bool cut;
};

static json_t *lane_of(struct lanes *lanes, const json_t *event)
{
	char id[24];
	json_t *index;

	snprintf(id, sizeof(id), "%lld",
		 (long long)json_number_of(event, "tid"));
	index = json_object_get(lanes->by_id, id);
	if (!index) {
		index = json_integer((json_int_t)json_array_size(lanes->actors));
		json_object_set_new(lanes->by_id, id, index);
		json_array_append_new(lanes->actors,
			json_pack("{s:s, s:[], s:[], s:[]}", "name", id,
				  "spans", "marks", "open"));
	}
	lanes->last = (size_t)json_integer_value(index);
	return json_array_get(lanes->actors, lanes->last);
}

static json_int_t tick(struct lanes *lanes, const json_t *event)
{
	json_array_append(lanes->times, json_object_get(event, "ts"));
	return (json_int_t)json_array_size(lanes->times) - 1;
}

static void begin_span(struct lanes *lanes, const json_t *event)
{
	json_t *lane = lane_of(lanes, event);
	const json_t *args = json_object_get(event, "args");
	json_t *open = json_object_get(lane, "open"), *span;

	if (json_array_size(open) == MAX_OPEN)
		return;
	span = json_pack("{s:s, s:s, s:I, s:I}", "op",
			 json_text_of(event, "name"), "call",
			 json_text_of(args, "call"), "key",
			 json_number_of(args, "op"), "from",
			 tick(lanes, event));
	json_array_append(open, span);
	json_array_append_new(json_object_get(lane, "spans"), span);
}

/* What the end of the run has cut off is no event of its actor. */
static void end_span(struct lanes *lanes, const json_t *event)
{
	const json_t *args = json_object_get(event, "args");
	bool cut = json_object_get(args, "cut");
	size_t last = lanes->last;
	json_t *lane = lane_of(lanes, event), *span;
	json_t *open = json_object_get(lane, "open");
	size_t nr = json_array_size(open);

	if (!nr)
		return;
	span = json_array_get(open, nr - 1);
	if (cut) {
		json_object_set_new(span, "cut", json_true());
		lanes->last = last;
	} else {
		json_object_set_new(span, "to",
				    json_integer(tick(lanes, event)));
		json_object_set(span, "result", json_object_get(args, "result"));
	}
	json_array_remove(open, nr - 1);
}

static void add_mark(struct lanes *lanes, const json_t *event)
{
	const char *name = json_text_of(event, "name");
	json_t *lane = lane_of(lanes, event);
	json_int_t at = tick(lanes, event);

	if (!strcmp(name, "finding")) {
		lanes->finding = json_pack("{s:I, s:I}", "at", at, "actor",
					   (json_int_t)lanes->last);
		return;
	}
	json_array_append_new(json_object_get(lane, "marks"),
		json_pack("{s:s, s:I, s:I}", "name", name, "at", at, "value",
			  json_number_of(json_object_get(event, "args"),
					 "value")));
}

static void set_name(struct lanes *lanes, const json_t *event)
{
	const json_t *args = json_object_get(event, "args");
	size_t last = lanes->last;

	json_object_set(lane_of(lanes, event), "name",
			json_object_get(args, "name"));
	lanes->last = last;
}

static void add_event(struct lanes *lanes, const json_t *event)
{
	const char *kind = json_text_of(event, "ph");
	bool finding = !strcmp(json_text_of(event, "name"), "finding");

	if (*kind == 'M')
		set_name(lanes, event);
	else if (json_array_size(lanes->times) >= MAX_EVENTS && !finding &&
		 *kind != 'E')
		lanes->cut = true;
	else if (*kind == 'B')
		begin_span(lanes, event);
	else if (*kind == 'E')
		end_span(lanes, event);
	else if (*kind == 'i')
		add_mark(lanes, event);
}

static bool has_cut_span(const json_t *lane)
{
	const json_t *span;
	size_t i;

	json_array_foreach(json_object_get(lane, "spans"), i, span)
		if (json_is_true(json_object_get(span, "cut")))
			return true;
	return false;
}

/*
 * Who uses up the step budget is found by nobody's fiber: the finding belongs
 * to the op that did not come to its end.
 */
static void place_finding(struct lanes *lanes)
{
	json_int_t actor = json_number_of(lanes->finding, "actor");
	const json_t *lane = json_array_get(lanes->actors, (size_t)actor);
	size_t i;

	if (!lanes->finding || json_array_size(json_object_get(lane, "spans")))
		return;
	json_array_foreach(lanes->actors, i, lane) {
		if (!has_cut_span(lane))
			continue;
		json_object_set_new(lanes->finding, "actor",
				    json_integer((json_int_t)i));
		return;
	}
}

json_t *report_timeline(const char *path, bool died)
{
	json_t *events = json_load_file(path, 0, NULL), *event, *lane;
	struct lanes lanes = { .actors = json_array(), .by_id = json_object(),
			       .times = json_array() };
	size_t i;

	json_array_foreach(events, i, event)
		add_event(&lanes, event);
	if (!lanes.finding && died && json_array_size(lanes.times))
		lanes.finding = json_pack("{s:I, s:I}", "at",
			(json_int_t)json_array_size(lanes.times) - 1, "actor",
			(json_int_t)lanes.last);
	place_finding(&lanes);
	json_array_foreach(lanes.actors, i, lane)
		json_object_del(lane, "open");
	json_decref(lanes.by_id);
	json_decref(events);
	return json_pack("{s:o, s:o, s:o, s:b}", "actors", lanes.actors,
			 "times", lanes.times, "finding",
			 lanes.finding ? lanes.finding : json_null(), "cut",
			 lanes.cut);
}

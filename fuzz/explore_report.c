/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_report.c - what was tried, and what that is worth
 *
 * A search that finds nothing says how much that means: a bound where there is
 * one, and that there is none where there is none.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vtb/build_id.h>

#include "explore.h"

uint64_t explore_schedules(const struct explore *x)
{
	struct sim_search_stats stats;

	if (!x->search || x->estimating)
		return x->index;
	/* The run in progress is accounted for only behind its end. */
	sim_search_stats(x->search, &stats);
	return stats.schedules + (x->begun && sim_search_is_new(x->search));
}

/* PCT's promise for one run: n * k^(d-1), "one in so many". */
static double pct_one_in(const struct explore *x)
{
	return x->actors * pow(x->steps, (double)x->options.depth - 1);
}

/* The chance that a bug of that depth has been missed is at most: */
static double pct_missed(const struct explore *x)
{
	return pow(1 - 1 / pct_one_in(x), (double)x->index);
}

void explore_say_start(const struct explore *x)
{
	if (x->strategy == EXPLORE_REPLAY)
		return;
	fprintf(stderr, "vtb: explore: %s in %s, build %s: n=%u actors, k=%u "
		"steps\n", x->options.file, session.implementation,
		vtb_build_id(), x->actors, x->steps);
	if (x->strategy == EXPLORE_PCT)
		fprintf(stderr, "vtb: explore: pct, depth %" PRIu64 ": a run "
			"hits a bug of that depth with a chance of at least 1 in "
			"%.0f (n*k^(d-1))\n", x->options.depth, pct_one_in(x));
	if (x->strategy == EXPLORE_BOUNDED)
		fprintf(stderr, "vtb: explore: all schedules with at most %"
			PRIu64 " preemptions%s\n", x->options.bound,
			x->options.no_reduction ? "" :
			", those left out that only reorder what does not conflict");
}

void explore_say_progress(const struct explore *x)
{
	fprintf(stderr, "vtb: explore: %" PRIu64 " schedules in %" PRIu64
		" s, %" PRIu64 " findings\n", explore_schedules(x),
		(uint64_t)(explore_now() - x->started), x->findings);
}

static void say_bounded(const struct explore *x)
{
	struct sim_search_stats stats;
	unsigned int b;

	sim_search_stats(x->search, &stats);
	for (b = 0; b <= stats.bound; b++)
		fprintf(stderr, "vtb: explore: preemptions %u: %" PRIu64
			" schedules, %s\n", b, stats.by_bound[b],
			b < stats.exhausted ? "all there are" :
			"not all there are");
	if (stats.complete)
		fprintf(stderr, "vtb: explore: no schedule needs more: the "
			"search is complete\n");
	if (stats.truncated)
		fprintf(stderr, "vtb: explore: a run had too many choices: "
			"schedules that differ only behind them were not tried\n");
	if (stats.diverged)
		fprintf(stderr, "vtb: explore: a run did not repeat: the "
			"program is not deterministic\n");
	if (!x->options.no_reduction)
		fprintf(stderr, "vtb: explore: %u places in the code conflict; "
			"assumes that hooks see all that actors share\n",
			stats.places);
}

static void say_worth(const struct explore *x)
{
	switch (x->strategy) {
	case EXPLORE_PCT:
		fprintf(stderr, "vtb: explore: a bug of depth %" PRIu64
			" was missed with a chance of at most %.3g%s\n",
			x->options.depth, pct_missed(x),
			x->findings ? " (but for what was found)" : "");
		break;
	case EXPLORE_BOUNDED:
		say_bounded(x);
		break;
	case EXPLORE_REPLAY:
		break;
	default:
		fprintf(stderr, "vtb: explore: strategy %s gives no bound: "
			"what was not tried is not known\n",
			explore_strategy_names[x->strategy]);
	}
}

static json_t *json_bounded(const struct explore *x)
{
	struct sim_search_stats stats;
	json_t *counts = json_array();
	unsigned int b;

	sim_search_stats(x->search, &stats);
	for (b = 0; b <= stats.bound; b++)
		json_array_append_new(counts, json_integer(
					(json_int_t)stats.by_bound[b]));
	return json_pack("{s:i, s:b, s:b, s:i, s:I, s:o}",
			 "exhausted", (int)stats.exhausted - 1,
			 "complete", stats.complete,
			 "truncated", stats.truncated,
			 "places", (int)stats.places,
			 "runs", (json_int_t)stats.runs, "by_bound", counts);
}

/* What memory was like. */
static const char *memory_name(const struct explore *x)
{
	if (x->memory != EXPLORE_MEMORY_MIX)
		return sim_memory_model_name((enum sim_memory_model)x->memory);
	if (x->strategy == EXPLORE_MIX && !x->base.memory)
		return "drawn for each run";
	return sim_memory_model_name(x->base.memory);
}

static json_t *make_json(const struct explore *x)
{
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s,"
		" s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}",
		"file", x->options.file, "target", session.target_name,
		"flavour", VTB_FLAVOUR, "mutant", x->options.mutant, "strategy",
		explore_strategy_names[x->strategy],
		"implementation", session.implementation,
		"build", vtb_build_id(), "memory", memory_name(x),
		"schedules", (json_int_t)explore_schedules(x),
		"seconds", (json_int_t)(explore_now() - x->started),
		"actors", (json_int_t)x->actors,
		"steps", (json_int_t)x->steps,
		"findings", (json_int_t)x->findings,
		"first_at", (json_int_t)x->first_at,
		"pairs", (json_int_t)x->nr_pairs,
		"pairs_both", (json_int_t)x->nr_both,
		"exit", x->worst);

	if (x->strategy == EXPLORE_PCT) {
		json_object_set_new(object, "depth", json_integer(
					(json_int_t)x->options.depth));
		json_object_set_new(object, "chance",
				    json_real(1 / pct_one_in(x)));
		json_object_set_new(object, "missed", json_real(pct_missed(x)));
	}
	if (x->search)
		json_object_set_new(object, "bounded", json_bounded(x));
	if (x->findings) {
		json_object_set_new(object, "identity",
				    json_string(x->identity));
		if (x->file[0])
			json_object_set_new(object, "saved",
					    json_string(x->file));
	}
	sim_assert(object);
	return object;
}

/*
 * What was tried stays known: a line of OUT/explored.jsonl, for `vtb report`. No
 * finding depends on it, so a line that cannot be written ends nothing.
 */
static void keep_json(const struct explore *x, const char *text)
{
	char path[4096];
	FILE *file;

	if (x->strategy == EXPLORE_REPLAY)
		return;
	snprintf(path, sizeof(path), "%s/explored.jsonl", x->options.out);
	file = fopen(path, "ae");
	if (file)
		fprintf(file, "%s\n", text);
	if (!file || fclose(file))
		fprintf(stderr, "vtb: cannot write %s: %s\n", path,
			strerror(errno));
}

void explore_say_end(const struct explore *x)
{
	json_t *object;
	char *text;

	fprintf(stderr, "vtb: explore: %" PRIu64 " schedules in %" PRIu64
		" s%s: %s\n", explore_schedules(x),
		(uint64_t)(explore_now() - x->started),
		x->stopped ? ", then stopped" : "",
		x->findings ? "findings" : "no finding");
	fprintf(stderr, "vtb: explore: conflicting pairs of places: %u, in both "
		"orders: %u\n", x->nr_pairs, x->nr_both);
	say_worth(x);
	object = make_json(x);
	text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
	sim_assert(text);
	keep_json(x, text);
	if (session.json)
		printf("%s\n", text);
	fflush(stdout);
	free(text);
	json_decref(object);
}

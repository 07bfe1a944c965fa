/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_history.c - how a campaign went over time, OUT/history.jsonl
 *
 * One JSON object a line, appended, so a campaign that is killed leaves what it
 * had, and campaigns in the same folder follow one another:
 *
 *   {"campaign": 1767225600, "seconds": 12.0, "pairs": [
 *     ["iova_bitmap", "own", executions, edges, features, corpus, findings]]}
 *   {"campaign": 1767225600, "seconds": 60.2, "end": true, "build": "...",
 *    "pairs": [...], "coverage": [{"target": ...}]}
 *
 * `campaign` says when it began (seconds since 1970), `seconds` how long it has
 * been fuzzing. Numbers are of this campaign alone.
 */
#include <string.h>
#include <time.h>

#include <vtb/build_id.h>

#include "campaign.h"
#include "output.h"

/* A long campaign needs no more points than a picture has. */
#define MIN_INTERVAL_MS		1000
#define MAX_SAMPLES		400

static json_t *pair_sample(const struct pair *pair)
{
	return json_pack("[s, s, I, I, I, I, I]", pair->exe.target,
			 pair->exe.implementation, (json_int_t)pair->programs,
			 (json_int_t)pair->edges, (json_int_t)pair->features,
			 (json_int_t)pair->corpus,
			 (json_int_t)pair->nr_findings);
}

static json_t *sample(const struct campaign *campaign, uint64_t now_ms)
{
	json_t *pairs = json_array();
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		json_array_append_new(pairs, pair_sample(&campaign->pairs[i]));
	return json_pack("{s:I, s:f, s:o}", "campaign",
			 (json_int_t)campaign->history_began_s, "seconds",
			 (double)(now_ms - campaign->start_ms) / 1000,
			 "pairs", pairs);
}

/* Takes @line. A file that cannot be written is said once. */
static void append(struct campaign *campaign, json_t *line)
{
	sim_assert(line);
	if (output_append_json(campaign->out, "history.jsonl", line))
		campaign->history_ms = UINT64_MAX;
	json_decref(line);
}

static uint64_t interval_ms(const struct campaign *campaign)
{
	uint64_t share = campaign->seconds * 1000 / MAX_SAMPLES;

	return share > MIN_INTERVAL_MS ? share : MIN_INTERVAL_MS;
}

void history_sample(struct campaign *campaign, uint64_t now_ms)
{
	if (!campaign->history_began_s)
		campaign->history_began_s = (int64_t)time(NULL);
	else if (campaign->history_ms == UINT64_MAX ||
		 now_ms - campaign->history_ms < interval_ms(campaign))
		return;
	campaign->history_ms = now_ms;
	append(campaign, sample(campaign, now_ms));
}

static json_t *pair_coverage(const struct pair *pair)
{
	const struct cli_coverage *c = &pair->coverage;

	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "target",
			 pair->exe.target, "implementation",
			 pair->exe.implementation,
			 "lines", summary_count(c, &c->lines),
			 "branches", summary_count(c, &c->branches),
			 "functions", summary_count(c, &c->functions));
}

void history_end(struct campaign *campaign)
{
	uint64_t end_ms = campaign_now_ms();
	json_t *line, *coverage = json_array();
	size_t i;

	if (campaign->history_ms == UINT64_MAX)
		return;
	if (!campaign->history_began_s)
		campaign->history_began_s = (int64_t)time(NULL);
	/* What came after the fuzzing took time of its own. */
	if (end_ms > campaign->end_ms)
		end_ms = campaign->end_ms;
	line = sample(campaign, end_ms);
	for (i = 0; i < campaign->nr_pairs; i++)
		if (campaign->pairs[i].coverage.valid)
			json_array_append_new(coverage,
				pair_coverage(&campaign->pairs[i]));
	json_object_set_new(line, "end", json_true());
	json_object_set_new(line, "build", json_string(vtb_build_id()));
	json_object_set_new(line, "coverage", coverage);
	append(campaign, line);
}

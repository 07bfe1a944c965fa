/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_budget.c - who runs next, and for how long
 *
 * Working time is wall time times jobs. The larger part is split evenly over
 * the pairs, and there among the engines by their shares; what is left goes in
 * slices to whoever made most progress in its last one, whichever pair and
 * engine it is. A lane that a finding interrupts gets the rest of its share.
 * When fewer lanes than jobs are left, the best ones run twice: they share a
 * corpus folder, and each picks up what the other process has found.
 */
#include "campaign.h"

#define EVEN_PERCENT	60

void budget_init(struct campaign *campaign)
{
	uint64_t total_ms = campaign->seconds * 1000 * campaign->jobs;

	campaign->first_share_ms = total_ms * EVEN_PERCENT / 100 /
				   campaign->nr_pairs;
}

bool budget_has_room(const struct campaign *campaign,
		     const struct engine *engine)
{
	uint64_t total_ms = campaign->seconds * 1000 * campaign->jobs;

	return total_ms * EVEN_PERCENT / 100 / campaign->nr_pairs >=
	       engine->min_seconds * 1000;
}

/* Time used, that of running processes included. */
static uint64_t lane_used_ms(const struct campaign *campaign,
			     const struct lane *lane, uint64_t now_ms)
{
	uint64_t used = lane->used_ms, i;

	for (i = 0; i < campaign->jobs; i++)
		if (campaign->workers[i].pid &&
		    campaign->workers[i].lane == lane)
			used += now_ms - campaign->workers[i].started_ms;
	return used;
}

static uint64_t pair_used_ms(const struct campaign *campaign,
			     const struct pair *pair, uint64_t now_ms)
{
	uint64_t used = 0;
	unsigned int n;

	for (n = 0; n < pair->nr_lanes; n++)
		used += lane_used_ms(campaign, &pair->lanes[n], now_ms);
	return used;
}

/* What a lane gets of its pair's even share; no process outlives the whole. */
static uint64_t lane_share_ms(const struct campaign *campaign,
			      const struct pair *pair, const struct lane *lane)
{
	unsigned int all = 0, n;
	uint64_t share_ms;

	for (n = 0; n < pair->nr_lanes; n++)
		all += pair->lanes[n].engine->share;
	share_ms = campaign->first_share_ms * lane->engine->share / all;
	return share_ms < campaign->seconds * 1000 ? share_ms :
						     campaign->seconds * 1000;
}

static bool can_run(const struct lane *lane, uint64_t left_ms)
{
	return !lane->broken && lane->engine->min_seconds * 1000 <= left_ms;
}

/* A lane that has not had its share, of the pair that has used least. */
static void next_even(const struct campaign *campaign, uint64_t now_ms,
		      struct slice *slice, uint64_t *slice_ms)
{
	uint64_t used, share, pair_used, least = UINT64_MAX;
	unsigned int n;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		pair_used = pair_used_ms(campaign, pair, now_ms);
		for (n = 0; n < pair->nr_lanes && pair_used < least; n++) {
			struct lane *lane = &pair->lanes[n];

			used = lane_used_ms(campaign, lane, now_ms);
			share = lane_share_ms(campaign, pair, lane);
			if (lane->running || used > share ||
			    !can_run(lane, share - used) ||
			    !can_run(lane, campaign->end_ms - now_ms))
				continue;
			*slice = (struct slice){ .pair = pair, .lane = lane };
			*slice_ms = share - used;
			least = pair_used;
		}
	}
}

static bool better(const struct lane *a, const struct lane *b)
{
	if (a->running != b->running)
		return a->running < b->running;
	if (a->gain != b->gain)
		return a->gain > b->gain;
	return a->used_ms < b->used_ms;
}

static void next_by_progress(const struct campaign *campaign, uint64_t left_ms,
			     struct slice *slice)
{
	unsigned int n;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		for (n = 0; n < pair->nr_lanes; n++) {
			struct lane *lane = &pair->lanes[n];

			if (!can_run(lane, left_ms) ||
			    (slice->lane && !better(lane, slice->lane)))
				continue;
			slice->pair = pair;
			slice->lane = lane;
		}
	}
}

struct slice budget_next(const struct campaign *campaign, uint64_t now_ms)
{
	struct slice slice = { .pair = NULL };
	uint64_t slice_ms = campaign->seconds * 1000 / 12, left_ms, min_ms;

	if (now_ms >= campaign->end_ms)
		return slice;
	left_ms = campaign->end_ms - now_ms;
	next_even(campaign, now_ms, &slice, &slice_ms);
	if (!slice.pair)
		next_by_progress(campaign, left_ms, &slice);
	if (!slice.pair)
		return slice;
	/* Nobody to share with. */
	if (campaign->nr_pairs == 1 && slice.pair->nr_lanes == 1)
		slice_ms = left_ms;
	/* Starting costs something: no slice is a moment only. */
	min_ms = 3000 * slice.lane->engine->min_seconds;
	if (slice_ms < min_ms)
		slice_ms = min_ms;
	if (slice_ms > left_ms)
		slice_ms = left_ms;
	slice.seconds = (slice_ms + 999) / 1000;
	return slice;
}

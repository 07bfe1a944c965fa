/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_budget.c - who runs next, and for how long
 *
 * Working time is wall time times jobs. The larger part is split evenly over
 * the pairs; what is left goes in slices to whoever made most progress in its
 * last one. A pair that a finding interrupts gets the rest of its share. When
 * fewer pairs than jobs are left, the best ones run twice: they share a corpus
 * folder, and libFuzzer picks up what the other process has found.
 */
#include "campaign.h"

#define EVEN_PERCENT	60
#define MIN_SLICE_MS	1000

void budget_init(struct campaign *campaign)
{
	uint64_t total_ms = campaign->seconds * 1000 * campaign->jobs;

	campaign->first_share_ms = total_ms * EVEN_PERCENT / 100 /
				   campaign->nr_pairs;
	/* One process cannot take more than the whole time. */
	if (campaign->first_share_ms > campaign->seconds * 1000)
		campaign->first_share_ms = campaign->seconds * 1000;
}

/* Time used, that of running processes included. */
static uint64_t used_ms(const struct campaign *campaign,
			const struct pair *pair, uint64_t now_ms)
{
	uint64_t used = pair->used_ms, i;

	for (i = 0; i < campaign->jobs; i++)
		if (campaign->workers[i].pid &&
		    campaign->workers[i].pair == pair)
			used += now_ms - campaign->workers[i].started_ms;
	return used;
}

/* A pair that has not had its even share, least used first. */
static struct pair *next_even(const struct campaign *campaign, uint64_t now_ms,
			      uint64_t *slice_ms)
{
	struct pair *best = NULL;
	uint64_t used, least = UINT64_MAX;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		used = used_ms(campaign, pair, now_ms);
		if (pair->broken || pair->running || used >= least ||
		    used + MIN_SLICE_MS > campaign->first_share_ms)
			continue;
		best = pair;
		least = used;
	}
	if (best)
		*slice_ms = campaign->first_share_ms - least;
	return best;
}

static bool better(const struct pair *a, const struct pair *b)
{
	if (a->running != b->running)
		return a->running < b->running;
	if (a->gain != b->gain)
		return a->gain > b->gain;
	return a->used_ms < b->used_ms;
}

static struct pair *next_by_progress(const struct campaign *campaign)
{
	struct pair *best = NULL;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		if (!pair->broken && (!best || better(pair, best)))
			best = pair;
	}
	return best;
}

struct slice budget_next(const struct campaign *campaign, uint64_t now_ms)
{
	struct slice slice = { NULL, 0 };
	uint64_t slice_ms = campaign->seconds * 1000 / 12, left_ms;

	if (now_ms + MIN_SLICE_MS > campaign->end_ms)
		return slice;
	left_ms = campaign->end_ms - now_ms;
	slice.pair = next_even(campaign, now_ms, &slice_ms);
	if (!slice.pair)
		slice.pair = next_by_progress(campaign);
	if (slice_ms < 3 * MIN_SLICE_MS)
		slice_ms = 3 * MIN_SLICE_MS;
	if (slice_ms > left_ms)
		slice_ms = left_ms;
	slice.seconds = (slice_ms + 999) / 1000;
	return slice;
}

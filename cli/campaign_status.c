/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_status.c - progress: one screen on a terminal, lines elsewhere
 */
#include <inttypes.h>
#include <unistd.h>

#include "campaign.h"

#define LINE_EVERY_MS	10000

/* Programs per second of working time. */
static uint64_t rate(const struct campaign *campaign, const struct pair *pair,
		     uint64_t now_ms)
{
	uint64_t ms = pair->used_ms, i;

	for (i = 0; i < campaign->jobs; i++)
		if (campaign->workers[i].pid &&
		    campaign->workers[i].pair == pair)
			ms += now_ms - campaign->workers[i].started_ms;
	return ms ? pair->programs * 1000 / ms : 0;
}

static void print_pair(const struct campaign *campaign,
		       const struct pair *pair, uint64_t now_ms)
{
	fprintf(stderr, "%-14s %-12s %10" PRIu64 " %9" PRIu64 " %7" PRIu64
		" %7" PRIu64 " %8zu  %s", pair->exe.target,
		pair->exe.implementation, pair->programs,
		rate(campaign, pair, now_ms), pair->edges, pair->corpus,
		pair->nr_findings,
		pair->broken ? "given up" : pair->running ? "running" : "");
}

static uint64_t seconds_left(const struct campaign *campaign, uint64_t now_ms)
{
	return now_ms < campaign->end_ms ?
	       (campaign->end_ms - now_ms + 999) / 1000 : 0;
}

void status_clear(struct campaign *campaign)
{
	if (!campaign->screen_lines)
		return;
	fprintf(stderr, "\033[%uA\033[J", campaign->screen_lines);
	campaign->screen_lines = 0;
}

static void show_screen(struct campaign *campaign, uint64_t now_ms)
{
	size_t i;

	status_clear(campaign);
	fprintf(stderr, "vtb: %" PRIu64 " s left, Ctrl-C stops and saves\n"
		"%-14s %-12s %10s %9s %7s %7s %8s\n",
		seconds_left(campaign, now_ms), "target", "implemented",
		"programs", "per s", "edges", "corpus", "findings");
	for (i = 0; i < campaign->nr_pairs; i++) {
		print_pair(campaign, &campaign->pairs[i], now_ms);
		fprintf(stderr, "\n");
	}
	fflush(stderr);
	campaign->screen_lines = (unsigned int)campaign->nr_pairs + 2;
}

static void show_lines(const struct campaign *campaign, uint64_t now_ms)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *pair = &campaign->pairs[i];

		if (!pair->starts)
			continue;
		fprintf(stderr, "vtb: %" PRIu64 " s left: %s.%s: %" PRIu64
			" programs, %" PRIu64 "/s, %" PRIu64 " edges, corpus %"
			PRIu64 ", %zu findings\n",
			seconds_left(campaign, now_ms), pair->exe.target,
			pair->exe.implementation, pair->programs,
			rate(campaign, pair, now_ms), pair->edges,
			pair->corpus, pair->nr_findings);
	}
}

void status_show(struct campaign *campaign, uint64_t now_ms)
{
	uint64_t every = campaign->screen ? 1000 : LINE_EVERY_MS;

	if (campaign->quiet || now_ms - campaign->last_line_ms < every)
		return;
	campaign->last_line_ms = now_ms;
	if (campaign->screen)
		show_screen(campaign, now_ms);
	else
		show_lines(campaign, now_ms);
}

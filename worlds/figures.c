/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.c - counting in virtual time
 *
 *	value          bucket
 *	0..15          itself
 *	16..31         16 + (value - 16)
 *	32..63         32 + (value - 32) / 2 ...
 */
#include <stdio.h>

#include <worlds/figures.h>

#define STEPS_LOG2	4

static unsigned int bucket_of(uint64_t value)
{
	unsigned int log2;

	if (value < WORLD_SPREAD_STEPS)
		return (unsigned int)value;
	log2 = 63 - (unsigned int)__builtin_clzll(value);
	return (log2 - STEPS_LOG2 + 1) * WORLD_SPREAD_STEPS +
	       (unsigned int)(value >> (log2 - STEPS_LOG2)) %
	       WORLD_SPREAD_STEPS;
}

/* The highest value that is in bucket @n. */
static uint64_t bucket_end(unsigned int n)
{
	unsigned int shift;

	if (n < WORLD_SPREAD_STEPS)
		return n;
	shift = n / WORLD_SPREAD_STEPS - 1;
	return ((uint64_t)(WORLD_SPREAD_STEPS + n % WORLD_SPREAD_STEPS) <<
		shift) + ((1ull << shift) - 1);
}

void world_spread_add(struct world_spread *spread, uint64_t value)
{
	if (!spread->nr || value < spread->least)
		spread->least = value;
	if (value > spread->most)
		spread->most = value;
	spread->nr++;
	spread->buckets[bucket_of(value)]++;
}

uint64_t world_spread_at(const struct world_spread *spread,
			 unsigned int per_mille)
{
	uint64_t want = (spread->nr * per_mille + 999) / 1000, seen = 0, end;
	unsigned int i;

	if (!spread->nr)
		return 0;
	for (i = 0; i < WORLD_SPREAD_BUCKETS - 1; i++) {
		seen += spread->buckets[i];
		if (seen && seen >= want)
			break;
	}
	end = bucket_end(i);
	return end < spread->most ? end : spread->most;
}

/* -- values over time ----------------------------------------------------- */

#define FIRST_BIN_NS	1000

static uint64_t join(const struct world_series *series, uint64_t a, uint64_t b)
{
	if (series->kind == WORLD_SERIES_RATE)
		return a + b;
	return a > b ? a : b;
}

static void widen(struct world_series *series)
{
	unsigned int i;

	series->bin_ns *= 2;
	for (i = 0; i < WORLD_SERIES_BINS / 2; i++)
		series->bins[i] = join(series, series->bins[2 * i],
				       series->bins[2 * i + 1]);
	for (; i < WORLD_SERIES_BINS; i++)
		series->bins[i] = 0;
}

void world_series_add(struct world_series *series, uint64_t time_ns,
		      uint64_t amount)
{
	uint64_t *bin;

	if (!series->bin_ns)
		series->bin_ns = FIRST_BIN_NS;
	while (time_ns / series->bin_ns >= WORLD_SERIES_BINS)
		widen(series);
	if (time_ns > series->end_ns)
		series->end_ns = time_ns;
	bin = &series->bins[time_ns / series->bin_ns];
	*bin = join(series, *bin, amount);
}

unsigned int world_series_nr(const struct world_series *series)
{
	return series->bin_ns ?
		(unsigned int)(series->end_ns / series->bin_ns) + 1 : 0;
}

uint64_t world_series_value(const struct world_series *series, unsigned int n)
{
	uint64_t divisor = series->divisor ? series->divisor : 1;

	if (series->kind != WORLD_SERIES_RATE)
		return series->bins[n];
	return (uint64_t)((unsigned __int128)series->bins[n] * 1000000000 /
			  divisor / series->bin_ns);
}

/* -- reporting ------------------------------------------------------------ */

void world_report(const struct world_reporter *to, const char *name,
		  const char *unit, uint64_t value)
{
	if (to->figure)
		to->figure(to->arg, name, unit, value);
}

void world_report_spread(const struct world_reporter *to, const char *name,
			 const char *unit, const struct world_spread *spread)
{
	static const struct {
		const char *name;
		unsigned int per_mille;
	} points[] = {
		{ "median", 500 }, { "99 %", 990 }, { "99.9 %", 999 },
		{ "most", 1000 },
	};
	char text[128];
	unsigned int i;

	for (i = 0; spread->nr && i < sizeof(points) / sizeof(points[0]); i++) {
		snprintf(text, sizeof(text), "%s %s", name, points[i].name);
		world_report(to, text, unit,
			     world_spread_at(spread, points[i].per_mille));
	}
}

void world_report_series(const struct world_reporter *to,
			 const struct world_series *series)
{
	if (to->series && series->bin_ns)
		to->series(to->arg, series);
}

void world_capture(struct world *world, const struct world_frame *frame)
{
	const struct world_capture *capture = world->whole->capture;

	if (capture)
		capture->frame(capture->arg, frame);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracker.c - dirty pages: what was marked and what is reported
 *
 * Oracles:
 *
 * lost-dirty: a page that was marked is in a report that ends after that, the
 * first one unless the mark overlaps it; then that or the next. invented-dirty:
 * a page that is in a report was marked since the last one.
 * Assumption: marks and starts are calls of the first thread, reports and stops
 * of the second, as the op table has it. So of each there is one at a time.
 */
#include <string.h>

#include "races.h"

#define WORDS	(RACES_PAGES / 64)

static void set_pages(uint64_t *set, uint32_t first, uint32_t pages)
{
	uint32_t page;

	for (page = first; page < first + pages; page++)
		set[page / 64] |= 1ull << page % 64;
}

static void add(uint64_t *set, const uint64_t *other)
{
	uint32_t word;

	for (word = 0; word < WORDS; word++)
		set[word] |= other[word];
}

static void take_away(uint64_t *set, const uint64_t *other)
{
	uint32_t word;

	for (word = 0; word < WORDS; word++)
		set[word] &= ~other[word];
}

static bool has_all(const uint64_t *set, const uint64_t *of)
{
	uint32_t word;

	for (word = 0; word < WORDS; word++)
		if (of[word] & ~set[word])
			return false;
	return true;
}

static void forget(struct tracker_reference *ref)
{
	memset(ref->sure, 0, sizeof(ref->sure));
	memset(ref->possible, 0, sizeof(ref->possible));
}

int64_t op_tracker_start(struct world *world, const uint64_t *args)
{
	struct tracker_reference *ref = &races(world)->tracker;
	int64_t rc = one_host_ioctl(world, races(world)->file,
				    RACES_TRACKER_START, NULL, 0);

	if (!rc)
		forget(ref);
	return rc;
}

int64_t op_tracker_stop(struct world *world, const uint64_t *args)
{
	struct tracker_reference *ref = &races(world)->tracker;
	int64_t rc;

	ref->stops++;
	memcpy(ref->meanwhile, ref->marking, sizeof(ref->meanwhile));
	rc = one_host_ioctl(world, races(world)->file, RACES_TRACKER_STOP, NULL,
			    0);
	/* Meanwhile it may have been started anew, and marked. */
	if (!rc) {
		memset(ref->sure, 0, sizeof(ref->sure));
		memcpy(ref->possible, ref->meanwhile, sizeof(ref->possible));
	}
	ref->stops++;
	return rc;
}

int64_t op_tracker_mark(struct world *world, const uint64_t *args)
{
	struct tracker_reference *ref = &races(world)->tracker;
	struct races_pages arg = { .first = args[0], .pages = args[1] };
	uint64_t stops = ref->stops;
	int64_t rc;

	memset(ref->reported, 0, sizeof(ref->reported));
	memset(ref->marking, 0, sizeof(ref->marking));
	if (arg.first + arg.pages <= RACES_PAGES)
		set_pages(ref->marking, arg.first, arg.pages);
	add(ref->possible, ref->marking);
	add(ref->meanwhile, ref->marking);
	rc = one_host_ioctl(world, races(world)->file, RACES_TRACKER_MARK, &arg,
			    sizeof(arg));
	/* What a report has had since this began may have been this. */
	take_away(ref->marking, ref->reported);
	/* Odd: a stop is on its way. */
	if (!rc && stops == ref->stops && !(stops & 1))
		add(ref->sure, ref->marking);
	memset(ref->marking, 0, sizeof(ref->marking));
	return rc;
}

static void judge(struct world *world, const uint64_t *bits,
		  const uint64_t *sure)
{
	const struct tracker_reference *ref = &races(world)->tracker;

	if (!has_all(bits, sure))
		one_host_raise(world, "lost-dirty", "page",
			       "a page that was marked is not in the report",
			       "it was marked before the report began");
	else if (!has_all(ref->possible, bits))
		one_host_raise(world, "invented-dirty", "page",
			       "a page that nobody marked is in the report",
			       "it was not marked since the last one");
}

int64_t op_tracker_report(struct world *world, const uint64_t *args)
{
	struct tracker_reference *ref = &races(world)->tracker;
	struct races_report report = { 0 };
	uint64_t sure[WORDS];
	int64_t rc;

	memcpy(sure, ref->sure, sizeof(sure));
	memcpy(ref->meanwhile, ref->marking, sizeof(ref->meanwhile));
	rc = one_host_ioctl(world, races(world)->file, RACES_TRACKER_REPORT,
			    &report, sizeof(report));
	if (!rc) {
		judge(world, report.bitmap, sure);
		take_away(ref->sure, report.bitmap);
		add(ref->reported, report.bitmap);
		memcpy(ref->possible, ref->meanwhile, sizeof(ref->possible));
	}
	return rc;
}

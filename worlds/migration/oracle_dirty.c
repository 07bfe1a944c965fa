/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lost and invented dirty bits.
 *
 * The reference is a plain set of tracker pages, `owed`: a page enters when
 * the device writes it, in the order in which writes happen, and leaves when a
 * report has told the user about it. Nothing in it comes from what the driver
 * or the bitmap code says; the page size and ranges are those the device was
 * given, after dirty_oracle_started() has compared them with what the user
 * asked for.
 *
 * After a report of [first, last]
 *
 *   1. if it succeeded, every page owed before it began has all its bits;
 *   2. however it ended, every page owed now has all its bits, or the device
 *      still holds it and will report it again;
 *   3. every bit that is set now and was not before stands for a page that was
 *      owed before or written meanwhile;
 *   4. no bit that was set before is clear.
 *
 * "Its bits" are those of the bitmap whose share of IOVA space touches both the
 * page and [first, last]. A page that lies across the end of the range is
 * reported as far as it lies inside.
 *
 *	tracker pages   |----- A -----|----- B -----|----- C -----|
 *	range                 |=====================|
 *	bits                  | 0 | 1 | 2 | 3 | 4 |5|
 *	A is bits 0 1, B is bits 2 to 5, C has none
 *
 * Assumptions. The device notes a write at the moment it happens (fault model
 * of models/device). Nobody else writes the bitmap during the call. One report
 * at a time and device: the VMM is single-threaded. When logging is off
 * nothing is owed: the user has to take all of memory as dirty.
 *
 * Identity: the op that wrote the page, the op that lost it, and where in the
 * report the page lies: across its start, across its end, across the border of
 * two windows, over memory that cannot be written, or simply inside. Bitmap
 * code has a different way of going wrong for each.
 */
#include <sim/bulk.h>
#include <sim/decide.h>
#include <stdio.h>
#include <string.h>
#include "migration.h"

#define OWED_RUNS	256
#define EDGE_RUNS	32

/* A report in the reason of a finding. */
#define REPORT_TEXT							\
	"report iova=0x%llx length=0x%llx page_size=0x%llx bitmap+0x%llx"
#define REPORT_VALUES(r)						\
	(unsigned long long)(r)->iova, (unsigned long long)(r)->length,	\
	(unsigned long long)(r)->page_size,				\
	(unsigned long long)((r)->bitmap - VMM_BITMAP_ADDRESS)

void dirty_oracle_forget(struct host *host)
{
	run_map_empty(&host->dirty.owed);
}

/* -- following the device -- */

static void note_started(void *arg)
{
	dirty_oracle_forget(arg);
}

/* Adds the tracked part of a write. */
static void note_dirtied(void *arg, uint64_t first, uint64_t last)
{
	struct host *host = arg;
	struct dirty_oracle *dirty = &host->dirty;
	unsigned int shift = dma_tracker_page_shift(host->tracker), i;
	uint32_t op = sim_op(host->world->world.sim);
	uint64_t iova, length;

	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++) {
		uint64_t from, to;

		if (!dma_tracker_range(host->tracker, i, &iova, &length))
			continue;
		from = iova >> shift;
		to = (iova + (length - 1)) >> shift;
		from = from > first ? from : first;
		to = to < last ? to : last;
		if (from > to)
			continue;
		run_map_set(&dirty->owed, from, to, op);
		if (dirty->reporting)
			run_map_set(&dirty->during, from, to, op);
	}
}

/* A window that begins inside a tracker page divides it. */
static void note_edge(struct host *host, uint64_t iova)
{
	struct dirty_oracle *dirty = &host->dirty;
	uint64_t page = iova >> dma_tracker_page_shift(host->tracker);

	if (iova != dirty->first &&
	    iova & (dma_tracker_page_size(host->tracker) - 1) &&
	    run_map_has_room(&dirty->edges))
		run_map_set(&dirty->edges, page, page, 0);
}

/*
 * The driver may ask only for what the user asked for. (The errno of a window
 * that the device refuses is the result oracle's.) A device that is slow, and
 * then gone, may begin a window after the driver has given up on it: it is held
 * against the last report.
 */
static void note_begun(void *arg, uint64_t iova, uint64_t length)
{
	struct host *host = arg;
	struct dirty_oracle *dirty = &host->dirty;
	char why[SIM_FINDING_TEXT];

	if (iova >= dirty->first && iova + (length - 1) <= dirty->last) {
		note_edge(host, iova);
		return;
	}
	snprintf(why, sizeof(why),
		 "window iova=0x%llx length=0x%llx, report 0x%llx..0x%llx",
		 (unsigned long long)iova, (unsigned long long)length,
		 (unsigned long long)dirty->first,
		 (unsigned long long)dirty->last);
	migration_raise(host, VTB_EXIT_SAFETY, "window-outside", "range", "",
			"a window goes beyond the range of the report", why);
}

static const struct dma_observer observer = {
	.started = note_started,
	.stopped = note_started,
	.dirtied = note_dirtied,
	.begun = note_begun,
};

void dirty_oracle_init(struct host *host)
{
	struct sim *sim = host->world->world.sim;

	run_map_init(&host->dirty.owed, sim, OWED_RUNS);
	run_map_init(&host->dirty.before, sim, OWED_RUNS);
	run_map_init(&host->dirty.during, sim, OWED_RUNS);
	run_map_init(&host->dirty.edges, sim, EDGE_RUNS);
	dma_tracker_observe(host->tracker, &observer, host);
}

bool dirty_oracle_has_room(const struct host *host)
{
	return run_map_has_room(&host->dirty.owed) &&
	       run_map_has_room(&host->dirty.during);
}

/* -- bits of a report -- */

struct report_view {
	struct host *host;
	const struct vmm_report *report;
	uint64_t bits;
	uint64_t iova_last;
	uint64_t page_first;		/* tracker pages of the range */
	uint64_t page_last;
	unsigned int shift;
};

static void view_init(struct report_view *view, struct host *host,
		      const struct vmm_report *report)
{
	view->host = host;
	view->report = report;
	view->bits = vmm_report_bits(report);
	view->shift = dma_tracker_page_shift(host->tracker);
	view->iova_last = report->iova + (report->length - 1);
	view->page_first = report->iova >> view->shift;
	view->page_last = view->iova_last >> view->shift;
}

/* A range that is empty or wraps, or a bit size of 0, has no bits. */
static bool view_is_sane(const struct report_view *view)
{
	return view->bits && view->iova_last >= view->report->iova;
}

/* Is byte @index somewhere the user could not be written to? */
static bool view_is_hole(const struct report_view *view, uint64_t index)
{
	uint64_t offset = view->report->bitmap - VMM_BITMAP_ADDRESS + index;
	const struct vmm *vmm = view->host->vmm;
	uint64_t page_bytes = vmm_bitmap_page_bytes(vmm);

	return view->report->bitmap < VMM_BITMAP_ADDRESS ||
	       offset >= vmm_bitmap_pages(vmm) * page_bytes ||
	       vmm_bitmap_state(vmm, offset / page_bytes) != VMM_PAGE_WRITABLE;
}

/* Byte @index of the bitmap; 0 where nobody could set a bit. */
static uint8_t view_byte(const struct report_view *view, uint64_t index)
{
	uint64_t offset = view->report->bitmap - VMM_BITMAP_ADDRESS + index;
	uint64_t page_bytes = vmm_bitmap_page_bytes(view->host->vmm);

	if (view_is_hole(view, index))
		return 0;
	return sim_bulk_byte(host_bitmap_page(view->host, offset / page_bytes) +
			     offset % page_bytes);
}

/* First and last bit of tracker pages [first, last], which touch the range. */
static void view_bits_of(const struct report_view *view, uint64_t first,
			 uint64_t last, uint64_t *bit_first, uint64_t *bit_last)
{
	uint64_t from = first << view->shift;
	uint64_t to = (last << view->shift) + ((1ull << view->shift) - 1);

	if (first <= view->page_first || from < view->report->iova)
		from = view->report->iova;
	if (last >= view->page_last || to > view->iova_last)
		to = view->iova_last;
	*bit_first = (from - view->report->iova) / view->report->page_size;
	*bit_last = (to - view->report->iova) / view->report->page_size;
}

static bool view_all_set(const struct report_view *view, uint64_t first,
			 uint64_t last)
{
	uint64_t bit, bit_last;

	view_bits_of(view, first, last, &bit, &bit_last);
	while (bit <= bit_last) {
		uint8_t byte = view_byte(view, bit / 8);

		if (byte == 0xff) {
			bit = (bit | 7) + 1;
			continue;
		}
		if (!(byte & (1u << (bit % 8))))
			return false;
		bit++;
	}
	return true;
}

/* -- judging -- */

/* Where the first lost page of @run lies, as a word for the identity. */
static const char *lost_place(const struct report_view *view, uint64_t page)
{
	uint64_t from = page << view->shift, bit, bit_last;
	uint64_t to = from + ((1ull << view->shift) - 1);
	struct run run;

	view_bits_of(view, page, page, &bit, &bit_last);
	if (view_is_hole(view, bit / 8) || view_is_hole(view, bit_last / 8))
		return "bitmap-hole";
	if (from < view->report->iova)
		return "range-start";
	if (to > view->iova_last)
		return "range-end";
	if (run_map_find(&view->host->dirty.edges, page, page, &run))
		return "window-border";
	return "bitmap";
}

static void raise_lost(const struct report_view *view, const struct run *run,
		       int64_t result)
{
	struct host *host = view->host;
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why),
		 "iova 0x%llx of op %u is neither in bitmap nor in device; "
		 REPORT_TEXT " returned %lld",
		 (unsigned long long)(run->first << view->shift),
		 world_op_key(&host->world->world, run->tag),
		 REPORT_VALUES(view->report), (long long)result);
	migration_raise(host, VTB_EXIT_SAFETY, "lost-dirty-bit",
			lost_place(view, run->first), world_op_name(&host->world->world, run->tag),
			"a page the device wrote is reported to nobody", why);
}

/* Rule 1: what was owed before a report that succeeded. */
static void check_before(const struct report_view *view)
{
	struct dirty_oracle *dirty = &view->host->dirty;
	uint64_t first = view->page_first;
	struct run run;

	while (run_map_find(&dirty->before, first, view->page_last, &run)) {
		if (!view_all_set(view, run.first, run.last)) {
			while (view_all_set(view, run.first, run.first))
				run.first++;
			raise_lost(view, &run, 0);
			return;
		}
		if (run.last == view->page_last)
			return;
		first = run.last + 1;
	}
}

/* Rule 2 for one page; settles it if the user knows it now. */
static bool settle_page(const struct report_view *view, uint64_t page,
			uint32_t tag, int64_t result)
{
	const struct run run = { page, page, tag, 0 };

	if (dma_tracker_holds(view->host->tracker, page, page))
		return true;
	if (!view_all_set(view, page, page)) {
		raise_lost(view, &run, result);
		return false;
	}
	run_map_clear(&view->host->dirty.owed, page, page);
	return true;
}

/* Rule 2. Runs are judged whole where that says enough. */
static void settle(const struct report_view *view, int64_t result)
{
	struct dirty_oracle *dirty = &view->host->dirty;
	uint64_t first = view->page_first, page;
	struct run run;

	while (run_map_find(&dirty->owed, first, view->page_last, &run)) {
		if (!dma_tracker_holds(view->host->tracker, run.first,
				       run.last))
			for (page = run.first; ; page++) {
				if (!settle_page(view, page, run.tag, result))
					return;
				if (page == run.last)
					break;
			}
		if (run.last == view->page_last)
			return;
		first = run.last + 1;
	}
}

/* Rules 3 and 4 for bit @bit, which has changed. */
static bool bit_is_explained(const struct report_view *view, uint64_t bit,
			     bool set)
{
	const struct dirty_oracle *dirty = &view->host->dirty;
	uint64_t from = view->report->iova + bit * view->report->page_size;
	uint64_t to = from + (view->report->page_size - 1);
	struct run run;

	if (!set)
		return false;
	if (to < from || to > view->iova_last)
		to = view->iova_last;
	from >>= view->shift;
	to >>= view->shift;
	return run_map_find(&dirty->before, from, to, &run) ||
	       run_map_find(&dirty->during, from, to, &run);
}

static void raise_changed(const struct report_view *view, uint64_t bit,
			  bool set)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why),
		 "bit %llu, iova 0x%llx; " REPORT_TEXT,
		 (unsigned long long)bit,
		 (unsigned long long)(view->report->iova +
				      bit * view->report->page_size),
		 REPORT_VALUES(view->report));
	if (set)
		migration_raise(view->host, VTB_EXIT_SAFETY,
				"invented-dirty-bit", "bitmap", "",
				"a bit is set for what nobody wrote", why);
	else
		migration_raise(view->host, VTB_EXIT_SAFETY, "cleared-bit",
				"bitmap", "",
				"a bit the user had set is clear", why);
}

/* Rules 3 and 4 for byte @index of the bitmap. */
static bool check_byte(const struct report_view *view, uint64_t index,
		       uint8_t byte)
{
	uint8_t changed = byte ^ view->report->fill;

	for (; changed; changed &= changed - 1) {
		unsigned int b = __builtin_ctz(changed);
		uint64_t bit = 8 * index + b;
		bool set = byte & (1u << b);

		/* Bits past the end are the user oracle's. */
		if (bit >= view->bits)
			return true;
		if (!bit_is_explained(view, bit, set)) {
			raise_changed(view, bit, set);
			return false;
		}
	}
	return true;
}

/* Rules 3 and 4 for @bytes bytes of the bitmap from byte @index on. */
static bool check_bytes(const struct report_view *view, const uint8_t *data,
			size_t bytes, uint64_t index)
{
	uint64_t fill = sim_pattern(view->report->fill);
	size_t i = 0;

	while ((i += sim_bulk_match(data + i, fill, bytes - i)) < bytes) {
		if (!check_byte(view, index + i,
				sim_bulk_byte(data + i)))
			return false;
		i++;
	}
	return true;
}

/* The part of the bitmap in page @page of the area, if it was filled. */
static bool check_page(const struct report_view *view, uint32_t page)
{
	uint64_t page_bytes = vmm_bitmap_page_bytes(view->host->vmm);
	uint64_t start = VMM_BITMAP_ADDRESS + page * page_bytes;
	uint64_t first = view->report->bitmap;
	uint64_t end = first + vmm_report_bytes(view->report);

	if (vmm_bitmap_state(view->host->vmm, page) != VMM_PAGE_WRITABLE)
		return true;
	if (end < first || end > start + page_bytes)
		end = start + page_bytes;
	if (first < start)
		first = start;
	if (first >= end)
		return true;
	return check_bytes(view, host_bitmap_page(view->host, page) +
			   (first - start), end - first,
			   first - view->report->bitmap);
}

static void check_changes(const struct report_view *view)
{
	struct vmm_pages pages = vmm_report_pages(view->host->vmm,
						  view->report);
	uint32_t page;

	for (page = pages.first; page < pages.end; page++)
		if (!check_page(view, page))
			return;
}

void dirty_oracle_begin(struct host *host, const struct vmm_report *report)
{
	struct dirty_oracle *dirty = &host->dirty;
	struct report_view view;

	view_init(&view, host, report);
	/* An empty range may have no window at all. */
	dirty->reporting = report->length != 0;
	dirty->first = report->iova;
	dirty->last = view.iova_last;
	run_map_empty(&dirty->before);
	run_map_empty(&dirty->during);
	run_map_empty(&dirty->edges);
	if (view_is_sane(&view))
		run_map_add(&dirty->before, &dirty->owed, view.page_first,
			    view.page_last);
}

void dirty_oracle_end(struct host *host, const struct vmm_report *report,
		      int64_t result)
{
	struct report_view view;

	host->dirty.reporting = false;
	view_init(&view, host, report);
	if (view_is_sane(&view)) {
		check_changes(&view);
		if (result >= 0)
			check_before(&view);
		settle(&view, result);
	}
	run_map_empty(&host->dirty.during);
}

/* -- start -- */

static bool range_is_tracked(const struct host *host,
			     const struct vmm_range *range)
{
	uint64_t iova, length;
	unsigned int i;

	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++)
		if (dma_tracker_range(host->tracker, i, &iova, &length) &&
		    iova == range->iova && length == range->length)
			return true;
	return false;
}

void dirty_oracle_started(struct host *host, const struct vmm_log *asked)
{
	const struct vmm_log *log = vmm_log(host->vmm);
	uint32_t i;

	if (!dma_tracker_on(host->tracker))
		migration_raise(host, VTB_EXIT_SAFETY, "not-tracking",
				"device", "", "logging is said to be on",
				"the device does not track");
	if (dma_tracker_page_size(host->tracker) != log->page_size)
		migration_raise(host, VTB_EXIT_SAFETY, "not-tracking",
				"page-size", "",
				"the user is told a wrong page size",
				"it differs from the one of the device");
	for (i = 0; i < asked->nr_ranges; i++)
		if (!range_is_tracked(host, &asked->ranges[i]))
			migration_raise(host, VTB_EXIT_SAFETY, "not-tracking",
					"range", "",
					"a range is not tracked",
					"the device was not told of it");
}

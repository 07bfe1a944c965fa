/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A DMA tracker behind the registers of dma_tracker_regs.h.
 *
 * FAULT MODEL
 *
 * May happen at any command (SIM_DECIDE_FAIL_IO): it fails with ERROR, or it
 * never ends (SIM_DECIDE_PEER picks) until another command cancels it. May
 * happen at any record (SIM_DECIDE_FAIL_IO): ERROR instead of the record. A
 * command may take time (SIM_DECIDE_DELAY), and DMA goes on meanwhile.
 *
 * Never happens: a failed command changes dirty state; a page written by DMA
 * is missing from the log (the write and its note are one step: hardware that
 * notes late needs a fence, which is not modelled); a note is lost because the
 * log is full (the engine is held up instead).
 *
 * Only if the program says so (dma_tracker_misbehave): records that cannot be
 * true, and a device that is gone. A liar keeps its real log, so when it turns
 * honest every page it owes is reported.
 *
 * The log is three sets of tracker pages, the states of the header:
 *
 *	DMA -> dirty --BEGIN--> queued --record read--> consumed
 *	         ^                |                        |
 *	         +--- GIVE_BACK --+----- GIVE_BACK --------+-- COMMIT -> clean
 */
#include <models/dma_tracker.h>
#include <dma_tracker_regs.h>
#include <sim/decide.h>
#include <sim/event.h>
#include <sim/finding.h>
#include <sim/trace.h>

#define LOG_RUNS	256

/* What an endless liar has to say about one window. */
#define ENDLESS_RECORDS	2000

/* Trace records of this model; the numbers after SIM_TRACE_MODEL are its. */
enum {
	TRACE_BEGIN = SIM_TRACE_MODEL,	/* a = IOVA, b = length */
	TRACE_RECORD,			/* a = IOVA, b = length */
	TRACE_COMMAND,			/* a = command, b = 1 if it failed */
};

/* CTRL and REPORT_CMD as one numbering. */
enum command {
	NO_COMMAND,
	CTRL_START,
	CTRL_STOP,
	CTRL_RESET,
	REPORT_BEGIN,
	REPORT_COMMIT,
	REPORT_GIVE_BACK,
	COMMANDS,
};

struct range {
	uint64_t iova;
	uint64_t length;		/* 0: slot is free */
};

struct dma_tracker {
	struct sim *sim;
	const struct dma_observer *observer;
	void *observer_arg;
	struct sim_event done;		/* end of the command that is BUSY */

	uint64_t page_sizes;
	enum dma_record_style style;
	enum dma_misbehaviour behaviour;

	uint64_t status;
	enum command command;		/* BUSY with it */
	bool command_fails;

	bool on;
	unsigned int page_shift;	/* while on */
	uint64_t page_size;		/* register */
	uint64_t range_index;
	struct range next_range;	/* registers RANGE_* */
	struct range ranges[DMA_TRACKER_MAX_RANGES];

	struct range window;		/* registers REPORT_* */
	struct range give_back;		/* registers GIVE_BACK_* */
	bool window_open;
	enum dma_record_style window_style;	/* a record stays what it is */
	uint64_t window_first;		/* pages */
	uint64_t window_last;
	uint32_t window_records;	/* read so far */

	uint64_t read_latch;		/* upper half of what was read last */
	uint32_t write_latch;		/* lower half of what comes */

	struct run_map dirty;
	struct run_map queued;
	struct run_map consumed;
	uint64_t windows;
	uint64_t records;
};

/* -- the log -- */

/* First and last tracker page that overlap range @range. */
static void range_pages(const struct dma_tracker *tracker,
			const struct range *range, uint64_t *first,
			uint64_t *last)
{
	*first = range->iova >> tracker->page_shift;
	*last = (range->iova + range->length - 1) >> tracker->page_shift;
}

/* Makes those of [first, last] dirty that overlap a tracked range. */
static void log_pages(struct dma_tracker *tracker, uint64_t first,
		      uint64_t last)
{
	unsigned int i;

	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++) {
		uint64_t from, to;

		if (!tracker->ranges[i].length)
			continue;
		range_pages(tracker, &tracker->ranges[i], &from, &to);
		from = from > first ? from : first;
		to = to < last ? to : last;
		if (from <= to)
			run_map_set(&tracker->dirty, from, to, 0);
	}
}

static void forget_log(struct dma_tracker *tracker)
{
	run_map_empty(&tracker->dirty);
	run_map_empty(&tracker->queued);
	run_map_empty(&tracker->consumed);
	tracker->window_open = false;
}

static void give_back_all(struct dma_tracker *tracker, bool consumed_too)
{
	run_map_add(&tracker->dirty, &tracker->queued, 0, UINT64_MAX);
	if (consumed_too)
		run_map_add(&tracker->dirty, &tracker->consumed, 0, UINT64_MAX);
	run_map_empty(&tracker->queued);
	run_map_empty(&tracker->consumed);
	tracker->window_open = false;
}

bool dma_tracker_has_room(const struct dma_tracker *tracker)
{
	return !tracker->on || run_map_has_room(&tracker->dirty);
}

void dma_tracker_wrote(struct dma_tracker *tracker, uint64_t iova_first,
		       uint64_t iova_last)
{
	uint64_t first = iova_first >> tracker->page_shift;
	uint64_t last = iova_last >> tracker->page_shift;

	if (!tracker->on)
		return;
	log_pages(tracker, first, last);
	if (tracker->observer && tracker->observer->dirtied)
		tracker->observer->dirtied(tracker->observer_arg, first, last);
}

bool dma_tracker_holds(const struct dma_tracker *tracker, uint64_t page_first,
		       uint64_t page_last)
{
	struct run run;

	if (!tracker->on)
		return false;
	for (;; page_first = run.last + 1) {
		if (!(run_map_find(&tracker->dirty, page_first, page_first,
				   &run) ||
		      run_map_find(&tracker->queued, page_first, page_first,
				   &run) ||
		      run_map_find(&tracker->consumed, page_first, page_first,
				   &run)))
			return false;
		if (run.last == page_last)
			return true;
	}
}

/* -- commands -- */

static int command_start(struct dma_tracker *tracker)
{
	unsigned int i, nr = 0;

	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++)
		nr += tracker->ranges[i].length != 0;
	if (!nr || (tracker->page_size & (tracker->page_size - 1)) ||
	    !(tracker->page_size & tracker->page_sizes))
		return -1;
	forget_log(tracker);
	tracker->on = true;
	tracker->page_shift = __builtin_ctzll(tracker->page_size);
	if (tracker->observer && tracker->observer->started)
		tracker->observer->started(tracker->observer_arg);
	return 0;
}

static int command_stop(struct dma_tracker *tracker)
{
	forget_log(tracker);
	if (tracker->on && tracker->observer && tracker->observer->stopped)
		tracker->observer->stopped(tracker->observer_arg);
	tracker->on = false;
	return 0;
}

static int command_reset(struct dma_tracker *tracker)
{
	unsigned int i;

	command_stop(tracker);
	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++)
		tracker->ranges[i].length = 0;
	return 0;
}

static int command_begin(struct dma_tracker *tracker)
{
	const struct range *window = &tracker->window;

	if (!tracker->on || !window->length ||
	    window->iova + (window->length - 1) < window->iova)
		return -1;
	if (tracker->window_open)
		give_back_all(tracker, true);
	range_pages(tracker, window, &tracker->window_first,
		    &tracker->window_last);
	tracker->window_open = true;
	tracker->window_style = tracker->style;
	tracker->window_records = 0;
	tracker->windows++;
	sim_trace(tracker->sim, TRACE_BEGIN, window->iova, window->length);
	run_map_add(&tracker->queued, &tracker->dirty, tracker->window_first,
		    tracker->window_last);
	run_map_clear(&tracker->dirty, tracker->window_first,
		      tracker->window_last);
	if (tracker->observer && tracker->observer->begun)
		tracker->observer->begun(tracker->observer_arg, window->iova,
					 window->length);
	return 0;
}

static int command_commit(struct dma_tracker *tracker)
{
	if (tracker->window_open)
		give_back_all(tracker, false);
	return 0;
}

static int command_give_back(struct dma_tracker *tracker)
{
	if (tracker->window_open)
		give_back_all(tracker, true);
	return 0;
}

static void finish_command(struct dma_tracker *tracker)
{
	static int (*const run[COMMANDS])(struct dma_tracker *) = {
		[CTRL_START] = command_start,
		[CTRL_STOP] = command_stop,
		[CTRL_RESET] = command_reset,
		[REPORT_BEGIN] = command_begin,
		[REPORT_COMMIT] = command_commit,
		[REPORT_GIVE_BACK] = command_give_back,
	};
	enum command command = tracker->command;
	bool failed = tracker->command_fails || run[command](tracker);

	tracker->command = NO_COMMAND;
	tracker->status = DMA_TRACKER_STATUS_DONE |
			  (failed ? DMA_TRACKER_STATUS_ERROR : 0);
	sim_trace(tracker->sim, TRACE_COMMAND, command, failed);
}

static void command_done(struct sim *sim, struct sim_event *event)
{
	struct dma_tracker *tracker = (struct dma_tracker *)
		((char *)event - offsetof(struct dma_tracker, done));

	finish_command(tracker);
}

static void start_command(struct dma_tracker *tracker, enum command command)
{
	/* None, a few polls of a driver, many, too many for a spin loop. */
	static const uint64_t delay_ns[] = { 0, 2000, 25000, 300000 };
	uint32_t delay;

	sim_event_cancel(tracker->sim, &tracker->done);
	tracker->command = command;
	tracker->status = DMA_TRACKER_STATUS_BUSY;
	/* RESET is the way out of everything: it cannot fail. */
	tracker->command_fails = command != CTRL_RESET &&
		sim_fail_point(tracker->sim, SIM_DECIDE_FAIL_IO);
	if (tracker->command_fails &&
	    sim_decide(tracker->sim, SIM_DECIDE_PEER, 2) == 1)
		return;
	delay = sim_decide(tracker->sim, SIM_DECIDE_DELAY, 4);
	if (delay)
		sim_event_after(tracker->sim, &tracker->done, delay_ns[delay]);
	else
		finish_command(tracker);
}

/* -- records -- */

/* Cuts @run to the tracked range that its first page is in. */
static void cut_to_range(const struct dma_tracker *tracker, struct run *run)
{
	unsigned int i;

	for (i = 0; i < DMA_TRACKER_MAX_RANGES; i++) {
		uint64_t from, to;

		if (!tracker->ranges[i].length)
			continue;
		range_pages(tracker, &tracker->ranges[i], &from, &to);
		if (run->first >= from && run->first <= to) {
			run->last = run->last < to ? run->last : to;
			return;
		}
	}
}

/* The record that is first in the queue now; a pure function of the state. */
static bool peek_record(const struct dma_tracker *tracker, struct run *run)
{
	if (!tracker->window_open || !tracker->queued.nr ||
	    (tracker->status & DMA_TRACKER_STATUS_ERROR))
		return false;
	if (tracker->window_style == DMA_RECORD_REVERSE) {
		*run = tracker->queued.runs[tracker->queued.nr - 1];
		run->first = run->last;
		return true;
	}
	*run = tracker->queued.runs[0];
	if (tracker->window_style == DMA_RECORD_PAGE)
		run->last = run->first;
	else if (tracker->window_style == DMA_RECORD_SHORT &&
		 run->last - run->first > 2)
		run->last = run->first + 2;
	cut_to_range(tracker, run);
	return true;
}

static uint64_t record_iova(const struct dma_tracker *tracker)
{
	struct run run;
	uint64_t iova;

	if (!peek_record(tracker, &run))
		return 0;
	iova = run.first << tracker->page_shift;
	switch (tracker->behaviour) {
	case DMA_LIES_OUTSIDE:
		return (tracker->window_last + 2) << tracker->page_shift;
	case DMA_LIES_UNALIGNED:
		return iova + 8;
	case DMA_LIES_WRAPPED:
		return -tracker->page_size;
	default:
		return iova;
	}
}

static uint64_t consume_record(struct dma_tracker *tracker)
{
	uint64_t iova = record_iova(tracker), length;
	struct run run;

	if (!peek_record(tracker, &run))
		return 0;
	if (sim_fail_point(tracker->sim, SIM_DECIDE_FAIL_IO)) {
		tracker->status |= DMA_TRACKER_STATUS_ERROR;
		return 0;
	}
	length = (run.last - run.first + 1) << tracker->page_shift;
	sim_trace(tracker->sim, TRACE_RECORD, iova, length);
	tracker->records++;
	if (tracker->behaviour == DMA_LIES_WRAPPED)
		return 2 * tracker->page_size;
	if (tracker->behaviour == DMA_HONEST ||
	    (tracker->behaviour == DMA_LIES_ENDLESS &&
	     ++tracker->window_records > ENDLESS_RECORDS)) {
		run_map_add(&tracker->consumed, &tracker->queued, run.first,
			    run.last);
		run_map_clear(&tracker->queued, run.first, run.last);
	}
	return length;
}

/* -- registers -- */

static uint64_t read_register(struct dma_tracker *tracker, uint64_t offset)
{
	switch (offset) {
	case DMA_TRACKER_CAPS:
		return tracker->page_sizes | DMA_TRACKER_MAX_RANGES;
	case DMA_TRACKER_STATUS:
		return tracker->status;
	case DMA_TRACKER_PAGE_SIZE:
		return tracker->page_size;
	case DMA_TRACKER_RANGE_IDX:
		return tracker->range_index;
	case DMA_TRACKER_RANGE_IOVA:
		return tracker->next_range.iova;
	case DMA_TRACKER_RANGE_LENGTH:
		return tracker->next_range.length;
	case DMA_TRACKER_REPORT_IOVA:
		return tracker->window.iova;
	case DMA_TRACKER_REPORT_LENGTH:
		return tracker->window.length;
	case DMA_TRACKER_RECORD_IOVA:
		return record_iova(tracker);
	case DMA_TRACKER_RECORD_LENGTH:
		return consume_record(tracker);
	default:
		return 0;
	}
}

/*
 * Kernels without 64-bit accesses read the lower half, then the upper one. The
 * lower half is the access; the upper one was latched by it.
 */
static uint64_t tracker_read(void *device, uint64_t offset, unsigned int size)
{
	struct dma_tracker *tracker = device;

	if (tracker->behaviour == DMA_GONE || size < 4)
		return UINT64_MAX >> (64 - 8 * size);
	if (size == 4 && offset % 8)
		return tracker->read_latch >> 32;
	tracker->read_latch = read_register(tracker, offset);
	return size == 8 ? tracker->read_latch : (uint32_t)tracker->read_latch;
}

static void write_ctrl(struct dma_tracker *tracker, uint64_t value)
{
	static const enum command commands[] = {
		[DMA_TRACKER_CTRL_START] = CTRL_START,
		[DMA_TRACKER_CTRL_STOP] = CTRL_STOP,
		[DMA_TRACKER_CTRL_RESET] = CTRL_RESET,
	};

	if (value && value <= DMA_TRACKER_CTRL_RESET)
		start_command(tracker, commands[value]);
}

static void write_report_cmd(struct dma_tracker *tracker, uint64_t value)
{
	static const enum command commands[] = {
		[DMA_TRACKER_REPORT_CMD_BEGIN] = REPORT_BEGIN,
		[DMA_TRACKER_REPORT_CMD_COMMIT] = REPORT_COMMIT,
		[DMA_TRACKER_REPORT_CMD_GIVE_BACK] = REPORT_GIVE_BACK,
	};

	if (value && value <= DMA_TRACKER_REPORT_CMD_GIVE_BACK)
		start_command(tracker, commands[value]);
}

/* RANGE_LENGTH stores the slot; ranges are frozen while tracking is on. */
static void write_range(struct dma_tracker *tracker, uint64_t length)
{
	if (tracker->on)
		return;
	tracker->next_range.length = length;
	if (tracker->range_index < DMA_TRACKER_MAX_RANGES)
		tracker->ranges[tracker->range_index] = tracker->next_range;
}

static void write_give_back(struct dma_tracker *tracker, uint64_t length)
{
	uint64_t last = tracker->give_back.iova + (length - 1);

	tracker->give_back.length = length;
	if (!tracker->on || !length || last < tracker->give_back.iova)
		return;
	log_pages(tracker, tracker->give_back.iova >> tracker->page_shift,
		  last >> tracker->page_shift);
}

static void write_register(struct dma_tracker *tracker, uint64_t offset,
			   uint64_t value)
{
	switch (offset) {
	case DMA_TRACKER_CTRL:
		write_ctrl(tracker, value);
		break;
	case DMA_TRACKER_PAGE_SIZE:
		if (!tracker->on)
			tracker->page_size = value;
		break;
	case DMA_TRACKER_RANGE_IDX:
		tracker->range_index = value;
		break;
	case DMA_TRACKER_RANGE_IOVA:
		tracker->next_range.iova = value;
		break;
	case DMA_TRACKER_RANGE_LENGTH:
		write_range(tracker, value);
		break;
	case DMA_TRACKER_REPORT_IOVA:
		tracker->window.iova = value;
		break;
	case DMA_TRACKER_REPORT_LENGTH:
		tracker->window.length = value;
		break;
	case DMA_TRACKER_REPORT_CMD:
		write_report_cmd(tracker, value);
		break;
	case DMA_TRACKER_GIVE_BACK_IOVA:
		tracker->give_back.iova = value;
		break;
	case DMA_TRACKER_GIVE_BACK_LENGTH:
		write_give_back(tracker, value);
		break;
	}
}

/* Here the upper half is the access, and the lower one was latched. */
static void tracker_write(void *device, uint64_t offset, unsigned int size,
			  uint64_t value)
{
	struct dma_tracker *tracker = device;

	if (tracker->behaviour == DMA_GONE || size < 4)
		return;
	if (size == 8)
		write_register(tracker, offset, value);
	else if (offset % 8)
		write_register(tracker, offset - 4,
			       value << 32 | tracker->write_latch);
	else
		tracker->write_latch = value;
}

/* -- construction and settings -- */

struct dma_tracker *
dma_tracker_new(struct sim *sim, const struct dma_tracker_options *options)
{
	struct dma_tracker *tracker = sim_alloc(sim, sizeof(*tracker), 8);
	const struct machine_window bar = {
		.phys = options->bar_phys,
		.bytes = DMA_TRACKER_BAR_BYTES,
		.read = tracker_read,
		.write = tracker_write,
		.device = tracker,
	};

	tracker->sim = sim;
	tracker->page_sizes = 4096;
	tracker->page_size = 4096;
	tracker->page_shift = 12;
	run_map_init(&tracker->dirty, sim, LOG_RUNS);
	run_map_init(&tracker->queued, sim, LOG_RUNS);
	run_map_init(&tracker->consumed, sim, LOG_RUNS);
	sim_event_init(&tracker->done, command_done, options->source, 0);
	return machine_claim(options->machine, &bar) ? NULL : tracker;
}

void dma_tracker_set_page_sizes(struct dma_tracker *tracker, uint64_t sizes)
{
	sim_assert(!tracker->on);
	sim_assert(sizes && !(sizes & ~DMA_TRACKER_CAPS_SIZES_MASK));
	tracker->page_sizes = sizes;
}

uint64_t dma_tracker_page_sizes(const struct dma_tracker *tracker)
{
	return tracker->page_sizes;
}

void dma_tracker_set_style(struct dma_tracker *tracker,
			   enum dma_record_style style)
{
	sim_assert(style < DMA_RECORD_STYLES);
	tracker->style = style;
}

void dma_tracker_misbehave(struct dma_tracker *tracker,
			   enum dma_misbehaviour kind)
{
	sim_assert(kind < DMA_MISBEHAVIOURS);
	tracker->behaviour = kind;
}

enum dma_misbehaviour dma_tracker_behaviour(const struct dma_tracker *tracker)
{
	return tracker->behaviour;
}

void dma_tracker_observe(struct dma_tracker *tracker,
			 const struct dma_observer *observer, void *arg)
{
	tracker->observer = observer;
	tracker->observer_arg = arg;
}

bool dma_tracker_on(const struct dma_tracker *tracker)
{
	return tracker->on;
}

uint64_t dma_tracker_page_size(const struct dma_tracker *tracker)
{
	return 1ull << tracker->page_shift;
}

unsigned int dma_tracker_page_shift(const struct dma_tracker *tracker)
{
	return tracker->page_shift;
}

bool dma_tracker_range(const struct dma_tracker *tracker, unsigned int index,
		       uint64_t *iova, uint64_t *length)
{
	if (index >= DMA_TRACKER_MAX_RANGES || !tracker->ranges[index].length)
		return false;
	*iova = tracker->ranges[index].iova;
	*length = tracker->ranges[index].length;
	return true;
}

uint64_t dma_tracker_windows(const struct dma_tracker *tracker)
{
	return tracker->windows;
}

uint64_t dma_tracker_records(const struct dma_tracker *tracker)
{
	return tracker->records;
}

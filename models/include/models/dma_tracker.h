/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_tracker.h - the unit of a device that notes what its DMA wrote
 *
 * The register interface is dma_tracker_regs.h, which the driver shares; this
 * header is the other side: what the device's DMA engine, the world and the
 * oracles can do.
 *
 * Who may call what: registers from a CPU of the machine, dma_tracker_wrote()
 * from the DMA engine, the rest from anywhere. No function blocks.
 */
#ifndef MODELS_DMA_TRACKER_H
#define MODELS_DMA_TRACKER_H

#include <models/machine.h>
#include <models/run_map.h>
#include <sim/sim.h>

#define DMA_TRACKER_MAX_RANGES	4

struct dma_tracker;

/* How the log gives its notes to the driver. All obey the register contract. */
enum dma_record_style {
	DMA_RECORD_PAGE,	/* one page each, lowest first */
	DMA_RECORD_RUN,		/* as long as possible */
	DMA_RECORD_SHORT,	/* up to three pages */
	DMA_RECORD_REVERSE,	/* one page each, highest first */
	DMA_RECORD_STYLES,
};

/* How a device can break its contract; _GONE is a surprise removal. */
enum dma_misbehaviour {
	DMA_HONEST,
	DMA_LIES_OUTSIDE,	/* records that miss the window */
	DMA_LIES_UNALIGNED,	/* records that are no whole pages */
	DMA_LIES_WRAPPED,	/* records that pass the top of IOVA space */
	DMA_LIES_ENDLESS,	/* the same record, 2,000 times a window */
	DMA_GONE,
	DMA_MISBEHAVIOURS,
};

/*
 * Told about what happens to the log, at the moment it happens. Page numbers
 * are IOVAs in units of dma_tracker_page_size(). Members may be NULL.
 */
struct dma_observer {
	void (*started)(void *arg);
	void (*stopped)(void *arg);
	void (*dirtied)(void *arg, uint64_t page_first, uint64_t page_last);
	void (*begun)(void *arg, uint64_t iova, uint64_t length);
};

struct dma_tracker_options {
	struct machine *machine;
	uint64_t bar_phys;
	uint16_t source;		/* of its events */
};

/* NULL if the machine has no room for the BAR. */
struct dma_tracker *
dma_tracker_new(struct sim *sim, const struct dma_tracker_options *options);

/* What the device can do; while tracking is off. Bit n: 1 << n byte pages. */
void dma_tracker_set_page_sizes(struct dma_tracker *tracker, uint64_t sizes);
uint64_t dma_tracker_page_sizes(const struct dma_tracker *tracker);

/* Counts from the next window on. */
void dma_tracker_set_style(struct dma_tracker *tracker,
			   enum dma_record_style style);
void dma_tracker_misbehave(struct dma_tracker *tracker,
			   enum dma_misbehaviour kind);
enum dma_misbehaviour dma_tracker_behaviour(const struct dma_tracker *tracker);
void dma_tracker_observe(struct dma_tracker *tracker,
			 const struct dma_observer *observer, void *arg);

/* Has the log room for one more write? If not, the engine has to wait. */
bool dma_tracker_has_room(const struct dma_tracker *tracker);

/* The engine has written [iova_first, iova_last] at this moment. */
void dma_tracker_wrote(struct dma_tracker *tracker, uint64_t iova_first,
		       uint64_t iova_last);

bool dma_tracker_on(const struct dma_tracker *tracker);
uint64_t dma_tracker_page_size(const struct dma_tracker *tracker);
unsigned int dma_tracker_page_shift(const struct dma_tracker *tracker);

/* Tracked range @index, or false. */
bool dma_tracker_range(const struct dma_tracker *tracker, unsigned int index,
		       uint64_t *iova, uint64_t *length);

/*
 * Will the device report all of these pages again? Yes for dirty pages, and
 * for queued and consumed ones as long as their window is open, because
 * nothing but COMMIT forgets them.
 */
bool dma_tracker_holds(const struct dma_tracker *tracker, uint64_t page_first,
		       uint64_t page_last);

/* Windows begun and records read since the world began. */
uint64_t dma_tracker_windows(const struct dma_tracker *tracker);
uint64_t dma_tracker_records(const struct dma_tracker *tracker);

#endif

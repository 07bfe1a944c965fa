/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_engine.h - a device that writes to guest memory by IOVA
 *
 *	DMA write(iova) --> IOMMU domain --> frame     (content, rights)
 *	                \-> tracker      --> dirty log (IOVA)
 *
 * The IOMMU domain is a list of IOVA ranges; the pages of a range map to a
 * list of frames, again from its start when it is used up. So IOVA space can
 * be far larger than memory, as it is for sparse guests, and still every IOVA
 * of a range can be written.
 */
#ifndef MODELS_DMA_ENGINE_H
#define MODELS_DMA_ENGINE_H

#include <models/dma_tracker.h>
#include <models/machine.h>
#include <sim/sim.h>

#define DMA_ENGINE_MAX_MAPPINGS	4

struct dma_engine;

struct dma_engine_options {
	struct machine *machine;
	struct dma_tracker *tracker;	/* may be NULL: nothing is noted */
};

struct dma_engine *dma_engine_new(struct sim *sim,
				  const struct dma_engine_options *options);

/*
 * Maps [iova_first, iova_last] to @nr_frames frames in turn; iova_first is
 * aligned to frames. The device may write these frames from now on, and they
 * are pinned. @frames must live as long as the mapping. -EEXIST if the range
 * overlaps another mapping, -ENOSPC when the domain is full.
 */
struct dma_mapping {
	uint64_t iova_first;
	uint64_t iova_last;
	const uint64_t *frames;
	uint32_t nr_frames;
	uint32_t reserved;		/* no padding: it becomes state */
};
int dma_engine_map(struct dma_engine *engine,
		   const struct dma_mapping *mapping);
void dma_engine_unmap_all(struct dma_engine *engine);

/*
 * Writes @bytes at @iova, all or nothing. Only an 8-byte @stamp per frame is
 * stored, which is what tells one write from another; the log is told the
 * whole range. A write over more pages than the mapping has frames wraps.
 *
 * -EFAULT	not mapped, or no right to write: nothing was written
 * -EAGAIN	the log is full: nothing was written
 * -EBUSY	the engine is paused: try again when it resumes
 * -ENODEV	the device is gone
 */
int dma_engine_write(struct dma_engine *engine, uint64_t iova, uint64_t bytes,
		     uint64_t stamp);

/* For stop-and-copy: the device finishes no write until it is resumed. */
void dma_engine_pause(struct dma_engine *engine);
void dma_engine_resume(struct dma_engine *engine);
bool dma_engine_paused(const struct dma_engine *engine);

/* Blocks the running fiber, the only one that may wait, until resumed. */
void dma_engine_wait(struct dma_engine *engine);

#endif

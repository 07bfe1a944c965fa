/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A DMA engine behind an IOMMU domain.
 *
 * FAULT MODEL
 *
 * The engine may write any mapped IOVA at any moment while it is not paused,
 * also while a report is going on. What the domain does not map, or the frame
 * does not let devices write, is refused whole and leaves no note.
 *
 * Never happens: a write that is torn (half of its frames written when
 * somebody looks), a write after pause, a write through a mapping that was
 * taken away. Those are for models of IOTLBs and of posted writes.
 */
#include <errno.h>
#include <models/dma_engine.h>
#include <sim/bulk.h>
#include <sim/fiber.h>
#include <sim/finding.h>

struct dma_engine {
	struct sim *sim;
	struct machine *machine;
	struct dma_tracker *tracker;
	struct dma_mapping mappings[DMA_ENGINE_MAX_MAPPINGS];
	uint32_t nr_mappings;
	bool paused;
	struct sim_fiber *waiter;
};

struct dma_engine *dma_engine_new(struct sim *sim,
				  const struct dma_engine_options *options)
{
	struct dma_engine *engine = sim_alloc(sim, sizeof(*engine), 8);

	engine->sim = sim;
	engine->machine = options->machine;
	engine->tracker = options->tracker;
	return engine;
}

/* Gives all frames of @mapping to the device, or takes them back. */
static void share_frames(struct dma_engine *engine,
			 const struct dma_mapping *mapping, bool share)
{
	struct sim_memory *memory = machine_memory(engine->machine);
	uint32_t i;

	for (i = 0; i < mapping->nr_frames; i++) {
		uint64_t frame = mapping->frames[i];

		if (share) {
			sim_frame(memory, frame)->pins++;
			machine_grant(engine->machine, frame, MACHINE_DEVICE,
				      true);
		} else {
			sim_frame(memory, frame)->pins--;
			machine_revoke(engine->machine, frame, MACHINE_DEVICE);
		}
	}
}

int dma_engine_map(struct dma_engine *engine, const struct dma_mapping *mapping)
{
	uint32_t i;

	sim_assert(mapping->nr_frames);
	sim_assert(!(mapping->iova_first & (SIM_FRAME_BYTES - 1)));
	sim_assert(mapping->iova_first <= mapping->iova_last);
	for (i = 0; i < engine->nr_mappings; i++)
		if (mapping->iova_first <= engine->mappings[i].iova_last &&
		    engine->mappings[i].iova_first <= mapping->iova_last)
			return -EEXIST;
	if (engine->nr_mappings == DMA_ENGINE_MAX_MAPPINGS)
		return -ENOSPC;
	engine->mappings[engine->nr_mappings++] = *mapping;
	share_frames(engine, mapping, true);
	return 0;
}

void dma_engine_unmap_all(struct dma_engine *engine)
{
	while (engine->nr_mappings)
		share_frames(engine, &engine->mappings[--engine->nr_mappings],
			     false);
}

static const struct dma_mapping *find_mapping(const struct dma_engine *engine,
					      uint64_t first, uint64_t last)
{
	uint32_t i;

	for (i = 0; i < engine->nr_mappings; i++)
		if (first >= engine->mappings[i].iova_first &&
		    last <= engine->mappings[i].iova_last)
			return &engine->mappings[i];
	return NULL;
}

/* Frame @nr of a write that begins at @iova. */
static uint64_t frame_of(const struct dma_mapping *mapping, uint64_t iova,
			 uint64_t nr)
{
	uint64_t page = (iova - mapping->iova_first) >> SIM_FRAME_SHIFT;

	return mapping->frames[(page + nr) % mapping->nr_frames];
}

static void write_frame(struct dma_engine *engine, uint64_t frame,
			uint64_t offset, uint64_t stamp)
{
	sim_bulk_copy(machine_dma_word(engine->machine,
				       frame << SIM_FRAME_SHIFT | offset, true),
		      &stamp, sizeof(stamp));
}

int dma_engine_write(struct dma_engine *engine, uint64_t iova, uint64_t bytes,
		     uint64_t stamp)
{
	uint64_t last = iova + (bytes - 1), nr_frames, i;
	const struct dma_mapping *mapping;

	sim_assert(bytes);
	if (engine->tracker &&
	    dma_tracker_behaviour(engine->tracker) == DMA_GONE)
		return -ENODEV;
	if (engine->paused)
		return -EBUSY;
	mapping = last < iova ? NULL : find_mapping(engine, iova, last);
	if (!mapping)
		return -EFAULT;
	if (engine->tracker && !dma_tracker_has_room(engine->tracker))
		return -EAGAIN;

	nr_frames = (last >> SIM_FRAME_SHIFT) - (iova >> SIM_FRAME_SHIFT) + 1;
	if (nr_frames > mapping->nr_frames)
		nr_frames = mapping->nr_frames;
	for (i = 0; i < nr_frames; i++)
		if (!machine_may_write(engine->machine,
				       frame_of(mapping, iova, i),
				       MACHINE_DEVICE))
			return -EFAULT;
	for (i = 0; i < nr_frames; i++)
		write_frame(engine, frame_of(mapping, iova, i),
			    i ? 0 : iova & (SIM_FRAME_BYTES - 8), stamp + i);
	if (engine->tracker)
		dma_tracker_wrote(engine->tracker, iova, last);
	return 0;
}

void dma_engine_pause(struct dma_engine *engine)
{
	engine->paused = true;
}

void dma_engine_resume(struct dma_engine *engine)
{
	engine->paused = false;
	if (engine->waiter)
		sim_fiber_wake(engine->sim, engine->waiter);
}

bool dma_engine_paused(const struct dma_engine *engine)
{
	return engine->paused;
}

void dma_engine_wait(struct dma_engine *engine)
{
	while (engine->paused) {
		engine->waiter = sim_fiber_self(engine->sim);
		sim_fiber_block(engine->sim);
	}
	engine->waiter = NULL;
}

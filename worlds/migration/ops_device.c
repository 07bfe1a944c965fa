/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices do: DMA, and their moods.
 */
#include <errno.h>
#include <sim/fiber.h>
#include "migration.h"

/*
 * Is there a guest for this device? Only where the guest runs; the device of
 * host 1 may write to that VMM's memory as long as no migration goes there.
 */
static bool has_guest(const struct host *host)
{
	const struct migration_world *mw = host->world;

	if (host->number == 0)
		return !mw->switched_over;
	return mw->switched_over || !precopy_active(mw->precopy);
}

/* Does the tracker note all of a write? */
static bool is_tracked(const struct host *host, uint64_t first, uint64_t last)
{
	unsigned int shift = dma_tracker_page_shift(host->tracker);

	return dma_tracker_on(host->tracker) && vmm_log(host->vmm)->on &&
	       run_map_covers(&host->dirty.owed, first >> shift, last >> shift);
}

/*
 * One write; waits while the device is paused, as DMA does. IOVA that nobody
 * tracks is the VMM's own business: it counts what lies behind as dirty.
 */
static int write_once(struct host *host, uint64_t iova, uint64_t length)
{
	struct migration_world *mw = host->world;
	uint64_t last = iova + (length - 1);
	int rc;

	dma_engine_wait(host->engine);
	if (!has_guest(host))
		return -ENODEV;
	if (!dirty_oracle_has_room(host))
		return -EAGAIN;
	rc = dma_engine_write(host->engine, iova, length, mw->stamp);
	mw->stamp += VMM_MAX_RAM_PAGES;
	if (!rc && !is_tracked(host, iova, last))
		vmm_mark_to_send(host->vmm,
				 vmm_iova_pages(host->vmm, iova, last));
	return rc;
}

struct burst {
	uint64_t iova;
	uint64_t length;
	uint64_t stride;
	uint64_t count;
	uint64_t period_ns;
};

/* Returns how many writes were done, or why the first could not be. */
static int64_t dma_burst(struct host *host, const struct burst *burst)
{
	struct sim *sim = host->world->world.sim;
	uint64_t done;
	int rc;

	for (done = 0; done < burst->count; done++) {
		uint64_t iova = burst->iova + done * burst->stride;

		rc = iova < burst->iova ? -EFAULT :
		     write_once(host, iova, burst->length);
		if (rc)
			return done ? (int64_t)done : rc;
		if (burst->period_ns && done + 1 < burst->count)
			sim_fiber_sleep(sim, burst->period_ns);
		else
			sim_preempt_point(sim);
	}
	return done;
}

static int64_t dma_write(struct host *host, const uint64_t *args)
{
	const struct burst burst = {
		.iova = vmm_iova_base(host->vmm) + args[0],
		.length = args[1],
		.stride = args[2],
		.count = args[3],
		.period_ns = args[4],
	};

	return dma_burst(host, &burst);
}

/*
 * Aims at a place in the bitmap of the last report instead of in IOVA space: the
 * borders of its pages are those of what is pinned at a time, and chance would
 * not find them among so many IOVAs.
 */
int64_t op_dma_at(struct world *world, const uint64_t *args)
{
	struct host *host = &migration(world)->hosts[0];
	const struct vmm_report *report = &host->last_report;
	uint64_t page_bits = 8 * vmm_bitmap_page_bytes(host->vmm);
	uint64_t skipped = 8 * report->bitmap % page_bits;
	uint64_t pages = (skipped + vmm_report_bits(report)) / page_bits + 1;
	uint64_t bit = args[0] % pages * page_bits + args[1];
	const struct burst burst = {
		.iova = report->iova + (bit - skipped) * report->page_size,
		.length = args[2],
		.stride = report->page_size,
		.count = args[3],
		.period_ns = args[4],
	};

	return bit < skipped ? -EINVAL : dma_burst(host, &burst);
}

int64_t op_dma_write(struct world *world, const uint64_t *args)
{
	return dma_write(&migration(world)->hosts[0], args);
}

int64_t op_peer_dma_write(struct world *world, const uint64_t *args)
{
	if (migration(world)->nr_hosts < 2)
		return -ENODEV;
	return dma_write(&migration(world)->hosts[1], args);
}

int64_t op_record_style(struct world *world, const uint64_t *args)
{
	dma_tracker_set_style(migration(world)->hosts[0].tracker, args[0]);
	return 0;
}

/*
 * Not in the middle of a report: its oracles judge it by one behaviour, and a
 * lie that begins half-way looks like a fault of the driver.
 */
int64_t op_misbehave(struct world *world, const uint64_t *args)
{
	struct host *host = &migration(world)->hosts[0];

	if (host->in_report)
		return -EBUSY;
	dma_tracker_misbehave(host->tracker, args[0]);
	return 0;
}

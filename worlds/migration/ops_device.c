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

static int64_t dma_write(struct host *host, const uint64_t *args)
{
	struct sim *sim = host->world->world.sim;
	uint64_t iova = vmm_iova_base(host->vmm) + args[0], i;
	int64_t done = 0;
	int rc;

	for (i = 0; i < args[3]; i++) {
		uint64_t at = iova + i * args[2];

		if (at < iova)
			return done ? done : -EFAULT;
		rc = write_once(host, at, args[1]);
		if (rc)
			return done ? done : rc;
		done++;
		if (args[4] && i + 1 < args[3])
			sim_fiber_sleep(sim, args[4]);
		else
			sim_preempt_point(sim);
	}
	return done;
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

int64_t op_misbehave(struct world *world, const uint64_t *args)
{
	dma_tracker_misbehave(migration(world)->hosts[0].tracker, args[0]);
	return 0;
}

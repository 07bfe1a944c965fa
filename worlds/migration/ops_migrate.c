/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Live migration from host 0 to host 1, and the link between them.
 *
 * A migration begins with its first round and ends when it is complete or the
 * connection breaks; the next one sends all of RAM again. While it is going on
 * the device of host 1 has to keep still (ops_device.c).
 */
#include <errno.h>
#include "migration.h"

static bool can_migrate(const struct migration_world *mw)
{
	return mw->nr_hosts == MIGRATION_HOSTS && !mw->switched_over;
}

static void begin(struct migration_world *mw)
{
	precopy_begin(mw->precopy);
	migration_begun(mw);
}

static void begin_unless_active(struct migration_world *mw)
{
	if (!precopy_active(mw->precopy))
		begin(mw);
}

static int64_t send_round(struct migration_world *mw, uint64_t page_size)
{
	int64_t sent = precopy_round(mw->precopy, page_size);

	migration_round(mw, sent);
	return sent;
}

int64_t op_migrate_round(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);

	if (!can_migrate(mw))
		return -ENODEV;
	begin_unless_active(mw);
	return send_round(mw, args[0]);
}

/* Stops the device, sends what is left, compares; the device stays stopped. */
static int64_t stop_and_copy(struct migration_world *mw, uint64_t page_size)
{
	struct host *source = &mw->hosts[0];
	uint64_t stopped_ns = sim_now_ns(mw->world.sim);
	int64_t rc;

	dma_engine_pause(source->engine);
	rc = precopy_last_round(mw->precopy, page_size);
	migration_done(mw, stopped_ns, rc);
	if (rc >= 0)
		memory_oracle_check(mw);
	return rc;
}

static int64_t finish_migration(struct migration_world *mw, uint64_t page_size,
				bool switch_over)
{
	int64_t rc = stop_and_copy(mw, page_size);

	/* Where the guest has gone, the waiting device finds -ENODEV. */
	mw->switched_over = rc >= 0 && switch_over;
	dma_engine_resume(mw->hosts[0].engine);
	return rc;
}

int64_t op_stop_and_copy(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);

	if (!can_migrate(mw))
		return -ENODEV;
	begin_unless_active(mw);
	return finish_migration(mw, args[0], args[1]);
}

/* Rounds until few pages are left, then stop-and-copy. */
int64_t op_migrate(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);
	uint64_t round;
	int64_t sent;

	if (!can_migrate(mw))
		return -ENODEV;
	begin(mw);
	for (round = 0; round < args[1]; round++) {
		sent = send_round(mw, args[0]);
		if (sent < 0)
			return sent;
		if ((uint64_t)sent <= mw->threshold)
			break;
	}
	return finish_migration(mw, args[0], args[2]);
}

int64_t op_link_set(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);

	if (!mw->link)
		return -ENODEV;
	link_set(mw->link, args[0], args[1]);
	return 0;
}

int64_t op_link_cut(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);

	if (!mw->link)
		return -ENODEV;
	if (args[0])
		link_cut_after(mw->link, args[0]);
	else
		link_cut(mw->link);
	return 0;
}

int64_t op_link_restore(struct world *world, const uint64_t *args)
{
	struct migration_world *mw = migration(world);

	if (!mw->link)
		return -ENODEV;
	link_restore(mw->link);
	return 0;
}

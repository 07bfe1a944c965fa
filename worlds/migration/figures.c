/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.c - what migrations have taken
 *
 *	begun     round 1        round 2     stop-and-copy
 *	|---------------|-------------------|------------|
 *	 all of RAM      what became dirty   <- downtime ->
 *	                 in round 1
 *
 * What a round sends became dirty in the one before it, but for the first one of
 * a migration; both together are the dirty rate.
 */
#include "migration.h"

static uint64_t now_ns(const struct migration_world *mw)
{
	return sim_now_ns(mw->world.sim);
}

void migration_figures_init(struct migration_world *mw)
{
	mw->counts.sent = (struct world_series){
		.name = "pages sent", .unit = "pages/s",
		.kind = WORLD_SERIES_RATE,
	};
}

void migration_begun(struct migration_world *mw)
{
	mw->counts.begun_ns = mw->counts.round_ns = now_ns(mw);
	mw->counts.first_round = true;
}

void migration_round(struct migration_world *mw, int64_t sent)
{
	struct migration_counts *counts = &mw->counts;
	uint64_t now = now_ns(mw);

	if (sent < 0) {
		counts->broken++;
		return;
	}
	counts->rounds++;
	counts->pages += (uint64_t)sent;
	world_series_add(&counts->sent, world_time_ns(&mw->world),
			 (uint64_t)sent);
	if (!counts->first_round)
		counts->dirtied += (uint64_t)sent;
	counts->first_round = false;
	counts->dirty_ns += now - counts->round_ns;
	counts->round_ns = now;
}

void migration_done(struct migration_world *mw, uint64_t stopped_ns,
		    int64_t sent)
{
	migration_round(mw, sent);
	if (sent < 0)
		return;
	world_spread_add(&mw->counts.downtime_ns, now_ns(mw) - stopped_ns);
	world_spread_add(&mw->counts.whole_ns,
			 now_ns(mw) - mw->counts.begun_ns);
}

void migration_report(struct world *world, const struct world_reporter *to)
{
	const struct migration_counts *counts = &migration(world)->counts;

	if (!counts->rounds && !counts->broken)
		return;
	world_report(to, "migrations", "migrations", counts->whole_ns.nr);
	world_report(to, "broken off", "migrations", counts->broken);
	world_report(to, "rounds", "rounds", counts->rounds);
	world_report(to, "sent", "pages", counts->pages);
	if (counts->dirty_ns)
		world_report(to, "dirty rate", "pages/s",
			     counts->dirtied * 1000000000 / counts->dirty_ns);
	world_report_spread(to, "whole time", "ns", &counts->whole_ns);
	world_report_spread(to, "downtime", "ns", &counts->downtime_ns);
	world_report_series(to, &counts->sent);
}

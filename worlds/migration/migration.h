/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migration.h - the world of a live migration (private to this folder, tests)
 *
 *	host 0 (source)                           host 1 (destination)
 *	+---------------------------+             +---------------------------+
 *	| VMM process               |    link     | VMM process               |
 *	|  RAM, bitmaps, pre-copy --+------------>|  RAM, receiver            |
 *	|  ioctl                    |             |  ioctl                    |
 *	|---------------------------|             |---------------------------|
 *	| kernel: dma_logging,      |             | kernel: its own copy of   |
 *	|         iova_bitmap       |             |         the same code     |
 *	|---------------------------|             |---------------------------|
 *	| device: DMA, tracker      |             | device: DMA, tracker      |
 *	+---------------------------+             +---------------------------+
 *
 * Everything lies in the region, this struct too. The checks (oracle_*.c) are
 * called by the ops at the moments they judge; each keeps its own state and
 * believes nothing the code under test says about itself.
 */
#ifndef WORLDS_MIGRATION_H
#define WORLDS_MIGRATION_H

#include <models/dma_engine.h>
#include <models/dma_tracker.h>
#include <models/link.h>
#include <models/machine.h>
#include <models/precopy.h>
#include <models/run_map.h>
#include <models/vmm.h>
#include <sim/finding.h>
#include <worlds/figures.h>
#include <worlds/host_backend.h>
#include <worlds/op.h>

#define MIGRATION_HOSTS		2
#define MIGRATION_BAR_PHYS	0xfe000000ull

/* Offsets in op arguments are relative to the IOVA base, below this. */
#define MIGRATION_IOVA_SPAN	(1ull << 28)

enum migration_actor {
	ACTOR_VMM,
	ACTOR_DEVICE,
	ACTOR_LINK,
	ACTOR_PEER,
	ACTOR_PEER_DEVICE,
	MIGRATION_ACTORS,
};

enum migration_config {
	CONFIG_MEMORY,
	CONFIG_RAM_PAGES,
	CONFIG_HOSTS,
	CONFIG_BUILD,			/* the above shape build() */
	CONFIG_IOVA = CONFIG_BUILD,
	CONFIG_TRACKER,
	CONFIG_RECORDS,
	CONFIG_RANGES,
	CONFIG_THRESHOLD,
	CONFIG_LATENCY,
	CONFIG_BANDWIDTH,
	MIGRATION_CONFIG,
};

/*
 * The dirty oracle of one tracker (oracle_dirty.c). Maps hold tracker pages,
 * tags are the op slots that wrote them.
 */
struct dirty_oracle {
	struct run_map owed;		/* written and not yet reported */
	struct run_map before;		/* owed when the report began */
	struct run_map during;		/* written while it went on */
	struct run_map edges;		/* pages across the start of a window */
	bool reporting;
	uint64_t first;			/* of the report: IOVAs */
	uint64_t last;
};

/* Accounts (oracle_account.c) and results (oracle_result.c). */
struct call_oracle {
	struct vtb_account before;
	unsigned long serial;		/* when `before` was taken */
	bool account_known;		/* `before` is what is held now */
	uint64_t faults;		/* injected before the call */
	uint64_t device_faults;
	bool was_on;			/* logging, before the call */
};

struct host {
	struct migration_world *world;
	unsigned int number;
	struct machine *machine;
	void *kernel;
	void *process;
	struct dma_tracker *tracker;
	struct dma_engine *engine;
	struct vmm *vmm;
	int start_error;
	bool in_report;			/* between the oracles of a report */
	struct vmm_report last_report;	/* any, also of pre-copy */
	uint32_t area_first;		/* pages near bitmaps so far */
	uint32_t area_end;
	struct dirty_oracle dirty;
	struct call_oracle call;
	struct vtb_account baseline;	/* booted, device open, logging off */
};

/* What migrations have taken so far (figures.c). */
struct migration_counts {
	uint64_t rounds;		/* that came to their end */
	uint64_t pages;			/* sent by them */
	uint64_t dirtied;		/* pages sent again */
	uint64_t dirty_ns;		/* in which they became dirty */
	uint64_t broken;		/* ended by the connection */
	uint64_t begun_ns;		/* this migration, and its last round */
	uint64_t round_ns;
	bool first_round;
	struct world_spread downtime_ns;
	struct world_spread whole_ns;
	struct world_series sent;
};

struct migration_world {
	struct world world;
	struct migration_counts counts;
	const struct host_backend *backend;
	unsigned int nr_hosts;
	struct host hosts[MIGRATION_HOSTS];
	uint64_t stamp;			/* of the next DMA write */
	struct link *link;
	struct precopy *precopy;
	struct sim_fiber *receiver;
	bool whole_ranges;		/* reports ask for whole pages */
	bool switched_over;		/* the guest runs on host 1 */
	uint64_t threshold;		/* pages left: pre-copy is done */
};

static inline struct migration_world *migration(struct world *world)
{
	return (struct migration_world *)world;
}

#define MIGRATION_NR_OPS	23
extern const struct op migration_ops[MIGRATION_NR_OPS];
extern const struct op_arg migration_config_args[];
extern const char migration_standalone[];	/* standalone.c as text */
extern const char *const migration_actors[];

/* Of hosts with kernel instances; type.c. */
extern const struct world_type migration_type;

/* build() and configure() of a type whose hosts have @backend's kernels. */
struct world *migration_build(const struct world_type *type,
			      const struct host_backend *backend,
			      struct sim *sim, const uint64_t *config);
void migration_configure(struct world *world, const uint64_t *config);
void migration_finish(struct world *world, enum sim_end end);

/* -- what the op table refers to -- */

int64_t op_log_start(struct world *world, const uint64_t *args);
int64_t op_log_stop(struct world *world, const uint64_t *args);
int64_t op_log_report(struct world *world, const uint64_t *args);
int64_t op_log_report_wide(struct world *world, const uint64_t *args);
int64_t op_log_report_again(struct world *world, const uint64_t *args);
int64_t op_bad_call(struct world *world, const uint64_t *args);
int64_t op_bitmap_map(struct world *world, const uint64_t *args);
int64_t op_bitmap_unmap(struct world *world, const uint64_t *args);
int64_t op_bitmap_protect(struct world *world, const uint64_t *args);
int64_t op_peer_log_start(struct world *world, const uint64_t *args);
int64_t op_peer_log_stop(struct world *world, const uint64_t *args);
int64_t op_peer_log_report(struct world *world, const uint64_t *args);
int64_t op_dma_write(struct world *world, const uint64_t *args);
int64_t op_dma_at(struct world *world, const uint64_t *args);
int64_t op_peer_dma_write(struct world *world, const uint64_t *args);
int64_t op_record_style(struct world *world, const uint64_t *args);
int64_t op_misbehave(struct world *world, const uint64_t *args);
int64_t op_migrate_round(struct world *world, const uint64_t *args);
int64_t op_stop_and_copy(struct world *world, const uint64_t *args);
int64_t op_migrate(struct world *world, const uint64_t *args);
int64_t op_link_set(struct world *world, const uint64_t *args);
int64_t op_link_cut(struct world *world, const uint64_t *args);
int64_t op_link_restore(struct world *world, const uint64_t *args);

/* One report with all its checks; what every report of this world goes by. */
int64_t host_report(struct host *host, const struct vmm_report *report);

/* -- oracles -- */

/* Fills in oracle, object and the running op; raises the finding. */
void migration_raise(struct host *host, enum vtb_exit severity,
		     const char *oracle, const char *object,
		     const char *other_place, const char *what,
		     const char *why);

void dirty_oracle_init(struct host *host);
bool dirty_oracle_has_room(const struct host *host);
void dirty_oracle_begin(struct host *host, const struct vmm_report *report);
void dirty_oracle_end(struct host *host, const struct vmm_report *report,
		      int64_t result);
void dirty_oracle_started(struct host *host, const struct vmm_log *asked);
void dirty_oracle_forget(struct host *host);

void user_oracle_check(struct host *host, const struct vmm_report *report);
void user_oracle_init(struct host *host);
void user_oracle_final(struct host *host);

void account_oracle_begin(struct host *host);
void account_oracle_end(struct host *host);
void account_oracle_forget(struct host *host);
void account_oracle_final(struct host *host);

void result_oracle_begin(struct host *host);
void result_oracle_report(struct host *host, const struct vmm_report *report,
			  int64_t result);
void result_oracle_start(struct host *host, const struct vmm_log *asked,
			 int64_t result);
void result_oracle_stop(struct host *host, int64_t result);

void memory_oracle_check(struct migration_world *world);

void liveness_oracle_begin(struct migration_world *world);
void liveness_oracle_tick(struct migration_world *world);
void liveness_oracle_end(struct migration_world *world, enum sim_end end);

/* -- figures.c -- */

void migration_figures_init(struct migration_world *world);
/* A migration begins; one round of it, or all of it, has come to its end. */
void migration_begun(struct migration_world *world);
void migration_round(struct migration_world *world, int64_t sent);
void migration_done(struct migration_world *world, uint64_t stopped_ns,
		    int64_t sent);
void migration_report(struct world *world, const struct world_reporter *to);

/*
 * Host memory behind page @page of the bitmap area as the kernel would write
 * it, or NULL where nothing is mapped.
 */
const uint8_t *host_bitmap_page(struct host *host, uint32_t page);

#endif

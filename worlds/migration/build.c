/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building the migration world: machines, kernels, devices, VMMs, fibers.
 *
 * build() goes as far as every program goes: kernels up, drivers probed, user
 * memory mapped, all fibers asleep waiting for their first op. What programs
 * vary cheaply is set by configure() on a restored copy of that.
 */
#include <errno.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include "migration.h"

/* Sources of events; fibers have small numbers, so these cannot clash. */
enum { SOURCE_DEVICE = 0x100, SOURCE_LINK = 0x110 };

/* The VMM runs on one, what receives a migration on the other. */
#define HOST_CPUS		2

#define SMALL_FRAMES		64
#define SMALL_BITMAP_PAGES	6
#define LARGE_FRAMES		1024
#define LARGE_BITMAP_PAGES	528

/* The same where a page is 16 frames: as many bytes of bitmaps, or one page. */
#define FRAMES_64K		2048
#define LARGE_BITMAP_PAGES_64K	(LARGE_BITMAP_PAGES / 16)

static const char *const host_names[MIGRATION_HOSTS] = { "host0", "host1" };

/* -- the fibers of a host -- */

static int start_host(struct host *host)
{
	const struct host_backend *backend = host->world->backend;
	const struct vtb_device_info device = {
		.name = "dma-tracker",
		.bar_phys = MIGRATION_BAR_PHYS,
		.bar_bytes = 4096,
	};
	int rc = backend->process_start(host->process);

	if (!rc)
		rc = backend->device_add(host->process, &device);
	if (!rc)
		rc = vmm_start(host->vmm);
	return rc;
}

/* The VMM's first thread: sets the host up, then runs ops. */
static void vmm_thread(void *arg)
{
	struct host *host = arg;

	host->start_error = start_host(host);
	world_actor_main(&host->world->world,
			 host->number ? ACTOR_PEER : ACTOR_VMM);
}

static void receiver_thread(void *arg)
{
	struct host *host = arg;

	host->world->backend->thread_start(host->process);
	for (;;)
		precopy_receive(host->world->link, host->vmm);
}

/* Actors that are no threads of a kernel. */
struct plain_actor {
	struct world *world;
	unsigned int number;
};

static void plain_actor_main(void *arg)
{
	const struct plain_actor *actor = arg;

	world_actor_main(actor->world, actor->number);
}

static void new_plain_actor(struct migration_world *mw, unsigned int number)
{
	struct sim *sim = mw->world.sim;
	struct plain_actor *actor = sim_alloc(sim, sizeof(*actor), 8);
	const struct sim_fiber_options options = {
		.name = migration_actors[number],
		.fn = plain_actor_main,
		.arg = actor,
		.daemon = true,
	};

	actor->world = &mw->world;
	actor->number = number;
	mw->world.actor[number] = sim_fiber_new(sim, &options);
	sim_assert(mw->world.actor[number]);
}

/* -- machines -- */

static void run_quiet(struct sim *sim)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	if (sim_run(sim, &limits) == SIM_END_QUIESCENT)
		return;
	if (sim_finding_get(sim))
		sim_bench_error(__FILE__, __LINE__, "building a world: %s: %s",
				sim_finding_get(sim)->oracle,
				sim_finding_get(sim)->what);
	sim_bench_error(__FILE__, __LINE__, "a world does not come to rest");
}

static void new_machine(struct migration_world *mw, struct host *host,
			uint64_t frames)
{
	struct sim *sim = mw->world.sim;
	const struct machine_options machine = {
		.name = host_names[host->number],
		.number = host->number,
		.nr_frames = frames,
	};
	struct dma_tracker_options tracker = {
		.bar_phys = MIGRATION_BAR_PHYS,
		.source = SOURCE_DEVICE + host->number,
	};
	struct dma_engine_options engine;

	host->machine = machine_new(sim, &machine);
	sim_assert(host->machine);
	tracker.machine = host->machine;
	host->tracker = dma_tracker_new(sim, &tracker);
	sim_assert(host->tracker);
	engine.machine = host->machine;
	engine.tracker = host->tracker;
	host->engine = dma_engine_new(sim, &engine);
	host->kernel = mw->backend->kernel_new(sim, host->machine,
					       machine.name, HOST_CPUS);
	sim_assert(host->kernel);
	dirty_oracle_init(host);
	user_oracle_init(host);
}

static void new_vmm(struct migration_world *mw, struct host *host,
		    const struct vmm_options *shape)
{
	struct vmm_options options = *shape;
	unsigned int actor = host->number ? ACTOR_PEER : ACTOR_VMM;
	int error = mw->backend->boot_error(host->kernel);

	if (error)
		sim_bench_error(__FILE__, __LINE__,
				"the kernel of %s does not boot: %d",
				host_names[host->number], error);
	host->process = mw->backend->process_new(mw->world.sim,
						host->kernel, "vmm");
	options.syscalls = mw->backend->syscalls;
	options.process = host->process;
	options.machine = host->machine;
	options.device = "dma-logging";
	host->vmm = vmm_new(mw->world.sim, &options);
	mw->world.actor[actor] = mw->backend->thread_new(host->process, "vmm",
							 vmm_thread, host);
	sim_assert(mw->world.actor[actor]);
}

static int64_t report_of_host0(void *arg, const struct vmm_report *report)
{
	struct migration_world *mw = arg;

	return host_report(&mw->hosts[0], report);
}

static void new_link(struct migration_world *mw)
{
	struct sim *sim = mw->world.sim;
	const struct link_options link = {
		.name = "link",
		.owner = MIGRATION_HOSTS,
		.source = SOURCE_LINK,
	};
	struct precopy_options precopy = {
		.vmm = mw->hosts[0].vmm,
		.report = report_of_host0,
		.arg = mw,
	};

	mw->link = link_new(sim, &link);
	sim_assert(mw->link);
	precopy.link = mw->link;
	mw->precopy = precopy_new(sim, &precopy);
	mw->receiver = mw->backend->thread_new(mw->hosts[1].process,
					       "receiver", receiver_thread,
					       &mw->hosts[1]);
	sim_assert(mw->receiver);
	run_quiet(sim);
}

/* After this every fiber waits for its first op. */
static void start_actors(struct migration_world *mw,
			 const struct vmm_options *vmm)
{
	struct world *world = &mw->world;
	unsigned int i;

	for (i = 0; i < mw->nr_hosts; i++)
		new_vmm(mw, &mw->hosts[i], vmm);
	for (i = 0; i < MIGRATION_ACTORS; i++)
		if (!world->actor[i])
			new_plain_actor(mw, i);
	run_quiet(world->sim);
	for (i = 0; i < mw->nr_hosts; i++)
		if (mw->hosts[i].start_error)
			sim_bench_error(__FILE__, __LINE__,
					"the VMM of %s does not start: %d",
					host_names[i],
					mw->hosts[i].start_error);
	if (mw->nr_hosts == MIGRATION_HOSTS)
		new_link(mw);
}

struct world *migration_build(const struct world_type *type,
			      const struct host_backend *backend,
			      struct sim *sim, const uint64_t *config)
{
	bool large = config[CONFIG_MEMORY];
	struct vmm_options vmm = {
		.ram_pages = config[CONFIG_RAM_PAGES],
		.bitmap_pages = large ? LARGE_BITMAP_PAGES :
					SMALL_BITMAP_PAGES,
		.page_bytes = backend->page_bytes(),
	};
	uint64_t frames = large ? LARGE_FRAMES : SMALL_FRAMES;
	struct migration_world *mw = sim_alloc(sim, sizeof(*mw), 8);
	unsigned int i;

	if (vmm.page_bytes > SIM_FRAME_BYTES) {
		frames = FRAMES_64K;
		if (large)
			vmm.bitmap_pages = LARGE_BITMAP_PAGES_64K;
	}
	world_init(&mw->world, type, sim);
	mw->backend = backend;
	migration_figures_init(mw);
	mw->nr_hosts = config[CONFIG_HOSTS];
	for (i = 0; i < mw->nr_hosts; i++) {
		mw->hosts[i].world = mw;
		mw->hosts[i].number = i;
		new_machine(mw, &mw->hosts[i], frames);
	}
	run_quiet(sim);
	start_actors(mw, &vmm);
	for (i = 0; i < mw->nr_hosts; i++)
		backend->account_peek(mw->hosts[i].kernel,
				      &mw->hosts[i].baseline);
	return &mw->world;
}

/* -- configure -- */

static uint64_t iova_base(uint64_t choice)
{
	static const uint64_t base[] = {
		1ull << 32,
		0,
		VMM_PAGE_BYTES,
		1ull << 40,
		/* Offsets cross the sign bit, or end with the space. */
		(1ull << 63) - MIGRATION_IOVA_SPAN / 2,
		-MIGRATION_IOVA_SPAN,
	};

	return base[choice];
}

static uint64_t tracker_page_sizes(uint64_t choice)
{
	static const uint64_t sizes[] = {
		1 << 12,
		1 << 12 | 1 << 16,
		1 << 16,
		1 << 21,
		1 << 12 | 1 << 16 | 1 << 21 | 1 << 30,
	};

	return sizes[choice];
}

static void configure_host(struct host *host, const uint64_t *config)
{
	const struct dma_mapping mapping = {
		.iova_first = iova_base(config[CONFIG_IOVA]),
		.iova_last = UINT64_MAX,
		.frames = vmm_ram_frames(host->vmm),
		.nr_frames = vmm_ram_pages(host->vmm),
	};

	vmm_set_iova_base(host->vmm, mapping.iova_first);
	host->last_report = (struct vmm_report){
		.iova = mapping.iova_first,
		.length = 64 * VMM_PAGE_BYTES,
		.page_size = VMM_PAGE_BYTES,
		.bitmap = VMM_BITMAP_ADDRESS,
	};
	dma_engine_unmap_all(host->engine);
	sim_assert(!dma_engine_map(host->engine, &mapping));
	dma_tracker_set_page_sizes(host->tracker,
			tracker_page_sizes(config[CONFIG_TRACKER]));
	dma_tracker_set_style(host->tracker, config[CONFIG_RECORDS]);
}

void migration_configure(struct world *world, const uint64_t *config)
{
	struct migration_world *mw = migration(world);
	unsigned int i;

	for (i = 0; i < mw->nr_hosts; i++)
		configure_host(&mw->hosts[i], config);
	if (mw->link)
		link_set(mw->link, config[CONFIG_LATENCY],
			 config[CONFIG_BANDWIDTH]);
	mw->whole_ranges = config[CONFIG_RANGES] == 0;
	mw->threshold = config[CONFIG_THRESHOLD];
}

/* -- finish -- */

/*
 * A program may end with logging on, which holds memory rightly. So the VMMs
 * stop it, with honest devices and no faults, and only then what is held is
 * judged.
 */
static void wind_up(struct migration_world *mw)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };
	unsigned int i;

	sim_set_plan(mw->world.sim, &no_faults);

	for (i = 0; i < mw->nr_hosts; i++) {
		struct host *host = &mw->hosts[i];

		dma_tracker_misbehave(host->tracker, DMA_HONEST);
		dma_engine_resume(host->engine);
	}
	for (i = 0; i < mw->nr_hosts; i++)
		if (vmm_log(mw->hosts[i].vmm)->on)
			world_call(&mw->world,
				   i ? ACTOR_PEER : ACTOR_VMM,
				   i ? op_peer_log_stop : op_log_stop);
	liveness_oracle_end(mw, sim_run(mw->world.sim, &limits));
}

static void judge_host(struct host *host)
{
	account_oracle_final(host);
	user_oracle_final(host);
}

void migration_finish(struct world *world, enum sim_end end)
{
	struct migration_world *mw = migration(world);
	unsigned int i;

	liveness_oracle_end(mw, end);
	if (end != SIM_END_QUIESCENT || sim_finding_get(world->sim))
		return;
	wind_up(mw);
	for (i = 0; i < mw->nr_hosts && !sim_finding_get(world->sim); i++)
		judge_host(&mw->hosts[i]);
}

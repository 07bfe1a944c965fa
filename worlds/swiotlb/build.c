// SPDX-License-Identifier: GPL-2.0-only
/*
 * build.c - the machine, its devices, the begin and the end of a run
 *
 *	frames  0 .. | pool (64 or 128) | .. | buffer 0 (32) | ..
 *	on the bus                               4 GiB here, in its middle
 *
 * so that a device with 32 bits reaches the pool and half of buffer 0.
 *
 * Frames of the pool and of buffer 0 are cold: what is written there is what an
 * op says (memory.c), and a reset restores no more than that.
 */
#include <errno.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/fetch.h>
#include <sim/fiber.h>
#include <worlds/host_backend.h>
#include <worlds/raise.h>

#include "swiotlb.h"

extern const struct host_backend kernel_backend;

#define FRAMES		512
#define FRAMES_LATE	2048	/* the smallest late pool has 2 MiB */
/* The same where a page is 16 frames: no room for a late pool, and room. */
#define FRAMES_64K	1024
#define FRAMES_64K_LATE	MAX_FRAMES
#define SHADOW_OWNER	1

const struct device_traits swiotlb_devices[NR_DEVICES] = {
	{ "nic", 64, 0, 0 },
	{ "disk", 64, 4095, 0 },	/* as NVMe wants it */
	{ "old", 32, 0, 0 },
	{ "odd", 32, 1023, 0xffff },
	{ "none", 0, 0, 0 },
};

static const char *const command_lines[NR_BOOTS] = {
	[BOOT_FORCED] = "swiotlb=128,1,force",
	[BOOT_PLAIN] = "swiotlb=128,1",
	[BOOT_AREAS] = "swiotlb=256,2,force",
	[BOOT_LATE] = "dma_client=late",
	[BOOT_TOO_LARGE] = "swiotlb=4096,1,force",
	[BOOT_ISOLATED] = "swiotlb=128,1 dma_client=private",
	[BOOT_REFUSED] = "swiotlb=128,1 dma_client=private",
	[BOOT_ISOLATED_LATE] = "dma_client=private,late",
	[BOOT_NOFORCE] = "swiotlb=,2,noforce",
};

/* -- what the driver says -- */

void swiotlb_look(struct swiotlb_world *w)
{
	struct dma_client_info info = { 0 };
	unsigned int tries = 0;

	/* Faults of the program are no reason not to know. */
	while (one_host_ioctl(&w->host.world, w->file, DMA_CLIENT_INFO, &info,
			      sizeof(info)))
		sim_assert(++tries < 1000);
	w->buffers[0] = (struct span) {
		info.buffer_phys, DMA_CLIENT_BUFFER_0,
	};
	w->pool = (struct span) {
		info.pool_phys, info.pool_slots * SLOT_BYTES,
	};
	sim_assert(info.pool_slots <= NR_SLOTS_MAX);
	memory_adopt(w, w->buffers[0].phys, w->buffers[0].length);
	if (w->pool.length)
		memory_adopt(w, w->pool.phys, w->pool.length);
}

static void make_cold(struct swiotlb_world *w, struct span span)
{
	if (span.length)
		sim_frames_set_class(machine_memory(w->host.machine),
				     span.phys >> SIM_FRAME_SHIFT,
				     span.length >> SIM_FRAME_SHIFT,
				     SIM_FRAME_COLD);
}

/* -- devices -- */

/*
 * The pool and the lower half of buffer 0 are below 4 GiB on the bus; a pool
 * that comes late gets memory below buffer 0, too.
 */
static uint64_t bus_window(const struct swiotlb_world *w)
{
	uint64_t window = w->buffers[0].phys + w->buffers[0].length / 2;
	uint64_t pool_end = w->pool.phys + w->pool.length;

	return window > pool_end ? window : pool_end;
}

static int add_devices(struct swiotlb_world *w)
{
	static const char *const names[NR_DEVICES] = {
		"dma-client.0", "dma-client.1", "dma-client.2", "dma-client.3",
		"dma-client.4",
	};
	uint64_t window = bus_window(w);
	unsigned int i;
	int rc = 0;

	w->bus_offset = (1ull << 32) - window;
	for (i = 0; i < NR_DEVICES && !rc; i++) {
		const struct device_traits *traits = &swiotlb_devices[i];
		const struct vtb_device_info device = {
			.name = names[i],
			.properties = {
				{ "device-id", i },
				{ "dma-bits", traits->bits },
				{ "dma-align", traits->align },
				{ "dma-boundary", traits->boundary },
				{ "dma-window", (unsigned int)window },
			},
		};

		w->bits[i] = traits->bits;
		rc = kernel_backend.device_add(w->host.process, &device);
	}
	return rc;
}

static int start(struct one_host *host)
{
	struct swiotlb_world *w = (struct swiotlb_world *)host;
	int64_t file = one_host_open(&host->world, "dma-client");
	int rc;

	if (file < 0)
		return (int)file;
	w->file = (uint64_t)file;
	swiotlb_look(w);
	rc = add_devices(w);
	make_cold(w, w->buffers[0]);
	make_cold(w, w->pool);
	memset(w->touched, 0, sizeof(w->touched));
	return rc;
}

/* -- the end -- */

static void give_back_all(struct world *world)
{
	struct swiotlb_world *w = swiotlb(world);
	uint32_t i;

	for (i = 0; i < DMA_CLIENT_MAPPINGS; i++) {
		const uint64_t args[] = { w->mappings[i].id, 0 };

		if (w->mappings[i].live)
			op_unmap(world, args);
	}
	for (i = 1; i < DMA_CLIENT_BUFFERS; i++) {
		const uint64_t args[] = { i };

		if (w->buffers[i].length)
			op_free(world, args);
	}
}

/* Unmaps what a program has left, and looks at what remains. */
static int64_t wind_up(struct world *world, const uint64_t *args)
{
	struct swiotlb_world *w = swiotlb(world);

	give_back_all(world);
	check_slots(w);
	check_all(w);
	gate_check_exposed(w);
	w->config[CONFIG_HOST] = HOST_HONEST;
	if (is_late(w) && w->pool.length)
		op_pool_stop(world, args);
	return 0;
}

static void finish(struct world *world, enum sim_end end)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };

	if (end == SIM_END_QUIESCENT && !world_running_op(world)) {
		sim_set_plan(world->sim, &no_faults);
		world_call(world, ACTOR_FIRST, wind_up);
		end = sim_run(world->sim, &limits);
	}
	/* Buffers are nobody's, and it may have been another that was freed. */
	swiotlb(world)->host.may_leak = sim_change_made(world->sim);
	if (!sim_finding_get(world->sim))
		one_host_finish(world, end);
}

/*
 * A call that never returned may have written anywhere, and so may one whose
 * arguments another thread has changed since.
 */
static void settle(struct world *world)
{
	struct swiotlb_world *w = swiotlb(world);

	if (w->in_flight || sim_finding_get(world->sim) ||
	    sim_change_made(world->sim))
		memory_touch_all(w);
}

/* -- the type -- */

static struct world *build(struct sim *sim, const uint64_t *config);

static void configure(struct world *world, const uint64_t *config)
{
	memcpy(swiotlb(world)->config, config, sizeof(swiotlb(world)->config));
}

static const struct world_type type = {
	.name = "swiotlb",
	.help = "a driver with five devices, and bounce buffers that its host can reach",
	.actors = swiotlb_actors,
	.ops = swiotlb_ops, .nr_ops = SWIOTLB_NR_OPS,
	.config = swiotlb_config, .nr_config = NR_CONFIG,
	.nr_build_config = CONFIG_BOOT + 1,
	.build = build, .configure = configure, .finish = finish,
	.settle = settle,
};

/* The reference has memory where the machine has. */
static void plug(struct one_host *host, const uint64_t *config)
{
	struct swiotlb_world *w = (struct swiotlb_world *)host;
	uint64_t frames = sim_memory_frames(machine_memory(host->machine));

	w->page_bytes = kernel_page_bytes();
	w->config[CONFIG_BOOT] = config[CONFIG_BOOT];
	gate_plug(w);
	w->shadow = sim_memory_new(host->world.sim, "reference", frames,
				   SHADOW_OWNER);
	sim_assert(w->shadow);
	sim_frames_set_class(w->shadow, 0, frames, SIM_FRAME_COLD);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	bool late = config[CONFIG_BOOT] == BOOT_LATE ||
		    config[CONFIG_BOOT] == BOOT_ISOLATED_LATE;
	bool large_pages = kernel_page_bytes() > SIM_FRAME_BYTES;
	const struct one_host_options options = {
		.bytes = sizeof(struct swiotlb_world),
		.nr_cpus = 2,
		.nr_threads = ACTOR_SECOND + 1,
		.nr_frames = late ? large_pages ? FRAMES_64K_LATE : FRAMES_LATE :
			     large_pages ? FRAMES_64K : FRAMES,
		.command_line = command_lines[config[CONFIG_BOOT]],
		.plug = plug,
		.start = start,
		.config = config,
	};

	return one_host_build_with(&type, sim, &options);
}

const struct world_type *const world_types[] = { &type, NULL };

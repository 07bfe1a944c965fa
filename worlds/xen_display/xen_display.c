/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_display.c - a display frontend, from its device file down to its grants
 *
 * Oracles: those of xen_world.h and of oracle.c.
 */
#include <worlds/host_backend.h>
#include <worlds/raise.h>

#include "xen_display.h"

extern const struct host_backend kernel_backend;

static struct world *build(struct sim *sim, const uint64_t *config);
static void finish(struct world *world, enum sim_end end);

static const struct world_type type = {
	.name = "xen_display",
	.help = "a display frontend and its backend, over xenbus",
	.actors = xen_actors,
	.ops = xen_display_ops, .nr_ops = XEN_DISPLAY_NR_OPS,
	.config = xen_display_config,
	.nr_config = XEN_CONFIGS, .nr_build_config = XEN_CONFIGS,
	.build = build, .finish = finish,
};

/* Before the kernel is there nobody is told. */
static void upcall(void *arg, unsigned int line)
{
	struct one_host *host = arg;

	if (host->kernel)
		kernel_backend.raise_irq(host->kernel, 0, line);
}

static void plug(struct one_host *host, const uint64_t *config)
{
	struct display_world *w = (struct display_world *)host;

	xen_world_plug(host, config);
	xen_event_domain(w->xen.xen, GUEST_DOMID,
			 &(const struct xen_event_options){
				 .upcall = upcall, .arg = host,
			 });
	w->store = xen_store_new(w->xen.xen);
	backend_plug(w);
	xen_store_guest(w->store, GUEST_DOMID);
}

static void start(struct xen_world *w)
{
	backend_start((struct display_world *)w);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	static const uint64_t all_for_writing[] = { 0, PEER_SLOTS, 0 };
	static const struct xen_world_options options = {
		.bytes = sizeof(struct display_world), .device = "xen-displ",
		.plug = plug, .start = start,
	};
	struct world *world = xen_world_build(&type, sim, config, &options);

	op_peer_offer(world, all_for_writing);
	display(world)->bound = true;
	return world;
}

static void finish(struct world *world, enum sim_end end)
{
	bool quiet = end == SIM_END_QUIESCENT && !world_running_op(world);

	if (quiet && !sim_finding_get(world->sim))
		judge_states(world);
	if (sim_finding_get(world->sim))
		return;
	/* The last who has the file closes it. */
	display(world)->driver_changed = true;
	xen_world_finish(world, end);
	if (quiet && !sim_finding_get(world->sim))
		judge_balance(world);
}

const struct world_type *const world_types[] = { &type, NULL };

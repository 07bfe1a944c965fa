/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - the host, its domains, and the end of a run
 *
 * leak: when all domains have been killed, nothing is allocated but what was
 * before the first one. hang, livelock: ops come to an end, and so does killing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/fetch.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "xen_hypervisor.h"

#define KILLS		200		/* calls until a domain is gone */
#define SPIN_STEPS	200000

static const struct world_type type;

/* Hardware does what the hypervisor tells it to. */
static uint64_t instruction(void *machine, unsigned int nr, uint64_t a,
			    uint64_t b, uint64_t c)
{
	struct hv_world *w = sim_user(machine_sim(machine));

	(void)b;
	(void)c;
	sim_assert(nr == VTB_HV_INVEPT && a <= NR_DOMAINS);
	guest_flush(w, (unsigned int)a);
	return 0;
}

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = instruction,
	.freed = judge_freed,
};

/* -- domains -------------------------------------------------------------- */

static void place_table(struct hv_world *w, unsigned int domid)
{
	const uint64_t table[] = { domid - 1, 0, 0, GFN_TABLE };
	const uint64_t status[] = { domid - 1, 1, 0, GFN_STATUS };
	const uint64_t version[] = { domid - 1, 2 };

	op_place(&w->world, table);
	if (w->first_version != 2)
		return;
	op_version(&w->world, version);
	op_place(&w->world, status);
}

int64_t hv_create(struct hv_world *w, unsigned int domid)
{
	struct hv_domain *domain = &w->domains[domid];
	struct vtb_hv_domain_state state;
	int64_t rc;
	uint32_t gfn;

	kernel_enter(w->kernel);
	rc = vtb_hv_domain_create(domid, &w->options);
	if (!rc) {
		vtb_hv_domain_peek(domid, &state);
		memset(domain, 0, sizeof(*domain));
		domain->ept = state.ept;
		domain->exists = true;
		for (gfn = GFN_DATA; gfn < NR_MEMORY; gfn++)
			guest_fill(w, domid, gfn);
	}
	kernel_exit();
	if (!rc)
		place_table(w, domid);
	return rc;
}

int64_t hv_kill(struct hv_world *w, unsigned int domid)
{
	int64_t rc = -ESRCH;
	unsigned int i;

	if (!w->domains[domid].exists)
		return rc;
	w->domains[domid].dead = true;
	w->nr_unmapping++;
	for (i = 0; i < KILLS; i++) {
		kernel_enter(w->kernel);
		rc = vtb_hv_domain_kill(domid);
		if (!rc)
			xen_account_gone(w->account, (uint16_t)domid);
		kernel_exit();
		if (rc != -VTB_HV_ERESTART)
			break;
		sim_fiber_sleep(w->world.sim, 1000);
	}
	w->nr_unmapping--;
	if (sim_op(w->world.sim))
		judge_rest(w);
	return rc;
}

/* -- building ------------------------------------------------------------- */

static void actor_main(void *arg)
{
	struct hv_world *w = arg;
	const struct sim_fiber *self = sim_fiber_self(w->world.sim);
	unsigned int actor = 0;

	while (w->world.actor[actor] != self)
		actor++;
	world_actor_main(&w->world, actor);
}

static void run_quiet(struct sim *sim)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	if (sim_run(sim, &limits) == SIM_END_QUIESCENT)
		return;
	sim_bench_error(__FILE__, __LINE__, "building a world: %s",
			sim_finding_get(sim) ? sim_finding_get(sim)->what :
			"it does not come to rest");
}

static void boot(struct hv_world *w)
{
	const struct kernel_instance_options options = {
		.name = "host", .sim = w->world.sim,
		.memory = machine_memory(w->machine), .ops = &machine_ops,
		.machine = w->machine, .nr_cpus = HV_ACTORS,
	};
	unsigned int i;

	w->kernel = kernel_instance_new(&options);
	run_quiet(w->world.sim);
	for (i = 0; i < HV_ACTORS; i++)
		w->world.actor[i] = kernel_user_thread(w->kernel, hv_actors[i],
						       actor_main, w);
	run_quiet(w->world.sim);
}

static int64_t first_domains(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);

	(void)args;
	kernel_enter(w->kernel);
	vtb_hv_account_peek(&w->baseline);
	kernel_exit();
	if (hv_create(w, 1) || hv_create(w, 2) || hv_create(w, 3))
		sim_bench_error(__FILE__, __LINE__, "no first domains");
	return 0;
}

struct world *hv_build(struct sim *sim, const uint64_t *config)
{
	const struct machine_options machine = {
		.name = "host", .nr_frames = HOST_FRAMES,
	};
	struct hv_world *w = sim_alloc(sim, sizeof(*w), 8);

	world_init(&w->world, &type, sim);
	sim_set_user(sim, w);
	w->machine = machine_new(sim, &machine);
	w->account = xen_account_new(sim);
	w->first_version = config[CONFIG_VERSION] ? 2 : 1;
	w->options.nr_frames = NR_MEMORY;
	w->options.max_grant_frames = (unsigned int)config[CONFIG_FRAMES];
	w->options.max_maptrack_frames = (unsigned int)config[CONFIG_HANDLES];
	boot(w);
	world_call(&w->world, ACTOR_TOOLS, first_domains);
	run_quiet(sim);
	return &w->world;
}

/* -- the end -------------------------------------------------------------- */

static void judge_stuck(struct hv_world *w, enum sim_end end)
{
	const struct world_finding finding = {
		.severity = VTB_EXIT_LIVENESS,
		.oracle = end == SIM_END_BUDGET ? "livelock" : "hang",
		.object = "cpu",
		.place = { world_running_op(&w->world) },
		.what = "an op never comes to an end",
		.why = "a lock that nobody gives back, or a loop",
	};

	if (world_running_op(&w->world))
		world_raise(&w->world, &finding);
}

static int64_t kill_all(struct world *world, const uint64_t *args)
{
	struct hv_world *w = hv_world(world);
	unsigned int domid;
	int64_t rc;

	(void)args;
	for (domid = 1; domid <= NR_DOMAINS; domid++) {
		rc = w->domains[domid].exists ? hv_kill(w, domid) : 0;
		if (rc == -VTB_HV_ERESTART)
			hv_raise(w, "leak", "domain",
				 "a domain is never gone", "killing it goes on");
	}
	return 0;
}

static void judge_leak(struct hv_world *w)
{
	struct vtb_hv_account now;
	char why[SIM_FINDING_TEXT];

	kernel_peek_begin(w->kernel);
	vtb_hv_account_peek(&now);
	kernel_peek_end();
	if (now.frames == w->baseline.frames &&
	    now.objects == w->baseline.objects)
		return;
	snprintf(why, sizeof(why), "%ld frames and %ld objects",
		 (long)(now.frames - w->baseline.frames),
		 (long)(now.objects - w->baseline.objects));
	hv_raise(w, "leak", now.frames != w->baseline.frames ? "frame" :
							       "object",
		 "all domains are gone, and memory is still allocated", why);
}

void hv_finish(struct world *world, enum sim_end end)
{
	const struct sim_run_options limits = { .step_budget = SPIN_STEPS };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };
	struct hv_world *w = hv_world(world);
	enum sim_end last;

	if (end != SIM_END_QUIESCENT || world_running_op(world)) {
		judge_stuck(w, end);
		return;
	}
	judge_rest(w);
	kernel_peek_begin(w->kernel);
	if (w->copied && !w->wild_tables && !w->unsure && !sim_change_made(world->sim))
		judge_contents(w);
	kernel_peek_end();
	if (sim_finding_get(world->sim))
		return;
	sim_set_plan(world->sim, &no_faults);
	world_call(world, ACTOR_TOOLS, kill_all);
	last = sim_run(world->sim, &limits);
	if (sim_finding_get(world->sim))
		return;
	if (last != SIM_END_QUIESCENT)
		hv_raise(w, "leak", "domain", "a domain is never gone",
			 "killing it goes on");
	else
		judge_leak(w);
}

/* One maps what another one has granted; the table of the first stays free. */
static const struct op_standing standing[] = {
	{ "grant", { 1, 8, 0, 0, 1, 0 } },
	{ "map", { 1, 0, 4, GFN_HOLES, 1 } },
	{ NULL, { 0 } },
};

/* vCPUs of a domain run on all CPUs, so what one has made is there for others. */
static const uint8_t sharing[HV_ACTORS];

static const struct world_type type = {
	.name = "xen_hypervisor",
	.help = "a hypervisor's grant tables, and domains that do anything",
	.actors = hv_actors,
	.process = sharing,
	.ops = hv_ops, .nr_ops = HV_NR_OPS, .standing = standing,
	.config = hv_config,
	.nr_config = HV_CONFIG, .nr_build_config = HV_CONFIG,
	.build = hv_build,
	.finish = hv_finish,
};

const struct world_type *const world_types[] = { &type, NULL };

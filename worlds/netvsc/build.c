/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - the guest, its hypervisor and its network service
 */
#include <string.h>

#include <kernel/instance.h>
#include <sim/fiber.h>
#include <sim/finding.h>

#include "netvsc.h"

#define FRAMES		112
#define ANSWER_NS	10000
#define TRANSMIT_NS	4000
#define PEER_NS		20000
#define UNSET		0xd5	/* of kernel/firmware/heap.c */

static void frame_of_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct netvsc_world *w = arg;
	const uint8_t *data = frame;

	if (bytes >= 14 && data[12] == 0x08)
		net_peer_receive(w->peer, frame, bytes);
	else
		stream_arrived(w, &w->to_host, frame, bytes);
}

static void frame_failed(void *arg)
{
	struct netvsc_world *w = arg;

	w->refused++;
	stream_may_lose(&w->to_host);
}

static bool frame_of_peer(void *arg, const void *frame, uint32_t bytes)
{
	struct netvsc_world *w = arg;

	return netvsp_deliver(w->nic, frame, bytes);
}

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = machine_hypercall,
	.freed = oracle_freed,
};

static void guest_main(void *arg)
{
	world_actor_main(arg, ACTOR_GUEST);
}

static void host_main(void *arg)
{
	world_actor_main(arg, ACTOR_HOST);
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

static void make_host(struct netvsc_world *w)
{
	const struct vmbus_bus_options bus = {
		.machine = w->machine,
		.watch = {
			.violation = oracle_violation,
			.outgoing = lies_outgoing,
			.arg = w,
		},
		.first_version = VMBUS_VERSION(0, 13),
		.last_version = VMBUS_VERSION(5, 3),
		.answer_ns = ANSWER_NS,
		.source = 0x100,
		.worker = w->worker,
	};
	const struct vmbus_offer_options other = { .instance = { 7 } };
	const struct net_peer_options peer = {
		.self = {
			.mac = { 0x02, 0, 0, 0, 0, 0x99 },
			.address = PEER_ADDRESS,
		},
		.lease = LEASE_ADDRESS,
		.latency_ns = PEER_NS,
		.source = 0x103,
		.worker = w->worker,
		.send = frame_of_peer,
		.arg = w,
	};
	const struct netvsp_options nic = {
		.mac = { 0x00, 0x15, 0x5d, 0x01, 0x02, 0x03 },
		.transmit_ns = TRANSMIT_NS,
		.unset = UNSET,
		.source = 0x101,
		.transmit = frame_of_guest,
		.failed = frame_failed,
		.arg = w,
	};

	host_init(w);
	w->hypervisor = vmbus_polled_new(w->world.sim, &bus);
	w->bus = vmbus_polled_bus(w->hypervisor);
	w->nic = netvsp_new(w->bus, &nic);
	w->peer = net_peer_new(w->world.sim, &peer);
	w->other = vmbus_offer_new(w->bus, &other);
	w->to_host.name = "to-host";
	w->to_guest.name = "guest";
}

static void make_guest(struct netvsc_world *w)
{
	const struct kernel_instance_options options = {
		.name = "guest",
		.sim = w->world.sim,
		.memory = machine_memory(w->machine),
		.ops = &machine_ops,
		.machine = w->machine,
		.nr_cpus = 1,
	};
	const struct sim_fiber_options host = {
		.name = "host", .fn = host_main, .arg = w, .daemon = true,
	};

	w->kernel = kernel_instance_new(&options);
	run_quiet(w->world.sim);
	w->world.actor[ACTOR_GUEST] = kernel_user_thread(w->kernel, "guest",
							 guest_main, w);
	w->world.actor[ACTOR_HOST] = sim_fiber_new(w->world.sim, &host);
	run_quiet(w->world.sim);
}

static void run_first(struct netvsc_world *w, op_run_fn fn)
{
	world_call(&w->world, ACTOR_GUEST, fn);
	run_quiet(w->world.sim);
}

void netvsc_configure(struct world *world, const uint64_t *config)
{
	netvsc_world(world)->powers = config[CONFIG_POWERS];
}

struct world *netvsc_build(const struct world_type *type, struct sim *sim,
			   const uint64_t *config)
{
	const struct machine_options machine = {
		.name = "guest", .nr_frames = FRAMES,
	};
	struct netvsc_world *w = sim_alloc(sim, sizeof(*w), 8);

	world_init(&w->world, type, sim);
	sim_set_user(sim, w);
	w->machine = machine_new(sim, &machine);
	sim_assert(w->machine);
	w->worker = model_worker_new(sim, "vmbus");
	make_host(w);
	make_guest(w);
	if (config[CONFIG_START] != START_OFF)
		run_first(w, op_probe);
	if (config[CONFIG_START] == START_OPEN)
		run_first(w, op_open);
	return &w->world;
}

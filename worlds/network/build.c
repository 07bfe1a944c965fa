/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - two hosts, their guests, their switches, and the wire between them
 */
#include <string.h>

#include <kernel/instance.h>
#include <sim/fiber.h>
#include <sim/finding.h>

#include "network.h"

#define FRAMES		112
#define ANSWER_NS	10000	/* of the bus */
#define TRANSMIT_NS	1000	/* of NetVSP, for a frame */
#define FORWARD_NS	200	/* of a switch */
#define SERVER_NS	20000
#define STEPS		20000000

/* Sources of events. */
#define SOURCE_BUS	0x100
#define SOURCE_NIC	0x102
#define SOURCE_SWITCH	0x110	/* and ports, for each side */
#define SOURCE_WIRE	0x130
#define SOURCE_SERVER	0x132
#define SOURCE_LOAD	0x133

/* Owners of the buffers of the network, behind the machines. */
#define OWNER_WIRE	2
#define OWNER_SWITCH	3

static const uint8_t server_mac[6] = { 0x02, 0, 0, 0, 0, 0x99 };

const char *const network_ports[NR_SIDES][NR_PORTS] = {
	{ "a guest", "a wire", "a server" },
	{ "b guest", "b wire", "b load" },
};

/* -- who is connected with whom ------------------------------------------- */

static void frame_of_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	net_switch_receive(side->sw, PORT_GUEST, frame, bytes);
}

static bool frame_for_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	return netvsp_deliver(side->nic, frame, bytes);
}

static bool frame_for_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	return net_wire_send(side->w->wire, side->number, frame, bytes);
}

static void frame_of_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	net_switch_receive(side->sw, PORT_WIRE, frame, bytes);
}

static bool frame_for_server(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	net_peer_receive(side->w->server, frame, bytes);
	return true;
}

static bool frame_of_server(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	net_switch_receive(side->sw, PORT_EXTRA, frame, bytes);
	return true;
}

/* Whoever makes the load takes nothing. */
static bool frame_for_load(void *arg, const void *frame, uint32_t bytes)
{
	(void)arg;
	(void)frame;
	(void)bytes;
	return true;
}

static void frame_of_load(void *arg, const void *frame, uint32_t bytes)
{
	struct side *side = arg;

	net_switch_receive(side->sw, PORT_EXTRA, frame, bytes);
}

static void tap(void *arg, unsigned int port, bool out, const void *frame,
		uint32_t bytes)
{
	struct side *side = arg;
	struct world *world = &side->w->world;
	const struct world_frame seen = {
		.port = network_ports[side->number][port],
		.outbound = out,
		.time_ns = sim_now_ns(world->sim),
		.data = frame,
		.bytes = bytes,
	};

	world_capture(world, &seen);
}

/* -- the network ---------------------------------------------------------- */

static void make_switch(struct side *side)
{
	const struct net_switch_options options = {
		.name = side->number ? "switch b" : "switch a",
		.owner = (uint16_t)(OWNER_SWITCH + side->number),
		.source = (uint16_t)(SOURCE_SWITCH +
				     side->number * NET_SWITCH_PORTS),
		.tap = tap, .arg = side,
	};
	struct net_switch_port port = {
		.queue_frames = 64, .frame_ns = FORWARD_NS, .arg = side,
	};

	side->sw = net_switch_new(side->w->world.sim, &options);
	sim_assert(side->sw);
	port.name = network_ports[side->number][PORT_GUEST];
	port.send = frame_for_guest;
	net_switch_add(side->sw, &port);
	port.name = network_ports[side->number][PORT_WIRE];
	port.send = frame_for_wire;
	net_switch_add(side->sw, &port);
	port.name = network_ports[side->number][PORT_EXTRA];
	port.send = side->number ? frame_for_load : frame_for_server;
	net_switch_add(side->sw, &port);
}

static void make_wire(struct network_world *w)
{
	const struct net_wire_options options = {
		.name = "wire",
		.owner = OWNER_WIRE,
		.source = SOURCE_WIRE,
		.speed = {
			.latency_ns = 5000, .mbit_per_s = 10000,
			.queue_frames = 64,
		},
		.end = {
			{ .receive = frame_of_wire, .arg = &w->side[0] },
			{ .receive = frame_of_wire, .arg = &w->side[1] },
		},
	};

	w->wire = net_wire_new(w->world.sim, &options);
	sim_assert(w->wire);
}

static void make_others(struct network_world *w)
{
	struct net_peer_options server = {
		.self.address = SERVER_ADDRESS,
		.lease = FIRST_LEASE,
		.latency_ns = SERVER_NS,
		.source = SOURCE_SERVER,
		.send = frame_of_server,
		.arg = &w->side[0],
	};
	struct net_load_options load = {
		.from = { .mac = { 0x02, 0, 0, 0, 0, 0x98 },
			  .address = 0x0a0000feu },
		.flow = NR_SIDES,
		.source = SOURCE_LOAD,
		.send = frame_of_load,
		.arg = &w->side[1],
	};

	memcpy(server.self.mac, server_mac, 6);
	load.to = w->side[0].self;
	w->server = net_peer_new(w->world.sim, &server);
	w->load = net_load_new(w->world.sim, &load);
}

/* -- hosts and guests ----------------------------------------------------- */

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = machine_hypercall,
	.freed = oracle_freed,
};

static void make_host(struct side *side)
{
	const struct vmbus_bus_options bus = {
		.machine = side->machine,
		.watch = { .violation = oracle_violation, .arg = side },
		.first_version = VMBUS_VERSION(0, 13),
		.last_version = VMBUS_VERSION(5, 3),
		.answer_ns = ANSWER_NS,
		.source = (uint16_t)(SOURCE_BUS + side->number),
	};
	struct netvsp_options nic = {
		.transmit_ns = TRANSMIT_NS,
		.source = (uint16_t)(SOURCE_NIC + side->number),
		.transmit = frame_of_guest,
		.arg = side,
	};

	memcpy(nic.mac, side->self.mac, sizeof(nic.mac));
	side->hypervisor = vmbus_polled_new(side->w->world.sim, &bus);
	side->nic = netvsp_new(vmbus_polled_bus(side->hypervisor), &nic);
}

static void first_main(void *arg)
{
	world_actor_main(arg, ACTOR_FIRST);
}

static void second_main(void *arg)
{
	world_actor_main(arg, ACTOR_SECOND);
}

static void net_main(void *arg)
{
	world_actor_main(arg, ACTOR_NET);
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

static void make_guest(struct side *side)
{
	const char *name = side->number ? "second" : "first";
	struct world *world = &side->w->world;
	const struct kernel_instance_options options = {
		.name = name,
		.sim = world->sim,
		.memory = machine_memory(side->machine),
		.ops = &machine_ops,
		.machine = side->machine,
		.nr_cpus = 1,
		.runtime = &vtb_firmware_runtime,
	};

	side->kernel = kernel_instance_new(&options);
	run_quiet(world->sim);
	world->actor[ACTOR_FIRST + side->number] = kernel_user_thread(
		side->kernel, name, side->number ? second_main : first_main,
		world);
}

static void init_side(struct network_world *w, unsigned int n)
{
	struct side *side = &w->side[n];
	const struct machine_options machine = {
		.name = n ? "second" : "first", .number = (uint16_t)n,
		.nr_frames = FRAMES,
		.user = side,
	};

	side->w = w;
	side->number = n;
	side->self = (struct net_station){
		.mac = { 0x00, 0x15, 0x5d, 0x01, 0x02, (uint8_t)(3 + n) },
		.address = FIXED_ADDRESS + n,
	};
	side->from_other.flow = !n;
	side->from_load.flow = NR_SIDES;
	side->rate = (struct world_series){
		.name = n ? "first to second" : "second to first",
		.unit = "Mbit/s", .kind = WORLD_SERIES_RATE,
		.divisor = 1000000,
	};
	side->delay = (struct world_series){
		.name = n ? "first to second" : "second to first",
		.unit = "ns", .kind = WORLD_SERIES_MOST,
	};
	side->machine = machine_new(w->world.sim, &machine);
	sim_assert(side->machine);
}

struct side *network_side_of(struct world *world)
{
	struct network_world *w = network_world(world);
	const struct sim_fiber *self = sim_fiber_self(world->sim);

	return &w->side[self == world->actor[ACTOR_SECOND]];
}

static void run_first(struct network_world *w, op_run_fn fn)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		world_call(&w->world, ACTOR_FIRST + i, fn);
		run_quiet(w->world.sim);
	}
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	struct network_world *w = sim_alloc(sim, sizeof(*w), 8);
	const struct sim_fiber_options net = {
		.name = "net", .fn = net_main, .arg = w, .daemon = true,
	};
	unsigned int i;

	world_init(&w->world, &network_type, sim);
	for (i = 0; i < NR_SIDES; i++)
		init_side(w, i);
	make_wire(w);
	for (i = 0; i < NR_SIDES; i++) {
		make_switch(&w->side[i]);
		make_host(&w->side[i]);
	}
	make_others(w);
	net_init(w);
	for (i = 0; i < NR_SIDES; i++)
		make_guest(&w->side[i]);
	w->world.actor[ACTOR_NET] = sim_fiber_new(sim, &net);
	run_quiet(sim);
	if (config[CONFIG_START] == START_OPEN) {
		run_first(w, op_probe);
		run_first(w, op_open);
	}
	return &w->world;
}

const struct world_type network_type = {
	.name = "network",
	.help = "two firmware guests on two hosts, joined by a wire",
	.actors = network_actors,
	.ops = network_ops, .nr_ops = NETWORK_NR_OPS,
	.config = network_config,
	.nr_config = NETWORK_CONFIG, .nr_build_config = CONFIG_BUILD,
	.build = build,
	.finish = network_finish,
	.report = network_report,
	.step_budget = STEPS,
};

const struct world_type *const world_types[] = { &network_type, NULL };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hosts.c - hosts, their switches and wires, and what lies below guests
 *
 * protocol: a host sees a rule broken. freed-shared: memory that a host may use is
 * freed. teardown: a guest that has left has nothing open at its host.
 */
#include <string.h>

#include <kernel/instance.h>
#include <models/machine.h>
#include <sim/fiber.h>
#include <vtb/firmware.h>

#include "scale.h"

#define FRAMES		112		/* of a guest's memory */

const struct sim_options scale_needs = {
	.heap_bytes = 4ul << 30,
	.memory_bytes = 4ul << 30,
	.max_fibers = 4 * SCALE_MAX_HOSTS * SCALE_MAX_GUESTS,
};

/* -- the network ---------------------------------------------------------- */

static void frame_of_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct scale_guest *guest = arg;

	net_switch_receive(guest->host->sw, guest->port, frame, bytes);
}

static bool frame_for_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct scale_guest *guest = arg;

	return netvsp_deliver(guest->nic, frame, bytes);
}

static void frame_of_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct scale_host *host = arg;

	net_switch_receive(host->sw, host->scale->options.nr_guests, frame,
			   bytes);
}

static bool frame_for_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct scale_host *host = arg;

	return net_wire_send(host->wire, host->number % 2, frame, bytes);
}

/* The wire takes the port behind the guests'. */
static bool make_switch(struct scale_host *host)
{
	struct scale *scale = host->scale;
	const struct net_switch_options options = {
		.name = "switch", .source = scale->source,
	};
	struct net_switch_port port = {
		.name = "port", .queue_frames = 64, .frame_ns = 200,
		.send = frame_for_guest,
	};
	unsigned int i;

	scale->source = (uint16_t)(scale->source + NET_SWITCH_PORTS);
	host->sw = net_switch_new(scale->sim, &options);
	if (!host->sw)
		return false;
	for (i = 0; i < scale->options.nr_guests; i++) {
		port.arg = &host->guests[i];
		host->guests[i].port = net_switch_add(host->sw, &port);
	}
	port.send = frame_for_wire;
	port.arg = host;
	net_switch_add(host->sw, &port);
	return true;
}

static bool make_wire(struct scale_host *a, struct scale_host *b)
{
	const struct net_wire_options options = {
		.name = "wire",
		.source = a->scale->source,
		.speed = {
			.latency_ns = 5000, .mbit_per_s = 10000,
			.queue_frames = 64,
		},
		.end = {
			{ .receive = frame_of_wire, .arg = a },
			{ .receive = frame_of_wire, .arg = b },
		},
	};

	a->scale->source = (uint16_t)(a->scale->source + 2);
	a->wire = net_wire_new(a->scale->sim, &options);
	b->wire = a->wire;
	return a->wire;
}

/* -- hosts ---------------------------------------------------------------- */

static void violation(void *arg, const char *rule, const char *why)
{
	const struct scale_options *to = &((struct scale_guest *)arg)->host->
		scale->options;

	to->wrong(to->arg, "protocol", rule, "a guest breaks the protocol",
		  why);
}

static void freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site)
{
	const struct scale_guest *guest = machine_user(machine);
	const char *what;

	if (guest->hypervisor &&
	    vmbus_polled_owns(guest->hypervisor, phys, bytes, &what))
		vtb_finding("freed-shared", what, site, NULL,
			    "memory is freed that the host may use", "");
}

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = machine_hypercall,
	.freed = freed,
};

static void make_service(struct scale_guest *guest)
{
	struct scale *scale = guest->host->scale;
	const struct vmbus_bus_options bus = {
		.machine = guest->machine,
		.watch = { .violation = violation, .arg = guest },
		.first_version = VMBUS_VERSION(0, 13),
		.last_version = VMBUS_VERSION(5, 3),
		.answer_ns = 10000,
		.source = scale->source,
	};
	struct netvsp_options nic = {
		.transmit_ns = 1000,
		.source = (uint16_t)(scale->source + 1),
		.transmit = frame_of_guest,
		.arg = guest,
	};

	scale->source = (uint16_t)(scale->source + 2);
	memcpy(nic.mac, guest->self.mac, sizeof(nic.mac));
	guest->hypervisor = vmbus_polled_new(scale->sim, &bus);
	guest->nic = netvsp_new(vmbus_polled_bus(guest->hypervisor), &nic);
}

static bool make_guest(struct scale_host *host, unsigned int i)
{
	struct scale_guest *guest = &host->guests[i];
	uint16_t number = (uint16_t)(host->number * SCALE_MAX_GUESTS + i);
	const struct machine_options machine = {
		.name = "guest", .number = number, .nr_frames = FRAMES,
		.user = guest,
	};
	struct kernel_instance_options kernel = {
		.name = "guest", .sim = host->scale->sim,
		.ops = &machine_ops, .nr_cpus = 1,
		.runtime = &vtb_firmware_runtime,
	};

	guest->host = host;
	guest->self = (struct net_station){
		.mac = { 0x00, 0x15, 0x5d, 1, (uint8_t)(number >> 8),
			 (uint8_t)number },
		.address = 0x0a000000u + number,
	};
	/* Partners share a flow's number; each knows only what it takes. */
	guest->partner = &host->scale->hosts[host->number ^ 1].guests[i];
	guest->taken.flow = (host->number / 2) * SCALE_MAX_GUESTS + i;
	guest->machine = machine_new(host->scale->sim, &machine);
	if (!guest->machine)
		return false;
	make_service(guest);
	kernel.machine = guest->machine;
	kernel.memory = machine_memory(guest->machine);
	guest->kernel = kernel_instance_new(&kernel);
	guest->fiber = kernel_user_thread(guest->kernel, "guest",
					  scale_guest_main, guest);
	return guest->fiber;
}

static bool make_host(struct scale_host *host)
{
	unsigned int i;

	for (i = 0; i < host->scale->options.nr_guests; i++)
		if (!make_guest(host, i))
			return false;
	return make_switch(host);
}

struct scale *scale_new(struct sim *sim, const struct scale_options *options)
{
	struct scale *scale = sim_alloc(sim, sizeof(*scale), 8);
	unsigned int nr = options->nr_hosts, i;
	bool made = nr <= SCALE_MAX_HOSTS && !(nr % 2) &&
		    options->nr_guests <= SCALE_MAX_GUESTS;

	scale->sim = sim;
	scale->options = *options;
	scale->source = 0x100;
	scale->rate = (struct world_series){
		.name = "arrived", .unit = "Mbit/s",
		.kind = WORLD_SERIES_RATE, .divisor = 1000000,
	};
	for (i = 0; i < nr && made; i++) {
		scale->hosts[i].scale = scale;
		scale->hosts[i].number = i;
	}
	for (i = 0; i < nr && made; i += 2)
		made = make_wire(&scale->hosts[i], &scale->hosts[i + 1]);
	for (i = 0; i < nr && made; i++)
		made = make_host(&scale->hosts[i]);
	return made ? scale : NULL;
}

/* -- what they do --------------------------------------------------------- */

void scale_start(struct scale *scale, const struct scale_work *work)
{
	unsigned int h, i;

	scale->work = *work;
	if (!scale->began_ns)
		scale->began_ns = sim_now_ns(scale->sim);
	for (h = 0; h < scale->options.nr_hosts; h++)
		for (i = 0; i < scale->options.nr_guests; i++)
			sim_fiber_wake(scale->sim,
				       scale->hosts[h].guests[i].fiber);
}

static uint64_t drops_of_guest(const struct scale_guest *guest)
{
	struct vtb_firmware_state state;
	int rc;

	kernel_peek_begin(guest->kernel);
	rc = vtb_firmware_state_peek(0, &state);
	kernel_peek_end();
	return rc ? 0 : (uint64_t)state.tx_bad + state.rx_bad +
		   state.no_memory;
}

static uint64_t drops_of_host(const struct scale_host *host)
{
	unsigned int nr = host->scale->options.nr_guests, i;
	struct net_switch_counts port;
	struct net_wire_counts wire;
	uint64_t sum;

	net_wire_counts(host->wire, host->number % 2, &wire);
	sum = wire.lost + wire.dropped;
	for (i = 0; i <= nr; i++) {
		net_switch_counts(host->sw, i, &port);
		/* What a wire refuses it counts itself. */
		sum += port.dropped + (i < nr ? port.refused : 0);
	}
	return sum;
}

void scale_count(const struct scale *scale, struct scale_counts *counts)
{
	unsigned int h, i;

	*counts = (struct scale_counts){ 0 };
	for (h = 0; h < scale->options.nr_hosts; h++) {
		counts->dropped += drops_of_host(&scale->hosts[h]);
		for (i = 0; i < scale->options.nr_guests; i++) {
			const struct scale_guest *guest =
				&scale->hosts[h].guests[i];

			counts->sent += guest->sent;
			counts->arrived += guest->taken.frames;
			counts->arrived_bytes += guest->taken.bytes;
			counts->up += guest->up;
			counts->dropped += drops_of_guest(guest);
		}
	}
}

static void judge_guest(const struct scale_guest *guest)
{
	const struct scale_options *to = &guest->host->scale->options;

	if (vmbus_offer_is_open(netvsp_offer(guest->nic)) ||
	    vmbus_bus_gpadls(vmbus_polled_bus(guest->hypervisor)))
		to->wrong(to->arg, "teardown", "channel",
			  "a guest has left something at its host",
			  "an open channel, or a GPADL");
	scale_judge_memory(guest);
}

void scale_judge_left(const struct scale *scale)
{
	unsigned int h, i;

	for (h = 0; h < scale->options.nr_hosts; h++)
		for (i = 0; i < scale->options.nr_guests; i++)
			if (scale->hosts[h].guests[i].gone)
				judge_guest(&scale->hosts[h].guests[i]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_scale.c - one world with more and more guests in it
 *
 *	guest --.          .-- guest
 *	guest ---- switch ---- wire ---- switch ---- guest
 *	  :       host 0           host 1       :
 *
 * Each guest is a firmware instance with the NetVSC driver, on a VMBus of its
 * own; its hypervisor, network service, switch and wire are the models. Hosts
 * are joined in pairs. A guest sends its partner on the other host a frame of a
 * numbered flow now and then, looks for what has come all the time, and judges
 * it. What is measured is how the core copes with many fibers, events and
 * kernels: events per second of processor time, and memory per guest.
 */
#include "bench.h"

#include <inttypes.h>
#include <kernel/instance.h>
#include <models/machine.h>
#include <models/net_load.h>
#include <models/net_switch.h>
#include <models/net_wire.h>
#include <models/netvsp.h>
#include <models/vmbus_polled.h>
#include <sim/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vtb/bridge.h>
#include <vtb/firmware.h>

#define MAX_HOSTS	100u
#define GUESTS_PER_HOST	10u
#define FRAMES		112		/* of a guest's memory */
#define FRAME_BYTES	256		/* sent */
#define LOOK_NS		1000000		/* between two looks of a guest */
#define SEND_NS		10000000	/* between two frames of it */
#define LINGER_NS	50000000	/* for the last frames to arrive */

static const char help[] =
	"usage: bench_scale [options]\n"
	"10, 100 and 1,000 guests on up to 100 hosts, for 10 simulated seconds.\n";

static const struct bench_column columns[] = {
	{ "guests", "guests", 0 },
	{ "hosts", "hosts", 0 },
	{ "cpu_s", "cpu s", 2 },
	{ "frames", "frames", 0 },
	{ "events", "events", 0 },
	{ "events_per_s", "events/s", 0 },
	{ "rate_ratio", "to first", 2 },
	{ "kib_per_guest", "KiB/guest", 1 },
	{ "memory_ratio", "to first", 2 },
	{ NULL, NULL, 0 },
};

struct host;

struct guest {
	struct host *host;
	unsigned int port;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct netvsp *nic;
	struct net_station self;
	const struct guest *partner;
	struct net_flow_taken taken;
	uint32_t sent;
};

struct host {
	struct scale *scale;
	unsigned int number;
	struct net_switch *sw;
	struct net_wire *wire;		/* of the pair */
	struct guest guests[GUESTS_PER_HOST];
};

struct scale {
	struct sim *sim;
	uint64_t end_ns;
	unsigned int nr_hosts;
	unsigned int nr_guests;		/* on each */
	uint16_t source;		/* of events, the next free one */
	struct host hosts[MAX_HOSTS];
};

struct result {
	double cpu_ns;
	uint64_t events;
	uint64_t frames;
	double bytes_per_guest;
};

/* -- guests --------------------------------------------------------------- */

static void send_frame(struct guest *guest)
{
	struct sim *sim = guest->host->scale->sim;
	const struct net_flow flow = {
		.flow = guest->taken.flow, .number = guest->sent,
		.sent_ns = sim_now_ns(sim),
	};
	uint8_t frame[FRAME_BYTES];

	net_flow_make(frame, sizeof(frame), &guest->self,
		      &guest->partner->self, &flow);
	if (vtb_firmware_transmit(0, frame, sizeof(frame)))
		bench_fail("a guest cannot send");
	guest->sent++;
}

static void look(struct guest *guest)
{
	enum net_flow_verdict verdict;
	uint8_t frame[2048];
	struct net_flow head;
	int bytes;

	if (vtb_firmware_poll(0))
		bench_fail("a guest's device is gone");
	while ((bytes = vtb_firmware_receive(0, frame, sizeof(frame))) >= 0) {
		verdict = net_flow_take(&guest->taken, frame, (uint32_t)bytes,
					&head);
		/* Switches flood what they do not know yet. */
		if (verdict != NET_FLOW_GOOD && verdict != NET_FLOW_OTHER)
			bench_fail("a frame that nobody has sent, or again");
	}
}

static void guest_main(void *arg)
{
	struct guest *guest = arg;
	const struct scale *scale = guest->host->scale;
	/* They do not all do the same at the same time. */
	uint64_t next_ns = SEND_NS + guest->self.address % 997 * 10000;
	uint64_t now_ns;

	kernel_enter(guest->kernel);
	if (vtb_firmware_probe() || vtb_firmware_open(0))
		bench_fail("a guest does not find its device");
	while ((now_ns = sim_now_ns(scale->sim)) < scale->end_ns + LINGER_NS) {
		vtb_firmware_delay(LOOK_NS);
		look(guest);
		if (now_ns < next_ns || now_ns >= scale->end_ns)
			continue;
		send_frame(guest);
		next_ns += SEND_NS;
	}
	kernel_exit();
}

/* -- the network ---------------------------------------------------------- */

static void frame_of_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct guest *guest = arg;

	net_switch_receive(guest->host->sw, guest->port, frame, bytes);
}

static bool frame_for_guest(void *arg, const void *frame, uint32_t bytes)
{
	struct guest *guest = arg;

	return netvsp_deliver(guest->nic, frame, bytes);
}

static void frame_of_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct host *host = arg;

	net_switch_receive(host->sw, host->scale->nr_guests, frame, bytes);
}

static bool frame_for_wire(void *arg, const void *frame, uint32_t bytes)
{
	struct host *host = arg;

	return net_wire_send(host->wire, host->number % 2, frame, bytes);
}

/* The wire takes the port behind the guests'. */
static void make_switch(struct host *host)
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
		bench_fail("no memory for a switch");
	for (i = 0; i < scale->nr_guests; i++) {
		port.arg = &host->guests[i];
		host->guests[i].port = net_switch_add(host->sw, &port);
	}
	port.send = frame_for_wire;
	port.arg = host;
	net_switch_add(host->sw, &port);
}

static void make_wire(struct host *a, struct host *b)
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
	if (!a->wire)
		bench_fail("no memory for a wire");
	b->wire = a->wire;
}

/* -- hosts ---------------------------------------------------------------- */

static void violation(void *arg, const char *rule, const char *why)
{
	(void)arg;
	bench_fail("a guest breaks the protocol: %s, %s", rule, why);
}

static void freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site)
{
	(void)machine;
	(void)phys;
	(void)bytes;
	(void)site;
}

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
	.hypercall = machine_hypercall,
	.freed = freed,
};

static void make_service(struct guest *guest)
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
	guest->nic = netvsp_new(vmbus_polled_bus(vmbus_polled_new(scale->sim,
								  &bus)), &nic);
}

static void make_guest(struct host *host, unsigned int i)
{
	struct guest *guest = &host->guests[i];
	uint16_t number = (uint16_t)(host->number * GUESTS_PER_HOST + i);
	const struct machine_options machine = {
		.name = "guest", .number = number, .nr_frames = FRAMES,
	};
	struct kernel_instance_options kernel = {
		.name = "guest", .sim = host->scale->sim,
		.ops = &machine_ops, .nr_cpus = 1,
	};

	guest->host = host;
	guest->self = (struct net_station){
		.mac = { 0x00, 0x15, 0x5d, 1, (uint8_t)(number >> 8),
			 (uint8_t)number },
		.address = 0x0a000000u + number,
	};
	/* Partners share a flow's number; each knows only what it takes. */
	guest->partner = &host->scale->hosts[host->number ^ 1].guests[i];
	guest->taken.flow = (host->number / 2) * GUESTS_PER_HOST + i;
	guest->machine = machine_new(host->scale->sim, &machine);
	make_service(guest);
	kernel.machine = guest->machine;
	kernel.memory = machine_memory(guest->machine);
	guest->kernel = kernel_instance_new(&kernel);
	kernel_user_thread(guest->kernel, "guest", guest_main, guest);
}

static struct scale *build(unsigned int hosts, unsigned int guests)
{
	const struct sim_options options = {
		.heap_bytes = 4ul << 30,
		.memory_bytes = 4ul << 30,
		.max_fibers = 4 * MAX_HOSTS * GUESTS_PER_HOST,
	};
	struct sim *sim = sim_new(&options);
	struct scale *scale;
	unsigned int h, i;

	if (!sim)
		bench_fail("no address space for the world");
	scale = sim_alloc(sim, sizeof(*scale), 8);
	scale->sim = sim;
	scale->nr_hosts = hosts;
	scale->nr_guests = guests;
	scale->source = 0x100;
	sim_set_user(sim, scale);
	for (h = 0; h < hosts; h++) {
		scale->hosts[h].scale = scale;
		scale->hosts[h].number = h;
	}
	for (h = 0; h < hosts; h += 2)
		make_wire(&scale->hosts[h], &scale->hosts[h + 1]);
	for (h = 0; h < hosts; h++) {
		for (i = 0; i < guests; i++)
			make_guest(&scale->hosts[h], i);
		make_switch(&scale->hosts[h]);
	}
	return scale;
}

/* -- measuring ------------------------------------------------------------ */

static double resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, resident;

	if (!file || fscanf(file, "%lu %lu", &size, &resident) != 2)
		bench_fail("/proc/self/statm says nothing");
	fclose(file);
	return (double)resident * 4096;
}

/* Frames that have arrived; nothing is lost on the way. */
static uint64_t judge(const struct scale *scale)
{
	uint64_t sent = 0, arrived = 0;
	unsigned int h, i;

	for (h = 0; h < scale->nr_hosts; h++) {
		for (i = 0; i < scale->nr_guests; i++) {
			const struct guest *guest = &scale->hosts[h].guests[i];

			sent += guest->sent;
			arrived += guest->taken.frames;
		}
	}
	if (!sent || sent != arrived)
		bench_fail("%" PRIu64 " frames sent, %" PRIu64 " arrived",
			   sent, arrived);
	return arrived;
}

static struct result measure(unsigned int hosts, unsigned int guests,
			     uint64_t time_ns)
{
	const struct sim_run_options limits = { .step_budget = 0 };
	double before = resident_bytes(), start;
	struct scale *scale = build(hosts, guests);
	struct result result;

	scale->end_ns = time_ns;
	start = bench_cpu_ns();
	if (sim_run(scale->sim, &limits) != SIM_END_QUIESCENT)
		bench_fail("the world does not come to rest");
	result.cpu_ns = bench_cpu_ns() - start;
	result.events = sim_events_fired(scale->sim) + sim_switches(scale->sim);
	result.frames = judge(scale);
	result.bytes_per_guest = (resident_bytes() - before) /
				 (hosts * guests);
	sim_free(scale->sim);
	return result;
}

static void add_row(struct bench_table *table, unsigned int hosts,
		    unsigned int guests, const struct result *r,
		    const struct result *first)
{
	double rate = (double)r->events / r->cpu_ns;

	bench_table_add(table, json_pack(
		"{s:i, s:i, s:f, s:I, s:I, s:f, s:f, s:f, s:f}",
		"guests", (int)(hosts * guests), "hosts", (int)hosts,
		"cpu_s", r->cpu_ns / 1e9, "frames", (json_int_t)r->frames,
		"events", (json_int_t)r->events, "events_per_s", rate * 1e9,
		"rate_ratio", rate / ((double)first->events / first->cpu_ns),
		"kib_per_guest", r->bytes_per_guest / 1024,
		"memory_ratio", r->bytes_per_guest / first->bytes_per_guest));
}

int main(int argc, char **argv)
{
	static const unsigned int sizes[][2] = { { 2, 5 }, { 10, 10 },
						 { 100, 10 } };
	struct bench_options options = { .rounds = 0 };
	struct bench_table table;
	struct result first, r;
	unsigned int i, nr;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	nr = options.quick ? 2 : 3;
	bench_table_init(&table, "scale", columns);
	for (i = 0; i < nr; i++) {
		r = measure(sizes[i][0], sizes[i][1],
			    options.quick ? 50000000 : 10000000000);
		if (!i)
			first = r;
		add_row(&table, sizes[i][0], sizes[i][1], &r, &first);
	}
	bench_table_note(&table, "events: fired, and fiber switches; wanted "
			 "from 10 to 1,000 guests: rate at least 0.5, memory "
			 "at most 1.3");
	return bench_table_print(&table, options.json);
}

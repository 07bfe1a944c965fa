/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - a guest with a hypervisor below it, and a host
 *
 *	hypercalls, MSRs --> bus, SynIC      (at once, on the guest's fiber)
 *	answers, events  --> message and event pages, interrupt of a vCPU
 *
 * The vector of the bus is line HV_BUS_IRQ of the guest.
 */
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>
#include <worlds/host_backend.h>

#include "vmbus_channel.h"

#define NR_FRAMES	512
#define ANSWER_NS	2000
#define SLOT_FREE_NS	200	/* from EOM to the next message */
#define MONITOR_NS	100000	/* between looks at the monitor page... */
#define MONITOR_MAX_NS	10000000	/* ...less often if nobody posts */
#define MONITOR_OFF_NS	1000000000	/* ...and no channel is looked at */
#define EVENT_SOURCE	0x5100	/* of the bus's events */

extern const struct host_backend kernel_backend;

/* -- from the guest ------------------------------------------------------- */

/* Aligned, and within a page of memory. */
static bool read_input(const struct channel_world *w, uint64_t gpa, void *input,
		       size_t bytes)
{
	struct sim_memory *memory = machine_memory(w->host.machine);
	uint64_t frame = gpa >> SIM_FRAME_SHIFT, at = gpa % SIM_FRAME_BYTES;

	if (gpa % 8 || at + bytes > SIM_FRAME_BYTES ||
	    frame >= sim_memory_frames(memory))
		return false;
	memcpy(input, (char *)sim_frame_data(memory, frame) + at, bytes);
	return true;
}

static void monitor_event(struct sim *sim, struct sim_event *event)
{
	struct channel_world *w = (struct channel_world *)
		((char *)event - offsetof(struct channel_world, monitor));

	if (w->monitor_ns < (vmbus_bus_monitor(w->bus) ? MONITOR_MAX_NS :
							  MONITOR_OFF_NS))
		w->monitor_ns *= 2;
	sim_event_after(sim, event, w->monitor_ns);
}

static void watch_monitor(struct channel_world *w)
{
	w->monitor_ns = MONITOR_NS;
	sim_event_after(w->host.world.sim, &w->monitor, MONITOR_NS);
}

/* For the oracle of frames: an opening, or a close that is taken, is anew. */
static void note_close(struct channel_world *w, const uint8_t *payload,
		       bool refused)
{
	struct vmbus_relid_message message;
	unsigned int i;

	memcpy(&message, payload, sizeof(message));
	if (message.header.type != VMBUS_CLOSE &&
	    message.header.type != VMBUS_OPEN)
		return;
	for (i = 0; i < NR_OFFERS; i++) {
		struct service *service = &w->services[i];

		if (service->offer &&
		    vmbus_offer_relid(service->offer) == message.relid)
			service->close_refused = refused &&
				message.header.type == VMBUS_CLOSE;
	}
}

static uint64_t post_message(struct channel_world *w, uint64_t gpa)
{
	struct {
		uint32_t connection;
		uint32_t reserved;
		uint32_t type;
		uint32_t bytes;
		uint8_t payload[VMBUS_MESSAGE_BYTES];
	} input;

	judge_frames(w);
	if (!read_input(w, gpa, &input, sizeof(input)) ||
	    input.bytes > VMBUS_MESSAGE_BYTES) {
		host_violation(w, "post-form",
			       "the input of HvPostMessage makes no sense");
		return HV_STATUS_INVALID_INPUT;
	}
	note_close(w, input.payload, w->deny);
	if (w->deny) {
		w->deny--;
		w->denied++;
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	}
	watch_monitor(w);
	return vmbus_bus_post(w->bus, input.connection, input.payload,
			      input.bytes);
}

static uint64_t hypercall(void *arg, const struct machine_hypercall *call)
{
	struct channel_world *w = arg;

	switch (call->code) {
	case HVCALL_POST_MESSAGE:
		return post_message(w, call->input);
	case HVCALL_SIGNAL_EVENT:
		/* The flag's number is above the connection's. */
		return vmbus_bus_signal(w->bus, (uint32_t)call->input);
	default:
		return HV_STATUS_INVALID_CODE;
	}
}

static uint64_t msr_read(void *arg, unsigned int cpu, uint32_t msr)
{
	return synic_msr_read(((struct channel_world *)arg)->synic, cpu, msr);
}

static void msr_write(void *arg, unsigned int cpu, uint32_t msr,
		      uint64_t value)
{
	struct channel_world *w = arg;

	judge_frames(w);
	synic_msr_write(w->synic, cpu, msr, value);
}

/* -- to the guest --------------------------------------------------------- */

static void interrupt(void *arg, unsigned int cpu, unsigned int vector)
{
	struct channel_world *w = arg;

	(void)vector;
	if (w->host.kernel)
		kernel_backend.raise_irq(w->host.kernel, (int)cpu, HV_BUS_IRQ);
}

static void slot_free_event(struct sim *sim, struct sim_event *event)
{
	struct channel_world *w = (struct channel_world *)
		((char *)event - offsetof(struct channel_world, slot_free));

	(void)sim;
	vmbus_bus_slot_free(w->bus);
}

/* On the vCPU's fiber: what follows is the host's own doing. */
static void slot_free(void *arg, unsigned int cpu)
{
	struct channel_world *w = arg;

	if (!cpu)
		sim_event_after(w->host.world.sim, &w->slot_free, SLOT_FREE_NS);
}

static bool send_message(void *arg, const void *data, uint32_t bytes)
{
	struct channel_world *w = arg;
	const struct synic_message message = {
		.sint = VMBUS_MESSAGE_SINT,
		.type = VMBUS_MESSAGE_TYPE,
		.bytes = bytes,
		.payload = data,
	};

	return synic_post(w->synic, 0, &message, false);
}

static void send_event(void *arg, uint32_t relid)
{
	struct channel_world *w = arg;
	unsigned int i;

	for (i = 0; i < NR_OFFERS; i++) {
		const struct vmbus_offer *offer = w->services[i].offer;
		int cpu;

		if (!offer || vmbus_offer_relid(offer) != relid)
			continue;
		cpu = synic_cpu(w->synic, vmbus_offer_target_vp(offer));
		synic_signal(w->synic, cpu < 0 ? 0 : (unsigned int)cpu,
			     VMBUS_MESSAGE_SINT, relid);
	}
}

/* -- the world ------------------------------------------------------------ */

static struct world *build(struct sim *sim, const uint64_t *config);
static void finish(struct world *world, enum sim_end end);

static const struct world_type type = {
	.name = "vmbus_channel",
	.help = "a Linux guest on a VMBus, and its host",
	.actors = vmbus_channel_actors,
	.ops = vmbus_channel_ops, .nr_ops = VMBUS_CHANNEL_NR_OPS,
	.config = vmbus_channel_config, .nr_config = 2, .nr_build_config = 2,
	.build = build, .finish = finish,
};

/* Hosts before 3.0 cannot be left: who frees their pages may not come back. */
static const uint32_t versions[] = {
	VMBUS_VERSION(5, 3), VMBUS_VERSION(5, 2), VMBUS_VERSION(5, 1),
	VMBUS_VERSION(5, 0), VMBUS_VERSION(4, 1), VMBUS_VERSION(4, 0),
	VMBUS_VERSION(3, 0), VMBUS_VERSION(0, 13),
};

static void make_bus(struct channel_world *w, uint32_t version)
{
	const struct vmbus_bus_options options = {
		.machine = w->host.machine,
		.guest = {
			.message = send_message, .event = send_event, .arg = w,
		},
		.watch = {
			.violation = host_violation,
			.outgoing = host_outgoing, .arg = w,
		},
		.first_version = VMBUS_VERSION(0, 13),
		.last_version = version,
		.answer_ns = ANSWER_NS,
		.max_gpadl_pages = 128,
		.rescind_ends = true,
		.source = EVENT_SOURCE,
	};

	w->bus = vmbus_bus_new(w->host.world.sim, &options);
	sim_event_init(&w->slot_free, slot_free_event, EVENT_SOURCE, 3);
	sim_event_init(&w->monitor, monitor_event, EVENT_SOURCE, 4);
	sim_event_set_idle(&w->monitor, true);
	watch_monitor(w);
}

static void plug(struct one_host *host, const uint64_t *config)
{
	struct channel_world *w = (struct channel_world *)host;
	const struct synic_options options = {
		.machine = host->machine, .nr_vcpus = NR_VCPUS,
		.interrupt = interrupt, .slot_free = slot_free, .arg = w,
	};
	const struct machine_hypervisor hypervisor = {
		.call = hypercall, .msr_read = msr_read,
		.msr_write = msr_write, .arg = w,
	};

	w->synic = synic_new(host->world.sim, &options);
	w->hostile = config[1];
	machine_set_hypervisor(host->machine, &hypervisor);
	make_bus(w, versions[config[0]]);
	host_init(w);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct one_host_options options = {
		.bytes = sizeof(struct channel_world),
		.nr_cpus = NR_VCPUS,
		.nr_frames = NR_FRAMES,
		.nr_threads = NR_THREADS,
		.plug = plug,
		.config = config,
	};
	struct world *world = one_host_build_with(&type, sim, &options);
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++)
		channel(world)->files[i] = -1;
	return world;
}

/*
 * A hostile host turns honest and gives what it owes; then everything that
 * still waits for it has to come to an end.
 */
static enum sim_end heal(struct channel_world *w, enum sim_end end)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	struct world *world = &w->host.world;

	if (end != SIM_END_QUIESCENT || sim_finding_get(world->sim))
		return end;
	/* What a trigger in the monitor page has told the host is not lost. */
	vmbus_bus_monitor(w->bus);
	end = sim_run(world->sim, &limits);
	if (end != SIM_END_QUIESCENT || sim_finding_get(world->sim))
		return end;
	judge_rest(w);
	if (sim_finding_get(world->sim))
		return end;
	host_heal(w);
	/* It has looked at what was left in its rings. */
	if (sim_finding_get(world->sim))
		return end;
	return sim_run(world->sim, &limits);
}

static void finish(struct world *world, enum sim_end end)
{
	struct channel_world *w = channel(world);

	/* What is lost on an error path is not what is lost on any. */
	if (sim_failures(world->sim, SIM_DECIDE_FAIL_ALLOC) ||
	    w->denied >= DENIED_FOR_GOOD)
		w->host.leak_after = "after-errors";
	end = heal(w, end);
	/* A host that lies can always keep a guest from freeing memory. */
	w->host.may_leak = w->hostile;
	w->host.may_hang = w->twins;
	if (!sim_finding_get(world->sim))
		one_host_finish(world, end);
	if (!sim_finding_get(world->sim))
		judge_frames(w);
}

const struct world_type *const world_types[] = { &type, NULL };

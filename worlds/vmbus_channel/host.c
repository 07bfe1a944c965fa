/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c - services behind the channels, and what the host does on its own
 *
 * A service takes what is in its ring when it is told to look, and completes
 * what wants a completion at once, unless it has been told to be slow about it.
 * Packets to the guest that find no room wait for the guest to say that there
 * is some.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "vmbus_channel.h"

void host_violation(void *arg, const char *rule, const char *why)
{
	struct channel_world *w = arg;
	const struct world_finding finding = {
		.oracle = "protocol",
		.object = rule,
		.place = { "host" },	/* by a message, whoever has sent it */
		.what = "the guest breaks a rule of the protocol",
		.why = why,
	};

	/* After UNLOAD Linux says of each channel that it lets go of it. */
	if (!strcmp(rule, "not-connected") ||
	    !strcmp(rule, "release-unrescinded"))
		return;
	if (!w->hostile)
		world_raise(&w->host.world, &finding);
}

/* -- services ------------------------------------------------------------- */

static void complete_one(struct service *service, uint64_t transaction)
{
	const struct vmbus_packet packet = {
		.type = VMBUS_COMPLETION,
		.transaction = transaction,
	};

	if (vmbus_packet_write(service->offer, &packet) == -EAGAIN &&
	    service->nr_owed < MAX_REQUESTS)
		service->owed[service->nr_owed++] = transaction;
}

static void pay(struct service *service)
{
	uint64_t owed[MAX_REQUESTS];
	uint32_t nr = service->nr_owed, i;

	memcpy(owed, service->owed, nr * sizeof(owed[0]));
	service->nr_owed = 0;
	for (i = 0; i < nr; i++)
		complete_one(service, owed[i]);
}

static void check_packet(struct service *service,
			 const struct vmbus_packet *packet)
{
	struct channel_world *w = service->world;
	const uint32_t *payload = packet->data;
	uint32_t words = packet->bytes / 4, who, slot, thread;

	if (!words)
		return;
	who = payload[0] >> 16 & 0xff;
	slot = who >> 4;
	thread = who & 15;
	if (payload[0] >> 24 != 0xa5 || slot >= HV_BUS_SLOTS ||
	    thread >= NR_THREADS ||
	    (service->slot >= 0 && (uint32_t)service->slot != slot)) {
		if (!w->hostile)
			one_host_raise(&w->host.world, "wrong-packet",
				       "channel",
				       "a packet in a ring where nobody put it",
				       "its first word says who has sent it");
		return;
	}
	service->slot = (int)slot;
	stream_received(w, &w->from[slot][thread],
			&(struct received){ "to-host", who, payload, words });
}

#define MAX_SEGMENTS	8

static void lend(struct service *service, const struct vmbus_packet *packet)
{
	const struct vmbus_gpa_header *more = packet->more;
	struct vmbus_segment segments[MAX_SEGMENTS];
	uint32_t nr, i;
	uint64_t pfn;

	if (packet->more_bytes < sizeof(*more) || more->nr_ranges != 1)
		return;
	nr = (packet->more_bytes - sizeof(*more)) / 8;
	for (i = 0; i < nr && i < MAX_SEGMENTS; i++) {
		memcpy(&pfn, &more->pfns[i], sizeof(pfn));
		segments[i] = (struct vmbus_segment){
			.gpa = pfn << SIM_FRAME_SHIFT, .bytes = SIM_FRAME_BYTES,
		};
	}
	vmbus_loan(service->offer, packet->transaction, segments, i);
}

static void take_packet(struct service *service,
			const struct vmbus_packet *packet)
{
	check_packet(service, packet);
	if (packet->type == VMBUS_DATA_GPA_DIRECT)
		lend(service, packet);
	if (!(packet->flags & VMBUS_COMPLETION_REQUESTED))
		return;
	if (service->silent && service->nr_owed < MAX_REQUESTS)
		service->owed[service->nr_owed++] = packet->transaction;
	else
		complete_one(service, packet->transaction);
}

/* As many of the packets that wait as there is room for. */
static void send_waiting(struct service *service)
{
	struct channel_world *w = service->world;
	struct packet_stream *stream = &service->to_guest;
	uint32_t payload[HV_BUS_MAX_WORDS];
	const struct vmbus_packet packet = {
		.type = VMBUS_DATA_INBAND,
		.bytes = service->send_words * 4,
		.data = payload,
	};

	while (service->to_send) {
		if (!stream_next(stream, service->number, service->send_words,
				 payload) ||
		    vmbus_packet_write(service->offer, &packet))
			return;
		stream_sent(w, stream);
		service->to_send--;
	}
}

static void signalled(void *arg)
{
	uint8_t buffer[VMBUS_PACKET_BYTES];
	struct vmbus_packet packet;
	struct service *service = arg;

	if (service->paused || !vmbus_offer_is_open(service->offer))
		return;
	while (vmbus_packet_read(service->offer, &packet, buffer) == 1)
		take_packet(service, &packet);
	if (!service->silent)
		pay(service);
	send_waiting(service);
}

static void opened(void *arg)
{
	struct service *service = arg;

	service->slot = -1;
	service->nr_owed = 0;
	service->to_send = 0;
	service->to_guest = (struct packet_stream){ 0 };
}

static void forget(struct channel_world *w, unsigned int slot)
{
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++)
		w->from[slot][i].unknown = true;
}

/*
 * What was in the rings is lost, rightly. Whose they were is not known before a
 * packet of them was read.
 */
static void closed(void *arg)
{
	struct service *service = arg;
	unsigned int slot;

	service->to_send = 0;
	service->nr_owed = 0;
	if (service->slot >= 0)
		forget(service->world, (unsigned int)service->slot);
	for (slot = 0; slot < HV_BUS_SLOTS && service->slot < 0; slot++)
		forget(service->world, slot);
}

void guest_received(struct channel_world *w, const struct hv_bus_packet *packet)
{
	uint32_t number = packet->words ? packet->data[0] >> 16 & 0xff : 0;

	if (!packet->words || number >= NR_OFFERS)
		return;
	stream_received(w, &w->services[number].to_guest,
			&(struct received){ "to-guest", number, packet->data,
					    packet->words });
}

/* -- offers --------------------------------------------------------------- */

/* A NIC (its interrupts are spread), a clipboard, a NIC, nobody knows what. */
static const uint8_t types[NR_DEVICES][16] = {
	{ 0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46,
	  0x91, 0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e },
	{ 0xe7, 0xf4, 0xa0, 0xa9, 0x45, 0x5a, 0x96, 0x4d,
	  0xb8, 0x27, 0x8a, 0x84, 0x1e, 0x8c, 0x03, 0xe6 },
	{ 0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46,
	  0x91, 0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e },
	{ 1 },
};

static void make_offer(struct channel_world *w, unsigned int number)
{
	struct service *service = &w->services[number];
	unsigned int device = number % NR_DEVICES;
	struct vmbus_offer_options options = {
		.instance = { 0x10, (uint8_t)device },
		.monitored = number == 1,
		.monitor = 37,
		.sub_channel = number >= NR_DEVICES,
		.service = {
			.opened = opened, .closed = closed,
			.signalled = signalled, .arg = service,
		},
	};

	memcpy(options.type, types[device], sizeof(options.type));
	service->world = w;
	service->number = number;
	service->slot = -1;
	service->offer = vmbus_offer_new(w->bus, &options);
	if (number >= 2)
		vmbus_offer_rescind(service->offer);
}

void host_init(struct channel_world *w)
{
	unsigned int i;

	hostile_init(w);
	for (i = 0; i < NR_OFFERS; i++)
		make_offer(w, i);
}

/* -- ops ------------------------------------------------------------------ */

static bool is_sub(uint64_t number)
{
	return number >= NR_DEVICES;
}

/* Honest: sub-channels exist while their primary channel is open. */
int64_t op_offer(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	const struct service *services = w->services;
	struct vmbus_offer *offer = services[args[0]].offer;

	if (vmbus_offer_relid(offer))
		return -EBUSY;
	if (is_sub(args[0]) && !w->hostile &&
	    !vmbus_offer_is_open(services[args[0] - NR_DEVICES].offer))
		return -ENOTCONN;
	w->has_subs |= is_sub(args[0]);
	vmbus_offer_again(offer);
	note_twins(w, vmbus_offer_relid(offer));
	return vmbus_offer_relid(offer);
}

/* Honest: sub-channels go before their primary channel does. */
int64_t op_rescind(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	const struct service *services = w->services;

	if (!vmbus_offer_is_offered(services[args[0]].offer))
		return -ENOENT;
	w->rescinded = true;
	if (args[0] < NR_SUBS && !w->hostile)
		vmbus_offer_rescind(services[args[0] + NR_DEVICES].offer);
	vmbus_offer_rescind(services[args[0]].offer);
	return 0;
}

int64_t op_host_send(struct world *world, const uint64_t *args)
{
	struct service *service = &channel(world)->services[args[0]];

	if (!vmbus_offer_is_open(service->offer))
		return -ENOTCONN;
	if (service->to_send)
		return -EBUSY;
	service->to_send = args[1];
	service->send_words = args[2];
	send_waiting(service);
	return service->to_guest.nr_sent;
}

int64_t op_host_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

int64_t op_slow(struct world *world, const uint64_t *args)
{
	struct service *service = &channel(world)->services[args[0]];

	service->paused = args[1] & 1;
	service->silent = args[1] & 2;
	signalled(service);
	return 0;
}

/* Out of buffers for a while: allowed. */
int64_t op_deny(struct world *world, const uint64_t *args)
{
	channel(world)->deny = args[0];
	return 0;
}

/* Events of a channel with nothing behind them: allowed. */
int64_t op_event(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	const struct vmbus_offer *offer = w->services[args[0]].offer;

	synic_signal(w->synic, args[1], VMBUS_MESSAGE_SINT,
		     vmbus_offer_relid(offer));
	return vmbus_offer_relid(offer);
}

void host_heal(struct channel_world *w)
{
	unsigned int i;

	w->healed = true;
	w->deny = 0;
	hostile_heal(w);
	vmbus_bus_monitor(w->bus);
	for (i = 0; i < NR_OFFERS; i++) {
		struct service *service = &w->services[i];

		service->paused = false;
		service->silent = false;
		signalled(service);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * channel.c - rings and packets of an open channel, without blocking
 *
 * FAULT MODEL
 *
 * As of host.c: indices of the guest are looked at once and not believed, ours
 * are kept outside of the shared page. While the host reads it masks the guest's
 * signals, and looks once more when it has taken the mask away. A ring that holds
 * what is no packet is read no further. With a hostile watch a packet to the guest may be changed,
 * lost or doubled, and the words of a ring's header may say anything; what the
 * host itself goes by stays right.
 */
#include <errno.h>
#include <string.h>

#include <sim/finding.h>

#include "bus.h"

#define LOOK_NS		1000	/* from a signal to the first look, at most */

/* -- opening -------------------------------------------------------------- */

/*
 * A guest that has put something into its ring and seen the mask has not
 * signalled. Then its index has changed since we began.
 */
static void look(struct vmbus_offer *offer)
{
	const struct vmbus_service *service = &offer->options.service;
	struct host_ring *ring = &offer->from_guest;
	uint32_t seen;

	do {
		ring_store(ring, RING_INTERRUPT_MASK, 1);
		seen = ring_load(ring, RING_WRITE_INDEX);
		service->signalled(service->arg);
		if (!offer->open)
			return;
		ring_store(ring, RING_INTERRUPT_MASK, 0);
	} while (ring_load(ring, RING_WRITE_INDEX) != seen);
}

static void signal_job(struct sim *sim, struct model_job *job)
{
	struct vmbus_offer *offer = (struct vmbus_offer *)
		((char *)job - offsetof(struct vmbus_offer, signalled));
	(void)sim;
	if (offer->open && offer->options.service.signalled)
		look(offer);
}

void channel_init(struct vmbus_offer *offer, uint16_t source)
{
	model_job_init(&offer->signalled, offer->bus->options.worker,
		       signal_job, source, 2);
}

/* A ring of the pages [first, end) of the GPADL. */
static bool make_ring(const struct vmbus_gpadl *gpadl, struct host_ring *ring,
		      uint32_t first, uint32_t end)
{
	uint32_t i;

	if (end > gpadl->nr_known || first >= end || end - first < 2 ||
	    end - first - 1 > RING_MAX_PAGES)
		return false;
	ring->sim = gpadl->offer->bus->sim;
	ring->header = gpadl_page(gpadl, first);
	for (i = first + 1; i < end; i++)
		ring->data[i - first - 1] = gpadl_page(gpadl, i);
	ring->bytes = (end - first - 1) << SIM_FRAME_SHIFT;
	return true;
}

static const char *open_error(struct vmbus_offer *offer,
			      const struct vmbus_open_message *message)
{
	struct vmbus_gpadl *gpadl = vmbus_gpadl_find(offer, message->gpadl);

	if (!gpadl)
		return "its rings are in no GPADL of this channel";
	if (!make_ring(gpadl, &offer->from_guest, 0,
		       message->downstream_page) ||
	    !make_ring(gpadl, &offer->to_guest, message->downstream_page,
		       gpadl->nr_known))
		return "the GPADL does not hold two rings";
	if (ring_load(&offer->from_guest, RING_READ_INDEX) ||
	    ring_load(&offer->to_guest, RING_WRITE_INDEX))
		return "a ring does not begin empty";
	offer->rings = gpadl;
	return NULL;
}

#define OPEN_FAILED	0xc0000001u

uint32_t channel_open(struct vmbus_offer *offer,
		      const struct vmbus_open_message *message)
{
	const char *why;

	/* Taken back while the guest's message was on its way: its right. */
	if (offer->rescinded)
		return OPEN_FAILED;
	if (offer->open) {
		vmbus_bus_violation(offer->bus, "open-twice",
				    "the channel is open already");
		return OPEN_FAILED;
	}
	why = open_error(offer, message);
	if (why) {
		vmbus_bus_violation(offer->bus, "open-form", why);
		return OPEN_FAILED;
	}
	offer->target_vp = message->target_vp;
	offer->read_at = 0;
	offer->write_at = 0;
	offer->seen_read_at = 0;
	offer->poked = false;
	offer->has_lie = false;
	offer->broken = false;
	offer->open = true;
	ring_store(&offer->to_guest, RING_FEATURE_BITS,
		   RING_FEATURE_PENDING_SEND_SIZE);
	ring_store(&offer->from_guest, RING_FEATURE_BITS,
		   RING_FEATURE_PENDING_SEND_SIZE);
	return 0;
}

void channel_close(struct vmbus_offer *offer)
{
	const struct vmbus_service *service = &offer->options.service;

	if (!offer->open)
		return;
	offer->open = false;
	offer->rings = NULL;
	offer->nr_loans = 0;
	offer->nr_excess = 0;
	model_job_cancel(offer->bus->sim, &offer->signalled);
	if (service->closed)
		service->closed(service->arg);
}

/* A worker may begin while the guest has not come back from its hypercall. */
static void look_soon(struct vmbus_offer *offer)
{
	const struct vmbus_bus *bus = offer->bus;
	uint64_t now_ns = sim_now_ns(bus->sim);

	if (now_ns < bus->busy_until_ns) {
		model_job_cancel(bus->sim, &offer->signalled);
		model_job_at(bus->sim, &offer->signalled, bus->busy_until_ns);
	} else if (bus->options.worker) {
		model_job_now(bus->sim, &offer->signalled);
	} else {
		model_job_after(bus->sim, &offer->signalled, LOOK_NS);
	}
}

uint64_t vmbus_bus_signal(struct vmbus_bus *bus, uint32_t connection)
{
	uint32_t i;

	if (connection != VMBUS_EVENT_CONNECTION)
		return HV_STATUS_INVALID_CONNECTION;
	/* One event for all: every channel is looked at. */
	for (i = 0; i < bus->nr_offers; i++)
		if (bus->offers[i]->open)
			look_soon(bus->offers[i]);
	return HV_STATUS_SUCCESS;
}

void vmbus_bus_look(struct vmbus_bus *bus)
{
	uint32_t i;

	for (i = 0; i < bus->nr_offers; i++)
		if (sim_now_ns(bus->sim) >= bus->busy_until_ns)
			signal_job(bus->sim, &bus->offers[i]->signalled);
}

void vmbus_bus_busy_until(struct vmbus_bus *bus, uint64_t time_ns)
{
	bus->busy_until_ns = time_ns;
	/* What was about to be looked at waits as well. */
	vmbus_bus_signal(bus, VMBUS_EVENT_CONNECTION);
}

/* A trigger group: 32 bits that wait, 32 bits of the hypervisor's. */
#define MONITOR_GROUPS	8		/* offset in the page */

static bool take_trigger(const struct vmbus_bus *bus, uint8_t monitor)
{
	struct sim_memory *memory = machine_memory(bus->options.machine);
	uint64_t page = bus->data_pages[2] >> SIM_FRAME_SHIFT;
	uint32_t bit = 1u << monitor % 32, word;
	char *at;

	if (!bus->data_pages[2])
		return false;
	sim_frames_touch(memory, page, 1);
	at = (char *)sim_frame_data(memory, page) + MONITOR_GROUPS +
	     monitor / 32 % 4 * 8;
	memcpy(&word, at, sizeof(word));
	if (!(word & bit))
		return false;
	word &= ~bit;
	memcpy(at, &word, sizeof(word));
	return true;
}

bool vmbus_bus_monitor(struct vmbus_bus *bus)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < bus->nr_offers; i++) {
		struct vmbus_offer *offer = bus->offers[i];

		if (!offer->open || !offer->options.monitored)
			continue;
		any = true;
		if (take_trigger(bus, offer->options.monitor))
			model_job_after(bus->sim, &offer->signalled, LOOK_NS);
	}
	return any;
}

static void tell_guest(const struct vmbus_offer *offer)
{
	const struct vmbus_guest *guest = &offer->bus->options.guest;

	guest->event(guest->arg, offer->relid);
}

static bool is_index(const struct host_ring *ring, uint32_t index)
{
	return index < ring->bytes && !(index % 8);
}

/* -- packets from the guest ----------------------------------------------- */

static int broken(struct vmbus_offer *offer, const char *why)
{
	offer->broken = true;
	vmbus_bus_violation(offer->bus, "ring-form", why);
	return -EPROTO;
}

/* Bytes to be read, or -EPROTO. */
static int readable(struct vmbus_offer *offer)
{
	const struct host_ring *ring = &offer->from_guest;
	uint32_t write = ring_load(ring, RING_WRITE_INDEX);

	/* Until the guest writes its index again there is nothing to be read. */
	if (offer->has_lie && write == offer->lie)
		return 0;
	offer->has_lie = false;
	if (!is_index(ring, write))
		return broken(offer, "the guest's write index is none");
	return (int)ring_used(ring, write, offer->read_at);
}

/* Gives room back, and says so to a guest that waits for it. */
static void consume(struct vmbus_offer *offer, uint32_t bytes)
{
	const struct host_ring *ring = &offer->from_guest;
	uint32_t pending, write, room;

	offer->read_at = ring_next(ring, offer->read_at, bytes);
	ring_store(&offer->from_guest, RING_READ_INDEX, offer->read_at);
	pending = ring_load(ring, RING_PENDING_SEND_SIZE);
	if (!pending)
		return;
	write = ring_load(ring, RING_WRITE_INDEX);
	if (!is_index(ring, write))
		return;
	room = ring->bytes - ring_used(ring, write, offer->read_at);
	if (room > pending && room - bytes <= pending)
		tell_guest(offer);
}

static const char *packet_error(const struct vmbus_packet_header *head,
				uint32_t there)
{
	uint32_t header = head->header8 * 8u, total = head->total8 * 8u;

	if (header < sizeof(*head) || header > total)
		return "a packet's header is shorter than its descriptor or longer than the packet";
	if (total + VMBUS_TRAILER_BYTES > there)
		return "a packet is longer than what is in the ring";
	if (total > VMBUS_PACKET_BYTES)
		return "a packet is too long";
	return NULL;
}

/* Behind each packet its sender repeats where it began. */
static void check_trailer(struct vmbus_offer *offer, uint32_t total)
{
	const struct host_ring *ring = &offer->from_guest;
	uint32_t trailer[2];

	ring_copy_out(ring, ring_next(ring, offer->read_at, total), trailer,
		      sizeof(trailer));
	if (trailer[1] != offer->read_at)
		vmbus_bus_violation(offer->bus, "packet-trailer",
				    "what follows a packet does not say where it began");
}

int vmbus_packet_read(struct vmbus_offer *offer, struct vmbus_packet *packet,
		      void *buffer)
{
	const struct host_ring *ring = &offer->from_guest;
	struct vmbus_packet_header head;
	const char *why;
	uint32_t total;
	int there;

	if (!offer->open)
		return -ENOTCONN;
	there = offer->broken ? -EPROTO : readable(offer);
	if (there <= 0)
		return there;
	if ((uint32_t)there < sizeof(head))
		return broken(offer, "less than a descriptor is in the ring");
	ring_copy_out(ring, offer->read_at, &head, sizeof(head));
	why = packet_error(&head, there);
	if (why)
		return broken(offer, why);
	total = head.total8 * 8u;
	ring_copy_out(ring, offer->read_at, buffer, total);
	check_trailer(offer, total);
	*packet = (struct vmbus_packet){
		.type = head.type,
		.flags = head.flags,
		.transaction = head.transaction,
		.more_bytes = head.header8 * 8u - sizeof(head),
		.bytes = total - head.header8 * 8u,
		.more = (char *)buffer + sizeof(head),
		.data = (char *)buffer + head.header8 * 8u,
	};
	consume(offer, total + VMBUS_TRAILER_BYTES);
	return 1;
}

/* -- packets to the guest ------------------------------------------------- */

/* It cannot have read more than there was when it was last looked at. */
static void check_overrun(struct vmbus_offer *offer, uint32_t read)
{
	const struct host_ring *ring = &offer->to_guest;

	if (!offer->poked && ring_used(ring, read, offer->seen_read_at) >
			     ring_used(ring, offer->write_at,
				       offer->seen_read_at))
		vmbus_bus_violation(offer->bus, "ring-overrun",
				    "the guest has read past the end of what is there");
	offer->seen_read_at = read;
}

static bool finds_room(struct vmbus_offer *offer, uint32_t bytes)
{
	const struct host_ring *ring = &offer->to_guest;
	uint32_t read = ring_load(ring, RING_READ_INDEX);

	if (!is_index(ring, read)) {
		broken(offer, "the guest's read index is none");
		return false;
	}
	check_overrun(offer, read);
	return ring->bytes - ring_used(ring, offer->write_at, read) > bytes;
}

/* True if there is room; else the guest is to say when there is. */
static bool has_room(struct vmbus_offer *offer, uint32_t bytes)
{
	struct host_ring *ring = &offer->to_guest;

	if (!finds_room(offer, bytes)) {
		if (offer->broken)
			return false;
		ring_store(ring, RING_PENDING_SEND_SIZE, bytes);
		/* It may have made room before it could see that. */
		if (!finds_room(offer, bytes))
			return false;
	}
	if (ring_peek(ring, RING_PENDING_SEND_SIZE))
		ring_store(ring, RING_PENDING_SEND_SIZE, 0);
	return true;
}

static void put(struct vmbus_offer *offer, const void *data, uint32_t bytes)
{
	const struct vmbus_packet_header *head = data;
	struct host_ring *ring = &offer->to_guest;
	uint32_t old = offer->write_at;
	uint64_t trailer = (uint64_t)old << 32;

	if (head->type == VMBUS_COMPLETION)
		loan_completed(offer, head->transaction);
	ring_copy_in(ring, old, data, bytes);
	ring_copy_in(ring, ring_next(ring, old, bytes), &trailer,
		     sizeof(trailer));
	offer->write_at = ring_next(ring, old, bytes + sizeof(trailer));
	ring_store(ring, RING_WRITE_INDEX, offer->write_at);
	if (ring_load(ring, RING_INTERRUPT_MASK))
		return;
	/* Was it empty when we came, whatever has become of it since? */
	if (ring_load(ring, RING_READ_INDEX) == old)
		tell_guest(offer);
}

static uint32_t compose(const struct vmbus_packet *packet, uint8_t *buffer)
{
	uint32_t header = sizeof(struct vmbus_packet_header) +
			  packet->more_bytes;
	uint32_t total = header + ((packet->bytes + 7) & ~7u);
	const struct vmbus_packet_header head = {
		.type = packet->type,
		.header8 = header / 8,
		.total8 = total / 8,
		.flags = packet->flags,
		.transaction = packet->transaction,
	};

	sim_assert(!(packet->more_bytes % 8) && total <= VMBUS_PACKET_BYTES);
	memset(buffer, 0, total);
	memcpy(buffer, &head, sizeof(head));
	if (packet->more_bytes)
		memcpy(buffer + sizeof(head), packet->more, packet->more_bytes);
	if (packet->bytes)
		memcpy(buffer + header, packet->data, packet->bytes);
	return total;
}

int vmbus_packet_write(struct vmbus_offer *offer,
		       const struct vmbus_packet *packet)
{
	uint8_t buffer[VMBUS_PACKET_BYTES] __attribute__((aligned(8)));
	struct vmbus_outgoing out = {
		.what = VMBUS_WHAT_PACKET,
		.type = packet->type,
		.data = buffer,
		.room = sizeof(buffer),
		.copies = 1,
	};

	if (!offer->open || offer->broken)
		return -ENOTCONN;
	out.bytes = compose(packet, buffer);
	if (!has_room(offer, out.bytes + VMBUS_TRAILER_BYTES))
		return -EAGAIN;
	vmbus_bus_outgoing(offer->bus, &out);
	out.bytes = (out.bytes + 7) & ~7u;
	while (out.copies-- && has_room(offer, out.bytes + VMBUS_TRAILER_BYTES))
		put(offer, buffer, out.bytes);
	return 0;
}

/* -- for oracles and hostile hosts ---------------------------------------- */

uint32_t vmbus_offer_readable(const struct vmbus_offer *offer)
{
	if (!offer->open)
		return 0;
	return ring_used(&offer->from_guest,
			 ring_peek(&offer->from_guest, RING_WRITE_INDEX),
			 offer->read_at);
}

uint32_t vmbus_offer_writable(const struct vmbus_offer *offer)
{
	if (!offer->open)
		return 0;
	return offer->to_guest.bytes -
	       ring_used(&offer->to_guest, offer->write_at,
			 ring_peek(&offer->to_guest, RING_READ_INDEX));
}

void vmbus_offer_poke(struct vmbus_offer *offer, enum vmbus_ring which,
		      uint32_t offset, uint32_t value)
{
	struct host_ring *ring = which == VMBUS_RING_FROM_GUEST ?
		&offer->from_guest : &offer->to_guest;

	sim_assert(offset % 4 == 0 && offset < SIM_FRAME_BYTES);
	if (!offer->open)
		return;
	offer->poked = true;
	if (which == VMBUS_RING_FROM_GUEST && offset == RING_WRITE_INDEX) {
		offer->has_lie = true;
		offer->lie = value;
	}
	ring_store(ring, (enum ring_word)offset, value);
}

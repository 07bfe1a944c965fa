/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c - the host of one channel: messages, signals, packets
 *
 * FAULT MODEL
 *
 * This host keeps the protocol: it reads and writes only rings that are open,
 * masks the guest's signals while it drains, looks once more before it sleeps,
 * signals when it puts something into an empty ring whose reader has not masked
 * it, or makes room for a writer that has asked for it. It may do any of it at
 * any moment, and its signals may be late. What the guest writes is not
 * believed: an index out of range or a packet that is none is an error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <models/vmbus.h>
#include <sim/fiber.h>
#include <sim/finding.h>

#include "ring.h"

/* Hypercalls and their results, TLFS. */
#define HVCALL_POST_MESSAGE	0x5c
#define HVCALL_SIGNAL_EVENT	0x5d
#define HV_STATUS_SUCCESS	0
#define HV_STATUS_INVALID_CODE	2
#define HV_STATUS_INVALID_INPUT	3

#define MESSAGE_HEADER		16	/* connection, reserved, type, bytes */
#define MESSAGE_BYTES		240

/* Channel messages, <linux/hyperv.h>. */
enum {
	CHANNELMSG_OPENCHANNEL = 5,
	CHANNELMSG_CLOSECHANNEL = 7,
	CHANNELMSG_GPADL_HEADER = 8,
	CHANNELMSG_GPADL_TEARDOWN = 11,
};

#define GPADL_MAX_PAGES	16

struct gpadl_header {
	uint32_t type;
	uint32_t padding;
	uint32_t relid;
	uint32_t gpadl;
	uint16_t range_bytes;
	uint16_t nr_ranges;
	uint32_t bytes;
	uint32_t offset;
	uint64_t pfns[GPADL_MAX_PAGES];
} __attribute__((packed));

struct open_channel {
	uint32_t type;
	uint32_t padding;
	uint32_t relid;
	uint32_t openid;
	uint32_t gpadl;
	uint32_t target_vp;
	uint32_t downstream_page;
} __attribute__((packed));

struct vmpacket {
	uint16_t type;
	uint16_t offset8;
	uint16_t length8;
	uint16_t flags;
	uint64_t transaction;
};

#define VM_PKT_DATA_INBAND	6
#define TRAILER			8	/* where the packet began */

struct vmbus_host {
	struct sim *sim;
	struct machine *machine;
	void (*interrupt)(void *arg);
	void *arg;
	struct sim_fiber *waiter;	/* for a signal */
	uint32_t gpadl;			/* its handle; 0: none */
	uint32_t nr_pages;
	uint64_t pfns[GPADL_MAX_PAGES];
	bool open;
	bool signalled;
	struct host_ring from_guest;
	struct host_ring to_guest;
};

/* -- messages ------------------------------------------------------------- */

static char *frame_data(const struct vmbus_host *host, uint64_t pfn)
{
	return sim_frame_data(machine_memory(host->machine), pfn);
}

static bool is_frame(const struct vmbus_host *host, uint64_t pfn)
{
	return pfn < sim_memory_frames(machine_memory(host->machine));
}

static uint64_t take_gpadl(struct vmbus_host *host,
			   const struct gpadl_header *message)
{
	uint32_t pages = message->bytes >> SIM_FRAME_SHIFT, i;

	if (host->gpadl || message->nr_ranges != 1 || message->offset ||
	    message->range_bytes != 8 + pages * 8 || pages > GPADL_MAX_PAGES)
		return HV_STATUS_INVALID_INPUT;
	for (i = 0; i < pages; i++)
		if (!is_frame(host, message->pfns[i]))
			return HV_STATUS_INVALID_INPUT;
	for (i = 0; i < pages; i++)
		machine_grant(host->machine, message->pfns[i], MACHINE_DEVICE,
			      true);
	memcpy(host->pfns, message->pfns, pages * sizeof(uint64_t));
	host->nr_pages = pages;
	host->gpadl = message->gpadl;
	return HV_STATUS_SUCCESS;
}

static uint64_t drop_gpadl(struct vmbus_host *host)
{
	uint32_t i;

	for (i = 0; i < host->nr_pages; i++)
		machine_revoke(host->machine, host->pfns[i], MACHINE_DEVICE);
	host->nr_pages = 0;
	host->gpadl = 0;
	return HV_STATUS_SUCCESS;
}

/* A ring of the pages [first, end) of the GPADL. */
static bool make_ring(const struct vmbus_host *host, struct host_ring *ring,
		      uint32_t first, uint32_t end)
{
	uint32_t i;

	if (end > host->nr_pages || end < first + 2 ||
	    end - first - 1 > RING_MAX_PAGES)
		return false;
	ring->sim = host->sim;
	ring->header = frame_data(host, host->pfns[first]);
	for (i = first + 1; i < end; i++)
		ring->data[i - first - 1] = frame_data(host, host->pfns[i]);
	ring->bytes = (end - first - 1) << SIM_FRAME_SHIFT;
	return true;
}

static uint64_t open_channel(struct vmbus_host *host,
			     const struct open_channel *message)
{
	if (host->open || !host->gpadl || message->gpadl != host->gpadl ||
	    !make_ring(host, &host->from_guest, 0, message->downstream_page) ||
	    !make_ring(host, &host->to_guest, message->downstream_page,
		       host->nr_pages))
		return HV_STATUS_INVALID_INPUT;
	host->open = true;
	return HV_STATUS_SUCCESS;
}

static uint64_t post_message(struct vmbus_host *host, uint64_t phys)
{
	union {
		uint32_t type;
		struct gpadl_header gpadl;
		struct open_channel open;
		char bytes[MESSAGE_BYTES];
	} message;

	if (!is_frame(host, phys >> SIM_FRAME_SHIFT) ||
	    phys % SIM_FRAME_BYTES + MESSAGE_HEADER + MESSAGE_BYTES >
	    SIM_FRAME_BYTES)
		return HV_STATUS_INVALID_INPUT;
	memcpy(message.bytes, frame_data(host, phys >> SIM_FRAME_SHIFT) +
	       phys % SIM_FRAME_BYTES + MESSAGE_HEADER, MESSAGE_BYTES);
	switch (message.type) {
	case CHANNELMSG_GPADL_HEADER:
		return take_gpadl(host, &message.gpadl);
	case CHANNELMSG_OPENCHANNEL:
		return open_channel(host, &message.open);
	case CHANNELMSG_CLOSECHANNEL:
		host->open = false;
		return HV_STATUS_SUCCESS;
	case CHANNELMSG_GPADL_TEARDOWN:
		return drop_gpadl(host);
	default:
		return HV_STATUS_INVALID_INPUT;
	}
}

static uint64_t hypercall(void *arg, const struct machine_hypercall *call)
{
	struct vmbus_host *host = arg;

	switch (call->code) {
	case HVCALL_POST_MESSAGE:
		return post_message(host, call->input);
	case HVCALL_SIGNAL_EVENT:
		host->signalled = true;
		if (host->waiter)
			sim_fiber_wake(host->sim, host->waiter);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_CODE;
	}
}

struct vmbus_host *vmbus_host_new(struct sim *sim,
				  const struct vmbus_host_options *options)
{
	struct vmbus_host *host = sim_alloc(sim, sizeof(*host), 8);
	const struct machine_hypervisor hypervisor = {
		.call = hypercall, .arg = host,
	};

	host->sim = sim;
	host->machine = options->machine;
	host->interrupt = options->interrupt;
	host->arg = options->arg;
	machine_set_hypervisor(host->machine, &hypervisor);
	return host;
}

/* -- signals -------------------------------------------------------------- */

/* False: nobody has signalled until @until_ns. */
static bool wait_for_signal(struct vmbus_host *host, uint64_t until_ns)
{
	while (!host->signalled) {
		host->waiter = sim_fiber_self(host->sim);
		if (!sim_fiber_block_until(host->sim, until_ns) &&
		    !host->signalled) {
			host->waiter = NULL;
			return false;
		}
		host->waiter = NULL;
	}
	host->signalled = false;
	return true;
}

/* -- packets to the guest ------------------------------------------------- */

static bool index_is_good(const struct host_ring *ring, uint32_t index)
{
	return index < ring->bytes && !(index % 8);
}

/* 1: there is room for @bytes; 0: there is none; -EIO. */
static int has_room(const struct host_ring *ring, uint32_t bytes)
{
	uint32_t read = ring_load(ring, RING_READ_INDEX);
	uint32_t write = ring_peek(ring, RING_WRITE_INDEX);

	if (!index_is_good(ring, read))
		return -EIO;
	return ring->bytes - ring_used(ring, write, read) > bytes;
}

static int wait_for_room(struct vmbus_host *host, uint32_t bytes,
			 uint64_t until_ns)
{
	struct host_ring *ring = &host->to_guest;
	int room;

	while (!(room = has_room(ring, bytes))) {
		ring_store(ring, RING_PENDING_SEND_SIZE, bytes);
		room = has_room(ring, bytes);
		if (room)
			break;
		if (!wait_for_signal(host, until_ns)) {
			room = -EAGAIN;
			break;
		}
		if (!host->open) {
			room = -ENOTCONN;
			break;
		}
	}
	if (ring_peek(ring, RING_PENDING_SEND_SIZE))
		ring_store(ring, RING_PENDING_SEND_SIZE, 0);
	return room;
}

static void publish(struct vmbus_host *host, uint32_t old, uint32_t bytes)
{
	struct host_ring *ring = &host->to_guest;

	ring_store(ring, RING_WRITE_INDEX, ring_next(ring, old, bytes));
	if (ring_load(ring, RING_INTERRUPT_MASK))
		return;
	/* Was it empty when we came, whatever has become of it since? */
	if (ring_load(ring, RING_READ_INDEX) == old)
		host->interrupt(host->arg);
}

int vmbus_host_write(struct vmbus_host *host, const void *payload,
		     uint32_t bytes, uint64_t wait_ns)
{
	struct host_ring *ring = &host->to_guest;
	uint32_t padded = (bytes + 7) & ~7u;
	uint32_t whole = sizeof(struct vmpacket) + padded + TRAILER;
	struct {
		struct vmpacket head;
		char payload[VMBUS_MAX_PAYLOAD + TRAILER];
	} packet = { .head = {
		.type = VM_PKT_DATA_INBAND,
		.offset8 = sizeof(struct vmpacket) / 8,
		.length8 = (sizeof(struct vmpacket) + padded) / 8,
	} };
	uint32_t old;
	int rc;

	sim_assert(bytes <= VMBUS_MAX_PAYLOAD);
	if (!host->open)
		return -ENOTCONN;
	rc = wait_for_room(host, whole, sim_now_ns(host->sim) + wait_ns);
	if (rc <= 0)
		return rc;
	old = ring_peek(ring, RING_WRITE_INDEX);
	memcpy(packet.payload, payload, bytes);
	memcpy(packet.payload + padded + 4, &old, sizeof(old));
	ring_copy_in(ring, old, &packet, whole);
	publish(host, old, whole);
	return 0;
}

/* -- packets from the guest ----------------------------------------------- */

/* Bytes that are there to be read, or -EIO. */
static int readable(const struct host_ring *ring)
{
	uint32_t write = ring_load(ring, RING_WRITE_INDEX);

	if (!index_is_good(ring, write))
		return -EIO;
	return (int)ring_used(ring, write, ring_peek(ring, RING_READ_INDEX));
}

static int wait_for_packet(struct vmbus_host *host, uint64_t until_ns)
{
	struct host_ring *ring = &host->from_guest;
	int bytes;

	while (!(bytes = readable(ring))) {
		ring_store(ring, RING_INTERRUPT_MASK, 0);
		bytes = readable(ring);
		if (!bytes && !wait_for_signal(host, until_ns))
			return -EAGAIN;
		if (!host->open)
			return -ENOTCONN;
		ring_store(ring, RING_INTERRUPT_MASK, 1);
		if (bytes)
			break;
	}
	return bytes;
}

/* Gives the room of a packet back, and says so to a guest that waits for it. */
static void consume(struct vmbus_host *host, uint32_t old, uint32_t bytes)
{
	struct host_ring *ring = &host->from_guest;
	uint32_t read = ring_next(ring, old, bytes), pending, write, room;

	ring_store(ring, RING_READ_INDEX, read);
	pending = ring_load(ring, RING_PENDING_SEND_SIZE);
	if (!pending)
		return;
	write = ring_load(ring, RING_WRITE_INDEX);
	if (!index_is_good(ring, write))
		return;
	room = ring->bytes - ring_used(ring, write, read);
	if (room > pending && room - bytes <= pending)
		host->interrupt(host->arg);
}

int vmbus_host_read(struct vmbus_host *host, void *payload, uint64_t wait_ns)
{
	struct host_ring *ring = &host->from_guest;
	struct vmpacket head;
	uint32_t at, bytes, trailer[2];
	int there;

	if (!host->open)
		return -ENOTCONN;
	there = wait_for_packet(host, sim_now_ns(host->sim) + wait_ns);
	if (there < 0)
		return there;
	at = ring_peek(ring, RING_READ_INDEX);
	ring_copy_out(ring, at, &head, sizeof(head));
	bytes = head.length8 * 8u;
	if (bytes < sizeof(head) || bytes + TRAILER > (uint32_t)there ||
	    head.offset8 * 8u != sizeof(head))
		return -EIO;
	if (bytes - sizeof(head) > VMBUS_MAX_PAYLOAD)
		return -E2BIG;
	ring_copy_out(ring, ring_next(ring, at, bytes), trailer,
		      sizeof(trailer));
	if (trailer[1] != at)
		return -EIO;
	ring_copy_out(ring, ring_next(ring, at, sizeof(head)), payload,
		      bytes - sizeof(head));
	consume(host, at, bytes + TRAILER);
	return (int)(bytes - sizeof(head));
}

/* -- for oracles ---------------------------------------------------------- */

bool vmbus_host_is_open(const struct vmbus_host *host)
{
	return host->open;
}

static uint32_t peek_used(const struct host_ring *ring)
{
	return ring_used(ring, ring_peek(ring, RING_WRITE_INDEX),
			 ring_peek(ring, RING_READ_INDEX));
}

uint32_t vmbus_host_readable_bytes(const struct vmbus_host *host)
{
	return host->open ? peek_used(&host->from_guest) : 0;
}

uint32_t vmbus_host_writable_bytes(const struct vmbus_host *host)
{
	return host->open ? host->to_guest.bytes - peek_used(&host->to_guest) :
			    0;
}

bool vmbus_host_signalled(const struct vmbus_host *host)
{
	return host->signalled;
}

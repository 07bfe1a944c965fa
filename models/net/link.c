/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection with latency and bandwidth.
 *
 * FAULT MODEL
 *
 * A connection may break at any message (SIM_DECIDE_FAIL_IO) or when it is
 * cut: everything that has not been received is lost, both ends learn of it,
 * and it stays broken until it is restored. A message may be late by a few
 * round trips, as after a retransmission (SIM_DECIDE_DELAY), and holds up what
 * follows it.
 *
 * Never happens: reordering, duplication, corruption, or the silent loss of
 * one message: the transport below (TCP) takes care of these.
 */
#include <errno.h>
#include <models/link.h>
#include <sim/bulk.h>
#include <sim/decide.h>
#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <string.h>

struct slot {
	uint64_t arrival_ns;
	uint32_t type;
	uint32_t number;
	uint32_t bytes;
};

struct link {
	struct sim *sim;
	struct sim_memory *buffers;	/* frame i is the payload of slot i */
	uint64_t latency_ns;
	uint64_t mbytes_per_s;
	struct link_carrier carrier;
	bool up;
	uint32_t connection;		/* 1, 2, ...: up, or the last one */
	uint64_t sent_ns;		/* when the wire is free again */
	uint64_t last_arrival_ns;
	struct slot slots[LINK_BUFFERS];
	uint32_t head;			/* oldest slot in use */
	uint32_t nr;			/* slots in use */
	bool receiving;			/* head is in the receiver's hands */
	struct sim_fiber *sender;	/* waits for a buffer or an ack */
	struct sim_fiber *receiver;	/* waits for a message */
	struct sim_event arrival;
	struct sim_event cut;
	struct sim_event acked;
	uint32_t ack_under_way;
	uint32_t ack;
};

static void wake(struct link *link, struct sim_fiber **fiber)
{
	if (*fiber)
		sim_fiber_wake(link->sim, *fiber);
}

static void arrival_event(struct sim *sim, struct sim_event *event)
{
	struct link *link = (struct link *)
		((char *)event - offsetof(struct link, arrival));

	wake(link, &link->receiver);
}

static void cut_event(struct sim *sim, struct sim_event *event)
{
	link_cut((struct link *)((char *)event - offsetof(struct link, cut)));
}

static void ack_event(struct sim *sim, struct sim_event *event)
{
	struct link *link = (struct link *)
		((char *)event - offsetof(struct link, acked));

	link->ack = link->ack_under_way;
	wake(link, &link->sender);
}

struct link *link_new(struct sim *sim, const struct link_options *options)
{
	struct link *link = sim_alloc(sim, sizeof(*link), 8);

	link->sim = sim;
	link->buffers = sim_memory_new(sim, options->name, LINK_BUFFERS,
				       options->owner);
	link->mbytes_per_s = 1000;
	link->up = true;
	link->connection = 1;
	sim_event_init(&link->arrival, arrival_event, options->source, 0);
	sim_event_init(&link->cut, cut_event, options->source, 1);
	sim_event_init(&link->acked, ack_event, options->source, 2);
	return link->buffers ? link : NULL;
}

void link_set(struct link *link, uint64_t latency_ns, uint64_t mbytes_per_s)
{
	sim_assert(mbytes_per_s);
	link->latency_ns = latency_ns;
	link->mbytes_per_s = mbytes_per_s;
}

void link_carry(struct link *link, const struct link_carrier *carrier)
{
	link->carrier = carrier ? *carrier : (struct link_carrier){ NULL };
}

uint32_t link_connection(const struct link *link)
{
	return link->up ? link->connection : 0;
}

/* -- sending -- */

/* When a message of @bytes that is sent now arrives; @carried: by its carrier. */
static uint64_t arrival_time(struct link *link, uint64_t bytes,
			     uint64_t carried_ns)
{
	static const uint64_t late_by[] = { 0, 2, 8 };	/* latencies */
	uint64_t now = sim_now_ns(link->sim), arrival;

	if (link->sent_ns < now)
		link->sent_ns = now;
	/* 1 MB/s is one byte per 1000 ns. */
	link->sent_ns += bytes * 1000 / link->mbytes_per_s;
	arrival = link->sent_ns + link->latency_ns +
		  link->latency_ns *
		  late_by[sim_decide(link->sim, SIM_DECIDE_DELAY, 3)];
	if (arrival < carried_ns)
		arrival = carried_ns;
	if (arrival < link->last_arrival_ns)
		arrival = link->last_arrival_ns;
	link->last_arrival_ns = arrival;
	return arrival;
}

#define HEADER_BYTES	64

static void put_message(struct link *link, const struct link_message *message,
			uint64_t carried_ns)
{
	uint32_t index = (link->head + link->nr) % LINK_BUFFERS;
	struct slot *slot = &link->slots[index];

	slot->type = message->type;
	slot->number = message->number;
	slot->bytes = message->bytes;
	slot->arrival_ns = arrival_time(link, message->bytes + HEADER_BYTES,
					carried_ns);
	/* A buffer that has been used once stays in use: no need to clear it. */
	sim_frames_set_class(link->buffers, index, 1, SIM_FRAME_COLD);
	sim_frames_touch(link->buffers, index, 1);
	if (message->bytes)
		sim_bulk_copy(sim_frame_data(link->buffers, index),
			      message->data, message->bytes);
	if (!link->nr++)
		sim_event_at(link->sim, &link->arrival, slot->arrival_ns);
}

static bool is_connected(const struct link *link, uint32_t connection)
{
	return connection && link_connection(link) == connection;
}

static void sender_waits(struct link *link)
{
	link->sender = sim_fiber_self(link->sim);
	sim_fiber_block(link->sim);
	link->sender = NULL;
}

static uint64_t carry(struct link *link, uint64_t bytes)
{
	const struct link_carrier *carrier = &link->carrier;

	return carrier->reserve ? carrier->reserve(carrier->arg, bytes) : 0;
}

int link_send(struct link *link, uint32_t connection,
	      const struct link_message *message)
{
	uint64_t carried_ns = 0;

	sim_assert(message->bytes <= SIM_FRAME_BYTES);
	while (is_connected(link, connection) && link->nr == LINK_BUFFERS)
		sender_waits(link);
	if (is_connected(link, connection) &&
	    sim_fail_point(link->sim, SIM_DECIDE_FAIL_IO))
		link_cut(link);
	if (is_connected(link, connection))
		carried_ns = carry(link, message->bytes + HEADER_BYTES);
	if (carried_ns == UINT64_MAX)
		link_cut(link);
	if (!is_connected(link, connection))
		return -EPIPE;
	put_message(link, message, carried_ns);
	return 0;
}

int link_wait_ack(struct link *link, uint32_t connection, uint32_t number)
{
	while (is_connected(link, connection) && link->ack != number)
		sender_waits(link);
	return is_connected(link, connection) ? 0 : -EPIPE;
}

/* -- receiving -- */

static bool has_arrived(const struct link *link)
{
	return link->nr && link->slots[link->head].arrival_ns <=
			   sim_now_ns(link->sim);
}

void link_receive(struct link *link, struct link_message *message)
{
	const struct slot *slot;

	sim_assert(!link->receiving);
	while (!has_arrived(link)) {
		link->receiver = sim_fiber_self(link->sim);
		sim_fiber_block(link->sim);
	}
	link->receiver = NULL;
	link->receiving = true;
	slot = &link->slots[link->head];
	*message = (struct link_message){
		.type = slot->type,
		.number = slot->number,
		.bytes = slot->bytes,
		.data = sim_frame_data(link->buffers, link->head),
	};
}

static void free_head(struct link *link)
{
	link->head = (link->head + 1) % LINK_BUFFERS;
	link->nr--;
}

void link_done(struct link *link)
{
	sim_assert(link->receiving);
	link->receiving = false;
	free_head(link);
	if (link->nr)
		sim_event_at(link->sim, &link->arrival,
			     has_arrived(link) ? sim_now_ns(link->sim) :
			     link->slots[link->head].arrival_ns);
	wake(link, &link->sender);
}

void link_ack(struct link *link, uint32_t number)
{
	if (!link->up)
		return;
	link->ack_under_way = number;
	sim_event_after(link->sim, &link->acked, link->latency_ns);
}

/* -- breaking -- */

void link_cut(struct link *link)
{
	link->up = false;
	sim_event_cancel(link->sim, &link->arrival);
	sim_event_cancel(link->sim, &link->acked);
	sim_event_cancel(link->sim, &link->cut);
	/* What the receiver holds it has received. */
	link->nr = link->receiving;
	wake(link, &link->sender);
}

void link_cut_after(struct link *link, uint64_t delay_ns)
{
	sim_event_after(link->sim, &link->cut, delay_ns);
}

void link_restore(struct link *link)
{
	link_cut(link);
	link->sent_ns = 0;
	link->last_arrival_ns = 0;
	link->ack = 0;
	link->connection++;
	link->up = true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c - a cable with latency, bandwidth, queues and loss
 *
 * FAULT MODEL
 *
 * Any frame may be lost on the way (SIM_DECIDE_FAIL_IO), and every n-th is if
 * the wire is that bad. It may be pulled out at any moment: what is under way
 * is lost. What finds its queue full is dropped before it is sent.
 *
 * Never happens: reordering, duplication, corruption (the receiver's checksum
 * turns it into loss).
 */
#include <models/net_wire.h>
#include <sim/decide.h>
#include <sim/event.h>
#include <sim/finding.h>

#include "queue.h"

/*
 * Frames [head, started) are on the wire, [started, tail) wait for their turn;
 * both go by time, so that one event is enough: the next arrival.
 */
struct direction {
	struct net_wire *wire;
	struct net_wire_end to;
	struct net_queue queue;
	uint32_t started;
	uint32_t since_loss;		/* frames */
	uint64_t free_ns;		/* when the transmitter is */
	struct sim_event arrival;
	struct net_wire_counts counts;
};

struct net_wire {
	struct sim *sim;
	struct net_wire_speed speed;
	bool plugged;
	struct direction way[2];
};

static uint32_t nr_waiting(struct direction *way, uint64_t now_ns)
{
	struct net_queue *queue = &way->queue;

	while (way->started != queue->tail &&
	       net_queue_at(queue, way->started)->start_ns <= now_ns)
		way->started++;
	return queue->tail - way->started;
}

static uint64_t transmit_ns(const struct net_wire *wire, uint32_t bytes)
{
	uint64_t bits = ((uint64_t)bytes + NET_WIRE_OVERHEAD) * 8;

	/* 1 Mbit/s is one bit per 1000 ns. */
	return wire->speed.mbit_per_s ?
		bits * 1000 / wire->speed.mbit_per_s : 0;
}

static bool is_lost(struct direction *way)
{
	struct net_wire *wire = way->wire;

	if (sim_fail_point(wire->sim, SIM_DECIDE_FAIL_IO))
		return true;
	if (!wire->speed.lose_every ||
	    ++way->since_loss < wire->speed.lose_every)
		return false;
	way->since_loss = 0;
	return true;
}

static void arrival_event(struct sim *sim, struct sim_event *event)
{
	struct direction *way = (struct direction *)
		((char *)event - offsetof(struct direction, arrival));
	struct net_queue *queue = &way->queue;
	uint32_t at = queue->head, bytes = net_queue_at(queue, at)->bytes;

	nr_waiting(way, sim_now_ns(sim));
	way->counts.arrived++;
	way->counts.arrived_bytes += bytes;
	way->to.receive(way->to.arg, net_queue_data(queue, at), bytes);
	/* The wire may have been pulled out meanwhile. */
	if (queue->head != at)
		return;
	queue->head++;
	if (net_queue_nr(queue))
		sim_event_at(sim, &way->arrival,
			     net_queue_at(queue, queue->head)->due_ns);
}

static bool send(struct direction *way, const void *frame, uint32_t bytes)
{
	struct net_wire *wire = way->wire;
	uint64_t now_ns = sim_now_ns(wire->sim);
	uint32_t waiting = nr_waiting(way, now_ns);
	const struct net_wire_speed *speed = &wire->speed;
	struct net_queue *queue = &way->queue;
	struct net_queue_slot *slot = NULL;

	if (!speed->queue_frames || waiting < speed->queue_frames)
		slot = net_queue_put(queue, frame, bytes);
	if (!slot)
		return false;
	if (way->free_ns < now_ns)
		way->free_ns = now_ns;
	slot->start_ns = way->free_ns;
	way->free_ns += transmit_ns(wire, bytes);
	slot->due_ns = way->free_ns + speed->latency_ns;
	if (way->counts.longest < waiting + (slot->start_ns > now_ns))
		way->counts.longest = waiting + (slot->start_ns > now_ns);
	/* With less latency than before it still does not overtake. */
	if (net_queue_nr(queue) > 1 &&
	    slot->due_ns < net_queue_at(queue, queue->tail - 2)->due_ns)
		slot->due_ns = net_queue_at(queue, queue->tail - 2)->due_ns;
	if (net_queue_nr(queue) == 1)
		sim_event_at(wire->sim, &way->arrival, slot->due_ns);
	return true;
}

bool net_wire_send(struct net_wire *wire, unsigned int from, const void *frame,
		   uint32_t bytes)
{
	struct direction *way = &wire->way[from];

	sim_assert(from < 2 && bytes <= NET_FRAME_MAX);
	if (wire->plugged && !is_lost(way)) {
		if (!send(way, frame, bytes)) {
			way->counts.dropped++;
			return false;
		}
	} else {
		way->counts.lost++;
	}
	way->counts.sent++;
	return true;
}

uint64_t net_wire_reserve(struct net_wire *wire, unsigned int from,
			  uint64_t bytes)
{
	struct direction *way = &wire->way[from];
	uint64_t now_ns = sim_now_ns(wire->sim);
	uint32_t part;

	sim_assert(from < 2);
	if (!wire->plugged)
		return UINT64_MAX;
	way->counts.reserved_bytes += bytes;
	if (way->free_ns < now_ns)
		way->free_ns = now_ns;
	for (; bytes; bytes -= part) {
		part = bytes < NET_FRAME_MAX ? (uint32_t)bytes : NET_FRAME_MAX;
		way->free_ns += transmit_ns(wire, part);
		way->counts.reserved_frames++;
	}
	return way->free_ns + wire->speed.latency_ns;
}

void net_wire_set(struct net_wire *wire, const struct net_wire_speed *speed)
{
	wire->speed = *speed;
}

void net_wire_plug(struct net_wire *wire, bool in)
{
	unsigned int i;

	wire->plugged = in;
	for (i = 0; i < 2 && !in; i++) {
		struct direction *way = &wire->way[i];

		sim_event_cancel(wire->sim, &way->arrival);
		way->counts.lost += net_queue_nr(&way->queue);
		way->queue.head = way->queue.tail;
		way->started = way->queue.tail;
		way->free_ns = 0;
	}
}

struct net_wire *net_wire_new(struct sim *sim,
			      const struct net_wire_options *options)
{
	struct net_wire *wire = sim_alloc(sim, sizeof(*wire), 8);
	struct sim_memory *memory;
	unsigned int i;

	memory = sim_memory_new(sim, options->name, 2 * NET_QUEUE_MAX,
				options->owner);
	if (!memory)
		return NULL;
	wire->sim = sim;
	wire->speed = options->speed;
	wire->plugged = true;
	for (i = 0; i < 2; i++) {
		struct direction *way = &wire->way[i];

		way->wire = wire;
		way->to = options->end[!i];
		way->queue.memory = memory;
		way->queue.first_frame = i * NET_QUEUE_MAX;
		way->queue.size = NET_QUEUE_MAX;
		sim_event_init(&way->arrival, arrival_event,
			       (uint16_t)(options->source + i), 0);
	}
	return wire;
}

void net_wire_counts(const struct net_wire *wire, unsigned int from,
		     struct net_wire_counts *counts)
{
	*counts = wire->way[from].counts;
}

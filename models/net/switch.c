/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch.c - a learning Ethernet switch
 *
 * FAULT MODEL
 *
 * It drops what finds the queue of a port full, and nothing else. Anybody who
 * sends under an address is believed to have it, until somebody else does: a
 * guest may take another's traffic away, as on any switch without filters.
 *
 * Never happens: reordering of frames between the same two ports, duplication
 * to one port, a frame that goes back where it came from.
 */
#include <models/net_switch.h>
#include <sim/event.h>
#include <sim/finding.h>
#include <string.h>

#include "queue.h"

#define QUEUE_MAX	64

struct port {
	struct net_switch *sw;
	struct net_switch_port options;
	struct net_queue queue;
	struct sim_event sending;
	struct net_switch_counts counts;
};

struct address {
	uint8_t mac[6];
	uint16_t port;			/* 1 + number; 0: unused */
	uint64_t learnt_ns;
};

struct net_switch {
	struct sim *sim;
	struct net_switch_options options;
	struct sim_memory *memory;
	struct port ports[NET_SWITCH_PORTS];
	unsigned int nr_ports;
	struct address addresses[NET_SWITCH_ADDRESSES];
};

static bool is_for_many(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* -- addresses ------------------------------------------------------------ */

/* The entry of @mac, or NET_SWITCH_ADDRESSES. */
static unsigned int find(const struct net_switch *sw, const uint8_t *mac)
{
	unsigned int i;

	for (i = 0; i < NET_SWITCH_ADDRESSES; i++)
		if (sw->addresses[i].port &&
		    !memcmp(sw->addresses[i].mac, mac, 6))
			break;
	return i;
}

int net_switch_find(const struct net_switch *sw, const uint8_t *mac)
{
	unsigned int n = find(sw, mac);

	return n < NET_SWITCH_ADDRESSES ? sw->addresses[n].port - 1 : -1;
}

/* An unused one, or the one not heard of for longest. */
static struct address *make_room(struct net_switch *sw)
{
	struct address *oldest = &sw->addresses[0];
	unsigned int i;

	for (i = 0; i < NET_SWITCH_ADDRESSES; i++) {
		struct address *address = &sw->addresses[i];

		if (!address->port)
			return address;
		if (address->learnt_ns < oldest->learnt_ns)
			oldest = address;
	}
	return oldest;
}

static void learn(struct net_switch *sw, unsigned int port, const uint8_t *mac)
{
	unsigned int n = find(sw, mac);
	struct address *address;

	if (is_for_many(mac))
		return;
	address = n < NET_SWITCH_ADDRESSES ? &sw->addresses[n] : make_room(sw);
	memcpy(address->mac, mac, 6);
	address->port = (uint16_t)(port + 1);
	address->learnt_ns = sim_now_ns(sw->sim);
}

void net_switch_forget(struct net_switch *sw, unsigned int port)
{
	unsigned int i;

	for (i = 0; i < NET_SWITCH_ADDRESSES; i++)
		if (sw->addresses[i].port == port + 1)
			sw->addresses[i].port = 0;
}

/* -- ports ---------------------------------------------------------------- */

static void tell(const struct net_switch *sw, unsigned int port, bool out,
		 const void *frame, uint32_t bytes)
{
	if (sw->options.tap)
		sw->options.tap(sw->options.arg, port, out, frame, bytes);
}

static void sending_event(struct sim *sim, struct sim_event *event)
{
	struct port *port = (struct port *)
		((char *)event - offsetof(struct port, sending));
	struct net_switch *sw = port->sw;
	struct net_queue *queue = &port->queue;
	const void *frame = net_queue_data(queue, queue->head);
	uint32_t bytes = net_queue_at(queue, queue->head)->bytes;

	tell(sw, (unsigned int)(port - sw->ports), true, frame, bytes);
	if (port->options.send(port->options.arg, frame, bytes))
		port->counts.out++;
	else
		port->counts.refused++;
	queue->head++;
	if (net_queue_nr(queue))
		sim_event_after(sim, event, port->options.frame_ns);
}

static void send(struct port *port, const void *frame, uint32_t bytes)
{
	uint32_t nr;

	if (!net_queue_put(&port->queue, frame, bytes)) {
		port->counts.dropped++;
		return;
	}
	nr = net_queue_nr(&port->queue);
	if (nr > port->counts.longest)
		port->counts.longest = nr;
	if (nr == 1)
		sim_event_after(port->sw->sim, &port->sending,
				port->options.frame_ns);
}

static void flood(struct net_switch *sw, unsigned int from, const void *frame,
		  uint32_t bytes)
{
	unsigned int i;

	sw->ports[from].counts.flooded++;
	for (i = 0; i < sw->nr_ports; i++)
		if (i != from)
			send(&sw->ports[i], frame, bytes);
}

void net_switch_receive(struct net_switch *sw, unsigned int port,
			const void *frame, uint32_t bytes)
{
	const uint8_t *mac = frame;
	int to;

	sim_assert(port < sw->nr_ports);
	if (bytes < NET_ETH_BYTES || bytes > NET_FRAME_MAX)
		return;
	tell(sw, port, false, frame, bytes);
	sw->ports[port].counts.in++;
	learn(sw, port, mac + 6);
	to = is_for_many(mac) ? -1 : net_switch_find(sw, mac);
	if (to < 0)
		flood(sw, port, frame, bytes);
	else if ((unsigned int)to == port)
		sw->ports[port].counts.filtered++;
	else
		send(&sw->ports[to], frame, bytes);
}

/* -- the switch ----------------------------------------------------------- */

struct net_switch *net_switch_new(struct sim *sim,
				  const struct net_switch_options *options)
{
	struct net_switch *sw = sim_alloc(sim, sizeof(*sw), 8);

	sw->sim = sim;
	sw->options = *options;
	sw->memory = sim_memory_new(sim, options->name,
				    NET_SWITCH_PORTS * QUEUE_MAX,
				    options->owner);
	return sw->memory ? sw : NULL;
}

unsigned int net_switch_add(struct net_switch *sw,
			    const struct net_switch_port *options)
{
	unsigned int n = sw->nr_ports++;
	struct port *port = &sw->ports[n];

	sim_assert(n < NET_SWITCH_PORTS && options->queue_frames &&
		   options->queue_frames <= QUEUE_MAX);
	port->sw = sw;
	port->options = *options;
	port->queue.memory = sw->memory;
	port->queue.first_frame = n * QUEUE_MAX;
	port->queue.size = options->queue_frames;
	sim_event_init(&port->sending, sending_event,
		       (uint16_t)(sw->options.source + n), 0);
	return n;
}

const char *net_switch_port_name(const struct net_switch *sw,
				 unsigned int port)
{
	return sw->ports[port].options.name;
}

void net_switch_counts(const struct net_switch *sw, unsigned int port,
		       struct net_switch_counts *counts)
{
	*counts = sw->ports[port].counts;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_switch.h - the virtual switch of a host
 *
 *	guest --- port 0 [queue] +--------+ [queue] port 1 --- wire
 *	                         | switch |
 *	                         +--------+ [queue] port 2 --- a server
 *
 * Learns which address is behind which port from the frames that come in there,
 * forwards what is for a known address to its port, and floods the rest (and
 * whatever is for more than one) to all others. Each port has a queue of its
 * own, worked off a frame at a time. Whoever listens hears of each frame twice:
 * when it comes in and when it goes out.
 */
#ifndef MODELS_NET_SWITCH_H
#define MODELS_NET_SWITCH_H

#include <models/net_frame.h>
#include <sim/sim.h>

#define NET_SWITCH_PORTS	16
#define NET_SWITCH_ADDRESSES	64	/* learnt; the oldest goes */

struct net_switch;

struct net_switch_options {
	const char *name;
	uint16_t owner;			/* of its buffers' frames */
	uint16_t source;		/* of its events: one per port from here */
	/* Promiscuous; may be NULL. @out: leaves the switch by that port. */
	void (*tap)(void *arg, unsigned int port, bool out, const void *frame,
		    uint32_t bytes);
	void *arg;
};

struct net_switch *net_switch_new(struct sim *sim,
				  const struct net_switch_options *options);

struct net_switch_port {
	const char *name;
	uint32_t queue_frames;		/* 1..64 */
	uint64_t frame_ns;		/* one frame takes to go out */
	/* Takes a frame that goes out; false: whoever is there drops it. */
	bool (*send)(void *arg, const void *frame, uint32_t bytes);
	void *arg;
};

/* Returns the number of the port. */
unsigned int net_switch_add(struct net_switch *sw,
			    const struct net_switch_port *port);
const char *net_switch_port_name(const struct net_switch *sw,
				 unsigned int port);

/* A frame comes in. */
void net_switch_receive(struct net_switch *sw, unsigned int port,
			const void *frame, uint32_t bytes);

/* What was learnt about a port is forgotten: somebody else is there now. */
void net_switch_forget(struct net_switch *sw, unsigned int port);

/* The port behind which @mac is, or -1. */
int net_switch_find(const struct net_switch *sw, const uint8_t *mac);

struct net_switch_counts {
	uint64_t in;
	uint64_t out;
	uint64_t flooded;		/* came in here and went to all others */
	uint64_t filtered;		/* came in here and was for this port */
	uint64_t dropped;		/* the queue of this port was full */
	uint64_t refused;		/* by .send() */
	uint32_t longest;		/* queue, in frames */
};
void net_switch_counts(const struct net_switch *sw, unsigned int port,
		       struct net_switch_counts *counts);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_wire.h - a cable between two ports, with two directions
 *
 *	end 0                                            end 1
 *	send -> [queue] -> transmitter -> latency -----> .receive
 *	.receive <------------ latency <- transmitter <- [queue] <- send
 *
 * A frame takes its bytes over the bandwidth to be transmitted, with the 24
 * bytes that Ethernet spends on each (preamble, checksum, gap), one after the
 * other, and then the latency. What finds the queue full is dropped.
 */
#ifndef MODELS_NET_WIRE_H
#define MODELS_NET_WIRE_H

#include <models/net_frame.h>
#include <sim/sim.h>

#define NET_WIRE_OVERHEAD	24	/* bytes per frame */

struct net_wire;

struct net_wire_end {
	void (*receive)(void *arg, const void *frame, uint32_t bytes);
	void *arg;
};

/* Counts for what is sent from now on. */
struct net_wire_speed {
	uint64_t latency_ns;
	uint32_t mbit_per_s;		/* 0: a frame takes no time */
	uint32_t queue_frames;		/* that wait; 0: as many as there is room */
	uint32_t lose_every;		/* n-th frame is lost; 0: none */
	uint32_t reserved;
};

struct net_wire_options {
	const char *name;
	uint16_t owner;			/* of its buffers' frames */
	uint16_t source;		/* of its events, and the next one */
	struct net_wire_speed speed;
	struct net_wire_end end[2];
};

struct net_wire *net_wire_new(struct sim *sim,
			      const struct net_wire_options *options);
void net_wire_set(struct net_wire *wire, const struct net_wire_speed *speed);
/* Pulled out: what is under way is lost, and what is sent; plugged in again. */
void net_wire_plug(struct net_wire *wire, bool in);

/* From end @from, 0 or 1. False: dropped, there was no room. */
bool net_wire_send(struct net_wire *wire, unsigned int from, const void *frame,
		   uint32_t bytes);

/*
 * Takes the transmitter for @bytes of a stream of others, in frames that nobody
 * looks at: whatever is sent afterwards goes behind them. Returns when the last of
 * it arrives, UINT64_MAX if the wire is pulled out.
 */
uint64_t net_wire_reserve(struct net_wire *wire, unsigned int from,
			  uint64_t bytes);

/* Of one direction. sent = arrived + lost + under way. */
struct net_wire_counts {
	uint64_t sent;			/* frames that were taken */
	uint64_t arrived;
	uint64_t arrived_bytes;		/* without overhead */
	uint64_t lost;			/* on the way */
	uint64_t dropped;		/* before: the queue was full */
	uint32_t longest;		/* queue, in frames */
	uint32_t reserved_frames;	/* of streams of others, in no other count */
	uint64_t reserved_bytes;
};
void net_wire_counts(const struct net_wire *wire, unsigned int from,
		     struct net_wire_counts *counts);

#endif

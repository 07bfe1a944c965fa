/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_load.h - a machine that sends a flow of frames, and one that takes it
 *
 * The frames are those of net_frame.h: numbered, and each says when it was sent,
 * so whoever takes them knows what is missing and how long it took.
 */
#ifndef MODELS_NET_LOAD_H
#define MODELS_NET_LOAD_H

#include <models/net_frame.h>
#include <sim/sim.h>

struct net_load;

struct net_load_options {
	struct net_station from, to;
	uint32_t flow;			/* its number */
	uint16_t source;		/* of its events */
	void (*send)(void *arg, const void *frame, uint32_t bytes);
	void *arg;
};

struct net_load *net_load_new(struct sim *sim,
			      const struct net_load_options *options);
/* @count frames of @bytes, one every @interval_ns; ends what is going on. */
void net_load_start(struct net_load *load, uint32_t count, uint32_t bytes,
		    uint64_t interval_ns);
uint64_t net_load_sent(const struct net_load *load);

/* The other end: what has come of a flow. */
struct net_flow_taken {
	uint32_t flow;
	uint32_t next;			/* number expected */
	uint64_t frames;
	uint64_t bytes;			/* of whole frames */
	uint64_t missing;		/* numbers passed over */
};

/* What is wrong with a frame that has come; NET_FLOW_OTHER: not of this flow. */
enum net_flow_verdict {
	NET_FLOW_GOOD, NET_FLOW_OTHER, NET_FLOW_CHANGED, NET_FLOW_AGAIN,
};
/* Good ones leave their head in @head. */
enum net_flow_verdict net_flow_take(struct net_flow_taken *taken,
				    const void *frame, uint32_t bytes,
				    struct net_flow *head);

#endif

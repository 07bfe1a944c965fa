/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_peer.h - another machine on the wire: answers what is asked of it
 *
 *	ARP request for its address   -> reply
 *	ICMP echo request             -> reply with the same data
 *	UDP to port 7 (echo)          -> the same data back
 *	DHCP discover, request        -> offer, acknowledgement of one address
 *
 * What it answers is net_reply()'s business (net_frame.h). Checksums are computed,
 * and those of what comes are looked at: a packet with a wrong one is dropped,
 * and counted.
 */
#ifndef MODELS_NET_PEER_H
#define MODELS_NET_PEER_H

#include <models/net_frame.h>
#include <models/worker.h>

struct net_peer;

struct net_peer_options {
	struct net_station self;
	uint32_t lease;			/* the first address it gives away; 0: none */
	uint64_t latency_ns;		/* from a frame to its answer */
	uint16_t source;		/* of its events */
	struct model_worker *worker;	/* of whom .send() leads to, or NULL */
	/* Its frames; false: they got lost. */
	bool (*send)(void *arg, const void *frame, uint32_t bytes);
	void *arg;
};

struct net_peer_counts {
	uint32_t arp;
	uint32_t echo;
	uint32_t udp;
	uint32_t dhcp;
	uint32_t bad;			/* checksum or form */
	uint32_t lost;			/* answers: queue full, or .send() */
};

struct net_peer *net_peer_new(struct sim *sim,
			      const struct net_peer_options *options);
void net_peer_receive(struct net_peer *peer, const void *frame, uint32_t bytes);
void net_peer_counts(const struct net_peer *peer,
		     struct net_peer_counts *counts);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.c - a machine that answers ARP, echo, UDP echo and DHCP
 *
 * FAULT MODEL
 *
 * It answers each question once, in order, `latency_ns` after it came. An
 * answer is lost when eight are waiting already, or when the wire loses it. Each
 * machine that asks gets an address of its own, always the same; when there are
 * none left it gets no answer.
 * Never happens: a frame of its own accord, or a wrong answer.
 */
#include <string.h>

#include <models/net_frame.h>
#include <models/net_peer.h>

#define QUEUE		8
#define LEASES		8

struct answer {
	uint32_t bytes;
	uint8_t frame[NET_FRAME_MAX];
};

struct net_peer {
	struct sim *sim;
	struct net_peer_options options;
	struct net_peer_counts counts;
	struct model_job answering;
	struct answer queue[QUEUE];
	uint32_t head, nr;
	uint8_t leases[LEASES][6];	/* who has the n-th address */
	uint32_t nr_leases;
};

static void answer_job(struct sim *sim, struct model_job *job)
{
	struct net_peer *peer = (struct net_peer *)
		((char *)job - offsetof(struct net_peer, answering));
	const struct answer *answer = &peer->queue[peer->head];

	peer->head = (peer->head + 1) % QUEUE;
	peer->nr--;
	if (peer->nr)
		model_job_after(sim, &peer->answering,
				peer->options.latency_ns);
	if (!peer->options.send(peer->options.arg, answer->frame,
				answer->bytes))
		peer->counts.lost++;
}

static void count(struct net_peer *peer, enum net_reply reply)
{
	struct net_peer_counts *counts = &peer->counts;

	counts->arp += reply == NET_REPLY_ARP;
	counts->echo += reply == NET_REPLY_ECHO;
	counts->udp += reply == NET_REPLY_UDP;
	counts->dhcp += reply == NET_REPLY_DHCP;
	counts->bad += reply == NET_REPLY_BAD;
}

/* The address of whoever has sent @frame; 0: there is none left. */
static uint32_t lease_of(struct net_peer *peer, const uint8_t *frame)
{
	uint32_t i;

	for (i = 0; i < peer->nr_leases; i++)
		if (!memcmp(peer->leases[i], frame + 6, 6))
			return peer->options.lease + i;
	if (!peer->options.lease || i == LEASES)
		return 0;
	memcpy(peer->leases[peer->nr_leases++], frame + 6, 6);
	return peer->options.lease + i;
}

void net_peer_receive(struct net_peer *peer, const void *frame, uint32_t bytes)
{
	struct net_responder responder = { .self = peer->options.self };
	struct answer spare, *answer = &spare;
	enum net_reply reply;

	if (net_is_dhcp(frame, bytes))
		responder.lease = lease_of(peer, frame);
	if (peer->nr < QUEUE)
		answer = &peer->queue[(peer->head + peer->nr) % QUEUE];
	reply = net_reply(&responder, frame, bytes, answer->frame,
			  &answer->bytes);
	if (reply > NET_REPLY_BAD && answer == &spare) {
		peer->counts.lost++;
		return;
	}
	count(peer, reply);
	if (reply > NET_REPLY_BAD && !peer->nr++)
		model_job_after(peer->sim, &peer->answering,
				peer->options.latency_ns);
}

struct net_peer *net_peer_new(struct sim *sim,
			      const struct net_peer_options *options)
{
	struct net_peer *peer = sim_alloc(sim, sizeof(*peer), 8);

	peer->sim = sim;
	peer->options = *options;
	model_job_init(&peer->answering, options->worker, answer_job,
		       options->source, 0);
	return peer;
}

void net_peer_counts(const struct net_peer *peer,
		     struct net_peer_counts *counts)
{
	*counts = peer->counts;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.c - a machine that answers ARP, echo, UDP echo and DHCP
 *
 * FAULT MODEL
 *
 * It answers each question once, in order, `latency_ns` after it came. An
 * answer is lost when eight are waiting already, or when the wire loses it.
 * Never happens: a frame of its own accord, or a wrong answer.
 */
#include <string.h>

#include <models/net_peer.h>
#include <sim/event.h>

#define QUEUE		8
#define FRAME_MAX	1514

#define ETH_BYTES	14
#define IP_BYTES	20
#define UDP_BYTES	8
#define DHCP_BYTES	240	/* up to its options, magic included */

#define TYPE_IP		0x0800
#define TYPE_ARP	0x0806
#define PROTOCOL_ICMP	1
#define PROTOCOL_UDP	17
#define PORT_ECHO	7
#define PORT_SERVER	67
#define PORT_CLIENT	68

struct answer {
	uint32_t bytes;
	uint8_t frame[FRAME_MAX];
};

struct net_peer {
	struct sim *sim;
	struct net_peer_options options;
	struct net_peer_counts counts;
	struct sim_event answering;
	struct answer queue[QUEUE];
	uint32_t head, nr;
};

/* -- bytes ---------------------------------------------------------------- */

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, (uint16_t)value);
}

uint16_t net_checksum(const void *data, uint32_t bytes, uint32_t sum)
{
	const uint8_t *at = data;

	for (; bytes > 1; bytes -= 2, at += 2)
		sum += get16(at);
	if (bytes)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* -- answers -------------------------------------------------------------- */

static void answer_event(struct sim *sim, struct sim_event *event)
{
	struct net_peer *peer = (struct net_peer *)
		((char *)event - offsetof(struct net_peer, answering));
	const struct answer *answer = &peer->queue[peer->head];

	peer->head = (peer->head + 1) % QUEUE;
	peer->nr--;
	if (peer->nr)
		sim_event_after(sim, &peer->answering,
				peer->options.latency_ns);
	if (!peer->options.send(peer->options.arg, answer->frame,
				answer->bytes))
		peer->counts.lost++;
}

/* A copy of the question, to be turned into its answer; NULL: no room. */
static uint8_t *begin(struct net_peer *peer, const uint8_t *frame,
		      uint32_t bytes)
{
	struct answer *answer;

	if (peer->nr == QUEUE) {
		peer->counts.lost++;
		return NULL;
	}
	answer = &peer->queue[(peer->head + peer->nr) % QUEUE];
	memset(answer, 0, sizeof(*answer));
	memcpy(answer->frame, frame, bytes);
	memcpy(answer->frame, frame + 6, 6);
	memcpy(answer->frame + 6, peer->options.mac, 6);
	answer->bytes = bytes;
	return answer->frame;
}

static void commit(struct net_peer *peer, uint32_t bytes)
{
	peer->queue[(peer->head + peer->nr) % QUEUE].bytes = bytes;
	if (!peer->nr++)
		sim_event_after(peer->sim, &peer->answering,
				peer->options.latency_ns);
}

static void arp(struct net_peer *peer, const uint8_t *frame, uint32_t bytes)
{
	uint8_t *reply;

	if (bytes < ETH_BYTES + 28 || get16(frame + 20) != 1 ||
	    get32(frame + 38) != peer->options.address)
		return;
	reply = begin(peer, frame, bytes);
	if (!reply)
		return;
	put16(reply + 20, 2);
	memcpy(reply + 22, peer->options.mac, 6);
	put32(reply + 28, peer->options.address);
	memcpy(reply + 32, frame + 22, 10);
	peer->counts.arp++;
	commit(peer, bytes);
}

/* Turns addresses around and sums up the header, for @bytes behind it. */
static void turn_ip(const struct net_peer *peer, uint8_t *ip, uint32_t to,
		    uint32_t bytes)
{
	put16(ip + 2, IP_BYTES + bytes);
	put32(ip + 12, peer->options.address);
	put32(ip + 16, to);
	put16(ip + 10, 0);
	put16(ip + 10, net_checksum(ip, IP_BYTES, 0));
}

static void icmp(struct net_peer *peer, const uint8_t *frame, uint32_t bytes)
{
	uint32_t data = bytes - ETH_BYTES - IP_BYTES;
	const uint8_t *question = frame + ETH_BYTES + IP_BYTES;
	uint8_t *reply;

	if (data < 8 || net_checksum(question, data, 0)) {
		peer->counts.bad++;
		return;
	}
	if (question[0] != 8)
		return;
	reply = begin(peer, frame, bytes);
	if (!reply)
		return;
	turn_ip(peer, reply + ETH_BYTES, get32(frame + 26), data);
	reply += ETH_BYTES + IP_BYTES;
	reply[0] = 0;
	put16(reply + 2, 0);
	put16(reply + 2, net_checksum(reply, data, 0));
	peer->counts.echo++;
	commit(peer, bytes);
}

static void udp_echo(struct net_peer *peer, const uint8_t *frame,
		     uint32_t bytes)
{
	uint8_t *reply = begin(peer, frame, bytes);
	uint8_t *udp = reply + ETH_BYTES + IP_BYTES;

	if (!reply)
		return;
	turn_ip(peer, reply + ETH_BYTES, get32(frame + 26),
		bytes - ETH_BYTES - IP_BYTES);
	put16(udp, PORT_ECHO);
	put16(udp + 2, get16(frame + ETH_BYTES + IP_BYTES));
	put16(udp + 6, 0);		/* without a sum */
	peer->counts.udp++;
	commit(peer, bytes);
}

/* The value of option 53, or 0. */
static uint8_t dhcp_type(const uint8_t *options, uint32_t bytes)
{
	uint32_t at = 0;

	while (at + 2 < bytes && options[at] != 255) {
		if (options[at] == 53)
			return options[at + 2];
		at += options[at] ? 2u + options[at + 1] : 1u;
	}
	return 0;
}

static void dhcp(struct net_peer *peer, const uint8_t *frame, uint32_t bytes)
{
	const uint32_t at = ETH_BYTES + IP_BYTES + UDP_BYTES;
	const uint32_t total = at + DHCP_BYTES + 16;
	uint8_t *reply, *message, type;

	if (bytes < at + DHCP_BYTES)
		return;
	type = dhcp_type(frame + at + DHCP_BYTES, bytes - at - DHCP_BYTES);
	if (type != 1 && type != 3)
		return;
	reply = begin(peer, frame, at + DHCP_BYTES);
	if (!reply)
		return;
	message = reply + at;
	message[0] = 2;
	put32(message + 16, peer->options.lease);
	put32(message + 20, peer->options.address);
	message += DHCP_BYTES;
	memcpy(message, (uint8_t[]){ 53, 1, type == 1 ? 2 : 5, 54, 4 }, 5);
	put32(message + 5, peer->options.address);
	message[9] = 255;
	memset(reply, 0xff, 6);
	put16(reply + ETH_BYTES + IP_BYTES, PORT_SERVER);
	put16(reply + ETH_BYTES + IP_BYTES + 2, PORT_CLIENT);
	put16(reply + ETH_BYTES + IP_BYTES + 4, total - ETH_BYTES - IP_BYTES);
	put16(reply + ETH_BYTES + IP_BYTES + 6, 0);
	turn_ip(peer, reply + ETH_BYTES, 0xffffffff,
		total - ETH_BYTES - IP_BYTES);
	peer->counts.dhcp++;
	commit(peer, total);
}

static void udp(struct net_peer *peer, const uint8_t *frame, uint32_t bytes)
{
	const uint8_t *header = frame + ETH_BYTES + IP_BYTES;

	if (bytes < ETH_BYTES + IP_BYTES + UDP_BYTES) {
		peer->counts.bad++;
		return;
	}
	if (get16(header + 2) == PORT_SERVER)
		dhcp(peer, frame, bytes);
	else if (get16(header + 2) == PORT_ECHO &&
		 get32(frame + 30) == peer->options.address)
		udp_echo(peer, frame, bytes);
}

static void ip(struct net_peer *peer, const uint8_t *frame, uint32_t bytes)
{
	const uint8_t *header = frame + ETH_BYTES;
	uint32_t total;

	if (bytes < ETH_BYTES + IP_BYTES || header[0] != 0x45 ||
	    net_checksum(header, IP_BYTES, 0)) {
		peer->counts.bad++;
		return;
	}
	total = get16(header + 2);
	if (total < IP_BYTES || total > bytes - ETH_BYTES) {
		peer->counts.bad++;
		return;
	}
	/* What follows is padding. */
	bytes = ETH_BYTES + total;
	if (header[9] == PROTOCOL_UDP)
		udp(peer, frame, bytes);
	else if (header[9] == PROTOCOL_ICMP &&
		 get32(header + 16) == peer->options.address)
		icmp(peer, frame, bytes);
}

void net_peer_receive(struct net_peer *peer, const void *frame, uint32_t bytes)
{
	if (bytes < ETH_BYTES || bytes > FRAME_MAX)
		return;
	switch (get16((const uint8_t *)frame + 12)) {
	case TYPE_ARP:
		arp(peer, frame, bytes);
		break;
	case TYPE_IP:
		ip(peer, frame, bytes);
		break;
	}
}

struct net_peer *net_peer_new(struct sim *sim,
			      const struct net_peer_options *options)
{
	struct net_peer *peer = sim_alloc(sim, sizeof(*peer), 8);

	peer->sim = sim;
	peer->options = *options;
	sim_event_init(&peer->answering, answer_event, options->source, 0);
	return peer;
}

void net_peer_counts(const struct net_peer *peer,
		     struct net_peer_counts *counts)
{
	*counts = peer->counts;
}

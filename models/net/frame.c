/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame.c - frames that machines on a network make, and what they answer
 *
 * FAULT MODEL
 *
 * Functions of their arguments only. A wrong checksum or length is said, never
 * answered; what is not understood is not answered either.
 */
#include <models/net_frame.h>
#include <string.h>

#define DHCP_BYTES	240	/* up to its options, magic included */
#define ARP_BYTES	28

#define PORT_ECHO	7
#define PORT_DISCARD	9
#define PORT_SERVER	67
#define PORT_CLIENT	68

#define AT_IP		NET_ETH_BYTES
#define AT_DATA		(NET_ETH_BYTES + NET_IP_BYTES)
#define AT_PAYLOAD	(AT_DATA + NET_UDP_BYTES)

uint16_t net_checksum(const void *data, uint32_t bytes, uint32_t sum)
{
	const uint8_t *at = data;

	for (; bytes > 1; bytes -= 2, at += 2)
		sum += net_get16(at);
	if (bytes)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void net_ip_headers(uint8_t *frame, enum net_protocol protocol,
		    const struct net_station *from,
		    const struct net_station *to, uint32_t bytes)
{
	memcpy(frame, to->mac, 6);
	if (to->address == UINT32_MAX)
		memset(frame, 0xff, 6);
	memcpy(frame + 6, from->mac, 6);
	net_put16(frame + 12, NET_TYPE_IP);
	frame += AT_IP;
	memset(frame, 0, NET_IP_BYTES);
	frame[0] = 0x45;
	net_put16(frame + 2, NET_IP_BYTES + bytes);
	frame[8] = 64;
	frame[9] = protocol;
	net_put32(frame + 12, from->address);
	net_put32(frame + 16, to->address);
	net_put16(frame + 10, net_checksum(frame, NET_IP_BYTES, 0));
}

/* -- answers -------------------------------------------------------------- */

struct question {
	const struct net_responder *responder;
	const uint8_t *frame;
	uint32_t bytes;			/* without padding */
	uint8_t *reply;
	uint32_t *reply_bytes;
};

/* A copy of the question, sent back to whoever asked. */
static void turn_ethernet(const struct question *q)
{
	memcpy(q->reply, q->frame, q->bytes);
	memcpy(q->reply, q->frame + 6, 6);
	memcpy(q->reply + 6, q->responder->self.mac, 6);
	*q->reply_bytes = q->bytes;
}

/* Turns addresses around and sums up the header, for @bytes behind it. */
static void turn_ip(const struct question *q, uint32_t to, uint32_t bytes)
{
	uint8_t *ip = q->reply + AT_IP;

	net_put16(ip + 2, NET_IP_BYTES + bytes);
	net_put32(ip + 12, q->responder->self.address);
	net_put32(ip + 16, to);
	net_put16(ip + 10, 0);
	net_put16(ip + 10, net_checksum(ip, NET_IP_BYTES, 0));
}

static enum net_reply reply_arp(const struct question *q)
{
	const struct net_station *self = &q->responder->self;
	uint8_t *reply = q->reply;

	if (q->bytes < NET_ETH_BYTES + ARP_BYTES ||
	    net_get16(q->frame + 20) != 1 ||
	    net_get32(q->frame + 38) != self->address)
		return NET_REPLY_NONE;
	turn_ethernet(q);
	net_put16(reply + 20, 2);
	memcpy(reply + 22, self->mac, 6);
	net_put32(reply + 28, self->address);
	memcpy(reply + 32, q->frame + 22, 10);
	return NET_REPLY_ARP;
}

static enum net_reply reply_icmp(const struct question *q)
{
	const uint8_t *question = q->frame + AT_DATA;
	uint32_t data = q->bytes - AT_DATA;
	uint8_t *reply = q->reply + AT_DATA;

	if (data < 8 || net_checksum(question, data, 0))
		return NET_REPLY_BAD;
	if (question[0] != 8)
		return NET_REPLY_NONE;
	turn_ethernet(q);
	turn_ip(q, net_get32(q->frame + AT_IP + 12), data);
	reply[0] = 0;
	net_put16(reply + 2, 0);
	net_put16(reply + 2, net_checksum(reply, data, 0));
	return NET_REPLY_ECHO;
}

static enum net_reply reply_udp_echo(const struct question *q)
{
	uint8_t *udp = q->reply + AT_DATA;

	turn_ethernet(q);
	turn_ip(q, net_get32(q->frame + AT_IP + 12), q->bytes - AT_DATA);
	net_put16(udp, PORT_ECHO);
	net_put16(udp + 2, net_get16(q->frame + AT_DATA));
	net_put16(udp + 6, 0);		/* without a sum */
	return NET_REPLY_UDP;
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

static enum net_reply reply_dhcp(const struct question *q)
{
	const uint32_t total = AT_PAYLOAD + DHCP_BYTES + 16;
	const struct net_responder *r = q->responder;
	struct question cut = *q;
	uint8_t *udp = q->reply + AT_DATA, *message = q->reply + AT_PAYLOAD;
	uint8_t type;

	if (!r->lease || q->bytes < AT_PAYLOAD + DHCP_BYTES)
		return NET_REPLY_NONE;
	type = dhcp_type(q->frame + AT_PAYLOAD + DHCP_BYTES,
			 q->bytes - AT_PAYLOAD - DHCP_BYTES);
	if (type != 1 && type != 3)
		return NET_REPLY_NONE;
	cut.bytes = AT_PAYLOAD + DHCP_BYTES;
	turn_ethernet(&cut);
	memset(q->reply + cut.bytes, 0, total - cut.bytes);
	message[0] = 2;
	net_put32(message + 16, r->lease);
	net_put32(message + 20, r->self.address);
	message += DHCP_BYTES;
	memcpy(message, (uint8_t[]){ 53, 1, type == 1 ? 2 : 5, 54, 4 }, 5);
	net_put32(message + 5, r->self.address);
	message[9] = 255;
	memset(q->reply, 0xff, 6);
	net_put16(udp, PORT_SERVER);
	net_put16(udp + 2, PORT_CLIENT);
	net_put16(udp + 4, total - AT_DATA);
	net_put16(udp + 6, 0);
	turn_ip(q, UINT32_MAX, total - AT_DATA);
	*q->reply_bytes = total;
	return NET_REPLY_DHCP;
}

static enum net_reply reply_udp(const struct question *q)
{
	uint32_t port, to = net_get32(q->frame + AT_IP + 16);

	if (q->bytes < AT_PAYLOAD)
		return NET_REPLY_BAD;
	port = net_get16(q->frame + AT_DATA + 2);
	if (port == PORT_SERVER)
		return reply_dhcp(q);
	if (port == PORT_ECHO && to == q->responder->self.address)
		return reply_udp_echo(q);
	return NET_REPLY_NONE;
}

/* The bytes of a frame with a good IP header, without padding, or 0. */
static uint32_t ip_bytes(const uint8_t *frame, uint32_t bytes)
{
	const uint8_t *ip = frame + AT_IP;
	uint32_t total;

	if (bytes < AT_DATA || ip[0] != 0x45 ||
	    net_checksum(ip, NET_IP_BYTES, 0))
		return 0;
	total = net_get16(ip + 2);
	if (total < NET_IP_BYTES || total > bytes - NET_ETH_BYTES)
		return 0;
	return NET_ETH_BYTES + total;
}

static enum net_reply reply_ip(struct question *q)
{
	const uint8_t *ip = q->frame + AT_IP;

	q->bytes = ip_bytes(q->frame, q->bytes);
	if (!q->bytes)
		return NET_REPLY_BAD;
	if (ip[9] == NET_UDP)
		return reply_udp(q);
	if (ip[9] == NET_ICMP && net_get32(ip + 16) == q->responder->self.address)
		return reply_icmp(q);
	return NET_REPLY_NONE;
}

enum net_reply net_reply(const struct net_responder *responder,
			 const void *frame, uint32_t bytes, uint8_t *reply,
			 uint32_t *reply_bytes)
{
	struct question q = {
		.responder = responder, .frame = frame, .bytes = bytes,
		.reply = reply, .reply_bytes = reply_bytes,
	};

	if (bytes < NET_ETH_BYTES || bytes > NET_FRAME_MAX)
		return NET_REPLY_NONE;
	switch (net_get16(q.frame + 12)) {
	case NET_TYPE_ARP:
		return reply_arp(&q);
	case NET_TYPE_IP:
		return reply_ip(&q);
	default:
		return NET_REPLY_NONE;
	}
}

bool net_is_dhcp(const void *frame, uint32_t bytes)
{
	const uint8_t *data = frame;

	return bytes >= AT_PAYLOAD && net_get16(data + 12) == NET_TYPE_IP &&
	       data[AT_IP + 9] == NET_UDP &&
	       net_get16(data + AT_DATA + 2) == PORT_SERVER;
}

/* -- flows ---------------------------------------------------------------- */

#define FLOW_MAGIC	0x76746266u
#define FLOW_HEADER	20

static uint8_t pattern(const struct net_flow *flow, uint32_t at)
{
	return (uint8_t)(flow->number * 13 + flow->flow * 101 + at * 3);
}

void net_flow_make(uint8_t *frame, uint32_t bytes,
		   const struct net_station *from,
		   const struct net_station *to, const struct net_flow *flow)
{
	uint8_t *udp = frame + AT_DATA, *at = frame + AT_PAYLOAD;
	uint32_t i;

	net_ip_headers(frame, NET_UDP, from, to, bytes - AT_DATA);
	net_put16(udp, PORT_DISCARD);
	net_put16(udp + 2, PORT_DISCARD);
	net_put16(udp + 4, bytes - AT_DATA);
	net_put16(udp + 6, 0);
	net_put32(at, FLOW_MAGIC);
	net_put32(at + 4, flow->flow);
	net_put32(at + 8, flow->number);
	net_put32(at + 12, (uint32_t)(flow->sent_ns >> 32));
	net_put32(at + 16, (uint32_t)flow->sent_ns);
	for (i = AT_PAYLOAD + FLOW_HEADER; i < bytes; i++)
		frame[i] = pattern(flow, i);
}

static bool is_flow(const uint8_t *frame, uint32_t bytes)
{
	return bytes >= NET_FLOW_MIN && net_get16(frame + 12) == NET_TYPE_IP &&
	       frame[AT_IP + 9] == NET_UDP &&
	       net_get16(frame + AT_DATA + 2) == PORT_DISCARD &&
	       net_get32(frame + AT_PAYLOAD) == FLOW_MAGIC;
}

int net_flow_read(const void *frame, uint32_t bytes, struct net_flow *flow)
{
	const uint8_t *data = frame, *at = data + AT_PAYLOAD;
	uint32_t i;

	if (!is_flow(data, bytes))
		return 0;
	*flow = (struct net_flow){
		.flow = net_get32(at + 4),
		.number = net_get32(at + 8),
		.sent_ns = (uint64_t)net_get32(at + 12) << 32 |
			   net_get32(at + 16),
	};
	if (ip_bytes(data, bytes) != bytes)
		return -1;
	for (i = AT_PAYLOAD + FLOW_HEADER; i < bytes; i++)
		if (data[i] != pattern(flow, i))
			return -1;
	return 1;
}

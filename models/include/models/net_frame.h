/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_frame.h - Ethernet frames as machines on a network make and read them
 *
 * IPv4 without options or fragments. Numbers and layouts: RFC 826, 791, 792,
 * 768, 2131. Addresses are in host order, MAC addresses are six bytes.
 */
#ifndef MODELS_NET_FRAME_H
#define MODELS_NET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define NET_FRAME_MAX	1514
#define NET_ETH_BYTES	14
#define NET_IP_BYTES	20
#define NET_UDP_BYTES	8

#define NET_TYPE_IP	0x0800
#define NET_TYPE_ARP	0x0806

enum net_protocol { NET_ICMP = 1, NET_UDP = 17 };

static inline uint16_t net_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t net_get32(const uint8_t *at)
{
	return (uint32_t)net_get16(at) << 16 | net_get16(at + 2);
}

static inline void net_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void net_put32(uint8_t *at, uint32_t value)
{
	net_put16(at, value >> 16);
	net_put16(at + 2, value);
}

/* The sum of RFC 1071 over @bytes, begun with @sum, in host order. */
uint16_t net_checksum(const void *data, uint32_t bytes, uint32_t sum);

/* Who somebody is on a network. */
struct net_station {
	uint8_t mac[6];
	uint32_t address;
};

/*
 * Ethernet and IP in front of @bytes from one station to another; a receiver
 * with the address UINT32_MAX is all.
 */
void net_ip_headers(uint8_t *frame, enum net_protocol protocol,
		    const struct net_station *from,
		    const struct net_station *to, uint32_t bytes);

enum net_reply {
	NET_REPLY_NONE,			/* not for us, or nothing to say */
	NET_REPLY_BAD,			/* checksum or form */
	NET_REPLY_ARP,
	NET_REPLY_ECHO,
	NET_REPLY_UDP,			/* port 7, echo */
	NET_REPLY_DHCP,
};

struct net_responder {
	struct net_station self;
	uint32_t lease;			/* it gives away by DHCP; 0: none */
};

/*
 * What a machine answers to @frame: an ARP reply, an echo reply, the same UDP
 * data, an offer or acknowledgement of one address. The answer is put into
 * @reply (NET_FRAME_MAX bytes), its length into *@reply_bytes.
 */
enum net_reply net_reply(const struct net_responder *responder,
			 const void *frame, uint32_t bytes, uint8_t *reply,
			 uint32_t *reply_bytes);

/* For a DHCP server? */
bool net_is_dhcp(const void *frame, uint32_t bytes);

/* -- flows ---------------------------------------------------------------- */

/*
 * Numbered UDP datagrams to port 9 (discard), which say when they were sent,
 * filled with a pattern that depends on flow and number:
 *
 *	magic:32 flow:32 number:32 sent_ns:64 pattern...
 */
#define NET_FLOW_MIN	(NET_ETH_BYTES + NET_IP_BYTES + NET_UDP_BYTES + 20)

struct net_flow {
	uint32_t flow;
	uint32_t number;
	uint64_t sent_ns;
};

/* @bytes: of the frame, from NET_FLOW_MIN to NET_FRAME_MAX. */
void net_flow_make(uint8_t *frame, uint32_t bytes,
		   const struct net_station *from,
		   const struct net_station *to, const struct net_flow *flow);

/*
 * 1: a frame of a flow, as it was made; 0: another frame; -1: one of a flow
 * that has been changed.
 */
int net_flow_read(const void *frame, uint32_t bytes, struct net_flow *flow);

#endif

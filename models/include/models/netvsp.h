/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netvsp.h - the host's network service of one guest: NetVSC and RNDIS
 *
 *	guest                              host
 *	init, NDIS version, buffers -->    agrees on a version, knows memory
 *	RNDIS messages (GPA-direct,        answers, or .transmit() a frame;
 *	  or a piece of the send buffer) ->   completes
 *	<-- RNDIS messages in pieces of    netvsp_deliver(): a frame
 *	      the receive buffer
 *	completion -->                     the piece is free again
 *
 * Numbers and layouts are those of hyperv_net.h of Linux and of the Remote NDIS
 * specification. Frames that find no piece wait in a short queue; what does not
 * fit there is dropped, as a switch does, and the dropping is counted.
 */
#ifndef MODELS_NETVSP_H
#define MODELS_NETVSP_H

#include <models/vmbus_bus.h>

#define NETVSP_FRAME_MAX	1514
#define NETVSP_VERSION_1	0x00002u
#define NETVSP_VERSION_2	0x30002u
#define NETVSP_VERSION_4	0x40000u
#define NETVSP_VERSION_5	0x50000u
#define NETVSP_VERSION_6	0x60000u

struct netvsp;

struct netvsp_options {
	uint8_t mac[6];
	uint32_t first_version;		/* 0: all that there are */
	uint32_t last_version;
	uint64_t transmit_ns;		/* from a packet to its completion */
	uint16_t source;		/* of its events */
	uint8_t unset;			/* of memory nobody has set; 0: any */
	/* A frame of the guest; it is there until the call returns. */
	void (*transmit)(void *arg, const void *frame, uint32_t bytes);
	/* It could not be sent, and the guest is told so; may be NULL. */
	void (*failed)(void *arg);
	void *arg;
};

/* Offers itself on the bus. */
struct netvsp *netvsp_new(struct vmbus_bus *bus,
			  const struct netvsp_options *options);
struct vmbus_offer *netvsp_offer(const struct netvsp *netvsp);

/*
 * A frame for the guest. False: dropped, because nobody listens, the link is
 * down, or the queue is full.
 */
bool netvsp_deliver(struct netvsp *netvsp, const void *frame, uint32_t bytes);

/* Tells the guest. */
void netvsp_set_link(struct netvsp *netvsp, bool up);
void netvsp_keepalive(struct netvsp *netvsp);

/* Any RNDIS message, @bytes long: for hostile hosts. */
bool netvsp_send_message(struct netvsp *netvsp, const void *message,
			 uint32_t bytes);
/* Any packet: for hostile hosts. False: there is no channel, or no room. */
bool netvsp_send_raw(struct netvsp *netvsp, const struct vmbus_packet *packet);
/*
 * A packet with @nr times the same range, which says that there are @said. With
 * NETVSP_MAX_RANGES it is as long as guests take; what follows the ranges looks
 * like more of them.
 */
#define NETVSP_MAX_RANGES	56
bool netvsp_send_pieces(struct netvsp *netvsp, uint16_t pageset, uint32_t nr,
			uint32_t said, const struct vmbus_xfer_range *range);

/* Of netvsp_state.answering: types of messages. */
#define NETVSP_ANSWERS_INIT	1
#define NETVSP_ANSWERS_BUFFER	101

struct netvsp_state {
	bool established;		/* receive buffer */
	bool send_established;
	bool initialised;		/* RNDIS */
	bool link_up;
	uint32_t answering;		/* just now: what; 0: nothing */
	bool untold;			/* the guest has not heard of it */
	uint32_t version;		/* 0: none agreed upon */
	uint32_t filter;
	uint32_t pieces;		/* of the receive buffer */
	uint32_t pieces_busy;		/* with the guest */
	uint32_t waiting;		/* frames in the queue */
	uint32_t transmitting;		/* packets not completed */
	uint32_t dropped;		/* frames, in netvsp_deliver() */
	uint64_t piece_map;		/* a bit each: busy */
};
void netvsp_state(const struct netvsp *netvsp, struct netvsp_state *state);

/* First id of receive transactions, and of each piece: for hostile hosts. */
#define NETVSP_RX_TRANSACTION	0x1000000ull

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netvsp_internal.h - what the files of the host's network service share
 */
#ifndef MODELS_NETVSP_INTERNAL_H
#define MODELS_NETVSP_INTERNAL_H

#include <models/netvsp.h>
#include <models/worker.h>

#include "wire.h"

#define PIECE_BYTES	1728	/* of the receive buffer */
#define SEND_PIECE	6144	/* of the send buffer */
#define MAX_PIECES	63	/* one bit is spare */
#define QUEUE_FRAMES	16
#define MAX_TRANSMITS	64
#define MAX_SEGMENTS	8
#define MESSAGE_MAX	(NETVSP_FRAME_MAX + 128)	/* of RNDIS */
#define PACK_MAX	4	/* messages in one packet to the guest */

/* A packet of the guest that is not completed. */
struct transmit {
	uint64_t transaction;
	uint32_t channel;
	uint32_t nr_segments;
	struct vmbus_segment segments[MAX_SEGMENTS];
	uint32_t send_index;		/* NVSP_NO_INDEX: none */
	uint32_t send_bytes;
	bool wants_completion;
};

struct queued {
	uint32_t bytes;
	uint32_t channel;
	uint8_t message[MESSAGE_MAX];
};

struct netvsp {
	struct sim *sim;
	struct vmbus_bus *bus;
	struct vmbus_offer *offer;
	struct netvsp_options options;
	uint32_t version;
	bool ndis_version;
	struct vmbus_gpadl *rx;		/* established */
	uint16_t rx_id;
	struct vmbus_gpadl *tx;
	uint16_t tx_id;
	uint32_t nr_pieces;
	uint64_t busy;			/* pieces with the guest */
	uint8_t first_of[MAX_PIECES];	/* of its packet: names it */
	bool link_up;
	uint32_t answering;		/* enum nvsp_type of what it answers */
	bool untold;			/* there was no room to say so */
	bool rndis_initialised;
	uint32_t filter;
	uint32_t dropped;
	struct model_job transmitted;
	struct transmit transmits[MAX_TRANSMITS];
	uint32_t transmit_head, nr_transmits;
	struct queued queue[QUEUE_FRAMES];
	uint32_t queue_head, queue_nr;
	/* Completions that found no room. */
	struct vmbus_packet_header owed[MAX_TRANSMITS];
	uint32_t owed_status[MAX_TRANSMITS];
	uint32_t nr_owed;
};

/* -- netvsp.c -- */

void netvsp_violation(struct netvsp *netvsp, const char *rule, const char *why);
/* Queues a message for the guest; false if there is no room. */
bool netvsp_queue(struct netvsp *netvsp, uint32_t channel,
		  const struct rndis_message *message, uint32_t bytes,
		  const void *more, uint32_t more_bytes);

/* -- rndis.c -- */

/* The guest's message; what it says of itself is not believed. */
void rndis_receive(struct netvsp *netvsp, uint32_t channel,
		   const uint8_t *data, uint32_t bytes);
void rndis_closed(struct netvsp *netvsp);
void rndis_indicate_link(struct netvsp *netvsp);

#endif

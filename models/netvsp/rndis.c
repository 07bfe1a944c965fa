/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rndis.c - the device that a guest talks RNDIS with
 *
 * FAULT MODEL
 *
 * As of netvsp.c. Requests are answered once each, in order, as long as there
 * is a receive buffer for answers; OIDs that are not known are NOT_SUPPORTED.
 * It keeps to what it has said: no frame before it is initialised and a filter
 * is set, none while the link is down.
 */
#include <stddef.h>
#include <string.h>

#include <sim/finding.h>

#include "netvsp_internal.h"

static void answer(struct netvsp *netvsp, struct rndis_message *message,
		   uint32_t bytes, const void *info, uint32_t info_bytes)
{
	message->bytes = bytes + info_bytes;
	netvsp_queue(netvsp, NVSP_CHANNEL_CONTROL, message, bytes, info,
		     info_bytes);
}

/* -- requests ------------------------------------------------------------- */

static void init(struct netvsp *netvsp, const struct rndis_message *message)
{
	struct rndis_message reply = {
		.type = RNDIS_INIT | RNDIS_COMPLETE,
		.init_complete = {
			.id = message->init.id,
			.major = 1,
			.flags = 1,	/* connectionless */
			.max_packets = 8,
			.max_transfer = 0x4000,
			.alignment = 3,
		},
	};

	if (message->init.major != 1 || message->init.minor)
		netvsp_violation(netvsp, "rndis-version",
				 "the guest asks for a version that there is not");
	if (netvsp->rndis_initialised)
		netvsp_violation(netvsp, "rndis-init-twice",
				 "the device was initialised already");
	netvsp->rndis_initialised = true;
	answer(netvsp, &reply, RNDIS_BYTES(init_complete), NULL, 0);
}

static void halt(struct netvsp *netvsp, const struct rndis_message *message)
{
	(void)message;
	if (!netvsp->rndis_initialised)
		netvsp_violation(netvsp, "rndis-halt-twice",
				 "a device is halted that is not initialised");
	rndis_closed(netvsp);
}

/* Bytes of what @oid is about; 0: unknown. */
static uint32_t information(const struct netvsp *netvsp, uint32_t oid,
			    uint8_t *info)
{
	uint32_t value;

	switch (oid) {
	case OID_802_3_PERMANENT_ADDRESS:
	case OID_802_3_CURRENT_ADDRESS:
		memcpy(info, netvsp->options.mac, 6);
		/* Somebody has given the device another one. */
		info[5] ^= oid == OID_802_3_PERMANENT_ADDRESS ? 0x80 : 0;
		return 6;
	case OID_GEN_MEDIA_CONNECT_STATUS:
		value = !netvsp->link_up;
		break;
	case OID_GEN_MAXIMUM_FRAME_SIZE:
		value = NETVSP_FRAME_MAX - 14;
		break;
	case OID_GEN_LINK_SPEED:
		value = 100000000;	/* of 100 bit/s */
		break;
	case OID_GEN_CURRENT_PACKET_FILTER:
		value = netvsp->filter;
		break;
	default:
		return 0;
	}
	memcpy(info, &value, sizeof(value));
	return sizeof(value);
}

static void query(struct netvsp *netvsp, const struct rndis_message *message)
{
	struct rndis_message reply = {
		.type = RNDIS_QUERY | RNDIS_COMPLETE,
		.query_complete = {
			.id = message->request.id,
			.status = RNDIS_NOT_SUPPORTED,
		},
	};
	uint8_t info[8];
	uint32_t bytes = information(netvsp, message->request.oid, info);

	if (bytes) {
		reply.query_complete.status = RNDIS_OK;
		reply.query_complete.info_bytes = bytes;
		reply.query_complete.info_offset = sizeof(reply.query_complete);
	}
	answer(netvsp, &reply, RNDIS_BYTES(query_complete), info, bytes);
}

static void set(struct netvsp *netvsp, const struct rndis_message *message)
{
	const uint8_t *base = (const uint8_t *)message + RNDIS_HEADER_BYTES;
	uint32_t room = message->bytes - RNDIS_HEADER_BYTES;
	uint32_t offset = message->request.info_offset;
	uint32_t bytes = message->request.info_bytes;
	struct rndis_message reply = {
		.type = RNDIS_SET | RNDIS_COMPLETE,
		.complete = {
			.id = message->request.id, .status = RNDIS_FAILED,
		},
	};

	if (offset > room || bytes > room - offset)
		netvsp_violation(netvsp, "rndis-form",
				 "information does not lie in its message");
	else if (message->request.oid != OID_GEN_CURRENT_PACKET_FILTER)
		reply.complete.status = RNDIS_NOT_SUPPORTED;
	else if (bytes == sizeof(netvsp->filter)) {
		memcpy(&netvsp->filter, base + offset, bytes);
		reply.complete.status = RNDIS_OK;
	}
	answer(netvsp, &reply, RNDIS_BYTES(complete), NULL, 0);
}

static void keepalive(struct netvsp *netvsp,
		      const struct rndis_message *message)
{
	struct rndis_message reply = {
		.type = RNDIS_KEEPALIVE | RNDIS_COMPLETE,
		.complete = { .id = message->id },
	};

	answer(netvsp, &reply, RNDIS_BYTES(complete), NULL, 0);
}

static void packet(struct netvsp *netvsp, const struct rndis_message *message)
{
	const uint8_t *base = (const uint8_t *)message + RNDIS_HEADER_BYTES;
	uint32_t room = message->bytes - RNDIS_HEADER_BYTES;
	uint32_t offset = message->packet.data_offset;
	uint32_t bytes = message->packet.data_bytes;

	if (offset < sizeof(message->packet) || offset > room ||
	    bytes > room - offset || bytes > NETVSP_FRAME_MAX)
		netvsp_violation(netvsp, "rndis-form",
				 "a frame does not lie in its message");
	else if (netvsp->options.transmit && netvsp->link_up)
		netvsp->options.transmit(netvsp->options.arg, base + offset,
					 bytes);
}

/* -- messages ------------------------------------------------------------- */

static const struct {
	uint32_t type;
	uint32_t bytes;			/* at least */
	uint32_t channel;
	bool before_init;
	void (*handle)(struct netvsp *netvsp,
		       const struct rndis_message *message);
} messages[] = {
	{ RNDIS_PACKET, RNDIS_BYTES(packet), NVSP_CHANNEL_DATA, false, packet },
	{ RNDIS_INIT, RNDIS_BYTES(init), NVSP_CHANNEL_CONTROL, true, init },
	{ RNDIS_HALT, RNDIS_BYTES(id), NVSP_CHANNEL_CONTROL, true, halt },
	{ RNDIS_QUERY, RNDIS_BYTES(request), NVSP_CHANNEL_CONTROL, false,
	  query },
	{ RNDIS_SET, RNDIS_BYTES(request), NVSP_CHANNEL_CONTROL, false, set },
	{ RNDIS_KEEPALIVE, RNDIS_BYTES(id), NVSP_CHANNEL_CONTROL, false,
	  keepalive },
	{ RNDIS_KEEPALIVE | RNDIS_COMPLETE, RNDIS_BYTES(complete),
	  NVSP_CHANNEL_CONTROL, false, NULL },
};

/* All of a message is for the host to read, but a frame is the network's. */
static void check_unset(struct netvsp *netvsp,
			const struct rndis_message *message)
{
	const uint8_t unset = netvsp->options.unset;
	uint32_t bytes = message->type == RNDIS_PACKET ? RNDIS_BYTES(packet) :
			 message->bytes, i;
	const uint8_t *at = (const uint8_t *)message;

	for (i = 0; unset && i + 4 <= bytes; i += 4)
		if (at[i] == unset && at[i + 1] == unset &&
		    at[i + 2] == unset && at[i + 3] == unset)
			netvsp_violation(netvsp, "unset-bytes",
					 "a message shows memory that nobody has set");
}

void rndis_receive(struct netvsp *netvsp, uint32_t channel,
		   const uint8_t *data, uint32_t bytes)
{
	uint32_t nr = sizeof(messages) / sizeof(messages[0]), i;
	union {
		struct rndis_message message;
		uint8_t bytes[MESSAGE_MAX];
	} copy;

	memset(&copy.message, 0, sizeof(copy.message));
	memcpy(copy.bytes, data, bytes);
	for (i = 0; i < nr && messages[i].type != copy.message.type; i++)
		;
	if (bytes < RNDIS_HEADER_BYTES || copy.message.bytes != bytes ||
	    i == nr || bytes < messages[i].bytes ||
	    channel != messages[i].channel) {
		netvsp_violation(netvsp, "rndis-form",
				 "type, length or channel of a message are wrong");
		return;
	}
	check_unset(netvsp, &copy.message);
	if (!netvsp->rndis_initialised && !messages[i].before_init) {
		netvsp_violation(netvsp, "rndis-order",
				 "a message before the device is initialised");
		return;
	}
	if (messages[i].handle)
		messages[i].handle(netvsp, &copy.message);
}

void rndis_closed(struct netvsp *netvsp)
{
	netvsp->rndis_initialised = false;
	netvsp->filter = 0;
}

void rndis_indicate_link(struct netvsp *netvsp)
{
	struct rndis_message message = {
		.type = RNDIS_INDICATE,
		.indicate.status = netvsp->link_up ? RNDIS_MEDIA_CONNECT :
				   RNDIS_MEDIA_DISCONNECT,
	};

	if (!netvsp->rndis_initialised)
		return;
	message.bytes = RNDIS_BYTES(indicate);
	if (!netvsp_queue(netvsp, NVSP_CHANNEL_CONTROL, &message,
			  RNDIS_BYTES(indicate), NULL, 0))
		netvsp->untold = true;
}

void netvsp_keepalive(struct netvsp *netvsp)
{
	struct rndis_message message = {
		.type = RNDIS_KEEPALIVE, .id = 0x11fe,
	};

	if (netvsp->rndis_initialised)
		answer(netvsp, &message, RNDIS_BYTES(id), NULL, 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_wire.h - messages, packets and rings of VMBus (private to this folder)
 *
 * All fields are little-endian. A ring is a page of indices followed by its
 * data; a packet in it is a descriptor, perhaps more header, the payload padded
 * to eight bytes, and eight bytes that say where it began.
 */
#ifndef NETVSC_VMBUS_WIRE_H
#define NETVSC_VMBUS_WIRE_H

#include <stdint.h>

#define VMBUS_MESSAGE_ID	1	/* connection of messages */
#define VMBUS_EVENT_ID		2	/* connection of events */
#define VMBUS_MESSAGE_TYPE	1
#define VMBUS_MESSAGE_SINT	2

#define VMBUS_OFFER_CHANNEL	1
#define VMBUS_RESCIND_CHANNEL	2
#define VMBUS_REQUEST_OFFERS	3
#define VMBUS_ALL_OFFERS_DELIVERED 4
#define VMBUS_OPEN_CHANNEL	5
#define VMBUS_OPEN_CHANNEL_RESULT 6
#define VMBUS_CLOSE_CHANNEL	7
#define VMBUS_GPADL_HEADER	8
#define VMBUS_GPADL_BODY	9
#define VMBUS_GPADL_CREATED	10
#define VMBUS_GPADL_TEARDOWN	11
#define VMBUS_GPADL_TORNDOWN	12
#define VMBUS_RELID_RELEASED	13
#define VMBUS_INITIATE_CONTACT	14
#define VMBUS_VERSION_RESPONSE	15
#define VMBUS_UNLOAD		16
#define VMBUS_UNLOAD_RESPONSE	17

#define VMBUS_VERSION_WS2008	0x0000000du
#define VMBUS_VERSION_WIN7	0x00010001u
#define VMBUS_VERSION_WIN8	0x00020004u
#define VMBUS_VERSION_WIN8_1	0x00030000u

struct vmbus_message_header {
	uint32_t type;
	uint32_t reserved;
} __packed;

struct vmbus_offer_channel {
	struct vmbus_message_header header;
	union uuid type;
	union uuid instance;
	uint8_t opaque[140];
	uint16_t reserved;
	uint16_t reserved2;
	uint32_t channel;
	uint8_t monitor;
	uint8_t monitored;
	uint16_t dedicated;
	uint32_t connection;
} __packed;

/* Rescind, close, release. */
struct vmbus_channel_message {
	struct vmbus_message_header header;
	uint32_t channel;
} __packed;

struct vmbus_open_channel {
	struct vmbus_message_header header;
	uint32_t channel;
	uint32_t id;
	uint32_t gpadl;
	uint32_t vp;
	uint32_t out_pages;		/* where the ring to the guest begins */
	uint8_t opaque[120];
} __packed;

struct vmbus_open_channel_result {
	struct vmbus_message_header header;
	uint32_t channel;
	uint32_t id;
	uint32_t status;
} __packed;

struct vmbus_gpadl_header {
	struct vmbus_message_header header;
	uint32_t channel;
	uint32_t gpadl;
	uint16_t range_len;		/* with the next two fields */
	uint16_t range_count;
	uint32_t len;
	uint32_t offset;
	uint64_t pfn[];
} __packed;

struct vmbus_gpadl_body {
	struct vmbus_message_header header;
	uint32_t number;
	uint32_t gpadl;
	uint64_t pfn[];
} __packed;

struct vmbus_gpadl_created {
	struct vmbus_message_header header;
	uint32_t channel;
	uint32_t gpadl;
	uint32_t status;
} __packed;

struct vmbus_gpadl_teardown {
	struct vmbus_message_header header;
	uint32_t channel;
	uint32_t gpadl;
} __packed;

struct vmbus_gpadl_torndown {
	struct vmbus_message_header header;
	uint32_t gpadl;
} __packed;

struct vmbus_initiate_contact {
	struct vmbus_message_header header;
	uint32_t version;
	uint32_t vp;
	uint64_t interrupt;
	uint64_t monitor[2];
} __packed;

struct vmbus_version_response {
	struct vmbus_message_header header;
	uint8_t supported;
	uint8_t state;
	uint16_t reserved;
	uint32_t connection;
} __packed;

/* -- rings ---------------------------------------------------------------- */

struct vmbus_ring {
	uint32_t prod;
	uint32_t cons;
	uint32_t intr_mask;
	uint32_t pending_send_len;
	uint32_t reserved[12];
	uint32_t features;
	uint8_t reserved2[4096 - 68];
	uint8_t data[];
} __packed;

#define VMBUS_DATA_INBAND	6
#define VMBUS_DATA_XFER_PAGES	7
#define VMBUS_DATA_GPA_DIRECT	9
#define VMBUS_CANCELLATION	10
#define VMBUS_COMPLETION	11

#define VMBUS_COMPLETION_REQUESTED 1

struct vmbus_packet_header {
	uint16_t type;
	uint16_t hdr_qlen;		/* in units of eight bytes */
	uint16_t qlen;
	uint16_t flags;
	uint64_t xid;
} __packed;

struct vmbus_xfer_range {
	uint32_t len;
	uint32_t offset;
} __packed;

struct vmbus_xfer_page_header {
	struct vmbus_packet_header header;
	uint16_t pageset;
	uint8_t owner;
	uint8_t reserved;
	uint32_t range_count;
	struct vmbus_xfer_range range[];
} __packed;

struct vmbus_gpa_direct_header {
	struct vmbus_packet_header header;
	uint32_t reserved;
	uint32_t range_count;
	uint32_t len;
	uint32_t offset;
	uint64_t pfn[];
} __packed;

/* In front of the next packet: where this one began. */
struct vmbus_packet_footer {
	uint32_t reserved;
	uint32_t prod;
} __packed;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_wire.h - messages and packets of VMBus as they lie in memory
 *
 * Numbers and layouts are those of <linux/hyperv.h> and, for hypercalls, of the
 * Hypervisor Top Level Functional Specification; all fields little-endian.
 *
 *	channel message:  type, padding | body                (at most 240 bytes)
 *	packet in a ring: descriptor | more of it | payload | where it began
 *	                  16 bytes     up to header8 * 8      8 bytes
 */
#ifndef MODELS_VMBUS_WIRE_H
#define MODELS_VMBUS_WIRE_H

#include <stdint.h>

#define HVCALL_SET_VP_REGISTERS	0x51
#define HVCALL_POST_MESSAGE	0x5c
#define HVCALL_SIGNAL_EVENT	0x5d

#define HV_STATUS_SUCCESS		0
#define HV_STATUS_INVALID_CODE		2
#define HV_STATUS_INVALID_INPUT		3
#define HV_STATUS_INVALID_CONNECTION	18
#define HV_STATUS_INSUFFICIENT_BUFFERS	19

#define VMBUS_MESSAGE_CONNECTION	1
#define VMBUS_EVENT_CONNECTION		2
#define VMBUS_MESSAGE_CONNECTION_4	4
#define VMBUS_MESSAGE_SINT		2
#define VMBUS_MESSAGE_TYPE		1	/* of messages in both directions */
#define VMBUS_MESSAGE_BYTES		240

enum vmbus_message_type {
	VMBUS_OFFER = 1,
	VMBUS_RESCIND = 2,
	VMBUS_REQUEST_OFFERS = 3,
	VMBUS_ALL_OFFERS = 4,
	VMBUS_OPEN = 5,
	VMBUS_OPEN_RESULT = 6,
	VMBUS_CLOSE = 7,
	VMBUS_GPADL_HEADER = 8,
	VMBUS_GPADL_BODY = 9,
	VMBUS_GPADL_CREATED = 10,
	VMBUS_GPADL_TEARDOWN = 11,
	VMBUS_GPADL_TORNDOWN = 12,
	VMBUS_RELID_RELEASED = 13,
	VMBUS_INITIATE_CONTACT = 14,
	VMBUS_VERSION_RESPONSE = 15,
	VMBUS_UNLOAD = 16,
	VMBUS_UNLOAD_RESPONSE = 17,
	VMBUS_MODIFY = 22,
	VMBUS_MODIFY_RESPONSE = 24,
	VMBUS_MESSAGE_TYPES
};

#define VMBUS_VERSION(major, minor)	((uint32_t)(major) << 16 | (minor))

struct vmbus_message_header {
	uint32_t type;
	uint32_t padding;
};

struct vmbus_offer_message {
	struct vmbus_message_header header;
	uint8_t type[16];
	uint8_t instance[16];
	uint64_t reserved1[2];
	uint16_t flags;
	uint16_t mmio_mbytes;
	uint8_t user_defined[120];
	uint16_t sub_channel;
	uint16_t reserved2;
	uint32_t relid;
	uint8_t monitor;
	uint8_t monitor_allocated;
	uint16_t dedicated;
	uint32_t connection;
} __attribute__((packed));

/* Events of the channel are to come to another vCPU; answered from 5.3 on. */
struct vmbus_modify_message {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t target_vp;
} __attribute__((packed));

struct vmbus_modify_response {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t status;
} __attribute__((packed));

/* RESCIND, CLOSE, RELID_RELEASED */
struct vmbus_relid_message {
	struct vmbus_message_header header;
	uint32_t relid;
} __attribute__((packed));

struct vmbus_open_message {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t openid;
	uint32_t gpadl;
	uint32_t target_vp;
	uint32_t downstream_page;
	uint8_t user_data[120];
} __attribute__((packed));

struct vmbus_open_result {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t openid;
	uint32_t status;
} __attribute__((packed));

struct vmbus_gpadl_header {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t gpadl;
	uint16_t range_bytes;		/* of all ranges, their heads included */
	uint16_t nr_ranges;
	uint32_t bytes;			/* of the first range */
	uint32_t offset;
	uint64_t pfns[];
} __attribute__((packed));

struct vmbus_gpadl_body {
	struct vmbus_message_header header;
	uint32_t number;		/* of the body, 1, 2... */
	uint32_t gpadl;
	uint64_t pfns[];
} __attribute__((packed));

struct vmbus_gpadl_created {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t gpadl;
	uint32_t status;
} __attribute__((packed));

struct vmbus_gpadl_teardown {
	struct vmbus_message_header header;
	uint32_t relid;
	uint32_t gpadl;
} __attribute__((packed));

struct vmbus_gpadl_torndown {
	struct vmbus_message_header header;
	uint32_t gpadl;
} __attribute__((packed));

struct vmbus_initiate_contact {
	struct vmbus_message_header header;
	uint32_t version;
	uint32_t target_vp;
	uint64_t interrupt_page;
	uint64_t monitor_pages[2];
} __attribute__((packed));

struct vmbus_version_response {
	struct vmbus_message_header header;
	uint8_t supported;
	uint8_t state;
	uint16_t padding;
	uint32_t connection;
} __attribute__((packed));

/* -- packets -------------------------------------------------------------- */

enum vmbus_packet_type {
	VMBUS_DATA_INBAND = 6,
	VMBUS_DATA_XFER_PAGES = 7,
	VMBUS_DATA_GPA_DIRECT = 9,
	VMBUS_CANCEL = 10,
	VMBUS_COMPLETION = 11,
};

#define VMBUS_COMPLETION_REQUESTED	1	/* flag */
#define VMBUS_TRAILER_BYTES		8

struct vmbus_packet_header {
	uint16_t type;
	uint16_t header8;		/* where the payload begins */
	uint16_t total8;		/* without the trailer */
	uint16_t flags;
	uint64_t transaction;
};

struct vmbus_xfer_range {
	uint32_t bytes;
	uint32_t offset;
};

struct vmbus_xfer_header {
	uint16_t pageset;
	uint8_t sender_owns;
	uint8_t reserved;
	uint32_t nr_ranges;
	struct vmbus_xfer_range ranges[];
};

/* Behind the descriptor of GPA_DIRECT: one range of pages. */
struct vmbus_gpa_header {
	uint32_t reserved;
	uint32_t nr_ranges;
	uint32_t bytes;
	uint32_t offset;
	uint64_t pfns[];
};

#endif

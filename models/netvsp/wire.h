/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.h - messages of NetVSC and RNDIS as the host knows them
 *
 * Numbers and layouts: hyperv_net.h of Linux, the Remote NDIS specification.
 * Offsets within RNDIS messages count from the end of their header (8 bytes).
 */
#ifndef MODELS_NETVSP_WIRE_H
#define MODELS_NETVSP_WIRE_H

#include <stdint.h>

#define NVSP_MESSAGE_BYTES	40	/* of the longest that is no completion */

enum nvsp_type {
	NVSP_INIT = 1,
	NVSP_INIT_COMPLETE = 2,
	NVSP_NDIS_VERSION = 100,
	NVSP_RECV_BUFFER = 101,
	NVSP_RECV_BUFFER_COMPLETE = 102,
	NVSP_REVOKE_RECV_BUFFER = 103,
	NVSP_SEND_BUFFER = 104,
	NVSP_SEND_BUFFER_COMPLETE = 105,
	NVSP_REVOKE_SEND_BUFFER = 106,
	NVSP_RNDIS = 107,
	NVSP_RNDIS_COMPLETE = 108,
	NVSP_NDIS_CONFIG = 125,
};

enum nvsp_status {
	NVSP_SUCCESS = 1,
	NVSP_FAIL = 2,
	NVSP_TOO_NEW = 3,
	NVSP_TOO_OLD = 4,
	NVSP_INVALID_RNDIS = 5,
};

struct nvsp_init {
	uint32_t type;
	uint32_t first;
	uint32_t last;
};

struct nvsp_init_complete {
	uint32_t type;
	uint32_t version;
	uint32_t max_mdl_chain;
	uint32_t status;
	uint8_t reserved[24];
};

struct nvsp_buffer {
	uint32_t type;
	uint32_t gpadl;
	uint16_t id;
	uint16_t reserved;
};

struct nvsp_revoke {
	uint32_t type;
	uint16_t id;
	uint16_t reserved;
};

struct nvsp_section {
	uint32_t offset;
	uint32_t piece_bytes;
	uint32_t nr_pieces;
	uint32_t end;
};

struct nvsp_recv_buffer_complete {
	uint32_t type;
	uint32_t status;
	uint32_t nr_sections;
	struct nvsp_section section;
	uint8_t reserved[12];
};

struct nvsp_send_buffer_complete {
	uint32_t type;
	uint32_t status;
	uint32_t piece_bytes;
	uint8_t reserved[28];
};

struct nvsp_rndis {
	uint32_t type;
	uint32_t channel;		/* 0: data, 1: control */
	uint32_t send_index;
	uint32_t send_bytes;
};
#define NVSP_CHANNEL_DATA	0
#define NVSP_CHANNEL_CONTROL	1
#define NVSP_NO_INDEX		0xffffffffu

struct nvsp_rndis_complete {
	uint32_t type;
	uint32_t status;
	uint8_t reserved[32];
};

/* -- RNDIS ---------------------------------------------------------------- */

enum rndis_type {
	RNDIS_PACKET = 1,
	RNDIS_INIT = 2,
	RNDIS_HALT = 3,
	RNDIS_QUERY = 4,
	RNDIS_SET = 5,
	RNDIS_RESET = 6,
	RNDIS_INDICATE = 7,
	RNDIS_KEEPALIVE = 8,
};
#define RNDIS_COMPLETE		0x80000000u

#define RNDIS_HEADER_BYTES	8
#define RNDIS_OK		0u
#define RNDIS_FAILED		0xc0000001u
#define RNDIS_NOT_SUPPORTED	0xc00000bbu
#define RNDIS_MEDIA_CONNECT	0x4001000bu
#define RNDIS_MEDIA_DISCONNECT	0x4001000cu

enum rndis_oid {
	OID_GEN_MAXIMUM_FRAME_SIZE = 0x00010106,
	OID_GEN_LINK_SPEED = 0x00010107,
	OID_GEN_CURRENT_PACKET_FILTER = 0x0001010e,
	OID_GEN_MEDIA_CONNECT_STATUS = 0x00010114,
	OID_802_3_PERMANENT_ADDRESS = 0x01010101,
	OID_802_3_CURRENT_ADDRESS = 0x01010102,
};

struct rndis_message {
	uint32_t type;
	uint32_t bytes;
	union {
		struct {
			uint32_t data_offset;
			uint32_t data_bytes;
			uint32_t oob_offset;
			uint32_t oob_bytes;
			uint32_t nr_oob;
			uint32_t ppi_offset;
			uint32_t ppi_bytes;
			uint32_t vc;
			uint32_t reserved;
		} packet;
		struct {
			uint32_t id;
			uint32_t major;
			uint32_t minor;
			uint32_t max_transfer;
		} init;
		struct {
			uint32_t id;
			uint32_t status;
			uint32_t major;
			uint32_t minor;
			uint32_t flags;
			uint32_t medium;
			uint32_t max_packets;
			uint32_t max_transfer;
			uint32_t alignment;
			uint32_t af_list_offset;
			uint32_t af_list_bytes;
		} init_complete;
		struct {
			uint32_t id;
			uint32_t oid;
			uint32_t info_bytes;
			uint32_t info_offset;
			uint32_t vc;
		} request;		/* query, set */
		struct {
			uint32_t id;
			uint32_t status;
			uint32_t info_bytes;
			uint32_t info_offset;
		} query_complete;
		struct {
			uint32_t id;
			uint32_t status;
		} complete;		/* set, keepalive */
		struct {
			uint32_t status;
			uint32_t info_bytes;
			uint32_t info_offset;
		} indicate;
		uint32_t id;		/* halt, keepalive */
	};
};
#define RNDIS_BYTES(member)						\
	(RNDIS_HEADER_BYTES + sizeof(((struct rndis_message *)0)->member))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rndis.h - network devices whose frames travel as RNDIS messages
 *
 * A transport (NetVSC) brings whole messages to the host and back. Numbers and
 * layouts are those of the Remote NDIS specification; all fields are little-
 * endian, offsets count from the field given.
 */
#ifndef _IPXE_RNDIS_H
#define _IPXE_RNDIS_H

#include <byteswap.h>
#include <ipxe/iobuf.h>
#include <ipxe/netdevice.h>

/* How long to wait for an answer at most. */
#define RNDIS_MAX_WAIT_MS	100

struct rndis_header {
	uint32_t type;
	uint32_t len;			/* of the whole message */
} __packed;

#define RNDIS_PACKET_MSG		0x00000001u
#define RNDIS_INITIALISE_MSG		0x00000002u
#define RNDIS_HALT_MSG			0x00000003u
#define RNDIS_QUERY_MSG			0x00000004u
#define RNDIS_SET_MSG			0x00000005u
#define RNDIS_RESET_MSG			0x00000006u
#define RNDIS_INDICATE_STATUS_MSG	0x00000007u
#define RNDIS_KEEPALIVE_MSG		0x00000008u
#define RNDIS_COMPLETION		0x80000000u
#define RNDIS_INITIALISE_CMPLT	(RNDIS_INITIALISE_MSG | RNDIS_COMPLETION)
#define RNDIS_QUERY_CMPLT	(RNDIS_QUERY_MSG | RNDIS_COMPLETION)
#define RNDIS_SET_CMPLT		(RNDIS_SET_MSG | RNDIS_COMPLETION)
#define RNDIS_KEEPALIVE_CMPLT	(RNDIS_KEEPALIVE_MSG | RNDIS_COMPLETION)

#define RNDIS_STATUS_SUCCESS		0x00000000u
#define RNDIS_STATUS_FAILURE		0xc0000001u
#define RNDIS_STATUS_NOT_SUPPORTED	0xc00000bbu
#define RNDIS_STATUS_MEDIA_CONNECT	0x4001000bu
#define RNDIS_STATUS_MEDIA_DISCONNECT	0x4001000cu

struct rndis_initialise_message {
	struct rndis_header header;
	uint32_t id;
	uint32_t major;
	uint32_t minor;
	uint32_t mtu;
} __packed;

struct rndis_initialise_completion {
	struct rndis_header header;
	uint32_t id;
	uint32_t status;
	uint32_t major;
	uint32_t minor;
	uint32_t flags;
	uint32_t medium;
	uint32_t max_pkts;
	uint32_t mtu;
	uint32_t align;
	uint32_t reserved[2];
} __packed;

#define RNDIS_VERSION_MAJOR	1
#define RNDIS_VERSION_MINOR	0
#define RNDIS_MTU		16384

struct rndis_halt_message {
	struct rndis_header header;
	uint32_t id;
} __packed;

/* Query and set; information lies @offset behind @id. */
struct rndis_oid_message {
	struct rndis_header header;
	uint32_t id;
	uint32_t oid;
	uint32_t len;
	uint32_t offset;
	uint32_t reserved;
} __packed;

struct rndis_query_completion {
	struct rndis_header header;
	uint32_t id;
	uint32_t status;
	uint32_t len;
	uint32_t offset;
} __packed;

struct rndis_set_completion {
	struct rndis_header header;
	uint32_t id;
	uint32_t status;
} __packed;

#define RNDIS_OID_GEN_CURRENT_PACKET_FILTER	0x0001010eu
#define RNDIS_FILTER_UNICAST		0x00000001u
#define RNDIS_FILTER_MULTICAST		0x00000002u
#define RNDIS_FILTER_ALL_MULTICAST	0x00000004u
#define RNDIS_FILTER_BROADCAST		0x00000008u
#define RNDIS_FILTER_PROMISCUOUS	0x00000020u

#define RNDIS_OID_GEN_MEDIA_CONNECT_STATUS	0x00010114u
#define RNDIS_MEDIA_CONNECTED		0

#define RNDIS_OID_802_3_PERMANENT_ADDRESS	0x01010101u
#define RNDIS_OID_802_3_CURRENT_ADDRESS		0x01010102u

struct rndis_indicate_status_message {
	struct rndis_header header;
	uint32_t status;
	uint32_t len;
	uint32_t offset;		/* from @status */
} __packed;

struct rndis_keepalive_message {
	struct rndis_header header;
	uint32_t id;
} __packed;

struct rndis_keepalive_completion {
	struct rndis_header header;
	uint32_t id;
	uint32_t status;
} __packed;

struct rndis_packet_field {
	uint32_t offset;		/* from @data */
	uint32_t len;
} __packed;

struct rndis_packet_message {
	struct rndis_header header;
	struct rndis_packet_field data;
	struct rndis_packet_field oob;
	uint32_t oob_count;
	struct rndis_packet_field ppi;
	uint32_t reserved[2];
} __packed;

struct rndis_device;

struct rndis_operations {
	int (*open)(struct rndis_device *rndis);
	void (*close)(struct rndis_device *rndis);
	/* A whole message; 0: completion follows. */
	int (*transmit)(struct rndis_device *rndis, struct io_buffer *iobuf);
	void (*poll)(struct rndis_device *rndis);
};

struct rndis_device {
	struct net_device *netdev;
	const char *name;
	struct rndis_operations *op;
	void *priv;			/* of the transport */
	uint32_t wait_id;		/* of the request waited for; 0: none */
	uint32_t wait_type;		/* of its completion */
	uint32_t wait_oid;
	int wait_rc;
	uint32_t next_id;
	int opened;			/* the transport is */
	int initialised;		/* and the host has agreed */
};

struct rndis_device *alloc_rndis(size_t priv_len);
void free_rndis(struct rndis_device *rndis);

static inline void rndis_init(struct rndis_device *rndis,
			      struct rndis_operations *op)
{
	rndis->op = op;
}

/* Asks the host for the address; the device is closed after it. */
int register_rndis(struct rndis_device *rndis);
void unregister_rndis(struct rndis_device *rndis);

/* -- called by the transport ---------------------------------------------- */

void rndis_tx_complete_err(struct rndis_device *rndis, struct io_buffer *iobuf,
			   int rc);

static inline void rndis_tx_complete(struct rndis_device *rndis,
				     struct io_buffer *iobuf)
{
	rndis_tx_complete_err(rndis, iobuf, 0);
}

/* For transmit(): there is no room, try again after a completion. */
int rndis_tx_defer(struct rndis_device *rndis, struct io_buffer *iobuf);

/* A message of the host. Takes the buffer. */
void rndis_rx(struct rndis_device *rndis, struct io_buffer *iobuf);
/* @iobuf may be NULL. */
void rndis_rx_err(struct rndis_device *rndis, struct io_buffer *iobuf, int rc);

#endif

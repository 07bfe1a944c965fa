/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netvsc.h - messages and state of the NetVSC driver (private to this folder)
 *
 * All fields are little-endian.
 */
#ifndef NETVSC_NETVSC_H
#define NETVSC_NETVSC_H

#include <ipxe/malloc.h>
#include <ipxe/rndis.h>
#include <ipxe/vmbus.h>

/* Longest packet of the channel: a completion of an established buffer. */
#define NETVSC_MTU		512

/* How long to wait for the host at most. */
#define NETVSC_MAX_WAIT_MS	100

#define NETVSC_TX_NUM_DESC	64	/* a power of two */

#define NETVSC_RX_BUF_PAGESET	0xbead
#define NETVSC_RX_BUF_LEN	(16 * PAGE_SIZE)

/* Transaction ids, relative to the base: 0 is none. */
#define NETVSC_BASE_XID		0x4e565343ull
enum netvsc_xrid {
	NETVSC_TX_BASE_XRID = 1,
	NETVSC_INIT_XRID = NETVSC_TX_BASE_XRID + NETVSC_TX_NUM_DESC,
	NETVSC_NDIS_VERSION_XRID,
	NETVSC_RX_ESTABLISH_XRID,
	NETVSC_RX_REVOKE_XRID,
};

#define NETVSC_OK		1

struct netvsc_header {
	uint32_t type;
} __packed;

#define NETVSC_INIT_MSG		1
struct netvsc_init_message {
	struct netvsc_header header;
	uint32_t min;
	uint32_t max;
	uint8_t reserved[20];
} __packed;
#define NETVSC_VERSION_1	2

#define NETVSC_INIT_CMPLT	2
struct netvsc_init_completion {
	struct netvsc_header header;
	uint32_t version;
	uint32_t max_mdl_len;
	uint32_t status;
	uint8_t reserved[16];
} __packed;

#define NETVSC_NDIS_VERSION_MSG	100
struct netvsc_ndis_version_message {
	struct netvsc_header header;
	uint32_t major;
	uint32_t minor;
	uint8_t reserved[20];
} __packed;
#define NETVSC_NDIS_MAJOR	6
#define NETVSC_NDIS_MINOR	1

#define NETVSC_RX_ESTABLISH_MSG	101
struct netvsc_establish_buffer_message {
	struct netvsc_header header;
	uint32_t gpadl;
	uint16_t pageset;
	uint8_t reserved[22];
} __packed;

struct netvsc_section {
	uint32_t start;
	uint32_t len;			/* of each of its pieces */
	uint32_t count;
	uint32_t end;
} __packed;

#define NETVSC_RX_ESTABLISH_CMPLT 102
struct netvsc_rx_establish_buffer_completion {
	struct netvsc_header header;
	uint32_t status;
	uint32_t count;			/* of sections, which follow */
	struct netvsc_section section[];
} __packed;

#define NETVSC_RX_REVOKE_MSG	103
struct netvsc_revoke_buffer_message {
	struct netvsc_header header;
	uint16_t pageset;
	uint8_t reserved[26];
} __packed;

#define NETVSC_RNDIS_MSG	107
struct netvsc_rndis_message {
	struct netvsc_header header;
	uint32_t channel;
	uint32_t buffer;
	uint32_t buffer_len;
	uint8_t reserved[16];
} __packed;
#define NETVSC_RNDIS_DATA	0
#define NETVSC_RNDIS_CONTROL	1
#define NETVSC_RNDIS_NO_BUFFER	0xffffffffu

#define NETVSC_RNDIS_CMPLT	108
struct netvsc_rndis_completion {
	struct netvsc_header header;
	uint32_t status;
} __packed;

/* What is being sent: buffers by id, and ids that are free. */
struct netvsc_ring {
	unsigned int count;		/* a power of two */
	struct io_buffer **iobufs;
	uint8_t *ids;
	unsigned int id_prod;		/* taken so far */
	unsigned int id_cons;		/* given back so far */
};

static inline void netvsc_init_ring(struct netvsc_ring *ring,
				    unsigned int count,
				    struct io_buffer **iobufs, uint8_t *ids)
{
	ring->count = count;
	ring->iobufs = iobufs;
	ring->ids = ids;
}

static inline int netvsc_ring_is_full(const struct netvsc_ring *ring)
{
	return ring->id_prod - ring->id_cons >= ring->count;
}

/* Memory that the host puts data into. */
struct netvsc_buffer {
	struct vmbus_xfer_pages pages;
	unsigned int establish_type;
	unsigned int establish_xrid;
	unsigned int revoke_type;
	unsigned int revoke_xrid;
	size_t len;
	userptr_t data;
	unsigned int gpadl;
	int asked;			/* the host may have established it */
};

struct netvsc_device {
	struct vmbus_device *vmdev;
	struct rndis_device *rndis;
	const char *name;
	struct netvsc_ring tx;
	uint8_t tx_ids[NETVSC_TX_NUM_DESC];
	struct io_buffer *tx_iobufs[NETVSC_TX_NUM_DESC];
	struct netvsc_buffer rx;
	unsigned int wait_xrid;		/* of the control message waited for */
	int wait_rc;
};

/* Nothing will be answered any more. */
static inline int netvsc_is_obsolete(struct netvsc_device *netvsc)
{
	return vmbus_is_gone(netvsc->vmdev);
}

#endif

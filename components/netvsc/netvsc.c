// SPDX-License-Identifier: GPL-2.0-only
/*
 * netvsc.c - the NetVSC driver: carries RNDIS messages over a VMBus channel
 *
 *	open:   receive buffer (GPADL) -> channel -> init -> NDIS version ->
 *	        establish receive buffer
 *	send:   GPA-direct packet, the host reads our buffer until completion
 *	poll:   transfer-page packets, the data lies in the receive buffer
 *	close:  revoke -> channel -> buffers that were being sent -> GPADL
 *
 * Ownership decides the order of closing. A buffer that was sent is the host's
 * until it has completed it or the channel is closed; the receive buffer until
 * its GPADL is torn down. Cancelling only asks for a completion. What the host
 * does not give back is given up, and never freed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <byteswap.h>
#include <ipxe/umalloc.h>

#include "netvsc.h"

/* -- control messages ----------------------------------------------------- */

static int netvsc_wait(struct netvsc_device *netvsc)
{
	unsigned int i;

	for (i = 0; i < NETVSC_MAX_WAIT_MS; i++) {
		while (netvsc->wait_xrid && vmbus_has_data(netvsc->vmdev))
			vmbus_poll(netvsc->vmdev);
		if (!netvsc->wait_xrid)
			return netvsc->wait_rc;
		if (netvsc_is_obsolete(netvsc))
			return -EPIPE;
		mdelay(1);
	}
	return -ETIMEDOUT;
}

/* A host that is busy makes room later. */
static int netvsc_send_control(struct netvsc_device *netvsc, uint64_t xid,
			       const void *data, size_t len)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < NETVSC_MAX_WAIT_MS; i++) {
		rc = vmbus_send_control(netvsc->vmdev, xid, data, len);
		if (rc != -ENOBUFS)
			break;
		mdelay(1);
	}
	return rc;
}

/* Sends a message and waits for its completion. */
static int netvsc_control(struct netvsc_device *netvsc, unsigned int xrid,
			  const void *data, size_t len)
{
	int rc = netvsc_send_control(netvsc, NETVSC_BASE_XID + xrid, data, len);

	if (rc)
		return rc;
	netvsc->wait_xrid = xrid;
	rc = netvsc_wait(netvsc);
	/* A late one is nobody's. */
	netvsc->wait_xrid = 0;
	if (rc == -ETIMEDOUT)
		vmbus_dump_channel(netvsc->vmdev);
	return rc;
}

static int netvsc_initialise(struct netvsc_device *netvsc)
{
	struct netvsc_init_message msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.type = cpu_to_le32(NETVSC_INIT_MSG);
	msg.min = cpu_to_le32(NETVSC_VERSION_1);
	msg.max = cpu_to_le32(NETVSC_VERSION_1);
	return netvsc_control(netvsc, NETVSC_INIT_XRID, &msg, sizeof(msg));
}

static int netvsc_initialised(const void *data, size_t len)
{
	const struct netvsc_init_completion *cmplt = data;

	if (len < sizeof(*cmplt) ||
	    cmplt->header.type != cpu_to_le32(NETVSC_INIT_CMPLT))
		return -EINVAL;
	if (cmplt->status != cpu_to_le32(NETVSC_OK) ||
	    cmplt->version != cpu_to_le32(NETVSC_VERSION_1))
		return -EPROTO;
	return 0;
}

static int netvsc_ndis_version(struct netvsc_device *netvsc)
{
	struct netvsc_ndis_version_message msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.type = cpu_to_le32(NETVSC_NDIS_VERSION_MSG);
	msg.major = cpu_to_le32(NETVSC_NDIS_MAJOR);
	msg.minor = cpu_to_le32(NETVSC_NDIS_MINOR);
	return netvsc_control(netvsc, NETVSC_NDIS_VERSION_XRID, &msg,
			      sizeof(msg));
}

static int netvsc_establish_buffer(struct netvsc_device *netvsc,
				   struct netvsc_buffer *buffer)
{
	struct netvsc_establish_buffer_message msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.type = cpu_to_le32(buffer->establish_type);
	msg.gpadl = cpu_to_le32(buffer->gpadl);
	msg.pageset = buffer->pages.pageset;
	buffer->asked = 1;
	return netvsc_control(netvsc, buffer->establish_xrid, &msg,
			      sizeof(msg));
}

/* Do the pieces of a section lie in the buffer, one behind the other? */
static int netvsc_check_section(const struct netvsc_section *section,
				size_t len)
{
	uint64_t start = le32_to_cpu(section->start);
	uint64_t end = le32_to_cpu(section->end);
	uint64_t piece = le32_to_cpu(section->len);
	uint64_t count = le32_to_cpu(section->count);

	if (!piece || !count || end > len || start + piece * count > end)
		return -EPROTO;
	return 0;
}

static int netvsc_rx_established_buffer(struct netvsc_device *netvsc,
					const void *data, size_t len)
{
	const struct netvsc_rx_establish_buffer_completion *cmplt = data;
	unsigned int count, i;
	int rc;

	if (len < sizeof(*cmplt) ||
	    cmplt->header.type != cpu_to_le32(NETVSC_RX_ESTABLISH_CMPLT))
		return -EINVAL;
	if (cmplt->status != cpu_to_le32(NETVSC_OK)) {
		netvsc->rx.asked = 0;
		return -EPROTO;
	}
	count = le32_to_cpu(cmplt->count);
	if (!count || count > (len - sizeof(*cmplt)) /
			      sizeof(cmplt->section[0]))
		return -EPROTO;
	for (i = 0; i < count; i++) {
		rc = netvsc_check_section(&cmplt->section[i], netvsc->rx.len);
		if (rc)
			return rc;
	}
	return 0;
}

static int netvsc_revoke_buffer(struct netvsc_device *netvsc,
				struct netvsc_buffer *buffer)
{
	struct netvsc_revoke_buffer_message msg;

	/* Perhaps it was never established; then nothing is revoked. */
	if (!buffer->asked || netvsc_is_obsolete(netvsc))
		return 0;
	buffer->asked = 0;
	memset(&msg, 0, sizeof(msg));
	msg.header.type = cpu_to_le32(buffer->revoke_type);
	msg.pageset = buffer->pages.pageset;
	return netvsc_control(netvsc, buffer->revoke_xrid, &msg, sizeof(msg));
}

/* -- what comes ----------------------------------------------------------- */

static int netvsc_recv_control(struct vmbus_device *vmdev, uint64_t xid,
			       const void *data, size_t len)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);
	struct netvsc_device *netvsc = rndis->priv;

	DBGC(netvsc, "NETVSC %s ignored control packet %#llx\n", netvsc->name,
	     xid);
	DBGC_HDA(netvsc, 0, data, len);
	return -ENOTSUP;
}

static void netvsc_free_list(struct list_head *list)
{
	struct io_buffer *iobuf, *tmp;

	list_for_each_entry_safe(iobuf, tmp, list, list) {
		list_del(&iobuf->list);
		free_iob(iobuf);
	}
}

static int netvsc_check_data(const void *data, size_t len)
{
	const struct netvsc_rndis_message *msg = data;

	if (len < sizeof(*msg) ||
	    msg->header.type != cpu_to_le32(NETVSC_RNDIS_MSG))
		return -EINVAL;
	return 0;
}

static int netvsc_recv_data(struct vmbus_device *vmdev, uint64_t xid,
			    const void *data, size_t len,
			    struct list_head *list)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);
	struct io_buffer *iobuf, *tmp;
	int rc = netvsc_check_data(data, len);
	int sent;

	/* All has been copied; the host's memory is free in any case. */
	sent = vmbus_send_completion(vmdev, xid, NULL, 0);
	if (!rc)
		rc = sent;
	if (rc) {
		netvsc_free_list(list);
		return rc;
	}
	list_for_each_entry_safe(iobuf, tmp, list, list) {
		list_del(&iobuf->list);
		rndis_rx(rndis, iob_disown(iobuf));
	}
	return 0;
}

static int netvsc_tx_status(const void *data, size_t len)
{
	const struct netvsc_rndis_completion *cmplt = data;

	if (len < sizeof(*cmplt) ||
	    cmplt->header.type != cpu_to_le32(NETVSC_RNDIS_CMPLT))
		return -EPROTO;
	return cmplt->status == cpu_to_le32(NETVSC_OK) ? 0 : -EIO;
}

static int netvsc_tx_completed(struct netvsc_device *netvsc, unsigned int tx_id,
			       const void *data, size_t len)
{
	struct netvsc_ring *tx = &netvsc->tx;
	struct io_buffer *iobuf = tx->iobufs[tx_id];

	if (!iobuf)
		return -EPIPE;
	tx->iobufs[tx_id] = NULL;
	tx->ids[tx->id_cons++ & (tx->count - 1)] = tx_id;
	rndis_tx_complete_err(netvsc->rndis, iobuf,
			      netvsc_tx_status(data, len));
	return 0;
}

static int netvsc_recv_completion(struct vmbus_device *vmdev, uint64_t xid,
				  const void *data, size_t len)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);
	struct netvsc_device *netvsc = rndis->priv;
	uint64_t xrid = xid - NETVSC_BASE_XID;
	int rc;

	if (xrid - NETVSC_TX_BASE_XRID < NETVSC_TX_NUM_DESC)
		return netvsc_tx_completed(netvsc, xrid - NETVSC_TX_BASE_XRID,
					   data, len);
	/* Only what is waited for counts: everything else has had its time. */
	if (!netvsc->wait_xrid || xrid != netvsc->wait_xrid)
		return -EPIPE;
	switch (xrid) {
	case NETVSC_INIT_XRID:
		rc = netvsc_initialised(data, len);
		break;
	case NETVSC_RX_ESTABLISH_XRID:
		rc = netvsc_rx_established_buffer(netvsc, data, len);
		break;
	default:
		rc = 0;
		break;
	}
	netvsc->wait_xrid = 0;
	netvsc->wait_rc = rc;
	return rc;
}

static int netvsc_recv_cancellation(struct vmbus_device *vmdev, uint64_t xid)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);
	struct netvsc_device *netvsc = rndis->priv;

	DBGC(netvsc, "NETVSC %s ignored cancellation %#llx\n", netvsc->name,
	     xid);
	return -ENOTSUP;
}

static struct vmbus_channel_operations netvsc_channel_operations = {
	.recv_control = netvsc_recv_control,
	.recv_data = netvsc_recv_data,
	.recv_completion = netvsc_recv_completion,
	.recv_cancellation = netvsc_recv_cancellation,
};

static void netvsc_poll(struct rndis_device *rndis)
{
	struct netvsc_device *netvsc = rndis->priv;

	/* Each packet leaves the ring, whatever it is. */
	while (vmbus_has_data(netvsc->vmdev))
		vmbus_poll(netvsc->vmdev);
}

/* -- sending -------------------------------------------------------------- */

static int netvsc_transmit(struct rndis_device *rndis, struct io_buffer *iobuf)
{
	struct netvsc_device *netvsc = rndis->priv;
	struct netvsc_ring *tx = &netvsc->tx;
	struct rndis_header *header = iobuf->data;
	struct netvsc_rndis_message msg;
	unsigned int tx_id;
	int is_data, rc;

	if (netvsc_is_obsolete(netvsc))
		return -EPIPE;
	if (iob_len(iobuf) < sizeof(*header) ||
	    iob_len(iobuf) != le32_to_cpu(header->len))
		return -EINVAL;
	if (netvsc_ring_is_full(tx))
		return rndis_tx_defer(rndis, iobuf);
	tx_id = tx->ids[tx->id_prod & (tx->count - 1)];
	assert(!tx->iobufs[tx_id]);

	memset(&msg, 0, sizeof(msg));
	msg.header.type = cpu_to_le32(NETVSC_RNDIS_MSG);
	is_data = header->type == cpu_to_le32(RNDIS_PACKET_MSG);
	msg.channel = cpu_to_le32(is_data ? NETVSC_RNDIS_DATA :
				  NETVSC_RNDIS_CONTROL);
	msg.buffer = cpu_to_le32(NETVSC_RNDIS_NO_BUFFER);
	rc = vmbus_send_data(netvsc->vmdev, NETVSC_BASE_XID +
			     NETVSC_TX_BASE_XRID + tx_id, &msg, sizeof(msg),
			     iobuf);
	if (rc)
		return rc;
	tx->iobufs[tx_id] = iobuf;
	tx->id_prod++;
	return 0;
}

/* Asks the host to give a buffer back. It stays the host's until it does. */
static void netvsc_cancel_transmit(struct netvsc_device *netvsc,
				   unsigned int tx_id)
{
	vmbus_send_cancellation(netvsc->vmdev, NETVSC_BASE_XID +
				NETVSC_TX_BASE_XRID + tx_id);
}

static void netvsc_create_ring(struct netvsc_ring *ring)
{
	unsigned int i;

	for (i = 0; i < ring->count; i++) {
		ring->ids[i] = i;
		ring->iobufs[i] = NULL;
	}
	ring->id_prod = 0;
	ring->id_cons = 0;
}

static void netvsc_cancel_ring(struct netvsc_device *netvsc,
			       struct netvsc_ring *ring)
{
	unsigned int i;

	for (i = 0; i < ring->count; i++)
		if (ring->iobufs[i])
			netvsc_cancel_transmit(netvsc, i);
}

/* The channel is closed; @kept: but the host has not said so. */
static void netvsc_destroy_ring(struct netvsc_device *netvsc,
				struct netvsc_ring *ring, int kept)
{
	struct io_buffer *iobuf;
	unsigned int i;

	for (i = 0; i < ring->count; i++) {
		iobuf = ring->iobufs[i];
		if (!iobuf)
			continue;
		ring->iobufs[i] = NULL;
		ring->ids[ring->id_cons++ & (ring->count - 1)] = i;
		if (kept)
			abandon_phys(iobuf->head);
		rndis_tx_complete_err(netvsc->rndis, iobuf, -ECANCELED);
	}
	assert(ring->id_prod == ring->id_cons);
}

/* -- the receive buffer --------------------------------------------------- */

static int netvsc_buffer_copy(struct vmbus_xfer_pages *pages, void *data,
			      size_t offset, size_t len)
{
	struct netvsc_buffer *buffer =
		container_of(pages, struct netvsc_buffer, pages);

	if (offset > buffer->len || len > buffer->len - offset)
		return -ERANGE;
	copy_from_user(data, buffer->data, offset, len);
	return 0;
}

static struct vmbus_xfer_pages_operations netvsc_xfer_pages_operations = {
	.copy = netvsc_buffer_copy,
};

/* Takes the GPADL back and frees the memory, or gives it up. */
static void netvsc_release_buffer(struct netvsc_device *netvsc,
				  struct netvsc_buffer *buffer)
{
	if (vmbus_gpadl_teardown(netvsc->vmdev, buffer->gpadl))
		abandon_phys((void *)buffer->data);
	ufree(buffer->data);
	buffer->data = 0;
}

static int netvsc_create_buffer(struct netvsc_device *netvsc,
				struct netvsc_buffer *buffer)
{
	int gpadl, rc;

	buffer->data = umalloc(buffer->len);
	if (!buffer->data)
		return -ENOMEM;
	gpadl = vmbus_establish_gpadl(netvsc->vmdev, buffer->data, buffer->len);
	if (gpadl < 0) {
		rc = gpadl;
		goto err_establish;
	}
	buffer->gpadl = gpadl;
	buffer->asked = 0;
	rc = vmbus_register_pages(netvsc->vmdev, &buffer->pages);
	if (rc)
		goto err_register;
	return 0;

err_register:
	netvsc_release_buffer(netvsc, buffer);
	return rc;
err_establish:
	ufree(buffer->data);
	buffer->data = 0;
	return rc;
}

static void netvsc_destroy_buffer(struct netvsc_device *netvsc,
				  struct netvsc_buffer *buffer)
{
	vmbus_unregister_pages(netvsc->vmdev, &buffer->pages);
	netvsc_release_buffer(netvsc, buffer);
}

/* -- the device ----------------------------------------------------------- */

/* Ends what has been done since the channel was opened. */
static void netvsc_shut(struct netvsc_device *netvsc)
{
	int rc;

	netvsc_revoke_buffer(netvsc, &netvsc->rx);
	netvsc_cancel_ring(netvsc, &netvsc->tx);
	rc = vmbus_close(netvsc->vmdev);
	netvsc_destroy_ring(netvsc, &netvsc->tx, rc);
}

static int netvsc_open(struct rndis_device *rndis)
{
	struct netvsc_device *netvsc = rndis->priv;
	int rc;

	netvsc_create_ring(&netvsc->tx);
	rc = netvsc_create_buffer(netvsc, &netvsc->rx);
	if (rc)
		return rc;
	rc = vmbus_open(netvsc->vmdev, &netvsc_channel_operations, PAGE_SIZE,
			PAGE_SIZE, NETVSC_MTU);
	if (rc)
		goto err_vmbus_open;
	rc = netvsc_initialise(netvsc);
	if (rc)
		goto err_initialise;
	rc = netvsc_ndis_version(netvsc);
	if (rc)
		goto err_initialise;
	rc = netvsc_establish_buffer(netvsc, &netvsc->rx);
	if (rc)
		goto err_initialise;
	return 0;

err_initialise:
	netvsc_shut(netvsc);
err_vmbus_open:
	netvsc_destroy_buffer(netvsc, &netvsc->rx);
	return rc;
}

static void netvsc_close(struct rndis_device *rndis)
{
	struct netvsc_device *netvsc = rndis->priv;

	netvsc_shut(netvsc);
	netvsc_destroy_buffer(netvsc, &netvsc->rx);
}

static struct rndis_operations netvsc_operations = {
	.open = netvsc_open,
	.close = netvsc_close,
	.transmit = netvsc_transmit,
	.poll = netvsc_poll,
};

static void netvsc_init_buffer(struct netvsc_buffer *buffer)
{
	buffer->pages.op = &netvsc_xfer_pages_operations;
	buffer->pages.pageset = cpu_to_le16(NETVSC_RX_BUF_PAGESET);
	buffer->establish_type = NETVSC_RX_ESTABLISH_MSG;
	buffer->establish_xrid = NETVSC_RX_ESTABLISH_XRID;
	buffer->revoke_type = NETVSC_RX_REVOKE_MSG;
	buffer->revoke_xrid = NETVSC_RX_REVOKE_XRID;
	buffer->len = NETVSC_RX_BUF_LEN;
}

static int netvsc_probe(struct vmbus_device *vmdev)
{
	struct netvsc_device *netvsc;
	struct rndis_device *rndis;
	int rc;

	rndis = alloc_rndis(sizeof(*netvsc));
	if (!rndis)
		return -ENOMEM;
	rndis_init(rndis, &netvsc_operations);
	rndis->netdev->dev = &vmdev->dev;
	netvsc = rndis->priv;
	netvsc->vmdev = vmdev;
	netvsc->rndis = rndis;
	netvsc->name = vmdev->dev.name;
	netvsc_init_ring(&netvsc->tx, NETVSC_TX_NUM_DESC, netvsc->tx_iobufs,
			 netvsc->tx_ids);
	netvsc_init_buffer(&netvsc->rx);
	vmbus_set_drvdata(vmdev, rndis);
	rc = register_rndis(rndis);
	if (rc)
		goto err_register;
	return 0;

err_register:
	free_rndis(rndis);
	return rc;
}

static int netvsc_reset(struct vmbus_device *vmdev)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);
	struct net_device *netdev = rndis->netdev;

	/* A closed device has nothing at the host. */
	if (!netdev_is_open(netdev))
		return 0;
	netdev_close(netdev);
	return netdev_open(netdev);
}

static void netvsc_remove(struct vmbus_device *vmdev)
{
	struct rndis_device *rndis = vmbus_get_drvdata(vmdev);

	unregister_rndis(rndis);
	free_rndis(rndis);
}

struct vmbus_driver netvsc_driver __vmbus_driver = {
	.name = "netvsc",
	.type = VMBUS_TYPE(0xf8615163, 0xdf3e, 0x46c5, 0x913f, 0xf2, 0xd2, 0xf9,
			   0x65, 0xed, 0x0e),
	.probe = netvsc_probe,
	.reset = netvsc_reset,
	.remove = netvsc_remove,
};

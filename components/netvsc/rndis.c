// SPDX-License-Identifier: GPL-2.0-only
/*
 * rndis.c - network devices whose frames travel as RNDIS messages
 *
 *	open:   transport -> initialise -> packet filter -> link status
 *	send:   packet message in front of the frame
 *	close:  no packet filter -> halt -> transport
 *
 * One request is under way at a time. Its completion is the one with its type
 * and its id; everything else that looks like a completion changes nothing.
 * Every offset and length is held against what has really come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <byteswap.h>
#include <ipxe/rndis.h>

/* -- sending -------------------------------------------------------------- */

static struct io_buffer *rndis_alloc_iob(size_t len)
{
	/* All of a message is shown to the host. */
	struct io_buffer *iobuf = alloc_iob(len);

	if (iobuf)
		memset(iob_put(iobuf, len), 0, len);
	return iobuf;
}

/* Sends a control message; nobody but us hears of its completion. */
static int rndis_tx_message(struct rndis_device *rndis, struct io_buffer *iobuf,
			    unsigned int type)
{
	struct rndis_header *header = iobuf->data;
	int rc;

	header->type = cpu_to_le32(type);
	header->len = cpu_to_le32(iob_len(iobuf));
	rc = rndis->op->transmit(rndis, iobuf);
	if (rc)
		free_iob(iobuf);
	return rc;
}

/*
 * A message that the transport has no room for. Frames wait in the network
 * device, control messages are not worth it: whoever waits will time out.
 */
int rndis_tx_defer(struct rndis_device *rndis, struct io_buffer *iobuf)
{
	struct rndis_header *header = iobuf->data;

	if (header->type != cpu_to_le32(RNDIS_PACKET_MSG))
		return -ENOBUFS;
	iob_pull(iobuf, sizeof(struct rndis_packet_message));
	return netdev_tx_defer(rndis->netdev, iobuf);
}

void rndis_tx_complete_err(struct rndis_device *rndis, struct io_buffer *iobuf,
			   int rc)
{
	struct rndis_header *header = iobuf->data;

	if (iob_len(iobuf) < sizeof(struct rndis_packet_message) ||
	    header->type != cpu_to_le32(RNDIS_PACKET_MSG)) {
		free_iob(iobuf);
		return;
	}
	iob_pull(iobuf, sizeof(struct rndis_packet_message));
	netdev_tx_complete_err(rndis->netdev, iobuf, rc);
}

static int rndis_tx_data(struct rndis_device *rndis, struct io_buffer *iobuf)
{
	struct rndis_packet_message *msg;
	size_t len = iob_len(iobuf);
	int rc;

	rc = iob_ensure_headroom(iobuf, sizeof(*msg));
	if (rc)
		return rc;
	msg = iob_push(iobuf, sizeof(*msg));
	memset(msg, 0, sizeof(*msg));
	msg->header.type = cpu_to_le32(RNDIS_PACKET_MSG);
	msg->header.len = cpu_to_le32(iob_len(iobuf));
	msg->data.offset = cpu_to_le32(sizeof(*msg) -
				       offsetof(typeof(*msg), data));
	msg->data.len = cpu_to_le32(len);
	rc = rndis->op->transmit(rndis, iobuf);
	/* The caller knows it as it was. */
	if (rc)
		iob_pull(iobuf, sizeof(*msg));
	return rc;
}

/* -- requests ------------------------------------------------------------- */

static int rndis_wait(struct rndis_device *rndis)
{
	unsigned int i;

	for (i = 0; i < RNDIS_MAX_WAIT_MS; i++) {
		rndis->op->poll(rndis);
		if (!rndis->wait_id)
			return rndis->wait_rc;
		mdelay(1);
	}
	rndis->wait_id = 0;
	return -ETIMEDOUT;
}

/* Never 0. */
static uint32_t rndis_new_id(struct rndis_device *rndis)
{
	if (!++rndis->next_id)
		rndis->next_id = 1;
	return rndis->next_id;
}

static int rndis_request(struct rndis_device *rndis, struct io_buffer *iobuf,
			 unsigned int type, uint32_t id)
{
	int rc;

	rndis->wait_id = id;
	rndis->wait_type = type | RNDIS_COMPLETION;
	rc = rndis_tx_message(rndis, iobuf, type);
	if (rc) {
		rndis->wait_id = 0;
		return rc;
	}
	return rndis_wait(rndis);
}

static void rndis_done(struct rndis_device *rndis, int rc)
{
	rndis->wait_id = 0;
	rndis->wait_rc = rc;
}

static int rndis_initialise(struct rndis_device *rndis)
{
	struct rndis_initialise_message *msg;
	struct io_buffer *iobuf = rndis_alloc_iob(sizeof(*msg));
	uint32_t id = rndis_new_id(rndis);
	int rc;

	if (!iobuf)
		return -ENOMEM;
	msg = iobuf->data;
	msg->id = id;
	msg->major = cpu_to_le32(RNDIS_VERSION_MAJOR);
	msg->minor = cpu_to_le32(RNDIS_VERSION_MINOR);
	msg->mtu = cpu_to_le32(RNDIS_MTU);
	rc = rndis_request(rndis, iobuf, RNDIS_INITIALISE_MSG, id);
	rndis->initialised = !rc;
	return rc;
}

static int rndis_halt(struct rndis_device *rndis)
{
	struct rndis_halt_message *msg;
	struct io_buffer *iobuf;

	if (!rndis->initialised)
		return 0;
	rndis->initialised = 0;
	iobuf = rndis_alloc_iob(sizeof(*msg));
	if (!iobuf)
		return -ENOMEM;
	msg = iobuf->data;
	msg->id = rndis_new_id(rndis);
	return rndis_tx_message(rndis, iobuf, RNDIS_HALT_MSG);
}

/* Query or set: @len bytes of information, which may be none. */
static int rndis_oid(struct rndis_device *rndis, unsigned int type,
		     unsigned int oid, const void *data, size_t len)
{
	struct rndis_oid_message *msg;
	struct io_buffer *iobuf = rndis_alloc_iob(sizeof(*msg) + len);
	uint32_t id = rndis_new_id(rndis);

	if (!iobuf)
		return -ENOMEM;
	msg = iobuf->data;
	msg->id = id;
	msg->oid = cpu_to_le32(oid);
	if (len) {
		msg->len = cpu_to_le32(len);
		msg->offset = cpu_to_le32(sizeof(*msg) -
					  offsetof(typeof(*msg), id));
		memcpy((char *)msg + sizeof(*msg), data, len);
	}
	rndis->wait_oid = oid;
	return rndis_request(rndis, iobuf, type, id);
}

static int rndis_query(struct rndis_device *rndis, unsigned int oid)
{
	return rndis_oid(rndis, RNDIS_QUERY_MSG, oid, NULL, 0);
}

static int rndis_filter(struct rndis_device *rndis, unsigned int filter)
{
	uint32_t value = cpu_to_le32(filter);

	return rndis_oid(rndis, RNDIS_SET_MSG,
			 RNDIS_OID_GEN_CURRENT_PACKET_FILTER, &value,
			 sizeof(value));
}

static int rndis_keepalive_reply(struct rndis_device *rndis, uint32_t id)
{
	struct rndis_keepalive_completion *cmplt;
	struct io_buffer *iobuf = rndis_alloc_iob(sizeof(*cmplt));

	if (!iobuf)
		return -ENOMEM;
	cmplt = iobuf->data;
	cmplt->id = id;
	cmplt->status = cpu_to_le32(RNDIS_STATUS_SUCCESS);
	return rndis_tx_message(rndis, iobuf, RNDIS_KEEPALIVE_CMPLT);
}

/* -- what comes ----------------------------------------------------------- */

static int rndis_status(uint32_t status)
{
	switch (le32_to_cpu(status)) {
	case RNDIS_STATUS_SUCCESS:
		return 0;
	case RNDIS_STATUS_NOT_SUPPORTED:
		return -ENOTSUP;
	default:
		return -EIO;
	}
}

/* Is it what is waited for? */
static int rndis_is_awaited(struct rndis_device *rndis, uint32_t type,
			    uint32_t id)
{
	return rndis->wait_id && id == rndis->wait_id &&
	       type == rndis->wait_type;
}

static int rndis_initialised(const struct io_buffer *iobuf, size_t len)
{
	const struct rndis_initialise_completion *cmplt = iobuf->data;

	return len < sizeof(*cmplt) ? -EINVAL : rndis_status(cmplt->status);
}

/* Information of @want bytes in a completion of @len, or NULL. */
static const void *rndis_info(const struct rndis_query_completion *cmplt,
			      size_t len, size_t want)
{
	size_t base = offsetof(typeof(*cmplt), id);
	size_t offset = le32_to_cpu(cmplt->offset);
	size_t info_len = le32_to_cpu(cmplt->len);

	if (info_len < want || offset > len - base ||
	    info_len > len - base - offset)
		return NULL;
	return (const char *)cmplt + base + offset;
}

static int rndis_is_address(const uint8_t *address)
{
	static const uint8_t none[ETH_ALEN];

	return !(address[0] & 1) && memcmp(address, none, ETH_ALEN);
}

static int rndis_queried(struct rndis_device *rndis,
			 const struct io_buffer *iobuf, size_t len)
{
	const struct rndis_query_completion *cmplt = iobuf->data;
	struct net_device *netdev = rndis->netdev;
	const void *info;
	uint32_t link;
	int rc;

	if (len < sizeof(*cmplt))
		return -EINVAL;
	rc = rndis_status(cmplt->status);
	if (rc)
		return rc;
	switch (rndis->wait_oid) {
	case RNDIS_OID_802_3_PERMANENT_ADDRESS:
	case RNDIS_OID_802_3_CURRENT_ADDRESS:
		info = rndis_info(cmplt, len, ETH_ALEN);
		if (!info || !rndis_is_address(info))
			return -EPROTO;
		memcpy(rndis->wait_oid == RNDIS_OID_802_3_PERMANENT_ADDRESS ?
		       netdev->hw_addr : netdev->ll_addr, info, ETH_ALEN);
		return 0;
	case RNDIS_OID_GEN_MEDIA_CONNECT_STATUS:
		info = rndis_info(cmplt, len, sizeof(link));
		if (!info)
			return -EPROTO;
		memcpy(&link, info, sizeof(link));
		netdev_link_err(netdev, le32_to_cpu(link) ==
				RNDIS_MEDIA_CONNECTED ? 0 : -ENOTCONN);
		return 0;
	default:
		return 0;
	}
}

static int rndis_set_done(const struct io_buffer *iobuf, size_t len)
{
	const struct rndis_set_completion *cmplt = iobuf->data;

	return len < sizeof(*cmplt) ? -EINVAL : rndis_status(cmplt->status);
}

/* A completion that is too short to say more than its id wakes, too. */
static void rndis_rx_completion(struct rndis_device *rndis,
				struct io_buffer *iobuf, uint32_t type,
				size_t len)
{
	const struct rndis_halt_message *any = iobuf->data;
	int rc;

	if (len < sizeof(*any) || !rndis_is_awaited(rndis, type, any->id)) {
		rndis_rx_err(rndis, iobuf, -EPIPE);
		return;
	}
	if (type == RNDIS_INITIALISE_CMPLT)
		rc = rndis_initialised(iobuf, len);
	else if (type == RNDIS_QUERY_CMPLT)
		rc = rndis_queried(rndis, iobuf, len);
	else
		rc = rndis_set_done(iobuf, len);
	rndis_done(rndis, rc);
	free_iob(iobuf);
}

static void rndis_rx_data(struct rndis_device *rndis, struct io_buffer *iobuf,
			  size_t len)
{
	const struct rndis_packet_message *msg = iobuf->data;
	size_t base = offsetof(typeof(*msg), data), offset, data_len;

	if (len < sizeof(*msg)) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	offset = le32_to_cpu(msg->data.offset);
	data_len = le32_to_cpu(msg->data.len);
	if (!rndis->initialised || !netdev_is_open(rndis->netdev) ||
	    offset > len - base || data_len > len - base - offset ||
	    data_len < ETH_HLEN) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	iob_pull(iobuf, base + offset);
	iob_unput(iobuf, iob_len(iobuf) - data_len);
	netdev_rx(rndis->netdev, iobuf);
}

static void rndis_rx_status(struct rndis_device *rndis, struct io_buffer *iobuf,
			    size_t len)
{
	const struct rndis_indicate_status_message *msg = iobuf->data;
	int rc = 0;

	if (len < sizeof(*msg)) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	switch (le32_to_cpu(msg->status)) {
	case RNDIS_STATUS_MEDIA_CONNECT:
		netdev_link_up(rndis->netdev);
		break;
	case RNDIS_STATUS_MEDIA_DISCONNECT:
		netdev_link_down(rndis->netdev);
		break;
	default:
		rc = -ENOTSUP;
		break;
	}
	if (rc)
		rndis_rx_err(rndis, iobuf, rc);
	else
		free_iob(iobuf);
}

static void rndis_rx_keepalive(struct rndis_device *rndis,
			       struct io_buffer *iobuf, size_t len)
{
	const struct rndis_keepalive_message *msg = iobuf->data;

	/* Behind a halt there is nobody who would answer. */
	if (len < sizeof(*msg) || !rndis->initialised) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	rndis_keepalive_reply(rndis, msg->id);
	free_iob(iobuf);
}

void rndis_rx_err(struct rndis_device *rndis, struct io_buffer *iobuf, int rc)
{
	netdev_rx_err(rndis->netdev, iobuf, rc);
}

/* What lies behind the message's own length is not part of it. */
void rndis_rx(struct rndis_device *rndis, struct io_buffer *iobuf)
{
	const struct rndis_header *header = iobuf->data;
	uint32_t type;
	size_t len;

	if (iob_len(iobuf) < sizeof(*header)) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	type = le32_to_cpu(header->type);
	len = le32_to_cpu(header->len);
	if (len < sizeof(*header) || len > iob_len(iobuf)) {
		rndis_rx_err(rndis, iobuf, -EINVAL);
		return;
	}
	switch (type) {
	case RNDIS_PACKET_MSG:
		rndis_rx_data(rndis, iobuf, len);
		break;
	case RNDIS_INITIALISE_CMPLT:
	case RNDIS_QUERY_CMPLT:
	case RNDIS_SET_CMPLT:
		rndis_rx_completion(rndis, iobuf, type, len);
		break;
	case RNDIS_INDICATE_STATUS_MSG:
		rndis_rx_status(rndis, iobuf, len);
		break;
	case RNDIS_KEEPALIVE_MSG:
		rndis_rx_keepalive(rndis, iobuf, len);
		break;
	default:
		rndis_rx_err(rndis, iobuf, -ENOTSUP);
		break;
	}
}

/* -- the network device --------------------------------------------------- */

/* Ends what rndis_start() has begun, as far as it has come. */
static void rndis_stop(struct rndis_device *rndis)
{
	if (!rndis->opened)
		return;
	rndis->opened = 0;
	rndis_halt(rndis);
	rndis->op->close(rndis);
}

/* Transport and initialisation: enough to ask questions. */
static int rndis_start(struct rndis_device *rndis)
{
	int rc = rndis->op->open(rndis);

	if (rc)
		return rc;
	rndis->opened = 1;
	rc = rndis_initialise(rndis);
	if (rc)
		rndis_stop(rndis);
	return rc;
}

static int rndis_open(struct net_device *netdev)
{
	struct rndis_device *rndis = netdev->priv;
	int rc = rndis_start(rndis);

	if (rc)
		return rc;
	rc = rndis_filter(rndis, RNDIS_FILTER_UNICAST | RNDIS_FILTER_MULTICAST |
			  RNDIS_FILTER_ALL_MULTICAST | RNDIS_FILTER_BROADCAST |
			  RNDIS_FILTER_PROMISCUOUS);
	if (!rc)
		rc = rndis_query(rndis, RNDIS_OID_GEN_MEDIA_CONNECT_STATUS);
	if (rc)
		rndis_stop(rndis);
	return rc;
}

static void rndis_close(struct net_device *netdev)
{
	struct rndis_device *rndis = netdev->priv;

	/* Nothing may come any more. If the host does not listen, so be it. */
	if (rndis->initialised)
		rndis_filter(rndis, 0);
	rndis_stop(rndis);
}

static int rndis_transmit(struct net_device *netdev, struct io_buffer *iobuf)
{
	return rndis_tx_data(netdev->priv, iobuf);
}

static void rndis_poll(struct net_device *netdev)
{
	struct rndis_device *rndis = netdev->priv;

	rndis->op->poll(rndis);
}

static struct net_device_operations rndis_operations = {
	.open = rndis_open,
	.close = rndis_close,
	.transmit = rndis_transmit,
	.poll = rndis_poll,
};

struct rndis_device *alloc_rndis(size_t priv_len)
{
	struct net_device *netdev;
	struct rndis_device *rndis;

	netdev = alloc_etherdev(sizeof(*rndis) + priv_len);
	if (!netdev)
		return NULL;
	netdev_init(netdev, &rndis_operations);
	rndis = netdev->priv;
	rndis->netdev = netdev;
	rndis->priv = (char *)netdev->priv + sizeof(*rndis);
	return rndis;
}

void free_rndis(struct rndis_device *rndis)
{
	netdev_nullify(rndis->netdev);
	netdev_put(rndis->netdev);
}

static int rndis_fetch_addresses(struct rndis_device *rndis)
{
	int rc = rndis_query(rndis, RNDIS_OID_802_3_PERMANENT_ADDRESS);

	if (!rc)
		rc = rndis_query(rndis, RNDIS_OID_802_3_CURRENT_ADDRESS);
	return rc;
}

int register_rndis(struct rndis_device *rndis)
{
	int rc = rndis_start(rndis);

	if (rc)
		return rc;
	rc = rndis_fetch_addresses(rndis);
	rndis_stop(rndis);
	if (rc)
		return rc;
	rndis->name = rndis->netdev->name;
	return register_netdev(rndis->netdev);
}

void unregister_rndis(struct rndis_device *rndis)
{
	unregister_netdev(rndis->netdev);
}

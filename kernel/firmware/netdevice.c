/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netdevice.c - network devices: queues, statistics, registration
 *
 * A driver that completes what it does not have, or goes with buffers in its
 * hands, is a finding: the lists say who has what.
 */
#include <vtb/bridge.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <ipxe/netdevice.h>

#define RX_QUEUE_MAX	32	/* frames that nobody has taken yet */

static LIST_HEAD(devices);
static unsigned int next_number;

/* -- life ----------------------------------------------------------------- */

static int no_open(struct net_device *netdev)
{
	(void)netdev;
	return -ENODEV;
}

static void no_close(struct net_device *netdev)
{
	(void)netdev;
}

static int no_transmit(struct net_device *netdev, struct io_buffer *iobuf)
{
	(void)netdev;
	(void)iobuf;
	return -ENODEV;
}

static struct net_device_operations no_operations = {
	.open = no_open,
	.close = no_close,
	.transmit = no_transmit,
	.poll = no_close,
};

struct net_device *alloc_etherdev(size_t priv_len)
{
	struct net_device *netdev = zalloc(sizeof(*netdev));

	if (!netdev)
		return NULL;
	if (priv_len) {
		netdev->priv = zalloc(priv_len);
		if (!netdev->priv)
			goto out_free;
	}
	netdev->refcnt = 1;
	netdev->op = &no_operations;
	netdev->link_rc = -ENOTCONN;
	netdev->max_pkt_len = ETH_FRAME_LEN;
	INIT_LIST_HEAD(&netdev->tx_queue);
	INIT_LIST_HEAD(&netdev->tx_deferred);
	INIT_LIST_HEAD(&netdev->rx_queue);
	return netdev;

out_free:
	free(netdev);
	return NULL;
}

struct net_device *netdev_get(struct net_device *netdev)
{
	netdev->refcnt++;
	return netdev;
}

void netdev_put(struct net_device *netdev)
{
	if (!netdev || --netdev->refcnt)
		return;
	assert(!(netdev->state & (NETDEV_OPEN | NETDEV_REGISTERED)));
	free(netdev->priv);
	free(netdev);
}

void netdev_nullify(struct net_device *netdev)
{
	netdev->op = &no_operations;
}

static int is_zero(const uint8_t *bytes, unsigned int nr)
{
	while (nr--)
		if (*bytes++)
			return 0;
	return 1;
}

int register_netdev(struct net_device *netdev)
{
	if (is_zero(netdev->hw_addr, ETH_ALEN))
		vtb_finding("no-address", "netdev", __builtin_return_address(0),
			    NULL, "a device is registered without an address",
			    "users of the device may see it from now on");
	if (is_zero(netdev->ll_addr, ETH_ALEN))
		memcpy(netdev->ll_addr, netdev->hw_addr, ETH_ALEN);
	memcpy(netdev->name, "net0", sizeof("net0"));
	netdev->name[3] += next_number++ % 10;
	list_add_tail(&netdev->list, &devices);
	netdev->state |= NETDEV_REGISTERED;
	netdev_get(netdev);
	return 0;
}

void unregister_netdev(struct net_device *netdev)
{
	assert(netdev->state & NETDEV_REGISTERED);
	netdev_close(netdev);
	list_del(&netdev->list);
	netdev->state &= ~NETDEV_REGISTERED;
	netdev_put(netdev);
}

struct net_device *netdev_nth(unsigned int n)
{
	struct net_device *netdev;

	list_for_each_entry(netdev, &devices, list)
		if (!n--)
			return netdev;
	return NULL;
}

static void discard(struct list_head *queue)
{
	struct io_buffer *iobuf, *tmp;

	list_for_each_entry_safe(iobuf, tmp, queue, list) {
		list_del(&iobuf->list);
		free_iob(iobuf);
	}
}

static void discard_deferred(struct net_device *netdev)
{
	struct io_buffer *iobuf;

	while ((iobuf = list_first_entry(&netdev->tx_deferred, struct io_buffer,
					 list)))
		netdev_tx_complete_err(netdev, iobuf, -ECANCELED);
}

int netdev_open(struct net_device *netdev)
{
	int rc;

	if (netdev_is_open(netdev))
		return 0;
	netdev->state |= NETDEV_OPEN;
	rc = netdev->op->open(netdev);
	if (rc) {
		netdev->state &= ~NETDEV_OPEN;
		discard_deferred(netdev);
		discard(&netdev->rx_queue);
	}
	return rc;
}

void netdev_close(struct net_device *netdev)
{
	if (!netdev_is_open(netdev))
		return;
	netdev->state &= ~NETDEV_OPEN;
	netdev->op->close(netdev);
	discard_deferred(netdev);
	discard(&netdev->rx_queue);
	if (!list_empty(&netdev->tx_queue))
		vtb_finding("lost-buffer", "netdev",
			    (const void *)netdev->op->close, NULL,
			    "a closed device has kept what was to be sent",
			    "it neither completed nor cancelled it");
}

/* -- sending -------------------------------------------------------------- */

static void tx_stat(struct net_device *netdev, int rc)
{
	if (rc) {
		netdev->tx_stats.bad++;
		netdev->tx_stats.last_error = rc;
	} else {
		netdev->tx_stats.good++;
	}
}

static int try_transmit(struct net_device *netdev, struct io_buffer *iobuf)
{
	int rc;

	list_add_tail(&iobuf->list, &netdev->tx_queue);
	rc = netdev->op->transmit(netdev, iobuf);
	if (!rc)
		return 0;
	netdev_tx_complete_err(netdev, iobuf, rc);
	return rc;
}

int netdev_tx(struct net_device *netdev, struct io_buffer *iobuf)
{
	int rc = 0;

	if (!netdev_is_open(netdev))
		rc = -ENODEV;
	else if (iob_len(iobuf) > netdev->max_pkt_len)
		rc = -ERANGE;
	if (rc) {
		tx_stat(netdev, rc);
		free_iob(iobuf);
		return rc;
	}
	/* Behind those that wait for room. */
	if (!list_empty(&netdev->tx_deferred)) {
		list_add_tail(&iobuf->list, &netdev->tx_deferred);
		return 0;
	}
	return try_transmit(netdev, iobuf);
}

int netdev_tx_defer(struct net_device *netdev, struct io_buffer *iobuf)
{
	list_del(&iobuf->list);
	list_add(&iobuf->list, &netdev->tx_deferred);
	return 0;
}

static int is_on(const struct list_head *queue, const struct io_buffer *iobuf)
{
	const struct io_buffer *each;

	list_for_each_entry(each, queue, list)
		if (each == iobuf)
			return 1;
	return 0;
}

void netdev_tx_complete_err(struct net_device *netdev, struct io_buffer *iobuf,
			    int rc)
{
	int deferred = is_on(&netdev->tx_deferred, iobuf);

	if (!deferred && !is_on(&netdev->tx_queue, iobuf))
		vtb_finding("wrong-completion", "netdev",
			    __builtin_return_address(0), NULL,
			    "what is completed was not being sent", "");
	list_del(&iobuf->list);
	tx_stat(netdev, rc);
	free_iob(iobuf);
	if (deferred || !netdev_is_open(netdev))
		return;
	/* Nobody else would start those that wait for room. */
	if (rc) {
		discard_deferred(netdev);
		return;
	}
	iobuf = list_first_entry(&netdev->tx_deferred, struct io_buffer, list);
	if (!iobuf)
		return;
	list_del(&iobuf->list);
	try_transmit(netdev, iobuf);
}

/* -- receiving ------------------------------------------------------------ */

static unsigned int length_of(const struct list_head *queue)
{
	const struct io_buffer *iobuf;
	unsigned int nr = 0;

	list_for_each_entry(iobuf, queue, list)
		nr++;
	return nr;
}

void netdev_rx_err(struct net_device *netdev, struct io_buffer *iobuf, int rc)
{
	netdev->rx_stats.bad++;
	netdev->rx_stats.last_error = rc;
	free_iob(iobuf);
}

void netdev_rx(struct net_device *netdev, struct io_buffer *iobuf)
{
	if (!netdev_is_open(netdev)) {
		vtb_finding("closed-receive", "netdev",
			    __builtin_return_address(0), NULL,
			    "a frame comes from a device that is closed", "");
		return;
	}
	if (length_of(&netdev->rx_queue) == RX_QUEUE_MAX) {
		netdev_rx_err(netdev, iobuf, -ENOBUFS);
		return;
	}
	netdev->rx_stats.good++;
	list_add_tail(&iobuf->list, &netdev->rx_queue);
}

struct io_buffer *netdev_rx_dequeue(struct net_device *netdev)
{
	struct io_buffer *iobuf = list_first_entry(&netdev->rx_queue,
						   struct io_buffer, list);

	if (iobuf)
		list_del(&iobuf->list);
	return iobuf;
}

void netdev_poll(struct net_device *netdev)
{
	if (netdev_is_open(netdev))
		netdev->op->poll(netdev);
}

void netdev_link_err(struct net_device *netdev, int rc)
{
	netdev->link_rc = rc;
}

void netdev_link_down(struct net_device *netdev)
{
	netdev_link_err(netdev, -ENOTCONN);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe_cut.c - a second driver: an Ethernet device whose frames travel in-band
 *
 * Small on purpose: it uses network device, I/O buffers, lists, byte order,
 * VMBus and user memory by the names that the firmware gives them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <byteswap.h>
#include <ipxe/malloc.h>
#include <ipxe/netdevice.h>
#include <ipxe/umalloc.h>
#include <ipxe/vmbus.h>

#include "firmware_cut.h"

FILE_LICENCE(GPL2_ONLY);

#define PIPE_RING	4096
#define PIPE_MTU	2048

struct pipe {
	struct vmbus_device *vmdev;
	struct net_device *netdev;
	struct io_buffer *sending;
	userptr_t log;			/* lengths, in big endian */
	unsigned int nr_logged;
};

static int pipe_recv_control(struct vmbus_device *vmdev, uint64_t xid,
			     const void *data, size_t len)
{
	struct net_device *netdev = vmbus_get_drvdata(vmdev);
	struct io_buffer *iobuf = alloc_iob(len);
	int rc = vmbus_send_completion(vmdev, xid, NULL, 0);

	if (!iobuf)
		return -ENOMEM;
	memcpy(iob_put(iobuf, len), data, len);
	netdev_rx(netdev, iob_disown(iobuf));
	return rc;
}

static int pipe_recv_completion(struct vmbus_device *vmdev, uint64_t xid,
				const void *data __unused, size_t len __unused)
{
	struct net_device *netdev = vmbus_get_drvdata(vmdev);
	struct pipe *pipe = netdev->priv;
	struct io_buffer *iobuf = pipe->sending;

	if (xid != 1 || !iobuf)
		return -EPIPE;
	pipe->sending = NULL;
	netdev_tx_complete(netdev, iobuf);
	return 0;
}

static int pipe_recv_cancellation(struct vmbus_device *vmdev __unused,
				  uint64_t xid __unused)
{
	return -ENOTSUP;
}

static int pipe_recv_data(struct vmbus_device *vmdev __unused,
			  uint64_t xid __unused, const void *data __unused,
			  size_t len __unused, struct list_head *list)
{
	struct io_buffer *iobuf, *tmp;

	list_for_each_entry_safe(iobuf, tmp, list, list) {
		list_del(&iobuf->list);
		free_iob(iobuf);
	}
	return -ENOTSUP;
}

static struct vmbus_channel_operations pipe_channel = {
	.recv_control = pipe_recv_control,
	.recv_data = pipe_recv_data,
	.recv_completion = pipe_recv_completion,
	.recv_cancellation = pipe_recv_cancellation,
};

static int pipe_open(struct net_device *netdev)
{
	struct pipe *pipe = netdev->priv;
	int rc;

	pipe->log = umalloc(64);
	if (!pipe->log)
		return -ENOMEM;
	rc = vmbus_open(pipe->vmdev, &pipe_channel, PIPE_RING, PIPE_RING,
			PIPE_MTU);
	if (rc)
		ufree(pipe->log);
	else
		netdev_link_up(netdev);
	return rc;
}

static void pipe_close(struct net_device *netdev)
{
	struct pipe *pipe = netdev->priv;

	vmbus_close(pipe->vmdev);
	if (pipe->sending)
		netdev_tx_complete_err(netdev, pipe->sending, -ECANCELED);
	pipe->sending = NULL;
	ufree(pipe->log);
}

static int pipe_transmit(struct net_device *netdev, struct io_buffer *iobuf)
{
	struct pipe *pipe = netdev->priv;
	uint16_t len = cpu_to_be16(iob_len(iobuf));
	int rc;

	if (pipe->sending)
		return netdev_tx_defer(netdev, iobuf);
	rc = vmbus_send_control(pipe->vmdev, 1, iobuf->data, iob_len(iobuf));
	if (rc)
		return rc;
	copy_to_user(pipe->log, 2 * (pipe->nr_logged++ % 32), &len, 2);
	pipe->sending = iobuf;
	return 0;
}

static void pipe_poll(struct net_device *netdev)
{
	struct pipe *pipe = netdev->priv;

	while (vmbus_has_data(pipe->vmdev))
		vmbus_poll(pipe->vmdev);
	udelay(1);
}

/* Of the last one that was probed. */
static struct vmbus_device *last;

int cut_pipe_is_gone(void)
{
	return vmbus_is_gone(last);
}

static userptr_t page;
static int shared[2];

unsigned long cut_pipe_share(void)
{
	int i;

	page = umalloc(PAGE_SIZE);
	for (i = 0; i < 2; i++)
		shared[i] = vmbus_establish_gpadl(last, page, PAGE_SIZE);
	return shared[0] > 0 && shared[1] > 0 ?
	       user_to_phys(page, 0) >> PAGE_SHIFT : 0;
}

int cut_pipe_unshare(int which)
{
	int rc = vmbus_gpadl_teardown(last, shared[which]);

	shared[which] = 0;
	if (!shared[!which])
		ufree(page);
	return rc;
}

static struct net_device_operations pipe_operations = {
	.open = pipe_open,
	.close = pipe_close,
	.transmit = pipe_transmit,
	.poll = pipe_poll,
};

static int pipe_probe(struct vmbus_device *vmdev)
{
	static const uint8_t mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct net_device *netdev = alloc_etherdev(sizeof(struct pipe));
	struct pipe *pipe;
	int rc;

	if (!netdev)
		return -ENOMEM;
	netdev_init(netdev, &pipe_operations);
	netdev->dev = &vmdev->dev;
	memcpy(netdev->hw_addr, mac, sizeof(mac));
	pipe = netdev->priv;
	pipe->vmdev = vmdev;
	last = vmdev;
	pipe->netdev = netdev;
	vmbus_set_drvdata(vmdev, netdev);
	rc = register_netdev(netdev);
	if (rc) {
		netdev_nullify(netdev);
		netdev_put(netdev);
	}
	return rc;
}

static int pipe_reset(struct vmbus_device *vmdev)
{
	struct net_device *netdev = vmbus_get_drvdata(vmdev);

	if (!netdev_is_open(netdev))
		return 0;
	netdev_close(netdev);
	return netdev_open(netdev);
}

static void pipe_remove(struct vmbus_device *vmdev)
{
	struct net_device *netdev = vmbus_get_drvdata(vmdev);

	unregister_netdev(netdev);
	netdev_nullify(netdev);
	netdev_put(netdev);
}

struct vmbus_driver pipe_driver __vmbus_driver = {
	.name = "pipe",
	.type = VMBUS_TYPE(0x70697065, 0x0001, 0x0002, 0x0003, 1, 2, 3, 4, 5,
			   6),
	.probe = pipe_probe,
	.reset = pipe_reset,
	.remove = pipe_remove,
};

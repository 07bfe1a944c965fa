/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console.c - boot, and what somebody at the console does
 */
#include <vtb/bridge.h>
#include <vtb/firmware.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <ipxe/netdevice.h>

#include "firmware.h"

/* In front of a frame: what drivers put there. */
#define HEADROOM	128

int vtb_kernel_boot(const struct vtb_boot *boot)
{
	heap_init(boot);
	return 0;
}

void vtb_kernel_shutdown(void)
{
	hyperv_remove();
}

int vtb_firmware_probe(void)
{
	return hyperv_probe();
}

void vtb_firmware_remove(void)
{
	hyperv_remove();
}

int vtb_firmware_reset(void)
{
	return hyperv_reset();
}

void vtb_firmware_step(void)
{
	hyperv_step();
}

int vtb_firmware_open(unsigned int device)
{
	struct net_device *netdev = netdev_nth(device);

	return netdev ? netdev_open(netdev) : -ENODEV;
}

int vtb_firmware_close(unsigned int device)
{
	struct net_device *netdev = netdev_nth(device);

	if (!netdev)
		return -ENODEV;
	netdev_close(netdev);
	return 0;
}

int vtb_firmware_transmit(unsigned int device, const void *frame,
			  unsigned int bytes)
{
	struct net_device *netdev = netdev_nth(device);
	struct io_buffer *iobuf;

	if (!netdev)
		return -ENODEV;
	iobuf = alloc_iob(HEADROOM + bytes);
	if (!iobuf)
		return -ENOMEM;
	iob_reserve(iobuf, HEADROOM);
	memcpy(iob_put(iobuf, bytes), frame, bytes);
	return netdev_tx(netdev, iob_disown(iobuf));
}

int vtb_firmware_poll(unsigned int device)
{
	struct net_device *netdev = netdev_nth(device);

	if (!netdev)
		return -ENODEV;
	netdev_poll(netdev);
	return 0;
}

int vtb_firmware_receive(unsigned int device, void *frame, unsigned int room)
{
	struct net_device *netdev = netdev_nth(device);
	struct io_buffer *iobuf;
	int len;

	if (!netdev)
		return -ENODEV;
	iobuf = netdev_rx_dequeue(netdev);
	if (!iobuf)
		return -EAGAIN;
	len = iob_len(iobuf);
	if ((unsigned int)len <= room)
		memcpy(frame, iobuf->data, len);
	else
		len = -ENOSPC;
	free_iob(iobuf);
	return len;
}

void vtb_firmware_delay(unsigned long long ns)
{
	vtb_cpu_delay(ns);
}

static unsigned int length_of(const struct list_head *queue)
{
	const struct list_head *entry;
	unsigned int nr = 0;

	for (entry = queue->next; entry != queue; entry = entry->next)
		nr++;
	return nr;
}

int vtb_firmware_state_peek(unsigned int device,
			    struct vtb_firmware_state *state)
{
	struct net_device *netdev = netdev_nth(device);

	memset(state, 0, sizeof(*state));
	if (!netdev)
		return -ENODEV;
	state->open = netdev_is_open(netdev) != 0;
	state->link_up = netdev_link_ok(netdev);
	memcpy(state->mac, netdev->ll_addr, sizeof(state->mac));
	memcpy(state->permanent_mac, netdev->hw_addr,
	       sizeof(state->permanent_mac));
	state->tx_pending = length_of(&netdev->tx_queue) +
			    length_of(&netdev->tx_deferred);
	state->tx_good = netdev->tx_stats.good;
	state->tx_bad = netdev->tx_stats.bad;
	state->rx_good = netdev->rx_stats.good;
	state->rx_bad = netdev->rx_stats.bad;
	state->no_memory = heap_failures();
	return 0;
}

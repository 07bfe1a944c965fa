/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netdevice.h - network devices
 *
 * Whoever uses one (the firmware's console, see vtb/firmware.h) opens it, sends
 * frames, polls it and takes what has come; everything runs in one thread.
 *
 *	netdev_tx() -> transmit() -> ... -> netdev_tx_complete(): the owner of the
 *	buffer is the device in between; poll() -> netdev_rx(): it is no more
 */
#ifndef _IPXE_NETDEVICE_H
#define _IPXE_NETDEVICE_H

#include <ipxe/device.h>
#include <ipxe/if_ether.h>
#include <ipxe/iobuf.h>

#define MAX_HW_ADDR_LEN	8
#define MAX_LL_ADDR_LEN	20

struct net_device;

struct net_device_operations {
	int (*open)(struct net_device *netdev);
	void (*close)(struct net_device *netdev);
	/* 0: completion follows. Else the buffer stays the caller's. */
	int (*transmit)(struct net_device *netdev, struct io_buffer *iobuf);
	void (*poll)(struct net_device *netdev);
};

struct net_device_stats {
	unsigned int good;
	unsigned int bad;
	int last_error;
};

struct net_device {
	unsigned int refcnt;
	struct list_head list;		/* of registered devices */
	char name[12];
	struct device *dev;
	struct net_device_operations *op;
	uint8_t hw_addr[MAX_HW_ADDR_LEN];
	uint8_t ll_addr[MAX_LL_ADDR_LEN];
	unsigned int state;
	int link_rc;			/* 0: the link is up */
	size_t max_pkt_len;
	struct list_head tx_queue;	/* with the driver */
	struct list_head tx_deferred;	/* wait for room in the driver */
	struct list_head rx_queue;	/* wait for the user */
	struct net_device_stats tx_stats;
	struct net_device_stats rx_stats;
	void *priv;
};

#define NETDEV_OPEN		0x0001
#define NETDEV_REGISTERED	0x0002

/* An Ethernet device with @priv_len bytes of its driver; one reference. */
struct net_device *alloc_etherdev(size_t priv_len);
struct net_device *netdev_get(struct net_device *netdev);
void netdev_put(struct net_device *netdev);

static inline void netdev_init(struct net_device *netdev,
			       struct net_device_operations *op)
{
	netdev->op = op;
}

/* The driver is going: nothing is called any more. */
void netdev_nullify(struct net_device *netdev);

int register_netdev(struct net_device *netdev);
void unregister_netdev(struct net_device *netdev);	/* closes it */
int netdev_open(struct net_device *netdev);
void netdev_close(struct net_device *netdev);

static inline int netdev_is_open(struct net_device *netdev)
{
	return netdev->state & NETDEV_OPEN;
}

/* Takes the buffer in any case. */
int netdev_tx(struct net_device *netdev, struct io_buffer *iobuf);
/* For transmit(): no room now; it is tried again after a completion. */
int netdev_tx_defer(struct net_device *netdev, struct io_buffer *iobuf);
void netdev_tx_complete_err(struct net_device *netdev, struct io_buffer *iobuf,
			    int rc);

static inline void netdev_tx_complete(struct net_device *netdev,
				      struct io_buffer *iobuf)
{
	netdev_tx_complete_err(netdev, iobuf, 0);
}

void netdev_rx(struct net_device *netdev, struct io_buffer *iobuf);
/* @iobuf may be NULL: the error alone counts. */
void netdev_rx_err(struct net_device *netdev, struct io_buffer *iobuf, int rc);
void netdev_poll(struct net_device *netdev);
/* The next one received, or NULL; it is the caller's. */
struct io_buffer *netdev_rx_dequeue(struct net_device *netdev);

void netdev_link_err(struct net_device *netdev, int rc);
void netdev_link_down(struct net_device *netdev);

static inline void netdev_link_up(struct net_device *netdev)
{
	netdev_link_err(netdev, 0);
}

static inline int netdev_link_ok(struct net_device *netdev)
{
	return netdev->link_rc == 0;
}

/* The n-th registered device, or NULL. */
struct net_device *netdev_nth(unsigned int n);

#endif

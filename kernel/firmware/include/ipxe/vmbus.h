/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus.h - VMBus devices and their channels
 *
 * A driver is probed for each device the host offers. It opens the device's
 * channel, a pair of rings, and polls it; what comes is given to its struct
 * vmbus_channel_operations. Received data lies in sets of pages that the driver
 * has shared and registered.
 *
 * Life of what is shared: memory given to vmbus_establish_gpadl() belongs to
 * the host, too, until vmbus_gpadl_teardown() has returned 0. If it returns an
 * error the memory must never be freed. vmbus_close() does the same for rings.
 */
#ifndef _IPXE_VMBUS_H
#define _IPXE_VMBUS_H

#include <byteswap.h>
#include <ipxe/device.h>
#include <ipxe/hyperv.h>
#include <ipxe/iobuf.h>
#include <ipxe/uaccess.h>

struct vmbus_device;
struct vmbus_ring;

/* Completions that wait for room in the ring. */
#define VMBUS_MAX_DEFERRED	32

/* A set of pages by whose number the host says where received data lies. */
struct vmbus_xfer_pages;

struct vmbus_xfer_pages_operations {
	/* Copies from the set, or -ERANGE. */
	int (*copy)(struct vmbus_xfer_pages *pages, void *data, size_t offset,
		    size_t len);
};

struct vmbus_xfer_pages {
	struct list_head list;
	struct vmbus_xfer_pages_operations *op;
	uint16_t pageset;		/* in the byte order of the protocol */
};

struct vmbus_channel_operations {
	int (*recv_control)(struct vmbus_device *vmdev, uint64_t xid,
			    const void *data, size_t len);
	/* Owns the buffers of @list, in any case. */
	int (*recv_data)(struct vmbus_device *vmdev, uint64_t xid,
			 const void *data, size_t len, struct list_head *list);
	int (*recv_completion)(struct vmbus_device *vmdev, uint64_t xid,
			       const void *data, size_t len);
	int (*recv_cancellation)(struct vmbus_device *vmdev, uint64_t xid);
};

union uuid {
	uint8_t raw[16];
	struct {
		uint32_t a;
		uint16_t b;
		uint16_t c;
		uint16_t d;
		uint8_t e[6];
	} canonical;
};

/* An identity as it is written, in the order in which the bus has it. */
#define VMBUS_TYPE(_a, _b, _c, _d, _e0, _e1, _e2, _e3, _e4, _e5)	\
	{ .canonical = {						\
		.a = cpu_to_le32(_a), .b = cpu_to_le16(_b),		\
		.c = cpu_to_le16(_c), .d = htons(_d),			\
		.e = { (_e0), (_e1), (_e2), (_e3), (_e4), (_e5) } } }

struct vmbus_driver {
	const char *name;
	union uuid type;
	int (*probe)(struct vmbus_device *vmdev);
	/* The host has forgotten all: channel and GPADLs are gone. */
	int (*reset)(struct vmbus_device *vmdev);
	void (*remove)(struct vmbus_device *vmdev);
};

/* Puts a driver into the table of all. */
#define __vmbus_driver							\
	__attribute__((section("vtb_vmbus_drivers"), used, retain))

struct vmbus_device {
	struct device dev;
	struct hv_hypervisor *hv;
	union uuid instance;
	unsigned int channel;		/* its number on the bus */
	unsigned int gpadl;		/* of the rings; 0: none */
	int seen;			/* offered since the last reset */
	int rescinded;			/* the host has taken it back */
	int broken;			/* the rings cannot be used any more */
	struct vmbus_ring *out;
	struct vmbus_ring *in;
	uint32_t out_len;		/* bytes of data */
	uint32_t in_len;
	uint32_t out_prod;		/* ours, whatever the memory says */
	uint32_t in_cons;
	void *packet;			/* the one being looked at */
	size_t mtu;
	struct list_head pages;		/* registered sets */
	uint64_t deferred[VMBUS_MAX_DEFERRED];	/* ids of completions */
	unsigned int nr_deferred;
	struct vmbus_channel_operations *op;
	struct vmbus_driver *driver;
	void *priv;
};

static inline void vmbus_set_drvdata(struct vmbus_device *vmdev, void *priv)
{
	vmdev->priv = priv;
}

static inline void *vmbus_get_drvdata(struct vmbus_device *vmdev)
{
	return vmdev->priv;
}

/*
 * The number of a GPADL, or a negative error. If the host may own the memory in
 * spite of the error, it has been given up with abandon_phys().
 */
int vmbus_establish_gpadl(struct vmbus_device *vmdev, userptr_t data,
			  size_t len);
int vmbus_gpadl_teardown(struct vmbus_device *vmdev, unsigned int gpadl);
/* Has the host forgotten it by a reset? */
int vmbus_gpadl_is_obsolete(struct vmbus_device *vmdev, unsigned int gpadl);
/* Nothing will come from this channel, and nothing goes. */
int vmbus_is_gone(struct vmbus_device *vmdev);

/* @out_len and @in_len: powers of two, of data; @mtu: of a received packet. */
int vmbus_open(struct vmbus_device *vmdev, struct vmbus_channel_operations *op,
	       size_t out_len, size_t in_len, size_t mtu);
/*
 * After it the host uses neither rings nor anything sent with vmbus_send_data().
 * -EBUSY: it has not said so. The rings are given up then, and so must be what
 * has been sent.
 */
int vmbus_close(struct vmbus_device *vmdev);

int vmbus_send_control(struct vmbus_device *vmdev, uint64_t xid,
		       const void *data, size_t len);
/* The data of @iobuf is the host's until the completion of @xid. */
int vmbus_send_data(struct vmbus_device *vmdev, uint64_t xid, const void *data,
		    size_t len, struct io_buffer *iobuf);
int vmbus_send_completion(struct vmbus_device *vmdev, uint64_t xid,
			  const void *data, size_t len);
int vmbus_send_cancellation(struct vmbus_device *vmdev, uint64_t xid);

/* Is there a packet? Not if the ring makes no sense. */
int vmbus_has_data(struct vmbus_device *vmdev);
/* Takes one packet and hands it on: gets on, whatever is in it. */
int vmbus_poll(struct vmbus_device *vmdev);
void vmbus_dump_channel(struct vmbus_device *vmdev);

int vmbus_register_pages(struct vmbus_device *vmdev,
			 struct vmbus_xfer_pages *pages);
void vmbus_unregister_pages(struct vmbus_device *vmdev,
			    struct vmbus_xfer_pages *pages);

/* -- called by the firmware ----------------------------------------------- */

/* Connects and probes drivers; a device that fails is no error of the bus. */
int vmbus_probe(struct hv_hypervisor *hv, struct device *parent);
/* After a reset of the hypervisor: connects again, resets drivers. */
int vmbus_reset(struct hv_hypervisor *hv, struct device *parent);
/* Handles what the host says without being asked: offers, rescinds. */
void vmbus_step(struct hv_hypervisor *hv, struct device *parent);
void vmbus_remove(struct hv_hypervisor *hv, struct device *parent);

#endif

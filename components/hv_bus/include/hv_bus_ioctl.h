/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_bus_ioctl.h - what user space asks of /dev/hv-bus
 *
 * The first open() connects to the host, the last close() disconnects. Devices
 * that the host offers, and their sub-channels, appear in slots: the first free
 * one each. A call on an empty slot waits a moment for somebody to appear
 * there, then fails with -ENODEV.
 */
#ifndef HV_BUS_IOCTL_H
#define HV_BUS_IOCTL_H

#include <asm/ioctl.h>

#define HV_BUS_IRQ		9	/* where the bus's vector arrives */
#define HV_BUS_SLOTS		8
#define HV_BUS_GPADLS		4	/* buffers of a channel */
#define HV_BUS_MAX_PAGES	80	/* of a buffer: three messages */
#define HV_BUS_RING_PAGES	8	/* of each ring, at most */
#define HV_BUS_REQUESTS		64	/* ids at a time, at most */
#define HV_BUS_MAX_WORDS	200	/* of payload, 4 bytes each */
#define HV_BUS_WAIT_JIFFIES	16

struct hv_bus_open {
	unsigned int slot;
	unsigned int pages;		/* of each ring, its header included */
	unsigned int requests;		/* ids at a time; 0: not managed */
	unsigned int low_latency;	/* never by the monitor page */
};

enum hv_bus_kind {
	HV_BUS_INBAND,
	HV_BUS_COMPLETE,		/* in band, wants a completion */
	HV_BUS_PAGES,			/* points to pages of the guest */
	HV_BUS_NR_KINDS,
};

/*
 * SEND: @id comes back as that of its completion. RECV: @kind is the type of
 * the packet on the wire, @id the request's, and @received is 0 if none came
 * in time.
 */
struct hv_bus_packet {
	unsigned int slot;
	unsigned int kind;
	unsigned int words;
	unsigned int received;
	unsigned long long id;
	unsigned int data[HV_BUS_MAX_WORDS];
};

/* ESTABLISH gives out @index, TEARDOWN takes it. */
struct hv_bus_gpadl {
	unsigned int slot;
	unsigned int index;
	unsigned int pages;
};

struct hv_bus_target {
	unsigned int slot;
	unsigned int cpu;
};

struct hv_bus_state {
	unsigned int slot;
	unsigned int present;
	unsigned int opened;
	unsigned int readable_bytes;	/* in the ring from the host */
	unsigned int writable_bytes;	/* in the ring to the host */
	unsigned int channel;		/* its number, if opened */
	unsigned int version;		/* of the protocol */
};

#define HV_BUS_OPEN		_IOW('V', 0, struct hv_bus_open)
#define HV_BUS_CLOSE		_IOW('V', 1, unsigned int)
#define HV_BUS_SEND		_IOW('V', 2, struct hv_bus_packet)
#define HV_BUS_RECV		_IOWR('V', 3, struct hv_bus_packet)
#define HV_BUS_ESTABLISH	_IOWR('V', 4, struct hv_bus_gpadl)
#define HV_BUS_TEARDOWN		_IOW('V', 5, struct hv_bus_gpadl)
#define HV_BUS_TARGET		_IOW('V', 6, struct hv_bus_target)
#define HV_BUS_STATE		_IOWR('V', 7, struct hv_bus_state)

#endif

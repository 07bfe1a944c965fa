/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_channel_ioctl.h - what user space asks of /dev/hv-channel
 */
#ifndef HV_CHANNEL_IOCTL_H
#define HV_CHANNEL_IOCTL_H

#include <asm/ioctl.h>

#define HV_CHANNEL_IRQ		7	/* the host's interrupt for the channel */
#define HV_CHANNEL_RELID	3	/* of its offer */
#define HV_CHANNEL_RING_PAGES	2	/* of each ring, its header included */
#define HV_CHANNEL_MAX_WORDS	200	/* of payload, 4 bytes each */
#define HV_CHANNEL_STREAM	960	/* words of a batch */
#define HV_CHANNEL_WAIT_JIFFIES	16

struct hv_channel_packet {
	unsigned int words;
	unsigned int received;		/* READ: 1, or 0 when none came */
	unsigned long long transaction;
	unsigned int data[HV_CHANNEL_MAX_WORDS];
};

/* Packets one behind the other: length in words, payload, length... */
struct hv_channel_batch {
	unsigned int max;
	unsigned int nr;
	unsigned int stream[HV_CHANNEL_STREAM];
};

struct hv_channel_state {
	unsigned int readable_bytes;	/* in the ring from the host */
	unsigned int writable_bytes;	/* in the ring to the host */
	unsigned int read_signal;	/* a signal that no reader has taken */
	unsigned int write_signal;
};

#define HV_CHANNEL_WRITE	_IOW('H', 0, struct hv_channel_packet)
#define HV_CHANNEL_READ		_IOWR('H', 1, struct hv_channel_packet)
#define HV_CHANNEL_DRAIN	_IOWR('H', 2, struct hv_channel_batch)
#define HV_CHANNEL_STATE	_IOR('H', 3, struct hv_channel_state)

#endif

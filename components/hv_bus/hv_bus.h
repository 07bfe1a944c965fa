/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_bus.h - the parts of the bus's driver (private to this folder)
 *
 *	hv_bus.c	connecting and disconnecting, the device file
 *	hv_message.c	interrupts: messages and events of the host
 *	hv_device.c	devices of the bus, channels as kernel objects
 *	hv_user.c	the one driver: does with a channel what a process says
 *
 * The rest of the bus is drivers/hv/ of the kernel tree: channel.c,
 * channel_mgmt.c, connection.c, hv.c and ring_buffer.c, unmodified. These files
 * do what vmbus_drv.c and hv_common.c do there.
 */
#ifndef HV_BUS_H
#define HV_BUS_H

#include <linux/hyperv.h>
#include <asm/mshyperv.h>
#include <../drivers/hv/hyperv_vmbus.h>

#include "hv_bus_ioctl.h"

/* Serves what has come to this vCPU; in its interrupt. */
void hv_message_isr(void);

/* The driver of all devices. */
int hv_user_probe(struct hv_device *device);
void hv_user_remove(struct hv_device *device);
/* Every device loses it, while the host still answers. */
void hv_user_remove_all(void);

/* What a process asks for, its argument copied in; see hv_bus_ioctl.h. */
union hv_user_arg {
	u32 slot;			/* first in all of them */
	struct hv_bus_open open;
	struct hv_bus_packet packet;
	struct hv_bus_gpadl gpadl;
	struct hv_bus_target target;
	struct hv_bus_state state;
};
long hv_user_call(unsigned int cmd, union hv_user_arg *arg);

/* Removes sub-channels that the host has not taken back. */
void hv_device_forget_subchannels(void);

#endif

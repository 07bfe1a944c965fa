/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * @name@_ioctl.h - what a process and /dev/@name@ say to each other
 */
#ifndef @NAME@_IOCTL_H
#define @NAME@_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define @NAME@_SLOTS	8

struct @name@_slot {
	__u32 index;		/* below @NAME@_SLOTS, else -EINVAL */
	__u32 value;
};

#define @NAME@_SET	_IOW('v', 0x40, struct @name@_slot)
#define @NAME@_GET	_IOWR('v', 0x41, struct @name@_slot)

#endif

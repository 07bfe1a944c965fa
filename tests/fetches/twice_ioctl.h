/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twice_ioctl.h - what a process and /dev/twice say to each other
 */
#ifndef TWICE_IOCTL_H
#define TWICE_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TWICE_BYTES	64

struct twice_arg {
	__u32 size;		/* of the data, at most TWICE_BYTES */
	__u32 how;		/* enum twice_how */
	__u8 data[TWICE_BYTES];
};

/* Ways to take in the argument; what is wrong with each is in twice_cut.c. */
enum twice_how {
	TWICE_ONCE,
	TWICE_COPIED,
	TWICE_ALLOCATED,
	TWICE_COMPARED,
	TWICE_KEPT,
	TWICE_UNCHECKED,
	TWICE_MAPPED,
	TWICE_MAPPED_ONCE,
};

#define TWICE_PUT	_IOW('v', 0x60, struct twice_arg)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioas_ioctl.h - what a process and /dev/ioas say to each other
 *
 * A file holds I/O address spaces, numbered from 0, and devices that are
 * attached to them. All members are in bytes; addresses and lengths are whole
 * pages. Errors beside those of any ioctl:
 *
 *    -EINVAL	no whole pages, no access asked for, outside of what devices
 *		can reach, or a reserved region
 *    -ENOENT	no such space, device or mapping
 *    -EEXIST	something is mapped there
 *    -EBUSY	in use: by another file, by a device, by a call that still runs
 */
#ifndef IOAS_IOCTL_H
#define IOAS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define IOAS_SPACES	8	/* of a file; one more is -ENOSPC */
#define IOAS_MAX_PAGES	4096	/* of user memory in one mapping */

struct ioas_space {
	__u32 space;		/* out, in for destroy */
};

struct ioas_attach {
	__u32 device;		/* its requester id */
	__u32 space;		/* not for detach */
	__u32 pasid;		/* that requests carry; 0: none */
};

#define IOAS_READ	1	/* devices may read */
#define IOAS_WRITE	2
#define IOAS_BAR	4	/* map the memory of a device, not of a process */

struct ioas_map {
	__u32 space;
	__u32 flags;
	__u64 address;		/* of the process, or offset in the device */
	__u64 length;
	__u64 iova;
	__u32 device;		/* whose memory, with IOAS_BAR */
	__u32 reserved;		/* 0 */
};

/*
 * Takes out the mappings that lie in the range. -EINVAL, and nothing changes,
 * if it would cut one. @length is what was unmapped when the call returns.
 */
struct ioas_unmap {
	__u32 space;
	__u32 reserved;		/* 0 */
	__u64 iova;
	__u64 length;
};

#define IOAS_CREATE	_IOR('v', 0x60, struct ioas_space)
#define IOAS_DESTROY	_IOW('v', 0x61, struct ioas_space)
#define IOAS_ATTACH	_IOW('v', 0x62, struct ioas_attach)
#define IOAS_DETACH	_IOW('v', 0x63, struct ioas_attach)
#define IOAS_MAP	_IOW('v', 0x64, struct ioas_map)
#define IOAS_UNMAP	_IOWR('v', 0x65, struct ioas_unmap)

#endif

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
#include "nesting_uapi.h"

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

/*
 * Guests with first-level tables of their own: spaces made by CREATE_NESTING,
 * PASIDs of the file, and structures of nesting_uapi.h, @bytes of them, right
 * behind struct ioas_nesting. Errors are those of iommu_nesting.h; a device
 * that is not the file's is -ENOENT.
 */
#define IOAS_FAULTS	32	/* kept for the process; more are refused */

struct ioas_pasid {
	__u32 min;		/* not for free */
	__u32 max;
	__u32 pasid;		/* out, in for free */
};

struct ioas_nesting {
	__u32 device;
	__u32 space;
	__u32 bytes;
	__u32 reserved;		/* 0 */
};

/* The oldest one; -EAGAIN if there is none. */
struct ioas_fault {
	__u32 device;
	__u32 reserved;
	struct nesting_fault fault;
};

struct ioas_info {
	__u32 space;
	__u32 reserved;		/* 0 */
	struct nesting_info info;
};

#define IOAS_CREATE	_IOR('v', 0x60, struct ioas_space)
#define IOAS_DESTROY	_IOW('v', 0x61, struct ioas_space)
#define IOAS_ATTACH	_IOW('v', 0x62, struct ioas_attach)
#define IOAS_DETACH	_IOW('v', 0x63, struct ioas_attach)
#define IOAS_MAP	_IOW('v', 0x64, struct ioas_map)
#define IOAS_UNMAP	_IOWR('v', 0x65, struct ioas_unmap)
#define IOAS_CREATE_NESTING	_IOR('v', 0x66, struct ioas_space)
#define IOAS_PASID_ALLOC	_IOWR('v', 0x67, struct ioas_pasid)
#define IOAS_PASID_FREE		_IOW('v', 0x68, struct ioas_pasid)
#define IOAS_INFO		_IOWR('v', 0x69, struct ioas_info)
#define IOAS_BIND		_IOW('v', 0x6a, struct ioas_nesting)
#define IOAS_UNBIND		_IOW('v', 0x6b, struct ioas_nesting)
#define IOAS_INVALIDATE		_IOW('v', 0x6c, struct ioas_nesting)
#define IOAS_RESPOND		_IOW('v', 0x6d, struct ioas_nesting)
#define IOAS_FAULT		_IOR('v', 0x6e, struct ioas_fault)

#endif

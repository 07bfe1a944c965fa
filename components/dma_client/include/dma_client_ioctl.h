/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_client_ioctl.h - what a process and /dev/dma-client say to each other
 *
 * The driver has devices and buffers of kernel memory, and maps one for the
 * other as the process asks. Buffer 0 is always there; others are made and
 * freed. Lengths and offsets are in bytes. Errors beside those of any ioctl:
 *
 *    -EINVAL	outside of the buffer or of the mapping, no such direction
 *    -ENOENT	no such device, buffer or mapping
 *    -ENODEV	the device has no DMA
 *    -EIO	the DMA API refuses
 *    -EBUSY	somebody is at work on the mapping; the buffer is mapped
 *    -ENOSPC	too many buffers or mappings
 */
#ifndef DMA_CLIENT_IOCTL_H
#define DMA_CLIENT_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DMA_CLIENT_DEVICES	8
#define DMA_CLIENT_BUFFERS	8		/* with buffer 0 */
#define DMA_CLIENT_MAPPINGS	64
#define DMA_CLIENT_SEGMENTS	6		/* of a scatter list */
#define DMA_CLIENT_BUFFER_0	131072		/* bytes of buffer 0 */
#define DMA_CLIENT_MAX_BUFFER	16384		/* of the others */

#define DMA_CLIENT_SKIP_SYNC	1		/* nothing to copy */
#define DMA_CLIENT_NO_WARN	2
#define DMA_CLIENT_ATOMIC	4		/* call with interrupts off */
#define DMA_CLIENT_FLAGS	7

/* Directions have the numbers of the kernel. */
enum { DMA_CLIENT_BOTH, DMA_CLIENT_TO_DEVICE, DMA_CLIENT_FROM_DEVICE };

/* All out. */
struct dma_client_info {
	__u64 buffer_phys;	/* of buffer 0 */
	__u64 pool_phys;	/* 0: there is none */
	__u64 pool_slots;
};

struct dma_client_buffer {
	__u32 buffer;		/* out; in for free */
	__u32 bytes;
	__u64 phys;		/* out */
};

/* The CPU writes: byte i is dma_client_byte(stamp, i). */
struct dma_client_fill {
	__u32 buffer;
	__u32 stamp;
	__u64 offset;
	__u64 length;
};

static inline __u8 dma_client_byte(__u32 stamp, __u64 i)
{
	return (stamp * 0x9e3779b1u + (__u32)i * 0x85ebca6bu) >> 24;
}

/* @nents segments of @length bytes, @gap bytes between two. */
struct dma_client_map {
	__u32 device;
	__u32 direction;
	__u32 flags;
	__u32 buffer;
	__u32 nents;		/* 0: no scatter list, one piece */
	__u32 mapping;		/* out */
	__u64 offset;
	__u64 length;
	__u64 gap;
	__u64 address[DMA_CLIENT_SEGMENTS];	/* out: what the device uses */
};

struct dma_client_unmap {
	__u32 mapping;
	__u32 flags;
};

/* A range of one in one piece; a scatter list always as a whole. */
struct dma_client_sync {
	__u32 mapping;
	__u32 flags;
	__u32 for_device;
	__u32 believe;		/* length is the device's: do not look at it */
	__u64 offset;
	__u64 length;
};

struct dma_client_device {
	__u32 device;
	__u32 bits;		/* of its mask: in */
	__u64 max_mapping;	/* out: largest it should map */
};

struct dma_client_pool {
	__u64 bytes;
};

#define DMA_CLIENT_INFO		_IOR('v', 0x70, struct dma_client_info)
#define DMA_CLIENT_NEW_BUFFER	_IOWR('v', 0x71, struct dma_client_buffer)
#define DMA_CLIENT_FREE_BUFFER	_IOW('v', 0x72, struct dma_client_buffer)
#define DMA_CLIENT_FILL		_IOW('v', 0x73, struct dma_client_fill)
#define DMA_CLIENT_MAP		_IOWR('v', 0x74, struct dma_client_map)
#define DMA_CLIENT_UNMAP	_IOW('v', 0x75, struct dma_client_unmap)
#define DMA_CLIENT_SYNC		_IOW('v', 0x76, struct dma_client_sync)
#define DMA_CLIENT_SET_MASK	_IOW('v', 0x77, struct dma_client_device)
#define DMA_CLIENT_LIMITS	_IOWR('v', 0x78, struct dma_client_device)
#define DMA_CLIENT_START_POOL	_IOW('v', 0x79, struct dma_client_pool)
#define DMA_CLIENT_STOP_POOL	_IO('v', 0x7a)

#endif

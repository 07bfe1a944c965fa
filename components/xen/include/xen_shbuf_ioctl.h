/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_shbuf_ioctl.h - /dev/xen-shbuf: shared buffers on behalf of a process
 *
 * A file has slots of buffers; all go when it is closed. Calls about one slot
 * exclude each other: the second gets -EBUSY. The number of a slot says in which
 * place it is (% XEN_SHBUF_SLOTS), and is never given out twice.
 */
#ifndef XEN_SHBUF_IOCTL_H
#define XEN_SHBUF_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XEN_SHBUF_SLOTS	4
#define XEN_SHBUF_POOL	8

/*
 * @nr_pages:	of the buffer, as drivers compute it from what they are asked for
 * @backend:	the backend has the pages: we get holes for them
 *
 * What the frontend has is a pool of pages that repeat: page i of the buffer is
 * page i % XEN_SHBUF_POOL of it, so that large buffers need little memory.
 */
struct xen_shbuf_alloc {
	__s32 nr_pages;
	__u32 backend;
	__u32 dom;
	__u32 slot;		/* out, as all that follows */
	__u32 dir_start;
	__u32 __reserved;	/* 0 */
	__u64 pool[XEN_SHBUF_POOL];	/* frame numbers */
};

struct xen_shbuf_slot {
	__u32 slot;
};

/* One word of a page of the buffer. */
struct xen_shbuf_access {
	__u32 slot;
	__u32 page;
	__u32 offset;		/* in words */
	__u32 write;
	__u32 value;		/* in or out */
};

#define XEN_SHBUF_ALLOC	 _IOWR('X', 32, struct xen_shbuf_alloc)
#define XEN_SHBUF_MAP	 _IOW('X', 33, struct xen_shbuf_slot)
#define XEN_SHBUF_UNMAP	 _IOW('X', 34, struct xen_shbuf_slot)
#define XEN_SHBUF_FREE	 _IOW('X', 35, struct xen_shbuf_slot)
#define XEN_SHBUF_ACCESS _IOWR('X', 36, struct xen_shbuf_access)

#endif

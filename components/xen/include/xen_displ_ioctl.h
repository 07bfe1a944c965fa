/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_displ_ioctl.h - /dev/xen-displ: a virtual display on behalf of a process
 *
 * Opening the file for the first time binds the driver, as loading it would; the
 * last close unbinds it. Buffers and frame buffers are numbers that are never given
 * out twice; when the connection to the backend ends, all of them are gone.
 *
 * -ENOTCONN	no backend is connected
 * -ENODEV	it went while it was asked
 * -ETIMEDOUT	it has not answered: the connection is given up
 * -EREMOTEIO	it has refused
 * -ENOENT	no such buffer or frame buffer
 */
#ifndef XEN_DISPL_IOCTL_H
#define XEN_DISPL_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XEN_DISPL_MAX_PAGES	64
#define XEN_DISPL_TIMEOUT_MS	3000	/* for an answer */

/* @backend: the backend has the pages. */
struct xen_displ_create {
	__u32 nr_pages;
	__u32 backend;
	__u64 buffer;		/* out */
};

struct xen_displ_attach {
	__u64 buffer;
	__u64 fb;		/* out */
};

/* One thing: a buffer or a frame buffer. */
struct xen_displ_id {
	__u64 id;
};

/*
 * Waits, at most @ms, until as many flips of @fb are done as were asked for. That
 * the time is over is no error: some are left then.
 */
struct xen_displ_wait {
	__u64 fb;
	__u32 ms;
	__u32 flips;		/* out: that are done */
	__u32 left;		/* out: that were asked for, too */
	__u32 unused;
};

/* One word of a page of a buffer. */
struct xen_displ_access {
	__u64 buffer;
	__u32 page;
	__u32 offset;		/* in words */
	__u32 write;
	__u32 value;		/* in or out */
};

/* Waits, at most @ms, until the backend is connected. */
struct xen_displ_connect {
	__u32 ms;
};

#define XEN_DISPL_CREATE  _IOWR('X', 48, struct xen_displ_create)
#define XEN_DISPL_DESTROY _IOW('X', 49, struct xen_displ_id)
#define XEN_DISPL_ATTACH  _IOWR('X', 50, struct xen_displ_attach)
#define XEN_DISPL_DETACH  _IOW('X', 51, struct xen_displ_id)
#define XEN_DISPL_FLIP	  _IOW('X', 52, struct xen_displ_id)
#define XEN_DISPL_WAIT	  _IOWR('X', 53, struct xen_displ_wait)
#define XEN_DISPL_ACCESS  _IOWR('X', 54, struct xen_displ_access)
#define XEN_DISPL_CONNECT _IOW('X', 55, struct xen_displ_connect)
/* As sysfs does: the driver lets go of the device, and takes it again. */
#define XEN_DISPL_UNBIND  _IO('X', 56)
#define XEN_DISPL_BIND	  _IO('X', 57)

#endif

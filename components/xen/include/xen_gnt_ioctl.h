/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_gnt_ioctl.h - /dev/xen-gnt: grants on behalf of a process
 *
 * A file has slots of pages that it has granted, of lists of references, and of
 * batches of pages that it has mapped; all go when it is closed. Calls about one
 * slot exclude each other: the second gets -EBUSY. The number of a slot says in which
 * place it is (% XEN_GNT_SLOT_STEP), and is never given out twice.
 */
#ifndef XEN_GNT_IOCTL_H
#define XEN_GNT_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XEN_GNT_SLOT_STEP	64
#define XEN_GNT_GRANTS	64
#define XEN_GNT_LISTS	8
#define XEN_GNT_MAPS	8
#define XEN_GNT_BATCH	8
#define XEN_GNT_NO_LIST	0xffffffffu

/* A zeroed page, granted. @list: where the reference is from, or none. */
struct xen_gnt_grant {
	__u32 dom;
	__u32 readonly;
	__u32 list;
	__u32 slot;		/* out, as all that follows */
	__u32 ref;
	__u32 reserved;
	__u64 gfn;
};

enum xen_gnt_end_how {
	XEN_GNT_END_FREE,	/* with the page, now or later */
	XEN_GNT_END_KEEP,	/* without it; the page is put by the caller */
	XEN_GNT_END_TRY,	/* -EBUSY, and all is as before */
	XEN_GNT_END_REF,	/* the reference goes where it came from */
	XEN_GNT_END_HOWS,
};

struct xen_gnt_end {
	__u32 slot;
	__u32 how;
};

/* @in_a_row: references that follow one another; no grants from those. */
struct xen_gnt_list {
	__u32 nr;
	__u32 in_a_row;
	__u32 slot;		/* out */
	__u32 first;
};

/* At most XEN_GNT_BATCH references of @dom into fresh holes. */
struct xen_gnt_map {
	__u32 dom;
	__u32 readonly;
	__u32 nr;
	__u32 ref[XEN_GNT_BATCH];
	__u32 slot;		/* out */
	__s32 status[XEN_GNT_BATCH];
};

enum xen_gnt_unmap_how {
	XEN_GNT_UNMAP_NOW,
	XEN_GNT_UNMAP_SYNC,	/* waits until nobody else has the pages */
	XEN_GNT_UNMAP_ASYNC,	/* the same, and the slot goes later */
	XEN_GNT_UNMAP_HOWS,
};

struct xen_gnt_unmap {
	__u32 slot;
	__u32 how;
};

/* Somebody else has page @index of a batch for so many jiffies. */
struct xen_gnt_hold {
	__u32 slot;
	__u32 index;
	__u32 jiffies;
};

/* One word of a page that is mapped (@granted: of one that was granted). */
struct xen_gnt_access {
	__u32 slot;
	__u32 index;
	__u32 granted;
	__u32 offset;		/* in words */
	__u32 write;
	__u32 value;		/* in or out */
};

/* From or to a granted page of ours, by copies of the hypervisor. */
struct xen_gnt_copy {
	__u32 dom;
	__u32 ref;
	__u32 slot;		/* of a grant: our side */
	__u32 to_peer;
	__u32 offset;
	__u32 bytes;
	__u32 nr;		/* copies in the batch, one behind the other */
	__s32 status[XEN_GNT_BATCH];	/* out */
};

/* Tells when so many references are free; once. Two wait side by side. */
#define XEN_GNT_WAITERS	2

struct xen_gnt_notify {
	__u32 nr;
	__u32 cancel;
	__u32 waiter;
	__u32 told;		/* out: how often it was so far */
};

#define XEN_GNT_GRANT	_IOWR('X', 1, struct xen_gnt_grant)
#define XEN_GNT_END	_IOW('X', 2, struct xen_gnt_end)
#define XEN_GNT_LIST	_IOWR('X', 3, struct xen_gnt_list)
#define XEN_GNT_UNLIST	_IOW('X', 4, struct xen_gnt_list)
#define XEN_GNT_MAP	_IOWR('X', 5, struct xen_gnt_map)
#define XEN_GNT_UNMAP	_IOW('X', 6, struct xen_gnt_unmap)
#define XEN_GNT_HOLD	_IOW('X', 7, struct xen_gnt_hold)
#define XEN_GNT_ACCESS	_IOWR('X', 8, struct xen_gnt_access)
#define XEN_GNT_COPY	_IOWR('X', 9, struct xen_gnt_copy)
#define XEN_GNT_NOTIFY	_IOWR('X', 10, struct xen_gnt_notify)
/* Makes a list of no references and gives it back; 1 if it had some. */
#define XEN_GNT_NO_REFS	_IO('X', 11)

#endif

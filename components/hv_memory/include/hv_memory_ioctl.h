/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_memory_ioctl.h - /dev/hv-memory: buffers that are shared with the host
 *
 * Plain numbers: processes and worlds include it too. Offsets are multiples of
 * 8. Errors beside those of the arguments: -EBUSY, pages are being changed or
 * in a state that does not allow the call; -EPERM, a page must not be used at
 * this address; -EIO, the host.
 */
#ifndef HV_MEMORY_IOCTL_H
#define HV_MEMORY_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HV_MEMORY_BUFFERS	8
#define HV_MEMORY_MAX_PAGES	520	/* vmalloc()ed */
#define HV_MEMORY_MAX_RUN	8	/* pages in one piece */
#define HV_MEMORY_MAX_MESSAGE	240	/* bytes */

enum { HV_MEMORY_BOTH_WAYS, HV_MEMORY_TO_DEVICE, HV_MEMORY_FROM_DEVICE };
enum hv_memory_kind { HV_MEMORY_PAGES, HV_MEMORY_VMALLOC };
enum hv_memory_via { HV_MEMORY_HOME, HV_MEMORY_ALIAS };
enum hv_memory_state {
	HV_MEMORY_PRIVATE,
	HV_MEMORY_SHARED,
	HV_MEMORY_UNKNOWN,	/* a change has failed */
	HV_MEMORY_CHANGING,
};

struct hv_memory_alloc {
	__u32 id;		/* out */
	__u32 kind;
	__u32 pages;
	__u32 reserved;
};

/* Pages [first, first + pages) of a buffer; free: @later says how. */
struct hv_memory_range {
	__u32 id;
	__u32 first;
	__u32 pages;
	__u32 later;		/* after a grace period */
};

struct hv_memory_map {
	__u32 id;
	__u32 reserved;
	__u64 bytes;
};

struct hv_memory_word {
	__u32 id;
	__u32 via;
	__u64 offset;
	__u64 value;		/* in or out */
};

/* What the driver believes, and where the page is. */
struct hv_memory_page {
	__u32 id;
	__u32 page;
	__u32 state;
	__u32 reserved;
	__u64 pfn;
};

/* Registers of the synthetic interrupt controller, SINT0 and so on. */
struct hv_memory_register {
	__u32 sint;
	__u32 reserved;
	__u64 value;
};

struct hv_memory_message {
	__u32 bytes;
	__u32 status;		/* out: of the hypercall */
	__u8 data[HV_MEMORY_MAX_MESSAGE];
};

#define HV_MEMORY_ALLOC		_IOWR('M', 1, struct hv_memory_alloc)
#define HV_MEMORY_FREE		_IOW('M', 2, struct hv_memory_range)
#define HV_MEMORY_SHARE		_IOW('M', 3, struct hv_memory_range)
#define HV_MEMORY_HIDE		_IOW('M', 4, struct hv_memory_range)
#define HV_MEMORY_MAP		_IOW('M', 5, struct hv_memory_map)
#define HV_MEMORY_UNMAP		_IOW('M', 6, struct hv_memory_range)
#define HV_MEMORY_STORE		_IOW('M', 7, struct hv_memory_word)
#define HV_MEMORY_LOAD		_IOWR('M', 8, struct hv_memory_word)
#define HV_MEMORY_PAGE		_IOWR('M', 9, struct hv_memory_page)
#define HV_MEMORY_SET		_IOW('M', 10, struct hv_memory_register)
#define HV_MEMORY_GET		_IOWR('M', 11, struct hv_memory_register)
/* The last bytes of the page before @page, by a load of 8 bytes. */
struct hv_memory_stray {
	__u32 id;
	__u32 page;
	__u64 value;		/* out */
};

/*
 * Private memory of a buffer in one piece is mapped for a device that the host
 * emulates, which has @us microseconds to do what it likes to, and unmapped.
 * Directions have the numbers of the kernel.
 */
struct hv_memory_bounce {
	__u32 id;
	__u32 direction;
	__u64 offset;
	__u64 bytes;
	__u64 us;
	__u64 address;		/* out: what the device was given */
};

/* Bounce buffers; 0 bytes: there are none. */
struct hv_memory_pool {
	__u64 address;
	__u64 bytes;
};

#define HV_MEMORY_BOUNCE	_IOWR('M', 15, struct hv_memory_bounce)
#define HV_MEMORY_POOL		_IOR('M', 16, struct hv_memory_pool)
#define HV_MEMORY_STRAY		_IOWR('M', 13, struct hv_memory_stray)
#define HV_MEMORY_CRASH		_IOW('M', 14, struct hv_memory_message)
#define HV_MEMORY_POST		_IOWR('M', 12, struct hv_memory_message)

#endif

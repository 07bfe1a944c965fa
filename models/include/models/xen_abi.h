/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_abi.h - numbers and layouts of Xen's public interface
 *
 * Source: the public headers of Xen (grant_table.h, memory.h, features.h,
 * version.h, event_channel.h, xen.h, hvm/params.h, io/displif.h, io/ring.h,
 * io/xenbus.h, io/xs_wire.h), as far as grants, events and displays go. Structures are those
 * of 64-bit guests.
 */
#ifndef MODELS_XEN_ABI_H
#define MODELS_XEN_ABI_H

#include <stdint.h>

/* -- hypercalls -- */

#define XEN_HYPERCALL_MEMORY_OP		12
#define XEN_HYPERCALL_XEN_VERSION	17
#define XEN_HYPERCALL_GRANT_TABLE_OP	20
#define XEN_HYPERCALL_EVENT_CHANNEL_OP	32
#define XEN_HYPERCALL_HVM_OP		34

#define XEN_DOMID_SELF			0x7ff0

#define XENMEM_DECREASE_RESERVATION	1
#define XENMEM_MAXIMUM_RAM_PAGE		2
#define XENMEM_POPULATE_PHYSMAP		6
#define XENMEM_ADD_TO_PHYSMAP		7

#define XENMAPSPACE_SHARED_INFO		0
#define XENMAPSPACE_GRANT_TABLE		1
#define XENMAPIDX_GRANT_TABLE_STATUS	0x80000000ul

struct xen_reservation {
	uint64_t extents;		/* guest address of frame numbers */
	uint64_t nr_extents;
	uint32_t order;
	uint32_t address_bits;
	uint16_t domid;
};

struct xen_physmap_entry {
	uint16_t domid;
	uint16_t size;
	uint32_t space;
	uint64_t index;
	uint64_t gpfn;
};

#define XENVER_GET_FEATURES		6
#define XENFEAT_AUTO_TRANSLATED		(1u << 2)

struct xen_features_query {
	uint32_t submap;
	uint32_t features;
};

/* -- the grant table -- */

enum gnttab_command {
	GNTTABOP_MAP = 0,
	GNTTABOP_UNMAP = 1,
	GNTTABOP_COPY = 5,
	GNTTABOP_QUERY_SIZE = 6,
	GNTTABOP_SET_VERSION = 8,
	GNTTABOP_GET_VERSION = 10,
};

enum gnttab_status {
	GNTST_OKAY = 0,
	GNTST_GENERAL_ERROR = -1,
	GNTST_BAD_DOMAIN = -2,
	GNTST_BAD_GNTREF = -3,
	GNTST_BAD_HANDLE = -4,
	GNTST_BAD_VIRT_ADDR = -5,
	GNTST_NO_DEVICE_SPACE = -7,
	GNTST_PERMISSION_DENIED = -8,
	GNTST_BAD_PAGE = -9,
	GNTST_BAD_COPY_ARG = -10,
	GNTST_EAGAIN = -12,
};

#define GTF_PERMIT_ACCESS	1u
#define GTF_TYPE_MASK		3u
#define GTF_READONLY		(1u << 2)
#define GTF_READING		(1u << 3)
#define GTF_WRITING		(1u << 4)
#define GTF_SUB_PAGE		(1u << 8)

#define GNTMAP_DEVICE_MAP	(1u << 0)
#define GNTMAP_HOST_MAP		(1u << 1)
#define GNTMAP_READONLY		(1u << 2)
#define GNTMAP_CONTAINS_PTE	(1u << 4)

#define GNTCOPY_SOURCE_GREF	(1u << 0)
#define GNTCOPY_DEST_GREF	(1u << 1)

/*
 * References that nobody allocates. Whoever builds a domain grants two of them to
 * himself, before it runs: the console and xenstore.
 */
#define GNTTAB_NR_RESERVED	8
#define GNTTAB_NR_BUILT		2
#define XEN_BUILDER_DOMID	0
#define GNTTAB_NO_HANDLE	UINT32_MAX

struct gnttab_map {
	uint64_t host_addr;
	uint32_t flags;
	uint32_t ref;
	uint16_t dom;
	int16_t status;
	uint32_t handle;
	uint64_t dev_bus_addr;
};

struct gnttab_unmap {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	uint32_t handle;
	int16_t status;
};

struct gnttab_copy_side {
	uint64_t frame;			/* or a reference, 32 bits of it */
	uint16_t domid;
	uint16_t offset;
};

struct gnttab_copy {
	struct gnttab_copy_side source;
	struct gnttab_copy_side dest;
	uint16_t bytes;
	uint16_t flags;
	int16_t status;
};

struct gnttab_query_size {
	uint16_t dom;
	uint32_t nr_frames;
	uint32_t max_nr_frames;
	int16_t status;
};

/*
 * Entries. Whoever grants writes domid and frame, then flags; the hypervisor
 * says that an entry is in use: in the flags of version 1, in a word of its own
 * (status frames) in version 2.
 *
 *	version 1   flags:16 domid:16 frame:32
 *	version 2   flags:16 domid:16 -:32 frame:64
 */
#define GNTTAB_V1_ENTRY_BYTES	8u
#define GNTTAB_V2_ENTRY_BYTES	16u
#define GNTTAB_STATUS_BYTES	2u

/* -- event channels -- */

enum evtchn_command {
	EVTCHNOP_BIND_INTERDOMAIN = 0,
	EVTCHNOP_CLOSE = 3,
	EVTCHNOP_SEND = 4,
	EVTCHNOP_ALLOC_UNBOUND = 6,
	EVTCHNOP_UNMASK = 9,
};

struct evtchn_alloc_unbound {
	uint16_t domid;
	uint16_t remote;
	uint32_t port;
};

struct evtchn_bind_interdomain {
	uint16_t remote;
	uint32_t remote_port;
	uint32_t port;
};

/*
 * The page a guest shares with its hypervisor. A port that is pending and not
 * masked sets the bit of its word in .selector of a vCPU, and .upcall, which is
 * when the vCPU is interrupted.
 */
#define XEN_SHARED_VCPUS	32
#define XEN_PORT_WORDS		64

struct xen_shared_info {
	struct {
		uint8_t upcall;
		uint8_t upcall_masked;
		uint8_t reserved[6];
		uint64_t selector;
		uint64_t arch[6];
	} vcpus[XEN_SHARED_VCPUS];
	uint64_t pending[XEN_PORT_WORDS];
	uint64_t masked[XEN_PORT_WORDS];
};

/* -- parameters of guests -- */

enum hvm_command {
	HVMOP_SET_PARAM = 0,
	HVMOP_GET_PARAM = 1,
};

enum hvm_param {
	HVM_PARAM_CALLBACK_IRQ = 0,	/* a line, if the top byte is 0 */
	HVM_PARAM_STORE_PFN = 1,
	HVM_PARAM_STORE_EVTCHN = 2,
};

struct hvm_param_query {
	uint16_t domid;
	uint32_t index;
	uint64_t value;
};

/* -- xenstore -- */

enum xs_type {
	XS_DIRECTORY = 1,
	XS_READ = 2,
	XS_WATCH = 4,
	XS_UNWATCH = 5,
	XS_TRANSACTION_START = 6,
	XS_TRANSACTION_END = 7,
	XS_WRITE = 11,
	XS_MKDIR = 12,
	XS_RM = 13,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
};

struct xs_header {
	uint32_t type;
	uint32_t request;		/* the same in the answer */
	uint32_t transaction;
	uint32_t bytes;			/* that follow */
};

/* Two rings of bytes; indices run freely. */
#define XS_RING_BYTES		1024u

struct xs_page {
	uint8_t to_store[XS_RING_BYTES];
	uint8_t to_guest[XS_RING_BYTES];
	uint32_t store_read, guest_wrote;
	uint32_t guest_read, store_wrote;
};

/* -- xenbus: what either end says of itself -- */

enum xenbus_state {
	XENBUS_UNKNOWN = 0,
	XENBUS_INITIALISING = 1,
	XENBUS_INIT_WAIT = 2,
	XENBUS_INITIALISED = 3,
	XENBUS_CONNECTED = 4,
	XENBUS_CLOSING = 5,
	XENBUS_CLOSED = 6,
	XENBUS_RECONFIGURING = 7,
	XENBUS_RECONFIGURED = 8,
};

/* -- displays -- */

enum displ_operation {
	DISPL_DBUF_CREATE = 0x10,
	DISPL_DBUF_DESTROY = 0x11,
	DISPL_FB_ATTACH = 0x12,
	DISPL_FB_DETACH = 0x13,
	DISPL_PG_FLIP = 0x15,
};

#define DISPL_EVENT_PG_FLIP	0u
#define DISPL_REQ_ALLOC		1u	/* the backend has the pages */

struct displ_request {
	uint16_t id;
	uint8_t operation;
	uint8_t reserved[5];
	union {
		struct {
			uint64_t dbuf_cookie;
			uint32_t width, height, bpp, bytes, flags;
			uint32_t gref_directory;
			uint32_t data_offset;
		} create;
		struct {
			uint64_t dbuf_cookie, fb_cookie;
		} attach;
		uint64_t cookie;	/* of the others */
		uint8_t all[56];
	};
};

struct displ_response {
	uint16_t id;
	uint8_t operation;
	uint8_t reserved;
	int32_t status;
	uint8_t all[56];
};

#define DISPL_RING_SLOTS	32u	/* of 64 bytes, behind the indices */

struct displ_ring {
	uint32_t req_prod, req_event;
	uint32_t rsp_prod, rsp_event;
	uint8_t reserved[48];
	union {
		struct displ_request request;
		struct displ_response response;
	} slots[DISPL_RING_SLOTS];
};

struct displ_event {
	uint16_t id;
	uint8_t type;
	uint8_t reserved[5];
	uint64_t fb_cookie;
	uint8_t rest[48];
};

#define DISPL_EVENT_SLOTS	63u

struct displ_event_page {
	uint32_t cons, prod;
	uint8_t reserved[56];
	struct displ_event slots[DISPL_EVENT_SLOTS];
};

/* -- page directories, displif.h -- */

#define XEN_GREF_LIST_END	0u
#define XEN_GREFS_PER_PAGE	1023u	/* after the word that names the next */

#endif

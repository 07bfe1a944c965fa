/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_abi.h - numbers and layouts of Xen's public interface
 *
 * Source: the public headers of Xen (grant_table.h, memory.h, features.h,
 * version.h, io/displif.h), as far as grants are concerned. Structures are those
 * of 64-bit guests.
 */
#ifndef MODELS_XEN_ABI_H
#define MODELS_XEN_ABI_H

#include <stdint.h>

/* -- hypercalls -- */

#define XEN_HYPERCALL_MEMORY_OP		12
#define XEN_HYPERCALL_XEN_VERSION	17
#define XEN_HYPERCALL_GRANT_TABLE_OP	20

#define XEN_DOMID_SELF			0x7ff0

#define XENMEM_DECREASE_RESERVATION	1
#define XENMEM_MAXIMUM_RAM_PAGE		2
#define XENMEM_POPULATE_PHYSMAP		6
#define XENMEM_ADD_TO_PHYSMAP		7

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

/* -- page directories, displif.h -- */

#define XEN_GREF_LIST_END	0u
#define XEN_GREFS_PER_PAGE	1023u	/* after the word that names the next */

#endif

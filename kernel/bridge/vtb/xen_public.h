/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_public.h - Xen's public interface, as far as grants are concerned
 *
 * Seen by both sides: the hypervisor under test and whoever calls it. Names,
 * numbers and layouts are those of Xen's public headers (grant_table.h,
 * memory.h, xen.h), for 64-bit guests; guest handles are guest-physical
 * addresses here. models/xen_abi.h says the same in the models' own words, for
 * those who judge.
 */
#ifndef VTB_XEN_PUBLIC_H
#define VTB_XEN_PUBLIC_H

#include <stdint.h>

typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
typedef uint32_t grant_handle_t;
typedef uint64_t xen_pfn_t;
typedef uint64_t guest_addr_t;		/* of an argument of a hypercall */

#define __HYPERVISOR_memory_op		12
#define __HYPERVISOR_grant_table_op	20

#define DOMID_SELF			0x7ff0u
#define DOMID_FIRST_RESERVED		0x7ff0u

/* -- memory -- */

#define XENMEM_decrease_reservation	1
#define XENMEM_populate_physmap		6
#define XENMEM_add_to_physmap		7
#define XENMEM_remove_from_physmap	15

struct xen_memory_reservation {
	guest_addr_t extent_start;	/* of xen_pfn_t */
	uint64_t nr_extents;
	uint32_t extent_order;
	uint32_t mem_flags;
	domid_t domid;
};

#define XENMAPSPACE_grant_table		1
#define XENMAPIDX_grant_table_status	0x80000000ull

struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size;
	uint32_t space;
	uint64_t idx;
	xen_pfn_t gpfn;
};

struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};

/* -- the table -- */

#define GNTTAB_NR_RESERVED_ENTRIES	8

#define GTF_invalid		0u
#define GTF_permit_access	1u
#define GTF_accept_transfer	2u
#define GTF_transitive		3u
#define GTF_type_mask		3u
#define GTF_readonly		(1u << 2)
#define GTF_reading		(1u << 3)
#define GTF_writing		(1u << 4)
#define GTF_sub_page		(1u << 8)

/*
 *	version 1   flags:16 domid:16 frame:32
 *	version 2   flags:16 domid:16 -:32 frame:64		a page
 *	            flags:16 domid:16 off:16 length:16 frame:64	a part of one
 *	            flags:16 domid:16 domid:16 -:16 ref:32 -:32	another's grant
 *	            and a status word (16) in a frame of its own
 */
struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};

struct grant_entry_v1 {
	uint16_t flags;
	domid_t domid;
	uint32_t frame;
};

union grant_entry_v2 {
	struct grant_entry_header hdr;
	struct {
		struct grant_entry_header hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		struct grant_entry_header hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		struct grant_entry_header hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t spacer[4];
};

typedef uint16_t grant_status_t;

enum gnttab_op {
	GNTTABOP_map_grant_ref = 0,
	GNTTABOP_unmap_grant_ref = 1,
	GNTTABOP_setup_table = 2,
	GNTTABOP_transfer = 4,
	GNTTABOP_copy = 5,
	GNTTABOP_query_size = 6,
	GNTTABOP_unmap_and_replace = 7,
	GNTTABOP_set_version = 8,
	GNTTABOP_get_status_frames = 9,
	GNTTABOP_get_version = 10,
	GNTTABOP_swap_grant_ref = 11,
	GNTTABOP_cache_flush = 12,
};

#define GNTMAP_device_map	(1u << 0)
#define GNTMAP_host_map		(1u << 1)
#define GNTMAP_readonly		(1u << 2)
#define GNTMAP_application_map	(1u << 3)
#define GNTMAP_contains_pte	(1u << 4)

struct gnttab_map_grant_ref {
	uint64_t host_addr;
	uint32_t flags;
	grant_ref_t ref;
	domid_t dom;
	int16_t status;
	grant_handle_t handle;
	uint64_t dev_bus_addr;
};

struct gnttab_unmap_grant_ref {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;
	int16_t status;
};

struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr;
	grant_handle_t handle;
	int16_t status;
};

struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;
	int16_t status;
	guest_addr_t frame_list;	/* of xen_pfn_t */
};

struct gnttab_transfer {
	xen_pfn_t mfn;
	domid_t domid;
	grant_ref_t ref;
	int16_t status;
};

#define GNTCOPY_source_gref	(1u << 0)
#define GNTCOPY_dest_gref	(1u << 1)

struct gnttab_copy_ptr {
	union {
		grant_ref_t ref;
		xen_pfn_t gmfn;
	} u;
	domid_t domid;
	uint16_t offset;
};

struct gnttab_copy {
	struct gnttab_copy_ptr source, dest;
	uint16_t len;
	uint16_t flags;
	int16_t status;
};

struct gnttab_query_size {
	domid_t dom;
	uint32_t nr_frames;
	uint32_t max_nr_frames;
	int16_t status;
};

struct gnttab_set_version {
	uint32_t version;
};

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	domid_t dom;
	int16_t status;
	guest_addr_t frame_list;	/* of uint64_t */
};

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;
	uint32_t version;
};

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status;
};

#define GNTTAB_CACHE_CLEAN	(1u << 0)
#define GNTTAB_CACHE_INVAL	(1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1u << 31)

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op;
};

#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)
#define GNTST_address_too_big	(-11)
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13)

#endif

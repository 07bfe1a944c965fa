/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nesting_uapi.h - nested translation: what user space and the kernel exchange
 *
 *	request (PASID, address) --> first level --> second level --> memory
 *	                             tables of        mappings of
 *	                             the guest        the process
 *
 * The structures that a VMM passes through whatever file it has (of VFIO, of
 * /dev/ioas). A VMM and a kernel may be of different age, so
 *
 *    argsz	bytes the VMM has filled in, from the start of the structure: all
 *		that its version has, since there is none that has less
 *    version	NESTING_VERSION; what else is there is refused
 *
 * Flags, bits of masks and bytes that have no meaning are zero: others are
 * refused, so that they can get one.
 *
 * Two numbers for one PASID: requests of the device carry the one of the host,
 * which the VMM has allocated. The guest may know it by another. Everything but
 * bind and unbind goes by the number of the guest.
 *
 * Fields and meanings are those of nested translation in Linux 5.6 to 5.17 (its
 * documentation of the IOMMU's user interface) and of the series "vfio: expose
 * virtual Shared Virtual Addressing to VMs", so a VMM needs no new ideas; the
 * names are our own, since <linux/iommu.h> has some of theirs to this day.
 */
#ifndef NESTING_UAPI_H
#define NESTING_UAPI_H

#include <linux/types.h>

#define NESTING_VERSION		1

/* The kind of first-level tables: 1 is what the series gives to VT-d. */
#define NESTING_FORMAT_VTD	1

/* -- what there is -- */

#define NESTING_CAN_BIND		(1 << 0)
#define NESTING_CAN_INVALIDATE		(1 << 1)
#define NESTING_CAN_PAGE_REQUEST	(1 << 2)

/*
 * struct nesting_info - what guests can have
 * @format:	NESTING_FORMAT_*
 * @features:	NESTING_CAN_*
 * @pasid_bits:	of PASIDs, guest or host: the IOMMU's; a device may have fewer
 * @addr_width:	bits of addresses that first-level tables translate
 * @output_width: bits of guest addresses that the second level translates
 * @vtd_flags:	NESTING_VTD_* that bind takes
 */
struct nesting_info {
	__u32 argsz;		/* filled in by the kernel, as is all of it */
	__u32 version;
	__u32 format;
	__u32 features;
	__u32 pasid_bits;
	__u32 addr_width;
	__u32 output_width;
	__u32 reserved;
	__u64 vtd_flags;
};

/* -- bind and unbind -- */

#define NESTING_BIND_GPASID	(1 << 0)	/* @gpasid counts */

/* As in the PASID entry of VT-d, where they are bits of other numbers. */
#define NESTING_VTD_SRE		(1 << 0)	/* privileged requests */
#define NESTING_VTD_EAFE	(1 << 1)	/* extended accessed flags */
#define NESTING_VTD_PCD		(1 << 2)	/* uncached tables */
#define NESTING_VTD_PWT		(1 << 3)	/* written through */
#define NESTING_VTD_EMTE	(1 << 4)	/* memory types of @emt */
#define NESTING_VTD_CD		(1 << 5)	/* no caching at all */
#define NESTING_VTD_WPE		(1 << 6)	/* privileged writes obey, too */

/*
 * struct nesting_bind - gives a PASID a first level
 * @format:	NESTING_FORMAT_*
 * @addr_width:	bits of addresses the tables translate: nesting_info.addr_width
 * @flags:	NESTING_BIND_*
 * @gpgd:	guest address of the topmost table, 4 KiB aligned
 * @hpasid:	what requests of the device carry
 * @gpasid:	what the guest calls it; without the flag: the same
 * @vtd_flags:	NESTING_VTD_*
 * @pat, @emt:	memory types; 0 without NESTING_VTD_EMTE
 *
 * For unbind, @format and @hpasid count.
 */
struct nesting_bind {
	__u32 argsz;
	__u32 version;
	__u32 format;
	__u32 addr_width;
	__u64 flags;
	__u64 gpgd;
	__u64 hpasid;
	__u64 gpasid;
	__u64 vtd_flags;
	__u32 pat;
	__u32 emt;
};

/* -- invalidation -- */

/* Caches; several can be named. */
#define NESTING_CACHE_IOTLB	(1 << 0)
#define NESTING_CACHE_DEV_IOTLB	(1 << 1)	/* of the device: ATS */
#define NESTING_CACHE_PASID	(1 << 2)

/* What of them is to be forgotten. */
#define NESTING_INV_DOMAIN	0	/* all PASIDs of the device */
#define NESTING_INV_PASID	1	/* one */
#define NESTING_INV_ADDR	2	/* some addresses of one; not of PASID */

#define NESTING_INV_HAS_PASID	(1 << 0)	/* @pasid counts; it has to */
#define NESTING_INV_LEAF	(1 << 1)	/* tables have not changed */

/*
 * struct nesting_invalidate - what the guest has told its virtual IOMMU
 * @cache:	NESTING_CACHE_*
 * @granularity: NESTING_INV_*
 * @flags:	NESTING_INV_HAS_PASID unless DOMAIN; LEAF only with ADDR
 * @pasid:	as the guest knows it
 * @addr, @granule_size, @nb_granules: with ADDR, so many blocks of so many bytes
 *		(a power of two, at least 4 KiB) from an aligned address on; they
 *		do not wrap
 */
struct nesting_invalidate {
	__u32 argsz;
	__u32 version;
	__u8 cache;
	__u8 granularity;
	__u8 reserved[2];
	__u32 flags;
	__u64 pasid;
	__u64 addr;
	__u64 granule_size;
	__u64 nb_granules;
};

/* -- faults and page requests -- */

#define NESTING_FAULT_REFUSED	1	/* a request was; nothing to be done */
#define NESTING_FAULT_PAGE	2	/* the device asks for a page */

#define NESTING_FAULT_HAS_PASID	(1 << 0)
#define NESTING_FAULT_LAST	(1 << 1)	/* of its group: answer the group */

#define NESTING_PERM_READ	(1 << 0)
#define NESTING_PERM_WRITE	(1 << 1)
#define NESTING_PERM_EXEC	(1 << 2)
#define NESTING_PERM_PRIV	(1 << 3)

/*
 * struct nesting_fault - one of these
 * @type:	NESTING_FAULT_REFUSED or NESTING_FAULT_PAGE
 * @flags:	NESTING_FAULT_HAS_PASID, NESTING_FAULT_LAST
 * @pasid:	as the guest knows it
 * @group:	of page requests, which come and are answered in groups
 * @perm:	what was asked for
 * @reason:	why it was refused, as VT-d numbers reasons
 * @addr:	of the page
 */
struct nesting_fault {
	__u32 argsz;
	__u32 version;
	__u32 type;
	__u32 flags;
	__u32 pasid;
	__u32 group;
	__u32 perm;
	__u32 reason;
	__u64 addr;
};

#define NESTING_RESPONSE_SUCCESS	0	/* try again */
#define NESTING_RESPONSE_INVALID	1	/* no such page */
#define NESTING_RESPONSE_FAILURE	2	/* ask no more at all */

#define NESTING_RESPONSE_HAS_PASID	(1 << 0)	/* as the fault had */

struct nesting_response {
	__u32 argsz;
	__u32 version;
	__u32 flags;
	__u32 pasid;
	__u32 group;
	__u32 code;
};

#endif

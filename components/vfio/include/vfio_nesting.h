/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_nesting.h - what user space can ask about PASIDs and nested translation
 *
 * Numbers of ioctls and layouts of their arguments as in the series "RFC v3
 * vfio" (2020); what differs in meaning is in NOTES.md. All are for containers
 * whose backend is VFIO_TYPE1_NESTING_IOMMU, unless said otherwise, and return 0
 * or a negative errno.
 *
 * PASIDs belong to the address space that has called VFIO_SET_IOMMU: all its
 * containers share them and one quota. Those that are left when the last of
 * these containers loses its backend are taken back.
 *
 * A binding is of all devices of the container behind an IOMMU: those that are
 * there, and those that join as long as it lasts. It ends with unbinding, when
 * the PASID is freed (in whatever container), or when the last device leaves.
 */
#ifndef VFIO_NESTING_H
#define VFIO_NESTING_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>

#include "nesting_uapi.h"

/* VFIO_CHECK_EXTENSION: are the calls below there? */
#define VFIO_TYPE1_PASIDS	0x100

/*
 * Capability of VFIO_IOMMU_GET_INFO. The series gives it number 2, which is
 * VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION today; the next one, 3, is
 * VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL.
 */
#define VFIO_IOMMU_TYPE1_INFO_CAP_NESTING	4

/* @pasid_format: NESTING_FORMAT_*, as in @info */
struct vfio_iommu_type1_info_cap_nesting {
	struct vfio_info_cap_header header;
	__u32 pasid_format;
	__u32 reserved;
	struct nesting_info info;
};

/*
 * struct vfio_iommu_type1_pasid_request
 * @flags:	one of VFIO_IOMMU_PASID_*
 * @alloc_pasid: ALLOC: a number of @min to @max comes back in @result;
 *		FREE_RANGE: those of @min to @max that are the caller's
 * @free_pasid:	FREE
 */
struct vfio_iommu_type1_pasid_request {
	__u32 argsz;
	__u32 flags;
#define VFIO_IOMMU_PASID_ALLOC		(1 << 0)
#define VFIO_IOMMU_PASID_FREE		(1 << 1)
#define VFIO_IOMMU_PASID_FREE_RANGE	(1 << 2)
	union {
		struct {
			__u32 min;
			__u32 max;
			__u32 result;
		} alloc_pasid;
		__u32 free_pasid;
	};
};
#define VFIO_IOMMU_PASID_REQUEST	_IO(VFIO_TYPE, VFIO_BASE + 22)

#define VFIO_DEFAULT_PASID_QUOTA	1000

/*
 * @flags: 0. Returns the quota. -EBUSY: more are allocated; -EPERM: only who may
 * pass resource limits gets more than VFIO_DEFAULT_PASID_QUOTA.
 */
struct vfio_iommu_type1_pasid_quota {
	__u32 argsz;
	__u32 flags;
	__u32 quota;
};
#define VFIO_IOMMU_SET_PASID_QUOTA	_IO(VFIO_TYPE, VFIO_BASE + 23)

/* Returns the version of the structures that the next two calls take. */
#define VFIO_NESTING_GET_IOMMU_UAPI_VERSION _IO(VFIO_TYPE, VFIO_BASE + 24)

/* @data: struct nesting_bind; unbind looks at less of it */
struct vfio_iommu_type1_bind {
	__u32 argsz;
	__u32 flags;
#define VFIO_IOMMU_BIND_GUEST_PGTBL	(1 << 0)
#define VFIO_IOMMU_UNBIND_GUEST_PGTBL	(1 << 1)
	__u8 data[];
};
#define VFIO_IOMMU_BIND			_IO(VFIO_TYPE, VFIO_BASE + 25)

/* @flags: 0; @data: struct nesting_invalidate, for all devices */
struct vfio_iommu_type1_cache_invalidate {
	__u32 argsz;
	__u32 flags;
	__u8 data[];
};
#define VFIO_IOMMU_CACHE_INVALIDATE	_IO(VFIO_TYPE, VFIO_BASE + 26)

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * nesting.c - structures of nested translation that come from user space
 *
 * Each is copied once, and judged only then: another thread of the process may
 * write to it at any time.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "iommu_nesting.h"

/* What all of them begin with. */
struct header {
	u32 argsz;
	u32 version;
};

/*
 * @bytes is what the version we know has, all of which a user must have filled
 * in: there are no older versions. Newer ones are refused, whatever they have.
 */
static int copy_versioned(void *to, size_t bytes, const void __user *from,
			  size_t room)
{
	struct header *header = to;

	if (room < bytes)
		return -EINVAL;
	if (copy_from_user(to, from, bytes))
		return -EFAULT;
	if (header->version != NESTING_VERSION || header->argsz < bytes)
		return -EINVAL;
	return header->argsz > bytes ? -E2BIG : 0;
}

/* -- bind -- */

int nesting_unbind_from_user(struct nesting_bind *bind,
			     const void __user *from, size_t room)
{
	int rc = copy_versioned(bind, sizeof(*bind), from, room);

	if (rc)
		return rc;
	if (bind->format != NESTING_FORMAT_VTD)
		return -EOPNOTSUPP;
	return bind->hpasid > PASID_LAST ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(nesting_unbind_from_user);

int nesting_bind_from_user(struct nesting_bind *bind, const void __user *from,
			   size_t room)
{
	int rc = nesting_unbind_from_user(bind, from, room);

	if (rc)
		return rc;
	if (bind->flags & ~(u64)NESTING_BIND_GPASID ||
	    bind->vtd_flags & ~(u64)(NESTING_VTD_SRE | NESTING_VTD_EAFE |
				     NESTING_VTD_PCD | NESTING_VTD_PWT |
				     NESTING_VTD_EMTE | NESTING_VTD_CD |
				     NESTING_VTD_WPE))
		return -EINVAL;
	if (!(bind->vtd_flags & NESTING_VTD_EMTE) && (bind->pat || bind->emt))
		return -EINVAL;
	if (bind->gpasid > (bind->flags & NESTING_BIND_GPASID ? PASID_LAST : 0))
		return -EINVAL;
	return bind->gpgd & (SZ_4K - 1) ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(nesting_bind_from_user);

/* -- invalidate -- */

static bool is_good_range(const struct nesting_invalidate *what)
{
	u64 bytes, last;

	if (what->granule_size < SZ_4K || !is_power_of_2(what->granule_size) ||
	    what->addr & (what->granule_size - 1) || !what->nb_granules)
		return false;
	return !check_mul_overflow(what->granule_size, what->nb_granules,
				   &bytes) &&
	       !check_add_overflow(what->addr, bytes - 1, &last);
}

static bool is_good_target(const struct nesting_invalidate *what)
{
	switch (what->granularity) {
	case NESTING_INV_DOMAIN:
		return !what->flags && !what->pasid;
	case NESTING_INV_PASID:
		return what->flags == NESTING_INV_HAS_PASID;
	case NESTING_INV_ADDR:
		return (what->flags & ~NESTING_INV_LEAF) ==
		       NESTING_INV_HAS_PASID &&
		       !(what->cache & NESTING_CACHE_PASID) &&
		       is_good_range(what);
	default:
		return false;
	}
}

int nesting_invalidate_from_user(struct nesting_invalidate *what,
				 const void __user *from, size_t room)
{
	const u8 caches = NESTING_CACHE_IOTLB | NESTING_CACHE_DEV_IOTLB |
			  NESTING_CACHE_PASID;
	int rc = copy_versioned(what, sizeof(*what), from, room);

	if (rc)
		return rc;
	if (!what->cache || what->cache & ~caches ||
	    memchr_inv(what->reserved, 0, sizeof(what->reserved)) ||
	    what->pasid > PASID_LAST)
		return -EINVAL;
	if (what->granularity != NESTING_INV_ADDR &&
	    (what->addr || what->granule_size || what->nb_granules))
		return -EINVAL;
	return is_good_target(what) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(nesting_invalidate_from_user);

/* -- respond -- */

int nesting_response_from_user(struct nesting_response *response,
			       const void __user *from, size_t room)
{
	int rc = copy_versioned(response, sizeof(*response), from, room);

	if (rc)
		return rc;
	if (response->flags & ~(u32)NESTING_RESPONSE_HAS_PASID ||
	    response->code > NESTING_RESPONSE_FAILURE)
		return -EINVAL;
	if (!(response->flags & NESTING_RESPONSE_HAS_PASID) && response->pasid)
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_GPL(nesting_response_from_user);

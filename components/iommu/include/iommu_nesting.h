/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_nesting.h - guests that have their own first-level tables
 *
 * A domain that was made ready for it by iommu_enable_nesting(), before any
 * device was attached, can be the second level of such guests: what is mapped
 * in it is where guest memory lies. Then each PASID of a device in that domain
 * can be bound to tables of the guest, which the IOMMU walks itself. The guest's
 * invalidations are passed on, and what its device asks for comes back.
 *
 * These are our own calls, under our own names: <linux/iommu.h> of 5.x kernels
 * had others for it, later ones have none or others again. The structures are in
 * nesting_uapi.h.
 *
 * The caller
 *
 *    - has copied structures by the helpers below and changes nothing in them,
 *    - keeps the device on its bus and the domain from being freed,
 *    - may call at once from several threads.
 *
 * A binding ends with unbind, when the device leaves the domain, or when it
 * leaves its bus. While it lasts the PASID is held (pasid.h): freed meanwhile,
 * its number is not given to anybody else before the binding is gone.
 */
#ifndef IOMMU_NESTING_H
#define IOMMU_NESTING_H

#include <linux/iommu.h>
#include "nesting_uapi.h"
#include "pasid.h"

/* -- structures of users -- */

/*
 * Copy a structure from user memory, once; @room is how many bytes the caller
 * was told there are. All of it is checked that can be without knowing the
 * domain.
 *
 * -EFAULT; -EINVAL: @room or argsz is too small for the version, another version,
 * unknown flags, values out of their range; -E2BIG: argsz is more than any
 * version we know has; -EOPNOTSUPP: another format.
 */
int nesting_bind_from_user(struct nesting_bind *bind, const void __user *from,
			   size_t room);
/* The same for unbind, which looks at less. */
int nesting_unbind_from_user(struct nesting_bind *bind,
			     const void __user *from, size_t room);
int nesting_invalidate_from_user(struct nesting_invalidate *what,
				 const void __user *from, size_t room);
int nesting_response_from_user(struct nesting_response *response,
			       const void __user *from, size_t room);

/* -- domains -- */

/* 0; -ENODEV: the domain is not one for nesting, and @info is not touched. */
int iommu_nesting_info(struct iommu_domain *domain, struct nesting_info *info);

/*
 * -ENODEV: no IOMMU that can; -EINVAL: the domain is not for nesting, @dev is
 * not in it, or it has no such PASID; -EOPNOTSUPP: a format, width or flag that
 * this IOMMU does not have; -ENOENT, -EACCES: the PASID is not one of @set;
 * -EBUSY: the PASID of the device is bound or attached; -EEXIST: the guest has
 * another one of that number; -ENOMEM, -ENOSPC.
 */
int iommu_nesting_bind(struct iommu_domain *domain, struct device *dev,
		       struct pasid_set *set, const struct nesting_bind *bind);

/*
 * When this returns no request with the PASID is translated, none that was is
 * on its way, and no page request of it waits for an answer. -ENOENT.
 */
int iommu_nesting_unbind(struct iommu_domain *domain, struct device *dev,
			 u32 hpasid);

/* All of the device's in this domain, for whoever takes it away from a guest. */
void iommu_nesting_unbind_all(struct iommu_domain *domain, struct device *dev);

/*
 * When this returns, requests that begin find nothing of what was to be
 * forgotten, and those that used it have reached memory. -ENOENT: the guest has
 * no such PASID there. -ENODEV as above.
 */
int iommu_nesting_invalidate(struct iommu_domain *domain, struct device *dev,
			     const struct nesting_invalidate *what);

/* -- faults -- */

/*
 * Called in a thread of the IOMMU, which it may hold up; not while the device
 * has none. It may respond, and must not bind, unbind, or change handlers.
 * @dev is what sent the request. A page request that is the last of its group,
 * and for which it returns 0, has to be answered; for other results the IOMMU
 * answers that there is no such page.
 */
typedef int (*nesting_fault_fn)(struct device *dev,
				const struct nesting_fault *fault, void *data);

/* -EBUSY: there is one; -ENODEV. */
int iommu_nesting_set_handler(struct device *dev, nesting_fault_fn handler,
			      void *data);
/* Does not run any more, and what it has left unanswered is answered. */
void iommu_nesting_clear_handler(struct device *dev);

/* Answers a group. -ENOENT: nobody in this domain waits for that. */
int iommu_nesting_respond(struct iommu_domain *domain, struct device *dev,
			  const struct nesting_response *response);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioas_nesting.c - what guests ask for, and hear of
 *
 * The process passes on what its guest says to its virtual IOMMU; the IOMMU
 * does the rest. PASIDs belong to the file they were allocated by. Faults and
 * page requests of its devices are kept until the process fetches them.
 */
#include <iommu_nesting.h>
#include <linux/err.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioas.h"

/* Per file, as of VFIO. */
#define QUOTA	1000u

/* -- PASIDs -- */

int ioas_pasid_alloc(struct ioas_owner *owner, struct ioas_pasid *arg)
{
	return pasid_alloc(owner->pasids, arg->min, arg->max, NULL,
			   &arg->pasid);
}

/* One that is bound keeps its number until it is not. */
int ioas_pasid_free(struct ioas_owner *owner, const struct ioas_pasid *arg)
{
	return pasid_free(owner->pasids, arg->pasid);
}

/* -- faults -- */

/* struct ioas_heard - a fault that the process has not fetched */
struct ioas_heard {
	struct list_head entry;
	struct ioas_fault fault;
};

static int keep(struct ioas_owner *owner, struct ioas_heard *heard)
{
	int rc = -ENOSPC;

	spin_lock(&owner->lock);
	if (owner->nr_faults < IOAS_FAULTS) {
		owner->nr_faults++;
		list_add_tail(&heard->entry, &owner->faults);
		rc = 0;
	}
	spin_unlock(&owner->lock);
	return rc;
}

static int hear(struct device *dev, const struct nesting_fault *fault,
		void *data)
{
	struct ioas_heard *heard = kzalloc(sizeof(*heard), GFP_KERNEL);
	int rc;

	if (!heard)
		return -ENOMEM;
	heard->fault.fault = *fault;
	rc = device_property_read_u32(dev, "requester-id",
				      &heard->fault.device);
	if (!rc)
		rc = keep(data, heard);
	if (rc)
		kfree(heard);
	return rc;
}

int ioas_listen(struct ioas_owner *owner, struct device *dev)
{
	return iommu_nesting_set_handler(dev, hear, owner);
}

static struct ioas_heard *take(struct ioas_owner *owner)
{
	struct ioas_heard *heard;

	spin_lock(&owner->lock);
	heard = list_first_entry_or_null(&owner->faults, struct ioas_heard,
					 entry);
	if (heard) {
		list_del(&heard->entry);
		owner->nr_faults--;
	}
	spin_unlock(&owner->lock);
	return heard;
}

static void put_back(struct ioas_owner *owner, struct ioas_heard *heard)
{
	spin_lock(&owner->lock);
	list_add(&heard->entry, &owner->faults);
	owner->nr_faults++;
	spin_unlock(&owner->lock);
}

/* Lost, a page request would never be answered. */
int ioas_read_fault(struct ioas_owner *owner, void __user *user)
{
	struct ioas_heard *heard = take(owner);

	if (!heard)
		return -EAGAIN;
	if (copy_to_user(user, &heard->fault, sizeof(heard->fault))) {
		put_back(owner, heard);
		return -EFAULT;
	}
	kfree(heard);
	return 0;
}

/* -- bindings -- */

/* struct request - one of the calls, with what it brings */
struct request {
	unsigned int cmd;
	struct ioas_owner *owner;
	struct iommu_domain *domain;
	union {
		struct nesting_bind bind;
		struct nesting_invalidate invalidate;
		struct nesting_response response;
	};
};

static int copy_request(struct request *request, const void __user *user,
			size_t bytes)
{
	switch (request->cmd) {
	case IOAS_BIND:
		return nesting_bind_from_user(&request->bind, user, bytes);
	case IOAS_UNBIND:
		return nesting_unbind_from_user(&request->bind, user, bytes);
	case IOAS_INVALIDATE:
		return nesting_invalidate_from_user(&request->invalidate, user,
						    bytes);
	default:
		return nesting_response_from_user(&request->response, user,
						  bytes);
	}
}

static int run_request(struct device *dev, void *arg)
{
	struct request *request = arg;

	switch (request->cmd) {
	case IOAS_BIND:
		return iommu_nesting_bind(request->domain, dev,
					  request->owner->pasids,
					  &request->bind);
	case IOAS_UNBIND:
		return iommu_nesting_unbind(request->domain, dev,
					    request->bind.hpasid);
	case IOAS_INVALIDATE:
		return iommu_nesting_invalidate(request->domain, dev,
						&request->invalidate);
	default:
		return iommu_nesting_respond(request->domain, dev,
					     &request->response);
	}
}

int ioas_nesting(struct ioas_owner *owner, struct ioas *space, unsigned int cmd,
		 const struct ioas_nesting *arg, const void __user *user)
{
	struct request request = {
		.cmd = cmd, .owner = owner, .domain = space->domain,
	};
	int rc;

	if (arg->reserved)
		return -EINVAL;
	rc = copy_request(&request, user, arg->bytes);
	if (rc)
		return rc;
	return ioas_device_call(arg->device, owner, run_request, &request);
}

int ioas_info(struct ioas *space, struct ioas_info *arg)
{
	return arg->reserved ? -EINVAL :
	       iommu_nesting_info(space->domain, &arg->info);
}

/* -- life -- */

int ioas_owner_init(struct ioas_owner *owner)
{
	owner->pasids = pasid_set_new(QUOTA);
	if (IS_ERR(owner->pasids))
		return PTR_ERR(owner->pasids);
	spin_lock_init(&owner->lock);
	INIT_LIST_HEAD(&owner->faults);
	return 0;
}

void ioas_owner_exit(struct ioas_owner *owner)
{
	struct ioas_heard *heard;

	while ((heard = take(owner)))
		kfree(heard);
	pasid_free_all(owner->pasids, NULL, NULL);
	pasid_set_put(owner->pasids);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_pasid.c - PASIDs of containers with nesting, and whose they are
 *
 *    struct mm_struct <-- struct type1_owner --> struct pasid_set
 *                              |
 *                              '-- containers -> struct type1, ...
 *
 * An owner is an address space, held by reference: one that is gone never comes
 * back as another at the same address. It is there as long as one of its
 * containers has a backend.
 *
 * The lock of the owner keeps a PASID from being bound while it is freed, in
 * whichever of the containers either happens; it comes before type1->lock. Owners
 * are found and lost under owners_lock, which comes after both: a new owner of an
 * address space waits until the PASIDs of the last one are back.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pasid.h"
#include "type1.h"
#include "vfio_nesting.h"

/*
 * struct type1_owner
 * @users:	containers; protected by owners_lock
 * @lock:	protects @containers and all their bindings
 */
struct type1_owner {
	struct list_head list;
	struct mm_struct *mm;
	struct pasid_set *pasids;
	unsigned int users;
	struct mutex lock;
	struct list_head containers;
};

static LIST_HEAD(owners);
static DEFINE_MUTEX(owners_lock);

/* -- owners -- */

static struct type1_owner *owner_find(struct mm_struct *mm)
{
	struct type1_owner *owner;

	list_for_each_entry(owner, &owners, list)
		if (owner->mm == mm)
			return owner;
	return NULL;
}

static struct type1_owner *owner_new(struct mm_struct *mm)
{
	struct type1_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);

	if (!owner)
		return ERR_PTR(-ENOMEM);
	owner->pasids = pasid_set_new(VFIO_DEFAULT_PASID_QUOTA);
	if (IS_ERR(owner->pasids)) {
		kfree(owner);
		return ERR_PTR(-ENOMEM);
	}
	mutex_init(&owner->lock);
	INIT_LIST_HEAD(&owner->containers);
	mmgrab(mm);
	owner->mm = mm;
	list_add(&owner->list, &owners);
	return owner;
}

int type1_owner_join(struct type1 *t)
{
	struct mm_struct *mm = current->mm;
	struct type1_owner *owner;

	/* Kernel threads have none, nor has a process on its way out. */
	if (!mm)
		return -ESRCH;
	mutex_lock(&owners_lock);
	owner = owner_find(mm) ?: owner_new(mm);
	if (!IS_ERR(owner))
		owner->users++;
	mutex_unlock(&owners_lock);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	mutex_lock(&owner->lock);
	list_add(&t->in_owner, &owner->containers);
	mutex_unlock(&owner->lock);
	t->owner = owner;
	return 0;
}

static void owner_free(struct type1_owner *owner)
{
	list_del(&owner->list);
	pasid_free_all(owner->pasids, NULL, NULL);
	pasid_set_put(owner->pasids);
	mmdrop(owner->mm);
	mutex_destroy(&owner->lock);
	kfree(owner);
}

/* No device is left in @t, so nothing is bound there. */
void type1_owner_leave(struct type1 *t)
{
	struct type1_owner *owner = t->owner;

	if (!owner)
		return;
	mutex_lock(&owner->lock);
	list_del(&t->in_owner);
	mutex_unlock(&owner->lock);
	mutex_lock(&owners_lock);
	if (!--owner->users)
		owner_free(owner);
	mutex_unlock(&owners_lock);
	t->owner = NULL;
}

void type1_owner_lock(struct type1 *t)
{
	if (t->owner)
		mutex_lock(&t->owner->lock);
}

void type1_owner_unlock(struct type1 *t)
{
	if (t->owner)
		mutex_unlock(&t->owner->lock);
}

struct pasid_set *type1_pasids(struct type1 *t)
{
	return t->owner->pasids;
}

/* -- PASID_REQUEST -- */

/* Its numbers must be of use to somebody. */
static bool has_domain(struct type1 *t)
{
	bool has;

	mutex_lock(&t->lock);
	has = !list_empty(&t->domains);
	mutex_unlock(&t->lock);
	return has;
}

static long alloc_pasid(struct type1 *t, void __user *arg, u32 argsz)
{
	struct vfio_iommu_type1_pasid_request __user *request = arg;
	u32 range[2], pasid;
	int rc;

	if (argsz < offsetofend(struct vfio_iommu_type1_pasid_request,
				alloc_pasid.result))
		return -EINVAL;
	if (copy_from_user(range, &request->alloc_pasid.min, sizeof(range)))
		return -EFAULT;
	if (!has_domain(t))
		return -EINVAL;
	/* Nobody binds or frees it before it is known to be there to stay. */
	mutex_lock(&t->owner->lock);
	rc = pasid_alloc(t->owner->pasids, range[0], range[1], NULL, &pasid);
	if (!rc && put_user(pasid, &request->alloc_pasid.result)) {
		pasid_free(t->owner->pasids, pasid);
		rc = -EFAULT;
	}
	mutex_unlock(&t->owner->lock);
	return rc;
}

/* No device finds anything by @pasid when it becomes somebody else's. */
static int free_locked(struct type1_owner *owner, u32 pasid)
{
	struct type1 *t;
	void *data = pasid_find(owner->pasids, pasid);

	if (IS_ERR(data))
		return PTR_ERR(data);
	list_for_each_entry(t, &owner->containers, in_owner)
		type1_unbind_pasid(t, pasid);
	return pasid_free(owner->pasids, pasid);
}

static long free_one(struct type1 *t, void __user *arg, u32 argsz)
{
	struct vfio_iommu_type1_pasid_request __user *request = arg;
	u32 pasid;
	int rc;

	if (argsz < offsetofend(struct vfio_iommu_type1_pasid_request,
				free_pasid))
		return -EINVAL;
	if (get_user(pasid, &request->free_pasid))
		return -EFAULT;
	mutex_lock(&t->owner->lock);
	rc = free_locked(t->owner, pasid);
	mutex_unlock(&t->owner->lock);
	return rc;
}

static long free_range(struct type1 *t, void __user *arg, u32 argsz)
{
	struct vfio_iommu_type1_pasid_request __user *request = arg;
	struct type1_owner *owner = t->owner;
	u32 range[2], pasid;

	if (argsz < offsetofend(struct vfio_iommu_type1_pasid_request,
				alloc_pasid.max))
		return -EINVAL;
	if (copy_from_user(range, &request->alloc_pasid.min, sizeof(range)))
		return -EFAULT;
	if (range[0] > range[1])
		return -EINVAL;
	mutex_lock(&owner->lock);
	while ((pasid = pasid_next(owner->pasids, range[0])) &&
	       pasid <= range[1])
		free_locked(owner, pasid);
	mutex_unlock(&owner->lock);
	return 0;
}

long type1_pasid_request(struct type1 *t, void __user *arg)
{
	struct {
		u32 argsz;
		u32 flags;
	} header;

	if (!t->owner)
		return -EOPNOTSUPP;
	if (copy_from_user(&header, arg, sizeof(header)))
		return -EFAULT;
	/* Each arm says how much of it there has to be. */
	switch (header.flags) {
	case VFIO_IOMMU_PASID_ALLOC:
		return alloc_pasid(t, arg, header.argsz);
	case VFIO_IOMMU_PASID_FREE:
		return free_one(t, arg, header.argsz);
	case VFIO_IOMMU_PASID_FREE_RANGE:
		return free_range(t, arg, header.argsz);
	default:
		return -EINVAL;
	}
}

/* -- SET_PASID_QUOTA -- */

long type1_pasid_quota(struct type1 *t, void __user *arg)
{
	struct vfio_iommu_type1_pasid_quota quota;
	int rc;

	if (!t->owner)
		return -EOPNOTSUPP;
	if (copy_from_user(&quota, arg, sizeof(quota)))
		return -EFAULT;
	if (quota.argsz < sizeof(quota) || quota.flags ||
	    quota.quota > PASID_LAST)
		return -EINVAL;
	if (quota.quota > VFIO_DEFAULT_PASID_QUOTA && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	rc = pasid_set_quota(t->owner->pasids, quota.quota);
	return rc ?: (long)quota.quota;
}

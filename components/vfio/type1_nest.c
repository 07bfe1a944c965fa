// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_nest.c - guests with first-level tables of their own
 *
 *    BIND(hpasid, tables) --> device of domain 1 --> bound
 *                             device of domain 1 --> bound
 *                             device of domain 2 --> error: the two before it
 *                                                    are unbound again
 *
 * A binding is in all devices behind an IOMMU or in none, like a mapping. An
 * invalidation has no way back: it goes to all of them, whatever some say.
 *
 * The lock of the owner of PASIDs is held from where a PASID is looked up until
 * the device has it, and until t->bindings says so.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "iommu_core.h"
#include "type1.h"
#include "vfio_nesting.h"

/* -- devices of a container -- */

struct visit {
	int (*fn)(struct visit *visit, struct iommu_domain *domain,
		  struct device *dev);
	struct type1 *t;
	struct iommu_domain *domain;
	const struct nesting_bind *bind;
	const struct nesting_invalidate *what;
	unsigned int nr;	/* so far, or still to do */
	int rc;
};

static int visit_device(struct device *dev, void *data)
{
	struct visit *visit = data;

	return visit->fn(visit, visit->domain, dev);
}

static int visit_group(struct visit *visit, struct type1_domain *d,
		       struct type1_group *group)
{
	visit->domain = d->domain;
	if (group->way.parent)
		return visit->fn(visit, d->domain, group->way.parent);
	return iommu_group_for_each_dev(group->iommu_group, visit,
					visit_device);
}

/* Always in the same order; ends where @fn returns an error. */
static int visit_all(struct visit *visit)
{
	struct type1_domain *d;
	struct type1_group *group;
	int rc;

	list_for_each_entry(d, &visit->t->domains, list)
		list_for_each_entry(group, &d->groups, list) {
			rc = visit_group(visit, d, group);
			if (rc)
				return rc;
		}
	return 0;
}

static int bind_one(struct visit *visit, struct iommu_domain *domain,
		    struct device *dev)
{
	int rc = iommu_nesting_bind(domain, dev, type1_pasids(visit->t),
				    visit->bind);

	if (!rc)
		visit->nr++;
	return rc;
}

/* The first visit->nr devices. */
static int unbind_one(struct visit *visit, struct iommu_domain *domain,
		      struct device *dev)
{
	if (!visit->nr)
		return 1;
	visit->nr--;
	iommu_nesting_unbind(domain, dev, visit->bind->hpasid);
	return 0;
}

static int unbind_every(struct visit *visit, struct iommu_domain *domain,
			struct device *dev)
{
	iommu_nesting_unbind_all(domain, dev);
	return 0;
}

static int invalidate_one(struct visit *visit, struct iommu_domain *domain,
			  struct device *dev)
{
	int rc = iommu_nesting_invalidate(domain, dev, visit->what);

	if (!visit->rc)
		visit->rc = rc;
	return 0;
}

/* -- bindings; the caller has both locks -- */

static struct type1_binding *find_binding(struct type1 *t, u64 pasid)
{
	struct type1_binding *binding;

	list_for_each_entry(binding, &t->bindings, list)
		if (binding->bind.hpasid == pasid)
			return binding;
	return NULL;
}

static int bind_devices(struct type1 *t, const struct nesting_bind *bind)
{
	struct visit visit = { .fn = bind_one, .t = t, .bind = bind };
	int rc = visit_all(&visit);

	if (!rc)
		return 0;
	visit.fn = unbind_one;
	visit_all(&visit);
	return rc;
}

static int bind_locked(struct type1 *t, const struct nesting_bind *bind)
{
	struct type1_binding *binding;
	int rc;

	if (list_empty(&t->domains))
		return -EINVAL;
	if (find_binding(t, bind->hpasid))
		return -EBUSY;
	binding = kmalloc(sizeof(*binding), GFP_KERNEL);
	if (!binding)
		return -ENOMEM;
	binding->bind = *bind;
	rc = bind_devices(t, bind);
	if (rc)
		kfree(binding);
	else
		list_add_tail(&binding->list, &t->bindings);
	return rc;
}

static void unbind_locked(struct type1 *t, struct type1_binding *binding)
{
	struct visit visit = {
		.fn = unbind_one, .t = t, .bind = &binding->bind,
		.nr = UINT_MAX,
	};

	visit_all(&visit);
	list_del(&binding->list);
	kfree(binding);
}

void type1_unbind_pasid(struct type1 *t, u32 pasid)
{
	struct type1_binding *binding;

	mutex_lock(&t->lock);
	binding = find_binding(t, pasid);
	if (binding)
		unbind_locked(t, binding);
	mutex_unlock(&t->lock);
}

/* -- groups that come and go -- */

int type1_bind_group(struct type1 *t, struct type1_domain *d,
		     struct type1_group *group)
{
	struct visit visit = { .fn = bind_one, .t = t };
	struct type1_binding *binding;
	int rc;

	list_for_each_entry(binding, &t->bindings, list) {
		visit.bind = &binding->bind;
		rc = visit_group(&visit, d, group);
		if (rc)
			goto err_unbind;
	}
	return 0;

err_unbind:
	type1_unbind_group(d, group);
	return rc;
}

void type1_unbind_group(struct type1_domain *d, struct type1_group *group)
{
	struct visit visit = { .fn = unbind_every };

	visit_group(&visit, d, group);
}

void type1_forget_bindings(struct type1 *t)
{
	struct type1_binding *binding, *next;

	list_for_each_entry_safe(binding, next, &t->bindings, list) {
		list_del(&binding->list);
		kfree(binding);
	}
}

/* -- BIND, CACHE_INVALIDATE -- */

/* What both arguments begin with; @data_bytes is what argsz leaves for data. */
static int read_header(void __user *arg, u32 *flags, size_t *data_bytes)
{
	struct vfio_iommu_type1_bind header;

	if (copy_from_user(&header, arg, sizeof(header)))
		return -EFAULT;
	if (header.argsz < sizeof(header))
		return -EINVAL;
	*flags = header.flags;
	*data_bytes = header.argsz - sizeof(header);
	return 0;
}

static long unbind(struct type1 *t, u64 pasid)
{
	struct type1_binding *binding;

	type1_owner_lock(t);
	mutex_lock(&t->lock);
	binding = find_binding(t, pasid);
	if (binding)
		unbind_locked(t, binding);
	mutex_unlock(&t->lock);
	type1_owner_unlock(t);
	return binding ? 0 : -ENOENT;
}

static long bind(struct type1 *t, const struct nesting_bind *bind)
{
	long rc;

	type1_owner_lock(t);
	mutex_lock(&t->lock);
	rc = bind_locked(t, bind);
	mutex_unlock(&t->lock);
	type1_owner_unlock(t);
	return rc;
}

long type1_bind(struct type1 *t, void __user *arg)
{
	void __user *data = arg + sizeof(struct vfio_iommu_type1_bind);
	struct nesting_bind what;
	size_t bytes;
	u32 flags;
	int rc;

	if (!t->owner)
		return -EOPNOTSUPP;
	rc = read_header(arg, &flags, &bytes);
	if (rc)
		return rc;
	switch (flags) {
	case VFIO_IOMMU_BIND_GUEST_PGTBL:
		rc = nesting_bind_from_user(&what, data, bytes);
		return rc ?: bind(t, &what);
	case VFIO_IOMMU_UNBIND_GUEST_PGTBL:
		rc = nesting_unbind_from_user(&what, data, bytes);
		return rc ?: unbind(t, what.hpasid);
	default:
		return -EINVAL;
	}
}

static int invalidate_locked(struct type1 *t,
			     const struct nesting_invalidate *what)
{
	struct visit visit = { .fn = invalidate_one, .t = t, .what = what };

	/* Nobody would hear of it. */
	if (list_empty(&t->domains))
		return -EINVAL;
	visit_all(&visit);
	return visit.rc;
}

long type1_invalidate(struct type1 *t, void __user *arg)
{
	void __user *data =
		arg + sizeof(struct vfio_iommu_type1_cache_invalidate);
	struct nesting_invalidate what;
	size_t bytes;
	u32 flags;
	int rc;

	if (!t->owner)
		return -EOPNOTSUPP;
	rc = read_header(arg, &flags, &bytes);
	if (!rc && flags)
		rc = -EINVAL;
	if (!rc)
		rc = nesting_invalidate_from_user(&what, data, bytes);
	if (rc)
		return rc;
	mutex_lock(&t->lock);
	rc = invalidate_locked(t, &what);
	mutex_unlock(&t->lock);
	return rc;
}

/* -- what there is -- */

bool type1_can_nest(void)
{
	struct iommu_domain *domain = iommu_domain_alloc(&platform_bus_type);
	bool can;

	if (!domain)
		return false;
	can = !iommu_enable_nesting(domain);
	iommu_domain_free(domain);
	return can;
}

/* The format that all domains have; false: there is none. */
static bool common_format(struct type1 *t, struct nesting_info *common)
{
	struct type1_domain *d;
	struct nesting_info info;
	bool first = true;

	list_for_each_entry(d, &t->domains, list) {
		if (iommu_nesting_info(d->domain, &info))
			return false;
		if (!first && info.format != common->format)
			return false;
		*common = info;
		first = false;
	}
	return !first;
}

int type1_add_nesting(struct type1 *t, struct vfio_info_cap *caps)
{
	struct vfio_iommu_type1_info_cap_nesting cap = {
		.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_NESTING,
		.header.version = 1,
	};

	if (!t->owner || !common_format(t, &cap.info))
		return 0;
	cap.pasid_format = cap.info.format;
	return vfio_info_add_capability(caps, &cap.header, sizeof(cap));
}

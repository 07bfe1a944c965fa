// SPDX-License-Identifier: GPL-2.0-only
/*
 * group.c - groups of the IOMMU core, and what they are attached to
 *
 *    domain == NULL              no IOMMU serves the group
 *    domain == default_domain    the kernel's own drivers do DMA
 *    domain == blocking_domain   somebody owns the group and has no domain yet
 *    anything else               a domain of the owner's
 *
 * A group is attached as a whole: if one device fails, those before it go back
 * to where they were. Going back to the default or blocking domain cannot fail.
 *
 * @groups is protected by @groups_lock, the members of a group by its own lock;
 * the pointer dev->iommu_group changes only while the bus adds or removes the
 * device, when nobody else can ask.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "internal.h"
#include "iommu_core.h"

static LIST_HEAD(groups);
static DEFINE_MUTEX(groups_lock);

/* -- life -- */

/* The list is sorted by id, and the new group gets the lowest free one. */
static void number_group(struct iommu_group *group)
{
	struct list_head *before = &groups;
	struct iommu_group *other;

	mutex_lock(&groups_lock);
	list_for_each_entry(other, &groups, entry) {
		if (other->id != group->id)
			break;
		group->id++;
		before = &other->entry;
	}
	list_add(&group->entry, before);
	mutex_unlock(&groups_lock);
}

struct iommu_group *iommu_group_alloc(void)
{
	struct iommu_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return ERR_PTR(-ENOMEM);
	kref_init(&group->kref);
	mutex_init(&group->lock);
	INIT_LIST_HEAD(&group->devices);
	number_group(group);
	return group;
}
EXPORT_SYMBOL_GPL(iommu_group_alloc);

static void group_free(struct kref *kref)
{
	struct iommu_group *group = container_of(kref, struct iommu_group,
						 kref);

	mutex_lock(&groups_lock);
	list_del(&group->entry);
	mutex_unlock(&groups_lock);
	if (group->iommu_data_release)
		group->iommu_data_release(group->iommu_data);
	iommu_domain_free(group->default_domain);
	iommu_domain_free(group->blocking_domain);
	mutex_destroy(&group->lock);
	kfree(group->name);
	kfree(group);
}

struct iommu_group *iommu_group_ref_get(struct iommu_group *group)
{
	kref_get(&group->kref);
	return group;
}
EXPORT_SYMBOL_GPL(iommu_group_ref_get);

struct iommu_group *iommu_group_get(struct device *dev)
{
	return dev->iommu_group ? iommu_group_ref_get(dev->iommu_group) : NULL;
}
EXPORT_SYMBOL_GPL(iommu_group_get);

void iommu_group_put(struct iommu_group *group)
{
	if (group)
		kref_put(&group->kref, group_free);
}
EXPORT_SYMBOL_GPL(iommu_group_put);

struct iommu_group *generic_device_group(struct device *dev)
{
	return iommu_group_alloc();
}
EXPORT_SYMBOL_GPL(generic_device_group);

/* -- what a group is asked -- */

int iommu_group_id(struct iommu_group *group)
{
	return group->id;
}
EXPORT_SYMBOL_GPL(iommu_group_id);

void *iommu_group_get_iommudata(struct iommu_group *group)
{
	return group->iommu_data;
}
EXPORT_SYMBOL_GPL(iommu_group_get_iommudata);

void iommu_group_set_iommudata(struct iommu_group *group, void *iommu_data,
			       void (*release)(void *iommu_data))
{
	group->iommu_data = iommu_data;
	group->iommu_data_release = release;
}
EXPORT_SYMBOL_GPL(iommu_group_set_iommudata);

int iommu_group_set_name(struct iommu_group *group, const char *name)
{
	char *copy = name ? kstrdup(name, GFP_KERNEL) : NULL;

	if (name && !copy)
		return -ENOMEM;
	kfree(group->name);
	group->name = copy;
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_group_set_name);

struct iommu_domain *iommu_group_default_domain(struct iommu_group *group)
{
	return group->default_domain;
}
EXPORT_SYMBOL_GPL(iommu_group_default_domain);

int iommu_group_for_each_dev(struct iommu_group *group, void *data,
			     int (*fn)(struct device *, void *))
{
	struct group_device *member;
	int rc = 0;

	mutex_lock(&group->lock);
	list_for_each_entry(member, &group->devices, entry) {
		rc = fn(member->dev, data);
		if (rc)
			break;
	}
	mutex_unlock(&group->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_group_for_each_dev);

/* -- devices -- */

int iommu_group_add_device(struct iommu_group *group, struct device *dev)
{
	struct group_device *member = kzalloc(sizeof(*member), GFP_KERNEL);

	if (!member)
		return -ENOMEM;
	member->dev = dev;
	dev->iommu_group = iommu_group_ref_get(group);
	mutex_lock(&group->lock);
	list_add_tail(&member->entry, &group->devices);
	mutex_unlock(&group->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_group_add_device);

static struct group_device *find_member(struct iommu_group *group,
					struct device *dev)
{
	struct group_device *member;

	list_for_each_entry(member, &group->devices, entry)
		if (member->dev == dev)
			return member;
	return NULL;
}

void iommu_group_remove_device(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	struct group_device *member;

	if (!group)
		return;
	mutex_lock(&group->lock);
	member = find_member(group, dev);
	if (member)
		list_del(&member->entry);
	mutex_unlock(&group->lock);
	kfree(member);
	dev->iommu_group = NULL;
	iommu_group_put(group);
}
EXPORT_SYMBOL_GPL(iommu_group_remove_device);

/* -- attaching; the caller has the group's lock -- */

static int attach_one(struct iommu_domain *domain, struct device *dev)
{
	const struct iommu_ops *ops = iommu_ops_of(dev);

	if (!ops || !domain->ops->attach_dev)
		return -ENODEV;
	/* A domain of another driver means nothing to this one. */
	if (domain->ops != ops->default_domain_ops &&
	    domain->type & __IOMMU_DOMAIN_PAGING)
		return -EINVAL;
	return domain->ops->attach_dev(domain, dev);
}

static int attach_all(struct iommu_group *group, struct iommu_domain *domain)
{
	struct group_device *member;
	int rc;

	list_for_each_entry(member, &group->devices, entry) {
		rc = attach_one(domain, member->dev);
		if (rc)
			goto err_back;
	}
	group->domain = domain;
	return 0;

err_back:
	list_for_each_entry_continue_reverse(member, &group->devices, entry)
		WARN_ON(group->domain && attach_one(group->domain,
						    member->dev));
	return rc;
}

/* Where the group is when it is in no domain of its owner's. */
static struct iommu_domain *core_domain(struct iommu_group *group)
{
	return group->owner ? group->blocking_domain : group->default_domain;
}

static bool in_core_domain(struct iommu_group *group)
{
	return group->domain == group->default_domain ||
	       group->domain == group->blocking_domain;
}

static int default_domain_setup(struct iommu_group *group, struct device *dev)
{
	const struct iommu_ops *ops = iommu_ops_of(dev);
	unsigned int type = 0;

	if (group->default_domain)
		return 0;
	if (ops->def_domain_type)
		type = ops->def_domain_type(dev);
	group->default_domain =
		iommu_domain_alloc_type(ops, type ?: IOMMU_DOMAIN_DMA);
	if (!group->default_domain)
		return -ENOMEM;
	if (!group->domain)
		group->domain = group->default_domain;
	return 0;
}

int iommu_group_setup_device(struct iommu_group *group, struct device *dev)
{
	int rc;

	mutex_lock(&group->lock);
	rc = default_domain_setup(group, dev);
	if (!rc)
		rc = attach_one(group->domain, dev);
	mutex_unlock(&group->lock);
	return rc;
}

int iommu_attach_group(struct iommu_domain *domain, struct iommu_group *group)
{
	int rc = -EBUSY;

	mutex_lock(&group->lock);
	if (in_core_domain(group))
		rc = attach_all(group, domain);
	mutex_unlock(&group->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_attach_group);

void iommu_detach_group(struct iommu_domain *domain, struct iommu_group *group)
{
	mutex_lock(&group->lock);
	if (group->domain == domain && core_domain(group))
		WARN_ON(attach_all(group, core_domain(group)));
	mutex_unlock(&group->lock);
}
EXPORT_SYMBOL_GPL(iommu_detach_group);

/* For drivers that have a device, not a group: it must be alone in it. */
int iommu_attach_device(struct iommu_domain *domain, struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	int rc = -EINVAL;

	if (!group)
		return -ENODEV;
	mutex_lock(&group->lock);
	if (list_is_singular(&group->devices))
		rc = in_core_domain(group) ? attach_all(group, domain) : -EBUSY;
	mutex_unlock(&group->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_attach_device);

void iommu_detach_device(struct iommu_domain *domain, struct device *dev)
{
	if (dev->iommu_group)
		iommu_detach_group(domain, dev->iommu_group);
}
EXPORT_SYMBOL_GPL(iommu_detach_device);

struct iommu_domain *iommu_get_domain_for_dev(struct device *dev)
{
	return dev->iommu_group ? dev->iommu_group->domain : NULL;
}
EXPORT_SYMBOL_GPL(iommu_get_domain_for_dev);

/* -- owners -- */

static int claim(struct iommu_group *group, void *owner)
{
	struct group_device *member;
	int rc;

	if (group->owner_cnt)
		return -EPERM;
	if (!in_core_domain(group))
		return -EBUSY;
	member = list_first_entry_or_null(&group->devices, struct group_device,
					  entry);
	if (!member)
		return -ENODEV;
	if (group->domain && !group->blocking_domain) {
		group->blocking_domain =
			iommu_domain_alloc_type(iommu_ops_of(member->dev),
						IOMMU_DOMAIN_BLOCKED);
		if (!group->blocking_domain)
			return -ENOMEM;
	}
	if (group->domain) {
		rc = attach_all(group, group->blocking_domain);
		if (rc)
			return rc;
	}
	group->owner = owner;
	group->owner_cnt = 1;
	return 0;
}

int iommu_group_claim_dma_owner(struct iommu_group *group, void *owner)
{
	int rc;

	if (!owner)
		return -EINVAL;
	mutex_lock(&group->lock);
	rc = claim(group, owner);
	mutex_unlock(&group->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_group_claim_dma_owner);

void iommu_group_release_dma_owner(struct iommu_group *group)
{
	mutex_lock(&group->lock);
	if (!WARN_ON(!group->owner)) {
		group->owner = NULL;
		group->owner_cnt = 0;
		if (group->domain)
			WARN_ON(attach_all(group, group->default_domain));
	}
	mutex_unlock(&group->lock);
}
EXPORT_SYMBOL_GPL(iommu_group_release_dma_owner);

bool iommu_group_dma_owner_claimed(struct iommu_group *group)
{
	bool claimed;

	mutex_lock(&group->lock);
	claimed = group->owner_cnt;
	mutex_unlock(&group->lock);
	return claimed;
}
EXPORT_SYMBOL_GPL(iommu_group_dma_owner_claimed);

/* A driver is about to do DMA with the kernel's own mappings. */
int iommu_device_use_default_domain(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	int rc = 0;

	if (!group)
		return 0;
	mutex_lock(&group->lock);
	if (group->owner || group->domain != group->default_domain)
		rc = -EBUSY;
	else
		group->owner_cnt++;
	mutex_unlock(&group->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_device_use_default_domain);

void iommu_device_unuse_default_domain(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;

	if (!group)
		return;
	mutex_lock(&group->lock);
	if (!WARN_ON(!group->owner_cnt || group->owner))
		group->owner_cnt--;
	mutex_unlock(&group->lock);
}
EXPORT_SYMBOL_GPL(iommu_device_unuse_default_domain);

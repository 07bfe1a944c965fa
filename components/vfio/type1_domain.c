// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1_domain.c - groups that join and leave, and what they allow
 *
 * A group behind an IOMMU joins the first domain that takes it, or gets one of
 * its own, in which everything that has been mapped is mapped again.
 * Which IOVAs can be mapped is worked out anew whenever a group comes or goes:
 * what all domains translate, without what any group has reserved.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "iommu_aux.h"
#include "iommu_core.h"
#include "type1.h"

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "allow devices whose interrupts are not isolated");

static struct type1_group *find_in(struct list_head *groups,
				   struct iommu_group *iommu_group)
{
	struct type1_group *group;

	list_for_each_entry(group, groups, list)
		if (group->iommu_group == iommu_group)
			return group;
	return NULL;
}

static struct type1_domain *domain_of(struct type1 *t,
				      struct iommu_group *iommu_group)
{
	struct type1_domain *d;

	list_for_each_entry(d, &t->domains, list)
		if (find_in(&d->groups, iommu_group))
			return d;
	return NULL;
}

struct type1_group *type1_group_find(struct type1 *t,
				     struct iommu_group *iommu_group)
{
	struct type1_domain *d = domain_of(t, iommu_group);

	return find_in(d ? &d->groups : &t->emulated, iommu_group);
}

struct iommu_domain *type1_group_domain(void *data, struct iommu_group *group)
{
	struct type1_domain *d;
	struct type1 *t = data;

	mutex_lock(&t->lock);
	d = domain_of(t, group);
	mutex_unlock(&t->lock);
	return d ? d->domain : ERR_PTR(-ENODEV);
}

/* -- windows -- */

static void windows_free(struct list_head *windows)
{
	struct type1_window *w, *next;

	list_for_each_entry_safe(w, next, windows, list) {
		list_del(&w->list);
		kfree(w);
	}
}

static int window_add(struct list_head *before, dma_addr_t first,
		      dma_addr_t last)
{
	struct type1_window *w = kmalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->first = first;
	w->last = last;
	list_add_tail(&w->list, before);
	return 0;
}

/* Takes @first..@last out of one window: what is left are 0 to 2 of them. */
static int window_cut(struct type1_window *w, dma_addr_t first, dma_addr_t last)
{
	int rc = 0;

	if (first > w->last || last < w->first)
		return 0;
	if (first > w->first)
		rc = window_add(&w->list, w->first, first - 1);
	if (!rc && last < w->last)
		rc = window_add(&w->list, last + 1, w->last);
	if (rc)
		return rc;
	list_del(&w->list);
	kfree(w);
	return 0;
}

static int cut_regions(struct list_head *windows, struct list_head *regions)
{
	struct iommu_resv_region *region;
	struct type1_window *w, *next;
	int rc = 0;

	list_for_each_entry(region, regions, list) {
		if (region->type == IOMMU_RESV_DIRECT_RELAXABLE)
			continue;
		list_for_each_entry_safe(w, next, windows, list) {
			rc = window_cut(w, region->start,
					region->start + region->length - 1);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* The group whose requests the IOMMU sees. */
static struct iommu_group *real_group(const struct type1_group *group)
{
	return group->way.parent ? group->way.parent->iommu_group :
				   group->iommu_group;
}

static int cut_group(struct list_head *windows, struct iommu_group *group)
{
	struct iommu_resv_region *region, *next;
	LIST_HEAD(regions);
	int rc;

	rc = iommu_get_group_resv_regions(group, &regions);
	if (!rc)
		rc = cut_regions(windows, &regions);
	list_for_each_entry_safe(region, next, &regions, list) {
		list_del(&region->list);
		kfree(region);
	}
	return rc;
}

static int cut_domain(struct list_head *windows, struct type1_domain *d)
{
	const struct iommu_domain_geometry *geometry = &d->domain->geometry;
	struct type1_window *w, *next;
	struct type1_group *group;
	int rc = 0;

	list_for_each_entry_safe(w, next, windows, list) {
		if (geometry->aperture_start)
			rc = window_cut(w, 0, geometry->aperture_start - 1);
		if (rc)
			return rc;
	}
	list_for_each_entry_safe(w, next, windows, list) {
		if (geometry->aperture_end != ~(dma_addr_t)0)
			rc = window_cut(w, geometry->aperture_end + 1,
					~(dma_addr_t)0);
		if (rc)
			return rc;
	}
	list_for_each_entry(group, &d->groups, list) {
		rc = cut_group(windows, real_group(group));
		if (rc)
			return rc;
	}
	return 0;
}

/* All domains, and @new, which is not among them, or NULL. */
static int windows_make(struct type1 *t, struct type1_domain *new,
			struct list_head *windows)
{
	struct type1_domain *d;
	int rc;

	if (!new && list_empty(&t->domains))
		return 0;
	rc = window_add(windows, 0, ~(dma_addr_t)0);
	list_for_each_entry(d, &t->domains, list)
		if (!rc)
			rc = cut_domain(windows, d);
	if (!rc && new)
		rc = cut_domain(windows, new);
	if (!rc && list_empty(windows))
		rc = -EINVAL;
	if (rc)
		windows_free(windows);
	return rc;
}

static bool in_window(struct list_head *windows, dma_addr_t first,
		      dma_addr_t last)
{
	struct type1_window *w;

	list_for_each_entry(w, windows, list)
		if (first >= w->first && last <= w->last)
			return true;
	return false;
}

static bool mappings_fit(struct type1 *t, struct list_head *windows)
{
	struct type1_dma *dma;

	for (dma = type1_dma_from(t, 0); dma; dma = type1_dma_next(dma))
		if (!in_window(windows, dma->iova, type1_dma_last(dma)))
			return false;
	return true;
}

static void windows_replace(struct type1 *t, struct list_head *windows)
{
	windows_free(&t->windows);
	list_splice(windows, &t->windows);
}

/* Without a domain nothing limits what can be mapped. */
bool type1_iova_valid(struct type1 *t, dma_addr_t first, dma_addr_t last)
{
	return list_empty(&t->windows) || in_window(&t->windows, first, last);
}

/* -- domains -- */

static void update_pgsizes(struct type1 *t)
{
	struct type1_domain *d;

	t->pgsizes = ULONG_MAX;
	list_for_each_entry(d, &t->domains, list)
		t->pgsizes &= d->domain->pgsize_bitmap;
	/* Pages are pinned whole; smaller ones would be of no use. */
	if (t->pgsizes & ~PAGE_MASK)
		t->pgsizes = (t->pgsizes & PAGE_MASK) | PAGE_SIZE;
}

static int first_device(struct device *dev, void *data)
{
	*(struct device **)data = dev;
	return 1;
}

static struct type1_domain *domain_new(struct type1 *t,
				       struct type1_group *group)
{
	struct device *dev = group->way.parent;
	struct type1_domain *d;
	int rc = -ENODEV;

	if (!dev)
		iommu_group_for_each_dev(group->iommu_group, &dev,
					 first_device);
	if (!dev)
		return ERR_PTR(-ENODEV);
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&d->groups);
	d->domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(d->domain)) {
		rc = PTR_ERR(d->domain);
		goto err_free;
	}
	rc = t->owner ? iommu_enable_nesting(d->domain) : 0;
	if (!rc)
		return d;
	iommu_domain_free(d->domain);
err_free:
	kfree(d);
	return ERR_PTR(rc);
}

static void domain_free(struct type1_domain *d)
{
	iommu_domain_free(d->domain);
	kfree(d);
}

/* A slice has one way into a domain, other devices all there are. */
static int domain_attach(struct type1_domain *d, struct type1_group *group)
{
	if (group->way.parent)
		return iommu_aux_attach_device(d->domain, group->way.parent,
					       group->way.pasid);
	return iommu_attach_group(d->domain, group->iommu_group);
}

static void domain_detach(struct type1_domain *d, struct type1_group *group)
{
	if (group->way.parent)
		iommu_aux_detach_device(d->domain, group->way.parent,
					group->way.pasid);
	else
		iommu_detach_group(d->domain, group->iommu_group);
}

static void set_coherent(struct type1_domain *d)
{
	const struct iommu_domain_ops *ops = d->domain->ops;

	if (ops->enforce_cache_coherency)
		d->coherent = ops->enforce_cache_coherency(d->domain);
}

/* An existing domain that now has the group, or NULL. */
static struct type1_domain *join(struct type1 *t, struct type1_domain *new,
				 struct type1_group *group)
{
	struct type1_domain *d;

	list_for_each_entry(d, &t->domains, list)
		if (d->domain->ops == new->domain->ops &&
		    d->coherent == new->coherent &&
		    !domain_attach(d, group))
			return d;
	return NULL;
}

/* The windows there will be with @new; an error if a mapping is in none. */
static int windows_with(struct type1 *t, struct type1_domain *new,
			struct list_head *windows)
{
	int rc = windows_make(t, new, windows);

	if (rc)
		return rc;
	if (!mappings_fit(t, windows))
		rc = -EINVAL;
	if (rc)
		windows_free(windows);
	return rc;
}

/*
 * Attached to its own domain the group shows what that domain can do; then it
 * moves to one that is there already, if that one can do the same.
 */
static int place(struct type1 *t, struct type1_domain *new,
		 struct type1_group *group)
{
	struct type1_domain *d;
	int rc = domain_attach(new, group);

	if (rc)
		return rc;
	set_coherent(new);
	domain_detach(new, group);
	d = join(t, new, group);
	if (d) {
		list_move(&group->list, &d->groups);
		domain_free(new);
		return 0;
	}
	rc = domain_attach(new, group);
	if (rc)
		return rc;
	rc = type1_replay(t, new);
	if (rc) {
		domain_detach(new, group);
		return rc;
	}
	list_add(&new->list, &t->domains);
	update_pgsizes(t);
	return 0;
}

static int attach_physical(struct type1 *t, struct type1_group *group)
{
	struct type1_domain *new = domain_new(t, group);
	LIST_HEAD(windows);
	int rc;

	if (IS_ERR(new))
		return PTR_ERR(new);
	list_add(&group->list, &new->groups);
	rc = windows_with(t, new, &windows);
	if (rc)
		goto err_free;
	if (!allow_unsafe_interrupts &&
	    !iommu_group_has_isolated_msi(real_group(group))) {
		rc = -EPERM;
		goto err_windows;
	}
	rc = place(t, new, group);
	if (rc)
		goto err_windows;
	windows_replace(t, &windows);
	group->opaque = true;
	t->nr_opaque++;
	return 0;

err_windows:
	windows_free(&windows);
err_free:
	list_del(&group->list);
	domain_free(new);
	return rc;
}

/* -- leaving -- */

static void domain_leave(struct type1 *t, struct type1_domain *d)
{
	if (list_is_singular(&t->domains)) {
		if (list_empty(&t->emulated))
			type1_remove_all(t);
		else
			type1_leave_domains(t);
	}
	list_del(&d->list);
	domain_free(d);
	update_pgsizes(t);
	if (list_empty(&t->domains))
		type1_forget_bindings(t);
}

static void detach_locked(struct type1 *t, struct iommu_group *iommu_group)
{
	struct type1_group *group = type1_group_find(t, iommu_group);
	struct type1_domain *d = domain_of(t, iommu_group);
	LIST_HEAD(windows);

	if (WARN_ON(!group))
		return;
	if (d)
		type1_unbind_group(d, group);
	list_del(&group->list);
	/* What it wrote until now will not be told any other way. */
	if (group->opaque) {
		t->nr_opaque--;
		type1_dirty_mark_all(t);
	}
	if (d) {
		domain_detach(d, group);
		if (list_empty(&d->groups))
			domain_leave(t, d);
		/* Without memory the old ones stay: they allow too little. */
		if (!windows_make(t, NULL, &windows))
			windows_replace(t, &windows);
	} else if (list_empty(&t->emulated) && list_empty(&t->domains)) {
		type1_remove_all(t);
	}
	kfree(group);
}

/* -- the interface -- */

/* One that cannot have what the others have is not let in. */
static int get_bindings(struct type1 *t, struct type1_group *group)
{
	struct type1_domain *d = domain_of(t, group->iommu_group);
	int rc = d ? type1_bind_group(t, d, group) : 0;

	if (rc)
		detach_locked(t, group->iommu_group);
	return rc;
}

static int find_way(struct device *dev, void *data)
{
	return vfio_mdev_way(dev, data);
}

/*
 * Guests' PASIDs are the parent's, for all its slices: two of them in one
 * container could not be told apart.
 */
static bool has_parent(struct type1 *t, const struct device *parent)
{
	struct type1_domain *d;
	struct type1_group *group;

	list_for_each_entry(d, &t->domains, list)
		list_for_each_entry(group, &d->groups, list)
			if (parent && group->way.parent == parent)
				return true;
	return false;
}

static int attach_locked(struct type1 *t, struct iommu_group *iommu_group,
			 enum vfio_group_type type)
{
	struct type1_group *group;
	int rc = 0;

	/* It may need pages, and where they are is not known. */
	if (t->nr_invalid)
		return -EBUSY;
	if (type1_group_find(t, iommu_group))
		return -EINVAL;
	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return -ENOMEM;
	group->iommu_group = iommu_group;
	if (type == VFIO_EMULATED_IOMMU)
		iommu_group_for_each_dev(iommu_group, &group->way, find_way);
	if (has_parent(t, group->way.parent))
		rc = -EBUSY;
	else if (type == VFIO_EMULATED_IOMMU && !group->way.parent)
		list_add(&group->list, &t->emulated);
	else
		rc = attach_physical(t, group);
	if (rc)
		kfree(group);
	else
		rc = get_bindings(t, group);
	return rc;
}

int type1_attach_group(void *data, struct iommu_group *group,
		       enum vfio_group_type type)
{
	struct type1 *t = data;
	int rc;

	type1_owner_lock(t);
	mutex_lock(&t->lock);
	rc = attach_locked(t, group, type);
	mutex_unlock(&t->lock);
	type1_owner_unlock(t);
	return rc;
}

void type1_detach_group(void *data, struct iommu_group *group)
{
	struct type1 *t = data;

	type1_owner_lock(t);
	mutex_lock(&t->lock);
	detach_locked(t, group);
	mutex_unlock(&t->lock);
	type1_owner_unlock(t);
}

/* For a container that goes: whatever groups are left are out of it. */
void type1_free_domains(struct type1 *t)
{
	struct type1_domain *d, *next_domain;
	struct type1_group *group, *next;

	list_for_each_entry_safe(d, next_domain, &t->domains, list) {
		list_for_each_entry_safe(group, next, &d->groups, list) {
			type1_unbind_group(d, group);
			domain_detach(d, group);
			kfree(group);
		}
		list_del(&d->list);
		domain_free(d);
	}
	list_for_each_entry_safe(group, next, &t->emulated, list) {
		list_del(&group->list);
		kfree(group);
	}
	type1_forget_bindings(t);
	windows_free(&t->windows);
}

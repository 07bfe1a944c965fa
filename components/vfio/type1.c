// SPDX-License-Identifier: GPL-2.0-only
/*
 * type1.c - the type1 backend of VFIO containers: what user space asks
 *
 * Rules of all ioctls: the argument is read once; argsz has to cover what is
 * read and bounds what is written; flags that nobody knows are an error. A call
 * that fails has changed nothing, with two exceptions: bits may have been set in
 * a bitmap of dirty pages (the pages stay dirty), and UNMAP_DMA that cannot write
 * its argument back (-EFAULT) has unmapped.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "type1.h"
#include "vfio_nesting.h"

static unsigned int dma_entry_limit __read_mostly = U16_MAX;
module_param(dma_entry_limit, uint, 0644);
MODULE_PARM_DESC(dma_entry_limit, "mappings a container may have");

/* -- CHECK_EXTENSION -- */

static bool all_coherent(struct type1 *t)
{
	struct type1_domain *d;
	bool coherent = true;

	mutex_lock(&t->lock);
	list_for_each_entry(d, &t->domains, list)
		coherent = coherent && d->coherent;
	mutex_unlock(&t->lock);
	return coherent;
}

static bool has_emulated(struct type1 *t)
{
	bool has;

	mutex_lock(&t->lock);
	has = !list_empty(&t->emulated);
	mutex_unlock(&t->lock);
	return has;
}

/* @t is NULL when a container has no backend yet. */
static long check_extension(struct type1 *t, unsigned long arg)
{
	switch (arg) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_TYPE1_NESTING_IOMMU:
	case VFIO_TYPE1_PASIDS:
		return type1_can_nest();
	case VFIO_UPDATE_VADDR:
		return t && !has_emulated(t);
	case VFIO_DMA_CC_IOMMU:
		return t && all_coherent(t);
	default:
		return 0;
	}
}

/* -- GET_INFO -- */

static int add_windows(struct type1 *t, struct vfio_info_cap *caps)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap;
	struct vfio_info_cap_header *header;
	struct type1_window *w;
	unsigned int nr = 0;

	list_for_each_entry(w, &t->windows, list)
		nr++;
	if (!nr)
		return 0;
	header = vfio_info_cap_add(caps, struct_size(cap, iova_ranges, nr),
				   VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 1);
	if (IS_ERR(header))
		return PTR_ERR(header);
	cap = container_of(header, struct vfio_iommu_type1_info_cap_iova_range,
			   header);
	list_for_each_entry(w, &t->windows, list) {
		cap->iova_ranges[cap->nr_iovas].start = w->first;
		cap->iova_ranges[cap->nr_iovas].end = w->last;
		cap->nr_iovas++;
	}
	return 0;
}

static int add_migration(struct type1 *t, struct vfio_info_cap *caps)
{
	struct vfio_iommu_type1_info_cap_migration cap = {
		.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION,
		.header.version = 1,
		.pgsize_bitmap = type1_pgsize(t),
		.max_dirty_bitmap_size = TYPE1_MAX_BITMAP_BYTES,
	};

	return vfio_info_add_capability(caps, &cap.header, sizeof(cap));
}

static int add_dma_avail(struct type1 *t, struct vfio_info_cap *caps)
{
	struct vfio_iommu_type1_info_dma_avail cap = {
		.header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
		.header.version = 1,
		.avail = t->dma_avail,
	};

	return vfio_info_add_capability(caps, &cap.header, sizeof(cap));
}

static int fill_info(struct type1 *t, struct vfio_iommu_type1_info *info,
		     struct vfio_info_cap *caps)
{
	int rc;

	mutex_lock(&t->lock);
	info->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info->iova_pgsizes = t->pgsizes;
	rc = add_migration(t, caps);
	if (!rc)
		rc = add_dma_avail(t, caps);
	if (!rc)
		rc = add_windows(t, caps);
	if (!rc)
		rc = type1_add_nesting(t, caps);
	mutex_unlock(&t->lock);
	return rc;
}

/* What user space has room for, else how much room it takes. */
static int copy_caps(void __user *arg, struct vfio_iommu_type1_info *info,
		     struct vfio_info_cap *caps)
{
	if (info->argsz < sizeof(*info) + caps->size) {
		info->argsz = sizeof(*info) + caps->size;
		return 0;
	}
	vfio_info_cap_shift(caps, sizeof(*info));
	if (copy_to_user(arg + sizeof(*info), caps->buf, caps->size))
		return -EFAULT;
	info->cap_offset = sizeof(*info);
	return 0;
}

static long get_info(struct type1 *t, void __user *arg)
{
	size_t bytes = offsetofend(struct vfio_iommu_type1_info, iova_pgsizes);
	struct vfio_iommu_type1_info info = {};
	struct vfio_info_cap caps = {};
	long rc;

	if (copy_from_user(&info, arg, bytes))
		return -EFAULT;
	if (info.argsz < bytes)
		return -EINVAL;
	/* Users from before capabilities have no room for their offset. */
	if (info.argsz >= offsetofend(struct vfio_iommu_type1_info, cap_offset))
		bytes = offsetofend(struct vfio_iommu_type1_info, cap_offset);
	rc = fill_info(t, &info, &caps);
	if (!rc)
		rc = copy_caps(arg, &info, &caps);
	kfree(caps.buf);
	if (!rc && copy_to_user(arg, &info, bytes))
		rc = -EFAULT;
	return rc;
}

/* -- MAP_DMA, UNMAP_DMA -- */

static long map_dma(struct type1 *t, void __user *arg)
{
	const u32 known = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE |
			  VFIO_DMA_MAP_FLAG_VADDR;
	const size_t bytes = offsetofend(struct vfio_iommu_type1_dma_map, size);
	struct vfio_iommu_type1_dma_map map;

	if (copy_from_user(&map, arg, bytes))
		return -EFAULT;
	if (map.argsz < bytes || map.flags & ~known)
		return -EINVAL;
	return type1_map(t, &map);
}

static long unmap_dma(struct type1 *t, void __user *arg)
{
	const u32 dirty = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	const u32 alone = VFIO_DMA_UNMAP_FLAG_ALL | VFIO_DMA_UNMAP_FLAG_VADDR;
	const size_t bytes = offsetofend(struct vfio_iommu_type1_dma_unmap,
					 size);
	struct vfio_iommu_type1_dma_unmap unmap;
	struct vfio_bitmap bitmap;
	bool report;
	long rc;

	if (copy_from_user(&unmap, arg, bytes))
		return -EFAULT;
	if (unmap.argsz < bytes || unmap.flags & ~(dirty | alone))
		return -EINVAL;
	report = unmap.flags & dirty;
	if (report && (unmap.flags & alone ||
		       unmap.argsz < bytes + sizeof(bitmap)))
		return -EINVAL;
	if (report && copy_from_user(&bitmap, arg + bytes, sizeof(bitmap)))
		return -EFAULT;
	rc = report ? type1_dirty_check(&bitmap, unmap.size) : 0;
	if (!rc)
		rc = type1_unmap(t, &unmap, report ? &bitmap : NULL);
	if (!rc && copy_to_user(arg, &unmap, bytes))
		rc = -EFAULT;
	return rc;
}

/* -- DIRTY_PAGES -- */

static long get_bitmap_locked(struct type1 *t,
			      const struct vfio_iommu_type1_dirty_bitmap_get *get)
{
	dma_addr_t last = get->iova + get->size - 1;
	size_t pgsize = type1_pgsize(t);
	struct type1_dma *dma;
	int rc;

	if (get->bitmap.pgsize != pgsize || !get->size ||
	    (get->iova | get->size) & (pgsize - 1) || !t->tracking)
		return -EINVAL;
	dma = type1_dma_find(t, get->iova, get->iova);
	if (dma && dma->iova != get->iova)
		return -EINVAL;
	dma = type1_dma_find(t, last, last);
	if (dma && type1_dma_last(dma) != last)
		return -EINVAL;
	rc = type1_dirty_report(t, get->iova, get->size, &get->bitmap);
	if (!rc)
		type1_dirty_clear(t, get->iova, get->size);
	return rc;
}

static long get_bitmap(struct type1 *t, u32 data_bytes, void __user *data)
{
	struct vfio_iommu_type1_dirty_bitmap_get get;
	long rc;

	if (data_bytes < sizeof(get))
		return -EINVAL;
	if (copy_from_user(&get, data, sizeof(get)))
		return -EFAULT;
	if (get.iova + get.size < get.iova)
		return -EINVAL;
	rc = type1_dirty_check(&get.bitmap, get.size);
	if (rc)
		return rc;
	mutex_lock(&t->lock);
	rc = get_bitmap_locked(t, &get);
	mutex_unlock(&t->lock);
	return rc;
}

static long dirty_pages(struct type1 *t, void __user *arg)
{
	const size_t bytes = offsetofend(struct vfio_iommu_type1_dirty_bitmap,
					 flags);
	struct vfio_iommu_type1_dirty_bitmap dirty;
	long rc = 0;

	if (!t->v2)
		return -EACCES;
	if (copy_from_user(&dirty, arg, bytes))
		return -EFAULT;
	if (dirty.argsz < bytes)
		return -EINVAL;
	switch (dirty.flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
		mutex_lock(&t->lock);
		rc = type1_dirty_start(t);
		mutex_unlock(&t->lock);
		return rc;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		mutex_lock(&t->lock);
		type1_dirty_stop(t);
		mutex_unlock(&t->lock);
		return 0;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		return get_bitmap(t, dirty.argsz - bytes, arg + bytes);
	default:
		return -EINVAL;
	}
}

/* Of no meaning to containers without nesting. */
static long uapi_version(struct type1 *t)
{
	return t->owner ? NESTING_VERSION : -EOPNOTSUPP;
}

static long type1_ioctl(void *data, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VFIO_CHECK_EXTENSION:
		return check_extension(data, arg);
	case VFIO_IOMMU_GET_INFO:
		return get_info(data, (void __user *)arg);
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(data, (void __user *)arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(data, (void __user *)arg);
	case VFIO_IOMMU_DIRTY_PAGES:
		return dirty_pages(data, (void __user *)arg);
	case VFIO_IOMMU_PASID_REQUEST:
		return type1_pasid_request(data, (void __user *)arg);
	case VFIO_IOMMU_SET_PASID_QUOTA:
		return type1_pasid_quota(data, (void __user *)arg);
	case VFIO_NESTING_GET_IOMMU_UAPI_VERSION:
		return uapi_version(data);
	case VFIO_IOMMU_BIND:
		return type1_bind(data, (void __user *)arg);
	case VFIO_IOMMU_CACHE_INVALIDATE:
		return type1_invalidate(data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* -- containers and devices that come and go -- */

static struct type1 *type1_new(bool v2)
{
	struct type1 *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->v2 = v2;
	mutex_init(&t->lock);
	mutex_init(&t->devices_lock);
	INIT_LIST_HEAD(&t->domains);
	INIT_LIST_HEAD(&t->emulated);
	INIT_LIST_HEAD(&t->windows);
	INIT_LIST_HEAD(&t->devices);
	INIT_LIST_HEAD(&t->bindings);
	t->dmas = RB_ROOT;
	t->pgsizes = PAGE_MASK;
	t->dma_avail = dma_entry_limit;
	return t;
}

static void type1_free(struct type1 *t)
{
	mutex_destroy(&t->devices_lock);
	mutex_destroy(&t->lock);
	kfree(t);
}

static void *type1_open(unsigned long arg)
{
	struct type1 *t = type1_new(arg != VFIO_TYPE1_IOMMU);
	int rc = 0;

	if (!t)
		return ERR_PTR(-ENOMEM);
	if (arg == VFIO_TYPE1_NESTING_IOMMU)
		rc = type1_owner_join(t);
	if (!rc)
		return t;
	type1_free(t);
	return ERR_PTR(rc);
}

static void type1_release(void *data)
{
	struct type1 *t = data;

	type1_remove_all(t);
	type1_owner_lock(t);
	type1_free_domains(t);
	type1_owner_unlock(t);
	type1_owner_leave(t);
	type1_free(t);
}

/* Those that pin pages must be able to give them back. */
static void type1_register_device(void *data, struct vfio_device *device)
{
	struct type1 *t = data;

	if (!device->ops->dma_unmap)
		return;
	mutex_lock(&t->devices_lock);
	list_add(&device->iommu_entry, &t->devices);
	mutex_unlock(&t->devices_lock);
}

static void type1_unregister_device(void *data, struct vfio_device *device)
{
	struct type1 *t = data;

	if (!device->ops->dma_unmap)
		return;
	mutex_lock(&t->devices_lock);
	list_del(&device->iommu_entry);
	mutex_unlock(&t->devices_lock);
}

static const struct vfio_iommu_driver_ops type1_ops = {
	.name = "vfio-iommu-type1",
	.owner = THIS_MODULE,
	.open = type1_open,
	.release = type1_release,
	.ioctl = type1_ioctl,
	.attach_group = type1_attach_group,
	.detach_group = type1_detach_group,
	.pin_pages = type1_pin_pages,
	.unpin_pages = type1_unpin_pages,
	.register_device = type1_register_device,
	.unregister_device = type1_unregister_device,
	.dma_rw = type1_dma_rw,
	.group_iommu_domain = type1_group_domain,
};

static int __init type1_init(void)
{
	return vfio_register_iommu_driver(&type1_ops);
}
module_init(type1_init);

static void __exit type1_exit(void)
{
	vfio_unregister_iommu_driver(&type1_ops);
}
module_exit(type1_exit);

MODULE_DESCRIPTION("VFIO type1 IOMMU backend");
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.1.h - where Linux 6.1 differs from the other trees
 *
 * Names and shapes only; what they stand for is said where they are used.
 * Grouped by user.
 */
#ifndef VTB_COMPAT_6_1_H
#define VTB_COMPAT_6_1_H

/* -- mm/ -- */

/* Allocation functions have a second name when allocations are profiled. */
#define VTB_PROF(name)		name
#define VTB_GET_FREE_PAGES	__get_free_pages
#define VTB_ALLOC_PAGES_BULK	__alloc_pages_bulk
#define VTB_MAX_ORDER		(MAX_ORDER - 1)

#define vtb_compat_make_compound(head, order)				\
	do {								\
		unsigned long nr = 1ul << (order), i;			\
									\
		__SetPageHead(head);					\
		for (i = 1; i < nr; i++)				\
			set_compound_head((head) + i, head);		\
		set_compound_order(head, order);			\
		atomic_set(compound_mapcount_ptr(head), -1);		\
		atomic_set(compound_pincount_ptr(head), 0);		\
	} while (0)

#define VTB_KMALLOC		__kmalloc
#define VTB_KMALLOC_NODE	__kmalloc_node
#define VTB_KMALLOC_NODE_TRACK	__kmalloc_node_track_caller
#define VTB_KMALLOC_CACHE	kmalloc_trace
#define VTB_KMALLOC_CACHE_NODE	kmalloc_node_trace
#define VTB_KMALLOC_LARGE	kmalloc_large
#define VTB_KMALLOC_LARGE_NODE	kmalloc_large_node
#define VTB_KVMALLOC_NODE	kvmalloc_node

#define vtb_compat_set_slab(page)	__SetPageSlab(page)
#define vtb_compat_clear_slab(page)	__ClearPageSlab(page)

/* kmem_cache_create(): positional arguments, a variant for user copies. */
#define VTB_DEFINE_KMEM_CACHE_CREATE(create)				\
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, \
				     unsigned int align,		\
				     slab_flags_t flags,		\
				     void (*ctor)(void *))		\
{									\
	struct vtb_cache_options options = {				\
		.name = name, .size = size, .align = align,		\
		.flags = flags, .ctor = ctor, .caller = _RET_IP_,	\
	};								\
									\
	return create(&options);					\
}									\
EXPORT_SYMBOL(kmem_cache_create);					\
									\
struct kmem_cache *							\
kmem_cache_create_usercopy(const char *name, unsigned int size,		\
			   unsigned int align, slab_flags_t flags,	\
			   unsigned int useroffset,			\
			   unsigned int usersize, void (*ctor)(void *))	\
{									\
	struct vtb_cache_options options = {				\
		.name = name, .size = size, .align = align,		\
		.flags = flags, .ctor = ctor, .caller = _RET_IP_,	\
	};								\
									\
	return create(&options);					\
}									\
EXPORT_SYMBOL(kmem_cache_create_usercopy);

/* kvrealloc() is told the old size. */
#define VTB_DEFINE_KVREALLOC(realloc, size_of)				\
void *kvrealloc(const void *old, size_t old_size, size_t size, gfp_t gfp) \
{									\
	return realloc(old, old_size, size, gfp, _RET_IP_);		\
}									\
EXPORT_SYMBOL(kvrealloc);

/* kfree_rcu(): the callback is the offset of the head, or the object. */
#define VTB_KVFREE_RCU_ARG	rcu_callback_t func
#define VTB_KVFREE_RCU_OBJECT(head) \
	((head) ? (void *)(head) - (unsigned long)func : (void *)func)

#define vtb_compat_set_vm_flags(vma, flags)	((vma)->vm_flags = (flags))

/* get_user_pages(): an array of mappings nobody here fills, errors. */
#define VTB_GUP_VMAS		, struct vm_area_struct **vmas
#define VTB_GUP_NO_VMAS		vtb_assert(!vmas)
#define VTB_FOLL_PIN		FOLL_PIN
#define VTB_GUP_FAST_OVERFLOW	0

#define vtb_compat_pin_user_pages_remote(mm, start, nr, flags, pages)	\
	pin_user_pages_remote(mm, start, nr, flags, pages, NULL, NULL)

/* -- vfio/ -- */

/* Backends are told when a container's file is closed. */
#define vtb_compat_vfio_notify_close(driver, data)			\
	do {								\
		if ((driver)->ops->notify)				\
			(driver)->ops->notify(data,			\
					      VFIO_IOMMU_CONTAINER_CLOSE); \
	} while (0)

/* -- swiotlb/ -- */

/* There is one pool, which is the allocator itself. */
#define VTB_SWIOTLB_POOL		struct io_tlb_mem
#define vtb_compat_swiotlb_pool(mem)	(mem)
#define vtb_compat_swiotlb_set_nslabs(mem, nr)	((mem)->nslabs = (nr))
#define VTB_SWIOTLB_STORAGE
#define VTB_SWIOTLB_CALL(name)		name
#define VTB_SWIOTLB_POOL_ARG

#define VTB_DEFINE_SWIOTLB_TBL_MAP_SINGLE(map)				\
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t orig, \
				   size_t mapping_size, size_t alloc_size, \
				   unsigned int align_mask,		\
				   enum dma_data_direction dir,		\
				   unsigned long attrs)			\
{									\
	return map(dev, orig, mapping_size, alloc_size, align_mask, attrs); \
}

#define VTB_DEFINE_SWIOTLB_DEV_INIT(mem)				\
unsigned int swiotlb_max_segment(void)					\
{									\
	return rounddown((mem)->nslabs << IO_TLB_SHIFT, PAGE_SIZE);	\
}									\
EXPORT_SYMBOL_GPL(swiotlb_max_segment);

/* Shared memory is used so much higher up, where that is not 0. */
#define VTB_SWIOTLB_SHARED_BASE		swiotlb_unencrypted_base
#define VTB_DEFINE_SWIOTLB_SHARED_BASE	phys_addr_t swiotlb_unencrypted_base;
#define vtb_compat_swiotlb_set_shared_base(base)			\
	(swiotlb_unencrypted_base = (base))
#define vtb_compat_swiotlb_base()	(io_tlb_default_mem.start)
#define vtb_compat_swiotlb_end()	(io_tlb_default_mem.end)
#define vtb_compat_is_swiotlb_buffer(dev, phys)	is_swiotlb_buffer(dev, phys)
#define VTB_DMA_SYNC(name)		name
#define vtb_compat_bus_dma_region_offset(region)			\
	((region)->offset = (region)->cpu_start - (region)->dma_start)
#define vtb_compat_dma_reset_need_sync(dev)	do { } while (0)
#define VTB_DMA_NEED_SYNC		dma_need_sync

/* -- lib/ -- */

#define VTB_LIST_ADD_VALID	__list_add_valid
#define VTB_LIST_DEL_VALID	__list_del_entry_valid
#define VTB_STRSCPY		strscpy

/* -- init/ -- */

/* alloc_percpu() */
#define VTB_DEFINE_ALLOC_PERCPU(alloc)					\
void __percpu *__alloc_percpu(size_t size, size_t align)		\
{									\
	return alloc(size, align, GFP_KERNEL);				\
}									\
EXPORT_SYMBOL_GPL(__alloc_percpu);					\
									\
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)	\
{									\
	return alloc(size, align, gfp);					\
}									\
EXPORT_SYMBOL_GPL(__alloc_percpu_gfp);

/* -- sched/ -- */

#define VTB_SWAKE_UP_LOCKED_ARGS	struct swait_queue_head *q

/* -- softirq/ -- */

/* What the functions given to open_softirq() take. */
#define VTB_SOFTIRQ_PROTO	struct softirq_action *
#define VTB_SOFTIRQ_ARG		NULL

/* -- driver/ -- */

#define VTB_DEFINE_DEVM_ADD_ACTION(add)					\
int devm_add_action(struct device *dev, void (*run)(void *), void *data) \
{									\
	return add(dev, run, data);					\
}									\
EXPORT_SYMBOL_GPL(devm_add_action);

#define VTB_DECLARE_SWIOTLB_WEAK					\
extern struct io_tlb_mem io_tlb_default_mem __weak;
#define vtb_compat_swiotlb_dev_init(dev)				\
	((dev)->dma_io_tlb_mem = &io_tlb_default_mem)

#define VTB_BUS_TYPE			struct bus_type
#define VTB_PROPERTY_DEVICE		struct device

/* remove() may return what nobody reads; remove_new() does not. */
#define vtb_compat_platform_remove(driver, pdev)			\
	do {								\
		if ((driver)->remove_new)				\
			(driver)->remove_new(pdev);			\
		else if ((driver)->remove)				\
			(driver)->remove(pdev);				\
	} while (0)

/* -- irq/ -- */

/* Are interrupts that devices write as messages kept apart? Nothing says so. */
#define VTB_DEFINE_IRQ_DOMAIN_CHECK_MSI_REMAP				\
bool irq_domain_check_msi_remap(void)					\
{									\
	return false;							\
}									\
EXPORT_SYMBOL_GPL(irq_domain_check_msi_remap);

/* -- iommu/ -- */

#define vtb_compat_iommu_domain_set_owner(domain, ops)	do { } while (0)

/* What later kernels ask of the interrupt domain. */
#define VTB_IOMMU_CAP_ISOLATED_MSI	IOMMU_CAP_INTR_REMAP

/* iommu_map() may sleep; where that is not allowed there is another. */
#define VTB_DEFINE_IOMMU_MAP(map)					\
int iommu_map(struct iommu_domain *domain, unsigned long iova,		\
	      phys_addr_t paddr, size_t size, int prot)			\
{									\
	return map(domain, iova, paddr, size, prot, GFP_KERNEL);	\
}									\
EXPORT_SYMBOL_GPL(iommu_map);						\
									\
int iommu_map_atomic(struct iommu_domain *domain, unsigned long iova,	\
		     phys_addr_t paddr, size_t size, int prot)		\
{									\
	return map(domain, iova, paddr, size, prot, GFP_ATOMIC);	\
}									\
EXPORT_SYMBOL_GPL(iommu_map_atomic);
#define vtb_compat_iommu_map(domain, iova, paddr, size, prot)		\
	iommu_map(domain, iova, paddr, size, prot)

/* -- time/ -- */

#define VTB_SCHED_CLOCK_TYPE	unsigned long long
/* local_clock() is inline. */
#define VTB_DEFINE_LOCAL_CLOCK

/* -- workqueue/ -- */

/* There is no such flag yet. */
#define VTB_WQ_BH		0

#endif

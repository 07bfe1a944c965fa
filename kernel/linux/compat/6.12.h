/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.12.h - where Linux 6.12 differs from the other trees
 *
 * Names and shapes only; what they stand for is said where they are used.
 * Grouped by user.
 */
#ifndef VTB_COMPAT_6_12_H
#define VTB_COMPAT_6_12_H

/* -- mm/ -- */

/* Allocation functions have a second name when allocations are profiled. */
#define VTB_PROF(name)		name##_noprof
#define VTB_GET_FREE_PAGES	get_free_pages_noprof
#define VTB_ALLOC_PAGES_BULK	alloc_pages_bulk_noprof
#define VTB_MAX_ORDER		MAX_PAGE_ORDER

#define vtb_compat_make_compound(head, order)				\
	do {								\
		struct folio *folio_ = (struct folio *)(head);		\
		unsigned long nr = 1ul << (order), i;			\
									\
		__SetPageHead(head);					\
		for (i = 1; i < nr; i++)				\
			set_compound_head((head) + i, head);		\
		folio_->_flags_1 = (folio_->_flags_1 & ~0xfful) | (order); \
		folio_->_folio_nr_pages = nr;				\
		atomic_set(&folio_->_large_mapcount, -1);		\
		atomic_set(&folio_->_entire_mapcount, -1);		\
		atomic_set(&folio_->_nr_pages_mapped, 0);		\
		atomic_set(&folio_->_pincount, 0);			\
	} while (0)

#define VTB_KMALLOC		__kmalloc_noprof
#define VTB_KMALLOC_NODE	__kmalloc_node_noprof
#define VTB_KMALLOC_NODE_TRACK	__kmalloc_node_track_caller_noprof
#define VTB_KMALLOC_CACHE	__kmalloc_cache_noprof
#define VTB_KMALLOC_CACHE_NODE	__kmalloc_cache_node_noprof
#define VTB_KMALLOC_LARGE	__kmalloc_large_noprof
#define VTB_KMALLOC_LARGE_NODE	__kmalloc_large_node_noprof
#define VTB_KVMALLOC_NODE	__kvmalloc_node_noprof

#define vtb_compat_set_slab(page)	__folio_set_slab(page_folio(page))
#define vtb_compat_clear_slab(page)	__folio_clear_slab(page_folio(page))

/* kmem_cache_create() is a macro around a function with a struct. */
#define VTB_DEFINE_KMEM_CACHE_CREATE(create)				\
struct kmem_cache *							\
__kmem_cache_create_args(const char *name, unsigned int object_size,	\
			 struct kmem_cache_args *args,			\
			 slab_flags_t flags)				\
{									\
	struct vtb_cache_options options = {				\
		.name = name, .size = object_size,			\
		.align = args->align, .flags = flags,			\
		.ctor = args->ctor, .caller = _RET_IP_,			\
	};								\
									\
	return create(&options);					\
}									\
EXPORT_SYMBOL(__kmem_cache_create_args);

/* kvrealloc() finds the old size out. */
#define VTB_DEFINE_KVREALLOC(realloc, size_of)				\
void *kvrealloc_noprof(const void *old, size_t size, gfp_t gfp)		\
{									\
	return realloc(old, size_of(old, _RET_IP_), size, gfp, _RET_IP_); \
}									\
EXPORT_SYMBOL(kvrealloc_noprof);

/* kfree_rcu() passes the object. */
#define VTB_KVFREE_RCU_ARG		void *ptr
#define VTB_KVFREE_RCU_OBJECT(head)	ptr

#define vtb_compat_set_vm_flags(vma, flags)	vm_flags_init(vma, flags)

/* get_user_pages(): no array of mappings any more, errors. */
#define VTB_GUP_VMAS
#define VTB_GUP_NO_VMAS
/* Private to mm/. */
#define VTB_FOLL_PIN		(1u << 19)
#define VTB_GUP_FAST_OVERFLOW	(-EOVERFLOW)

#define vtb_compat_pin_user_pages_remote(mm, start, nr, flags, pages)	\
	pin_user_pages_remote(mm, start, nr, flags, pages, NULL)

/* -- vfio/ -- */

#define vtb_compat_vfio_notify_close(driver, data)	do { } while (0)

/* -- swiotlb/ -- */

#define VTB_SWIOTLB_POOL		struct io_tlb_pool
#define vtb_compat_swiotlb_pool(mem)	(&(mem)->defpool)
#define vtb_compat_swiotlb_set_nslabs(mem, nr)				\
	((mem)->nslabs = (mem)->defpool.nslabs = (nr))
#define VTB_SWIOTLB_STORAGE		static
/* Whoever calls has found the pool. */
#define VTB_SWIOTLB_CALL(name)		__##name
#define VTB_SWIOTLB_POOL_ARG		, struct io_tlb_pool *pool

#define VTB_DEFINE_SWIOTLB_TBL_MAP_SINGLE(map)				\
phys_addr_t swiotlb_tbl_map_single(struct device *dev, phys_addr_t orig, \
				   size_t mapping_size,			\
				   unsigned int align_mask,		\
				   enum dma_data_direction dir,		\
				   unsigned long attrs)			\
{									\
	return map(dev, orig, mapping_size, mapping_size, align_mask, attrs); \
}

#define VTB_DEFINE_SWIOTLB_DEV_INIT(mem)				\
void swiotlb_dev_init(struct device *dev)				\
{									\
	dev->dma_io_tlb_mem = (mem);					\
}									\
									\
bool is_swiotlb_allocated(void)						\
{									\
	return (mem)->nslabs;						\
}									\
									\
phys_addr_t default_swiotlb_base(void)					\
{									\
	return (mem)->defpool.start;					\
}									\
									\
phys_addr_t default_swiotlb_limit(void)					\
{									\
	return (mem)->defpool.end - 1;					\
}

/* Where shared memory is used is no business of the pool any more. */
#define VTB_SWIOTLB_SHARED_BASE		((phys_addr_t)0)
#define VTB_DEFINE_SWIOTLB_SHARED_BASE
#define vtb_compat_swiotlb_set_shared_base(base)	do { (void)(base); } while (0)
#define vtb_compat_swiotlb_base()	default_swiotlb_base()
#define vtb_compat_swiotlb_end()	(default_swiotlb_limit() + 1)
#define vtb_compat_is_swiotlb_buffer(dev, phys)	swiotlb_find_pool(dev, phys)
#define VTB_DMA_SYNC(name)		__##name
#define vtb_compat_bus_dma_region_offset(region)	do { } while (0)
/* Devices that never bounce skip the calls of VTB_DMA_SYNC(). */
#define vtb_compat_dma_reset_need_sync(dev)	dma_reset_need_sync(dev)
#define VTB_DMA_NEED_SYNC		__dma_need_sync

/* -- lib/ -- */

#define VTB_LIST_ADD_VALID	__list_add_valid_or_report
#define VTB_LIST_DEL_VALID	__list_del_entry_valid_or_report
#define VTB_STRSCPY		sized_strscpy

/* -- init/ -- */

/* alloc_percpu() */
#define VTB_DEFINE_ALLOC_PERCPU(alloc)					\
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, \
				 gfp_t gfp)				\
{									\
	return alloc(size, align, gfp);					\
}									\
EXPORT_SYMBOL_GPL(pcpu_alloc_noprof);

/* -- sched/ -- */

#define VTB_SWAKE_UP_LOCKED_ARGS	struct swait_queue_head *q, int wake_flags

/* -- softirq/ -- */

/* What the functions given to open_softirq() take. */
#define VTB_SOFTIRQ_PROTO	void
#define VTB_SOFTIRQ_ARG

/* -- driver/ -- */

#define VTB_DEFINE_DEVM_ADD_ACTION(add)					\
int __devm_add_action(struct device *dev, void (*run)(void *), void *data, \
		      const char *name)					\
{									\
	return add(dev, run, data);					\
}									\
EXPORT_SYMBOL_GPL(__devm_add_action);

#define VTB_DECLARE_SWIOTLB_WEAK					\
void __weak swiotlb_dev_init(struct device *dev);
#define vtb_compat_swiotlb_dev_init(dev)				\
	do {								\
		if (swiotlb_dev_init)					\
			swiotlb_dev_init(dev);				\
	} while (0)

#define VTB_BUS_TYPE			const struct bus_type
#define VTB_PROPERTY_DEVICE		const struct device

#define vtb_compat_platform_remove(driver, pdev)			\
	do {								\
		if ((driver)->remove)					\
			(driver)->remove(pdev);				\
	} while (0)

/* -- irq/ -- */

#define VTB_DEFINE_IRQ_DOMAIN_CHECK_MSI_REMAP

/* -- iommu/ -- */

#define vtb_compat_iommu_domain_set_owner(domain, ops)			\
	((domain)->owner = (ops))

/* No capability of IOMMUs any more: a number that none has. */
#define VTB_IOMMU_CAP_ISOLATED_MSI	((enum iommu_cap)0x100)

#define VTB_DEFINE_IOMMU_MAP(map)					\
int iommu_map(struct iommu_domain *domain, unsigned long iova,		\
	      phys_addr_t paddr, size_t size, int prot, gfp_t gfp)	\
{									\
	return map(domain, iova, paddr, size, prot, gfp);		\
}									\
EXPORT_SYMBOL_GPL(iommu_map);
#define vtb_compat_iommu_map(domain, iova, paddr, size, prot)		\
	iommu_map(domain, iova, paddr, size, prot, GFP_KERNEL)

/* -- time/ -- */

#define VTB_SCHED_CLOCK_TYPE	u64
#define VTB_DEFINE_LOCAL_CLOCK						\
u64 local_clock(void)							\
{									\
	return vtb_now_ns();						\
}									\
EXPORT_SYMBOL_GPL(local_clock);						\
									\
u64 local_clock_noinstr(void)						\
{									\
	return vtb_now_ns();						\
}

/* -- workqueue/ -- */

#define VTB_WQ_BH		WQ_BH

#endif

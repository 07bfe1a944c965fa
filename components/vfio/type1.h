/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * type1.h - between the files of the type1 backend
 *
 *    struct type1 -- dmas ------> struct type1_dma      what the user has mapped
 *         |                         |-- runs            host pages, in order
 *         |                         |-- pins            pages drivers have pinned
 *         |                         '-- dirty           a bit per IOMMU page
 *         |-- domains -> groups                         page tables
 *         |-- emulated                                  groups without any
 *         |-- bindings                                  guests' page tables
 *         '-- windows                                   IOVAs that can be mapped
 *
 * A mapping is in all domains or in none. If there is a domain, every page of
 * every mapping is pinned, mapped in each of them, and charged to the process
 * that made the mapping; if there is none (all groups are emulated), only pages
 * in `pins` are pinned and charged.
 *
 * type1->lock protects everything but the list of devices. devices_lock is
 * taken before it, and held while drivers are told to unpin; so they may call
 * vfio_unpin_pages() from there. The lock of the owner of PASIDs is taken before
 * type1->lock as well, and never together with devices_lock.
 */
#ifndef VFIO_TYPE1_H
#define VFIO_TYPE1_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/vfio.h>
#include <../drivers/vfio/vfio.h>

#include "iommu_nesting.h"
#include "vfio_mdev.h"

struct type1_owner;

/*
 * struct type1 - the backend of one container
 * @pgsizes:	page sizes that all domains have
 * @dma_avail:	mappings that can still be made
 * @nr_invalid:	mappings without an address, see VFIO_DMA_UNMAP_FLAG_VADDR
 * @nr_opaque:	groups that write to memory without telling
 * @tracking:	dirty pages are tracked; every mapping has a bitmap
 * @v2:		mappings are unmapped as they were mapped, never in part
 * @owner:	of the PASIDs, see type1_pasid.c; NULL: no nesting
 * @bindings:	struct type1_binding, the same in all domains; @owner's lock
 *		protects it, too
 */
struct type1 {
	struct mutex lock; /* see above */
	struct rb_root dmas;
	struct list_head domains;
	struct list_head emulated;
	struct list_head windows;
	u64 pgsizes;
	unsigned int dma_avail;
	unsigned int nr_invalid;
	unsigned int nr_opaque;
	bool tracking;
	bool v2;

	struct type1_owner *owner;
	struct list_head in_owner;
	struct list_head bindings;

	struct mutex devices_lock; /* devices */
	struct list_head devices;
};

struct type1_domain {
	struct list_head list;
	struct iommu_domain *domain;
	struct list_head groups;
	bool coherent;
};

/*
 * struct type1_group
 * @way:	of a mediated device whose requests are its parent's; parent is
 *		NULL if it has none, or is not mediated
 * @opaque:	it writes to memory without telling
 */
struct type1_group {
	struct list_head list;
	struct iommu_group *iommu_group;
	struct vfio_mdev_way way;
	bool opaque;
};

/* A guest's first level, in all devices of the container. */
struct type1_binding {
	struct list_head list;
	struct nesting_bind bind;
};

struct type1_window {
	struct list_head list;
	dma_addr_t first;
	dma_addr_t last;
};

/*
 * struct type1_dma - a mapping
 * @prot:	IOMMU_READ, IOMMU_WRITE
 * @mapped:	it is in the domains, and @runs are its pages
 * @invalid:	@vaddr means nothing at present
 * @lock_cap:	the owner may lock more than its limit
 * @mm:		the owner's address space: a reference, it may have no users
 * @locked:	pages charged to @mm
 */
struct type1_dma {
	struct rb_node node;
	dma_addr_t iova;
	size_t size;
	unsigned long vaddr;
	int prot;
	bool mapped;
	bool invalid;
	bool lock_cap;
	struct task_struct *task;
	struct mm_struct *mm;
	unsigned long locked;
	struct list_head runs;
	struct rb_root pins;
	unsigned long *dirty;
};

/* @nr_pages pages of host memory one after the other. */
struct type1_run {
	struct list_head list;
	unsigned long pfn;
	unsigned long nr_pages;
};

struct type1_pin {
	struct rb_node node;
	dma_addr_t iova;
	struct page *page;
	unsigned int count;
};

static inline dma_addr_t type1_dma_last(const struct type1_dma *dma)
{
	return dma->iova + dma->size - 1;
}

static inline size_t type1_pgsize(const struct type1 *t)
{
	return (size_t)1 << __ffs(t->pgsizes);
}

static inline struct type1_dma *type1_dma_next(struct type1_dma *dma)
{
	struct rb_node *node = rb_next(&dma->node);

	return rb_entry_safe(node, struct type1_dma, node);
}

/* -- mappings: type1_dma.c -- */

/* The first mapping that ends at or above @iova, or NULL. */
struct type1_dma *type1_dma_from(struct type1 *t, dma_addr_t iova);
/* The first one that touches the range, or NULL. */
struct type1_dma *type1_dma_find(struct type1 *t, dma_addr_t first,
				 dma_addr_t last);
int type1_map(struct type1 *t, const struct vfio_iommu_type1_dma_map *map);
/* @bitmap: VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP; sets unmap->size. */
int type1_unmap(struct type1 *t, struct vfio_iommu_type1_dma_unmap *unmap,
		const struct vfio_bitmap *bitmap);
void type1_remove_all(struct type1 *t);
/* The last domain is about to go, emulated groups stay. */
void type1_leave_domains(struct type1 *t);
/* @new is no member of t->domains yet: maps all there is in it. */
int type1_replay(struct type1 *t, struct type1_domain *new);

/* -- pages: type1_pin.c -- */

/* Pins all pages of a mapping, as runs, and charges them. */
int type1_pin_all(struct type1_dma *dma);
/* The inverse; the domains have forgotten them. */
void type1_unpin_all(struct type1_dma *dma);
/* Charges @pages (or, if negative, the reverse) to the owner. */
int type1_charge(struct type1_dma *dma, long pages);
/* VFIO_DMA_MAP_FLAG_VADDR: the caller's process is the owner from now on. */
int type1_change_owner(struct type1_dma *dma);
int type1_pin_pages(void *data, struct iommu_group *group, dma_addr_t iova,
		    int npage, int prot, struct page **pages);
void type1_unpin_pages(void *data, dma_addr_t iova, int npage);
int type1_dma_rw(void *data, dma_addr_t iova, void *buf, size_t count,
		 bool write);

/* -- domains and groups: type1_domain.c -- */

int type1_attach_group(void *data, struct iommu_group *group,
		       enum vfio_group_type type);
void type1_detach_group(void *data, struct iommu_group *group);
void type1_free_domains(struct type1 *t);
struct type1_group *type1_group_find(struct type1 *t,
				     struct iommu_group *iommu_group);
bool type1_iova_valid(struct type1 *t, dma_addr_t first, dma_addr_t last);
struct iommu_domain *type1_group_domain(void *data, struct iommu_group *group);

/* -- PASIDs and their owner: type1_pasid.c -- */

/* The caller's address space, from now on; -ESRCH: it has none. */
int type1_owner_join(struct type1 *t);
void type1_owner_leave(struct type1 *t);
/* Before t->lock; neither does anything without an owner. */
void type1_owner_lock(struct type1 *t);
void type1_owner_unlock(struct type1 *t);
struct pasid_set *type1_pasids(struct type1 *t);
long type1_pasid_request(struct type1 *t, void __user *arg);
long type1_pasid_quota(struct type1 *t, void __user *arg);

/* -- nested translation: type1_nest.c -- */

/* Can a domain of some IOMMU of this machine be made ready for it? */
bool type1_can_nest(void);
int type1_add_nesting(struct type1 *t, struct vfio_info_cap *caps);
long type1_bind(struct type1 *t, void __user *arg);
long type1_invalidate(struct type1 *t, void __user *arg);
/* The owner's lock is held; nothing happens if it is not bound here. */
void type1_unbind_pasid(struct type1 *t, u32 pasid);
/* @group has joined @d: it gets all bindings there are, or none. */
int type1_bind_group(struct type1 *t, struct type1_domain *d,
		     struct type1_group *group);
/* It leaves. */
void type1_unbind_group(struct type1_domain *d, struct type1_group *group);
/* No domain is left. */
void type1_forget_bindings(struct type1 *t);

/* -- dirty pages: type1_dirty.c -- */

#define TYPE1_MAX_BITMAP_BYTES	(256ull << 20)

int type1_dirty_start(struct type1 *t);
void type1_dirty_stop(struct type1 *t);
/* A bitmap for a new mapping, if pages are tracked. */
int type1_dirty_add(struct type1 *t, struct type1_dma *dma);
void type1_dirty_mark(struct type1 *t, struct type1_dma *dma, dma_addr_t iova,
		      size_t bytes);
/* Somebody who never told is gone. */
void type1_dirty_mark_all(struct type1 *t);
/* Can @bitmap hold a bit for each page of @bytes? */
int type1_dirty_check(const struct vfio_bitmap *bitmap, u64 bytes);
/* Sets the user's bits; the range cuts no mapping in two. */
int type1_dirty_report(struct type1 *t, dma_addr_t iova, u64 size,
		       const struct vfio_bitmap *bitmap);
/* ...and what is reported is clean from now on, but for pages still pinned. */
void type1_dirty_clear(struct type1 *t, dma_addr_t iova, u64 size);

#endif

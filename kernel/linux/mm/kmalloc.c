// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc.c - the kmalloc family
 *
 * Sizes below a page come from caches of the classes the kernel has (8, 16, 32,
 * 64, 96, 128, 192, ... 2048), so alignment is what the kernel promises: a
 * power of two is aligned to itself. A page and more comes straight from the
 * page allocator, page aligned, even where the kernel has caches of 4k and 8k.
 *
 * The bytes behind the size asked for are poisoned, and ksize() returns that
 * size: no caller can use what it did not ask for.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <vtb/compat.h>
#include "internal.h"

struct kmem_cache *kmalloc_caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1]
	__ro_after_init;
EXPORT_SYMBOL(kmalloc_caches);

static const char * const class_names[KMALLOC_SHIFT_HIGH + 1] = {
	[1] = "kmalloc-96", [2] = "kmalloc-192", [3] = "kmalloc-8",
	[4] = "kmalloc-16", [5] = "kmalloc-32", [6] = "kmalloc-64",
	[7] = "kmalloc-128", [8] = "kmalloc-256", [9] = "kmalloc-512",
	[10] = "kmalloc-1k", [11] = "kmalloc-2k", [12] = "kmalloc-4k",
	[13] = "kmalloc-8k",
#if PAGE_SHIFT > 12
	[14] = "kmalloc-16k", [15] = "kmalloc-32k", [16] = "kmalloc-64k",
	[17] = "kmalloc-128k",
#endif
};

static unsigned int class_size(unsigned int index)
{
	if (index == 1)
		return 96;
	if (index == 2)
		return 192;
	return 1u << index;
}

/* Number of the smallest class that holds @size bytes, below a page. */
static unsigned int class_of(unsigned long size)
{
	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	return size <= 8 ? 3 : fls(size - 1);
}

void vtb_kmalloc_init(void)
{
	unsigned int index, type;

	for (index = 1; index < ARRAY_SIZE(class_names); index++) {
		unsigned int size = class_size(index);
		struct vtb_cache_options options = {
			.name = class_names[index],
			.size = size,
			/* The largest power of two that divides the size. */
			.align = size & -size,
		};
		struct kmem_cache *cache = vtb_cache_new(&options);

		cache->kmalloc = true;
		for (type = 0; type < NR_KMALLOC_TYPES; type++)
			kmalloc_caches[type][index] = cache;
	}
}

static void *alloc_large(const struct vtb_object_request *request)
{
	struct vtb_page_request pages = {
		.gfp = request->gfp | __GFP_COMP,
		.order = get_order(request->bytes),
		.use = VTB_PAGE_LARGE,
		.bytes = request->bytes,
		.caller = request->caller,
		.no_fault_point = request->no_fault_point,
	};
	struct page *page = vtb_pages_alloc(&pages);

	return page ? page_address(page) : NULL;
}

void *vtb_kmalloc(const struct vtb_object_request *request)
{
	if (!request->bytes)
		return ZERO_SIZE_PTR;
	if (request->bytes > PAGE_SIZE / 2)
		return alloc_large(request);
	return vtb_object_alloc(kmalloc_caches[0][class_of(request->bytes)],
				request);
}

static void *do_kmalloc(size_t size, gfp_t gfp, unsigned long caller)
{
	struct vtb_object_request request = {
		.gfp = gfp,
		.bytes = size,
		.caller = caller,
	};

	return vtb_kmalloc(&request);
}

/* The live large allocation that starts at @address, or NULL. */
static struct vtb_frame *large_at(const void *address)
{
	struct vtb_frame *frame;

	if (!vtb_in_linear_map(address) || offset_in_page(address))
		return NULL;
	frame = vtb_frame_get(vtb_address_to_pfn(address));
	return frame->use == VTB_PAGE_LARGE ? frame : NULL;
}

static bool is_freed_page(const void *address)
{
	struct vtb_frame *frame;

	if (!vtb_in_linear_map(address))
		return false;
	frame = vtb_frame_get(vtb_address_to_pfn(address));
	return frame->use == VTB_PAGE_HELD;
}

static void do_kfree(const void *address, unsigned long caller)
{
	if (ZERO_OR_NULL_PTR(address))
		return;
	if (large_at(address)) {
		if (put_page_testzero(virt_to_page(address)))
			vtb_pages_release(virt_to_page(address), caller);
	} else if (is_freed_page(address)) {
		vtb_heap_finding("double-free", address, caller,
				 "kfree() of freed memory");
	} else {
		vtb_object_free(NULL, address, caller);
	}
}

void *vtb_heap_object(const void *address, unsigned long *bytes)
{
	struct vtb_object *object = vtb_object_find(address);
	struct vtb_frame *frame;
	struct vtb_vm_area *area;

	if (object) {
		*bytes = object->bytes;
		return object->state == VTB_OBJECT_LIVE ?
		       vtb_object_address(object) : NULL;
	}
	if (vtb_in_linear_map(address)) {
		frame = vtb_frame_get(vtb_address_to_pfn(address));
		frame = vtb_frame_get(frame->head);
		*bytes = frame->bytes;
		return frame->use == VTB_PAGE_LARGE ?
		       vtb_frame_address(frame->head) : NULL;
	}
	area = vtb_area_find(address);
	if (!area || area->kind != VTB_AREA_VMALLOC)
		return NULL;
	*bytes = area->bytes;
	return area->address;
}

/* -- the kernel's interface -- */

void *VTB_KMALLOC(size_t size, gfp_t gfp)
{
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC);

void *VTB_KMALLOC_NODE(size_t size, gfp_t gfp, int node)
{
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC_NODE);

void *VTB_KMALLOC_NODE_TRACK(size_t size, gfp_t gfp, int node,
			     unsigned long caller)
{
	return do_kmalloc(size, gfp, caller);
}
EXPORT_SYMBOL(VTB_KMALLOC_NODE_TRACK);

/* kmalloc() of a constant size: the caller has chosen the cache. */
void *VTB_KMALLOC_CACHE(struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	vtb_assert(cache->kmalloc && size <= cache->size);
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC_CACHE);

void *VTB_KMALLOC_CACHE_NODE(struct kmem_cache *cache, gfp_t gfp, int node,
			     size_t size)
{
	vtb_assert(cache->kmalloc && size <= cache->size);
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC_CACHE_NODE);

void *VTB_KMALLOC_LARGE(size_t size, gfp_t gfp)
{
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC_LARGE);

void *VTB_KMALLOC_LARGE_NODE(size_t size, gfp_t gfp, int node)
{
	return do_kmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KMALLOC_LARGE_NODE);

void kfree(const void *address)
{
	do_kfree(address, _RET_IP_);
}
EXPORT_SYMBOL(kfree);

static size_t size_of_live(const void *address, unsigned long caller)
{
	unsigned long bytes;

	if (ZERO_OR_NULL_PTR(address))
		return 0;
	if (vtb_heap_object(address, &bytes) == address)
		return bytes;
	vtb_heap_finding("invalid-free", address, caller,
			 "size of memory that is no live object");
	return 0;
}

size_t ksize(const void *address)
{
	return size_of_live(address, _RET_IP_);
}
EXPORT_SYMBOL(ksize);

size_t __ksize(const void *address)
{
	return size_of_live(address, _RET_IP_);
}

size_t kmalloc_size_roundup(size_t size)
{
	if (!size || size > KMALLOC_MAX_SIZE)
		return size;
	if (size > PAGE_SIZE / 2)
		return PAGE_SIZE << get_order(size);
	return class_size(class_of(size));
}
EXPORT_SYMBOL_GPL(kmalloc_size_roundup);

void kfree_sensitive(const void *address)
{
	if (ZERO_OR_NULL_PTR(address))
		return;
	memset((void *)address, 0, size_of_live(address, _RET_IP_));
	do_kfree(address, _RET_IP_);
}
EXPORT_SYMBOL(kfree_sensitive);

static void shrink(const void *address, size_t size, size_t old_size)
{
	struct vtb_object *object = vtb_object_find(address);

	vtb_poison(address, ALIGN(old_size, 8), VTB_POISON_REDZONE);
	vtb_unpoison(address, size);
	if (object) {
		object->slab->cache->live_bytes -= object->bytes - size;
		object->bytes = size;
	} else {
		large_at(address)->bytes = size;
	}
}

/* Growing always moves: who keeps the old pointer is caught. */
static void *do_krealloc(const void *old, size_t size, gfp_t gfp,
			 unsigned long caller)
{
	size_t old_size = size_of_live(old, caller);
	void *new;

	if (size <= old_size) {
		shrink(old, size, old_size);
		return (void *)old;
	}
	new = do_kmalloc(size, gfp, caller);
	if (!new)
		return NULL;
	memcpy(new, old, old_size);
	do_kfree(old, caller);
	return new;
}

void *VTB_PROF(krealloc)(const void *old, size_t size, gfp_t gfp)
{
	if (!size) {
		do_kfree(old, _RET_IP_);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(old))
		return do_kmalloc(size, gfp, _RET_IP_);
	return do_krealloc(old, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(krealloc));

/* -- from kmalloc() or vmalloc() -- */

/*
 * More than a page may come from either: the real kernel falls back when no
 * contiguous run is free, here it is a choice. So code that takes kvmalloc()
 * memory for physically contiguous is caught.
 */
static void *do_kvmalloc(size_t size, gfp_t gfp, unsigned long caller)
{
	struct vtb_object_request request = {
		.gfp = gfp,
		.bytes = size,
		.caller = caller,
		.no_fault_point = true,
	};
	void *memory = NULL;

	if (!size)
		return ZERO_SIZE_PTR;
	if (size > INT_MAX) {
		WARN_ON_ONCE(!(gfp & __GFP_NOWARN));
		return NULL;
	}
	if (vtb_alloc_fails(gfp, size))
		return NULL;
	if (size <= PAGE_SIZE)
		return vtb_kmalloc(&request);
	if (get_order(size) <= VTB_MAX_ORDER && vtb_choose(2) == 0)
		memory = vtb_kmalloc(&request);
	return memory ?: vtb_vmalloc(&request);
}

void *VTB_KVMALLOC_NODE(size_t size, gfp_t gfp, int node)
{
	return do_kvmalloc(size, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_KVMALLOC_NODE);

static void do_kvfree(const void *address, unsigned long caller)
{
	if (is_vmalloc_addr(address))
		vfree(address);
	else
		do_kfree(address, caller);
}

void kvfree(const void *address)
{
	do_kvfree(address, _RET_IP_);
}
EXPORT_SYMBOL(kvfree);

void kvfree_sensitive(const void *address, size_t len)
{
	if (ZERO_OR_NULL_PTR(address))
		return;
	memset((void *)address, 0, len);
	do_kvfree(address, _RET_IP_);
}
EXPORT_SYMBOL(kvfree_sensitive);

static void *do_kvrealloc(const void *old, size_t old_size, size_t size,
			  gfp_t gfp, unsigned long caller)
{
	void *new;

	if (ZERO_OR_NULL_PTR(old))
		return do_kvmalloc(size, gfp, caller);
	if (old_size >= size)
		return (void *)old;
	new = do_kvmalloc(size, gfp, caller);
	if (!new)
		return NULL;
	memcpy(new, old, old_size);
	do_kvfree(old, caller);
	return new;
}

VTB_DEFINE_KVREALLOC(do_kvrealloc, size_of_live)

/* -- freeing after a grace period -- */

static void free_after_grace_period(struct rcu_head *head)
{
	unsigned long bytes;
	void *object = vtb_heap_object(head, &bytes);

	if (object)
		do_kvfree(object, (unsigned long)free_after_grace_period);
	else
		vtb_heap_finding("double-free", head, 0,
				 "kfree_rcu() of an object that was freed meanwhile");
}

void kvfree_call_rcu(struct rcu_head *head, VTB_KVFREE_RCU_ARG)
{
	void *object = VTB_KVFREE_RCU_OBJECT(head);
	unsigned long bytes;

	if (vtb_heap_object(object, &bytes) != object) {
		vtb_heap_finding("invalid-free", object, _RET_IP_,
				 "kfree_rcu() of memory that is no live object");
		return;
	}
	if (head) {
		call_rcu(head, free_after_grace_period);
		return;
	}
	might_sleep();
	synchronize_rcu();
	do_kvfree(object, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kvfree_call_rcu);

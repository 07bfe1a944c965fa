// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - caches of objects of one size, and who holds each object
 *
 * A slab is a run of frames cut into slots:
 *
 *    gap page | object | rest | red zone | object | rest | red zone | gap page
 *             |<------- stride --------->|
 *
 * All but the bytes asked for is poisoned: "rest" is what a size class has
 * more than the caller wanted. The gap frames that the page allocator leaves
 * around a slab are the left red zone of the first object and more red zone
 * for the last.
 *
 * An object is handed out for the first time in order of addresses; a freed one
 * goes to the end of a queue and comes back only when the queue is longer than
 * the quarantine, or memory is out. Slabs are kept until the cache goes.
 *
 * Contents: objects with a constructor keep theirs from free to allocation, as
 * the contract says; SLAB_TYPESAFE_BY_RCU objects are not even poisoned, since
 * readers may still look. All others are junk after both, unless zeroed.
 */
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include "internal.h"

#define RED_ZONE		16
#define QUARANTINE_BYTES	8192
#define QUARANTINE_MIN		4

static struct kmem_cache *caches;
static struct kmem_cache *spare_caches;
static struct vtb_slab *spare_slabs;

struct kmem_cache *vtb_caches(void)
{
	return caches;
}

/* -- caches -- */

static struct kmem_cache *get_cache_struct(void)
{
	struct kmem_cache *cache = spare_caches;

	if (!cache)
		return vtb_instance_alloc(sizeof(*cache), 8);
	spare_caches = cache->next;
	memset(cache, 0, sizeof(*cache));
	return cache;
}

static unsigned int cache_align(const struct vtb_cache_options *options)
{
	unsigned int align = max(options->align,
				 (unsigned int)ARCH_KMALLOC_MINALIGN);

	if (options->flags & SLAB_HWCACHE_ALIGN)
		align = max_t(unsigned int, align, SMP_CACHE_BYTES);
	return align;
}

struct kmem_cache *vtb_cache_new(const struct vtb_cache_options *options)
{
	struct kmem_cache *cache = get_cache_struct();

	cache->name = options->name;
	cache->size = options->size;
	cache->flags = options->flags;
	cache->ctor = options->ctor;
	cache->align = cache_align(options);
	cache->stride = ALIGN(cache->size + RED_ZONE, cache->align);
	cache->order = get_order(cache->stride);
	cache->freed_end = &cache->freed;
	cache->alloc_stack = vtb_stack_save(options->caller);
	cache->next = caches;
	caches = cache;
	return cache;
}

/* -- slabs -- */

static unsigned int slab_capacity(const struct kmem_cache *cache)
{
	return (PAGE_SIZE << cache->order) / cache->stride;
}

static struct vtb_slab *get_slab_struct(unsigned int nr)
{
	struct vtb_slab **link, *slab;

	for (link = &spare_slabs; (slab = *link); link = &slab->next) {
		if (slab->nr < nr)
			continue;
		*link = slab->next;
		return slab;
	}
	slab = vtb_instance_alloc(struct_size(slab, objects, nr), 8);
	slab->nr = nr;
	return slab;
}

void *vtb_object_address(const struct vtb_object *object)
{
	const struct vtb_slab *slab = object->slab;

	return slab->base + (object - slab->objects) * slab->cache->stride;
}

/* Objects start out poisoned, and constructed where there is a constructor. */
static void init_objects(struct kmem_cache *cache, struct vtb_slab *slab)
{
	unsigned int nr = slab_capacity(cache);
	struct vtb_object **end = &cache->fresh;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vtb_object *object = &slab->objects[i];

		/* Not by assignment: padding must have a value, too. */
		memset(object, 0, sizeof(*object));
		object->slab = slab;
		if (cache->ctor)
			cache->ctor(slab->base + i * cache->stride);
		*end = object;
		end = &object->next;
	}
	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
		vtb_poison(slab->base, PAGE_SIZE << cache->order,
			   VTB_POISON_REDZONE);
}

static bool grow(struct kmem_cache *cache, gfp_t gfp)
{
	struct vtb_page_request request = {
		.gfp = (gfp & ~(__GFP_ZERO | __GFP_NOFAIL)) | __GFP_COMP,
		.order = cache->order,
		.use = VTB_PAGE_SLAB,
		.bytes = PAGE_SIZE << cache->order,
		.no_fault_point = true,
	};
	struct page *page = vtb_pages_alloc(&request);
	struct vtb_slab *slab;
	unsigned long i;

	if (!page)
		return false;
	slab = get_slab_struct(slab_capacity(cache));
	slab->cache = cache;
	slab->base = page_address(page);
	slab->next = cache->slabs;
	cache->slabs = slab;
	for (i = 0; i < 1ul << cache->order; i++)
		vtb_frame_get(page_to_pfn(page) + i)->slab = slab;
	vtb_compat_set_slab(page);
	init_objects(cache, slab);
	return true;
}

static void drop_slabs(struct kmem_cache *cache, unsigned long caller)
{
	struct vtb_slab *slab;

	while ((slab = cache->slabs)) {
		cache->slabs = slab->next;
		vtb_compat_clear_slab(virt_to_page(slab->base));
		vtb_pages_release(virt_to_page(slab->base), caller);
		slab->next = spare_slabs;
		spare_slabs = slab;
	}
}

/* -- objects -- */

struct vtb_object *vtb_object_find(const void *address)
{
	struct vtb_frame *frame = vtb_frame_get(vtb_address_to_pfn(address));
	struct vtb_slab *slab;
	unsigned long offset;

	if (!frame)
		return NULL;
	frame = vtb_frame_get(frame->head);
	if (frame->use != VTB_PAGE_SLAB)
		return NULL;
	slab = frame->slab;
	offset = (unsigned long)address - (unsigned long)slab->base;
	offset = min_t(unsigned long, offset / slab->cache->stride,
		       slab_capacity(slab->cache) - 1);
	return &slab->objects[offset];
}

static bool quarantine_full(const struct kmem_cache *cache)
{
	return cache->nr_freed > max_t(unsigned int, QUARANTINE_MIN,
				       QUARANTINE_BYTES / cache->stride);
}

static struct vtb_object *take_fresh(struct kmem_cache *cache)
{
	struct vtb_object *object = cache->fresh;

	if (object)
		cache->fresh = object->next;
	return object;
}

static struct vtb_object *take_freed(struct kmem_cache *cache)
{
	struct vtb_object *object = cache->freed;

	if (!object)
		return NULL;
	cache->freed = object->next;
	if (!cache->freed)
		cache->freed_end = &cache->freed;
	cache->nr_freed--;
	return object;
}

static struct vtb_object *take_object(struct kmem_cache *cache, gfp_t gfp)
{
	if (cache->fresh)
		return take_fresh(cache);
	if (quarantine_full(cache))
		return take_freed(cache);
	if (grow(cache, gfp))
		return take_fresh(cache);
	return take_freed(cache);
}

static void hand_out(struct vtb_object *object,
		     const struct vtb_object_request *request)
{
	struct kmem_cache *cache = object->slab->cache;
	void *address = vtb_object_address(object);

	object->next = NULL;
	object->state = VTB_OBJECT_LIVE;
	object->bytes = request->bytes;
	object->serial = vtb_next_serial();
	object->alloc_stack = vtb_stack_save(request->caller);
	object->free_stack = 0;
	cache->nr_live++;
	cache->live_bytes += request->bytes;
	vtb_unpoison(address, request->bytes);
	if (request->gfp & __GFP_ZERO)
		memset(address, 0, request->bytes);
	else if (!cache->ctor)
		memset(address, VTB_JUNK_NEW, request->bytes);
}

void *vtb_object_alloc(struct kmem_cache *cache,
		       const struct vtb_object_request *request)
{
	struct vtb_object *object;

	if (!request->no_fault_point &&
	    vtb_alloc_fails(request->gfp, request->bytes))
		return NULL;
	object = take_object(cache, request->gfp);
	if (!object) {
		vtb_assert(!(request->gfp & __GFP_NOFAIL));
		return NULL;
	}
	hand_out(object, request);
	return vtb_object_address(object);
}

static void retire(struct vtb_object *object, unsigned long caller)
{
	struct kmem_cache *cache = object->slab->cache;
	void *address = vtb_object_address(object);

	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
		vtb_race_freed(address, object->bytes, (void *)caller);
	vtb_trace(VTB_TRACE_FREE, object->bytes, 0);
	object->state = VTB_OBJECT_FREED;
	object->free_stack = vtb_stack_save(caller);
	object->next = NULL;
	*cache->freed_end = object;
	cache->freed_end = &object->next;
	cache->nr_freed++;
	cache->nr_live--;
	cache->live_bytes -= object->bytes;
	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		return;
	if (!cache->ctor)
		memset(address, VTB_JUNK_FREED, object->bytes);
	vtb_poison(address, ALIGN(cache->size, 8), VTB_POISON_FREED);
}

void vtb_object_free(struct kmem_cache *cache, const void *address,
		     unsigned long caller)
{
	struct vtb_object *object = NULL;
	const char *what = NULL;

	if (vtb_in_linear_map(address))
		object = vtb_object_find(address);
	if (!object)
		what = "free of memory that is no slab object";
	else if (address != vtb_object_address(object))
		what = "free of an address inside an object";
	else if (cache && cache != object->slab->cache)
		what = "free of an object into another cache";
	else if (object->state == VTB_OBJECT_FRESH)
		what = "free of an object that was never allocated";

	if (what)
		vtb_heap_finding("invalid-free", address, caller, what);
	else if (object->state == VTB_OBJECT_FREED)
		vtb_heap_finding("double-free", address, caller,
				 "free of a free object");
	else
		retire(object, caller);
}

/* -- the kernel's interface -- */

static struct kmem_cache *create_cache(const struct vtb_cache_options *options)
{
	if (WARN_ON(!options->name || options->size < sizeof(void *) ||
		    options->size > KMALLOC_MAX_SIZE))
		return NULL;
	/* SLAB_PANIC callers rely on boot having memory. */
	if (!(options->flags & SLAB_PANIC) &&
	    vtb_alloc_fails(GFP_KERNEL, sizeof(struct kmem_cache)))
		return NULL;
	return vtb_cache_new(options);
}

VTB_DEFINE_KMEM_CACHE_CREATE(create_cache)

static const struct vtb_object *first_live(const struct kmem_cache *cache)
{
	const struct vtb_object *first = NULL;
	const struct vtb_slab *slab;
	unsigned int i;

	for (slab = cache->slabs; slab; slab = slab->next)
		for (i = 0; i < slab_capacity(cache); i++) {
			const struct vtb_object *object = &slab->objects[i];

			if (object->state == VTB_OBJECT_LIVE &&
			    (!first || object->serial < first->serial))
				first = object;
		}
	return first;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	const struct vtb_object *object;
	struct kmem_cache **link;

	if (!cache)
		return;
	object = first_live(cache);
	if (object)
		vtb_heap_finding("leak", vtb_object_address(object), _RET_IP_,
				 "kmem_cache_destroy() of a cache with objects in use");
	for (link = &caches; *link != cache; link = &(*link)->next)
		if (!*link)
			return;
	*link = cache->next;
	drop_slabs(cache, _RET_IP_);
	cache->next = spare_caches;
	spare_caches = cache;
}
EXPORT_SYMBOL(kmem_cache_destroy);

static void *cache_alloc(struct kmem_cache *cache, gfp_t gfp,
			 unsigned long caller)
{
	struct vtb_object_request request = {
		.gfp = gfp,
		.bytes = cache->size,
		.caller = caller,
	};

	return vtb_object_alloc(cache, &request);
}

void *VTB_PROF(kmem_cache_alloc)(struct kmem_cache *cache, gfp_t gfp)
{
	return cache_alloc(cache, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(kmem_cache_alloc));

void *VTB_PROF(kmem_cache_alloc_node)(struct kmem_cache *cache, gfp_t gfp,
				      int node)
{
	return cache_alloc(cache, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(kmem_cache_alloc_node));

void *VTB_PROF(kmem_cache_alloc_lru)(struct kmem_cache *cache,
				     struct list_lru *lru, gfp_t gfp)
{
	return cache_alloc(cache, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(kmem_cache_alloc_lru));

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	vtb_object_free(cache, object, _RET_IP_);
}
EXPORT_SYMBOL(kmem_cache_free);

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (cache)
			vtb_object_free(cache, objects[i], _RET_IP_);
		else
			kfree(objects[i]);
	}
}
EXPORT_SYMBOL(kmem_cache_free_bulk);

/* All or nothing: @nr, or 0. */
int VTB_PROF(kmem_cache_alloc_bulk)(struct kmem_cache *cache, gfp_t gfp,
				    size_t nr, void **objects)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		objects[i] = cache_alloc(cache, gfp, _RET_IP_);
		if (!objects[i])
			break;
	}
	if (i == nr)
		return nr;
	kmem_cache_free_bulk(cache, i, objects);
	return 0;
}
EXPORT_SYMBOL(VTB_PROF(kmem_cache_alloc_bulk));

unsigned int kmem_cache_size(struct kmem_cache *cache)
{
	return cache->size;
}
EXPORT_SYMBOL(kmem_cache_size);

int kmem_cache_shrink(struct kmem_cache *cache)
{
	/* There is never an empty slab that could be given back. */
	return 0;
}
EXPORT_SYMBOL(kmem_cache_shrink);

bool slab_is_available(void)
{
	return caches;
}

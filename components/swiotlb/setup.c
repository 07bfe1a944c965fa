// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - how large the pool is, where it comes from, when it is usable
 *
 *	command line ----+
 *	adjust_size() ---+--> slots, areas --> init (early) --> update_mem_attributes
 *	default ---------+                \--> init_late (any time)
 *
 * A number on the command line wins over what the platform computes from the
 * size of memory. A pool that was asked for and could not be had is a pool
 * without slots: mappings that need it are refused, also, and above all, where
 * bouncing is forced. So force_bounce is set first and stays.
 *
 * Between init and update_mem_attributes the host cannot see the memory yet;
 * no driver runs then. If the host refuses to share it, there is no pool. Memory
 * whose state is not known any more is never given back to the page allocator.
 */
#define pr_fmt(fmt) "software IO TLB: " fmt

#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/set_memory.h>

#include "pool.h"

#define MIN_SLOTS	(SZ_1M >> IO_TLB_SHIFT)
#define DEFAULT_SLOTS	(IO_TLB_DEFAULT_SIZE >> IO_TLB_SHIFT)

VTB_SWIOTLB_STORAGE struct io_tlb_mem io_tlb_default_mem;
VTB_DEFINE_SWIOTLB_SHARED_BASE

static unsigned long wanted_slots = DEFAULT_SLOTS;
static unsigned int wanted_areas;
static bool forced;
static bool disabled;

struct io_tlb_mem *swiotlb_default(void)
{
	return &io_tlb_default_mem;
}

VTB_DEFINE_SWIOTLB_DEV_INIT(&io_tlb_default_mem)

/* -- how many -- */

/* As many areas as have a segment each; all of one size, a power of two. */
static unsigned int areas_for(unsigned long slots)
{
	unsigned int areas = wanted_areas ?: num_possible_cpus();

	areas = roundup_pow_of_two(areas);
	while (areas > 1 && slots / areas < IO_TLB_SEGSIZE)
		areas /= 2;
	return areas;
}

static unsigned long whole_areas(unsigned long slots)
{
	unsigned long unit = IO_TLB_SEGSIZE * roundup_pow_of_two(wanted_areas ?: 1);

	return max(roundup(slots, unit), unit);
}

/* swiotlb=[slots][,areas][,force|noforce] */
static int __init parse_parameter(char *text)
{
	if (!text)
		return -EINVAL;
	if (isdigit(*text))
		wanted_slots = whole_areas(simple_strtoul(text, &text, 0));
	if (*text == ',')
		text++;
	if (isdigit(*text))
		wanted_areas = simple_strtoul(text, &text, 0);
	if (*text == ',')
		text++;
	wanted_slots = whole_areas(wanted_slots);
	forced = !strcmp(text, "force");
	disabled = !strcmp(text, "noforce");
	return 0;
}
early_param("swiotlb", parse_parameter);

unsigned long swiotlb_size_or_default(void)
{
	return wanted_slots << IO_TLB_SHIFT;
}

void __init swiotlb_adjust_size(unsigned long size)
{
	if (wanted_slots == DEFAULT_SLOTS)
		wanted_slots = whole_areas(DIV_ROUND_UP(size, IO_TLB_SIZE));
}

void swiotlb_print_info(void)
{
	VTB_SWIOTLB_POOL *pool = vtb_compat_swiotlb_pool(&io_tlb_default_mem);

	if (pool->nslabs)
		pr_info("%lu slots at %pa\n", pool->nslabs, &pool->start);
	else
		pr_warn("no memory\n");
}

/* -- making the pool -- */

struct memory {
	void *slots;
	struct io_tlb_slot *descriptors;
	struct io_tlb_area *areas;
	unsigned long nr;
	bool late;
};

static void use(const struct memory *memory)
{
	struct io_tlb_mem *mem = &io_tlb_default_mem;
	VTB_SWIOTLB_POOL *pool = vtb_compat_swiotlb_pool(mem);
	unsigned int i;

	pool->vaddr = memory->slots;
	pool->start = virt_to_phys(memory->slots);
	pool->end = pool->start + (memory->nr << IO_TLB_SHIFT);
	pool->late_alloc = memory->late;
	pool->slots = memory->descriptors;
	pool->areas = memory->areas;
	pool->nareas = areas_for(memory->nr);
	pool->area_nslabs = memory->nr / pool->nareas;
	for (i = 0; i < pool->nareas; i++)
		spin_lock_init(&pool->areas[i].lock);
	vtb_compat_swiotlb_set_nslabs(mem, memory->nr);
}

/* No pool any more; what was forced stays so. */
static void forget(struct io_tlb_mem *mem)
{
	bool force = mem->force_bounce;

	*vtb_compat_swiotlb_pool(mem) = (VTB_SWIOTLB_POOL) { 0 };
	vtb_compat_swiotlb_set_nslabs(mem, 0);
	mem->force_bounce = force;
}

static size_t slots_bytes(unsigned long nr)
{
	return PAGE_ALIGN(nr << IO_TLB_SHIFT);
}

static size_t descriptors_bytes(unsigned long nr)
{
	return PAGE_ALIGN(array_size(nr, sizeof(struct io_tlb_slot)));
}

static size_t areas_bytes(unsigned long nr)
{
	return array_size(areas_for(nr), sizeof(struct io_tlb_area));
}

/* -- early -- */

static void *__init early_slots(unsigned long nr, unsigned int flags,
				int (*remap)(void *tlb, unsigned long nslabs))
{
	size_t bytes = slots_bytes(nr);
	void *at = flags & SWIOTLB_ANY ? memblock_alloc(bytes, PAGE_SIZE) :
					 memblock_alloc_low(bytes, PAGE_SIZE);

	if (!at || !remap || remap(at, nr) >= 0)
		return at;
	memblock_free(at, bytes);
	return NULL;
}

/* Half as many, as long as that is still worth it. */
static void __init early_memory(struct memory *memory, unsigned int flags,
				int (*remap)(void *tlb, unsigned long nslabs))
{
	memory->nr = wanted_slots;
	while (!(memory->slots = early_slots(memory->nr, flags, remap))) {
		if (memory->nr <= MIN_SLOTS)
			return;
		memory->nr = ALIGN(memory->nr / 2, IO_TLB_SEGSIZE);
	}
	memory->descriptors = memblock_alloc(descriptors_bytes(memory->nr),
					     PAGE_SIZE);
	memory->areas = memblock_alloc(areas_bytes(memory->nr),
				       SMP_CACHE_BYTES);
}

static void early_free(const struct memory *memory)
{
	if (memory->areas)
		memblock_free(memory->areas, areas_bytes(memory->nr));
	if (memory->descriptors)
		memblock_free(memory->descriptors,
			      descriptors_bytes(memory->nr));
	if (memory->slots)
		memblock_free(memory->slots, slots_bytes(memory->nr));
}

void __init swiotlb_init_remap(bool addressing_limit, unsigned int flags,
			       int (*remap)(void *tlb, unsigned long nslabs))
{
	struct memory memory = { 0 };

	if (disabled || (!addressing_limit && !forced))
		return;
	io_tlb_default_mem.force_bounce = forced || (flags & SWIOTLB_FORCE);
	early_memory(&memory, flags, remap);
	if (memory.slots && memory.descriptors && memory.areas) {
		use(&memory);
	} else {
		pr_warn("no %lu slots\n", memory.nr);
		early_free(&memory);
	}
	if (flags & SWIOTLB_VERBOSE)
		swiotlb_print_info();
}

void __init swiotlb_init(bool addressing_limit, unsigned int flags)
{
	swiotlb_init_remap(addressing_limit, flags, NULL);
}

/* Where memory that is shared now can be used; NULL: nowhere. */
static void *shared_address(void *at, size_t bytes)
{
	if (!VTB_SWIOTLB_SHARED_BASE)
		return at;
	return memremap(virt_to_phys(at) + VTB_SWIOTLB_SHARED_BASE, bytes,
			MEMREMAP_WB);
}

void __init swiotlb_update_mem_attributes(void)
{
	struct io_tlb_mem *mem = &io_tlb_default_mem;
	VTB_SWIOTLB_POOL *pool = vtb_compat_swiotlb_pool(mem);
	size_t bytes = slots_bytes(mem->nslabs);

	if (!mem->nslabs || pool->late_alloc)
		return;
	if (!set_memory_decrypted((unsigned long)pool->vaddr,
				  bytes >> PAGE_SHIFT)) {
		pool->vaddr = shared_address(pool->vaddr, bytes);
		if (pool->vaddr)
			return;
	}
	pr_err("the host does not share the memory\n");
	forget(mem);
}

/* -- late -- */

static void *pages(size_t bytes, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(bytes));
}

static void give_pages(void *at, size_t bytes)
{
	free_pages((unsigned long)at, get_order(bytes));
}

static int late_slots(struct memory *memory, gfp_t gfp,
		      int (*remap)(void *tlb, unsigned long nslabs))
{
	int rc = -ENOMEM;

	for (; memory->nr > MIN_SLOTS; memory->nr /= 2) {
		memory->slots = pages(slots_bytes(memory->nr),
				      gfp | __GFP_NOWARN);
		if (!memory->slots)
			continue;
		rc = remap ? remap(memory->slots, memory->nr) : 0;
		if (!rc)
			return 0;
		give_pages(memory->slots, slots_bytes(memory->nr));
		memory->slots = NULL;
	}
	return rc;
}

/* To whoever it came from. */
static void give_back(const struct memory *memory, void *at, size_t bytes)
{
	if (memory->late)
		give_pages(at, bytes);
	else
		memblock_free_late(virt_to_phys(at), bytes);
}

/* Private again, or never ours to give back. */
static void unshare(const struct memory *memory)
{
	size_t bytes = slots_bytes(memory->nr);

	if (!set_memory_encrypted((unsigned long)memory->slots,
				  bytes >> PAGE_SHIFT))
		give_back(memory, memory->slots, bytes);
	else
		pr_err("%zu bytes stay with the host\n", bytes);
}

static int late_share(struct memory *memory)
{
	int rc = set_memory_decrypted((unsigned long)memory->slots,
				      slots_bytes(memory->nr) >> PAGE_SHIFT);

	if (rc)
		unshare(memory);
	return rc;
}

int swiotlb_init_late(size_t size, gfp_t gfp,
		      int (*remap)(void *tlb, unsigned long nslabs))
{
	struct memory memory = {
		.nr = ALIGN(size >> IO_TLB_SHIFT, IO_TLB_SEGSIZE),
		.late = true,
	};
	int rc;

	if (io_tlb_default_mem.nslabs || disabled)
		return 0;
	/* The page allocator has powers of two. */
	if (memory.nr)
		memory.nr = roundup_pow_of_two(memory.nr);
	io_tlb_default_mem.force_bounce |= forced;
	rc = late_slots(&memory, gfp, remap);
	if (rc)
		return rc;
	rc = -ENOMEM;
	memory.descriptors = pages(descriptors_bytes(memory.nr), GFP_KERNEL);
	if (!memory.descriptors)
		goto err_slots;
	memory.areas = pages(areas_bytes(memory.nr), GFP_KERNEL);
	if (!memory.areas)
		goto err_descriptors;
	rc = late_share(&memory);
	if (rc)
		goto err_areas;
	use(&memory);
	return 0;

err_areas:
	memory.slots = NULL;
	give_pages(memory.areas, areas_bytes(memory.nr));
err_descriptors:
	give_pages(memory.descriptors, descriptors_bytes(memory.nr));
err_slots:
	if (memory.slots)
		give_pages(memory.slots, slots_bytes(memory.nr));
	return rc;
}

/* -- the end -- */

void __init swiotlb_exit(void)
{
	struct io_tlb_mem *mem = &io_tlb_default_mem;
	VTB_SWIOTLB_POOL *pool = vtb_compat_swiotlb_pool(mem);
	struct memory memory = {
		.slots = pool->vaddr, .descriptors = pool->slots,
		.areas = pool->areas, .nr = pool->nslabs,
		.late = pool->late_alloc,
	};

	if (!mem->nslabs || mem->force_bounce)
		return;
	if (swiotlb_slots_used(pool)) {
		pr_warn("still in use\n");
		return;
	}
	forget(mem);
	unshare(&memory);
	give_back(&memory, memory.areas, areas_bytes(memory.nr));
	give_back(&memory, memory.descriptors, descriptors_bytes(memory.nr));
}

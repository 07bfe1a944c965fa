// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm_heap_cut.c - kernel code that uses memory, rightly and wrongly
 *
 * The functions are noinline and global, so that they appear in stacks under
 * their own names.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "mm_cut.h"

#define CHECK(condition)	do { if (!(condition)) return __LINE__; } while (0)

static int static_data;

/* 6.1 does not declare it. */
void *kvmemdup(const void *src, size_t len, gfp_t gfp);

/* The compiler must not see through what the tests do on purpose. */
static noinline void write_byte(volatile u8 *p, u8 value)
{
	*p = value;
}

static noinline u8 read_byte(const volatile u8 *p)
{
	return *p;
}

/* -- kmalloc -- */

noinline void cut_touch(unsigned long size, long from, long to)
{
	u8 *p = kmalloc(size, GFP_KERNEL);

	for (; from < to; from++)
		write_byte(p + from, 1);
	kfree(p);
}

noinline void cut_use_after_free(unsigned long size)
{
	u8 *p = kmalloc(size, GFP_KERNEL);

	kfree(p);
	read_byte(p);
}

noinline void cut_double_free(void)
{
	u8 *p = kmalloc(24, GFP_KERNEL);

	kfree(p);
	kfree(p);
}

noinline void cut_free_inside(void)
{
	u8 *p = kmalloc(24, GFP_KERNEL);

	kfree(p + 8);
}

noinline void cut_free_static(void)
{
	kfree(&static_data);
}

noinline void cut_free_page_by_kfree(void)
{
	kfree((void *)__get_free_page(GFP_KERNEL));
}

noinline void *cut_keep(unsigned long size)
{
	return kmalloc(size, GFP_KERNEL);
}

void cut_release(void *object)
{
	kfree(object);
}

unsigned long cut_usable(unsigned long size)
{
	void *p = kmalloc(size, GFP_KERNEL);
	unsigned long usable = ksize(p);

	kfree(p);
	return usable;
}

static bool all_bytes(const u8 *p, unsigned long bytes, u8 value)
{
	return !memchr_inv(p, value, bytes);
}

int cut_check_contents(void)
{
	static const unsigned long sizes[] = { 1, 8, 13, 96, 2048, 2049, 5000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *zero = kzalloc(sizes[i], GFP_KERNEL);
		u8 *junk = kmalloc(sizes[i], GFP_KERNEL);

		CHECK(all_bytes(zero, sizes[i], 0));
		CHECK(!all_bytes(junk, sizes[i], 0));
		CHECK(all_bytes(junk, sizes[i], *junk));
		kfree(zero);
		kfree(junk);
	}
	CHECK(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	return 0;
}

int cut_check_alignment(void)
{
	unsigned long size;
	void *p[3];
	int i;

	for (size = 8; size <= 2 * PAGE_SIZE; size *= 2) {
		for (i = 0; i < 3; i++) {
			p[i] = kmalloc(size, GFP_KERNEL);
			CHECK(IS_ALIGNED((unsigned long)p[i],
					 min(size, PAGE_SIZE)));
		}
		for (i = 0; i < 3; i++)
			kfree(p[i]);
	}
	return 0;
}

int cut_check_krealloc(void)
{
	u8 *p = krealloc(NULL, 10, GFP_KERNEL), *q;

	memset(p, 7, 10);
	q = krealloc(p, 40, GFP_KERNEL);
	CHECK(q && q != p && all_bytes(q, 10, 7));
	CHECK(krealloc(q, 5, GFP_KERNEL) == q);
	CHECK(ksize(q) == 5);
	q = krealloc(q, 9000, GFP_KERNEL | __GFP_ZERO);
	CHECK(all_bytes(q, 5, 7) && all_bytes(q + 5, 8995, 0));
	CHECK(krealloc(q, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	return 0;
}

/* How many allocations later does a freed object come back? */
static int rounds_until_reuse(size_t size)
{
	void *first = kmalloc(size, GFP_KERNEL);
	int i;

	kfree(first);
	for (i = 1; i < 1000; i++) {
		void *p = kmalloc(size, GFP_KERNEL);

		kfree(p);
		if (p == first)
			break;
	}
	return i;
}

/* Also when all objects of the slab have been used before. */
int cut_check_quarantine(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		int rounds = rounds_until_reuse(64);

		CHECK(rounds >= 16 && rounds < 1000);
		/* One to a slab. */
		rounds = rounds_until_reuse(2048);
		CHECK(rounds >= 4 && rounds < 1000);
	}
	return 0;
}

static int allocate_pages(void)
{
	unsigned long a = __get_free_pages(GFP_KERNEL, 2);
	unsigned long b = get_zeroed_page(GFP_KERNEL);
	struct page *c = alloc_page(GFP_KERNEL);
	void *d = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
	int rc = a && b && c && d ? 0 : -ENOMEM;

	free_pages(a, 2);
	free_page(b);
	if (c)
		__free_page(c);
	if (d)
		free_pages_exact(d, 3 * PAGE_SIZE);
	return rc;
}

static int allocate_areas(void)
{
	void *a = vmalloc(5000), *b = vzalloc(100);
	void *c = kvmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	void __iomem *d = ioremap(0x80000000, 64);
	int rc = a && b && c && d ? 0 : -ENOMEM;

	vfree(a);
	vfree(b);
	kvfree(c);
	if (d)
		iounmap(d);
	return rc;
}

int cut_allocate_everything(void)
{
	unsigned long n = static_data + 30;
	void *a = kmalloc(n, GFP_KERNEL), *b = kzalloc(40, GFP_KERNEL);
	void *c = kmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	void *d = kcalloc(n, 3, GFP_KERNEL), *e = kmalloc_node(n, GFP_KERNEL, 0);
	char *f = kstrdup("text", GFP_KERNEL), *g = kmemdup("x", 2, GFP_KERNEL);
	struct kmem_cache *h = kmem_cache_create("h", 48, 0, 0, NULL);
	void *i = h ? kmem_cache_alloc(h, GFP_KERNEL) : NULL;
	int rc = a && b && c && d && e && f && g && i ? 0 : -ENOMEM;

	kfree(a);
	kfree(b);
	kfree(c);
	kfree(d);
	kfree(e);
	kfree(f);
	kfree(g);
	if (i)
		kmem_cache_free(h, i);
	kmem_cache_destroy(h);
	rc = allocate_pages() ?: rc;
	return allocate_areas() ?: rc;
}

/* -- caches -- */

static void construct(void *object)
{
	memset(object, 0x11, 40);
}

void *cut_cache_new(int with_ctor)
{
	return kmem_cache_create("cut_cache", 40, 0, 0,
				 with_ctor ? construct : NULL);
}

noinline void *cut_cache_alloc(void *cache)
{
	return kmem_cache_alloc(cache, GFP_KERNEL);
}

void cut_cache_free(void *cache, void *object)
{
	kmem_cache_free(cache, object);
}

noinline void cut_cache_destroy(void *cache)
{
	kmem_cache_destroy(cache);
}

int cut_check_ctor(void)
{
	struct kmem_cache *cache = cut_cache_new(1);
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);
	int i;

	CHECK(all_bytes(p, 40, 0x11));
	p[3] = 0x22;
	kmem_cache_free(cache, p);
	for (i = 0; i < 1000; i++) {
		u8 *q = kmem_cache_alloc(cache, GFP_KERNEL);

		CHECK(q[3] == (q == p ? 0x22 : 0x11));
		kmem_cache_free(cache, q);
		if (q == p)
			break;
	}
	CHECK(i < 1000);
	kmem_cache_destroy(cache);
	return 0;
}

/* -- pages -- */

int cut_check_orders(void)
{
	struct page *pages[6];
	unsigned int order, other;

	for (order = 0; order < 6; order++) {
		pages[order] = alloc_pages(GFP_KERNEL, order);
		CHECK(pages[order]);
		CHECK(IS_ALIGNED(page_to_pfn(pages[order]), 1ul << order));
		CHECK(page_count(pages[order]) == 1);
		memset(page_address(pages[order]), order, PAGE_SIZE << order);
		CHECK(virt_to_page(page_address(pages[order])) == pages[order]);
	}
	for (order = 0; order < 6; order++) {
		CHECK(all_bytes(page_address(pages[order]), PAGE_SIZE << order,
				order));
		for (other = 0; other < order; other++)
			CHECK(pages[order] != pages[other]);
		__free_pages(pages[order], order);
	}
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 30));
	return 0;
}

/* Between two runs there is a page that nobody has. */
int cut_check_gaps(void)
{
	struct page *pages[12];
	unsigned int i, j;

	for (i = 0; i < 12; i++)
		pages[i] = alloc_pages(GFP_KERNEL, i % 3);
	for (i = 0; i < 12; i++)
		for (j = 0; j < 12; j++)
			CHECK(pages[j] != pages[i] + (1 << i % 3));
	for (i = 0; i < 12; i++)
		__free_pages(pages[i], i % 3);
	return 0;
}

int cut_check_compound(void)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);

	CHECK(PageHead(page) && PageTail(page + 3));
	CHECK(compound_head(page + 3) == page);
	CHECK(compound_order(page) == 2);
	get_page(page + 1);
	CHECK(page_count(page) == 2);
	__free_pages(page, 2);
	CHECK(page_count(page) == 1);
	put_page(page + 1);
	CHECK(page_count(page) == 0);
	return 0;
}

int cut_check_exact(void)
{
	u8 *p = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	int i;

	CHECK(all_bytes(p, 3 * PAGE_SIZE, 0));
	for (i = 0; i < 3; i++)
		CHECK(page_count(virt_to_page(p + i * PAGE_SIZE)) == 1);
	free_pages_exact(p, 3 * PAGE_SIZE);
	return 0;
}

int cut_page_references(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *p = page_address(page);

	get_page(page);
	__free_page(page);
	write_byte(p, 1);	/* still ours */
	put_page(page);
	return 0;
}

noinline void cut_page_double_free(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

noinline void cut_page_wrong_order(void)
{
	__free_pages(alloc_pages(GFP_KERNEL, 1), 2);
}

noinline void cut_page_free_middle(void)
{
	__free_page(alloc_pages(GFP_KERNEL, 1) + 1);
}

noinline void cut_page_put_too_often(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int i;

	put_page(page);
	put_page(page);
	/* The damage shows when the frame is wanted again. */
	for (i = 0; i < 1000; i++)
		free_page(__get_free_page(GFP_KERNEL));
}

noinline unsigned long cut_alloc_page(void)
{
	return __get_free_page(GFP_KERNEL);
}

void cut_free_page(unsigned long address)
{
	free_page(address);
}

/* -- context -- */

struct with_head {
	long a;
	struct rcu_head rcu;
};

noinline void cut_kfree_rcu(void)
{
	struct with_head *p = kmalloc(sizeof(*p), GFP_KERNEL);

	kfree_rcu(p, rcu);
	write_byte((u8 *)&p->a, 1);
	cut_grace_period();
	read_byte((u8 *)&p->a);
}

noinline void cut_kfree_rcu_twice(void)
{
	struct with_head *p = kmalloc(sizeof(*p), GFP_KERNEL);

	kfree(p);
	kfree_rcu(p, rcu);
}

noinline void cut_sleeping_alloc(void)
{
	kfree(kmalloc(8, GFP_KERNEL));
}

int cut_atomic_alloc(void)
{
	void *p = kmalloc(8, GFP_ATOMIC);

	kfree(p);
	return p ? 0 : -ENOMEM;
}

/* -- physical addresses -- */

noinline unsigned long cut_phys_of_static(void)
{
	return virt_to_phys(&static_data);
}

noinline unsigned long cut_phys_of_stack(void)
{
	int local = 0;

	return virt_to_phys(&local);
}

noinline unsigned long cut_phys_of_vmalloc(void)
{
	return virt_to_phys(vmalloc(100));
}

int cut_check_phys(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);
	phys_addr_t phys = virt_to_phys(p);

	CHECK(phys >= PAGE_SIZE);
	CHECK(phys_to_virt(phys) == p);
	CHECK(page_to_phys(virt_to_page(p)) == (phys & PAGE_MASK));
	CHECK(virt_addr_valid(p) && !virt_addr_valid(&static_data));
	CHECK(memremap(phys, 100, MEMREMAP_WB) == p);
	kfree(p);
	return 0;
}

int cut_check_pfn_valid(unsigned long nr_frames)
{
	CHECK(pfn_valid(0) && PageReserved(pfn_to_page(0)));
	CHECK(pfn_valid(nr_frames - 1));
	CHECK(!pfn_valid(nr_frames) || PageReserved(pfn_to_page(nr_frames)));
	CHECK(!pfn_valid(nr_frames + 512));
	CHECK(!pfn_valid(1ul << 20) && !pfn_valid(1ul << 34));
	return 0;
}

/* -- vmalloc -- */

int cut_check_vmalloc(void)
{
	u8 *p = vzalloc(3 * PAGE_SIZE + 5), *home;

	CHECK(is_vmalloc_addr(p) && all_bytes(p, 3 * PAGE_SIZE + 5, 0));
	home = page_address(vmalloc_to_page(p + PAGE_SIZE));
	write_byte(p + PAGE_SIZE + 9, 77);
	CHECK(read_byte(home + 9) == 77);
	CHECK(slow_virt_to_phys(p + PAGE_SIZE + 9) == virt_to_phys(home + 9));
	/* Never physically contiguous. */
	CHECK(vmalloc_to_pfn(p + PAGE_SIZE) != vmalloc_to_pfn(p) + 1);
	vfree(p);
	vfree(NULL);
	return 0;
}

int cut_check_kvmalloc(int vmalloc)
{
	u8 *p = kvmalloc(2 * PAGE_SIZE, GFP_KERNEL), *q, *one;

	CHECK(is_vmalloc_addr(p) == vmalloc);
	memset(p, 5, 2 * PAGE_SIZE);
	q = kvmemdup(p, 2 * PAGE_SIZE, GFP_KERNEL);
	CHECK(all_bytes(q, 2 * PAGE_SIZE, 5));
	kvfree(q);
	kvfree_sensitive(p, 2 * PAGE_SIZE);
	one = kvzalloc(100, GFP_KERNEL);
	CHECK(!is_vmalloc_addr(one) && all_bytes(one, 100, 0));
	kvfree(one);
	return 0;
}

/* A ring that is mapped twice: what is written past its end is at its start. */
int cut_check_ring(void)
{
	struct page *pages[4] = { alloc_page(GFP_KERNEL),
				  alloc_page(GFP_KERNEL) };
	u8 *ring;

	pages[2] = pages[0];
	pages[3] = pages[1];
	ring = vmap(pages, 4, VM_MAP, PAGE_KERNEL);
	CHECK(ring);
	write_byte(ring + 2 * PAGE_SIZE + 3, 42);
	CHECK(read_byte(ring + 3) == 42);
	CHECK(read_byte((u8 *)page_address(pages[0]) + 3) == 42);
	write_byte((u8 *)page_address(pages[1]), 43);
	CHECK(read_byte(ring + 3 * PAGE_SIZE) == 43);
	vunmap(ring);
	__free_page(pages[0]);
	__free_page(pages[1]);
	return 0;
}

noinline void cut_vmalloc_overrun(unsigned long size)
{
	u8 *p = vmalloc(size);

	write_byte(p + size, 1);
}

noinline void cut_use_after_vfree(void)
{
	u8 *p = vmalloc(100);
	u8 *home = page_address(vmalloc_to_page(p));

	vfree(p);
	read_byte(home);
}

noinline void cut_vfree_twice(void)
{
	u8 *p = vmalloc(100);

	vfree(p);
	vfree(p);
}

/* -- devices -- */

int cut_check_mmio(void)
{
	u8 __iomem *bar = ioremap(0x80001010, 0x100);
	u32 in[4] = { 1, 2, 3, 4 };

	CHECK(bar && is_vmalloc_addr((void *)bar));
	iowrite32(0x12345678, bar + 4);
	CHECK(ioread32(bar + 4) == 0x12345678);
	CHECK(ioread16(bar) == 0x5678 && ioread8(bar) == 0x78);
	CHECK(ioread32be(bar) == 0x78563412);
	writeq(0x1122334455667788ull, bar + 8);
	CHECK(readq(bar + 8) == 0x1122334455667788ull);
	CHECK(readl(bar + 8) == 0x55667788);
	memcpy_toio(bar, in, sizeof(in));
	CHECK(ioread64(bar) == 0x400000003ull);
	iounmap(bar);
	return 0;
}

noinline void cut_mmio_after_unmap(void)
{
	u8 __iomem *bar = ioremap(0x80001000, 0x100);

	iounmap(bar);
	ioread32(bar);
}

noinline void cut_mmio_past_end(void)
{
	ioread32(ioremap(0x80001000, 0x100) + 0xfe);
}

noinline void cut_mmio_of_ram(void)
{
	ioread32((void __iomem *)kmalloc(8, GFP_KERNEL));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second level: tables, faults, what is cached and what forgets it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "iommu_bench.h"

#define IOVA		0x40000000ull
#define PLAIN		IOMMU_NO_PASID
#define FRAME(n)	((DATA + (n)) * PAGE)

static struct space space;

/* One page mapped for plain requests of the device, in domain 7. */
static struct bench *start(const struct iommu_options *options)
{
	struct bench *bench = bench_new(options);

	bench_on(bench);
	space_new(bench, &space, 7);
	map(bench, &space, IOVA, FRAME(0), RW);
	bind(bench, DEVICE_RID, 0, &space);
	return bench;
}

static int setup(void **state)
{
	const struct iommu_options options = { 0 };

	*state = start(&options);
	return 0;
}

static int setup_caching_mode(void **state)
{
	const struct iommu_options options = {
		.caching_mode = true,
		.fault_records = 2,
	};

	*state = start(&options);
	return 0;
}

static int setup_drains_on_request(void **state)
{
	const struct iommu_options options = { .drains_on_request = true };

	*state = start(&options);
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static void test_translates(void **state)
{
	struct bench *b = *state;
	uint64_t value;

	expect_reaches(b, PLAIN, IOVA + 0x128, FRAME(0) + 0x128);
	*word(b, FRAME(0) + 16) = 42;
	assert_int_equal(dma_read(b->device, PLAIN, IOVA + 16, &value), 0);
	assert_int_equal(value, 42);
	/* The other device has no PASID entry. */
	assert_int_equal(dma_write(b->other, PLAIN, IOVA, 1), -EFAULT);
	expect_fault(b, VTD_FAULT_DIRECTORY_PRESENT);
	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_SL_PRESENT);
	/* A DMA over two pages: the one that is mapped gets its part. */
	*word(b, FRAME(0) + 0xff8) = 0;
	assert_int_equal(dma_write(b->device, PLAIN, IOVA + 0xffc, 9), -EFAULT);
	assert_int_equal(*word(b, FRAME(0) + 0xff8), 9);
}

static void test_off_is_identity(void **state)
{
	struct bench *b = *state;

	put32(b, VTD_GCMD, VTD_GCMD_QIE);
	assert_false(iommu_enabled(b->iommu));
	expect_reaches(b, PLAIN, FRAME(3), FRAME(3));
}

static void test_rights(void **state)
{
	struct bench *b = *state;
	uint64_t value;

	map(b, &space, IOVA + PAGE, FRAME(1), R);
	assert_int_equal(dma_read(b->device, PLAIN, IOVA + PAGE, &value), 0);
	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_WRITE);
	map(b, &space, IOVA + 2 * PAGE, FRAME(2), W);
	expect_reaches(b, PLAIN, IOVA + 2 * PAGE, FRAME(2));
	assert_int_equal(dma_read(b->device, PLAIN, IOVA + 2 * PAGE, &value),
			 -EFAULT);
	expect_fault(b, VTD_FAULT_READ);
	/* Rights that grow count at once, also for what is cached. */
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	/* Rights of all levels count. */
	*entry_of(b, space.second, IOVA, 21, RW) &= ~2ull;
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	flush(b);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_WRITE);
	/* Also by way of a table that is known by now. */
	assert_int_equal(dma_read(b->device, PLAIN, IOVA, &value), 0);
	map(b, &space, IOVA + 3 * PAGE, FRAME(3), RW);
	expect_refused(b, PLAIN, IOVA + 3 * PAGE, VTD_FAULT_WRITE);
}

static void test_large_pages(void **state)
{
	struct bench *b = *state;

	*entry_of(b, space.second, 0x80000000, 21, RW) =
		0x200000 | RW | VTD_SL_PS;
	expect_reaches(b, PLAIN, 0x80000000 + FRAME(5) - 0x200000, FRAME(5));
	*entry_of(b, space.second, 0x100000000, 30, RW) = 0 | RW | VTD_SL_PS;
	expect_reaches(b, PLAIN, 0x100000000 + FRAME(6), FRAME(6));
	/* Bits below the page, and large pages where there are none. */
	*entry_of(b, space.second, 0x80200000, 21, RW) = 0x1000 | RW | VTD_SL_PS;
	expect_refused(b, PLAIN, 0x80200000, VTD_FAULT_SL_RESERVED);
	*entry_of(b, space.second, 1ull << 39, 39, RW) = 0 | RW | VTD_SL_PS;
	expect_refused(b, PLAIN, 1ull << 39, VTD_FAULT_SL_RESERVED);
}

static void test_dirty_bits(void **state)
{
	struct bench *b = *state;
	uint64_t *entry = entry_of(b, space.second, IOVA, 12, RW), value;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_int_equal(*entry, FRAME(0) | RW);
	space.flags = VTD_PASID_SLADE;
	bind(b, DEVICE_RID, 0, &space);
	queue(b, PASID_CACHE_WORD(VTD_PC_PASID, 7, 0), 0);
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 7), 0);
	flush(b);
	assert_int_equal(dma_read(b->device, PLAIN, IOVA, &value), 0);
	assert_int_equal(*entry, FRAME(0) | RW | VTD_SL_ACCESSED);
	assert_true(*entry_of(b, space.second, IOVA, 30, RW) & VTD_SL_ACCESSED);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_true(*entry & VTD_SL_DIRTY);
	/* Cleared behind the back of the IOTLB: not set again. */
	*entry &= ~VTD_SL_DIRTY;
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_false(*entry & VTD_SL_DIRTY);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_true(*entry & VTD_SL_DIRTY);
}

/* -- faults -- */

static void forget_everything(struct bench *b)
{
	queue(b, CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0), 0);
	queue(b, PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	flush(b);
}

/* Each breaks one word of a working set of tables and mends it again. */
static void test_faults_of_tables(void **state)
{
	struct bench *b = *state;
	uint64_t *context = context_of(b, DEVICE_RID);
	uint64_t *pasid = pasid_of(b, DEVICE_RID, 0);
	const struct {
		uint64_t *word;
		uint64_t flip;
		enum vtd_fault fault;
	} broken[] = {
		{ word(b, ROOT * PAGE + 16), 1, VTD_FAULT_ROOT_PRESENT },
		{ word(b, ROOT * PAGE + 16), 2, VTD_FAULT_ROOT_RESERVED },
		{ word(b, ROOT * PAGE + 16), 1ull << 40,
		  VTD_FAULT_CONTEXT_ACCESS },
		{ context, 1, VTD_FAULT_CONTEXT_PRESENT },
		{ context, 1 << 5, VTD_FAULT_CONTEXT_RESERVED },
		{ context + 2, 1, VTD_FAULT_CONTEXT_RESERVED },
		{ context, 1ull << 41, VTD_FAULT_DIRECTORY_ACCESS },
		{ context + 1, 1 << 19, VTD_FAULT_CONTEXT_RID_PASID },
		{ word(b, *context & VTD_POINTER), 1,
		  VTD_FAULT_DIRECTORY_PRESENT },
		{ word(b, *context & VTD_POINTER), 4,
		  VTD_FAULT_DIRECTORY_RESERVED },
		{ word(b, *context & VTD_POINTER), 1ull << 42,
		  VTD_FAULT_PASID_ACCESS },
		{ pasid, 1, VTD_FAULT_PASID_PRESENT },
		{ pasid, 1 << 10, VTD_FAULT_PASID_RESERVED },
		{ pasid + 5, 1, VTD_FAULT_PASID_RESERVED },
		{ pasid, 7 << 6, VTD_FAULT_PASID_INVALID },
		{ pasid, 2 << 2, VTD_FAULT_PASID_INVALID },
		{ pasid, 1ull << 50, VTD_FAULT_SL_ROOT },
		{ pasid, 1ull << 45, VTD_FAULT_SL_ACCESS },
		{ word(b, space.second), 1ull << 50, VTD_FAULT_SL_RESERVED },
		{ word(b, space.second), 3, VTD_FAULT_SL_PRESENT },
	};
	unsigned int i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		*broken[i].word ^= broken[i].flip;
		forget_everything(b);
		expect_refused(b, PLAIN, IOVA, broken[i].fault);
		*broken[i].word ^= broken[i].flip;
		forget_everything(b);
		expect_reaches(b, PLAIN, IOVA, FRAME(0));
	}
}

static void test_faults_of_addresses(void **state)
{
	struct bench *b = *state;

	expect_refused(b, PLAIN, 1ull << 48, VTD_FAULT_BEYOND_MGAW);
	expect_refused(b, PLAIN, 0xfee00000, VTD_FAULT_INTERRUPT_RANGE);
	expect_refused(b, 5 << 20, IOVA, VTD_FAULT_CONTEXT_PDTS);
	expect_refused(b, 128 * 64, IOVA, VTD_FAULT_CONTEXT_PDTS);
	*context_of(b, DEVICE_RID) &= ~VTD_CONTEXT_PASIDE;
	forget_everything(b);
	expect_refused(b, 0, IOVA, VTD_FAULT_CONTEXT_PASIDE);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

static void test_fault_record(void **state)
{
	struct bench *b = *state;
	uint64_t record;

	put32(b, VTD_FEADDR, 0xfee00000);
	put32(b, VTD_FEDATA, 33);
	assert_int_equal(dma_write(b->device, 3, 0x123456, 1), -EFAULT);
	assert_int_equal(b->interrupts, 0);
	assert_true(get32(b, VTD_FECTL) & VTD_EVENT_IP);
	put32(b, VTD_FECTL, 0);
	assert_int_equal(b->interrupts, 1);
	assert_int_equal(b->interrupt_data, 33);
	assert_int_equal(get64(b, VTD_FRCD), 0x123000);
	record = get64(b, VTD_FRCD + 8);
	assert_int_equal(record & 0xffff, DEVICE_RID);
	assert_int_equal(record >> VTD_FRCD_PV_SHIFT & 0xfffff, 3);
	assert_true(record & VTD_FRCD_PP);
	assert_false(record & VTD_FRCD_READ);
	/* The only record is in use: the next fault is lost, and says so. */
	assert_int_equal(dma_write(b->device, 4, 0x999000, 1), -EFAULT);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_PFO);
	assert_int_equal(get64(b, VTD_FRCD), 0x123000);
	assert_int_equal(b->interrupts, 1);
	put32(b, VTD_FRCD + 12, VTD_FRCD_F >> 32);
	assert_int_equal(dma_write(b->device, 4, 0x999000, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	put32(b, VTD_FSTS, VTD_FSTS_PFO);
	expect_refused(b, 4, 0x999000, VTD_FAULT_PASID_PRESENT);
	assert_int_equal(b->interrupts, 2);
}

/* FPD in the directory, the PASID entry or the context entry. */
static void test_fault_disable(void **state)
{
	struct bench *b = *state;
	uint64_t *pasid = pasid_of(b, DEVICE_RID, 0);
	uint64_t *context = context_of(b, DEVICE_RID);

	*pasid = VTD_PASID_FPD;
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	*pasid = 0;
	*word(b, *context & VTD_POINTER) |= VTD_DIRECTORY_FPD;
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	*word(b, *context & VTD_POINTER) &= ~VTD_DIRECTORY_FPD;
	*context |= VTD_CONTEXT_FPD;
	forget_everything(b);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	*context &= ~VTD_CONTEXT_FPD;
	forget_everything(b);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_PASID_PRESENT);
}

static void test_root_faults(void **state)
{
	struct bench *b = *state;
	const uint64_t on = VTD_GCMD_TE | VTD_GCMD_QIE;

	put64(b, VTD_RTADDR, 1ull << 40 | VTD_RTADDR_TTM_SCALABLE);
	assert_int_equal(get64(b, VTD_RTADDR),
			 1ull << 40 | VTD_RTADDR_TTM_SCALABLE);
	/* What is written counts from the next SRTP on. */
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	forget_everything(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	put32(b, VTD_GCMD, on | VTD_GCMD_SRTP);
	forget_everything(b);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_ROOT_ACCESS);
	put64(b, VTD_RTADDR, ROOT * PAGE | VTD_RTADDR_TTM_ABORT);
	put32(b, VTD_GCMD, on | VTD_GCMD_SRTP);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_TTM);
}

static int setup_wide(void **state)
{
	const struct iommu_options options = { .address_bits = 57 };

	*state = start(&options);
	return 0;
}

/* Five levels, of which the lower four are those of the other tests. */
static void test_five_levels(void **state)
{
	struct bench *b = *state;
	uint64_t top = table(b), high = 3ull << 48;

	*word(b, top + 3 * 8) = space.second | RW;
	space.second = top;
	bind(b, DEVICE_RID, 0, &space);
	*pasid_of(b, DEVICE_RID, 0) |= 1 << VTD_PASID_AW_SHIFT;
	assert_true(get64(b, VTD_CAP) & VTD_CAP_SAGAW_57);
	expect_reaches(b, PLAIN, high + IOVA, FRAME(0));
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_SL_PRESENT);
	expect_refused(b, PLAIN, 1ull << 57, VTD_FAULT_BEYOND_MGAW);
}

/* -- caches: stale without an invalidation, and after the wrong one -- */

static void test_iotlb(void **state)
{
	struct bench *b = *state;
	const uint64_t keeps[][2] = {
		{ IOTLB_WORD(VTD_IOTLB_DOMAIN, 8), 0 },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA + PAGE },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), (IOVA + 0x8000) | 3 },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 8), IOVA },
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, 7, 1), 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, 7, 0), IOVA },
		{ PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0 },
		{ CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0), 0 },
	};
	const uint64_t forgets[][2] = {
		{ IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0 },
		{ IOTLB_WORD(VTD_IOTLB_DOMAIN, 7), 0 },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA | 9 },
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, 7, 0), 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(forgets) / sizeof(forgets[0]); i++) {
		map(b, &space, IOVA, FRAME(i), RW);
		expect_reaches(b, PLAIN, IOVA, FRAME(i));
		map(b, &space, IOVA, 0, 0);
		expect_reaches(b, PLAIN, IOVA, FRAME(i));
		queue(b, forgets[i][0], forgets[i][1]);
		flush(b);
		expect_refused(b, PLAIN, IOVA, VTD_FAULT_SL_PRESENT);
	}
	map(b, &space, IOVA, FRAME(0), RW);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	map(b, &space, IOVA, FRAME(1), RW);
	for (i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		queue(b, keeps[i][0], keeps[i][1]);
		flush(b);
		expect_reaches(b, PLAIN, IOVA, FRAME(0));
	}
}

/* A large page goes with a mask of its size, and may stay with a smaller. */
static void test_iotlb_large(void **state)
{
	struct bench *b = *state;
	uint64_t at = 0x80000000;

	*entry_of(b, space.second, at, 21, RW) = 0x200000 | RW | VTD_SL_PS;
	expect_reaches(b, PLAIN, at, 0x200000);
	*entry_of(b, space.second, at, 21, RW) = 0;
	expect_reaches(b, PLAIN, at + 5 * PAGE, 0x200000 + 5 * PAGE);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), at);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), at | 8);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), (at + 0x200000) | 9);
	flush(b);
	expect_reaches(b, PLAIN, at, 0x200000);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), at | 9);
	flush(b);
	expect_refused(b, PLAIN, at, VTD_FAULT_SL_PRESENT);
}

/* The bits below the mask do not count. */
static void test_iotlb_unaligned(void **state)
{
	struct bench *b = *state;

	map(b, &space, IOVA + 2 * PAGE, FRAME(2), RW);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	expect_reaches(b, PLAIN, IOVA + 2 * PAGE, FRAME(2));
	map(b, &space, IOVA, 0, 0);
	map(b, &space, IOVA + 2 * PAGE, 0, 0);
	/* Two pages from page 1 on are pages 0 and 1. */
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), (IOVA + PAGE) | 1);
	flush(b);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_SL_PRESENT);
	expect_reaches(b, PLAIN, IOVA + 2 * PAGE, FRAME(2));
}

/* The tables themselves are cached: IH says that they may stay so. */
static void test_paging_structure_cache(void **state)
{
	struct bench *b = *state;
	uint64_t *entry = entry_of(b, space.second, IOVA, 21, RW);
	uint64_t old = *entry, new = table(b);

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	*word(b, new) = FRAME(1) | RW;
	*entry = new | RW;
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA | VTD_QI_IH);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_int_equal(*word(b, old & VTD_ADDRESS), FRAME(0) | RW);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
}

static void test_pasid_cache(void **state)
{
	struct bench *b = *state;
	struct space second;
	const uint64_t keeps[] = {
		PASID_CACHE_WORD(VTD_PC_DOMAIN, 8, 0),
		PASID_CACHE_WORD(VTD_PC_PASID, 7, 1),
		PASID_CACHE_WORD(VTD_PC_PASID, 8, 0),
		IOTLB_WORD(VTD_IOTLB_GLOBAL, 0),
		CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0),
	};
	unsigned int i;

	space_new(b, &second, 8);
	map(b, &second, IOVA, FRAME(1), RW);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	bind(b, DEVICE_RID, 0, &second);
	for (i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		queue(b, keeps[i], 0);
		flush(b);
		expect_reaches(b, PLAIN, IOVA, FRAME(0));
	}
	/* By the domain that the old entry has, not the new one. */
	queue(b, PASID_CACHE_WORD(VTD_PC_PASID, 7, 0), 0);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
	/* What the IOTLB knows of domain 7 comes back with it. */
	map(b, &space, IOVA, FRAME(2), RW);
	bind(b, DEVICE_RID, 0, &space);
	queue(b, PASID_CACHE_WORD(VTD_PC_DOMAIN, 8, 0), 0);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

static void test_context_cache(void **state)
{
	struct bench *b = *state;
	uint64_t *context = context_of(b, DEVICE_RID);
	struct space second;
	uint64_t old = *context;
	const uint64_t keeps[] = {
		PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0),
		IOTLB_WORD(VTD_IOTLB_GLOBAL, 0),
		CONTEXT_WORD(VTD_CONTEXT_DEVICE, DEVICE_RID + 1),
		CONTEXT_WORD(VTD_CONTEXT_DEVICE, DEVICE_RID + 8) | 3ull << 48,
	};
	unsigned int i;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	*context = table(b) | (old & ~VTD_POINTER);
	space_new(b, &second, 8);
	map(b, &second, IOVA, FRAME(1), RW);
	bind(b, DEVICE_RID, 0, &second);
	for (i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		queue(b, keeps[i], 0);
		flush(b);
		expect_reaches(b, PLAIN, IOVA, FRAME(0));
	}
	/* The mask makes one function stand for its neighbours. */
	queue(b, CONTEXT_WORD(VTD_CONTEXT_DEVICE, DEVICE_RID + 3) | 2ull << 48,
	      0);
	queue(b, PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	queue(b, CONTEXT_WORD(VTD_CONTEXT_DEVICE, DEVICE_RID + 6) | 2ull << 48,
	      0);
	queue(b, PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
}

/* Not-present entries are cached in caching mode only. */
static void test_not_present(void **state)
{
	struct bench *b = *state;

	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_SL_PRESENT);
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	expect_refused(b, 9, IOVA, VTD_FAULT_PASID_PRESENT);
	bind(b, DEVICE_RID, 9, &space);
	expect_reaches(b, 9, IOVA, FRAME(0));
}

static void test_caching_mode(void **state)
{
	struct bench *b = *state;

	assert_true(get64(b, VTD_CAP) & VTD_CAP_CM);
	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_SL_PRESENT);
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_SL_PRESENT);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA + PAGE);
	flush(b);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	/* Absent PASID entries are cached as domain 0. */
	expect_refused(b, 9, IOVA, VTD_FAULT_PASID_PRESENT);
	bind(b, DEVICE_RID, 9, &space);
	queue(b, PASID_CACHE_WORD(VTD_PC_PASID, 7, 9), 0);
	flush(b);
	expect_refused(b, 9, IOVA, VTD_FAULT_PASID_PRESENT);
	queue(b, PASID_CACHE_WORD(VTD_PC_PASID, 0, 9), 0);
	flush(b);
	expect_reaches(b, 9, IOVA, FRAME(0));
}

static void test_caching_mode_context(void **state)
{
	struct bench *b = *state;

	*context_of(b, DEVICE_RID) ^= VTD_PRESENT;
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_CONTEXT_PRESENT);
	*context_of(b, DEVICE_RID) ^= VTD_PRESENT;
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_CONTEXT_PRESENT);
	queue(b, CONTEXT_WORD(VTD_CONTEXT_DEVICE, DEVICE_RID), 0);
	flush(b);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

/* Hardware may forget, and may fetch ahead: both are decisions. */
static void test_whims(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	map(b, &space, IOVA, FRAME(1), RW);
	map(b, &space, IOVA + PAGE, FRAME(2), RW);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	decide(b, SIM_DECIDE_PEER, 0, 1);
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
	decide(b, SIM_DECIDE_PEER, 0, 3);
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
	map(b, &space, IOVA + PAGE, 0, 0);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(2));
	decide(b, SIM_DECIDE_PEER, 0, 2);
	expect_refused(b, PLAIN, IOVA + PAGE, VTD_FAULT_SL_PRESENT);
}

/* -- queue -- */

/* Nothing happens before the descriptor's time has come. */
static void test_queue_takes_time(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	map(b, &space, IOVA, FRAME(1), RW);
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 77), STATUS * PAGE);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_int_equal(get64(b, VTD_IQH), 0);
	assert_false(iommu_idle(b->iommu));
	run(b);
	assert_int_equal(sim_now_ns(b->sim), 200);
	assert_int_equal(get64(b, VTD_IQH), 64);
	assert_int_equal(*word(b, STATUS * PAGE), 77);
	assert_true(iommu_idle(b->iommu));
	expect_reaches(b, PLAIN, IOVA, FRAME(1));
}

static void test_queue_wraps(void **state)
{
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < 300; i++)
		flush(b);
	assert_int_equal(get64(b, VTD_IQH), 300 * 32 % PAGE);
}

/* Off and on again, the queue begins at its start. */
static void test_queue_off(void **state)
{
	struct bench *b = *state;

	flush(b);
	put32(b, VTD_GCMD, VTD_GCMD_TE);
	assert_int_equal(get64(b, VTD_IQH), 0);
	put64(b, VTD_IQT, 0);
	put64(b, VTD_IQA, QUEUE * PAGE | VTD_IQA_DW);
	put32(b, VTD_GCMD, VTD_GCMD_TE | VTD_GCMD_QIE);
	flush(b);
	assert_int_equal(get64(b, VTD_IQH), 32);
	/* Not while it works. */
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	put32(b, VTD_GCMD, VTD_GCMD_TE);
	expect_finding(b, "iommu-protocol", "gcmd");
}

static void test_wait_interrupt(void **state)
{
	struct bench *b = *state;

	put32(b, VTD_IEADDR, 0xfee00000);
	put32(b, VTD_IEDATA, 44);
	put32(b, VTD_IECTL, 0);
	queue(b, WAIT_WORD(VTD_WAIT_IF, 0), 0);
	run(b);
	assert_int_equal(b->interrupts, 1);
	assert_int_equal(b->interrupt_data, 44);
	assert_int_equal(get32(b, VTD_ICS), VTD_ICS_IWC);
	queue(b, WAIT_WORD(VTD_WAIT_IF, 0), 0);
	run(b);
	assert_int_equal(b->interrupts, 1);
	put32(b, VTD_ICS, VTD_ICS_IWC);
	queue(b, WAIT_WORD(VTD_WAIT_IF, 0), 0);
	run(b);
	assert_int_equal(b->interrupts, 2);
}

static void test_bad_descriptors(void **state)
{
	static const uint64_t bad[][2] = {
		{ 0, 0 },			/* no type */
		{ VTD_QI_IEC, 0 },		/* not modelled, not in ECAP */
		{ IOTLB_WORD(0, 7), 0 },	/* reserved granularity */
		{ IOTLB_WORD(VTD_IOTLB_DOMAIN, 7) | 1ull << 40, 0 },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), 1 << 7 },
		{ IOTLB_WORD(VTD_IOTLB_PAGE, 7), 19 },	/* past MAMV */
		{ PIOTLB_WORD(0, 7, 0), 0 },
		{ PASID_CACHE_WORD(2, 7, 0), 0 },
		{ CONTEXT_WORD(0, 0), 0 },
		{ CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0), 1 },
		{ PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0) | 1ull << 52, 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, 7, 0) | 1 << 6, 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, 7, 0), 19 },
		{ WAIT_WORD(VTD_WAIT_SW, 1), 2 },
	};
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t head = get64(b, VTD_IQH);
		uint64_t *at = word(b, QUEUE * PAGE + head);

		queue(b, bad[i][0], bad[i][1]);
		run(b);
		assert_true(get32(b, VTD_FSTS) & VTD_FSTS_IQE);
		assert_int_equal(get64(b, VTD_IQH), head);
		/* Mended, and on it goes. */
		at[0] = IOTLB_WORD(VTD_IOTLB_GLOBAL, 0);
		at[1] = 0;
		put32(b, VTD_FSTS, VTD_FSTS_IQE);
		run(b);
		assert_int_equal(get64(b, VTD_IQH), head + 32);
		assert_false(get32(b, VTD_FSTS) & VTD_FSTS_IQE);
	}
}

/* Lands in 200 us, after the queue has got as far as it can. */
static void write_late(struct bench *b, uint64_t stamp)
{
	decide(b, SIM_DECIDE_DELAY, 0, 3);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, stamp), 0);
	assert_int_equal(pci_device_in_flight(b->device), 1);
}

static void run_until(struct bench *b, uint64_t time_ns)
{
	const struct sim_run_options limits = { .until_ns = time_ns };

	sim_run(b->sim, &limits);
}

/* A wait does not complete before what was invalidated has drained. */
static void test_drain(void **state)
{
	struct bench *b = *state;
	uint64_t *status = word(b, STATUS * PAGE);

	write_late(b, 5);
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 8), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 1), STATUS * PAGE);
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 7), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 2), STATUS * PAGE);
	/* No fence: what follows does not wait, but no wait overtakes one. */
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 9), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 3), STATUS * PAGE);
	run_until(b, 100000);
	assert_int_equal(get64(b, VTD_IQH), 6 * 32);
	assert_int_equal(*status, 1);
	assert_int_not_equal(*word(b, FRAME(0)), 5);
	run_until(b, 300000);
	assert_int_equal(*word(b, FRAME(0)), 5);
	assert_int_equal(*status, 3);
}

static void test_fence(void **state)
{
	struct bench *b = *state;

	write_late(b, 5);
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 7), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW | VTD_WAIT_FN, 1), STATUS * PAGE);
	queue(b, IOTLB_WORD(VTD_IOTLB_DOMAIN, 9), 0);
	run_until(b, 100000);
	assert_int_equal(get64(b, VTD_IQH), 2 * 32);
	run_until(b, 300000);
	assert_int_equal(get64(b, VTD_IQH), 3 * 32);
	assert_int_equal(*word(b, STATUS * PAGE), 1);
}

/* Units of architecture 1.0 drain only what they are asked to. */
static void test_drains_on_request(void **state)
{
	static const struct {
		uint64_t flags;
		bool drains;
	} cases[] = { { VTD_QI_DR, false }, { VTD_QI_DW, true } };
	struct bench *b = *state;
	unsigned int i;

	assert_int_equal(get32(b, VTD_VER), 0x10);
	for (i = 0; i < 2; i++) {
		uint64_t begin_ns = sim_now_ns(b->sim);

		write_late(b, 5);
		queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0) | cases[i].flags, 0);
		queue(b, WAIT_WORD(VTD_WAIT_SW, 10 + i), STATUS * PAGE);
		run_until(b, begin_ns + 100000);
		assert_int_equal(*word(b, STATUS * PAGE) == 10 + i,
				 !cases[i].drains);
		run(b);
	}
}

/* -- a virtual unit: somebody behind it does the work -- */

struct vmm {
	uint64_t words[4];
	unsigned int traps;
	bool slow;
};

static struct vmm vmm;

static bool trap(void *arg, const uint64_t *words)
{
	struct vmm *v = arg;

	memcpy(v->words, words, sizeof(v->words));
	v->traps++;
	return !v->slow;
}

static int setup_virtual(void **state)
{
	const struct iommu_options options = {
		.caching_mode = true,
		.trap = trap,
		.trap_arg = &vmm,
	};

	memset(&vmm, 0, sizeof(vmm));
	*state = start(&options);
	return 0;
}

/* The wait completes when the VMM says so, and what follows waits as well. */
static void test_trap(void **state)
{
	struct bench *b = *state;

	flush(b);
	assert_int_equal(vmm.traps, 0);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, 7), IOVA);
	flush(b);
	assert_int_equal(vmm.traps, 1);
	assert_int_equal(vmm.words[0], IOTLB_WORD(VTD_IOTLB_PAGE, 7));
	assert_int_equal(vmm.words[1], IOVA);
	vmm.slow = true;
	queue(b, PASID_CACHE_WORD(VTD_PC_PASID, 7, 0), 0);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 1), STATUS * PAGE + 8);
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	run(b);
	assert_int_equal(vmm.traps, 2);
	assert_int_equal(*word(b, STATUS * PAGE + 8), 0);
	iommu_resume(b->iommu);
	run(b);
	assert_int_equal(vmm.traps, 3);
	assert_int_equal(*word(b, STATUS * PAGE + 8), 1);
	assert_false(iommu_idle(b->iommu));
	iommu_resume(b->iommu);
	run(b);
	assert_true(iommu_idle(b->iommu));
}

static void test_peek(void **state)
{
	struct bench *b = *state;
	uint64_t words[VTD_PASID_WORDS];
	struct space second;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_int_equal(iommu_peek_pasid(b->iommu, DEVICE_RID, 9, words),
			 -EFAULT);
	space_new(b, &second, 8);
	bind(b, DEVICE_RID, 0, &second);
	/* What the tables say, whatever is cached. */
	assert_int_equal(iommu_peek_pasid(b->iommu, DEVICE_RID, PLAIN, words),
			 0);
	assert_memory_equal(words, pasid_of(b, DEVICE_RID, 0), sizeof(words));
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	/* And it caches nothing. */
	bind(b, DEVICE_RID, 9, &second);
	assert_int_equal(iommu_peek_pasid(b->iommu, DEVICE_RID, 9, words), 0);
	bind(b, DEVICE_RID, 9, &space);
	expect_reaches(b, 9, IOVA, FRAME(0));
	assert_int_equal(iommu_peek_pasid(b->iommu, DEVICE_RID + 1, 9, words),
			 -EFAULT);
}

/* -- what the driver must not do -- */

static void test_protocol(void **state)
{
	struct bench *b = *state;

	put64(b, VTD_IQA, QUEUE * PAGE);
	expect_finding(b, "iommu-protocol", "iqa");
	assert_string_equal(sim_finding_get(b->sim)->place[0], "test");
}

static void test_protocol_two_fields(void **state)
{
	struct bench *b = *state;

	put32(b, VTD_GCMD, 0);
	expect_finding(b, "iommu-protocol", "gcmd");
}

static void test_protocol_early_command(void **state)
{
	struct bench *b = *state;
	uint32_t on = VTD_GCMD_TE | VTD_GCMD_QIE;

	decide(b, SIM_DECIDE_DELAY, 0, 1);
	put32(b, VTD_GCMD, on | VTD_GCMD_SRTP);
	assert_false(get32(b, VTD_GSTS) & VTD_GCMD_SRTP);
	put32(b, VTD_GCMD, VTD_GCMD_QIE);
	expect_finding(b, "iommu-protocol", "gcmd");
}

/* The status follows a command, some time later. */
static void test_slow_command(void **state)
{
	struct bench *b = *state;

	decide(b, SIM_DECIDE_DELAY, 0, 2);
	put32(b, VTD_GCMD, VTD_GCMD_QIE);
	assert_true(get32(b, VTD_GSTS) & VTD_GCMD_TE);
	run(b);
	assert_int_equal(sim_now_ns(b->sim), 5000);
	assert_int_equal(get32(b, VTD_GSTS), VTD_GCMD_QIE | VTD_GCMD_SRTP);
	/* Saying the same again is no command. */
	put32(b, VTD_GCMD, VTD_GCMD_QIE);
	assert_null(sim_finding_get(b->sim));
}

static void test_registers(void **state)
{
	static const unsigned int events[] = {
		VTD_FECTL, VTD_IECTL, VTD_PECTL,
	};
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(get32(b, events[i]), VTD_EVENT_IM);
		put32(b, events[i] + 4, 0x1234 + i);
		put64(b, events[i] + 8, 0x5000fee00000ull + i);
		assert_int_equal(get32(b, events[i] + 4), 0x1234 + i);
		assert_int_equal(get64(b, events[i] + 8), 0x5000fee00000ull + i);
	}
	assert_int_equal(get64(b, VTD_IQA), QUEUE * PAGE | VTD_IQA_DW);
	put64(b, VTD_PQA, 0x100000003000ull);
	assert_int_equal(get64(b, VTD_PQA), 0x100000003000ull);
	put64(b, VTD_PQH, 64);
	assert_int_equal(get64(b, VTD_PQH), 64);
	/* Read-only, and nothing at all. */
	put32(b, VTD_VER, 1);
	put32(b, VTD_GSTS, 0);
	assert_int_equal(get32(b, VTD_VER), 0x50);
	assert_true(get32(b, VTD_GSTS) & VTD_GCMD_TE);
	assert_int_equal(get32(b, 0xf00), 0);
}

static void test_protocol_halfword(void **state)
{
	struct bench *b = *state;

	assert_int_equal(machine_mmio_read(b->machine, BAR + VTD_CAP, 2), 0);
	expect_finding(b, "iommu-protocol", "register");
}

static void test_protocol_unaligned(void **state)
{
	struct bench *b = *state;

	put64(b, VTD_IQA + 4, 0);
	expect_finding(b, "iommu-protocol", "register");
}

static void test_protocol_status(void **state)
{
	struct bench *b = *state;

	queue(b, WAIT_WORD(VTD_WAIT_SW, 1), FRAMES * PAGE);
	run(b);
	expect_finding(b, "iommu-protocol", "wait");
}

static void test_protocol_registers(void **state)
{
	struct bench *b = *state;

	put64(b, VTD_IOTLB, VTD_IOTLB_IVT);
	expect_finding(b, "iommu-protocol", "register-invalidate");
}

/* A unit of its own, which nobody has given a root table. */
static void test_protocol_no_root(void **state)
{
	struct bench *b = *state;
	const struct iommu_options options = {
		.machine = b->machine,
		.bar_phys = BAR + IOMMU_BAR_BYTES,
		.source = 3,
	};

	assert_non_null(iommu_new(b->sim, &options));
	put32(b, IOMMU_BAR_BYTES + VTD_GCMD, VTD_GCMD_TE);
	expect_finding(b, "iommu-protocol", "gcmd");
}

static void test_protocol_domain(void **state)
{
	struct bench *b = *state;
	const struct space zero = { .second = space.second };

	bind(b, DEVICE_RID, 9, &zero);
	dma_write(b->device, 9, IOVA, 1);
	expect_finding(b, "iommu-protocol", "domain");
}

static void test_freed_table(void **state)
{
	struct bench *b = *state;

	sim_frames_set_class(machine_memory(b->machine), space.second / PAGE, 1,
			     SIM_FRAME_FREE);
	dma_write(b->device, PLAIN, IOVA, 1);
	expect_finding(b, "freed-table", "frame");
	assert_string_equal(sim_finding_get(b->sim)->place[0], "test");
}

/* An object of a slab was freed: its frame was not. */
static void test_freed_object(void **state)
{
	struct bench *b = *state;

	sim_frames_set_class(machine_memory(b->machine), space.second / PAGE, 1,
			     SIM_FRAME_HOT);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	flush(b);
	sim_poison(b->sim, word(b, space.second), 64, 0xfd);
	dma_write(b->device, PLAIN, IOVA, 1);
	sim_unpoison(b->sim, word(b, space.second), 64);
#ifdef VTB_ASAN
	expect_finding(b, "freed-table", "frame");
#endif
}

static void test_freed_dma(void **state)
{
	struct bench *b = *state;

	sim_frames_set_class(machine_memory(b->machine), DATA, 1,
			     SIM_FRAME_FREE);
	dma_write(b->device, PLAIN, IOVA, 1);
	expect_finding(b, "freed-dma", "frame");
	assert_string_equal(sim_finding_get(b->sim)->place[0], "test");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_translates),
		TEST(test_off_is_identity),
		TEST(test_rights),
		TEST(test_large_pages),
		TEST(test_dirty_bits),
		TEST(test_faults_of_tables),
		TEST(test_faults_of_addresses),
		TEST(test_root_faults),
		cmocka_unit_test_setup_teardown(test_five_levels, setup_wide,
						teardown),
		TEST(test_fault_record),
		TEST(test_fault_disable),
		TEST(test_iotlb),
		TEST(test_iotlb_large),
		TEST(test_iotlb_unaligned),
		TEST(test_paging_structure_cache),
		TEST(test_pasid_cache),
		TEST(test_context_cache),
		TEST(test_not_present),
		cmocka_unit_test_setup_teardown(test_caching_mode,
						setup_caching_mode, teardown),
		cmocka_unit_test_setup_teardown(test_caching_mode_context,
						setup_caching_mode, teardown),
		TEST(test_whims),
		TEST(test_queue_takes_time),
		TEST(test_queue_wraps),
		TEST(test_queue_off),
		TEST(test_wait_interrupt),
		TEST(test_bad_descriptors),
		TEST(test_drain),
		TEST(test_fence),
		cmocka_unit_test_setup_teardown(test_drains_on_request,
						setup_drains_on_request,
						teardown),
		cmocka_unit_test_setup_teardown(test_trap, setup_virtual,
						teardown),
		TEST(test_peek),
		TEST(test_protocol),
		TEST(test_protocol_two_fields),
		TEST(test_protocol_early_command),
		TEST(test_slow_command),
		TEST(test_registers),
		TEST(test_protocol_halfword),
		TEST(test_protocol_unaligned),
		TEST(test_protocol_status),
		TEST(test_protocol_registers),
		TEST(test_protocol_no_root),
		cmocka_unit_test_setup_teardown(test_protocol_domain,
						setup_caching_mode, teardown),
		TEST(test_freed_table),
		TEST(test_freed_object),
		TEST(test_freed_dma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

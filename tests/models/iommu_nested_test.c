/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First level, nested and pass-through translation, and wide entries.
 *
 * The guest has GUEST_PAGES of memory from guest address 0, which the second
 * level puts at DATA and up. Its tables for VA are at guest pages 1 to 4, and
 * the page that VA means is guest page 8.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sim/bulk.h>
#include <sim/fiber.h>
#include <string.h>
#include "iommu_bench.h"

#define GUEST_PAGES	16
#define VA		0x7f0000000000ull
#define PASID		65
#define DOMAIN		7
#define HOST(page)	((DATA + (page)) * PAGE)
#define LEAF		(VTD_PRESENT | VTD_FL_WRITE | VTD_FL_USER)

static struct space space;

/* The guest's entry of level 4 (top) to 1 for VA and what is near it. */
static uint64_t *guest_entry(struct bench *b, unsigned int level, uint64_t va)
{
	return word(b, HOST(5 - level) + (va >> (12 + 9 * (level - 1)) & 511) * 8);
}

static int setup(void **state)
{
	const struct iommu_options options = { .fault_records = 4 };
	struct bench *b = bench_new(&options);
	uint64_t i;

	bench_on(b);
	space_new(b, &space, DOMAIN);
	for (i = 0; i < GUEST_PAGES; i++)
		map(b, &space, i * PAGE, HOST(i), RW);
	for (i = 4; i > 1; i--)
		*guest_entry(b, i, VA) = (6 - i) * PAGE | LEAF;
	*guest_entry(b, 1, VA) = 8 * PAGE | LEAF;
	space.first = PAGE;
	bind(b, DEVICE_RID, PASID, &space);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static void forget_all(struct bench *b)
{
	queue(b, PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	flush(b);
}

static void test_nested(void **state)
{
	struct bench *b = *state;
	uint64_t value;

	*word(b, HOST(8)) = 99;
	assert_int_equal(dma_read(b->device, PASID, VA, &value), 0);
	assert_int_equal(value, 99);
	assert_int_equal(*guest_entry(b, 4, VA), 2 * PAGE | LEAF |
			 VTD_FL_ACCESSED);
	assert_int_equal(*guest_entry(b, 1, VA), 8 * PAGE | LEAF |
			 VTD_FL_ACCESSED);
	expect_reaches(b, PASID, VA + 8, HOST(8) + 8);
	assert_true(*guest_entry(b, 1, VA) & VTD_FL_DIRTY);
}

/* Each flips bits of one guest entry; mended, all is well again. */
static void test_faults_of_guest(void **state)
{
	static const struct {
		unsigned int level;
		enum vtd_fault fault;
		uint64_t flip;
	} broken[] = {
		{ 1, VTD_FAULT_FL_PRESENT, VTD_PRESENT },
		{ 4, VTD_FAULT_FL_PRESENT, VTD_PRESENT },
		{ 4, VTD_FAULT_FL_RESERVED, VTD_FL_PS },
		{ 1, VTD_FAULT_FL_RESERVED, VTD_FL_XD },
		{ 2, VTD_FAULT_FL_RESERVED, VTD_FL_PS | 1 << 13 },
		{ 1, VTD_FAULT_USER, VTD_FL_USER },
		{ 3, VTD_FAULT_USER, VTD_FL_USER },
		{ 1, VTD_FAULT_WRITE, VTD_FL_WRITE },
		{ 3, VTD_FAULT_WRITE, VTD_FL_WRITE },
		{ 1, VTD_FAULT_SL_PRESENT, 1 << 20 },
		{ 2, VTD_FAULT_SL_PRESENT, 1 << 20 },
		{ 1, VTD_FAULT_BEYOND_AW, 1ull << 48 },
		{ 2, VTD_FAULT_NESTED_BEYOND, 1ull << 48 },
	};
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		uint64_t *entry = guest_entry(b, broken[i].level, VA);

		*entry ^= broken[i].flip;
		forget_all(b);
		expect_refused(b, PASID, VA, broken[i].fault);
		*entry ^= broken[i].flip;
		forget_all(b);
		expect_reaches(b, PASID, VA, HOST(8));
	}
	expect_refused(b, PASID, 1ull << 47, VTD_FAULT_CANONICAL);
	expect_refused(b, PASID, VA + PAGE, VTD_FAULT_FL_PRESENT);
}

/* What the host allows of the pages that hold guest tables. */
static void test_faults_of_tables(void **state)
{
	struct bench *b = *state;
	uint64_t value;

	map(b, &space, 4 * PAGE, HOST(4), W);
	expect_refused(b, PASID, VA, VTD_FAULT_NESTED_TABLE);
	map(b, &space, 4 * PAGE, HOST(4), R);
	forget_all(b);
	/* The accessed bit wants to be written. */
	expect_refused(b, PASID, VA, VTD_FAULT_NESTED_WRITE);
	*guest_entry(b, 1, VA) |= VTD_FL_ACCESSED | VTD_FL_DIRTY;
	expect_reaches(b, PASID, VA, HOST(8));
	map(b, &space, 8 * PAGE, HOST(8), R);
	forget_all(b);
	expect_refused(b, PASID, VA, VTD_FAULT_WRITE);
	/* Nor does a read that came before make it writable. */
	assert_int_equal(dma_read(b->device, PASID, VA, &value), 0);
	expect_refused(b, PASID, VA, VTD_FAULT_WRITE);
}

static int dma_as(struct bench *b, bool write, bool execute, bool privileged)
{
	struct pci_dma dma = {
		.address = VA,
		.bytes = 8,
		.pasid = PASID,
		.write = write,
		.execute = execute,
		.privileged = privileged,
	};

	return pci_device_dma(b->device, &dma);
}

static void test_privileges(void **state)
{
	struct bench *b = *state;
	uint64_t *pasid = pasid_of(b, DEVICE_RID, PASID);

	assert_int_equal(dma_as(b, false, true, false), -EFAULT);
	expect_fault(b, VTD_FAULT_PASID_ERE);
	assert_int_equal(dma_as(b, false, false, true), -EFAULT);
	expect_fault(b, VTD_FAULT_PASID_SRE);
	pasid[2] |= VTD_PASID_SRE | VTD_PASID_ERE | VTD_PASID_NXE;
	*guest_entry(b, 1, VA) &= ~(VTD_FL_USER | VTD_FL_WRITE);
	forget_all(b);
	assert_int_equal(dma_as(b, false, false, true), 0);
	/* Supervisors write to what is read-only, unless WPE says no. */
	assert_int_equal(dma_as(b, true, false, true), 0);
	assert_int_equal(dma_as(b, false, false, false), -EFAULT);
	expect_fault(b, VTD_FAULT_USER);
	pasid[2] |= VTD_PASID_WPE;
	forget_all(b);
	assert_int_equal(dma_as(b, true, false, true), -EFAULT);
	expect_fault(b, VTD_FAULT_WRITE);
	assert_int_equal(dma_as(b, false, true, true), 0);
	*guest_entry(b, 1, VA) |= VTD_FL_XD | VTD_FL_USER;
	forget_all(b);
	assert_int_equal(dma_as(b, false, false, false), 0);
	assert_int_equal(dma_as(b, false, true, false), -EFAULT);
	expect_fault(b, VTD_FAULT_EXECUTE);
}

/* The guest changes its mind; what keeps the old page, and what does not. */
static void test_guest_invalidation(void **state)
{
	static const uint64_t keeps[][2] = {
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, PASID + 1), 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN + 1, PASID), 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA + PAGE },
		{ PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0 },
		{ IOTLB_WORD(VTD_IOTLB_DOMAIN, DOMAIN + 1), 0 },
	};
	static const uint64_t forgets[][2] = {
		{ PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, PASID), 0 },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA | 2 },
		{ PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA | VTD_QI_IH },
		{ IOTLB_WORD(VTD_IOTLB_DOMAIN, DOMAIN), 0 },
		/* Any page of the second level: which is behind VA? */
		{ IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN), 15 * PAGE },
	};
	struct bench *b = *state;
	unsigned int i, k;

	for (i = 0; i < sizeof(forgets) / sizeof(forgets[0]); i++) {
		*guest_entry(b, 1, VA) = 8 * PAGE | LEAF;
		forget_all(b);
		expect_reaches(b, PASID, VA, HOST(8));
		*guest_entry(b, 1, VA) = 9 * PAGE | LEAF;
		for (k = 0; k < sizeof(keeps) / sizeof(keeps[0]); k++) {
			queue(b, keeps[k][0], keeps[k][1]);
			flush(b);
			expect_reaches(b, PASID, VA, HOST(8));
		}
		queue(b, forgets[i][0], forgets[i][1]);
		flush(b);
		expect_reaches(b, PASID, VA, HOST(9));
	}
}

/* Guest tables are cached too, by host address. */
static void test_guest_tables(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PASID, VA, HOST(8));
	*word(b, HOST(10)) = 9 * PAGE | LEAF;
	*guest_entry(b, 2, VA) = 10 * PAGE | LEAF;
	queue(b, PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA | VTD_QI_IH);
	flush(b);
	expect_reaches(b, PASID, VA, HOST(8));
	queue(b, PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID), VA);
	flush(b);
	expect_reaches(b, PASID, VA, HOST(9));
}

/* The host takes a page away: no guest invalidation can make up for its own. */
static void test_host_invalidation(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PASID, VA, HOST(8));
	map(b, &space, 8 * PAGE, HOST(11), RW);
	queue(b, PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, PASID), 0);
	flush(b);
	/* The second-level part is cached without a PASID. */
	expect_reaches(b, PASID, VA, HOST(8));
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN), 8 * PAGE);
	flush(b);
	expect_reaches(b, PASID, VA, HOST(11));
}

/*
 * Guest memory is poisoned for kernel code while it is not pinned; the unit
 * reads and writes it all the same.
 */
static void test_user_memory(void **state)
{
	struct bench *b = *state;
	uint64_t value;

	sim_poison(b->sim, word(b, HOST(0)), GUEST_PAGES * PAGE,
		   SIM_POISON_USER);
	assert_int_equal(dma_read(b->device, PASID, VA, &value), 0);
	assert_int_equal(dma_write(b->device, PASID, VA, 1), 0);
	assert_null(sim_finding_get(b->sim));
	sim_unpoison(b->sim, word(b, HOST(0)), GUEST_PAGES * PAGE);
}

/* A large guest page over small host pages is cached as small ones. */
static void test_page_sizes(void **state)
{
	struct bench *b = *state;

	*guest_entry(b, 2, VA) = 0 | LEAF | VTD_FL_PS;
	expect_reaches(b, PASID, VA + 10 * PAGE, HOST(10));
	expect_reaches(b, PASID, VA + 9 * PAGE, HOST(9));
	map(b, &space, 9 * PAGE, HOST(12), RW);
	queue(b, IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN), 9 * PAGE);
	flush(b);
	expect_reaches(b, PASID, VA + 9 * PAGE, HOST(12));
	expect_refused(b, PASID, VA + 16 * PAGE, VTD_FAULT_SL_PRESENT);
}

static void test_first_level_only(void **state)
{
	struct bench *b = *state;
	struct space first = { .domain = 9, .first = table(b) };

	*entry_of(b, first.first, VA, 12, LEAF) = HOST(20) | LEAF;
	bind(b, DEVICE_RID, 5, &first);
	expect_reaches(b, 5, VA, HOST(20));
	*entry_of(b, first.first, VA, 21, LEAF) |= 1ull << 50;
	queue(b, PIOTLB_WORD(VTD_PIOTLB_PASID, 9, 5), 0);
	flush(b);
	expect_refused(b, 5, VA, VTD_FAULT_FL_RESERVED);
}

static void test_pass_through(void **state)
{
	struct bench *b = *state;
	struct space none = { .domain = 9 };

	bind(b, DEVICE_RID, 5, &none);
	expect_reaches(b, 5, HOST(20), HOST(20));
	expect_refused(b, 5, 1ull << 48, VTD_FAULT_BEYOND_MGAW);
}

/* Two PASIDs of one domain do not see each other's pages. */
static void test_pasids_apart(void **state)
{
	struct bench *b = *state;
	struct space first;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		first = (struct space){ .domain = 9, .first = table(b) };
		*entry_of(b, first.first, VA, 12, LEAF) = HOST(20 + i) | LEAF;
		bind(b, DEVICE_RID, 5 + i, &first);
	}
	expect_reaches(b, 5, VA, HOST(20));
	expect_reaches(b, 6, VA, HOST(21));
	expect_reaches(b, 5, VA, HOST(20));
}

static void test_kinds_apart(void **state)
{
	struct bench *b = *state;
	struct space second;

	space_new(b, &second, DOMAIN);
	second.first = 0;
	map(b, &second, VA & 0xffffff000, HOST(30), RW);
	bind(b, DEVICE_RID, PASID + 1, &second);
	expect_reaches(b, PASID, VA, HOST(8));
	expect_refused(b, PASID + 1, VA, VTD_FAULT_SL_PRESENT);
	assert_int_equal(dma_write(b->other, PASID, VA, 1), -EFAULT);
	expect_fault(b, VTD_FAULT_DIRECTORY_PRESENT);
}

/* -- wide entries are read in pieces -- */

struct tear {
	struct bench *bench;
	int rc;
};

static void device_fiber(void *arg)
{
	struct tear *tear = arg;

	tear->rc = dma_write(tear->bench->device, PASID, VA, 77);
}

/* Rebinds the PASID in place, as no driver should. */
static void driver_fiber(void *arg)
{
	struct tear *tear = arg;
	struct space pass = { .domain = 9, .flags = 0 };

	bind(tear->bench, DEVICE_RID, PASID, &pass);
}

static void start(struct bench *b, sim_fiber_fn fn, struct tear *tear)
{
	const struct sim_fiber_options options = {
		.name = "f", .fn = fn, .arg = tear,
	};

	assert_non_null(sim_fiber_new(b->sim, &options));
}

/* Switches before piece @piece of the PASID entry; 0: not at all. */
static enum vtd_fault torn_at(struct bench *b, uint32_t piece)
{
	static struct tear tear;

	queue(b, PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	queue(b, IOTLB_WORD(VTD_IOTLB_GLOBAL, 0), 0);
	flush(b);
	tear = (struct tear){ .bench = b };
	start(b, device_fiber, &tear);
	start(b, driver_fiber, &tear);
	if (piece)
		decide(b, SIM_DECIDE_PREEMPT, piece, 1);
	run(b);
	return tear.rc ? iommu_last_fault(b->iommu) : VTD_FAULT_NONE;
}

static void test_torn_entry(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PASID, VA, HOST(8));
	/* Not torn: the old entry, whole. */
	assert_int_equal(torn_at(b, 0), VTD_FAULT_NONE);
	assert_int_equal(*word(b, HOST(8)), 77);
	/* The old kind with the new first-level pointer: guest page 0. */
	*word(b, HOST(8)) = 0;
	bind(b, DEVICE_RID, PASID, &space);
	assert_int_equal(torn_at(b, 1), VTD_FAULT_FL_PRESENT);
	assert_int_equal(*word(b, HOST(8)), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nested),
		TEST(test_faults_of_guest),
		TEST(test_faults_of_tables),
		TEST(test_privileges),
		TEST(test_guest_invalidation),
		TEST(test_guest_tables),
		TEST(test_host_invalidation),
		TEST(test_user_memory),
		TEST(test_page_sizes),
		TEST(test_first_level_only),
		TEST(test_pass_through),
		TEST(test_pasids_apart),
		TEST(test_kinds_apart),
		TEST(test_torn_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

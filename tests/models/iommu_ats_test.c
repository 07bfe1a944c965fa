/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices with a TLB of their own, and page requests.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sim/fiber.h>
#include "iommu_bench.h"

#define IOVA		0x40000000ull
#define PLAIN		IOMMU_NO_PASID
#define PASID		70
#define DOMAIN		7
#define FRAME(n)	((DATA + (n)) * PAGE)
#define IOTLB_ALL	IOTLB_WORD(VTD_IOTLB_GLOBAL, 0)

static struct space space;

static int setup(void **state)
{
	const struct iommu_options options = { .fault_records = 2 };
	struct bench *b = bench_new(&options);

	bench_on(b);
	space_new(b, &space, DOMAIN);
	map(b, &space, IOVA, FRAME(0), RW);
	bind(b, DEVICE_RID, 0, &space);
	bind(b, DEVICE_RID, PASID, &space);
	*context_of(b, DEVICE_RID) |= VTD_CONTEXT_DTE | VTD_CONTEXT_PRE;
	pci_device_set_ats(b->device, true);
	put64(b, VTD_PQA, PRQ * PAGE);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static void invalidate(struct bench *b, uint64_t word0, uint64_t word1)
{
	queue(b, word0, word1);
	flush(b);
}

static void test_capabilities(void **state)
{
	struct bench *b = *state;

	assert_int_equal(get64(b, VTD_ECAP) & (VTD_ECAP_DT | VTD_ECAP_PRS),
			 VTD_ECAP_DT | VTD_ECAP_PRS);
}

static int setup_bare(void **state)
{
	const struct iommu_options options = {
		.no_device_tlb = true,
		.no_page_requests = true,
	};

	*state = bench_new(&options);
	return 0;
}

static void test_without(void **state)
{
	struct bench *b = *state;

	assert_int_equal(get64(b, VTD_ECAP) & (VTD_ECAP_DT | VTD_ECAP_PRS), 0);
	queue(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	run(b);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_IQE);
}

static void test_needs_dte(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	*context_of(b, DEVICE_RID) &= ~VTD_CONTEXT_DTE;
	invalidate(b, CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0), 0);
	expect_refused(b, PLAIN, IOVA, VTD_FAULT_CONTEXT_DTE);
	pci_device_set_ats(b->device, false);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

/* What is missing is no fault of a translation request. */
static void test_missing_page(void **state)
{
	struct bench *b = *state;

	assert_int_equal(dma_write(b->device, PLAIN, IOVA + PAGE, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	map(b, &space, IOVA + PAGE, FRAME(1), R);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA + PAGE, 1), -EFAULT);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_PPF);
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	expect_refused(b, PASID + 1, IOVA, VTD_FAULT_PASID_PRESENT);
}

static void test_device_tlb(void **state)
{
	static const uint64_t keeps[][2] = {
		{ IOTLB_ALL, 0 },
		{ DEVICE_TLB_WORD(DEVICE_RID), IOVA + PAGE },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, 0), IOVA },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, 0),
		  IOVA | VTD_PASID_DTLB_GLOBAL },
		/* S: 8 KiB from an address with bit 12 clear. */
		{ DEVICE_TLB_WORD(DEVICE_RID), (IOVA + 2 * PAGE) | 1 },
	};
	static const uint64_t forgets[][2] = {
		{ DEVICE_TLB_WORD(DEVICE_RID), IOVA },
		{ DEVICE_TLB_WORD(DEVICE_RID), IOVA | 1 },
		/* 16 KiB: bit 12 set, bit 13 clear. */
		{ DEVICE_TLB_WORD(DEVICE_RID), IOVA | PAGE | 1 },
		{ DEVICE_TLB_WORD(DEVICE_RID), ~0ull << 12 | 1 },
		{ DEVICE_TLB_WORD(DEVICE_RID), (~0ull << 12 & ~(1ull << 63)) | 1 },
	};
	struct bench *b = *state;
	unsigned int i, k;

	for (i = 0; i < sizeof(forgets) / sizeof(forgets[0]); i++) {
		map(b, &space, IOVA, FRAME(0), RW);
		invalidate(b, IOTLB_ALL, 0);
		expect_reaches(b, PLAIN, IOVA, FRAME(0));
		map(b, &space, IOVA, FRAME(1), RW);
		for (k = 0; k < sizeof(keeps) / sizeof(keeps[0]); k++) {
			invalidate(b, keeps[k][0], keeps[k][1]);
			expect_reaches(b, PLAIN, IOVA, FRAME(0));
		}
		invalidate(b, forgets[i][0], forgets[i][1]);
		expect_reaches(b, PLAIN, IOVA, FRAME(1));
		invalidate(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	}
}

/* Neighbours go with a range; the same page of a PASID is another. */
static void test_device_tlb_tags(void **state)
{
	struct bench *b = *state;
	struct space second;

	space_new(b, &second, DOMAIN + 1);
	map(b, &second, IOVA, FRAME(2), RW);
	bind(b, DEVICE_RID, PASID + 1, &second);
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	expect_reaches(b, PASID + 1, IOVA, FRAME(2));
	map(b, &space, IOVA + PAGE, FRAME(3), RW);
	invalidate(b, IOTLB_ALL, 0);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(1));
	invalidate(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA | VTD_DEVICE_TLB_SIZE);
	expect_reaches(b, PLAIN, IOVA + PAGE, FRAME(3));
}

/* A translation that was read through says nothing about dirty bits. */
static void test_dirty_bit(void **state)
{
	struct bench *b = *state;
	uint64_t *entry = entry_of(b, space.second, IOVA, 12, RW), value;

	space.flags = VTD_PASID_SLADE;
	bind(b, DEVICE_RID, 0, &space);
	assert_int_equal(dma_read(b->device, PLAIN, IOVA, &value), 0);
	assert_false(*entry & VTD_SL_DIRTY);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	assert_true(*entry & VTD_SL_DIRTY);
}

/* The device TLB first, then the IOTLB: it has been filled again by then. */
static void test_wrong_order(void **state)
{
	struct bench *b = *state;

	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	map(b, &space, IOVA, FRAME(1), RW);
	invalidate(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	invalidate(b, IOTLB_ALL, 0);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

static void test_device_tlb_of_pasid(void **state)
{
	static const uint64_t keeps[][2] = {
		{ DEVICE_TLB_WORD(DEVICE_RID), IOVA },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID + 1), IOVA },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID), IOVA + PAGE },
	};
	static const uint64_t forgets[][2] = {
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID), IOVA },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID),
		  IOVA | VTD_PASID_DTLB_SIZE },
		{ PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID + 1),
		  IOVA | VTD_PASID_DTLB_GLOBAL },
	};
	struct bench *b = *state;
	unsigned int i, k;

	for (i = 0; i < sizeof(forgets) / sizeof(forgets[0]); i++) {
		map(b, &space, IOVA, FRAME(0), RW);
		invalidate(b, IOTLB_ALL, 0);
		invalidate(b, PASID_DEVICE_TLB_WORD(DEVICE_RID, PASID), IOVA);
		expect_reaches(b, PASID, IOVA, FRAME(0));
		map(b, &space, IOVA, FRAME(1), RW);
		invalidate(b, IOTLB_ALL, 0);
		for (k = 0; k < sizeof(keeps) / sizeof(keeps[0]); k++) {
			invalidate(b, keeps[k][0], keeps[k][1]);
			expect_reaches(b, PASID, IOVA, FRAME(0));
		}
		invalidate(b, forgets[i][0], forgets[i][1]);
		expect_reaches(b, PASID, IOVA, FRAME(1));
	}
}

static void run_until(struct bench *b, uint64_t time_ns)
{
	const struct sim_run_options limits = { .until_ns = time_ns };

	sim_run(b->sim, &limits);
}

/* Lands in 200 us; the wait may complete before if nobody cares. */
static bool wait_precedes_landing(struct bench *b, uint64_t address)
{
	decide(b, SIM_DECIDE_DELAY, 0, 3);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 5), 0);
	queue(b, DEVICE_TLB_WORD(DEVICE_RID), address);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 1), STATUS * PAGE);
	run_until(b, 100000);
	return *word(b, STATUS * PAGE) == 1;
}

static void test_answer_awaits_landing(void **state)
{
	struct bench *b = *state;

	assert_false(wait_precedes_landing(b, IOVA));
	run(b);
	assert_int_equal(*word(b, FRAME(0)), 5);
	assert_int_equal(*word(b, STATUS * PAGE), 1);
}

static void test_answer_of_other_page(void **state)
{
	assert_true(wait_precedes_landing(*state, IOVA + PAGE));
}

static void test_answers_early(void **state)
{
	struct bench *b = *state;

	pci_device_misbehave(b->device, PCI_ANSWERS_EARLY);
	assert_true(wait_precedes_landing(b, IOVA));
}

static void test_keeps_translations(void **state)
{
	struct bench *b = *state;

	pci_device_misbehave(b->device, PCI_KEEPS_TRANSLATIONS);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
	map(b, &space, IOVA, FRAME(1), RW);
	invalidate(b, IOTLB_ALL, 0);
	invalidate(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	expect_reaches(b, PLAIN, IOVA, FRAME(0));
}

/* No answer: the wait is aborted, and the queue stands until ITE is clear. */
static void expect_timeout(struct bench *b)
{
	uint64_t head;

	put32(b, VTD_FEADDR, 0xfee00000);
	put32(b, VTD_FECTL, 0);
	queue(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 1), STATUS * PAGE);
	run_until(b, 9000000);
	assert_false(get32(b, VTD_FSTS) & VTD_FSTS_ITE);
	run(b);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_ITE);
	assert_int_equal(get64(b, VTD_IQERCD) >> VTD_IQERCD_ITESID_SHIFT,
			 DEVICE_RID);
	assert_int_equal(b->interrupts, 1);
	assert_int_equal(*word(b, STATUS * PAGE), 0);
	head = get64(b, VTD_IQH);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 2), STATUS * PAGE + 8);
	run(b);
	assert_int_equal(get64(b, VTD_IQH), head);
	put32(b, VTD_FSTS, VTD_FSTS_ITE);
	run(b);
	assert_int_equal(*word(b, STATUS * PAGE + 8), 2);
	assert_int_equal(*word(b, STATUS * PAGE), 0);
}

static void test_silent(void **state)
{
	struct bench *b = *state;

	pci_device_misbehave(b->device, PCI_SILENT);
	expect_timeout(b);
}

static int setup_impatient(void **state)
{
	const struct iommu_options options = { .device_timeout_ns = 20000 };
	struct bench *b = bench_new(&options);

	bench_on(b);
	*state = b;
	return 0;
}

/* An answer that comes too late is not taken for that of somebody else. */
static void test_late_answer(void **state)
{
	struct bench *b = *state;

	pci_device_misbehave(b->other, PCI_SILENT);
	decide(b, SIM_DECIDE_DELAY, 1, 2);
	queue(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	run_until(b, 990000);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_ITE);
	put32(b, VTD_FSTS, VTD_FSTS_ITE);
	queue(b, DEVICE_TLB_WORD(OTHER_RID), IOVA);
	queue(b, WAIT_WORD(VTD_WAIT_SW, 3), STATUS * PAGE);
	run(b);
	assert_true(sim_now_ns(b->sim) > 1000000);
	assert_int_equal(*word(b, STATUS * PAGE), 0);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_ITE);
}

/* It had the invalidation, and was gone before it answered. */
static void test_unplugged_before_answer(void **state)
{
	struct bench *b = *state;

	decide(b, SIM_DECIDE_DELAY, 1, 2);
	queue(b, DEVICE_TLB_WORD(DEVICE_RID), IOVA);
	run_until(b, 1000);
	pci_device_unplug(b->device);
	run(b);
	assert_true(get32(b, VTD_FSTS) & VTD_FSTS_ITE);
}

static void test_unplugged(void **state)
{
	struct bench *b = *state;

	pci_device_unplug(b->device);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 1), -ENODEV);
	expect_timeout(b);
}

/* -- page requests -- */

struct job {
	struct bench *bench;
	int rc;
	bool done;
};

static void device_fiber(void *arg)
{
	struct job *job = arg;

	job->rc = dma_write(job->bench->device, PASID, IOVA + PAGE, 55);
	job->done = true;
}

static void start(struct bench *b, struct job *job)
{
	const struct sim_fiber_options options = {
		.name = "f", .fn = device_fiber, .arg = job, .daemon = true,
	};

	*job = (struct job){ .bench = b };
	assert_non_null(sim_fiber_new(b->sim, &options));
	run(b);
}

static void test_page_request(void **state)
{
	struct bench *b = *state;
	uint64_t *request = word(b, PRQ * PAGE);
	struct job job, second;

	put32(b, VTD_PEADDR, 0xfee00000);
	put32(b, VTD_PEDATA, 66);
	put32(b, VTD_PECTL, 0);
	pci_device_set_pri(b->device, true);
	start(b, &job);
	assert_false(job.done);
	assert_int_equal(b->interrupt_data, 66);
	assert_int_equal(get32(b, VTD_PRS), VTD_PRS_PPR);
	assert_int_equal(get64(b, VTD_PQT), 32);
	assert_int_equal(request[0], VTD_PRQ_TYPE | VTD_PRQ_PASID |
			 (uint64_t)DEVICE_RID << 16 | (uint64_t)PASID << 32);
	assert_int_equal(request[1], (IOVA + PAGE) | VTD_PRQ_WRITE |
			 VTD_PRQ_LAST);
	/* One interrupt until PPR is cleared. */
	assert_int_equal(b->interrupts, 1);
	start(b, &second);
	assert_int_equal(b->interrupts, 1);
	assert_int_equal(get64(b, VTD_PQT), 64);
	invalidate(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_INVALID),
		   1 << VTD_RESPONSE_GROUP_SHIFT);
	assert_true(second.done);
	map(b, &space, IOVA + PAGE, FRAME(1), RW);
	put64(b, VTD_PQH, 32);
	put32(b, VTD_PRS, VTD_PRS_PPR);
	invalidate(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_SUCCESS),
		   VTD_RESPONSE_LAST);
	assert_true(job.done);
	assert_int_equal(job.rc, 0);
	assert_int_equal(*word(b, FRAME(1)), 55);
	/* Nobody waits any more. */
	queue(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_SUCCESS), 0);
	run(b);
	expect_finding(b, "iommu-protocol", "page-response");
}

static void test_refused_page(void **state)
{
	struct bench *b = *state;
	struct job job;

	pci_device_set_pri(b->device, true);
	start(b, &job);
	invalidate(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_INVALID),
		   VTD_RESPONSE_LAST);
	assert_int_equal(job.rc, -EFAULT);
	start(b, &job);
	assert_false(job.done);
	invalidate(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_FAILURE),
		   1 << VTD_RESPONSE_GROUP_SHIFT);
	assert_int_equal(job.rc, -EIO);
	/* Page requests are off now. */
	start(b, &job);
	assert_int_equal(job.rc, -EFAULT);
	assert_int_equal(get64(b, VTD_PQT), 64);
}

static void read_fiber(void *arg)
{
	struct job *job = arg;
	struct pci_dma dma = {
		.address = IOVA + 5 * PAGE,
		.bytes = 8,
		.pasid = PASID,
		.execute = true,
		.privileged = true,
	};

	job->rc = pci_device_dma(job->bench->device, &dma);
	job->done = true;
}

static void test_kinds_of_requests(void **state)
{
	struct bench *b = *state;
	const struct sim_fiber_options options = {
		.name = "f", .fn = read_fiber, .daemon = true,
	};
	struct sim_fiber_options with = options;
	struct job job = { .bench = b };
	uint64_t *entry = pasid_of(b, DEVICE_RID, PASID);
	uint64_t *request = word(b, PRQ * PAGE);

	entry[2] |= VTD_PASID_SRE | VTD_PASID_ERE;
	pci_device_set_pri(b->device, true);
	with.arg = &job;
	assert_non_null(sim_fiber_new(b->sim, &with));
	run(b);
	assert_int_equal(request[0] >> 52, 3);
	assert_int_equal(request[1], (IOVA + 5 * PAGE) | VTD_PRQ_READ |
			 VTD_PRQ_LAST);
	/* Without a fiber there is nobody who could wait. */
	assert_int_equal(dma_write(b->device, PASID, IOVA + PAGE, 1), -EAGAIN);
	/* The page comes, and reading takes its time. */
	map(b, &space, IOVA + 5 * PAGE, FRAME(5), RW);
	decide(b, SIM_DECIDE_DELAY, 0, 2);
	invalidate(b, RESPONSE_WORD(DEVICE_RID, PASID, VTD_RESPONSE_SUCCESS),
		   VTD_RESPONSE_LAST);
	assert_true(job.done);
	assert_int_equal(job.rc, 0);
}

static void test_no_queue(void **state)
{
	struct bench *b = *state;
	struct job job;

	put64(b, VTD_PQA, 1ull << 40);
	pci_device_set_pri(b->device, true);
	start(b, &job);
	expect_finding(b, "iommu-protocol", "pqa");
}

static void test_off(void **state)
{
	struct bench *b = *state;

	put32(b, VTD_GCMD, VTD_GCMD_QIE);
	assert_int_equal(dma_write(b->device, PLAIN, IOVA, 1), -EFAULT);
	pci_device_set_ats(b->device, false);
	expect_reaches(b, PLAIN, FRAME(1), FRAME(1));
}

static void test_needs_pre(void **state)
{
	struct bench *b = *state;
	struct job job;

	*context_of(b, DEVICE_RID) &= ~VTD_CONTEXT_PRE;
	pci_device_set_pri(b->device, true);
	start(b, &job);
	assert_int_equal(job.rc, -EFAULT);
	expect_fault(b, VTD_FAULT_CONTEXT_PRE);
	assert_int_equal(get64(b, VTD_PQT), 0);
}

/* A full queue: success at once, so the device tries again, in vain. */
static void test_overflow(void **state)
{
	struct bench *b = *state;
	struct job job;

	pci_device_set_pri(b->device, true);
	put64(b, VTD_PQT, PAGE - 32);
	start(b, &job);
	assert_true(job.done);
	assert_int_equal(job.rc, -EFAULT);
	assert_true(get32(b, VTD_PRS) & VTD_PRS_PRO);
	put64(b, VTD_PQH, PAGE - 32);
	start(b, &job);
	assert_true(job.done);
	put32(b, VTD_PRS, VTD_PRS_PRO);
	start(b, &job);
	assert_false(job.done);
	assert_int_equal(get64(b, VTD_PQT), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_capabilities),
		cmocka_unit_test_setup_teardown(test_without, setup_bare,
						teardown),
		TEST(test_needs_dte),
		TEST(test_missing_page),
		TEST(test_device_tlb),
		TEST(test_device_tlb_tags),
		TEST(test_dirty_bit),
		TEST(test_wrong_order),
		TEST(test_device_tlb_of_pasid),
		TEST(test_answer_awaits_landing),
		TEST(test_answer_of_other_page),
		TEST(test_answers_early),
		TEST(test_keeps_translations),
		TEST(test_silent),
		TEST(test_unplugged),
		TEST(test_unplugged_before_answer),
		cmocka_unit_test_setup_teardown(test_late_answer,
						setup_impatient, teardown),
		TEST(test_page_request),
		TEST(test_refused_page),
		TEST(test_kinds_of_requests),
		TEST(test_no_queue),
		TEST(test_off),
		TEST(test_needs_pre),
		TEST(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

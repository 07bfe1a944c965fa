/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices behind an IOMMU do of their own: time, slices, dirty logs.
 */
#include <dma_tracker_regs.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/mdev_parent.h>
#include "iommu_bench.h"

#define IOVA		0x40000000ull
#define PLAIN		IOMMU_NO_PASID
#define FRAME(n)	((DATA + (n)) * PAGE)
#define TRACKER_BAR	(BAR + IOMMU_BAR_BYTES)

static struct space spaces[2];

static int setup(void **state)
{
	const struct iommu_options options = { 0 };
	struct bench *b = bench_new(&options);
	unsigned int i;

	bench_on(b);
	for (i = 0; i < 2; i++) {
		space_new(b, &spaces[i], 7 + i);
		map(b, &spaces[i], IOVA, FRAME(i), RW);
		map(b, &spaces[i], IOVA + PAGE, FRAME(2 + i), RW);
		bind(b, DEVICE_RID, 64 + i, &spaces[i]);
	}
	bind(b, DEVICE_RID, 0, &spaces[0]);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static int dma(struct pci_device *device, uint64_t address, uint64_t bytes,
	       uint64_t stamp)
{
	struct pci_dma dma = {
		.address = address,
		.bytes = bytes,
		.pasid = PLAIN,
		.write = true,
		.stamp = stamp,
	};

	return pci_device_dma(device, &dma);
}

static void test_stamps(void **state)
{
	struct bench *b = *state;

	assert_int_equal(dma(b->device, IOVA + 8, 2 * PAGE - 8, 50), 0);
	assert_int_equal(*word(b, FRAME(0) + 8), 50);
	assert_int_equal(*word(b, FRAME(2)), 51);
	assert_int_equal(*word(b, FRAME(0)), 0);
}

/* Posted writes pass one another. */
static void test_posted(void **state)
{
	static const struct sim_override late_first[] = {
		{ .kind = SIM_DECIDE_DELAY, .nth = 0, .value = 2 },
		{ .kind = SIM_DECIDE_DELAY, .nth = 1, .value = 1 },
	};
	const struct sim_plan plan = {
		.strategy = SIM_REPLAY,
		.overrides = late_first,
		.nr_overrides = 2,
	};
	const struct sim_run_options limits = { .until_ns = 1000 };
	struct bench *b = *state;

	sim_set_plan(b->sim, &plan);
	assert_int_equal(dma(b->device, IOVA, 2 * PAGE, 60), 0);
	assert_int_equal(pci_device_in_flight(b->device), 2);
	sim_run(b->sim, &limits);
	assert_int_equal(pci_device_in_flight(b->device), 1);
	assert_int_equal(*word(b, FRAME(0)), 0);
	assert_int_equal(*word(b, FRAME(2)), 61);
	/* The device is gone, and what it has posted still arrives. */
	pci_device_unplug(b->device);
	assert_int_equal(dma(b->device, IOVA, 8, 70), -ENODEV);
	run(b);
	assert_int_equal(*word(b, FRAME(0)), 60);
	pci_device_plug(b->device);
	assert_int_equal(dma(b->device, IOVA, 8, 70), 0);
}

static void test_slow(void **state)
{
	struct bench *b = *state;
	const struct pci_device_options options = {
		.machine = b->machine,
		.iommu = b->iommu,
		.requester_id = DEVICE_RID,
		.slow = true,
	};
	struct pci_device *slow = pci_device_new(b->sim, &options);
	unsigned int i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		assert_int_equal(dma(slow, IOVA, 8, i), 0);
	assert_int_equal(dma(slow, IOVA, 8, i), -EAGAIN);
	run(b);
	assert_int_equal(pci_device_in_flight(slow), 0);
	assert_int_equal(*word(b, FRAME(0)), PCI_DEVICE_MAX_FLIGHTS - 1);
	assert_int_equal(dma_write(slow, 64, IOVA, 1), -EINVAL);
}

static void test_slices(void **state)
{
	struct bench *b = *state;
	struct mdev_parent *parent = mdev_parent_new(b->sim, b->device);
	struct pci_dma dma = {
		.address = IOVA, .bytes = 8, .write = true, .stamp = 80,
	};

	assert_int_equal(mdev_dma(parent, 0, &dma), -ENODEV);
	assert_int_equal(mdev_create(parent, 0), 0);
	assert_int_equal(mdev_create(parent, 0), -EBUSY);
	assert_int_equal(mdev_dma(parent, 0, &dma), -EPERM);
	assert_int_equal(mdev_create(parent, 1), 0);
	assert_int_equal(mdev_set_pasid(parent, 0, 64), 0);
	assert_int_equal(mdev_set_pasid(parent, 1, 65), 0);
	assert_int_equal(mdev_dma(parent, 0, &dma), 0);
	dma.stamp = 81;
	assert_int_equal(mdev_dma(parent, 1, &dma), 0);
	assert_int_equal(*word(b, FRAME(0)), 80);
	assert_int_equal(*word(b, FRAME(1)), 81);
	assert_int_equal(mdev_pasid(parent, 1), 65);
	assert_int_equal(mdev_set_pasid(parent, 1, IOMMU_NO_PASID), 0);
	assert_int_equal(mdev_dma(parent, 1, &dma), -EPERM);
	assert_int_equal(mdev_remove(parent, 0), 0);
	assert_int_equal(mdev_remove(parent, 0), -ENODEV);
	assert_int_equal(mdev_set_pasid(parent, 0, 64), -ENODEV);
	assert_int_equal(mdev_pasid(parent, 0), IOMMU_NO_PASID);
}

static void put_tracker(struct bench *b, unsigned int reg, uint64_t value)
{
	machine_mmio_write(b->machine, TRACKER_BAR + reg, 8, value);
}

/* The log has IOVAs, and only of writes that have reached memory. */
static void test_tracker(void **state)
{
	struct bench *b = *state;
	const struct dma_tracker_options tracker = {
		.machine = b->machine, .bar_phys = TRACKER_BAR, .source = 4,
	};
	struct pci_device_options options = {
		.machine = b->machine,
		.iommu = b->iommu,
		.tracker = dma_tracker_new(b->sim, &tracker),
		.requester_id = DEVICE_RID,
	};
	struct pci_device *device = pci_device_new(b->sim, &options);
	uint64_t value;

	put_tracker(b, DMA_TRACKER_PAGE_SIZE, PAGE);
	put_tracker(b, DMA_TRACKER_RANGE_IDX, 0);
	put_tracker(b, DMA_TRACKER_RANGE_IOVA, IOVA);
	put_tracker(b, DMA_TRACKER_RANGE_LENGTH, 16 * PAGE);
	put_tracker(b, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	assert_true(dma_tracker_on(options.tracker));
	assert_int_equal(dma_read(device, PLAIN, IOVA, &value), 0);
	assert_int_equal(dma(device, IOVA + 2 * PAGE, 8, 1), -EFAULT);
	decide(b, SIM_DECIDE_DELAY, 0, 2);
	assert_int_equal(dma(device, IOVA + PAGE, 8, 1), 0);
	assert_false(dma_tracker_holds(options.tracker, IOVA / PAGE + 1,
				       IOVA / PAGE + 1));
	run(b);
	assert_true(dma_tracker_holds(options.tracker, IOVA / PAGE + 1,
				      IOVA / PAGE + 1));
	assert_false(dma_tracker_holds(options.tracker, IOVA / PAGE,
				       IOVA / PAGE));
	assert_false(dma_tracker_holds(options.tracker, IOVA / PAGE + 2,
				       IOVA / PAGE + 2));
}

/* A log that is full holds the device up. */
static void test_full_log(void **state)
{
	struct bench *b = *state;
	const struct dma_tracker_options tracker = {
		.machine = b->machine, .bar_phys = TRACKER_BAR, .source = 4,
	};
	struct pci_device_options options = {
		.machine = b->machine,
		.iommu = b->iommu,
		.tracker = dma_tracker_new(b->sim, &tracker),
		.requester_id = DEVICE_RID,
	};
	struct pci_device *device = pci_device_new(b->sim, &options);
	uint64_t i, value;

	put_tracker(b, DMA_TRACKER_PAGE_SIZE, PAGE);
	put_tracker(b, DMA_TRACKER_RANGE_IDX, 0);
	put_tracker(b, DMA_TRACKER_RANGE_IOVA, IOVA);
	put_tracker(b, DMA_TRACKER_RANGE_LENGTH, 1024 * PAGE);
	put_tracker(b, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	for (i = 0; dma_tracker_has_room(options.tracker); i += 2)
		dma_tracker_wrote(options.tracker, IOVA + i * PAGE,
				  IOVA + i * PAGE);
	assert_int_equal(dma(device, IOVA, 8, 1), -EAGAIN);
	assert_int_equal(dma_read(device, PLAIN, IOVA, &value), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stamps),
		TEST(test_posted),
		TEST(test_slow),
		TEST(test_slices),
		TEST(test_tracker),
		TEST(test_full_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of it: a guest's driver, its virtual IOMMU, the VMM's thread, a host
 * driver (this test), the host's IOMMU with both stages, and a device.
 * Guest page n is host frame DATA + n.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/guest_iommu.h>
#include <sim/fiber.h>
#include "iommu_bench.h"

#define GUEST_PAGES	64
#define TABLES_FIRST	32		/* guest pages of its driver */
#define HOST(page)	((DATA + (page)) * PAGE)
#define VA		0x7f0000000000ull
#define PASID		3
#define DOMAIN		7		/* of the host */
#define RIGHTS		(GUEST_WRITE | GUEST_USER)

struct all {
	struct bench *b;
	struct space space;
	struct viommu *viommu;
	struct guest_iommu *guest;
	uint64_t missing;		/* a guest page that is not there */
	void (*script)(struct all *all);
	bool done;
};

static struct all all;

/* -- the host's driver -- */

static int host_wait(void)
{
	uint32_t done = ++all.b->next_wait;

	queue(all.b, WAIT_WORD(VTD_WAIT_SW, done), STATUS * PAGE);
	while ((uint32_t)*word(all.b, STATUS * PAGE) != done)
		sim_fiber_sleep(all.b->sim, 100);
	return 0;
}

static int host_bind(void *arg, const struct viommu_binding *binding)
{
	all.space.first = binding->table;
	bind(all.b, DEVICE_RID, binding->pasid, &all.space);
	pasid_of(all.b, DEVICE_RID, binding->pasid)[2] |= binding->flags;
	return 0;
}

static int host_unbind(void *arg, const struct viommu_binding *binding)
{
	unbind(all.b, DEVICE_RID, binding->pasid);
	queue(all.b, PASID_CACHE_WORD(VTD_PC_PASID, DOMAIN, binding->pasid), 0);
	queue(all.b, PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, binding->pasid), 0);
	return host_wait();
}

static int host_invalidate(void *arg, const struct viommu_invalidation *what)
{
	unsigned int order = what->nr_pages ? __builtin_ctzll(what->nr_pages) :
					      0;

	queue(all.b, PIOTLB_WORD(what->nr_pages ? VTD_PIOTLB_PAGE :
				 VTD_PIOTLB_PASID, DOMAIN, what->pasid),
	      what->nr_pages ? what->address | order : 0);
	return host_wait();
}

static const struct viommu_ops ops = {
	.bind = host_bind,
	.unbind = host_unbind,
	.invalidate = host_invalidate,
};

/* -- the world -- */

static uint64_t guest_frame(void *arg, uint64_t page)
{
	return page < GUEST_PAGES && page != all.missing ? DATA + page :
							   UINT64_MAX;
}

static int setup(void **state)
{
	const struct iommu_options host = { .fault_records = 8 };
	struct viommu_options virtual = {
		.unit = { .source = 8, .frame = guest_frame },
		.ops = &ops,
		.max_pasids = 8,
	};
	struct guest_iommu_options guest = {
		.frame = guest_frame,
		.first_page = TABLES_FIRST,
		.nr_pages = 14,
		.requester_id = DEVICE_RID,
		.domain = 5,
	};
	uint64_t i;

	all = (struct all){ .missing = UINT64_MAX };
	all.b = bench_new(&host);
	bench_on(all.b);
	space_new(all.b, &all.space, DOMAIN);
	for (i = 0; i < GUEST_PAGES; i++)
		map(all.b, &all.space, i * PAGE, HOST(i), RW);
	virtual.unit.machine = all.b->machine;
	all.viommu = viommu_new(all.b->sim, &virtual);
	guest.machine = all.b->machine;
	guest.viommu = all.viommu;
	all.guest = guest_iommu_new(all.b->sim, &guest);
	return 0;
}

static int teardown(void **state)
{
	bench_free(all.b);
	return 0;
}

static void vmm_thread(void *arg)
{
	for (;;)
		viommu_serve(all.viommu);
}

static void guest_thread(void *arg)
{
	all.script(&all);
	all.done = true;
}

static void play(void (*script)(struct all *all))
{
	const struct sim_fiber_options vmm = {
		.name = "vmm", .fn = vmm_thread, .daemon = true,
	};
	const struct sim_fiber_options guest = {
		.name = "guest", .fn = guest_thread, .daemon = true,
	};

	all.script = script;
	assert_non_null(sim_fiber_new(all.b->sim, &vmm));
	assert_non_null(sim_fiber_new(all.b->sim, &guest));
	run(all.b);
	assert_true(all.done);
	assert_null(sim_finding_get(all.b->sim));
}

/* -- scripts -- */

static void script_life(struct all *a)
{
	uint64_t was;

	assert_int_equal(guest_iommu_boot(a->guest), 0);
	assert_int_equal(guest_iommu_bind(a->guest, PASID), 0);
	assert_int_equal(guest_iommu_bind(a->guest, PASID), -EEXIST);
	assert_int_equal(viommu_bindings(a->viommu), 1);
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, RIGHTS, &was),
			 0);
	assert_true(was == UINT64_MAX);
	expect_reaches(a->b, PASID, VA + 8, HOST(4) + 8);
	/* Another page: the old one until the invalidation has returned. */
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 5, RIGHTS, &was),
			 0);
	assert_int_equal(was, 4);
	expect_reaches(a->b, PASID, VA, HOST(4));
	assert_int_equal(guest_iommu_invalidate(a->guest, PASID, VA + PAGE, 0),
			 0);
	expect_reaches(a->b, PASID, VA, HOST(4));
	assert_int_equal(guest_iommu_invalidate(a->guest, PASID, VA + PAGE, 1),
			 0);
	expect_reaches(a->b, PASID, VA, HOST(5));
	assert_int_equal(guest_iommu_unmap(a->guest, PASID, VA, &was), 0);
	assert_int_equal(was, 5);
	assert_int_equal(guest_iommu_unmap(a->guest, PASID, VA, &was), -ENOENT);
	assert_int_equal(guest_iommu_invalidate(a->guest, PASID, 0,
						GUEST_IOMMU_ALL), 0);
	expect_refused(a->b, PASID, VA, VTD_FAULT_FL_PRESENT);
	assert_int_equal(guest_iommu_unbind(a->guest, PASID, false), 0);
	assert_int_equal(viommu_bindings(a->viommu), 0);
	expect_refused(a->b, PASID, VA, VTD_FAULT_PASID_PRESENT);
	assert_int_equal(guest_iommu_unbind(a->guest, PASID, false), -ENOENT);
}

static void test_life(void **state)
{
	play(script_life);
}

static void script_forgets(struct all *a)
{
	assert_int_equal(guest_iommu_boot(a->guest), 0);
	assert_int_equal(guest_iommu_bind(a->guest, PASID), 0);
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, RIGHTS, NULL),
			 0);
	expect_reaches(a->b, PASID, VA, HOST(4));
	assert_int_equal(guest_iommu_unbind(a->guest, PASID, true), 0);
	/* Nobody has told the host. */
	assert_int_equal(viommu_bindings(a->viommu), 1);
	expect_reaches(a->b, PASID, VA, HOST(4));
	/* Bound again, with another table: now it hears of both. */
	assert_int_equal(guest_iommu_bind(a->guest, PASID), 0);
	assert_int_equal(viommu_bindings(a->viommu), 1);
	expect_refused(a->b, PASID, VA, VTD_FAULT_FL_PRESENT);
}

static void test_forgets(void **state)
{
	play(script_forgets);
}

static void script_rights(struct all *a)
{
	struct pci_dma dma = {
		.address = VA, .bytes = 8, .pasid = PASID, .execute = true,
	};

	assert_int_equal(guest_iommu_boot(a->guest), 0);
	assert_int_equal(guest_iommu_bind(a->guest, PASID), 0);
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, GUEST_USER |
					 GUEST_NO_EXEC, NULL), 0);
	expect_refused(a->b, PASID, VA, VTD_FAULT_WRITE);
	assert_int_equal(pci_device_dma(a->b->device, &dma), -EFAULT);
	expect_fault(a->b, VTD_FAULT_PASID_ERE);
	dma.execute = false;
	assert_int_equal(pci_device_dma(a->b->device, &dma), 0);
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA + PAGE, 5,
					 GUEST_WRITE, NULL), 0);
	expect_refused(a->b, PASID, VA + PAGE, VTD_FAULT_USER);
}

static void test_rights(void **state)
{
	play(script_rights);
}

static void script_shortage(struct all *a)
{
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, RIGHTS, NULL),
			 -ENOENT);
	assert_int_equal(guest_iommu_boot(a->guest), 0);
	assert_int_equal(guest_iommu_bind(a->guest, PASID), 0);
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, RIGHTS, NULL),
			 0);
	/* 10 of 14 pages are used; this takes three. */
	assert_int_equal(guest_iommu_map(a->guest, PASID, 0, 4, RIGHTS, NULL),
			 0);
	a->missing = TABLES_FIRST + 6;
	assert_int_equal(guest_iommu_map(a->guest, PASID, VA, 4, RIGHTS, NULL),
			 -EFAULT);
	a->missing = UINT64_MAX;
	assert_int_equal(guest_iommu_bind(a->guest, PASID + 1), 0);
	assert_int_equal(guest_iommu_map(a->guest, PASID, 1ull << 39, 4, RIGHTS,
					 NULL), -ENOMEM);
	assert_int_equal(guest_iommu_bind(a->guest, PASID + 2), -ENOMEM);
	/* The queue itself is gone. */
	a->missing = TABLES_FIRST + 4;
	assert_int_equal(guest_iommu_invalidate(a->guest, PASID, VA, 0),
			 -EFAULT);
}

static void test_shortage(void **state)
{
	play(script_shortage);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_forgets),
		TEST(test_rights),
		TEST(test_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

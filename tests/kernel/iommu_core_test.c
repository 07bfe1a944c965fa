/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_core_test.c - the IOMMU core over a driver that is an array
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"
#include "iommu_core_cut.h"

static void test_ranges(void **state)
{
	(void)state;
	expect_text(iommu_cut_page_sizes, "4 4 2 424 4 4 214 24 ");
	expect_text(iommu_cut_reference, "");
	expect_text(iommu_cut_bad_ranges, "");
	expect_text(iommu_cut_undo, "");
	expect_text(iommu_cut_unmap, "");
}

static void test_devices(void **state)
{
	(void)state;
	expect_text(iommu_cut_devices, "");
	expect_text(iommu_cut_attach, "");
	expect_text(iommu_cut_attach_fails, "");
	expect_text(iommu_cut_owner, "");
	expect_text(iommu_cut_probe_fails, "");
	expect_text(iommu_cut_regions, "");
	expect_text(iommu_cut_group_ids, "");
}

/* Groups, domains and devices that go take everything along. */
static void nothing_stays(void (*fn)(void))
{
	struct exec_world *world = exec_world_new(1, 1);
	struct vtb_account before = account_of(world, 0), after;

	exec_call(world, 0, fn);
	after = account_of(world, 0);
	assert_int_equal(after.objects, before.objects);
	assert_int_equal(after.locks, 0);
	exec_world_free(world);
}

static void test_nothing_stays(void **state)
{
	(void)state;
	nothing_stays(iommu_cut_reference);
	nothing_stays(iommu_cut_devices);
	nothing_stays(iommu_cut_attach_fails);
	nothing_stays(iommu_cut_owner);
	nothing_stays(iommu_cut_probe_fails);
	nothing_stays(iommu_cut_regions);
	nothing_stays(iommu_cut_group_ids);
}

int iommu_core_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_nothing_stays),
	};

	return cmocka_run_group_tests_name("iommu core", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioasid_cut.c - what an IOMMU driver does with ioasid.c
 */
#include <linux/ioasid.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "defer_cut.h"
#include "store_cut.h"

static DECLARE_IOASID_SET(set);
static DECLARE_IOASID_SET(other_set);

static int data[8];

void ioasid_cut_alloc(void)
{
	ioasid_t a = ioasid_alloc(&set, 1, 100, &data[0]);
	ioasid_t b = ioasid_alloc(&set, 1, 100, &data[1]);
	ioasid_t c = ioasid_alloc(&other_set, 50, 100, &data[2]);

	CUT_CHECK(a == 1 && b == 2 && c == 50);
	ioasid_free(a);
	CUT_CHECK(ioasid_alloc(&set, 1, 100, &data[3]) == 1);
	ioasid_free(1);
	ioasid_free(b);
	ioasid_free(c);
	rcu_barrier();
}

static bool refuse(void *private)
{
	return false;
}

void ioasid_cut_find(void)
{
	ioasid_t id = ioasid_alloc(&set, 5, 5, &data[0]);

	CUT_CHECK(ioasid_find(&set, id, NULL) == &data[0]);
	CUT_CHECK(ioasid_find(NULL, id, NULL) == &data[0]);
	CUT_CHECK(ioasid_find(&other_set, id, NULL) == ERR_PTR(-EACCES));
	CUT_CHECK(ioasid_find(&set, 6, NULL) == ERR_PTR(-ENOENT));
	CUT_CHECK(!ioasid_find(&set, id, refuse));
	CUT_CHECK(!ioasid_set_data(id, &data[1]));
	CUT_CHECK(ioasid_find(&set, id, NULL) == &data[1]);
	CUT_CHECK(ioasid_set_data(6, &data[1]) == -ENOENT);
	ioasid_free(id);
	CUT_CHECK(ioasid_find(&set, id, NULL) == ERR_PTR(-ENOENT));
	rcu_barrier();
}

void ioasid_cut_limits(void)
{
	ioasid_t id;

	for (id = 10; id <= 13; id++)
		CUT_CHECK(ioasid_alloc(&set, 10, 13, NULL) == id);
	CUT_CHECK(ioasid_alloc(&set, 10, 13, NULL) == INVALID_IOASID);
	ioasid_free(12);
	CUT_CHECK(ioasid_alloc(&set, 10, 13, NULL) == 12);
	for (id = 10; id <= 13; id++)
		ioasid_free(id);
	rcu_barrier();
}

/* -- an allocator of a driver -- */

static ioasid_t own_alloc(ioasid_t min, ioasid_t max, void *pdata)
{
	return min + 7;
}

static void own_free(ioasid_t id, void *pdata)
{
	cut_tell('f');
}

void ioasid_cut_custom(void)
{
	static struct ioasid_allocator_ops ops = {
		.alloc = own_alloc,
		.free = own_free,
	};

	INIT_LIST_HEAD(&ops.list);
	CUT_CHECK(!ioasid_register_allocator(&ops));
	CUT_CHECK(ioasid_alloc(&set, 1, 100, &data[0]) == 8);
	CUT_CHECK(ioasid_find(&set, 8, NULL) == &data[0]);
	ioasid_free(8);
	ioasid_unregister_allocator(&ops);
	CUT_CHECK(ioasid_alloc(&set, 1, 100, NULL) == 1);
	ioasid_free(1);
	rcu_barrier();
}

void ioasid_cut_no_memory(void)
{
	ioasid_t id = ioasid_alloc(&set, 1, 100, &data[0]);

	cut_tell(id == INVALID_IOASID ? 'n' : 'y');
	if (id != INVALID_IOASID)
		ioasid_free(id);
	else
		CUT_CHECK(ioasid_find(&set, 1, NULL) == ERR_PTR(-ENOENT));
	rcu_barrier();
}

/* -- two instances -- */

void ioasid_cut_fill(long base)
{
	int i;

	for (i = 0; i < 5; i++)
		CUT_CHECK(ioasid_alloc(&set, base, 100, &data[i]) == base + i);
}

void ioasid_cut_check_fill(long base)
{
	int id;

	for (id = 1; id < 100; id++)
		CUT_CHECK(!IS_ERR(ioasid_find(&set, id, NULL)) ==
			  (id >= base && id < base + 5));
}

/* -- two vCPUs -- */

void ioasid_cut_finder(void)
{
	int round;

	for (round = 0; round < 30; round++) {
		void *private = ioasid_find(&set, 1, NULL);

		CUT_CHECK(private == ERR_PTR(-ENOENT) || private == &data[1]);
		cond_resched();
	}
}

void ioasid_cut_churn(void)
{
	int round;

	for (round = 0; round < 15; round++) {
		CUT_CHECK(ioasid_alloc(&set, 1, 100, &data[1]) == 1);
		cond_resched();
		ioasid_free(1);
	}
	rcu_barrier();
}
